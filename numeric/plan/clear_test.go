package plan

import (
	"context"
	"slices"
	"testing"

	"nabla/numeric"
	"nabla/numeric/blas"

	"pgregory.net/rapid"
)

// A loop that adds to zeros clears them itself where it can; what it stores, and what stays zero, is the same.
func TestLoopsThatClearOnTheirWay(t *testing.T) {
	defer blas.SetThreads(1)
	cleared := 0
	rapid.Check(t, func(t *rapid.T) {
		rows, columns := rapid.IntRange(1, 700).Draw(t, "rows"), rapid.IntRange(1, 9).Draw(t, "columns")
		inner := rapid.IntRange(0, 3).Draw(t, "inner")
		outer := rapid.IntRange(0, 40).Draw(t, "outer")
		off, rest := rapid.IntRange(0, 5).Draw(t, "off"), rapid.IntRange(0, 5).Draw(t, "rest")
		var b Builder
		x := b.Input([]int{rows, columns})
		out := b.Buffer(off + (rows-1)*outer + (columns-1)*inner + 1 + rest)
		b.Zero(out)
		if other := b.Buffer(3); rapid.Bool().Draw(t, "between") {
			b.Zero(other)
		}
		l := NewLoop([]int{rows, columns})
		l.Store(l.Load(Dense(x, []int{rows, columns})), View{Buf: out, Off: off, Stride: []int{outer, inner}}, true)
		b.Loop(l, "")
		p := b.Program([]View{Dense(out, []int{b.Size(out)})}, numeric.Float64)
		if !slices.ContainsFunc(p.Instructions(), func(i Info) bool { return i.Kind == "zero" && i.Writes == out }) {
			cleared++
		}
		in := &numeric.Array{Shape: []int{rows, columns}, Data: make([]float64, rows*columns)}
		want := make([]float64, b.Size(out))
		for i := range in.Data {
			in.Data[i] = float64(i + 1)
			want[off+i/columns*outer+i%columns*inner] += float64(i + 1)
		}
		blas.SetThreads(rapid.IntRange(1, 2).Draw(t, "threads"))
		m := NewMachine[float64](p)
		for range 2 {
			got, err := m.Run(context.Background(), []*numeric.Array{in})
			if err != nil || !slices.Equal(got[0].Data, want) {
				t.Fatalf("%v %v, want %v", got[0].Data, err, want)
			}
		}
	})
	if cleared == 0 {
		t.Error("no loop cleared what it adds to")
	}
}
