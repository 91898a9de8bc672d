package lower

import (
	"context"
	"errors"
	"math/big"

	"nabla/numeric"
	"nabla/numeric/plan"
	"nabla/numeric/train"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// newton is the program of a Newton step; see train.Problem.Newton. Parameters that do not meet in a second derivative are
// solved for one by one, each with its Hessian in compressed form; others are one vector.
func (t *training[T]) newton(damped bool) (train.Program[T], error) {
	second, err := t.second()
	if err != nil {
		return nil, err
	}
	g := t.outputs[0].G
	n := &newtonStep{damped: damped, ridge: g.Fresh("δ", nil), decay: g.Fresh("λ", nil)}
	var steps []*symbolic.Expr
	if uncoupled(second) {
		for i, p := range t.params {
			steps = append(steps, n.solve(second[i][i], t.outputs[1+i], p))
		}
	} else {
		steps = apart(n.solve(joinedHessian(second), joined(t.outputs[1:]), joined(t.params)), t.params)
	}
	return t.newtonProgram(append(steps, n.signs...), n)
}

// second are the second derivatives of the loss, a row for every parameter. Those left of the diagonal are the transposes of
// those right of it.
func (t *training[T]) second() ([][]*symbolic.Expr, error) {
	rows := make([][]*symbolic.Expr, len(t.params))
	for i, g := range t.outputs[1:] {
		right, err := g.G.Grad(g, t.params[i:], nil)
		if err != nil {
			return nil, err
		}
		for j := range i {
			rows[i] = append(rows[i], swapped(rows[j][i], t.params[j].Rank()))
		}
		rows[i] = append(rows[i], right...)
	}
	return rows, nil
}

// swapped is a tensor with its first k axes behind the others.
func swapped(h *symbolic.Expr, k int) *symbolic.Expr {
	var order []int
	for i := range h.Rank() {
		order = append(order, (k+i)%h.Rank())
	}
	return h.G.Permute(h, order...)
}

// uncoupled says that second derivatives by two different parameters are zero.
func uncoupled(second [][]*symbolic.Expr) bool {
	for i, row := range second {
		for j, h := range row {
			if j != i && !h.IsZero() {
				return false
			}
		}
	}
	return true
}

// joined is tensors one after the other, as one vector.
func joined(parts []*symbolic.Expr) *symbolic.Expr {
	var flat []*symbolic.Expr
	for _, p := range parts {
		flat = append(flat, p.G.Reshape(p, p.Rank(), shape.Shape{p.Shape.Count()}))
	}
	return concat(flat, 1)
}

// joinedHessian is the second derivatives as one matrix.
func joinedHessian(second [][]*symbolic.Expr) *symbolic.Expr {
	var rows []*symbolic.Expr
	for i, row := range second {
		k := row[i].Rank() / 2
		height := row[i].Shape[:k].Count()
		var blocks []*symbolic.Expr
		for _, h := range row {
			blocks = append(blocks, h.G.Reshape(h, h.Rank(), shape.Shape{height, h.Shape[k:].Count()}))
		}
		rows = append(rows, concat(blocks, 1))
	}
	return concat(rows, 2)
}

// concat puts tensors one after the other along the first of their last core axes.
func concat(parts []*symbolic.Expr, core int) *symbolic.Expr {
	s := append(shape.Shape{}, parts[0].Shape...)
	axis := len(s) - core
	for _, p := range parts[1:] {
		s[axis] = s[axis].Add(p.Shape[axis])
	}
	return parts[0].G.ApplyParams("concat", symbolic.Params{Core: core}, s, parts...)
}

// apart is a vector as tensors of the shapes of params: joined backwards.
func apart(v *symbolic.Expr, params []*symbolic.Expr) (out []*symbolic.Expr) {
	at := shape.Dim{}
	for _, p := range params {
		n := p.Shape.Count()
		x := v.G.ApplyParams("part", symbolic.Params{Core: 1, Dims: shape.Shape{at, n}}, shape.Shape{n}, v)
		out = append(out, v.G.Reshape(x, 1, p.Shape))
		at = at.Add(n)
	}
	return out
}

// A newtonStep makes solutions of (H + δ I) d = g + λ p, and keeps what must be positive for H + δ I to be. What is not damped
// has neither δ nor λ.
type newtonStep struct {
	damped       bool
	ridge, decay *symbolic.Expr
	signs        []*symbolic.Expr
}

// solve is the step of a parameter p with a Hessian h and a gradient b.
func (n *newtonStep) solve(h, b, p *symbolic.Expr) *symbolic.Expr {
	g := h.G
	if n.damped {
		b = g.Add(b, g.Times(n.decay, p))
	}
	if h.Rank() == 0 {
		if n.damped {
			h = g.Add(h, n.ridge)
		}
		n.signs = append(n.signs, h)
		return g.Times(g.Pow(h, big.NewRat(-1, 1)), b)
	}
	o := symbolic.AsOperator(h)
	if n.damped {
		o = o.Damped(n.ridge)
	}
	x, signs := o.SolvePositive(b)
	n.signs = append(n.signs, signs...)
	return x
}

// newtonProgram compiles a step. Its inputs are those of the problem, and after them δ and λ.
func (t *training[T]) newtonProgram(outputs []*symbolic.Expr, n *newtonStep) (train.Program[T], error) {
	b := t.b.In(t.b.Type)
	b.keep(n.ridge, numeric.Scalar(0))
	b.keep(n.decay, numeric.Scalar(0))
	p, err := Compile(outputs, b)
	if err != nil {
		return nil, err
	}
	return &newtonProgram[T]{machine: machineOf[T](p), from: t.places(p, n.ridge, n.decay), in: make([]*numeric.Tensor[T], len(p.Vars))}, nil
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
	if err != nil {
		return nil, indefinite(err)
	}
	return out, nil
}

// indefinite is the error of a step that failed: where it was a function, that is Cholesky's.
func indefinite(err error) error {
	var failed *Failed
	if errors.As(err, &failed) {
		return train.ErrIndefinite
	}
	return err
}
