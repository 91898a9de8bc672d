package plan

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"nabla/numeric"
	"nabla/numeric/blas"
)

// A Machine runs a program any number of times, for one goroutine at a time.
type Machine[T numeric.Float] struct {
	*Program
	code    []runner[T]
	results []*numeric.Tensor[T]

	ctx     context.Context
	memory  []T // the arena
	bufs    [][]T
	scratch []T
	room    numeric.Work
	threads int
	blas    routines[T]
	ws      []*workspace // of each thread
	crew    blas.Crew
	work    atomic.Int64 // operations since ctx was looked at
	lost    atomic.Bool  // the arena belongs to a call that was abandoned
	stage   []int        // instructions that are done at the same time
	errs    []error      // of each thread in a stage
}

// A runner does an instruction: by so many threads, or within one of those that are at work.
type runner[T numeric.Float] interface {
	hire(threads int)
	run(m *Machine[T], worker, threads int) error
}

// NewMachine makes a machine for a program whose numbers are of type T.
func NewMachine[T numeric.Float](p *Program) *Machine[T] {
	if p.Type != numeric.TypeOf[T]() {
		panic(fmt.Sprintf("plan: a program in %v on a machine in %v", p.Type, numeric.TypeOf[T]()))
	}
	m := &Machine[T]{Program: p, bufs: make([][]T, len(p.size)), blas: routinesOf[T]()}
	for _, s := range p.results {
		m.results = append(m.results, &numeric.Tensor[T]{Shape: slices.Clone(s)})
	}
	for _, c := range p.code {
		m.code = append(m.code, newRunner[T](c))
	}
	return m
}

func newRunner[T numeric.Float](i instruction) runner[T] {
	switch i := i.(type) {
	case *Loop:
		return newLoopRun[T](i)
	case *Product:
		return &productRun[T]{Product: i}
	case *Listed:
		return &listedRun[T]{Listed: i}
	case *Kernel:
		return &kernelRun[T]{Kernel: i}
	}
	return zeroRun[T]{i.(*zero)}
}

// pollEvery is how many operations pass between two looks at the context: about a millisecond.
const pollEvery = 1 << 20

func (m *Machine[T]) spend(ops int64) error {
	if m.work.Add(ops) < pollEvery {
		return nil
	}
	m.work.Store(0)
	return m.ctx.Err()
}

// Run computes the outputs. The tensors belong to the machine and hold until the next run; they may share memory with
// inputs. Ending ctx stops within 10 ms, with its error; a library call that cannot be stopped goes on with the arena
// and counts in numeric.Abandoned. The first run allocates PeakBytes, later ones nothing.
func (m *Machine[T]) Run(ctx context.Context, inputs []*numeric.Tensor[T]) ([]*numeric.Tensor[T], error) {
	if err := m.bind(ctx, inputs); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.ctx = ctx
	m.work.Store(0)
	err := m.all()
	m.ctx = nil
	if m.lost.Swap(false) {
		m.Release()
	}
	if err != nil {
		return nil, err
	}
	for i, o := range m.outputs {
		m.results[i].Data = m.bufs[o]
	}
	return m.results, nil
}

// all does all instructions: in their order, or stage by stage.
func (m *Machine[T]) all() error {
	if m.threads == 1 {
		for _, c := range m.code {
			if err := c.run(m, 0, 1); err != nil {
				return err
			}
		}
		return nil
	}
	for _, s := range m.stages {
		if err := m.together(s); err != nil {
			return err
		}
	}
	return nil
}

