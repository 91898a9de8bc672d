package plan

import (
	"slices"

	"nabla/numeric"
	"nabla/numeric/vec"
)

// A loopRun computes a Loop with numbers of one type.
type loopRun[T numeric.Float] struct {
	*Loop
	k     []T                // the number of each step
	vec   []func(dst, x []T) // the slice function of each step that has one
	lanes []*lane[T]
	m     *Machine[T]
	units int
}

// A lane is the state of a run in one thread.
type lane[T numeric.Float] struct {
	regs  [][]T
	index []int
	offs  []int
	tile  []int
	err   error
}

func newLoopRun[T numeric.Float](l *Loop) *loopRun[T] {
	r := &loopRun[T]{Loop: l, k: make([]T, len(l.steps)), vec: make([]func(dst, x []T), len(l.steps))}
	for i, s := range l.steps {
		r.vec[i] = numeric.OfType[T](s.vec)
	}
	return r
}

func (l *loopRun[T]) lane() *lane[T] {
	n := len(l.args)
	return &lane[T]{make([][]T, n+len(l.steps)), make([]int, l.axis+1), make([]int, n+1), slices.Clone(l.size[l.axis:]), nil}
}

// hire makes room for so many threads.
func (l *loopRun[T]) hire(threads int) {
	for len(l.lanes) < threads {
		l.lanes = append(l.lanes, l.lane())
	}
}

