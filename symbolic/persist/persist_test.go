package persist

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A Map does what Go's map does, and every earlier copy stays as it was.
func TestMapIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type version struct {
			got  Map[int, int]
			want map[int]int
		}
		versions := []version{{want: map[int]int{}}}
		span := rapid.SampledFrom([]int{3, 40, 5000}).Draw(t, "span")
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			v := versions[rapid.IntRange(0, len(versions)-1).Draw(t, "from")]
			v.want = maps.Clone(v.want)
			k := rapid.IntRange(0, span).Draw(t, "key")
			if rapid.IntRange(0, 2).Draw(t, "what") == 0 {
				v.got.Delete(k)
				delete(v.want, k)
			} else {
				x := rapid.Int().Draw(t, "value")
				v.got.Set(k, x)
				v.want[k] = x
			}
			versions = append(versions, v)
		}
		for _, v := range versions {
			if got := maps.Collect(v.got.All()); !maps.Equal(got, v.want) || v.got.Len() != len(v.want) {
				t.Fatalf("got %v of %d, want %v", got, v.got.Len(), v.want)
			}
			for k := range span + 1 {
				got, ok := v.got.Get(k)
				if want, there := v.want[k]; got != want || ok != there {
					t.Fatalf("%d: got %v %v, want %v %v", k, got, ok, want, there)
				}
			}
		}
	})
}

// Keys whose hashes agree to the last bit are told apart by another hash.
func TestHashesThatAgree(t *testing.T) {
	a, b := slot[string, int]{key: "a", value: 1}, slot[string, int]{key: "b", value: 2}
	n := pair(a, b, depth) // as if they had met in every level of the first
	m := Map[string, int]{size: 2}
	for level := depth - 1; level >= 0; level-- {
		p := skipped("a", level)
		n = &node[string, int]{p.next(), []slot[string, int]{{below: n}}}
	}
	m.root = n
	if m.At("a") != 1 {
		t.Fatalf("a is %d", m.At("a"))
	}
	m.Set("a", 3)
	m.Delete("a")
	if m.Len() != 1 || m.Has("a") {
		t.Fatalf("a is still there: %v", maps.Collect(m.All()))
	}
}

// An entry is set by copying the nodes on its way, however many entries there are.
func TestSetCopiesAWay(t *testing.T) {
	var m Map[int, int]
	shared := func(a, b *node[int, int]) (fresh int) {
		seen := map[*node[int, int]]bool{}
		var walk func(n *node[int, int], f func(*node[int, int]))
		walk = func(n *node[int, int], f func(*node[int, int])) {
			f(n)
			for _, s := range n.slots {
				if s.below != nil {
					walk(s.below, f)
				}
			}
		}
		walk(a, func(n *node[int, int]) { seen[n] = true })
		walk(b, func(n *node[int, int]) {
			if !seen[n] {
				fresh += len(n.slots)
			}
		})
		return fresh
	}
	for i := range 100_000 {
		before := m.root
		m.Set(i, i)
		if i > 0 && i%9999 == 0 {
			if n := shared(before, m.root); n > 150 {
				t.Errorf("the %dth entry copied %d", i, n)
			}
		}
	}
}

// A List does what a slice does, and every earlier copy stays as it was.
func TestListIsAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got, want := []List[int]{{}}, [][]int{nil}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			i := rapid.IntRange(max(0, len(got)-4), len(got)-1).Draw(t, "from")
			x := rapid.Int().Draw(t, "item")
			l := got[i]
			l.Add(x)
			got, want = append(got, l), append(want, append(slices.Clone(want[i]), x))
		}
		for i := range got {
			if !slices.Equal(got[i].Slice(), want[i]) {
				t.Fatalf("got %v, want %v", got[i].Slice(), want[i])
			}
		}
	})
}
