package plan

import (
	"slices"

	"nabla/numeric"
)

// A kernelRun calls a Kernel with numbers of one type.
type kernelRun[T numeric.Float] struct {
	*Kernel
	lanes []*kernelLane
	m     *Machine[T]
	units int
}

// A kernelLane is the state of a run in one thread: the tensors of one call, and what it works in.
type kernelLane struct {
	out  *numeric.Array
	args []*numeric.Array
	work numeric.Work
	err  error
}

func (k *kernelRun[T]) hire(threads int) {
	for len(k.lanes) < threads {
		k.lanes = append(k.lanes, k.lane())
	}
}

func (k *kernelRun[T]) lane() *kernelLane {
	w := &kernelLane{out: &numeric.Array{Shape: k.led(k.Core)}}
	for _, c := range k.Cores {
		w.args = append(w.args, &numeric.Array{Shape: k.led(c)})
	}
	return w
}

// led is the shape of a tensor of one call: with a leading axis, if that is for several entries.
func (k *kernelRun[T]) led(core []int) []int {
	if k.together() > 1 {
		return append([]int{0}, core...)
	}
	return slices.Clone(core)
}

func (k *kernelRun[T]) run(m *Machine[T], worker, threads int) error {
	units := k.parts(threads)
	if units == 1 {
		return k.part(m, worker, 0, k.Batch)
	}
	for _, w := range k.lanes {
		w.err = nil
	}
	k.m, k.units = m, units
	m.crew.Each(k, threads, 0, units)
	k.m = nil
	for _, w := range k.lanes {
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// Do makes a part of the calls.
func (k *kernelRun[T]) Do(worker, unit int) {
	if w := k.lanes[worker]; w.err == nil {
		w.err = k.part(k.m, worker, k.Batch*unit/k.units, k.Batch*(unit+1)/k.units)
	}
}

// part makes the calls for the entries from…to.
func (k *kernelRun[T]) part(m *Machine[T], worker, from, to int) error {
	for some := k.together(); from < to; from += some {
		end := min(from+some, to)
		cost := k.each() * int64(end-from)
		w := k.lanes[worker]
		k.point(m, w, worker, from, end)
		if err := k.once(m, w, worker, cost); err != nil {
			return err
		}
		k.finish(m, w, from)
		if err := m.spend(cost); err != nil {
			return err
		}
	}
	return nil
}

// point makes the tensors of a lane those of the entries from…to: parts of the buffers, or copies where the numbers are of
// another type.
func (k *kernelRun[T]) point(m *Machine[T], w *kernelLane, worker, from, to int) {
	room := m.Program.room.Part(m.room, worker)
	place(w.out, m.bufs[k.Out], &room, product(k.Core), from, to)
	for j, b := range k.Args {
		n := product(k.Cores[j])
		place(w.args[j], m.bufs[b], &room, n, from, to)
		if numeric.TypeOf[T]() != numeric.Float64 {
			numeric.Copy(w.args[j].Data, m.bufs[b][from*n:])
		}
	}
	if k.together() > 1 {
		w.out.Shape[0] = to - from
		for _, a := range w.args {
			a.Shape[0] = to - from
		}
	}
	w.work = room
}

// place gives a tensor the memory of the entries from…to, of n numbers each: in buf, or taken out of room.
func place[T numeric.Float](a *numeric.Array, buf []T, room *numeric.Work, n, from, to int) {
	if double, ok := any(buf).([]float64); ok {
		a.Data = double[from*n : to*n : to*n]
	} else {
		a.Data = room.Take((to - from) * n)
	}
}

// finish stores the result of the entries that begin with from where it is not stored yet.
func (k *kernelRun[T]) finish(m *Machine[T], w *kernelLane, from int) {
	if numeric.TypeOf[T]() != numeric.Float64 {
		numeric.Copy(m.bufs[k.Out][from*product(k.Core):], w.out.Data)
	}
}

func (k *kernelRun[T]) once(m *Machine[T], w *kernelLane, worker int, cost int64) error {
	if cost <= patience || m.ctx.Done() == nil {
		return k.fail(k.F(w.out, w.args, w.work))
	}
	finished, err := numeric.Aside(m.ctx, m.Program.bytes(m.threads), func() error { return k.F(w.out, w.args, w.work) })
	if !finished { // it goes on with the arena, which nothing else may use
		k.lanes[worker] = k.lane()
		m.lost.Store(true)
		return err
	}
	return k.fail(err)
}

// A zeroRun clears a buffer of numbers of one type.
type zeroRun[T numeric.Float] struct{ *zero }

func (z zeroRun[T]) hire(int) {}

func (z zeroRun[T]) run(m *Machine[T], _, _ int) error {
	b := m.bufs[z.buf]
	return numeric.Pieces(m.ctx, len(b), func(from, to int) { clear(b[from:to]) })
}
