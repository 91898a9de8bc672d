package fn

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"nabla/symbolic"
)

// two tensors of one shape; a number goes with anything.
var ab = []symbolic.Arg{{Name: "a"}, {Name: "b"}}

// binary is the table of the functions of two numbers.
func binary() []*record {
	return []*record{
		{
			Name: "pow", Args: []symbolic.Arg{{Name: "x"}, {Name: "p"}},
			Doc: "pow(x, p) = x^p, entry by entry; for x < 0 only whole p give a number, and 0^0 is 1. " +
				"Its derivative p·x^(p − 1) is infinite at 0 for p < 1.",
			Example: "eval(pow(2, 10))\n\t1024",
			Text:    "#1^#p", TeX: `#1^{#p}`,
			Build:  buildPow,
			FP:     func(p params) func(float64) float64 { return powBy(p.Exp) },
			DP:     func(p params, x, _ *expr) *expr { return powDerivative(p.Exp, x) },
			Sample: between(0.2, 3),
			Export: map[string]string{"numpy": "np.power(#1, #p)", "jax": "jnp.power(#1, #p)", "pytorch": "torch.pow(#1, #p)",
				"julia": "(#1) .^ (#p)", "go": "math.Pow(#1, #p)"},
			See: []string{"sqrt", "square", "exp"},
		},
		{
			Name: "power", Args: []symbolic.Arg{{Name: "x"}, {Name: "p"}},
			Doc:     "power(x, p) = x^p where p is an expression too; what pow(x, p) becomes when p is not a plain number. x > 0 where p is not whole.",
			Example: "eval(power(2, 0.5))\n\t1.41421",
			Text:    "#1^#2", TeX: `#1^{#2}`,
			Build: buildPow,
			F2:    math.Pow,
			D2: func(x, p, y *expr) (dx, dp *expr) {
				g := x.G
				return mul(p, powers(x, shift(p, rat(-1, 1)))), mul(y, g.Call("log", x))
			},
			Sample: between(0.3, 3),
			Export: map[string]string{"numpy": "np.power(#1, #2)", "jax": "jnp.power(#1, #2)", "pytorch": "torch.pow(#1, #2)",
				"julia": "(#1) .^ (#2)", "go": "math.Pow(#1, #2)"},
			See: []string{"pow"},
		},
		{
			Name: "maximum", Args: ab,
			Doc:     "maximum(a, b) is the larger of two numbers, entry by entry: max(a, b). Where they are equal, half of the derivative goes to each; at x = 0 that of max(x, 0) is 0, as for relu.",
			Example: "eval(max(2, 3))\n\t3",
			Text:    "max(#1, #2)", TeX: `\max\left(#1, #2\right)`,
			Define: func(_ params, a []*expr) *expr { // b + (a − b) step(a − b)
				d := a[0].G.Sub(a[0], a[1])
				return a[0].G.Add(a[1], mul(d, call("step", d)))
			},
			F2: math.Max,
			D2: func(a, b, _ *expr) (da, db *expr) { return first(a, b), first(b, a) },
			Export: map[string]string{"numpy": "np.maximum(#1, #2)", "jax": "jnp.maximum(#1, #2)", "pytorch": "torch.maximum(#1, #2)",
				"julia": "max.(#1, #2)", "go": "math.Max(#1, #2)"},
			See: []string{"max", "minimum", "relu"},
		},
		{
			Name: "minimum", Args: ab,
			Doc:     "minimum(a, b) is the smaller of two numbers, entry by entry: min(a, b). Where they are equal, half of the derivative goes to each; at x = 0 that of min(x, 0) is 0.",
			Example: "eval(min(2, 3))\n\t2",
			Text:    "min(#1, #2)", TeX: `\min\left(#1, #2\right)`,
			Define: func(_ params, a []*expr) *expr { // a − (a − b) step(a − b)
				d := a[0].G.Sub(a[0], a[1])
				return a[0].G.Sub(a[0], mul(d, call("step", d)))
			},
			F2: math.Min,
			D2: func(a, b, _ *expr) (da, db *expr) { return first(b, a), first(a, b) },
			Export: map[string]string{"numpy": "np.minimum(#1, #2)", "jax": "jnp.minimum(#1, #2)", "pytorch": "torch.minimum(#1, #2)",
				"julia": "min.(#1, #2)", "go": "math.Min(#1, #2)"},
			See: []string{"min", "maximum"},
		},
		{
			Name: "atan2", Args: []symbolic.Arg{{Name: "y"}, {Name: "x"}},
			Doc:     "atan2(y, x) is the angle of the point (x, y) in (−π, π].",
			Example: "eval(atan2(1, -1))\n\t2.35619",
			F2:      math.Atan2,
			D2: func(a, b, _ *expr) (da, db *expr) {
				r := a.G.Recip(a.G.Add(square(a), square(b)))
				return mul(b, r), a.G.Neg(mul(a, r))
			},
			Export: map[string]string{"numpy": "np.arctan2(#1, #2)", "jax": "jnp.arctan2(#1, #2)", "pytorch": "torch.atan2(#1, #2)",
				"julia": "atan.(#1, #2)", "go": "math.Atan2(#1, #2)"},
			See: []string{"atan"},
		},
		{
			Name: "clip", Args: []symbolic.Arg{{Name: "x"}, {Name: "lo"}, {Name: "hi"}},
			Doc:     "clip(x, lo, hi) = min(max(x, lo), hi). At x = lo and x = hi its derivative is 1/2, but 0 at a bound that is 0.",
			Example: "eval(clip([-2, 0.5, 3], 0, 1))\n\t[0, 0.5, 1]",
			Build:   buildClip,
			See:     []string{"maximum", "minimum"},
		},
	}
}

