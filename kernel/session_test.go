package kernel

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"nabla/lang"
)

// A transcript collects what a session shows.
type transcript struct {
	results []*Result
	printed strings.Builder
	onPrint func()
}

func (t *transcript) Result(r *Result) { t.results = append(t.results, r) }
func (t *transcript) Print(_, text string) {
	t.printed.WriteString(text)
	if t.onPrint != nil {
		t.onPrint()
	}
}
func (t *transcript) Display(string, bool, []Media, string) {}
func (t *transcript) Clear(bool)                            {}
func (t *transcript) Input(string) (string, error)          { return "42", nil }

// run executes cells in one session and returns the last result.
func execute(t *testing.T, s *Session, cells ...string) *Result {
	t.Helper()
	return executeWith(t, s, ExecuteOptions{}, cells...)
}

// executeText is execute for a front end without pictures.
func executeText(t *testing.T, s *Session, cells ...string) *Result {
	t.Helper()
	return executeWith(t, s, ExecuteOptions{TextOnly: true}, cells...)
}

func executeWith(t *testing.T, s *Session, opts ExecuteOptions, cells ...string) *Result {
	t.Helper()
	var last *Result
	for _, c := range cells {
		out := &transcript{}
		s.Execute(context.Background(), c, opts, out)
		if len(out.results) == 0 {
			t.Fatalf("%s: no result", c)
		}
		last = out.results[len(out.results)-1]
	}
	return last
}

// answers checks the text of the last result of each cell; a wanted "E…" is the code of an error.
func answers(t *testing.T, s *Session, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		r := execute(t, s, pairs[i])
		got := r.Text
		if r.Err != nil {
			got = r.Err.Code
		}
		if got != pairs[i+1] {
			t.Errorf("%s\n got %s\nwant %s", pairs[i], got, pairs[i+1])
		}
	}
}

func TestAnErrorChangesNothing(t *testing.T) {
	s := NewSession()
	execute(t, s, "x : R[d]; A : R[h,d]; z = A x")
	before := s.state.Load()
	for _, bad := range []string{"z = x A", "x : R[", "y = nosuch + 1", "dim d = 0", "A := [1, 2]", "v, w := [1]", ":load nosuch.nabla"} {
		if r := execute(t, s, bad); r.Err == nil {
			t.Errorf("%s was accepted", bad)
		}
		if s.state.Load() != before {
			t.Errorf("%s changed the session", bad)
		}
	}
	answers(t, s, "z", "A x")
}

func TestUndoTakesBackWhatChangedTheSession(t *testing.T) {
	s := NewSession()
	answers(t, s,
		"v := [1, 2]", "v := [1, 2]",
		"v := [3, 4, 5]", "E223",
		"w := [7]", "w := [7]",
		"v ⊙ v", "v ⊙ v",
		":undo", "taken back: w := [7]",
		"w", "E101",
		":undo", "taken back: v := [1, 2]",
		"v", "E101",
		":undo", "E401")
}

func TestEarlierAnswersCanBeUsed(t *testing.T) {
	s := NewSession()
	answers(t, s,
		"v := [1, 2, 3]", "v := [1, 2, 3]",
		"v ⊙ v", "v ⊙ v",
		"eval(%)", "[1, 4, 9]",
		"eval(% + 1)", "[2, 5, 10]",
		"eval(ans)", "[2, 5, 10]",
		"eval(%2)", "[1, 4, 9]")
}

func TestValuesFollowTheirDimensions(t *testing.T) {
	s := NewSession()
	answers(t, s,
		"X : R[n,d]; Y : R[n]", "X : R[n,d]; Y : R[n]"[len("X : R[n,d]; "):],
		"X := ones(4, 3); Y := ones(4)", "Y := [1, 1, 1, 1]",
		"X := ones(2, 3)", "X := [[1, 1, 1],\n      [1, 1, 1]]",
		"eval(Xᵀ Y)", "E305",
		"Y := [1, 2]", "Y := [1, 2]",
		"eval(Xᵀ Y)", "[3, 3, 3]",
		"b : R[d]", "b : R[d]",
		"b := ones(4)", "E223")
}

