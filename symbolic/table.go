package symbolic

import (
	"bytes"
	"hash/maphash"
	"slices"
)

// A table finds nodes by their keys. The keys lie one after another in one piece of memory, and the places hold numbers
// only: a map of strings took an allocation for every key, hashed all keys again whenever it grew, and gave the collector as
// many pointers to follow, a seventh of the time of a long derivation.
type table struct {
	entries [][]entry // in blocks, which do not move
	count   int
	places  []place // by hash, the next ones where taken; a power of two
	keys    []byte
}

const block = 512

// An entry is a node and where its key lies.
type entry struct {
	e        *Expr
	from, to int
}

// entry is the i-th one.
func (t *table) entry(i int) *entry { return &t.entries[i/block][i%block] }

// A place is the number of an entry, from 1, and the upper half of the hash of its key.
type place struct{ hash, at uint32 }

var seed = maphash.MakeSeed()

// find is the node of a key, or nil.
func (t *table) find(key []byte, hash uint64) *Expr {
	if len(t.places) == 0 {
		return nil
	}
	for i := t.first(hash); ; i = (i + 1) & (len(t.places) - 1) {
		p := t.places[i]
		if p.at == 0 {
			return nil
		}
		if p.hash != uint32(hash>>32) {
			continue
		}
		if n := t.entry(int(p.at - 1)); bytes.Equal(t.keys[n.from:n.to], key) {
			return n.e
		}
	}
}

// first is where an entry of that hash is looked for first.
func (t *table) first(hash uint64) int { return int(hash) & (len(t.places) - 1) }

// add enters a node whose key is not in the table.
func (t *table) add(key []byte, hash uint64, e *Expr) {
	if 4*t.count >= 3*len(t.places) {
		t.grow()
	}
	if t.count%block == 0 {
		t.entries = append(t.entries, make([]entry, 0, block))
	}
	from := len(t.keys)
	if cap(t.keys) < from+len(key) {
		t.keys = slices.Grow(t.keys, from+len(key)) // twice as much: append grows large slices by a quarter
	}
	t.keys = append(t.keys, key...)
	last := &t.entries[len(t.entries)-1]
	*last = append(*last, entry{e, from, len(t.keys)})
	t.count++
	t.put(hash, t.count)
}

func (t *table) put(hash uint64, at int) {
	i := t.first(hash)
	for t.places[i].at != 0 {
		i = (i + 1) & (len(t.places) - 1)
	}
	t.places[i] = place{uint32(hash >> 32), uint32(at)}
}

func (t *table) grow() {
	t.places = make([]place, max(64, 2*len(t.places)))
	for i := range t.count {
		n := t.entry(i)
		t.put(maphash.Bytes(seed, t.keys[n.from:n.to]), i+1)
	}
}

// kept is a table of the nodes that are to be kept.
func (t *table) kept(keep func(*Expr) bool) table {
	var k table
	for i := range t.count {
		n := t.entry(i)
		if key := t.keys[n.from:n.to]; keep(n.e) {
			k.add(key, maphash.Bytes(seed, key), n.e)
		}
	}
	return k
}
