package export

import (
	"context"
	"math"
	"math/big"
	"testing"

	"nabla/symbolic"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// TestFactoringKeepsTheValue joins random products of two factors, and sees that some are joined.
func TestFactoringKeepsTheValue(t *testing.T) {
	joined := 0
	for seed := range uint64(600) {
		m := newRandom(seed)
		sum := m.sumOfProducts()
		if sum.Op != symbolic.Sum {
			continue
		}
		p := &program{g: m.g}
		got := p.factored(sum, readersOf([]*symbolic.Expr{sum}))
		if got != sum {
			joined++
		}
		out, bounds, err := lower.Bounded(context.Background(), []*symbolic.Expr{sum, got}, m.b)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range out[0].Data {
			if d := math.Abs(x - out[1].Data[i]); !(d <= 2*(bounds[0].Data[i]+bounds[1].Data[i])) {
				t.Fatalf("seed %d: %v is factored as %v: %v, not %v", seed, sum, got, out[1].Data[i], x)
			}
		}
	}
	if joined < 50 {
		t.Errorf("only %d sums are factored", joined)
	}
}

// sumOfProducts adds products of a matrix, at times transposed, with vectors and matrices of few.
func (m *random) sumOfProducts() *symbolic.Expr {
	square := shape.Shape{shape.Name("b"), shape.Name("b")}
	for _, name := range []string{"A", "B", "x", "y"} {
		s := square
		if name > "a" {
			s = square[:1]
		}
		v := m.g.Var(name, s)
		m.b.Values[v] = m.value(s)
		m.pool = append(m.pool, v)
	}
	few := m.pool[len(m.pool)-4:]
	var args []*symbolic.Expr
	var coefs []*big.Rat
	for range 2 + m.r.IntN(4) {
		a, b := few[m.r.IntN(4)], few[m.r.IntN(4)]
		word := func(e *symbolic.Expr) string {
			return []string{"i", "j", "ij", "ji", "jk", "kj"}[2*e.Rank()-2+m.r.IntN(2*e.Rank())]
		}
		in := []string{word(a), word(b)}
		if union(in...) == "j" || !contains(in, 'i') {
			in[0] = []string{"", "i", "ij"}[a.Rank()]
		}
		args = append(args, m.g.Einsum(in, "i", []*symbolic.Expr{a, b}, nil))
		coefs = append(coefs, big.NewRat(int64(1+m.r.IntN(3)), int64(1+m.r.IntN(2))))
	}
	return m.g.LinearCombination(square[:1], coefs, args)
}

func contains(words []string, letter rune) bool { return only(union(words...), string(letter)) != "" }
