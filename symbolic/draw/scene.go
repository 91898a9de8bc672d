package draw

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"nabla/symbolic/study"
)

// Distances of the picture in points.
const (
	side      = 22.0 // of a square
	radius    = 12.0
	rowPitch  = 46.0
	margin    = 14.0
	fontSize  = 10.0
	smallSize = 6.5
	charWidth = 0.62 // of a font's size
)

// Colours. Shape and line carry the meaning; colour and shade repeat it.
const (
	black   = "#000000"
	accent  = "#B02318"
	shaded  = "#66BFFF" // parameters
	light   = "#DDEEFF" // operators
	white   = "#FFFFFF"
	keptInk = "#F2C14E" // what is kept for the backward pass
)

// A point is in points, downwards from the upper left corner.
type point struct{ x, y float64 }

// A scene is a graph with every mark at its place; SVG and PNG are written from it.
type scene struct {
	width, height float64
	boxes         []box
	arrows        []arrow
	texts         []text
}

type box struct {
	center point
	w, h   float64 // a circle has w == h and round
	round  bool
	fill   string
	stroke string
	weight float64
	hatch  bool // marked as kept
	title  string
}

// bandWidth is that of the mark of a value that is kept.
const bandWidth = 5.0

// band is where the mark of a value that is kept lies: along the left side of a square, across the lower part of a circle.
func (b box) band() box {
	if b.round {
		return box{center: point{b.center.x, b.center.y + b.h/2 - bandWidth}, w: b.w * 0.62, h: bandWidth}
	}
	return box{center: point{b.center.x - b.w/2 + bandWidth/2, b.center.y}, w: bandWidth, h: b.h}
}

type text struct {
	at     point // baseline, middle
	s      string
	size   float64
	ink    string
	italic bool   // a name, of which the number is set lower
	anchor string // "start", "end" or "middle", which is the default
}

// scene places the graph.
func (g *Graph) scene() *scene {
	l := &painter{g: g, s: &scene{}}
	l.measure()
	for i := range g.Nodes {
		l.node(i)
	}
	l.route()
	for k, e := range g.Edges {
		l.edge(e, l.via[k])
	}
	for i := range g.Nodes {
		l.smallPrint(i)
	}
	l.s.fit()
	return l.s
}

// fit makes room for curves and words that leave the lattice.
func (s *scene) fit() {
	low, high := point{}, point{s.width, s.height}
	for _, a := range s.arrows {
		for k := range 65 {
			p := a.along(float64(k) / 64)
			low = point{min(low.x, p.x-margin/2), min(low.y, p.y-margin/2)}
			high = point{max(high.x, p.x+margin/2), max(high.y, p.y+margin/2)}
		}
	}
	for _, t := range s.texts {
		b := t.area(textWidth(t.s, t.size), t.size)
		low = point{min(low.x, b.center.x-b.w/2-1), min(low.y, b.center.y-b.h/2-1)}
		high = point{max(high.x, b.center.x+b.w/2+1), max(high.y, b.center.y+b.h/2+1)}
	}
	s.shift(-low.x, -low.y)
	s.width, s.height = high.x-low.x, high.y-low.y
}

// shift moves everything.
func (s *scene) shift(dx, dy float64) {
	if dx == 0 && dy == 0 {
		return
	}
	move := func(p *point) { p.x, p.y = p.x+dx, p.y+dy }
	for i := range s.boxes {
		move(&s.boxes[i].center)
	}
	for i := range s.texts {
		move(&s.texts[i].at)
	}
	for i := range s.arrows {
		a := &s.arrows[i]
		move(&a.from)
		move(&a.to)
		for k := range a.via {
			move(&a.via[k])
		}
	}
}

// A painter turns lattice places into points.
type painter struct {
	g       *Graph
	s       *scene
	columns []float64 // where each column has its middle
	pitch   float64   // of rows
	upper   float64   // room for small print above the first row
	brief   bool      // gradients without their formulas
	top     int       // the highest row
	via     [][]point // how each arrow goes around nodes
}

// gap is the distance of columns: an arrow with its head.
const gap = 20.0

// widest is the width from which a picture has gradients without their formulas, which backprop shows: wider ones are
// too small to read on a page.
const widest = 1100.0

