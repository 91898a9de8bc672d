package fn

import "nabla/symbolic"

// constructors is the table of what makes a tensor of given sizes.
func constructors() []*record {
	sizes := []symbolic.Arg{{Name: "sizes", Kind: symbolic.Sizes}}
	return []*record{
		{
			Name: "eye", Args: []symbolic.Arg{{Name: "n", Kind: symbolic.Size}},
			Doc:     "eye(n) is the identity matrix with n rows.",
			Example: "eval(eye(2))\n\t[[1, 0], [0, 1]]",
			Build:   func(i in) (*expr, error) { return i.G.Delta(i.Sizes[0]), nil },
			See:     []string{"diag", "ones", "zeros"},
		},
		{
			Name: "zeros", Args: sizes,
			Doc:     "zeros(n, d) is the tensor of those sizes with every entry 0.",
			Example: "eval(zeros(3))\n\t[0, 0, 0]",
			Build:   func(i in) (*expr, error) { return i.G.Zero(i.Sizes), nil },
			See:     []string{"ones", "eye"},
		},
		{
			Name: "ones", Args: sizes,
			Doc:     "ones(n, d) is the tensor of those sizes with every entry 1.",
			Example: "eval(ones(3))\n\t[1, 1, 1]",
			Build:   func(i in) (*expr, error) { return i.G.Ones(i.Sizes), nil },
			See:     []string{"zeros", "eye"},
		},
	}
}
