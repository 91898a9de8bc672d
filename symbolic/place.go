package symbolic

import "nabla/symbolic/shape"

// Places is the coefficients of the labels of a gather or scatter at one axis of the tensor.
func (p Params) Places(axis int) []int {
	labels := p.Ints[0]
	return p.Ints[1+axis*labels : 1+(axis+1)*labels]
}

// Stays is the axis that a label of a gather or scatter runs along by itself, from its first position to its last; −1 where
// there is none. n is the range of the label, axes are those of the tensor whose places p describes.
func (p Params) Stays(label int, n shape.Dim, axes shape.Shape) int {
	axis := -1
	for a := range p.Dims {
		switch at := p.Places(a); {
		case at[label] == 0:
		case axis >= 0 || !unit(at, label) || p.Dims[a] != shape.Const(0) || axes[a] != n:
			return -1
		default:
			axis = a
		}
	}
	return axis
}

// unit says that of some coefficients the one at k is 1 and all others are 0.
func unit(coef []int, k int) bool {
	for i, c := range coef {
		if i == k != (c == 1) || i != k && c != 0 {
			return false
		}
	}
	return true
}
