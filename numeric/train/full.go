package train

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"

	"nabla/numeric"
)

// fullBatch minimizes by gonum's L-BFGS, or by Newton's method; all parameters are one vector.
func (t *trainer[T]) fullBatch() error {
	f := &objective[T]{t: t}
	var err error
	if f.program, err = t.p.Program(t.p.Rows); err != nil {
		return err
	}
	f.inputs = append(f.inputs, t.inputs...)
	for _, i := range t.p.Params {
		f.inputs[i] = t.inputs[i].Clone()
	}
	problem := optimize.Problem{Func: f.value, Grad: f.gradient, Status: f.status}
	start := flatten(t.params)
	if v := f.value(start); f.err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return &Diverged{Loss: v}
	}
	if f.err != nil {
		return f.err
	}
	if !finite(f.out[1 : 1+len(t.params)]) {
		return &Diverged{Loss: t.result.Last, Gradient: true}
	}
	if t.o.Optimizer == "newton" {
		return t.newton(f, start)
	}
	r, err := optimize.Minimize(problem, start, &optimize.Settings{MajorIterations: t.o.Epochs + 1, Recorder: f}, &optimize.LBFGS{})
	if f.err != nil {
		return f.err
	}
	if r != nil && !floats.Equal(r.X, flatten(t.params)) { // the last step is not recorded
		f.step(r.X, r.F)
	}
	return t.ended(r, err)
}

// ended says why it ended. A line search that finds nothing lower has found the minimum, as far as numbers go.
func (t *trainer[T]) ended(r *optimize.Result, err error) error {
	switch {
	case r == nil:
		return err
	case errors.Is(err, optimize.ErrNoProgress), errors.Is(err, optimize.ErrLinesearcherBound), errors.Is(err, optimize.ErrLinesearcherFailure):
		t.result.Why = "no step lowers the loss any more"
	case err != nil:
		return err
	default:
		t.result.Why = reasons[r.Status]
	}
	return nil
}

// reasons say why an optimizer ended, where a person needs to know.
var reasons = map[optimize.Status]string{
	optimize.Success: "it has converged", optimize.FunctionThreshold: "the loss is as low as was asked for",
	optimize.FunctionConvergence: "the loss does not change any more", optimize.GradientThreshold: "the gradient is 0, as far as numbers go",
	optimize.StepConvergence: "the steps have become as good as 0", optimize.MethodConverge: "it has converged",
	optimize.IterationLimit: "it ended after the steps that epochs allows",
}

// An objective is the loss as a function of one vector.
type objective[T numeric.Float] struct {
	t       *trainer[T]
	program Program[T]
	inputs  []*numeric.Tensor[T]
	at      []float64 // where out was computed
	out     []*numeric.Tensor[T]
	err     error
	started bool
}

// run computes everything at x, once.
func (f *objective[T]) run(x []float64) bool {
	if f.err != nil {
		return false
	}
	if f.at != nil && floats.Equal(f.at, x) {
		return true
	}
	f.spread(x, f.t.p.Params)
	f.at = append(f.at[:0], x...)
	f.out, f.err = f.program.Run(f.t.ctx, f.inputs)
	return f.err == nil
}

// spread stores a vector in the parameters that the program reads.
func (f *objective[T]) spread(x []float64, params []int) {
	for _, i := range params {
		numeric.Copy(f.inputs[i].Data, x)
		x = x[len(f.inputs[i].Data):]
	}
}

func (f *objective[T]) value(x []float64) float64 {
	if !f.run(x) {
		return math.NaN()
	}
	return float64(f.out[0].Data[0]) + f.t.o.Decay/2*floats.Dot(x, x)
}

func (f *objective[T]) gradient(grad, x []float64) {
	if !f.run(x) {
		return
	}
	at := grad
	for _, g := range f.out[1 : 1+len(f.t.params)] {
		numeric.Copy(at, g.Data)
		at = at[len(g.Data):]
	}
	floats.AddScaled(grad, f.t.o.Decay, x)
}

func (f *objective[T]) status() (optimize.Status, error) {
	if f.err != nil {
		return optimize.Failure, f.err
	}
	return optimize.NotTerminated, nil
}

// Init and Record make an objective the recorder of the minimization: after every step the parameters are kept.
func (f *objective[T]) Init() error { return nil }

func (f *objective[T]) Record(loc *optimize.Location, op optimize.Operation, _ *optimize.Stats) error {
	if op != optimize.MajorIteration || f.err != nil {
		return nil
	}
	if !f.started { // where it starts counts as an iteration there, but not here
		f.started = true
		return nil
	}
	f.step(loc.X, loc.F)
	return nil
}

func (f *objective[T]) step(x []float64, loss float64) {
	t := f.t
	for _, w := range t.params {
		numeric.Copy(w.Data, x)
		x = x[len(w.Data):]
	}
	t.result.Last = loss
	t.result.Curve = append(t.result.Curve, loss)
	t.result.Steps++
	if t.o.Progress != nil {
		t.o.Progress(Progress{t.result.Steps, t.o.Epochs, t.result.Steps, t.o.Epochs, loss, t.now})
	}
}

func flatten[T numeric.Float](params []*numeric.Tensor[T]) []float64 {
	var x []float64
	for _, p := range params {
		for _, v := range p.Data {
			x = append(x, float64(v))
		}
	}
	return x
}
