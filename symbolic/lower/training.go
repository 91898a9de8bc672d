package lower

import (
	"context"
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

// A Task is the problem of minimizing a loss, in the type of numbers that its bindings say.
type Task struct {
	double *train.Problem[float64] // one of the two
	single *train.Problem[float32]
	exact  func() (*train.Problem[float64], error)
}

// Training is the problem of minimizing the scalar loss over params, which are variables with values. Batch is the
// dimension that counts examples: variables that have it are given to steps a few rows at a time; an empty Batch gives
// every step everything. For each number of rows, one program computes the loss and all gradients.
func Training(loss *symbolic.Expr, params []*symbolic.Expr, batch string, b Bindings) (t *Task, err error) {
	t = &Task{exact: func() (*train.Problem[float64], error) {
		return problem[float64](loss, params, batch, b.In(numeric.Float64))
	}}
	if b.Type == numeric.Float32 {
		t.single, err = problem[float32](loss, params, batch, b)
	} else {
		t.double, err = problem[float64](loss, params, batch, b)
	}
	return t, err
}

// Run trains; see train.Run.
func (t *Task) Run(ctx context.Context, o train.Options) (*train.Result, error) {
	if t.single != nil {
		return train.Run(ctx, t.single, o)
	}
	return train.Run(ctx, t.double, o)
}

// GradCheck compares the gradients with differences in double precision; see train.GradCheck.
func (t *Task) GradCheck(ctx context.Context) ([]train.Check, error) {
	if t.single == nil {
		return train.GradCheck(ctx, t.double, t.double)
	}
	exact, err := t.exact()
	if err != nil {
		return nil, err
	}
	return train.GradCheck(ctx, t.single, exact)
}

// problem is the problem in one type of numbers, which is that of b.
func problem[T numeric.Float](loss *symbolic.Expr, params []*symbolic.Expr, batch string, b Bindings) (*train.Problem[T], error) {
	if loss.Rank() != 0 {
		return nil, &NotTrainable{fmt.Sprintf("a loss is a number, not one in %v", loss.Shape)}
	}
	grads, err := loss.G.Grad(loss, params, nil)
	if err != nil {
		return nil, err
	}
	t := &training[T]{b: b, batch: batch, params: params, outputs: append([]*symbolic.Expr{loss}, grads...)}
	return t.problem()
}

// BatchDims are the dimensions that may count examples: first axes of other variables with values that no parameter
// has.
func BatchDims(loss *symbolic.Expr, params []*symbolic.Expr, b Bindings) []string {
	dims := b.dims()
	taken := map[string]bool{}
	for _, w := range params {
		for _, d := range w.Shape {
			for _, name := range dims.Canon(d).Names() {
				taken[name] = true
			}
		}
	}
	var free []string
	for _, v := range variables([]*symbolic.Expr{loss}) {
		if _, ok := b.sizesOfValue(v); !ok || v.Rank() == 0 {
			continue
		}
		name, ok := dims.Canon(v.Shape[0]).AsName()
		if ok && !taken[name] && !slices.Contains(free, name) {
			free = append(free, name)
		}
	}
	return free
}

// A training makes the programs of one problem.
type training[T numeric.Float] struct {
	b       Bindings
	whole   *Program // for all examples
	batch   string
	params  []*symbolic.Expr
	outputs []*symbolic.Expr
	vars    []*symbolic.Expr
	axes    []int
	rows    int
}

func (t *training[T]) problem() (*train.Problem[T], error) {
	whole, err := Compile(t.outputs, t.b)
	if err != nil {
		return nil, err
	}
	t.whole, t.vars = whole, whole.Vars
	p := &train.Problem[T]{Program: t.program, Newton: t.newton}
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
		a := value[T](t.b, v)
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
func (t *training[T]) axis(v *symbolic.Expr) (int, error) {
	at := -1
	if t.batch == "" {
		return at, nil
	}
	batch := t.b.dims().Canon(dimension(t.batch))
	for i, d := range v.Shape {
		d = t.b.dims().Canon(d)
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

// dims are the sizes of dimensions that are known beside the values.
func (b Bindings) dims() *shape.Env {
	if b.Dims == nil {
		return shape.NewEnv()
	}
	return b.Dims
}

func dimension(name string) shape.Dim { return shape.Name(name) }

// program is the program for so many examples. It reads its inputs in the order of the problem.
func (t *training[T]) program(rows int) (train.Program[T], error) {
	if rows == t.rows {
		return machineOf[T](t.whole), nil
	}
	b := t.b
	b.Dims = t.b.dims().Clone()
	if t.batch != "" {
		if err := b.Dims.SetSize(t.batch, rows); err != nil {
			return nil, &NotTrainable{err.Error()}
		}
	}
	b.Values, b.Singles, b.Kept = map[*symbolic.Expr]*numeric.Array{}, nil, Kept{}
	for i, v := range t.vars {
		n, _ := t.b.sizesOfValue(v)
		shape := slices.Clone(n)
		if a := t.axes[i]; a >= 0 {
			shape[a] = rows
		}
		b.Values[v] = &numeric.Array{Shape: shape}
	}
	return compileFor[T](t.outputs, b)
}

func compileFor[T numeric.Float](outputs []*symbolic.Expr, b Bindings) (train.Program[T], error) {
	p, err := Compile(outputs, b)
	if err != nil {
		return nil, err
	}
	return machineOf[T](p), nil
}
