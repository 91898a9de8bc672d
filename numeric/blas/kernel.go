package blas

import "unsafe"

// number is what the kernels work on.
type number interface{ float32 | float64 }

// panel is the argument of the GEMM kernel: C = alpha A B + beta D, where A is m×k, B is k×n, and C and D are m×n with n
// at most tileColumns. D may be C. Strides are in bytes. The generator of the kernel knows the layout.
type panel[T number] struct {
	a           *T
	aRow, aCol  int
	aStep       int // from one group of rows to the next if A is packed, else 0
	b           *T
	bRow        int
	c           *T
	cRow        int
	m, k, n     int
	d           *T
	dRow, dAt   int     // dAt is how far the kernel has come in D, in bytes: 0
	next        uintptr // where the next panel of B is packed from, or 0; the kernel asks for it, and moves this on
	line, step  int     // from one line of that to the next, and from those of a tile to those of the next
	alpha, beta T
}

// tileRows and tileColumns are the sizes of the kernel's tile of C.
const tileRows = 6

func tileColumns[T number]() int { return 64 / size[T]() }

func size[T number]() int { return int(unsafe.Sizeof(*new(T))) }

func (p *panel[T]) run() {
	switch p := any(p).(type) {
	case *panel[float64]:
		dgemmPanel(p)
	case *panel[float32]:
		sgemmPanel(p)
	}
}

// copyRows copies k ≥ 1 rows of width numbers, ld apart, next to one another. Width is tileRows or tileColumns.
func copyRows[T number](dst, src []T, width, ld, k int) {
	_, _ = dst[k*width-1], src[(k-1)*ld+width-1]
	switch d := any(&dst[0]).(type) {
	case *float64:
		s := any(&src[0]).(*float64)
		if width == tileRows {
			dcopyA(d, s, ld, k)
		} else {
			dcopyB(d, s, ld, k)
		}
	case *float32:
		s := any(&src[0]).(*float32)
		if width == tileRows {
			scopyA(d, s, ld, k)
		} else {
			scopyB(d, s, ld, k)
		}
	}
}

// copyNarrow copies k ≥ 1 rows of h numbers, ld apart, into rows of tileColumns next to one another, filled up with zeros.
func copyNarrow[T number](dst, src []T, ld, h, k int) {
	_, _ = dst[k*tileColumns[T]()-1], src[(k-1)*ld+h-1]
	switch d := any(&dst[0]).(type) {
	case *float64:
		dcopyNarrow(d, any(&src[0]).(*float64), ld, k, h)
	case *float32:
		scopyNarrow(d, any(&src[0]).(*float32), ld, k, h)
	}
}

// interleave transposes four rows of k numbers, ld apart, into k groups of four, step apart. K is a positive multiple
// of four.
func interleave[T number](dst, src []T, step, ld, k int) {
	_, _ = dst[(k-1)*step+3], src[3*ld+k-1]
	switch d := any(&dst[0]).(type) {
	case *float64:
		dinterleave(d, any(&src[0]).(*float64), step, ld, k)
	case *float32:
		sinterleave(d, any(&src[0]).(*float32), step, ld, k)
	}
}

// stretch is about how many numbers of a matrix a kernel gets at once: the scheduler and the garbage collector wait while
// one runs.
const stretch = 1 << 16

// stretchRows is how many rows of n numbers make a stretch; a multiple of the four that the kernels take together.
func stretchRows(n int) int { return max(4, stretch/n&^3) }

// dots sets dst[i] to the inner product of row i of the m×n matrix a with x, for m, n ≥ 1.
func dots[T number](dst, a, x []T, ld, m, n int) {
	_, _, _ = dst[m-1], a[(m-1)*ld+n-1], x[n-1]
	rows := stretchRows(n)
	for i := 0; i < m; i += rows {
		switch d := any(&dst[i]).(type) {
		case *float64:
			ddots(d, any(&a[i*ld]).(*float64), any(&x[0]).(*float64), ld, min(rows, m-i), n)
		case *float32:
			sdots(d, any(&a[i*ld]).(*float32), any(&x[0]).(*float32), ld, min(rows, m-i), n)
		}
	}
}

// axpys adds the rows of the m×n matrix a, each times its number in x, to dst, for m, n ≥ 1.
func axpys[T number](dst, a, x []T, ld, m, n int) {
	_, _, _ = dst[n-1], a[(m-1)*ld+n-1], x[m-1]
	rows := stretchRows(n)
	for i := 0; i < m; i += rows {
		switch d := any(&dst[0]).(type) {
		case *float64:
			daxpys(d, any(&a[i*ld]).(*float64), any(&x[i]).(*float64), ld, min(rows, m-i), n)
		case *float32:
			saxpys(d, any(&a[i*ld]).(*float32), any(&x[i]).(*float32), ld, min(rows, m-i), n)
		}
	}
}

// gers adds y, times its number in x, to every row of the m×n matrix a, for m, n ≥ 1.
func gers[T number](a, y, x []T, ld, m, n int) {
	_, _, _ = a[(m-1)*ld+n-1], y[n-1], x[m-1]
	rows := stretchRows(n)
	for i := 0; i < m; i += rows {
		switch d := any(&a[i*ld]).(type) {
		case *float64:
			dgers(d, any(&y[0]).(*float64), any(&x[i]).(*float64), ld, min(rows, m-i), n)
		case *float32:
			sgers(d, any(&y[0]).(*float32), any(&x[i]).(*float32), ld, min(rows, m-i), n)
		}
	}
}
