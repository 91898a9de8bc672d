package lang

// Walk calls visit for n and, where visit returns true, for the parts of n, in the order written.
func Walk(n Node, visit func(Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	for _, part := range Parts(n) {
		Walk(part, visit)
	}
}

// Parts are the nodes directly within n, in the order written.
func Parts(n Node) (parts []Node) {
	add := func(xs ...Node) { parts = append(parts, xs...) }
	switch n := n.(type) {
	case *Stmt:
		if n.Body != nil {
			add(n.Body)
		}
	case *Decl:
		addAll(&parts, n.Targets)
		add(n.Space)
		addAll(&parts, n.Facts)
		addFor(&parts, n.For)
	case *FuncDecl:
		addAll(&parts, n.Targets)
		addAll(&parts, n.Args)
		add(n.Result)
		addFor(&parts, n.For)
	case *Dims:
		for _, item := range n.Items {
			add(item.Name)
			if item.Size != nil {
				add(item.Size)
			}
		}
	case *Def:
		add(n.Target)
		addAll(&parts, n.Params)
		add(n.Value)
		addFor(&parts, n.For)
	case *Value:
		addAll(&parts, n.Targets)
		add(n.Value)
		addFor(&parts, n.For)
	case *Check:
		addAll(&parts, n.Terms)
	case *ExprStmt:
		add(n.X)
	case *Target:
		add(n.Name)
		addAll(&parts, n.Index)
	case *For:
		add(n.Name, n.Range)
	case *Fact:
		if n.X != nil {
			add(n.X)
		}
	case *Space:
		addAll(&parts, n.Dims)
	case *DimOp:
		add(n.X, n.Y)
	case Expr:
		addExpr(&parts, n)
	}
	return parts
}

func addAll[T Node](parts *[]Node, xs []T) {
	for _, x := range xs {
		*parts = append(*parts, x)
	}
}

func addFor(parts *[]Node, f *For) {
	if f != nil {
		*parts = append(*parts, f)
	}
}

func addExpr(parts *[]Node, x Expr) {
	add := func(xs ...Node) { *parts = append(*parts, xs...) }
	switch x := x.(type) {
	case *Call:
		add(x.Fn)
		for _, a := range x.Args {
			add(a.X)
		}
	case *Binary:
		add(x.X, x.Y)
	case *Unary:
		add(x.X)
	case *Pow:
		add(x.X, x.Y)
	case *Transpose:
		add(x.X)
	case *Index:
		add(x.X)
		addAll(parts, x.Args)
	case *List:
		addAll(parts, x.Items)
	case *Norm:
		add(x.X)
	case *Abs:
		add(x.X)
	case *Deriv:
		add(x.Num)
		addAll(parts, x.Wrt)
	case *Nabla:
		add(x.Wrt, x.X)
	case *SumIdx:
		addAll(parts, x.Index)
		addAll(parts, x.Where)
		add(x.X)
	case *Compare:
		add(x.X, x.Y)
	case *Range:
		add(x.From, x.To)
	}
}
