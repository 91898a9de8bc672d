package plan

import (
	"slices"

	"nabla/numeric"
	"nabla/numeric/blas"
)

// A Program is a list of instructions over an arena, for numbers of one type. A Machine of that type runs it.
type Program struct {
	Type numeric.Type

	code     []instruction
	infos    []Info
	stages   [][]int // the order in which several threads do the instructions; those of a stage at the same time
	inputs   []Buf
	shapes   [][]int
	offset   []int
	size     []int
	arena    int              // entries
	scratch  int              // entries, for each thread
	room     numeric.WorkSize // of library functions, for each thread
	products productRoom
	outputs  []Buf
	results  [][]int // shapes
}

// PeakBytes is the memory that a run needs beside its inputs: the arena, which holds the results too, and, for every
// thread, the blocks of its loops, what its library functions work in and what products pack.
func (p *Program) PeakBytes() int64 { return p.bytes(blas.Threads()) }

func (p *Program) bytes(threads int) int64 {
	numbers := int64(p.arena) + int64(p.scratch)*int64(threads) + p.products.numbers(threads)
	return p.Type.Bytes()*numbers + p.room.Bytes()*int64(threads)
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
	return p.Type.Bytes() * n
}

// Instructions lists what a run does, in order.
func (p *Program) Instructions() []Info { return slices.Clone(p.infos) }

// Stages is the order in which several threads do the instructions, which it names by their place in Instructions: those
// of one stage at the same time.
func (p *Program) Stages() [][]int { return p.stages }

// Place is where in the arena a buffer lies, and its entries; ok is false for an input, which lies outside of it.
func (p *Program) Place(b Buf) (offset, entries int, ok bool) {
	return p.offset[b], p.size[b], !slices.Contains(p.inputs, b)
}

// Outputs are the buffers that a run returns.
func (p *Program) Outputs() []Buf { return slices.Clone(p.outputs) }

// ArenaEntries is how many numbers the arena holds.
func (p *Program) ArenaEntries() int { return p.arena }

// InputShapes are the shapes of the arrays that a run takes.
func (p *Program) InputShapes() [][]int { return p.shapes }

// OutputShapes are the shapes of the arrays that a run returns.
func (p *Program) OutputShapes() [][]int { return p.results }