func TestInterruptLeavesTheSession(t *testing.T) {
	s := NewSession()
	execute(t, s, "A := randn(400, 400, seed=1); v := [1, 2]")
	ctx, cancel := context.WithCancel(context.Background())
	out := &transcript{}
	time.AfterFunc(50*time.Millisecond, cancel)
	start := time.Now()
	s.Execute(ctx, ":backend reference\neval(A A A A A A A A A A A A)", ExecuteOptions{}, out)
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the interrupt took %v", took)
	}
	if r := out.results[len(out.results)-1]; r.Err == nil || r.Err.Code != "E900" {
		t.Errorf("got %+v, want an interrupt", r)
	}
	answers(t, s, "eval(v)", "[1, 2]")
}

func TestInterruptStopsWhatIsDoneWithLargeArrays(t *testing.T) {
	s := NewSession()
	execute(t, s, "X := randn(6000, 1000, seed=1)")
	for _, cell := range []string{
		"W := randn(6000, 6000, seed=1)", "A, B, C, D := shuffle(X, X, X, X)", ":set nan error\neval(exp(X) ⊙ X)",
		":backend reference\nW := ones(6000, 6000)",
	} {
		for wait := 10 * time.Millisecond; wait < 2*time.Second; wait *= 2 {
			ctx, cancel := context.WithCancel(context.Background())
			var at time.Time
			timer := time.AfterFunc(wait, func() { at = time.Now(); cancel() })
			out := &transcript{}
			s.Execute(ctx, cell, ExecuteOptions{}, out)
			if timer.Stop() {
				break // it was done before
			}
			<-ctx.Done()
			if took := time.Since(at); took > time.Second {
				t.Errorf("%s: an interrupt after %v took %v", cell, wait, took)
			}
			if r := out.results[len(out.results)-1]; r.Err != nil && r.Err.Code != "E900" {
				t.Errorf("%s: got %+v, want an interrupt", cell, r.Err)
			}
		}
		execute(t, s, ":backend fast")
	}
	if b := s.state.Load().scope.Lookup("X"); b == nil {
		t.Error("the session is lost")
	}
}

func TestInterruptStopsADerivation(t *testing.T) {
	s := NewSession()
	execute(t, s, "x : R[h]; φ : R -> R; W[k] : R[h,h] for k = 1..5000; H[0] = x", "H[k] = φ(W[k] H[k-1]) for k = 1..5000")
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	out := &transcript{}
	start := time.Now()
	s.Execute(ctx, "grad(sum(H[5000]), W[1])", ExecuteOptions{}, out)
	if r := out.results[0]; r.Err == nil || r.Err.Code != "E900" {
		t.Errorf("got %+v after %v, want an interrupt", r, time.Since(start))
	}
	answers(t, s, "x", "x", "eval(1 + 1)", "2")
}

func TestMemoryIsRefusedBeforeItIsTaken(t *testing.T) {
	s := NewSession()
	answers(t, s,
		":set memory 1GB", "memory 1 GB",
		"A := randn(100000, 100000)", "E307",
		"eval(sum(randn(30000, 30000)))", "E307",
		"dim n = 500000000", "dim n = 500000000",
		"eval(sum(randn(n, n, n)))", "E307")
}

