package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

// routines are the entry points of one precision.
type routines[T number] struct {
	gemm func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	syrk func(ul blas.Uplo, t blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int)
	gemv func(t blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int)
	ger  func(m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int)
	dot  func(n int, x []T, incX int, y []T, incY int) T
	axpy func(n int, alpha T, x []T, incX int, y []T, incY int)

	gemmt triangleRoutine[T]
	add   addRoutine[T]
}

type addRoutine[T number] func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, d []T, ldd int, c []T, ldc int)

type triangleRoutine[T number] func(ul blas.Uplo, tA, tB blas.Transpose, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

var (
	ours   Implementation
	double = routines[float64]{ours.Dgemm, ours.Dsyrk, ours.Dgemv, ours.Dger, ours.Ddot, ours.Daxpy, new(Workspace).Dgemmt, new(Workspace).DgemmAdd}
	single = routines[float32]{ours.Sgemm, ours.Ssyrk, ours.Sgemv, ours.Sger, ours.Sdot, ours.Saxpy, new(Workspace).Sgemmt, new(Workspace).SgemmAdd}
	theirs = routines[float64]{fallback.Dgemm, fallback.Dsyrk, fallback.Dgemv, fallback.Dger, fallback.Ddot, fallback.Daxpy, byRows(fallback.Dgemm), nil}
)

// byRows is what GEMMT is where there are no kernels.
func byRows[T number](gemm gemmRoutine[T]) triangleRoutine[T] {
	return func(ul blas.Uplo, tA, tB blas.Transpose, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
		gemmtRows(gemm, ul, tA, tB, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	}
}

// matrix is a random matrix as stored, with slack in its leading dimension and as short as it may be.
func matrix[T number](r *rand.Rand, rows, cols int) (framed[T], int) {
	ld := max(1, cols) + r.IntN(3)*r.IntN(20)
	n := 0
	if rows > 0 && cols > 0 {
		n = (rows-1)*ld + cols
	}
	if r.IntN(3) == 0 {
		return frame(special[T](r, n)), ld
	}
	return frame(uniform[T](r.Uint64(), n)), ld
}

func factorMatrix[T number](r *rand.Rand, t blas.Transpose, rows, cols int) (framed[T], int) {
	rows, cols, _ = stored(t, rows, cols)
	return matrix[T](r, rows, cols)
}

// combine is alpha sum + beta c by the rules of BLAS, in double precision, for a sum of k terms.
func combine[T number](alpha T, sum float64, beta, c T, k int) float64 {
	out := 0.0
	if alpha != 0 && k != 0 {
		out = float64(alpha) * sum
	}
	if beta != 0 {
		out += float64(beta) * float64(c)
	}
	return out
}

func testGemm[T number](t *testing.T, r *rand.Rand, f routines[T]) {
	tA, tB := transpose(r), transpose(r)
	m, n, k := dimension(r), dimension(r), dimension(r)
	alpha, beta := factor[T](r), factor[T](r)
	a, lda := factorMatrix[T](r, tA, m, k)
	b, ldb := factorMatrix[T](r, tB, k, n)
	c, ldc := matrix[T](r, m, n)
	before := append([]T(nil), c.data...)
	what := fmt.Sprintf("gemm %c%c %d×%d×%d alpha %v beta %v ld %d %d %d", tA, tB, m, n, k, alpha, beta, lda, ldb, ldc)
	f.gemm(tA, tB, m, n, k, alpha, a.data, lda, b.data, ldb, beta, c.data, ldc)
	c.check(t, what)
	opA, opB := op(tA, a.data, lda), op(tB, b.data, ldb)
	for at := range c.data {
		i, j := at/ldc, at%ldc
		if j >= n {
			same(t, what, c.data[at], before[at])
			continue
		}
		sum, magnitude := plain(opA, opB, i, j, k)
		checkEntry(t, what, c.data[at], before[at], alpha, beta, sum, magnitude, k)
	}
}

// A product that is added to another matrix than its own: of its own, of one row, or of its own memory. D is always read.
func testGemmAdd[T number](t *testing.T, r *rand.Rand, add addRoutine[T]) {
	tA, tB := transpose(r), transpose(r)
	m, n, k := dimension(r), dimension(r), dimension(r)
	alpha, beta := factor[T](r), factor[T](r)
	a, lda := factorMatrix[T](r, tA, m, k)
	b, ldb := factorMatrix[T](r, tB, k, n)
	c, ldc := matrix[T](r, m, n)
	d, ldd := matrix[T](r, m, n)
	switch r.IntN(4) {
	case 0:
		d, ldd = c, ldc
	case 1:
		d, _ = matrix[T](r, min(m, 1), n)
		ldd = 0
	}
	before, source := append([]T(nil), c.data...), append([]T(nil), d.data...)
	what := fmt.Sprintf("gemmadd %c%c %d×%d×%d alpha %v beta %v ld %d %d %d %d", tA, tB, m, n, k, alpha, beta, lda, ldb, ldd, ldc)
	add(tA, tB, m, n, k, alpha, a.data, lda, b.data, ldb, beta, d.data, ldd, c.data, ldc)
	c.check(t, what)
	d.check(t, what)
	opA, opB := op(tA, a.data, lda), op(tB, b.data, ldb)
	for at := range c.data {
		i, j := at/ldc, at%ldc
		if j >= n {
			same(t, what, c.data[at], before[at])
			continue
		}
		sum, magnitude := plain(opA, opB, i, j, k)
		x := source[i*ldd+j]
		if zero := beta * x; beta == 0 && zero != 0 { // 0 times what is not finite
			same(t, what, c.data[at], zero)
			continue
		}
		checkEntry(t, what, c.data[at], x, alpha, beta, sum, magnitude, k)
	}
}

func same[T number](t *testing.T, what string, got, before T) {
	if got != before && !(math.IsNaN(float64(got)) && math.IsNaN(float64(before))) {
		t.Helper() // here, because looking for the caller at every entry would take most of the time
		t.Fatalf("%s: an entry that does not belong to the result changed from %v to %v", what, before, got)
	}
}

func checkEntry[T number](t *testing.T, what string, got, before, alpha, beta T, sum, magnitude float64, k int) {
	if mayOverflow[T](magnitude) || k > blockDepth && math.IsInf(float64(alpha), 0) {
		return
	}
	want := combine(alpha, sum, beta, before, k)
	size := math.Abs(combine(alpha, magnitude, 0, 0, k)) + math.Abs(combine(0, 0, beta, before, k))
	if !near(got, want, size, k) {
		t.Helper()
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func testSyrk[T number](t *testing.T, r *rand.Rand, f routines[T]) {
	ul, tr, n, k, alpha, beta := triangleCase[T](r)
	a, lda := factorMatrix[T](r, tr, n, k)
	c, ldc := matrix[T](r, n, n)
	before := append([]T(nil), c.data...)
	what := fmt.Sprintf("syrk %c%c %d×%d alpha %v beta %v", ul, tr, n, k, alpha, beta)
	f.syrk(ul, tr, n, k, alpha, a.data, lda, beta, c.data, ldc)
	o := op(tr, a.data, lda)
	checkTriangle(t, what, ul, c, before, n, ldc, o, o.transposed(), k, alpha, beta)
}

func testGemmt[T number](t *testing.T, r *rand.Rand, f triangleRoutine[T]) {
	ul, tA, n, k, alpha, beta := triangleCase[T](r)
	tB := transpose(r)
	a, lda := factorMatrix[T](r, tA, n, k)
	b, ldb := factorMatrix[T](r, tB, k, n)
	c, ldc := matrix[T](r, n, n)
	before := append([]T(nil), c.data...)
	what := fmt.Sprintf("gemmt %c%c%c %d×%d alpha %v beta %v", ul, tA, tB, n, k, alpha, beta)
	f(ul, tA, tB, n, k, alpha, a.data, lda, b.data, ldb, beta, c.data, ldc)
	checkTriangle(t, what, ul, c, before, n, ldc, op(tA, a.data, lda), op(tB, b.data, ldb), k, alpha, beta)
}

func triangleCase[T number](r *rand.Rand) (ul blas.Uplo, tr blas.Transpose, n, k int, alpha, beta T) {
	return []blas.Uplo{blas.Upper, blas.Lower}[r.IntN(2)], transpose(r), dimension(r), dimension(r), factor[T](r), factor[T](r)
}

// checkTriangle checks that one triangle of c is alpha a b + beta before, and that nothing else has changed.
func checkTriangle[T number](t *testing.T, what string, ul blas.Uplo, c framed[T], before []T, n, ldc int, a, b operand[T], k int, alpha, beta T) {
	t.Helper()
	c.check(t, what)
	for at := range c.data {
		i, j := at/ldc, at%ldc
		if j >= n || ul == blas.Upper && j < i || ul == blas.Lower && j > i {
			same(t, what, c.data[at], before[at])
			continue
		}
		sum, magnitude := plain(a, b, i, j, k)
		checkEntry(t, what, c.data[at], before[at], alpha, beta, sum, magnitude, k)
	}
}

// vector is a random vector as stored, with its increment.
func vector[T number](r *rand.Rand, n int) (framed[T], int) {
	inc := []int{1, 1, 1, 2, -1, -3, 7}[r.IntN(7)]
	length := 0
	if n > 0 {
		length = (n-1)*max(inc, -inc) + 1
	}
	if r.IntN(3) == 0 {
		return frame(special[T](r, length)), inc
	}
	return frame(uniform[T](r.Uint64(), length)), inc
}

func testGemv[T number](t *testing.T, r *rand.Rand, f routines[T]) {
	tr := transpose(r)
	m, n := dimension(r), dimension(r)
	alpha, beta := factor[T](r), factor[T](r)
	a, lda := matrix[T](r, m, n)
	o := op(tr, a.data, lda)
	if tr != blas.NoTrans {
		m, n = n, m
	}
	x, incX := vector[T](r, n)
	y, incY := vector[T](r, m)
	before := append([]T(nil), y.data...)
	what := fmt.Sprintf("gemv %c %d×%d alpha %v beta %v inc %d %d", tr, m, n, alpha, beta, incX, incY)
	rows, cols, _ := stored(tr, m, n)
	f.gemv(tr, rows, cols, alpha, a.data, lda, x.data, incX, beta, y.data, incY)
	y.check(t, what)
	if m == 0 || n == 0 {
		return // y stays, as in gonum
	}
	full := contiguous(make([]T, n), x.data, n, incX)
	if incX == 1 {
		full = x.data
	}
	for i := range m {
		sum, magnitude := plain(o, operand[T]{full, 1, 1}, i, 0, n)
		at := place(i, m, incY)
		if alpha != 0 && tr != blas.NoTrans && overflows(alpha, full) {
			continue // alpha x is formed first
		}
		checkEntry(t, what, y.data[at], before[at], alpha, beta, sum, magnitude, n)
	}
}

// overflows says whether alpha x or an entry of it is not finite.
func overflows[T number](alpha T, x []T) bool {
	for _, v := range x {
		if p := float64(T(alpha * v)); math.IsInf(p, 0) || math.IsNaN(p) {
			return true
		}
	}
	return false
}

func testVectors[T number](t *testing.T, r *rand.Rand, f routines[T]) {
	n, m := dimension(r), dimension(r)
	alpha := T(r.Float64())
	x, incX := vector[T](r, n)
	y, incY := vector[T](r, n)
	sum, magnitude := 0.0, 0.0
	for i := range n {
		term := float64(x.data[place(i, n, incX)]) * float64(y.data[place(i, n, incY)])
		sum += term
		magnitude += math.Abs(term)
	}
	if got := f.dot(n, x.data, incX, y.data, incY); !near(got, sum, magnitude, n) {
		t.Fatalf("dot of %d, inc %d %d: got %v, want %v", n, incX, incY, got, sum)
	}
	before := append([]T(nil), y.data...)
	f.axpy(n, alpha, x.data, incX, y.data, incY)
	y.check(t, "axpy")
	for i := range n {
		at := place(i, n, incY)
		v := x.data[place(i, n, incX)]
		checkEntry(t, "axpy", y.data[at], before[at], alpha, 1, float64(v), math.Abs(float64(v)), 1)
	}
	z, incZ := vector[T](r, m)
	a, lda := matrix[T](r, m, n)
	old := append([]T(nil), a.data...)
	if alpha = T(r.Float64()); overflows(alpha, z.data) {
		return
	}
	f.ger(m, n, alpha, z.data, incZ, x.data, incX, a.data, lda)
	a.check(t, "ger")
	for at := range a.data {
		i, j := at/lda, at%lda
		if j >= n {
			same(t, "ger", a.data[at], old[at])
			continue
		}
		term := float64(z.data[place(i, m, incZ)]) * float64(x.data[place(j, n, incX)])
		checkEntry(t, fmt.Sprintf("ger %d×%d inc %d %d entry %d %d alpha %v", m, n, incZ, incX, i, j, alpha), a.data[at], old[at], alpha, 1, term, math.Abs(term), 1)
	}
}

func TestRoutinesAgreeWithPlainSums(t *testing.T) {
	accelerate(t)
	r := rand.New(rand.NewPCG(5, 3))
	for range 100 {
		testGemm(t, r, double)
		testGemm(t, r, single)
		testGemmAdd(t, r, double.add)
		testGemmAdd(t, r, single.add)
		testSyrk(t, r, double)
		testSyrk(t, r, single)
		testGemmt(t, r, double.gemmt)
		testGemmt(t, r, single.gemmt)
		testGemmt(t, r, byRows(ours.Dgemm))
		testGemv(t, r, double)
		testGemv(t, r, single)
		testVectors(t, r, double)
		testVectors(t, r, single)
	}
}

func FuzzRoutines(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		accelerate(t)
		r := rand.New(rand.NewPCG(seed, 17))
		testGemm(t, r, double)
		testGemm(t, r, single)
		testGemmAdd(t, r, double.add)
		testGemmAdd(t, r, single.add)
		testSyrk(t, r, double)
		testSyrk(t, r, single)
		testGemmt(t, r, double.gemmt)
		testGemmt(t, r, single.gemmt)
		testGemmt(t, r, byRows(ours.Dgemm))
		testGemv(t, r, double)
		testGemv(t, r, single)
		testVectors(t, r, double)
		testVectors(t, r, single)
	})
}

func TestDgemmAgreesWithGonum(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	for _, s := range [][3]int{{1, 1, 1}, {6, 8, 4}, {7, 9, 11}, {1, 9, 3}, {9, 1, 3}, {300, 301, 303}, {97, 200, 513}, {40, 2100, 300}} {
		m, n, k := s[0], s[1], s[2]
		a, b, c := uniform[float64](1, m*k), uniform[float64](2, k*n), uniform[float64](3, m*n)
		d := append([]float64(nil), c...)
		alpha, beta := r.Float64(), r.Float64()
		double.gemm(blas.Trans, blas.Trans, m, n, k, alpha, a, m, b, k, beta, c, n)
		theirs.gemm(blas.Trans, blas.Trans, m, n, k, alpha, a, m, b, k, beta, d, n)
		for i := range c {
			if math.Abs(c[i]-d[i]) > 1e-15*float64(k+3) {
				t.Fatalf("%v: entry %d is %v, gonum's %v", s, i, c[i], d[i])
			}
		}
	}
}

func TestZeroDoesNotHideNaN(t *testing.T) {
	accelerate(t)
	nan := math.NaN()
	for _, n := range []int{1, 2, 7, 40} {
		a, b, c := make([]float64, n*n), uniform[float64](1, n*n), make([]float64, n*n)
		b[0] = nan
		ours.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, a, n, b, n, 0, c, n)
		for i := range n {
			if !math.IsNaN(c[i*n]) {
				t.Errorf("n = %d: 0 times NaN is %v", n, c[i*n])
			}
		}
	}
}

func TestBadArgumentsPanicAsGonumDoes(t *testing.T) {
	huge := math.MaxInt/2 + 1
	x := make([]float64, 12)
	cases := map[string]func(f routines[float64]){
		"transpose":   func(f routines[float64]) { f.gemm('X', blas.NoTrans, 2, 2, 2, 1, x, 2, x, 2, 0, x, 2) },
		"negative m":  func(f routines[float64]) { f.gemm(blas.NoTrans, blas.NoTrans, -1, 2, 2, 1, x, 2, x, 2, 0, x, 2) },
		"lda":         func(f routines[float64]) { f.gemm(blas.NoTrans, blas.NoTrans, 2, 2, 3, 1, x, 2, x, 2, 0, x, 2) },
		"ldc":         func(f routines[float64]) { f.gemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, x, 2, x, 2, 0, x, 1) },
		"short a":     func(f routines[float64]) { f.gemm(blas.NoTrans, blas.NoTrans, 4, 2, 4, 1, x, 4, x, 2, 0, x, 2) },
		"short b":     func(f routines[float64]) { f.gemm(blas.NoTrans, blas.NoTrans, 2, 4, 4, 1, x, 4, x, 4, 0, x, 4) },
		"short c":     func(f routines[float64]) { f.gemm(blas.NoTrans, blas.NoTrans, 4, 4, 1, 1, x, 1, x, 4, 0, x, 4) },
		"gemmt uplo":  func(f routines[float64]) { f.gemmt('X', blas.NoTrans, blas.Trans, 2, 2, 1, x, 2, x, 2, 0, x, 2) },
		"gemmt short": func(f routines[float64]) { f.gemmt(blas.Upper, blas.NoTrans, blas.Trans, 4, 2, 1, x, 2, x, 2, 0, x, 4) },
		"syrk uplo":   func(f routines[float64]) { f.syrk('X', blas.NoTrans, 2, 2, 1, x, 2, 0, x, 2) },
		"syrk short":  func(f routines[float64]) { f.syrk(blas.Upper, blas.NoTrans, 4, 2, 1, x, 2, 0, x, 4) },
		"gemv inc":    func(f routines[float64]) { f.gemv(blas.NoTrans, 2, 2, 1, x, 2, x, 0, 0, x, 1) },
		"gemv x":      func(f routines[float64]) { f.gemv(blas.NoTrans, 2, 4, 1, x, 4, x[:3], 1, 0, x, 1) },
		"gemv y":      func(f routines[float64]) { f.gemv(blas.NoTrans, 4, 2, 1, x, 2, x, 1, 0, x[:5], -2) },
		"ger a":       func(f routines[float64]) { f.ger(4, 4, 1, x, 1, x, 1, x, 4) },
		"dot":         func(f routines[float64]) { f.dot(13, x, 1, x, 1) },
		"axpy":        func(f routines[float64]) { f.axpy(7, 1, x, 2, x, 1) },
		"ld overflow": func(f routines[float64]) { f.gemm(blas.NoTrans, blas.NoTrans, 3, 1, 1, 1, x, huge, x, 1, 0, x, huge) },
	}
	for name, call := range cases {
		if got, want := reason(call, double), reason(call, theirs); want == nil || name != "ld overflow" && got != want {
			t.Errorf("%s: panics with %v, gonum with %v", name, got, want)
		}
	}
}

