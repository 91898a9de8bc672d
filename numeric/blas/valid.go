package blas

import "gonum.org/v1/gonum/blas"

// The valid functions say whether arguments fit. Where they do not, gonum's routine is called, which panics with the
// reason.

func validGemm(tA, tB blas.Transpose, m, n, k, a, lda, b, ldb, c, ldc int) bool {
	rowsA, colsA, okA := stored(tA, m, k)
	rowsB, colsB, okB := stored(tB, k, n)
	return okA && okB && fits(rowsA, colsA, a, lda) && fits(rowsB, colsB, b, ldb) && fits(m, n, c, ldc)
}

func validSyrk(ul blas.Uplo, t blas.Transpose, n, k, a, lda, c, ldc int) bool {
	rows, cols, ok := stored(t, n, k)
	return ok && validUplo(ul) && fits(rows, cols, a, lda) && fits(n, n, c, ldc)
}

func validUplo(ul blas.Uplo) bool { return ul == blas.Upper || ul == blas.Lower }

func validGemv(t blas.Transpose, m, n, a, lda, x, incX, y, incY int) bool {
	rows, cols, ok := stored(t, m, n)
	if t != blas.NoTrans {
		rows, cols = cols, rows
	}
	lenX, lenY := n, m
	if t != blas.NoTrans {
		lenX, lenY = m, n
	}
	return ok && fits(rows, cols, a, lda) && reaches(lenX, x, incX) && reaches(lenY, y, incY)
}

// stored is the shape in memory of a factor that is rows×cols after its transposition.
func stored(t blas.Transpose, rows, cols int) (int, int, bool) {
	switch t {
	case blas.NoTrans:
		return rows, cols, true
	case blas.Trans, blas.ConjTrans:
		return cols, rows, true
	}
	return 0, 0, false
}

// fits says whether a rows×cols matrix with leading dimension ld lies within n numbers. The division keeps sizes that
// overflow from passing.
func fits(rows, cols, n, ld int) bool {
	if rows < 0 || cols < 0 || ld < max(1, cols) {
		return false
	}
	return rows == 0 || cols == 0 || cols <= n && rows-1 <= (n-cols)/ld
}

// reaches says whether a vector of n numbers inc apart lies within length numbers.
func reaches(n, length, inc int) bool {
	if inc == 0 {
		return false
	}
	if inc < 0 {
		inc = -inc
	}
	return inc > 0 && (n == 0 || length > 0 && n-1 <= (length-1)/inc)
}
