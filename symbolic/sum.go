package symbolic

import (
	"math/big"
	"slices"

	"nabla/symbolic/shape"
)

// A linear combination under construction: terms in the order in which they were first written.
type terms struct {
	index map[*Expr]int // nil while the terms are few
	args  []*Expr
	coefs []*big.Rat
}

// newTerms is no terms; most combinations are there already and need no memory of their own.
func (g *Graph) newTerms() *terms {
	n := len(g.spareTerms)
	if n == 0 {
		return &terms{}
	}
	t := g.spareTerms[n-1]
	g.spareTerms = g.spareTerms[:n-1]
	return t
}

// release gives t back, unless it became large. No node keeps anything of it.
func (g *Graph) release(t *terms) {
	if cap(t.args) > 64 {
		return
	}
	clear(t.args[:cap(t.args)])
	clear(t.coefs[:cap(t.coefs)])
	*t = terms{args: t.args[:0], coefs: t.coefs[:0]}
	g.spareTerms = append(g.spareTerms, t)
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
	if i := t.find(e); i >= 0 {
		t.coefs[i] = plus(t.coefs[i], c)
		return
	}
	if t.index != nil {
		t.index[e] = len(t.args)
	}
	t.args = append(t.args, e)
	t.coefs = append(t.coefs, c)
}

// fewTerms are searched one by one.
const fewTerms = 8

// find is the place of a term, −1 where it is new.
func (t *terms) find(e *Expr) int {
	if t.index == nil && len(t.args) < fewTerms {
		return slices.Index(t.args, e)
	}
	if t.index == nil {
		t.index = make(map[*Expr]int, 2*fewTerms)
		for i, a := range t.args {
			t.index[a] = i
		}
	}
	if i, ok := t.index[e]; ok {
		return i
	}
	return -1
}

// isOne says that r is 1.
func isOne(r *big.Rat) bool {
	return r == one || r.IsInt() && r.Num().IsInt64() && r.Num().Int64() == 1
}

// times is a b; most coefficients are 1.
func times(a, b *big.Rat) *big.Rat {
	switch {
	case a == one:
		return b
	case b == one:
		return a
	}
	if i, j := small(a), small(b); i != noSmall && j != noSmall && -maxSmall <= i*j && i*j <= maxSmall {
		return smalls[i*j+maxSmall]
	}
	return new(big.Rat).Mul(a, b)
}

// plus is a + b.
func plus(a, b *big.Rat) *big.Rat {
	if i, j := small(a), small(b); i != noSmall && j != noSmall && -maxSmall <= i+j && i+j <= maxSmall {
		return smalls[i+j+maxSmall]
	}
	return new(big.Rat).Add(a, b)
}

// Most coefficients are small integers, which are made once: a number of its own is four pieces of memory.
const maxSmall, noSmall = 16, maxSmall + 1

var smalls = func() (s [2*maxSmall + 1]*big.Rat) {
	for i := range s {
		s[i] = big.NewRat(int64(i-maxSmall), 1)
	}
	s[maxSmall], s[maxSmall+1], s[maxSmall-1] = zero, one, minusOne
	return s
}()

// small is r as a small integer, or noSmall.
func small(r *big.Rat) int64 {
	if !r.IsInt() || !r.Num().IsInt64() {
		return noSmall
	}
	if n := r.Num().Int64(); -maxSmall <= n && n <= maxSmall {
		return n
	}
	return noSmall
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
	if isOne(c) {
		return a
	}
	return g.LinearCombination(a.Shape, []*big.Rat{c}, []*Expr{a})
}

// LinearCombination is Σ coefs[i]·args[i]: nested sums are flattened, like terms collected, zeros dropped. The order
// is the order of writing; two orders of the same terms are one node.
func (g *Graph) LinearCombination(s shape.Shape, coefs []*big.Rat, args []*Expr) *Expr {
	if len(args) == 1 && isOne(coefs[0]) {
		g.must(args[0].Rank() == len(s), "sum of %v and %v", args[0].Shape, s)
		return args[0]
	}
	t := g.newTerms()
	defer g.release(t)
	for i, a := range args {
		if a.Rank() != len(s) {
			g.must(false, "sum of %v and %v", a.Shape, s)
		}
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
		case isOne(t.coefs[0]):
			return t.args[0]
		}
	}
	if len(t.args) > 0 {
		s = t.args[0].Shape
	}
	return g.intern(t.key(g, s), func() *Expr {
		return &Expr{Op: Sum, Args: slices.Clone(t.args), Coef: slices.Clone(t.coefs), Shape: sameShape(s, t.args)}
	})
}

// sameShape is s, that of one of the arguments if one has it: shapes are many, and different ones few.
func sameShape(s shape.Shape, args []*Expr) shape.Shape {
	for _, a := range args {
		if a.Shape.Equal(s) {
			return a.Shape
		}
	}
	return slices.Clone(s)
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
	k := g.start(Sum)
	if len(t.args) == 0 {
		return putShape(k, s)
	}
	var few [16]int
	order := few[:0]
	for i := range t.args {
		order = append(order, i)
	}
	slices.SortFunc(order, func(i, j int) int { return int(t.args[i].ID) - int(t.args[j].ID) })
	for _, i := range order {
		k = putRat(putID(k, t.args[i]), t.coefs[i])
	}
	return k
}