// Every way to ask for numbers finds out before it takes the memory, also where the count of the bytes is beyond an int.
func TestNoSizeIsTooLargeToBeRefused(t *testing.T) {
	for _, backend := range []string{"fast", "reference"} {
		s := NewSession()
		execute(t, s, ":backend "+backend, ":set memory 1GB", "u : R[k]; u := randn(20000, seed=1); M : R[n,n]; dim n = 2147483647")
		for _, c := range []string{
			"zeros(n, n)", "ones(n, n, n)", "eye(n)", "kron(eye(n), eye(n))", "randn(n, n)", "rand(n, n, n)", "onehot([1, 2], n)", "outer(u, u)",
			"diag(u)", "kron(outer(u, u), outer(u, u))", "hessian(sum(exp(u))^2, u)", "jacobian(exp(u), u)", "concat(ones(n), ones(n))", "hessian(norm(u), u)",
		} {
			for _, ask := range []string{"eval(%)", "bench(%)", "Z := %", "plot(%)"} {
				ask = strings.Replace(ask, "%", c, 1)
				if r := execute(t, s, ask); r.Err == nil || r.Err.Code != "E307" {
					t.Errorf("%s, %s: %q, %v", backend, ask, r.Text, r.Err)
				}
			}
		}
		for _, ask := range []string{
			`train(sum(exp(u))^2, u, optimizer="newton", epochs=2)`, "plot(ones(10000000))", "plot(ones(10000000), ones(10000000))",
		} {
			if r := execute(t, s, ask); r.Err == nil || r.Err.Code != "E307" {
				t.Errorf("%s, %s: %q, %v", backend, ask, r.Text, r.Err)
			}
		}
		for _, ask := range []string{"dim m = 1099511627776", "zeros(1099511627776, 1099511627776)", "eye(99999999999999999999999)", "zeros(-1)", "randn(1.5)"} {
			if r := execute(t, s, ask); r.Err == nil {
				t.Errorf("%s is accepted: %q", ask, r.Text)
			}
		}
		for _, ask := range []string{"memory(sum(M M))", "cost(M M)"} { // formulas: nothing is allocated
			if r := execute(t, s, ask); r.Err != nil || strings.Contains(r.Text, " -") {
				t.Errorf("%s: %q, %v", ask, r.Text, r.Err)
			}
		}
	}
}

func TestSaveWritesAScriptThatRecreatesTheSession(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model.nabla")
	s := NewSession()
	execute(t, s, "X : R[n,d]; w : R[d]; f = ‖X w‖²", "φ : R -> R; φ := tanh", "X := randn(120, 100, seed=3); w := randn(d, seed=4)", "W[k] : R[d,d] for k = 1..2")
	want := execute(t, s, "eval(f)").Text
	if r := execute(t, s, ":save "+path); r.Err != nil {
		t.Fatal(r.Err)
	}
	if _, err := os.Stat(filepath.Join(dir, "model.X.npy")); err != nil {
		t.Error("the large value has no file of its own:", err)
	}
	again := NewSession()
	if r := execute(t, again, ":load "+path); r.Err != nil {
		t.Fatal(r.Err)
	}
	answers(t, again, "eval(f)", want, "f", "‖X w‖²", "eval(φ(0))", "0")
}

func TestTheGraphDoesNotGrowWithoutBound(t *testing.T) {
	s := NewSession()
	execute(t, s, "x : R[d]; A : R[d,d]")
	for range 300 {
		execute(t, s, "a := 1", "y = sum(exp(A x)) + a")
		execute(t, s, "x : R[d]; z = sin(y) + "+strings.Repeat("1", 1+s.cells%9))
	}
	if n := s.state.Load().scope.Graph.Len(); n > 25000 {
		t.Errorf("the graph has %d nodes", n)
	}
}

func TestCompletionKnowsWhatMayStandHere(t *testing.T) {
	s := NewSession()
	execute(t, s, "W1 : R[h,d]; W2 : R[q,h]; λ : R; α_long : R; α_short : R; J = ‖W1‖²")
	for _, c := range []struct{ src, want string }{
		{"lam", "λ"}, {"alph", "α_long α_short"}, {"check ∂W", "W1 W2"}, {"1+W", "W1 W2"}, {":who W", "W1 W2"}, {":help softm", "softmax"},
		{"exercise(\"5.3.", "5.3.1 5.3.2 5.3.3 5.3.4 5.3.5 5.3.6"}, {"exercise(\"no", ""}, {"export(J, \"num", "numpy"}, {"?E20", "E200 E201 E202 E203 E204 E205 E206 E207 E208 E209"},
		{":set ascii ", "on off"}, {":backend ", "fast reference"}, {":time o", "on off outer othervalues ones onehot"}, {":tutorial ", "1 2 3 4 5 6 7 8"},
		{"train(J, [W1], mom", "momentum="}, {"graph(J, ba", "backward backprop"}, {"softmax(W1, ax", "axis="}, {"eval(softm", "softmax"},
		{"z = W", "W1 W2"}, {"softm", "softmax"}, {":und", "undo"}, {"lambda", "λ"}, {":set dig", "digits"},
	} {
		var got []string
		for _, it := range s.Complete(c.src, len(c.src)).Items {
			got = append(got, it.Text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.src, got, c.want)
		}
	}
}

