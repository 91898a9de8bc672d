package symbolic

import (
	"bytes"
	"math/big"
	"slices"
	"strings"

	"nabla/symbolic/shape"
)

// flattenLimit bounds the factors of one product, so that a long chain without names stays linear in size.
const flattenLimit = 24

// labelLimit bounds the labels at which flattening stops.
const labelLimit = 80

// maxRepeat is the largest power that stays a repeated factor; x⊙x is two factors, x.^5 is a call of pow.
const maxRepeat = 4

// Einsum is Out[out] = Σ ∏ args[k][in[k]], summed over every label that is not in out. A label of out that no argument
// has is a broadcast; s gives its size and may be nil where there is none.
//
// The result is canonical: constants are one coefficient, nested products are flattened, Deltas merge labels unless
// both are in out, a part that shares no label with the rest or with out is a scalar factor of its own, and powers of
// one base are collected.
func (g *Graph) Einsum(in []string, out string, args []*Expr, s shape.Shape) *Expr {
	p := g.newProduct()
	defer p.release()
	var label [256]uint16 // of p, counted from 1
	use := func(b byte, d shape.Dim) int {
		if label[b] == 0 {
			label[b] = uint16(p.fresh(d) + 1)
		}
		return int(label[b]) - 1
	}
	n := len(out)
	for _, l := range in {
		n += len(l)
	}
	places := slices.Grow(p.places[:0], n)[:n]
	p.places = places
	take := func(n int) (first []int) {
		first, places = places[:n:n], places[n:]
		return first
	}
	mapped := slices.Grow(p.mapped[:0], len(args))[:len(args)]
	p.mapped = mapped
	for k, a := range args {
		g.must(len(in[k]) == len(a.Shape), "einsum: an argument has not as many axes as labels")
		mapped[k] = take(len(in[k]))
		for i := range in[k] {
			mapped[k][i] = use(in[k][i], a.Shape[i])
		}
	}
	p.out = take(len(out))
	for i := range out {
		if label[out[i]] == 0 {
			g.must(i < len(s), "einsum: a broadcast label has no size")
			use(out[i], s[i])
		}
		p.out[i] = int(label[out[i]]) - 1
	}
	p.splitRepeatedOut()
	for k, a := range args {
		p.push(a, mapped[k])
	}
	return p.build()
}

// E is Einsum with the labels written as in "ij,jk->ik". The symbol * stands for the leading axes that an argument has
// beyond its other labels; it is the same axes wherever it occurs.
func (g *Graph) E(spec string, args ...*Expr) *Expr {
	return g.einsumStar(spec, args, 0)
}

// einsumStar expands * to leading axes and ~ to batch axes (batch of them).
func (g *Graph) einsumStar(spec string, args []*Expr, batch int) *Expr {
	lhs, out, ok := strings.Cut(spec, "->")
	g.must(ok, "einsum: %q has no ->", spec)
	in := strings.Split(lhs, ",")
	if len(args) == 0 {
		in = nil
	}
	g.must(len(in) == len(args), "einsum: %q has not %d arguments", spec, len(args))
	lead := ""
	tilde := labels(batch, 'A')
	for k := range in {
		in[k] = strings.Replace(in[k], "~", tilde, 1)
		if strings.Contains(in[k], "*") {
			lead = labels(args[k].Rank()-(len(in[k])-1), 1)
			in[k] = strings.Replace(in[k], "*", lead, 1)
		}
	}
	out = strings.Replace(strings.Replace(out, "~", tilde, 1), "*", lead, 1)
	return g.Einsum(in, out, args, nil)
}

// Labels is n different labels for Einsum: a, b, c, ….
func Labels(n int) string { return labels(n, 'a') }

// labels is n consecutive labels from first.
func labels(n int, first byte) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = first + byte(i)
	}
	return string(b)
}

// MatMul is the product that juxtaposition means: the last axis of a with the first of b.
func (g *Graph) MatMul(a, b *Expr) *Expr {
	la := labels(a.Rank(), 'a')
	lb := labels(b.Rank(), 'a'+byte(a.Rank())-1)
	return g.Einsum([]string{la, lb}, la[:len(la)-1]+lb[1:], []*Expr{a, b}, nil)
}

