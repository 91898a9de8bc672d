package train

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"

	"nabla/numeric"
)

// ErrIndefinite is the error of a Newton program where the Hessian, damped as it is, is not positive definite.
var ErrIndefinite = errors.New("the Hessian is not positive definite")

// A newton is Newton's method with a line search. Where the Hessian is not positive definite, a multiple of the identity
// is added: Nocedal and Wright, "Numerical Optimization", 2nd ed., 3.4.
type newton[T numeric.Float] struct {
	*objective[T]
	steps  [2]Program[T] // of a Hessian as it is, and of a damped one
	damp   float64
	x      []float64 // where it is
	trial  []float64
	dir    []float64 // (H + δ I)⁻¹ times the gradient: downhill is the other way
	grad   []float64
	next   []float64            // the gradient at trial
	damped []*numeric.Tensor[T] // the inputs, and after them the ridge and the decay
}

const (
	leastDamp   = 1e-3 // what is added to an indefinite Hessian first,
	mostDamps   = 40   // ten times as much at every further try
	sufficient  = 1e-4 // of the decrease that the gradient promises
	mostHalves  = 40
	smallEnough = 1e-12 // the largest entry of a gradient that is zero
)

// newton minimizes; f evaluates the loss and the gradient.
func (t *trainer[T]) newton(f *objective[T], start []float64) error {
	n := &newton[T]{objective: f, x: start}
	n.damped = append(append(n.damped, f.inputs...), numeric.Empty[T](), numeric.Empty[T]())
	for _, s := range []*[]float64{&n.trial, &n.dir, &n.grad, &n.next} {
		*s = make([]float64, len(start))
	}
	value := f.value(n.x)
	f.gradient(n.grad, n.x)
	for range t.o.Epochs {
		if floats.Norm(n.grad, math.Inf(1)) <= smallEnough {
			t.result.Why = reasons[optimize.GradientThreshold]
			break
		}
		slope, err := n.direction()
		if err != nil {
			return err
		}
		loss, ok := n.search(value, slope)
		if f.err != nil {
			return f.err
		}
		if !ok {
			t.result.Why = "no step lowers the loss any more"
			break
		}
		value = loss
		n.x, n.trial = n.trial, n.x
		n.grad, n.next = n.next, n.grad
		f.step(n.x, value)
	}
	if t.result.Why == "" {
		t.result.Why = reasons[optimize.IterationLimit]
	}
	return nil
}

// direction finds a step that goes downhill, and how steep; it damps the Hessian until one does.
func (n *newton[T]) direction() (slope float64, err error) {
	for range mostDamps {
		ok, err := n.solve()
		if err != nil {
			return 0, err
		}
		if slope = floats.Dot(n.grad, n.dir); ok && slope > 0 && !math.IsInf(slope, 0) {
			n.damp /= 10
			if n.damp < leastDamp {
				n.damp = 0
			}
			return slope, nil
		}
		n.damp = max(10*n.damp, leastDamp)
	}
	copy(n.dir, n.grad)
	return floats.Dot(n.grad, n.grad), nil
}

// solve computes the direction with the damping as it is; ok is false where the Hessian is not positive definite.
func (n *newton[T]) solve() (ok bool, err error) {
	decay := n.t.o.Decay
	inputs, damped := n.inputs, 0
	if n.damp+decay != 0 {
		ridge := n.damped[len(inputs):]
		ridge[0].Data[0], ridge[1].Data[0] = T(n.damp+decay), T(decay)
		inputs, damped = n.damped, 1
	}
	if n.steps[damped] == nil {
		if n.steps[damped], err = n.t.p.Newton(damped == 1); err != nil {
			return false, err
		}
	}
	n.spread(n.x, n.t.p.Params)
	out, err := n.steps[damped].Run(n.t.ctx, inputs)
	if errors.Is(err, ErrIndefinite) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	at := n.dir
	params := len(n.t.params)
	for _, d := range out[:params] {
		numeric.Copy(at, d.Data)
		at = at[len(d.Data):]
	}
	for _, signs := range out[params:] {
		for _, s := range signs.Data {
			if !(s > 0) {
				return false, nil
			}
		}
	}
	return true, nil
}

// search halves the step until it lowers the loss by a part of what its slope promises, as far as numbers tell.
func (n *newton[T]) search(value, slope float64) (loss float64, ok bool) {
	length := 1.0
	for range mostHalves {
		floats.AddScaledTo(n.trial, n.x, -length, n.dir)
		loss = n.value(n.trial)
		if n.err != nil {
			return 0, false
		}
		if loss <= value-sufficient*length*slope+rounding[T](value) {
			n.gradient(n.next, n.trial)
			return loss, loss < value || floats.Norm(n.next, 2) < floats.Norm(n.grad, 2)
		}
		length /= 2
	}
	return 0, false
}

// rounding is how far apart two equal losses may be.
func rounding[T numeric.Float](x float64) float64 {
	unit := 0x1p-52
	if numeric.TypeOf[T]() == numeric.Float32 {
		unit = 0x1p-23
	}
	return 4 * unit * math.Abs(x)
}
