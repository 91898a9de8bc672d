package blas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
)

// Implementation is gonum's implementation of BLAS with the routines that most work goes through replaced by faster ones
// where the machine allows. Its methods may be called by several goroutines at once and allocate nothing once warm.
type Implementation struct {
	gonum.Implementation
}

var (
	_ blas.Float64 = Implementation{}
	_ blas.Float32 = Implementation{}

	fallback gonum.Implementation
)

// Use makes all of gonum (blas64, blas32, mat, lapack64) compute with this package.
func Use() {
	blas64.Use(Implementation{})
	blas32.Use(Implementation{})
}

// Accelerated says whether this machine has what the kernels need: AVX2 and FMA. If not, everything is gonum's.
func Accelerated() bool { return accelerated }

// Dgemm is C = alpha op(A) op(B) + beta C; see Workspace.Dgemm.
func (Implementation) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	ws := borrow()
	ws.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	ws.giveBack()
}

// Sgemm is Dgemm in single precision.
func (Implementation) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	ws := borrow()
	ws.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	ws.giveBack()
}

// Dsyrk is C = alpha A Aᵀ + beta C or C = alpha Aᵀ A + beta C; see Workspace.Dsyrk.
func (Implementation) Dsyrk(ul blas.Uplo, t blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	ws := borrow()
	ws.Dsyrk(ul, t, n, k, alpha, a, lda, beta, c, ldc)
	ws.giveBack()
}

// Ssyrk is Dsyrk in single precision.
func (Implementation) Ssyrk(ul blas.Uplo, t blas.Transpose, n, k int, alpha float32, a []float32, lda int, beta float32, c []float32, ldc int) {
	ws := borrow()
	ws.Ssyrk(ul, t, n, k, alpha, a, lda, beta, c, ldc)
	ws.giveBack()
}

// Dgemv is y = alpha op(A) x + beta y; see Workspace.Dgemv.
func (Implementation) Dgemv(t blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	ws := borrow()
	ws.Dgemv(t, m, n, alpha, a, lda, x, incX, beta, y, incY)
	ws.giveBack()
}

// Sgemv is Dgemv in single precision.
func (Implementation) Sgemv(t blas.Transpose, m, n int, alpha float32, a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {
	ws := borrow()
	ws.Sgemv(t, m, n, alpha, a, lda, x, incX, beta, y, incY)
	ws.giveBack()
}

// Ddot is the inner product of x and y.
func (Implementation) Ddot(n int, x []float64, incX int, y []float64, incY int) float64 {
	if !accelerated || n < 1 || incX != 1 || incY != 1 || len(x) < n || len(y) < n {
		return fallback.Ddot(n, x, incX, y, incY)
	}
	return dot(x[:n], y[:n])
}

// Sdot is Ddot in single precision.
func (Implementation) Sdot(n int, x []float32, incX int, y []float32, incY int) float32 {
	if !accelerated || n < 1 || incX != 1 || incY != 1 || len(x) < n || len(y) < n {
		return fallback.Sdot(n, x, incX, y, incY)
	}
	return dot(x[:n], y[:n])
}

// Daxpy is y = alpha x + y.
func (Implementation) Daxpy(n int, alpha float64, x []float64, incX int, y []float64, incY int) {
	if !accelerated || n < 1 || alpha == 0 || incX != 1 || incY != 1 || len(x) < n || len(y) < n {
		fallback.Daxpy(n, alpha, x, incX, y, incY)
		return
	}
	axpy(alpha, x[:n], y[:n])
}

// Saxpy is Daxpy in single precision.
func (Implementation) Saxpy(n int, alpha float32, x []float32, incX int, y []float32, incY int) {
	if !accelerated || n < 1 || alpha == 0 || incX != 1 || incY != 1 || len(x) < n || len(y) < n {
		fallback.Saxpy(n, alpha, x, incX, y, incY)
		return
	}
	axpy(alpha, x[:n], y[:n])
}

// Dger is A = alpha x yᵀ + A; see Workspace.Dger.
func (Implementation) Dger(m, n int, alpha float64, x []float64, incX int, y []float64, incY int, a []float64, lda int) {
	ws := borrow()
	ws.Dger(m, n, alpha, x, incX, y, incY, a, lda)
	ws.giveBack()
}

// Sger is Dger in single precision.
func (Implementation) Sger(m, n int, alpha float32, x []float32, incX int, y []float32, incY int, a []float32, lda int) {
	ws := borrow()
	ws.Sger(m, n, alpha, x, incX, y, incY, a, lda)
	ws.giveBack()
}