// first is the derivative of max(a, b) by a: 1 where a > b, 1/2 where they are equal; against 0 it is that of relu.
func first(a, b *expr) *expr {
	if isZero(b) {
		return call("step", a)
	}
	if isZero(a) {
		return call("step", a.G.Neg(b))
	}
	return scale(rat(1, 2), shift(call("sign", a.G.Sub(a, b)), rat(1, 1)))
}

func isZero(e *expr) bool {
	r, ok := constant(e)
	return ok && r.Sign() == 0
}

func buildPow(i in) (*expr, error) {
	if r, ok := i.Args[1].AsConst(); ok {
		return i.G.Pow(i.Args[0], r), nil
	}
	a, err := fit("pow", i)
	if err != nil {
		return nil, err
	}
	return powers(a[0], a[1]), nil
}

// powers is x^p; p may turn out to be a number in every entry.
func powers(x, p *expr) *expr {
	if r, ok := constant(p); ok {
		return x.G.Pow(x, r)
	}
	return x.G.ApplyParams("power", params{}, x.Shape, x, p)
}

// constant is the number that every entry of e is, if that shows.
func constant(e *expr) (*big.Rat, bool) {
	if r, ok := e.AsConst(); ok {
		return r, true
	}
	if e.IsZero() {
		return new(big.Rat), true
	}
	c, y := e.AsScaled()
	return c, y.Op == symbolic.Ones
}

func powDerivative(r *big.Rat, x *expr) *expr {
	return scale(r, x.G.Pow(x, new(big.Rat).Sub(r, rat(1, 1))))
}

// powBy is x ↦ x^r; the exponents that formulas are full of have a faster and more exact way.
func powBy(r *big.Rat) func(float64) float64 {
	switch r.RatString() {
	case "-1":
		return func(x float64) float64 { return 1 / x }
	case "1/2":
		return math.Sqrt
	case "-1/2":
		return func(x float64) float64 { return 1 / math.Sqrt(x) }
	case "-2":
		return func(x float64) float64 { return 1 / (x * x) }
	}
	p := float(r)
	return func(x float64) float64 { return math.Pow(x, p) }
}

func buildClip(i in) (*expr, error) {
	a, err := fit("clip", i)
	if err != nil {
		return nil, err
	}
	return i.G.Call("minimum", i.G.Call("maximum", a[0], a[1]), a[2]), nil
}

// fit repeats numbers to the shape of the other arguments, which must agree.
func fit(name string, i in) ([]*expr, error) {
	s := i.Args[0].Shape
	for _, a := range i.Args[1:] {
		if len(s) == 0 {
			s = a.Shape
		}
	}
	out := slices.Clone(i.Args)
	for k, a := range out {
		switch {
		case a.Rank() == 0:
			out[k] = i.G.Broadcast(a, s)
		case !i.G.Dims.SameShape(a.Shape, s):
			return nil, fmt.Errorf("%s works entry by entry, but its arguments are %v and %v", name, s, a.Shape)
		}
	}
	return out, nil
}
