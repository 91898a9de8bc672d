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
		case axis >= 0 || !p.IsIndex(label, n, a, axes):
			return -1
		default:
			axis = a
		}
	}
	return axis
}

// IsIndex says that the position along an axis is a label of range n, and nothing else, from the first to the last.
func (p Params) IsIndex(label int, n shape.Dim, axis int, axes shape.Shape) bool {
	return unit(p.Places(axis), label) && p.Dims[axis] == shape.Const(0) && axes[axis] == n
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

// Alone is, for each label of a scatter, the axis of the result whose position is the label, and nothing else; −1 where there
// is none. The label may take part in the places of other axes, as i in i + m − 1 = j; where all labels would be axes of
// the result, those are not, so that a sum is left for the equation.
func (p Params) Alone(labels, axes shape.Shape) []int {
	axis, tied := make([]int, len(labels)), true
	for l, n := range labels {
		axis[l] = -1
		for a := len(p.Dims) - 1; a >= 0; a-- {
			if p.IsIndex(l, n, a, axes) {
				axis[l] = a
			}
		}
		tied = tied && axis[l] >= 0
	}
	for l, n := range labels {
		if tied && p.Stays(l, n, axes) < 0 {
			axis[l] = -1
		}
	}
	return axis
}
