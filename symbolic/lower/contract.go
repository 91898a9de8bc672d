package lower

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"nabla/numeric/plan"
	"nabla/symbolic"
)

// A set is a set of labels.
type set [4]uint64

func (s set) with(l int) set { s[l/64] |= 1 << (l % 64); return s }
func (s set) has(l int) bool { return s[l/64]>>(l%64)&1 == 1 }

func (s set) or(t set) set {
	for i := range s {
		s[i] |= t[i]
	}
	return s
}

func (s set) and(t set) set {
	for i := range s {
		s[i] &= t[i]
	}
	return s
}

func (s set) each(f func(l int)) {
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			f(i*64 + bits.TrailingZeros64(w))
		}
	}
}

// A part is a factor of a product: a node, or a value that was computed for some of the factors.
type part struct {
	e      *symbolic.Expr // nil: the value is view
	view   plan.View
	labels []int // of every axis, none twice

	factors []labelled // the nodes whose product it is, summed over the labels that it does not have
}

// A labelled is a node of the graph with a label for every axis.
type labelled struct {
	e      *symbolic.Expr
	labels []int
}

func (p part) set() set { return setOf(p.labels) }

func setOf(labels []int) set {
	var s set
	for _, l := range labels {
		s = s.with(l)
	}
	return s
}

// A contraction is one product on its way to instructions. Labels are the bytes of its Einsum.
type contraction struct {
	c       *compiler
	note    string
	size    [256]int
	parts   []part
	scalars []plan.View
	coef    float64
	out     plan.View
	target  []int // the label of every axis of out
	add     bool
}

// contract computes out = coef·e, or adds it to out.
func (c *compiler) contract(e *symbolic.Expr, out plan.View, coef float64, add bool) {
	e.G.Proceed()
	k := &contraction{c: c, coef: coef, add: add, note: note(e)}
	for i, a := range e.Args {
		for j, n := range c.extents[a] {
			k.size[e.In[i][j]] = n
		}
	}
	for i := range e.Out {
		k.size[e.Out[i]] = out.Size[i]
	}
	label := k.diagonals(e, out)
	k.setTarget(e.Out, out, label)
	k.setParts(e, label)
	k.run()
}

// diagonals handles the Deltas: a label of out that equals an earlier one moves with it, along the diagonal of an out
// that is zero elsewhere. It returns what each label stands for.
func (k *contraction) diagonals(e *symbolic.Expr, out plan.View) (label [256]int) {
	for i := range label {
		label[i] = i
	}
	if !hasDelta(e) {
		return label
	}
	for i, a := range e.Args {
		if a.Body().Op == symbolic.Delta {
			x, y := label[e.In[i][0]], label[e.In[i][1]]
			for l := range label {
				if label[l] == y {
					label[l] = x
				}
			}
		}
	}
	if !k.add {
		k.c.b.Zero(out.Buf)
		k.add = true
	}
	return label
}

func (k *contraction) setTarget(names string, out plan.View, label [256]int) {
	k.out = plan.View{Buf: out.Buf, Off: out.Off}
	for i := range names {
		l := label[names[i]]
		if out.Size[i] == 1 {
			continue
		}
		if j := slices.Index(k.target, l); j >= 0 {
			k.out.Stride[j] += out.Stride[i]
			continue
		}
		k.target = append(k.target, l)
		k.out.Size = append(k.out.Size, out.Size[i])
		k.out.Stride = append(k.out.Stride, out.Stride[i])
	}
}

// setParts sorts the factors into numbers, values without axes, and parts, and multiplies by the size of each label
// that is summed over and that no part has.
func (k *contraction) setParts(e *symbolic.Expr, label [256]int) {
	var all, held set
	for i, a := range e.Args {
		a = a.Body()
		x, known := k.c.literal(a)
		if a.Op == symbolic.Delta {
			continue
		}
		p := part{e: a}
		for j := range e.In[i] {
			p.labels = append(p.labels, label[e.In[i][j]])
		}
		p.factors = []labelled{{a, p.labels}}
		all = all.or(p.set())
		if known {
			k.coef *= x
			continue
		}
		p = k.simple(p)
		if len(p.labels) == 0 {
			k.scalars = append(k.scalars, k.view(p))
			continue
		}
		held = held.or(p.set())
		k.parts = append(k.parts, p)
	}
	target := setOf(k.target)
	all.each(func(l int) {
		if !held.has(l) && !target.has(l) {
			k.coef *= float64(k.size[l])
		}
	})
}

