package kernel

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"
)

// regression is least squares with the solution [1, -2, 3].
const regression = "X : R[n,d]; y : R[n]; v : R[d]; X := randn(200, 3, seed=1); y := X [1, -2, 3]; v := zeros(d); f = mean((X v - y).^2)"

func TestEveryOptimizerFindsTheSolution(t *testing.T) {
	for _, options := range []string{
		"lr=0.1, epochs=20, batch=n, size=20, seed=1",
		"lr=0.1, epochs=20, batch=20",
		"lr=0.05, momentum=0.9, epochs=300",
		"lr=0.05, epochs=200, batch=32, optimizer=\"adam\"",
		"optimizer=\"lbfgs\", epochs=50",
		"optimizer=\"newton\"",
	} {
		s := NewSession()
		execute(t, s, regression)
		if r := execute(t, s, "train(f, v, "+options+")"); r.Err != nil {
			t.Errorf("%s: %v", options, r.Err)
			continue
		}
		got := execute(t, s, "eval(v)").Value.Data
		for i, want := range []float64{1, -2, 3} {
			if math.Abs(got[i]-want) > 1e-3 {
				t.Errorf("%s: v = %v", options, got)
				break
			}
		}
	}
}

func TestTrainingIsRefusedWithAReason(t *testing.T) {
	s := NewSession()
	execute(t, s, regression)
	answers(t, s,
		"train(X, v)", "E324",
		"train(f, w)", "E101",
		"train(f, f)", "E326",
		"train(f, v, speed=1)", "E321",
		"train(f, v, optimizer=\"magic\")", "E325",
		"u : R; u := 1; train(f, u)", "E350",
		"train(f, v, lr=v)", "E325",
		`train(f, v, optimizer="adam", momentum=0.9)`, "E325",
		`train(f, v, optimizer="lbfgs", lr=0.1)`, "E325",
		`train(f, v, optimizer="newton", batch=n)`, "E325",
		"eval(v)", "[0, 0, 0]")
}

func TestGradientsOfFamiliesAreChecked(t *testing.T) {
	s := NewSession()
	execute(t, s, "h : R[p]; G[k] : R[p,p] for k = 1..3; H[0] = h; H[k] = tanh(G[k] H[k-1]) for k = 1..3; J = sum(H[3])",
		"h := [1, 0.5]; G[1] := [[1, 2], [3, 4]]/4; G[2] := eye(2); G[3] := [[1, -2], [3, 4]]/4")
	r := execute(t, s, "gradcheck(J)")
	for _, name := range []string{"h ", "G[1] ", "G[2] ", "G[3] "} {
		if r.Err != nil || !strings.Contains(r.Text, name) {
			t.Errorf("%s is not checked: %s", name, r.Text)
		}
	}
}

func TestADivergingRunKeepsTheParametersBefore(t *testing.T) {
	s := NewSession()
	execute(t, s, regression)
	r := execute(t, s, "train(f, v, lr=1e200, epochs=50)")
	if r.Err != nil || !strings.Contains(strings.Join(r.Notes, " "), "smaller lr may help; the parameters are those that step 1 left") {
		t.Fatalf("got %+v", r)
	}
	for _, x := range execute(t, s, "eval(v)").Value.Data {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			t.Errorf("the parameters are %v", x)
		}
	}
}

func TestCtrlCEndsTrainingAfterTheStep(t *testing.T) {
	s := NewSession()
	execute(t, s, regression)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(100*time.Millisecond, cancel)
	out := &transcript{}
	s.Execute(ctx, "train(f, v, lr=0.000001, epochs=100000000)", ExecuteOptions{}, out)
	r := out.results[0]
	if r.Err != nil || len(r.Notes) != 1 || !strings.HasPrefix(r.Notes[0], "stopped") {
		t.Fatalf("got %+v", r)
	}
	if v := execute(t, s, "eval(v)").Value.Data; v[0] == 0 {
		t.Error("what was learned is lost")
	}
}

// The dense Hessian of this problem has 10¹⁰ entries: one Newton step through its blocks solves it.
func TestNewtonNeverFormsACompressedHessian(t *testing.T) {
	for _, dtype := range []string{"float64", "float32"} {
		s := NewSession()
		execute(t, s, ":set dtype "+dtype, ":set memory 200MB", "dim m = 5000, n = 30, k = 20", "Y : R[m,n]; U : R[m,k]; V : R[n,k]", "f = ‖Y - U V'‖² + 0.1 ‖U‖²",
			"Y := randn(m, n, seed=1); V := randn(n, k, seed=2); U := zeros(m, k)")
		r := execute(t, s, `train(f, U, optimizer="newton", epochs=3)`)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		got := numberOf(t, s, "U[1..3, :]").Data
		want := numberOf(t, s, "(solve(V' V + 0.1 eye(k), V' Y'))'[1..3, :]").Data
		if !nearly(got, want, map[string]float64{"float64": 1e-10, "float32": 1e-3}[dtype]) {
			t.Errorf("%s: %v, want %v", dtype, got, want)
		}
	}
}

func TestNewtonFindsAMinimum(t *testing.T) {
	for _, c := range []struct {
		name, setup, loss, params, options string
		want                               float64
	}{
		{"diagonal, from near the tops", "x : R[n]; x := [0.1, -0.2, 3, 6.5]", "sum(cos(x))", "x", "epochs=100", -4},
		{"blocks, from a saddle's side", "U : R[m,k]; U := [[0.1, 0.2], [0.3, -0.1], [1, 1]]", "sum(sum(U .* U, k).^2 - 2 sum(U .* U, k))", "U", "epochs=100", -3},
		{"a number", "a : R; a := 0.1", "a^4/4 - a^2/2", "a", "epochs=100", -0.25},
		{"two that do not meet", "a : R[2]; b : R[3]; a := [1, 2]; b := [3, 4, 5]", "sum(cosh(a)) + sum(cosh(b))", "[a, b]", "epochs=100", 5},
		{"two that meet", "a : R[2]; b : R[2]; a := [1, 2]; b := [3, 4]", "sum(cosh(a + b)) + ‖a - b‖²", "[a, b]", "epochs=100", 2},
		{"a ridge", "w : R[2]; w := [5, 5]", "sum((w - [2, 4]).^2)", "w", "epochs=20, decay=2", 5},
		{"a wide regression", "X : R[2,d]; w : R[d]; X := randn(2, 9, seed=1); w := zeros(9)", "sum((X w - 1).^2) + ‖w‖²/1000", "w", "epochs=50", -1},
	} {
		s := NewSession()
		for _, line := range append(strings.Split(c.setup, "; "), "f = "+c.loss) {
			if r := execute(t, s, line); r.Err != nil {
				t.Fatalf("%s: %v", line, r.Err)
			}
		}
		if r := execute(t, s, `train(f, `+c.params+`, optimizer="newton", `+c.options+`)`); r.Err != nil {
			t.Errorf("%s: %v", c.name, r.Err)
			continue
		}
		want := c.want
		if want < 0 && c.name == "a wide regression" {
			execute(t, s, `v := w; train(f, w, optimizer="lbfgs", epochs=500)`)
			want = numberOf(t, s, "f").Data[0]
			execute(t, s, "w := v")
		}
		if got := numberOf(t, s, "f").Data[0]; math.Abs(got-want) > 1e-6 {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
}
