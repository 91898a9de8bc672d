package fn

import (
	"math"
	"math/big"

	"gonum.org/v1/gonum/mathext"

	"nabla/numeric"
	"nabla/numeric/vec"
	"nabla/symbolic"
)

// one argument, a tensor of any shape.
var x = []symbolic.Arg{{Name: "x"}}

// elementwise is the table of the functions of one number. D is dy/dx in terms of x and y = f(x).
func elementwise() []*record {
	return []*record{
		{
			Name: "exp", Args: x,
			Doc:      "exp(x) = e^x. It applies entry by entry: exp(A) of a matrix is not the matrix exponential.",
			Positive: true,
			Example:  "eval(exp(1))\n\t2.71828",
			TeX:      `\exp\left(#1\right)`,
			D:        func(_, y *expr) *expr { return y },
			F:        math.Exp,
			Vec:      numeric.Slices(vec.Exp, vec.Exp),
			Export:   export("exp", "math.Exp(#1)"),
			See:      []string{"expm1", "log", "softmax"},
		},
		{
			Name: "log", Args: x,
			Doc:     "log(x) is the natural logarithm. It is −∞ at 0 and not a number below.",
			Example: "eval(log(10))\n\t2.30259",
			TeX:     `\log\left(#1\right)`,
			D:       func(x, _ *expr) *expr { return x.G.Recip(x) },
			F:       log, Sample: between(0.2, 4),
			Vec:    numeric.Slices(vec.Log, vec.Log),
			Export: export("log", "math.Log(#1)"),
			See:    []string{"log1p", "exp", "logsumexp"},
		},
		{
			Name: "log1p", Args: x,
			Doc:     "log1p(x) = log(1 + x), exact to the last digits for x near 0.",
			Define:  func(_ params, a []*expr) *expr { return call("log", shift(a[0], rat(1, 1))) },
			Example: "eval(log1p(1e-10))\n\t1e-10",
			TeX:     `\log\left(1 + #1\right)`,
			D:       func(x, _ *expr) *expr { return x.G.Recip(shift(x, rat(1, 1))) },
			F:       math.Log1p,
			Vec:     numeric.Slices(vec.Log1p, vec.Log1p), Sample: between(-0.8, 3),
			Export: export("log1p", "math.Log1p(#1)"),
			See:    []string{"log", "expm1"},
		},
		{
			Name: "expm1", Args: x,
			Doc:     "expm1(x) = exp(x) − 1, exact to the last digits for x near 0.",
			Define:  func(_ params, a []*expr) *expr { return shift(call("exp", a[0]), rat(-1, 1)) },
			Example: "eval(expm1(1e-10))\n\t1e-10",
			D:       func(x, _ *expr) *expr { return call("exp", x) },
			F:       math.Expm1,
			Vec:     numeric.Slices(vec.Expm1, vec.Expm1),
			Export:  export("expm1", "math.Expm1(#1)"),
			See:     []string{"exp", "log1p"},
		},
		{
			Name: "sqrt", Args: x,
			TeX:     `\sqrt{#1}`,
			Doc:     "sqrt(x) = x^(1/2), entry by entry; not a number below 0. Its derivative at 0 is infinite.",
			Example: "eval(sqrt(2))\n\t1.41421",
			Build:   func(i in) (*expr, error) { return i.G.Sqrt(i.Args[0]), nil },
			Sample:  between(0.2, 4),
			See:     []string{"pow", "norm"},
		},
		{
			Name: "square", Args: x,
			Doc:     "square(x) = x ⊙ x, entry by entry.",
			Example: "eval(square(-3))\n\t9",
			Build:   func(i in) (*expr, error) { return square(i.Args[0]), nil },
			See:     []string{"pow", "norm"},
		},
		{
			Name: "sin", Args: x,
			Doc:     "sin(x), x in radians.",
			Example: "eval(sin(pi/6))\n\t0.5",
			TeX:     `\sin\left(#1\right)`,
			D:       func(x, _ *expr) *expr { return call("cos", x) },
			F:       math.Sin,
			Export:  export("sin", "math.Sin(#1)"),
		},
		{
			Name: "cos", Args: x,
			Doc:     "cos(x), x in radians.",
			Example: "eval(cos(pi/3))\n\t0.5",
			TeX:     `\cos\left(#1\right)`,
			D:       func(x, _ *expr) *expr { return x.G.Neg(call("sin", x)) },
			F:       math.Cos,
			Export:  export("cos", "math.Cos(#1)"),
		},
		{
			Name: "tan", Args: x,
			Doc:     "tan(x), x in radians.",
			Define:  func(_ params, a []*expr) *expr { return mul(call("sin", a[0]), a[0].G.Recip(call("cos", a[0]))) },
			Example: "eval(tan(pi/4))\n\t1",
			TeX:     `\tan\left(#1\right)`,
			D:       func(_, y *expr) *expr { return shift(square(y), rat(1, 1)) },
			F:       math.Tan, Sample: between(-1.2, 1.2),
			Export: export("tan", "math.Tan(#1)"),
		},
		{
			Name: "asin", Args: x,
			Doc:     "asin(x) is the angle in [−π/2, π/2] whose sine is x; not a number outside [−1, 1].",
			Example: "eval(asin(1))\n\t1.5708",
			TeX:     `\arcsin\left(#1\right)`,
			D:       func(x, _ *expr) *expr { return power(minus(rat(1, 1), square(x)), -1, 2) },
			F:       math.Asin, Sample: between(-0.8, 0.8),
			Export: exportAs("arcsin", "asin", "asin", "math.Asin(#1)"),
		},
		{
			Name: "acos", Args: x,
			Doc:     "acos(x) is the angle in [0, π] whose cosine is x; not a number outside [−1, 1].",
			Example: "eval(acos(0))\n\t1.5708",
			TeX:     `\arccos\left(#1\right)`,
			D:       func(x, _ *expr) *expr { return x.G.Neg(power(minus(rat(1, 1), square(x)), -1, 2)) },
			F:       math.Acos, Sample: between(-0.8, 0.8),
			Export: exportAs("arccos", "acos", "acos", "math.Acos(#1)"),
		},
		{
			Name: "atan", Args: x,
			Doc:     "atan(x) is the angle in (−π/2, π/2) whose tangent is x.",
			Example: "eval(atan(1))\n\t0.785398",
			TeX:     `\arctan\left(#1\right)`,
			D:       func(x, _ *expr) *expr { return x.G.Recip(shift(square(x), rat(1, 1))) },
			F:       math.Atan,
			Export:  exportAs("arctan", "atan", "atan", "math.Atan(#1)"),
		},
		{
			Name: "sinh", Args: x,
			Doc: "sinh(x) = (exp(x) − exp(−x))/2.",
			Define: func(_ params, a []*expr) *expr {
				return scale(rat(1, 2), a[0].G.Sub(call("exp", a[0]), call("exp", a[0].G.Neg(a[0]))))
			},
			Example: "eval(sinh(1))\n\t1.1752",
			TeX:     `\sinh\left(#1\right)`,
			D:       func(x, _ *expr) *expr { return call("cosh", x) },
			F:       math.Sinh,
			Export:  export("sinh", "math.Sinh(#1)"),
		},
		{
			Name: "cosh", Args: x,
			Doc:      "cosh(x) = (exp(x) + exp(−x))/2.",
			Positive: true,
			Define: func(_ params, a []*expr) *expr {
				return scale(rat(1, 2), a[0].G.Add(call("exp", a[0]), call("exp", a[0].G.Neg(a[0]))))
			},
			Example: "eval(cosh(1))\n\t1.54308",
			TeX:     `\cosh\left(#1\right)`,
			D:       func(x, _ *expr) *expr { return call("sinh", x) },
			F:       math.Cosh,
			Export:  export("cosh", "math.Cosh(#1)"),
		},
		{
			Name: "tanh", Args: x,
			Doc:     "tanh(x), the hyperbolic tangent; its derivative is 1 − tanh(x)².",
			Define:  func(_ params, a []*expr) *expr { return tanhByExp(a[0]) },
			Example: "eval(tanh(1))\n\t0.761594",
			TeX:     `\tanh\left(#1\right)`,
			D:       func(_, y *expr) *expr { return minus(rat(1, 1), square(y)) },
			F:       math.Tanh,
			Vec:     numeric.Slices(vec.Tanh, vec.Tanh),
			Export:  export("tanh", "math.Tanh(#1)"),
			See:     []string{"sigmoid"},
		},
		{
			Name: "asinh", Args: x,
			Doc:     "asinh(x) is the inverse of sinh.",
			Example: "eval(asinh(1))\n\t0.881374",
			D:       func(x, _ *expr) *expr { return power(shift(square(x), rat(1, 1)), -1, 2) },
			F:       math.Asinh,
			Export:  exportAs("arcsinh", "asinh", "asinh", "math.Asinh(#1)"),
		},
		{
			Name: "acosh", Args: x,
			Doc:     "acosh(x) is the non-negative inverse of cosh; not a number below 1.",
			Example: "eval(acosh(2))\n\t1.31696",
			D: func(x, _ *expr) *expr {
				return mul(power(shift(x, rat(-1, 1)), -1, 2), power(shift(x, rat(1, 1)), -1, 2))
			},
			F: math.Acosh, Sample: between(1.3, 4),
			Export: exportAs("arccosh", "acosh", "acosh", "math.Acosh(#1)"),
		},
		{
			Name: "atanh", Args: x,
			Doc:     "atanh(x) is the inverse of tanh; not a number outside [−1, 1].",
			Example: "eval(atanh(0.5))\n\t0.549306",
			D:       func(x, _ *expr) *expr { return x.G.Recip(minus(rat(1, 1), square(x))) },
			F:       math.Atanh, Sample: between(-0.8, 0.8),
			Export: exportAs("arctanh", "atanh", "atanh", "math.Atanh(#1)"),
		},
		{
			Name: "abs", Args: x,
			Doc:     "abs(x) = |x|. Its derivative is sign(x), so 0 at the kink x = 0.",
			Define:  func(_ params, a []*expr) *expr { return mul(a[0], call("sign", a[0])) },
			Example: "eval(abs(-2))\n\t2",
			Text:    "|#1|", TeX: `\left|#1\right|`,
			D:      func(x, _ *expr) *expr { return call("sign", x) },
			F:      math.Abs,
			Vec:    numeric.Slices(vec.Abs, vec.Abs),
			Export: export("abs", "math.Abs(#1)"),
			See:    []string{"sign", "norm1"},
		},
		{
			Name: "sign", Args: x,
			Doc:     "sign(x) is −1, 0 or 1. Its derivative is taken to be 0 everywhere, also at the jump.",
			Example: "eval(sign(-2))\n\t-1",
			TeX:     `\operatorname{sign}\left(#1\right)`,
			D:       zero,
			F:       sign,
			Vec:     numeric.Slices(vec.Sign, vec.Sign),
			Export:  export("sign", "func(x float64) float64 { if x > 0 { return 1 }; if x < 0 { return -1 }; return x }(#1)"),
			See:     []string{"abs", "step"},
		},
		{
			Name: "step", Args: x,
			Doc: "step(x) is 1 for x > 0, else 0: the derivative of relu. Its own derivative is taken to be 0 everywhere.",
			Define: func(_ params, a []*expr) *expr {
				return scale(rat(1, 2), a[0].G.Add(square(call("sign", a[0])), call("sign", a[0])))
			},
			Example: "eval(step([-1, 0, 2]))\n\t[0, 0, 1]",
			D:       zero,
			F:       step,
			Vec:     numeric.Slices(vec.Step, vec.Step),
			Export: map[string]string{"numpy": "np.heaviside(#1, 0.0)", "jax": "jnp.heaviside(#1, 0.0)",
				"pytorch": "torch.heaviside(#1, torch.zeros_like(#1))", "julia": "float.(#1 .> 0)", "go": "func(x float64) float64 { if x > 0 { return 1 }; if x <= 0 { return 0 }; return x }(#1)"},
			See: []string{"relu", "sign"},
		},
		{
			Name: "relu", Args: x,
			Doc:     "relu(x) = max(x, 0). Its derivative is step(x), so 0 at the kink x = 0.",
			Define:  func(_ params, a []*expr) *expr { return mul(a[0], call("step", a[0])) },
			Example: "eval(relu([-1, 0, 2]))\n\t[0, 0, 2]",
			D:       func(x, _ *expr) *expr { return call("step", x) },
			F:       relu,
			Vec:     numeric.Slices(vec.Relu, vec.Relu),
			Export: map[string]string{"numpy": "np.maximum(#1, 0)", "jax": "jax.nn.relu(#1)",
				"pytorch": "torch.relu(#1)", "julia": "max.(#1, 0)", "go": "math.Max(#1, 0)"},
			See: []string{"leaky_relu", "softplus", "gelu"},
		},
		{
			Name: "leaky_relu", Args: []symbolic.Arg{{Name: "x"}, {Name: "slope", Kind: symbolic.Number, Optional: true, Default: "0.01"}},
			Doc:     "leaky_relu(x, slope=0.01) is x for x > 0, else slope·x. Its derivative at the kink x = 0 is slope.",
			Example: "eval(leaky_relu([-1, 2], slope=0.1))\n\t[-0.1, 2]",
			Define:  leakyByRelu,
			Build:   withOption("leaky_relu", "slope", rat(1, 100)),
			DP:      leakyDerivative,
			FP:      leaky,
			Export: map[string]string{"numpy": "np.where(#1 > 0, #1, #p1 * #1)", "jax": "jax.nn.leaky_relu(#1, #p1)",
				"pytorch": "torch.nn.functional.leaky_relu(#1, #p1)", "julia": "ifelse.(#1 .> 0, #1, #p1 .* #1)", "go": "math.Max(#1, 0) + #p1*math.Min(#1, 0)"},
			See: []string{"relu", "elu"},
		},
		{
			Name: "elu", Args: []symbolic.Arg{{Name: "x"}, {Name: "alpha", Kind: symbolic.Number, Optional: true, Default: "1"}},
			Doc:     "elu(x, alpha=1) is x for x > 0, else alpha·(exp(x) − 1). Its derivative at 0 is alpha.",
			Example: "eval(elu(-1))\n\t-0.632121",
			Define:  eluByStep,
			Build:   withOption("elu", "alpha", rat(1, 1)),
			DP:      eluDerivative,
			FP:      elu,
			Export: map[string]string{"numpy": "np.where(#1 > 0, #1, #p1 * np.expm1(np.minimum(#1, 0)))", "jax": "jax.nn.elu(#1, #p1)",
				"pytorch": "torch.nn.functional.elu(#1, #p1)", "julia": "ifelse.(#1 .> 0, #1, #p1 .* expm1.(min.(#1, 0)))", "go": "math.Max(#1, 0) + #p1*math.Expm1(math.Min(#1, 0))"},
			See: []string{"relu", "leaky_relu"},
		},
		{
			Name: "sigmoid", Args: x,
			Doc:      "sigmoid(x) = 1/(1 + exp(−x)), the logistic function; its derivative is sigmoid(x)(1 − sigmoid(x)).",
			Positive: true,
			Define:   func(_ params, a []*expr) *expr { return logistic(a[0]) },
			Example:  "eval(sigmoid(0))\n\t0.5",
			TeX:      `\sigma\left(#1\right)`,
			D:        func(_, y *expr) *expr { return mul(y, minus(rat(1, 1), y)) },
			F:        sigmoid,
			Vec:      numeric.Slices(vec.Sigmoid, vec.Sigmoid),
			Export: map[string]string{"numpy": "1 / (1 + np.exp(-(#1)))", "jax": "jax.nn.sigmoid(#1)",
				"pytorch": "torch.sigmoid(#1)", "julia": "1 ./ (1 .+ exp.(-(#1)))", "go": "1 / (1 + math.Exp(-(#1)))"},
			See: []string{"tanh", "softplus", "softmax"},
		},
		{
			Name: "softplus", Args: x,
			Doc:      "softplus(x) = log(1 + exp(x)), a smooth relu; its derivative is sigmoid(x).",
			Positive: true,
			Define:   func(_ params, a []*expr) *expr { return call("log", shift(call("exp", a[0]), rat(1, 1))) },
			Example:  "eval(softplus(0))\n\t0.693147",
			TeX:      `\operatorname{softplus}\left(#1\right)`,
			D:        func(x, _ *expr) *expr { return call("sigmoid", x) },
			F:        func(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
			Vec:      numeric.Slices(vec.Softplus, vec.Softplus),
			Export: map[string]string{"numpy": "np.logaddexp(#1, 0)", "jax": "jax.nn.softplus(#1)", "pytorch": "torch.nn.functional.softplus(#1)",
				"julia": "max.(#1, 0) .+ log1p.(exp.(-abs.(#1)))", "go": "math.Max(#1, 0) + math.Log1p(math.Exp(-math.Abs(#1)))"},
			See: []string{"relu", "sigmoid"},
		},
		{
			Name: "silu", Args: x,
			Doc:     "silu(x) = x·sigmoid(x), also called swish.",
			Define:  func(_ params, a []*expr) *expr { return mul(a[0], logistic(a[0])) },
			Example: "eval(silu(1))\n\t0.731059",
			D:       siluDerivative,
			F:       func(x float64) float64 { return x * sigmoid(x) },
			Export: map[string]string{"numpy": "#1 / (1 + np.exp(-(#1)))", "jax": "jax.nn.silu(#1)", "pytorch": "torch.nn.functional.silu(#1)",
				"julia": "#1 ./ (1 .+ exp.(-(#1)))", "go": "#1 / (1 + math.Exp(-(#1)))"},
			See: []string{"gelu", "sigmoid", "relu"},
		},
		{
			Name: "gelu", Args: x,
			Doc: "gelu(x) = x·Φ(x) with Φ the distribution function of the standard normal, Φ(x) = (1 + erf(x/√2))/2: " +
				"the exact form, not the tanh approximation.",
			Define:  func(_ params, a []*expr) *expr { return geluByErf(a[0]) },
			Example: "eval(gelu(1))\n\t0.841345",
			D:       geluDerivative,
			F:       func(x float64) float64 { return x * 0.5 * math.Erfc(-x/math.Sqrt2) },
			Export: map[string]string{"numpy": "#1 * scipy.special.ndtr(#1)", "jax": "jax.nn.gelu(#1, approximate=False)",
				"pytorch": "torch.nn.functional.gelu(#1)", "julia": "#1 .* erfc.(-(#1) ./ sqrt(2)) ./ 2", "go": "(#1) * 0.5 * math.Erfc(-(#1)/math.Sqrt2)"},
			See: []string{"silu", "erf", "relu"},
		},
		{
			Name: "erf", Args: x,
			Doc:     "erf(x) = 2/√π · ∫₀ˣ exp(−t²) dt, the error function.",
			Example: "eval(erf(1))\n\t0.842701",
			D:       erfDerivative,
			F:       math.Erf,
			Vec:     numeric.Slices(vec.Erf, vec.Erf),
			Export: map[string]string{"numpy": "scipy.special.erf(#1)", "jax": "jax.scipy.special.erf(#1)", "pytorch": "torch.erf(#1)",
				"julia": "erf.(#1)", "go": "math.Erf(#1)"},
			See: []string{"erfc", "gelu"},
		},
		{
			Name: "erfc", Args: x,
			Doc:      "erfc(x) = 1 − erf(x), exact to the last digits for large x. The standard normal distribution function is Φ(x) = erfc(−x/√2)/2.",
			Positive: true,
			Define:   func(_ params, a []*expr) *expr { return minus(rat(1, 1), call("erf", a[0])) },
			Example:  "eval(erfc(10))\n\t2.08849e-45",
			D:        func(x, y *expr) *expr { return x.G.Neg(erfDerivative(x, y)) },
			F:        math.Erfc,
			Export: map[string]string{"numpy": "scipy.special.erfc(#1)", "jax": "jax.scipy.special.erfc(#1)", "pytorch": "torch.erfc(#1)",
				"julia": "erfc.(#1)", "go": "math.Erfc(#1)"},
			See: []string{"erf", "gelu"},
		},
		{
			Name: "gamma", Args: x,
			Doc:     "gamma(x) is Euler's Γ function, Γ(n) = (n − 1)! for n = 1, 2, …; it has poles at 0 and the negative whole numbers.",
			Example: "eval(gamma(5))\n\t24",
			TeX:     `\Gamma\left(#1\right)`,
			D:       func(x, y *expr) *expr { return mul(y, call("digamma", x)) },
			F:       math.Gamma, Sample: between(0.4, 4),
			Export: map[string]string{"numpy": "scipy.special.gamma(#1)", "jax": "jax.scipy.special.gamma(#1)",
				"pytorch": "torch.exp(torch.lgamma(#1)) * (1 - 2 * ((#1 < 0) & (torch.floor(#1) % 2 == 1)).double())", "julia": "gamma.(#1)", "go": "math.Gamma(#1)"},
			See: []string{"lgamma", "digamma"},
		},
		{
			Name: "lgamma", Args: x,
			Doc:     "lgamma(x) = log|Γ(x)|; its derivative is digamma(x).",
			Example: "eval(lgamma(10))\n\t12.8018",
			TeX:     `\log\Gamma\left(#1\right)`,
			D:       func(x, _ *expr) *expr { return call("digamma", x) },
			F:       func(x float64) float64 { y, _ := math.Lgamma(x); return y },
			Sample:  between(0.4, 4),
			Export: map[string]string{"numpy": "scipy.special.gammaln(#1)", "jax": "jax.scipy.special.gammaln(#1)",
				"pytorch": "torch.lgamma(#1)", "julia": "loggamma.(#1)", "go": "func(x float64) float64 { y, _ := math.Lgamma(x); return y }(#1)"},
			See: []string{"gamma", "digamma"},
		},
		{
			Name: "digamma", Args: x,
			Doc:     "digamma(x) = Γ′(x)/Γ(x), often written ψ(x); its derivative is polygamma(1, x).",
			Example: "eval(digamma(1))\n\t-0.577216",
			TeX:     `\psi\left(#1\right)`,
			D:       func(x, _ *expr) *expr { return polygammaOf(1, x) },
			F:       mathext.Digamma, Sample: between(0.4, 4),
			Export: map[string]string{"numpy": "scipy.special.digamma(#1)", "jax": "jax.scipy.special.digamma(#1)",
				"pytorch": "torch.digamma(#1)", "julia": "digamma.(#1)", "go": "mathext.Digamma(#1)"},
			See: []string{"lgamma", "polygamma"},
		},
		{
			Name: "polygamma", Args: []symbolic.Arg{{Name: "n", Kind: symbolic.Number}, {Name: "x"}},
			Doc:     "polygamma(n, x) is the n-th derivative of digamma at x, for n = 0, 1, 2 and so on.",
			Example: "eval(polygamma(1, 1))\n\t1.64493",
			Text:    "polygamma(#p1, #1)", TeX: `\psi^{(#p1)}\left(#1\right)`,
			Build:  buildPolygamma,
			DP:     func(p params, x, _ *expr) *expr { return polygammaOf(p.Nums[0].Num().Int64()+1, x) },
			FP:     func(p params) func(float64) float64 { return polygamma(int(p.Nums[0].Num().Int64())) },
			Sample: between(0.4, 4),
			Export: map[string]string{"numpy": "scipy.special.polygamma(#p1, #1)", "jax": "jax.scipy.special.polygamma(#p1, #1)",
				"pytorch": "torch.polygamma(#p1, #1)", "julia": "polygamma.(#p1, #1)", "go": "math.Pow(-1, #p1+1) * math.Gamma(#p1+1) * mathext.Zeta(#p1+1, #1)"},
			See: []string{"digamma"},
		},
		{
			Name: "floor", Args: x,
			Doc:     "floor(x) is the largest integer that is at most x.",
			Example: "eval(floor(-1.5))\n\t-2",
			TeX:     `\left\lfloor #1 \right\rfloor`,
			F:       math.Floor,
			NoGrad:  "it is constant between integers and jumps at them; take the derivative of x itself, or of a smooth stand-in", Instead: []string{""},
			Export: export("floor", "math.Floor(#1)"),
			See:    []string{"ceil", "round"},
		},
		{
			Name: "ceil", Args: x,
			Doc:     "ceil(x) is the smallest integer that is at least x.",
			Example: "eval(ceil(-1.5))\n\t-1",
			TeX:     `\left\lceil #1 \right\rceil`,
			F:       math.Ceil,
			NoGrad:  "it is constant between integers and jumps at them; take the derivative of x itself, or of a smooth stand-in", Instead: []string{""},
			Export: export("ceil", "math.Ceil(#1)"),
			See:    []string{"floor", "round"},
		},
		{
			Name: "round", Args: x,
			Doc:     "round(x) is the nearest integer, halves going to the even one.",
			Example: "eval(round(2.5))\n\t2",
			F:       math.RoundToEven,
			NoGrad:  "it is constant between halves and jumps at them; take the derivative of x itself, or of a smooth stand-in", Instead: []string{""},
			Export: export("round", "math.RoundToEven(#1)"),
			See:    []string{"floor", "ceil"},
		},
	}
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x // 0 or not a number
}

func step(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x <= 0:
		return 0
	}
	return x // not a number
}