// simple makes a part a view where it is a rearrangement, or an axis of it is repeated or trivial.
func (k *contraction) simple(p part) part {
	var seen set
	again := k.c.isView(p.e)
	for _, l := range p.labels {
		again = again || seen.has(l) || k.size[l] == 1
		seen = seen.with(l)
	}
	if !again {
		return p
	}
	v := k.c.operand(p.e)
	q := part{view: plan.View{Buf: v.Buf, Off: v.Off}, factors: p.factors}
	for i, l := range p.labels {
		if v.Stride[i] == 0 || k.size[l] == 1 {
			continue
		}
		if j := slices.Index(q.labels, l); j >= 0 {
			q.view.Stride[j] += v.Stride[i]
			continue
		}
		q.labels = append(q.labels, l)
		q.view.Size = append(q.view.Size, k.size[l])
		q.view.Stride = append(q.view.Stride, v.Stride[i])
	}
	return q
}

// view is the value of a part in memory.
func (k *contraction) view(p part) plan.View {
	if p.e != nil {
		return k.c.operand(p.e)
	}
	return p.view
}

// run reduces the parts to at most two, and computes out from them.
func (k *contraction) run() {
	var held set
	for _, p := range k.parts {
		held = held.or(p.set())
	}
	if slices.ContainsFunc(k.target, func(l int) bool { return !held.has(l) }) && len(k.parts) > 1 {
		k.repeat(held)
		return
	}
	k.sumPrivate()
	switch parts := k.order(); len(parts) {
	case 2:
		k.last(parts[0], parts[1])
	default:
		k.spreadLoop(parts)
	}
}

// repeat computes the product without the axes that no part has, and then repeats it along them.
func (k *contraction) repeat(held set) {
	var labels []int
	for _, l := range k.target {
		if held.has(l) {
			labels = append(labels, l)
		}
	}
	inner := *k
	inner.target, inner.add = labels, false
	inner.out = k.c.buffer(k.extents(labels))
	inner.run()
	k.coef, k.scalars = 1, nil
	k.spreadLoop([]part{{view: inner.out, labels: labels}})
}

func (k *contraction) extents(labels []int) []int {
	n := make([]int, len(labels))
	for i, l := range labels {
		n[i] = k.size[l]
	}
	return n
}

// sumPrivate sums each part over the labels that nothing else has.
func (k *contraction) sumPrivate() {
	if len(k.parts) < 2 {
		return
	}
	for i, p := range k.parts {
		others := setOf(k.target)
		for j, q := range k.parts {
			if j != i {
				others = others.or(q.set())
			}
		}
		if p.set().and(others) != p.set() {
			k.parts[i] = k.shared([]part{p}, others)
		}
	}
	k.parts = slices.DeleteFunc(k.parts, func(p part) bool {
		if len(p.labels) == 0 {
			k.scalars = append(k.scalars, p.view)
		}
		return len(p.labels) == 0
	})
}

// shared is the product of one or two parts with the labels that are needed; one that was computed before is used
// again.
func (k *contraction) shared(ps []part, needed set) part {
	slices.SortStableFunc(ps, func(a, b part) int { return strings.Compare(identity(a), identity(b)) })
	out := k.resultLabels(ps, needed)
	result := part{labels: out}
	for _, p := range ps {
		result.factors = append(result.factors, p.factors...)
	}
	key := k.key(ps, out)
	if v, ok := k.c.shared[key]; ok {
		result.view = v
		return result
	}
	v := k.c.buffer(k.extents(out))
	inner := contraction{c: k.c, note: k.note, size: k.size, coef: 1, out: v, target: out}
	if len(ps) == 1 {
		inner.spreadLoop(ps)
	} else {
		inner.last(ps[0], ps[1])
	}
	k.c.shared[key] = v
	result.view = v
	return result
}

