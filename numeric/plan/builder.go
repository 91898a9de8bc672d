package plan

import (
	"cmp"
	"slices"

	"nabla/numeric"
)

// A Builder takes the instructions of a program in their order.
type Builder struct {
	size   []int // entries of each buffer
	inputs []Buf
	shapes [][]int       // of inputs
	code   []instruction // nil where one was dropped
	notes  []string

	touched, written []int // the last instruction that reads or writes each buffer, that writes it; or −1
}

// An instruction computes one buffer, or a part of it, from others.
type instruction interface {
	prepare()
	parts(threads int) int // in which so many threads do it together
	reads() []Buf
	writes() Buf
	overwrites() []Buf // buffers that the result may share memory with
	info() Info
}

// Info says what an instruction is and does, for reports and tests.
type Info struct {
	Kind    string // "gemm", "gemv", "dot", "syrk", "listed", "loop", "zero", or a function's name
	Note    string // what it computes, in the user's names
	Flops   int64
	Entries int64 // written
	Steps   int   // of a loop
	Reads   []Buf
	Writes  Buf
}

// Input is a buffer that the caller fills at every run.
func (b *Builder) Input(shape []int) Buf {
	id := b.Buffer(product(shape))
	b.inputs = append(b.inputs, id)
	b.shapes = append(b.shapes, slices.Clone(shape))
	return id
}

// Buffer is a part of the arena.
func (b *Builder) Buffer(entries int) Buf {
	b.size = append(b.size, entries)
	b.touched, b.written = append(b.touched, -1), append(b.written, -1)
	return Buf(len(b.size) - 1)
}

// Size is the number of entries of a buffer.
func (b *Builder) Size(buf Buf) int { return b.size[buf] }

// Loop appends a loop; note says what it computes.
func (b *Builder) Loop(l *Loop, note string) {
	n := b.touched[l.out.Buf]
	b.push(l, note)
	if n >= 0 && l.add && b.clears(n, l.out.Buf) && l.clears(b.size[l.out.Buf]) {
		b.drop(n)
	}
}

// clears says that instruction n clears a buffer.
func (b *Builder) clears(n int, buf Buf) bool {
	z, ok := b.code[n].(*zero)
	return ok && z.buf == buf
}

// Product appends a product. What was stored in its place to be added to, if it is a number times a matrix, is added on the
// way, and not stored.
func (b *Builder) Product(p *Product, note string) {
	n := b.touched[p.C.Buf]
	b.push(p, note)
	if n < 0 || b.code[n] == nil || b.code[n].writes() != p.C.Buf {
		return
	}
	if l, ok := b.code[n].(*Loop); ok {
		if d := p.addendOf(l); d != nil && !b.changed(n, d) {
			p.Add, p.to = false, d
			b.drop(n)
			b.note(len(b.code) - 1)
		}
	}
}

// changed says that something after instruction n writes what an addend reads.
func (b *Builder) changed(n int, d *addend) bool {
	return b.written[d.buf] > n || d.u != nil && b.written[d.u.Buf] > n
}

// drop takes an instruction out; its place stays, so that the others keep their numbers.
func (b *Builder) drop(n int) { b.code[n] = nil }

// note says that an instruction is the last that touches what it reads and writes.
func (b *Builder) note(n int) {
	for _, r := range b.code[n].reads() {
		b.touched[r] = n
	}
	w := b.code[n].writes()
	b.touched[w], b.written[w] = n, n
}

// pack closes the places of the instructions that were dropped.
func (b *Builder) pack() {
	kept := 0
	for n, c := range b.code {
		if c != nil {
			b.code[kept], b.notes[kept] = c, b.notes[n]
			kept++
		}
	}
	b.code, b.notes = b.code[:kept], b.notes[:kept]
}

// Listed appends a product whose places are listed.
func (b *Builder) Listed(p *Listed, note string) { b.push(p, note) }

// Kernel appends a call of a library function.
func (b *Builder) Kernel(k *Kernel, note string) { b.push(k, note) }

// Zero appends an instruction that clears a buffer.
func (b *Builder) Zero(buf Buf) { b.push(&zero{buf}, "") }

func (b *Builder) push(i instruction, note string) {
	i.prepare()
	b.code = append(b.code, i)
	b.notes = append(b.notes, note)
	b.note(len(b.code) - 1)
}

