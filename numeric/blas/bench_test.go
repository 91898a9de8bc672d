package blas

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/blas"
)

// rate reports floating-point operations per second.
func rate(b *testing.B, flops int) {
	b.ReportMetric(float64(flops)*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gflop/s")
}

var transposes = map[blas.Transpose]string{blas.NoTrans: "N", blas.Trans: "T"}

func BenchmarkDgemm(b *testing.B) {
	for _, n := range []int{4, 8, 16, 32, 64, 128, 256, 512, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkDgemm(b, blas.NoTrans, blas.NoTrans, n, n, n) })
	}
	for _, s := range [][3]int{{64, 256, 20}, {64, 10, 256}, {256, 256, 784}, {200, 100, 100}, {10, 256, 256}, {256, 10, 256}, {256, 256, 10}} {
		for tA, nA := range transposes {
			for tB, nB := range transposes {
				name := fmt.Sprintf("%dx%dx%d%s%s", s[0], s[1], s[2], nA, nB)
				b.Run(name, func(b *testing.B) { benchmarkDgemm(b, tA, tB, s[0], s[1], s[2]) })
			}
		}
	}
}

func benchmarkDgemm(b *testing.B, tA, tB blas.Transpose, m, n, k int) {
	x, y, c := uniform[float64](1, m*k), uniform[float64](2, k*n), make([]float64, m*n)
	lda, ldb := k, n
	if tA == blas.Trans {
		lda = m
	}
	if tB == blas.Trans {
		ldb = k
	}
	b.ReportAllocs()
	for b.Loop() {
		Implementation{}.Dgemm(tA, tB, m, n, k, 1, x, lda, y, ldb, 0, c, n)
	}
	rate(b, 2*m*n*k)
}

func BenchmarkSgemm(b *testing.B) {
	for _, n := range []int{8, 32, 64, 256, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x, y, c := uniform[float32](1, n*n), uniform[float32](2, n*n), make([]float32, n*n)
			b.ReportAllocs()
			for b.Loop() {
				Implementation{}.Sgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, x, n, y, n, 0, c, n)
			}
			rate(b, 2*n*n*n)
		})
	}
}

func BenchmarkThreads(b *testing.B) {
	defer SetThreads(1)
	for _, n := range []int{128, 256, 1024} {
		for threads := 1; threads <= 2; threads++ {
			b.Run(fmt.Sprintf("%d/%d", n, threads), func(b *testing.B) {
				SetThreads(threads)
				benchmarkDgemm(b, blas.NoTrans, blas.NoTrans, n, n, n)
			})
		}
	}
}

func BenchmarkDsyrk(b *testing.B) {
	for _, s := range [][2]int{{20, 20}, {100, 200}, {500, 1000}} {
		for t, name := range transposes {
			n, k := s[0], s[1]
			b.Run(fmt.Sprintf("%dx%d%s", n, k, name), func(b *testing.B) {
				a, c := uniform[float64](1, n*k), make([]float64, n*n)
				ld := k
				if t == blas.Trans {
					ld = n
				}
				b.ReportAllocs()
				for b.Loop() {
					Implementation{}.Dsyrk(blas.Upper, t, n, k, 1, a, ld, 0, c, n)
				}
				rate(b, n*(n+1)*k)
			})
		}
	}
}

func BenchmarkDgemv(b *testing.B) {
	for _, s := range [][2]int{{10, 256}, {256, 20}, {256, 256}, {1000, 1000}} {
		for t, name := range transposes {
			m, n := s[0], s[1]
			b.Run(fmt.Sprintf("%dx%d%s", m, n, name), func(b *testing.B) {
				a, x, y := uniform[float64](1, n*m), uniform[float64](2, n+m), make([]float64, n+m)
				b.ReportAllocs()
				for b.Loop() {
					Implementation{}.Dgemv(t, m, n, 1, a, n, x, 1, 0, y, 1)
				}
				rate(b, 2*m*n)
			})
		}
	}
}

func BenchmarkVectors(b *testing.B) {
	for _, n := range []int{10, 100, 10_000} {
		x, y := uniform[float64](1, n), uniform[float64](2, n)
		b.Run(fmt.Sprintf("Ddot/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Implementation{}.Ddot(n, x, 1, y, 1)
			}
			rate(b, 2*n)
		})
		b.Run(fmt.Sprintf("Daxpy/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Implementation{}.Daxpy(n, 1e-9, x, 1, y, 1)
			}
			rate(b, 2*n)
		})
	}
}
