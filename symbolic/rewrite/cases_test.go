package rewrite_test

import (
	"context"
	"math/big"
	"math/rand/v2"
	"testing"

	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/rewrite"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"

	"pgregory.net/rapid"
)

// lattice is a random expression of max, min, abs, relu, comparisons and sums over the numbers xs.
func lattice(t *rapid.T, g *symbolic.Graph, xs []*symbolic.Expr, depth int) *symbolic.Expr {
	if depth == 0 || rapid.IntRange(0, 4).Draw(t, "leaf") == 0 {
		return rapid.SampledFrom(xs).Draw(t, "x")
	}
	one := func() *symbolic.Expr { return lattice(t, g, xs, depth-1) }
	switch rapid.IntRange(0, 6).Draw(t, "op") {
	case 0:
		return g.Add(one(), one())
	case 1:
		return g.Scale(big.NewRat(rapid.SampledFrom([]int64{-2, -1, 1, 3}).Draw(t, "coef"), 2), one())
	case 2:
		return g.Call(rapid.SampledFrom([]string{"abs", "relu", "step"}).Draw(t, "f"), one())
	}
	return g.Call(rapid.SampledFrom([]string{"maximum", "minimum"}).Draw(t, "f"), one(), one())
}

// respelled is e with some max, min and relu written by absolute values.
func respelled(t *rapid.T, e *symbolic.Expr) *symbolic.Expr {
	g, args := e.G, make([]*symbolic.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = respelled(t, a)
	}
	half := big.NewRat(1, 2)
	switch {
	case len(args) == 0 || rapid.Bool().Draw(t, "stays"):
	case e.IsCall("maximum"):
		return g.Scale(half, g.Sum(nil, args[0], args[1], g.Call("abs", g.Sub(args[1], args[0]))))
	case e.IsCall("minimum"):
		return g.Neg(g.Call("maximum", g.Neg(args[1]), g.Neg(args[0])))
	case e.IsCall("relu"):
		return g.Scale(half, g.Add(args[0], g.Call("abs", args[0])))
	}
	if len(args) == 0 {
		return e
	}
	return g.Rebuild(e, args)
}

// TestCasesProveWhatIsTrue: what is proved by cases is not refuted by points with ties, zeros and all orders of the variables;
// the same in other words is proved.
func TestCasesProveWhatIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
		xs := []*symbolic.Expr{g.Var("a", nil), g.Var("b", nil), g.Var("c", nil)}
		a, b := lattice(t, g, xs, 3), lattice(t, g, xs, 3)
		if c := respelled(t, a); c != a && study.Compare(context.Background(), a, c).Decision != study.Proved {
			t.Fatalf("not proved: %v = %v", a, c)
		}
		if !rewrite.ZeroByCases(g.Sub(a, b)) {
			return
		}
		if c := study.Compare(context.Background(), a, b); c.Decision != study.Proved {
			t.Fatalf("proved by cases: %v = %v; at points: %d", a, b, c.Decision)
		}
	})
}

// TestOrdersDecideLattices: max and min of any three numbers, in any nesting, are proved equal exactly where they are.
func TestOrdersDecideLattices(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	xs := []*symbolic.Expr{g.Var("a", nil), g.Var("b", nil), g.Var("c", nil)}
	var draw func(depth int) *symbolic.Expr
	draw = func(depth int) *symbolic.Expr {
		if depth == 0 || r.IntN(5) == 0 {
			return xs[r.IntN(3)]
		}
		return g.Call([]string{"maximum", "minimum"}[r.IntN(2)], draw(depth-1), draw(depth-1))
	}
	same, orders := 0, [][]float64{{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}}
	for range 900 {
		a, b := draw(3), draw(3)
		want := true
		for _, o := range orders {
			at := map[*symbolic.Expr]float64{xs[0]: o[0], xs[1]: o[1], xs[2]: o[2]}
			want = want && latticeAt(a, at) == latticeAt(b, at)
		}
		if got := a == b || rewrite.ZeroByCases(g.Sub(a, b)); got != want {
			t.Errorf("%v = %v: proved %v, true %v", a, b, got, want)
		}
		if want {
			same++
		}
	}
	if same < 30 {
		t.Errorf("only %d pairs were equal", same)
	}
}

// latticeAt is the value of an expression of max and min.
func latticeAt(e *symbolic.Expr, at map[*symbolic.Expr]float64) float64 {
	if len(e.Args) == 0 {
		return at[e]
	}
	x, y := latticeAt(e.Args[0], at), latticeAt(e.Args[1], at)
	if e.IsCall("maximum") {
		return max(x, y)
	}
	return min(x, y)
}
