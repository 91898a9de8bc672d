// Package numeric holds arrays, the loops over them, and dense linear algebra. It imports nothing of ours.
package numeric

import "fmt"

// Float is a type of numbers that programs compute with.
type Float interface{ float32 | float64 }

// A Type names a Float.
type Type uint8

const (
	Float64 Type = iota
	Float32
)

// Types are all types of numbers, by name.
var Types = map[string]Type{"float64": Float64, "float32": Float32}

// Bytes is the size of one number.
func (t Type) Bytes() int64 { return 8 >> t }

func (t Type) String() string { return [...]string{"float64", "float32"}[t] }

// TypeOf is the type with the name T.
func TypeOf[T Float]() Type {
	if _, single := any(*new(T)).(float32); single {
		return Float32
	}
	return Float64
}

// A Tensor is dense, in row-major order; a scalar has no axes and one entry. Data is never shared between two Tensors
// unless a doc comment says so.
type Tensor[T Float] struct {
	Shape []int
	Data  []T
}

// An Array is a tensor in double precision.
type Array = Tensor[float64]

// New is an array of zeros.
func New(shape ...int) *Array { return Empty[float64](shape...) }

// Empty is a tensor of zeros.
func Empty[T Float](shape ...int) *Tensor[T] {
	return &Tensor[T]{Shape: append([]int(nil), shape...), Data: make([]T, Count(shape))}
}

// Scalar is an array without axes.
func Scalar(x float64) *Array { return &Array{Data: []float64{x}} }

// From wraps data, which is not copied.
func From(data []float64, shape ...int) *Array {
	if Count(shape) != len(data) {
		panic(fmt.Sprintf("numeric: %d entries do not fill %v", len(data), shape))
	}
	return &Array{Shape: append([]int(nil), shape...), Data: data}
}

// Count is the number of entries of a shape.
func Count(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Clone is an independent copy.
func (a *Tensor[T]) Clone() *Tensor[T] {
	return &Tensor[T]{Shape: append([]int(nil), a.Shape...), Data: append([]T(nil), a.Data...)}
}

// Convert is a copy of a with numbers of another type, each rounded to the nearest.
func Convert[To, From Float](a *Tensor[From]) *Tensor[To] {
	b := Empty[To](a.Shape...)
	Copy(b.Data, a.Data)
	return b
}

// Copy copies as many numbers as both slices have, each rounded to the nearest of the type of dst.
func Copy[To, From Float](dst []To, src []From) {
	n := min(len(dst), len(src))
	switch s := any(src).(type) {
	case []To:
		copy(dst[:n], s)
	default:
		dst, src := dst[:n], src[:n]
		for i, x := range src {
			dst[i] = To(x)
		}
	}
}
