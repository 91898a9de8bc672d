package blas

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/blas"
)

func TestDgemmAgreesWithGonum(t *testing.T) {
	for _, tA := range []blas.Transpose{blas.NoTrans, blas.Trans} {
		for _, tB := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			for _, s := range [][3]int{{1, 1, 1}, {3, 4, 5}, {6, 8, 4}, {7, 9, 11}, {1, 9, 3}, {9, 1, 3}, {50, 60, 70}, {300, 301, 303}, {97, 200, 513}} {
				m, n, k := s[0], s[1], s[2]
				lda, ldb := k, n
				if tA == blas.Trans {
					lda = m
				}
				if tB == blas.Trans {
					ldb = k
				}
				a, b := uniform[float64](1, m*k), uniform[float64](2, k*n)
				c := uniform[float64](3, m*n)
				d := append([]float64(nil), c...)
				Implementation{}.Dgemm(tA, tB, m, n, k, 1.5, a, lda, b, ldb, 0.5, c, n)
				fallback.Dgemm(tA, tB, m, n, k, 1.5, a, lda, b, ldb, 0.5, d, n)
				worst := 0.0
				for i := range c {
					worst = max(worst, math.Abs(c[i]-d[i]))
				}
				if !(worst < 1e-12*float64(k)) {
					t.Errorf("%c%c %v: %g", tA, tB, s, worst)
				}
			}
		}
	}
}
