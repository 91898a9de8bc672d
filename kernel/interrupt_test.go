package kernel

import (
	"context"
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
