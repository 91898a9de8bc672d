package study

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"nabla/numeric"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// randomBatch is a model of n examples: layers that share weights, skip, read products and exponentials of weights, are
// shifted and scaled; a mean loss and perhaps penalties.
func randomBatch(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("x : R[n,d]; y : R[n,q]; φ : R -> R; l : R[q], R[q] -> R; λ : R; g(t) = t sigmoid(t); U : R[d,h]; V : R[h,q]; S : R[h,h]; P : R[h,k]; Q : R[k,h]; a : R[h]; c : R\n")
	b.WriteString("m = mean(x, d); h0 = φ(x U)\n")
	layers := 1 + r.IntN(5)
	for i := 1; i <= layers; i++ {
		from := fmt.Sprint("h", i-1)
		f := []string{
			"φ(" + from + " S)", "tanh(" + from + " S + a)", from + " + g(" + from + " S)", from + " P Q", "(" + from + " (P Q)) ⊙ a",
			"exp(c) " + from, "relu(" + from + ") + " + fmt.Sprint("h", r.IntN(i)), fmt.Sprintf("φ(%s W%d)", from, i), "softmax(" + from + ", h)", from + " ⊙ m / norm(a)", from + " ⊙ sigmoid(m)",
		}[r.IntN(11)]
		if strings.Contains(f, fmt.Sprint("W", i)) {
			fmt.Fprintf(&b, "W%d : R[h,h]\n", i)
		}
		fmt.Fprintf(&b, "h%d = %s\n", i, f)
	}
	fmt.Fprintf(&b, "o = h%d V\nL = %s\n", layers, []string{"1/n sum(l(o, y))", "mean((o - y).^2)", "1/(2 n) ‖o - y‖²"}[r.IntN(3)])
	b.WriteString("J = L" + []string{"", " + λ/2 ‖V‖²", " + λ (‖U‖² + ‖V‖² + ‖P Q‖²)", " + λ sum(log(1 + exp(a)))"}[r.IntN(4)])
	return b.String()
}

