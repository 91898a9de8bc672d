// Package notebooks runs what people open: the scripts in notebooks/.
package notebooks

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nabla/kernel"
)

// A reader keeps the results of a script and fails the test at an error.
type reader struct {
	t       *testing.T
	results []*kernel.Result
}

func (r *reader) Result(res *kernel.Result) {
	if res.Err != nil {
		r.t.Errorf("line %d: %v", res.Line, res.Err)
	}
	r.results = append(r.results, res)
}
func (r *reader) Print(string, string)                         {}
func (r *reader) Display(string, bool, []kernel.Media, string) {}
func (r *reader) Clear(bool)                                   {}
func (r *reader) Input(string) (string, error)                 { return "", os.ErrClosed }

// play runs a script of the folder as if it stood there.
func play(t *testing.T, path, src string) []*kernel.Result {
	t.Helper()
	r := &reader{t: t}
	kernel.NewSession().Execute(context.Background(), src, kernel.ExecuteOptions{File: path, NoInput: true}, r)
	return r.results
}

func source(t *testing.T, path string) string {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func TestEveryScriptRuns(t *testing.T) {
	paths, err := filepath.Glob("../../notebooks/*.nabla")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { play(t, path, source(t, path)) })
	}
}

// The script is run with five seeds for the shuffle, the initial weights and the batches.
func TestDigitsAreReadOnAverage(t *testing.T) {
	const path = "../../notebooks/digits.nabla"
	src := source(t, path)
	if strings.Count(src, "seed=1") < 3 {
		t.Fatal("the script does not state its seeds any more")
	}
	var accuracy []float64
	for seed := 1; seed <= 5; seed++ {
		results := play(t, path, strings.ReplaceAll(src, "seed=1", fmt.Sprintf("seed=%d", 10*seed)))
		last := results[len(results)-1]
		if last.Value == nil || len(last.Value.Data) != 1 {
			t.Fatalf("the last statement gave %q, not the accuracy", last.Text)
		}
		accuracy = append(accuracy, last.Value.Data[0])
	}
	slices.Sort(accuracy)
	t.Logf("accuracy on 397 digits that were not trained with: %.4f", accuracy)
	if accuracy[2] < 0.95 {
		t.Errorf("the median accuracy is %.4f, and 0.95 was expected", accuracy[2])
	}
}

// The gradients of the section with abstract φ and l are the book's (5.3.8) to (5.3.14), in its order.
func TestBackpropPrintsTheBook(t *testing.T) {
	const path = "../../notebooks/backprop.nabla"
	want := []string{"1", "1", "∂l/∂o", "λ W1", "λ W2", "∂l/∂o hᵀ + λ W2", "W2ᵀ ∂l/∂o", "(W2ᵀ ∂l/∂o) ⊙ φ′(z)", "((W2ᵀ ∂l/∂o) ⊙ φ′(z)) xᵀ + λ W1"}
	var got []string
	for _, r := range play(t, path, source(t, path)) {
		if r.Kind == kernel.KindExpr {
			got = append(got, r.Text)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
