package lower

import (
	"cmp"
	"fmt"
	"slices"

	"nabla/numeric/plan"
)

// An axis is one label of a product of two parts, or several that are one for all three matrices, with its strides.
type axis struct{ n, a, b, c int }

// A layout is the labels of a product sorted by who has them.
type layout struct {
	around, m, n, k []axis // all three; a and c; b and c; a and b
}

// multiply computes out from two parts by products of BLAS, with loops around them where the strides do not allow
// one.
func (k *contraction) multiply(a, b part) {
	l := k.layout(a, b)
	p, time := l.choose()
	if q, t := k.orbits(a, b, l); q != nil && t < min(time, l.ideal()) {
		k.c.b.Listed(q, k.note)
		return
	}
	if ideal := l.ideal() + copyTime*float64(a.view.Count()+b.view.Count()); time > ideal {
		if a, b, ok := k.pack(a, b); ok {
			k.multiply(a, b)
			return
		}
	}
	if l.total() <= smallLoop*l.calls(p) {
		k.spreadLoop([]part{a, b})
		return
	}
	p.A.Buf, p.A.Off = a.view.Buf, a.view.Off
	p.B.Buf, p.B.Off = b.view.Buf, b.view.Off
	p.C.Buf, p.C.Off = k.out.Buf, k.out.Off
	p.Alpha, p.Scalars, p.Add = k.coef, k.scalars, k.add
	p.Symmetric = !k.add && (p.A == p.B.T() || k.symmetric())
	k.c.b.Product(p, k.note)
}

// copyTime is about the time of moving one entry to another place, in nanoseconds.
const copyTime = 6

// symmetric says that out is a matrix that equals its transpose: exchanging its two labels exchanges the parts.
func (k *contraction) symmetric() bool {
	if len(k.target) != 2 || len(k.parts) < 2 {
		return false
	}
	i, j := k.target[0], k.target[1]
	names := func(i, j int) []string {
		var out []string
		for _, p := range k.parts {
			labels := slices.Clone(p.labels)
			for x, l := range labels {
				switch l {
				case i:
					labels[x] = j
				case j:
					labels[x] = i
				}
			}
			out = append(out, fmt.Sprint(identity(p), labels))
		}
		slices.Sort(out)
		return out
	}
	return k.size[i] == k.size[j] && slices.Equal(names(i, j), names(-1, -1))
}

// smallLoop is how many multiplications a call of BLAS must do to be better than a loop.
const smallLoop = 24

func (k *contraction) layout(a, b part) layout {
	var l layout
	stride := func(v plan.View, labels []int, x int) int {
		if i := slices.Index(labels, x); i >= 0 {
			return v.Stride[i]
		}
		return 0
	}
	a.set().or(b.set()).each(func(x int) {
		ax := axis{k.size[x], stride(a.view, a.labels, x), stride(b.view, b.labels, x), stride(k.out, k.target, x)}
		inA, inB, inC := slices.Contains(a.labels, x), slices.Contains(b.labels, x), slices.Contains(k.target, x)
		switch {
		case inA && inB && inC:
			l.around = append(l.around, ax)
		case inA && inB:
			l.k = append(l.k, ax)
		case inA:
			l.m = append(l.m, ax)
		default:
			l.n = append(l.n, ax)
		}
	})
	l.around, l.m, l.n, l.k = merge(l.around), merge(l.m), merge(l.n), merge(l.k)
	return l
}

// merge makes neighbouring axes one where all strides allow it.
func merge(as []axis) []axis {
	slices.SortStableFunc(as, func(x, y axis) int {
		return cmp.Or(cmp.Compare(y.c, x.c), cmp.Compare(y.a, x.a), cmp.Compare(y.b, x.b))
	})
	for i := len(as) - 2; i >= 0; i-- {
		x, y := as[i], as[i+1]
		if x.a == y.a*y.n && x.b == y.b*y.n && x.c == y.c*y.n {
			as[i] = axis{x.n * y.n, y.a, y.b, y.c}
			as = slices.Delete(as, i+1, i+2)
		}
	}
	return as
}

func size(as []axis) int {
	n := 1
	for _, a := range as {
		n *= a.n
	}
	return n
}

