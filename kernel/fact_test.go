package kernel

import (
	"strings"
	"testing"
)

// Formulas are simplified by what is declared: numbers that contradict it are refused, wherever they come from.
func TestNumbersThatContradictWhatIsDeclaredAreRefused(t *testing.T) {
	for _, c := range []struct {
		declared, value string
		why             string // "" where the value is right
	}{
		{"A : R[n,n] where symmetric", "A := [[1, 2], [3, 4]]", "entry 1,2 is 2 and entry 2,1 is 3"},
		{"A : R[n,n] where A == A'", "A := [[1, 2], [3, 4]]", "declared symmetric"},
		{"A : R[n,n] where symmetric", "A := [[1, 2], [2.0000001, 4]]", ""},
		{"A : R[n,n] where diagonal", "A := [[1, 0], [3, 4]]", "entry 2,1 is 3"},
		{"A : R[n,n] where orthogonal", "A := [[1, 2], [3, 4]]", "columns 1 and 1 have the inner product 10"},
		{"A : R[n,n] where orthogonal", "A := [[0.6, -0.8], [0.8, 0.6]]", ""},
		{"A : R[n,n] where spd", "A := [[1, 2], [2, 1]]", "no Cholesky factor"},
		{"A : R[n,n] where spd", "A := [[2, 1], [1, 2]]", ""},
		{"x : R[n] where x > 0", "x := [1, -2]", "entry 2 is -2"},
		{"x : R[n] where x > 0", "x := [1, 0]", "entry 2 is 0"},
		{"x : R[n] where x ≥ 0", "x := [1, 0]", ""},
		{"x : R where x > 0", "x := -2", "it is -2"},
		{"y : R[n] where sum(y) == 1", "y := [1, 2]", "here it is 2"},
		{"y : R[n] where sum(y) == 1", "y := [0.333333, 0.333333, 0.333334]", ""},
		{"P : R[n,n] where P P == P", "P := [[1, 0], [0, 0]]", ""},
		{"W[k] : R[n,n] where symmetric for k = 1..2", "W[2] := [[1, 2], [3, 4]]", "W[2] was declared symmetric"},
		{"B : R[n,n]; B := [[1, 2], [3, 4]]", "B : R[n,n] where symmetric", "entry 1,2 is 2"},
		{"A : R[n,n] where symmetric; A := [[1, 0], [0, 1]]; x := [1, 2]; b := [3, -1]", "train(‖A x - b‖², [A], lr=0.1, epochs=2)", "the steps of training leave what is declared"},
		{"a, b : R[n] where a'b == 0", "a, b := [[1, 0], [0, 1]]", ""},
	} {
		s := NewSession()
		execute(t, s, c.declared)
		out := &transcript{}
		s.Execute(t.Context(), c.value, ExecuteOptions{}, out)
		switch err := out.results[0].Err; {
		case c.why == "" && (err != nil || len(out.results[0].Notes) > 0):
			t.Errorf("%s; %s: %v %v", c.declared, c.value, err, out.results[0].Notes)
		case c.why != "" && (err == nil || err.Code != "E316" || !strings.Contains(err.Message, c.why)):
			t.Errorf("%s; %s: %v, want E316: … %s", c.declared, c.value, err, c.why)
		}
	}
	s := NewSession()
	execute(t, s, "a, b : R[n] where a'b == 0", "a := [1, 0]")
	if r := say(t, s, "b := [1, 1]"); len(r.Notes) != 1 {
		t.Errorf("an equation of two variables that does not hold yet: %v", r.Notes)
	}
}
