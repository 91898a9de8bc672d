package blas

import "gonum.org/v1/gonum/blas"

// operand is a factor of a product, transposed or not: element (i, j) of it is data[i*row+j*col], and one of the two
// strides is 1.
type operand[T number] struct {
	data     []T
	row, col int
}

func op[T number](t blas.Transpose, data []T, ld int) operand[T] {
	if t == blas.NoTrans {
		return operand[T]{data, ld, 1}
	}
	return operand[T]{data, 1, ld}
}

// at is the operand without its first i rows and j columns.
func (o operand[T]) at(i, j int) operand[T] {
	o.data = o.data[i*o.row+j*o.col:]
	return o
}

func (o operand[T]) transposed() operand[T] {
	o.row, o.col = o.col, o.row
	return o
}

// rowMajor says whether the rows of the operand are contiguous.
func (o operand[T]) rowMajor() bool { return o.col == 1 }

// packColumns lays out k rows of h columns as k groups of width.
func (o operand[T]) packColumns(dst []T, width, h, k int) {
	if o.rowMajor() {
		packRows(dst, o.data, width, o.row, h, k)
	} else {
		packLines(dst, o.data, width, o.col, h, k)
	}
}
