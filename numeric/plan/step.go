package plan

import (
	"nabla/numeric"
	"nabla/numeric/vec"
)

// A stepOp is one elementwise operation on a block of numbers.
type stepOp uint8

const (
	opFill   stepOp = iota // k
	opScale                // k·a
	opOffset               // a + k
	opAdd                  // a + b
	opSub                  // a − b
	opAxpy                 // a + k·b
	opMul                  // a·b
	opRecip                // 1/a
	opSqrt                 // √a
	opMap                  // f(a), entry by entry
	opVec                  // f(a), block by block
	opMap2                 // f(a, b)
)

// A step computes a block from at most two others and a number k, which is c, or c times a uniform argument.
type step struct {
	op   stepOp
	a, b int // values: arguments first, then the results of steps
	c    float64
	u    int // uniform argument, or −1
	f    func(float64) float64
	vec  numeric.SliceFunc
	f2   func(a, b float64) float64
}

// compute does a step: dst from a and b, which have its length where they are read. dst may be a or b. f is the slice
// function of the step.
func compute[T numeric.Float](s *step, f func(dst, x []T), dst, a, b []T, k T) {
	switch s.op {
	case opFill:
		for i := range dst {
			dst[i] = k
		}
	case opScale:
		vec.Scale(dst, k, a[:len(dst)])
	case opOffset:
		vec.Affine(dst, 1, a[:len(dst)], k)
	case opAdd:
		vec.Add(dst, a[:len(dst)], b[:len(dst)])
	case opSub:
		vec.Sub(dst, a[:len(dst)], b[:len(dst)])
	case opAxpy:
		vec.AddScaled(dst, a[:len(dst)], k, b[:len(dst)])
	case opMul:
		vec.Mul(dst, a[:len(dst)], b[:len(dst)])
	default:
		computeFunction(s, f, dst, a, b)
	}
}

func computeFunction[T numeric.Float](s *step, f func(dst, x []T), dst, a, b []T) {
	a = a[:len(dst)]
	switch s.op {
	case opRecip:
		for i := range dst {
			dst[i] = 1 / a[i]
		}
	case opSqrt:
		vec.Sqrt(dst, a)
	case opMap:
		for i := range dst {
			dst[i] = T(s.f(float64(a[i])))
		}
	case opVec:
		f(dst, a)
	case opMap2:
		b = b[:len(dst)]
		for i := range dst {
			dst[i] = T(s.f2(float64(a[i]), float64(b[i])))
		}
	}
}

// operands is how many blocks a step reads.
func (s *step) operands() int {
	switch s.op {
	case opFill:
		return 0
	case opAdd, opSub, opAxpy, opMul, opMap2:
		return 2
	}
	return 1
}

// cost is a step's operations per entry, a function of unknown price counting as 20.
func (s *step) cost() int64 {
	switch s.op {
	case opFill:
		return 0
	case opAxpy:
		return 2
	case opRecip, opSqrt:
		return 4
	case opMap, opVec, opMap2:
		return 20
	}
	return 1
}
