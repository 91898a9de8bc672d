package blas

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"

	"nabla/numeric/internal/guard"
)

func TestNothingOutsideTheSlicesIsTouched(t *testing.T) {
	accelerate(t)
	testGuarded(t, double)
	testGuarded(t, single)
}

func testGuarded[T number](t *testing.T, f routines[T]) {
	const most = 50
	r := rand.New(rand.NewPCG(7, 7))
	ga, gb, gc, gd := guard.New(t, 2*most*most*8), guard.New(t, 2*most*most*8), guard.New(t, 2*most*most*8), guard.New(t, 2*most*most*8)
	matrix := func(g guard.Memory, rows, cols int) ([]T, int) {
		ld := cols + r.IntN(2)*r.IntN(9)
		return guard.Numbers[T](g, r, (rows-1)*ld+cols), ld
	}
	for range 3000 {
		m, n, k := 1+r.IntN(most), 1+r.IntN(most), 1+r.IntN(most)
		tA, tB := transpose(r), transpose(r)
		rowsA, colsA, _ := stored(tA, m, k)
		rowsB, colsB, _ := stored(tB, k, n)
		a, lda := matrix(ga, rowsA, colsA)
		b, ldb := matrix(gb, rowsB, colsB)
		c, ldc := matrix(gc, m, n)
		beta := T(r.IntN(2))
		f.gemm(tA, tB, m, n, k, 1, a, lda, b, ldb, beta, c, ldc)
		d, ldd := matrix(gd, m, n)
		if r.IntN(4) == 0 {
			d, ldd = d[len(d)-n:], 0
		}
		f.add(tA, tB, m, n, k, 1, a, lda, b, ldb, 2, d, ldd, c, ldc)
		c, ldc = matrix(gc, m, m)
		f.syrk([]blas.Uplo{blas.Upper, blas.Lower}[r.IntN(2)], tA, m, k, 1, a, lda, beta, c, ldc)
		b, ldb = matrix(gb, rowsA, colsA)
		f.gemmt([]blas.Uplo{blas.Upper, blas.Lower}[r.IntN(2)], tA, flipped(tA), m, k, 1, a, lda, b, ldb, beta, c, ldc)
		x, y := guard.Numbers[T](gb, r, colsA), guard.Numbers[T](gc, r, rowsA)
		f.ger(rowsA, colsA, 1, y, 1, x, 1, a, lda)
		f.gemv(blas.NoTrans, rowsA, colsA, 1, a, lda, x, 1, beta, y, 1)
		f.gemv(blas.Trans, rowsA, colsA, 1, a, lda, y, 1, beta, x, 1)
		x, y = guard.Numbers[T](gb, r, n), guard.Numbers[T](gc, r, n)
		f.dot(n, x, 1, y, 1)
		f.axpy(n, 2, x, 1, y, 1)
	}
}
