package vec

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

const allowed = 2.5 // ulps

// function is one of the functions with its references: 256 bits, and package math for single precision and for what is
// not an ordinary number.
type function struct {
	name   string
	double func(dst, x []float64)
	single func(dst, x []float32)
	exact  func(*big.Float) *big.Float
	plain  func(float64) float64
	low    float64 // between these bounds the function is neither constant nor overflows
	high   float64
}

var functions = []function{
	{"Exp", Exp[float64], Exp[float32], bigExp, math.Exp, -745.13, 709.78},
	{"Log", Log[float64], Log[float32], bigLog, log, 0, math.MaxFloat64},
	{"Tanh", Tanh[float64], Tanh[float32], bigTanh, math.Tanh, -25, 25},
	{"Sigmoid", Sigmoid[float64], Sigmoid[float32], bigSigmoid, sigmoid, -745.13, 60},
	{"Softplus", Softplus[float64], Softplus[float32], bigSoftplus, softplus, -745.13, 1000},
	{"Erf", Erf[float64], Erf[float32], bigErf, math.Erf, -7, 7},
	{"Expm1", Expm1[float64], Expm1[float32], bigExpm1, math.Expm1, -60, 709.78},
	{"Log1p", Log1p[float64], Log1p[float32], bigLog1p, math.Log1p, -1, math.MaxFloat64},
}

// points are arguments within the bounds of a function: evenly spread, spread over the exponents, and near where the
// kernels change their ways.
func points(f function, r *rand.Rand, n int) []float64 {
	corners := []float64{0.3465735902799726, 0.6931471805599453, 1, 0.7071067811865476, 1.4142135623730951, 0.41421356237309503, 0.8813735870195429, 708, 745, 22, 2}
	span := min(f.high, 1000) - f.low
	var x []float64
	for len(x) < n {
		var v float64
		switch r.IntN(4) {
		case 0:
			v = f.low + r.Float64()*span
		case 1:
			v = math.Ldexp(1+r.Float64(), r.IntN(2098)-1074)
		case 2:
			v = math.Ldexp(1+r.Float64(), r.IntN(24)-14)
		case 3:
			v = corners[r.IntN(len(corners))] * (1 + (r.Float64()-0.5)*math.Ldexp(1, -r.IntN(50)))
		}
		if r.IntN(2) == 0 {
			v = -v
		}
		if v > f.low && v < f.high {
			x = append(x, v)
		}
	}
	return x
}

func TestDoubleIsExactToTheLastPlaces(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, f := range functions {
		x := points(f, r, 8000)
		y := make([]float64, len(x))
		f.double(y, x)
		worst, where := 0.0, 0.0
		for i, v := range x {
			if u := ulps(y[i], f.exact(real(v))); !(u <= worst) {
				worst, where = u, v
			}
		}
		t.Logf("%s: at most %.2f ulp, at %v", f.name, worst, where)
		if !(worst <= allowed) {
			t.Errorf("%s(%v) is off by %v ulp", f.name, where, worst)
		}
	}
}

func TestSingleIsExactToTheLastPlaces(t *testing.T) {
	const step = 20011 // prime: over all bit patterns
	var x []float32
	for bits := uint64(0); bits < 1<<32; bits += step {
		x = append(x, math.Float32frombits(uint32(bits)))
	}
	y := make([]float32, len(x))
	for _, f := range functions {
		f.single(y, x)
		worst, where := 0.0, float32(0)
		for i, v := range x {
			if u := ulps32(y[i], f.plain(float64(v))); !(u <= worst) {
				worst, where = u, v
			}
		}
		t.Logf("%s: at most %.2f ulp, at %v", f.name, worst, where)
		if !(worst <= allowed) {
			t.Errorf("%s(%v) is off by %v ulp", f.name, where, worst)
		}
	}
}

// ulps32 is how far got is from want in units in the last place of want, in single precision.
func ulps32(got float32, want float64) float64 {
	switch rounded := float32(want); {
	case math.IsNaN(want) && math.IsNaN(float64(got)), got == rounded:
		return 0
	case math.IsNaN(want), math.IsInf(float64(rounded), 0), math.IsInf(float64(got), 0):
		return math.Inf(1)
	}
	_, e := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(e-24, -149))
}