// Hadamard is the elementwise product of tensors of one shape.
func (g *Graph) Hadamard(args ...*Expr) *Expr {
	l := labels(args[0].Rank(), 'a')
	in := make([]string, len(args))
	for i := range in {
		in[i] = l
	}
	return g.Einsum(in, l, args, nil)
}

// Times is the product of a scalar with a tensor.
func (g *Graph) Times(scalar, a *Expr) *Expr {
	l := labels(a.Rank(), 'a')
	return g.Einsum([]string{"", l}, l, []*Expr{scalar, a}, nil)
}

// Permute reorders axes: axis i of the result is axis perm[i] of a.
func (g *Graph) Permute(a *Expr, perm ...int) *Expr {
	l := labels(a.Rank(), 'a')
	out := make([]byte, len(perm))
	for i, p := range perm {
		out[i] = l[p]
	}
	return g.Einsum([]string{l}, string(out), []*Expr{a}, nil)
}

// Transpose swaps the two axes of a matrix.
func (g *Graph) Transpose(a *Expr) *Expr { return g.Permute(a, 1, 0) }

// SumAxes sums over the given axes.
func (g *Graph) SumAxes(a *Expr, axes ...int) *Expr {
	l := labels(a.Rank(), 'a')
	var out []byte
	for i := range l {
		if !slices.Contains(axes, i) {
			out = append(out, l[i])
		}
	}
	return g.Einsum([]string{l}, string(out), []*Expr{a}, nil)
}

// Broadcast repeats a to shape s: axis i of a becomes axis axes[i].
func (g *Graph) Broadcast(a *Expr, s shape.Shape, axes ...int) *Expr {
	out := labels(len(s), 'a')
	in := make([]byte, len(axes))
	for i, ax := range axes {
		in[i] = out[ax]
	}
	return g.Einsum([]string{string(in)}, out, []*Expr{a}, s)
}

// A product is an einsum under construction. Labels are small integers; dims[l] is the size of label l.
type product struct {
	g       *Graph
	coef    *big.Rat
	isZero  bool
	dims    []shape.Dim
	out     []int
	factors []factor
	deltas  [][2]int

	places []int       // room for the labels of the arguments and of out
	mapped [][]int     // the labels of each argument
	part   []int       // what components returns
	shape  shape.Shape // of the result
}

// newProduct is an empty product; one that was released is used again, since deriving makes hundreds of thousands.
func (g *Graph) newProduct() *product {
	n := len(g.spare)
	if n == 0 {
		return &product{g: g, coef: one}
	}
	p := g.spare[n-1]
	g.spare = g.spare[:n-1]
	return p
}

// release gives p back to its graph. No node keeps anything of it.
func (p *product) release() {
	p.coef, p.isZero, p.out = one, false, nil
	p.dims, p.factors, p.deltas = p.dims[:0], p.factors[:0], p.deltas[:0] // one by one: no pointer is written
	p.g.spare = append(p.g.spare, p)
}

type factor struct {
	e  *Expr
	in []int
}

func (p *product) fresh(d shape.Dim) int {
	p.dims = append(p.dims, d)
	return len(p.dims) - 1
}

// splitRepeatedOut replaces the second i of an out "ii" by a new label and a Delta.
func (p *product) splitRepeatedOut() {
	for i, l := range p.out {
		if slices.Contains(p.out[:i], l) {
			p.out[i] = p.fresh(p.dims[l])
			p.deltas = append(p.deltas, [2]int{l, p.out[i]})
		}
	}
}

// push multiplies by e[in], and keeps in.
func (p *product) push(e *Expr, in []int) {
	c, e := e.AsScaled()
	p.coef = times(p.coef, c)
	switch e.Op {
	case Sum:
		p.isZero = p.isZero || len(e.Args) == 0
	case Const:
		p.coef = times(p.coef, e.Val)
		return
	case Ones:
		return
	case Delta:
		p.deltas = append(p.deltas, [2]int{in[0], in[1]})
		return
	case Einsum:
		if p.flattens(e) {
			p.flatten(e, in)
			return
		}
	}
	p.factors = append(p.factors, factor{e, in})
}

