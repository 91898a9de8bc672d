// Speed compares nabla with its peers, PyTorch and NumPy, in one run: go run ./tests/speed
//
// For every case of tests/bench, each takes its turn for about 50 ms, in several rounds; a figure is the median over the
// rounds of the median run of a turn. What is compared computes the same numbers, which is checked. A peer that is not installed is said to be
// absent.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"nabla/numeric"
	"nabla/numeric/blas"
	"nabla/numeric/data"
	"nabla/symbolic/lower"
	"nabla/tests/bench"
)

var (
	python  = flag.String("python", "/usr/bin/python3", "the interpreter that has the peers")
	threads = flag.String("threads", "1,2", "numbers of threads to measure")
	rounds  = flag.Int("rounds", 7, "turns of each")
	only    = flag.String("only", "", "cases whose name matches this")
	core    = flag.String("openblas", "", "OPENBLAS_CORETYPE of the peers: the kernels of their matrix products; by default the widest that this processor runs")
	turn    = flag.Duration("turn", 50*time.Millisecond, "time of one turn")
)

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

func run() error {
	match, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "speed")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Printf("%s, %d cores, %s, %s\n", model(), runtime.NumCPU(), runtime.Version(), time.Now().Format(time.DateOnly))
	for _, text := range strings.Split(*threads, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-threads takes numbers such as 1,2, not %q", *threads)
		}
		if err := measure(n, match, dir); err != nil {
			return err
		}
	}
	return nil
}

// measure prints the table for a number of threads.
func measure(threads int, match *regexp.Regexp, dir string) error {
	blas.SetThreads(threads)
	m := measureMachine(threads)
	fmt.Printf("\n%d threads: peak %.1f Gflop/s, memory %.1f GB/s; the peers' OpenBLAS is %s\n", threads, m.flops/1e9, m.bytes/1e9, cmp.Or(coreType(), "as it chooses"))
	peers := []*peer{startPeer(*python, "torch", threads), startPeer(*python, "numpy", threads)}
	for _, p := range peers {
		defer p.stop()
		if p.absent != "" {
			fmt.Printf("%s is absent: %s\n", p.name, p.absent)
		}
	}
	fmt.Printf("\n| %s | nabla | %s | ratio | bar | %s | ratio | of peak | of memory |\n|--|--|--|--|--|--|--|--|--|\n", "work", peers[0].name, peers[1].name)
	for _, c := range bench.Cases {
		if !match.MatchString(c.Name) {
			continue
		}
		if err := one(c, m, peers, threads, dir); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return nil
}

// one measures a case and prints its line.
func one(c bench.Case, m machine, peers []*peer, threads int, dir string) error {
	p, b, err := c.Compile()
	if err != nil {
		return err
	}
	blas.SetThreads(threads) // the session that compiled it has set its own number
	out, err := p.Eval(context.Background(), b)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "case.npz")
	if err := save(file, b); err != nil {
		return err
	}
	var with []*peer
	for _, q := range peers {
		if q.absent == "" {
			with = append(with, q)
			if err := agree(q, "load "+c.Peer+" "+file, out); err != nil {
				return err
			}
		}
	}
	ours, theirs, err := turns(p, b, with)
	if err != nil {
		return err
	}
	line(c, m, p, ours, peers, theirs, threads)
	return nil
}

// save writes the values of all variables, also of those that a derivative has lost.
func save(file string, b lower.Bindings) error {
	var names []string
	var arrays []*numeric.Array
	for v, a := range b.Values {
		if !strings.HasPrefix(v.Name, "%") {
			names, arrays = append(names, v.Name), append(arrays, a)
		}
	}
	return data.Save(file, names, arrays)
}

// agree checks that a peer computes the same numbers: their sum and the sum of their squares.
func agree(q *peer, command string, out []*numeric.Array) error {
	got, err := q.ask(command)
	if err != nil {
		return err
	}
	sum, squares, size := 0.0, 0.0, 0.0
	for _, a := range out {
		for _, x := range a.Data {
			sum, squares, size = sum+x, squares+x*x, size+math.Abs(x)
		}
	}
	if len(got) != 2 || !(math.Abs(got[0]-sum) <= 1e-9*(size+1)) || !(math.Abs(got[1]-squares) <= 1e-9*(squares+1)) {
		return fmt.Errorf("%s computes something else: %v, not %v %v", q.name, got, sum, squares)
	}
	return nil
}

// turns lets everyone run, one after the other, and returns the medians in seconds.
func turns(p *lower.Program, b lower.Bindings, peers []*peer) (ours float64, theirs map[*peer]float64, err error) {
	var mine []float64
	their := map[*peer][]float64{}
	for range *rounds {
		t, err := repeat(p, b)
		if err != nil {
			return 0, nil, err
		}
		mine = append(mine, t)
		for _, q := range peers {
			got, err := q.ask(fmt.Sprintf("run %g", turn.Seconds()))
			if err != nil {
				return 0, nil, err
			}
			their[q] = append(their[q], got[0])
		}
	}
	theirs = map[*peer]float64{}
	for q, t := range their {
		theirs[q] = median(t)
	}
	return median(mine), theirs, nil
}

// repeat is the median time of the runs of a turn, in seconds.
func repeat(p *lower.Program, b lower.Bindings) (float64, error) {
	var times []float64
	for start := time.Now(); time.Since(start) < *turn; {
		began := time.Now()
		if _, err := p.Eval(context.Background(), b); err != nil {
			return 0, err
		}
		times = append(times, time.Since(began).Seconds())
	}
	return median(times), nil
}

func median(t []float64) float64 {
	t = slices.Sorted(slices.Values(t))
	return (t[(len(t)-1)/2] + t[len(t)/2]) / 2
}

// line prints a row of the table. The bar, as a ratio to PyTorch, is for one thread.
func line(c bench.Case, m machine, p *lower.Program, ours float64, peers []*peer, theirs map[*peer]float64, threads int) {
	cells := []string{c.Name, duration(ours)}
	for i, q := range peers {
		t, ok := theirs[q]
		ratio := "absent"
		if ok {
			ratio = fmt.Sprintf("%.3g", t/ours)
		}
		cells = append(cells, cmp.Or(duration(t), "absent"), ratio)
		if i == 0 {
			cells = append(cells, verdict(c, m, t/ours, ok && threads == 1))
		}
	}
	flops, bytes := bench.Work(p.Program)
	cells = append(cells, fmt.Sprintf("%.0f %%", 100*float64(flops)/ours/m.flops), fmt.Sprintf("%.0f %%", 100*float64(bytes)/ours/m.bytes))
	fmt.Println("| " + strings.Join(cells, " | ") + " |")
}

// verdict says whether a bar is met, where it applies.
func verdict(c bench.Case, m machine, ratio float64, applies bool) string {
	bar := fmt.Sprintf("%g", c.Bar)
	switch {
	case !applies || !m.comparable():
		return bar
	case ratio >= c.Bar:
		return bar + " met"
	}
	return bar + " missed"
}

func duration(seconds float64) string {
	switch {
	case seconds == 0:
		return ""
	case seconds < 1e-3:
		return fmt.Sprintf("%.3g µs", seconds*1e6)
	}
	return fmt.Sprintf("%.3g ms", seconds*1e3)
}
