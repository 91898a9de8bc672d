package bench

import (
	"context"
	"math"
	"testing"

	"nabla/symbolic/lower"
)

// cases are the lines of the table, from small to large.
var cases = []struct {
	name string
	make func() Case
}{
	{"MLP/d=20,h=256,q=10,n=1", func() Case { return MLPExample(20, 256, 10) }},
	{"MLP/d=20,h=256,q=10,n=64", func() Case { return MLPBatch(20, 256, 10, 64) }},
	{"MLP/d=784,h=256,q=10,n=256", func() Case { return MLPBatch(784, 256, 10, 256) }},
	{"LogisticHessian/200x100", func() Case { return LogisticHessian(200, 100) }},
	{"LogisticHessian/1000x500", func() Case { return LogisticHessian(1000, 500) }},
	{"FactorHessian/100x100,k=5", func() Case { return FactorHessian(100, 100, 5) }},
	{"MLPHessian/d=20,h=64,q=10,n=64", func() Case { return MLPHessian(20, 64, 10, 64) }},
}

func BenchmarkEval(b *testing.B) {
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			k := c.make()
			p, err := lower.Compile(k.Outputs, k.Bindings)
			if err != nil {
				b.Fatal(err)
			}
			run := func() {
				if _, err := p.Eval(context.Background(), k.Bindings); err != nil {
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

func TestTheCasesAgreeWithTheReference(t *testing.T) {
	for _, k := range []Case{
		MLPExample(7, 11, 3), MLPBatch(7, 11, 3, 5), LogisticHessian(13, 7), FactorHessian(7, 5, 3), MLPHessian(3, 5, 2, 7),
	} {
		want, err := lower.Reference(context.Background(), k.Outputs, k.Bindings)
		if err != nil {
			t.Fatal(err)
		}
		p, err := lower.Compile(k.Outputs, k.Bindings)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Eval(context.Background(), k.Bindings)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			for j, w := range want[i].Data {
				if math.Abs(got[i].Data[j]-w) > 1e-12*(1+math.Abs(w)) {
					t.Fatalf("%s: output %d, entry %d: %v, want %v", k.Name, i, j, got[i].Data[j], w)
				}
			}
		}
	}
}
