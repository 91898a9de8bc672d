package study

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sort"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// Work is what a computation does, for any sizes.
type Work struct {
	Products    shape.Quantity // multiply-adds of matrix products and outer products
	Derivatives shape.Quantity // those in which one factor is a second or higher derivative of an abstract function of tensors, as ∂²l/∂o²
	Reductions  shape.Quantity // multiply-adds of inner products and norms
	Elementwise shape.Quantity // additions and multiplications entry by entry, and additions of sums over axes
	Functions   shape.Quantity // values of functions
}

// Parts are the kinds of work, in the order of the fields; WorkOf puts them together again.
func (w Work) Parts() []shape.Quantity {
	return []shape.Quantity{w.Products, w.Derivatives, w.Reductions, w.Elementwise, w.Functions}
}

// WorkOf is the work with these parts.
func WorkOf(parts []shape.Quantity) Work {
	return Work{parts[0], parts[1], parts[2], parts[3], parts[4]}
}

// Add is the work of both.
func (w Work) Add(v Work) Work {
	return Work{w.Products.Add(v.Products), w.Derivatives.Add(v.Derivatives), w.Reductions.Add(v.Reductions), w.Elementwise.Add(v.Elementwise), w.Functions.Add(v.Functions)}
}

// Sub is the work of w without that of v.
func (w Work) Sub(v Work) Work {
	return Work{w.Products.Sub(v.Products), w.Derivatives.Sub(v.Derivatives), w.Reductions.Sub(v.Reductions), w.Elementwise.Sub(v.Elementwise), w.Functions.Sub(v.Functions)}
}

// Scale is the work of doing w so often.
func (w Work) Scale(n shape.Quantity) Work {
	return Work{w.Products.Mul(n), w.Derivatives.Mul(n), w.Reductions.Mul(n), w.Elementwise.Mul(n), w.Functions.Mul(n)}
}

// MultiplyAdds is the number of multiplications that are followed by an addition.
func (w Work) MultiplyAdds() shape.Quantity { return w.Products.Add(w.Derivatives, w.Reductions) }

// Operations is the number of operations: a multiply-add is two, a value of a function one.
func (w Work) Operations() shape.Quantity {
	return w.MultiplyAdds().Times(2).Add(w.Elementwise, w.Functions)
}

// A Counter counts the work of nodes, each once, however often it is read. Size gives the sizes by which the order of a
// product of several factors is chosen; partial products that were computed before are used again.
type Counter struct {
	Size  func(name string) (int, bool)
	done  map[*symbolic.Expr]bool
	split map[*symbolic.Expr]bool // those that prices has looked through
	known constants
	parts map[string]bool
	Nodes int // operations counted: sums, products and calls
}

// NewCounter counts with the sizes known; a dimension without one is taken to have 64 entries.
func NewCounter(size func(name string) (int, bool)) *Counter {
	return &Counter{Size: size, done: map[*symbolic.Expr]bool{}, split: map[*symbolic.Expr]bool{}, parts: map[string]bool{}, known: constants{}}
}

// Count is the work of what es need beside what has been counted before.
func (c *Counter) Count(es ...*symbolic.Expr) Work {
	var w Work
	for _, e := range es {
		for _, n := range c.fresh(e) {
			n.G.Proceed()
			w = w.Add(c.node(n))
		}
	}
	return w
}

// fresh lists the nodes of e that have not been counted, arguments first, and marks them.
func (c *Counter) fresh(e *symbolic.Expr) []*symbolic.Expr {
	var out []*symbolic.Expr
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if !c.known.mark(n) && (n.Op == symbolic.Sum || n.Op == symbolic.Einsum || n.Op == symbolic.Call) {
			out = append(out, n)
			c.Nodes++
		}
	}, c.done)
	return out
}

// constants are the nodes that no variable occurs in: they are known before anything runs.
type constants map[*symbolic.Expr]bool

// mark says whether e is constant; its arguments have been marked.
func (c constants) mark(e *symbolic.Expr) bool {
	known, seen := c[e]
	if !seen {
		known = e.Op != symbolic.Var
		for _, a := range e.Args {
			known = known && c[a]
		}
		c[e] = known
	}
	return known
}