// measure places the columns so that labels and notes fit.
func (p *painter) measure() {
	if p.place(); p.s.width > widest {
		p.brief = true
		p.place()
	}
	notes, bottom := 0, 0
	for _, n := range p.g.Nodes {
		notes = max(notes, len(p.small(n)))
		bottom, p.top = min(bottom, n.Row), max(p.top, n.Row)
	}
	p.pitch = rowPitch + float64(notes)*smallSize*1.2
	p.upper = float64(notes) * smallSize * 1.3
	p.s.height = 2*margin + float64(notes)*smallSize*1.3 + float64(p.top-bottom)*p.pitch + side + float64(notes)*smallSize*1.3
	if p.g.Folded != "" {
		p.s.texts = append(p.s.texts, text{at: point{p.s.width / 2, p.s.height + 2}, s: p.g.Folded, size: smallSize, ink: black})
		p.s.height += 10
	}
}

// place puts the columns side by side, each as wide as its own nodes need; one that is empty takes no room, unless
// small print may reach into it.
func (p *painter) place() {
	p.columns = p.columns[:0]
	x := margin
	for _, wide := range p.widths() {
		p.columns = append(p.columns, x+wide/2)
		if wide > 0 {
			x += wide + gap
		}
	}
	p.s.width = x - gap + margin
}

// widths are those of the columns, 0 of one that is not needed.
func (p *painter) widths() []float64 {
	var all []float64
	printed := false
	for _, n := range p.g.Nodes {
		for len(all) <= n.Col {
			all = append(all, 0)
		}
		all[n.Col] = max(all[n.Col], labelWidth(n), p.printWidth(n))
		printed = printed || len(p.small(n)) > 0
	}
	for i := range all {
		if all[i] == 0 && printed {
			all[i] = side
		}
	}
	return all
}

// printWidth is the width that the small print of a node asks of its column: it may reach over the gaps and half of the
// columns beside it, as variables stand in every other one.
func (p *painter) printWidth(n Node) float64 {
	if n.Kind != Variable {
		return 0
	}
	w := textsWidth(p.small(n))
	return max(w*0.62, w-2*gap-side)
}

// small is the small print of a node in this picture.
func (p *painter) small(n Node) []string {
	if p.brief {
		n.Gradient, _, _ = strings.Cut(n.Gradient, " = ")
	}
	return n.small()
}

// textsWidth is the width of lines of small print.
func textsWidth(lines []string) float64 {
	w := 0.0
	for _, t := range lines {
		w = max(w, textWidth(t, smallSize))
	}
	return w
}

// small is the small print below a node.
func (n Node) small() []string {
	if n.Gradient == "" {
		return n.Notes
	}
	return append(append([]string{}, n.Notes...), n.Gradient)
}

func textWidth(s string, size float64) float64 {
	return float64(utf8.RuneCountInString(s)) * size * charWidth
}

func labelWidth(n Node) float64 {
	w := max(side, textWidth(n.Label, fontSize)+8)
	if n.Kept && n.Kind == Variable {
		w += bandWidth
	}
	return w
}

func (p *painter) center(i int) point {
	n := p.g.Nodes[i]
	return point{p.columns[n.Col], p.upper + margin + side/2 + float64(p.top-n.Row)*p.pitch}
}

func (p *painter) node(i int) {
	n := p.g.Nodes[i]
	c := p.center(i)
	b := box{center: c, w: labelWidth(n), h: side, fill: white, stroke: black, weight: 0.9, title: p.g.describe(i)}
	switch {
	case n.Kind == Operator:
		b.round, b.fill = true, light
		b.w = max(2*radius, textWidth(n.Label, fontSize)+8)
		b.h = 2 * radius
	case n.Role == study.Parameter:
		b.fill, b.weight = shaded, 2
	}
	if n.Kept {
		b.hatch = true
	}
	label := point{c.x, c.y + fontSize*0.35}
	switch {
	case n.Kept && b.round:
		label.y -= bandWidth / 2
	case n.Kept:
		label.x += bandWidth / 2
	}
	p.s.boxes = append(p.s.boxes, b)
	p.s.texts = append(p.s.texts, text{at: label, s: n.Label, size: fontSize, ink: black, italic: n.Kind == Variable || n.Label == penaltyLabel})
	if n.Fork {
		p.s.texts = append(p.s.texts, text{at: point{c.x - b.w/2 - 5, c.y - side/2 + 5}, s: "+", size: fontSize, ink: accent})
	}
}

// smallLine is the height of a line of small print.
const smallLine = smallSize * 1.2