// Program finishes: it finds when each buffer is live, lets results take over the memory of arguments that die, and
// places the rest in one arena. Outputs are dense views of whole buffers. t is the type of all numbers.
func (b *Builder) Program(outputs []View, t numeric.Type) *Program {
	b.pack()
	b.hoist(outputs)
	l := b.liveness(outputs)
	l.share()
	offset, total := l.place()
	p := &Program{Type: t, code: b.code, inputs: b.inputs, shapes: b.shapes, offset: offset, size: b.size, arena: total}
	for i, c := range b.code {
		in := c.info()
		in.Note, in.Reads, in.Writes = b.notes[i], c.reads(), c.writes()
		if in.Kind == "zero" {
			in.Entries = int64(b.size[in.Writes])
		}
		p.infos = append(p.infos, in)
		switch c := c.(type) {
		case *Loop:
			p.scratch = max(p.scratch, c.scratch*block)
		case *Product:
			p.products.add(roomOf(c, t), p.sharedInside(i))
		case *Listed:
			p.scratch = max(p.scratch, c.room())
			p.products.add(tileRoom(c, t), false)
		case *Kernel:
			p.room = p.room.Max(c.room(t))
		}
	}
	for _, o := range outputs {
		p.outputs = append(p.outputs, o.Buf)
		p.results = append(p.results, slices.Clone(o.Size))
	}
	p.stages = p.schedule()
	return p
}

// live says when each buffer holds something: from its first writer to its last reader.
type live struct {
	b           *Builder
	first, last []int
	root        []Buf // the buffer whose memory it shares
	input       []bool
}

func (b *Builder) liveness(outputs []View) *live {
	n := len(b.size)
	l := &live{b: b, first: make([]int, n), last: make([]int, n), root: make([]Buf, n), input: make([]bool, n)}
	for i := range n {
		l.first[i], l.last[i], l.root[i] = -1, -1, Buf(i)
	}
	for _, in := range b.inputs {
		l.input[in] = true
	}
	for i, c := range b.code {
		w := c.writes()
		if l.first[w] < 0 {
			l.first[w] = i
		}
		l.last[w] = i
		for _, r := range c.reads() {
			l.last[r] = i
		}
	}
	for _, o := range outputs {
		l.last[o.Buf] = len(b.code)
	}
	return l
}

// share gives the result of an instruction the memory of an argument that it may overwrite and that nobody reads later.
func (l *live) share() {
	for i, c := range l.b.code {
		w := c.writes()
		if l.first[w] != i {
			continue
		}
		for _, r := range c.overwrites() {
			root := l.find(r)
			if l.input[root] || root == w || l.last[root] != i || l.b.size[root] != l.b.size[w] {
				continue
			}
			l.root[w] = root
			l.last[root] = l.last[w]
			break
		}
	}
}

func (l *live) find(b Buf) Buf {
	for l.root[b] != b {
		b = l.root[b]
	}
	return b
}

// align is the number of entries in a cache line.
const align = 8

// place assigns offsets, the largest buffers first, each at the lowest place that is free as long as it lives.
func (l *live) place() (offset []int, total int) {
	offset = make([]int, len(l.b.size))
	var order, placed []Buf
	for i := range l.b.size {
		if b := Buf(i); l.root[b] == b && !l.input[b] && l.first[b] >= 0 {
			order = append(order, b)
		}
	}
	slices.SortStableFunc(order, func(a, b Buf) int { return cmp.Compare(l.b.size[b], l.b.size[a]) })
	for _, b := range order {
		offset[b] = l.lowest(b, placed, offset)
		i, _ := slices.BinarySearchFunc(placed, offset[b], func(p Buf, o int) int { return cmp.Compare(offset[p], o) })
		placed = slices.Insert(placed, i, b)
		total = max(total, offset[b]+l.room(b))
	}
	for i := range offset {
		offset[i] = offset[l.find(Buf(i))]
	}
	return offset, total
}

func (l *live) room(b Buf) int { return (l.b.size[b] + align - 1) / align * align }

// lowest is the first gap for b among the buffers placed, which are in the order of their offsets.
func (l *live) lowest(b Buf, placed []Buf, offset []int) int {
	at := 0
	for _, p := range placed {
		if l.last[p] < l.first[b] || l.last[b] < l.first[p] {
			continue
		}
		if offset[p]-at >= l.room(b) {
			return at
		}
		at = max(at, offset[p]+l.room(p))
	}
	return at
}
