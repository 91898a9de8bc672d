package plan

import (
	"slices"

	"nabla/numeric"
)

// block is how many entries a step computes at once: the blocks of a loop stay in the first-level cache.
const block = 512

// A Loop is a fused chain of elementwise steps over one index space, under construction or finished. Its result is
// stored, added, or summed over the axes along which the output does not move.
type Loop struct {
	size   []int
	args   []View
	steps  []step
	out    View
	add    bool
	result Value

	// Filled by prepare.
	value   []int // scratch block of each step's result, or −1 for the output itself
	uniform []bool
	direct  []bool // arguments that are dense inside a tile
	slot    []int  // scratch block of each argument that is not
	scratch int    // blocks
	axis    int    // axes after it are inside a tile; it is cut into chunks
	chunk   int
	inner   int // entries inside a tile for one step along axis
	dense   bool
	sums    bool
	last    bool // the last step computes the result
	fresh   int  // entries of the memory that is cleared on the way, or 0
}

// A Value is what a step of a loop computes: a block, or a number c times a uniform argument.
type Value struct {
	id int // −1: no block
	u  int // −1: no uniform argument
	c  float64
}

// NewLoop is a loop over an index space.
func NewLoop(size []int) *Loop { return &Loop{size: slices.Clone(size)} }

// Number is a constant.
func (l *Loop) Number(c float64) Value { return Value{id: -1, u: -1, c: c} }

// Load is an argument with a stride for every axis of the loop.
func (l *Loop) Load(v View) Value {
	for i, a := range l.args {
		if a.Buf == v.Buf && a.Off == v.Off && slices.Equal(a.Stride, v.Stride) {
			return l.loaded(i)
		}
	}
	l.args = append(l.args, View{Buf: v.Buf, Off: v.Off, Size: l.size, Stride: slices.Clone(v.Stride)})
	return l.loaded(len(l.args) - 1)
}

func (l *Loop) loaded(i int) Value {
	if product(l.size) > 1 && isUniform(l.args[i].Stride, l.size) {
		return Value{id: -1, u: i, c: 1}
	}
	return Value{id: i, u: -1}
}

func isUniform(stride, size []int) bool {
	for i, s := range stride {
		if s != 0 && size[i] != 1 {
			return false
		}
	}
	return true
}

// firstStep is added to the numbers of steps until all arguments are known.
const firstStep = 1 << 20

func (l *Loop) emit(s step) Value {
	l.steps = append(l.steps, s)
	return Value{id: firstStep + len(l.steps) - 1, u: -1}
}

func (v Value) isNumber() bool { return v.id < 0 && v.u < 0 }

// vector makes v a block.
func (l *Loop) vector(v Value) Value {
	if v.id >= 0 {
		return v
	}
	return l.emit(step{op: opFill, c: v.c, u: v.u})
}

// Mul is a·b.
func (l *Loop) Mul(a, b Value) Value {
	switch {
	case a.isNumber():
		return l.Scale(a.c, b)
	case b.isNumber():
		return l.Scale(b.c, a)
	case a.id < 0 && b.id < 0:
		a = l.vector(a)
	case a.id < 0:
		a, b = b, a
	}
	if b.id < 0 {
		return l.emit(step{op: opScale, a: a.id, c: b.c, u: b.u})
	}
	return l.emit(step{op: opMul, a: a.id, b: b.id, u: -1})
}

// Scale is c·a.
func (l *Loop) Scale(c float64, a Value) Value {
	switch {
	case a.id < 0:
		a.c *= c
		return a
	case c == 1:
		return a
	}
	return l.emit(step{op: opScale, a: a.id, c: c, u: -1})
}

// Add is a + c·b.
func (l *Loop) Add(a Value, c float64, b Value) Value {
	switch {
	case a.isNumber() && b.isNumber():
		return l.Number(a.c + c*b.c)
	case a.id < 0 && b.id < 0:
		a = l.vector(a)
	case a.id < 0:
		a, b, c = l.Scale(c, b), a, 1
	}
	switch {
	case b.id < 0:
		return l.emit(step{op: opOffset, a: a.id, c: c * b.c, u: b.u})
	case c == 1:
		return l.emit(step{op: opAdd, a: a.id, b: b.id, u: -1})
	case c == -1:
		return l.emit(step{op: opSub, a: a.id, b: b.id, u: -1})
	}
	return l.emit(step{op: opAxpy, a: a.id, b: b.id, c: c, u: -1})
}

// Recip is 1/a.
func (l *Loop) Recip(a Value) Value {
	return l.emit(step{op: opRecip, a: l.vector(a).id, u: -1})
}

// Sqrt is √a.
func (l *Loop) Sqrt(a Value) Value {
	return l.emit(step{op: opSqrt, a: l.vector(a).id, u: -1})
}

// Map is f(a); vec, if it is there, is f for slices.
func (l *Loop) Map(f func(float64) float64, vec numeric.SliceFunc, a Value) Value {
	s := step{op: opMap, a: l.vector(a).id, u: -1, f: f, vec: vec}
	if vec.Double != nil {
		s.op = opVec
	}
	return l.emit(s)
}

