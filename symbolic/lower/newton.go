package lower

import (
	"context"
	"errors"
	"math/big"

	"nabla/numeric"
	"nabla/numeric/plan"
	"nabla/numeric/train"
	"nabla/symbolic"
)

// uncoupled are the second derivatives by every parameter, if those by two different ones are zero: then each is solved
// with by itself, in compressed form.
func (t *training[T]) uncoupled() (second []*symbolic.Expr, ok bool) {
	for i, g := range t.outputs[1:] {
		row, err := g.G.Grad(g, t.params, nil)
		if err != nil {
			return nil, false
		}
		for j, h := range row {
			if j != i && !h.IsZero() {
				return nil, false
			}
		}
		second = append(second, row[i])
	}
	return second, true
}

// newton is the program of a Newton step: see train.Problem.Newton.
func (t *training[T]) newton(second []*symbolic.Expr, damped bool) (train.Program[T], error) {
	g := t.outputs[0].G
	δ, λ := g.Fresh("δ", nil), g.Fresh("λ", nil)
	var steps, signs []*symbolic.Expr
	for i, h := range second {
		b := t.outputs[1+i]
		if damped {
			b = g.Add(b, g.Times(λ, t.params[i]))
		}
		x, s := step(h, b, δ, damped)
		steps, signs = append(steps, x), append(signs, s...)
	}
	b := t.b.In(t.b.Type)
	b.keep(δ, numeric.Scalar(0))
	b.keep(λ, numeric.Scalar(0))
	p, err := Compile(append(steps, signs...), b)
	if err != nil {
		return nil, err
	}
	return &newtonProgram[T]{machine: machineOf[T](p), from: t.places(p, δ, λ), in: make([]*numeric.Tensor[T], len(p.Vars))}, nil
}

// step solves h x = b, or (h + δ I) x = b, and says what is positive if h is positive definite.
func step(h, b, δ *symbolic.Expr, damped bool) (x *symbolic.Expr, signs []*symbolic.Expr) {
	g := h.G
	if h.Rank() == 0 {
		if damped {
			h = g.Add(h, δ)
		}
		return g.Times(g.Pow(h, big.NewRat(-1, 1)), b), []*symbolic.Expr{h}
	}
	o := symbolic.AsOperator(h)
	if damped {
		o = o.Damped(δ)
	}
	return o.SolvePositive(b)
}

// places are where the inputs of a program are among those of the problem, to which δ and λ are appended.
func (t *training[T]) places(p *Program, more ...*symbolic.Expr) []int {
	at := map[*symbolic.Expr]int{}
	for i, v := range append(t.vars[:len(t.vars):len(t.vars)], more...) {
		at[v] = i
	}
	from := make([]int, len(p.Vars))
	for i, v := range p.Vars {
		from[i] = at[v]
	}
	return from
}

// A newtonProgram reads the inputs of a problem, of which it may need few.
type newtonProgram[T numeric.Float] struct {
	machine *plan.Machine[T]
	from    []int
	in      []*numeric.Tensor[T]
}

func (n *newtonProgram[T]) Run(ctx context.Context, inputs []*numeric.Tensor[T]) ([]*numeric.Tensor[T], error) {
	for i, k := range n.from {
		n.in[i] = inputs[k]
	}
	out, err := n.machine.Run(ctx, n.in)
	var failed *Failed
	if errors.As(err, &failed) {
		return nil, train.ErrIndefinite
	}
	return out, err
}
