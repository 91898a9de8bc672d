package numeric

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// Dense linear algebra on row-major slices, by gonum's LAPACK. Results go to dst, which must not overlap the arguments
// and holds anything after an error. Each function computes in a Work of the size that the function beside it says.

// ErrSingular says that a matrix has no inverse in float64.
var ErrSingular = errors.New("the matrix is singular to working precision")

var errNotConverged = errors.New("the singular values did not converge: is every entry a finite number?")

// asymmetry is how far a matrix may be from symmetric, relative to its largest entry, where a symmetric one is needed:
// rounding and the steps of finite differences are, another matrix is not.
const asymmetry = 1e-3

type general = blas64.General

// dense is a slice as an m×n matrix.
func dense(a []float64, m, n int) general { return general{Rows: m, Cols: n, Stride: n, Data: a} }

// An lu is a square matrix as P L U, the two triangles in one.
type lu struct {
	general
	pivots []int
	norm   float64 // of the matrix: the largest sum of a row
	ok     bool    // no pivot is 0
}

// factor overwrites an n×n matrix with its factors; n integers of w are taken.
func factor(a []float64, n int, w *Work) lu {
	f := lu{general: dense(a, n, n), pivots: w.takeInts(n)}
	f.norm = lapack64.Lange(mat.CondNorm, f.general, nil)
	f.ok = lapack64.Getrf(f.general, f.pivots)
	return f
}

// factorCopy is factor on a copy of a matrix, for which n² numbers of w are taken.
func factorCopy(a []float64, n int, w *Work) lu {
	c := w.Take(n * n)
	copy(c, a)
	return factor(c, n, w)
}

// condition estimates the condition number, with 4n numbers and n integers of w.
func (f *lu) condition(w Work) float64 {
	if !f.ok {
		return math.Inf(1)
	}
	return 1 / lapack64.Gecon(mat.CondNorm, f.general, f.norm, w.Take(4*f.Rows), w.takeInts(f.Rows))
}

// check is ErrSingular if the condition number c is beyond float64; NaN is not.
func check(c float64) error {
	if c > mat.ConditionTolerance {
		return ErrSingular
	}
	return nil
}

// logDet is the logarithm of |det| and the sign of det. The sum is in order, whatever memory the factors lie in.
func (f *lu) logDet() (v, sign float64) {
	sign = 1
	for i, p := range f.pivots {
		d := f.Data[i*f.Stride+i]
		if d < 0 != (p != i) {
			sign = -sign
		}
		v += math.Log(math.Abs(d))
	}
	return v, sign
}

func (f *lu) det() float64 {
	if !f.ok {
		return 0
	}
	v, sign := f.logDet()
	return math.Exp(v) * sign
}

// DetWork is the work of Det and of LogDet.
func DetWork(n int) WorkSize { return WorkSize{n * n, n} }

// Det is the determinant of an n×n matrix.
func Det(a []float64, n int, w Work) float64 {
	if n == 0 {
		return 1
	}
	f := factorCopy(a, n, &w)
	return f.det()
}

// LogDet is log det a, which is a number only where det a > 0.
func LogDet(a []float64, n int, w Work) (float64, error) {
	if n == 0 {
		return 0, nil
	}
	f := factorCopy(a, n, &w)
	v, sign := f.logDet()
	switch {
	case math.IsInf(v, -1):
		return 0, errors.New("the determinant is 0: the matrix is singular to working precision")
	case sign < 0:
		return 0, fmt.Errorf("the determinant is negative (−exp(%.6g)), so that its logarithm is not a real number", v)
	}
	return v, nil
}

// InverseWork is the work of Inverse.
func InverseWork(n int) WorkSize {
	if n == 0 {
		return WorkSize{}
	}
	var best [1]float64
	lapack64.Getri(dense(nil, n, n), nil, best[:], -1)
	return WorkSize{max(4*n, int(best[0])), 2 * n}
}

// Inverse is the inverse of an n×n matrix.
func Inverse(dst, a []float64, n int, w Work) error {
	if n == 0 {
		return nil
	}
	copy(dst, a)
	f := factor(dst, n, &w)
	c := f.condition(w)
	if !f.ok || !lapack64.Getri(f.general, f.pivots, w.Floats, len(w.Floats)) {
		return ErrSingular
	}
	return check(c)
}

// SolveWork is the work of Solve.
func SolveWork(n int) WorkSize { return WorkSize{n*n + 4*n, 2 * n} }

// Solve is the x with a·x = b for n×n a and n×m b; dst may be b.
func Solve(dst, a, b []float64, n, m int, w Work) error {
	if n == 0 || m == 0 {
		return nil
	}
	copy(dst, b)
	x := dense(dst, n, m)
	if side, ok := triangle(a, n); ok {
		t := blas64.Triangular{Uplo: side, Diag: blas.NonUnit, N: n, Stride: n, Data: a}
		if !lapack64.Trtrs(blas.NoTrans, t, x) {
			return ErrSingular
		}
		return nil
	}
	f := factorCopy(a, n, &w)
	if !f.ok {
		return ErrSingular
	}
	lapack64.Getrs(blas.NoTrans, f.general, x, f.pivots)
	return check(f.condition(w))
}

