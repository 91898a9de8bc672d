// Package persist has a map and a list whose copies cost nothing: a copy shares what it does not change. A session of
// ten thousand names copies its state at every statement, so that a statement that fails changes nothing.
package persist

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
)

// A Map is a map that is a value: after n := m, changes of n are not seen in m. The zero Map is empty. Get takes constant
// time, Set and Delete copy a bounded number of entries. It is a hash array mapped trie (Bagwell 2001).
type Map[K comparable, V any] struct {
	root *node[K, V]
	size int
}

// A node is where some bits of a hash lead: for each of their values that occurs, an entry, or a node for those that have
// it in common.
type node[K comparable, V any] struct {
	present uint32
	slots   []slot[K, V]
}

type slot[K comparable, V any] struct {
	below *node[K, V] // nil: the slot is an entry
	key   K
	value V
}

const (
	stride = 5             // bits of the hash for each level
	depth  = 64 / stride   // levels of one hash; keys that agree in all of them are told apart by the next seed
	fanout = 1<<stride - 1 // mask
)

var seeds = [...]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed(), maphash.MakeSeed(), maphash.MakeSeed()}

// A path is the hash of a key, read from the root down.
type path[K comparable] struct {
	key   K
	level int
	hash  uint64
}

func (p *path[K]) next() (bit uint32) {
	if p.level%depth == 0 {
		p.hash = maphash.Comparable(seeds[p.level/depth], p.key)
	}
	p.level++
	bit = 1 << (p.hash & fanout)
	p.hash >>= stride
	return bit
}

// at is the place of a bit among the slots.
func (n *node[K, V]) at(bit uint32) int { return bits.OnesCount32(n.present & (bit - 1)) }

// Len is the number of entries.
func (m Map[K, V]) Len() int { return m.size }

// Get is the value of a key.
func (m Map[K, V]) Get(key K) (v V, ok bool) {
	p := path[K]{key: key}
	for n := m.root; n != nil; {
		bit := p.next()
		if n.present&bit == 0 {
			return v, false
		}
		s := &n.slots[n.at(bit)]
		if s.below == nil {
			if s.key == key {
				return s.value, true
			}
			return v, false
		}
		n = s.below
	}
	return v, false
}

// At is the value of a key, or the zero value.
func (m Map[K, V]) At(key K) V {
	v, _ := m.Get(key)
	return v
}

// Has says that the key has a value.
func (m Map[K, V]) Has(key K) bool {
	_, ok := m.Get(key)
	return ok
}

// Set gives a key its value.
func (m *Map[K, V]) Set(key K, value V) {
	root := m.root
	if root == nil {
		root = &node[K, V]{}
	}
	var added bool
	m.root, added = root.with(path[K]{key: key}, slot[K, V]{key: key, value: value})
	if added {
		m.size++
	}
}

// with is a copy of n with an entry.
func (n *node[K, V]) with(p path[K], entry slot[K, V]) (_ *node[K, V], added bool) {
	here := p
	bit := p.next()
	i := n.at(bit)
	if n.present&bit == 0 {
		return &node[K, V]{n.present | bit, slices.Insert(slices.Clip(n.slots), i, entry)}, true
	}
	slots := slices.Clone(n.slots)
	switch old := slots[i]; {
	case old.below != nil:
		slots[i].below, added = old.below.with(p, entry)
	case old.key == entry.key:
		slots[i] = entry
	default:
		slots[i], added = slot[K, V]{below: pair(old, entry, here.level+1)}, true
	}
	return &node[K, V]{n.present, slots}, added
}

// pair is a node of two entries whose keys agree above the level.
func pair[K comparable, V any](a, b slot[K, V], level int) *node[K, V] {
	n := &node[K, V]{}
	n, _ = n.with(skipped(a.key, level), a)
	n, _ = n.with(skipped(b.key, level), b)
	return n
}

// skipped is the path of a key from a level on.
func skipped[K comparable](key K, level int) path[K] {
	p := path[K]{key: key, level: level - level%depth}
	for p.level < level {
		p.next()
	}
	return p
}

// Delete forgets a key.
func (m *Map[K, V]) Delete(key K) {
	if !m.Has(key) {
		return
	}
	m.root, m.size = m.root.without(path[K]{key: key}), m.size-1
}

// without is a copy of n without the entry of a key, which it has; nil if nothing else is left.
func (n *node[K, V]) without(p path[K]) *node[K, V] {
	bit := p.next()
	i := n.at(bit)
	if below := n.slots[i].below; below != nil {
		if below = below.without(p); below != nil {
			slots := slices.Clone(n.slots)
			slots[i] = slot[K, V]{below: below}
			if len(below.slots) == 1 && below.slots[0].below == nil { // an entry alone needs no node
				slots[i] = below.slots[0]
			}
			return &node[K, V]{n.present, slots}
		}
	}
	if len(n.slots) == 1 {
		return nil
	}
	return &node[K, V]{n.present &^ bit, slices.Delete(slices.Clone(n.slots), i, i+1)}
}

// All are the entries, in no order that can be relied on. Changes during the iteration are not seen by it.
func (m Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if m.root != nil {
			m.root.all(yield)
		}
	}
}

func (n *node[K, V]) all(yield func(K, V) bool) bool {
	for _, s := range n.slots {
		if s.below != nil && !s.below.all(yield) || s.below == nil && !yield(s.key, s.value) {
			return false
		}
	}
	return true
}
