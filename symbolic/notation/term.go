package notation

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A term is coef · num / den · core: a number, scalar factors, scalar divisors, and a vector or matrix.
type term struct {
	coef     *big.Rat
	num, den []*symbolic.Expr // den: what is divided by, as positive powers
	core     *mat             // nil: 1
	net      *net             // what is left where there is no matrix notation; nil otherwise
}

func (t *term) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%s", t.coef.RatString())
	for _, e := range t.num {
		fmt.Fprintf(&b, " %d", e.ID)
	}
	b.WriteByte('/')
	for _, e := range t.den {
		fmt.Fprintf(&b, " %d", e.ID)
	}
	if t.core != nil {
		b.WriteString(t.core.key())
	}
	return b.String() + "]"
}

func (t *term) flip() *term {
	f := *t
	if t.core != nil {
		f.core = t.core.flip()
	}
	return &f
}

// termOf reads a node as a term; labels are those of its axes.
func (p *printer) termOf(c *big.Rat, e *symbolic.Expr, labels []int) *term {
	t := &term{coef: c}
	if k, rest := e.AsScaled(); rest != e {
		t.coef = new(big.Rat).Mul(c, k)
		e = rest
	}
	switch {
	case p.isLeaf(e):
		t.leaf(e, labels)
	case e.Op == symbolic.Const:
		t.coef = new(big.Rat).Mul(t.coef, e.Val)
	case e.Op == symbolic.Ones:
		t.core = &mat{kind: ones, labels: labels, dims: e.Shape, at: 1 << 20}
	case e.Op == symbolic.Einsum:
		p.multiplyOut(t, e, labels)
	default:
		t.leaf(e, labels)
	}
	return t
}

// leaf multiplies by one node.
func (t *term) leaf(e *symbolic.Expr, labels []int) {
	if e.Rank() == 0 {
		t.scalar(e)
		return
	}
	t.core = piece(e, labels, 0)
}

// piece is one factor of a product.
func piece(e *symbolic.Expr, labels []int, at int) *mat {
	m := &mat{kind: atom, e: e, labels: labels, dims: e.Shape, at: at}
	if x, ok := divisor(e); ok {
		return &mat{kind: hadamard, den: []*mat{{kind: atom, e: x, labels: labels, dims: e.Shape, at: at}}, labels: labels, dims: e.Shape, at: at}
	}
	return m
}

// divisor is x^r where e is x^−r.
func divisor(e *symbolic.Expr) (*symbolic.Expr, bool) {
	if e.IsCall("pow") && e.Par.Exp.Sign() < 0 {
		return e.G.Pow(e.Args[0], new(big.Rat).Neg(e.Par.Exp)), true
	}
	return nil, false
}

// scalar multiplies by a number.
func (t *term) scalar(e *symbolic.Expr) {
	if x, ok := divisor(e); ok {
		t.den = append(t.den, x)
		return
	}
	t.num = append(t.num, e)
}

// multiplyOut multiplies by a product, whose axes get the labels.
func (p *printer) multiplyOut(t *term, e *symbolic.Expr, labels []int) {
	if e.Rank() == 0 && len(e.In[0]) > 0 { // a number with sums in it prints itself
		c, r := p.normalScalar(e)
		t.coef = new(big.Rat).Mul(t.coef, c)
		t.num = append(t.num, r)
		return
	}
	n := p.netOf(t, e, labels)
	if len(n.out) == 0 {
		return
	}
	if placed(e) || p.Indices {
		t.net = n
		return
	}
	n.reduce()
	core, ok := n.result()
	if !ok {
		t.net = n
		return
	}
	t.core = core
}

// netOf is the tensor part of a product; its scalar factors go to t.
func (p *printer) netOf(t *term, e *symbolic.Expr, labels []int) *net {
	n := &net{p: p, out: labels}
	index := map[byte]int{}
	next := 0
	for _, l := range labels {
		next = max(next, l+1)
	}
	for i := range e.Out {
		index[e.Out[i]] = labels[i]
	}
	n.dims = make([]shape.Dim, next)
	for i, l := range labels {
		n.dims[l] = e.Shape[i]
	}
	for k, a := range e.Args {
		a = p.unscaled(t, a)
		if len(e.In[k]) == 0 {
			t.scalar(a)
			continue
		}
		ls := make([]int, len(e.In[k]))
		for i := range e.In[k] {
			b := e.In[k][i]
			if _, ok := index[b]; !ok {
				index[b] = next
				next++
				n.dims = append(n.dims, a.Shape[i])
			}
			ls[i] = index[b]
		}
		n.pieces = append(n.pieces, p.factor(t, a, ls, k))
	}
	return n
}

