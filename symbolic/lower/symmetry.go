package lower

import (
	"slices"

	"nabla/symbolic"
)

// exchangeable says that a part equals itself with two of its labels exchanged. It is proved: the product that the part is
// must be one node with that which has the labels exchanged, as it is or with sums multiplied out.
func (k *contraction) exchangeable(p part, x, y int) bool {
	if k.size[x] != k.size[y] || len(p.factors) == 0 {
		return false
	}
	other := slices.Clone(p.labels)
	for i, l := range p.labels {
		switch l {
		case x:
			other[i] = y
		case y:
			other[i] = x
		}
	}
	e, f := p.formula(p.labels), p.formula(other)
	if !e.G.Dims.SameShape(e.Shape, f.Shape) {
		return false
	}
	for _, open := range []func(*symbolic.Expr, int) bool{neverOpen, opensIfSummed, alwaysOpen} {
		m := multiplier{open: open}
		a, b := m.out(e), m.out(f)
		if !m.gaveUp && a == b {
			return true
		}
	}
	return false
}

// formula is the product that a part is, with its axes in this order.
func (p part) formula(labels []int) *symbolic.Expr {
	g := p.factors[0].e.G
	in, args := make([]string, len(p.factors)), make([]*symbolic.Expr, len(p.factors))
	for i, f := range p.factors {
		in[i], args[i] = wordOf(f.labels), f.e
	}
	return g.Einsum(in, wordOf(labels), args, nil)
}

func wordOf(labels []int) string {
	b := make([]byte, len(labels))
	for i, l := range labels {
		b[i] = byte(l)
	}
	return string(b)
}

// A multiplier multiplies sums out that are factors of products, where open says so of factor k.
type multiplier struct {
	open   func(product *symbolic.Expr, k int) bool
	terms  int
	gaveUp bool
}

// mostTerms is how many terms a sum may get.
const mostTerms = 64

func neverOpen(*symbolic.Expr, int) bool  { return false }
func alwaysOpen(*symbolic.Expr, int) bool { return true }

// opensIfSummed is for factors over whose axes the product sums: what such a sum is multiplied by can stand inside as well.
func opensIfSummed(e *symbolic.Expr, k int) bool {
	return slices.ContainsFunc([]byte(e.In[k]), func(l byte) bool { return !slices.Contains([]byte(e.Out), l) })
}

// out is e multiplied out.
func (m *multiplier) out(e *symbolic.Expr) *symbolic.Expr {
	if m.terms++; m.terms > mostTerms {
		m.gaveUp = true
	}
	switch body := e.Body(); {
	case m.gaveUp:
		return e
	case body.Op == symbolic.Sum && len(body.Args) > 0:
		return m.sum(body, body.Args)
	case body.Op == symbolic.Einsum:
		return m.product(body)
	}
	return e
}

func (m *multiplier) sum(sum *symbolic.Expr, terms []*symbolic.Expr) *symbolic.Expr {
	out := make([]*symbolic.Expr, len(terms))
	for i, t := range terms {
		out[i] = m.out(t)
	}
	return terms[0].G.LinearCombination(terms[0].Shape, sum.Coef, out)
}

func (m *multiplier) product(e *symbolic.Expr) *symbolic.Expr {
	with := func(k int, arg *symbolic.Expr) *symbolic.Expr {
		args := slices.Clone(e.Args)
		args[k] = arg
		return e.G.Einsum(e.In, e.Out, args, e.Shape)
	}
	for k, a := range e.Args {
		body := a.Body()
		switch {
		case a.Rank() == 0 || !m.open(e, k):
		case body.Op == symbolic.Einsum && body != a:
			return m.out(with(k, body))
		case body.Op == symbolic.Sum && len(body.Args) > 0:
			terms := make([]*symbolic.Expr, len(body.Args))
			for i, t := range body.Args {
				terms[i] = with(k, t)
			}
			return m.sum(body, terms)
		}
	}
	return e
}
