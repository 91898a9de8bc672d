package rewrite

import (
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A monomial is the factors of one product with their labels, open for rewriting. Coefficients stay outside.
type monomial struct {
	g       *symbolic.Graph
	factors []*symbolic.Expr
	in      []string
	out     string
	shape   shape.Shape
}

// open reads an expression as a monomial; anything that is no product is one factor.
func open(e *symbolic.Expr) monomial {
	m := monomial{g: e.G, shape: e.Shape}
	if e.Op == symbolic.Einsum {
		m.factors, m.in, m.out = e.Args, e.In, e.Out
		return m
	}
	l := symbolic.Labels(e.Rank())
	m.factors, m.in, m.out = []*symbolic.Expr{e}, []string{l}, l
	return m
}

// pattern is open, but a scalar with sums in it is one factor, as it is in every product.
func pattern(t *symbolic.Expr) monomial {
	if t.Op == symbolic.Einsum && t.Rank() == 0 && slices.ContainsFunc(t.In, func(l string) bool { return l != "" }) {
		return monomial{g: t.G, factors: []*symbolic.Expr{t}, in: []string{""}}
	}
	return open(t)
}

// replace is the monomial with the factors in drop left out and others put in.
func (m monomial) replace(drop []int, with []*symbolic.Expr, labels []string) *symbolic.Expr {
	var args []*symbolic.Expr
	var in []string
	for i, f := range m.factors {
		if !slices.Contains(drop, i) {
			args, in = append(args, f), append(in, m.in[i])
		}
	}
	return m.g.Einsum(append(in, labels...), m.out, append(args, with...), m.shape)
}

// A binding maps labels of a pattern to labels of the monomial; 0 is unbound.
type binding [256]byte

// find looks for the pattern t (a product or one factor) among the factors of m that are not in used. The labels of t's
// result are bound to those given (0 is free). The summed labels of t must occur nowhere else in m. It returns the
// factors matched and the labels bound to the result of t.
func (m monomial) find(t *symbolic.Expr, bound []byte, used []int) (hit []int, at []byte, ok bool) {
	p := pattern(t)
	var b binding
	for i, l := range bound {
		b[p.out[i]] = l
	}
	hit = slices.Clone(used)
	if !m.match(p, 0, b, &hit, &b) {
		return nil, nil, false
	}
	at = make([]byte, len(p.out))
	for i := range p.out {
		at[i] = b[p.out[i]]
		if at[i] == 0 {
			return nil, nil, false // a broadcast axis of the pattern: nothing tells where it goes
		}
	}
	return hit[len(used):], at, true
}

// match extends the binding over the factors of p from k on.
func (m monomial) match(p monomial, k int, b binding, hit *[]int, result *binding) bool {
	if k == len(p.factors) {
		if !m.closed(p, b, *hit) {
			return false
		}
		*result = b
		return true
	}
	for i, f := range m.factors {
		if f != p.factors[k] || slices.Contains(*hit, i) {
			continue
		}
		c, ok := bind(b, p.in[k], m.in[i])
		if !ok {
			continue
		}
		*hit = append(*hit, i)
		if m.match(p, k+1, c, hit, result) {
			return true
		}
		*hit = (*hit)[:len(*hit)-1]
	}
	return false
}

func bind(b binding, pattern, labels string) (binding, bool) {
	for i := range pattern {
		switch b[pattern[i]] {
		case 0:
			b[pattern[i]] = labels[i]
		case labels[i]:
		default:
			return b, false
		}
	}
	return b, true
}

// closed says that the labels which p sums over are summed over in m too, and occur in no factor outside hit, and that
// no two of them are one.
func (m monomial) closed(p monomial, b binding, hit []int) bool {
	image := map[byte]bool{}
	for _, in := range p.in {
		for i := range in {
			l := in[i]
			if slices.Contains([]byte(p.out), l) {
				continue
			}
			if image[b[l]] && !sameSource(p, b, l) {
				return false
			}
			image[b[l]] = true
			if m.occursOutside(b[l], hit, p, b) {
				return false
			}
		}
	}
	return true
}

// sameSource says that no other label of p has the image of l.
func sameSource(p monomial, b binding, l byte) bool {
	for _, in := range p.in {
		for i := range in {
			if in[i] != l && b[in[i]] == b[l] {
				return false
			}
		}
	}
	return true
}

func (m monomial) occursOutside(l byte, hit []int, p monomial, b binding) bool {
	if slices.Contains([]byte(m.out), l) {
		return true
	}
	for i, in := range m.in {
		if !slices.Contains(hit, i) && slices.Contains([]byte(in), l) {
			return true
		}
	}
	for i := range p.out {
		if b[p.out[i]] == l {
			return true
		}
	}
	return false
}

// count is how often a label occurs in the factors and in out.
func (m monomial) count(l byte) int {
	n := 0
	for _, in := range append(slices.Clone(m.in), m.out) {
		for i := range in {
			if in[i] == l {
				n++
			}
		}
	}
	return n
}
