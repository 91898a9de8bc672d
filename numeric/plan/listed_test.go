package plan

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"nabla/numeric"
	"nabla/numeric/blas"

	"pgregory.net/rapid"
)

// A listed product with its places drawn at random, below and above the sizes of tiles, against sums by hand.
func TestListedProducts(t *testing.T) {
	defer blas.SetThreads(1)
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		sizes := [3]int{}
		for i := range sizes {
			sizes[i] = rapid.IntRange(1, 9).Draw(t, "size")
		}
		tile := [3]int{listedRows, listedColumns, listedDepth}
		for range 2 { // two that are long make it worth to be shared
			if i := rapid.IntRange(0, 5).Draw(t, "long"); i < 3 {
				sizes[i] = rapid.IntRange(tile[i]-1, 2*tile[i]+1).Draw(t, "length")
			}
		}
		p, sizeA, sizeB, sizeC := randomListed(t, r, sizes)
		blas.SetThreads(rapid.IntRange(1, 3).Draw(t, "threads"))
		checkListed[float64](t, r, p, [3]int{sizeA, sizeB, sizeC}, 1e-12)
		checkListed[float32](t, r, p, [3]int{sizeA, sizeB, sizeC}, 1e-4)
	})
}

// randomListed draws places: those of A and B anywhere, also twice; those of C where a random order of the entries of a
// matrix puts them, a few left out.
func randomListed(t *rapid.T, r *rand.Rand, sizes [3]int) (p Listed, sizeA, sizeB, sizeC int) {
	places := func(n int) []int {
		out := make([]int, n)
		for i := range out {
			if out[i] = r.IntN(2 * n); i > 0 && r.IntN(4) > 0 {
				out[i] = out[i-1] + 1
			}
		}
		return out
	}
	spread := func(n, stride int) (out [][]int, used int) {
		out = make([][]int, n)
		order := r.Perm(2 * n)
		if r.IntN(2) == 0 {
			order = axesTo(2 * n)
		}
		for i, at := range order {
			if i < n || r.IntN(3) == 0 {
				out[i%n] = append(out[i%n], at*stride)
			}
		}
		return out, 2 * n
	}
	rows, columns, depth := sizes[0], sizes[1], sizes[2]
	p = Listed{ARow: places(rows), ATerm: places(depth), BTerm: places(depth), BCol: places(columns), Alpha: 0.5, Add: r.IntN(2) == 0}
	var width int
	p.CCol, width = spread(columns, 1)
	p.CRow, sizeC = spread(rows, width)
	sizeC *= width
	around := rapid.IntRange(1, 3).Draw(t, "around")
	for i := range around {
		p.Around = append(p.Around, [3]int{i, 2 * i, i * sizeC})
	}
	return p, most(p.ARow) + most(p.ATerm) + 1 + around, most(p.BCol) + most(p.BTerm) + 1 + 2*around, around * sizeC
}

func axesTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func most(xs []int) int {
	m := 0
	for _, x := range xs {
		m = max(m, x)
	}
	return m
}

func checkListed[T numeric.Float](t *rapid.T, r *rand.Rand, p Listed, sizes [3]int, tolerance float64) {
	var b Builder
	var in []*numeric.Tensor[T]
	for _, n := range sizes {
		a := &numeric.Tensor[T]{Shape: []int{n}, Data: make([]T, n)}
		for i := range a.Data {
			a.Data[i] = T(r.NormFloat64())
		}
		in = append(in, a)
	}
	p.A, p.B = b.Input(in[0].Shape), b.Input(in[1].Shape)
	start, factor := b.Input(in[2].Shape), b.Input(nil)
	in = append(in, &numeric.Tensor[T]{Data: []T{3}})
	p.Scalars = []View{{Buf: factor}}
	p.C = b.Buffer(sizes[2])
	l := NewLoop(in[2].Shape)
	l.Store(l.Load(Dense(start, in[2].Shape)), Dense(p.C, in[2].Shape), false)
	b.Loop(l, "")
	want := make([]float64, sizes[2])
	for i, x := range in[2].Data {
		want[i] = float64(x)
	}
	for _, at := range p.Around {
		for i, row := range p.ARow {
			for j, column := range p.BCol {
				sum := 0.0
				for k := range p.ATerm {
					sum += float64(in[0].Data[at[0]+row+p.ATerm[k]]) * float64(in[1].Data[at[1]+p.BTerm[k]+column])
				}
				for _, x := range p.CRow[i] {
					for _, y := range p.CCol[j] {
						if c := at[2] + x + y; p.Add {
							want[c] += 1.5 * sum
						} else {
							want[c] = 1.5 * sum
						}
					}
				}
			}
		}
	}
	b.Listed(&p, "")
	m := NewMachine[T](b.Program([]View{Dense(p.C, in[2].Shape)}, numeric.TypeOf[T]()))
	for range 2 {
		out, err := m.Run(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			if got := float64(out[0].Data[i]); !(math.Abs(got-w) <= tolerance*float64(len(p.ATerm)+8)) {
				t.Fatalf("entry %d is %v, not %v", i, got, w)
			}
		}
	}
}
