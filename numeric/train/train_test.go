package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"nabla/numeric"
)

// A formula is a Program written by hand.
type formula func(in []*numeric.Array) []*numeric.Array

func (f formula) Run(ctx context.Context, in []*numeric.Array) ([]*numeric.Array, error) {
	return f(in), ctx.Err()
}

func numbers(x ...float64) []*numeric.Array {
	out := make([]*numeric.Array, len(x))
	for i, v := range x {
		out[i] = numeric.Scalar(v)
	}
	return out
}

// area is the loss a·b, whose gradients are each other's parameters.
func area(a, b float64) *Problem[float64] {
	return &Problem[float64]{Inputs: numbers(a, b), Params: []int{0, 1}, Axis: []int{-1, -1},
		Program: func(int) (Program[float64], error) {
			return formula(func(in []*numeric.Array) []*numeric.Array {
				a, b := in[0].Data[0], in[1].Data[0]
				return numbers(a*b, b, a)
			}), nil
		}}
}

func TestAllGradientsAreOfTheParametersBeforeTheUpdate(t *testing.T) {
	p := area(2, 3)
	r, err := Run(context.Background(), p, Options{LR: 0.5, Epochs: 1})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := r.Params[0].Data[0], r.Params[1].Data[0]; a != 0.5 || b != 2 {
		t.Errorf("a = %v, b = %v; want 0.5 and 2", a, b)
	}
	if p.Inputs[0].Data[0] != 2 || !slices.Equal(r.Curve, []float64{6}) {
		t.Errorf("start %v, curve %v", p.Inputs[0].Data[0], r.Curve)
	}
}

// meanSquare is the mean of (x_i − w)² over the examples x.
func meanSquare(x []float64, rows *[]int) *Problem[float64] {
	return &Problem[float64]{Inputs: []*numeric.Array{numeric.Scalar(0), numeric.From(x, len(x))}, Params: []int{0}, Axis: []int{-1, 0}, Rows: len(x),
		Program: func(n int) (Program[float64], error) {
			return formula(func(in []*numeric.Array) []*numeric.Array {
				*rows = append(*rows, len(in[1].Data))
				if len(in[1].Data) != n || in[1].Shape[0] != n {
					panic("the batch does not have the size of its program")
				}
				w, loss, grad := in[0].Data[0], 0.0, 0.0
				for _, x := range in[1].Data {
					loss += (x - w) * (x - w) / float64(n)
					grad += 2 * (w - x) / float64(n)
				}
				return numbers(loss, grad)
			}), nil
		}}
}

