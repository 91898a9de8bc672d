package kernel

import (
	"context"
	"testing"
	"time"
)

func TestBenchCountsWhatARunDoes(t *testing.T) {
	s := NewSession()
	r := execute(t, s, "dim n = 60; :set threads 1", "A := randn(n, n, seed=1); B := randn(n, n, seed=2)", "bench(A B)")
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	d := r.Data.(map[string]any)
	if d["flops"] != int64(2*60*60*60) || d["bytes"] != int64(8*3*60*60) || d["threads"] != 1 {
		t.Errorf("%v", d)
	}
	median, least := d["median_s"].(float64), d["min_s"].(float64)
	if !(0 < least && least <= median) || d["runs"].(int) < benchLeast {
		t.Errorf("%v", d)
	}
	if !(d["peak"].(float64) > 0) {
		t.Errorf("%v", d)
	}
}

func TestBenchStopsWhenItIsInterrupted(t *testing.T) {
	s := NewSession()
	execute(t, s, "A := randn(700, 700, seed=1)")
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	out := &transcript{}
	s.Execute(ctx, "bench(A A A A)", ExecuteOptions{}, out)
	if r := out.results[0]; r.Err == nil || r.Err.Code != "E900" {
		t.Errorf("%+v", r)
	}
}

func TestBenchNeedsValues(t *testing.T) {
	answers(t, NewSession(), "x : R; bench(x^2)", "E301", "bench()", "E320")
}
