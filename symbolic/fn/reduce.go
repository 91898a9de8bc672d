package fn

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"

	"nabla/numeric"
	"nabla/symbolic"
)

// reductions is the table of the functions over everything or over named axes.
func reductions() []*record {
	return []*record{
		{
			Name: "sum", Args: xAxis,
			Doc:     "sum(x) adds all entries; sum(x, n) adds along the axis n, which vanishes.",
			Example: "eval(sum([[1, 2], [3, 4]], 1))\n\t[4, 6]",
			Build:   func(i in) (*expr, error) { return sum(i), nil },
			See:     []string{"mean", "prod", "cumsum"},
		},
		{
			Name: "mean", Args: xAxis,
			Doc:     "mean(x) is the average of all entries; mean(x, n) that along the axis n, which vanishes.",
			Example: "eval(mean([1, 2, 6]))\n\t3",
			Build: func(i in) (*expr, error) {
				x, core, _ := coreLast(i)
				return mean(x, core)
			},
			See: []string{"sum", "var"},
		},
		{
			Name: "var", Args: append(xAxis[:2:2], symbolic.Arg{Name: "ddof", Kind: symbolic.Number, Optional: true, Default: "0"}),
			Doc: "var(x) is the variance: the mean of (x − mean(x))² over all entries, or along an axis. It divides by the number n of entries; " +
				"with ddof=1 by n − 1.",
			Example: "eval(var([1, 3]))\n\t1",
			Build:   buildVar,
			See:     []string{"std", "mean"},
		},
		{
			Name: "std", Args: append(xAxis[:2:2], symbolic.Arg{Name: "ddof", Kind: symbolic.Number, Optional: true, Default: "0"}),
			Doc:     "std(x) = sqrt(var(x)), the standard deviation over all entries, or along an axis.",
			Example: "eval(std([1, 3]))\n\t1",
			Build: func(i in) (*expr, error) {
				v, err := buildVar(i)
				if err != nil {
					return nil, err
				}
				return i.G.Sqrt(v), nil
			},
			See: []string{"var"},
		},
		{
			Name: "norm", Args: xAxis,
			Doc: "norm(x) = ‖x‖, the square root of the sum of squares: Euclidean for a vector, Frobenius for a matrix. Along an axis: norm(X, d). " +
				"It has no derivative at 0.",
			Example: "eval(norm([3, 4]))\n\t5",
			Build: func(i in) (*expr, error) {
				x, core, _ := coreLast(i)
				a := axesOf(core)
				return i.G.Sqrt(i.G.E("*"+a+",*"+a+"->*", x, x)), nil
			},
			See: []string{"norm1", "norminf", "square"},
		},
		{
			Name: "norm2", Args: xAxis,
			Doc:     "norm2(x) = ‖x‖₂ = norm(x) of a vector, or along an axis; of a matrix it could be the Frobenius or the spectral norm, so that one has to say which.",
			Example: "eval(norm2([3, 4]))\n\t5",
			Build: func(i in) (*expr, error) {
				if i.Axes == nil && i.Args[0].Rank() > 1 {
					return nil, errors.New("norm2 of a matrix could be norm(A) (Frobenius) or sqrt(max(eigvals(A' A))) (spectral): write the one that is meant")
				}
				return i.G.Apply(i.G.Lib.Lookup("norm"), i)
			},
			See: []string{"norm", "eigvals"},
		},
		{
			Name: "norm1", Args: xAxis,
			Doc:     "norm1(x) = ‖x‖₁ = sum(abs(x)) of a vector, or along an axis. At x = 0 the derivative 0 is chosen, as for abs.",
			Example: "eval(norm1([3, -4]))\n\t7",
			Build: func(i in) (*expr, error) {
				if err := vectorNorm("norm1", "sum(abs(A))", "max(sum(abs(A), 1))", i); err != nil {
					return nil, err
				}
				i.Args = []*expr{call("abs", i.Args[0])}
				return sum(i), nil
			},
			See: []string{"norm", "abs"},
		},
		{
			Name: "norminf", Args: xAxis,
			Doc:     "norminf(x) = ‖x‖∞ = max(abs(x)) of a vector, or along an axis. Ties share the derivative equally, as for max.",
			Example: "eval(norminf([3, -4]))\n\t4",
			Build: func(i in) (*expr, error) {
				if err := vectorNorm("norminf", "max(abs(A))", "max(sum(abs(A), 2))", i); err != nil {
					return nil, err
				}
				i.Args = []*expr{call("abs", i.Args[0])}
				return reducing("max")(i)
			},
			See: []string{"norm", "max"},
		},
		extreme("max", "largest", "maximum", "hardmax", "amax", "maximum", numeric.Max),
		extreme("min", "smallest", "minimum", "hardmin", "amin", "minimum", numeric.Min),
		hard("hardmax", "max", "largest", numeric.Max),
		hard("hardmin", "min", "smallest", numeric.Min),
		{
			Name: "prod", Args: []symbolic.Arg{{Name: "x"}, {Name: "y", Optional: true}, {Name: "axis", Kind: symbolic.Axis, Optional: true}},
			Doc: "prod(x) multiplies all entries; prod(x, n) along the axis n, which vanishes. " +
				"prod(∂Z/∂Y, ∂Y/∂X) of two derivatives sums over the axes of Y: it is ∂Z/∂X (Dive into Deep Learning 5.3.7).",
			Example: "eval(prod([2, 3, 4]))\n\t24",
			Core:    []int{-1},
			Build:   buildProd,
			VJP:     func(v vjp) []*expr { return prodVJP(v, 0) },
			Kernel: each(func(b block) error {
				b.out[0] = 1
				for _, x := range b.arg(0) {
					b.out[0] *= x
				}
				return nil
			}),
			Export: map[string]string{"numpy": "np.prod(#1, axis=#axes)", "jax": "jnp.prod(#1, axis=#axes)", "pytorch": "#1.flatten(-#core).prod(-1)",
				"julia": "dropdims(prod(#1, dims=#dims), dims=#dims)"},
			See: []string{"sum", "prodexcept"},
		},
		{
			Name: "prodexcept", Args: append(xAxis[:2:2], symbolic.Arg{Name: "k", Kind: symbolic.Number, Optional: true, Default: "1"}),
			Doc: "prodexcept(x)[i] is the product of all entries except x[i]: the gradient of prod, right also where an entry is 0. " +
				"prodexcept(x, k=2) has two indices and leaves out both entries; it is 0 where two of the indices are the same. Along an axis, the indices come last.",
			Example: "eval(prodexcept([2, 3, 4]))\n\t[12, 8, 6]",
			Core:    []int{-1},
			Build:   buildProdExcept,
			VJP:     func(v vjp) []*expr { return prodVJP(v, leftOutCount(*v.Y.Par)) },
			Kernel:  each(prodExcept),
			Export: map[string]string{
				"numpy": leftOutTemplate("np.indices((z.shape[-1],) * #p1)", "np.where(M, 1.0, %s)", "np.arange(z.shape[-1])"),
				"jax":   leftOutTemplate("jnp.indices((z.shape[-1],) * #p1)", "jnp.where(M, 1.0, %s)", "jnp.arange(z.shape[-1])"),
				"pytorch": leftOutTemplate("torch.stack(torch.meshgrid(*[torch.arange(z.shape[-1])] * #p1, indexing=\"ij\"))",
					"torch.where(M, torch.ones((), dtype=z.dtype), %s)", "torch.arange(z.shape[-1])"),
				"julia": "(z = #1; c = CartesianIndices(size(z)[end-#core+1:end]); " +
					"[allunique(t) ? prod((z[l, j] for j in c if !(j in t)); init=1.0) : 0.0 " +
					"for l in CartesianIndices(size(z)[1:end-#core]), t in Iterators.product(ntuple(_ -> c, #p1)...)])",
			},
			See: []string{"prod"},
		},
		{
			Name: "logsumexp", Args: xAxis,
			Doc:     "logsumexp(x) = log Σ exp(x), over all entries or along an axis, without overflow; its gradient is softmax(x).",
			Example: "eval(logsumexp([1000, 1000]))\n\t1000.69",
			Core:    []int{-1},
			Build:   reducing("logsumexp"),
			Define: func(p params, a []*expr) *expr {
				return a[0].G.Call("log", a[0].G.E("*"+axesOf(p.Core)+"->*", call("exp", a[0])))
			},
			VJP: func(v vjp) []*expr {
				a := axesOf(v.Y.Par.Core)
				return []*expr{v.E("*~,~"+a+"->*~"+a, v.Bar, same(v, "softmax"))}
			},
			Kernel: each(func(b block) error { b.out[0] = numeric.LogSumExp(b.arg(0)); return nil }),
			Export: map[string]string{"numpy": "scipy.special.logsumexp(#1, axis=#axes)", "jax": "jax.scipy.special.logsumexp(#1, axis=#axes)",
				"pytorch": "torch.logsumexp(#1, dim=#axes)",
				"julia":   "(m = maximum(#1, dims=#dims); dropdims(m .+ log.(sum(exp.(#1 .- m), dims=#dims)), dims=#dims))"},
			See: []string{"softmax", "logsoftmax"},
		},
		{
			Name: "softmax", Args: xAxis,
			Doc: "softmax(x) = exp(x)/Σ exp(x), over all entries or along an axis, without overflow. " +
				"Its Jacobian is diag(p) − p pᵀ with p = softmax(x).",
			Example:  "eval(softmax([1000, 1000]))\n\t[0.5, 0.5]",
			Positive: true,
			Core:     []int{-1},
			Build:    overAxes("softmax"),
			Define: func(p params, a []*expr) *expr {
				g, s, y := a[0].G, axesOf(p.Core), call("exp", a[0])
				return g.E("*"+s+",*->*"+s, y, g.Recip(g.E("*"+s+"->*", y)))
			},
			VJP: func(v vjp) []*expr {
				a, b, y := axesOf(v.Y.Par.Core), axesOf(2 * v.Y.Par.Core)[v.Y.Par.Core:], v.Y
				return []*expr{v.G.Sub(v.E("*~"+a+",~"+a+"->*~"+a, v.Bar, y), v.E("~"+a+",*~"+b+",~"+b+"->*~"+a, y, v.Bar, y))}
			},
			Kernel: func(out *numeric.Array, args []*numeric.Array, p params, _ numeric.Work) error {
				numeric.Softmax(out.Data, args[0].Data, numeric.Count(out.Shape[len(out.Shape)-p.Core:]))
				return nil
			},
			Export: map[string]string{"numpy": "scipy.special.softmax(#1, axis=#axes)", "jax": "jax.nn.softmax(#1, axis=#axes)",
				"pytorch": "torch.exp(#1 - torch.logsumexp(#1, dim=#axes, keepdim=True))",
				"julia":   "(z = exp.(#1 .- maximum(#1, dims=#dims)); z ./ sum(z, dims=#dims))"},
			See: []string{"logsoftmax", "logsumexp", "crossentropy"},
		},
		{
			Name: "logsoftmax", Args: xAxis,
			Doc:     "logsoftmax(x) = x − logsumexp(x), the logarithm of softmax(x), over all entries or along an axis.",
			Example: "eval(logsoftmax([1000, 0]))\n\t[0, -1000]",
			Core:    []int{-1},
			Build:   overAxes("logsoftmax"),
			Define: func(p params, a []*expr) *expr {
				g, s := a[0].G, axesOf(p.Core)
				l := g.Call("log", g.E("*"+s+"->*", call("exp", a[0])))
				return g.Sub(a[0], g.E("*,*"+s+"->*"+s, l, g.Ones(a[0].Shape)))
			},
			VJP: func(v vjp) []*expr {
				a, b := axesOf(v.Y.Par.Core), axesOf(2 * v.Y.Par.Core)[v.Y.Par.Core:]
				return []*expr{v.G.Sub(v.Bar, v.E("~"+a+",*~"+b+"->*~"+a, same(v, "softmax"), v.Bar))}
			},
			Kernel: each(func(b block) error { numeric.LogSoftmax(b.out, b.arg(0)); return nil }),
			Export: map[string]string{"numpy": "scipy.special.log_softmax(#1, axis=#axes)", "jax": "jax.nn.log_softmax(#1, axis=#axes)",
				"pytorch": "(#1 - torch.logsumexp(#1, dim=#axes, keepdim=True))",
				"julia":   "(z = #1 .- maximum(#1, dims=#dims); z .- log.(sum(exp.(z), dims=#dims)))"},
			See: []string{"softmax", "crossentropy"},
		},
		{
			Name: "cumsum", Args: xAxis,
			Doc:     "cumsum(x) is the running sum of a vector: its k-th entry adds the first k. Of a tensor along an axis: cumsum(X, n).",
			Example: "eval(cumsum([1, 2, 3]))\n\t[1, 3, 6]",
			Core:    []int{1},
			Build: func(i in) (*expr, error) {
				k, err := onlyAxis("cumsum", i)
				if err != nil {
					return nil, err
				}
				i.Axes = []int{k}
				x, _, order := coreLast(i)
				return i.G.Permute(cumsum(x), inverse(order)...), nil
			},
			VJP: func(v vjp) []*expr { // adds from the end: everything, less what came before
				all := v.E("*~b,*~a->*~a", v.Bar, v.G.Ones(v.Bar.Shape))
				return []*expr{v.G.Sum(v.Bar.Shape, all, v.Bar, v.G.Neg(cumsum(v.Bar)))}
			},
			Kernel: each(func(b block) error {
				s := 0.0
				for k, x := range b.arg(0) {
					s += x
					b.out[k] = s
				}
				return nil
			}),
			Export: map[string]string{"numpy": "np.cumsum(#1, axis=-1)", "jax": "jnp.cumsum(#1, axis=-1)", "pytorch": "torch.cumsum(#1, dim=-1)",
				"julia": "cumsum(#1, dims=ndims(#1))"},
			See: []string{"sum"},
		},
	}
}

