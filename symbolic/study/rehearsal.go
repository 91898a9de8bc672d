package study

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// A Draw says what the values of a rehearsal are: all positive, where the model needs that; and how large, relative to
// numbers about 1, which grow beyond bounds in a deep model.
type Draw struct {
	Positive bool
	Scale    float64
}

// Draws are those to try, one after the other.
var Draws = []Draw{{false, 1}, {true, 1}, {false, 0.25}, {true, 0.25}, {false, 0.05}}

// Rehearsal draws values for a model with given sizes, and generic functions for the abstract ones. Declared facts hold.
func Rehearsal(r *rand.Rand, m *Model, size func(name string) int, how Draw) (lower.Bindings, error) {
	p := &Point{Bindings: lower.Bindings{
		Values: map[*symbolic.Expr]*numeric.Array{}, Dims: shape.NewEnv(), Functions: map[*symbolic.Func]*symbolic.Func{},
	}}
	g := m.Objective.G
	s := &sampler{g: g, r: r, positive: how.Positive, scale: how.Scale, point: p}
	for _, n := range g.Dims.Names() {
		if c := g.Dims.Canon(shape.Name(n)); c != shape.Name(n) {
			_ = p.Dims.Equate(n, c)
		}
	}
	vars, fns := leaves([]*symbolic.Expr{m.Objective})
	symbolic.Walk(m.Objective, func(e *symbolic.Expr) {
		for _, d := range append(e.Shape, e.Size) {
			for _, n := range g.Dims.Canon(d).Names() {
				if _, ok := p.Dims.Size(shape.Name(n)); !ok {
					_ = p.Dims.SetSize(n, size(n))
				}
			}
		}
	}, nil)
	for _, f := range fns {
		p.Functions[f] = s.generic(f)
	}
	for _, v := range vars {
		if err := s.draw(v); err != nil {
			return p.Bindings, err
		}
	}
	return p.Bindings, nil
}

// tolerance is how far the gradient of a split may be from the one computed whole, relative to its largest entry.
const tolerance = 1e-12

// A Proof is what came of carrying a split out.
type Proof struct {
	Sent  int64   // numbers in all messages
	Error float64 // the largest deviation from the gradient computed whole, relative to its largest entry
}

// Verify carries a split out, and compares the gradients and the numbers sent with what they should be.
func (s *Split) Verify(ctx context.Context, b lower.Bindings, run func(context.Context, lower.Bindings) (*Execution, error)) (Proof, error) {
	x, err := run(ctx, b)
	if err != nil {
		return Proof{}, err
	}
	m := s.Tape.Model
	ds, err := m.Objective.G.Grad(m.Objective, m.Parameters(), nil)
	if err != nil {
		return Proof{}, err
	}
	want, err := lower.Reference(ctx, ds, b)
	if err != nil {
		return Proof{}, err
	}
	p := Proof{Sent: x.Sent}
	for i, w := range want {
		scale := 1e-300
		for _, v := range w.Data {
			scale = math.Max(scale, math.Abs(v))
		}
		for j, v := range w.Data {
			e := math.Abs(v-x.Gradients[i].Data[j]) / math.Max(scale, 1)
			if math.IsNaN(e) {
				return p, fmt.Errorf("the gradient is not finite here")
			}
			p.Error = math.Max(p.Error, e)
		}
	}
	if p.Error > tolerance {
		return p, fmt.Errorf("the gradients differ by %.2g", p.Error)
	}
	return p, nil
}
