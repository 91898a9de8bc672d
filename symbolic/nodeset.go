package symbolic

// A nodeSet is a set of nodes that were made no later than last: a map while it is small, then one bit for every node,
// which neither hashes nor grows.
type nodeSet struct {
	last *Expr
	few  map[*Expr]bool
	bits []uint64
}

// fewNodes are kept in a map: a small expression of a large graph should not pay for all of it.
const fewNodes = 128

func (s *nodeSet) has(e *Expr) bool {
	if s.bits == nil {
		return s.few[e]
	}
	return e.ID <= s.last.ID && s.bits[e.ID>>6]&(1<<(e.ID&63)) != 0
}

func (s *nodeSet) add(e *Expr) {
	switch {
	case s.bits != nil:
		s.bits[e.ID>>6] |= 1 << (e.ID & 63)
	case s.few == nil:
		s.few = map[*Expr]bool{e: true}
	case len(s.few) < fewNodes:
		s.few[e] = true
	default:
		s.bits = make([]uint64, s.last.ID>>6+1)
		for x := range s.few {
			s.add(x)
		}
		s.add(e)
	}
}

// A nodeIndex numbers nodes from 1, as a nodeSet holds them.
type nodeIndex struct {
	few map[*Expr]int32
	all []int32 // by ID
}

// newNodeIndex numbers nodes that were made no later than last.
func newNodeIndex(nodes []*Expr, last *Expr) (x nodeIndex) {
	if len(nodes) <= fewNodes {
		x.few = make(map[*Expr]int32, len(nodes))
		for i, e := range nodes {
			x.few[e] = int32(i + 1)
		}
		return x
	}
	x.all = make([]int32, last.ID+1)
	for i, e := range nodes {
		x.all[e.ID] = int32(i + 1)
	}
	return x
}

// of is the number of e, 0 where it has none.
func (x *nodeIndex) of(e *Expr) int32 {
	switch {
	case x.all == nil:
		return x.few[e]
	case int(e.ID) < len(x.all):
		return x.all[e.ID]
	}
	return 0
}
