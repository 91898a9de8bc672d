package blas

import (
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"
)

// A Workspace holds the buffers of one product at a time. They grow as needed and are then used again, so that a call
// with sizes that were there before allocates nothing. The zero Workspace is ready for use; it must not be used by two
// goroutines at once. Its methods are the routines of the same names of BLAS, for matrices stored by rows.
type Workspace struct {
	d space[float64]
	s space[float32]
}

// Until makes products of matrices end early when the channel is closed, within a few milliseconds: what they have
// written then is of no use. Nil, as at first, lets them finish.
func (ws *Workspace) Until(done <-chan struct{}) {
	ws.d.product.done, ws.s.product.done = done, done
}

// Alone makes products of matrices use one thread, whatever SetThreads has set: for callers that share work themselves.
func (ws *Workspace) Alone(alone bool) {
	ws.d.product.alone, ws.s.product.alone = alone, alone
}

// space is the part of a Workspace for one precision.
type space[T number] struct {
	product product[T]
	packed  []T // panels of B
	vectors []T // of matrix-vector products, made contiguous
	workers []*worker[T]
}

// Bytes is the size of the buffers so far. For products of matrices it is bounded: about 2 MB for B, and 200 KB for every
// thread, in double precision; a product with a vector takes room for two vectors.
func (ws *Workspace) Bytes() int { return ws.d.bytes() + ws.s.bytes() }

func (s *space[T]) bytes() int {
	n := cap(s.packed) + cap(s.vectors)
	for _, w := range s.workers {
		n += cap(w.packed)
	}
	return n * size[T]()
}

// The spare workspaces serve callers that bring none: one that is fetched without a lock, and a list for when several
// work at once. This is not a sync.Pool, which forgets at every garbage collection.
var spare struct {
	first atomic.Pointer[Workspace]
	sync.Mutex
	list []*Workspace
}

const maxSpare = 16

func borrow() *Workspace {
	if ws := spare.first.Swap(nil); ws != nil {
		return ws
	}
	spare.Lock()
	defer spare.Unlock()
	n := len(spare.list)
	if n == 0 {
		return new(Workspace)
	}
	ws := spare.list[n-1]
	spare.list = spare.list[:n-1]
	return ws
}

func (ws *Workspace) giveBack() {
	if spare.first.CompareAndSwap(nil, ws) {
		return
	}
	spare.Lock()
	defer spare.Unlock()
	if len(spare.list) < maxSpare {
		spare.list = append(spare.list, ws)
	}
}

