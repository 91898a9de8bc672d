package plan

import (
	"gonum.org/v1/gonum/blas"

	"nabla/numeric"
	"nabla/numeric/vec"
)

// A listedRun computes a Listed product with numbers of one type.
type listedRun[T numeric.Float] struct {
	*Listed
	lanes []*listedLane
	m     *Machine[T]
	alpha T
}

// A listedLane is the state of a run in one thread: which terms of which columns of B it has gathered, and an error.
type listedLane struct {
	has bTile
	err error
}

// A bTile names the terms from a first one on, of a group of columns, of one of the products.
type bTile struct{ around, columns, term int }

var noTile = bTile{-1, -1, -1}

// hire makes room for so many threads.
func (p *listedRun[T]) hire(threads int) {
	for len(p.lanes) < threads {
		p.lanes = append(p.lanes, &listedLane{})
	}
}

func (p *listedRun[T]) run(m *Machine[T], worker, threads int) error {
	p.alpha = T(p.Alpha)
	for _, s := range p.Scalars {
		p.alpha *= m.bufs[s.Buf][s.Off]
	}
	for _, l := range p.lanes {
		l.has, l.err = noTile, nil
	}
	p.m = m
	defer func() { p.m = nil }()
	if p.parts(threads) > 1 {
		m.crew.Each(p, threads, 0, p.units())
	} else {
		for unit := range p.units() {
			p.Do(worker, unit)
		}
	}
	for _, l := range p.lanes {
		if l.err != nil {
			return l.err
		}
	}
	return nil
}

// Do computes one tile. Those of a group of columns follow one another, so that a thread gathers what it needs of B once.
func (p *listedRun[T]) Do(worker, unit int) {
	l := p.lanes[worker]
	if l.err != nil {
		return
	}
	down := p.tilesDown()
	i, group := unit%down*p.rows, unit/down
	around, columns := group/p.tilesAcross(), group%p.tilesAcross()
	l.err = p.tile(worker, around, columns, i)
}

// tile computes the tile from row i on.
func (p *listedRun[T]) tile(worker, around, group, i int) error {
	m, ws, base := p.m, p.m.ws[worker], p.Around[around]
	j := group * p.columns
	rows, columns := p.ARow[i:min(i+p.rows, len(p.ARow))], p.BCol[j:min(j+p.columns, len(p.BCol))]
	a := m.blocks(worker)
	b := a[p.rows*p.depth:]
	c := b[p.columns*p.depth:]
	room := c[p.rows*p.columns:]
	beta := T(0)
	for k := 0; k < len(p.ATerm); k += p.depth {
		depth := min(p.depth, len(p.ATerm)-k)
		tA, lda := gatherLines(a, m.bufs[p.A][base[0]:], rows, p.ATerm[k:k+depth], p.aRows)
		tB, ldb := turned(p.bCols, len(columns), depth)
		if l := p.lanes[worker]; l.has != (bTile{around, group, k}) {
			gatherLines(b, m.bufs[p.B][base[1]:], columns, p.BTerm[k:k+depth], p.bCols)
			l.has = bTile{around, group, k}
		}
		ws.Alone(true)
		m.blas.gemm(ws, tA, tB, len(rows), len(columns), depth, p.alpha, a, lda, b, ldb, beta, c, len(columns))
		ws.Alone(false)
		beta = 1
	}
	for r := range rows {
		spreadRow(&p.spreads[group], m.bufs[p.C][base[2]:], p.CRow[i+r], c[r*len(columns):], room, p.Add)
	}
	return m.spend(2 * int64(len(rows)) * int64(len(columns)) * int64(len(p.ATerm)))
}

// gatherLines copies the terms of rows of A, or of columns of B, next to one another: line by line if that is how they
// are stored, else term by term. It returns how BLAS is told of a matrix whose rows they are.
func gatherLines[T numeric.Float](dst, src []T, lines, terms []int, whole bool) (blas.Transpose, int) {
	if whole {
		for i, at := range lines {
			copy(dst[i*len(terms):(i+1)*len(terms)], src[at+terms[0]:])
		}
		return blas.NoTrans, len(terms)
	}
	for k, at := range terms {
		pickEntries(dst[k*len(lines):], src[at:], lines)
	}
	return blas.Trans, len(lines)
}

// turned is how BLAS is told of a matrix whose columns are the lines that gatherLines has copied.
func turned(whole bool, lines, terms int) (blas.Transpose, int) {
	if whole {
		return blas.Trans, terms
	}
	return blas.NoTrans, lines
}

// spreadRow stores a row of a tile, or adds it, at all of its places in C. There is room for it as it is stored.
func spreadRow[T numeric.Float](s *spread, c []T, places []int, row, room []T, add bool) {
	if !s.straight {
		pickEntries(room, row, s.from)
		row = room
	}
	for _, at := range places {
		spreadRuns(c[at:], row[:len(s.from)], s.at, s.run, add)
	}
}

// pickEntries copies the entries of src at these places. It is a function of its own so that its loop stays in registers.
//
//go:noinline
func pickEntries[T numeric.Float](dst, src []T, at []int) {
	dst = dst[:len(at)]
	for i, x := range at {
		dst[i] = src[x]
	}
}

// spreadRuns stores, or adds, a row in runs. It is a function of its own for the same reason.
//
//go:noinline
func spreadRuns[T numeric.Float](c, row []T, at []int, run int, add bool) {
	if add {
		for _, x := range at {
			vec.Add(c[x:x+run], c[x:x+run], row[:run])
			row = row[run:]
		}
		return
	}
	for _, x := range at {
		copy(c[x:x+run], row)
		row = row[run:]
	}
}
