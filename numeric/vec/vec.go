// Package vec computes functions of whole slices, in double and single precision.
//
// On amd64 with AVX2 and FMA it runs kernels in assembly; elsewhere it calls package math place by place. The kernels
// treat NaN, infinities, zeros of both signs, subnormal numbers, overflow and gradual underflow as package math does, and
// are within 2.5 units in the last place of the exact result everywhere. The value at a place depends on the arguments at
// that place alone, not on its neighbours or its position. Nothing here allocates.
//
// # Approximations
//
// exp(x) is 2ⁿ exp(r) with n the integer nearest to x / ln 2 and r = x - n ln 2 in two fused steps, where ln 2 is the sum of
// a short and a long number (Cody and Waite, "Software Manual for the Elementary Functions", 1980); exp(r) is
// 1 + r + r² P(r). Where the result is not a normal number, 2ⁿ is applied as two factors.
//
// log(x) is k ln 2 + log(1 + f) with √½ ≤ 1 + f < √2, and log(1 + f) is 2 atanh(s), s = f / (2 + f), arranged as
// f - s (f - R) so that the leading term f stays exact (FreeBSD's e_log.c).
//
// expm1(x) is 2ⁿ (exp(r) - 1) + (2ⁿ - 1); log1p(x) is log(u) + (x - (u - 1)) / u with u = 1 + x rounded.
//
// tanh(x) is E / (E + 2) with E = exp(2|x|) - 1 from the same P, without cancellation. The sigmoid is 1 / (1 + e) or
// e / (1 + e) with e = exp(-|x|), softplus is max(x, 0) + log(1 + e). erf(x) is x Q(x²) below 1, and 1 - exp(R(|x|)) above,
// where R approximates the logarithm of the complement.
//
// P, Q, R and the series of atanh are minimax polynomials found by Remez's exchange algorithm in arithmetic of 60 digits;
// the coefficients and their errors are in gen/formulas.go.
package vec

import "math"

// Number is what the functions work on.
type Number interface{ float32 | float64 }

// stretch is how many numbers a kernel gets at once: the scheduler and the garbage collector wait while one runs.
const stretch = 1 << 15

// Accelerated says whether this machine has what the kernels need: AVX2 and FMA.
func Accelerated() bool { return accelerated }

// check panics if the slices do not have one length. Slices may be the same, but must not overlap otherwise.
func check(dst int, lengths ...int) {
	for _, n := range lengths {
		if n != dst {
			panic("vec: slices of different lengths")
		}
	}
}

// Exp sets dst[i] to e to the power x[i].
func Exp[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !expKernel(dst, x) {
		each(dst, x, math.Exp)
	}
}

// Log sets dst[i] to the natural logarithm of x[i]: NaN below zero, -Inf at zero.
func Log[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !logKernel(dst, x) {
		each(dst, x, log)
	}
}

// Tanh sets dst[i] to the hyperbolic tangent of x[i].
func Tanh[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !tanhKernel(dst, x) {
		each(dst, x, math.Tanh)
	}
}

// Sigmoid sets dst[i] to 1 / (1 + exp(-x[i])).
func Sigmoid[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !sigmoidKernel(dst, x) {
		each(dst, x, sigmoid)
	}
}

// Softplus sets dst[i] to log(1 + exp(x[i])).
func Softplus[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !softplusKernel(dst, x) {
		each(dst, x, softplus)
	}
}

// Erf sets dst[i] to the error function of x[i].
func Erf[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !erfKernel(dst, x) {
		each(dst, x, math.Erf)
	}
}

// Expm1 sets dst[i] to exp(x[i]) - 1, exact to the last places near 0.
func Expm1[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !expm1Kernel(dst, x) {
		each(dst, x, math.Expm1)
	}
}

// Log1p sets dst[i] to the natural logarithm of 1 + x[i], exact to the last places near 0.
func Log1p[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !log1pKernel(dst, x) {
		each(dst, x, math.Log1p)
	}
}

// Recip sets dst[i] to 1 / x[i].
func Recip[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !recipKernel(dst, x) {
		for i, v := range x {
			dst[i] = 1 / v
		}
	}
}

// Step sets dst[i] to 1 if x[i] is above 0, else to 0; NaN stays NaN.
func Step[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !stepKernel(dst, x) {
		each(dst, x, step)
	}
}

// Sign sets dst[i] to 1 or -1 by the sign of x[i]; zeros and NaN stay what they are.
func Sign[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !signKernel(dst, x) {
		each(dst, x, sign)
	}
}

// Relu sets dst[i] to the larger of x[i] and +0; NaN stays NaN.
func Relu[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !reluKernel(dst, x) {
		for i, v := range x {
			dst[i] = max(v, 0)
		}
	}
}

// Sqrt sets dst[i] to the square root of x[i].
func Sqrt[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !sqrtKernel(dst, x) {
		each(dst, x, math.Sqrt)
	}
}

// Abs sets dst[i] to the absolute value of x[i].
func Abs[T Number](dst, x []T) {
	check(len(dst), len(x))
	if !absKernel(dst, x) {
		each(dst, x, math.Abs)
	}
}

// Add sets dst[i] to x[i] + y[i].
func Add[T Number](dst, x, y []T) {
	check(len(dst), len(x), len(y))
	if !addKernel(dst, x, y) {
		for i, v := range x {
			dst[i] = v + y[i]
		}
	}
}

// Sub sets dst[i] to x[i] - y[i].
func Sub[T Number](dst, x, y []T) {
	check(len(dst), len(x), len(y))
	if !subKernel(dst, x, y) {
		for i, v := range x {
			dst[i] = v - y[i]
		}
	}
}

