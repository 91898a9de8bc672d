package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"nabla/numeric"
	"nabla/tests/bench"
)

// asResident is the first argument of a fresh process that prints its peak resident size; the second is the type of
// numbers, the third "run" or "compile".
const asResident = "as-resident"

// serveResident is that process.
func serveResident(dtype, what string) error {
	t, err := typeNamed(dtype)
	if err != nil {
		return err
	}
	resident, planned, err := bench.Resident(t, what == "run")
	if err == nil {
		_, err = fmt.Println(resident, planned)
	}
	return err
}

func typeNamed(name string) (numeric.Type, error) {
	for _, t := range []numeric.Type{numeric.Float64, numeric.Float32} {
		if t.String() == name {
			return t, nil
		}
	}
	return 0, fmt.Errorf("no type of numbers is called %q", name)
}

// printResident compares the peak resident size of a process that runs the largest gradient with what memory predicts,
// and what the program needs before its first run.
func printResident() {
	fmt.Printf("\npeak resident size of a fresh process that runs the MLP gradient %s, one thread:\n", strings.TrimPrefix(bench.Largest.Name, "the same, "))
	for _, t := range []numeric.Type{numeric.Float64, numeric.Float32} {
		fixed, _, err := residentOf(t, "compile")
		got, planned, runErr := residentOf(t, "run")
		if err != nil || runErr != nil {
			fmt.Printf("%v is not measured: %v\n", t, firstError(err, runErr))
			continue
		}
		fmt.Printf("%v: %.1f MB; predicted %.1f MB: %.1f before the first run, %.1f planned as memory says; ratio %.3f\n",
			t, megabytes(got), megabytes(fixed+planned), megabytes(fixed), megabytes(planned), float64(got)/float64(fixed+planned))
	}
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }

// residentOf measures a fresh process.
func residentOf(t numeric.Type, what string) (resident, planned int64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, 0, err
	}
	c := exec.Command(self, asResident, t.String(), what)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return 0, 0, err
	}
	_, err = fmt.Sscan(string(out), &resident, &planned)
	return resident, planned, err
}