// node is the work of one node.
func (c *Counter) node(e *symbolic.Expr) Work {
	n := e.Shape.Entries()
	switch e.Op {
	case symbolic.Sum:
		return Work{Elementwise: n.Times(sumOperations(e))}
	case symbolic.Einsum:
		return c.product(e)
	}
	if e.Fn.Cost != nil {
		shapes := make([]shape.Shape, len(e.Args))
		for i, a := range e.Args {
			shapes[i] = a.Shape
		}
		return Work{Functions: e.Fn.Cost(*e.Par, shapes).Quantity()}
	}
	for _, a := range e.Args { // a reduction looks at every entry
		if m := a.Shape.Entries(); n.NeverAbove(m) {
			n = m
		}
	}
	return Work{Functions: n}
}

// sumOperations is how many operations a linear combination needs for an entry: an addition between terms, a
// multiplication for a factor other than ±1.
func sumOperations(e *symbolic.Expr) int64 {
	n := int64(len(e.Args) - 1)
	for _, c := range e.Coef {
		if !c.IsInt() || c.Num().CmpAbs(c.Denom()) != 0 {
			n++
		}
	}
	return max(n, 0)
}

// A factor of a product, or of a part of one.
type factor struct {
	id         string
	labels     []byte
	derivative bool
	expr       *symbolic.Expr // with the labels axes, where products are taken apart
	axes       string
}

// A pairing is one product of several factors under way.
type pairing struct {
	c       *Counter
	dims    map[byte]shape.Dim
	out     []byte
	factors []factor
	work    Work
	apart   *apart // that makes the partial products, or nil
}

// product is the work of a product, factors taken pairwise in the order that costs least.
func (c *Counter) product(e *symbolic.Expr) Work {
	p, scalars := c.pairing(e)
	p.run()
	if scalars > 0 {
		extra := p.size(p.out)
		if len(p.factors) == 0 {
			extra, scalars = shape.Integer(scalars-1), 1
		}
		p.work.Elementwise = p.work.Elementwise.Add(extra, shape.Integer(scalars-1))
	}
	return p.work
}

// pairing is a product to be taken pairwise, and how many factors are numbers.
func (c *Counter) pairing(e *symbolic.Expr) (p *pairing, scalars int64) {
	p = &pairing{c: c, dims: map[byte]shape.Dim{}}
	same := p.merged(e)
	for _, l := range []byte(e.Out) {
		p.out = addLabel(p.out, same[l])
	}
	for i, a := range e.Args {
		switch b := a.Body(); {
		case b.Op == symbolic.Delta:
		case a.Rank() == 0:
			scalars++
		default:
			f := factor{id: fmt.Sprint(b.ID), expr: a, axes: e.In[i], derivative: b.Op == symbolic.Call && b.Fn.Abstract != nil && len(b.Par.Deriv) > 1 && !b.Fn.Elementwise()}
			for _, l := range []byte(e.In[i]) {
				f.labels = addLabel(f.labels, same[l])
			}
			p.factors = append(p.factors, f)
		}
	}
	return p, scalars
}

// merged makes the labels of every Delta one.
func (p *pairing) merged(e *symbolic.Expr) map[byte]byte {
	same := map[byte]byte{}
	for i, a := range e.Args {
		for j, l := range []byte(e.In[i]) {
			same[l], p.dims[l] = l, a.Shape[j]
		}
	}
	for j, l := range []byte(e.Out) {
		same[l], p.dims[l] = l, e.Shape[j]
	}
	for i, a := range e.Args {
		if a.Body().Op == symbolic.Delta {
			x, y := same[e.In[i][0]], same[e.In[i][1]]
			for l, r := range same {
				if r == y {
					same[l] = x
				}
			}
		}
	}
	return same
}

func addLabel(ls []byte, l byte) []byte {
	if slices.Contains(ls, l) {
		return ls
	}
	return append(ls, l)
}

func (p *pairing) size(ls []byte) shape.Quantity {
	n := shape.Integer(1)
	for _, l := range ls {
		n = n.Mul(p.dims[l].Quantity())
	}
	return n
}

