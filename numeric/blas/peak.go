package blas

import (
	"sync"
	"time"

	"gonum.org/v1/gonum/blas"
)

// Peak measures how many operations a second so many threads do with numbers of type T where nothing waits for memory:
// with the GEMM kernel on panels that stay in the first-level cache. It takes a few milliseconds.
func Peak[T number](threads int) float64 {
	best := make([]time.Duration, threads)
	var all sync.WaitGroup
	for i := range best {
		all.Go(func() { best[i] = fastest(peakWork[T]()) })
	}
	all.Wait()
	rate := 0.0
	for _, d := range best {
		rate += peakFlops[T]() / d.Seconds()
	}
	return rate
}

const (
	peakDepth   = 256
	peakRepeats = 1000
)

func peakFlops[T number]() float64 {
	return float64(2 * tileRows * tileColumns[T]() * peakDepth * peakRepeats)
}

// peakWork is peakFlops operations.
func peakWork[T number]() func() {
	width, ws := tileColumns[T](), new(Workspace)
	a, b, c := make([]T, tileRows*peakDepth), make([]T, peakDepth*width), make([]T, tileRows*width)
	if !accelerated {
		return func() {
			for range peakRepeats {
				multiply(ws, tileRows, width, peakDepth, a, b, c)
			}
		}
	}
	p := panel[T]{
		a: &a[0], aRow: size[T](), aCol: size[T]() * tileRows, aStep: size[T]() * tileRows * peakDepth,
		b: &b[0], bRow: 64, c: &c[0], cRow: 64, d: &c[0], dRow: 64, m: tileRows, k: peakDepth, n: width, alpha: 1,
	}
	return func() {
		for range peakRepeats {
			p.run()
		}
	}
}

// multiply is C = A B, dense.
func multiply[T number](ws *Workspace, m, n, k int, a, b, c []T) {
	switch a := any(a).(type) {
	case []float64:
		ws.Dgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, a, k, any(b).([]float64), n, 0, any(c).([]float64), n)
	case []float32:
		ws.Sgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, a, k, any(b).([]float32), n, 0, any(c).([]float32), n)
	}
}

// fastest is the shortest of several runs: what else the machine does only makes a run longer.
func fastest(run func()) time.Duration {
	best := time.Hour
	for range 20 {
		start := time.Now()
		run()
		best = min(best, time.Since(start))
	}
	return best
}
