package kernel

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"nabla/lang"
	"nabla/numeric"
	"nabla/numeric/blas"
	"nabla/symbolic/lower"
)

func init() {
	register(&Report{
		Name: "bench", Args: "e",
		Doc: "bench(e) times evaluations of an expression, or of a list of them by one program, after it has been compiled: the median of " +
			"enough runs, each producing every entry, as eval does. It counts the operations, and the bytes that the instructions read " +
			"and write, and compares with what this machine can do at most. Ctrl-C stops it.",
		Example: "A := randn(256, 256, seed=1);\nbench(A A)",
		Run:     runBench,
	})
}

func runBench(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 1); err != nil {
		return nil, err
	}
	v, err := a.expr(0)
	if err != nil {
		return nil, err
	}
	outputs := v.Exprs()
	if a.state.settings.NaN == "error" {
		if _, err := a.evaluate(a.positional()[0], outputs...); err != nil {
			return nil, err
		}
	}
	var t timing
	a.state.useThreads()
	b := a.state.bindings()
	berr := a.session.programs.With(outputs, b, func(p *lower.Program) error {
		t.flops, t.bytes = p.Flops(), p.Bytes()
		return a.time(&t, func() error {
			if a.state.settings.Backend == "reference" {
				_, err := lower.Reference(a.ctx, outputs, b)
				return err
			}
			return p.Execute(a.ctx, b)
		})
	})
	if berr != nil {
		return nil, a.evaluationError(a.positional()[0], berr)
	}
	return a.timed(&t), nil
}

// A timing is what was measured of one computation.
type timing struct {
	samples      []time.Duration // of one run, each the mean of a few where one is too short for the clock
	runs         int
	flops, bytes int64
}

const (
	benchTime   = time.Second           // in which runs are repeated,
	benchLeast  = 5                     // but so many samples at least
	benchMost   = 2000                  // and so many at most,
	benchSample = 20 * time.Microsecond // each as long as this at least
)

// time runs what is measured, again and again. The first run, which allocates, does not count.
func (a *ask) time(t *timing, run func() error) error {
	if err := run(); err != nil {
		return err
	}
	show := a.live("bench")
	defer show.done()
	repeats := 1
	for start := time.Now(); len(t.samples) < benchLeast || time.Since(start) < benchTime && len(t.samples) < benchMost; {
		began := time.Now()
		for range repeats {
			if err := run(); err != nil {
				return err
			}
		}
		took := time.Since(began)
		if took < benchSample && repeats < 1<<20 {
			repeats *= 2
			t.samples = t.samples[:0]
			continue
		}
		t.samples, t.runs = append(t.samples, took/time.Duration(repeats)), t.runs+repeats
		if show.due() {
			show.show(fmt.Sprintf("bench: %s, median %s", counted(t.runs, "run", "runs"), roundDuration(t.median())))
		}
	}
	return a.ctx.Err()
}

func (t *timing) median() time.Duration {
	s := slices.Sorted(slices.Values(t.samples))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// cores are so many threads that compute with numbers of one type.
type cores struct {
	threads int
	t       numeric.Type
}

// peaks are the operations per second of this machine, measured when first asked for.
var peaks struct {
	sync.Mutex
	rate map[cores]float64
}

func peak(c cores) float64 {
	peaks.Lock()
	defer peaks.Unlock()
	if peaks.rate == nil {
		peaks.rate = map[cores]float64{}
	}
	if peaks.rate[c] == 0 {
		peaks.rate[c] = c.peak()
	}
	return peaks.rate[c]
}

func (c cores) peak() float64 {
	if c.t == numeric.Float32 {
		return blas.Peak[float32](c.threads)
	}
	return blas.Peak[float64](c.threads)
}

// timed is the report of a timing.
func (a *ask) timed(t *timing) *Result {
	median, least := t.median(), slices.Min(t.samples)
	threads := a.state.settings.Threads
	rate, most := float64(t.flops)/median.Seconds(), peak(cores{threads, a.state.settings.Type})
	who := "one thread"
	if threads > 1 {
		who = plural(threads, "thread")
	}
	tab := &table{}
	tab.row("median", roundDuration(median).String(), fmt.Sprintf("of %d runs", t.runs))
	tab.row("fastest", roundDuration(least).String())
	tab.row("operations", significant(float64(t.flops)), fmt.Sprintf("%s Gflop/s, %.0f %% of the %s that %s can reach", significant(rate/1e9), 100*rate/most, significant(most/1e9), who))
	tab.row("memory", byteSize(t.bytes), fmt.Sprintf("read and written, %s/s", byteSize(int64(float64(t.bytes)/median.Seconds()))))
	return &Result{Kind: KindReport, Text: tab.String(), Media: tab.media(), Data: map[string]any{
		"median_s": median.Seconds(), "min_s": least.Seconds(), "runs": t.runs, "flops": t.flops, "bytes": t.bytes, "threads": threads, "peak": most, "dtype": a.state.settings.Type.String(),
	}}
}

func significant(x float64) string { return fmt.Sprintf("%.3g", x) }