// identity tells parts apart.
func identity(p part) string {
	if p.e != nil {
		return fmt.Sprint("node ", p.e.ID)
	}
	return fmt.Sprint("view ", p.view.Buf, p.view.Off, p.view.Stride)
}

// key is the same for products of the same parts that differ in their labels' names only.
func (k *contraction) key(ps []part, out []int) string {
	var names []int
	var b strings.Builder
	number := func(labels []int) {
		for _, l := range labels {
			i := slices.Index(names, l)
			if i < 0 {
				i = len(names)
				names = append(names, l)
			}
			fmt.Fprintf(&b, " %d:%d", i, k.size[l])
		}
		b.WriteString(";")
	}
	for _, p := range ps {
		b.WriteString(identity(p))
		number(p.labels)
	}
	number(out)
	return b.String()
}

// resultLabels are the labels of a product that are needed: in the order of what they meet next, else in one that
// suits BLAS: those that both have, those of the first, those of the second.
func (k *contraction) resultLabels(ps []part, needed set) []int {
	var both, rest []int
	for i, p := range ps {
		other := ps[len(ps)-1-i].set()
		for _, l := range p.labels {
			switch {
			case !needed.has(l):
			case len(ps) == 2 && other.has(l):
				if i == 0 {
					both = append(both, l)
				}
			default:
				rest = append(rest, l)
			}
		}
	}
	out := append(both, rest...)
	k.arrange(out)
	return out
}

// arrange sorts labels as out has them, or else as a part that has them all and will be multiplied with.
func (k *contraction) arrange(labels []int) {
	orders := [][]int{k.target}
	for _, p := range k.parts {
		orders = append(orders, p.labels)
	}
	s := setOf(labels)
	for _, order := range orders {
		if setOf(order).and(s) == s {
			slices.SortFunc(labels, func(a, b int) int { return slices.Index(order, a) - slices.Index(order, b) })
			return
		}
	}
}

// spreadLoop computes out as a loop over all labels, which multiplies the parts and sums.
func (k *contraction) spreadLoop(parts []part) {
	labels := slices.Clone(k.target)
	for _, p := range parts {
		for _, l := range p.labels {
			if !slices.Contains(labels, l) {
				labels = append(labels, l)
			}
		}
	}
	l := plan.NewLoop(k.extents(labels))
	v := l.Number(k.coef)
	for _, s := range k.scalars {
		v = l.Mul(v, l.Load(spread(s, nil, len(labels))))
	}
	for _, p := range parts {
		at := make([]int, len(p.labels))
		for i, x := range p.labels {
			at[i] = slices.Index(labels, x)
		}
		if p.e != nil {
			v = l.Mul(v, k.c.inline(l, p.e, at))
		} else {
			v = l.Mul(v, l.Load(spread(p.view, at, len(labels))))
		}
	}
	l.Store(v, spread(k.out, axes(len(k.target)), len(labels)), k.add)
	k.c.b.Loop(l, k.note)
}

// last computes out from two parts: as a loop where nothing is summed, or the sum is of what the loop can compute; by
// BLAS where something is summed, and outer products.
func (k *contraction) last(a, b part) {
	union := a.set().or(b.set())
	sums := union.and(setOf(k.target)) != union
	fused := len(k.target) == 0 && (k.canFuse(a, union) || k.canFuse(b, union))
	outer := a.set().and(b.set()) == set{} && len(a.labels) > 0 && len(b.labels) > 0
	if !sums && !outer || fused {
		k.spreadLoop([]part{a, b})
		return
	}
	k.multiply(part{view: k.view(a), labels: a.labels, factors: a.factors}, part{view: k.view(b), labels: b.labels, factors: b.factors})
}

