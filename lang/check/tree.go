package check

import "nabla/lang"

// children lists the parts of an expression in the order in which they are written.
func children(t lang.Expr) []lang.Expr {
	switch t := t.(type) {
	case *lang.Call:
		out := make([]lang.Expr, len(t.Args))
		for i, a := range t.Args {
			out[i] = a.X
		}
		return out
	case *lang.Binary:
		return []lang.Expr{t.X, t.Y}
	case *lang.Unary:
		return []lang.Expr{t.X}
	case *lang.Pow:
		return []lang.Expr{t.X, t.Y}
	case *lang.Transpose:
		return []lang.Expr{t.X}
	case *lang.Index:
		return append([]lang.Expr{t.X}, t.Args...)
	case *lang.List:
		return t.Items
	case *lang.Norm:
		return []lang.Expr{t.X}
	case *lang.Abs:
		return []lang.Expr{t.X}
	case *lang.Deriv:
		return append([]lang.Expr{t.Num}, t.Wrt...)
	case *lang.Nabla:
		return []lang.Expr{t.Wrt, t.X}
	case *lang.SumIdx:
		return append([]lang.Expr{t.X}, t.Where...)
	case *lang.Compare:
		return []lang.Expr{t.X, t.Y}
	case *lang.Range:
		return []lang.Expr{t.From, t.To}
	}
	return nil
}

// inspect calls f for t and, while it returns true, for what is below.
func inspect(t lang.Expr, f func(lang.Expr) bool) {
	if t == nil || !f(t) {
		return
	}
	for _, x := range children(t) {
		inspect(x, f)
	}
}

// findHole is the first hole of an expression, or nil.
func findHole(t lang.Expr) (h *lang.Hole) {
	inspect(t, func(n lang.Expr) bool {
		if x, ok := n.(*lang.Hole); ok && h == nil {
			h = x
		}
		return h == nil
	})
	return h
}