// Dgemm is C = alpha op(A) op(B) + beta C with op(A) m×k, op(B) k×n and C m×n. C is not read if beta is zero, A and B are
// not read if alpha is. Arguments that do not fit make it panic as gonum's does.
func (ws *Workspace) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if !accelerated || !validGemm(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc) {
		gemmStripes(fallback.Dgemm, ws.d.product.done, tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	gemm(&ws.d, tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Sgemm is Dgemm in single precision.
func (ws *Workspace) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if !accelerated || !validGemm(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc) {
		gemmStripes(fallback.Sgemm, ws.s.product.done, tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	gemm(&ws.s, tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// DgemmAdd is C = alpha op(A) op(B) + beta D with C and D m×n; D may be C, and must not overlap it otherwise. With ldd 0 all
// rows of D are the first. Unlike the C of Dgemm, D is always read.
func (ws *Workspace) DgemmAdd(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, d []float64, ldd int, c []float64, ldc int) {
	valid := validGemm(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	if valid {
		beta = addTo(&ws.d, accelerated && k > 0 && alpha != 0, m, n, beta, d, ldd, c, ldc)
	}
	ws.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// SgemmAdd is DgemmAdd in single precision.
func (ws *Workspace) SgemmAdd(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, d []float32, ldd int, c []float32, ldc int) {
	valid := validGemm(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	if valid {
		beta = addTo(&ws.s, accelerated && k > 0 && alpha != 0, m, n, beta, d, ldd, c, ldc)
	}
	ws.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dsyrk is C = alpha A Aᵀ + beta C, or with trans C = alpha Aᵀ A + beta C, for one triangle of the n×n matrix C. The other
// triangle is neither read nor written.
func (ws *Workspace) Dsyrk(ul blas.Uplo, t blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	if !accelerated || !validSyrk(ul, t, n, k, len(a), lda, len(c), ldc) {
		fallback.Dsyrk(ul, t, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	syrk(&ws.d, ul, t, n, k, alpha, a, lda, beta, c, ldc)
}

// Ssyrk is Dsyrk in single precision.
func (ws *Workspace) Ssyrk(ul blas.Uplo, t blas.Transpose, n, k int, alpha float32, a []float32, lda int, beta float32, c []float32, ldc int) {
	if !accelerated || !validSyrk(ul, t, n, k, len(a), lda, len(c), ldc) {
		fallback.Ssyrk(ul, t, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	syrk(&ws.s, ul, t, n, k, alpha, a, lda, beta, c, ldc)
}

// Dgemv is y = alpha op(A) x + beta y with A m×n. Y is not read if beta is zero.
func (ws *Workspace) Dgemv(t blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	if !accelerated || !validGemv(t, m, n, len(a), lda, len(x), incX, len(y), incY) {
		fallback.Dgemv(t, m, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	gemv(&ws.d, t != blas.NoTrans, m, n, alpha, a, lda, x, incX, beta, y, incY)
}

// Sgemv is Dgemv in single precision.
func (ws *Workspace) Sgemv(t blas.Transpose, m, n int, alpha float32, a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {
	if !accelerated || !validGemv(t, m, n, len(a), lda, len(x), incX, len(y), incY) {
		fallback.Sgemv(t, m, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	gemv(&ws.s, t != blas.NoTrans, m, n, alpha, a, lda, x, incX, beta, y, incY)
}

// Dgemmt is one triangle of C = alpha op(A) op(B) + beta C with op(A) n×k and op(B) k×n; the other is neither read nor
// written.
func (ws *Workspace) Dgemmt(ul blas.Uplo, tA, tB blas.Transpose, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if !accelerated || !validGemm(tA, tB, n, n, k, len(a), lda, len(b), ldb, len(c), ldc) || !validUplo(ul) {
		gemmtRows(fallback.Dgemm, ul, tA, tB, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	gemmt(&ws.d, ul, tA, tB, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Sgemmt is Dgemmt in single precision.
func (ws *Workspace) Sgemmt(ul blas.Uplo, tA, tB blas.Transpose, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if !accelerated || !validGemm(tA, tB, n, n, k, len(a), lda, len(b), ldb, len(c), ldc) || !validUplo(ul) {
		gemmtRows(fallback.Sgemm, ul, tA, tB, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	gemmt(&ws.s, ul, tA, tB, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dger is A = alpha x yᵀ + A with A m×n. Increments may be negative, for which gonum 0.17 has wrong results on amd64.
func (ws *Workspace) Dger(m, n int, alpha float64, x []float64, incX int, y []float64, incY int, a []float64, lda int) {
	if !accelerated || alpha == 0 || !validGemv(blas.NoTrans, m, n, len(a), lda, len(y), incY, len(x), incX) {
		fallback.Dger(m, n, alpha, x, incX, y, incY, a, lda)
		return
	}
	ger(&ws.d, m, n, alpha, x, incX, y, incY, a, lda)
}

// Sger is Dger in single precision.
func (ws *Workspace) Sger(m, n int, alpha float32, x []float32, incX int, y []float32, incY int, a []float32, lda int) {
	if !accelerated || alpha == 0 || !validGemv(blas.NoTrans, m, n, len(a), lda, len(y), incY, len(x), incX) {
		fallback.Sger(m, n, alpha, x, incX, y, incY, a, lda)
		return
	}
	ger(&ws.s, m, n, alpha, x, incX, y, incY, a, lda)
}
