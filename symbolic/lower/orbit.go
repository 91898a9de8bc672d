package lower

import (
	"math"
	"slices"

	"nabla/numeric/plan"
)

// mostListed is how many places of one kind may be listed.
const mostListed = 1 << 20

// orbitCost says when a product is looked at for symmetries: from so many multiplications on; and the times of an entry in
// nanoseconds: gathered, and stored where it belongs. It is a variable for the tests' sake.
var orbitCost = struct {
	work           int
	gather, spread float64
}{1 << 17, 1.5, 1.5}

// orbits is the product of two parts of which one at least is symmetric: exchanging two of its labels changes nothing, so
// that only entries with their indices in order are computed, and stored in every place where they belong. It returns
// its time; nil without a symmetry.
func (k *contraction) orbits(a, b part, l layout) (*plan.Listed, float64) {
	if l.total() < orbitCost.work {
		return nil, 0
	}
	ownA, ownB, ok := k.own(a, b)
	if !ok || size(l.around) > mostListed || size(l.k) > mostListed {
		return nil, 0
	}
	if k.finest(ownA) < k.finest(ownB) { // neighbours in a column of C are far from one another in memory
		a, b, ownA, ownB = b, a, ownB, ownA
		l = k.layout(a, b)
	}
	classA, classB := k.classes(a, ownA), k.classes(b, ownB)
	if len(classA) == len(ownA) && len(classB) == len(ownB) {
		return nil, 0
	}
	p := &plan.Listed{A: a.view.Buf, B: b.view.Buf, C: k.out.Buf, Alpha: k.coef, Scalars: k.scalars, Add: k.add}
	p.ARow, p.CRow = k.places(a, ownA, classA)
	p.BCol, p.CCol = k.places(b, ownB, classB)
	for _, at := range moves(l.k) {
		p.ATerm, p.BTerm = append(p.ATerm, at.a), append(p.BTerm, at.b)
	}
	for _, at := range moves(l.around) {
		p.Around = append(p.Around, [3]int{a.view.Off + at.a, b.view.Off + at.b, k.out.Off + at.c})
	}
	rows, columns, depth := len(p.ARow), len(p.BCol), len(p.ATerm)
	gathered, spread := (rows+columns)*depth, size(l.m)*size(l.n)
	time := callTime(rows, columns, depth) + orbitCost.gather*float64(gathered) + orbitCost.spread*float64(spread)
	return p, float64(len(p.Around)) * time
}

// own are the labels of out that only a has and that only b has; ok is false where something else is only in one part,
// or too much is.
func (k *contraction) own(a, b part) (ownA, ownB []int, ok bool) {
	for _, l := range k.target {
		switch inA, inB := slices.Contains(a.labels, l), slices.Contains(b.labels, l); {
		case inA && !inB:
			ownA = append(ownA, l)
		case inB && !inA:
			ownB = append(ownB, l)
		case !inA:
			return nil, nil, false
		}
	}
	both := a.set().and(b.set())
	for _, l := range slices.Concat(a.labels, b.labels) {
		if !both.has(l) && !slices.Contains(k.target, l) {
			return nil, nil, false
		}
	}
	return ownA, ownB, product(k.extents(ownA)) <= mostListed && product(k.extents(ownB)) <= mostListed
}

// lastSplit chooses again what the last two parts are, with what their symmetries save. Cost and split are known for
// every subset of the factors, and which labels it holds.
func (k *contraction) lastSplit(held []set, cost []float64, split []int) {
	full, target := len(cost)-1, setOf(k.target)
	if len(k.parts) > mostSplit {
		return
	}
	kept := func(m int) set { return held[m].and(target.or(held[full&^m])) }
	best := math.Inf(1)
	for a := full - 1; 2*a >= full; a-- {
		b := full &^ a
		p, q := k.unmade(a, kept(a)), k.unmade(b, kept(b))
		time := k.effort(kept(a).or(kept(b)), kept(full))
		if ownA, ownB, ok := k.own(p, q); ok {
			time *= k.share(p, ownA) * k.share(q, ownB)
		}
		if c := cost[a] + cost[b] + time; c < best {
			best, split[full] = c, a
		}
	}
}

