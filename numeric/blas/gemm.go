package blas

import "unsafe"

// Block sizes. A block of A, blockRows×blockDepth, stays in the second-level cache while it meets one panel of B after
// the other; a panel of B, blockDepth×tileColumns, stays in the first; the packed part of B is blockDepth×blockColumns.
const (
	blockRows    = 96 // a multiple of tileRows
	blockDepth   = 400
	blockColumns = 1024
)

// A product of up to flatRows rows and from flatDepth terms on is flat: A is packed whole, and a panel of B only while it is at
// work, so that B is never stored packed. The kernel reads A slowly enough for the outer cache.
const (
	flatRows  = 264
	flatDepth = 64
)

// Bounds between ways of computing, found by measurement.
const (
	packBRows    = 32  // from so many rows of C on, packing B pays
	packAColumns = 128 // from so many columns of C on, packing A pays
)

// SharedWork is from how many multiplications on a product is shared by threads: with fewer, they wait longer for one another
// than they save.
const SharedWork = 1 << 20

// product is one call of GEMM or SYRK: C = alpha A B + beta C, all of it or one triangle; or C = alpha A B + beta D.
type product[T number] struct {
	part        part
	m, n, k     int
	alpha, beta T
	a, b        operand[T]
	c           []T
	ldc         int
	d           []T // nil: C
	ldd         int // 0: all rows of D are one

	packA, packB bool
	flat         bool

	// The block at work: columns [j, j+columns), depth [p, p+depth); rows are given out in units of blockRows.
	j, columns int
	p, depth   int
	rows       int
	packed     []T // the panels of B; of a flat product, A
	workers    []*worker[T]
	threads    int
	phase      phase
	crew       Crew
	done       <-chan struct{} // closed: leave the rest
	alone      bool            // one thread
}

// stopped says that nobody wants the result any more.
func (g *product[T]) stopped() bool { return closed(g.done) }

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// part is what of C is computed.
type part uint8

const (
	whole part = iota
	upper
	lower
)

// phase is what the threads do together with a block, unit by unit.
type phase uint8

const (
	packing phase = iota
	multiplying
)

// worker is what one thread has for itself.
type worker[T number] struct {
	packed []T // the block of A; of a flat product, the panel of B
	panel  panel[T]
	tile   [tileRows * 16]T // a tile of C that the diagonal cuts
}

// run computes the product; m, n, k are positive and alpha is not zero.
func (g *product[T]) run(ws *space[T]) {
	g.plan()
	g.reserve(ws)
	beta := g.beta
	for g.j = 0; g.j < g.n; g.j += g.columns {
		g.columns = g.n
		if !g.flat {
			g.columns = min(blockColumns, g.n-g.j)
		}
		g.beta = beta
		for g.p = 0; g.p < g.k && !g.stopped(); g.p += g.depth {
			g.depth = depth(g.k - g.p)
			g.block()
			g.beta = 1
		}
	}
	g.beta = beta
}

// block does the block at work. What all threads read is packed first.
func (g *product[T]) block() {
	width := tileColumns[T]()
	panels, units := (g.columns+width-1)/width, (g.m+g.rows-1)/g.rows
	g.phase = packing
	switch {
	case g.flat:
		g.crew.Each(g, g.threads, 0, units)
	case g.packB:
		g.crew.Each(g, g.threads, 0, panels)
	default: // the last panel, if it is narrow
		g.crew.Each(g, g.threads, g.columns/width, panels)
	}
	g.phase = multiplying
	if g.flat {
		units = panels
	}
	g.crew.Each(g, g.threads, 0, units)
}

// depth splits what is left of k evenly, so that no block is thin.
func depth(left int) int {
	blocks := (left + blockDepth - 1) / blockDepth
	return (left + blocks - 1) / blocks
}

// plan chooses what is packed and how the rows are given out. Nothing that it chooses changes any bit of the result: the
// sum of an element of C runs over k in the same order whatever tile it lies in.
func (g *product[T]) plan() {
	g.packB = !g.b.rowMajor() || g.m >= packBRows
	g.packA = g.n >= packAColumns
	g.flat = g.packA && g.packB && g.m <= flatRows && g.k >= flatDepth
	g.rows = blockRows
	g.threads = 1
	if t := Threads(); t > 1 && !g.alone && g.m*g.n*g.k >= SharedWork {
		g.threads = t
		g.rows = evenRows(g.m, t)
	}
}

// evenRows is the height of a unit, at most blockRows, so that m rows make equally many units for each thread.
func evenRows(m, threads int) int {
	units := ((m+blockRows-1)/blockRows + threads - 1) / threads * threads
	return ((m+units-1)/units + tileRows - 1) / tileRows * tileRows
}

