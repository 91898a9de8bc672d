package main

import (
	"cmp"
	"fmt"
	"strings"

	"nabla/tests/bench"
)

// A row is a line of the table.
type row struct {
	bench.Case
	machine
	peers        []*peer
	threads      int
	flops, bytes int64
	ours, single times // by all threads, and by one if there are more
	theirs       map[*peer]times
}

// print writes the line. The bar, as a ratio to the first peer, is for one thread.
func (r row) print() {
	cells := []string{r.Name, r.ours.String()}
	for i, q := range r.peers {
		t, took := r.theirs[q]
		switch {
		case took:
			cells = append(cells, t.String(), ratio(t, r.ours))
		case q.absent != "":
			cells = append(cells, "absent", "")
		default:
			cells = append(cells, "—", "")
		}
		if i == 0 {
			cells = append(cells, r.verdict(t, took))
		}
	}
	cells = append(cells, percent(r.flops, r.ours, r.machine.flops), percent(r.bytes, r.ours, r.machine.bytes))
	if r.threads > 1 {
		cells = append(cells, ratio(r.single, r.ours))
	}
	fmt.Println("| " + strings.Join(cells, " | ") + " |")
}

// verdict says whether a bar is met, where it applies: by the medians and by the fastest runs.
func (r row) verdict(t times, took bool) string {
	if r.Bar == 0 {
		return "—"
	}
	bar := fmt.Sprintf("%g", r.Bar)
	if !took || r.threads > 1 || !r.comparable() {
		return bar
	}
	usual, best := t.median/r.ours.median >= r.Bar, t.fastest/r.ours.fastest >= r.Bar
	switch {
	case usual && best:
		return bar + " met"
	case !usual && !best:
		return bar + " missed"
	}
	return bar + " met by one measure only"
}

// ratio is how many times longer a takes than b.
func ratio(a, b times) string {
	return fmt.Sprintf("%.3g (%.3g)", a.median/b.median, a.fastest/b.fastest)
}

// percent is the share of what the machine can do in a second.
func percent(work int64, t times, rate float64) string {
	return fmt.Sprintf("%.0f %%", 100*float64(work)/t.median/rate)
}

func (t times) String() string {
	return cmp.Or(duration(t.median), "—") + " (" + duration(t.fastest) + ")"
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
