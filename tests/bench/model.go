// Package bench measures whole evaluations: go test -bench . ./tests/bench
package bench

import (
	"math/big"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// A Case is one line of the table in docs/performance.md: what is computed, and from what.
type Case struct {
	Name     string
	Outputs  []*symbolic.Expr
	Bindings lower.Bindings
}

// A builder makes one Case.
type builder struct {
	g *symbolic.Graph
	b lower.Bindings
}

func newBuilder() *builder {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	return &builder{g, lower.Bindings{Dims: g.Dims, Values: map[*symbolic.Expr]*numeric.Array{}}}
}

// variable has normal entries divided by scale.
func (c *builder) variable(name string, scale float64, dims string, sizes ...int) *symbolic.Expr {
	s := make(shape.Shape, len(sizes))
	for i := range s {
		s[i] = shape.Name(dims[i : i+1])
		if err := c.g.Dims.SetSize(dims[i:i+1], sizes[i]); err != nil {
			panic(err)
		}
	}
	v := c.g.Var(name, s)
	a, r := numeric.New(sizes...), numeric.Source(uint64(len(c.b.Values)))
	for i := range a.Data {
		a.Data[i] = r.NormFloat64() / scale
	}
	c.b.Values[v] = a
	return v
}

// oneHot makes every row of a variable a class.
func (c *builder) oneHot(v *symbolic.Expr) *symbolic.Expr {
	a := c.b.Values[v]
	q := a.Shape[len(a.Shape)-1]
	clear(a.Data)
	for i := 0; i < len(a.Data); i += q {
		a.Data[i+i/q*7%q] = 1
	}
	return v
}

func (c *builder) grad(y *symbolic.Expr, xs ...*symbolic.Expr) []*symbolic.Expr {
	d, err := c.g.Grad(y, xs, nil)
	if err != nil {
		panic(err)
	}
	return d
}

func (c *builder) done(name string, outputs ...*symbolic.Expr) Case { return Case{name, outputs, c.b} }

var half = big.NewRat(1, 2)

func (c *builder) decay(ws ...*symbolic.Expr) *symbolic.Expr {
	var terms []*symbolic.Expr
	for _, w := range ws {
		terms = append(terms, c.g.E("ab,ab->", w, w))
	}
	return c.g.Let("s", c.g.Times(c.g.Scale(half, c.variable("λ", 1, "")), c.g.Sum(nil, terms...)))
}

// MLPExample is the gradient of the section's model at one example: relu, softmax cross-entropy, weight decay.
func MLPExample(d, h, q int) Case {
	c := newBuilder()
	g := c.g
	x, y := c.variable("x", 1, "d", d), c.oneHot(c.variable("y", 1, "q", q))
	W1, W2 := c.variable("W1", 8, "hd", h, d), c.variable("W2", 8, "qh", q, h)
	H := g.Let("h", g.Call("relu", g.Let("z", g.MatMul(W1, x))))
	o := g.Let("o", g.MatMul(W2, H))
	J := g.Let("J", g.Add(g.Let("L", g.Call("crossentropy", o, y)), c.decay(W1, W2)))
	return c.done("mlp", append([]*symbolic.Expr{J}, c.grad(J, W1, W2)...)...)
}

// MLPBatch is the same over a batch of n examples.
func MLPBatch(d, h, q, n int) Case {
	c := newBuilder()
	g := c.g
	X, Y := c.variable("X", 1, "nd", n, d), c.oneHot(c.variable("Y", 1, "nq", n, q))
	W1, W2 := c.variable("W1", 8, "hd", h, d), c.variable("W2", 8, "qh", q, h)
	H := g.Let("H", g.Call("relu", g.Let("Z", g.E("nd,hd->nh", X, W1))))
	O := g.Let("O", g.E("nh,qh->nq", H, W2))
	L := g.Let("L", g.Call("mean", g.Call("crossentropy", O, Y)))
	J := g.Let("J", g.Add(L, c.decay(W1, W2)))
	return c.done("mlp", append([]*symbolic.Expr{J}, c.grad(J, W1, W2)...)...)
}

// LogisticHessian is the second derivative of logistic regression on n examples.
func LogisticHessian(n, d int) Case {
	c := newBuilder()
	g := c.g
	X, t, w := c.variable("X", 1, "nd", n, d), c.variable("t", 1, "n", n), c.variable("w", 8, "d", d)
	z := g.Let("z", g.MatMul(X, w))
	J := g.Let("J", g.Call("mean", g.Sub(g.Call("softplus", z), g.Hadamard(t, z))))
	return c.done("logistic", c.grad(c.grad(J, w)[0], w)...)
}

// FactorHessian is the second derivative of ‖T − U Vᵀ‖² in U.
func FactorHessian(m, n, k int) Case {
	c := newBuilder()
	g := c.g
	T, U, V := c.variable("T", 1, "mn", m, n), c.variable("U", 1, "mk", m, k), c.variable("V", 1, "nk", n, k)
	R := g.Let("R", g.Sub(T, g.E("mk,nk->mn", U, V)))
	J := g.Let("J", g.E("mn,mn->", R, R))
	return c.done("factor", c.grad(c.grad(J, U)[0], U)...)
}

// MLPHessian is the second derivative of a tanh network in its first matrix.
func MLPHessian(d, h, q, n int) Case {
	c := newBuilder()
	g := c.g
	X, Y := c.variable("X", 1, "nd", n, d), c.oneHot(c.variable("Y", 1, "nq", n, q))
	W1, W2 := c.variable("W1", 8, "hd", h, d), c.variable("W2", 8, "qh", q, h)
	H := g.Let("H", g.Call("tanh", g.Let("Z", g.E("nd,hd->nh", X, W1))))
	O := g.Let("O", g.E("nh,qh->nq", H, W2))
	J := g.Let("J", g.Call("mean", g.Call("crossentropy", O, Y)))
	return c.done("mlphessian", c.grad(c.grad(J, W1)[0], W1)...)
}