// mostSplit is the most factors whose last split is looked at twice.
const mostSplit = 6

// unmade is the product of the factors in a subset, with these labels, which nothing has computed.
func (k *contraction) unmade(m int, labels set) part {
	var p part
	labels.each(func(l int) { p.labels = append(p.labels, l) })
	for i, f := range k.parts {
		if m>>i&1 == 1 {
			p.factors = append(p.factors, f.factors...)
		}
	}
	return p
}

// share is how many of the entries of a part differ, of those along some labels.
func (k *contraction) share(p part, labels []int) float64 {
	s := 1.0
	for _, class := range k.classes(p, labels) {
		for i := range class {
			n := float64(k.size[class[i]])
			s *= (n + float64(i)) / (n * float64(i+1))
		}
	}
	return s
}

// finest is the least stride in out of some labels.
func (k *contraction) finest(labels []int) int {
	least := math.MaxInt
	for _, l := range labels {
		least = min(least, k.out.Stride[slices.Index(k.target, l)])
	}
	return least
}

// classes groups labels of a part that can be exchanged with one another.
func (k *contraction) classes(p part, labels []int) [][]int {
	var out [][]int
	for _, l := range labels {
		i := slices.IndexFunc(out, func(class []int) bool { return k.exchangeable(p, class[0], l) })
		if i < 0 {
			out = append(out, []int{l})
		} else {
			out[i] = append(out[i], l)
		}
	}
	return out
}

// places lists where each entry of a part is, and where in out it belongs, entries that exchanges make equal once.
func (k *contraction) places(p part, labels []int, classes [][]int) (in []int, out [][]int) {
	sizes := k.extents(labels)
	number := make([]int, product(sizes)) // of an entry, plus one
	each(sizes, func(index []int) {
		at := 0
		for i, x := range ordered(index, labels, classes) {
			at = at*sizes[i] + x
		}
		if number[at] == 0 { // the first of its kind has its indices in order
			in, out = append(in, place(p.view, p.labels, index, labels)), append(out, nil)
			number[at] = len(in)
		}
		n := number[at] - 1
		out[n] = append(out[n], place(k.out, k.target, index, labels))
	})
	return in, out
}

// ordered is an index with the places of each class in order.
func ordered(index, labels []int, classes [][]int) []int {
	out := slices.Clone(index)
	for _, class := range classes {
		if len(class) == 1 {
			continue
		}
		var xs []int
		for i, l := range labels {
			if slices.Contains(class, l) {
				xs = append(xs, index[i])
			}
		}
		slices.Sort(xs)
		for i, l := range labels {
			if slices.Contains(class, l) {
				out[i], xs = xs[0], xs[1:]
			}
		}
	}
	return out
}

// place is how far from the start of a view an entry is.
func place(v plan.View, axes []int, index, labels []int) int {
	at := 0
	for i, l := range labels {
		at += index[i] * v.Stride[slices.Index(axes, l)]
	}
	return at
}

// moves lists by how much the matrices move for every index of some axes.
func moves(as []axis) []axis {
	sizes := make([]int, len(as))
	for i, a := range as {
		sizes[i] = a.n
	}
	var out []axis
	each(sizes, func(index []int) {
		m := axis{n: 1}
		for i, a := range as {
			m.a, m.b, m.c = m.a+index[i]*a.a, m.b+index[i]*a.b, m.c+index[i]*a.c
		}
		out = append(out, m)
	})
	return out
}

// each calls f for every index of a tensor of these sizes, in row-major order.
func each(sizes []int, f func(index []int)) {
	index := make([]int, len(sizes))
	for n := product(sizes); n > 0; n-- {
		f(index)
		for i := len(index) - 1; i >= 0; i-- {
			if index[i]++; index[i] < sizes[i] {
				break
			}
			index[i] = 0
		}
	}
}

// product is the number of entries of a tensor of these sizes.
func product(sizes []int) int {
	n := 1
	for _, s := range sizes {
		n *= s
	}
	return n
}
