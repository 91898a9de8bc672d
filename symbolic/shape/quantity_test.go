package shape

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var d, h, n, q = Symbol("d"), Symbol("h"), Symbol("n"), Symbol("q")

func TestQuantitiesPrint(t *testing.T) {
	for _, c := range []struct {
		q    Quantity
		want string
	}{
		{Integer(0), "0"},
		{h.Mul(d).Add(q.Mul(h)), "d*h + h*q"},
		{d.Add(h).Mul(d.Sub(h)), "d^2 - h^2"},
		{Max(d.Add(h), h.Times(2), h.Add(q)).Mul(n).Add(h.Mul(d)), "d*h + h*n + n*max(d, h, q)"},
		{Max(h, h.Add(q)), "h + q"},
		{Min(h, h.Add(q)), "h"},
		{Max(h.Mul(q), h), "h*q"},
		{h.Mul(d.Add(q)).Div(d.Add(h.Times(2)).Add(q)), "(d*h + h*q)/(d + 2*h + q)"},
		{h.Mul(d.Add(q)).Div(d.Add(q)), "h"},
		{h.Mul(d).Div(h.Times(2)), "d/2"},
		{Number(big.NewRat(-1, 2)), "-1/2"},
		{Ceil(h.Div(n)).Mul(d), "d*ceil(h/n)"},
		{Ceil(h.Mul(d)), "d*h"},
		{n.Sub(Integer(1)).Div(n.Add(d).Sub(Integer(1))), "(n - 1)/(d + n - 1)"},
		{Integer(1).Sub(n), "-n + 1"},
	} {
		if got := c.q.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	if got := Max(h, q).Mul(n).Div(d).LaTeX(); got != `\frac{n\,\max(h, q)}{d}` {
		t.Error(got)
	}
}

// A drawn quantity and what it is at one point, computed beside it with plain arithmetic.
func drawn(t *rapid.T, at map[string]int, depth int) (Quantity, *big.Rat) {
	if depth == 0 {
		name := rapid.SampledFrom([]string{"d", "h", "n", "q"}).Draw(t, "name")
		return Symbol(name), big.NewRat(int64(at[name]), 1)
	}
	a, x := drawn(t, at, depth-1)
	b, y := drawn(t, at, depth-1)
	switch rapid.IntRange(0, 6).Draw(t, "op") {
	case 0:
		return a.Add(b), new(big.Rat).Add(x, y)
	case 1:
		return a.Mul(b), new(big.Rat).Mul(x, y)
	case 2:
		if x.Cmp(y) < 0 {
			x = y
		}
		return Max(a, b, a), x
	case 3:
		if x.Cmp(y) > 0 {
			x = y
		}
		return Min(a, b), x
	case 4:
		return a.Div(b.Add(Integer(1))), new(big.Rat).Quo(x, new(big.Rat).Add(y, big.NewRat(1, 1)))
	case 5:
		z := new(big.Int).Neg(x.Num())
		z.Div(z, x.Denom())
		return Ceil(a), new(big.Rat).SetInt(z.Neg(z))
	}
	return a.Add(b).Sub(b.Times(1)), x
}

func TestQuantitiesHaveTheValueOfWhatTheyWereMadeFrom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := map[string]int{}
		for _, n := range strings.Split("d h n q", " ") {
			at[n] = rapid.IntRange(1, 9).Draw(t, n)
		}
		e, want := drawn(t, at, 3)
		size := func(n string) (int, bool) { s, ok := at[n]; return s, ok }
		got, err := e.Eval(size)
		if err != nil || got.Cmp(want) != 0 {
			t.Fatalf("%s is %v %v, want %v", e, got, err, want)
		}
		by := map[string]Quantity{}
		for k, v := range at {
			by[k] = Integer(int64(v))
		}
		if r, ok := e.Replace(by).AsNumber(); !ok || r.Cmp(want) != 0 {
			t.Fatalf("%s with numbers is %s, want %v", e, e.Replace(by), want)
		}
	})
}

func TestLinear(t *testing.T) {
	a, b, ok := n.Mul(d.Add(h)).Add(h).Linear("n")
	if !ok || a.String() != "d + h" || b.String() != "h" {
		t.Error(a, b, ok)
	}
	if _, _, ok := Max(n, h).Linear("n"); ok {
		t.Error("max(n, h) is not linear in n")
	}
}
