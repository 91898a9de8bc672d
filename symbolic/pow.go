package symbolic

import (
	"math/big"
	"slices"
)

// Pow is x to a rational power, elementwise. Integer powers of products are distributed, (x^r)^s is x^(rs) where that
// holds for every sign, and small positive powers are repeated factors.
func (g *Graph) Pow(x *Expr, r *big.Rat) *Expr {
	switch {
	case r.Sign() == 0:
		return g.Ones(x.Shape)
	case isOne(r):
		return x
	case x.Op == Ones:
		return x
	}
	if c, ok := x.AsConst(); ok {
		if v, ok := ratPow(c, r); ok {
			return g.Const(v)
		}
	}
	if c, y := x.AsScaled(); c != one {
		if v, ok := ratPow(c, r); ok {
			return g.Scale(v, g.Pow(y, r))
		}
	}
	if base, s := x.AsPower(); base != x && r.IsInt() {
		g.reportCancelled(base, []*big.Rat{s, r}, new(big.Rat).Mul(s, r))
		return g.Pow(base, new(big.Rat).Mul(s, r))
	}
	if x.Op == Einsum && r.IsInt() && elementwise(x) {
		args := make([]*Expr, len(x.Args))
		for i, a := range x.Args {
			args[i] = g.Pow(a, r)
		}
		return g.Einsum(x.In, x.Out, args, x.Shape)
	}
	if x.IsZero() && r.Sign() > 0 {
		return x
	}
	if n := r.Num(); r.IsInt() && n.IsInt64() && n.Int64() >= 2 && n.Int64() <= maxRepeat {
		args := make([]*Expr, n.Int64())
		for i := range args {
			args[i] = x
		}
		return g.Hadamard(args...)
	}
	fn := g.Lib.Lookup("pow")
	return g.call(fn, Params{Exp: new(big.Rat).Set(r)}, []*Expr{x}, x.Shape)
}

// reportCancelled reports that powers of a base, of these exponents, have become one of the exponent total, if that loses
// points at which there was no value.
func (g *Graph) reportCancelled(base *Expr, exps []*big.Rat, total *big.Rat) {
	if g.Cancels == nil || base.Positive() {
		return
	}
	poles, roots := false, false
	for _, x := range exps {
		poles = poles || x.Sign() < 0
		roots = roots || !x.IsInt()
	}
	switch {
	case poles && total.Sign() >= 0:
		g.Cancels(base, false)
	case roots && total.IsInt() && !base.Nonnegative():
		g.Cancels(base, true)
	}
}

// Positive says that every entry of e is known to be positive.
func (e *Expr) Positive() bool {
	switch e.Op {
	case Const:
		return e.Val.Sign() > 0
	case Ones, Dim:
		return true
	case Let:
		return e.Args[0].Positive()
	case Var:
		f := e.G.Facts.At(e)
		return f != nil && f.Positive
	case Sum:
		return e.Nonnegative() && slices.ContainsFunc(e.Args, (*Expr).Positive)
	case Einsum:
		return allPositive(e.Args)
	case Call:
		return e.Fn.Positive || e.IsCall("pow") && e.Args[0].Positive()
	}
	return false
}

// Nonnegative says that no entry of e can be negative: it is positive, declared so, or a sum of squares.
func (e *Expr) Nonnegative() bool {
	switch e.Op {
	case Let:
		return e.Args[0].Nonnegative()
	case Var:
		f := e.G.Facts.At(e)
		return f != nil && (f.Positive || f.Nonneg)
	case Sum:
		return !slices.ContainsFunc(e.Coef, func(c *big.Rat) bool { return c.Sign() < 0 }) &&
			!slices.ContainsFunc(e.Args, func(a *Expr) bool { return !a.Nonnegative() })
	case Einsum:
		return e.isSquare()
	case Call: // a root has no value below 0
		if e.IsCall("pow") && (!e.Par.Exp.IsInt() || e.Args[0].Nonnegative()) || e.IsCall("abs") || e.IsCall("relu") {
			return true
		}
	}
	return e.Positive()
}

// isSquare says that every factor of a product is not negative, or stands there an even number of times.
func (e *Expr) isSquare() bool {
	for i, a := range e.Args {
		times := 0
		for j, b := range e.Args {
			if a == b && e.In[i] == e.In[j] {
				times++
			}
		}
		if times%2 == 1 && !a.Nonnegative() {
			return false
		}
	}
	return true
}

func allPositive(x []*Expr) bool {
	return !slices.ContainsFunc(x, func(e *Expr) bool { return !e.Positive() })
}

// Recip is 1 ⊘ x.
func (g *Graph) Recip(x *Expr) *Expr { return g.Pow(x, minusOne) }

// Sqrt is the elementwise square root.
func (g *Graph) Sqrt(x *Expr) *Expr { return g.Pow(x, half) }

// Div is a ⊘ b for one shape, or a divided by a scalar b.
func (g *Graph) Div(a, b *Expr) *Expr {
	if b.Rank() == 0 {
		return g.Times(g.Recip(b), a)
	}
	return g.Hadamard(a, g.Recip(b))
}

// elementwise says that a product sums over nothing and has no Delta: a power of it is the product of the powers.
func elementwise(e *Expr) bool {
	in := map[byte]bool{}
	for i := range e.Out {
		in[e.Out[i]] = true
	}
	for k, l := range e.In {
		if e.Args[k].Op == Delta {
			return false
		}
		for i := range l {
			if !in[l[i]] {
				return false
			}
		}
	}
	return true
}

// ratPow is c^r where that is rational and small.
func ratPow(c, r *big.Rat) (*big.Rat, bool) {
	n := r.Num()
	if !r.IsInt() {
		root, ok := ratRoot(c, r.Denom())
		if !ok {
			return nil, false
		}
		c = root
	}
	if !n.IsInt64() || c.Sign() == 0 && n.Sign() < 0 {
		return nil, false
	}
	k := n.Int64()
	if k < 0 {
		c, k = new(big.Rat).Inv(c), -k
	}
	if size := c.Num().BitLen() + c.Denom().BitLen(); int64(size)*k > 4096 {
		return nil, false
	}
	out := big.NewRat(1, 1)
	for ; k > 0; k-- {
		out.Mul(out, c)
	}
	return out, true
}

// ratRoot is the exact non-negative root of a non-negative rational, if it is rational. Only square roots are tried.
func ratRoot(c *big.Rat, n *big.Int) (*big.Rat, bool) {
	if n.Cmp(big.NewInt(2)) != 0 || c.Sign() < 0 {
		return nil, false
	}
	a, b := new(big.Int).Sqrt(c.Num()), new(big.Int).Sqrt(c.Denom())
	if new(big.Int).Mul(a, a).Cmp(c.Num()) != 0 || new(big.Int).Mul(b, b).Cmp(c.Denom()) != 0 {
		return nil, false
	}
	return new(big.Rat).SetFrac(a, b), true
}