func sum(i in) *expr {
	x, core, _ := coreLast(i)
	return i.G.E("*"+axesOf(core)+"->*", x)
}

// mean is the average over the last core axes.
func mean(x *expr, core int) (*expr, error) {
	g, k := x.G, x.Rank()-core
	n := sizeOf(g, x.Shape[k:])
	if n.IsZero() {
		return nil, errors.New("there is no mean of no entries")
	}
	return g.Times(g.Recip(n), g.E("*"+axesOf(core)+"->*", x)), nil
}

func buildVar(i in) (*expr, error) {
	g := i.G
	x, core, _ := coreLast(i)
	a := axesOf(core)
	m, err := mean(x, core)
	if err != nil {
		return nil, err
	}
	d := g.Sub(x, g.E("*,*"+a+"->*"+a, m, g.Ones(x.Shape)))
	n := g.Sub(sizeOf(g, x.Shape[x.Rank()-core:]), g.Const(i.Num("ddof", 0)))
	if n.IsZero() {
		return nil, errors.New("the number of entries less ddof is 0: there is no variance")
	}
	return g.Times(g.Recip(n), g.E("*"+a+",*"+a+"->*", d, d)), nil
}

// vectorNorm refuses a matrix: its entrywise and its operator norm differ.
func vectorNorm(name, entrywise, operator string, i in) error {
	if i.Axes == nil && i.Args[0].Rank() > 1 {
		return fmt.Errorf("%s of a matrix could be %s (entrywise) or %s (operator norm): write the one that is meant", name, entrywise, operator)
	}
	return nil
}

