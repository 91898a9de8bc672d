package kernel

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"nabla/numeric"
)

// Inside a large product, half of one, a chain of functions, and a call of a library that cannot be stopped: an interrupt
// gives the session back, which then computes as before. The goal is 100 ms; the limit is for a loaded machine.
func TestInterruptStopsInsideALargeComputation(t *testing.T) {
	const limit = time.Second
	for _, threads := range []string{"1", "2"} {
		s := NewSession()
		execute(t, s, ":set threads "+threads, "v := [1, 2]; A := randn(4000, 4000, seed=1); B := A[1..1500, 1..1500]; C : R[4000, 4000]; C := A")
		for _, cell := range []string{"eval(A C)", "eval(Aᵀ A)", "eval(exp(tanh(lgamma(abs(A))) ⊙ C))", "eval(sum(lgamma(abs(A)) ⊙ C))", "eval(inv(B))"} {
			ctx, cancel := context.WithCancel(context.Background())
			var at time.Time
			timer := time.AfterFunc(150*time.Millisecond, func() { at = time.Now(); cancel() })
			out := &transcript{}
			s.Execute(ctx, cell, ExecuteOptions{}, out)
			if timer.Stop() {
				t.Logf("%s was done before", cell)
				cancel()
				continue
			}
			<-ctx.Done()
			if took := time.Since(at); took > limit {
				t.Errorf("%s, %s threads: an interrupt took %v", cell, threads, took)
			}
			if r := out.results[len(out.results)-1]; r.Err != nil && r.Err.Code != "E900" {
				t.Errorf("%s: got %+v, want an interrupt", cell, r.Err)
			}
			answers(t, s, "eval(v)", "[1, 2]", "eval(sum(v ⊙ v))", "5")
		}
	}
	for deadline := time.Now().Add(2 * time.Minute); numeric.Abandoned() > 0 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if n := numeric.Abandoned(); n > 0 {
		t.Errorf("%d bytes are held by calls that were left behind", n)
	}
}

// typedLayers is a network written out layer by layer.
func typedLayers(n int) string {
	var b strings.Builder
	b.WriteString("x : R[d]; y : R[q]; U : R[h,d]; V : R[q,h]; λ : R; H0 = tanh(U x)\n")
	for k := 1; k <= n; k++ {
		fmt.Fprintf(&b, "W%d : R[h,h]; b%[1]d : R[h]; z%[1]d = W%[1]d H%[2]d + b%[1]d; H%[1]d = tanh(z%[1]d);\n", k, k-1)
	}
	fmt.Fprintf(&b, "o = V H%d; J = mse(o, y) + λ/2 (‖U‖² + ‖V‖²); dim d = 3, h = 4, q = 2", n)
	return b.String()
}

// A report on three hundred layers stops wherever it is interrupted. What is measured is the time that the processors work
// after the interrupt, since others may use the machine. The goal is 100 ms.
func TestInterruptStopsReportsOnManyLayers(t *testing.T) {
	const limit = time.Second
	s := NewSession()
	execute(t, s, typedLayers(300))
	for _, cell := range []string{
		"memory(J)", "graph(J, memory)", "graph(J, backward)", `export(grad(J, U), "numpy")`, `export(J, "julia")`, "forward(J)", "backprop(J)", "cost(J)", "partition(J, 3)",
		"derive(grad(J, U))", "grad(J, U)", ":who J",
	} {
		for _, after := range []time.Duration{20, 150} {
			ctx, cancel := context.WithCancel(context.Background())
			began := processorTime()
			var at time.Duration
			watch := time.AfterFunc(0, func() {
				for ctx.Err() == nil && processorTime()-began < after*time.Millisecond {
					time.Sleep(time.Millisecond)
				}
				at = processorTime()
				cancel()
			})
			out := &transcript{}
			s.Execute(ctx, cell, ExecuteOptions{}, out)
			done := processorTime()
			interrupted := ctx.Err() != nil
			cancel()
			if watch.Stop(); !interrupted {
				break
			}
			if took := done - at; took > limit {
				t.Errorf("%s: an interrupt after %d ms took %v", cell, after, took)
			}
			if r := out.results[len(out.results)-1]; r.Err != nil && r.Err.Code != "E900" {
				t.Errorf("%s: got %+v, want an interrupt", cell, r.Err)
			}
		}
	}
	answers(t, s, "shape(H300)", "R[h]")
}
