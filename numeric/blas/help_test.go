package blas

import "math/rand/v2"

// uniform is n numbers in [-1, 1).
func uniform[T number](seed uint64, n int) []T {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]T, n)
	for i := range x {
		x[i] = T(2*r.Float64() - 1)
	}
	return x
}
