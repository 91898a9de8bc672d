package main

import (
	"fmt"
	"strings"

	"nabla/numeric/internal/asm"
)

// A kernel is a function of numbers, applied to every place of its slices.
type kernel struct {
	name    string
	vectors int // input slices
	scalars int // numbers that are the same for all places
	width   int // registers that are worked on at once in the fast loop: as many as fit hide most of the latency

	// fast is the program for complete registers; it may leave, and then general is used. Both give the same bits.
	fast    formula
	general formula // nil: the same as fast
}

// A formula writes the program for vectors and scalars.
type formula func(p *program, vectors, scalars []value) value

// The registers of the loops: DI dst, CX the numbers left, R9 the place in the slices in bytes, R8 free; the inputs in
// the order of the arguments:
var inputs = []string{"SI", "DX", "BX", "AX"}

// Reserved vector registers: the mask of the tail, and the scalars below it.
const maskRegister = 15

func (e *emitter) kernel(k kernel) {
	name := e.Letter + k.name
	n := k.vectors + k.scalars
	e.Func(name, fmt.Sprintf("func %s(%s *%s, n int)", name, strings.Join(parameters(k), ", "), e.Go), 8*(n+2))
	for i, p := range parameters(k) {
		e.Op("MOVQ %s+%d(FP), %s", p, 8*i, append([]string{"DI"}, inputs...)[i])
	}
	e.Op("MOVQ n+%d(FP), CX", 8*(n+1))
	e.Op("XORQ R9, R9")
	for i := range k.scalars {
		e.Op("VBROADCAST%s (%s), Y%d", e.S, inputs[k.vectors+i], maskRegister-1-i)
	}
	step := k.width * e.Lanes
	main, next, slow, rest, tail, done := e.NewLabel("main"), e.NewLabel("next"), e.NewLabel("slow"), e.NewLabel("rest"), e.NewLabel("tail"), e.NewLabel("done")
	e.Op("SUBQ $%d, CX", step)
	e.Op("JLT %s", rest)
	e.Label(main)
	e.block(k, slow)
	e.Op("ADDQ $%d, R9", 32*k.width)
	e.Label(next)
	e.Op("SUBQ $%d, CX", step)
	e.Op("JGE %s", main)
	e.Label(rest)
	e.Op("ADDQ $%d, CX", step)
	e.Op("JEQ %s", done)
	e.Label(tail)
	e.tail(k)
	e.Op("SUBQ $%d, CX", e.Lanes)
	e.Op("JGT %s", tail)
	e.Label(done)
	e.Op("VZEROUPPER")
	e.Op("RET")
	if k.general != nil {
		e.Label(slow)
		e.slow(k)
		e.Op("JMP %s", next)
	}
}

func parameters(k kernel) []string {
	names := []string{"dst"}
	for i := range k.vectors {
		names = append(names, []string{"x", "y", "z"}[i])
	}
	for i := range k.scalars {
		names = append(names, []string{"a", "b"}[i])
	}
	return names
}

// compile makes the program of a formula.
func (e *emitter) compile(k kernel, f formula) (p *program, vectors, scalars []value) {
	p = &program{Precision: e.Precision, uniform: map[int]bool{}}
	for range k.vectors {
		vectors = append(vectors, p.input())
	}
	for range k.scalars {
		s := p.input()
		p.uniform[s.id] = true
		scalars = append(scalars, s)
	}
	p.result = f(p, vectors, scalars)
	return p, vectors, scalars
}

// copies share the registers below the reserved ones.
func copies(count, reserved int, scalars []value) []*copyOf {
	free := new(pool)
	for r := 16 - reserved; r > 0; r-- {
		free.free = append(free.free, r-1)
	}
	var all []*copyOf
	for range count {
		c := &copyOf{map[int]int{}, free}
		for j, s := range scalars {
			c.registers[s.id] = maskRegister - 1 - j
		}
		all = append(all, c)
	}
	return all
}

// block writes the fast loop's body.
func (e *emitter) block(k kernel, slow string) {
	p, vectors, scalars := e.compile(k, k.fast)
	reserved := 0
	if k.scalars > 0 {
		reserved = 1 + k.scalars
	}
	all := copies(k.width, reserved, scalars)
	for i, v := range vectors {
		for j, c := range all {
			c.registers[v.id] = c.take()
			e.Op("VMOVU%s %d(%s)(R9*1), Y%d", e.P, 32*j, inputs[i], c.registers[v.id])
		}
	}
	e.emit(p, all, slow)
	for j, c := range all {
		e.Op("VMOVU%s Y%d, %d(DI)(R9*1)", e.P, c.registers[p.result.id], 32*j)
	}
}

// one writes the general program for one register, loaded and stored by the instruction given.
func (e *emitter) one(k kernel, loading, storing string) {
	f := k.general
	if f == nil {
		f = k.fast
	}
	p, vectors, scalars := e.compile(k, f)
	c := copies(1, 1+k.scalars, scalars)[0]
	for i, v := range vectors {
		c.registers[v.id] = c.take()
		e.Op(loading, inputs[i], c.registers[v.id])
	}
	e.emit(p, []*copyOf{c}, "")
	e.Op(storing, c.registers[p.result.id])
}

// tail writes the loop's body for what is left at the end, under a mask.
func (e *emitter) tail(k kernel) {
	e.Op("MOVQ $%d, R8", e.Lanes)
	e.Op("CMPQ CX, R8")
	e.Op("CMOVQLT CX, R8")
	e.Op("NEGQ R8")
	e.Op("LEAQ %smask<>+32(SB), R10", e.Letter)
	e.Op("VMOVU%s (R10)(R8*%d), Y%d", e.P, e.Size, maskRegister)
	e.one(k, "VMASKMOV"+e.P+" (%s)(R9*1), Y15, Y%d", "VMASKMOV"+e.P+" Y%d, Y15, (DI)(R9*1)")
	e.Op("ADDQ $32, R9")
}

// slow writes the loop over the registers of a block that the fast program left.
func (e *emitter) slow(k kernel) {
	e.Op("MOVQ $%d, R8", k.width)
	loop := e.NewLabel("loop")
	e.Label(loop)
	e.one(k, "VMOVU"+e.P+" (%s)(R9*1), Y%d", "VMOVU"+e.P+" Y%d, (DI)(R9*1)")
	e.Op("ADDQ $32, R9")
	e.Op("DECQ R8")
	e.Op("JNE %s", loop)
}

func newEmitter(f *asm.File, p asm.Precision) *emitter { return &emitter{File: f, Precision: p} }
