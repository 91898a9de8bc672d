package lower

import "nabla/symbolic"

// withDiagonals computes the determinant of a diagonal matrix from its diagonal, and where that is positive its logarithm
// and inverse too: the matrix is not formed. Elsewhere the kernels refuse what is singular, which a quotient would not.
func withDiagonals(e *symbolic.Expr) *symbolic.Expr {
	if !e.IsCall("det") && !e.IsCall("logdet") && !e.IsCall("inv") || e.Args[0].Rank() != 2 {
		return e
	}
	h := symbolic.AsOperator(e.Args[0])
	if h == nil || !h.Structured() {
		return e
	}
	g, v := e.G, h.Diagonal()
	switch {
	case e.IsCall("det"):
		if p, err := g.Apply(g.Lib.Lookup("prod"), symbolic.In{Args: []*symbolic.Expr{v}}); err == nil {
			return p
		}
	case !v.Positive():
	case e.IsCall("logdet"):
		return g.SumAxes(g.Call("log", v), 0)
	default:
		return g.E("a,ab->ab", g.Recip(v), g.Delta(e.Shape[0]))
	}
	return e
}
