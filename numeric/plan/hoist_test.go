package plan

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestHoistingKeepsTheOrderOfWhatDependsOnEachOther(t *testing.T) {
	moved := 0
	rapid.Check(t, func(t *rapid.T) {
		b, outputs := randomBuilder(t)
		b.pack()
		before, most := slices.Clone(b.code), b.mostAlive(outputs)
		b.hoist(outputs)
		place := map[instruction]int{}
		for i, c := range b.code {
			place[c] = i
		}
		if len(place) != len(before) {
			t.Fatalf("%d instructions of %d", len(place), len(before))
		}
		for j, d := range before {
			if place[d] < j {
				moved++
			}
			for _, c := range before[:j] {
				if conflict(c, d) && place[c] > place[d] {
					t.Fatalf("%v comes after %v", c, d)
				}
			}
		}
		if now := b.mostAlive(outputs); now > most {
			t.Fatalf("%d entries are alive, %d before", now, most)
		}
	})
	if moved == 0 {
		t.Error("nothing was ever moved")
	}
}

// conflict says that one of two instructions writes what the other reads or writes.
func conflict(c, d instruction) bool {
	return c.writes() == d.writes() || slices.Contains(c.reads(), d.writes()) || slices.Contains(d.reads(), c.writes())
}

// mostAlive is the most entries of buffers that hold something during an instruction.
func (b *Builder) mostAlive(outputs []View) (most int) {
	l := b.liveness(outputs)
	for i := range b.code {
		sum := 0
		for buf, n := range b.size {
			if !l.input[buf] && l.first[buf] >= 0 && l.first[buf] <= i && i <= l.last[buf] {
				sum += n
			}
		}
		most = max(most, sum)
	}
	return most
}

// The gradient of the last layer is computed where what it reads was made, and its memory serves the next product.
func TestHoistingFreesEarly(t *testing.T) {
	var b Builder
	const n = 16
	size := []int{n, n}
	x := b.Input(size)
	product := func(a, c Buf, rows int) Buf {
		out := b.Buffer(rows * n)
		m := func(x Buf) Matrix { return Matrix{Buf: x, Row: n, Col: 1} }
		b.Product(&Product{M: rows, N: n, K: n, A: m(a), B: m(c), C: m(out), Alpha: 1}, "")
		return out
	}
	first := product(x, x, n)
	second := product(x, x, n)
	third := product(x, second, n)
	small := product(first, first, 1)
	b.Program([]View{Dense(third, size), Dense(small, []int{1, n})}, 0)
	if got := b.code[1].writes(); got != small {
		t.Errorf("the second instruction writes %v, not %v", got, small)
	}
}
