package study_test

import (
	"context"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

func tapeOf(t *testing.T, m *study.Model) *study.Tape {
	t.Helper()
	tape, err := study.NewTape(m, nil, study.AsKnown)
	if err != nil {
		t.Fatal(err)
	}
	return tape
}

// Section 5.3, exercise 5: a pipeline cut at h sends h forward and its cotangent back; hidden units cut in k parts exchange
// o; the data, the gradients.
func TestPartitionsOfTheSection(t *testing.T) {
	tape := tapeOf(t, section(t, "", true))
	pipe, err := tape.Pipeline(2, unsized)
	if err != nil {
		t.Fatal(err)
	}
	if got := pipe.Sent().String(); got != "2*h*n" {
		t.Errorf("pipeline sends %s", got)
	}
	sized := map[string]int{"d": 784, "h": 256, "q": 10, "n": 256}
	pipe, err = tape.Pipeline(2, func(n string) (int, bool) { s, ok := sized[n]; return s, ok })
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"2*d*h + d*n + 2*h*n", "h*n + 2*h*q + n*q"} {
		if got := pipe.Memory[i].String(); got != want {
			t.Errorf("device %d holds %s, want %s", i, got, want)
		}
	}
	for axis, want := range map[string]string{"h": "4*n*q", "n": "4*d*h + 4*h*q", "d": "4*h*n"} {
		s, err := tape.SplitAxis(axis, 3)
		if err != nil {
			t.Error(err)
		} else if got := s.Sent().String(); got != want {
			t.Errorf("axis %s sends %s, want %s", axis, got, want)
		}
	}
	if _, err := tape.SplitAxis("q", 2); err == nil || !strings.Contains(err.Error(), "l needs all its entries") {
		t.Errorf("q: %v", err)
	}
	s, _ := tape.SplitAxis("h", 2)
	if got := s.Memory[0].String(); got != "d*h + d*n + h*n + h*q + n*q" {
		t.Errorf("hidden units in two parts hold %s", got)
	}
	if got := study.Bubble(4, 8).String(); got != "3/11" {
		t.Error(got)
	}
}

// Every split gives the gradient of the whole, and sends as much as its formula says, for random sizes.
func TestSplitsAreCarriedOut(t *testing.T) {
	m := section(t, "", true)
	tape := tapeOf(t, m)
	r := rand.New(rand.NewPCG(3, 1))
	for range 6 {
		sizes := map[string]int{}
		for _, n := range []string{"d", "h", "n", "q"} {
			sizes[n] = 4 + r.IntN(6)
		}
		parts := 2 + r.IntN(3)
		b, err := study.Rehearsal(r, m, func(n string) int { return sizes[n] }, study.Draws[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, axis := range []string{"h", "n", "d"} {
			s, err := tape.SplitAxis(axis, parts)
			if err != nil {
				t.Fatal(err)
			}
			carriedOut(t, s, b, s.Run, s.Sent())
			if axis == "n" {
				carriedOut(t, s, b, s.Accumulate, shape.Quantity{})
			}
		}
		p, err := tape.Pipeline(2, unsized)
		if err != nil {
			t.Fatal(err)
		}
		carriedOut(t, p, b, p.Run, p.Sent())
	}
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

func carriedOut(t fataler, s *study.Split, b lower.Bindings, run func(context.Context, lower.Bindings) (*study.Execution, error), sent shape.Quantity) {
	t.Helper()
	proof, err := s.Verify(context.Background(), b, run)
	if err != nil {
		t.Fatalf("axis %q: %v", s.Axis, err)
	}
	want, err := sent.Eval(func(n string) (int, bool) { return b.Dims.Size(shape.Name(n)) })
	if err != nil || want.Cmp(big.NewRat(proof.Sent, 1)) != 0 {
		t.Fatalf("axis %q: %d numbers sent, the formula says %v (%v)", s.Axis, proof.Sent, want, err)
	}
}

// PipelineTime is what following every microbatch through every stage gives: it begins in one when it has left the one
// before, and the microbatch before it has left this one.
func TestPipelineTimeIsThatOfFollowingEveryMicrobatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stages := rapid.SliceOfN(rapid.IntRange(1, 50), 1, 6).Draw(t, "stages")
		m := rapid.IntRange(1, 20).Draw(t, "microbatches")
		left := make([]int, len(stages))
		var times []shape.Quantity
		for range m {
			at := 0
			for i, d := range stages {
				at = max(at, left[i]) + d
				left[i] = at
			}
		}
		for _, d := range stages {
			times = append(times, shape.Integer(int64(d)))
		}
		got, _ := study.PipelineTime(times, int64(m)).AsNumber()
		if want := int64(left[len(stages)-1]); got.Cmp(new(big.Rat).SetInt64(want)) != 0 {
			t.Fatalf("stages %v, %d microbatches: %v, but followed %d", stages, m, got, want)
		}
	})
}
