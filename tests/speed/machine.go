package main

import (
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/cpu"

	"nabla/numeric/blas"
	"nabla/numeric/vec"
)

// A machine is what this one can do with so many threads.
type machine struct {
	flops float64 // operations per second, in the precision of the line
	bytes float64 // per second
}

func measureMachine(threads int) machine {
	return machine{blas.Peak[float64](threads), bandwidth(threads)}
}

// bandwidth is that of a ← b + k c on vectors that no cache holds, counting the bytes of all three.
func bandwidth(threads int) float64 {
	const n = 1 << 22
	rates := make([]float64, threads)
	var all sync.WaitGroup
	for i := range rates {
		all.Go(func() {
			a, b, c := make([]float64, n), make([]float64, n), make([]float64, n)
			for range 8 {
				start := time.Now()
				vec.AddScaled(a, b, 3, c)
				rates[i] = max(rates[i], 3*8*n/time.Since(start).Seconds())
			}
		})
	}
	all.Wait()
	sum := 0.0
	for _, r := range rates {
		sum += r
	}
	return sum
}

// comparable says that the machine is of the kind for which bars were set: AVX2 and FMA, and nothing wider.
func (machine) comparable() bool { return cpu.X86.HasAVX2 && cpu.X86.HasFMA && !cpu.X86.HasAVX512F }

// model is the name of the processor, if the system says.
func model() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

// load says how busy the machine is, if the system does: what runs beside the measurement spoils it.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(text))[0]
}

// coreType is the OpenBLAS that the peers use. Its releases take a processor that they do not know for a very old one,
// which would make the peers several times slower than they can be.
func coreType() string {
	switch {
	case *core != "":
		return *core
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL:
		return "SkylakeX"
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return "Haswell"
	}
	return ""
}
