package blas

import "gonum.org/v1/gonum/blas"

// gemm does what is left of GEMM when the arguments are known to fit.
func gemm[T number](ws *space[T], tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	g := &ws.product
	g.part, g.m, g.n, g.k, g.alpha, g.beta = whole, m, n, k, alpha, beta
	g.a, g.b, g.c, g.ldc = op(tA, a, lda), op(tB, b, ldb), c, ldc
	switch {
	case k == 0 || alpha == 0:
		g.scale()
	case n == 1:
		gemvOperand(ws, g.a, m, k, alpha, b, g.b.row, beta, c, ldc)
	case m == 1:
		gemvOperand(ws, g.b.transposed(), n, k, alpha, a, g.a.col, beta, c, 1)
	default:
		g.run(ws)
	}
	g.release()
}

// addTo makes the next call of gemm compute C = alpha A B + beta D; or, where the kernel cannot, it makes C beta D, and the
// call is to add to it. It returns the beta of that call. A D with equal rows has ldd 0.
func addTo[T number](ws *space[T], direct bool, m, n int, beta T, d []T, ldd int, c []T, ldc int) T {
	if m == 0 || n == 0 {
		return beta
	}
	if direct && m > 1 && n > 1 && beta != 0 {
		_ = d[(m-1)*ldd+n-1]
		ws.product.d, ws.product.ldd = d, ldd
		return beta
	}
	for i := range m {
		row := c[i*ldc:][:n]
		for j, x := range d[i*ldd:][:n] {
			row[j] = beta * x
		}
	}
	return 1
}

// release forgets the caller's slices, which a kept workspace would keep alive.
func (g *product[T]) release() {
	g.a, g.b, g.c, g.d = operand[T]{}, operand[T]{}, nil, nil
	for _, w := range g.workers {
		w.panel.a, w.panel.b, w.panel.c, w.panel.d = nil, nil, nil, nil
	}
}

// syrk does what is left of SYRK when the arguments are known to fit.
func syrk[T number](ws *space[T], ul blas.Uplo, t blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	gemmt(ws, ul, t, flipped(t), n, k, alpha, a, lda, a, lda, beta, c, ldc)
}

// flipped is the other transposition.
func flipped(t blas.Transpose) blas.Transpose {
	if t == blas.NoTrans {
		return blas.Trans
	}
	return blas.NoTrans
}

// gemmt does what is left of GEMMT when the arguments are known to fit.
func gemmt[T number](ws *space[T], ul blas.Uplo, tA, tB blas.Transpose, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	if n == 0 {
		return
	}
	g := &ws.product
	g.triangleOf(ul)
	g.m, g.n, g.k, g.alpha, g.beta = n, n, k, alpha, beta
	g.a, g.b, g.c, g.ldc = op(tA, a, lda), op(tB, b, ldb), c, ldc
	if k == 0 || alpha == 0 {
		g.scale()
	} else {
		g.run(ws)
	}
	g.release()
}

func (g *product[T]) triangleOf(ul blas.Uplo) {
	g.part = upper
	if ul == blas.Lower {
		g.part = lower
	}
}

type gemmRoutine[T number] func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