// Every split of a random model that is offered gives the gradient of the whole and sends what its formula says, for
// random sizes; a pipeline also microbatch by microbatch, in the steps and with the microbatches held that its schedule has.
func TestSplitsOfRandomModelsAreCarriedOut(t *testing.T) {
	models := uint64(30)
	if testing.Short() {
		models = 8
	}
	axes, pipelines := 0, 0
	for seed := range models {
		r := rand.New(rand.NewPCG(seed, 2))
		src := randomBatch(r)
		m, _ := modelOf(t, src)
		tape, err := NewTape(m, nil, AsKnown)
		if err != nil {
			t.Fatal(err)
		}
		parts := 2 + r.IntN(3)
		b, err := Rehearsal(r, m, func(string) int { return parts + r.IntN(6) }, Draws[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, axis := range tape.Axes() {
			s, err := tape.SplitAxis(axis, parts)
			if err != nil {
				continue
			}
			axes++
			carryOut(t, src, b, s, s.Sent(), s.Run)
			if s.Independent() {
				carryOut(t, src, b, s, shape.Quantity{}, s.Accumulate)
			}
		}
		s, err := tape.Pipeline(2+r.IntN(max(1, tape.Stages()-1)), func(string) (int, bool) { return 0, false })
		if err != nil {
			t.Fatalf("%s\n%v", src, err)
		}
		carryOut(t, src, b, s, s.Sent(), s.Run)
		if cut, err := tape.SplitAxis("n", 2); err != nil || !cut.Independent() {
			continue
		}
		n, _ := b.Dims.Size(shape.Name("n"))
		plan := Schedule{Axis: "n", Micro: 1 + r.IntN(n), OneByOne: r.IntN(2) == 0}
		pipelines++
		carryOut(t, src, b, s, s.Sent(), func(ctx context.Context, b lower.Bindings) (*Execution, error) {
			x, err := s.RunMicrobatches(ctx, b, plan)
			if err == nil {
				inStep(t, src, s, plan, x)
			}
			return x, err
		})
	}
	if axes < int(models) || pipelines < int(models)/2 {
		t.Errorf("of %d models only %d axes could be cut, and %d pipelines took microbatches", models, axes, pipelines)
	}
}

func carryOut(t *testing.T, src string, b lower.Bindings, s *Split, sent shape.Quantity, run func(context.Context, lower.Bindings) (*Execution, error)) {
	t.Helper()
	proof, err := s.Verify(context.Background(), b, run)
	if err != nil {
		t.Fatalf("%s\naxis %q in %d: %v", src, s.Axis, s.Parts, err)
	}
	want, err := sent.Eval(func(n string) (int, bool) { return b.Dims.Size(shape.Name(n)) })
	if err != nil || want.Cmp(big.NewRat(proof.Sent, 1)) != 0 {
		t.Fatalf("%s\naxis %q in %d: %d numbers sent, the formula says %v (%v)", src, s.Axis, s.Parts, proof.Sent, want, err)
	}
}

// inStep compares an execution with its schedule: 2(m + P − 1) steps, of which each stage works 2m.
func inStep(t *testing.T, src string, s *Split, plan Schedule, x *Execution) {
	t.Helper()
	if want := 2 * (plan.Micro + s.Parts - 1); x.Steps != want {
		t.Errorf("%s\n%d stages took %d steps for %d microbatches, want %d", src, s.Parts, x.Steps, plan.Micro, want)
	}
	for i, row := range plan.Timeline(s.Parts) {
		if last := len(row); i == 0 && last != x.Steps {
			t.Errorf("the picture has %d steps, the execution %d", last, x.Steps)
		}
	}
	for i, held := range x.Held {
		if want := plan.Holds(i, s.Parts); held != want {
			t.Errorf("%s\nstage %d of %d held %d of %d microbatches, want %d", src, i, s.Parts, held, plan.Micro, want)
		}
	}
}

// A split of examples that the objective does not add up is refused rather than carried out wrongly.
func TestExamplesThatDependOnEachOtherAreRefused(t *testing.T) {
	m, _ := modelOf(t, "x : R[n,d]; y : R[n,q]; W : R[d,h]; V : R[h,q]; z = x W; u = tanh(z); o = u V; J = log(1/n sum((o - y).^2))")
	tape, err := NewTape(m, nil, AsKnown)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	b, err := Rehearsal(r, m, func(string) int { return 7 }, Draws[0])
	if err != nil {
		t.Fatal(err)
	}
	s, err := tape.Pipeline(2, func(string) (int, bool) { return 0, false })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.RunMicrobatches(t.Context(), b, Schedule{Axis: "n", Micro: 3}); err == nil || err.Error() != dependent {
		t.Errorf("microbatches: %v", err)
	}
	carryOut(t, "log of a mean", b, s, s.Sent(), s.Run)
}

// A device that fails stops the others: none waits for a message that will not come.
func TestAFailedDeviceStopsTheOthers(t *testing.T) {
	m, _ := modelOf(t, "x : R[n,d]; y : R[n,q]; W : R[d,h]; V : R[h,q]; z = x W; u = tanh(z); o = u V; J = 1/n sum((o - y).^2)")
	tape, _ := NewTape(m, nil, AsKnown)
	b, err := Rehearsal(rand.New(rand.NewPCG(1, 1)), m, func(string) int { return 6 }, Draws[0])
	if err != nil {
		t.Fatal(err)
	}
	s, _ := tape.Pipeline(2, func(string) (int, bool) { return 0, false })
	b.Values[m.Parameters()[0]] = numeric.New(2, 2) // of a wrong size
	if _, err := s.Run(t.Context(), b); err == nil {
		t.Error("a value of a wrong size was accepted")
	}
}
