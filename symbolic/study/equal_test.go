package study_test

import (
	"context"
	"testing"

	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

func TestAbstractModelIsToldApart(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	phi := symbolic.NewAbstract("φ", symbolic.Signature{Args: []shape.Shape{nil}})
	z := g.Var("z", shape.Of("h"))
	x, W, λ := g.Var("x", shape.Of("d")), g.Var("W", shape.Of("h", "d")), g.Var("λ", nil)
	h, _ := g.Apply(phi, symbolic.In{Args: []*symbolic.Expr{z}})
	dz, _ := g.Derived(phi, []int{0}, []*symbolic.Expr{z})
	dh, _ := g.Derived(phi, []int{0}, []*symbolic.Expr{h})
	outer := g.Einsum([]string{"a", "b"}, "ab", []*symbolic.Expr{dz, x}, nil)
	for _, c := range []struct {
		name string
		a, b *symbolic.Expr
		want study.Decision
	}{
		{"φ′(z) and φ′(φ(z))", dz, dh, study.Refuted},
		{"a term that is missing", g.Add(outer, g.Times(λ, W)), outer, study.Refuted},
		{"the same in another order", g.Add(outer, g.Times(λ, W)), g.Add(g.Times(W.G.Int(1), g.Times(λ, W)), outer), study.Proved},
	} {
		if got := study.Compare(context.Background(), c.a, c.b); got.Decision != c.want {
			t.Errorf("%s: decision %d after %d points, want %d", c.name, got.Decision, got.Points, c.want)
		}
	}
}
