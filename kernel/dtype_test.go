package kernel

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

// single says that every number has single precision.
func single(x []float64) bool {
	for _, v := range x {
		if float64(float32(v)) != v && v == v {
			return false
		}
	}
	return true
}

// nearly says that two results agree to about so many parts of the largest number.
func nearly(a, b []float64, within float64) bool {
	scale := 1e-30
	for _, x := range b {
		scale = max(scale, math.Abs(x))
	}
	for i, x := range a {
		if !(math.Abs(x-b[i]) <= within*scale) {
			return false
		}
	}
	return len(a) == len(b)
}

// A text in both types of numbers, by both evaluators: the same to single precision, and all of single precision.
func TestEverythingIsComputedInSinglePrecision(t *testing.T) {
	model := `dim d = 40, h = 30, q = 7, n = 50
X : R[n,d]; W : R[h,d]; V : R[q,h]; t : R[n]; A : R[d,d]; b : R[d]
X := randn(n, d, seed=1); W := randn(h, d, seed=2) / 6; V := randn(q, h, seed=3) / 5; A := randn(d, d, seed=5); b := randn(d, seed=6)
t := onehot(argmax(randn(n, q, seed=4), 2), q) [0, 1, 2, 3, 4, 5, 6]
J = mean(crossentropy(relu(X Wᵀ) Vᵀ, t)) + 0.1 ‖W‖²; K = sum(softplus(X b)) + ‖b‖²`
	asks := []string{
		"J", "grad(J, W)", "grad(J, V)", "hessian(K, b)", "softmax(X Wᵀ, h)", "exp(X) ⊙ tanh(X)", "A⁻¹ b", "det(A/6)", "solve(AᵀA + 10 eye(d), b)",
		"logsumexp(X, d)", "max(X, n)", "sum(X)", "cumsum(b)", "1/3", "X Xᵀ", "where(b, erf(b), log(b .^ 2))", "randn(3, seed=9)", "norm(b)",
	}
	double, fast, reference := NewSession(), NewSession(), NewSession()
	execute(t, fast, ":set dtype float32")
	execute(t, reference, ":backend reference", ":set dtype float32")
	for _, s := range []*Session{double, fast, reference} {
		for _, line := range strings.Split(model, "\n") {
			if r := execute(t, s, line); r.Err != nil {
				t.Fatal(r.Err)
			}
		}
	}
	for _, ask := range asks {
		want := numberOf(t, double, ask).Data
		for name, s := range map[string]*Session{"fast": fast, "reference": reference} {
			got := numberOf(t, s, ask).Data
			if !single(got) {
				t.Errorf("%s, %s: not in single precision: %v", name, ask, got[0])
			}
			if !nearly(got, want, 3e-5) {
				t.Errorf("%s, %s:\n got %v\nwant %v", name, ask, got, want)
			}
		}
	}
}

func TestSettingTheTypeConvertsEveryValue(t *testing.T) {
	s := NewSession()
	execute(t, s, "a := 0.1; x := [1/3, 1e300]")
	answers(t, s,
		":set dtype float32", "dtype float32",
		":set digits 17", "digits 17",
		"eval(a)", "0.1",
		"eval(x)", "[0.33333334, Infinity]",
		"b := 0.2", "b := 0.2",
		"eval(a + b)", "0.3",
		":set dtype float64", "dtype float64",
		"eval(a)", "0.10000000149011612",
		"eval(x)", "[0.3333333432674408, Infinity]",
		"c := 0.1; eval(c)", "0.10000000000000001",
		":set dtype float16", "E406")
}

func TestSinglePrecisionIsNotForCounting(t *testing.T) {
	s := NewSession()
	execute(t, s, ":set dtype float32")
	answers(t, s,
		"x : R[n]; n := 16777217", "dim n = 16777217",
		"W[k] : R[2] for k = 1..2; W[k] := k ones(2) for k = 1..2; eval(W[2])", "[2, 2]")
}

// The digits of JSON are those that tell numbers in single precision apart.
func TestJSONHasTheDigitsOfSinglePrecision(t *testing.T) {
	s := NewSession()
	execute(t, s, ":set dtype float32")
	for cell, want := range map[string]string{"a := 0.1": "[0.1]", "eval(2/3)": "[0.6666667]", "eval([1e-45, 3e38, 16777216])": "[1e-45,3e+38,16777216]"} {
		line, err := json.Marshal(execute(t, s, cell))
		if err != nil || !strings.Contains(string(line), `"data":`+want) {
			t.Errorf("%s: %s, %v; want %s", cell, line, err, want)
		}
	}
}

