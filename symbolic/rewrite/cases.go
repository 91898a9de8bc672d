package rewrite

import (
	"math/big"
	"slices"

	"nabla/symbolic"
)

// What max, min, abs, relu and comparisons make of numbers is decided by signs of differences. ZeroByCases takes an entry of
// such an expression and tries every sign of every difference that the inequalities so far leave open; with all of them
// decided the entry is a polynomial. That an order is impossible (x > y > b > x) is decided by eliminating one unknown
// after the other from the inequalities, as Fourier and Motzkin do; monomials and other functions count as unknowns.

// Limits of a proof by cases; beyond them it gives up.
const (
	maxCases        = 1500 // evaluations of the expression
	maxInequalities = 400  // of one elimination
)

// ZeroByCases says that e is proved to be 0 by looking at every case. False says nothing.
func ZeroByCases(e *symbolic.Expr) bool {
	e = summand(kinksBySign(cancelled(e)))
	c := &caseProof{e: e, depends: map[*symbolic.Expr]bool{}, normals: map[*symbolic.Expr]*symbolic.Expr{}}
	return e.IsZero() || c.entrywise() && c.holds(nil)
}

// kinksBySign writes what has kinks by sign.
func kinksBySign(e *symbolic.Expr) *symbolic.Expr {
	done := map[*symbolic.Expr]*symbolic.Expr{}
	symbolic.Walk(e, func(n *symbolic.Expr) {
		args := make([]*symbolic.Expr, len(n.Args))
		for i, a := range n.Args {
			args[i] = done[a]
		}
		r := n
		if !slices.Equal(args, n.Args) {
			r = n.G.Rebuild(n, args)
		}
		switch {
		case r.IsCall("where"):
			if s := whereBySign(r); s != nil {
				r = s
			}
		case r.Op == symbolic.Call && r.Fn.Elementwise() && r.Fn.Define != nil:
			if d := r.Fn.Define(*r.Par, r.Args); slices.Contains(r.Args, d) || hasKinks(d, r.Args) {
				r = kinksBySign(d)
			}
		}
		done[n] = r
	}, nil)
	return done[e]
}

// hasKinks says that a definition uses a function with kinks, besides its arguments.
func hasKinks(d *symbolic.Expr, args []*symbolic.Expr) (found bool) {
	if slices.Contains(args, d) {
		return false
	}
	if d.IsCall("sign") || d.IsCall("step") || d.IsCall("relu") || d.IsCall("abs") {
		return true
	}
	return slices.ContainsFunc(d.Args, func(a *symbolic.Expr) bool { return hasKinks(a, args) })
}

// summand is what a number sums over all entries, if it is a sum of such sums over axes of one shape: it is 0 if all
// entries are. Else it is e.
func summand(e *symbolic.Expr) *symbolic.Expr {
	if e.Rank() > 0 || e.Op != symbolic.Sum {
		return e
	}
	terms := make([]*symbolic.Expr, len(e.Args))
	for i, t := range e.Args {
		if t.Op != symbolic.Einsum || len(t.In) == 0 {
			return e
		}
		long := slices.MaxFunc(t.In, func(a, b string) int { return len(a) - len(b) })
		if slices.ContainsFunc(t.In, func(in string) bool { return !within(in, long) }) {
			return e
		}
		s := t.Args[slices.Index(t.In, long)].Shape
		if i > 0 && !s.Equal(terms[0].Shape) {
			return e
		}
		terms[i] = e.G.Einsum(t.In, long, t.Args, s)
	}
	return e.G.LinearCombination(terms[0].Shape, e.Coef, terms)
}

// A caseProof is one proof by cases.
type caseProof struct {
	e       *symbolic.Expr
	depends map[*symbolic.Expr]bool // nodes with a sign in them
	normals map[*symbolic.Expr]*symbolic.Expr
	runs    int
	gaveUp  bool
}

// entrywise says that an entry of e depends on the same entry of each sign: then one case decides them all.
func (c *caseProof) entrywise() bool {
	ok := true
	symbolic.Walk(c.e, func(n *symbolic.Expr) {
		c.depends[n] = n.IsCall("sign")
		for i, a := range n.Args {
			if !c.depends[a] {
				continue
			}
			c.depends[n] = true
			switch n.Op {
			case symbolic.Einsum:
				ok = ok && n.In[i] == n.Out && !slices.ContainsFunc(n.In, func(in string) bool { return !within(in, n.Out) })
			case symbolic.Call:
				ok = ok && n.Fn.Elementwise() && a.Shape.Equal(n.Shape)
			}
		}
	}, nil)
	return ok && c.depends[c.e]
}

// holds says that e is 0 wherever the inequalities are true.
func (c *caseProof) holds(known order) bool {
	if c.runs++; c.runs > maxCases {
		return false
	}
	c.e.G.Proceed()
	value, open := c.evaluate(known)
	if c.gaveUp {
		return false
	}
	if open == nil {
		return value.IsZero() || !slices.ContainsFunc(known.signs(linear(value)), func(s int) bool { return s != 0 })
	}
	for _, s := range known.signs(*open) {
		if !c.holds(known.with(*open, s)) {
			return false
		}
	}
	return true
}

