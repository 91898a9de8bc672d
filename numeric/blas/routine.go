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

// release forgets the caller's slices, which a kept workspace would keep alive.
func (g *product[T]) release() {
	g.a, g.b, g.c = operand[T]{}, operand[T]{}, nil
	for _, w := range g.workers {
		w.panel.a, w.panel.b, w.panel.c = nil, nil, nil
	}
}

// syrk does what is left of SYRK when the arguments are known to fit.
func syrk[T number](ws *space[T], ul blas.Uplo, t blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	if n == 0 {
		return
	}
	g := &ws.product
	g.part, g.m, g.n, g.k, g.alpha, g.beta = upper, n, n, k, alpha, beta
	if ul == blas.Lower {
		g.part = lower
	}
	g.a, g.c, g.ldc = op(t, a, lda), c, ldc
	g.b = g.a.transposed()
	if k == 0 || alpha == 0 {
		g.scale()
	} else {
		g.run(ws)
	}
	g.release()
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
	full := contiguous(grow(&ws.vectors, n), y, n, incY)[:n]
	for i := range m {
		axpy(alpha*x[place(i, m, incX)], full, a[i*lda:i*lda+n])
	}
}
