package shape

import (
	"math/big"
	"testing"
)

func at(k int64, f func(k int64) Quantity) Sample {
	return Sample{[]*big.Rat{big.NewRat(1, 1), big.NewRat(k, 1)}, f(k)}
}

// A quantity that grows by the same amount with every layer is found from some depths, argument by argument of a maximum;
// one that does not is refused.
func TestFit(t *testing.T) {
	h, n, K := Symbol("h"), Symbol("n"), Symbol("K")
	basis := []Quantity{Integer(1), K}
	for _, c := range []struct {
		name, want string
		of         func(k int64) Quantity
	}{
		{"linear", "K*h^2 + 2*K*n + h", func(k int64) Quantity { return h.Mul(h).Times(k).Add(n.Times(2*k), h) }},
		{"constant", "h", func(int64) Quantity { return h }},
		{"maximum", "n + max(K*h, K*n + h)", func(k int64) Quantity { return n.Add(Max(h.Times(k), n.Times(k).Add(h))) }},
		{"two maxima", "max(K*h, n) + max(2*K*n, h)", func(k int64) Quantity { return Max(h.Times(k), n).Add(Max(h, n.Times(2*k))) }},
		{"square", "", func(k int64) Quantity { return h.Times(k * k) }},
		{"an argument that comes late", "", func(k int64) Quantity {
			if k < 6 {
				return h
			}
			return Max(h, n)
		}},
	} {
		var samples []Sample
		for k := int64(3); k < 8; k++ {
			samples = append(samples, at(k, c.of))
		}
		q, ok := Fit(basis, samples)
		if ok != (c.want != "") {
			t.Errorf("%s: %v %v", c.name, q, ok)
			continue
		}
		if !ok {
			continue
		}
		for _, k := range []int64{1, 2, 9, 40} {
			for _, size := range []int{1, 3, 50} {
				sizes := func(name string) (int, bool) { return map[string]int{"K": int(k), "h": size, "n": 7}[name], true }
				got, err := q.Eval(sizes)
				want, _ := c.of(k).Eval(sizes)
				if err != nil || c.name != "an argument that comes late" && got.Cmp(want) != 0 {
					t.Errorf("%s at %d: %s is %v, want %v", c.name, k, q, got, want)
				}
			}
		}
	}
}

func TestBetween(t *testing.T) {
	h, n := Symbol("h"), Symbol("n")
	a, b := h.Times(2), n.Times(4)
	for _, c := range []struct {
		q    Quantity
		want bool
	}{{h.Add(n.Times(2)), true}, {h.Add(n), false}, {a, false}, {b, false}, {h.Times(4).Sub(n.Times(4)), false}} {
		if got := c.q.Between(a, b); got != c.want {
			t.Errorf("%s: %v", c.q, got)
		}
	}
}
