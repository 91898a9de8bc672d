package numeric

import (
	"context"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSoftmaxOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 6).Draw(t, "x")
		shift := rapid.Float64Range(-1000, 1000).Draw(t, "shift")
		p, l := make([]float64, len(x)), make([]float64, len(x))
		Softmax(p, x, len(x))
		LogSoftmax(l, x)
		total := 0.0
		for i := range x {
			total += p[i]
			if math.Abs(math.Exp(l[i])-p[i]) > 1e-12 {
				t.Fatalf("exp logsoftmax = %g, softmax = %g", math.Exp(l[i]), p[i])
			}
		}
		if math.Abs(total-1) > 1e-12 {
			t.Fatalf("softmax sums to %g", total)
		}
		moved := slices.Clone(x)
		for i := range moved {
			moved[i] += shift
		}
		if a, b := LogSumExp(moved), LogSumExp(x)+shift; math.Abs(a-b) > 1e-9*math.Max(1, math.Abs(b)) {
			t.Fatalf("logsumexp(x + c) = %g, logsumexp(x) + c = %g", a, b)
		}
	})
}

func TestReductionsAtTheEdge(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"logsumexp of nothing", LogSumExp(nil), -inf},
		{"logsumexp with ∞", LogSumExp([]float64{1, inf}), inf},
		{"logsumexp of −∞", LogSumExp([]float64{-inf, -inf}), -inf},
		{"max of nothing", Max(nil), -inf},
		{"min of nothing", Min(nil), inf},
	} {
		if c.got != c.want {
			t.Errorf("%s = %g, want %g", c.name, c.got, c.want)
		}
	}
	nan := []float64{1, math.NaN(), 2}
	if !math.IsNaN(Max(nan)) || !math.IsNaN(Min(nan)) || !math.IsNaN(LogSumExp(nan)) {
		t.Error("a number that is none is passed over")
	}
}

func TestShuffleRowsKeepsRows(t *testing.T) {
	a := New(50, 3)
	for i := range a.Data {
		a.Data[i] = float64(i / 3)
	}
	_ = ShuffleRows(context.Background(), a, Source(1))
	var first []float64
	for i := range 50 {
		r := a.Data[3*i : 3*i+3]
		if r[0] != r[1] || r[1] != r[2] {
			t.Fatalf("row %d is torn: %v", i, r)
		}
		first = append(first, r[0])
	}
	if slices.IsSorted(first) {
		t.Error("nothing moved")
	}
	slices.Sort(first)
	for i, x := range first {
		if x != float64(i) {
			t.Fatalf("row %d is lost", i)
		}
	}
	_ = ShuffleRows(context.Background(), New(), Source(1))
	_ = ShuffleRows(context.Background(), New(0, 2), Source(1))
}

func TestSoftmaxOfRowsIsThatOfEach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, n := rapid.IntRange(0, 300).Draw(t, "rows"), rapid.IntRange(1, 2000).Draw(t, "n")
		rows = min(rows, 5000/n)
		x := make([]float64, rows*n)
		for i := range x {
			x[i] = float64((i*7919)%1009)/100 - 5
		}
		all, one := make([]float64, len(x)), make([]float64, n)
		Softmax(all, x, n)
		for r := range rows {
			Softmax(one, x[r*n:(r+1)*n], n)
			for i, want := range one {
				if got := all[r*n+i]; math.Abs(got-want) > 1e-15 {
					t.Fatalf("row %d, entry %d: %v, want %v", r, i, got, want)
				}
			}
		}
	})
}