// weight is about the number of entries over these labels.
func (p *pairing) weight(ls []byte) float64 {
	n := 1.0
	for _, l := range ls {
		s, err := p.dims[l].Eval(func(name string) (int, bool) {
			if s, ok := p.c.Size(name); ok {
				return s, true
			}
			return 64, true
		})
		if err != nil {
			return math.Inf(1)
		}
		n *= float64(max(s, 1))
	}
	return n
}

func (p *pairing) run() {
	switch n := len(p.factors); {
	case n == 1:
		f := p.factors[0]
		if slices.ContainsFunc(f.labels, func(l byte) bool { return !slices.Contains(p.out, l) }) {
			p.work.Elementwise = p.work.Elementwise.Add(p.size(f.labels))
		}
	case n > maxExact:
		for len(p.factors) > 1 {
			p.joinCheapest()
		}
	case n > 1:
		p.join(p.best())
	}
}

// maxExact is the most factors for which all orders are tried.
const maxExact = 8

// kept are the labels that the product of the factors in m still needs.
func (p *pairing) kept(m int) []byte {
	var needed, out []byte
	needed = append(needed, p.out...)
	for i, f := range p.factors {
		if m>>i&1 == 0 {
			needed = append(needed, f.labels...)
		}
	}
	for i, f := range p.factors {
		if m>>i&1 == 1 {
			for _, l := range f.labels {
				if slices.Contains(needed, l) {
					out = addLabel(out, l)
				}
			}
		}
	}
	return out
}

// best is, for every subset of the factors, the cheapest way to split it in two; of ways that cost the same, into halves as
// equal as possible: (N Q) (N K)ᵀ rather than N (Q (N K)ᵀ).
func (p *pairing) best() (full int, split []int) {
	n := len(p.factors)
	full = 1<<n - 1
	split = make([]int, full+1)
	cost := make([]float64, full+1)
	for m := 1; m <= full; m++ {
		if bits.OnesCount(uint(m)) < 2 {
			continue
		}
		cost[m] = math.Inf(1)
		kept := p.kept(m)
		known := p.c.parts[p.key(m)]
		for a := (m - 1) & m; a > 0; a = (a - 1) & m {
			b := m &^ a
			la, lb := p.labelsOf(a), p.labelsOf(b)
			x := cost[a] + cost[b] + p.weight(union2(needed(la, lb, kept), needed(lb, la, kept)))
			if known {
				x = 0
			}
			if a > b && (x < cost[m] || x == cost[m] && uneven(a, b) < uneven(split[m], m&^split[m])) {
				cost[m], split[m] = x, a
			}
		}
	}
	return full, split
}

// uneven is how many more factors one part has than the other.
func uneven(a, b int) int {
	n := bits.OnesCount(uint(a)) - bits.OnesCount(uint(b))
	return max(n, -n)
}

// labelsOf are the labels of a factor, or what is kept of a part.
func (p *pairing) labelsOf(m int) []byte {
	if bits.OnesCount(uint(m)) == 1 {
		return p.factors[bits.TrailingZeros(uint(m))].labels
	}
	return p.kept(m)
}

func union2(a, b []byte) []byte {
	out := slices.Clone(a)
	for _, l := range b {
		out = addLabel(out, l)
	}
	return out
}

// key is the same for parts that are the same tensor.
func (p *pairing) key(m int) string {
	k, _ := p.numbered(m)
	return k
}

// numbered is the key of a part, and the number that each label has in it.
func (p *pairing) numbered(m int) (key string, number map[byte]int) {
	var members []factor
	for i, f := range p.factors {
		if m>>i&1 == 1 {
			members = append(members, f)
		}
	}
	sort.SliceStable(members, func(i, j int) bool { return members[i].id < members[j].id })
	number = map[byte]int{}
	var b strings.Builder
	for _, f := range members {
		b.WriteString(f.id)
		for _, l := range f.labels {
			if _, ok := number[l]; !ok {
				number[l] = len(number)
			}
			fmt.Fprintf(&b, " %d", number[l])
		}
		b.WriteByte(';')
	}
	var rest []int
	for _, l := range p.kept(m) {
		rest = append(rest, number[l])
	}
	slices.Sort(rest)
	return b.String() + fmt.Sprint(rest), number
}

