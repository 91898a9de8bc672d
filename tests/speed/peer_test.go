package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

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
			for _, c := range bench.Cases {
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
				switch err := agree(q, "load "+c.Peer+" "+file, out); {
				case errors.Is(err, errLacks) && which == "numpy" && c.Peer == "erf":
					continue
				case err != nil:
					t.Errorf("%s: %v", c.Name, err)
				}
				if took, err := q.run("wall", 0); err != nil || !(0 < took.fastest && took.fastest <= took.median) {
					t.Errorf("%s: took %v, %v", c.Name, took, err)
				}
				out[0].Data[0]++
				if err := agree(q, "load "+c.Peer+" "+file, out); err == nil {
					t.Errorf("%s: a wrong result was accepted", c.Name)
				}
			}
		})
	}
}
