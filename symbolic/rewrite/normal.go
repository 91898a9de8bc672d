// Package rewrite brings expressions into a normal form for proofs, and into a short form for people.
package rewrite

import (
	"math/big"
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// Limits of a normal form: beyond them it gives up rather than take long.
const (
	maxTerms    = 4000  // of one product
	maxSteps    = 4000  // rewritings
	maxProducts = 60000 // terms of all products, however often they are multiplied out
)

// Normal is the normal form of e: definitions opened, functions replaced by their definitions, products distributed
// over sums, inverses and denominators cancelled, facts applied. Two expressions with one normal form are equal; the
// other direction holds for polynomials. ok is false where it grew too large and was left unfinished.
func Normal(e *symbolic.Expr) (n *symbolic.Expr, ok bool) {
	return normalForm(e, true)
}

// Expanded is Normal without replacing functions by their definitions: what expand(e) shows.
func Expanded(e *symbolic.Expr) (n *symbolic.Expr, ok bool) {
	return normalForm(e, false)
}

func normalForm(e *symbolic.Expr, define bool) (*symbolic.Expr, bool) {
	w := &normalizer{g: e.G, define: define, done: map[*symbolic.Expr]*symbolic.Expr{}, monomials: map[*symbolic.Expr]*symbolic.Expr{}}
	n := w.normal(cancelled(e))
	return n, !w.gaveUp
}

// cancelled opens the definitions in e and multiplies out what cancels while the quotients are still seen: functions that
// are replaced by their definitions hide that 1 − p divides and multiplies.
func cancelled(e *symbolic.Expr) *symbolic.Expr {
	done := map[*symbolic.Expr]*symbolic.Expr{}
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if n.Op == symbolic.Let {
			done[n] = done[n.Args[0]]
			return
		}
		args, same := make([]*symbolic.Expr, len(n.Args)), true
		for i, a := range n.Args {
			args[i] = done[a]
			same = same && args[i] == a
		}
		if done[n] = n; !same {
			done[n] = n.G.Rebuild(n, args)
		}
		done[n] = symbolic.Cancelled(done[n])
	}, nil)
	return done[e]
}

// A normalizer is one computation of a normal form. done memoizes nodes, monomials the reduction of products.
type normalizer struct {
	g         *symbolic.Graph
	define    bool
	done      map[*symbolic.Expr]*symbolic.Expr
	monomials map[*symbolic.Expr]*symbolic.Expr
	steps     int
	terms     int
	depth     int
	gaveUp    bool
}

func (w *normalizer) normal(e *symbolic.Expr) *symbolic.Expr {
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if _, ok := w.done[n]; !ok {
			w.done[n] = w.node(n)
		}
	}, nil)
	return w.done[e]
}

// tooMuch counts a step and says whether to stop trying.
func (w *normalizer) tooMuch() bool {
	w.steps++
	if w.steps > maxSteps || w.depth > 60 {
		w.gaveUp = true
	}
	return w.gaveUp
}

func (w *normalizer) node(e *symbolic.Expr) *symbolic.Expr {
	args := make([]*symbolic.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = w.done[a]
	}
	switch e.Op {
	case symbolic.Let:
		return args[0]
	case symbolic.Sum:
		return w.g.LinearCombination(e.Shape, e.Coef, args)
	case symbolic.Einsum:
		return w.product(e.In, e.Out, args, e.Shape)
	case symbolic.Call:
		return w.call(e, args)
	case symbolic.Var:
		w.done[e] = e // what a fact says of it mentions it
		return w.monomial(e)
	}
	return e
}

// again normalizes what a rule returned.
func (w *normalizer) again(e *symbolic.Expr) *symbolic.Expr {
	if n, ok := w.done[e]; ok {
		return n
	}
	if w.tooMuch() {
		return e
	}
	w.depth++
	defer func() { w.depth-- }()
	return w.normal(e)
}

// product distributes a product over the sums among its factors, and reduces every monomial.
func (w *normalizer) product(in []string, out string, args []*symbolic.Expr, s shape.Shape) *symbolic.Expr {
	total := 1
	for _, a := range args {
		if a.Op == symbolic.Sum {
			total *= len(a.Args)
		}
		if total > maxTerms {
			w.gaveUp = true
			return w.g.Einsum(in, out, args, s)
		}
	}
	if w.terms += total; w.terms > maxProducts {
		w.gaveUp = true
		return w.g.Einsum(in, out, args, s)
	}
	var terms []*symbolic.Expr
	var coefs []*big.Rat
	chosen := make([]*symbolic.Expr, len(args))
	var choose func(k int, c *big.Rat)
	choose = func(k int, c *big.Rat) {
		if k == len(args) {
			terms = append(terms, w.monomial(w.g.Einsum(in, out, slices.Clone(chosen), s)))
			coefs = append(coefs, c)
			return
		}
		if args[k].Op != symbolic.Sum {
			chosen[k] = args[k]
			choose(k+1, c)
			return
		}
		for i, t := range args[k].Args {
			if t.Op == symbolic.Const && args[k].Rank() == 0 {
				t = w.g.Int(1)
			}
			chosen[k] = t
			choose(k+1, new(big.Rat).Mul(c, args[k].Coef[i]))
		}
	}
	choose(0, big.NewRat(1, 1))
	return w.g.LinearCombination(s, coefs, terms)
}

