package numeric

// A SliceFunc is a function of one number for whole slices, in each type; dst may be x. The zero SliceFunc is none.
type SliceFunc struct {
	Double func(dst, x []float64)
	Single func(dst, x []float32)
}

// Slices is a SliceFunc; a generic function is given twice: Slices(vec.Exp, vec.Exp).
func Slices(double func(dst, x []float64), single func(dst, x []float32)) SliceFunc {
	return SliceFunc{double, single}
}

// OfType is the function for numbers of type T; nil where there is none.
func OfType[T Float](f SliceFunc) func(dst, x []T) {
	if g, ok := any(f.Double).(func(dst, x []T)); ok {
		return g
	}
	return any(f.Single).(func(dst, x []T))
}
