package kernel

import (
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
