package draw

import (
	"math"
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

// An arrow is a line, or a quadratic curve where bend is set.
type arrow struct {
	from, to point
	bend     *point
	ink      string
	dashed   bool
}

type text struct {
	at     point // baseline, middle
	s      string
	size   float64
	ink    string
	italic bool   // a name, of which the number is set lower
	anchor string // "start" or "middle", which is the default
}

// scene places the graph.
func (g *Graph) scene() *scene {
	l := &painter{g: g, s: &scene{}}
	l.measure()
	for i := range g.Nodes {
		l.node(i)
	}
	for _, e := range g.Edges {
		l.edge(e)
	}
	return l.s
}

// A painter turns lattice places into points.
type painter struct {
	g        *Graph
	s        *scene
	colPitch float64
	pitch    float64 // of rows
	upper    float64 // room for small print above the first row
	top      int     // the highest row
}

// measure chooses the pitch of the columns so that labels and notes fit.
func (p *painter) measure() {
	widest, notes, cols, bottom := side, 0, 0, 0
	for _, n := range p.g.Nodes {
		widest = max(widest, labelWidth(n))
		if n.Kind == Variable { // every other column
			for _, t := range n.small() {
				widest = max(widest, textWidth(t, smallSize)*0.62)
			}
		}
		notes = max(notes, len(n.small()))
		cols, bottom, p.top = max(cols, n.Col), min(bottom, n.Row), max(p.top, n.Row)
	}
	p.colPitch = widest + 20
	p.pitch = rowPitch + float64(notes)*smallSize*1.2
	p.upper = float64(notes) * smallSize * 1.3
	p.s.width = 2*margin + float64(cols)*p.colPitch + max(widest, side)
	p.s.height = 2*margin + float64(notes)*smallSize*1.3 + float64(p.top-bottom)*p.pitch + side + float64(notes)*smallSize*1.3
	if p.g.Folded != "" {
		p.s.texts = append(p.s.texts, text{at: point{p.s.width / 2, p.s.height + 2}, s: p.g.Folded, size: smallSize, ink: black})
		p.s.height += 10
	}
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

func labelWidth(n Node) float64 { return max(side, textWidth(n.Label, fontSize)+8) }

func (p *painter) center(i int) point {
	n := p.g.Nodes[i]
	return point{margin + p.colPitch*float64(n.Col) + max(side, p.colPitch-20)/2, p.upper + margin + side/2 + float64(p.top-n.Row)*p.pitch}
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
	p.s.boxes = append(p.s.boxes, b)
	p.s.texts = append(p.s.texts, text{at: point{c.x, c.y + fontSize*0.35}, s: n.Label, size: fontSize, ink: black, italic: n.Kind == Variable || n.Label == penaltyLabel})
	p.smallPrint(i, c, b.w)
	if n.Fork {
		p.s.texts = append(p.s.texts, text{at: point{c.x - b.w/2 - 5, c.y - side/2 + 5}, s: "+", size: fontSize, ink: accent})
	}
}

// smallPrint writes the notes of a node below it, or above or beside it where an arrow runs.
func (p *painter) smallPrint(i int, c point, w float64) {
	n := p.g.Nodes[i]
	lines := n.small()
	up, down := p.g.runs(i, 1), p.g.runs(i, -1)
	at, anchor := point{c.x, c.y + side/2 + smallSize*1.15}, "middle"
	switch {
	case down && up:
		at, anchor = point{c.x + w/2 + 3, c.y - smallSize*0.4*float64(len(lines)-1)}, "start"
	case down:
		at.y = c.y - side/2 - 3 - smallSize*1.2*float64(len(lines)-1)
	}
	for k, t := range lines {
		color := black
		if n.Gradient != "" && k == len(lines)-1 {
			color = accent
		}
		p.s.texts = append(p.s.texts, text{at: at, s: t, size: smallSize, ink: color, anchor: anchor})
		at.y += smallSize * 1.2
	}
}

// runs says that an arrow leaves or enters a node along its column, upwards (1) or downwards (−1).
func (g *Graph) runs(i, up int) bool {
	for _, e := range g.Edges {
		o := -1
		switch i {
		case e[0]:
			o = e[1]
		case e[1]:
			o = e[0]
		}
		if o >= 0 && g.Nodes[o].Col == g.Nodes[i].Col && (g.Nodes[o].Row-g.Nodes[i].Row)*up > 0 {
			return true
		}
	}
	return false
}

// edge draws the arrow of an edge, and the arrow back of the backward pass beside it.
func (p *painter) edge(e [2]int) {
	back := p.g.Backward && p.g.isBackward(e)
	shift := 0.0
	if back {
		shift = 2.6
	}
	p.s.arrows = append(p.s.arrows, p.arrow(e[0], e[1], shift, black, false))
	if back {
		p.s.arrows = append(p.s.arrows, p.arrow(e[1], e[0], shift, accent, true))
	}
}

// arrow goes from rim to rim, moved to its left by shift; it bends where the straight line would cross a node.
func (p *painter) arrow(from, to int, shift float64, ink string, dashed bool) arrow {
	a, b := p.center(from), p.center(to)
	dx, dy := b.x-a.x, b.y-a.y
	d := math.Hypot(dx, dy)
	nx, ny := dy/d, -dx/d
	out := arrow{ink: ink, dashed: dashed}
	aim, come := b, a
	if bend := p.bend(from, to); bend != nil {
		if dashed { // the other side of the same curve
			bend.x, bend.y = bend.x+4*nx, bend.y+4*ny
		}
		out.bend, aim, come = bend, *bend, *bend
	}
	out.from = p.rim(from, a, aim)
	out.to = p.rim(to, b, come)
	out.from.x, out.from.y = out.from.x+shift*nx, out.from.y+shift*ny
	out.to.x, out.to.y = out.to.x+shift*nx, out.to.y+shift*ny
	return out
}

// rim is where the line from the center c of a node towards aim leaves the node.
func (p *painter) rim(i int, c, aim point) point {
	b := p.s.boxes[i]
	dx, dy := aim.x-c.x, aim.y-c.y
	d := math.Hypot(dx, dy)
	var r float64
	if b.round {
		r = 1 / math.Hypot(dx/d/(b.w/2), dy/d/(b.h/2))
	} else {
		r = math.Inf(1)
		if dx != 0 {
			r = min(r, b.w/2*d/math.Abs(dx))
		}
		if dy != 0 {
			r = min(r, b.h/2*d/math.Abs(dy))
		}
	}
	r++
	return point{c.x + dx/d*r, c.y + dy/d*r}
}

// bend is the control point of a curve around the nodes on the straight line; nil where there are none.
func (p *painter) bend(from, to int) *point {
	a, b := p.center(from), p.center(to)
	if p.clear(from, to, a, b, point{(a.x + b.x) / 2, (a.y + b.y) / 2}) {
		return nil
	}
	d := math.Hypot(b.x-a.x, b.y-a.y)
	nx, ny := (b.y-a.y)/d, -(b.x-a.x)/d
	for k := 1; k <= 12; k++ {
		for _, s := range [2]float64{1, -1} {
			h := s * float64(k) * 0.6 * p.pitch
			c := point{(a.x+b.x)/2 + nx*h, (a.y+b.y)/2 + ny*h}
			if p.clear(from, to, a, b, c) {
				p.cover(a, b, c)
				return &c
			}
		}
	}
	return nil
}

// cover makes the picture large enough for a curve.
func (p *painter) cover(a, b, c point) {
	if y := (a.y+b.y)/4 + c.y/2; y > p.s.height-8 {
		p.s.height = y + 8
	}
}

// clear says that the curve from a to b by way of c meets no other node and stays within the picture above.
func (p *painter) clear(from, to int, a, b, c point) bool {
	for t := 0.04; t < 1; t += 0.04 {
		u := 1 - t
		x, y := u*u*a.x+2*u*t*c.x+t*t*b.x, u*u*a.y+2*u*t*c.y+t*t*b.y
		if y < 3 {
			return false
		}
		for i, m := range p.s.boxes {
			if i != from && i != to && math.Abs(x-m.center.x) < m.w/2+2 && math.Abs(y-m.center.y) < m.h/2+2 {
				return false
			}
		}
	}
	return true
}

// isBackward says that a gradient comes back along an edge: a parameter is at its beginning, or feeds it.
func (g *Graph) isBackward(e [2]int) bool {
	if g.learning == nil {
		g.learning = map[int]bool{}
	}
	return g.learns(e[0])
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
