package plan

import "slices"

// A Listed is a product C = α A B, or C += α A B, whose rows, columns and terms lie at listed places. A row or a column
// may stand for several of C: entries that symmetry makes equal are computed once. All sizes are positive, and no entry
// of C is listed twice.
type Listed struct {
	A, B, C     Buf
	ARow, ATerm []int    // entry (i, k) of A is at ARow[i] + ATerm[k]
	BTerm, BCol []int    // entry (k, j) of B is at BTerm[k] + BCol[j]
	CRow, CCol  [][]int  // entry (i, j) goes to every place CRow[i][…] + CCol[j][…] of C
	Around      [][3]int // for each product, what is added to the places in A, B and C
	Alpha       float64
	Scalars     []View
	Add         bool

	// A tile of C is rows×columns; depth terms of it are summed at once.
	rows, columns, depth int
	spreads              []spread // of each group of columns
	aRows, bCols         bool     // the terms of a row of A, of a column of B, are neighbours
}

// Sizes of a tile: it, and what is multiplied for it, fits into the second-level cache.
const (
	listedRows    = 132
	listedColumns = 512
	listedDepth   = 256
)

// A spread says where a row of a tile goes: entry from[i] of it to place at[i/run] + i%run.
type spread struct {
	at, from []int
	run      int
	straight bool // the columns are in the order of their places
}

func (p *Listed) prepare() {
	p.rows, p.columns = min(listedRows, len(p.ARow)), min(listedColumns, len(p.BCol))
	p.depth = min(listedDepth, len(p.ATerm))
	p.aRows, p.bCols = neighbours(p.ATerm), neighbours(p.BTerm)
	for j := 0; j < len(p.CCol); j += p.columns {
		p.spreads = append(p.spreads, newSpread(p.CCol[j:min(j+p.columns, len(p.CCol))]))
	}
}

func neighbours(places []int) bool {
	for i, x := range places {
		if x != places[0]+i {
			return false
		}
	}
	return true
}

// newSpread sorts the places of some columns.
func newSpread(columns [][]int) spread {
	type entry struct{ at, from int }
	var es []entry
	for j, places := range columns {
		for _, at := range places {
			es = append(es, entry{at, j})
		}
	}
	slices.SortFunc(es, func(a, b entry) int { return a.at - b.at })
	s, begin := spread{}, 0
	for i, e := range es {
		s.from = append(s.from, e.from)
		if i+1 == len(es) || es[i+1].at != e.at+1 {
			s.run, begin = gcd(s.run, i+1-begin), i+1
		}
	}
	for i := 0; i < len(es); i += s.run {
		s.at = append(s.at, es[i].at)
	}
	s.straight = neighbours(s.from)
	return s
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// room is how many entries a thread works with.
func (p *Listed) room() int {
	longest := 0
	for _, s := range p.spreads {
		longest = max(longest, len(s.from))
	}
	return (p.rows+p.columns)*p.depth + p.rows*p.columns + longest
}

// units is the number of tiles.
func (p *Listed) units() int { return len(p.Around) * p.tilesAcross() * p.tilesDown() }

func (p *Listed) tilesAcross() int { return len(p.spreads) }
func (p *Listed) tilesDown() int   { return (len(p.ARow) + p.rows - 1) / p.rows }

// parts is in how many parts threads can do it.
func (p *Listed) parts(threads int) int {
	if threads == 1 || p.multiplications() < sharedCall {
		return 1
	}
	return p.units()
}

func (p *Listed) multiplications() int64 {
	return int64(len(p.Around)) * int64(len(p.ARow)) * int64(len(p.BCol)) * int64(len(p.ATerm))
}

func (p *Listed) reads() []Buf {
	b := []Buf{p.A, p.B}
	for _, s := range p.Scalars {
		b = append(b, s.Buf)
	}
	if p.Add {
		b = append(b, p.C)
	}
	return b
}

func (p *Listed) writes() Buf       { return p.C }
func (p *Listed) overwrites() []Buf { return nil }

func (p *Listed) info() Info {
	count := func(places [][]int) (n int64) {
		for _, at := range places {
			n += int64(len(at))
		}
		return n
	}
	entries := int64(len(p.Around)) * count(p.CRow) * count(p.CCol)
	return Info{Kind: "listed", Flops: 2 * p.multiplications(), Entries: entries}
}
