package train

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"nabla/numeric"
)

// fullBatch minimizes by gonum's L-BFGS or Newton's method, in which all parameters are one vector.
func (t *trainer) fullBatch() error {
	f := &objective{t: t}
	build := func() (Program, error) { return t.p.Program(t.p.Rows) }
	var method optimize.Method = &optimize.LBFGS{}
	if t.o.Optimizer == "newton" {
		build, method = t.p.Hessian, &optimize.Newton{}
	}
	var err error
	if f.program, err = build(); err != nil {
		return err
	}
	f.inputs = append(f.inputs, t.inputs...)
	for _, i := range t.p.Params {
		f.inputs[i] = t.inputs[i].Clone()
	}
	problem := optimize.Problem{Func: f.value, Grad: f.gradient, Status: f.status}
	if t.o.Optimizer == "newton" {
		problem.Hess = f.hessian
	}
	start := flatten(t.params)
	if v := f.value(start); f.err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return &Diverged{0, v}
	}
	if f.err != nil {
		return f.err
	}
	r, err := optimize.Minimize(problem, start, &optimize.Settings{MajorIterations: t.o.Epochs + 1, Recorder: f}, method)
	if f.err != nil {
		return f.err
	}
	if r != nil && !floats.Equal(r.X, flatten(t.params)) { // the last step is not recorded
		f.step(&r.Location)
	}
	return t.ended(r, err)
}

// ended says why it ended. A line search that finds nothing lower has found the minimum, as far as numbers go.
func (t *trainer) ended(r *optimize.Result, err error) error {
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
type objective struct {
	t       *trainer
	program Program
	inputs  []*numeric.Array
	at      []float64 // where out was computed
	out     []*numeric.Array
	err     error
	started bool
}

// run computes everything at x, once.
func (f *objective) run(x []float64) bool {
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
func (f *objective) spread(x []float64, params []int) {
	for _, i := range params {
		x = x[copy(f.inputs[i].Data, x):]
	}
}

func (f *objective) value(x []float64) float64 {
	if !f.run(x) {
		return math.NaN()
	}
	return f.out[0].Data[0] + f.t.o.Decay/2*floats.Dot(x, x)
}

func (f *objective) gradient(grad, x []float64) {
	if !f.run(x) {
		return
	}
	at := grad
	for _, g := range f.out[1 : 1+len(f.t.params)] {
		at = at[copy(at, g.Data):]
	}
	floats.AddScaled(grad, f.t.o.Decay, x)
}

// hessian puts the blocks ∂²J/∂p∂q together.
func (f *objective) hessian(h *mat.SymDense, x []float64) {
	if !f.run(x) {
		return
	}
	params := f.t.params
	row := 0
	for i, p := range params {
		col := 0
		for j, q := range params {
			block := f.out[1+len(params)+i*len(params)+j].Data
			for a := range p.Data {
				for b := range q.Data {
					if row+a <= col+b {
						h.SetSym(row+a, col+b, block[a*len(q.Data)+b])
					}
				}
			}
			col += len(q.Data)
		}
		row += len(p.Data)
	}
	for i := range x {
		h.SetSym(i, i, h.At(i, i)+f.t.o.Decay)
	}
}

func (f *objective) status() (optimize.Status, error) {
	if f.err != nil {
		return optimize.Failure, f.err
	}
	return optimize.NotTerminated, nil
}

// Init and Record make an objective the recorder of the minimization: after every step the parameters are kept.
func (f *objective) Init() error { return nil }

func (f *objective) Record(loc *optimize.Location, op optimize.Operation, _ *optimize.Stats) error {
	if op != optimize.MajorIteration || f.err != nil {
		return nil
	}
	if !f.started { // where it starts counts as an iteration there, but not here
		f.started = true
		return nil
	}
	f.step(loc)
	return nil
}

func (f *objective) step(loc *optimize.Location) {
	t := f.t
	x := loc.X
	for _, w := range t.params {
		x = x[copy(w.Data, x):]
	}
	t.result.Last = loc.F
	t.result.Curve = append(t.result.Curve, loc.F)
	t.result.Steps++
	if t.o.Progress != nil {
		t.o.Progress(Progress{t.result.Steps, t.o.Epochs, t.result.Steps, t.o.Epochs, loc.F, t.params})
	}
}

func flatten(params []*numeric.Array) []float64 {
	var x []float64
	for _, p := range params {
		x = append(x, p.Data...)
	}
	return x
}
