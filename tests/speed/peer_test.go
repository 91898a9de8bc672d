package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"nabla/numeric"
	"nabla/tests/bench"
)

// TestMain lets the test be the peer that is gonum.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == asGonum {
		serveGonum(os.Stdin, os.Stdout, 1)
		return
	}
	os.Exit(m.Run())
}

func TestAPeerThatIsNotThereIsAbsent(t *testing.T) {
	p := startPython("/nonexistent/python", "numpy", 1)
	defer p.stop()
	if p.absent == "" {
		t.Fatal("it is there")
	}
	if _, err := p.ask("run 0"); err == nil {
		t.Error("it answered")
	}
}

func TestPeersComputeTheSame(t *testing.T) {
	for _, which := range []string{"numpy", "torch", "gonum"} {
		t.Run(which, func(t *testing.T) {
			q := startGonum(1)
			if which != "gonum" {
				q = startPython(*python, which, 1)
			}
			defer q.stop()
			if q.absent != "" {
				t.Skip(q.absent)
			}
			for _, c := range slices.Concat(bench.Cases, bench.Singles()) {
				p, b, err := c.Compile()
				if err != nil {
					t.Fatal(err)
				}
				if which == "torch" && (p.Flops() > 1e7 || c.Peer == "factor") || p.Flops() > 1e8 { // takes seconds
					continue
				}
				out, err := p.Eval(context.Background(), b)
				if err != nil {
					t.Fatal(err)
				}
				file := filepath.Join(t.TempDir(), "case.npz")
				if err := save(file, b); err != nil {
					t.Fatal(err)
				}
				load := fmt.Sprintf("load %s %s %v", c.Peer, file, p.Type)
				switch err := agree(q, load, out, p.Type); {
				case errors.Is(err, errLacks) && which == "gonum" && p.Type == numeric.Float32:
					continue
				case errors.Is(err, errLacks) && which == "numpy" && c.Peer == "erf":
					continue
				case err != nil:
					t.Errorf("%s: %v", c.Name, err)
				}
				if took, err := q.run("wall", 0); err != nil || !(0 < took.fastest && took.fastest <= took.median) {
					t.Errorf("%s: took %v, %v", c.Name, took, err)
				}
				_, _, size := moments([][]float64{out[0].Data})
				out[0].Data[0] += 1 + 10*tolerance(p.Type)*size
				if err := agree(q, load, out, p.Type); err == nil {
					t.Errorf("%s: a wrong result was accepted", c.Name)
				}
			}
		})
	}
}