func TestHelpHasAPageForWhatIsThere(t *testing.T) {
	s := NewSession()
	execute(t, s, "W1 : R[h,d]")
	for _, topic := range []string{"", "softmax", "W1", "E200", "⊙", "grammar", ":undo", "eval", "h"} {
		r := execute(t, s, "?"+topic)
		if topic == "" {
			r = execute(t, s, ":help")
		}
		if r.Err != nil || len(r.Text) < 10 {
			t.Errorf("?%s: %q %v", topic, r.Text, r.Err)
		}
	}
	if p, ok := s.Inspect("y = softmax(x)", 6); !ok || p.Title != "softmax" {
		t.Errorf("Inspect gave %+v %v", p, ok)
	}
}

// Under :set ascii, and in a locale that is not UTF-8, nothing that is shown needs more than ASCII, and fixes read back.
func TestErrorsAreShownInASCII(t *testing.T) {
	s := NewSession()
	execute(t, s, ":set ascii\nx : R[d]; lambda : R; W : R[h,d]")
	for _, cell := range []string{"x x", "x^2", "W W", "check x == lambda", "eval(lambda x)", "sum(W, 0)", ":set digits", "∂lambda/∂q"} {
		r := execute(t, s, cell)
		if r.Err == nil {
			continue
		}
		shown := r.Err.Render(lang.RenderOptions{File: "m.nabla"})
		shown = strings.ReplaceAll(shown, cell, "")
		if strings.ContainsFunc(shown, func(c rune) bool { return c > unicode.MaxASCII }) {
			t.Errorf("%s:\n%s", cell, shown)
		}
		for _, f := range r.Err.Fixes {
			if r := execute(t, s, f.Text); r.Err != nil {
				t.Errorf("%s: the fix %s gives %v", cell, f.Text, r.Err)
			}
		}
	}
}

func TestRowsAndTheirNames(t *testing.T) {
	answers(t, NewSession(),
		"t : R; x : R[d]; A : R[d,d]; J = x' A x", "J = xᵀ A x",
		"[[t, 1], [2, t]]", "[[t, 1], [2, t]]",
		"transpose(x)", "xᵀ",
		"transpose(x) A", "xᵀ A",
		"check [1, 2]' == [1, 2]", "RIGHT (other layout): the right numbers in another layout: yours is in R[2], the other side is in R[2]ᵀ",
	)
}

func TestNablaNamesTheVariables(t *testing.T) {
	r := execute(t, NewSession(), "x : R[d]; A : R[d,d]; b : R; J = x' A x;", "∇J + b")
	var got []string
	for _, f := range r.Err.Fixes {
		got = append(got, f.Text)
	}
	if want := []string{"∇_x J + b", "∇_A J + b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTrainingTakesNoZero(t *testing.T) {
	for _, option := range []string{"lr=0", "epochs=0", "batch=n, size=0", "method=\"adam\""} {
		r := execute(t, NewSession(), "X : R[n]; X := [1, 2, 3]; w : R; w := 1;", "train(mean((X - w).^2), w, "+option+")")
		if r.Err == nil {
			t.Errorf("%s: %s", option, r.Text)
		}
	}
}

// Names denote what they denote at present, whether or not a statement before asked for it.
func TestNamesAfterManyDeclarations(t *testing.T) {
	s := NewSession()
	answers(t, s,
		"z : R[d]; W : R[h,d]; z1 = W z", "z1 = W z",
		"grad(‖z1‖², W)", "2 z1 zᵀ",
		"W z1", "E200",
		"grad(‖z1‖², W)", "2 z1 zᵀ",
		"z2 = W z; grad(‖z2‖², W)", "2 z2 zᵀ",
		":undo", "taken back: z2 = W z",
		"grad(‖z1‖², W)", "2 z1 zᵀ",
		"U[k] : R[d,d] for k = 1..3; a[0] = z; a[k] = U[k] a[k-1] for k = 1..3; grad(‖a[2]‖², a[1])", "2 U[2]ᵀ a[2]",
	)
}