// room is what the product needs, whatever the threads.
func (g *product[T]) room() Room {
	depth, width := depth(g.k), tileColumns[T]()
	high := func(rows int) int { return (rows + tileRows - 1) / tileRows * tileRows * depth }
	wide := func(columns int) int { return (columns + width - 1) / width * width * depth }
	switch {
	case g.flat:
		return Room{Packed: high(g.m), Block: wide(1)}
	case g.packA && g.packB:
		return Room{Packed: wide(min(blockColumns, g.n)), Block: high(min(blockRows, g.m))}
	case g.packA:
		return Room{Packed: wide(1), Block: high(min(blockRows, g.m))}
	case g.packB:
		return Room{Packed: wide(min(blockColumns, g.n))}
	}
	return Room{Packed: wide(1)}
}

// reserve makes room for the panels and the blocks.
func (g *product[T]) reserve(ws *space[T]) {
	r := g.room()
	g.packed = grow(&ws.packed, r.Packed)
	ws.hire(g.threads, r.Block)
	g.workers = ws.workers
}

// grow makes *s at least n long and returns its first n numbers.
func grow[T number](s *[]T, n int) []T {
	if cap(*s) < n {
		*s = make([]T, n)
	}
	*s = (*s)[:cap(*s)]
	return (*s)[:n]
}

// pack does one unit of what all threads read.
func (g *product[T]) pack(w *worker[T], unit int) {
	if g.flat {
		g.packGroups(g.packed, 0, g.m, unit*g.rows, (unit+1)*g.rows)
	} else {
		g.packPanel(w, unit)
	}
}

// packPanel packs one panel of the block of B.
func (g *product[T]) packPanel(w *worker[T], unit int) {
	width := tileColumns[T]()
	j := unit * width
	h := min(width, g.columns-j)
	g.b.at(g.p, g.j+j).packColumns(g.panelB(w, unit), width, h, g.depth)
}

// panelB is where the packed panel of B is.
func (g *product[T]) panelB(w *worker[T], unit int) []T {
	n := g.depth * tileColumns[T]()
	switch {
	case g.flat:
		return w.packed[:n]
	case !g.packB:
		return g.packed[:n]
	}
	return g.packed[unit*n : (unit+1)*n]
}

// multiply updates one unit of the block of C: of rows, or of a flat product a panel.
func (g *product[T]) multiply(w *worker[T], unit int) {
	if g.stopped() {
		return
	}
	w.panel.alpha, w.panel.beta = g.alpha, g.beta
	w.panel.k = g.depth
	width := tileColumns[T]()
	if g.flat {
		g.packPanel(w, unit)
		g.announce(w, (unit+1)*width)
		g.meet(w, 0, g.m, unit*width)
		w.panel.next = 0
		return
	}
	i := unit * g.rows
	rows := min(g.rows, g.m-i)
	if g.packA {
		g.packGroups(w.packed, i, rows, 0, rows)
	}
	for j := 0; j < g.columns; j += width {
		g.meet(w, i, rows, j)
	}
}

// nextLines is how many lines of memory the kernel asks for during a tile.
const nextLines = 8

// announce tells the kernel that the panel of B from column j on will be packed next.
func (g *product[T]) announce(w *worker[T], j int) {
	if j >= g.columns {
		return
	}
	b, p := g.b.at(g.p, g.j+j), &w.panel
	p.next = uintptr(unsafe.Pointer(&b.data[0]))
	if b.rowMajor() {
		p.line, p.step = b.row*size[T](), nextLines*b.row*size[T]()
	} else {
		p.line, p.step = b.col*size[T](), 64
	}
}

// meet multiplies rows [i, i+rows) of A by the panel of B from column j on.
func (g *product[T]) meet(w *worker[T], i, rows, j int) {
	n := min(tileColumns[T](), g.columns-j)
	g.loadB(w, j, n)
	if g.part == whole {
		g.strip(w, i, 0, rows, j, n)
	} else {
		g.triangle(w, i, rows, j, n)
	}
}

// packGroups packs rows [i, i+rows) of the block of A into groups as high as the kernel's tiles will be; of these, the groups that
// begin in [first, end).
func (g *product[T]) packGroups(packed []T, i, rows, first, end int) {
	size := tileRows * g.depth
	for at, unit := 0, 0; at < min(rows, end); unit++ {
		h := g.groupRows(rows - at)
		if at >= first {
			g.a.at(i+at, g.p).transposed().packColumns(packed[unit*size:(unit+1)*size], tileRows, h, g.depth)
		}
		at += h
	}
}

// groupRows is the height of the kernel's next tile, with so many rows left. In triangles the kernel is called for groups
// of tileRows, or a single one of less.
func (g *product[T]) groupRows(left int) int {
	switch {
	case left == 9 && g.part == whole:
		return 5
	case left > tileRows && left < 9 && g.part == whole:
		return 4
	}
	return min(left, tileRows)
}

