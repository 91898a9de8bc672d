package plan

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"nabla/numeric"
	"nabla/numeric/blas"
)

// A Program is a list of instructions over an arena. It may be run any number of times, by one goroutine at a time.
type Program struct {
	code    []instruction
	infos   []Info
	inputs  []Buf
	shapes  [][]int
	offset  []int
	size    []int
	arena   int // entries
	scratch int
	outputs []Buf
	results []*numeric.Array
	machine machine
}

// A machine is what instructions run on.
type machine struct {
	ctx     context.Context
	bufs    [][]float64
	scratch []float64
	blocks  int // entries of scratch for one thread
	threads int
	blas    blas.Implementation
	ws      []*workspace // of each thread
	crew    blas.Crew
	work    atomic.Int64 // operations since ctx was looked at
	held    int64        // bytes of the arena
	left    bool         // a call was left behind, with the arena
}

type workspace = blas.Workspace

// pollEvery is how many operations pass between two looks at the context: about a millisecond.
const pollEvery = 1 << 20

func (m *machine) spend(ops int64) error {
	if m.work.Add(ops) < pollEvery {
		return nil
	}
	m.work.Store(0)
	return m.ctx.Err()
}

func (p *Program) finish(outputs []View) {
	p.machine.bufs = make([][]float64, len(p.size))
	for _, o := range outputs {
		p.outputs = append(p.outputs, o.Buf)
		p.results = append(p.results, &numeric.Array{Shape: slices.Clone(o.Size)})
	}
}

// PeakBytes is the memory that a run needs beside its inputs: the arena, which holds the results too, and the blocks of
// its loops, for every thread.
func (p *Program) PeakBytes() int64 {
	return 8 * (int64(p.arena) + int64(p.scratch)*int64(blas.Threads()))
}

// Flops is the number of operations of a run.
func (p *Program) Flops() int64 {
	var n int64
	for _, i := range p.infos {
		n += i.Flops
	}
	return n
}

// Bytes is what the instructions of a run read and write, each argument counted once.
func (p *Program) Bytes() int64 {
	var n int64
	for _, i := range p.infos {
		n += i.Entries
		for k, r := range i.Reads {
			if !slices.Contains(i.Reads[:k], r) {
				n += int64(p.size[r])
			}
		}
	}
	return 8 * n
}

// Instructions lists what a run does, in order.
func (p *Program) Instructions() []Info { return slices.Clone(p.infos) }

// InputShapes are the shapes of the arrays that Run takes.
func (p *Program) InputShapes() [][]int { return p.shapes }

// OutputShapes are the shapes of the arrays that Run returns.
func (p *Program) OutputShapes() [][]int {
	var out [][]int
	for _, r := range p.results {
		out = append(out, r.Shape)
	}
	return out
}

// Run computes the outputs. The arrays belong to the program and hold until the next run; they may share memory with
// inputs. Ending ctx stops within 10 ms, with its error; a library call that cannot be stopped goes on with the arena
// and counts in numeric.Abandoned. The first run allocates PeakBytes, later ones nothing.
func (p *Program) Run(ctx context.Context, inputs []*numeric.Array) ([]*numeric.Array, error) {
	if err := p.bind(ctx, inputs); err != nil {
		return nil, err
	}
	m := &p.machine
	m.ctx, m.left = ctx, false
	m.work.Store(0)
	defer func() { m.ctx = nil }()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, c := range p.code {
		if err := c.run(m); err != nil {
			if m.left {
				p.Release()
			}
			return nil, err
		}
	}
	for i, o := range p.outputs {
		p.results[i].Data = m.bufs[o]
	}
	return p.results, nil
}

func (p *Program) bind(ctx context.Context, inputs []*numeric.Array) error {
	if len(inputs) != len(p.inputs) {
		return fmt.Errorf("plan: %d inputs, not %d", len(inputs), len(p.inputs))
	}
	m := &p.machine
	if m.scratch == nil {
		if err := p.allocate(ctx); err != nil {
			return err
		}
	}
	if m.threads != blas.Threads() {
		p.hire()
	}
	for i, b := range p.inputs {
		if !slices.Equal(inputs[i].Shape, p.shapes[i]) {
			return fmt.Errorf("plan: input %d is %v, not %v", i, inputs[i].Shape, p.shapes[i])
		}
		m.bufs[b] = inputs[i].Data
	}
	return nil
}

// allocate makes the arena; every buffer of it is a slice that cannot grow into the next.
func (p *Program) allocate(ctx context.Context) error {
	m := &p.machine
	arena, err := numeric.Zeros(ctx, p.arena)
	if err != nil {
		return err
	}
	p.hire()
	m.held = 8 * int64(p.arena)
	for b, o := range p.offset {
		if !slices.Contains(p.inputs, Buf(b)) && o+p.size[b] <= len(arena) {
			m.bufs[b] = arena[o : o+p.size[b] : o+p.size[b]]
		}
	}
	return nil
}

// hire makes room for as many threads as there may be.
func (p *Program) hire() {
	m := &p.machine
	m.threads, m.blocks = blas.Threads(), p.scratch
	m.scratch = make([]float64, p.scratch*m.threads)
	for len(m.ws) < m.threads {
		m.ws = append(m.ws, new(workspace))
	}
}

// Take gives the results of the last run to the caller, unless ctx ends. Where they are most of a large arena, the arena
// goes with them, and the next run allocates another; else they are copied.
func (p *Program) Take(ctx context.Context) ([]*numeric.Array, error) {
	var entries int
	for _, r := range p.results {
		entries += len(r.Data)
	}
	whole := entries > p.arena/2 && entries > takeWhole
	out := make([]*numeric.Array, len(p.results))
	for i, r := range p.results {
		if o := p.outputs[i]; whole && !slices.Contains(p.inputs, o) && !slices.Contains(p.outputs[:i], o) {
			out[i] = &numeric.Array{Shape: slices.Clone(r.Shape), Data: r.Data}
			continue
		}
		c, err := r.Copy(ctx)
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	if whole {
		p.Release()
	}
	return out, nil
}

// takeWhole is how many entries are cheaper to allocate than to copy.
const takeWhole = 1 << 17

// Release gives the memory back; the next run allocates it again.
func (p *Program) Release() {
	clear(p.machine.bufs)
	p.machine.scratch = nil
	for _, r := range p.results {
		r.Data = nil
	}
}
