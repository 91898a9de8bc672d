package persist

import (
	"slices"
	"sync/atomic"
)

// A List is a list that grows at its end and is a value: after n := l, what is added to n is not in l. The zero List is
// empty. Adding takes constant time on average, except to a list that a copy was added to before: that is copied.
type List[T any] struct {
	items []T
	used  *atomic.Int64 // how much of the array some copy holds
}

// Len is the number of items.
func (l List[T]) Len() int { return len(l.items) }

// Slice are the items. It is not to be written to.
func (l List[T]) Slice() []T { return slices.Clip(l.items) }

// Add puts an item at the end.
func (l *List[T]) Add(item T) {
	n := int64(len(l.items))
	if len(l.items) == cap(l.items) || !l.used.CompareAndSwap(n, n+1) {
		l.items = slices.Grow(slices.Clip(l.items), len(l.items)+4)
		l.used = &atomic.Int64{}
		l.used.Store(n + 1)
	}
	l.items = append(l.items, item)
}