// Map2 is f(a, b).
func (l *Loop) Map2(f func(a, b float64) float64, a, b Value) Value {
	return l.emit(step{op: opMap2, a: l.vector(a).id, b: l.vector(b).id, u: -1, f2: f})
}

// Store makes r what the loop computes into out, which has a stride for every axis of the loop; where that is 0, it
// sums. With add it adds to what is there.
func (l *Loop) Store(r Value, out View, add bool) {
	l.result = l.vector(r)
	l.out = View{Buf: out.Buf, Off: out.Off, Size: l.size, Stride: slices.Clone(out.Stride)}
	l.add = add
}

// prepare fixes the order of the axes, the tiles, and the scratch blocks.
func (l *Loop) prepare() {
	l.dropUnitAxes()
	l.number()
	l.order()
	l.collapse()
	l.cut()
	l.place()
}

// views are all views of the loop, the output last.
func (l *Loop) views() []*View {
	vs := make([]*View, 0, len(l.args)+1)
	for i := range l.args {
		vs = append(vs, &l.args[i])
	}
	return append(vs, &l.out)
}

func (l *Loop) dropUnitAxes() {
	for i := len(l.size) - 1; i >= 0; i-- {
		if l.size[i] == 1 {
			l.size = slices.Delete(slices.Clone(l.size), i, i+1)
			for _, v := range l.views() {
				v.Stride = slices.Delete(slices.Clone(v.Stride), i, i+1)
			}
		}
	}
}

// number turns the numbers of steps into numbers that follow those of the arguments.
func (l *Loop) number() {
	fix := func(id *int) {
		if *id >= firstStep {
			*id += len(l.args) - firstStep
		}
	}
	for i := range l.steps {
		fix(&l.steps[i].a)
		fix(&l.steps[i].b)
	}
	fix(&l.result.id)
	l.uniform = make([]bool, len(l.args))
	for i, a := range l.args {
		l.uniform[i] = product(l.size) > 1 && isUniform(a.Stride, l.size)
	}
}

// order moves the axes along which the output does not move to where the first argument that moves along them has
// them; elsewhere the order is that of the output.
func (l *Loop) order() {
	lead := l.out
	for i, s := range l.out.Stride {
		if s == 0 && l.size[i] != 1 {
			l.sums = true
		}
	}
	if l.sums {
		for i, a := range l.args {
			if !l.uniform[i] && moves(a) > moves(lead) {
				lead = a
			}
		}
	}
	perm := make([]int, len(l.size))
	for i := range perm {
		perm[i] = i
	}
	slices.SortStableFunc(perm, func(i, j int) int { return lead.Stride[j] - lead.Stride[i] })
	l.size = pick(l.size, perm)
	for _, v := range l.views() {
		v.Stride = pick(v.Stride, perm)
	}
}

// moves is along how many axes a view moves.
func moves(v View) int {
	n := 0
	for _, s := range v.Stride {
		if s != 0 {
			n++
		}
	}
	return n
}

func pick(s, perm []int) []int {
	out := make([]int, len(perm))
	for i, p := range perm {
		out[i] = s[p]
	}
	return out
}

// collapse makes neighbouring axes one where every view allows it.
func (l *Loop) collapse() {
	vs := l.views()
	for i := len(l.size) - 2; i >= 0; i-- {
		ok := true
		for _, v := range vs {
			ok = ok && v.Stride[i] == v.Stride[i+1]*l.size[i+1]
		}
		if !ok {
			continue
		}
		l.size[i] *= l.size[i+1]
		l.size = slices.Delete(l.size, i+1, i+2)
		for _, v := range vs {
			v.Stride[i] = v.Stride[i+1]
			v.Stride = slices.Delete(v.Stride, i+1, i+2)
		}
	}
	if len(l.size) == 0 {
		l.size = []int{1}
		for _, v := range vs {
			v.Stride = []int{1}
		}
	}
	for _, v := range vs {
		v.Size = l.size
	}
}

// cut chooses the tiles: as many whole last axes as fit a block, and a chunk of the axis before them.
func (l *Loop) cut() {
	l.axis, l.inner = len(l.size)-1, 1
	for l.axis > 0 && l.inner*l.size[l.axis] <= block/2 {
		l.inner *= l.size[l.axis]
		l.axis--
	}
	l.chunk = max(1, min(block/max(l.inner, 1), l.size[l.axis]))
	l.direct = make([]bool, len(l.args))
	for i, a := range l.args {
		l.direct[i] = l.denseInTile(a)
	}
	l.dense = l.denseInTile(l.out)
}

func (l *Loop) denseInTile(v View) bool {
	step := 1
	for i := len(l.size) - 1; i >= l.axis; i-- {
		if v.Stride[i] != step {
			return false
		}
		step *= l.size[i]
	}
	return true
}

