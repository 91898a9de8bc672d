package numeric

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// matrixOf draws an m×n matrix with entries of moderate size.
func matrixOf(t *rapid.T, name string, m, n int) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(-3, 3), m*n, m*n).Draw(t, name)
}

// times is the product of an m×k and a k×n matrix, by the definition.
func times(a, b []float64, m, k, n int) []float64 {
	c := make([]float64, m*n)
	for i := range m {
		for j := range n {
			for l := range k {
				c[i*n+j] += a[i*k+l] * b[l*n+j]
			}
		}
	}
	return c
}

func transpose(a []float64, m, n int) []float64 {
	out := make([]float64, len(a))
	for i := range m {
		for j := range n {
			out[j*m+i] = a[i*n+j]
		}
	}
	return out
}

// gram is a aᵀ + I: symmetric positive definite.
func gram(a []float64, n int) []float64 {
	g := times(a, transpose(a, n, n), n, n, n)
	for i := range n {
		g[i*n+i]++
	}
	return g
}

func wantClose(t *rapid.T, what string, got, want []float64) {
	t.Helper()
	scale := 1.0
	for _, x := range want {
		scale = math.Max(scale, math.Abs(x))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-8*scale) {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
	}
}

func identity(n int) []float64 {
	e := make([]float64, n*n)
	for i := range n {
		e[i*n+i] = 1
	}
	return e
}

func TestDecompositionsHoldTheirLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "n")
		a := matrixOf(t, "a", n, n)
		s := gram(a, n)

		inv := make([]float64, n*n)
		if err := Inverse(inv, s, n, InverseWork(n).Make()); err != nil {
			t.Fatal(err)
		}
		wantClose(t, "A A⁻¹", times(s, inv, n, n, n), identity(n))

		x := make([]float64, n*2)
		b := matrixOf(t, "b", n, 2)
		if err := Solve(x, s, b, n, 2, SolveWork(n).Make()); err != nil {
			t.Fatal(err)
		}
		wantClose(t, "A x", times(s, x, n, n, 2), b)

		l := make([]float64, n*n)
		if err := Cholesky(l, s, n); err != nil {
			t.Fatal(err)
		}
		wantClose(t, "L Lᵀ", times(l, transpose(l, n, n), n, n, n), s)

		values, v := make([]float64, n), make([]float64, n*n)
		if err := EigenSym(values, v, s, n, EigenSymWork(n).Make()); err != nil {
			t.Fatal(err)
		}
		scaled := make([]float64, n*n)
		product := 1.0
		for i := range v {
			scaled[i] = v[i] * values[i%n]
		}
		for _, l := range values {
			product *= l
		}
		wantClose(t, "V Λ Vᵀ", times(scaled, transpose(v, n, n), n, n, n), s)
		wantClose(t, "Vᵀ V", times(transpose(v, n, n), v, n, n, n), identity(n))

		adj := make([]float64, n*n)
		if err := Adjugate(adj, a, n, AdjugateWork(n).Make()); err != nil {
			t.Fatal(err)
		}
		d := identity(n)
		for i := range d {
			d[i] *= Det(a, n, DetWork(n).Make())
		}
		wantClose(t, "A adj(A) = det(A) I", times(a, adj, n, n, n), d)

		det := Det(s, n, DetWork(n).Make())
		logDet, err := LogDet(s, n, DetWork(n).Make())
		if err != nil {
			t.Fatal(err)
		}
		wantClose(t, "det is the product of the eigenvalues", []float64{det / product, logDet}, []float64{1, math.Log(product)})
	})
}

// TestPseudoInverse holds Penrose's four conditions, also for matrices without full rank.
func TestPseudoInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, n := rapid.IntRange(1, 4).Draw(t, "m"), rapid.IntRange(1, 4).Draw(t, "n")
		k := rapid.IntRange(1, min(m, n)).Draw(t, "rank")
		whole := rapid.Map(rapid.IntRange(-3, 3), func(i int) float64 { return float64(i) })
		a := times(rapid.SliceOfN(whole, m*k, m*k).Draw(t, "a"), rapid.SliceOfN(whole, k*n, k*n).Draw(t, "b"), m, k, n)
		p := make([]float64, n*m)
		if err := PseudoInverse(p, a, m, n, PseudoInverseWork(m, n).Make()); err != nil {
			t.Fatal(err)
		}
		ap, pa := times(a, p, m, n, m), times(p, a, n, m, n)
		wantClose(t, "A A⁺ A", times(ap, a, m, m, n), a)
		wantClose(t, "A⁺ A A⁺", times(pa, p, n, n, m), p)
		wantClose(t, "A A⁺ is symmetric", transpose(ap, m, m), ap)
		wantClose(t, "A⁺ A is symmetric", transpose(pa, n, n), pa)
	})
}

