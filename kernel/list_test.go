package kernel

import (
	"strings"
	"testing"
)

// The list of derivatives is part of the list it is in, wherever several things can be asked for at once.
func TestAValueAndItsDerivativesAreAskedForAtOnce(t *testing.T) {
	s := NewSession()
	execute(t, s, "x : R[d]; W : R[h,d]; J = ‖W x‖²; x := [1, 2, 3]; W := [[1, 0, 1], [0, 2, 0]]")
	r := execute(t, s, "eval([x, J, grad(J, [W, x]), hessian(J, x)])")
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	if n := len(r.Data.(map[string]any)["values"].([]any)); n != 5 {
		t.Errorf("%d values: %s", n, r.Text)
	}
	for _, ask := range []string{"[J, grad(J, [W, x])]", "bench([J, grad(J, [W, x])])", `export([J, grad(J, [W, x])], "numpy")`, "shape([J, grad(J, [W, x])])"} {
		if r := execute(t, s, ask); r.Err != nil {
			t.Errorf("%s: %v", ask, r.Err)
		}
	}
	if r := execute(t, s, "bench([J, ?])"); r.Err == nil || r.Err.Code == "E999" {
		t.Errorf("with a hole: %q, %v", r.Text, r.Err)
	}
}

// print shows a formula where numbers are missing, not where they cannot be computed.
func TestPrintSaysWhatCannotBeComputed(t *testing.T) {
	s := NewSession()
	execute(t, s, ":set memory 1GB", "q : R[3]; u := randn(20000, seed=1)")
	answers(t, s, "print(eval(outer(u, u)))", "E307", "print(inv([[1, 2], [2, 4]]))", "E308")
	if r := execute(t, s, "print(q + q)"); r.Err != nil || strings.Contains(r.Text, "error") {
		t.Errorf("%q, %v", r.Text, r.Err)
	}
}

// % after several things at once is all of them, not what came before.
func TestTheLastResultMayBeAList(t *testing.T) {
	s := NewSession()
	execute(t, s, "a, b : R", "J = a^2 b", "a := 3; b := 5", "grad(J, [a, b])")
	for cell, want := range map[string]string{"eval(%4)": "[30,      # R\n 9]      # R", "%4": "[2 a b,      # R\n a²]      # R"} {
		if r := execute(t, s, cell); r.Err != nil || r.Text != want {
			t.Errorf("%s: %q, %v", cell, r.Text, r.Err)
		}
	}
	numbers := execute(t, s, "eval(grad(J, [a, b]))", "%")
	if numbers.Err != nil || numbers.Text != "[30,      # R\n 9]      # R" {
		t.Errorf("%%: %q, %v", numbers.Text, numbers.Err)
	}
	if r := execute(t, s, "2 * %"); r.Err == nil || r.Err.Code != "E226" {
		t.Errorf("2 * %%: %q, %v", r.Text, r.Err)
	}
}