func TestReportsFollowTheTypeOfNumbers(t *testing.T) {
	program := func(dtype string) (bytes, peak int64, text string) {
		s := NewSession()
		execute(t, s, ":set dtype "+dtype, "dim d = 300, h = 200, q = 10, n = 64", sectionModel, "φ := tanh; l := crossentropy")
		r := execute(t, s, "memory(Jn)")
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		cost := execute(t, s, "cost(Jn)")
		execute(t, s, "W1 := randn(h, d, seed=1); x := randn(d, seed=1)")
		bench := execute(t, s, "bench(W1 x)").Data.(map[string]any)
		if bench["dtype"] != dtype || !strings.Contains(cost.Text, "in "+dtype) {
			t.Errorf("%s: bench says %v, cost says %s", dtype, bench["dtype"], cost.Text)
		}
		return bench["bytes"].(int64), r.Data.(memoryData).Evaluator.Gradient, r.Text
	}
	b64, p64, t64 := program("float64")
	b32, p32, t32 := program("float32")
	if b64 != 2*b32 || !(p32 < p64*6/10) || !strings.Contains(t64, "in float64 and for ") || !strings.Contains(t32, "in float32 and for ") {
		t.Errorf("bench %d and %d bytes, memory %d and %d bytes", b64, b32, p64, p32)
	}
}

func TestReportedMemoryIsAllocatedInSinglePrecision(t *testing.T) {
	s := NewSession()
	execute(t, s, ":set dtype float32", sectionModel, "dim d = 300, h = 500, q = 77, n = 1000", "φ := tanh; l := crossentropy")
	r := execute(t, s, "memory(Jn)")
	want := r.Data.(memoryData).Evaluator
	if got := allocated(t, s, modelOutputs(t, s)); got < want.Gradient || got > want.Gradient+20480 {
		t.Errorf("said %d bytes, allocated %d", want.Gradient, got)
	}
}

func TestTrainingInSinglePrecision(t *testing.T) {
	for _, o := range []string{`lr=0.1, epochs=20, batch=n, size=20, seed=1`, `lr=0.05, epochs=200, batch=32, optimizer="adam"`, `optimizer="lbfgs", epochs=50`, `optimizer="newton"`} {
		s := NewSession()
		execute(t, s, ":set dtype float32", regression)
		if r := execute(t, s, "train(f, v, "+o+")"); r.Err != nil {
			t.Errorf("%s: %v", o, r.Err)
			continue
		}
		if v := execute(t, s, "eval(v)").Value.Data; !nearly(v, []float64{1, -2, 3}, 1e-3) || !single(v) {
			t.Errorf("%s: v = %v", o, v)
		}
		r := execute(t, s, "v := [0.3, 0.4, 0.5]", "gradcheck(f, v)")
		if r.Err != nil || len(r.Notes) > 0 {
			t.Errorf("gradcheck: %v, %q", r.Err, r.Notes)
		}
	}
}

// A NaN that only single precision produces is found where it is produced.
func TestTheFirstNaNOfSinglePrecisionIsNamed(t *testing.T) {
	s := NewSession()
	execute(t, s, ":set nan error", "x := [1e30, 2]; z = x ⊙ x; u = z - 2 z; w = exp(x) - z")
	if r := execute(t, s, "eval(sum(u))"); r.Err != nil {
		t.Fatal(r.Err)
	}
	execute(t, s, ":set dtype float32", "x := [1e30, 2]")
	r := execute(t, s, "eval(sum(w))")
	if r.Err == nil || r.Err.Code != "E309" || !strings.Contains(r.Err.Message, "w = ") {
		t.Errorf("%q, %v", r.Text, r.Err)
	}
}

// What :save writes reads back as the same numbers.
func TestSavedSinglesReadBack(t *testing.T) {
	s := NewSession()
	file := filepath.Join(t.TempDir(), "s.nabla")
	execute(t, s, ":set dtype float32", "a := [0.1, 1/3]", fmt.Sprintf(":save %s", file))
	want := numberOf(t, s, "a").Data
	u := NewSession()
	execute(t, u, ":set dtype float32", ":load "+file)
	if got := numberOf(t, u, "a").Data; !nearly(got, want, 0) {
		t.Errorf("%v, want %v", got, want)
	}
}
