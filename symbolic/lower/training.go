package lower

import (
	"fmt"
	"slices"

	"nabla/numeric"
	"nabla/numeric/train"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A NotTrainable says why a loss cannot be trained as asked.
type NotTrainable struct {
	Why string
}

func (e *NotTrainable) Error() string { return e.Why }

// Training is the problem of minimizing the scalar loss over params, which are variables with values. Batch is the
// dimension that counts examples: variables that have it are given to steps a few rows at a time; an empty Batch gives
// every step everything. For each number of rows, one program computes the loss and all gradients.
func Training(loss *symbolic.Expr, params []*symbolic.Expr, batch string, b Bindings) (*train.Problem, error) {
	if loss.Rank() != 0 {
		return nil, &NotTrainable{fmt.Sprintf("a loss is a number, not one in %v", loss.Shape)}
	}
	grads, err := loss.G.Grad(loss, params, nil)
	if err != nil {
		return nil, err
	}
	t := &training{b: b, batch: batch, params: params, outputs: append([]*symbolic.Expr{loss}, grads...)}
	return t.problem()
}

// BatchDims are the dimensions that may count examples: first axes of other variables with values that no parameter
// has.
func BatchDims(loss *symbolic.Expr, params []*symbolic.Expr, b Bindings) []string {
	t := training{b: b}
	taken := map[string]bool{}
	for _, w := range params {
		for _, d := range w.Shape {
			for _, name := range t.dims().Canon(d).Names() {
				taken[name] = true
			}
		}
	}
	var free []string
	for _, v := range variables([]*symbolic.Expr{loss}) {
		if v.Rank() == 0 || b.Values[v] == nil {
			continue
		}
		name, ok := t.dims().Canon(v.Shape[0]).AsName()
		if ok && !taken[name] && !slices.Contains(free, name) {
			free = append(free, name)
		}
	}
	return free
}

// A training makes the programs of one problem.
type training struct {
	b       Bindings
	whole   *Program // for all examples
	batch   string
	params  []*symbolic.Expr
	outputs []*symbolic.Expr
	vars    []*symbolic.Expr
	axes    []int
	rows    int
}

func (t *training) problem() (*train.Problem, error) {
	whole, err := Compile(t.outputs, t.b)
	if err != nil {
		return nil, err
	}
	t.whole, t.vars = whole, whole.Vars
	p := &train.Problem{Program: t.program, Hessian: t.hessian}
	for _, w := range t.params {
		i := slices.Index(t.vars, w)
		if i < 0 {
			return nil, &NotTrainable{fmt.Sprintf("the objective does not depend on %s: there is nothing to train", w.Name)}
		}
		p.Params = append(p.Params, i)
	}
	for _, v := range t.vars {
		axis, err := t.axis(v)
		if err != nil {
			return nil, err
		}
		a := t.b.Values[v]
		p.Inputs, p.Axis = append(p.Inputs, a), append(p.Axis, axis)
		if axis >= 0 {
			p.Rows = a.Shape[axis]
		}
	}
	t.axes, t.rows = p.Axis, p.Rows
	if t.batch != "" && p.Rows == 0 {
		return nil, &NotTrainable{fmt.Sprintf("no variable of the loss with examples has the dimension %s", t.batch)}
	}
	return p, nil
}

// axis is the position of the batch dimension in a variable, or −1.
func (t *training) axis(v *symbolic.Expr) (int, error) {
	at := -1
	if t.batch == "" {
		return at, nil
	}
	batch := t.dims().Canon(dimension(t.batch))
	for i, d := range v.Shape {
		d = t.dims().Canon(d)
		switch {
		case d == batch && (at >= 0 || slices.Contains(t.params, v)):
			return 0, &NotTrainable{fmt.Sprintf("%s : %v cannot be divided into batches along %s", v.Name, v.Shape, t.batch)}
		case d == batch:
			at = i
		case slices.Contains(d.Names(), batch.String()):
			return 0, &NotTrainable{fmt.Sprintf("%s : %v depends on %s, but has no axis that counts it", v.Name, v.Shape, t.batch)}
		}
	}
	return at, nil
}

func (t *training) dims() *shape.Env {
	if t.b.Dims == nil {
		return shape.NewEnv()
	}
	return t.b.Dims
}

func dimension(name string) shape.Dim { return shape.Name(name) }

// program is the program for so many examples. It reads its inputs in the order of the problem.
func (t *training) program(rows int) (train.Program, error) {
	if rows == t.rows {
		return t.whole, nil
	}
	b := t.b
	b.Dims = t.dims().Clone()
	if t.batch != "" {
		if err := b.Dims.SetSize(t.batch, rows); err != nil {
			return nil, &NotTrainable{err.Error()}
		}
	}
	b.Values = map[*symbolic.Expr]*numeric.Array{}
	for i, v := range t.vars {
		shape := slices.Clone(t.b.Values[v].Shape)
		if a := t.axes[i]; a >= 0 {
			shape[a] = rows
		}
		b.Values[v] = &numeric.Array{Shape: shape}
	}
	return Compile(t.outputs, b)
}

// hessian is the program of Newton's method.
func (t *training) hessian() (train.Program, error) {
	outputs := slices.Clone(t.outputs)
	for _, g := range t.outputs[1:] {
		second, err := g.G.Grad(g, t.params, nil)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, second...)
	}
	return Compile(outputs, t.b)
}
