// Package numeric holds arrays, the loops over them, and dense linear algebra. It imports nothing of ours.
package numeric

import "fmt"

// An Array is a dense tensor in row-major order; a scalar has no axes and one entry. Data is never shared between two
// Arrays unless a doc comment says so.
type Array struct {
	Shape []int
	Data  []float64
}

// New is an array of zeros.
func New(shape ...int) *Array {
	return &Array{Shape: append([]int(nil), shape...), Data: make([]float64, Count(shape))}
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
func (a *Array) Clone() *Array {
	return &Array{Shape: append([]int(nil), a.Shape...), Data: append([]float64(nil), a.Data...)}
}
