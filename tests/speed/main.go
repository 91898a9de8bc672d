// Speed compares nabla with its peers, PyTorch, NumPy and gonum, in one run: go run ./tests/speed
//
// For every case of tests/bench, each takes its turn for about 50 ms, in several rounds; a figure is the median over the
// rounds of the median run of a turn, and, in brackets, the fastest run of all. What is compared computes the same
// numbers, which is checked. A peer that is not installed is said to be absent.
package main

import (
	"cmp"
	"context"
	"errors"
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
	with    = flag.String("peers", "torch,numpy,gonum", "who is compared with; none is nobody")
	threads = flag.String("threads", "1,2", "numbers of threads to measure")
	rounds  = flag.Int("rounds", 7, "turns of each")
	only    = flag.String("only", "", "cases whose name matches this")
	core    = flag.String("openblas", "", "OPENBLAS_CORETYPE of the peers: the kernels of their matrix products; by default the widest that this processor runs")
	turn    = flag.Duration("turn", 50*time.Millisecond, "time of one turn")
	clock   = flag.String("clock", "wall", "wall, or cpu: the time that a process was at work, which other processes spoil less; for one thread only")
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == asGonum {
		n, _ := strconv.Atoi(os.Args[2])
		serveGonum(os.Stdin, os.Stdout, n)
		return
	}
	if len(os.Args) == 4 && os.Args[1] == asResident {
		if err := serveResident(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, "speed:", err)
			os.Exit(1)
		}
		return
	}
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
		if *clock != "wall" && (*clock != "cpu" || n > 1 || !hasProcessorTime) {
			return fmt.Errorf("-clock is wall, or for one thread, on Unix, cpu")
		}
		if err := measure(n, match, dir); err != nil {
			return err
		}
	}
	if match.MatchString(bench.Largest.Name) {
		printResident()
	}
	return nil
}