// factor is one factor of a product; the scalar factors that all terms of a sum have go to t.
func (p *printer) factor(t *term, e *symbolic.Expr, labels []int, at int) *mat {
	if e.Op != symbolic.Sum || len(e.Args) < 2 || p.isLeaf(e) || e.Rank() > 2 {
		return piece(e, labels, at)
	}
	ts := p.terms(e)
	if slices.ContainsFunc(ts, func(t *term) bool { return t.net != nil }) {
		return piece(e, labels, at)
	}
	outer, inner := takeScalars(ts)
	if len(outer.num)+len(outer.den) == 0 {
		return piece(e, labels, at)
	}
	t.num, t.den = append(t.num, outer.num...), append(t.den, outer.den...)
	t.coef = new(big.Rat).Mul(t.coef, outer.coef)
	return &mat{kind: total, terms: inner, labels: labels, dims: e.Shape, at: at}
}

// unscaled moves the number that all terms of a sum have to t: A (2 x - 2 y) is 2 A (x - y).
func (p *printer) unscaled(t *term, e *symbolic.Expr) *symbolic.Expr {
	if e.Op != symbolic.Sum || len(e.Args) < 2 || p.isLeaf(e) {
		return e
	}
	c := new(big.Rat).Abs(e.Coef[0])
	negative := true
	for _, k := range e.Coef {
		if new(big.Rat).Abs(k).Cmp(c) != 0 {
			return e
		}
		negative = negative && k.Sign() < 0
	}
	if negative {
		c.Neg(c)
	}
	if t.coef == nil || c.Cmp(one) == 0 {
		return e
	}
	t.coef = new(big.Rat).Mul(t.coef, c)
	return p.g.Scale(new(big.Rat).Inv(c), e)
}

// normalScalar takes the numbers out of the factors of a product without axes: ‖2 x - 2 y‖² is 4 ‖x - y‖².
func (p *printer) normalScalar(e *symbolic.Expr) (*big.Rat, *symbolic.Expr) {
	t := &term{coef: one}
	args := make([]*symbolic.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = p.unscaled(t, a)
	}
	if t.coef.Cmp(one) == 0 {
		return one, e
	}
	c, r := p.g.Einsum(e.In, e.Out, args, nil).AsScaled()
	return new(big.Rat).Mul(t.coef, c), r
}

// firstLabels is 0, 1, …: the labels of a node's own axes.
func firstLabels(e *symbolic.Expr) []int {
	out := make([]int, e.Rank())
	for i := range out {
		out[i] = i
	}
	return out
}

// termTree is the tree of |coef| · num · core / den; the sign is the caller's.
func (p *printer) termTree(t *term) lang.Expr {
	c := new(big.Rat).Abs(t.coef)
	divisors := slices.Clone(t.den)
	var core lang.Expr
	if t.core != nil {
		core = p.matTree(t.core)
		if m := meanAlong(core, &divisors); m != nil {
			core = m
		}
	}
	num := p.factors(t.num, &divisors)
	den := p.scalars(divisors)
	if len(den) == 0 {
		return p.plainTerm(c, num, core)
	}
	p0, q0 := new(big.Rat).SetInt(c.Num()), new(big.Rat).SetInt(c.Denom())
	if writtenAsDecimal(c) {
		p0, q0 = c, one
	}
	above := withNumber(p0, num)
	if core != nil {
		above = append(above, core)
	}
	if len(above) == 0 {
		above = []lang.Expr{number(one)}
	}
	return binary(lang.Div, p.juxtaposed(above), p.juxtaposed(withNumber(q0, den)))
}

// plainTerm is c num core without divisors: λ/2 (…), 1/2 x, 3 x.
func (p *printer) plainTerm(c *big.Rat, num []lang.Expr, core lang.Expr) lang.Expr {
	all := num
	if core != nil {
		all = append(slices.Clone(num), core)
	}
	switch {
	case len(all) == 0:
		return rational(c)
	case c.IsInt() || writtenAsDecimal(c):
		return p.juxtaposed(withNumber(c, all))
	}
	p0, q0 := new(big.Rat).SetInt(c.Num()), new(big.Rat).SetInt(c.Denom())
	if !isName(all[0]) {
		return p.juxtaposed(append([]lang.Expr{rational(c)}, all...))
	}
	if core != nil && len(num) == 0 {
		return p.juxtaposed(append([]lang.Expr{rational(c)}, all...))
	}
	first := binary(lang.Div, p.juxtaposed(withNumber(p0, all[:1])), number(q0))
	return p.juxtaposed(append([]lang.Expr{first}, all[1:]...))
}

// withNumber puts a number in front of factors unless it is 1.
func withNumber(c *big.Rat, xs []lang.Expr) []lang.Expr {
	if c.Cmp(one) == 0 {
		return slices.Clone(xs)
	}
	return append([]lang.Expr{rational(c)}, xs...)
}

// juxtaposed joins factors of a product, left to right: a chain stays flat.
func (p *printer) juxtaposed(xs []lang.Expr) lang.Expr {
	var x lang.Expr
	for _, f := range xs {
		x = prepend(x, f)
	}
	return x
}

