package plan

import "slices"

const (
	// lookAhead is how many instructions that wait are looked at for some that can be done together with the next one.
	lookAhead = 16
	// manyThreads stands for any number of threads above one: the schedule does not depend on it.
	manyThreads = 2
)

// togetherWork is how much work, in operations of a loop, others must be able to take over for a stage to pay: waking a
// thread takes about ten microseconds. It is a variable for the tests' sake.
var togetherWork int64 = sharedWork / 4

// schedule puts instructions that depend on nothing undone together into stages. The arena stays what it is: what one
// writes where another reads or writes keeps its order. Instructions that threads share themselves stay alone, and so
// do those that are too short.
func (p *Program) schedule() [][]int {
	var stages [][]int
	done := make([]bool, len(p.code))
	for i := range p.code {
		if done[i] {
			continue
		}
		stage := []int{i}
		if p.stands(i) {
			stage = p.join(i, done)
		}
		for _, j := range stage {
			done[j] = true
		}
		stages = append(stages, stage)
	}
	return stages
}

// join is instruction i with later ones that can be done at the same time.
func (p *Program) join(i int, done []bool) []int {
	stage, before, most, sum := []int{i}, []int{i}, p.work(i), p.work(i)
	for j := i + 1; j < min(i+lookAhead, len(p.code)); j++ {
		if done[j] {
			continue
		}
		if p.stands(j) && !slices.ContainsFunc(before, func(k int) bool { return p.depend(k, j) }) {
			stage = append(stage, j)
			most, sum = max(most, p.work(j)), sum+p.work(j)
		}
		before = append(before, j)
	}
	if sum-most < togetherWork {
		return stage[:1]
	}
	return stage
}

// stands says that an instruction is done by one thread, and long enough to be given to one.
func (p *Program) stands(i int) bool {
	return p.work(i) >= togetherWork/8 && p.code[i].parts(manyThreads) == 1 && !p.sharedInside(i)
}

// sharedInside says that BLAS shares each of its calls.
func (p *Program) sharedInside(i int) bool {
	c, ok := p.code[i].(*Product)
	return ok && c.kind != byDot && c.M*c.N*c.K >= sharedCall
}

// work is about the time of an instruction in operations of a loop; those of a product are that much faster.
func (p *Program) work(i int) int64 {
	const faster = 8
	if _, ok := p.code[i].(*Product); ok {
		return p.infos[i].Flops / faster
	}
	return p.infos[i].Flops
}

// depend says that one of two instructions writes where the other reads or writes.
func (p *Program) depend(i, j int) bool {
	a, b := p.infos[i], p.infos[j]
	return p.overlap(a.Writes, b.Writes) ||
		slices.ContainsFunc(b.Reads, func(r Buf) bool { return p.overlap(a.Writes, r) }) ||
		slices.ContainsFunc(a.Reads, func(r Buf) bool { return p.overlap(r, b.Writes) })
}

// overlap says that two buffers share memory, or may. Inputs lie outside of the arena, and nothing writes to them.
func (p *Program) overlap(a, b Buf) bool {
	if slices.Contains(p.inputs, a) || slices.Contains(p.inputs, b) {
		return a == b
	}
	return p.offset[a] < p.offset[b]+p.size[b] && p.offset[b] < p.offset[a]+p.size[a]
}
