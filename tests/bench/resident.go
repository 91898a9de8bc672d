package bench

import (
	"context"
	"fmt"
	"os"
	"strings"

	"nabla/numeric"
	"nabla/numeric/blas"
)

// Largest is the gradient whose memory is measured.
var Largest = Cases[2]

// Resident is the peak resident size of this process in bytes, after it has compiled the largest gradient with numbers of
// type t, and also, if run, run it by one thread; and the bytes that the program has planned. It means something in a fresh process, and
// fails where the system does not tell.
func Resident(t numeric.Type, run bool) (resident, planned int64, err error) {
	p, b, err := Largest.In(t).Compile()
	if err != nil {
		return 0, 0, err
	}
	blas.SetThreads(1)
	for range 20 {
		if !run {
			break
		}
		if err := p.Execute(context.Background(), b); err != nil {
			return 0, 0, err
		}
	}
	resident, err = peakResident()
	return resident, p.PeakBytes(), err
}

// peakResident is what Linux tells.
func peakResident() (int64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("the system does not tell the resident size: %w", err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kB int64
	if _, err := fmt.Sscan(rest, &kB); err != nil {
		return 0, fmt.Errorf("the system does not tell the resident size: %w", err)
	}
	return kB << 10, nil
}