// smallPrint writes the notes of a node below it, or above or beside it where that crosses less. A gradient that would lie
// across arrows everywhere is written in two lines, or without its formula.
func (p *painter) smallPrint(i int) {
	n := p.g.Nodes[i]
	lines := p.small(n)
	if len(lines) == 0 {
		return
	}
	best, least := p.printAt(i, lines)
	first := len(lines)
	if n.Gradient != "" {
		first--
	}
	if left, right, formula := strings.Cut(lines[len(lines)-1], " = "); formula && first < len(lines) && least >= covers {
		for _, gradient := range [][]string{{left + " =", right}, {left}} {
			other := append(slices.Clone(lines[:first]), gradient...)
			if at, cost := p.printAt(i, other); cost+covers/2 < least {
				lines, best, least = other, at, cost
			}
		}
	}
	for k, t := range lines {
		best.s, best.size, best.ink = t, smallSize, black
		if k >= first {
			best.ink = accent
		}
		p.s.texts = append(p.s.texts, best)
		best.at.y += smallLine
	}
}

// covers is the cost from which small print hides what an arrow does.
const covers = 3

// printAt is where the first line of small print crosses least, and what it crosses.
func (p *painter) printAt(i int, lines []string) (best text, least float64) {
	b := p.s.boxes[i]
	height := smallLine * float64(len(lines))
	w := textsWidth(lines)
	least = math.Inf(1)
	for k, c := range []text{
		{at: point{b.center.x, b.center.y + b.h/2 + smallSize*1.15}},
		{at: point{b.center.x, b.center.y - b.h/2 - 3 - height + smallLine}},
		{at: point{b.center.x + b.w/2 + 3, b.center.y + smallLine*0.35 - (height-smallLine)/2}, anchor: "start"},
		{at: point{b.center.x - b.w/2 - 3, b.center.y + smallLine*0.35 - (height-smallLine)/2}, anchor: "end"},
		{at: point{b.center.x + b.w/2 + 2, b.center.y - b.h/2 - 3 - height + smallLine}, anchor: "start"},
		{at: point{b.center.x + b.w/2 + 2, b.center.y + b.h/2 + smallSize*1.15}, anchor: "start"},
		{at: point{b.center.x - b.w/2 - 2, b.center.y + b.h/2 + smallSize*1.15}, anchor: "end"},
		{at: point{b.center.x - b.w/2 - 12, b.center.y - b.h/2 - 3 - height + smallLine}, anchor: "end"},
	} {
		c.size = smallSize
		if cost := p.crossed(i, c, w, height) + 0.25*float64(k); cost < least {
			best, least = c, cost
		}
	}
	return best, least
}

// crossed counts what small print would cover: pieces of arrows, and nodes and other small print, which weigh more.
func (p *painter) crossed(node int, t text, w, h float64) float64 {
	area := t.area(w, h)
	cost := 0.0
	if area.center.y-h/2 < 0 || area.center.y+h/2 > p.s.height || area.center.x-w/2 < 0 || area.center.x+w/2 > p.s.width {
		cost += 20
	}
	for _, a := range p.s.arrows {
		for k := 1; k < 40; k++ {
			if area.has(a.along(float64(k) / 40)) {
				cost++
			}
		}
	}
	for i, b := range p.s.boxes {
		if i != node && area.meets(b) {
			cost += 20
		}
	}
	for _, o := range p.s.texts {
		if area.meets(o.area(textWidth(o.s, o.size), o.size)) {
			cost += 20
		}
	}
	return cost
}

// area is what lines of text cover, that are together that wide and high.
func (t text) area(w, h float64) box {
	left := t.at.x - w/2
	switch t.anchor {
	case "start":
		left = t.at.x
	case "end":
		left = t.at.x - w
	}
	return box{center: point{left + w/2, t.at.y - t.size*0.75 + h/2}, w: w, h: h}
}

func (b box) has(p point) bool {
	return math.Abs(p.x-b.center.x) < b.w/2 && math.Abs(p.y-b.center.y) < b.h/2
}

func (b box) meets(o box) bool {
	return math.Abs(o.center.x-b.center.x) < (b.w+o.w)/2 && math.Abs(o.center.y-b.center.y) < (b.h+o.h)/2
}

// isBackward says that a gradient comes back along an edge: a parameter is at its beginning, or feeds it.
func (g *Graph) isBackward(e [2]int) bool {
	if g.learning == nil {
		g.learning = map[int]bool{}
	}
	return g.learns(e[0])
}

// Forks says that several gradients come back to a node that a parameter is in, or is.
func (g *Graph) Forks(n *Node) bool {
	arrows := 0
	for _, e := range g.Edges {
		if &g.Nodes[e[0]] == n && g.isBackward(e) {
			arrows++
		}
	}
	return arrows > 1
}

func (g *Graph) learns(i int) bool {
	if known, ok := g.learning[i]; ok {
		return known
	}
	n := g.Nodes[i]
	out := n.Kind == Operator && n.Expr == nil || n.Role == study.Parameter
	for _, from := range g.sources(i) {
		out = out || g.learns(from)
	}
	g.learning[i] = out
	return out
}
