package main

import (
	"fmt"
	"math"
	"strings"

	"nabla/numeric/internal/asm"
)

// A value is an operand of a program: the result of an operation, or a constant that is read from memory.
type value struct {
	id    int    // of a result
	bits  uint64 // of a constant
	fixed bool   // whether it is a constant
}

// An operation computes one value. Its operands are in the order of Intel's manual, so that a constant, which lies in
// memory, can be the last one only.
type operation struct {
	kind kind
	name string // of the instruction, for FMA without the order of operands
	imm  string // immediate operand, "" if none
	args []value
	dst  int
}

type kind uint8

const (
	simple kind = iota
	fused       // args[0]*args[1] + args[2], with the signs that name says
	load        // a constant into a register
	guard       // leave if any lane of the argument is set
)

// A program computes one vector from others, in straight line. It is written for one precision and has no registers yet.
type program struct {
	asm.Precision
	operations []operation
	values     int
	uniform    map[int]bool // the values that all iterations share
	result     value
}

func (p *program) push(o operation) value {
	o.dst = p.values
	p.values++
	p.operations = append(p.operations, o)
	return value{id: o.dst}
}

// input is a value that is there before the program starts.
func (p *program) input() value {
	p.values++
	return value{id: p.values - 1}
}

// number is a constant in all lanes.
func (p *program) number(x float64) value {
	if p.Size == 4 {
		return value{bits: uint64(math.Float32bits(float32(x))), fixed: true}
	}
	return value{bits: math.Float64bits(x), fixed: true}
}

// pattern is a constant of the given bits, chosen by precision.
func (p *program) pattern(double, single uint64) value {
	if p.Size == 4 {
		return value{bits: single, fixed: true}
	}
	return value{bits: double, fixed: true}
}

// either is the first number in double and the second in single precision.
func (p *program) either(double, single float64) value {
	if p.Size == 4 {
		return p.number(single)
	}
	return p.number(double)
}

// in is the value in a register.
func (p *program) in(v value) value {
	if !v.fixed {
		return v
	}
	return p.push(operation{kind: load, args: []value{v}})
}

// float is a floating-point instruction of two operands, a and b in this order.
func (p *program) float(name string, a, b value) value {
	return p.push(operation{name: name + p.P, args: []value{p.in(a), b}})
}

func (p *program) add(a, b value) value { return p.commute("VADD", a, b) }
func (p *program) mul(a, b value) value { return p.commute("VMUL", a, b) }
func (p *program) sub(a, b value) value { return p.float("VSUB", a, b) }
func (p *program) div(a, b value) value { return p.float("VDIV", a, b) }
func (p *program) and(a, b value) value { return p.commute("VAND", a, b) }
func (p *program) or(a, b value) value  { return p.commute("VOR", a, b) }

func (p *program) commute(name string, a, b value) value {
	if a.fixed {
		a, b = b, a
	}
	return p.float(name, a, b)
}

// atMost and atLeast bound x; a NaN stays one, because the processor then takes the second operand.
func (p *program) atMost(x, bound value) value  { return p.float("VMIN", bound, x) }
func (p *program) atLeast(x, bound value) value { return p.float("VMAX", bound, x) }

// Predicates of comparisons that raise no exception.
const (
	equal      = "$0x00"
	less       = "$0x11"
	notLess    = "$0x15" // or unordered
	notAtLeast = "$0x19" // or unordered
	greater    = "$0x1e"
	notGreater = "$0x1a" // or unordered
	notUnequal = "$0x08" // equal or unordered
	unordered  = "$0x03"
)

func (p *program) compare(predicate string, a, b value) value {
	return p.push(operation{name: "VCMP" + p.P, imm: predicate, args: []value{p.in(a), b}})
}

// choose is yes where the sign bit of mask is set, else no.
func (p *program) choose(mask, yes, no value) value {
	return p.push(operation{name: "VBLENDV" + p.P, args: []value{p.in(no), p.in(yes), p.in(mask)}})
}

// bits of integers as wide as the lanes.
func (p *program) integer(name string, a, b value) value {
	return p.push(operation{name: "VP" + name + map[int]string{8: "Q", 4: "D"}[p.Size], args: []value{p.in(a), b}})
}

func (p *program) shift(name string, a value, by int) value {
	return p.push(operation{name: "VP" + name + map[int]string{8: "Q", 4: "D"}[p.Size], imm: fmt.Sprintf("$%d", by), args: []value{a}})
}

// madd is a*b + c, nmadd is c - a*b.
func (p *program) madd(a, b, c value) value  { return p.fma("VFMADD", a, b, c) }
func (p *program) nmadd(a, b, c value) value { return p.fma("VFNMADD", a, b, c) }

func (p *program) fma(name string, a, b, c value) value {
	if a.fixed {
		a, b = b, a
	}
	return p.push(operation{kind: fused, name: name, args: []value{p.in(a), b, c}})
}

// polynomial is the value at x of the polynomial with the given coefficients, lowest first, by Horner's rule.
func (p *program) polynomial(x value, coefficients []float64) value {
	n := len(coefficients) - 1
	sum := p.in(p.number(coefficients[n]))
	for i := n - 1; i >= 0; i-- {
		sum = p.madd(sum, x, p.number(coefficients[i]))
	}
	return sum
}

// leaveIf ends the program where any lane of the mask is set.
func (p *program) leaveIf(mask value) {
	p.push(operation{kind: guard, args: []value{mask}})
}

