package study_test

import (
	"testing"

	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

// section is the model of section 5.3 for a batch of n examples, with abstract φ and l; activation is the name of a known
// function in the place of φ.
func section(t *testing.T, activation string, batch bool) *study.Model {
	t.Helper()
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	must := func(e *symbolic.Expr, err error) *symbolic.Expr {
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	phi := symbolic.NewAbstract("φ", symbolic.Signature{Args: []shape.Shape{nil}})
	if activation != "" {
		phi = g.Lib.Lookup(activation)
	}
	loss := symbolic.NewAbstract("l", symbolic.Signature{Args: []shape.Shape{shape.Of("q"), shape.Of("q")}})
	in := func(d string) *symbolic.Expr {
		if batch {
			return g.Var(map[string]string{"d": "x", "q": "y"}[d], shape.Of("n", d))
		}
		return g.Var(map[string]string{"d": "x", "q": "y"}[d], shape.Of(d))
	}
	x, y := in("d"), in("q")
	W1, W2, λ := g.Var("W1", shape.Of("h", "d")), g.Var("W2", shape.Of("q", "h")), g.Var("λ", nil)
	z := g.Let("z", g.E("*b,ab->*a", x, W1))
	h := g.Let("h", must(g.Apply(phi, symbolic.In{Args: []*symbolic.Expr{z}})))
	o := g.Let("o", g.E("*b,ab->*a", h, W2))
	L := g.Let("L", must(g.Apply(loss, symbolic.In{Args: []*symbolic.Expr{o, y}})))
	mean := L
	if batch {
		mean = g.Times(g.Recip(g.DimSize(shape.Name("n"))), g.SumAxes(L, 0))
	}
	norms := g.Add(g.E("ab,ab->", W1, W1), g.E("ab,ab->", W2, W2))
	s := g.Let("s", g.Times(λ, g.Scale(half, norms)))
	J := g.Let("J", g.Add(mean, s))
	return study.NewModel(J, nil)
}