// monomial reduces one product: every rule is tried until none applies. What a rule returns is normalized in turn.
func (w *normalizer) monomial(e *symbolic.Expr) *symbolic.Expr {
	c, e := e.AsScaled()
	if r, ok := w.monomials[e]; ok {
		return w.g.Scale(c, r)
	}
	r := e
	if next := w.scalarFactors(e); next != e {
		r = w.again(next)
	} else if e.Op == symbolic.Einsum || e.Op == symbolic.Call || e.Op == symbolic.Var && w.g.Facts.At(e) != nil {
		if next, _ := firstRule(monomialRules, e, nil); next != nil && !w.tooMuch() {
			r = w.again(next)
		}
	}
	w.monomials[e] = r
	return w.g.Scale(c, r)
}

// scalarFactors normalizes the numbers with sums in them among the factors of a product: distributing has just made them.
func (w *normalizer) scalarFactors(e *symbolic.Expr) *symbolic.Expr {
	if e.Op != symbolic.Einsum {
		return e
	}
	args := slices.Clone(e.Args)
	for k, a := range args {
		if a.Op == symbolic.Einsum && a.Rank() == 0 {
			args[k] = w.again(a)
		}
	}
	if slices.Equal(args, e.Args) {
		return e
	}
	return w.g.Einsum(e.In, e.Out, args, e.Shape)
}

// firstRule is the result of the first rule that fits e and that accept, if any, takes, and its name. A scalar with sums in it is
// tried as one factor, as which it stands in larger products, and as a product itself.
func firstRule(rules []monomialRule, e *symbolic.Expr, accept func(*symbolic.Expr) bool) (next *symbolic.Expr, name string) {
	views := []monomial{open(e)}
	if whole := pattern(e); len(whole.factors) == 1 && whole.factors[0] == e && e.Op == symbolic.Einsum {
		views = append(views, whole)
	}
	for _, rule := range rules {
		for _, m := range views {
			if next := rule.apply(m); next != nil && next != e && (accept == nil || accept(next)) {
				return next, rule.name
			}
		}
	}
	return nil, ""
}

func (w *normalizer) call(e *symbolic.Expr, args []*symbolic.Expr) *symbolic.Expr {
	g := w.g
	if e.Fn.Body != nil {
		if u, err := g.Unfold(g.Rebuild(e, args)); err == nil {
			return w.again(u)
		}
	}
	if e.Par.Exp != nil {
		return w.root(e, args[0])
	}
	if v := knownValue(g.Rebuild(e, args)); v != nil {
		return v
	}
	if w.define && e.Fn.Define != nil {
		if d := e.Fn.Define(*e.Par, args); d != nil {
			return w.again(d)
		}
	}
	if e.Fn.Elementwise() {
		if r := w.structural(e, args); r != nil {
			return r
		}
	}
	n := g.Rebuild(e, args)
	if n.Op == symbolic.Call {
		for _, rule := range slices.Concat(callRules[n.Fn.Name], n.Fn.Rules) {
			if r := rule.Apply(n); r != nil && r != n {
				return w.again(r)
			}
		}
	}
	return n
}

// root is a power of what is x when it is normal; squares under a root are seen before they are multiplied out, or after.
func (w *normalizer) root(e, x *symbolic.Expr) *symbolic.Expr {
	if w.define {
		for _, p := range []*symbolic.Expr{e, w.g.Pow(x, e.Par.Exp)} {
			if !p.IsCall("pow") {
				continue
			}
			if r := rootOfSquare(p); r != nil && !w.tooMuch() {
				return w.again(r)
			}
		}
	}
	return w.power(x, e.Par.Exp)
}

// structural moves a permutation, a diagonal or a broadcast of one tensor out of an elementwise function: f(Aᵀ) is
// f(A)ᵀ. For a sum that is permuted it picks, of all orders of the axes, the node that was made first.
func (w *normalizer) structural(e *symbolic.Expr, args []*symbolic.Expr) *symbolic.Expr {
	if len(args) != 1 {
		return nil
	}
	a := args[0]
	c, inner := a.AsScaled()
	if inner.Op == symbolic.Einsum && len(inner.Args) == 1 && c.Cmp(big.NewRat(1, 1)) == 0 && isView(inner) {
		f := w.g.Rebuild(e, []*symbolic.Expr{inner.Args[0]})
		return w.again(w.g.Einsum(inner.In, inner.Out, []*symbolic.Expr{f}, inner.Shape))
	}
	if a.Rank() < 2 || a.Rank() > 4 || a.Op != symbolic.Sum && a.Op != symbolic.Einsum {
		return nil
	}
	best, order := a, []int(nil)
	permutations(a.Rank(), func(p []int) {
		if b := w.again(w.g.Permute(a, p...)); b.ID < best.ID {
			best, order = b, slices.Clone(p)
		}
	})
	if best == a {
		return nil
	}
	f := w.again(w.g.Rebuild(e, []*symbolic.Expr{best}))
	back := make([]int, len(order))
	for i, p := range order {
		back[p] = i
	}
	return w.g.Permute(f, back...)
}