// flattens says whether a nested product becomes part of this one. A scalar with sums in it stays a factor.
func (p *product) flattens(e *Expr) bool {
	if len(p.factors)+len(e.Args) > flattenLimit || len(p.dims) > labelLimit {
		return false
	}
	if e.Rank() > 0 {
		return true
	}
	for _, l := range e.In {
		if l != "" {
			return false
		}
	}
	return true
}

func (p *product) flatten(e *Expr, in []int) {
	var label [256]uint16 // of p, counted from 1
	for i := range e.Out {
		label[e.Out[i]] = uint16(in[i] + 1)
	}
	for k, a := range e.Args {
		inner := make([]int, len(e.In[k]))
		for i := range e.In[k] {
			b := e.In[k][i]
			if label[b] == 0 {
				label[b] = uint16(p.fresh(a.Shape[i]) + 1)
			}
			inner[i] = int(label[b]) - 1
		}
		p.push(a, inner)
	}
}

func (p *product) build() *Expr {
	s := slices.Grow(p.shape[:0], len(p.out))[:len(p.out)]
	for i, l := range p.out {
		s[i] = p.dims[l]
	}
	p.shape = s
	p.mergeDeltas()
	for p.mergePowers() || p.mergeRoots() {
		p.mergeDeltas()
	}
	if p.isZero || p.coef.Sign() == 0 {
		return p.g.Zero(s)
	}
	p.countLostLabels()
	p.splitScalars()
	return p.g.Scale(p.coef, p.intern(s))
}

// mergeDeltas eliminates every Delta whose labels are not both in out, by making them one label. A Delta between two
// out labels survives, from the first of its class to each other; the factors then use the first.
func (p *product) mergeDeltas() {
	if len(p.deltas) == 0 {
		return
	}
	pos := make([]int, len(p.dims))
	for l := range pos {
		pos[l] = len(p.out)
	}
	for i, l := range p.out {
		pos[l] = i
	}
	root := make([]int, len(p.dims))
	for i := range root {
		root[i] = i
	}
	find := func(l int) int {
		for root[l] != l {
			l = root[l]
		}
		return l
	}
	for _, d := range p.deltas {
		a, b := find(d[0]), find(d[1])
		if pos[b] < pos[a] {
			a, b = b, a
		}
		root[b] = a
	}
	for _, f := range p.factors {
		for i, l := range f.in {
			f.in[i] = find(l)
		}
	}
	p.deltas = p.deltas[:0]
	for _, l := range p.out {
		if r := find(l); r != l {
			p.deltas = append(p.deltas, [2]int{r, l})
		}
	}
	p.retire(func(l int) bool { return find(l) != l && pos[l] == len(p.out) })
}

// retire marks labels that were merged into others: they are not summed over any more.
func (p *product) retire(gone func(int) bool) {
	for l := range p.dims {
		if gone(l) {
			p.dims[l] = shape.Const(1)
		}
	}
}

// mergePowers collects factors of one base at one place: x · x⁻¹ is 1. It reports whether it changed anything.
func (p *product) mergePowers() bool {
	for i := range p.factors {
		base, exp := p.factors[i].e.AsPower()
		if n, plain := p.repeats(base, i); n == 1 || plain && n <= maxRepeat {
			continue
		}
		total, group, exps := exp, []int{i}, []*big.Rat{exp}
		for j := i + 1; j < len(p.factors); j++ {
			b, x := p.factors[j].e.AsPower()
			if b == base && slices.Equal(p.factors[i].in, p.factors[j].in) {
				total = new(big.Rat).Add(total, x)
				group, exps = append(group, j), append(exps, x)
			}
		}
		p.g.reportCancelled(base, exps, total)
		in := p.factors[i].in
		rest := p.factors[:0:0]
		for k, f := range p.factors {
			if k == i {
				q := &product{g: p.g, coef: p.coef, dims: p.dims}
				q.push(p.g.Pow(base, total), in)
				rest = append(rest, q.factors...)
				p.coef, p.dims = q.coef, q.dims
				p.deltas = append(p.deltas, q.deltas...)
				p.isZero = p.isZero || q.isZero
			} else if !slices.Contains(group, k) {
				rest = append(rest, f)
			}
		}
		p.factors = rest
		return true
	}
	return false
}

