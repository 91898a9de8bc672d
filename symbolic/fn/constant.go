package fn

import (
	"math"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// constants is the table of the named numbers: records without arguments.
func constants() []*record {
	return []*record{
		{
			Name:    "pi",
			Doc:     "pi = π = 3.14159…, the circumference of a circle of diameter 1.",
			Example: "eval(2 pi)\n\t6.28319",
			Text:    "π", TeX: `\pi`,
			Positive: true,
			Shape:    noShape,
			Kernel:   fixed(math.Pi),
			Export:   map[string]string{"numpy": "np.pi", "jax": "jnp.pi", "pytorch": "torch.pi", "julia": "π", "go": "math.Pi"},
		},
		{
			Name:    "e",
			Doc:     "e = exp(1) = 2.71828…, the base of the natural logarithm.",
			Example: "eval(log(e))\n\t1",
			Text:    "e", TeX: `e`,
			Positive: true,
			Shape:    noShape,
			Kernel:   fixed(math.E),
			Export:   map[string]string{"numpy": "np.e", "jax": "jnp.e", "pytorch": "torch.e", "julia": "ℯ", "go": "math.E"},
			See:      []string{"exp"},
		},
	}
}

func noShape(in) (shape.Shape, params, error) { return nil, params{}, nil }

func fixed(v float64) symbolic.Kernel {
	return func(out *numeric.Array, _ []*numeric.Array, _ params, _ numeric.Work) error {
		out.Data[0] = v
		return nil
	}
}
