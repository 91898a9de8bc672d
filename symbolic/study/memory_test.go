package study_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

// The peaks of section 5.3, exercise 3: of n examples predicted, and of a training pass with a = 2 where φ′ needs z and
// a = 1 where h is enough.
func TestMemoryOfTheSection(t *testing.T) {
	for _, c := range []struct {
		activation string
		mode       study.Derivatives
		a          int
		kept       string
	}{
		{"", study.AsKnown, 2, "d*n + 2*h*n + n*q"},
		{"", study.FromValue, 1, "d*n + h*n + n*q"},
		{"relu", study.AsKnown, 1, "d*n + h*n + n*q"},
		{"tanh", study.AsKnown, 1, "d*n + h*n + n*q"},
		{"sigmoid", study.AsKnown, 1, "d*n + h*n + n*q"},
		{"softplus", study.AsKnown, 2, "d*n + 2*h*n + n*q"},
		{"gelu", study.AsKnown, 2, "d*n + 2*h*n + n*q"},
	} {
		m := section(t, c.activation, true)
		tape, err := study.NewTape(m, nil, c.mode)
		if err != nil {
			t.Fatal(err)
		}
		f := study.FootprintOf(tape, nil)
		if got := f.Activation.String(); got != c.kept {
			t.Errorf("%s: kept %s, want %s", c.activation, got, c.kept)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for range 500 {
			d, h, q, n := 1+r.IntN(40), 1+r.IntN(40), 1+r.IntN(40), 1+r.IntN(40)
			p := h*d + q*h
			size := func(name string) (int, bool) {
				s, ok := map[string]int{"d": d, "h": h, "q": q, "n": n}[name]
				return s, ok
			}
			is(t, c.activation+" prediction", f.Prediction, size, p+n*max(d+h, 2*h, h+q))
			is(t, c.activation+" in place", f.InPlace, size, p+n*(h+max(d, q)))
			is(t, c.activation+" everything", f.Everything, size, p+n*(d+2*h+q))
			is(t, c.activation+" training", f.Training, size, max(
				p+n*(d+q)+2*n*h,
				p+n*(d+q)+c.a*n*h+2*n*q+n+2,
				p+n*(d+q)+c.a*n*h+n*q+q*h+n*h,
				p+n*(d+q)+q*h+3*n*h,
				2*p+n*(d+q)+n*h,
			))
		}
		if got, ok := study.Overtake(f.Activation, f.Params, "n"); !ok || c.a == 2 && got.String() != "(d*h + h*q)/(d + 2*h + q)" {
			t.Errorf("overtakes at %s", got)
		}
	}
}

func is(t *testing.T, name string, q shape.Quantity, size func(string) (int, bool), want int) {
	t.Helper()
	if v, err := q.Eval(size); err != nil || v.Cmp(big.NewRat(int64(want), 1)) != 0 {
		t.Fatalf("%s: %s is %v %v, want %d", name, q, v, err, want)
	}
}
