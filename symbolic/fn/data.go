package fn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// dataFunctions is the table of what one does to data and scores.
func dataFunctions() []*record {
	return []*record{
		{
			Name: "where", Args: []symbolic.Arg{{Name: "c"}, {Name: "a"}, {Name: "b"}},
			Doc: "where(c, a, b) is a where the condition c holds (is not 0), else b, entry by entry: where(x > 0, x, 0). " +
				"Its derivative goes to the entries chosen and none to c.",
			Example: "eval(where([1, 0], [5, 6], 7))\n\t[5, 7]",
			Core:    []int{-1, -1, -1},
			Build: func(i in) (*expr, error) {
				a, err := fit("where", i)
				if err != nil {
					return nil, err
				}
				return i.G.ApplyParams("where", params{Core: a[0].Rank()}, a[0].Shape, a...), nil
			},
			VJP: func(v vjp) []*expr {
				a, c := axesOf(v.Y.Par.Core), condition(v)
				not := minus(rat(1, 1), c)
				spec := "*~" + a + ",~" + a + "->*~" + a
				return []*expr{nil, v.E(spec, v.Bar, c), v.E(spec, v.Bar, not)}
			},
			Kernel: func(out *numeric.Array, args []*numeric.Array, _ params, _ numeric.Work) error {
				for i, c := range args[0].Data {
					switch {
					case math.IsNaN(c):
						out.Data[i] = c
					case c != 0:
						out.Data[i] = args[1].Data[i]
					default:
						out.Data[i] = args[2].Data[i]
					}
				}
				return nil
			},
			TeX: `\begin{cases} #2 & #1 \\ #3 & \text{else} \end{cases}`,
			Export: map[string]string{"numpy": "np.where(#1, #2, #3)", "jax": "jnp.where(#1, #2, #3)", "pytorch": "torch.where((#1) != 0, #2, #3)",
				"julia": "ifelse.((#1) .!= 0, #2, #3)"},
			See: []string{"gt", "step", "maximum"},
		},
		{
			Name: "onehot", Args: []symbolic.Arg{{Name: "t"}, {Name: "n", Kind: symbolic.Size}},
			Doc:     "onehot(t, n) has a 1 at class number t, counted 0, 1, …, n − 1, along a new last axis of n entries, and 0 elsewhere.",
			Example: "eval(onehot([0, 2], 3))\n\t[[1, 0, 0], [0, 0, 1]]",
			Core:    []int{-1},
			Build:   func(i in) (*expr, error) { return oneHot(i.Args[0], i.Sizes[0]), nil },
			NoGrad:  "class numbers are whole: there is nothing to differentiate by; take the derivative by the logits or the probabilities",
			Kernel:  oneHotKernel,
			Export: map[string]string{"numpy": "np.eye(#d1)[(#1).astype(int)]", "jax": "jax.nn.one_hot(#1, #d1)",
				"pytorch": "torch.nn.functional.one_hot((#1).long(), #d1).double()", "julia": "float.(reshape(#1, size(#1)..., 1) .== reshape(0:#d1-1, ntuple(_ -> 1, ndims(#1))..., #d1))"},
			See: []string{"argmax", "crossentropy"},
		},
		{
			Name: "argmax", Args: xAxis,
			Doc: "argmax(x) is the class number of the largest entry, counted 0, 1, … as onehot and crossentropy count classes (its position is argmax(x) + 1); " +
				"argmax(S, m) that along the axis m. Of several that tie it is the first.",
			Example: "eval(argmax([3, 7, 5]))\n\t1",
			Core:    []int{1},
			Build: func(i in) (*expr, error) {
				k, err := onlyAxis("argmax", i)
				if err != nil {
					return nil, err
				}
				i.Axes = []int{k}
				return reducing("argmax")(i)
			},
			NoGrad: "it is constant except where it jumps; differentiate max(x), or the smooth softmax(x)", Instead: []string{"max", "softmax"},
			Kernel: each(func(b block) error {
				if len(b.arg(0)) == 0 {
					return errors.New("there is no largest of no entries")
				}
				b.out[0] = float64(argmax(b.arg(0)))
				return nil
			}),
			Export: map[string]string{"numpy": "np.argmax(#1, axis=-1)", "jax": "jnp.argmax(#1, axis=-1)", "pytorch": "torch.argmax(#1, dim=-1)",
				"julia": "dropdims(getindex.(argmax(#1, dims=ndims(#1)), ndims(#1)) .- 1, dims=ndims(#1))"},
			See: []string{"onehot", "accuracy", "max"},
		},
		{
			Name: "accuracy", Args: []symbolic.Arg{{Name: "scores"}, {Name: "target"}},
			Doc: "accuracy(S, t) is the fraction of examples whose largest score, along the last axis, is that of the true class. " +
				"The target holds class numbers 0, 1, …, or a one-hot or probability vector per example.",
			Example: "eval(accuracy([[1, 2], [4, 3]], [1, 1]))\n\t0.5",
			Core:    []int{-1, -1},
			Build:   buildAccuracy,
			NoGrad:  "it is constant except where it jumps; train with crossentropy(scores, target)", Instead: []string{"crossentropy"},
			Kernel: accuracy,
			See:    []string{"argmax", "crossentropy"},
		},
		{
			Name: "shuffle", Args: []symbolic.Arg{{Name: "x", Kind: symbolic.Variadic}, {Name: "seed", Kind: symbolic.Number, Optional: true}},
			Doc: "shuffle(X, seed=1) has the rows of X (the entries of its first axis) in a random order, the same for the same seed and number of rows: " +
				"X, t := shuffle(X, t, seed=1) keeps rows and targets together.",
			Example: "eval(shuffle(ones(3), seed=1))\n\t[1, 1, 1]",
			Core:    []int{-1},
			Build:   buildShuffle,
			Random:  true,
			NoGrad:  "it is for data; give the shuffled data a name by := and differentiate with that",
			Kernel: func(out *numeric.Array, args []*numeric.Array, p params, _ numeric.Work) error {
				copy(out.Data, args[0].Data)
				_ = numeric.ShuffleRows(context.Background(), out, source(p))
				return nil
			},
			See: []string{"rand"},
		},
	}
}

