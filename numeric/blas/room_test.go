package blas

import (
	"testing"

	"gonum.org/v1/gonum/blas"
	"pgregory.net/rapid"
)

// A workspace with the room that a call is said to need does not grow.
func TestTheRoomIsWhatACallTakes(t *testing.T) {
	defer SetThreads(1)
	rapid.Check(t, func(t *rapid.T) {
		SetThreads(rapid.IntRange(1, 3).Draw(t, "threads"))
		if rapid.Bool().Draw(t, "double") {
			holdsTheProduct(t, (*Workspace).Dgemm)
		} else {
			holdsTheProduct(t, (*Workspace).Sgemm)
		}
	})
}

func holdsTheProduct[T number](t *rapid.T, gemm func(ws *Workspace, tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)) {
	sizes := rapid.OneOf(rapid.IntRange(1, 40), rapid.IntRange(90, 300))
	m, n, k := sizes.Draw(t, "m"), sizes.Draw(t, "n"), sizes.Draw(t, "k")
	a, b, c := make([]T, m*k), make([]T, k*n), make([]T, m*n)
	tA, lda, tB, ldb := blas.NoTrans, k, blas.NoTrans, n
	if rapid.Bool().Draw(t, "A transposed") {
		tA, lda = blas.Trans, m
	}
	if rapid.Bool().Draw(t, "B transposed") {
		tB, ldb = blas.Trans, k
	}
	ws, room := new(Workspace), GemmRoom[T](tB, m, n, k)
	Reserve[T](ws, room, Threads())
	want := room.Numbers(Threads()) * size[T]()
	if got := ws.Bytes(); got != want {
		t.Fatalf("%d bytes are reserved, not %d", got, want)
	}
	gemm(ws, tA, tB, m, n, k, 1, a, lda, b, ldb, 0, c, n)
	if got := ws.Bytes(); got != want {
		t.Fatalf("%d bytes are held after the product, %d were reserved", got, want)
	}
}
