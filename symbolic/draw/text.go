package draw

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rivo/uniseg"

	"nabla/lang"
	"nabla/symbolic/study"
)

// maxDrawn is the number of nodes up to which the text is a drawing; beyond it is a numbered list.
const maxDrawn = 22

// maxWidth is the widest drawing, in columns, where a display does not say how wide it is.
const maxWidth = 80

// Text is the picture in box characters, or in plain ASCII; a numbered list where it would be too large for a display of
// that many columns, which would break its lines. Width is 0 where that is not known.
func (g *Graph) Text(ascii bool, width int) string {
	if width <= 0 || width > maxWidth {
		width = maxWidth
	}
	if ascii {
		g = g.plainLabels()
	}
	if len(g.Nodes) > maxDrawn {
		return g.list(ascii)
	}
	c := newCanvas(g, ascii, width)
	if c.width() > width {
		return g.list(ascii)
	}
	var bent [][2]int
	for _, e := range g.Edges {
		if !c.edge(g.Nodes[e[0]], g.Nodes[e[1]]) {
			bent = append(bent, e)
		}
	}
	for _, n := range g.Nodes {
		c.node(n)
	}
	var rest []string
	for _, e := range bent {
		if !c.corners(g.Nodes[e[0]], g.Nodes[e[1]]) {
			rest = append(rest, g.Nodes[e[0]].Label+c.sign("→", "->")+g.describeEnd(e[1]))
		}
	}
	out := c.String()
	if len(rest) > 0 {
		out += "\nand " + strings.Join(rest, ", ")
	}
	return out + g.smallPrint()
}

// describeEnd names the end of an arrow: an operator by the variable that it leads to.
func (g *Graph) describeEnd(i int) string {
	if g.Nodes[i].Kind == Variable {
		return g.Nodes[i].Label
	}
	words := "(" + g.Nodes[i].Label + ")"
	for k := i; ; {
		next := slices.IndexFunc(g.Edges, func(e [2]int) bool { return e[0] == k })
		if next < 0 {
			return words
		}
		if k = g.Edges[next][1]; g.Nodes[k].Kind == Variable {
			return words + " of " + g.Nodes[k].Label
		}
	}
}

// smallPrint is the notes of the nodes, line by line.
func (g *Graph) smallPrint() string {
	var b strings.Builder
	for i, n := range g.Nodes {
		notes := n.small()
		if n.Kept {
			notes = append(append([]string{}, notes...), "kept")
		}
		if n.Fork {
			notes = append(append([]string{}, notes...), "a fork adds")
		}
		switch {
		case n.Kind == Variable && len(notes) > 0:
			fmt.Fprintf(&b, "\n%s  %s", n.Label, strings.Join(notes, ", "))
		case n.Kept:
			fmt.Fprintf(&b, "\n%s, kept", g.describe(i))
		}
	}
	return b.String()
}