// same applies another record to the same axes of the same argument.
func same(v vjp, name string) *expr {
	return v.G.ApplyParams(name, params{Core: v.Y.Par.Core}, v.Args[0].Shape, v.Args[0])
}

// extreme is the record of max or min: of two arguments entry by entry, of one over axes.
func extreme(name, word, two, hardName, numpy, julia string, f func([]float64) float64) *record {
	return &record{
		Name: name, Args: []symbolic.Arg{{Name: "x"}, {Name: "y", Kind: symbolic.Variadic, Optional: true}, {Name: "axis", Kind: symbolic.Axis, Optional: true}},
		Doc: fmt.Sprintf("%[1]s(x) is the %[2]s entry; %[1]s(x, axis=n) that along the axis n, which vanishes; %[1]s(x, y) of several tensors, or tensors and numbers, "+
			"works entry by entry. Where several entries tie they share the derivative equally; but at x = 0 that of %[1]s(x, 0) is 0, as for relu.", name, word),
		Example: "eval(" + name + "([3, 1, 2]))\n\t" + map[string]string{"max": "3", "min": "1"}[name],
		TeX:     `\` + name + `\left(#1\right)`,
		Core:    []int{-1},
		Build: func(i in) (*expr, error) {
			if len(i.Args) == 1 {
				return reducing(name)(i)
			}
			if i.Axes != nil {
				return nil, fmt.Errorf("%s of several tensors works entry by entry; an axis is for one", name)
			}
			a, err := fit(name, i)
			if err != nil {
				return nil, err
			}
			out := a[0]
			for _, next := range a[1:] {
				out = i.G.Call(two, out, next)
			}
			return out, nil
		},
		VJP: func(v vjp) []*expr {
			a := axesOf(v.Y.Par.Core)
			return []*expr{v.E("*~,~"+a+"->*~"+a, v.Bar, same(v, hardName))}
		},
		Kernel: each(func(b block) error {
			if len(b.arg(0)) == 0 {
				return fmt.Errorf("there is no %s of no entries", word)
			}
			b.out[0] = f(b.arg(0))
			return nil
		}),
		Export: map[string]string{"numpy": "np." + numpy + "(#1, axis=#axes)", "jax": "jnp." + numpy + "(#1, axis=#axes)",
			"pytorch": "torch." + numpy + "(#1, dim=#axes)", "julia": "dropdims(" + julia + "(#1, dims=#dims), dims=#dims)"},
		See: []string{two, hardName, "argmax"},
	}
}

// hard is the record of the gradient of max or min.
func hard(name, of, word string, f func([]float64) float64) *record {
	return &record{
		Name: name, Args: xAxis,
		Doc: fmt.Sprintf("%s(x) is 1 at the %s entry and 0 elsewhere, over everything or along an axis: the derivative of %s. "+
			"Several that tie share the 1 equally. Its own derivative is taken to be 0.", name, word, of),
		Example: "eval(" + name + "([3, 1, 3]))\n\t" + map[string]string{"max": "[0.5, 0, 0.5]", "min": "[0, 1, 0]"}[of],
		Core:    []int{-1},
		Build:   overAxes(name),
		VJP:     func(vjp) []*expr { return []*expr{nil} },
		Kernel: each(func(b block) error {
			m, n := f(b.arg(0)), 0.0
			for i, x := range b.arg(0) {
				b.out[i] = 0
				if x == m || math.IsNaN(m) {
					b.out[i] = 1
					n++
				}
			}
			for i := range b.out {
				b.out[i] /= n
				if math.IsNaN(m) {
					b.out[i] = m
				}
			}
			return nil
		}),
		Export: hardExports(of),
		See:    []string{of, "argmax", "softmax"},
	}
}

// hardExports compares with the extreme entry and shares the 1 among those that tie.
func hardExports(of string) map[string]string {
	python := "(lambda m: m / m.sum(axis=#axes, keepdims=True))((#1 == MODULE." + of + "(#1, axis=#axes, keepdims=True)).astype(float))"
	return map[string]string{
		"numpy":   strings.ReplaceAll(python, "MODULE", "np"),
		"jax":     strings.ReplaceAll(python, "MODULE", "jnp"),
		"pytorch": "(lambda m: m / m.sum(dim=#axes, keepdim=True))((#1 == torch.a" + of + "(#1, dim=#axes, keepdim=True)).double())",
		"julia":   "(m = float.(#1 .== " + of + "imum(#1, dims=#dims)); m ./ sum(m, dims=#dims))",
	}
}

// cumsum is the running sum along the last axis.
func cumsum(x *expr) *expr { return x.G.ApplyParams("cumsum", params{Core: 1}, x.Shape, x) }

// buildProd is the product of the entries, or of two derivatives.
func buildProd(i in) (*expr, error) {
	if len(i.Args) == 1 {
		return reducing("prod")(i)
	}
	return chain(i)
}

// chain is prod(∂Z/∂Y, ∂Y/∂X): it sums over the axes of Y, the last of the first and the first of the second.
func chain(i in) (*expr, error) {
	a, b := i.Args[0], i.Args[1]
	k, err := sharedAxes(i.G, a, b)
	if err != nil {
		return nil, err
	}
	return symbolic.Chain(a, b, k), nil
}

// sharedAxes is how many axes Y has, where a is ∂Z/∂Y and b is ∂Y/∂X. Derivatives made by Grad know it; else the axes
// must leave one choice.
func sharedAxes(g *symbolic.Graph, a, b *expr) (int, error) {
	if a.Op == symbolic.Let && a.By != nil {
		return a.By.By.Rank(), nil
	}
	if b.Op == symbolic.Let && b.By != nil {
		return b.By.Of.Rank(), nil
	}
	var fits []int
	for k := 1; k <= a.Rank() && k <= b.Rank(); k++ {
		if g.Dims.SameShape(a.Shape[a.Rank()-k:], b.Shape[:k]) {
			fits = append(fits, k)
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0], nil
	case len(fits) > 1:
		return 0, fmt.Errorf("prod of %v and %v: the axes do not tell how many of them are those of the variable in the middle; name it: Y = …, prod(∂Z/∂Y, ∂Y/∂X)", a.Shape, b.Shape)
	case a.Rank() == 0 || b.Rank() == 0:
		return 0, nil
	}
	return 0, fmt.Errorf("prod needs ∂Z/∂Y and ∂Y/∂X: the last axes of %v are not the first of %v", a.Shape, b.Shape)
}

func buildProdExcept(i in) (*expr, error) {
	k := i.Num("k", 1)
	if !k.IsInt() || k.Sign() <= 0 || k.Cmp(big.NewRat(8, 1)) > 0 {
		return nil, errors.New("prodexcept leaves out k = 1, 2, … up to 8 entries")
	}
	x, core, _ := coreLast(i)
	return leftOut(x, core, int(k.Num().Int64())), nil
}

// leftOut is prodexcept over the last core axes with k indices.
func leftOut(x *expr, core, k int) *expr {
	s := x.Shape[:x.Rank():x.Rank()]
	for range k - 1 {
		s = append(s, x.Shape[x.Rank()-core:]...)
	}
	p := params{Core: core}
	if k > 1 {
		p.Nums = []*big.Rat{rat(int64(k), 1)}
	}
	return x.G.ApplyParams("prodexcept", p, s, x)
}

// leftOutCount is how many entries a prodexcept leaves out.
func leftOutCount(p params) int {
	if len(p.Nums) == 0 {
		return 1
	}
	return int(p.Nums[0].Num().Int64())
}

// prodVJP: the derivative by entry j of the product without k entries is the product without those and j.
func prodVJP(v vjp, k int) []*expr {
	core := v.Y.Par.Core
	all := axesOf((k + 1) * core)
	out, j := all[:k*core], all[k*core:]
	return []*expr{v.E("*~"+out+",~"+all+"->*~"+j, v.Bar, leftOut(v.Args[0], core, k+1))}
}

// prodExcept fills every choice of k indices.
func prodExcept(b block) error {
	x, k := b.arg(0), leftOutCount(b.par)
	index := make([]int, k)
	for o := range b.out {
		r, distinct := o, true
		for i := range index {
			index[i] = r % len(x)
			r /= len(x)
			for _, j := range index[:i] {
				distinct = distinct && j != index[i]
			}
		}
		b.out[o] = 0
		if distinct {
			b.out[o] = productWithout(x, index)
		}
	}
	return nil
}

// leftOutTemplate is prodexcept in Python: M[i,…,j] says that j is left out at i, …; every index may be left out once.
func leftOutTemplate(indices, chosen, all string) string {
	z := "z.reshape(z.shape[:-1] + (1,) * #p1 + z.shape[-1:])"
	return "(lambda z: (lambda M: " + fmt.Sprintf(chosen, z) + ".prod(-1) * (M.sum(-1) == #p1))" +
		"((" + indices + "[..., None] == " + all + ").any(0)))(#1.reshape(#1.shape[:-#core] + (-1,))).reshape(#shape)"
}

func productWithout(x []float64, index []int) float64 {
	p := 1.0
next:
	for i, v := range x {
		for _, j := range index {
			if i == j {
				continue next
			}
		}
		p *= v
	}
	return p
}
