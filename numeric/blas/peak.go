package blas

import (
	"sync"
	"time"

	"gonum.org/v1/gonum/blas"
)

// Peak measures how many operations a second so many threads do in double precision where nothing waits for memory:
// with the GEMM kernel on panels that stay in the first-level cache. It takes a few milliseconds.
func Peak(threads int) float64 {
	best := make([]time.Duration, threads)
	var all sync.WaitGroup
	for i := range best {
		all.Go(func() { best[i] = fastest(peakWork()) })
	}
	all.Wait()
	rate := 0.0
	for _, d := range best {
		rate += peakFlops / d.Seconds()
	}
	return rate
}

const (
	peakDepth   = 256
	peakRepeats = 1000
	peakFlops   = 2 * tileRows * 8 * peakDepth * peakRepeats
)

// peakWork is peakFlops operations.
func peakWork() func() {
	a, b, c := make([]float64, tileRows*peakDepth), make([]float64, peakDepth*8), make([]float64, tileRows*8)
	if !accelerated {
		return func() {
			for range peakRepeats {
				fallback.Dgemm(blas.NoTrans, blas.NoTrans, tileRows, 8, peakDepth, 1, a, peakDepth, b, 8, 0, c, 8)
			}
		}
	}
	p := panel[float64]{
		a: &a[0], aRow: 8, aCol: 8 * tileRows, aStep: 8 * tileRows * peakDepth,
		b: &b[0], bRow: 64, c: &c[0], cRow: 64, m: tileRows, k: peakDepth, n: 8, alpha: 1,
	}
	return func() {
		for range peakRepeats {
			p.run()
		}
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