// repeats counts the factors from the i-th on that are powers of the same base at the same place; plain says that they are
// the base itself.
func (p *product) repeats(base *Expr, i int) (n int, plain bool) {
	plain = true
	for _, f := range p.factors[i:] {
		if b, x := f.e.AsPower(); b == base && slices.Equal(p.factors[i].in, f.in) {
			n++
			plain = plain && isOne(x)
		}
	}
	return n, plain
}

// mergeRoots writes roots of numbers as the root of their product: √2 √π is √(2π), however a derivative came by it.
func (p *product) mergeRoots() bool {
	for i, f := range p.factors {
		base, exp := f.e.AsPower()
		if exp.IsInt() || !isNumber(base) {
			continue
		}
		for j := i + 1; j < len(p.factors); j++ {
			if b, x := p.factors[j].e.AsPower(); x.Cmp(exp) == 0 && isNumber(b) {
				p.factors = slices.Delete(p.factors, j, j+1)
				p.factors = slices.Delete(p.factors, i, i+1)
				p.push(p.g.Pow(p.g.Times(base, b), exp), nil)
				return true
			}
		}
	}
	return false
}

// isNumber says that e is a positive number whatever is bound: 2, π, or a product of such.
func isNumber(e *Expr) bool {
	if c, ok := e.AsConst(); ok {
		return c.Sign() > 0
	}
	if c, t := e.AsScaled(); t != e {
		return c.Sign() > 0 && isNumber(t)
	}
	if e.Op == Einsum && e.Rank() == 0 {
		return !slices.ContainsFunc(e.Args, func(a *Expr) bool { return !isNumber(a) })
	}
	return e.Op == Call && len(e.Args) == 0 && e.Rank() == 0
}

// countLostLabels multiplies by the size of every label that is summed over, but that no factor has any more.
func (p *product) countLostLabels() {
	held := make([]bool, len(p.dims))
	for _, l := range p.out {
		held[l] = true
	}
	for _, f := range p.factors {
		for _, l := range f.in {
			held[l] = true
		}
	}
	for l, h := range held {
		if !h {
			p.push(p.g.DimSize(p.dims[l]), nil)
		}
	}
	for p.mergePowers() || p.mergeRoots() {
	}
}

// splitScalars makes each part that shares no label with out, and is not the whole, a factor of its own.
func (p *product) splitScalars() {
	part := p.components()
	outside := func(c int) bool { return c != outPart }
	if !slices.ContainsFunc(part, outside) || len(p.out) == 0 && !slices.ContainsFunc(part, func(c int) bool { return c != part[0] }) {
		return
	}
	var kept []factor
	done := map[int]bool{}
	for i, f := range p.factors {
		c := part[i]
		if c == outPart || len(f.in) == 0 {
			kept = append(kept, f)
			continue
		}
		if done[c] {
			continue
		}
		done[c] = true
		q := &product{g: p.g, coef: one, dims: p.dims}
		for j, h := range p.factors {
			if part[j] == c {
				q.factors = append(q.factors, h)
			}
		}
		s := q.intern(nil)
		kept = append(kept, factor{s, nil})
	}
	p.factors = kept
	if len(done) > 0 {
		for p.mergePowers() || p.mergeRoots() {
		}
	}
}

const outPart = -1

// components numbers the connected parts of the product; a part that touches out is outPart.
func (p *product) components() []int {
	var few [32]int // what most products do with
	root := few[:]
	if len(p.dims) >= len(few) {
		root = make([]int, len(p.dims)+1)
	}
	for i := range root {
		root[i] = i
	}
	find := func(l int) int {
		for root[l] != l {
			root[l] = root[root[l]]
			l = root[l]
		}
		return l
	}
	o := len(p.dims)
	for _, l := range p.out {
		root[find(l)] = find(o)
	}
	for _, f := range p.factors {
		for _, l := range f.in {
			root[find(l)] = find(f.in[0])
		}
	}
	part := slices.Grow(p.part[:0], len(p.factors))[:len(p.factors)]
	p.part = part
	for i, f := range p.factors {
		switch {
		case len(f.in) == 0:
			part[i] = len(p.dims) + 1 + i
		case find(f.in[0]) == find(o):
			part[i] = outPart
		default:
			part[i] = find(f.in[0])
		}
	}
	return part
}