// place gives scratch blocks to arguments that must be gathered and to results of steps, until their last reader.
func (l *Loop) place() {
	n := len(l.args)
	last := make([]int, n+len(l.steps))
	for i := range last {
		last[i] = -1
	}
	for i, s := range l.steps {
		for k, id := range []int{s.a, s.b} {
			if k < s.operands() {
				last[id] = i
			}
		}
	}
	last[l.result.id] = len(l.steps)
	l.slot, l.value = make([]int, n), make([]int, len(l.steps))
	for i := range l.args {
		l.slot[i] = -1
		if !l.direct[i] && !l.uniform[i] {
			l.slot[i] = l.scratch
			l.scratch++
		}
	}
	l.last = l.result.id == n+len(l.steps)-1 && len(l.steps) > 0 && l.dense && !l.add && !l.sums
	var free []int
	for i := range l.steps {
		if i == len(l.steps)-1 && l.last {
			l.value[i] = -1
			break
		}
		if len(free) == 0 {
			free = append(free, l.scratch)
			l.scratch++
		}
		l.value[i] = free[len(free)-1]
		free = free[:len(free)-1]
		for k := range l.steps[:i+1] {
			if last[n+k] == i && k != i {
				free = append(free, l.value[k])
			}
		}
	}
}

// freshEntries is about how many entries are cleared before some of them are stored: they are still in the cache then.
const freshEntries = 1 << 14

// clears makes a loop that adds to zeros clear them itself, part by part, if its result has a part of the memory to itself
// for every index of the first axis. Entries is the size of that memory.
func (l *Loop) clears(entries int) bool {
	span := 0
	for i, s := range l.out.Stride[1:] {
		span += (l.size[i+1] - 1) * s
	}
	reads := slices.ContainsFunc(l.args, func(a View) bool { return a.Buf == l.out.Buf })
	if reads || l.axis > 0 || l.sums || product(l.size) == 0 || span < 0 || span >= l.out.Stride[0] {
		return false
	}
	l.fresh, l.add, l.chunk = entries, false, max(1, min(l.chunk, freshEntries/l.out.Stride[0]))
	return true
}

// edge is where the memory begins that a loop which clears it has for index i of the first axis.
func (l *Loop) edge(i int) int {
	switch i {
	case 0:
		return 0
	case l.size[0]:
		return l.fresh
	}
	return l.out.Off + i*l.out.Stride[0]
}

// cost is the number of operations for one entry.
func (l *Loop) cost() int64 {
	var c int64
	for i := range l.steps {
		c += l.steps[i].cost()
	}
	if l.sums || l.add {
		c++
	}
	return c
}

func (l *Loop) reads() []Buf {
	var b []Buf
	for _, a := range l.args {
		b = append(b, a.Buf)
	}
	if l.add {
		b = append(b, l.out.Buf)
	}
	return b
}

func (l *Loop) writes() Buf { return l.out.Buf }

// overwrites are the arguments in whose memory the output may be: those that are read where it is written.
func (l *Loop) overwrites() []Buf {
	if l.fresh > 0 {
		return nil
	}
	if l.sums || l.add {
		return nil
	}
	var ok []Buf
	for _, a := range l.args {
		same := true
		for _, b := range l.args {
			if b.Buf == a.Buf {
				same = same && b.Off == l.out.Off && slices.Equal(b.Stride, l.out.Stride)
			}
		}
		if same {
			ok = append(ok, a.Buf)
		}
	}
	return ok
}

func (l *Loop) info() Info {
	n, out := int64(product(l.size)), int64(1)
	for i, s := range l.out.Stride {
		if s != 0 {
			out *= int64(l.size[i])
		}
	}
	if l.fresh > 0 {
		out = int64(l.fresh)
	}
	return Info{Kind: "loop", Flops: n * l.cost(), Entries: out, Steps: len(l.steps)}
}

// multiple is the argument of which a loop stores a multiple, and nothing else, and that as an addend without its row stride; nil if it does
// something else.
func (l *Loop) multiple() (View, *addend) {
	at, d := l.result.id, &addend{c: 1}
	if len(l.steps) == 1 && l.steps[0].op == opScale {
		s := l.steps[0]
		at, d.c = s.a, s.c
		if s.u >= 0 {
			d.u = &l.args[s.u]
		}
	} else if len(l.steps) > 0 {
		return View{}, nil
	}
	if l.add || l.sums || l.fresh > 0 || l.args[at].Buf == l.out.Buf {
		return View{}, nil
	}
	d.buf, d.off = l.args[at].Buf, l.args[at].Off
	return l.args[at], d
}

// Rank is the number of axes of a loop under construction.
func (l *Loop) Rank() int { return len(l.size) }

// Count is the number of entries that the loop computes, before any sum.
func (l *Loop) Count() int { return product(l.size) }

// sharedWork is how many operations make it worth to wake other threads.
const sharedWork = 1 << 19

// parts is in how many parts along the first axis threads can compute the loop, each its own entries of the output.
func (l *Loop) parts(threads int) int {
	if threads == 1 || l.out.Stride[0] == 0 || int64(product(l.size))*(l.cost()+1) < sharedWork {
		return 1
	}
	return min(2*threads, l.size[0])
}
