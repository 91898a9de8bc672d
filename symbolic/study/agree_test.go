package study

import (
	"math/rand/v2"
	"testing"

	"nabla/symbolic/shape"
)

// unnamed are models with values that the reverse sweep reads and that have no name.
var unnamed = []string{
	"N : R[n,d]; Q : R[d,k]; K : R[d,k]; V : R[d,v]; Y : R[n,v]; S = (N Q) (N K)'; P = softmax(S, 2); J = ‖P (N V) - Y‖²/2",
	"x : R[d]; y : R[q]; A : R[h,d]; B : R[h,h]; C : R[q,h]; J = ‖C B A x - y‖²",
	"x : R[d]; W : R[h,d]; J = ‖W' tanh(W x) - x‖² + ‖W W'‖²",
	"x : R[d]; A : R[d,d]; B : R[d,d]; s : R; J = s x' A B A x / 2 + sum(A ⊙ B ⊙ A)",
}

// The forward pass costs what the operations do that memory and partitions count, and what the stages of a pipeline hold is what one device holds, and what they receive.
func TestReportsCountTheSameOperations(t *testing.T) {
	sources := unnamed
	for seed := range uint64(100) {
		sources = append(sources, randomBatch(rand.New(rand.NewPCG(seed, 2))))
	}
	apart := 0
	for _, src := range sources {
		m, _ := modelOf(t, src)
		tape, err := NewTape(m, nil, AsKnown)
		if err != nil {
			t.Fatal(err)
		}
		apart += len(tape.pairs)
		costs, err := CostOfModel(m, unsized)
		if err != nil {
			t.Fatal(err)
		}
		c := NewCounter(unsized)
		var forward Work
		for _, e := range tape.Ops {
			forward = forward.Add(c.node(e))
		}
		for i, q := range forward.Parts() {
			if want := costs.Forward.Parts()[i]; q.Key() != want.Key() {
				t.Errorf("%s\nthe operations do %s, cost says %s (part %d)", src, q, want, i)
			}
		}
		stagesHoldWhatOneHolds(t, src, tape)
	}
	if apart < 20 {
		t.Errorf("only %d products were taken apart", apart)
	}
}

func unsized(string) (int, bool) { return 0, false }

func stagesHoldWhatOneHolds(t *testing.T, src string, tape *Tape) {
	t.Helper()
	s, err := tape.Pipeline(2, unsized)
	if err != nil {
		return
	}
	f := FootprintOf(tape, nil)
	want, kept := f.Params.Times(2).Add(f.Activation), f.kept()
	for _, x := range s.Transfers {
		if !x.Backward {
			want = want.Add(x.Total)
		}
	}
	for _, v := range tape.Model.Inputs() {
		if !f.feeds[v] {
			continue
		}
		on := map[int]bool{}
		for _, e := range tape.uses[v] {
			on[s.home[e]] = true
		}
		want = want.Add(v.Shape.Entries().Times(int64(len(on) - btoi(kept[v]))))
	}
	var sum shape.Quantity
	for _, q := range s.Memory {
		sum = sum.Add(q)
	}
	if sum.Key() != want.Key() {
		t.Errorf("%s\nthe stages hold %s, want %s", src, sum, want)
	}
}