// intern makes the node, without the coefficient.
func (p *product) intern(s shape.Shape) *Expr {
	g := p.g
	if len(p.factors) == 0 && len(p.deltas) == 0 {
		return g.Ones(s)
	}
	if len(p.factors) == 1 && len(p.deltas) == 0 && slices.Equal(p.factors[0].in, p.out) {
		return p.factors[0].e
	}
	if len(p.factors) == 0 && len(p.deltas) == 1 && slices.Equal(p.deltas[0][:], p.out) {
		return g.Delta(s[0])
	}
	for _, d := range p.deltas {
		p.factors = append(p.factors, factor{g.Delta(p.dims[d[0]]), []int{d[0], d[1]}})
	}
	return g.intern(p.canonicalKey(s), func() *Expr {
		args := make([]*Expr, len(p.factors))
		for i, f := range p.factors {
			args[i] = f.e
		}
		in, out := p.name(p.factors)
		return &Expr{Op: Einsum, Args: args, In: in, Out: out, Shape: sameShape(s, args)}
	})
}

// name gives the labels letters: a, b, … for out, then in the order of the factors.
func (p *product) name(fs []factor) (in []string, out string) {
	var buf [96]byte
	all := string(p.appendNames(buf[:0], fs))
	n := len(p.out)
	out = all[:n]
	in = make([]string, len(fs))
	for i, f := range fs {
		in[i] = all[n+1 : n+1+len(f.in)]
		n += 1 + len(f.in)
	}
	return in, out
}

// appendNames writes the letters of out and of the factors, each after a bar.
func (p *product) appendNames(b []byte, fs []factor) []byte {
	var few [64]byte
	names := few[:]
	if len(p.dims) > len(few) {
		names = make([]byte, len(p.dims))
	}
	next := byte(0)
	word := func(ls []int) {
		for _, l := range ls {
			if names[l] == 0 {
				p.g.must(next < 158, "einsum: too many labels")
				next++
				names[l] = next
			}
			b = append(b, 'a'+names[l]-1)
		}
	}
	word(p.out)
	for _, f := range fs {
		b = append(b, '|')
		word(f.in)
	}
	return b
}

// canonicalKey is the same for every order of the factors. Equal factors are tried in every order while there are few.
func (p *product) canonicalKey(s shape.Shape) []byte {
	var few [8]factor
	fs := append(few[:0], p.factors...)
	slices.SortStableFunc(fs, func(a, b factor) int { return int(a.e.ID) - int(b.e.ID) })
	k := putShape(p.g.start(Einsum), s)
	equal := false
	for i, f := range fs {
		k = putID(k, f.e)
		equal = equal || i > 0 && fs[i-1].e == f.e
	}
	if !equal {
		return p.appendNames(k, fs)
	}
	var best, names []byte
	p.orders(fs, 0, 1, func() {
		if names = p.appendNames(names[:0], fs); best == nil || bytes.Compare(names, best) < 0 {
			best = append(best[:0], names...)
		}
	})
	return append(k, best...)
}

// orders calls f for the orders of fs that differ among equal factors, as long as there are at most 120.
func (p *product) orders(fs []factor, from, count int, f func()) {
	if from == len(fs) {
		f()
		return
	}
	end := from + 1
	for end < len(fs) && fs[end].e == fs[from].e {
		end++
	}
	n := end - from
	for i := 2; i <= n && count <= 120; i++ { // the number of orders of many factors is beyond any integer
		count *= i
	}
	if count > 120 || len(fs[from].in) == 0 {
		p.orders(fs, end, count, f)
		return
	}
	permute(fs[from:end], 0, func() { p.orders(fs, end, count, f) })
}

func permute(fs []factor, k int, f func()) {
	if k == len(fs) {
		f()
		return
	}
	for i := k; i < len(fs); i++ {
		fs[k], fs[i] = fs[i], fs[k]
		permute(fs, k+1, f)
		fs[k], fs[i] = fs[i], fs[k]
	}
}
