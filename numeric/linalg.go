package numeric

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Dense linear algebra on row-major slices, by gonum's LAPACK. Results go to dst, which must not overlap the arguments.

// ErrSingular says that a matrix has no inverse in float64.
var ErrSingular = errors.New("the matrix is singular to working precision")

// asymmetry is how far a matrix may be from symmetric, relative to its largest entry, where a symmetric one is needed:
// rounding and the steps of finite differences are, another matrix is not.
const asymmetry = 1e-3

// Det is the determinant of an n×n matrix.
func Det(a []float64, n int) float64 {
	if n == 0 {
		return 1
	}
	return mat.Det(mat.NewDense(n, n, a))
}

// LogDet is log det a, which is a number only where det a > 0.
func LogDet(a []float64, n int) (float64, error) {
	if n == 0 {
		return 0, nil
	}
	v, sign := mat.LogDet(mat.NewDense(n, n, a))
	switch {
	case math.IsInf(v, -1):
		return 0, errors.New("the determinant is 0: the matrix is singular to working precision")
	case sign < 0:
		return 0, fmt.Errorf("the determinant is negative (−exp(%.6g)), so that its logarithm is not a real number", v)
	}
	return v, nil
}

// Inverse is the inverse of an n×n matrix.
func Inverse(dst, a []float64, n int) error {
	if n == 0 {
		return nil
	}
	return singular(mat.NewDense(n, n, dst).Inverse(mat.NewDense(n, n, a)))
}

// Solve is the x with a·x = b for n×n a and n×m b; dst may be b.
func Solve(dst, a, b []float64, n, m int) error {
	if n == 0 || m == 0 {
		return nil
	}
	x := mat.NewDense(n, m, dst)
	y := x
	if &dst[0] != &b[0] {
		y = mat.NewDense(n, m, b)
	}
	if kind, ok := triangle(a, n); ok {
		return singular(x.Solve(mat.NewTriDense(n, kind, a), y))
	}
	return singular(x.Solve(mat.NewDense(n, n, a), y))
}

// triangle says that a matrix of several rows is triangular, on which side: then no elimination is needed.
func triangle(a []float64, n int) (side mat.TriKind, ok bool) {
	upper, lower := n > 1, n > 1
	for i := 0; i < n && (upper || lower); i++ {
		row := a[i*n : (i+1)*n]
		upper = upper && !slices.ContainsFunc(row[:i], notZero)
		lower = lower && !slices.ContainsFunc(row[i+1:], notZero)
	}
	return mat.TriKind(upper), upper || lower
}

func notZero(x float64) bool { return x != 0 }

// singular puts gonum's complaint about the condition in the reader's terms.
func singular(err error) error {
	var c mat.Condition
	if errors.As(err, &c) {
		return ErrSingular
	}
	return err
}

// PseudoInverse is the Moore–Penrose inverse (n×m) of an m×n matrix. Singular values below max(m,n)·ε times the largest
// count as 0.
func PseudoInverse(dst, a []float64, m, n int) error {
	if m == 0 || n == 0 {
		return nil
	}
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(m, n, a), mat.SVDThin) {
		return errors.New("the singular values did not converge: is every entry a finite number?")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	s := svd.Values(nil)
	small := float64(max(m, n)) * 0x1p-52 * s[0]
	for j, sigma := range s {
		for i := range n {
			if sigma > small {
				v.Set(i, j, v.At(i, j)/sigma)
			} else {
				v.Set(i, j, 0)
			}
		}
	}
	mat.NewDense(n, m, dst).Mul(&v, u.T())
	return nil
}

// wellConditioned is the condition number up to which det(a) a⁻¹ keeps ten digits.
const wellConditioned = 1e5

// Adjugate is the transpose of the cofactors of an n×n matrix: det(a) a⁻¹ where that is well conditioned, else from
// a = U S Vᵀ: det(U) det(V) V adj(S) Uᵀ, which needs no inverse (Stewart, "On the adjugate matrix", 1998).
func Adjugate(dst, a []float64, n int) error {
	if n == 0 {
		return nil
	}
	var lu mat.LU
	lu.Factorize(mat.NewDense(n, n, a))
	if lu.Cond() < wellConditioned {
		inverse := mat.NewDense(n, n, dst)
		if err := lu.SolveTo(inverse, false, mat.NewDiagDense(n, ones(n))); err == nil {
			inverse.Scale(lu.Det(), inverse)
			return nil
		}
	}
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(n, n, a), mat.SVDFull) {
		return errors.New("the singular values did not converge: is every entry a finite number?")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	sign := math.Round(mat.Det(&u) * mat.Det(&v))
	s := svd.Values(nil)
	for j := range n {
		p := sign
		for k := range n {
			if k != j {
				p *= s[k]
			}
		}
		for i := range n {
			v.Set(i, j, p*v.At(i, j))
		}
	}
	mat.NewDense(n, n, dst).Mul(&v, u.T())
	return nil
}

func ones(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

// symmetric reads the symmetric part of a matrix that is nearly symmetric.
func symmetric(a []float64, n int) (*mat.SymDense, error) {
	largest, off := 0.0, 0.0
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			p, q := a[i*n+j], a[j*n+i]
			largest = math.Max(largest, math.Max(math.Abs(p), math.Abs(q)))
			off = math.Max(off, math.Abs(p-q))
			s.SetSym(i, j, p/2+q/2)
		}
	}
	if math.IsNaN(largest) || math.IsInf(largest, 0) {
		return nil, errors.New("not every entry of the matrix is a finite number")
	}
	if off > asymmetry*largest {
		return nil, fmt.Errorf("the matrix is not symmetric: two mirrored entries differ by %.3g", off)
	}
	return s, nil
}

// Cholesky is the lower triangular L with a = L Lᵀ. It reads the symmetric part of a.
func Cholesky(dst, a []float64, n int) error {
	if n == 0 {
		return nil
	}
	s, err := symmetric(a, n)
	if err != nil {
		return err
	}
	var c mat.Cholesky
	if !c.Factorize(s) {
		return errors.New("the matrix is not positive definite")
	}
	var l mat.TriDense
	c.LTo(&l)
	for i := range n {
		for j := range n {
			dst[i*n+j] = l.At(i, j)
		}
	}
	return nil
}

// EigenSym is the eigenvalues of the symmetric part of a, ascending, and its eigenvectors as columns, each of length 1
// with its largest component positive. vectors may be nil.
func EigenSym(values, vectors, a []float64, n int) error {
	if n == 0 {
		return nil
	}
	s, err := symmetric(a, n)
	if err != nil {
		return err
	}
	var e mat.EigenSym
	if !e.Factorize(s, vectors != nil) {
		return errors.New("the eigenvalues did not converge")
	}
	if values != nil {
		e.Values(values)
	}
	if vectors != nil {
		v := mat.NewDense(n, n, vectors)
		e.VectorsTo(v)
		orient(v, n)
	}
	return nil
}

// orient chooses the sign of each column.
func orient(v *mat.Dense, n int) {
	for j := range n {
		largest := 0.0
		for i := range n {
			if x := v.At(i, j); math.Abs(x) > math.Abs(largest)*(1+1e-9) {
				largest = x
			}
		}
		if largest < 0 {
			for i := range n {
				v.Set(i, j, -v.At(i, j))
			}
		}
	}
}
