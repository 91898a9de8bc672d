package symbolic_test

import (
	"fmt"
	"testing"

	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/rewrite"
	"nabla/symbolic/shape"
)

// network is J = ‖h_K‖²/2 + λ/2 Σ ‖W_k‖² with h_k = tanh(W_k h_(k−1)), every layer defined by name, and its weights.
func network(depth int) (J *symbolic.Expr, weights []*symbolic.Expr) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	h := g.Var("x", shape.Of("h"))
	λ := g.Var("λ", nil)
	terms := make([]*symbolic.Expr, 0, depth+1)
	for k := range depth {
		W := g.Var(fmt.Sprintf("W%d", k), shape.Of("h", "h"))
		weights = append(weights, W)
		z := g.Let(fmt.Sprintf("z%d", k), g.MatMul(W, h))
		h = g.Let(fmt.Sprintf("h%d", k), g.Call("tanh", z))
		terms = append(terms, g.Times(λ, g.SumAxes(g.Hadamard(W, W), 0, 1)))
	}
	terms = append(terms, g.SumAxes(g.Hadamard(h, h), 0))
	return g.Let("J", g.Sum(nil, terms...)), weights
}

// nodesOf counts the nodes that several expressions reach together.
func nodesOf(es []*symbolic.Expr) int {
	n, seen := 0, map[*symbolic.Expr]bool{}
	for _, e := range es {
		symbolic.Walk(e, func(*symbolic.Expr) { n++ }, seen)
	}
	return n
}

// TestGradientsGrowLinearly: the gradient of a network by all of its weights, and its Hessian-vector product, have a
// number of nodes proportional to its depth.
func TestGradientsGrowLinearly(t *testing.T) {
	count := func(depth int) (grad, hvp int) {
		J, ws := network(depth)
		d, err := J.G.Grad(J, ws, nil)
		if err != nil {
			t.Fatal(err)
		}
		h, err := hvp1(J, ws)
		if err != nil {
			t.Fatal(err)
		}
		return nodesOf(d), nodesOf(h)
	}
	g1, h1 := count(100)
	g2, h2 := count(200)
	g3, h3 := count(300)
	if g3-g2 != g2-g1 || h3-h2 != h2-h1 {
		t.Errorf("gradients have %d, %d, %d nodes and Hessian-vector products %d, %d, %d: not linear", g1, g2, g3, h1, h2, h3)
	}
}

// hvp1 is the Hessian of J by all weights times directions of their shapes: the gradient of the directional derivative.
func hvp1(J *symbolic.Expr, ws []*symbolic.Expr) ([]*symbolic.Expr, error) {
	g := J.G
	d, err := g.Grad(J, ws, nil)
	if err != nil {
		return nil, err
	}
	dots := make([]*symbolic.Expr, len(ws))
	for i := range ws {
		v := g.Var(fmt.Sprintf("V%d", i), ws[i].Shape)
		dots[i] = g.Einsum([]string{"ab", "ab"}, "", []*symbolic.Expr{d[i], v}, nil)
	}
	return g.Grad(g.Sum(nil, dots...), ws, nil)
}

func BenchmarkGradient(b *testing.B) {
	for _, depth := range []int{10, 30, 100, 300, 1000, 3000} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				J, ws := network(depth)
				b.StartTimer()
				if _, err := J.G.Grad(J, ws, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkHessianVector(b *testing.B) {
	for _, depth := range []int{10, 30, 100, 300, 1000, 3000} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				J, ws := network(depth)
				b.StartTimer()
				if _, err := hvp1(J, ws); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSimplify(b *testing.B) {
	for _, depth := range []int{10, 100, 1000, 3000} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				J, ws := network(depth)
				d, err := J.G.Grad(J, ws[:1], nil)
				if err != nil {
					b.Fatal(err)
				}
				var lets []*symbolic.Expr
				symbolic.Walk(J, func(e *symbolic.Expr) {
					if e.Op == symbolic.Let {
						lets = append(lets, e)
					}
				}, nil)
				b.StartTimer()
				rewrite.Simplify(d[0], lets)
			}
		})
	}
}