func TestWhatHasNoAnswerIsAnError(t *testing.T) {
	dst := make([]float64, 4)
	for name, err := range map[string]error{
		"inverse of zero": Inverse(dst, make([]float64, 4), 2, InverseWork(2).Make()),
		"solve with zero": Solve(dst, make([]float64, 4), dst, 2, 2, SolveWork(2).Make()),
	} {
		if !errors.Is(err, ErrSingular) {
			t.Errorf("%s: %v", name, err)
		}
	}
	nan := math.NaN()
	for name, err := range map[string]error{
		"eigenvalues of NaN":      EigenSym(dst[:2], nil, []float64{nan, 0, 0, 1}, 2, EigenSymWork(2).Make()),
		"cholesky of −1":          Cholesky(dst, []float64{-1}, 1),
		"cholesky, not symmetric": Cholesky(dst, []float64{1, 0.5, 0, 1}, 2),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := LogDet([]float64{-1}, 1, DetWork(1).Make()); err == nil {
		t.Error("log det −1: no error")
	}
}

func TestNoRowsAtAll(t *testing.T) {
	l, err := LogDet(nil, 0, DetWork(0).Make())
	if d := Det(nil, 0, DetWork(0).Make()); d != 1 || l != 0 || err != nil {
		t.Errorf("the determinant of the empty matrix is 1, not %g; its logarithm %g, %v", d, l, err)
	}
	for name, err := range map[string]error{
		"inverse": Inverse(nil, nil, 0, InverseWork(0).Make()), "solve": Solve(nil, nil, nil, 0, 0, SolveWork(0).Make()), "pseudoinverse": PseudoInverse(nil, nil, 0, 0, PseudoInverseWork(0, 0).Make()),
		"cholesky": Cholesky(nil, nil, 0), "eigenvalues": EigenSym(nil, nil, nil, 0, EigenSymWork(0).Make()),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATriangularSystemNeedsNoElimination(t *testing.T) {
	L := []float64{2, 0, 0, 1, 3, 0, -1, 2, 4}
	U := []float64{2, 1, -1, 0, 3, 2, 0, 0, 4}
	for _, a := range [][]float64{L, U} {
		x := []float64{1, -2, 3, 4, 5, 6} // 3×2
		b, got := make([]float64, 6), make([]float64, 6)
		for i := range 3 {
			for j := range 2 {
				for k := range 3 {
					b[i*2+j] += a[i*3+k] * x[k*2+j]
				}
			}
		}
		if err := Solve(got, a, b, 3, 2, SolveWork(3).Make()); err != nil || !floats.EqualApprox(got, x, 1e-14) {
			t.Errorf("%v, %v; want %v", got, err, x)
		}
		if err := Solve(b, a, b, 3, 2, SolveWork(3).Make()); err != nil || !floats.EqualApprox(b, x, 1e-14) {
			t.Errorf("in place %v, %v; want %v", b, err, x)
		}
	}
	if err := Solve(make([]float64, 2), []float64{1, 0, 5, 0}, []float64{1, 1}, 2, 1, SolveWork(2).Make()); err != ErrSingular {
		t.Errorf("a triangle with a 0 on its diagonal: %v", err)
	}
}

// TestTheSVDHasTheRoomItAsksFor: with less, LAPACK would be slower, or refuse.
func TestTheSVDHasTheRoomItAsksFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, n := rapid.IntRange(1, 300).Draw(t, "m"), rapid.IntRange(1, 300).Draw(t, "n")
		k := min(m, n)
		var best [1]float64
		lapack64.Gesvd(lapack.SVDStore, lapack.SVDStore, dense(make([]float64, m*n), m, n), dense(make([]float64, m*k), m, k),
			dense(make([]float64, k*n), k, n), make([]float64, k), best[:], -1)
		if int(best[0]) > svdRoom(m, n) {
			t.Fatalf("%d×%d: %d, and it asks for %g", m, n, svdRoom(m, n), best[0])
		}
	})
}