// prepend is x f; where f is itself a product from the left it is regrouped, so that 2 (A B) prints as 2 A B.
func prepend(x, f lang.Expr) lang.Expr {
	if x == nil {
		return f
	}
	if b, ok := f.(*lang.Binary); ok && b.Op == lang.Mul {
		return binary(lang.Mul, prepend(x, b.X), b.Y)
	}
	return binary(lang.Mul, x, f)
}

// scalars are the trees of scalar factors, equal ones as a power.
func (p *printer) scalars(es []*symbolic.Expr) []lang.Expr {
	var out []lang.Expr
	count := map[*symbolic.Expr]int64{}
	for _, e := range es {
		count[e]++
	}
	for _, e := range es {
		if n := count[e]; n > 0 {
			out = append(out, power(p.tree(e), big.NewRat(n, 1), false))
			count[e] = 0
		}
	}
	slices.SortStableFunc(out, func(a, b lang.Expr) int { return weight(a) - weight(b) })
	return out
}

// factors is scalars, with mean(x) for a sum over all of x beside its number of entries among the divisors, which it
// takes, and var(x) for the squares of its deviations.
func (p *printer) factors(es []*symbolic.Expr, divisors *[]*symbolic.Expr) []lang.Expr {
	var means []lang.Expr
	rest := slices.Clone(es)
	for k := len(rest) - 1; k >= 0; k-- {
		m := p.meanOf(rest[k], divisors)
		if m == nil {
			m = p.varianceOf(rest[k], divisors)
		}
		if m != nil {
			means, rest = append(means, m), slices.Delete(rest, k, k+1)
		}
	}
	return append(p.scalars(rest), means...)
}

// meanOf is mean(x) where e is the sum over all of x, divided by the sizes of x; nil where it is none.
func (p *printer) meanOf(e *symbolic.Expr, divisors *[]*symbolic.Expr) lang.Expr {
	if p.isLeaf(e) || e.Op != symbolic.Einsum || e.Rank() > 0 || slices.ContainsFunc(e.In, func(in string) bool { return in != e.In[0] }) {
		return nil
	}
	left, ok := without(*divisors, e.Args[0].Shape)
	if !ok {
		return nil
	}
	sum, ok := p.tree(e).(*lang.Call)
	if !ok || sum.Fn.Name != "sum" || len(sum.Args) != 1 {
		return nil
	}
	*divisors = left
	return call("mean", sum.Args[0].X)
}

// varianceOf is var(x) where e is ‖x − mean(x)‖², divided by the sizes of x; nil where it is none.
func (p *printer) varianceOf(e *symbolic.Expr, divisors *[]*symbolic.Expr) lang.Expr {
	if p.isLeaf(e) || e.Op != symbolic.Einsum || e.Rank() > 0 || len(e.Args) != 2 || e.Args[0] != e.Args[1] || e.Args[0].Op != symbolic.Sum {
		return nil
	}
	left, ok := without(*divisors, e.Args[0].Shape)
	if !ok {
		return nil
	}
	for _, x := range e.Args[0].Args {
		v, err := e.G.Apply(e.G.Lib.Lookup("var"), symbolic.In{Args: []*symbolic.Expr{x}})
		if err == nil && v.Op == symbolic.Einsum && slices.Contains(v.Args, e) {
			*divisors = left
			return call("var", p.tree(x))
		}
	}
	return nil
}

// without is a list of divisors without these sizes; ok is false where one is not among them.
func without(divisors []*symbolic.Expr, sizes shape.Shape) (left []*symbolic.Expr, ok bool) {
	left = slices.Clone(divisors)
	for _, d := range sizes {
		k := slices.IndexFunc(left, func(x *symbolic.Expr) bool { return x.Op == symbolic.Dim && x.Size == d })
		if k < 0 {
			return nil, false
		}
		left = slices.Delete(left, k, k+1)
	}
	return left, true
}

// meanAlong is mean(X, n) where x is sum(X, n), divided by n; nil where it is none.
func meanAlong(x lang.Expr, divisors *[]*symbolic.Expr) lang.Expr {
	sum, ok := x.(*lang.Call)
	if !ok || sum.Fn.Name != "sum" || len(sum.Args) != 2 {
		return nil
	}
	axis, ok := sum.Args[1].X.(*lang.Name)
	if !ok {
		return nil
	}
	k := slices.IndexFunc(*divisors, func(d *symbolic.Expr) bool { return d.Op == symbolic.Dim && d.Size == shape.Name(axis.Name) })
	if k < 0 {
		return nil
	}
	*divisors = slices.Delete(slices.Clone(*divisors), k, k+1)
	return call("mean", sum.Args[0].X, axis)
}

// weight sorts plain names before other scalar factors: t exp(c t).
func weight(x lang.Expr) int {
	if isName(x) {
		return 0
	}
	return 1
}
