package vec

import (
	"fmt"
	"testing"
)

// tested is a function of one slice with what it should compute.
type tested[T Number] struct {
	name string
	f    func(dst, x []T)
}

func unary[T Number]() []tested[T] {
	return []tested[T]{
		{"Exp", Exp[T]}, {"Log", Log[T]}, {"Tanh", Tanh[T]}, {"Sigmoid", Sigmoid[T]}, {"Softplus", Softplus[T]},
		{"Erf", Erf[T]}, {"Expm1", Expm1[T]}, {"Log1p", Log1p[T]}, {"Recip", Recip[T]}, {"Step", Step[T]}, {"Sign", Sign[T]},
		{"Relu", Relu[T]}, {"Sqrt", Sqrt[T]}, {"Abs", Abs[T]},
	}
}

func benchmark[T Number](b *testing.B) {
	for _, n := range []int{100, 1000, 100_000} {
		x, dst := make([]T, n), make([]T, n)
		for i := range x {
			x[i] = T(i+1) / T(n) * 10
		}
		for _, f := range unary[T]() {
			b.Run(fmt.Sprintf("%s/%d", f.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					f.f(dst, x)
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(n)/float64(b.N), "ns/number")
			})
		}
		b.Run(fmt.Sprintf("Sum/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Sum(x)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(n)/float64(b.N), "ns/number")
		})
	}
}

func BenchmarkDouble(b *testing.B) { benchmark[float64](b) }
func BenchmarkSingle(b *testing.B) { benchmark[float32](b) }