// reason is what the call panics with.
func reason(call func(routines[float64]), f routines[float64]) (reason any) {
	defer func() { reason = recover() }()
	call(f)
	return nil
}

func TestThreadsDoNotChangeTheResult(t *testing.T) {
	defer SetThreads(1)
	for _, s := range [][3]int{{300, 500, 400}, {97, 300, 513}, {7, 3000, 100}, {500, 10, 200}} {
		m, n, k := s[0], s[1], s[2]
		a, b := uniform[float64](1, m*k), uniform[float64](2, k*n)
		var first []float64
		for threads := 1; threads <= 5; threads++ {
			SetThreads(threads)
			c := make([]float64, m*n)
			ours.Dgemm(blas.NoTrans, blas.Trans, m, n, k, 1, a, k, b, k, 0, c, n)
			if first == nil {
				first = c
			}
			for i := range c {
				if c[i] != first[i] {
					t.Fatalf("%v: entry %d depends on the number of threads", s, i)
				}
			}
		}
	}
}

func TestThreadsDoNotChangeATriangle(t *testing.T) {
	defer SetThreads(1)
	const n, k = 307, 150
	a := uniform[float64](1, n*k)
	for _, ul := range []blas.Uplo{blas.Upper, blas.Lower} {
		var first []float64
		for threads := 1; threads <= 5; threads++ {
			SetThreads(threads)
			c := uniform[float64](2, n*n)
			ours.Dsyrk(ul, blas.Trans, n, k, 0.3, a, n, 0.7, c, n)
			if first == nil {
				first = c
			}
			for i := range c {
				if c[i] != first[i] {
					t.Fatalf("entry %d depends on the number of threads", i)
				}
			}
		}
	}
}

