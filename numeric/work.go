package numeric

// Work is memory that a function of matrices computes in beside its arguments and its result, so that it allocates none.
// What it held before does not matter.
type Work struct {
	Floats []float64
	Ints   []int
}

// A WorkSize is how many numbers of each kind a Work needs.
type WorkSize struct{ Floats, Ints int }

// Make allocates a Work.
func (s WorkSize) Make() Work { return Work{make([]float64, s.Floats), make([]int, s.Ints)} }

// Max is enough for either.
func (s WorkSize) Max(t WorkSize) WorkSize {
	return WorkSize{max(s.Floats, t.Floats), max(s.Ints, t.Ints)}
}

// Times is n Works of this size.
func (s WorkSize) Times(n int) WorkSize { return WorkSize{n * s.Floats, n * s.Ints} }

// Bytes is the memory of a Work.
func (s WorkSize) Bytes() int64 { return 8 * (int64(s.Floats) + int64(s.Ints)) }

// Part is the i-th Work of this size in w, which holds several.
func (s WorkSize) Part(w Work, i int) Work {
	return Work{w.Floats[i*s.Floats : (i+1)*s.Floats], w.Ints[i*s.Ints : (i+1)*s.Ints]}
}

// Take takes n numbers out of w.
func (w *Work) Take(n int) []float64 {
	at := w.Floats[:n:n]
	w.Floats = w.Floats[n:]
	return at
}

func (w *Work) takeInts(n int) []int {
	at := w.Ints[:n:n]
	w.Ints = w.Ints[n:]
	return at
}

// matrix takes an m×n matrix out of w.
func (w *Work) matrix(m, n int) general { return dense(w.Take(m*n), m, n) }
