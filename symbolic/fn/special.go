package fn

import (
	"fmt"
	"math"
	"math/big"

	"gonum.org/v1/gonum/mathext"
)

func buildPolygamma(i in) (*expr, error) {
	n, ok := i.Nums["n"]
	if !ok || !n.IsInt() || n.Sign() < 0 || n.Num().BitLen() > 7 {
		return nil, fmt.Errorf("polygamma: the order n is 0, 1, 2, … up to 127")
	}
	if n.Sign() == 0 {
		return call("digamma", i.Args[0]), nil
	}
	return polygammaOf(n.Num().Int64(), i.Args[0]), nil
}

func polygammaOf(n int64, x *expr) *expr {
	return x.G.ApplyParams("polygamma", params{Nums: []*big.Rat{rat(n, 1)}}, x.Shape, x)
}

// polygamma is (−1)^(n+1) n! ζ(n+1, x), n ≥ 1 (Abramowitz and Stegun 6.4.10); below 0 by the recurrence 6.4.6.
func polygamma(n int) func(x float64) float64 {
	factorial := math.Gamma(float64(n) + 1)
	s := 1.0
	if n%2 == 0 {
		s = -1
	}
	return func(x float64) float64 {
		if x <= 0 && x == math.Floor(x) || x < -1e6 {
			return math.NaN()
		}
		tail := 0.0
		for ; x < 0; x++ {
			tail += math.Pow(x, float64(-n-1))
		}
		return s * factorial * (mathext.Zeta(float64(n)+1, x) + tail)
	}
}
