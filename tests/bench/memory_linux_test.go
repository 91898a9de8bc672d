package bench

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"nabla/numeric"
)

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

// printResident prints what Resident measures. What is such as "run float32".
func printResident(what string) error {
	what, dtype, _ := strings.Cut(what, " ")
	t := numeric.Float64
	if dtype == numeric.Float32.String() {
		t = numeric.Float32
	}
	resident, planned, err := Resident(t, what == "run")
	if err == nil {
		_, err = fmt.Println(resident, planned)
	}
	return err
}

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
		return resident, planned
	}
	fixed, _ := measure("compile " + dtype)
	got, planned := measure("run " + dtype)
	if want := fixed + planned; got > 1.1*want || got < 0.9*want {
		t.Errorf("%.1f MB are resident: %.1f before the first run, and %.1f planned", got/1e6, fixed/1e6, planned/1e6)
	}
	t.Logf("%.1f MB, of which %.1f before the first run; planned %.1f", got/1e6, fixed/1e6, planned/1e6)
}
