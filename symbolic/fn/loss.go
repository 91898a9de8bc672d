package fn

import (
	"fmt"
	"math"
	"math/big"

	"nabla/symbolic"
)

var predTarget = []symbolic.Arg{{Name: "pred"}, {Name: "target"}, {Name: "axis", Kind: symbolic.Axis, Optional: true}}

// losses is the table of the losses.
func losses() []*record {
	return []*record{
		{
			Name: "crossentropy", Args: []symbolic.Arg{{Name: "logits"}, {Name: "target"}},
			Doc: "crossentropy(o, y) = −Σ y ⊙ logsoftmax(o), per example: the classes are the last axis of the logits o, any axes before it stay. " +
				"The target y holds a probability (or one-hot) per class, or one class number 0, 1, … per example. " +
				"Its gradient by o is softmax(o) sum(y) − y (Dive into Deep Learning 4.1.9).",
			Example: "eval(crossentropy([0, 0], 1))\n\t0.693147",
			Build:   buildCrossentropy,
			See:     []string{"softmax", "onehot", "accuracy"},
		},
		{
			Name: "mse", Args: predTarget,
			Doc:     "mse(a, b) is the mean of (a − b)² over all entries, or along an axis.",
			Example: "eval(mse([1, 2], [1, 4]))\n\t2",
			Build: func(i in) (*expr, error) {
				return meanLoss("mse", i, square)
			},
			See: []string{"huber", "norm", "mean"},
		},
		{
			Name: "huber", Args: []symbolic.Arg{{Name: "pred"}, {Name: "target", Optional: true}, {Name: "axis", Kind: symbolic.Axis, Optional: true},
				{Name: "delta", Kind: symbolic.Number, Optional: true, Default: "1"}},
			Doc: "huber(a, b, delta=1) is the mean over all entries (or along an axis) of huber(a − b); huber(r) of one argument is, entry by entry, " +
				"r²/2 for |r| ≤ delta, else delta (|r| − delta/2). At |r| = delta its second derivative is taken to be 1/2.",
			Example: "eval(huber([0.5, 3]))\n\t[0.125, 2.5]",
			Build:   buildHuber,
			FP: func(p params) func(float64) float64 {
				d := float(p.Nums[0])
				return func(r float64) float64 {
					if a := math.Abs(r); a > d {
						return d * (a - d/2)
					}
					return r * r / 2
				}
			},
			DP: func(p params, x, _ *expr) *expr {
				d := p.Nums[0]
				return x.G.Call("minimum", x.G.Call("maximum", x, fill(x, new(big.Rat).Neg(d))), fill(x, d))
			},
			Export: map[string]string{
				"numpy":   "np.where(np.abs(#1) <= #p1, (#1) ** 2 / 2, #p1 * (np.abs(#1) - #p1 / 2))",
				"jax":     "jnp.where(jnp.abs(#1) <= #p1, (#1) ** 2 / 2, #p1 * (jnp.abs(#1) - #p1 / 2))",
				"pytorch": "torch.where(torch.abs(#1) <= #p1, (#1) ** 2 / 2, #p1 * (torch.abs(#1) - #p1 / 2))",
				"julia":   "ifelse.(abs.(#1) .<= #p1, (#1) .^ 2 ./ 2, #p1 .* (abs.(#1) .- #p1 ./ 2))", "go": "func(r, d float64) float64 { if r > d || r < -d { return d * (math.Abs(r) - d/2) }; return r * r / 2 }(#1, #p1)"},
			See: []string{"mse", "clip"},
		},
	}
}

// buildCrossentropy takes the rank of the target for what it holds.
func buildCrossentropy(i in) (*expr, error) {
	g, o, y := i.G, i.Args[0], i.Args[1]
	k := o.Rank() - 1
	switch {
	case k < 0:
		return nil, fmt.Errorf("crossentropy needs a logit per class: the logits are a vector, not a number")
	case y.Rank() == k && g.Dims.SameShape(y.Shape, o.Shape[:k]):
		y = oneHot(y, o.Shape[k])
	case !g.Dims.SameShape(y.Shape, o.Shape):
		return nil, fmt.Errorf("crossentropy: for logits in %v the target is in %v (probabilities) or in %v (class numbers), not in %v",
			o.Shape, o.Shape, o.Shape[:k], y.Shape)
	}
	p := g.ApplyParams("logsoftmax", params{Core: 1}, o.Shape, o)
	return g.Neg(g.E("*a,*a->*", y, p)), nil
}

// meanLoss is the mean of f(a − b).
func meanLoss(name string, i in, f func(*expr) *expr) (*expr, error) {
	a, err := fit(name, i)
	if err != nil {
		return nil, err
	}
	i.Args = []*expr{f(i.G.Sub(a[0], a[1]))}
	x, core, _ := coreLast(i)
	return mean(x, core)
}

func buildHuber(i in) (*expr, error) {
	d := i.Num("delta", 1)
	if d.Sign() <= 0 {
		return nil, fmt.Errorf("huber: delta is positive, not %s", d.RatString())
	}
	h := func(r *expr) *expr { return i.G.ApplyParams("huber", params{Nums: []*big.Rat{d}}, r.Shape, r) }
	if len(i.Args) == 1 {
		return h(i.Args[0]), nil
	}
	return meanLoss("huber", i, h)
}
