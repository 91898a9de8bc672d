package fn

import (
	"errors"
	"fmt"
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

var matrixArg = []symbolic.Arg{{Name: "A"}}

// products is the table of the products and rearrangements that are notation for one einsum.
func products() []*record {
	return []*record{
		{
			Name: "dot", Args: ab,
			Doc:     "dot(a, b) = a · b = aᵀ b, the inner product of two vectors.",
			Example: "eval(dot([1, 2], [3, 4]))\n\t11",
			Build:   buildDot,
			See:     []string{"outer", "norm"},
		},
		{
			Name: "outer", Args: ab,
			Doc:     "outer(a, b) = a bᵀ of two vectors, written a ⊗ b; of tensors, all axes of a and then all of b.",
			Example: "eval(outer([1, 2], [3, 4]))\n\t[[3, 4], [6, 8]]",
			Build: func(i in) (*expr, error) {
				a, b := i.Args[0], i.Args[1]
				all := axesOf(a.Rank() + b.Rank())
				return i.G.E(all[:a.Rank()]+","+all[a.Rank():]+"->"+all, a, b), nil
			},
			See: []string{"dot", "kron"},
		},
		{
			Name: "kron", Args: []symbolic.Arg{{Name: "A"}, {Name: "B"}},
			Doc: "kron(A, B) = A ⊗ B, the Kronecker product of two matrices (or vectors): block (i, j) is A[i,j] B. " +
				"With vec stacking columns, vec(A X B) = kron(Bᵀ, A) vec(X).",
			Example: "eval(kron([[1, 2]], [[1, 0], [0, 1]]))\n\t[[1, 0, 2, 0], [0, 1, 0, 2]]",
			Build:   buildKron,
			See:     []string{"vec", "outer"},
		},
		{
			Name: "diag", Args: x,
			Doc: "diag(x) of a vector is the diagonal matrix with those entries; of a square matrix it is the vector of its diagonal. " +
				"Of a tensor of four axes, such as hessian(f, U) of a matrix U, it is the matrix of the entries H[i,j,i,j].",
			Example: "eval(diag([1, 2]))\n\t[[1, 0], [0, 2]]",
			Build: func(i in) (*expr, error) {
				x := i.Args[0]
				switch {
				case x.Rank() == 1:
					return i.G.E("a,ab->ab", x, i.G.Delta(x.Shape[0])), nil
				case x.Rank() == 2:
					if _, _, err := matrices("diag", i); err != nil {
						return nil, err
					}
					return i.G.E("aa->a", x), nil
				}
				if h := symbolic.AsOperator(x); h != nil {
					return h.Diagonal(), nil
				}
				return nil, fmt.Errorf("diag takes a vector, a square matrix, or a tensor whose axes come twice, not %v", x.Shape)
			},
			See: []string{"tr", "eye"},
		},
		{
			Name: "tr", Args: matrixArg,
			Doc:     "tr(A) is the trace: the sum of the diagonal of a square matrix. Of a tensor of four axes, such as hessian(f, U) of a matrix U, it is the sum of the entries H[i,j,i,j].",
			Example: "eval(tr([[1, 2], [3, 4]]))\n\t5",
			Build:   trace,
			See:     []string{"diag", "det"},
		},
		{
			Name: "trace", Args: matrixArg,
			Doc:     "trace(A) is tr(A).",
			Example: "eval(trace([[1, 2], [3, 4]]))\n\t5",
			Build:   trace,
			See:     []string{"tr"},
		},
		{
			Name: "transpose", Args: matrixArg,
			Doc:     "transpose(A) = Aᵀ swaps the two axes of a matrix; transpose(x) = xᵀ of a vector is the row.",
			Example: "eval(transpose([[1, 2], [3, 4]]))\n\t[[1, 3], [2, 4]]",
			Build: func(i in) (*expr, error) {
				if i.Args[0].Rank() != 2 {
					return nil, fmt.Errorf("transpose takes a matrix, not %v; for another order of axes write T[j,i,k] = X[i,j,k]", i.Args[0].Shape)
				}
				return i.G.Transpose(i.Args[0]), nil
			},
		},
		{
			Name: "sym", Args: matrixArg,
			Doc:     "sym(A) = (A + Aᵀ)/2, the symmetric part of a square matrix.",
			Example: "eval(sym([[1, 2], [4, 3]]))\n\t[[1, 3], [3, 3]]",
			Build: func(i in) (*expr, error) {
				if _, _, err := matrices("sym", i); err != nil {
					return nil, err
				}
				return symmetrized(i.Args[0]), nil
			},
		},
	}
}

func trace(i in) (*expr, error) {
	if _, _, err := matrices("tr", i); err != nil {
		if h := symbolic.AsOperator(i.Args[0]); h != nil { // of which only the diagonal is made
			d := h.Diagonal()
			return i.G.SumAxes(d, count(d.Rank())...), nil
		}
		return nil, err
	}
	return i.G.E("*aa->*", i.Args[0]), nil
}

func buildDot(i in) (*expr, error) {
	a, b := i.Args[0], i.Args[1]
	switch {
	case a.Rank() != 1 || b.Rank() != 1:
		return nil, fmt.Errorf("dot takes two vectors, not %v and %v; of matrices write A B, or sum(A ⊙ B)", a.Shape, b.Shape)
	case !i.G.Dims.SameShape(a.Shape, b.Shape):
		return nil, fmt.Errorf("dot takes two vectors of one size, not %v and %v", a.Shape, b.Shape)
	}
	return i.G.E("a,a->", a, b), nil
}

// buildKron interleaves the axes of the outer product and merges them in pairs.
func buildKron(i in) (*expr, error) {
	a, b := i.Args[0], i.Args[1]
	n := a.Rank()
	if n == 0 || n != b.Rank() {
		return nil, fmt.Errorf("kron takes two matrices or two vectors, not %v and %v", a.Shape, b.Shape)
	}
	la, lb := axesOf(n), axesOf(2 * n)[n:]
	out, s := "", make(shape.Shape, n)
	for k := range n {
		out += la[k:k+1] + lb[k:k+1]
		s[k] = a.Shape[k].Mul(b.Shape[k])
	}
	return i.G.Reshape(i.G.E(la+","+lb+"->"+out, a, b), 2*n, s), nil
}

// rearrangements is the table of what moves entries to other places.
func rearrangements() []*record {
	return []*record{
		{
			Name: "reshape", Args: []symbolic.Arg{{Name: "x"}, {Name: "sizes", Kind: symbolic.Sizes}},
			Doc:     "reshape(x, n, d) has the entries of x in the same order, the last axis running fastest, with other axes.",
			Example: "eval(reshape([1, 2, 3, 4], 2, 2))\n\t[[1, 2], [3, 4]]",
			Core:    []int{-1},
			Build:   buildReshape,
			VJP: func(v vjp) []*expr {
				k := v.Y.BatchRank()
				return []*expr{v.Y.G.Reshape(v.Bar, v.Y.Rank()-k, v.Args[0].Shape[k:])}
			},
			Kernel: each(func(b block) error { copy(b.out, b.arg(0)); return nil }),
			Export: map[string]string{"numpy": "np.reshape(#1, #shape)", "jax": "jnp.reshape(#1, #shape)", "pytorch": "torch.reshape(#1, #shape)",
				"julia": "permutedims(reshape(permutedims(#1, ndims(#1):-1:1), reverse(#shape)), length(#shape):-1:1)"},
			See: []string{"vec"},
		},
		{
			Name: "vec", Args: x,
			Doc:     "vec(X) stacks the columns of a matrix into one vector: the first index runs fastest. vec(A X B) = kron(Bᵀ, A) vec(X).",
			Example: "eval(vec([[1, 2], [3, 4]]))\n\t[1, 3, 2, 4]",
			Build: func(i in) (*expr, error) {
				x := i.Args[0]
				order := count(x.Rank())
				slices.Reverse(order)
				return i.G.Reshape(i.G.Permute(x, order...), x.Rank(), shape.Shape{x.Shape.Count()}), nil
			},
			See: []string{"reshape", "kron"},
		},
		{
			Name: "concat", Args: []symbolic.Arg{{Name: "a", Kind: symbolic.Variadic}, {Name: "axis", Kind: symbolic.Axis, Optional: true}},
			Doc:     "concat(a, b, …) puts tensors one after the other along their first axis, or along the axis named: concat(A, B, axis=2).",
			Example: "eval(concat([1, 2], [3]))\n\t[1, 2, 3]",
			Core:    []int{-1},
			Build:   buildConcat,
			VJP:     concatVJP,
			Kernel: each(func(b block) error {
				at := 0
				for k := range b.tensors {
					at += copy(b.out[at:], b.arg(k))
				}
				return nil
			}),
			Export: map[string]string{"numpy": "np.concatenate([#*], axis=-#core)", "jax": "jnp.concatenate([#*], axis=-#core)",
				"pytorch": "torch.cat([#*], dim=-#core)", "julia": "cat(#*, dims=ndims(#1)-#core+1)"},
			See: []string{"part"},
		},
		{
			Name: "part", Args: []symbolic.Arg{{Name: "x"}, {Name: "after", Kind: symbolic.Size}, {Name: "size", Kind: symbolic.Size}, {Name: "axis", Kind: symbolic.Axis, Optional: true}},
			Doc:     "part(x, a, n) is the n entries after the first a along the first axis, or along the axis named: what X[a+1..a+n] means.",
			Example: "eval(part([1, 2, 3, 4], 1, 2))\n\t[2, 3]",
			Core:    []int{-1},
			Build:   buildPart,
			VJP: func(v vjp) []*expr {
				k := v.Y.BatchRank()
				return []*expr{pad(v.Bar, v.Y.Par.Core, v.Y.Par.Dims[0], v.Args[0].Shape[k])}
			},
			Kernel: each(func(b block) error {
				rows := len(b.arg(0)) / max(b.dims(0)[0], 1)
				from, n := b.par.Size(0), b.par.Size(1)
				if from < 0 || from+n > b.dims(0)[0] {
					return fmt.Errorf("entries %d to %d are asked for, and there are %d", from+1, from+n, b.dims(0)[0])
				}
				copy(b.out, b.arg(0)[from*rows:(from+n)*rows])
				return nil
			}),
			Export: map[string]string{"numpy": "np.take(#1, np.arange(#d1, #d1 + #d2), axis=-#core)", "jax": "jnp.take(#1, jnp.arange(#d1, #d1 + #d2), axis=-#core)",
				"pytorch": "torch.narrow(#1, -#core, #d1, #d2)", "julia": "selectdim(#1, ndims(#1)-#core+1, #d1+1:#d1+#d2)"},
			See: []string{"concat", "pad"},
		},
		{
			Name: "pad", Args: []symbolic.Arg{{Name: "x"}, {Name: "before", Kind: symbolic.Size}, {Name: "size", Kind: symbolic.Size}, {Name: "axis", Kind: symbolic.Axis, Optional: true}},
			Doc:     "pad(x, a, n) puts a zeros before x, and as many behind it as make n entries, along the first axis or the axis named.",
			Example: "eval(pad([7, 8], 1, 4))\n\t[0, 7, 8, 0]",
			Core:    []int{-1},
			Build: func(i in) (*expr, error) {
				core, err := startAxis("pad", i)
				if err != nil {
					return nil, err
				}
				return pad(i.Args[0], core, i.Sizes[0], i.Sizes[1]), nil
			},
			VJP: func(v vjp) []*expr {
				k := v.Y.BatchRank()
				return []*expr{take(v.Bar, v.Y.Par.Core, v.Y.Par.Dims[0], v.Args[0].Shape[k])}
			},
			Kernel: each(func(b block) error {
				rows := len(b.out) / max(b.par.Size(1), 1)
				from := b.par.Size(0)
				if n := b.dims(0)[0]; from < 0 || from+n > b.par.Size(1) {
					return fmt.Errorf("%d entries after %d zeros are more than %d", n, from, b.par.Size(1))
				}
				clear(b.out)
				copy(b.out[from*rows:], b.arg(0))
				return nil
			}),
			Export: map[string]string{
				"numpy":   "(lambda x: np.pad(x, [(0, 0)] * (x.ndim - #core) + [(#d1, #d2 - #d1 - x.shape[-#core])] + [(0, 0)] * (#core - 1)))(#1)",
				"jax":     "(lambda x: jnp.pad(x, [(0, 0)] * (x.ndim - #core) + [(#d1, #d2 - #d1 - x.shape[-#core])] + [(0, 0)] * (#core - 1)))(#1)",
				"pytorch": "(lambda x: torch.nn.functional.pad(x, [0, 0] * (#core - 1) + [#d1, #d2 - #d1 - x.shape[-#core]]))(#1)",
				"julia":   "(x = #1; k = ndims(x)-#core+1; s(n) = ntuple(i -> i == k ? n : size(x, i), ndims(x)); cat(zeros(s(#d1)), x, zeros(s(#d2-#d1-size(x, k))), dims=k))"},
			See: []string{"part", "concat"},
		},
		triangle("tril", "lower", func(i, j int) bool { return i >= j }),
		triangle("triu", "upper", func(i, j int) bool { return i <= j }),
	}
}

func buildReshape(i in) (*expr, error) {
	x, s := i.Args[0], i.Sizes
	if !i.G.Dims.Same(x.Shape.Count(), s.Count()) {
		return nil, fmt.Errorf("%v has %v entries, and %v has %v", x.Shape, x.Shape.Count(), s, s.Count())
	}
	return i.G.Reshape(x, x.Rank(), s), nil
}

// startAxis is how many axes there are from the one asked for to the last: those before it are mapped over.
func startAxis(name string, i in) (core int, err error) {
	r := i.Args[0].Rank()
	switch {
	case r == 0:
		return 0, fmt.Errorf("%s needs an axis, and a number has none", name)
	case len(i.Axes) > 1:
		return 0, fmt.Errorf("%s acts along one axis, not along %d", name, len(i.Axes))
	case len(i.Axes) == 1:
		return r - i.Axes[0], nil
	}
	return r, nil
}

func buildConcat(i in) (*expr, error) {
	core, err := startAxis("concat", i)
	if err != nil {
		return nil, err
	}
	first := i.Args[0].Shape
	k := len(first) - core
	total := first[k]
	for _, a := range i.Args[1:] {
		if a.Rank() != len(first) || !i.G.Dims.SameShape(a.Shape[:k], first[:k]) || !i.G.Dims.SameShape(a.Shape[k+1:], first[k+1:]) {
			return nil, fmt.Errorf("concat along axis %d needs the other axes to be the same: %v and %v", k+1, first, a.Shape)
		}
		total = total.Add(a.Shape[k])
	}
	if len(i.Args) == 1 {
		return i.Args[0], nil
	}
	s := slices.Clone(first)
	s[k] = total
	return i.G.ApplyParams("concat", params{Core: core}, s, i.Args...), nil
}

func concatVJP(v vjp) []*expr {
	k, at := v.Y.BatchRank(), shape.Dim{}
	out := make([]*expr, len(v.Args))
	for i, a := range v.Args {
		out[i] = take(v.Bar, v.Y.Par.Core, at, a.Shape[k])
		at = at.Add(a.Shape[k])
	}
	return out
}

// take is part: n entries after the first from, along the first of the last core axes.
func take(x *expr, core int, from, n shape.Dim) *expr {
	s := slices.Clone(x.Shape)
	s[len(s)-core] = n
	return x.G.ApplyParams("part", params{Core: core, Dims: shape.Shape{from, n}}, s, x)
}

// pad is x after from zeros, along the first of the last core axes, which gets n entries.
func pad(x *expr, core int, from, n shape.Dim) *expr {
	s := slices.Clone(x.Shape)
	s[len(s)-core] = n
	return x.G.ApplyParams("pad", params{Core: core, Dims: shape.Shape{from, n}}, s, x)
}

func buildPart(i in) (*expr, error) {
	core, err := startAxis("part", i)
	if err != nil {
		return nil, err
	}
	d := i.Args[0].Shape[i.Args[0].Rank()-core]
	end, ok1 := i.G.Dims.Size(i.Sizes[0].Add(i.Sizes[1]))
	have, ok2 := i.G.Dims.Size(d)
	if ok1 && ok2 && end > have {
		return nil, fmt.Errorf("the axis %v has %d entries: there is no entry %d", d, have, end)
	}
	return take(i.Args[0], core, i.Sizes[0], i.Sizes[1]), nil
}

func triangle(name, word string, keep func(i, j int) bool) *record {
	return &record{
		Name: name, Args: matrixArg,
		Doc:     fmt.Sprintf("%s(A) is the %s triangle of a matrix, with its diagonal and zeros elsewhere.", name, word),
		Example: "eval(" + name + "([[1, 2], [3, 4]]))\n\t" + map[string]string{"lower": "[[1, 0], [3, 4]]", "upper": "[[1, 2], [0, 4]]"}[word],
		Core:    []int{2},
		Shape: func(i in) (shape.Shape, params, error) {
			if i.Args[0].Rank() < 2 {
				return nil, params{}, errors.New(name + " needs a matrix")
			}
			return i.Args[0].Shape, params{Core: 2}, nil
		},
		VJP: func(v vjp) []*expr { return []*expr{call(name, v.Bar)} },
		Kernel: each(func(b block) error {
			m := b.dims(0)[1]
			for k, x := range b.arg(0) {
				b.out[k] = 0
				if keep(k/m, k%m) {
					b.out[k] = x
				}
			}
			return nil
		}),
		Export: map[string]string{"numpy": "np." + name + "(#1)", "jax": "jnp." + name + "(#1)", "pytorch": "torch." + name + "(#1)", "julia": name + "(#1)"},
		See:    []string{"cholesky", "diag"},
	}
}
