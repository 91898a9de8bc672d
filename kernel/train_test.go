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
		"train(f, v, optimizer=\"magic\")", "E351",
		"u : R; u := 1; train(f, u)", "E350",
		"train(f, v, lr=v)", "E325",
		"eval(v)", "[0, 0, 0]")
}

func TestADivergingRunKeepsTheParametersBefore(t *testing.T) {
	s := NewSession()
	execute(t, s, regression)
	r := execute(t, s, "train(f, v, lr=1e200, epochs=50)")
	if r.Err != nil || !strings.Contains(strings.Join(r.Notes, " "), "smaller lr") {
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