// odd are the numbers that formulas forget.
var odd = []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, -math.MaxFloat64,
	0x1p-1074, -0x1p-1074, 0x1p-1022, -0x1p-1022, 0x1.fffffffffffffp-1023, 709.782712893384, 709.7827128933841, -745.1332191019411,
	-745.1332191019412, -708.3964185322641, -746, 710, 1e300, -1e300, 1, -1, 0x1p-149, 0x1p-126, 88.72284, -87.33655, -103.97208, 89, -104}

func TestOddNumbersAreTreatedAsByMath(t *testing.T) {
	for _, f := range functions {
		for _, v := range odd {
			for n := 1; n <= 9; n += 8 {
				x, y := make([]float64, n), make([]float64, n)
				x[n-1] = v
				f.double(y, x)
				want := f.plain(v)
				alike := y[n-1] == want || math.IsNaN(want) && math.IsNaN(y[n-1])
				ordinary := want != 0 && math.Abs(y[n-1]-want) <= 4*math.Max(0x1p-1074, math.Abs(want)*0x1p-52)
				if !alike && !ordinary || math.Signbit(y[n-1]) != math.Signbit(want) && want == want {
					t.Errorf("%s(%v) = %v, want %v", f.name, v, y[n-1], want)
				}
			}
		}
	}
}

func TestNeighboursDoNotMatter(t *testing.T) {
	testNeighbours[float64](t)
	testNeighbours[float32](t)
}

func testNeighbours[T Number](t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, f := range unary[T]() {
		for range 60 {
			x := make([]T, 1+r.IntN(40))
			for i := range x {
				x[i] = T(r.NormFloat64() * 10)
				if r.IntN(6) == 0 {
					x[i] = T(odd[r.IntN(len(odd))])
				}
			}
			y := make([]T, len(x))
			f.f(y, x)
			for i, v := range x {
				var alone [1]T
				f.f(alone[:], []T{v})
				if !identical(alone[0], y[i]) {
					t.Fatalf("%s(%v) is %v alone and %v at %d of %d", f.name, v, alone[0], y[i], i, len(x))
				}
			}
			f.f(x, x)
			for i := range x {
				if !identical(x[i], y[i]) {
					t.Fatalf("%s in place differs", f.name)
				}
			}
		}
	}
}

// identical says whether two numbers are the same, zeros by sign too; NaN is NaN.
func identical[T Number](a, b T) bool {
	return a == b && math.Signbit(float64(a)) == math.Signbit(float64(b)) || a != a && b != b
}

func TestArithmeticIsExact(t *testing.T) {
	testArithmetic[float64](t)
	testArithmetic[float32](t)
}

func testArithmetic[T Number](t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	random := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			if x[i] = T(r.NormFloat64()); r.IntN(8) == 0 {
				x[i] = T(odd[r.IntN(len(odd))])
			}
		}
		return x
	}
	for n := range 70 {
		x, y, z, dst := random(n), random(n), random(n), make([]T, n)
		a, b := T(r.NormFloat64()), T(r.NormFloat64())
		same := func(name string, want func(i int) T) {
			t.Helper()
			for i := range dst {
				if w := want(i); !identical(dst[i], w) {
					t.Fatalf("%s of %v %v %v, a %v b %v, is %v, want %v", name, x[i], y[i], z[i], a, b, dst[i], w)
				}
			}
		}
		Add(dst, x, y)
		same("Add", func(i int) T { return x[i] + y[i] })
		Sub(dst, x, y)
		same("Sub", func(i int) T { return x[i] - y[i] })
		Mul(dst, x, y)
		same("Mul", func(i int) T { return x[i] * y[i] })
		Div(dst, x, y)
		same("Div", func(i int) T { return x[i] / y[i] })
		Scale(dst, a, x)
		same("Scale", func(i int) T { return a * x[i] })
		Sqrt(dst, x)
		same("Sqrt", func(i int) T { return T(math.Sqrt(float64(x[i]))) })
		Abs(dst, x)
		same("Abs", func(i int) T { return T(math.Abs(float64(x[i]))) })
		Relu(dst, x)
		same("Relu", func(i int) T { return max(x[i], 0) })
		Recip(dst, x)
		same("Recip", func(i int) T { return 1 / x[i] })
		Step(dst, x)
		same("Step", func(i int) T { return T(step(float64(x[i]))) })
		Sign(dst, x)
		same("Sign", func(i int) T { return T(sign(float64(x[i]))) })
		MulAdd(dst, x, y, z)
		same("MulAdd", func(i int) T { return fma(x[i], y[i], z[i]) })
		AddScaled(dst, x, a, y)
		same("AddScaled", func(i int) T { return fma(a, y[i], x[i]) })
		Affine(dst, a, x, b)
		same("Affine", func(i int) T { return fma(a, x[i], b) })
	}
}

func TestFmaInSinglePrecisionRoundsOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for range 100_000 {
		a, x := float32(1+r.Float64()), float32(1+r.Float64())
		b := float32(math.Ldexp(r.Float64()-0.5, r.IntN(120)-60))
		exact := zero().Add(zero().Mul(real(float64(a)), real(float64(x))), real(float64(b)))
		if want, _ := exact.Float32(); fma(a, x, b) != want {
			t.Fatalf("fma(%v, %v, %v) = %v, want %v", a, x, b, fma(a, x, b), want)
		}
	}
}

func TestReductions(t *testing.T) {
	testReductions[float64](t, 0x1p-52)
	testReductions[float32](t, 0x1p-23)
}

func testReductions[T Number](t *testing.T, epsilon float64) {
	r := rand.New(rand.NewPCG(7, 8))
	for n := range 150 {
		for kind := range 4 {
			x := make([]T, n)
			sum, size := 0.0, 0.0
			most, least := T(math.Inf(-1)), T(math.Inf(1))
			for i := range x {
				x[i] = T(r.NormFloat64())
				if kind == 1 {
					x[i] = -T(math.Abs(float64(x[i])))
				}
				if kind >= 2 && r.IntN(10) == 0 {
					x[i] = T(odd[r.IntN(5)])
				}
				if kind == 3 {
					x[i] = T(odd[r.IntN(2)])
				}
				sum += float64(x[i])
				size += math.Abs(float64(x[i]))
				most, least = max(most, x[i]), min(least, x[i])
			}
			if got := float64(Sum(x)); !(math.Abs(got-sum) <= size*float64(n)*epsilon) && got != sum && sum == sum {
				t.Fatalf("Sum of %d is %v, want %v", n, got, sum)
			}
			if sum != sum && Sum(x) == Sum(x) {
				t.Fatal("Sum loses a NaN")
			}
			if got := Max(x); !identical(got, most) {
				t.Fatalf("Max(%v) = %v, want %v", x, got, most)
			}
			if got := Min(x); !identical(got, least) {
				t.Fatalf("Min(%v) = %v, want %v", x, got, least)
			}
		}
	}
}

func TestLengthsMustAgree(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("slices of different lengths are accepted")
		}
	}()
	Add(make([]float64, 3), make([]float64, 3), make([]float64, 4))
}

func TestNothingIsAllocated(t *testing.T) {
	x, y := make([]float64, 100), make([]float32, 100)
	calls := func() {
		for _, f := range unary64 {
			f.f(x, x)
		}
		Softplus(y, y)
		AddScaled(x, x, 2, x)
		x[0] = Sum(x) + Max(x) + Min(x)
	}
	if n := testing.AllocsPerRun(10, calls); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

var unary64 = unary[float64]()

func FuzzFunctions(f *testing.F) {
	for _, v := range odd {
		f.Add(math.Float64bits(v), uint8(3))
	}
	f.Fuzz(func(t *testing.T, bits uint64, length uint8) {
		v := math.Float64frombits(bits)
		n := int(length)%20 + 1
		x, y := make([]float64, n), make([]float64, n)
		x[n-1] = v
		for _, g := range functions {
			g.double(y, x)
			got, want := y[n-1], g.plain(v)
			if math.IsNaN(want) != math.IsNaN(got) || math.Abs(got-want) > 8*math.Max(0x1p-1074, math.Abs(want)*0x1p-52) {
				t.Errorf("%s(%v) = %v, want %v", g.name, v, got, want)
			}
		}
	})
}

func TestLongSlices(t *testing.T) {
	const n = 2*stretch + 77
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = float64(i%1000) - 500
	}
	x[n-1] = 1000
	Tanh(y, x)
	for i, v := range x {
		if math.Abs(y[i]-math.Tanh(v)) > 1e-15 {
			t.Fatalf("place %d: tanh(%v) = %v", i, v, y[i])
		}
	}
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	if Sum(x) != sum || Max(x) != 1000 || Min(x) != -500 {
		t.Errorf("sum %v, want %v; max %v, min %v", Sum(x), sum, Max(x), Min(x))
	}
	x[n-2] = math.NaN()
	if got := Max(x); got == got {
		t.Errorf("the largest number is %v, want NaN", got)
	}
}