// measure prints the table for a number of threads.
func measure(threads int, match *regexp.Regexp, dir string) error {
	blas.SetThreads(threads)
	m := measureMachine(threads)
	fmt.Printf("\n%d threads: peak %.1f Gflop/s, memory %.1f GB/s; the peers' OpenBLAS is %s; %s clock; load %s\n",
		threads, m.flops/1e9, m.bytes/1e9, cmp.Or(coreType(), "as it chooses"), *clock, load())
	peers := startPeers(threads)
	for _, p := range peers {
		defer p.stop()
		if p.absent != "" {
			fmt.Printf("%s is absent: %s\n", p.name, p.absent)
		}
	}
	heading(peers, threads)
	for _, c := range slices.Concat(bench.Cases, bench.Singles()) {
		if !match.MatchString(c.Name) {
			continue
		}
		if err := one(c, m, peers, threads, dir); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	fmt.Printf("load at the end: %s\n", load())
	return nil
}

func heading(peers []*peer, threads int) {
	cells := []string{"work", "nabla"}
	for i, p := range peers {
		cells = append(cells, p.name, "ratio (of the fastest runs)")
		if i == 0 {
			cells = append(cells, "bar")
		}
	}
	cells = append(cells, "of peak", "of memory")
	if threads > 1 {
		cells = append(cells, "to one thread (of the fastest runs)")
	}
	fmt.Printf("\n| %s |\n|%s\n", strings.Join(cells, " | "), strings.Repeat("--|", len(cells)))
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
	load := fmt.Sprintf("load %s %s %v", c.Peer, file, p.Type)
	turns := []taker{peakTurn(p.Type, threads), ours(p, b, threads)}
	if threads > 1 {
		turns = append(turns, ours(p, b, 1))
	}
	var able []*peer
	for _, q := range peers {
		if q.absent != "" {
			continue
		}
		switch err := agree(q, load, out, p.Type); {
		case errors.Is(err, errLacks):
			continue
		case err != nil:
			return err
		}
		able = append(able, q)
		turns = append(turns, func() (times, error) { return q.run(*clock, *turn) })
	}
	took, err := takeTurns(turns, threads)
	if err != nil {
		return err
	}
	m.flops, took = 1/took[0].median, took[1:]
	r := row{Case: c, machine: m, peers: peers, threads: threads, ours: took[0]}
	r.flops, r.bytes = bench.Work(p.Program)
	if took = took[1:]; threads > 1 {
		r.single, took = took[0], took[1:]
	}
	r.theirs = map[*peer]times{}
	for i, q := range able {
		r.theirs[q] = took[i]
	}
	r.print()
	return nil
}

// A taker takes one turn.
type taker func() (times, error)

// ours is nabla's turn, by so many threads.
func ours(p *lower.Program, b lower.Bindings, threads int) taker {
	return func() (times, error) {
		if blas.Threads() != threads { // the first run by another number of threads makes room for them
			blas.SetThreads(threads)
			if err := p.Execute(context.Background(), b); err != nil {
				return times{}, err
			}
		}
		return timed(*clock, *turn, func() error {
			return p.Execute(context.Background(), b)
		})
	}
}

// peakTurn is a turn of the kernel that reaches the peak: the time of one operation. The clock of a processor changes within
// minutes, so that a peak measured at the start says little about later lines.
func peakTurn(t numeric.Type, threads int) taker {
	return func() (times, error) {
		rate := blas.Peak[float64]
		if t == numeric.Float32 {
			rate = blas.Peak[float32]
		}
		each := 1 / rate(threads)
		return times{each, each}, nil
	}
}

// rest is how long everyone waits before a turn of several threads: those of OpenBLAS look for new work for 2²⁸ ticks of the
// clock after their turn, a tenth of a second, in which whoever comes next has to share the processor with them.
const rest = 200 * time.Millisecond

// takeTurns lets everyone run, one after the other, again and again: the medians of the medians, and the fastest runs.
func takeTurns(turns []taker, threads int) ([]times, error) {
	medians := make([][]float64, len(turns))
	out := make([]times, len(turns))
	for round := range *rounds {
		for i, t := range turns {
			if threads > 1 {
				time.Sleep(rest)
			}
			got, err := t()
			if err != nil {
				return nil, err
			}
			medians[i] = append(medians[i], got.median)
			if round == 0 || got.fastest < out[i].fastest {
				out[i].fastest = got.fastest
			}
		}
	}
	for i := range out {
		out[i].median = median(medians[i])
	}
	return out, nil
}

// save writes the values of all variables, also of those that a derivative has lost.
func save(file string, b lower.Bindings) error {
	var names []string
	var arrays []*numeric.Array
	for v, a := range b.In(numeric.Float64).Values {
		if !strings.HasPrefix(v.Name, "%") {
			names, arrays = append(names, v.Name), append(arrays, a)
		}
	}
	return data.Save(file, names, arrays)
}

// tolerance is how much the sums of a peer may differ, relative to those of absolute values.
func tolerance(t numeric.Type) float64 {
	if t == numeric.Float32 {
		return 1e-6
	}
	return 1e-9
}

// agree checks that a peer computes the same numbers: their sum and the sum of their squares.
func agree(q *peer, command string, out []*numeric.Array, t numeric.Type) error {
	got, err := q.ask(command)
	if err != nil {
		return err
	}
	var all [][]float64
	for _, a := range out {
		all = append(all, a.Data)
	}
	sum, squares, size := moments(all)
	if len(got) != 2 || !(math.Abs(got[0]-sum) <= tolerance(t)*(size+1)) || !(math.Abs(got[1]-squares) <= tolerance(t)*(squares+1)) {
		return fmt.Errorf("%s computes something else: %v, not %v %v", q.name, got, sum, squares)
	}
	return nil
}

// moments are the sum of numbers, that of their squares, and that of their absolute values.
func moments(arrays [][]float64) (sum, squares, size float64) {
	for _, a := range arrays {
		for _, x := range a {
			sum, squares, size = sum+x, squares+x*x, size+math.Abs(x)
		}
	}
	return sum, squares, size
}