// isView says that a product of one factor sums over nothing.
func isView(e *symbolic.Expr) bool {
	for i := range e.In[0] {
		if !slices.Contains([]byte(e.Out), e.In[0][i]) {
			return false
		}
	}
	return e.Args[0].Op != symbolic.Delta
}

func permutations(n int, f func([]int)) {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	var rec func(k int)
	rec = func(k int) {
		if k == n {
			f(p)
			return
		}
		for i := k; i < n; i++ {
			p[k], p[i] = p[i], p[k]
			rec(k + 1)
			p[k], p[i] = p[i], p[k]
		}
	}
	rec(0)
}

// power expands small powers of sums, and takes the content out of the base of others, so that 1/(2a+2b) and ½/(a+b)
// are one.
func (w *normalizer) power(x *symbolic.Expr, r *big.Rat) *symbolic.Expr {
	g := w.g
	if x.Op == symbolic.Sum && len(x.Args) > 1 {
		if r.IsInt() && r.Sign() > 0 && r.Num().IsInt64() && r.Num().Int64() <= 6 {
			l := symbolic.Labels(x.Rank())
			y := x
			for range r.Num().Int64() - 1 {
				y = w.product([]string{l, l}, l, []*symbolic.Expr{y, x}, x.Shape)
			}
			return y
		}
		if r.Sign() > 0 && !r.IsInt() { // S^(3/2) is S² S^(−1/2): what is left is a denominator
			up := new(big.Rat).SetInt(ceil(r))
			l := symbolic.Labels(x.Rank())
			return w.product([]string{l, l}, l, []*symbolic.Expr{w.power(x, up), w.power(x, new(big.Rat).Sub(r, up))}, x.Shape)
		}
		if y := w.clearDenominators(x, r); y != nil {
			return y
		}
		c := content(x)
		if p := g.Pow(g.Const(c), r); p.Op == symbolic.Const {
			base := g.Scale(new(big.Rat).Inv(c), x)
			return w.g.Scale(p.Val, w.monomial(g.Pow(base, r)))
		}
	}
	return w.monomial(g.Pow(x, r))
}

// clearDenominators writes a power of a sum with divided terms over their common divisor: 1/(1 + 1/b) is b/(b + 1). Only
// integer powers, unless b is positive.
func (w *normalizer) clearDenominators(x *symbolic.Expr, r *big.Rat) *symbolic.Expr {
	base, at, lift := overDivisor(x, !r.IsInt())
	if base == nil || w.tooMuch() {
		return nil
	}
	base = w.again(base)
	l := symbolic.Labels(x.Rank())
	return w.product([]string{l, at}, l, []*symbolic.Expr{w.power(base, r), w.power(lift, new(big.Rat).Neg(r))}, x.Shape)
}

// divisions counts the factors of the terms of x that are divided by.
func divisions(x *symbolic.Expr) int {
	terms := []*symbolic.Expr{x}
	if x.Op == symbolic.Sum {
		terms = x.Args
	}
	n := 0
	for _, t := range terms {
		for _, f := range open(t).factors {
			if f.IsCall("pow") && f.Par.Exp.Sign() < 0 {
				n++
			}
		}
	}
	return n
}

// pointwise says that e is a product whose factors stand at axes of the result: nothing is summed, no diagonal is taken.
func pointwise(e *symbolic.Expr) bool {
	return e.Op == symbolic.Einsum && !slices.ContainsFunc(e.In, func(in string) bool { return !within(in, e.Out) })
}

// within says that every label of in is one of out, each once.
func within(in, out string) bool {
	for i := range in {
		if !slices.Contains([]byte(out), in[i]) || slices.Contains([]byte(in[:i]), in[i]) {
			return false
		}
	}
	return true
}

// onto renames the labels of in as out is renamed to l.
func onto(in, out, l string) string {
	b := make([]byte, len(in))
	for i := range in {
		b[i] = l[slices.Index([]byte(out), in[i])]
	}
	return string(b)
}

func ceil(r *big.Rat) *big.Int {
	q := new(big.Int).Div(r.Num(), r.Denom())
	if !r.IsInt() {
		q.Add(q, big.NewInt(1))
	}
	return q
}

// content is the coefficient of the first-made term of a sum, without its sign: which of two proportional sums one
// meets does not matter then.
func content(x *symbolic.Expr) *big.Rat {
	best := 0
	for i, a := range x.Args {
		if a.ID < x.Args[best].ID {
			best = i
		}
	}
	return new(big.Rat).Abs(x.Coef[best])
}
