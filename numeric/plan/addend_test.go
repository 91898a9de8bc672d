package plan

import (
	"context"
	"math"
	"slices"
	"testing"

	"nabla/numeric"
	"nabla/numeric/blas"

	"pgregory.net/rapid"
)

// A multiple of a matrix, or of one row, or of a transpose, to which a product is added: whatever of it is done on the way, by any
// number of threads, the numbers are those of sums by hand, and equal by one and two threads bit for bit.
func TestAProductIsAddedToAMultiple(t *testing.T) {
	defer blas.SetThreads(1)
	onTheWay := 0
	check := func(t *rapid.T) {
		typ := rapid.SampledFrom([]numeric.Type{numeric.Float64, numeric.Float32}).Draw(t, "type")
		c := drawAdded(t)
		p := c.program(typ)
		if slices.ContainsFunc(p.code, func(i instruction) bool { q, ok := i.(*Product); return ok && q.to != nil }) {
			onTheWay++
		}
		var first []float64
		for _, threads := range []int{1, 2} {
			blas.SetThreads(threads)
			got := c.run(t, p)
			if first == nil {
				first = got
				c.check(t, got, typ)
			}
			if !slices.Equal(got, first) {
				t.Fatal("two threads give other bits than one")
			}
		}
	}
	rapid.Check(t, check)
	if onTheWay == 0 {
		t.Error("nothing was added on the way")
	}
}

// added is the case C = 0.5 A B + c u D, with C also as it is stored by columns, and D of several kinds.
type added struct {
	m, n, k    int
	kind       string // of D
	byColumns  bool   // C
	scaled     bool   // by u
	c          float64
	between    bool // something else writes what D was, before the product
	a, b, d, u *numeric.Array
}

func drawAdded(t *rapid.T) *added {
	size := rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(90, 140))
	c := &added{m: size.Draw(t, "m"), n: size.Draw(t, "n"), k: rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(250, 300)).Draw(t, "k")}
	c.kind = rapid.SampledFrom([]string{"matrix", "row", "column", "transpose", "computed"}).Draw(t, "D")
	c.byColumns, c.scaled = rapid.Bool().Draw(t, "by columns"), rapid.Bool().Draw(t, "scaled")
	c.c = rapid.SampledFrom([]float64{1, 0, -2.5}).Draw(t, "c")
	c.between = c.kind == "computed" && rapid.Bool().Draw(t, "between")
	draw := func(shape ...int) *numeric.Array {
		x := numeric.New(shape...)
		for i := range x.Data {
			x.Data[i] = math.Sin(float64(7*i + len(shape) + shape[0]))
		}
		return x
	}
	c.a, c.b, c.d, c.u = draw(c.m, c.k), draw(c.k, c.n), draw(c.m, c.n), draw(1)
	return c
}

// stride is that of D in its memory, and its entry (i, j) is there.
func (c *added) stride() (row, col int) {
	switch c.kind {
	case "row":
		return 0, 1
	case "column":
		return c.n, 0
	case "transpose":
		return 1, c.m
	}
	return c.n, 1
}

func (c *added) program(typ numeric.Type) *Program {
	var b Builder
	x, y, d, u := b.Input(c.a.Shape), b.Input(c.b.Shape), b.Input(c.d.Shape), b.Input(c.u.Shape)
	shape := []int{c.m, c.n}
	out := b.Buffer(c.m * c.n)
	if c.kind == "computed" {
		twice := b.Buffer(c.m * c.n)
		l := NewLoop(shape)
		l.Store(l.Scale(2, l.Load(Dense(d, shape))), Dense(twice, shape), false)
		b.Loop(l, "")
		d = twice
	}
	at := View{Buf: out, Size: shape, Stride: []int{c.n, 1}}
	if c.byColumns {
		at.Stride = []int{1, c.m}
	}
	row, col := c.stride()
	l := NewLoop(shape)
	v := l.Load(View{Buf: d, Size: shape, Stride: []int{row, col}})
	if c.scaled {
		v = l.Mul(v, l.Load(View{Buf: u, Size: shape, Stride: []int{0, 0}}))
	}
	l.Store(l.Scale(c.c, v), at, false)
	b.Loop(l, "")
	if c.between {
		b.Zero(d)
	}
	b.Product(&Product{M: c.m, N: c.n, K: c.k, Alpha: 0.5, Add: true,
		A: Matrix{Buf: x, Row: c.k, Col: 1}, B: Matrix{Buf: y, Row: c.n, Col: 1}, C: Matrix{Buf: out, Row: at.Stride[0], Col: at.Stride[1]}}, "")
	return b.Program([]View{Dense(out, shape)}, typ)
}

func (c *added) run(t *rapid.T, p *Program) []float64 {
	if p.Type == numeric.Float32 {
		return runAdded[float32](t, p, c)
	}
	return runAdded[float64](t, p, c)
}

func runAdded[T numeric.Float](t *rapid.T, p *Program, c *added) []float64 {
	m := NewMachine[T](p)
	var in []*numeric.Tensor[T]
	for _, x := range []*numeric.Array{c.a, c.b, c.d, c.u} {
		in = append(in, numeric.Convert[T](x))
	}
	for range 2 { // the second time in an arena that holds what is left
		if _, err := m.Run(context.Background(), in); err != nil {
			t.Fatal(err)
		}
	}
	return numeric.Convert[float64](m.results[0]).Data
}

// check compares with sums by hand.
func (c *added) check(t *rapid.T, got []float64, typ numeric.Type) {
	tolerance := map[numeric.Type]float64{numeric.Float64: 1e-13, numeric.Float32: 1e-4}[typ]
	row, col := c.stride()
	for i := range c.m {
		for j := range c.n {
			want := 0.0
			for p := range c.k {
				want += 0.5 * c.a.Data[i*c.k+p] * c.b.Data[p*c.n+j]
			}
			d := c.c * c.d.Data[i*row+j*col]
			if c.kind == "computed" {
				d *= 2
			}
			if c.scaled {
				d *= c.u.Data[0]
			}
			at := i*c.n + j
			if c.byColumns {
				at = j*c.m + i
			}
			if want += d; !(math.Abs(got[at]-want) <= tolerance*float64(c.k+4)) {
				t.Fatalf("entry %d, %d is %v, not %v", i, j, got[at], want)
			}
		}
	}
}
