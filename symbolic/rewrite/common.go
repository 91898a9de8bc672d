package rewrite

import (
	"math/big"
	"slices"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// joinSums writes two numbers of a sum that are summed over the same axes as one: Σ a − Σ b = Σ (a − b), and where they
// share factors, aᵀ c − bᵀ c = (a − b)ᵀ c.
func joinSums(e *symbolic.Expr) *symbolic.Expr {
	if e.Rank() > 0 || len(e.Args) > maxJoinedSums {
		return nil
	}
	for i := range e.Args {
		for j := range i {
			if abs(e.Coef[i]).Cmp(abs(e.Coef[j])) != 0 {
				continue
			}
			first, second := j, i
			if e.Coef[j].Sign() < 0 && e.Coef[i].Sign() > 0 {
				first, second = i, j
			}
			if joined := joinPair(e, first, second); joined != nil {
				both := e.G.LinearCombination(e.Shape, []*big.Rat{e.Coef[j], e.Coef[i]}, []*symbolic.Expr{e.Args[j], e.Args[i]})
				return e.G.Add(e.G.Sub(e, both), e.G.Scale(e.Coef[first], joined))
			}
		}
	}
	return nil
}

// maxJoinedSums bounds the pairs that are looked at.
const maxJoinedSums = 8

func abs(c *big.Rat) *big.Rat { return new(big.Rat).Abs(c) }

// joinPair is terms i and k of a sum as one, without the coefficient of term i; nil where they do not go together.
func joinPair(e *symbolic.Expr, i, k int) *symbolic.Expr {
	a, b := contraction(e.Args[i]), contraction(e.Args[k])
	common, ok := takeShared(&a, &b)
	if !ok {
		return nil
	}
	sign := new(big.Rat).Quo(e.Coef[k], e.Coef[i])
	inner := e.G.LinearCombination(a.shape, []*big.Rat{big.NewRat(1, 1), sign}, []*symbolic.Expr{a.product(), b.product()})
	return e.G.Einsum(append(common.in, a.out), "", append(common.factors, inner), nil)
}

func (m monomial) product() *symbolic.Expr { return m.g.Einsum(m.in, m.out, m.factors, m.shape) }

// contraction is a number as the product of everything that is summed in it: λ (aᵀ b) has the factors λ, a, b.
func contraction(e *symbolic.Expr) monomial {
	m, next := monomial{g: e.G}, byte('a')
	var add func(e *symbolic.Expr)
	add = func(e *symbolic.Expr) {
		if e.Op != symbolic.Einsum || e.Rank() > 0 {
			m.factors, m.in = append(m.factors, e), append(m.in, "")
			return
		}
		fresh := map[byte]byte{}
		for i, f := range e.Args {
			if f.Rank() == 0 {
				add(f)
				continue
			}
			b := []byte(e.In[i])
			for k, l := range b {
				if fresh[l] == 0 {
					fresh[l], next = next, next+1
				}
				b[k] = fresh[l]
			}
			m.factors, m.in = append(m.factors, f), append(m.in, string(b))
		}
	}
	add(e)
	return m
}

// takeShared moves the factors that both products have, at the same axes, out of them. What is left of both has the axes
// a.out, which are the same for both; ok is false where the rests do not add up elementwise, or nothing is shared.
func takeShared(a, b *monomial) (common monomial, ok bool) {
	names := map[byte]byte{} // labels of b → labels of a
	common.g = a.g
	for i := 0; i < len(a.factors); i++ {
		j := slices.IndexFunc(b.factors, func(f *symbolic.Expr) bool { return f == a.factors[i] })
		if j < 0 || !same(names, b.in[j], a.in[i]) {
			continue
		}
		common.factors, common.in = append(common.factors, a.factors[i]), append(common.in, a.in[i])
		a.drop(i)
		b.drop(j)
		i--
	}
	if strings.Join(common.in, "") == "" && len(a.factors) == 1 && len(b.factors) == 1 {
		ok = slices.Equal(a.factors[0].Shape, b.factors[0].Shape) && same(names, b.in[0], a.in[0])
	} else {
		ok = among(common.in, a.in) && among(common.in, translated(names, b.in))
	}
	b.in = translated(names, b.in)
	ok = ok && len(a.in) > 0 && len(b.in) > 0 && a.along() && b.along() && sameLabels(a.out, b.out)
	b.out, b.shape = a.out, a.shape
	return common, ok
}

func (m *monomial) drop(i int) {
	m.factors = slices.Delete(slices.Clone(m.factors), i, i+1)
	m.in = slices.Delete(slices.Clone(m.in), i, i+1)
}

// along makes the longest factor of a product its shape; false where another factor has more axes, or an axis stands
// twice in it.
func (m *monomial) along() bool {
	for i, in := range m.in {
		if len(in) > len(m.out) {
			m.out, m.shape = in, append(shape.Shape{}, m.factors[i].Shape...)
		}
	}
	return m.out != "" && within(m.out, m.out) && !slices.ContainsFunc(m.in, func(in string) bool { return strings.Trim(in, m.out) != "" })
}

// same extends names by from → to, position by position; false where that contradicts what they say already.
func same(names map[byte]byte, from, to string) bool {
	if len(from) != len(to) {
		return false
	}
	for i := range from {
		if strings.IndexByte(from, from[i]) != strings.IndexByte(to, to[i]) {
			return false
		}
		for f, t := range names {
			if f == from[i] != (t == to[i]) {
				return false
			}
		}
	}
	for i := range from {
		names[from[i]] = to[i]
	}
	return true
}

// translated are words in the labels of a.
func translated(names map[byte]byte, in []string) []string {
	out := make([]string, len(in))
	for i, w := range in {
		b := []byte(w)
		for k, l := range b {
			b[k] = names[l] // 0, which no product has, for an axis of its own
		}
		out[i] = string(b)
	}
	return out
}

// among says that the axes of some factors are axes of others.
func among(all, in []string) bool {
	return !slices.ContainsFunc(in, func(w string) bool { return strings.Trim(w, strings.Join(all, "")) != "" })
}

func sameLabels(a, b string) bool {
	return len(a) == len(b) && strings.Trim(a, b) == ""
}