func (l layout) total() int { return size(l.around) * size(l.m) * size(l.n) * size(l.k) }

// calls is how often BLAS is called.
func (l layout) calls(p *plan.Product) int {
	n := 1
	for _, a := range p.Around {
		n *= a.N
	}
	return n
}

// ideal is the time where one label of each kind is enough.
func (l layout) ideal() float64 {
	return float64(size(l.around)) * callTime(size(l.m), size(l.n), size(l.k))
}

// callTime is about the time of one call in nanoseconds.
func callTime(m, n, k int) float64 {
	rate := 16.0
	switch {
	case m == 1 && n == 1:
		rate = 2
	case m == 1 || n == 1 || k == 1:
		rate = 3
	case min(m, n, k) < 6:
		rate = 6
	}
	return 40 + float64(m)*float64(n)*float64(k)/rate
}

// choose is the fastest product that fits: one axis of each kind goes into BLAS, the others around it.
func (l layout) choose() (best *plan.Product, time float64) {
	for m := -1; m < len(l.m); m++ {
		for n := -1; n < len(l.n); n++ {
			for k := -1; k < len(l.k); k++ {
				p := l.with(m, n, k)
				t := float64(l.calls(p)) * callTime(p.M, p.N, p.K)
				if p.Fits() && (best == nil || t < time) {
					best, time = p, t
				}
			}
		}
	}
	return best, time
}

// with is the product with these axes inside; −1 is none.
func (l layout) with(m, n, k int) *plan.Product {
	one := func(as []axis, i int) axis {
		if i < 0 {
			return axis{n: 1}
		}
		return as[i]
	}
	x, y, z := one(l.m, m), one(l.n, n), one(l.k, k)
	p := &plan.Product{M: x.n, N: y.n, K: z.n}
	p.A.Row, p.A.Col = x.a, z.a
	p.B.Row, p.B.Col = z.b, y.b
	p.C.Row, p.C.Col = x.c, y.c
	around := func(as []axis, skip int) {
		for i, a := range as {
			if i != skip {
				p.Around = append(p.Around, plan.Axis{N: a.n, A: a.a, B: a.b, C: a.c})
			}
		}
	}
	around(l.around, -1)
	around(l.m, m)
	around(l.n, n)
	around(l.k, k)
	return p
}

// pack copies the parts to where BLAS can take all labels of a kind as one: those that out has too in its order, then
// those that are summed.
func (k *contraction) pack(a, b part) (part, part, bool) {
	order := func(p, other part) []int {
		var both, own, summed []int
		for _, l := range k.target {
			switch {
			case slices.Contains(p.labels, l) && slices.Contains(other.labels, l):
				both = append(both, l)
			case slices.Contains(p.labels, l):
				own = append(own, l)
			}
		}
		for _, l := range a.labels {
			if slices.Contains(b.labels, l) && !slices.Contains(k.target, l) {
				summed = append(summed, l)
			}
		}
		return slices.Concat(both, own, summed)
	}
	p, q := k.packed(a, order(a, b)), k.packed(b, order(b, a))
	changed := p.view.Buf != a.view.Buf || q.view.Buf != b.view.Buf
	return p, q, changed
}

// packed is a copy of p with its axes in this order, or p itself if that is how it is stored.
func (k *contraction) packed(p part, labels []int) part {
	at := make([]int, len(labels))
	for i, l := range labels {
		at[i] = slices.Index(p.labels, l)
	}
	v := plan.View{Buf: p.view.Buf, Off: p.view.Off, Size: k.extents(labels)}
	for _, i := range at {
		v.Stride = append(v.Stride, p.view.Stride[i])
	}
	if v.IsDense() {
		return part{view: v, labels: labels, factors: p.factors}
	}
	key := k.key([]part{p}, labels)
	out, ok := k.c.shared["pack"+key]
	if !ok {
		out = k.c.buffer(v.Size)
		l := plan.NewLoop(v.Size)
		l.Store(l.Load(v), out, false)
		k.c.b.Loop(l, "copy")
		k.c.shared["pack"+key] = out
	}
	return part{view: out, labels: labels, factors: p.factors}
}
