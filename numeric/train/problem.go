package train

import (
	"context"
	"fmt"
	"math"

	"nabla/numeric"
)

// A Program computes the loss and, in the order of Problem.Params, its gradients. What it returns holds until its next
// run. *plan.Machine is one.
type Program[T numeric.Float] interface {
	Run(ctx context.Context, inputs []*numeric.Tensor[T]) ([]*numeric.Tensor[T], error)
}

// A Problem is what is to be minimized, with numbers of type T: the parameters have it too while they are trained.
type Problem[T numeric.Float] struct {
	Inputs  []*numeric.Tensor[T]               // of the programs, in their order; the parameters are where training starts
	Params  []int                              // the inputs that are trained
	Axis    []int                              // of each input: the axis that counts the examples, or −1
	Rows    int                                // examples; 0 if there is no axis that counts them
	Program func(rows int) (Program[T], error) // for a batch of so many examples

	// Newton is for Newton's method: the outputs are, for every one of Params, the d with (H + δ I) d = g + λ p, then any number
	// of tensors whose entries are positive if H + δ I is. A damped program reads δ and λ after the inputs, for another they
	// are 0. Where the Hessian is seen not to be positive definite, the error is ErrIndefinite.
	Newton func(damped bool) (Program[T], error)
}

// Options say how to train. Zero values are the defaults that are given.
type Options struct {
	Optimizer string  // "sgd", "adam", "lbfgs", "newton"; default "sgd"
	LR        float64 // learning rate; default 0.1, for Adam 0.001
	Epochs    int     // passes over the examples, or steps of L-BFGS and Newton; default 10
	Batch     int     // examples per step; default all
	Momentum  float64 // of SGD: v ← momentum v + g, w ← w − lr v
	Decay     float64 // weight decay: adds decay·w to the gradient
	Seed      uint64  // of the order of the examples
	Progress  func(Progress)
}

// Progress is told after every step.
type Progress struct {
	Step, Steps   int                     // from 1
	Epoch, Epochs int                     // from 1
	Loss          float64                 // of this step, before its update
	Params        func() []*numeric.Array // as they are after it; they may change with the next step
}

// A Result is where training ended.
type Result struct {
	Params  []*numeric.Array
	Curve   []float64 // mean loss of each epoch that was complete, or the loss after each step of L-BFGS or Newton
	Last    float64   // loss of the last step
	Steps   int
	Stopped bool   // the context ended; Params are those after the last whole step
	Why     string // L-BFGS and Newton: why they ended
}

// Diverged says that the loss, or its gradient, is no number any more. The parameters before that step are in the Result.
type Diverged struct {
	Step     int
	Loss     float64
	Gradient bool // the loss is a number, but an entry of its gradient is not
}

func (e *Diverged) Error() string {
	switch {
	case e.Gradient && e.Step <= 1:
		return "the gradient is not finite where training starts"
	case e.Gradient:
		return fmt.Sprintf("the gradient is not finite in step %d", e.Step)
	case e.Step <= 1:
		return fmt.Sprintf("the loss is %v where training starts", e.Loss)
	}
	return fmt.Sprintf("the loss is %v in step %d: a smaller lr may help", e.Loss, e.Step)
}

// Run trains. The problem's arrays are not changed. Ending ctx ends training after the last whole step without an error.
func Run[T numeric.Float](ctx context.Context, p *Problem[T], o Options) (*Result, error) {
	if err := o.complete(p.Rows, p.Newton != nil); err != nil {
		return nil, err
	}
	t := &trainer[T]{ctx: ctx, p: p, o: o, programs: map[int]Program[T]{}, inputs: append([]*numeric.Tensor[T](nil), p.Inputs...)}
	for _, i := range p.Params {
		w := p.Inputs[i].Clone()
		t.inputs[i] = w
		t.params = append(t.params, w)
	}
	t.now = t.doubles
	var err error
	if o.Optimizer == "lbfgs" || o.Optimizer == "newton" {
		err = t.fullBatch()
	} else {
		err = t.epochs()
	}
	t.result.Params = t.doubles()
	if ctx.Err() != nil {
		t.result.Stopped, err = true, nil
	}
	return &t.result, err
}

// An OptionError says that an option has a value that makes no sense.
type OptionError struct{ Option, Why string }

func (e *OptionError) Error() string { return e.Why }

// complete fills the defaults and refuses what makes no sense.
// rows are the examples, newton says that there are second derivatives.
func (o *Options) complete(rows int, newton bool) error {
	if o.Optimizer == "" {
		o.Optimizer = "sgd"
	}
	rate, ok := map[string]float64{"sgd": 0.1, "adam": 0.001, "lbfgs": 1, "newton": 1}[o.Optimizer]
	if !ok {
		return &OptionError{"optimizer", fmt.Sprintf("there is no optimizer %q: it is sgd, adam, lbfgs or newton", o.Optimizer)}
	}
	if o.LR == 0 {
		o.LR = rate
	}
	if o.Epochs == 0 {
		o.Epochs = 10
	}
	for _, x := range []struct {
		name  string
		value float64
		below float64
	}{{"lr", o.LR, math.Inf(1)}, {"epochs", float64(o.Epochs), math.Inf(1)}, {"batch", float64(o.Batch), math.Inf(1)}, {"momentum", o.Momentum, 1}, {"decay", o.Decay, math.Inf(1)}} {
		if !(x.value >= 0) || !(x.value < x.below) {
			return &OptionError{x.name, fmt.Sprintf("%s cannot be %v", x.name, x.value)}
		}
	}
	if o.Optimizer == "newton" && !newton {
		return fmt.Errorf("the second derivatives that Newton's method needs are missing")
	}
	if o.Batch > 0 && rows == 0 {
		return fmt.Errorf("there is no dimension that counts examples: batch has nothing to divide")
	}
	if o.Batch == 0 || o.Batch > rows {
		o.Batch = rows
	}
	return nil
}
