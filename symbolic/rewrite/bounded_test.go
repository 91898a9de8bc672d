package rewrite_test

import (
	"math/big"
	"testing"
	"time"

	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/rewrite"
	"nabla/symbolic/shape"
)

// TestNormalFormEndsOnDivisorsWithinDivisors: a root of a sum with a root of a sum in it, each brought over its divisors,
// grows by a factor with each of them.
func TestNormalFormEndsOnDivisorsWithinDivisors(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	n := shape.Of("n", "n")
	a, A, Q := g.Var("a", nil), g.Var("A", n), g.Var("Q", n)
	g.Facts.Set(Q, &symbolic.Facts{Orthogonal: true})
	s := g.Call("sigmoid", g.MatMul(g.Call("inv", A), A))
	root := func(x *symbolic.Expr) *symbolic.Expr { return g.Pow(g.Add(g.Ones(n), x), big.NewRat(-3, 2)) }
	shifted := func(x *symbolic.Expr) *symbolic.Expr {
		return g.Call("sign", g.Add(g.Times(a, g.Times(g.E("aa->", x), g.E("aa->", Q))), g.Const(big.NewRat(37, 100))))
	}
	once := root(g.Hadamard(s, s))
	done := make(chan bool)
	go func() {
		rewrite.Normal(g.Sub(shifted(once), shifted(root(once))))
		done <- true
	}()
	select {
	case <-done:
	case <-time.After(60 * time.Second):
		t.Fatal("no end after a minute")
	}
}

// TestSimplifyEndsOnSumsWithinSums: each derivative of gelu is a sum of products of sums, and multiplying all of them
// out in every order has no end that a person would see.
func TestSimplifyEndsOnSumsWithinSums(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	a, b := g.Var("a", nil), g.Var("b", nil)
	e := g.Times(g.Call("sigmoid", b), g.Add(a, b))
	for range 3 {
		e = g.Call("gelu", e)
	}
	for range 2 {
		d, err := g.Diff(e, b)
		if err != nil {
			t.Fatal(err)
		}
		e = d
	}
	done := make(chan *symbolic.Expr)
	go func() { done <- rewrite.Simplify(e, nil) }()
	select {
	case <-done:
	case <-time.After(60 * time.Second):
		t.Fatal("no end after a minute")
	}
}
