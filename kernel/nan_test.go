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
