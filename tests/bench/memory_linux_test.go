package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"nabla/numeric/blas"
)

// largest is the gradient whose memory is measured.
const largest = 2

// TestMain lets the test run itself to measure a fresh process.
func TestMain(m *testing.M) {
	if what := os.Getenv("NABLA_TEST_RESIDENT"); what != "" {
		if err := printResident(what); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// printResident prints the peak resident size of this process in kB, after it has compiled the largest gradient in a type
// of numbers, or also run it, and the bytes that it planned. What is such as "run float32".
func printResident(what string) error {
	what, dtype, _ := strings.Cut(what, " ")
	c := Cases[largest]
	c.Setup = ":set dtype " + dtype + "\n" + c.Setup
	p, b, err := c.Compile()
	if err != nil {
		return err
	}
	blas.SetThreads(1)
	if what == "run" {
		for range 20 {
			if err := p.Execute(context.Background(), b); err != nil {
				return err
			}
		}
	}
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kB int
	if _, err := fmt.Sscan(rest, &kB); err != nil {
		return err
	}
	_, err = fmt.Println(kB, p.PeakBytes())
	return err
}

// The room that products of matrices take beside the plan; see blas.Workspace.Bytes.
const products = 2 << 20

func TestTheResidentSizeIsThePlannedOne(t *testing.T) {
	for _, dtype := range []string{"float64", "float32"} {
		t.Run(dtype, func(t *testing.T) { residentAsPlanned(t, dtype) })
	}
}

func residentAsPlanned(t *testing.T, dtype string) {
	measure := func(what string) (resident, planned float64) {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "NABLA_TEST_RESIDENT="+what)
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(string(out), &resident, &planned); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		return resident * 1024, planned
	}
	fixed, _ := measure("compile " + dtype)
	got, planned := measure("run " + dtype)
	if want := fixed + planned + products; got > 1.1*want || got < 0.9*(fixed+planned) {
		t.Errorf("%.1f MB are resident: %.1f before the first run, and %.1f planned", got/1e6, fixed/1e6, planned/1e6)
	}
	t.Logf("%.1f MB, of which %.1f before the first run; planned %.1f", got/1e6, fixed/1e6, planned/1e6)
}
