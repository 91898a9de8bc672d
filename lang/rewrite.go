package lang

// Rewrite replaces expressions in x from the leaves up: f gets each, with its parts rewritten already, and returns what
// takes its place. x is not changed.
func Rewrite(x Expr, f func(Expr) Expr) Expr {
	return f(rebuild(x, func(e Expr) Expr { return Rewrite(e, f) }))
}

// rebuild is x with f applied to the expressions directly inside.
func rebuild(x Expr, f func(Expr) Expr) Expr {
	switch x := x.(type) {
	case *Call:
		c := *x
		c.Args = make([]Arg, len(x.Args))
		for i, a := range x.Args {
			c.Args[i] = Arg{a.Name, f(a.X)}
		}
		return &c
	case *Binary:
		c := *x
		c.X, c.Y = f(x.X), f(x.Y)
		return &c
	case *Unary:
		return &Unary{x.Span, f(x.X)}
	case *Pow:
		return &Pow{x.Span, f(x.X), f(x.Y), x.Elementwise}
	case *Transpose:
		return &Transpose{x.Span, f(x.X)}
	case *Index:
		return &Index{x.Span, f(x.X), each(x.Args, f)}
	case *List:
		return &List{x.Span, each(x.Items, f)}
	case *Norm:
		return &Norm{x.Span, f(x.X), x.Kind}
	case *Abs:
		return &Abs{x.Span, f(x.X)}
	case *Deriv:
		return &Deriv{x.Span, f(x.Num), each(x.Wrt, f)}
	case *Nabla:
		return &Nabla{x.Span, x.Wrt, f(x.X)}
	case *SumIdx:
		return &SumIdx{x.Span, x.Index, each(x.Where, f), f(x.X)}
	case *Compare:
		return &Compare{x.Span, x.Op, f(x.X), f(x.Y)}
	case *Range:
		return &Range{x.Span, f(x.From), f(x.To)}
	}
	return x
}

func each(xs []Expr, f func(Expr) Expr) []Expr {
	out := make([]Expr, len(xs))
	for i, x := range xs {
		out[i] = f(x)
	}
	return out
}