// gemmStripes is GEMM by another one, so many rows at once that it can be ended early.
func gemmStripes[T number](gemm gemmRoutine[T], done <-chan struct{}, tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	const stripe = 96
	if done == nil || m <= stripe || n == 0 || !validGemm(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc) {
		gemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	for i := 0; i < m && !closed(done); i += stripe {
		gemm(tA, tB, min(stripe, m-i), n, k, alpha, offset(op(tA, a, lda), i, 0, k), lda, b, ldb, beta, c[i*ldc:], ldc)
	}
}

// gemmtRows is GEMMT by a GEMM, which gets what is beside the diagonal's blocks in one call for each, and these row by row.
func gemmtRows[T number](gemm gemmRoutine[T], ul blas.Uplo, tA, tB blas.Transpose, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	if !validUplo(ul) {
		panic("blas: illegal triangle")
	}
	if n == 0 || !validGemm(tA, tB, n, n, k, len(a), lda, len(b), ldb, len(c), ldc) {
		gemm(tA, tB, n, n, k, alpha, a, lda, b, ldb, beta, c, ldc) // panics and says why, or has nothing to do
		return
	}
	part := func(i, rows, from, to int) {
		if from < to {
			x, y := offset(op(tA, a, lda), i, 0, k), offset(op(tB, b, ldb), 0, from, k)
			gemm(tA, tB, rows, to-from, k, alpha, x, lda, y, ldb, beta, c[i*ldc+from:], ldc)
		}
	}
	const block = 48
	for i := 0; i < n; i += block {
		end := min(i+block, n)
		for r := i; r < end; r++ {
			if ul == blas.Upper {
				part(r, 1, r, end)
			} else {
				part(r, 1, i, r+1)
			}
		}
		if ul == blas.Upper {
			part(i, end-i, end, n)
		} else {
			part(i, end-i, 0, i)
		}
	}
}

// offset is the data of an operand from row i and column j on; without a sum there may be none.
func offset[T number](o operand[T], i, j, k int) []T {
	if k == 0 {
		return nil
	}
	return o.at(i, j).data
}

func gemv[T number](ws *space[T], trans bool, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int) {
	if m == 0 || n == 0 {
		return
	}
	o := operand[T]{a, lda, 1}
	if trans {
		o, m, n = o.transposed(), n, m
	}
	gemvOperand(ws, o, m, n, alpha, x, incX, beta, y, incY)
}

// gemvOperand is y = alpha A x + beta y for an m×n operand A that is not empty.
func gemvOperand[T number](ws *space[T], a operand[T], m, n int, alpha T, x []T, incX int, beta T, y []T, incY int) {
	if alpha == 0 {
		scaleStrided(m, beta, y, incY)
		return
	}
	buffer := grow(&ws.vectors, m+n)
	if a.rowMajor() {
		sums := buffer[:m]
		dots(sums, a.data, contiguous(buffer[m:], x, n, incX), a.row, m, n)
		for i, s := range sums {
			j := place(i, m, incY)
			y[j] = update(y[j], alpha*s, beta)
		}
		return
	}
	weights := buffer[m:]
	for j := range weights {
		weights[j] = alpha * x[place(j, n, incX)]
	}
	if incY == 1 {
		scale(y[:m], beta)
		axpys(y, a.data, weights, a.col, n, m)
		return
	}
	sums := buffer[:m]
	clear(sums)
	axpys(sums, a.data, weights, a.col, n, m)
	for i, s := range sums {
		j := place(i, m, incY)
		y[j] = update(y[j], s, beta)
	}
}

// place is where element i of a vector of n lies; a negative increment runs backwards, as everywhere in BLAS.
func place(i, n, inc int) int {
	if inc < 0 {
		return (i - n + 1) * inc
	}
	return i * inc
}

// contiguous is x without gaps: itself, or its copy in buffer.
func contiguous[T number](buffer, x []T, n, inc int) []T {
	if inc == 1 {
		return x
	}
	for i := range n {
		buffer[i] = x[place(i, n, inc)]
	}
	return buffer[:n]
}

func scaleStrided[T number](n int, beta T, y []T, inc int) {
	for i := range n {
		scale(y[place(i, n, inc):][:1], beta)
	}
}

func dot[T number](x, y []T) T {
	var sum [1]T
	dots(sum[:], x, y, len(x), 1, len(x))
	return sum[0]
}

func axpy[T number](alpha T, x, y []T) {
	weight := [1]T{alpha}
	axpys(y, x, weight[:], len(x), 1, len(x))
}

func ger[T number](ws *space[T], m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int) {
	if m == 0 || n == 0 {
		return
	}
	buffer := grow(&ws.vectors, m+n)
	weights := buffer[:m]
	for i := range weights {
		weights[i] = alpha * x[place(i, m, incX)]
	}
	gers(a, contiguous(buffer[m:], y, n, incY), weights, lda, m, n)
}
