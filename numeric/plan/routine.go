package plan

import (
	gonum "gonum.org/v1/gonum/blas"

	"nabla/numeric"
	"nabla/numeric/blas"
)

type workspace = blas.Workspace

// routines are the routines of BLAS for one type of numbers.
type routines[T numeric.Float] struct {
	gemm  func(ws *workspace, tA, tB gonum.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	add   func(ws *workspace, tA, tB gonum.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, d []T, ldd int, c []T, ldc int)
	syrk  func(ws *workspace, ul gonum.Uplo, t gonum.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int)
	gemv  func(ws *workspace, t gonum.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int)
	gemmt func(ws *workspace, ul gonum.Uplo, tA, tB gonum.Transpose, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	dot   func(n int, x []T, incX int, y []T, incY int) T
	ger   func(ws *workspace, m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int)
}

var (
	double = routines[float64]{(*workspace).Dgemm, (*workspace).DgemmAdd, (*workspace).Dsyrk, (*workspace).Dgemv, (*workspace).Dgemmt, blas.Implementation{}.Ddot, (*workspace).Dger}
	single = routines[float32]{(*workspace).Sgemm, (*workspace).SgemmAdd, (*workspace).Ssyrk, (*workspace).Sgemv, (*workspace).Sgemmt, blas.Implementation{}.Sdot, (*workspace).Sger}
)

func routinesOf[T numeric.Float]() routines[T] {
	if r, ok := any(double).(routines[T]); ok {
		return r
	}
	return any(single).(routines[T])
}