// condition is 1 where the condition of a where holds, else 0; a derivative does not go through it, to any order.
func condition(v vjp) *expr {
	c := v.Args[0]
	return v.G.ApplyParams("where", *v.Y.Par, c.Shape, c, v.G.Ones(c.Shape), v.G.Zero(c.Shape))
}

func oneHot(t *expr, n shape.Dim) *expr {
	s := append(slices.Clone(t.Shape), n)
	return t.G.ApplyParams("onehot", params{Core: t.Rank(), Dims: shape.Shape{n}}, s, t)
}

func oneHotKernel(out *numeric.Array, args []*numeric.Array, p params, _ numeric.Work) error {
	n := p.Size(0)
	clear(out.Data)
	for i, t := range args[0].Data {
		if t != math.Trunc(t) || t < 0 || t >= float64(n) {
			return fmt.Errorf("%v is not a class number: there are %d classes, 0 to %d", t, n, n-1)
		}
		out.Data[i*n+int(t)] = 1
	}
	return nil
}

func argmax(x []float64) int {
	best := 0
	for i, v := range x {
		if v > x[best] || math.IsNaN(x[best]) && !math.IsNaN(v) {
			best = i
		}
	}
	return best
}

func buildAccuracy(i in) (*expr, error) {
	s, t := i.Args[0], i.Args[1]
	k := s.Rank() - 1
	if k < 0 || !i.G.Dims.SameShape(t.Shape, s.Shape) && !(t.Rank() == k && i.G.Dims.SameShape(t.Shape, s.Shape[:k])) {
		return nil, fmt.Errorf("accuracy: for scores in %v with the classes last, the target has a class number per example or a probability per class; it is in %v", s.Shape, t.Shape)
	}
	return i.G.ApplyParams("accuracy", params{Core: s.Rank()}, nil, s, t), nil
}

func accuracy(out *numeric.Array, args []*numeric.Array, p params, _ numeric.Work) error {
	s, t := args[0], args[1]
	q := s.Shape[len(s.Shape)-1]
	if len(s.Data) == 0 {
		return errors.New("there is no accuracy of no examples")
	}
	right, n := 0, len(s.Data)/q
	for i := range n {
		class := 0.0
		if len(t.Shape) == len(s.Shape) {
			class = float64(argmax(t.Data[i*q : (i+1)*q]))
		} else if class = t.Data[i]; class != math.Trunc(class) || class < 0 || class >= float64(q) {
			return fmt.Errorf("%v is not a class number: there are %d classes, 0 to %d", class, q, q-1)
		}
		if float64(argmax(s.Data[i*q:(i+1)*q])) == class {
			right++
		}
	}
	out.Data[0] = float64(right) / float64(n)
	return nil
}

func buildShuffle(i in) (*expr, error) {
	if len(i.Args) != 1 {
		return nil, errors.New("shuffle of several gives several: X, t := shuffle(X, t)")
	}
	x := i.Args[0]
	if x.Rank() == 0 {
		return nil, errors.New("shuffle needs rows to reorder, and a number has none")
	}
	p, err := seeded("shuffle", i)
	p.Core = x.Rank()
	return i.G.ApplyParams("shuffle", p, x.Shape, x), err
}
