package kernel

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seriesOf are the numbers behind the curves of a plot.
func seriesOf(t *testing.T, r *Result) []map[string]any {
	t.Helper()
	data, _ := r.Data.(map[string]any)
	list, _ := data["series"].([]any)
	if len(list) == 0 {
		t.Fatalf("no series: %+v", r.Err)
	}
	var out []map[string]any
	for _, s := range list {
		out = append(out, s.(map[string]any))
	}
	return out
}

func ask1(t *testing.T, cell string) *Result {
	t.Helper()
	return execute(t, NewSession(), cell)
}

func TestPlotComputesTheFunctionThatItDraws(t *testing.T) {
	for _, c := range []struct {
		cell string
		want []func(x float64) float64
	}{
		{"plot(tanh(t), t = -3..3)", []func(float64) float64{math.Tanh}},
		{"plot(tanh, t = -3..3)", []func(float64) float64{math.Tanh}},
		{"x : R[d]\nplot([x^2, 1/2 x], x = -1..1)", []func(float64) float64{func(x float64) float64 { return x * x }, func(x float64) float64 { return x / 2 }}},
		{"x : R\nf = x^3\nplot(∂f/∂x, x = -1..1)", []func(float64) float64{func(x float64) float64 { return 3 * x * x }}},
		{"w : R[3]\nw := [1,2,3]\nplot(t w, t = 0..1)", []func(float64) float64{func(x float64) float64 { return x }, func(x float64) float64 { return 2 * x }, func(x float64) float64 { return 3 * x }}},
	} {
		got := seriesOf(t, ask1(t, c.cell))
		if len(got) != len(c.want) {
			t.Errorf("%s: %d curves", c.cell, len(got))
			continue
		}
		for k, s := range got {
			x, y := s["x"].([]float64), s["y"].([]float64)
			for i := range x {
				if math.Abs(y[i]-c.want[k](x[i])) > 1e-12 {
					t.Fatalf("%s: curve %d is %v at %v", c.cell, k, y[i], x[i])
				}
			}
		}
	}
}

func TestPlotLeavesTheSessionAsItWas(t *testing.T) {
	r := ask1(t, "x : R[d]\nplot(x^2, x = -1..1)\nx")
	if r.Err != nil || len(r.Shape) != 1 {
		t.Errorf("x is %v, %v", r.Shape, r.Err)
	}
}

func TestPlotHasPicturesUnlessOnlyTextIsShown(t *testing.T) {
	r := ask1(t, "plot(tanh, t = -1..1)")
	if len(r.Media) != 2 || !bytes.HasPrefix(r.Media[0].Data, []byte("<svg")) || !bytes.HasPrefix(r.Media[1].Data, []byte("\x89PNG")) {
		t.Errorf("media: %d", len(r.Media))
	}
	out := &transcript{}
	NewSession().Execute(context.Background(), "plot(tanh, t = -1..1)", ExecuteOptions{TextOnly: true, Width: 40}, out)
	if r := out.results[0]; len(r.Media) != 0 || !strings.Contains(r.Text, "└") {
		t.Errorf("%d media, text\n%s", len(r.Media), r.Text)
	}
}

func TestPlotWritesFiles(t *testing.T) {
	dir := t.TempDir()
	for name, start := range map[string]string{"a.svg": "<svg", "b.PNG": "\x89PNG"} {
		path := filepath.ToSlash(filepath.Join(dir, name))
		if r := ask1(t, `plot([1, 2, 4], "`+path+`")`); r.Err != nil {
			t.Fatal(r.Err)
		}
		if b, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(b), start) {
			t.Errorf("%s: %v, %.10q", name, err, b)
		}
	}
}

func TestNewtonsPathOnAQuadraticIsOneStep(t *testing.T) {
	r := ask1(t, `plot((u - 1)^2 + 3 (v + 1)^2, u = -2..2, v = -2..2, start=[-2, 2], optimizer="newton", steps=5)`)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	path := r.Data.(map[string]any)["path"].(map[string]any)
	x, y := path["x"].([]float64), path["y"].([]float64)
	if len(x) < 2 || math.Abs(x[1]-1) > 1e-9 || math.Abs(y[1]+1) > 1e-9 {
		t.Errorf("path %v %v", x, y)
	}
}

func TestPlotRefusesWhatItCannotDraw(t *testing.T) {
	for cell, code := range map[string]string{
		"plot(tanh)":           "E364",
		"plot(tanh, t = 1..0)": "E360",
		"plot(a b c, a = 0..1, b = 0..1, c = 0..1)":  "E361",
		`plot([1,2], "x.pdf")`:                       "E363",
		"plot([1,2,3], [1,2])":                       "E366",
		"plot([1,2], kind=\"pie\")":                  "E365",
		"plot(randn(4, 6, seed=1), tile=5)":          "E366",
		"plot()":                                     "E320",
		"plot(eye(3) t, t = 0..1)":                   "E366",
		"plot(1/t, t = -1..1, limits = 2..1)":        "E360",
		"plot([1,2,3], [1,2,3], group=[1,2])":        "E366",
		"plot((u^2 + v^2) [1, 2], u=0..1, v = 0..1)": "E366",
		"plot(t, t = 0..1, colour=\"red\")":          "E321",
	} {
		if r := ask1(t, cell); r.Err == nil || r.Err.Code != code {
			t.Errorf("%s: %v, want %s", cell, r.Err, code)
		}
	}
}

func TestPlotSaysWhereAFunctionHasNoValue(t *testing.T) {
	for cell, note := range map[string]string{
		"plot(log(u), u = -2..2)":       "log(u) is not finite at 201 of 401 points, from u = -2 to 0",
		"plot(1/u, u = -2..2)":          "1/u is not finite at u = 0",
		"plot([u, sqrt(u)], u = -1..1)": "sqrt(u) is not finite at 200 of 401 points, from u = -1 to -0.005",
	} {
		r := ask1(t, cell)
		if r.Err != nil || !strings.Contains(strings.Join(r.Notes, "\n"), note) {
			t.Errorf("%s: %v %q, want %q", cell, r.Err, r.Notes, note)
		}
	}
	if r := ask1(t, "plot(log(u), u = -2..2)"); !strings.Contains(r.Text, "-2") {
		t.Errorf("the axis is cut to where there are values:\n%s", r.Text)
	}
	if r := ask1(t, "plot(tanh, t = -2..2)"); len(r.Notes) > 0 {
		t.Errorf("%q", r.Notes)
	}
}

func TestPlotDoesNotDrawNothing(t *testing.T) {
	for _, cell := range []string{
		"plot(log(u), u = -2..-1)", "plot(log(a b), a = -2..-1, b = 1..2)", "plot([])", "plot([log(-1), log(-1)])",
		"A := [[log(-1), log(-2)], [log(-3), log(-2)]]\nplot(A)",
	} {
		if r := ask1(t, cell); r.Err == nil || r.Err.Code != "E366" && r.Err.Code[:2] != "E4" {
			t.Errorf("%s: %v\n%s", cell, r.Err, r.Text)
		}
	}
}
