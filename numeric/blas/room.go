package blas

import "gonum.org/v1/gonum/blas"

// A Room is what a call needs of a Workspace, in numbers: for what is packed for all threads, for what each packs for itself, and
// for vectors made contiguous. It does not depend on how many threads there are, nor on the strides.
type Room struct{ Packed, Block, Vectors int }

// Max is room enough for either.
func (r Room) Max(s Room) Room {
	return Room{max(r.Packed, s.Packed), max(r.Block, s.Block), max(r.Vectors, s.Vectors)}
}

// Numbers is how many numbers so many threads need together.
func (r Room) Numbers(threads int) int { return r.Packed + r.Vectors + r.Block*threads }

// GemmRoom is the room for C = alpha A op(B) + beta C with numbers of type T, and for one triangle of such a product.
func GemmRoom[T number](tB blas.Transpose, m, n, k int) Room {
	switch {
	case min(m, n, k) == 0:
		return Room{}
	case n == 1:
		return GemvRoom(m, k)
	case m == 1:
		return GemvRoom(n, k)
	}
	g := product[T]{m: m, n: n, k: k, b: op[T](tB, nil, 0)}
	g.plan()
	return g.room()
}

// GemvRoom is the room for a product of an m×n matrix, or of its transpose, with a vector, and for an outer product of that size.
func GemvRoom(m, n int) Room {
	if min(m, n) == 0 {
		return Room{}
	}
	return Room{Vectors: m + n}
}

// Reserve makes room for calls with numbers of type T that so many threads share: they then allocate nothing.
func Reserve[T number](ws *Workspace, r Room, threads int) {
	s := spaceOf[T](ws)
	grow(&s.packed, r.Packed)
	grow(&s.vectors, r.Vectors)
	s.hire(threads, r.Block)
}

func spaceOf[T number](ws *Workspace) *space[T] {
	if s, ok := any(&ws.d).(*space[T]); ok {
		return s
	}
	return any(&ws.s).(*space[T])
}

// hire makes room for so many threads, each with a block of A.
func (s *space[T]) hire(threads, block int) {
	for len(s.workers) < threads {
		s.workers = append(s.workers, new(worker[T]))
	}
	for _, w := range s.workers[:threads] {
		grow(&w.packed, block)
	}
}
