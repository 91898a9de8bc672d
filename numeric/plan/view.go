package plan

import "slices"

// A Buf numbers a buffer of a program: an input, or a part of the arena.
type Buf int32

// A View is a tensor in a buffer: the entry at index i is Buf[Off + Σ i[k]·Stride[k]]. A stride of 0 repeats.
type View struct {
	Buf    Buf
	Off    int
	Size   []int
	Stride []int
}

// Dense is the row-major view of a whole buffer.
func Dense(b Buf, size []int) View {
	return View{Buf: b, Size: slices.Clone(size), Stride: DenseStrides(size)}
}

// DenseStrides are the strides of a row-major tensor.
func DenseStrides(size []int) []int {
	s := make([]int, len(size))
	step := 1
	for i := len(size) - 1; i >= 0; i-- {
		s[i] = step
		step *= size[i]
	}
	return s
}

// IsDense says that the view is row-major without gaps.
func (v View) IsDense() bool {
	step := 1
	for i := len(v.Size) - 1; i >= 0; i-- {
		if v.Size[i] != 1 && v.Stride[i] != step {
			return false
		}
		step *= v.Size[i]
	}
	return true
}

// Count is the number of entries, repeated ones included.
func (v View) Count() int { return product(v.Size) }

func product(n []int) int {
	p := 1
	for _, d := range n {
		p *= d
	}
	return p
}
