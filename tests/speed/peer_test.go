package main

import (
	"context"
	"path/filepath"
	"testing"

	"nabla/tests/bench"
)

func TestAPeerThatIsNotThereIsAbsent(t *testing.T) {
	p := startPeer("/nonexistent/python", "numpy", 1)
	defer p.stop()
	if p.absent == "" {
		t.Fatal("it is there")
	}
	if _, err := p.ask("run 0"); err == nil {
		t.Error("it answered")
	}
}

func TestPeersComputeTheSame(t *testing.T) {
	for _, which := range []string{"numpy", "torch"} {
		t.Run(which, func(t *testing.T) {
			q := startPeer(*python, which, 1)
			defer q.stop()
			if q.absent != "" {
				t.Skip(q.absent)
			}
			for _, c := range bench.Cases {
				p, b, err := c.Compile()
				if err != nil {
					t.Fatal(err)
				}
				if p.Flops() > 1e7 || c.Peer == "factor" { // seconds, for PyTorch
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
				if err := agree(q, "load "+c.Peer+" "+file, out); err != nil {
					t.Errorf("%s: %v", c.Name, err)
				}
				out[0].Data[0]++
				if err := agree(q, "load "+c.Peer+" "+file, out); err == nil {
					t.Errorf("%s: a wrong result was accepted", c.Name)
				}
			}
		})
	}
}