// together does the instructions of a stage.
func (m *Machine[T]) together(stage []int) error {
	if len(stage) == 1 {
		return m.code[stage[0]].run(m, 0, m.threads)
	}
	m.stage = stage
	clear(m.errs)
	m.crew.Each((*stageWork[T])(m), m.threads, 0, len(stage))
	for _, err := range m.errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// stageWork is the work of a stage, an instruction in each unit.
type stageWork[T numeric.Float] Machine[T]

func (s *stageWork[T]) Do(worker, unit int) {
	m := (*Machine[T])(s)
	if m.errs[worker] == nil {
		m.errs[worker] = m.code[m.stage[unit]].run(m, worker, 1)
	}
}

func (m *Machine[T]) bind(ctx context.Context, inputs []*numeric.Tensor[T]) error {
	if len(inputs) != len(m.inputs) {
		return fmt.Errorf("plan: %d inputs, not %d", len(inputs), len(m.inputs))
	}
	if m.scratch == nil {
		if err := m.allocate(ctx); err != nil {
			return err
		}
	}
	if m.threads != blas.Threads() {
		m.hire()
	}
	for i, b := range m.inputs {
		if !slices.Equal(inputs[i].Shape, m.shapes[i]) {
			return fmt.Errorf("plan: input %d is %v, not %v", i, inputs[i].Shape, m.shapes[i])
		}
		m.bufs[b] = inputs[i].Data
	}
	return nil
}

// allocate makes the arena; every buffer of it is a slice that cannot grow into the next.
func (m *Machine[T]) allocate(ctx context.Context) error {
	arena, err := numeric.Zeros[T](ctx, m.arena)
	if err != nil {
		return err
	}
	m.memory = arena
	m.hire()
	for b, o := range m.offset {
		if !slices.Contains(m.inputs, Buf(b)) && o+m.size[b] <= len(arena) {
			m.bufs[b] = arena[o : o+m.size[b] : o+m.size[b]]
		}
	}
	return nil
}

// hire makes room for as many threads as there may be.
func (m *Machine[T]) hire() {
	m.threads = blas.Threads()
	m.scratch = make([]T, m.Program.scratch*m.threads)
	m.room = m.Program.room.Times(m.threads).Make()
	m.errs = make([]error, m.threads)
	m.ws = hireWorkspaces[T](&m.products, m.threads)
	for _, c := range m.code {
		c.hire(m.threads)
	}
}

// blocks is the scratch of one thread.
func (m *Machine[T]) blocks(worker int) []T { return m.scratch[worker*m.Program.scratch:] }

// Take gives the results of the last run to the caller, unless ctx ends. Where they are most of a large arena, the arena
// goes with them, and the next run allocates another; else they are copied.
func (m *Machine[T]) Take(ctx context.Context) ([]*numeric.Tensor[T], error) {
	var entries int
	for _, r := range m.results {
		entries += len(r.Data)
	}
	whole := entries > m.arena/2 && entries > takeWhole
	out := make([]*numeric.Tensor[T], len(m.results))
	for i, r := range m.results {
		if o := m.outputs[i]; whole && !slices.Contains(m.inputs, o) && !slices.Contains(m.outputs[:i], o) {
			out[i] = &numeric.Tensor[T]{Shape: slices.Clone(r.Shape), Data: r.Data}
			continue
		}
		c, err := r.Copy(ctx)
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	if whole {
		m.Release()
	}
	return out, nil
}

// takeWhole is how many entries are cheaper to allocate than to copy.
const takeWhole = 1 << 17

// Spoil fills what a run left behind with x, so that a run that reads what it has not written shows it. It is for tests.
func (m *Machine[T]) Spoil(x T) {
	fill := func(s []T) {
		for i := range s {
			s[i] = x
		}
	}
	for b, s := range m.bufs {
		if !slices.Contains(m.inputs, Buf(b)) {
			fill(s)
		}
	}
	fill(m.scratch)
	for i := range m.room.Floats {
		m.room.Floats[i] = float64(x)
	}
}

// HeldBytes is the memory that the machine holds for its runs: PeakBytes once it has run, until it is released.
func (m *Machine[T]) HeldBytes() int64 {
	held := numeric.WorkSize{Floats: len(m.room.Floats), Ints: len(m.room.Ints)}
	bytes := m.Type.Bytes()*int64(len(m.memory)+len(m.scratch)) + held.Bytes()
	for _, ws := range m.ws {
		bytes += int64(ws.Bytes())
	}
	return bytes
}

// Release gives the memory back; the next run allocates it again.
func (m *Machine[T]) Release() {
	clear(m.bufs)
	m.memory, m.scratch, m.room, m.ws = nil, nil, numeric.Work{}, nil
	for _, r := range m.results {
		r.Data = nil
	}
}