// evaluate is e with every sign decided, or the first number of which the sign is open.
func (c *caseProof) evaluate(known order) (value *symbolic.Expr, open *inequality) {
	done := map[*symbolic.Expr]*symbolic.Expr{}
	symbolic.Walk(c.e, func(n *symbolic.Expr) {
		if open != nil || !c.depends[n] {
			done[n] = n
			return
		}
		args := make([]*symbolic.Expr, len(n.Args))
		for i, a := range n.Args {
			args[i] = done[a]
		}
		if !n.IsCall("sign") {
			done[n] = n.G.Rebuild(n, args)
			return
		}
		x := linear(c.normal(args[0]))
		switch signs := known.signs(x); len(signs) {
		case 0: // there is no such case
			done[n] = n.G.Zero(n.Shape)
		case 1:
			done[n] = n.G.Scale(big.NewRat(int64(signs[0]), 1), n.G.Ones(n.Shape))
		default:
			open = &x
		}
	}, nil)
	if open != nil {
		return nil, open
	}
	return c.normal(done[c.e]), nil
}

func (c *caseProof) normal(e *symbolic.Expr) *symbolic.Expr {
	n, ok := c.normals[e]
	if !ok {
		if n, ok = Normal(e); !ok {
			c.gaveUp = true
		}
		c.normals[e] = n
	}
	return n
}

// An inequality says that Σ coef·unknown + number is positive, or not negative.
type inequality struct {
	coef   map[*symbolic.Expr]*big.Rat
	number *big.Rat
	strict bool
}

// linear reads a normal form as a linear combination of unknowns. What is increasing has the sign of its argument:
// exp(a) − exp(b) that of a − b.
func linear(n *symbolic.Expr) inequality {
	q := inequality{coef: map[*symbolic.Expr]*big.Rat{}, number: new(big.Rat)}
	coefs, args := n.Coef, n.Args
	if n.Op != symbolic.Sum {
		coefs, args = []*big.Rat{big.NewRat(1, 1)}, []*symbolic.Expr{n}
	}
	if len(args) == 2 && args[0].IsCall("exp") && args[1].IsCall("exp") && new(big.Rat).Add(coefs[0], coefs[1]).Sign() == 0 {
		d, _ := Normal(n.G.Scale(coefs[0], n.G.Sub(args[0].Args[0], args[1].Args[0])))
		return linear(d)
	}
	for i, t := range args {
		switch t.Op {
		case symbolic.Ones:
			q.number = new(big.Rat).Add(q.number, coefs[i])
		case symbolic.Const:
			c := coefs[i]
			if n.Op != symbolic.Sum {
				c = t.Val
			}
			q.number = new(big.Rat).Add(q.number, c)
		default:
			q.coef[t] = coefs[i]
		}
	}
	return q
}

// plus is q + k·r.
func (q inequality) plus(k *big.Rat, r inequality) inequality {
	out := inequality{coef: map[*symbolic.Expr]*big.Rat{}, strict: q.strict || r.strict}
	for x, c := range q.coef {
		out.coef[x] = c
	}
	for x, c := range r.coef {
		sum := new(big.Rat).Mul(k, c)
		if have := out.coef[x]; have != nil {
			sum.Add(sum, have)
		}
		if out.coef[x] = sum; sum.Sign() == 0 {
			delete(out.coef, x)
		}
	}
	out.number = new(big.Rat).Add(q.number, new(big.Rat).Mul(k, r.number))
	return out
}

// times is k·q, strict or not.
func (q inequality) times(k int64, strict bool) inequality {
	out := inequality{coef: map[*symbolic.Expr]*big.Rat{}, number: new(big.Rat)}.plus(big.NewRat(k, 1), q)
	out.strict = strict
	return out
}

// An order is inequalities that are known.
type order []inequality

// with is the order where q has the given sign.
func (o order) with(q inequality, sign int) order {
	o = slices.Clone(o)
	if sign == 0 {
		return append(o, q.times(1, false), q.times(-1, false))
	}
	return append(o, q.times(int64(sign), true))
}

// signs are those that q can have.
func (o order) signs(q inequality) (out []int) {
	if len(q.coef) == 0 {
		return []int{q.number.Sign()}
	}
	for _, s := range []int{1, 0, -1} {
		if o.with(q, s).possible() {
			out = append(out, s)
		}
	}
	return out
}

// possible says that the inequalities may be true together, by eliminating one unknown after the other.
func (o order) possible() bool {
	o = slices.Concat(o, o.facts())
	for {
		var x *symbolic.Expr
		for _, q := range o {
			if len(q.coef) == 0 && (q.number.Sign() < 0 || q.number.Sign() == 0 && q.strict) {
				return false
			}
			for y := range q.coef {
				if x == nil || y.ID < x.ID {
					x = y
				}
			}
		}
		if x == nil || len(o) > maxInequalities {
			return true
		}
		o = o.without(x)
	}
}

// facts are what is known of the unknowns by themselves.
func (o order) facts() (out order) {
	seen := map[*symbolic.Expr]bool{}
	for _, q := range o {
		for x := range q.coef {
			if !seen[x] && (x.Positive() || x.Nonnegative()) {
				out = append(out, inequality{map[*symbolic.Expr]*big.Rat{x: big.NewRat(1, 1)}, new(big.Rat), x.Positive()})
			}
			seen[x] = true
		}
	}
	return out
}

// without eliminates an unknown: each bound from below is below each from above.
func (o order) without(x *symbolic.Expr) (out order) {
	var lower, upper order
	for _, q := range o {
		switch c := q.coef[x]; {
		case c == nil:
			out = append(out, q)
		case c.Sign() > 0:
			lower = append(lower, q)
		default:
			upper = append(upper, q)
		}
	}
	for _, l := range lower {
		for _, u := range upper {
			k := new(big.Rat).Quo(l.coef[x], u.coef[x])
			out = append(out, l.plus(k.Neg(k), u))
		}
	}
	return out
}