// Mul sets dst[i] to x[i] y[i].
func Mul[T Number](dst, x, y []T) {
	check(len(dst), len(x), len(y))
	if !mulKernel(dst, x, y) {
		for i, v := range x {
			dst[i] = v * y[i]
		}
	}
}

// Div sets dst[i] to x[i] / y[i].
func Div[T Number](dst, x, y []T) {
	check(len(dst), len(x), len(y))
	if !divKernel(dst, x, y) {
		for i, v := range x {
			dst[i] = v / y[i]
		}
	}
}

// MulAdd sets dst[i] to x[i] y[i] + z[i], rounded once.
func MulAdd[T Number](dst, x, y, z []T) {
	check(len(dst), len(x), len(y), len(z))
	if !mulAddKernel(dst, x, y, z) {
		for i, v := range x {
			dst[i] = fma(v, y[i], z[i])
		}
	}
}

// AddScaled sets dst[i] to x[i] + a y[i], rounded once.
func AddScaled[T Number](dst, x []T, a T, y []T) {
	check(len(dst), len(x), len(y))
	if !addScaledKernel(dst, x, y, a) {
		for i, v := range x {
			dst[i] = fma(a, y[i], v)
		}
	}
}

// Scale sets dst[i] to a x[i].
func Scale[T Number](dst []T, a T, x []T) {
	check(len(dst), len(x))
	if !scaleKernel(dst, x, a) {
		for i, v := range x {
			dst[i] = a * v
		}
	}
}

// Affine sets dst[i] to a x[i] + b, rounded once.
func Affine[T Number](dst []T, a T, x []T, b T) {
	check(len(dst), len(x))
	if !affineKernel(dst, x, a, b) {
		for i, v := range x {
			dst[i] = fma(a, v, b)
		}
	}
}

// Sum is the sum of x, in an order that depends on its length alone; 0 if it is empty.
func Sum[T Number](x []T) (sum T) {
	for ; len(x) > stretch; x = x[stretch:] {
		sum += stretchSum(x[:stretch])
	}
	if len(x) > 0 {
		sum += stretchSum(x)
	}
	return sum
}

func stretchSum[T Number](x []T) T {
	var partial [8]T
	if !sumKernel(partial[:], x) {
		return plainSum(x)
	}
	for n := 4; n >= 1; n /= 2 {
		for i := range n {
			partial[i] += partial[i+n]
		}
	}
	return partial[0]
}

// plainSum adds in four chains, as much for accuracy as for speed.
func plainSum[T Number](x []T) T {
	var s [4]T
	for ; len(x) >= 4; x = x[4:] {
		s[0] += x[0]
		s[1] += x[1]
		s[2] += x[2]
		s[3] += x[3]
	}
	for i, v := range x {
		s[i] += v
	}
	return (s[0] + s[2]) + (s[1] + s[3])
}

// Max is the largest number in x: NaN if there is one, +0 rather than -0, -Inf if x is empty.
func Max[T Number](x []T) T {
	most := T(math.Inf(-1))
	for rest := x; len(rest) > 0; {
		n := min(len(rest), stretch)
		var partial [8]T
		if !maxKernel(partial[:], rest[:n]) {
			return plainMax(x)
		}
		most = max(most, plainMax(lanes(&partial)))
		rest = rest[n:]
	}
	if most == 0 { // the kernel does not tell zeros apart
		return plainMax(x)
	}
	return most
}

func plainMax[T Number](x []T) T {
	most := T(math.Inf(-1))
	for _, v := range x {
		most = max(most, v)
	}
	return most
}

// Min is the smallest number in x: NaN if there is one, -0 rather than +0, +Inf if x is empty.
func Min[T Number](x []T) T {
	least := T(math.Inf(1))
	for rest := x; len(rest) > 0; {
		n := min(len(rest), stretch)
		var partial [8]T
		if !minKernel(partial[:], rest[:n]) {
			return plainMin(x)
		}
		least = min(least, plainMin(lanes(&partial)))
		rest = rest[n:]
	}
	if least == 0 {
		return plainMin(x)
	}
	return least
}

func plainMin[T Number](x []T) T {
	least := T(math.Inf(1))
	for _, v := range x {
		least = min(least, v)
	}
	return least
}

// lanes is the part of the array that a register fills.
func lanes[T Number](partial *[8]T) []T {
	if _, single := any(partial).(*[8]float32); single {
		return partial[:]
	}
	return partial[:4]
}

func each[T Number](dst, x []T, f func(float64) float64) {
	for i, v := range x {
		dst[i] = T(f(float64(v)))
	}
}

// log is math.Log, which on amd64 takes all subnormal numbers for nearly the same, as of Go 1.26.
func log(x float64) float64 {
	if 0 < x && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

func step(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x <= 0:
		return 0
	}
	return x
}

func sign(x float64) float64 {
	if x == 0 || x != x {
		return x
	}
	return math.Copysign(1, x)
}

func sigmoid(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

func softplus(x float64) float64 {
	return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
}

// fma is a x + b, rounded once. In single precision the product is exact in double, and the sum is rounded to odd there, so
// that rounding it again is rounding once.
func fma[T Number](a, x, b T) T {
	if _, double := any(a).(float64); double {
		return T(math.FMA(float64(a), float64(x), float64(b)))
	}
	product := float64(a) * float64(x)
	sum := product + float64(b)
	rest := product - (sum - float64(b))
	if back := sum - product; back != 0 || rest != 0 {
		rest = (product - (sum - back)) + (float64(b) - back)
	}
	if rest != 0 && !math.IsInf(sum, 0) && math.Float64bits(sum)&1 == 0 {
		toward := math.Inf(1)
		if rest < 0 {
			toward = math.Inf(-1)
		}
		sum = math.Nextafter(sum, toward)
	}
	return T(sum)
}
