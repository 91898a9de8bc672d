package study

import (
	"context"
	"math/rand/v2"

	"nabla/numeric"
	"nabla/symbolic"
)

// A Trial is a truth with its values at a few points, against which candidates are held: far cheaper than a Comparison
// for each.
type Trial struct {
	truth  *symbolic.Expr
	points []*Point
	values []*numeric.Array
}

// TrialPoints is how many points a candidate must agree with the truth at.
const TrialPoints = 3

// NewTrial draws points at which the truth is finite and not zero. all are the candidates that will be held against it:
// their variables need values as well.
func NewTrial(ctx context.Context, truth *symbolic.Expr, all []*symbolic.Expr) *Trial {
	t := &Trial{truth: truth}
	r := rand.New(rand.NewPCG(7, 11))
	es := append([]*symbolic.Expr{truth}, all...)
	for try := 0; try < 4*TrialPoints && len(t.points) < TrialPoints && ctx.Err() == nil; try++ {
		p, err := NewPoint(r, try%3 == 2, es...)
		if err != nil {
			continue
		}
		if out := evalOne(ctx, p, truth); out != nil {
			t.points, t.values = append(t.points, p), append(t.values, out)
		}
	}
	return t
}

// evalOne is e at the point; nil where it is not finite or cannot be computed there.
func evalOne(ctx context.Context, p *Point, e *symbolic.Expr) (a *numeric.Array) {
	defer func() {
		if recover() != nil { // a candidate that no person wrote must not stop the search
			a = nil
		}
	}()
	out, err := p.Eval(ctx, e)
	if err != nil || !finite(out[0]) {
		return nil
	}
	return out[0]
}

// Right says which of the candidates agree with the truth at every point. Candidates have the shape of the truth.
func (t *Trial) Right(ctx context.Context, candidates []*symbolic.Expr) []bool {
	right := make([]bool, len(candidates))
	if len(t.points) == 0 {
		return right
	}
	first := t.all(ctx, candidates)
	for i, c := range candidates {
		right[i] = first[i] != nil && t.agrees(0, first[i])
		for k := 1; k < len(t.points) && right[i]; k++ {
			a := evalOne(ctx, t.points[k], c)
			right[i] = a != nil && t.agrees(k, a)
		}
	}
	return right
}

// all are the candidates at the first point: together, so that shared parts are computed once; one by one where some
// candidate cannot be computed.
func (t *Trial) all(ctx context.Context, candidates []*symbolic.Expr) []*numeric.Array {
	if out := t.together(ctx, candidates); out != nil {
		return out
	}
	out := make([]*numeric.Array, len(candidates))
	for i, c := range candidates {
		if ctx.Err() == nil {
			out[i] = evalOne(ctx, t.points[0], c)
		}
	}
	return out
}

func (t *Trial) together(ctx context.Context, candidates []*symbolic.Expr) (out []*numeric.Array) {
	defer func() {
		if recover() != nil {
			out = nil
		}
	}()
	out, err := t.points[0].Eval(ctx, candidates...)
	if err != nil {
		return nil
	}
	return out
}

func (t *Trial) agrees(k int, a *numeric.Array) bool {
	if len(a.Data) != len(t.values[k].Data) || !finite(a) {
		return false
	}
	_, far := farthest(t.values[k], a)
	return !far
}
