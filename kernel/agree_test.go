package kernel

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"nabla/symbolic/study"
)

// What backprop reads is what memory keeps, line by line, but for what is there anyway: parameters, weights and targets,
// and numbers made of parameters alone.
func TestMemoryKeepsWhatBackpropReads(t *testing.T) {
	t.Parallel()
	models := uint64(200)
	if testing.Short() {
		models = 40
	}
	for seed := range models {
		keepsWhatIsRead(t, newRandomModel(seed).source(), "J")
		keepsWhatIsRead(t, layeredModel(rand.New(rand.NewPCG(seed, 4)), "va"), "vaJ0")
	}
	for _, m := range unnamedModels {
		keepsWhatIsRead(t, m, "J")
	}
}

// unnamedModels have values that the reverse sweep reads and that have no name.
var unnamedModels = []string{
	"N : R[n,d]; Q : R[d,k]; K : R[d,k]; V : R[d,v]; Y : R[n,v]; S = (N Q) (N K)'; P = softmax(S, 2); J = ‖P (N V) - Y‖²/2",
	"x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[h,h]; W3 : R[q,h]; J = ‖W3 W2 W1 x - y‖²",
	"x : R[d]; y : R[q]; W : R[h,d]; J = ‖W' tanh(W x) - x‖² + ‖W W'‖²",
	"x : R[d]; A : R[d,d]; B : R[d,d]; s : R; J = s x' A B A x / 2 + sum(A ⊙ B ⊙ A)",
}

func keepsWhatIsRead(t *testing.T, model, objective string) {
	t.Helper()
	s := NewSession()
	if r := execute(t, s, model); r.Err != nil {
		t.Fatalf("%s\n%v", model, r.Err)
	}
	lines := executeText(t, s, "backprop("+objective+")").Data.(map[string]any)["lines"].([]backpropLine)
	report := executeText(t, s, "memory("+objective+")").Data.(memoryData)
	there, first := alwaysThere(t, s, objective)
	kept, read := map[string][]string{}, map[string][]string{}
	for _, k := range report.Kept {
		kept[k.Name] = slices.Sorted(slices.Values(k.ReadBy))
	}
	for _, l := range lines {
		for _, r := range l.Reads {
			if name, ok := first[r]; ok {
				r = name
			}
			if l.Of == objective && !there[r] {
				read[r] = append(read[r], l.Variable)
			}
		}
	}
	for r, by := range read {
		if slices.Sort(by); !slices.Equal(by, kept[r]) {
			t.Errorf("%s\n%s is read by %v and kept for %v", model, r, by, kept[r])
		}
	}
	for k := range kept {
		if read[k] == nil {
			t.Errorf("%s\n%s is kept for %v, which do not read it", model, k, kept[k])
		}
	}
}

// alwaysThere are the values that memory does not list, and the first name of each value.
func alwaysThere(t *testing.T, s *Session, objective string) (there map[string]bool, first map[string]string) {
	t.Helper()
	j := &job{run: &run{session: s, ctx: context.Background()}, state: s.state.Load().clone()}
	w := &view{formula: j.printer(), job: j}
	w.Model = study.NewModel(j.state.scope.Lookup(objective).Expr, nil)
	tape, err := study.NewTape(w.Model, nil, study.AsKnown)
	if err != nil {
		t.Fatal(err)
	}
	f := study.FootprintOf(tape, nil)
	there, first = map[string]bool{}, map[string]string{}
	for _, v := range w.Model.Leaves {
		there[w.name(v)] = w.Role[v] != study.Input || !f.Feeds(v)
	}
	for _, e := range tape.Ops {
		if e.Rank() == 0 && !tape.OfData(e) {
			there[w.called(tape, e)] = true
		}
	}
	for _, v := range w.Model.Values {
		if e := tape.Store(v); e != nil {
			first[w.name(v)] = w.called(tape, e)
		}
	}
	return there, first
}
