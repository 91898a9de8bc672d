package kernel

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// composed are objectives of abstract functions of every rank, nested in each other, in families and over a batch, with
// what the functions stand for.
var composed = []struct{ name, by, setup string }{
	{"φ : R → R, three deep", "x", `φ : R -> R; W : R[2,3]; x : R[3]
J = sum(φ(W φ(W' φ(W x))))
φ := tanh; W := randn(2, 3, seed=1); x := randn(3, seed=2)`},
	{"a loss of two vectors that both depend on W", "W", `l : R[2], R[2] -> R; y : R[2]; W : R[2,3]; x : R[3]
m(a, b) = sum(exp(a) ⊙ b.^2) + sum(a)^3
J = l(W x, y ⊙ (W x))
l := m; y := randn(2, seed=5); W := randn(2, 3, seed=1); x := randn(3, seed=2)`},
	{"a vector of a vector", "x", `f : R[3] -> R[2]; A : R[2,3]; x : R[3]; u : R[2]
m(v) = tanh(A v) ⊙ exp(A v)
J = u' f(x)
f := m; A := randn(2, 3, seed=1); x := randn(3, seed=2); u := randn(2, seed=3)`},
	{"a number of a matrix", "W", `g : R[2,3] -> R; W : R[2,3]; x : R[3]
m(M) = sum(M.^3) + ‖M M'‖²
J = g(x[1] W)^2
g := m; W := randn(2, 3, seed=1) / 2; x := randn(3, seed=2)`},
	{"a matrix of a matrix", "W", `F : R[2,3] -> R[3,2]; W : R[2,3]; x : R[3]
m(M) = sin(M') + M' M M'
J = sum(F(x[1] W).^2)
F := m; W := randn(2, 3, seed=1) / 2; x := randn(3, seed=2)`},
	{"two functions nested in each other", "x", `f : R[3] -> R[3]; φ : R -> R; x : R[3]; A : R[3,3]
m(v) = tanh(A v)
J = sum(φ(f(f(φ(x)))))
f := m; φ := sin; A := randn(3, 3, seed=1); x := randn(3, seed=2)`},
	{"a family", "x", `W[k] : R[3,3] for k = 1..3; φ : R -> R; x : R[3]
H[0] = x; H[k] = φ(W[k] H[k-1]) for k = 1..3
J = ‖H[3]‖²
φ := tanh; x := randn(3, seed=4); W[1] := randn(3, 3, seed=1); W[2] := randn(3, 3, seed=2); W[3] := randn(3, 3, seed=3)`},
	{"a batch", "W", `l : R[2], R[2] -> R; y : R[2]; W : R[2,3]; x : R[3]; φ : R -> R
m(a, b) = ‖φ(a) - b‖^4
J = batch(l(W x, y), n, [x, y])
l := m; φ := tanh; W := randn(2, 3, seed=1); X := randn(4, 3, seed=2); Y := randn(4, 2, seed=3)`},
}

// TestDerivativesToOrderThree compares each order with central differences of the one below.
func TestDerivativesToOrderThree(t *testing.T) {
	orders := []string{"J"}
	for range 3 {
		orders = append(orders, fmt.Sprintf("grad(%s, %%[1]s)", orders[len(orders)-1]))
	}
	for _, c := range composed {
		t.Run(c.name, func(t *testing.T) {
			s := NewSession()
			for _, line := range strings.Split(c.setup, "\n") {
				if r := execute(t, s, line); r.Err != nil {
					t.Fatalf("%s: %v", line, r.Err)
				}
			}
			at := numbers(t, s, c.by)
			for k := 1; k < len(orders); k++ {
				below, above := order(orders[k-1], c.by), order(orders[k], c.by)
				differenced(t, s, c.by, at, below, above)
			}
		})
	}
}

func order(pattern, by string) string { return strings.ReplaceAll(pattern, "%[1]s", by) }

// numbers are the entries of an expression.
func numbers(t *testing.T, s *Session, e string) *Value {
	t.Helper()
	r := execute(t, s, "eval("+e+")")
	if r.Err != nil || r.Value == nil {
		t.Fatalf("eval(%s): %v", e, r.Err)
	}
	return r.Value
}

// differenced compares above, the derivative of below by a variable, with central differences at its value.
func differenced(t *testing.T, s *Session, by string, at *Value, below, above string) {
	t.Helper()
	const step = 1e-5
	want := numbers(t, s, above).Data
	scale := 1.0
	for _, w := range want {
		scale = max(scale, math.Abs(w))
	}
	moved := func(i int, h float64) []float64 {
		x := append([]float64{}, at.Data...)
		x[i] += h
		set(t, s, by, at.Shape, x)
		return numbers(t, s, below).Data
	}
	for i := range at.Data {
		up, down := moved(i, step), moved(i, -step)
		for j := range up {
			got := (up[j] - down[j]) / (2 * step)
			if w := want[j*len(at.Data)+i]; math.Abs(got-w) > 1e-6*scale {
				t.Errorf("%s: entry %d of %s differs: %v by differences, %v derived", above, i, below, got, w)
			}
		}
	}
	set(t, s, by, at.Shape, at.Data)
}

// set gives a variable other entries.
func set(t *testing.T, s *Session, name string, shape []int, data []float64) {
	t.Helper()
	words := strings.ReplaceAll(fmt.Sprint(data), " ", ", ")
	if r := execute(t, s, fmt.Sprintf("%s := reshape(%s, %s)", name, words, strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", ", "), "[]"))); r.Err != nil {
		t.Fatal(r.Err)
	}
}
