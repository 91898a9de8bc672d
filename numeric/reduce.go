package numeric

import (
	"math"

	"nabla/numeric/vec"
)

// LogSumExp is log Σ exp xᵢ without overflow: the largest entry is taken out first. Of no entries it is −∞.
func LogSumExp(x []float64) float64 {
	m := Max(x)
	if math.IsInf(m, 0) {
		return m
	}
	s := 0.0
	for _, v := range x {
		s += math.Exp(v - m)
	}
	return m + math.Log(s)
}

// Softmax is exp xᵢ / Σ exp xⱼ without overflow, of every row of n numbers. dst may be x.
func Softmax(dst, x []float64, n int) {
	const atOnce = 1024 // entries: one call for the exponentials of short rows
	for some := max(atOnce/max(n, 1), 1) * n; len(x) > 0; dst, x = dst[some:], x[some:] {
		some = min(some, len(x))
		for at := 0; at < some; at += n {
			shift(dst[at:at+n], x[at:at+n])
		}
		vec.Exp(dst[:some], dst[:some])
		for at := 0; at < some; at += n {
			divideBySum(dst[at : at+n])
		}
	}
}

// shift is x less its largest entry.
func shift(dst, x []float64) {
	m := Max(x)
	for i, v := range x {
		dst[i] = v - m
	}
}

func divideBySum(x []float64) {
	s := vec.Sum(x)
	for i := range x {
		x[i] /= s
	}
}

// LogSoftmax is xᵢ − log Σ exp xⱼ, summed relative to the largest entry so that small differences survive. dst may be x.
func LogSoftmax(dst, x []float64) {
	m, s := Max(x), 0.0
	var buf [64]float64
	for at := 0; at < len(x); at += len(buf) {
		b := buf[:min(len(buf), len(x)-at)]
		vec.Affine(b, 1, x[at:at+len(b)], -m)
		vec.Exp(b, b)
		s += vec.Sum(b)
	}
	l := math.Log(s)
	for i, v := range x {
		dst[i] = v - m - l
	}
}

// Max is the largest entry, −∞ of none, and not a number if one of them is not.
func Max(x []float64) float64 {
	m := math.Inf(-1)
	for _, v := range x {
		if v > m || v != v {
			m = v
		}
		if m != m {
			break
		}
	}
	return m
}

// Min is the smallest entry, +∞ of none, and not a number if one of them is not.
func Min(x []float64) float64 {
	m := math.Inf(1)
	for _, v := range x {
		if v < m || v != v {
			m = v
		}
		if m != m {
			break
		}
	}
	return m
}