// lastUses tells for every value the last operation that reads it.
func (p *program) lastUses() map[int]int {
	last := map[int]int{p.result.id: len(p.operations)}
	for i, o := range p.operations {
		for _, a := range o.args {
			if !a.fixed && last[a.id] < i {
				last[a.id] = i
			}
		}
	}
	for id := range p.uniform {
		last[id] = math.MaxInt
	}
	return last
}

// A pool has the registers that no copy of a program uses.
type pool struct{ free []int }

func (p *pool) take() int {
	if len(p.free) == 0 {
		panic("out of registers")
	}
	r := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	return r
}

// copyOf is one of the interleaved copies of a program, with its registers.
type copyOf struct {
	registers map[int]int
	*pool
}

func (c *copyOf) release(id int) {
	c.free = append(c.free, c.registers[id])
	delete(c.registers, id)
}

// emitter writes programs with registers.
type emitter struct {
	*asm.File
	asm.Precision
	constants []uint64
}

// memory is the operand for a constant, which gets a place in the table if it has none.
func (e *emitter) memory(v value) string {
	for i, bits := range e.constants {
		if bits == v.bits {
			return fmt.Sprintf("%sconstant<>+%d(SB)", e.Letter, 32*i)
		}
	}
	e.constants = append(e.constants, v.bits)
	return e.memory(v)
}

// table writes the constants, each in all lanes.
func (e *emitter) table() {
	var words []uint64
	for _, bits := range e.constants {
		if e.Size == 4 {
			bits |= bits << 32
		}
		words = append(words, bits, bits, bits, bits)
	}
	e.Data(e.Letter+"constant", words)
}

// emit writes the program for all copies, operation by operation, so that they overlap in the processor. Guards jump to
// leave.
func (e *emitter) emit(p *program, copies []*copyOf, leave string) {
	last := p.lastUses()
	for i, o := range p.operations {
		if o.kind == guard {
			e.guard(o, copies, leave)
		}
		for _, c := range copies {
			e.operation(i, o, c, last)
		}
	}
}

// operation writes one operation of one copy.
func (e *emitter) operation(i int, o operation, c *copyOf, last map[int]int) {
	dies := func(v value) bool { return !v.fixed && last[v.id] == i }
	if o.kind == fused {
		e.fused(o, c, dies)
		return
	}
	operands := []string{}
	for _, a := range o.args {
		operands = append(operands, e.operand(a, c))
	}
	for k, a := range o.args {
		if dies(a) && !contains(o.args[:k], a) {
			c.release(a.id)
		}
	}
	if o.kind == guard {
		return
	}
	c.registers[o.dst] = c.take()
	dst := fmt.Sprintf("Y%d", c.registers[o.dst])
	if o.kind == load {
		e.Op("VMOVU%s %s, %s", e.P, operands[0], dst)
		return
	}
	text := []string{dst}
	text = append(text, operands...)
	if o.imm != "" {
		text = append(text, o.imm)
	}
	reverse(text)
	e.Op("%s %s", o.name, strings.Join(text, ", "))
}

// fused writes a fused multiplication and addition, which overwrites one of its operands: one that is not needed again,
// or a copy.
func (e *emitter) fused(o operation, c *copyOf, dies func(value) bool) {
	x, y, z := o.args[0], o.args[1], o.args[2]
	write := func(order string, dst, second, third value) {
		e.Op("%s%s%s %s, %s, %s", o.name, order, e.P, e.operand(third, c), e.operand(second, c), e.operand(dst, c))
		register := c.registers[dst.id]
		delete(c.registers, dst.id)
		for _, v := range []value{x, y, z} {
			if _, there := c.registers[v.id]; !v.fixed && there && dies(v) {
				c.release(v.id)
			}
		}
		c.registers[o.dst] = register
	}
	switch {
	case dies(z) && z != x && z != y:
		write("231", z, x, y)
	case dies(x) && x != z && x != y && !y.fixed:
		write("213", x, y, z)
	case dies(y) && y != z && x != y:
		write("213", y, x, z)
	case dies(x) && x != z && x != y && !z.fixed:
		write("132", x, z, y)
	default:
		copied := value{id: -1}
		c.registers[-1] = c.take()
		e.Op("VMOVU%s %s, Y%d", e.P, e.operand(z, c), c.registers[-1])
		write("231", copied, x, y)
	}
}

func (e *emitter) operand(v value, c *copyOf) string {
	if v.fixed {
		return e.memory(v)
	}
	r, ok := c.registers[v.id]
	if !ok {
		panic(fmt.Sprintf("value %d is not in a register", v.id))
	}
	return fmt.Sprintf("Y%d", r)
}

// guard writes the jump that is taken if a lane of any copy is set.
func (e *emitter) guard(o operation, copies []*copyOf, leave string) {
	any := e.operand(o.args[0], copies[0])
	for _, c := range copies[1:] {
		e.Op("VOR%s %s, %s, %s", e.P, e.operand(o.args[0], c), any, any)
	}
	e.Op("VMOVMSK%s %s, R8", e.P, any)
	e.Op("TESTL R8, R8")
	e.Op("JNE %s", leave)
}

func contains(vs []value, v value) bool {
	for _, w := range vs {
		if w == v {
			return true
		}
	}
	return false
}

func reverse(s []string) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}