func TestWorkspaceStaysSmall(t *testing.T) {
	accelerate(t)
	var ws Workspace
	const n, k = 2500, 600
	a, c := uniform[float64](1, n*k), make([]float64, 40*n)
	ws.Dgemm(blas.NoTrans, blas.Trans, 40, n, k, 1, a, k, a, k, 0, c, n)
	if bytes := ws.Bytes(); bytes == 0 || bytes > 5<<19 {
		t.Errorf("the buffers take %d bytes", bytes)
	}
}

func TestSeveralCallersAtOnce(t *testing.T) {
	SetThreads(3)
	defer SetThreads(1)
	const n = 120
	a, b := uniform[float64](1, n*n), uniform[float64](2, n*n)
	want := make([]float64, n*n)
	fallback.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, a, n, b, n, 0, want, n)
	done := make(chan float64)
	for range 8 {
		go func() {
			worst, c := 0.0, make([]float64, n*n)
			for range 10 {
				ours.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, a, n, b, n, 0, c, n)
				for i := range c {
					worst = max(worst, math.Abs(c[i]-want[i]))
				}
			}
			done <- worst
		}()
	}
	for range 8 {
		if worst := <-done; !(worst < 1e-12) {
			t.Errorf("off by %g", worst)
		}
	}
}

func TestWarmCallsDoNotAllocate(t *testing.T) {
	accelerate(t)
	defer SetThreads(1)
	var ws Workspace
	x, c := uniform[float64](1, 200*200), make([]float64, 200*200)
	y, y2 := uniform[float32](1, 200*200), uniform[float64](3, 150*13)
	calls := map[string]func(){
		"Dgemm":           func() { ours.Dgemm(blas.Trans, blas.Trans, 150, 190, 200, 1, x, 150, x, 200, 0, c, 200) },
		"Workspace.Dgemm": func() { ws.Dgemm(blas.NoTrans, blas.NoTrans, 150, 13, 200, 1, x, 200, x, 13, 0, c, 200) },
		"DgemmAdd":        func() { ws.DgemmAdd(blas.NoTrans, blas.NoTrans, 150, 13, 200, 1, x, 200, x, 13, 2, y2, 13, c, 200) },
		"Sgemm":           func() { ours.Sgemm(blas.NoTrans, blas.NoTrans, 20, 20, 20, 1, y, 20, y, 20, 0, y, 20) },
		"Dsyrk":           func() { ours.Dsyrk(blas.Upper, blas.Trans, 150, 200, 1, x, 150, 0, c, 150) },
		"Dgemv":           func() { ours.Dgemv(blas.Trans, 150, 200, 1, x, 200, x, 3, 0, c, 2) },
		"Ddot":            func() { ours.Ddot(200, x, 1, x, 1) },
		"Daxpy":           func() { ours.Daxpy(200, 2, x, 1, c, 1) },
	}
	for threads := 1; threads <= 2; threads++ {
		SetThreads(threads)
		for name, call := range calls {
			call()
			if n := testing.AllocsPerRun(20, call); n != 0 {
				t.Errorf("%s with %d threads allocates %v times", name, threads, n)
			}
		}
	}
}

