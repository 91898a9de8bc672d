package blas

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"unsafe"

	"gonum.org/v1/gonum/blas"
)

// guarded is memory between two pages that must not be touched: a read or write outside ends the test program.
type guarded struct{ memory []byte }

func guard(t testing.TB, bytes int) guarded {
	page := syscall.Getpagesize()
	pages := (bytes+page-1)/page + 2
	memory, err := syscall.Mmap(-1, 0, pages*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(memory) })
	for _, edge := range [][]byte{memory[:page], memory[len(memory)-page:]} {
		if err := syscall.Mprotect(edge, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return guarded{memory[page : len(memory)-page]}
}

// numbers are n random ones that begin where the memory begins or end where it ends.
func numbers[T number](g guarded, r *rand.Rand, n int) []T {
	if n == 0 {
		return nil
	}
	bytes := n * size[T]()
	at := 0
	if r.IntN(2) == 0 {
		at = len(g.memory) - bytes
	}
	x := unsafe.Slice((*T)(unsafe.Pointer(&g.memory[at])), n)
	for i := range x {
		x[i] = T(r.Float64())
	}
	return x
}

func TestNothingOutsideTheSlicesIsTouched(t *testing.T) {
	accelerate(t)
	testGuarded(t, double)
	testGuarded(t, single)
}

func testGuarded[T number](t *testing.T, f routines[T]) {
	const most = 50
	r := rand.New(rand.NewPCG(7, 7))
	ga, gb, gc := guard(t, 2*most*most*8), guard(t, 2*most*most*8), guard(t, 2*most*most*8)
	matrix := func(g guarded, rows, cols int) ([]T, int) {
		ld := cols + r.IntN(2)*r.IntN(9)
		return numbers[T](g, r, (rows-1)*ld+cols), ld
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
		c, ldc = matrix(gc, m, m)
		f.syrk([]blas.Uplo{blas.Upper, blas.Lower}[r.IntN(2)], tA, m, k, 1, a, lda, beta, c, ldc)
		x, y := numbers[T](gb, r, colsA), numbers[T](gc, r, rowsA)
		f.ger(rowsA, colsA, 1, y, 1, x, 1, a, lda)
		f.gemv(blas.NoTrans, rowsA, colsA, 1, a, lda, x, 1, beta, y, 1)
		f.gemv(blas.Trans, rowsA, colsA, 1, a, lda, y, 1, beta, x, 1)
		x, y = numbers[T](gb, r, n), numbers[T](gc, r, n)
		f.dot(n, x, 1, y, 1)
		f.axpy(n, 2, x, 1, y, 1)
	}
}
