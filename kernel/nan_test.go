package kernel

import (
	"math"
	"strings"
	"testing"
)

func TestTheFirstNaNIsNamed(t *testing.T) {
	for _, c := range []struct{ cell, want string }{
		{"x := [1, -1]; z = log(x); J = sum(z) + 3; eval(J)", "z = log(x) is NaN"},
		{"eval(1 + log(-1))", "log(-1) is NaN"},
		{"x := [1, -1]; y := sqrt(x)", "sqrt(x) is NaN"},
		{"x := [0, 1]; eval([sum(x), sum(log(-x))])", "log(-x) is NaN"},
		{"x := [-1]; g(t) = log(t); eval(exp(g(x)))", "g(x) is NaN"},
	} {
		s := NewSession()
		execute(t, s, ":set nan error")
		r := execute(t, s, c.cell)
		if r.Err == nil || r.Err.Code != "E309" || r.Err.Message != c.want {
			t.Errorf("%s: %q, %v; want %s", c.cell, r.Text, r.Err, c.want)
		}
		execute(t, s, ":set nan allow")
		if r := execute(t, s, c.cell); r.Err != nil {
			t.Errorf("%s: %v under :set nan allow", c.cell, r.Err)
		}
	}
}

// What runs many times names the formula too, in either precision and by every optimizer, and leaves the values alone.
func TestTheFirstNaNOfATrainingIsNamed(t *testing.T) {
	const data = "w : R[d]; w := [1, -1]; z = log(w); J = sum(z .^ 2) + 3"
	for _, dtype := range []string{"float64", "float32"} {
		for _, c := range []struct{ setup, ask, want string }{
			{data, "train(J, [w], epochs=3)", "z = log(w) is NaN"},
			{data, `train(J, [w], epochs=3, optimizer="adam")`, "z = log(w) is NaN"},
			{data, `train(J, [w], epochs=3, optimizer="lbfgs")`, "z = log(w) is NaN"},
			{data, `train(J, [w], epochs=3, optimizer="newton")`, "z = log(w) is NaN"},
			{data, "gradcheck(J)", "z = log(w) is NaN"},
			{data, "bench(J)", "z = log(w) is NaN"},
			{data, "eval(hessian(J, w))", "z = log(w) is NaN"},
			{"w : R[d]; w := [1, 0.001]; z = log(w); J = sum(z)", "train(J, [w], lr=0.5, epochs=50)", "z = log(w) is NaN"}, // in the second step
			{"w : R[d]; w := [0, 0]; J = norm(w)", "train(J, [w], epochs=3)", "w/J is NaN"},                                // in the gradient
			{"w : R[d]; w := [0, 0]; J = norm(w)", `train(J, [w], epochs=3, optimizer="lbfgs")`, "w/J is NaN"},
			{"X : R[n,d]; w : R[d]; X := [[1, 2], [3, log(-1)]]; w := [1, 2]; J = mean((X w).^2)", "train(J, [w], batch=1, epochs=3)", "X is NaN"},
		} {
			s := NewSession()
			execute(t, s, ":set dtype "+dtype, c.setup, ":set nan error")
			before := numberOf(t, s, "w").Data
			if r := execute(t, s, c.ask); r.Err == nil || r.Err.Code != "E309" || r.Err.Message != c.want {
				t.Errorf("%s, %s: %q, %v; want %s", dtype, c.ask, r.Text, r.Err, c.want)
			}
			if after := numberOf(t, s, "w").Data; !sameEntries(after, before) {
				t.Errorf("%s, %s: %v, before %v", dtype, c.ask, after, before)
			}
			execute(t, s, ":set nan allow")
			r := execute(t, s, c.ask)
			if r.Err != nil || !strings.HasPrefix(c.ask, "bench") && !strings.HasPrefix(c.ask, "eval") && len(r.Notes) == 0 {
				t.Errorf("%s, %s: %v, %q under :set nan allow", dtype, c.ask, r.Err, r.Notes)
			}
			for _, x := range numberOf(t, s, "w").Data {
				if math.IsNaN(x) || math.IsInf(x, 0) {
					t.Errorf("%s, %s: w is %v", dtype, c.ask, x)
				}
			}
		}
	}
}

func TestTheValuesThatMadeANaNAreShown(t *testing.T) {
	s := NewSession()
	r := execute(t, s, ":set nan error\nx := [1, -1]\neval(sum(log(x)))")
	if r.Err == nil || !strings.Contains(strings.Join(r.Err.Details, "\n"), "x is [1, -1]") {
		t.Errorf("got %v", r.Err)
	}
}

// A size that is not one number is refused, and an array without entries is none.
func TestASizeIsOneWholeNumber(t *testing.T) {
	s := NewSession()
	answers(t, s,
		"dim k = 3", "dim k = 3",
		"k := 4", "dim k = 4",
		"k := ones(0)", "E312",
		"k := [1, 2]", "E312",
		"k := 1/2", "E312")
}

func TestWhatCancelsIsSaid(t *testing.T) {
	s := NewSession()
	execute(t, s, "x, y : R[d]; a, b : R; p : R where p > 0; φ : R -> R; x := [0, -1, 2]; y := [1, 2, 3]; a := -1; b := 0")
	for _, c := range []struct{ typed, note string }{
		{"eval(x ⊘ x)", "x cancels: the result has a value also where x is 0"},
		{"eval((x ⊙ y) ⊘ x)", "x cancels: the result has a value also where x is 0"},
		{"1/(1/a)", "a cancels: the result has a value also where a is 0"},
		{"(a + b)/(a + b)", "a + b cancels: the result has a value also where a + b is 0"},
		{"f = φ(a)/φ(a)", "φ(a) cancels: the result has a value also where φ(a) is 0"},
		{"g(t) = t/t", "t cancels: the result has a value also where t is 0"},
		{"eval(sqrt(x) ⊙ sqrt(x))", "the roots of x cancel: the result has a value also where x is negative"},
		{"sqrt(a)^2", "the roots of a cancel: the result has a value also where a is negative"},
		{"p^2/p", ""}, {"exp(x) ⊘ exp(x)", ""}, {"x ⊘ y", ""}, {"a/a^3", ""}, {"sqrt(a^2)", ""}, {"grad(a log(a), a)", ""},
		{"∂(sqrt(a) sqrt(b))/∂a", ""}, {"mean(x)", ""}, {"‖x‖²", ""}, {"sqrt(sum(x.^2 + 1))^2", ""}, {"d/d", ""},
	} {
		r := execute(t, s, c.typed)
		if got := strings.Join(r.Notes, "; "); got != c.note {
			t.Errorf("%s: note %q, want %q", c.typed, got, c.note)
		}
	}
}
