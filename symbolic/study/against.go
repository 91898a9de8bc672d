package study

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"nabla/numeric"
	"nabla/symbolic"
)

// FactTolerance is how far numbers may be from what is declared of them, relative to the largest: they are typed with some
// digits only.
const FactTolerance = 1e-6

// Against says where numbers contradict the words that are declared of them, "entry 1,2 is 2 and entry 2,1 is 3"; "" where
// they do not. Entries that are not finite are left to whoever computes with them.
func Against(f *symbolic.Facts, a *numeric.Array) (word, why string) {
	largest := 1.0
	for _, x := range a.Data {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return "", ""
		}
		largest = max(largest, math.Abs(x))
	}
	if word, why = signAgainst(f, a); word != "" || len(a.Shape) != 2 || a.Shape[0] != a.Shape[1] {
		return word, why
	}
	n, off := a.Shape[0], FactTolerance*largest
	for i := range n {
		for j := range n {
			x, y := a.Data[i*n+j], a.Data[j*n+i]
			switch {
			case f.Diagonal && i != j && math.Abs(x) > off:
				return "diagonal", fmt.Sprintf("entry %d,%d is %.6g", i+1, j+1, x)
			case f.Symmetric && math.Abs(x-y) > off:
				return "symmetric", fmt.Sprintf("entry %d,%d is %.6g and entry %d,%d is %.6g", i+1, j+1, x, j+1, i+1, y)
			}
		}
	}
	m := mat.NewDense(n, n, a.Data)
	if f.Orthogonal {
		return notOrthogonal(m)
	}
	var chol mat.Cholesky
	if f.PosDef && n > 0 && !chol.Factorize(mat.NewSymDense(n, m.RawMatrix().Data)) {
		return "positive definite", "it has no Cholesky factor"
	}
	return "", ""
}

func signAgainst(f *symbolic.Facts, a *numeric.Array) (word, why string) {
	for k, x := range a.Data {
		if f.Positive && x <= 0 || f.Nonneg && x < 0 {
			word = map[bool]string{true: "positive", false: "nonnegative"}[f.Positive]
			where := "it"
			if len(a.Shape) > 0 {
				where = "entry " + Place(entry(a.Shape, k))
			}
			return word, fmt.Sprintf("%s is %.6g", where, x)
		}
	}
	return "", ""
}

// Place is a position from 1 as people write it: 1,2.
func Place(at []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(at), "[]"), " ", ",")
}

func notOrthogonal(q *mat.Dense) (word, why string) {
	n, _ := q.Dims()
	var p mat.Dense
	p.Mul(q.T(), q)
	for i := range n {
		for j := range n {
			if want := map[bool]float64{true: 1, false: 0}[i == j]; math.Abs(p.At(i, j)-want) > 10*FactTolerance {
				return "orthogonal", fmt.Sprintf("columns %d and %d have the inner product %.6g", i+1, j+1, p.At(i, j))
			}
		}
	}
	return "", ""
}
