package symbolic

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"nabla/symbolic/shape"
)

// powOnly is the smallest library: products need pow.
func powOnly() *Library {
	return NewLibrary(&Func{Name: "pow", DP: func(p Params, x, y *Expr) *Expr {
		return x.G.Scale(p.Exp, x.G.Pow(x, new(big.Rat).Sub(p.Exp, one)))
	}})
}

func newTestGraph() *Graph { return NewGraph(powOnly(), shape.NewEnv()) }

// section is the model of the chapter, with abstract φ and l.
func section(g *Graph) map[string]*Expr {
	m := map[string]*Expr{
		"x": g.Var("x", shape.Of("d")), "y": g.Var("y", shape.Of("q")), "λ": g.Var("λ", nil),
		"W1": g.Var("W1", shape.Of("h", "d")), "W2": g.Var("W2", shape.Of("q", "h")),
	}
	phi := NewAbstract("φ", Signature{Args: []shape.Shape{nil}})
	l := NewAbstract("l", Signature{Args: []shape.Shape{shape.Of("q"), shape.Of("q")}})
	apply := func(f *Func, args ...*Expr) *Expr { e, _ := g.Apply(f, In{Args: args}); return e }
	norm2 := func(a *Expr) *Expr { return g.Einsum([]string{"ab", "ab"}, "", []*Expr{a, a}, nil) }
	m["z"] = g.Let("z", g.MatMul(m["W1"], m["x"]))
	m["h"] = g.Let("h", apply(phi, m["z"]))
	m["o"] = g.Let("o", g.MatMul(m["W2"], m["h"]))
	m["L"] = g.Let("L", apply(l, m["o"], m["y"]))
	m["s"] = g.Let("s", g.Times(g.Scale(half, m["λ"]), g.Add(norm2(m["W1"]), norm2(m["W2"]))))
	m["J"] = g.Let("J", g.Add(m["L"], m["s"]))
	return m
}

func TestDerivativesOfTheSection(t *testing.T) {
	g := newTestGraph()
	m := section(g)
	for _, c := range []struct{ by, want string }{
		{"L", "1"},
		{"s", "1"},
		{"o", "l_1(o, y)"},
		{"W2", "({a,b->ab: ∂J/∂o h} + {,ab->ab: λ W2})"},
		{"h", "{b,ba->a: ∂J/∂o W2}"},
		{"z", "{a,a->a: ∂J/∂h φ_1(z)}"},
		{"W1", "({a,b->ab: ∂J/∂z x} + {,ab->ab: λ W1})"},
	} {
		d, err := g.Diff(m["J"], m[c.by])
		if err != nil {
			t.Fatal(err)
		}
		if d.String() != c.want {
			t.Errorf("∂J/∂%s = %v, want %s", c.by, d, c.want)
		}
	}
}

func TestConstructorsAreCanonical(t *testing.T) {
	g := newTestGraph()
	A, B := g.Var("A", shape.Of("n", "n")), g.Var("B", shape.Of("n", "n"))
	x, c := g.Var("x", shape.Of("n")), g.Var("c", nil)
	tr := func(e *Expr) *Expr { return g.Einsum([]string{"aa"}, "", []*Expr{e}, nil) }
	xx := g.Einsum([]string{"a", "a"}, "", []*Expr{x, x}, nil)
	for _, c := range []struct {
		name string
		a, b *Expr
	}{
		{"x ⊘ x is 1", g.Div(x, x), g.Ones(x.Shape)},
		{"tr(A B) = tr(B A)", tr(g.MatMul(A, B)), tr(g.MatMul(B, A))},
		{"tr of a transpose", tr(g.Transpose(A)), tr(A)},
		{"(A B)ᵀ = Bᵀ Aᵀ", g.Transpose(g.MatMul(A, B)), g.MatMul(g.Transpose(B), g.Transpose(A))},
		{"A I = A", g.MatMul(A, g.Delta(shape.Name("n"))), A},
		{"tr I = n", tr(g.Delta(shape.Name("n"))), g.DimSize(shape.Name("n"))},
		{"A + A = 2A", g.Add(A, A), g.Scale(big.NewRat(2, 1), A)},
		{"A + B = B + A", g.Add(A, B), g.Add(B, A)},
		{"x (xᵀx)/(xᵀx) = x", g.Times(g.Recip(xx), g.Times(xx, x)), x},
		{"c c⁻¹ = 1", g.Times(c, g.Recip(c)), g.Int(1)},
		{"√c √c = c", g.Times(g.Sqrt(c), g.Sqrt(c)), c},
		{"(2c)² = 4c²", g.Pow(g.Scale(big.NewRat(2, 1), c), big.NewRat(2, 1)), g.Scale(big.NewRat(4, 1), g.Times(c, c))},
		{"A − A = 0", g.Sub(A, A), g.Zero(A.Shape)},
	} {
		if c.a != c.b {
			t.Errorf("%s: %v is not %v", c.name, c.a, c.b)
		}
	}
}

func TestJacobianKeepsItsDelta(t *testing.T) {
	g := newTestGraph()
	W, x := g.Var("W", shape.Of("q", "h")), g.Var("x", shape.Of("h"))
	d, err := g.Diff(g.MatMul(W, x), W)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.String(), "{c,ab->abc: x δq}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if h, _ := g.Diff(g.MatMul(W, x), x); h != W {
		t.Errorf("∂(W x)/∂x = %v, want W", h)
	}
}

// TestTheTableFindsWhatItHolds: many nodes, before and after some of them are forgotten.
func TestTheTableFindsWhatItHolds(t *testing.T) {
	g := newTestGraph()
	name := func(i int) string { return fmt.Sprint("x", i*i, strings.Repeat("y", i%70)) }
	const n = 5000
	nodes := make([]*Expr, n)
	for i := range nodes {
		nodes[i] = g.Var(name(i), nil)
	}
	if g.Len() != n {
		t.Fatalf("%d nodes, want %d", g.Len(), n)
	}
	for i, e := range nodes {
		if g.Var(name(i), nil) != e {
			t.Fatalf("%s is made twice", name(i))
		}
	}
	var kept []*Expr
	for i := 0; i < n; i += 3 {
		kept = append(kept, nodes[i])
	}
	g.Collect(kept...)
	if g.Len() != len(kept) {
		t.Fatalf("%d nodes are left, want %d", g.Len(), len(kept))
	}
	for i, e := range nodes {
		if same := g.Var(name(i), nil) == e; same != (i%3 == 0) {
			t.Fatalf("%s: the same %v after forgetting", name(i), same)
		}
	}
}
