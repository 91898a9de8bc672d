package notation

import (
	"math/big"
	"regexp"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// withOptions is the application of a record to trees: by its text template where that reads back, else f(…) with the
// options that the record lists.
func (p *printer) withOptions(e *symbolic.Expr, args []lang.Expr) lang.Expr {
	if x := p.fromTemplate(e, args); x != nil {
		return x
	}
	c := call(e.Fn.Name)
	tensors, nums, dims := args, e.Par.Nums, e.Par.Dims
	if len(nums) == 0 {
		for _, i := range e.Par.Ints {
			nums = append(nums, big.NewRat(int64(i), 1))
		}
	}
	for _, a := range e.Fn.Args {
		switch {
		case a.Kind == symbolic.Tensor && len(tensors) > 0:
			c.Args, tensors = append(c.Args, lang.Arg{X: tensors[0]}), tensors[1:]
		case a.Kind == symbolic.Variadic:
			for _, x := range tensors {
				c.Args = append(c.Args, lang.Arg{X: x})
			}
			tensors = nil
		case a.Kind == symbolic.Axis:
			if x, ok := p.lastAxis(e); ok {
				c.Args = append(c.Args, p.axisArg(e, x))
			}
		case a.Kind == symbolic.Number && len(nums) > 0 && a.Optional && isDefault(a, nums[0]):
			nums = nums[1:]
		case a.Kind == symbolic.Number && len(nums) > 0:
			c.Args, nums = append(c.Args, option(a, nums[0])), nums[1:]
		case a.Kind == symbolic.Size && len(dims) > 0:
			c.Args, dims = append(c.Args, lang.Arg{X: sizeTree(dims[0])}), dims[1:]
		case a.Kind == symbolic.Sizes:
			for _, x := range sizes(e.Shape) { // also where it maps over axes that dims does not have
				c.Args = append(c.Args, lang.Arg{X: x})
			}
			dims = nil
		}
	}
	for _, x := range tensors {
		c.Args = append(c.Args, lang.Arg{X: x})
	}
	return c
}

// isDefault says that an option has the value that leaving it out gives.
func isDefault(a symbolic.Arg, r *big.Rat) bool {
	d, ok := new(big.Rat).SetString(a.Default)
	if !ok {
		return false
	}
	f, _ := d.Float64()
	return d.Cmp(r) == 0 || new(big.Rat).SetFloat64(f).Cmp(r) == 0
}

// option is a number in its place, by name where it may be left out.
func option(a symbolic.Arg, r *big.Rat) lang.Arg {
	arg := lang.Arg{X: rational(r)}
	if a.Optional {
		arg.Name = plainName(a.Name)
	}
	return arg
}

// lastAxis names the axes that a function acts on, where its argument has others.
func (p *printer) lastAxis(e *symbolic.Expr) (lang.Expr, bool) {
	if len(e.Args) == 0 || e.Fn.Elementwise() || e.Par.Core == 0 || e.BatchRank() == 0 {
		return nil, false
	}
	from, to := e.BatchRank(), e.Args[0].Rank()
	if len(e.Par.Dims) > 0 || len(e.Args) > 1 {
		to = from + 1 // of a function that acts from one axis on, that axis
	}
	var out []lang.Expr
	for k := from; k < to; k++ {
		out = append(out, p.axis(e.Args[0].Shape, k))
	}
	if len(out) == 1 {
		return out[0], true
	}
	return &lang.List{Items: out}, true
}

// axis is an axis by name, or by position where the name repeats.
func (p *printer) axis(s shape.Shape, k int) lang.Expr {
	if x, ok := p.axisName(s, k); ok {
		return x
	}
	return number(big.NewRat(int64(k+1), 1))
}

// alongFirst is a function of the rows of Xᵀ as one of the columns of X: softmax(X, n) is softmax(Xᵀ, n)ᵀ, and max(X, n)
// is max(Xᵀ, n); nil for anything else. rank is that of the result.
func (p *printer) alongFirst(e *symbolic.Expr, rank int) lang.Expr {
	if e.Op != symbolic.Call || e.Fn.Elementwise() || e.Par.Core != 1 || e.Rank() != rank || len(e.Args) != 1 || p.isLeaf(e) {
		return nil
	}
	i := slices.IndexFunc(e.Fn.Args, func(a symbolic.Arg) bool { return a.Kind == symbolic.Axis })
	x := e.Args[0]
	if i < 0 || x.Rank() != 2 || x.Op != symbolic.Einsum || p.isLeaf(x) || len(e.Par.Nums)+len(e.Par.Dims) > 0 {
		return nil
	}
	t := p.termOf(one, x, firstLabels(x))
	if t.core == nil || t.core.marks() <= t.core.flip().marks() {
		return nil
	}
	c := call(e.Fn.Name, p.signedTree(t.flip()))
	c.Args = append(c.Args, p.axisArg(e, p.axis(shape.Shape{x.Shape[1], x.Shape[0]}, 0)))
	return c
}

// transposedTree is the tree of the transpose of a node.
func (p *printer) transposedTree(e *symbolic.Expr) lang.Expr {
	if x := p.alongFirst(e, 2); x != nil {
		return x
	}
	return transposed(p.tree(e))
}

// axisArg is an axis in its place; by name where it could be read as a second tensor.
func (p *printer) axisArg(e *symbolic.Expr, x lang.Expr) lang.Arg {
	a := lang.Arg{X: x}
	i := slices.IndexFunc(e.Fn.Args, func(a symbolic.Arg) bool { return a.Kind == symbolic.Axis })
	optional := slices.ContainsFunc(e.Fn.Args[:i], func(a symbolic.Arg) bool { return a.Optional })
	variadic := slices.ContainsFunc(e.Fn.Args[:i], func(a symbolic.Arg) bool { return a.Kind == symbolic.Variadic })
	n, isName := x.(*lang.Name)
	if variadic || optional && (!isName || p.IsVar(n.Name)) {
		a.Name = plainName("axis")
	}
	return a
}

var placeholder = regexp.MustCompile(`#([pd]?[0-9]+|p)`)

// fromTemplate reads the text template of a record as an expression and puts the arguments in; nil if there is none,
// or it is not of the language.
func (p *printer) fromTemplate(e *symbolic.Expr, args []lang.Expr) lang.Expr {
	if e.Fn.Text == "" || !e.Fn.Elementwise() && len(e.Args) > 0 && e.BatchRank() > 0 {
		return nil
	}
	by := map[string]lang.Expr{"holep": rational(zero)}
	for i, a := range args {
		by["hole"+itoa(i+1)] = a
	}
	for i, r := range e.Par.Nums {
		by["holep"+itoa(i+1)] = rational(r)
	}
	for i, d := range e.Par.Dims {
		by["holed"+itoa(i+1)] = sizeTree(d)
	}
	if e.Par.Exp != nil {
		by["holep"] = rational(e.Par.Exp)
	}
	src := placeholder.ReplaceAllString(e.Fn.Text, "hole$1")
	st, err := lang.NewParser(src).Next(templateScope{p.Printer.Scope})
	if err != nil || st == nil {
		return nil
	}
	x, ok := st.Body.(*lang.ExprStmt)
	if !ok {
		return nil
	}
	return fill(x.X, by, e.Rank() > 0)
}

// templateScope knows the placeholders beside the names in scope.
type templateScope struct{ Scope }

func (s templateScope) IsVar(n string) bool { return strings.HasPrefix(n, "hole") || s.Scope.IsVar(n) }

// fill replaces placeholders; a power of a tensor is elementwise.
func fill(x lang.Expr, by map[string]lang.Expr, tensor bool) lang.Expr {
	f := func(x lang.Expr) lang.Expr { return fill(x, by, tensor) }
	switch x := x.(type) {
	case *lang.Name:
		if y, ok := by[x.Name]; ok {
			return y
		}
	case *lang.Call:
		c := &lang.Call{Fn: x.Fn, Primes: x.Primes}
		for _, a := range x.Args {
			c.Args = append(c.Args, lang.Arg{Name: a.Name, X: f(a.X)})
		}
		return c
	case *lang.Binary:
		return binary(x.Op, f(x.X), f(x.Y))
	case *lang.Compare:
		return &lang.Compare{Op: x.Op, X: f(x.X), Y: f(x.Y)}
	case *lang.Unary:
		return negate(f(x.X))
	case *lang.Pow:
		return &lang.Pow{X: f(x.X), Y: f(x.Y), Elementwise: x.Elementwise || tensor && isHole(x.Y)}
	case *lang.Transpose:
		return transposed(f(x.X))
	case *lang.Norm:
		return &lang.Norm{X: f(x.X), Kind: x.Kind}
	case *lang.Abs:
		return &lang.Abs{X: f(x.X)}
	case *lang.Index:
		return &lang.Index{X: f(x.X), Args: fillAll(x.Args, f)}
	case *lang.List:
		return &lang.List{Items: fillAll(x.Items, f)}
	}
	return x
}

func isHole(x lang.Expr) bool {
	n, ok := x.(*lang.Name)
	return ok && strings.HasPrefix(n.Name, "hole")
}

func fillAll(xs []lang.Expr, f func(lang.Expr) lang.Expr) []lang.Expr {
	out := make([]lang.Expr, len(xs))
	for i, x := range xs {
		out[i] = f(x)
	}
	return out
}