// join counts the products of a subset, those of its halves first.
func (p *pairing) join(m int, split []int) factor {
	if bits.OnesCount(uint(m)) == 1 {
		return p.factors[bits.TrailingZeros(uint(m))]
	}
	k := p.key(m)
	kept := p.kept(m)
	if p.c.parts[k] {
		return p.joined(m, kept, nil)
	}
	p.c.parts[k] = true
	first, second := split[m], m&^split[m]
	if bits.TrailingZeros(uint(second)) < bits.TrailingZeros(uint(first)) { // as they are written
		first, second = second, first
	}
	a, b := p.join(first, split), p.join(second, split)
	p.pair(a, b, kept)
	return p.joined(m, kept, []factor{a, b})
}

// joined is the product of a part, of two factors or known.
func (p *pairing) joined(m int, kept []byte, of []factor) factor {
	k, number := p.numbered(m)
	f := factor{id: k, labels: kept}
	if p.apart != nil {
		p.apart.part(&f, number, of, m == 1<<len(p.factors)-1)
	}
	return f
}

// needed are the labels of a factor that the other one has as well, or that are kept: over the rest it is summed first.
func needed(labels, other, kept []byte) []byte {
	return slices.DeleteFunc(slices.Clone(labels), func(l byte) bool { return !slices.Contains(other, l) && !slices.Contains(kept, l) })
}

// summedFirst counts the sum of a factor over the axes that it has alone and that are not kept.
func (p *pairing) summedFirst(f factor, other, kept []byte) factor {
	own := needed(f.labels, other, kept)
	if len(own) < len(f.labels) {
		p.work.Elementwise = p.work.Elementwise.Add(p.size(f.labels))
		f.labels = own
	}
	return f
}

// pair counts one product of two factors.
func (p *pairing) pair(a, b factor, kept []byte) {
	a, b = p.summedFirst(a, b.labels, kept), p.summedFirst(b, a.labels, kept)
	all := union2(a.labels, b.labels)
	n := p.size(all)
	sums := len(kept) < len(all)
	wider := len(all) > len(a.labels) || len(all) > len(b.labels)
	outer := len(all) == len(a.labels)+len(b.labels)
	switch {
	case (sums && wider || outer) && (a.derivative || b.derivative):
		p.work.Derivatives = p.work.Derivatives.Add(n)
	case sums && wider || outer:
		p.work.Products = p.work.Products.Add(n)
	case sums:
		p.work.Reductions = p.work.Reductions.Add(n)
	default:
		p.work.Elementwise = p.work.Elementwise.Add(n)
	}
}

// joinCheapest multiplies the two factors whose product costs least.
func (p *pairing) joinCheapest() {
	bi, bj, least := 0, 1, math.Inf(1)
	for i := range p.factors {
		for j := i + 1; j < len(p.factors); j++ {
			if w := p.weight(union2(p.factors[i].labels, p.factors[j].labels)); w < least {
				bi, bj, least = i, j, w
			}
		}
	}
	m := 1<<bi | 1<<bj
	kept := p.keptOfPair(bi, bj)
	of := []factor{p.factors[bi], p.factors[bj]}
	key := ""
	if len(p.factors) < bits.UintSize-1 {
		key = p.key(m)
	}
	if p.c.parts[key] {
		of = nil
	} else {
		p.pair(of[0], of[1], kept)
		p.c.parts[key] = key != ""
	}
	joined := factor{labels: kept}
	if key != "" {
		joined = p.joined(m, kept, of)
	}
	p.factors = append(slices.Delete(slices.Delete(p.factors, bj, bj+1), bi, bi+1), joined)
}

func (p *pairing) keptOfPair(i, j int) []byte {
	needed := slices.Clone(p.out)
	for k, f := range p.factors {
		if k != i && k != j {
			needed = append(needed, f.labels...)
		}
	}
	return slices.DeleteFunc(union2(p.factors[i].labels, p.factors[j].labels), func(l byte) bool { return !slices.Contains(needed, l) })
}

// A Price is the work of one variable of a computation.
type Price struct {
	Of   *symbolic.Expr // a definition, the cotangent of one, or a result
	By   *symbolic.Expr // the parameter whose gradient a result is
	Work Work
}

