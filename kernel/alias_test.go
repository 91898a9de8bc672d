package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Values that came from one another are separate: training, assigning and evaluating one leaves the others as they are.
func TestValuesDoNotShareWhatChanges(t *testing.T) {
	for _, dtype := range []string{"float64", "float32"} {
		for _, n := range []int{4, 400} { // results are copied, and taken with their memory
			s := NewSession()
			execute(t, s, ":set dtype "+dtype, fmt.Sprintf("A, B, W : R[n,n]; A := randn(%d, %d, seed=1); B := A; W := A", n, n))
			zero := func(ask string) {
				t.Helper()
				if x := numberOf(t, s, "norm("+ask+")").Data[0]; x != 0 {
					t.Errorf("%s, n = %d: ‖%s‖ = %v", dtype, n, ask, x)
				}
			}
			execute(t, s, "was := eval(A); R := eval(exp(A))")
			for _, o := range []string{`lr=0.1, optimizer="sgd"`, `lr=0.1, optimizer="adam"`, `optimizer="lbfgs"`} {
				if r := execute(t, s, "train(‖W - B‖² + ‖W‖², [W], epochs=2, "+o+")"); r.Err != nil {
					t.Error(r.Err)
				}
				zero("A - was")
				zero("B - was")
			}
			if x := numberOf(t, s, "norm(W - A)").Data[0]; x == 0 {
				t.Errorf("%s, n = %d: W is not trained", dtype, n)
			}
			zero("exp(A) - R")
			execute(t, s, "A := A + 1") // the program of exp(A) runs again, on other numbers
			execute(t, s, "S := eval(exp(A))")
			zero("exp(was) - R")
			zero("exp(was + 1) - S")
			execute(t, s, "K := eval(A); A := 2 A")
			zero("A - 2 K")
		}
	}
}

// Results that are inputs, or views of them, or one another, are right and belong to nobody else.
func TestResultsThatAreInputs(t *testing.T) {
	s := NewSession()
	execute(t, s, "A : R[2,2]; A := [[1, 2], [3, 4]]")
	r := execute(t, s, "eval([A, A, Aᵀ, (Aᵀ)ᵀ, A + A])")
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	want := [][]float64{{1, 2, 3, 4}, {1, 2, 3, 4}, {1, 3, 2, 4}, {1, 2, 3, 4}, {2, 4, 6, 8}}
	for i, v := range r.Data.(map[string]any)["values"].([]any) {
		if got := v.(map[string]any)["data"].([]float64); !sameEntries(got, want[i]) {
			t.Errorf("result %d: %v, want %v", i, got, want[i])
		}
	}
}

// A file read twice gives two values, and a parameter named twice is trained once.
func TestOneThingUnderTwoNames(t *testing.T) {
	path := filepath.ToSlash(filepath.Join(t.TempDir(), "a.csv"))
	if err := os.WriteFile(path, []byte("1\n2\n3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := NewSession()
	if r := execute(t, s, fmt.Sprintf("A := load(%q); B := load(%q)", path, path)); r.Err != nil {
		t.Fatal(r.Err)
	}
	execute(t, s, "train(‖A‖², [A], epochs=1)")
	if got := numberOf(t, s, "B").Data; !sameEntries(got, []float64{1, 2, 3}) {
		t.Errorf("B is %v", got)
	}
	for _, o := range []string{"sgd", "adam", "lbfgs", "newton"} {
		once, twice := NewSession(), NewSession()
		for _, c := range []struct {
			s      *Session
			params string
		}{{once, "[w]"}, {twice, "[w, w]"}} {
			execute(t, c.s, "w : R[d]; w := [1, 2]; J = ‖w‖² + w[1] w[2]")
			if r := execute(t, c.s, fmt.Sprintf("train(J, %s, epochs=3, optimizer=%q)", c.params, o)); r.Err != nil {
				t.Error(r.Err)
			}
		}
		if a, b := numberOf(t, once, "w").Data, numberOf(t, twice, "w").Data; !sameEntries(a, b) {
			t.Errorf("%s: %v by [w], %v by [w, w]", o, a, b)
		}
	}
}