// list is the graph in order of evaluation, numbered: what each value is, and who uses it.
func (g *Graph) list(ascii bool) string {
	var b strings.Builder
	k := 0
	for i, n := range g.Nodes {
		if n.Kind == Operator && n.Expr != nil && !n.Kept {
			continue
		}
		k++
		fmt.Fprintf(&b, "%d  %s", k, g.describe(i))
		if n.Kept {
			b.WriteString(", kept")
		}
		if to := g.readers(i); len(to) > 0 {
			b.WriteString("; used by " + strings.Join(to, ", "))
		}
		b.WriteByte('\n')
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// readers are the variables that are computed from i through operators only.
func (g *Graph) readers(i int) []string {
	var out []string
	for _, e := range g.Edges {
		if e[0] != i {
			continue
		}
		n := g.Nodes[e[1]]
		if n.Kind == Variable || n.Expr == nil {
			out = append(out, n.Label)
		} else {
			out = append(out, g.readers(e[1])...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// asciiLabels are the signs of operators in plain ASCII.
var asciiLabels = map[string]string{
	"×": "*", "−": "-", "⊙": ".*", penaltyLabel: "l2", "‖·‖²": "norm^2", "(·)²": "square", "Σ": "sum", "ᵀ": "'", "√": "sqrt", "1/·": "1/",
}

// plainLabels is the graph with labels in ASCII.
func (g *Graph) plainLabels() *Graph {
	c := *g
	c.Nodes = slices.Clone(g.Nodes)
	for i, n := range c.Nodes {
		label, known := asciiLabels[n.Label]
		if !known && n.Kind == Operator {
			primes := strings.Count(n.Label, "′")
			name := strings.TrimRight(n.Label, "′")
			label = lang.PrintASCII(&lang.Name{Name: name, Raw: name}) + strings.Repeat("'", primes)
			label = strings.NewReplacer("×", "x", "·", ".").Replace(label)
		}
		if known || n.Kind == Operator {
			c.Nodes[i].Label = label
		}
	}
	return &c
}

// A canvas is a grid of characters.
type canvas struct {
	cells   [][]string
	columns []int // where the middle of each column of the lattice is
	top     int
	ascii   bool
	places  map[place]bool
}

// rowLines is how many lines a row of the lattice takes: three for a box, two for arrows.
const rowLines = 5

// lane is the room for arrows below the last row.
const lane = 1

// Room between two columns of the lattice, in characters: an arrow, and what it may have where there is room.
const leastGap, wideGap = 2, 3

func newCanvas(g *Graph, ascii bool, width int) *canvas {
	c := &canvas{ascii: ascii, places: map[place]bool{}}
	var wide []int // of the columns of the lattice
	bottom := 0
	for _, n := range g.Nodes {
		for len(wide) <= n.Col {
			wide = append(wide, 0)
		}
		wide[n.Col] = max(wide[n.Col], uniseg.StringWidth(n.Label)+2*rim(n))
		bottom, c.top = min(bottom, n.Row), max(c.top, n.Row)
		c.places[place{n.Col, n.Row}] = true
	}
	full := 0
	for space := wideGap; space >= leastGap; space-- {
		if c.columns, full = middles(wide, space); full <= width {
			break
		}
	}
	c.cells = make([][]string, rowLines*(c.top-bottom)+3+lane) // and a line for arrows below
	for i := range c.cells {
		c.cells[i] = make([]string, full)
		for k := range c.cells[i] {
			c.cells[i][k] = " "
		}
	}
	return c
}

// middles are where the columns of the lattice have their middles, with space between them, and how wide they are
// together; one in which nothing stands takes no room.
func middles(wide []int, space int) (at []int, full int) {
	for _, w := range wide {
		at = append(at, full+w/2)
		if w > 0 {
			full += w + space
		}
	}
	return at, full - space
}

// width is how many columns of characters it has.
func (c *canvas) width() int { return len(c.cells[0]) }

func (c *canvas) sign(unicode, ascii string) string {
	if c.ascii {
		return ascii
	}
	return unicode
}

// center is the position of a place.
func (c *canvas) center(col, row int) (x, y int) {
	return c.columns[col], (c.top-row)*rowLines + 1
}

func (c *canvas) write(x, y int, s string) {
	gr := uniseg.NewGraphemes(s)
	for gr.Next() {
		c.cells[y][x] = gr.Str()
		for w := 1; w < gr.Width(); w++ {
			c.cells[y][x+w] = ""
		}
		x += max(1, gr.Width())
	}
}

// node draws a square with single lines, a parameter with double ones, an operator in parentheses.
func (c *canvas) node(n Node) {
	x, y := c.center(n.Col, n.Row)
	w := uniseg.StringWidth(n.Label)
	x -= w / 2
	if n.Kind == Operator {
		c.write(x-1, y, "("+n.Label+")")
		return
	}
	frame := [6]string{"┌", "─", "┐", "│", "└", "┘"}
	switch {
	case c.ascii && n.Role == study.Parameter:
		frame = [6]string{"#", "=", "#", "#", "#", "#"}
	case c.ascii:
		frame = [6]string{"+", "-", "+", "|", "+", "+"}
	case n.Role == study.Parameter:
		frame = [6]string{"╔", "═", "╗", "║", "╚", "╝"}
	}
	line := strings.Repeat(frame[1], w+2)
	c.write(x-2, y-1, frame[0]+line+frame[2])
	c.write(x-2, y, frame[3]+" "+n.Label+" "+frame[3])
	c.write(x-2, y+1, frame[4]+line+frame[5])
}

// edge draws an arrow along a row, along a column, or to a diagonal neighbour; other arrows it refuses, and those that
// would run through a node.
func (c *canvas) edge(a, b Node) bool {
	dc, dr := b.Col-a.Col, b.Row-a.Row
	if !c.straight(a, dc, dr) {
		return false
	}
	x, y := c.center(a.Col, a.Row)
	switch {
	case dr == 0:
		c.horizontal(x, y, c.columns[b.Col]-x, b)
	case dc == 0:
		c.vertical(x, y, -dr*rowLines, b)
	default:
		c.diagonal(x, y, dc, -dr, c.columns[b.Col]-x)
	}
	return true
}

// straight says that an arrow has one of the eight directions and meets no node on its way.
func (c *canvas) straight(a Node, dc, dr int) bool {
	if dc != 0 && dr != 0 && (abs(dc) != 1 || abs(dr) != 1) {
		return false
	}
	n := max(abs(dc), abs(dr))
	for k := 1; k < n; k++ {
		if c.places[place{a.Col + dc/n*k, a.Row + dr/n*k}] {
			return false
		}
	}
	return n > 0
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

func (c *canvas) horizontal(x, y, d int, b Node) {
	half := reach(b)
	step, head := 1, c.sign("▶", ">")
	if d < 0 {
		step, head = -1, c.sign("◀", "<")
	}
	for k := x; k != x+d; k += step {
		c.cells[y][k] = c.sign("─", "-")
	}
	w := half
	if step > 0 {
		w = reachLeft(b)
	}
	c.cells[y][x+d-step*w] = head
}

// reach is the first free place to the right of a node, counted from its center; reachLeft the one to the left.
func reach(n Node) int {
	w := uniseg.StringWidth(n.Label)
	return w - w/2 + rim(n)
}

func reachLeft(n Node) int { return uniseg.StringWidth(n.Label)/2 + 1 + rim(n) }

// rim is the width of what stands around a label.
func rim(n Node) int {
	if n.Kind == Variable {
		return 2
	}
	return 1
}

func (c *canvas) vertical(x, y, d int, b Node) {
	step, head := 1, c.sign("▼", "v")
	if d < 0 {
		step, head = -1, c.sign("▲", "^")
	}
	for k := y; k != y+d; k += step {
		c.cells[k][x] = c.sign("│", "|")
	}
	h := 1
	if b.Kind == Variable {
		h = 2
	}
	c.cells[y+d-step*h][x] = head
}

// diagonal draws an arrow to a neighbour: two strokes between the rows, where nothing else is.
func (c *canvas) diagonal(x, y, dc, dy, d int) {
	heads := map[[2]int][2]string{{1, -1}: {"↗", "/"}, {-1, -1}: {"↖", `\`}, {1, 1}: {"↘", `\`}, {-1, 1}: {"↙", "/"}}
	head := heads[[2]int{dc, dy}]
	c.cells[y+dy*2][x+d*2/5] = c.sign(map[bool]string{true: "╱", false: "╲"}[dc*dy < 0], head[1])
	c.cells[y+dy*3][x+d*3/5] = c.sign(head[0], head[1])
}

// A cell is a place on the canvas.
type cell struct{ x, y int }

// corners draws an arrow with one or two corners where nothing else is, the shortest that there is; it refuses where there
// is none.
func (c *canvas) corners(a, b Node) bool {
	ax, ay := c.center(a.Col, a.Row)
	bx, by := c.center(b.Col, b.Row)
	ways := [][]cell{{{ax, ay}, {bx, ay}, {bx, by}}, {{ax, ay}, {ax, by}, {bx, by}}}
	for y := range c.cells {
		ways = append(ways, []cell{{ax, ay}, {ax, y}, {bx, y}, {bx, by}})
	}
	for x := range c.columns[len(c.columns)-1] {
		ways = append(ways, []cell{{ax, ay}, {x, ay}, {x, by}, {bx, by}})
	}
	var best []cell
	for _, w := range ways {
		if cells := c.free(w, a, b); cells != nil && (best == nil || len(cells) < len(best)) {
			best = cells
		}
	}
	for k := 1; k+1 < len(best); k++ {
		c.cells[best[k].y][best[k].x] = c.stroke(best[k-1], best[k], best[k+1])
	}
	return best != nil
}

// free are the cells of a way outside of its ends, and one within each; nil where something stands on it or where it
// turns at its end.
func (c *canvas) free(way []cell, a, b Node) []cell {
	cells := way[:1:1]
	for _, to := range way[1:] {
		for last := cells[len(cells)-1]; last != to; cells = append(cells, last) {
			last = cell{last.x + sign(to.x-last.x), last.y + sign(to.y-last.y)}
		}
	}
	first, end := 0, len(cells)-1
	for first < end && c.within(cells[first], a) {
		first++
	}
	for end > first && c.within(cells[end], b) {
		end--
	}
	if end-first < 1 || !inLine(cells[0], cells[first]) || !inLine(cells[end], cells[len(cells)-1]) {
		return nil
	}
	for _, at := range cells[first : end+1] {
		if c.cells[at.y][at.x] != " " {
			return nil
		}
	}
	if p, q, r := cells[end-1], cells[end], cells[end+1]; q.x-p.x != r.x-q.x || q.y-p.y != r.y-q.y {
		return nil // its head would be a corner
	}
	return cells[first-1 : end+2]
}

func inLine(a, b cell) bool { return a.x == b.x || a.y == b.y }

// within says that a cell belongs to the drawing of a node.
func (c *canvas) within(at cell, n Node) bool {
	x, y := c.center(n.Col, n.Row)
	high := 0
	if n.Kind == Variable {
		high = 1
	}
	return at.x > x-reachLeft(n) && at.x < x+reach(n) && abs(at.y-y) <= high
}

// stroke is the sign of a cell between the one before and the one after; the last of an arrow is its head.
func (c *canvas) stroke(before, at, after cell) string {
	switch {
	case c.cells[after.y][after.x] != " ":
		heads := map[cell][2]string{{1, 0}: {"▶", ">"}, {-1, 0}: {"◀", "<"}, {0, 1}: {"▼", "v"}, {0, -1}: {"▲", "^"}}
		h := heads[cell{after.x - at.x, after.y - at.y}]
		return c.sign(h[0], h[1])
	case before.y == after.y:
		return c.sign("─", "-")
	case before.x == after.x:
		return c.sign("│", "|")
	}
	dx, dy := before.x+after.x-2*at.x, before.y+after.y-2*at.y
	corner := map[cell]string{{1, 1}: "┌", {-1, 1}: "┐", {1, -1}: "└", {-1, -1}: "┘"}[cell{dx, dy}]
	return c.sign(corner, "+")
}

func sign(n int) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}

func (c *canvas) String() string {
	var lines []string
	for _, row := range c.cells {
		lines = append(lines, strings.TrimRight(strings.Join(row, ""), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}
