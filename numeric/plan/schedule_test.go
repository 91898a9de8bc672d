package plan

import (
	"context"
	"math"
	"slices"
	"testing"

	"nabla/numeric"
	"nabla/numeric/blas"
	"nabla/numeric/vec"

	"pgregory.net/rapid"
)

const side8 = 8 // all buffers are 8×8

func randomProgram(t *rapid.T, typ numeric.Type) *Program {
	b, outputs := randomBuilder(t)
	return b.Program(outputs, typ)
}

// randomBuilder draws instructions over buffers that are read while they live, overwritten, and added to.
func randomBuilder(t *rapid.T) (*Builder, []View) {
	b := new(Builder)
	bufs := []Buf{b.Input([]int{side8, side8}), b.Input([]int{side8, side8})}
	size := []int{side8, side8}
	pick := func() Buf { return rapid.SampledFrom(bufs).Draw(t, "buffer") }
	for range rapid.IntRange(3, 25).Draw(t, "instructions") {
		out := b.Buffer(side8 * side8)
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			l := NewLoop(size)
			v := l.Map(math.Tanh, numeric.Slices(vec.Tanh, vec.Tanh), l.Add(l.Load(Dense(pick(), size)), 0.5, l.Load(Dense(pick(), size))))
			l.Store(v, Dense(out, size), false)
			b.Loop(l, "")
		case 1:
			m := func(x Buf) Matrix { return Matrix{Buf: x, Row: side8, Col: 1} }
			p := &Product{M: side8, N: side8, K: side8, A: m(pick()), B: m(pick()).T(), C: m(out), Alpha: 0.1}
			p.B = p.B.T()
			b.Product(p, "")
		case 2:
			b.Kernel(&Kernel{Name: "mirrored", Out: out, Args: []Buf{pick()}, Batch: side8, Core: []int{side8}, Cores: [][]int{{side8}}, F: mirrored}, "")
		case 3:
			b.Zero(out)
			for range rapid.IntRange(1, 2).Draw(t, "additions") {
				l := NewLoop(size)
				l.Store(l.Scale(0.3, l.Load(Dense(pick(), size))), Dense(out, size), true)
				b.Loop(l, "")
			}
		}
		bufs = append(bufs, out)
	}
	outputs := []View{Dense(bufs[len(bufs)-1], size)}
	for range rapid.IntRange(0, 3).Draw(t, "outputs") {
		outputs = append(outputs, Dense(pick(), size))
	}
	return b, outputs
}

func mirrored(out *numeric.Array, args []*numeric.Array, _ numeric.Work) error {
	for i, x := range args[0].Data {
		out.Data[len(out.Data)-1-i] = x + float64(i)
	}
	return nil
}

// togetherAlways makes every instruction long enough for a thread of its own.
func togetherAlways(t interface{ Cleanup(func()) }) {
	was := togetherWork
	togetherWork = 0
	t.Cleanup(func() { togetherWork = was; blas.SetThreads(1) })
}

func TestAScheduleKeepsTheOrderOfWhatDependsOnEachOther(t *testing.T) {
	togetherAlways(t)
	together := 0
	rapid.Check(t, func(t *rapid.T) {
		p := randomProgram(t, numeric.Float64)
		stage := make([]int, len(p.code))
		count := 0
		for s, is := range p.Stages() {
			for _, i := range is {
				stage[i], count = s, count+1
			}
			together = max(together, len(is))
		}
		if count != len(p.code) {
			t.Fatalf("%d of %d instructions", count, len(p.code))
		}
		for i := range p.code {
			for j := i + 1; j < len(p.code); j++ {
				if p.depend(i, j) && stage[i] >= stage[j] {
					t.Fatalf("%d before %d: %v", i, j, p.Stages())
				}
			}
		}
	})
	if together < 3 {
		t.Errorf("at most %d instructions are done together", together)
	}
}

func TestStagesComputeWhatTheOrderDoes(t *testing.T) {
	togetherAlways(t)
	rapid.Check(t, func(t *rapid.T) {
		stagesAgree[float64](t, randomProgram(t, numeric.Float64))
		stagesAgree[float32](t, randomProgram(t, numeric.Float32))
	})
}

func stagesAgree[T numeric.Float](t *rapid.T, p *Program) {
	m := NewMachine[T](p)
	in := make([]*numeric.Tensor[T], 2)
	for k := range in {
		in[k] = numeric.Empty[T](side8, side8)
		for i := range in[k].Data {
			in[k].Data[i] = T(math.Sin(float64(i + 100*k)))
		}
	}
	var want [][]T
	for _, threads := range []int{1, 2, 3, 2} {
		blas.SetThreads(threads)
		out, err := m.Run(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range out {
			if threads == 1 {
				want = append(want, slices.Clone(o.Data))
			} else if !slices.Equal(o.Data, want[i]) {
				t.Fatalf("output %d by %d threads: %v, want %v\n%v", i, threads, o.Data, want[i], p.Stages())
			}
		}
	}
}

func TestAnErrorInAStageIsTheErrorOfTheRun(t *testing.T) {
	togetherAlways(t)
	blas.SetThreads(2)
	var b Builder
	x := b.Input([]int{4})
	var outs []View
	for k := range 3 {
		o := b.Buffer(4)
		b.Kernel(&Kernel{Name: "f", Out: o, Args: []Buf{x}, Batch: 1, Core: []int{4}, Cores: [][]int{{4}}, F: func(out *numeric.Array, _ []*numeric.Array, _ numeric.Work) error {
			if k == 1 {
				return context.DeadlineExceeded
			}
			return nil
		}}, "")
		outs = append(outs, Dense(o, []int{4}))
	}
	p := b.Program(outs, numeric.Float64)
	if len(p.Stages()) != 1 {
		t.Fatalf("stages %v", p.Stages())
	}
	if _, err := NewMachine[float64](p).Run(context.Background(), []*numeric.Array{numeric.New(4)}); err != context.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
}