func TestTheLastBatchMayBeSmaller(t *testing.T) {
	var rows []int
	x := []float64{1, 2, 3, 4, 5, 6, 7}
	r, err := Run(context.Background(), meanSquare(x, &rows), Options{LR: 1e-9, Epochs: 2, Batch: 3, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows, []int{3, 3, 1, 3, 3, 1}) {
		t.Errorf("batches of %v", rows)
	}
	made := 0
	p := meanSquare(x, &rows)
	program := p.Program
	p.Program = func(n int) (Program[float64], error) { made++; return program(n) }
	if _, err := Run(context.Background(), p, Options{LR: 1e-9, Epochs: 5, Batch: 3}); err != nil || made != 2 {
		t.Errorf("%d programs for batches of two sizes, %v", made, err)
	}
	if want := 140.0 / 7; math.Abs(r.Curve[0]-want) > 1e-6 {
		t.Errorf("mean loss %v, want %v: each example counts once", r.Curve[0], want)
	}
}

func TestASeedDecidesTheOrder(t *testing.T) {
	run := func(seed uint64) float64 {
		var rows []int
		r, err := Run(context.Background(), meanSquare([]float64{1, 5, 2, 8}, &rows), Options{Epochs: 1, Batch: 1, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return r.Params[0].Data[0]
	}
	if run(1) != run(1) || run(1) == run(2) {
		t.Error("one seed, one order")
	}
}

func TestEveryOptimizerFindsTheMean(t *testing.T) {
	for _, o := range []Options{
		{Optimizer: "sgd", LR: 0.1, Epochs: 200}, {Optimizer: "sgd", LR: 0.05, Momentum: 0.9, Epochs: 400},
		{Optimizer: "adam", LR: 0.1, Epochs: 2000}, {Optimizer: "lbfgs", Epochs: 50}, {Optimizer: "newton", Epochs: 50},
	} {
		var rows []int
		p := meanSquare([]float64{1, 2, 6}, &rows)
		p.Newton = func(bool) (Program[float64], error) { // H is 2
			f, _ := p.Program(3)
			return formula(func(in []*numeric.Array) []*numeric.Array {
				return numbers(f.(formula)(in)[1].Data[0] / 2)
			}), nil
		}
		r, err := Run(context.Background(), p, o)
		if err != nil {
			t.Fatalf("%s: %v", o.Optimizer, err)
		}
		if math.Abs(r.Params[0].Data[0]-3) > 1e-6 {
			t.Errorf("%s: %v, want 3 (%s)", o.Optimizer, r.Params[0].Data[0], r.Why)
		}
	}
}

func TestEpochsAreTheStepsOfFullBatchMethods(t *testing.T) {
	curve := func(in []*numeric.Array) []*numeric.Array { // a slow valley
		w := in[0].Data[0]
		return numbers(w*w*w*w+w*w/100, 4*w*w*w+w/50)
	}
	p := &Problem[float64]{Inputs: numbers(3), Params: []int{0}, Axis: []int{-1}, Program: func(int) (Program[float64], error) { return formula(curve), nil }}
	for n := 1; n < 4; n++ {
		r, err := Run(context.Background(), p, Options{Optimizer: "lbfgs", Epochs: n})
		if err != nil || r.Steps != n || len(r.Curve) != n {
			t.Errorf("%d: %d steps, %v", n, r.Steps, err)
		}
	}
}

func TestWeightDecayIsARidge(t *testing.T) {
	for _, o := range []Options{{LR: 0.1, Epochs: 500, Decay: 1}, {Optimizer: "lbfgs", Epochs: 50, Decay: 1}} {
		var rows []int
		r, err := Run(context.Background(), meanSquare([]float64{1, 2, 6}, &rows), o)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(r.Params[0].Data[0]-2) > 1e-6 { // 2(w − 3) + w = 0
			t.Errorf("%s: %v, want 2", o.Optimizer, r.Params[0].Data[0])
		}
	}
}

func TestStoppingKeepsTheParametersOfTheLastStep(t *testing.T) {
	for _, optimizer := range []string{"sgd", "lbfgs"} {
		ctx, cancel := context.WithCancel(context.Background())
		var rows []int
		last := Progress{}
		r, err := Run(ctx, meanSquare([]float64{1, 2, 6}, &rows), Options{Optimizer: optimizer, LR: 0.01, Epochs: 100, Progress: func(p Progress) {
			if last = p; p.Step == 1 {
				cancel()
			}
		}})
		if err != nil || !r.Stopped || r.Steps != 1 || last.Step != 1 || r.Params[0].Data[0] == 0 {
			t.Errorf("%s: %+v, %v", optimizer, r, err)
		}
	}
}

func TestADivergingLossIsReported(t *testing.T) {
	var rows []int
	r, err := Run(context.Background(), meanSquare([]float64{1, 2, 6}, &rows), Options{LR: 1e200, Epochs: 100})
	var d *Diverged
	if !errors.As(err, &d) || math.IsNaN(r.Params[0].Data[0]) {
		t.Errorf("%v, %v", r.Params[0].Data, err)
	}
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, o := range []Options{{Optimizer: "magic"}, {LR: -1}, {LR: math.NaN()}, {Momentum: 1}, {Decay: -1}, {Epochs: -1}, {Batch: 3}, {Optimizer: "newton"}} {
		if _, err := Run(context.Background(), area(1, 1), o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func TestGradCheckFindsAWrongGradient(t *testing.T) {
	good, err := GradCheck(context.Background(), area(2, 3), area(2, 3))
	if err != nil || good[0].Error > 1e-8 || good[1].Error > 1e-8 {
		t.Errorf("%+v, %v", good, err)
	}
	bad := area(2, 3)
	program := bad.Program
	bad.Program = func(n int) (Program[float64], error) {
		p, _ := program(n)
		return formula(func(in []*numeric.Array) []*numeric.Array {
			out := p.(formula)(in)
			out[2].Data[0] *= 1.001
			return out
		}), nil
	}
	checks, err := GradCheck(context.Background(), bad, bad)
	if err != nil || checks[0].Error > 1e-8 || checks[1].Error < 9e-4 {
		t.Errorf("%+v, %v", checks, err)
	}
}

// A gradient may be a parameter itself: the update of one must not change the gradient of the other.
func TestGradientsThatAreParametersAreThoseBeforeTheUpdate(t *testing.T) {
	p := area(2, 3)
	p.Program = func(int) (Program[float64], error) {
		return formula(func(in []*numeric.Array) []*numeric.Array {
			return []*numeric.Array{numeric.Scalar(in[0].Data[0] * in[1].Data[0]), in[1], in[0]}
		}), nil
	}
	for _, o := range []Options{{LR: 0.5, Epochs: 1}, {Optimizer: "adam", LR: 0.5, Epochs: 1}} {
		got, err := Run(context.Background(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := Run(context.Background(), area(2, 3), o)
		for k := range want.Params {
			if got.Params[k].Data[0] != want.Params[k].Data[0] {
				t.Errorf("%s: parameter %d is %v, want %v", o.Optimizer, k, got.Params[k].Data[0], want.Params[k].Data[0])
			}
		}
	}
}
