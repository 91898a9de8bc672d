package vec

import (
	"math"
	"math/big"
)

// The functions here compute with 256 bits by series and identities that have nothing in common with the kernels.

const precision = 256

func real(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }
func zero() *big.Float          { return new(big.Float).SetPrec(precision) }

// bigLn2 is ln 2 = Σ 1/(k 2ᵏ).
var bigLn2 = func() *big.Float {
	sum, power := zero(), real(1)
	for k := 1; k < precision+20; k++ {
		power.Mul(power, real(0.5))
		sum.Add(sum, zero().Quo(power, real(float64(k))))
	}
	return sum
}()

// bigRoot is 2/√π, with π by Machin's formula.
var bigRoot = func() *big.Float {
	pi := zero().Sub(zero().Mul(real(16), arctanInverse(5)), zero().Mul(real(4), arctanInverse(239)))
	return zero().Quo(real(2), zero().Sqrt(pi))
}()

// arctanInverse is arctan(1/n).
func arctanInverse(n float64) *big.Float {
	sum, power := zero(), zero().Quo(real(1), real(n))
	for k := 1.0; k < precision; k += 4 {
		sum.Add(sum, zero().Quo(power, real(k)))
		power.Quo(power, real(n*n))
		sum.Sub(sum, zero().Quo(power, real(k+2)))
		power.Quo(power, real(n*n))
	}
	return sum
}

// bigExp is exp(x): the series at x less a multiple of ln 2, divided by 2¹⁶, squared 16 times.
func bigExp(x *big.Float) *big.Float {
	f, _ := x.Float64()
	n := math.Round(f / math.Ln2)
	r := zero().Sub(x, zero().Mul(real(n), bigLn2))
	r.Mul(r, real(0x1p-16))
	sum := real(1)
	for k := 18.0; k >= 1; k-- {
		sum.Mul(sum, r)
		sum.Quo(sum, real(k))
		sum.Add(sum, real(1))
	}
	for range 16 {
		sum.Mul(sum, sum)
	}
	return sum.SetMantExp(sum, int(n))
}

// bigLog is log(x) by a step of Halley's iteration from the logarithm of package math.
func bigLog(x *big.Float) *big.Float {
	m := zero()
	e := x.MantExp(m)
	f, _ := m.Float64()
	y := zero().Add(real(math.Log(f)), zero().Mul(real(float64(e)), bigLn2))
	p := bigExp(y)
	step := zero().Quo(zero().Sub(x, p), zero().Add(x, p))
	return y.Add(y, step.Mul(step, real(2)))
}

func bigTanh(x *big.Float) *big.Float {
	if f, _ := x.Float64(); math.Abs(f) < 1e-25 {
		return x
	}
	e := bigExp(zero().Mul(x, real(2)))
	return zero().Quo(zero().Sub(e, real(1)), zero().Add(e, real(1)))
}

func bigExpm1(x *big.Float) *big.Float {
	if f, _ := x.Float64(); math.Abs(f) < 1e-25 {
		square := zero().Mul(x, x)
		return zero().Add(x, square.Mul(square, real(0.5)))
	}
	return zero().Sub(bigExp(x), real(1))
}

func bigLog1p(x *big.Float) *big.Float {
	if f, _ := x.Float64(); math.Abs(f) < 1e-25 {
		square := zero().Mul(x, x)
		return zero().Sub(x, square.Mul(square, real(0.5)))
	}
	return bigLog(zero().Add(x, real(1)))
}

func bigSigmoid(x *big.Float) *big.Float {
	return zero().Quo(real(1), zero().Add(real(1), bigExp(zero().Neg(x))))
}

func bigSoftplus(x *big.Float) *big.Float {
	e := bigExp(x)
	if f, _ := e.Float64(); f < 1e-25 {
		square := zero().Mul(e, e)
		return e.Sub(e, square.Mul(square, real(0.5)))
	}
	return bigLog(e.Add(e, real(1)))
}

// bigErf is erf(x) = 2/√π exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)), whose terms have one sign.
func bigErf(x *big.Float) *big.Float {
	square := zero().Mul(x, x)
	twice := zero().Mul(square, real(2))
	sum, term := zero(), zero().Set(x)
	for k := 1.0; k < 800; k += 2 {
		sum.Add(sum, term)
		term.Mul(term, twice)
		term.Quo(term, real(k+2))
		if term.Sign() == 0 || term.MantExp(nil) < sum.MantExp(nil)-120 {
			break
		}
	}
	sum.Mul(sum, bigExp(square.Neg(square)))
	return sum.Mul(sum, bigRoot)
}

// ulps is how far got is from want in units in the last place of want, in double precision.
func ulps(got float64, want *big.Float) float64 {
	exponent := max(want.MantExp(nil)-53, -1074)
	if want.Sign() == 0 {
		exponent = -1074
	}
	distance := zero().Sub(real(got), want)
	f, _ := distance.SetMantExp(distance, -exponent).Float64()
	return math.Abs(f)
}
