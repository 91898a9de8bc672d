package shape

import (
	"math/big"
)

// A Sample is a quantity at one point: Basis are the values of the basis functions there.
type Sample struct {
	Basis []*big.Rat
	Value Quantity
}

// Fit finds the combination of basis functions, given as quantities of their own, that a quantity is at every sample. As
// many samples as there are basis functions determine it, all others must agree: ok is false where one does not. A maximum
// is fitted argument by argument.
func Fit(basis []Quantity, samples []Sample) (q Quantity, ok bool) {
	n := len(basis)
	if len(samples) <= n {
		return q, false
	}
	inverse, ok := invert(samples[:n])
	if !ok {
		return q, false
	}
	lists := make([][]Quantity, len(samples))
	tuples := 1
	for i, s := range samples {
		lists[i] = s.Value.alternatives()
		if i < n {
			tuples *= len(lists[i])
		}
	}
	if tuples > 4096 {
		return q, false
	}
	covered := make([]map[string]bool, len(samples))
	for i := range covered {
		covered[i] = map[string]bool{}
	}
	var found []Quantity
	for t := range tuples {
		chosen := make([]Quantity, n)
		for i := range n {
			chosen[i] = lists[i][t%len(lists[i])]
			t /= len(lists[i])
		}
		coefs := combine(inverse, chosen)
		if f, keys, fits := through(coefs, basis, samples, lists); fits {
			found = append(found, f)
			for i, k := range keys {
				covered[i][k] = true
			}
		}
	}
	for i, l := range lists {
		for _, a := range l {
			if !covered[i][a.Key()] {
				return q, false
			}
		}
	}
	return Max(found...), true
}

// through says that a combination is one of the alternatives of every sample, and which.
func through(coefs, basis []Quantity, samples []Sample, lists [][]Quantity) (f Quantity, keys []string, ok bool) {
	for i, s := range samples {
		var v Quantity
		for b, c := range coefs {
			v = v.Add(c.Scale(s.Basis[b]))
		}
		k := v.Key()
		met := false
		for _, a := range lists[i] {
			met = met || a.Key() == k
		}
		if !met {
			return f, nil, false
		}
		keys = append(keys, k)
	}
	for b, c := range coefs {
		f = f.Add(c.Mul(basis[b]))
	}
	return f, keys, true
}

// alternatives are the quantities of which q is the largest, without a maximum inside; q itself where there is none.
func (q Quantity) alternatives() []Quantity {
	for i, t := range q.terms {
		for k, p := range t.powers {
			if p.base.kind != maxAtom || p.exp != 1 || t.coef.Sign() < 0 {
				continue
			}
			rest := Quantity{append(append([]monomial{}, q.terms[:i]...), q.terms[i+1:]...)}
			factor := monomial{coef: t.coef, powers: append(append([]power{}, t.powers[:k]...), t.powers[k+1:]...)}
			var out []Quantity
			for _, a := range p.base.args {
				out = append(out, rest.Add(a.Mul(Quantity{[]monomial{factor}})).alternatives()...)
			}
			return out
		}
	}
	return []Quantity{q}
}

// combine is the product of a matrix of numbers and a column of quantities.
func combine(m [][]*big.Rat, v []Quantity) []Quantity {
	out := make([]Quantity, len(m))
	for i, row := range m {
		for j, c := range row {
			out[i] = out[i].Add(v[j].Scale(c))
		}
	}
	return out
}

// invert is the inverse of the matrix of the basis at some samples, by elimination; ok is false where there is none.
func invert(samples []Sample) (inverse [][]*big.Rat, ok bool) {
	n := len(samples)
	m := make([][]*big.Rat, n) // the matrix, and the identity beside it
	for i, s := range samples {
		m[i] = make([]*big.Rat, 2*n)
		for j := range n {
			m[i][j], m[i][n+j] = new(big.Rat).Set(s.Basis[j]), new(big.Rat)
		}
		m[i][n+i].SetInt64(1)
	}
	for c := range n {
		p := c
		for p < n && m[p][c].Sign() == 0 {
			p++
		}
		if p == n {
			return nil, false
		}
		m[c], m[p] = m[p], m[c]
		scale := new(big.Rat).Inv(m[c][c])
		for j := range m[c] {
			m[c][j].Mul(m[c][j], scale)
		}
		for i := range n {
			if f := new(big.Rat).Set(m[i][c]); i != c && f.Sign() != 0 {
				for j := range m[i] {
					m[i][j].Sub(m[i][j], new(big.Rat).Mul(f, m[c][j]))
				}
			}
		}
	}
	for i := range m {
		inverse = append(inverse, m[i][n:])
	}
	return inverse, true
}

// Between says that q is on the line from r to s, so that it is never above both.
func (q Quantity) Between(r, s Quantity) bool {
	whole, part := s.Sub(r), q.Sub(r)
	if len(whole.terms) == 0 || len(part.terms) == 0 {
		return false
	}
	t := new(big.Rat).Quo(part.coefficient(whole.terms[0].monomialKey()), whole.terms[0].coef)
	return t.Sign() > 0 && t.Cmp(big.NewRat(1, 1)) < 0 && whole.Scale(t).Key() == part.Key()
}