// canFuse says that a part is computed nowhere yet, and would be within a loop over these labels.
func (k *contraction) canFuse(p part, labels set) bool {
	return p.e != nil && p.set() == labels && k.c.uses[p.e] == 1 && k.c.pointwise(p.e) && k.c.views[p.e].Size == nil
}

// exact is the most factors for which all orders are tried.
const exact = 9

// order multiplies parts pairwise, the cheapest way, until at most two are left.
func (k *contraction) order() []part {
	if len(k.parts) <= 2 {
		return k.parts
	}
	if len(k.parts) <= exact {
		return k.best()
	}
	return k.greedy()
}

// effort is about the time of a product with these labels, in operations of BLAS: a product that sums nothing is bound
// by memory, and each has some overhead.
func (k *contraction) effort(union, result set) float64 {
	n := 1.0
	union.each(func(l int) { n *= float64(k.size[l]) })
	if union == result {
		n *= 4
	}
	return n + 64
}

// entries is the size of a tensor with these labels.
func (k *contraction) entries(labels set) int {
	n := 1
	labels.each(func(l int) { n *= k.size[l] })
	return n
}

// best multiplies in the cheapest of all orders.
func (k *contraction) best() []part {
	full := 1<<len(k.parts) - 1
	held, cost, split := k.trees()
	if k.entries(held[full]) >= orbitCost.work {
		k.lastSplit(held, cost, split)
	}
	target := setOf(k.target)
	var value func(m int) part
	value = func(m int) part {
		if m&(m-1) == 0 {
			return k.parts[bits.TrailingZeros(uint(m))]
		}
		return k.shared([]part{value(split[m]), value(m &^ split[m])}, target.or(held[full&^m]))
	}
	return []part{value(split[full]), value(full &^ split[full])}
}

// trees finds, for every subset of the factors by dynamic programming, the labels that it holds, the effort of the cheapest
// tree of pairwise products, and one side of that tree's root.
func (k *contraction) trees() (held []set, cost []float64, split []int) {
	n := len(k.parts)
	full := 1<<n - 1
	held = make([]set, full+1)
	for m := 1; m <= full; m++ {
		i := bits.TrailingZeros(uint(m))
		held[m] = held[m&(m-1)].or(k.parts[i].set())
	}
	target := setOf(k.target)
	kept := func(m int) set { return held[m].and(target.or(held[full&^m])) }
	cost, split = make([]float64, full+1), make([]int, full+1)
	for m := 1; m <= full; m++ {
		if m&(m-1) == 0 {
			continue
		}
		cost[m] = math.Inf(1)
		result := kept(m)
		for a := (m - 1) & m; a > 0; a = (a - 1) & m {
			b := m &^ a
			if a < b {
				break
			}
			if c := cost[a] + cost[b] + k.effort(kept(a).or(kept(b)), result); c < cost[m] {
				cost[m], split[m] = c, a
			}
		}
	}
	return held, cost, split
}

// greedy multiplies the pair that costs least, again and again, until all orders of what is left can be tried.
func (k *contraction) greedy() []part {
	parts := slices.Clone(k.parts)
	for len(parts) > exact {
		i, j := k.cheapestPair(parts)
		p := k.shared([]part{parts[i], parts[j]}, k.needed(parts, i, j))
		parts = append(slices.Delete(slices.Delete(parts, j, j+1), i, i+1), p)
	}
	k.parts = parts
	return k.best()
}

// cheapestPair is the pair i < j whose product takes the least effort.
func (k *contraction) cheapestPair(parts []part) (bi, bj int) {
	least := math.Inf(1)
	for i := range parts {
		for j := i + 1; j < len(parts); j++ {
			u := parts[i].set().or(parts[j].set())
			if c := k.effort(u, u.and(k.needed(parts, i, j))); c < least {
				bi, bj, least = i, j, c
			}
		}
	}
	return bi, bj
}

// needed are the labels of out and of the parts other than i and j.
func (k *contraction) needed(parts []part, i, j int) set {
	s := setOf(k.target)
	for x, p := range parts {
		if x != i && x != j {
			s = s.or(p.set())
		}
	}
	return s
}