func TestAProductThatNobodyWantsEndsEarly(t *testing.T) {
	const n = 600
	a, c := uniform[float64](1, n*n), make([]float64, n*n)
	var ws Workspace
	for name, multiply := range map[string]func(done <-chan struct{}){
		"a workspace": func(done <-chan struct{}) {
			ws.Until(done)
			ws.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, a, n, a, n, 0, c, n)
		},
		"gonum": func(done <-chan struct{}) {
			gemmStripes(fallback.Dgemm, done, blas.NoTrans, blas.NoTrans, n, n, n, 1, a, n, a, n, 0, c, n)
		},
	} {
		done := make(chan struct{})
		for _, wanted := range []bool{true, false, true} {
			clear(c)
			if multiply(done); (c[n*n-1] != 0) != wanted {
				t.Errorf("%s: wanted: %v, computed to the end: %v", name, wanted, !wanted)
			}
			if wanted && done != nil {
				close(done)
			} else {
				done = nil
			}
		}
	}
}

func TestUseServesGonum(t *testing.T) {
	defer blas64.Use(blas64.Implementation())
	defer blas32.Use(blas32.Implementation())
	Use()
	if _, ok := blas64.Implementation().(Implementation); !ok {
		t.Error("blas64 does not use this package")
	}
	if _, ok := blas32.Implementation().(Implementation); !ok {
		t.Error("blas32 does not use this package")
	}
}