// withMat are the functions of n×n matrices as gonum's mat computes them, which allocates.
var withMat = map[string]func(dst, a []float64, n int) error{
	"det":     func(dst, a []float64, n int) error { dst[0] = mat.Det(mat.NewDense(n, n, a)); return nil },
	"inverse": func(dst, a []float64, n int) error { return mat.NewDense(n, n, dst).Inverse(mat.NewDense(n, n, a)) },
	"solve": func(dst, a []float64, n int) error {
		return mat.NewDense(n, n, dst).Solve(mat.NewDense(n, n, a), mat.NewDense(n, n, transpose(a, n, n)))
	},
	"cholesky": func(dst, a []float64, n int) error {
		var c mat.Cholesky
		if !c.Factorize(mat.NewSymDense(n, slices.Clone(a))) {
			return errors.New("not positive definite")
		}
		var l mat.TriDense
		c.LTo(&l)
		mat.NewDense(n, n, dst).Copy(&l)
		return nil
	},
}

// withWork are the same functions here.
var withWork = map[string]func(dst, a []float64, n int) error{
	"det":     func(dst, a []float64, n int) error { dst[0] = Det(a, n, DetWork(n).Make()); return nil },
	"inverse": func(dst, a []float64, n int) error { return Inverse(dst, a, n, InverseWork(n).Make()) },
	"solve": func(dst, a []float64, n int) error {
		return Solve(dst, a, transpose(a, n, n), n, n, SolveWork(n).Make())
	},
	"cholesky": func(dst, a []float64, n int) error { return Cholesky(dst, a, n) },
}

// TestATriangleIsSolvedWhateverItsCondition: substitution gives entries that are right by themselves.
func TestATriangleIsSolvedWhateverItsCondition(t *testing.T) {
	x := make([]float64, 2)
	if err := Solve(x, []float64{1, 1, 0, 0x1p-60}, []float64{3, 0x1p-59}, 2, 1, SolveWork(2).Make()); err != nil || x[0] != 1 || x[1] != 2 {
		t.Errorf("%v, %v", x, err)
	}
	if err := Solve(x, []float64{1, 0, 4, 2}, []float64{3, 10}, 2, 1, SolveWork(2).Make()); err != nil || x[0] != 3 || x[1] != -1 {
		t.Errorf("a lower triangle: %v, %v", x, err)
	}
	if err := Solve(x, []float64{1, 1, 0, 0}, []float64{3, 1}, 2, 1, SolveWork(2).Make()); err != ErrSingular {
		t.Errorf("a zero on the diagonal: %v", err)
	}
}

// TestResultsAndRefusalsAreThoseOfMat holds the direct calls of LAPACK to gonum's mat: regular matrices, singular ones,
// and symmetric ones that are positive definite or not. mat adds the logarithms of
// a determinant in an order that depends on where they lie in memory, so that those are equal but for rounding.
func TestResultsAndRefusalsAreThoseOfMat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		a := matrixOf(t, "a", n, n)
		switch rapid.SampledFrom([]string{"any", "gram", "symmetric", "zero row", "equal rows", "tiny"}).Draw(t, "kind") {
		case "gram":
			a = gram(a, n)
		case "symmetric":
			floats.Add(a, transpose(a, n, n))
		case "zero row":
			clear(a[:n])
		case "equal rows":
			copy(a[:n], a[(n-1)*n:])
		case "tiny":
			floats.Scale(1e-200, a)
		}
		for name, theirs := range withMat {
			if name == "cholesky" && !slices.Equal(a, transpose(a, n, n)) {
				continue
			}
			got, want := make([]float64, n*n), make([]float64, n*n)
			err, refused := withWork[name](got, a, n), theirs(want, a, n)
			if _, ok := triangle(a, n); ok && name == "solve" {
				continue // by substitution, which has other roundings and needs no condition
			}
			if (err != nil) != (refused != nil) {
				t.Fatalf("%s: %v, and gonum says %v", name, err, refused)
			}
			if err == nil && !floats.Same(got, want) && !(name == "det" && math.Abs(got[0]-want[0]) <= 1e-12*math.Abs(want[0])) {
				t.Fatalf("%s: %v, and gonum computes %v", name, got, want)
			}
		}
	})
}