// A Costing is what an expression costs, and its derivatives where it is an objective.
type Costing struct {
	Forward  Work
	Prices   []Price // of the definitions, in the order of evaluation
	Backward Work    // what the gradient needs beside the forward pass
	Pulled   []Price // of the cotangents, in the order of the reverse sweep
	Product  Work    // one Hessian-vector product, beside the gradient
	Hessian  Work    // the gradient and a product for every parameter
	Params   shape.Quantity
	Nodes    [3]int // of J, of J and ∇J, of J, ∇J and ∇²J; 0 where there is none, or too many to be counted
}

// CostOf is the cost of a tensor.
func CostOf(e *symbolic.Expr, size func(string) (int, bool)) Costing {
	c := NewCounter(size)
	k := Costing{Prices: c.prices(e)}
	k.Forward = total(k.Prices)
	k.Nodes[0] = c.Nodes
	return k
}

// CostOfModel is the cost of an objective, its gradient by the parameters, and its second derivatives.
func CostOfModel(m *Model, size func(string) (int, bool)) (Costing, error) {
	g, params := m.Objective.G, m.Parameters()
	first, err := g.Grad(m.Objective, params, nil)
	if err != nil {
		return Costing{}, err
	}
	c := NewCounter(size)
	k := Costing{Prices: c.prices(m.Objective)}
	k.Forward, k.Nodes[0] = total(k.Prices), c.Nodes
	for i, d := range first {
		k.Params = k.Params.Add(params[i].Shape.Entries())
		ps := c.prices(d)
		if n := len(ps); n > 0 && ps[n-1].Of == d {
			ps[n-1].By = params[i]
		}
		k.Pulled = append(k.Pulled, ps...)
	}
	k.Backward, k.Nodes[1] = total(k.Pulled), c.Nodes
	return k, k.second(m.Objective, c, params, first)
}

// second adds what the second derivatives cost.
func (k *Costing) second(objective *symbolic.Expr, c *Counter, params, first []*symbolic.Expr) error {
	g := objective.G
	products, err := hessianVector(g, params, first)
	if err != nil {
		return err
	}
	k.Product = c.Count(products...)
	k.Hessian = k.Forward.Add(k.Backward).Add(k.Product.Scale(k.Params))
	if len(params) > mostParameters {
		return nil
	}
	blocks := NewCounter(c.Size)
	for _, d := range slices.Concat([]*symbolic.Expr{objective}, first) {
		blocks.fresh(d)
	}
	for _, d := range first {
		hs, err := g.Grad(d, params, nil)
		if err != nil {
			return err
		}
		for _, h := range hs {
			blocks.fresh(h)
		}
	}
	k.Nodes[2] = blocks.Nodes
	return nil
}

// mostParameters is the number of parameters up to which the nodes of ∇²J are counted: it has a block for each two of them.
const mostParameters = 200

// hessianVector is the derivative of the gradient along a direction: one more reverse sweep through it.
func hessianVector(g *symbolic.Graph, params, first []*symbolic.Expr) ([]*symbolic.Expr, error) {
	along := make([]*symbolic.Expr, len(params))
	for i, p := range params {
		v := g.Fresh("V", p.Shape)
		l := alphabet[:p.Rank()]
		along[i] = g.Einsum([]string{l, l}, "", []*symbolic.Expr{first[i], v}, nil)
	}
	return g.Grad(g.Sum(nil, along...), params, nil)
}

const alphabet = "abcdefghijklmnopqrstuvwxyz"

// prices splits the work of e among the definitions in it: each has what it needs beside those before it.
func (c *Counter) prices(e *symbolic.Expr) []Price {
	var out []Price
	var lets []*symbolic.Expr
	e.G.Proceed()
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if n.Op == symbolic.Let && (n.By != nil || n.Name != "") {
			lets = append(lets, n)
		}
	}, c.split)
	if len(lets) == 0 || lets[len(lets)-1] != e {
		lets = append(lets, e)
	}
	for _, l := range lets {
		before := c.Nodes
		if w := c.Count(l); c.Nodes > before {
			out = append(out, Price{Of: l, Work: w})
		}
	}
	return out
}

func total(ps []Price) Work {
	var w Work
	for _, p := range ps {
		w = w.Add(p.Work)
	}
	return w
}