// triangle says that a matrix of several rows is triangular, on which side: then no elimination is needed.
func triangle(a []float64, n int) (side blas.Uplo, ok bool) {
	upper, lower := n > 1, n > 1
	for i := 0; i < n && (upper || lower); i++ {
		row := a[i*n : (i+1)*n]
		upper = upper && !slices.ContainsFunc(row[:i], notZero)
		lower = lower && !slices.ContainsFunc(row[i+1:], notZero)
	}
	if upper {
		return blas.Upper, true
	}
	return blas.Lower, lower
}

func notZero(x float64) bool { return x != 0 }

// An svd is U diag(s) Vᵀ, with as many singular values as the matrix has rows or columns, whichever are fewer.
type svd struct {
	u, vt general
	s     []float64
}

// svdWork is the work of newSVD: the first numbers are those that it takes. LAPACK says how much it works in only where it
// is shown a matrix, which may be larger than memory; the last part is never less (dgesvd in blocks of 64).
func svdWork(m, n int) WorkSize {
	k := min(m, n)
	return WorkSize{Floats: m*k + k*n + k + m*n + svdRoom(m, n)}
}

func svdRoom(m, n int) int {
	k := min(m, n)
	return k*k + 8*k + 64*(m+n)
}

// newSVD decomposes an m×n matrix; the parts are taken out of w.
func newSVD(a []float64, m, n int, w *Work) (svd, error) {
	k := min(m, n)
	d := svd{u: w.matrix(m, k), vt: w.matrix(k, n), s: w.Take(k)}
	work := *w
	c := work.matrix(m, n)
	copy(c.Data, a)
	if !lapack64.Gesvd(lapack.SVDStore, lapack.SVDStore, c, d.u, d.vt, d.s, work.Floats, len(work.Floats)) {
		return d, errNotConverged
	}
	return d, nil
}

// backwards is V diag(s) Uᵀ. It overwrites Vᵀ.
func (d *svd) backwards(dst []float64, s []float64) {
	for j, x := range s {
		row := d.vt.Data[j*d.vt.Stride : (j+1)*d.vt.Stride]
		for i := range row {
			row[i] *= x
		}
	}
	blas64.Gemm(blas.Trans, blas.Trans, 1, d.vt, d.u, 0, dense(dst, d.vt.Cols, d.u.Rows))
}

// PseudoInverseWork is the work of PseudoInverse.
func PseudoInverseWork(m, n int) WorkSize { return svdWork(m, n) }

// PseudoInverse is the Moore–Penrose inverse (n×m) of an m×n matrix. Singular values below max(m,n)·ε times the largest
// count as 0.
func PseudoInverse(dst, a []float64, m, n int, w Work) error {
	if m == 0 || n == 0 {
		return nil
	}
	d, err := newSVD(a, m, n, &w)
	if err != nil {
		return err
	}
	small := float64(max(m, n)) * 0x1p-52 * d.s[0]
	for j, sigma := range d.s {
		if d.s[j] = 0; sigma > small {
			d.s[j] = 1 / sigma
		}
	}
	d.backwards(dst, d.s)
	return nil
}

// wellConditioned is the condition number up to which det(a) a⁻¹ keeps ten digits.
const wellConditioned = 1e5

// AdjugateWork is the work of Adjugate.
func AdjugateWork(n int) WorkSize {
	d, s, det := SolveWork(n), svdWork(n, n), DetWork(n)
	s.Floats += n
	return d.Max(s).Max(WorkSize{s.Floats + det.Floats, det.Ints})
}

// Adjugate is the transpose of the cofactors of an n×n matrix: det(a) a⁻¹ where that is well conditioned, else from
// a = U S Vᵀ: det(U) det(V) V adj(S) Uᵀ, which needs no inverse (Stewart, "On the adjugate matrix", 1998).
func Adjugate(dst, a []float64, n int, w Work) error {
	if n == 0 {
		return nil
	}
	if adjugateOfRegular(dst, a, n, w) {
		return nil
	}
	d, err := newSVD(a, n, n, &w)
	if err != nil {
		return err
	}
	sign := math.Round(Det(d.u.Data, n, w) * Det(d.vt.Data, n, w))
	others := w.Take(n)
	for j := range others {
		others[j] = sign
		for k, s := range d.s {
			if k != j {
				others[j] *= s
			}
		}
	}
	d.backwards(dst, others)
	return nil
}

// VectorsWork is the work of Vectors.
func VectorsWork(n int) WorkSize { return svdWork(n, n) }

// Vectors are the U and the V of an n×n matrix a = U S Vᵀ; either may be nil. The same a has the same vectors.
func Vectors(u, v, a []float64, n int, w Work) error {
	if n == 0 {
		return nil
	}
	d, err := newSVD(a, n, n, &w)
	if err != nil {
		return err
	}
	for i := range n {
		for j := range n {
			if u != nil {
				u[i*n+j] = d.u.Data[i*d.u.Stride+j]
			}
			if v != nil {
				v[i*n+j] = d.vt.Data[j*d.vt.Stride+i]
			}
		}
	}
	return nil
}

