package main

import (
	"slices"
	"time"
)

// times are the seconds of one run: the median of what was measured, and the least.
type times struct{ median, fastest float64 }

// batch is how long the runs take at least that are measured together, so that reading the clock costs nothing.
const batch = 200 * time.Microsecond

// timed runs something for a turn, by the clock of the given name: "wall", or "cpu" for the time that this process was
// at work.
func timed(clock string, turn time.Duration, run func() error) (times, error) {
	var all []float64
	repeats := 1
	for start := time.Now(); time.Since(start) < turn || len(all) == 0; {
		began := read(clock)
		for range repeats {
			if err := run(); err != nil {
				return times{}, err
			}
		}
		took := read(clock) - began
		if took < batch && len(all) == 0 {
			repeats *= 2
			continue
		}
		all = append(all, took.Seconds()/float64(repeats))
	}
	return times{median(all), slices.Min(all)}, nil
}

var epoch = time.Now()

// read is the time on a clock.
func read(clock string) time.Duration {
	if clock == "cpu" {
		return processorTime()
	}
	return time.Since(epoch)
}

func median(t []float64) float64 {
	t = slices.Sorted(slices.Values(t))
	return (t[(len(t)-1)/2] + t[len(t)/2]) / 2
}
