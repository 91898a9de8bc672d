package study

import (
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"nabla/symbolic"
)

// thresholds are the numbers at which something may change in expressions that ordinary numbers do not reach: a bound,
// such as the 5 of max(x, 5), the offset of a sum, such as the 30 of relu(x + 30), and either divided by what multiplies
// the other terms, as in relu(x/100 + 1). The logarithm of a large one is where an exponential reaches it.
func thresholds(es ...*symbolic.Expr) []float64 {
	var bounds, slopes []float64
	seen := map[*symbolic.Expr]bool{}
	var visit func(e *symbolic.Expr)
	visit = func(e *symbolic.Expr) {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			switch {
			case n.Op == symbolic.Const:
				x, _ := n.Val.Float64()
				bounds = include(bounds, x)
			case n.Op == symbolic.Sum:
				for i, t := range n.Args {
					if c, _ := n.Coef[i].Float64(); isConstant(t) {
						bounds = include(bounds, c)
					} else {
						slopes = include(slopes, c)
					}
				}
			case n.Op == symbolic.Call && n.Fn.Body != nil:
				visit(n.Fn.Body.Result)
			}
		}, seen)
	}
	for _, e := range es {
		visit(e)
	}
	const most = 6
	all := slices.Clone(bounds)
	for _, s := range slopes {
		for _, b := range bounds {
			all = include(all, b/s)
		}
	}
	for _, b := range bounds {
		if b > 7 {
			all = include(all, math.Log(b))
		}
	}
	return all[:min(most, len(all))]
}

// include adds the size of a number that is not yet there. 0 is no threshold: ordinary points are on both sides of it.
func include(xs []float64, x float64) []float64 {
	if x = math.Abs(x); x == 0 || math.IsInf(x, 0) || slices.Contains(xs, x) {
		return xs
	}
	return append(xs, x)
}

// isConstant says that a term is a number, or a tensor whose entries are one.
func isConstant(e *symbolic.Expr) bool {
	switch e.Op {
	case symbolic.Const, symbolic.Ones:
		return true
	case symbolic.Einsum:
		return !slices.ContainsFunc(e.Args, func(a *symbolic.Expr) bool { return !isConstant(a) })
	}
	return false
}

// beside are thresholds of either sign and the numbers next to them, but for those that are special anyway.
func beside(thresholds []float64) []float64 {
	var from []float64
	for _, c := range thresholds {
		for _, x := range []float64{c, c - 1, c + 1, -c, -c - 1, -c + 1} {
			if !slices.Contains(from, x) && !slices.Contains(everySpecial, x) {
				from = append(from, x)
			}
		}
	}
	return from
}

// farSamplers draw points as large, or as small, as the thresholds of a and b, where those of ordinary points are not.
func farSamplers(a, b *symbolic.Expr) iter.Seq[*sampler] {
	return func(yield func(*sampler) bool) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, c := range thresholds(a, b) {
			if c > 0.3 && c < 1.5 {
				continue
			}
			for try := range Points {
				if !yield(&sampler{r: r, scale: c, positive: try%3 == 2}) {
					return
				}
			}
		}
	}
}
