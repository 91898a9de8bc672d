package train

import (
	"context"
	"math"

	"gonum.org/v1/gonum/diff/fd"

	"nabla/numeric"
)

// A Check compares the gradient by one parameter with central differences.
type Check struct {
	Entries int     // compared; at most maxChecked, drawn at random
	Error   float64 // the largest difference, relative to the largest entry of either, but at least to 1e-8
	At      int     // the entry where it is largest
	Got     float64 // the gradient there
	Want    float64 // the difference quotient there
}

// maxChecked is how many entries of a parameter are compared.
const maxChecked = 400

// GradCheck compares every gradient that the program of p computes from all examples with central differences of the loss
// of exact (gonum diff/fd), whose own error is about 1e-9 relative where the loss is smooth. Exact is p in double
// precision, or p itself.
func GradCheck[T numeric.Float](ctx context.Context, p *Problem[T], exact *Problem[float64]) ([]Check, error) {
	grads, err := gradients(ctx, p)
	if err != nil {
		return nil, err
	}
	program, err := exact.Program(exact.Rows)
	if err != nil {
		return nil, err
	}
	inputs := append([]*numeric.Array(nil), exact.Inputs...)
	checks := make([]Check, len(p.Params))
	for k, i := range exact.Params {
		inputs[i] = exact.Inputs[i].Clone()
		loss := func() float64 {
			if err != nil {
				return math.NaN()
			}
			var o []*numeric.Array
			if o, err = program.Run(ctx, inputs); err != nil {
				return math.NaN()
			}
			return o[0].Data[0]
		}
		checks[k] = compare(inputs[i].Data, grads[k], loss)
		if err != nil {
			return nil, err
		}
		inputs[i] = exact.Inputs[i]
	}
	return checks, nil
}

// gradients are those by all parameters, from all examples.
func gradients[T numeric.Float](ctx context.Context, p *Problem[T]) ([][]float64, error) {
	program, err := p.Program(p.Rows)
	if err != nil {
		return nil, err
	}
	out, err := program.Run(ctx, p.Inputs)
	if err != nil {
		return nil, err
	}
	grads := make([][]float64, len(p.Params))
	for k := range grads {
		grads[k] = numeric.Convert[float64](out[k+1]).Data
	}
	return grads, nil
}

// compare moves one entry of w at a time.
func compare(w, grad []float64, loss func() float64) Check {
	entries := numeric.Source(1).Perm(len(w))
	entries = entries[:min(len(entries), maxChecked)]
	c := Check{Entries: len(entries)}
	scale, want := 1e-8, make([]float64, len(entries))
	for k, i := range entries {
		x := w[i]
		step := 6e-6 * max(1, math.Abs(x))
		want[k] = fd.Derivative(func(x float64) float64 { w[i] = x; return loss() }, x, &fd.Settings{Formula: fd.Central, Step: step})
		w[i] = x
		scale = max(scale, math.Abs(want[k]), math.Abs(grad[i]))
	}
	for k, i := range entries {
		if e := math.Abs(grad[i]-want[k]) / scale; e >= c.Error || math.IsNaN(e) {
			c.Error, c.At, c.Got, c.Want = e, i, grad[i], want[k]
		}
	}
	return c
}