func relu(x float64) float64 {
	if x <= 0 {
		return 0
	}
	return x
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// erfDerivative is 2/√π · exp(−x²).
func erfDerivative(x, _ *expr) *expr {
	c := scale(rat(2, 1), power(pi(x.G), -1, 2))
	return times(c, call("exp", x.G.Neg(square(x))))
}

// logistic is 1/(1 + exp(−x)).
func logistic(x *expr) *expr {
	return x.G.Recip(shift(call("exp", x.G.Neg(x)), rat(1, 1)))
}

// tanhByExp is (exp(2x) − 1)/(exp(2x) + 1).
func tanhByExp(x *expr) *expr {
	e := call("exp", scale(rat(2, 1), x))
	return mul(shift(e, rat(-1, 1)), x.G.Recip(shift(e, rat(1, 1))))
}

// geluByErf is x·(1 + erf(x/√2))/2.
func geluByErf(x *expr) *expr {
	return scale(rat(1, 2), mul(x, shift(call("erf", times(power(x.G.Int(2), -1, 2), x)), rat(1, 1))))
}

func siluDerivative(x, y *expr) *expr {
	s := call("sigmoid", x)
	return x.G.Add(s, mul(y, minus(rat(1, 1), s)))
}

// geluDerivative is Φ(x) + x·exp(−x²/2)/√(2π).
func geluDerivative(x, _ *expr) *expr {
	g := x.G
	cdf := scale(rat(1, 2), call("erfc", g.Neg(times(power(g.Int(2), -1, 2), x))))
	c := power(scale(rat(2, 1), pi(g)), -1, 2)
	return g.Add(cdf, times(c, mul(x, call("exp", scale(rat(-1, 2), square(x))))))
}

func leaky(p params) func(float64) float64 {
	slope := float(p.Nums[0])
	return func(x float64) float64 {
		if x > 0 {
			return x
		}
		return slope * x
	}
}

// leakyDerivative is slope + (1 − slope)·step(x).
func leakyDerivative(p params, x, _ *expr) *expr {
	slope := p.Nums[0]
	return shift(scale(new(big.Rat).Sub(rat(1, 1), slope), call("step", x)), slope)
}

// leakyByRelu is slope·x + (1 − slope)·relu(x).
func leakyByRelu(p params, a []*expr) *expr {
	slope := p.Nums[0]
	return a[0].G.Add(scale(slope, a[0]), scale(new(big.Rat).Sub(rat(1, 1), slope), call("relu", a[0])))
}

// eluByStep is relu(x) + (1 − step(x)) alpha (exp(x) − 1).
func eluByStep(p params, a []*expr) *expr {
	below := mul(minus(rat(1, 1), call("step", a[0])), shift(call("exp", a[0]), rat(-1, 1)))
	return a[0].G.Add(call("relu", a[0]), scale(p.Nums[0], below))
}

func elu(p params) func(float64) float64 {
	alpha := float(p.Nums[0])
	return func(x float64) float64 {
		if x > 0 {
			return x
		}
		return alpha * math.Expm1(x)
	}
}

// eluDerivative is 1 where x > 0, else y + alpha.
func eluDerivative(p params, x, y *expr) *expr {
	s := call("step", x)
	return x.G.Add(s, mul(minus(rat(1, 1), s), shift(y, p.Nums[0])))
}

// float is the nearest float64.
func float(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

// between maps the unit interval to (lo, hi).
func between(lo, hi float64) func(float64) float64 {
	return func(u float64) float64 { return lo + u*(hi-lo) }
}

// withOption applies an elementwise record that has one numeric option.
func withOption(name, option string, def *big.Rat) func(in) (*expr, error) {
	return func(i in) (*expr, error) {
		r, ok := i.Nums[option]
		if !ok {
			r = def
		}
		a := i.Args[0]
		return i.G.ApplyParams(name, params{Nums: []*big.Rat{r}}, a.Shape, a), nil
	}
}

// export names a function that every target but Go calls alike.
func export(name, goCode string) map[string]string { return exportAs(name, name, name, goCode) }

func exportAs(numpy, torch, julia, goCode string) map[string]string {
	return map[string]string{
		"numpy": "np." + numpy + "(#1)", "jax": "jnp." + numpy + "(#1)",
		"pytorch": "torch." + torch + "(#1)", "julia": julia + ".(#1)", "go": goCode,
	}
}

// log is the logarithm. The assembly of package math takes subnormal numbers for the smallest normal one on some
// processors, so that these are scaled first.
func log(x float64) float64 {
	if 0 < x && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}
