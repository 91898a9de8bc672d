package blas

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
)

// uniform is n numbers in [-1, 1).
func uniform[T number](seed uint64, n int) []T {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]T, n)
	for i := range x {
		x[i] = T(2*r.Float64() - 1)
	}
	return x
}

// special is n numbers of which some are zeros, infinities, NaN, huge or subnormal.
func special[T number](r *rand.Rand, n int) []T {
	kinds := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), 1e30, -1e30, 1e-40, 1, -2}
	x := make([]T, n)
	for i := range x {
		x[i] = T(2*r.Float64() - 1)
		if r.IntN(20) == 0 {
			x[i] = T(kinds[r.IntN(len(kinds))])
		}
	}
	return x
}

// accelerate runs a test with the kernels, and skips it where there are none.
func accelerate(t testing.TB) {
	if !accelerated {
		t.Skip("this machine runs gonum's routines")
	}
}

// plain is op(A) op(B) element by element in double precision, with the sum of the finite terms' absolute values.
func plain[T number](a, b operand[T], i, j, k int) (sum, magnitude float64) {
	for p := range k {
		term := float64(a.data[i*a.row+p*a.col]) * float64(b.data[p*b.row+j*b.col])
		sum += term
		if !math.IsInf(term, 0) && !math.IsNaN(term) {
			magnitude += math.Abs(term)
		}
	}
	return sum, magnitude
}

// epsilon is the distance from 1 to the next number.
func epsilon[T number]() float64 {
	if size[T]() == 8 {
		return 0x1p-52
	}
	return 0x1p-23
}

// near says whether got is what want may have become by rounding of k terms of total size magnitude; infinities and NaN
// must be met exactly, unless rounding may have made the difference.
func near[T number](got T, want, magnitude float64, k int) bool {
	g := float64(got)
	switch {
	case math.IsNaN(want):
		return math.IsNaN(g)
	case mayOverflow[T](magnitude):
		return true
	case math.IsInf(want, 0):
		return g == want
	}
	return math.Abs(g-want) <= float64(k+3)*epsilon[T]()*magnitude+smallest[T]()*float64(k+3)
}

// mayOverflow says whether a partial sum of terms of this total size may, so that the result depends on their order.
func mayOverflow[T number](magnitude float64) bool {
	if size[T]() == 4 {
		return magnitude > math.MaxFloat32/4
	}
	return magnitude > math.MaxFloat64/4
}

func smallest[T number]() float64 {
	if size[T]() == 8 {
		return math.SmallestNonzeroFloat64
	}
	return math.SmallestNonzeroFloat32
}

const canary = -12345.5

// framed is a slice of n numbers within canaries, which check finds changed or not.
type framed[T number] struct{ all, data []T }

func frame[T number](data []T) framed[T] {
	const margin = 40
	all := make([]T, len(data)+2*margin)
	for i := range all {
		all[i] = canary
	}
	copy(all[margin:], data)
	return framed[T]{all, all[margin : margin+len(data) : margin+len(data)]}
}

func (f framed[T]) check(t testing.TB, what string) {
	t.Helper()
	margin := (len(f.all) - len(f.data)) / 2
	for i, v := range f.all {
		if (i < margin || i >= margin+len(f.data)) && v != canary {
			t.Fatalf("%s: number %d outside the slice was written", what, i-margin)
		}
	}
}

func transpose(r *rand.Rand) blas.Transpose {
	return []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans}[r.IntN(3)]
}

// factor is a random scalar, often one of those that are treated apart.
func factor[T number](r *rand.Rand) T {
	return []T{0, 1, -1, T(r.Float64()), T(math.NaN()), T(math.Inf(1)), -0.5, 1}[r.IntN(8)]
}

// dimension is a random size: mostly small, sometimes larger than the blocks.
func dimension(r *rand.Rand) int {
	switch r.IntN(8) {
	case 0:
		return r.IntN(2)
	case 1:
		return 60 + r.IntN(300)
	}
	return 1 + r.IntN(40)
}