// run computes the loop.
func (l *loopRun[T]) run(m *Machine[T], worker, threads int) error {
	if l.sums && !l.add {
		l.clear(m.bufs[l.out.Buf])
	}
	if product(l.size) == 0 {
		return nil
	}
	l.numbers(m)
	units := l.parts(threads)
	if units == 1 {
		return l.part(m, worker, 0, l.size[0])
	}
	l.units = units
	for _, w := range l.lanes {
		w.err = nil
	}
	l.m = m
	m.crew.Each(l, threads, 0, units)
	l.m = nil
	for _, w := range l.lanes {
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// Do computes one part.
func (l *loopRun[T]) Do(worker, unit int) {
	n := l.size[0]
	if w := l.lanes[worker]; w.err == nil {
		w.err = l.part(l.m, worker, n*unit/l.units, n*(unit+1)/l.units)
	}
}

// part computes the entries from…to along the first axis.
func (l *loopRun[T]) part(m *Machine[T], worker, from, to int) error {
	w := l.lanes[worker]
	l.start(w, m.blocks(worker), from)
	cost := l.cost() + 1
	for {
		end := l.size[l.axis]
		if l.axis == 0 {
			end = to
		}
		size := min(l.chunk, end-w.index[l.axis])
		if l.fresh > 0 {
			clear(m.bufs[l.out.Buf][l.edge(w.index[0]):l.edge(w.index[0]+size)])
		}
		l.oneTile(m, w, m.blocks(worker), size)
		if err := m.spend(cost * int64(size*l.inner)); err != nil {
			return err
		}
		if !l.advance(w, size, to) {
			return nil
		}
	}
}

// clear zeroes what the loop will sum into.
func (l *loopRun[T]) clear(out []T) {
	size, stride := []int(nil), []int(nil)
	for i, s := range l.out.Stride {
		if s != 0 {
			size, stride = append(size, l.size[i]), append(stride, s)
		}
	}
	if len(size) == 0 {
		out[l.out.Off] = 0
		return
	}
	scatter(out, l.out.Off, size, stride, nil, false)
}

// numbers reads the uniform arguments.
func (l *loopRun[T]) numbers(m *Machine[T]) {
	for i := range l.steps {
		s := &l.steps[i]
		l.k[i] = T(s.c)
		if s.u >= 0 {
			l.k[i] *= m.bufs[l.args[s.u].Buf][l.args[s.u].Off]
		}
	}
}

// start goes to the first tile of a part.
func (l *loopRun[T]) start(w *lane[T], scratch []T, from int) {
	clear(w.index)
	w.index[0] = from
	for i := range l.args {
		w.offs[i] = l.args[i].Off + from*l.args[i].Stride[0]
	}
	w.offs[len(l.args)] = l.out.Off + from*l.out.Stride[0]
	for i, b := range l.value {
		if b >= 0 {
			w.regs[len(l.args)+i] = scratch[b*block : (b+1)*block]
		}
	}
}

// advance goes to the next tile of a part that ends at to; done is the length of the last one along the cut axis.
func (l *loopRun[T]) advance(w *lane[T], done, to int) bool {
	step := done
	for a := l.axis; a >= 0; a-- {
		w.index[a] += step
		l.move(w, a, step)
		switch {
		case a == 0:
			return w.index[0] < to
		case w.index[a] < l.size[a]:
			return true
		}
		l.move(w, a, -w.index[a])
		w.index[a] = 0
		step = 1
	}
	return false
}

func (l *loopRun[T]) move(w *lane[T], axis, by int) {
	for i := range l.args {
		w.offs[i] += by * l.args[i].Stride[axis]
	}
	w.offs[len(l.args)] += by * l.out.Stride[axis]
}

func (l *loopRun[T]) oneTile(m *Machine[T], w *lane[T], scratch []T, size int) {
	n, count := len(l.args), size*l.inner
	w.tile[0] = size
	for i := range l.args {
		switch {
		case l.uniform[i]:
		case l.direct[i]:
			w.regs[i] = m.bufs[l.args[i].Buf][w.offs[i] : w.offs[i]+count]
		default:
			w.regs[i] = scratch[l.slot[i]*block : (l.slot[i]+1)*block]
			gather(w.regs[i], m.bufs[l.args[i].Buf], w.offs[i], w.tile, l.args[i].Stride[l.axis:])
		}
	}
	o, out := w.offs[n], m.bufs[l.out.Buf]
	if l.last {
		w.regs[n+len(l.steps)-1] = out[o : o+count]
	}
	for i := range l.steps {
		s := &l.steps[i]
		var a, b []T
		switch s.operands() {
		case 2:
			b = w.regs[s.b]
			fallthrough
		case 1:
			a = w.regs[s.a]
		}
		compute(s, l.vec[i], w.regs[n+i][:count], a, b, l.k[i])
	}
	if !l.last {
		l.store(w, out, o, w.regs[l.result.id][:count])
	}
}

func (l *loopRun[T]) store(w *lane[T], out []T, o int, r []T) {
	switch {
	case !l.dense || l.sums:
		scatter(out, o, w.tile, l.out.Stride[l.axis:], r, l.add || l.sums)
	case l.add:
		out = out[o : o+len(r)]
		vec.Add(out, out, r)
	default:
		copy(out[o:], r)
	}
}

// gather copies a strided tensor to dst, in row-major order. It returns what is left of dst.
func gather[T numeric.Float](dst, src []T, off int, size, stride []int) []T {
	n, s := size[0], stride[0]
	if len(size) > 1 {
		for range n {
			dst = gather(dst, src, off, size[1:], stride[1:])
			off += s
		}
		return dst
	}
	d := dst[:n]
	switch s {
	case 0:
		x := src[off]
		for i := range d {
			d[i] = x
		}
	case 1:
		copy(d, src[off:off+n])
	default:
		for i := range d {
			d[i] = src[off]
			off += s
		}
	}
	return dst[n:]
}

// scatter stores src, in row-major order, in a strided tensor, or adds it; a nil src stores zeros. It returns what is
// left of src.
func scatter[T numeric.Float](dst []T, off int, size, stride []int, src []T, add bool) []T {
	n, s := size[0], stride[0]
	if len(size) > 1 {
		for range n {
			src = scatter(dst, off, size[1:], stride[1:], src, add)
			off += s
		}
		return src
	}
	switch {
	case src == nil:
		for range n {
			dst[off] = 0
			off += s
		}
		return nil
	case s == 0:
		dst[off] += vec.Sum(src[:n])
	case add && s == 1:
		d := dst[off : off+n]
		vec.Add(d, d, src[:n])
	case add:
		for _, x := range src[:n] {
			dst[off] += x
			off += s
		}
	default:
		for _, x := range src[:n] {
			dst[off] = x
			off += s
		}
	}
	return src[n:]
}