// loadB points the kernel to n columns of the block of B.
func (g *product[T]) loadB(w *worker[T], j, n int) {
	width := tileColumns[T]()
	w.panel.n = n
	if g.packB || n < width {
		w.panel.b, w.panel.bRow = &g.panelB(w, j/width)[0], width*size[T]()
		return
	}
	b := g.b.at(g.p, g.j+j)
	_ = b.data[(g.depth-1)*b.row+width-1]
	w.panel.b, w.panel.bRow = &b.data[0], b.row*size[T]()
}

// strip updates rows [i+from, i+to) and n columns of C, with from a multiple of tileRows.
func (g *product[T]) strip(w *worker[T], i, from, to, j, n int) {
	if from >= to {
		return
	}
	c := g.c[(i+from)*g.ldc+g.j+j:]
	_ = c[(to-from-1)*g.ldc+n-1]
	w.panel.c, w.panel.cRow = &c[0], g.ldc*size[T]()
	w.panel.d, w.panel.dRow = w.panel.c, w.panel.cRow
	if g.d != nil && g.p == 0 {
		d := g.d[(i+from)*g.ldd+g.j+j:]
		_ = d[(to-from-1)*g.ldd+n-1]
		w.panel.d, w.panel.dRow = &d[0], g.ldd*size[T]()
	}
	g.call(w, i, from, to)
}

// blockA is where the packed block of A is.
func (g *product[T]) blockA(w *worker[T]) []T {
	if g.flat {
		return g.packed
	}
	return w.packed
}

// call runs the kernel on rows [i+from, i+to) of A.
func (g *product[T]) call(w *worker[T], i, from, to int) {
	p := &w.panel
	p.m, p.dAt = to-from, 0
	if g.packA {
		group := g.blockA(w)[from*g.depth:]
		_ = group[((p.m+tileRows-1)/tileRows-1)*tileRows*g.depth]
		p.a, p.aRow, p.aCol = &group[0], size[T](), tileRows*size[T]()
		p.aStep = tileRows * g.depth * size[T]()
	} else {
		a := g.a.at(i+from, g.p)
		_ = a.data[(p.m-1)*a.row+(g.depth-1)*a.col]
		p.a, p.aRow, p.aCol, p.aStep = &a.data[0], a.row*size[T](), a.col*size[T](), 0
	}
	p.run()
}

// triangle updates what belongs to the triangle in rows [i, i+rows) and n columns of C: whole groups of rows in place,
// those that the diagonal cuts by way of a tile.
func (g *product[T]) triangle(w *worker[T], i, rows, j, n int) {
	// Rows before top lie above the diagonal in all n columns, rows from bottom on below it.
	top := clamp(g.j+j-i, rows) / tileRows * tileRows
	bottom := min(rows, (clamp(g.j+j+n-i, rows)+tileRows-1)/tileRows*tileRows)
	if g.part == upper {
		g.strip(w, i, 0, top, j, n)
	} else if bottom < rows {
		even := bottom + (rows-bottom)/tileRows*tileRows
		g.strip(w, i, bottom, even, j, n)
		g.strip(w, i, even, rows, j, n)
	}
	for from := top; from < bottom; from += tileRows {
		g.cut(w, i, from, min(from+tileRows, rows), j, n)
	}
}

func clamp(x, most int) int { return max(0, min(x, most)) }

// cut updates one group of rows that the diagonal may cut.
func (g *product[T]) cut(w *worker[T], i, from, to, j, n int) {
	width := tileColumns[T]()
	w.panel.c, w.panel.cRow = &w.tile[0], width*size[T]()
	w.panel.d, w.panel.dRow = w.panel.c, w.panel.cRow
	w.panel.beta = 0
	g.call(w, i, from, to)
	w.panel.beta = g.beta
	for r := from; r < to; r++ {
		first, last := 0, n // the columns of row r that are in the triangle
		if diagonal := i + r - g.j - j; g.part == upper {
			first = clamp(diagonal, n)
		} else {
			last = clamp(diagonal+1, n)
		}
		row := g.c[(i+r)*g.ldc+g.j+j:][:n]
		tile := w.tile[(r-from)*width:][:n]
		for q := first; q < last; q++ {
			row[q] = update(row[q], tile[q], g.beta)
		}
	}
}

// update is sum + beta c, without a look at c if beta is zero.
func update[T number](c, sum, beta T) T {
	if beta == 0 {
		return sum
	}
	return sum + beta*c
}

// scale multiplies the part of C by beta.
func (g *product[T]) scale() {
	for i := range g.m {
		row := g.c[i*g.ldc:][:g.n]
		switch g.part {
		case upper:
			row = row[i:]
		case lower:
			row = row[:i+1]
		}
		scale(row, g.beta)
	}
}

func scale[T number](x []T, beta T) {
	switch beta {
	case 0:
		clear(x)
	case 1:
	default:
		for i := range x {
			x[i] *= beta
		}
	}
}