// OtherValuesWork is the work of OtherValues.
func OtherValuesWork(n int) WorkSize {
	s, det := svdWork(n, n), DetWork(n)
	return WorkSize{s.Floats + det.Floats, det.Ints}
}

// OtherValues is, for an n×n matrix a = U S Vᵀ and each k of its singular values, det(U) det(V) times the product of the
// others; 0 where two of the k are the same one.
func OtherValues(dst, a []float64, n, k int, w Work) error {
	if n == 0 {
		return nil
	}
	d, err := newSVD(a, n, n, &w)
	if err != nil {
		return err
	}
	sign := math.Round(Det(d.u.Data, n, w) * Det(d.vt.Data, n, w))
	fillOthers(dst, d.s, k, sign)
	return nil
}

// fillOthers goes through the k-th axes one after the other. A value that is taken is marked by NaN meanwhile.
func fillOthers(dst, s []float64, k int, sign float64) {
	if k == 0 {
		dst[0] = sign
		for _, x := range s {
			if !math.IsNaN(x) {
				dst[0] *= x
			}
		}
		return
	}
	m := len(dst) / len(s)
	for j, x := range s {
		part := dst[j*m : (j+1)*m]
		if math.IsNaN(x) {
			clear(part)
			continue
		}
		s[j] = math.NaN()
		fillOthers(part, s, k-1, sign)
		s[j] = x
	}
}

// adjugateOfRegular is Adjugate where a is well conditioned, and says whether it is.
func adjugateOfRegular(dst, a []float64, n int, w Work) bool {
	f := factorCopy(a, n, &w)
	if !(f.condition(w) < wellConditioned) {
		return false
	}
	clear(dst)
	for i := range n {
		dst[i*n+i] = 1
	}
	lapack64.Getrs(blas.NoTrans, f.general, dense(dst, n, n), f.pivots)
	floats.Scale(f.det(), dst)
	return true
}

// symmetrize reads the symmetric part of a matrix that is nearly symmetric into dst.
func symmetrize(dst, a []float64, n int) error {
	largest, off := 0.0, 0.0
	for i := range n {
		for j := i; j < n; j++ {
			p, q := a[i*n+j], a[j*n+i]
			largest = math.Max(largest, math.Max(math.Abs(p), math.Abs(q)))
			off = math.Max(off, math.Abs(p-q))
			dst[i*n+j] = p + (q-p)/2 // exact where they are equal
			dst[j*n+i] = dst[i*n+j]
		}
	}
	if math.IsNaN(largest) || math.IsInf(largest, 0) {
		return errors.New("not every entry of the matrix is a finite number")
	}
	if off > asymmetry*largest {
		return fmt.Errorf("the matrix is not symmetric: two mirrored entries differ by %.3g", off)
	}
	return nil
}

func upper(a []float64, n int) blas64.Symmetric {
	return blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: n, Data: a}
}

// Cholesky is the lower triangular L with a = L Lᵀ. It reads the symmetric part of a, and needs no work.
func Cholesky(dst, a []float64, n int) error {
	if n == 0 {
		return nil
	}
	if err := symmetrize(dst, a, n); err != nil {
		return err
	}
	if _, ok := lapack64.Potrf(upper(dst, n)); !ok {
		return errors.New("the matrix is not positive definite")
	}
	for i := range n {
		for j := range i {
			dst[i*n+j], dst[j*n+i] = dst[j*n+i], 0
		}
	}
	return nil
}

// EigenSymWork is the work of EigenSym.
func EigenSymWork(n int) WorkSize {
	if n == 0 {
		return WorkSize{}
	}
	var best [1]float64
	lapack64.Syev(lapack.EVCompute, upper(nil, n), nil, best[:], -1)
	return WorkSize{Floats: n*n + n + int(best[0])}
}

// EigenSym is the eigenvalues of the symmetric part of a, ascending, and its eigenvectors as columns, each of length 1
// with its largest component positive. Either may be nil.
func EigenSym(values, vectors, a []float64, n int, w Work) error {
	if n == 0 {
		return nil
	}
	job, v := lapack.EVCompute, vectors
	if v == nil {
		job, v = lapack.EVNone, w.Take(n*n)
	}
	if values == nil {
		values = w.Take(n)
	}
	if err := symmetrize(v, a, n); err != nil {
		return err
	}
	if !lapack64.Syev(job, upper(v, n), values, w.Floats, len(w.Floats)) {
		return errors.New("the eigenvalues did not converge")
	}
	if vectors != nil {
		orient(vectors, n)
	}
	return nil
}

// orient chooses the sign of each column.
func orient(v []float64, n int) {
	for j := range n {
		largest := 0.0
		for i := range n {
			if x := v[i*n+j]; math.Abs(x) > math.Abs(largest)*(1+1e-9) {
				largest = x
			}
		}
		if largest < 0 {
			for i := range n {
				v[i*n+j] = -v[i*n+j]
			}
		}
	}
}
