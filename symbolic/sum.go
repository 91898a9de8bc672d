package symbolic

import (
	"bytes"
	"math/big"
	"slices"

	"nabla/symbolic/shape"
)

// A linear combination under construction: terms in the order in which they were first written.
type terms struct {
	index map[*Expr]int
	args  []*Expr
	coefs []*big.Rat
}

func (t *terms) add(c *big.Rat, e *Expr) {
	switch {
	case e.Op == Sum:
		for i, a := range e.Args {
			t.add(times(c, e.Coef[i]), a)
		}
		return
	case e.Op == Const:
		c = times(c, e.Val)
		e = e.G.Const(one)
	}
	if i, ok := t.index[e]; ok {
		t.coefs[i] = new(big.Rat).Add(t.coefs[i], c)
		return
	}
	t.index[e] = len(t.args)
	t.args = append(t.args, e)
	t.coefs = append(t.coefs, c)
}

// times is a b; most coefficients are 1.
func times(a, b *big.Rat) *big.Rat {
	switch {
	case a == one:
		return b
	case b == one:
		return a
	}
	return new(big.Rat).Mul(a, b)
}

// Sum is the sum of terms of one shape; s is needed where there are none.
func (g *Graph) Sum(s shape.Shape, args ...*Expr) *Expr {
	coefs := make([]*big.Rat, len(args))
	for i := range coefs {
		coefs[i] = one
	}
	return g.LinearCombination(s, coefs, args)
}

// Add is a + b.
func (g *Graph) Add(a, b *Expr) *Expr { return g.Sum(a.Shape, a, b) }

// Sub is a − b.
func (g *Graph) Sub(a, b *Expr) *Expr {
	return g.LinearCombination(a.Shape, []*big.Rat{one, minusOne}, []*Expr{a, b})
}

// Neg is −a.
func (g *Graph) Neg(a *Expr) *Expr { return g.Scale(minusOne, a) }

// Scale is c·a.
func (g *Graph) Scale(c *big.Rat, a *Expr) *Expr {
	return g.LinearCombination(a.Shape, []*big.Rat{c}, []*Expr{a})
}

// LinearCombination is Σ coefs[i]·args[i]: nested sums are flattened, like terms collected, zeros dropped. The order
// is the order of writing; two orders of the same terms are one node.
func (g *Graph) LinearCombination(s shape.Shape, coefs []*big.Rat, args []*Expr) *Expr {
	if len(args) == 1 && (coefs[0] == one || coefs[0].Cmp(one) == 0) {
		g.must(args[0].Rank() == len(s), "sum of %v and %v", args[0].Shape, s)
		return args[0]
	}
	t := terms{index: make(map[*Expr]int, len(args))}
	for i, a := range args {
		g.must(a.Rank() == len(s), "sum of %v and %v", a.Shape, s)
		t.add(coefs[i], a)
	}
	t.dropZeros()
	if len(t.args) == 0 && len(s) == 0 {
		return g.Const(zero)
	}
	if len(t.args) == 1 {
		switch {
		case t.args[0].Op == Const:
			return g.Const(t.coefs[0])
		case t.coefs[0].Cmp(one) == 0:
			return t.args[0]
		}
	}
	if len(t.args) > 0 {
		s = t.args[0].Shape
	}
	return g.intern(t.key(g, s), func() *Expr {
		return &Expr{Op: Sum, Args: t.args, Coef: t.coefs, Shape: slices.Clone(s)}
	})
}

func (t *terms) dropZeros() {
	n := 0
	for i, c := range t.coefs {
		if c.Sign() != 0 {
			t.args[n], t.coefs[n] = t.args[i], c
			n++
		}
	}
	t.args, t.coefs = t.args[:n], t.coefs[:n]
}

// key does not depend on the order of the terms.
func (t *terms) key(g *Graph, s shape.Shape) []byte {
	parts := make([][]byte, len(t.args))
	for i, a := range t.args {
		parts[i] = putRat(putID(make([]byte, 0, 12), a), t.coefs[i])
	}
	if len(parts) > 1 {
		slices.SortFunc(parts, bytes.Compare)
	}
	k := g.start(Sum)
	if len(parts) == 0 {
		k = putShape(k, s)
	}
	for _, p := range parts {
		k = append(k, p...)
	}
	return k
}
