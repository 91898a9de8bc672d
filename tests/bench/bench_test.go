package bench

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"nabla/kernel"
	"nabla/numeric/blas"
	"nabla/symbolic/lower"
)

func BenchmarkEval(b *testing.B) {
	for _, c := range Cases {
		b.Run(c.Name, func(b *testing.B) {
			p, bindings, err := c.Compile()
			if err != nil {
				b.Fatal(err)
			}
			blas.SetThreads(1)
			run := func() {
				if _, err := p.Eval(context.Background(), bindings); err != nil {
					b.Fatal(err)
				}
			}
			run()
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
			b.ReportMetric(float64(p.Flops())/float64(b.Elapsed().Nanoseconds())*float64(b.N), "Gflop/s")
			b.ReportMetric(float64(p.PeakBytes()), "arena-B")
		})
	}
}

// BenchmarkAsk is a whole question: read, check, derive, simplify, print.
func BenchmarkAsk(b *testing.B) {
	s, errs := kernel.NewSession(), &failures{}
	s.Execute(context.Background(), Cases[0].Setup, kernel.ExecuteOptions{}, errs)
	b.ReportAllocs()
	for b.Loop() {
		if !s.Execute(context.Background(), "∂J/∂W1", kernel.ExecuteOptions{NoHistory: true}, errs) {
			b.Fatal(errs)
		}
	}
}

// small are the sizes that the cases are tested with, by dimension.
var small = strings.NewReplacer("784", "7", "256", "11", "1024", "13", "100000", "17", "1000", "13", "500", "7", "200", "13", "100", "9", "64", "5", "32", "6", "20", "3")

func TestTheCasesAgreeWithTheReference(t *testing.T) {
	for _, c := range Cases {
		dims, rest, _ := strings.Cut(c.Setup, "\n")
		c.Setup = small.Replace(dims) + "\n" + rest
		p, b, err := c.Compile()
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Eval(context.Background(), b)
		if err != nil {
			t.Fatal(err)
		}
		want, err := lower.Reference(context.Background(), p.Outputs, b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			for j, w := range want[i].Data {
				if !(math.Abs(got[i].Data[j]-w) <= 1e-12*(1+math.Abs(w))) {
					t.Fatalf("%s: output %d, entry %d: %v, want %v", c.Name, i, j, got[i].Data[j], w)
				}
			}
		}
	}
}

func TestAWarmRunAllocatesNothing(t *testing.T) {
	defer blas.SetThreads(1)
	for _, threads := range []int{1, 2} {
		for _, c := range Cases {
			p, b, err := c.Compile()
			if err != nil {
				t.Fatal(err)
			}
			blas.SetThreads(threads)
			n := 1.0
			for try := 0; n > 0 && try < 5; try++ { // the Go runtime allocates too, now and then
				n = testing.AllocsPerRun(2, func() { _, err = p.Eval(context.Background(), b) })
			}
			if n > 0 || err != nil {
				t.Errorf("%s, %d threads: %v allocations, %v", c.Name, threads, n, err)
			}
		}
	}
}

func TestAHessianNeedsLittleMoreThanItself(t *testing.T) {
	for _, c := range Cases {
		if !strings.Contains(c.Name, "Hessian") || strings.Contains(c.Name, "logistic") {
			continue
		}
		p, _, err := c.Compile()
		if err != nil {
			t.Fatal(err)
		}
		result := int64(8)
		for _, n := range p.OutputShapes()[0] {
			result *= int64(n)
		}
		if arena := p.Type.Bytes() * int64(p.ArenaEntries()); arena > result*5/4 {
			t.Errorf("%s: %d bytes for %d", c.Name, arena, result)
		}
	}
}

// Loops and products are cut between entries, never through a sum: the number of threads changes no bit.
func TestThreadsChangeNoBit(t *testing.T) {
	defer blas.SetThreads(1)
	for _, c := range Cases {
		p, b, err := c.Compile()
		if err != nil {
			t.Fatal(err)
		}
		var want [][]float64
		for _, threads := range []int{1, 2, 3} {
			blas.SetThreads(threads)
			got, err := p.Eval(context.Background(), b)
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range got {
				if threads == 1 {
					want = append(want, slices.Clone(a.Data))
				} else if !slices.Equal(a.Data, want[i]) {
					t.Errorf("%s: output %d differs by %d threads", c.Name, i, threads)
				}
			}
		}
	}
}

func TestASharedRunCanBeInterrupted(t *testing.T) {
	defer blas.SetThreads(1)
	blas.SetThreads(2)
	p, b, err := Case{Name: "loop", Setup: "x : R[n, m]\nx := randn(3000, 2000, seed=1)", Ask: "exp(tanh(x) ⊙ x)"}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Eval(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Eval(ctx, b); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
