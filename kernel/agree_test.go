package kernel

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
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
	drawsWhatIsKept(t, s, model, objective, report)
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

// drawsWhatIsKept: what is written into the picture of the memory is what memory lists, each value once, with its size.
func drawsWhatIsKept(t *testing.T, s *Session, model, objective string, report memoryData) {
	t.Helper()
	picture := executeText(t, s, "graph("+objective+", memory)")
	if picture.Err != nil {
		t.Fatalf("%s\n%v", model, picture.Err)
	}
	var drawn []string
	for _, n := range picture.Data.(map[string]any)["nodes"].([]graphNode) {
		for _, k := range n.Keeps {
			drawn = append(drawn, fmt.Sprint(k.Name, k.Size.Formula, k.ReadBy))
			size := strings.ReplaceAll(k.Size.Formula, "*", " ")
			if n.ID != "layers" && !strings.Contains(picture.Text, size) {
				t.Errorf("%s\n%s at %s: no %s in\n%s", model, k.Name, n.ID, size, picture.Text)
			}
		}
		if !n.Kept && len(n.Keeps) > 0 {
			t.Errorf("%s\n%s keeps %v and is not filled", model, n.ID, n.Keeps)
		}
	}
	var listed []string
	for _, k := range report.Kept {
		listed = append(listed, fmt.Sprint(k.Name, k.Size.Formula, k.ReadBy))
	}
	slices.Sort(drawn)
	slices.Sort(listed)
	if !slices.Equal(drawn, listed) {
		t.Errorf("%s\ndrawn %v\nkept %v", model, drawn, listed)
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

// A product that is kept and has no name is written at the circle that it is an operand of: what is computed from it is
// not kept itself.
func TestKeptProductsAreAtTheirOperator(t *testing.T) {
	s := NewSession()
	execute(t, s, unnamedModels[0])
	nodes := executeText(t, s, "graph(J, memory)").Data.(map[string]any)["nodes"].([]graphNode)
	at := map[string]string{}
	for _, n := range nodes {
		for _, k := range n.Keeps {
			at[k.Name] += n.ID
		}
	}
	want := map[string]string{"N": "N", "N Q": "mul1", "N K": "mul1", "P": "P", "N V": "mul2", "P N V - Y": "sub1"}
	if !maps.Equal(at, want) {
		t.Errorf("kept at %v, want %v", at, want)
	}
}

// Where a value is read twice in one definition, as in a + φ(W a), gradients are added as well.
func TestForksWithinADefinitionAdd(t *testing.T) {
	s := NewSession()
	execute(t, s, "x, y : R[d]; W : R[d,d]; a = tanh(x); b = W a; c = b + tanh(W b); J = ‖c - y‖²")
	for _, n := range executeText(t, s, "graph(J, backward)").Data.(map[string]any)["nodes"].([]graphNode) {
		if want := n.ID == "b" || n.ID == "W"; n.Fork != want {
			t.Errorf("fork at %s: %v", n.ID, n.Fork)
		}
	}
}

// What a factor is summed over alone is summed before it is multiplied: the gradient of a cross-entropy costs n q, not n q².
func TestCostSumsBeforeItMultiplies(t *testing.T) {
	s := NewSession()
	execute(t, s, "O, Y : R[n,q]; J = mean(crossentropy(O, Y))")
	text := executeText(t, s, "cost(J, [O])").Text
	if strings.Contains(text, "q^2") || !strings.Contains(text, "9*n*q + 1") {
		t.Error(text)
	}
}

// A file and a number of devices may stand in any order, microbatches between them.
func TestPartitionTakesItsArgumentsInAnyOrder(t *testing.T) {
	t.Chdir(t.TempDir())
	s := NewSession()
	execute(t, s, "X : R[n,d]; Y : R[n,q]; W1 : R[d,h]; W2 : R[h,q]; H = tanh(X W1); J = ‖H W2 - Y‖²/n")
	for file, ask := range map[string]string{
		"f.png": `partition(J, "f.png", 2)`, "f.svg": `partition(J, 2, microbatches=4, "f.svg")`, "g.svg": `partition(J, 2, "g.svg", microbatches=4)`,
	} {
		if r := executeText(t, s, ask); r.Err != nil {
			t.Errorf("%s: %v", ask, r.Err)
		} else if st, err := os.Stat(file); err != nil || st.Size() == 0 {
			t.Errorf("%s wrote no %s: %v", ask, file, err)
		}
	}
}
