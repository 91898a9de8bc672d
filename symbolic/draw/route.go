package draw

import (
	"math"
	"slices"
)

// An arrow is a line, or a curve drawn to the points of via: a quadratic spline, whose pieces meet in their middles.
type arrow struct {
	from, to point
	via      []point
	ink      string
	dashed   bool
}

// joint is where the k-th piece of an arrow begins.
func (a arrow) joint(k int) point {
	switch {
	case k == 0:
		return a.from
	case k >= len(a.via):
		return a.to
	}
	return middle(a.via[k-1], a.via[k])
}

func middle(a, b point) point { return point{(a.x + b.x) / 2, (a.y + b.y) / 2} }

// along is the point of an arrow after that part of its way.
func (a arrow) along(t float64) point {
	if len(a.via) == 0 {
		return point{a.from.x + t*(a.to.x-a.from.x), a.from.y + t*(a.to.y-a.from.y)}
	}
	n := float64(len(a.via))
	k := min(int(t*n), len(a.via)-1)
	t = t*n - float64(k)
	from, mid, to, u := a.joint(k), a.via[k], a.joint(k+1), 1-t
	return point{u*u*from.x + 2*u*t*mid.x + t*t*to.x, u*u*from.y + 2*u*t*mid.y + t*t*to.y}
}

// points are places along an arrow, for comparisons.
func (a arrow) points() []point {
	steps := 1
	if len(a.via) > 0 {
		steps = 12 * (len(a.via) + 1)
	}
	out := make([]point, steps+1)
	for k := range out {
		out[k] = a.along(float64(k) / float64(steps))
	}
	return out
}

// A path is an arrow that has its way, with the nodes at its ends.
type path struct {
	edge   [2]int
	points []point
}

// route finds the way of every arrow: the straight ones first, then those that have to go around nodes, each so that it
// crosses as few others as possible.
func (p *painter) route() {
	p.via = make([][]point, len(p.g.Edges))
	var paths []path
	var rest []int
	for k, e := range p.g.Edges {
		a := arrow{from: p.center(e[0]), to: p.center(e[1])}
		if !p.clear(e, a) {
			rest = append(rest, k)
			continue
		}
		paths = append(paths, path{e, a.points()})
	}
	for _, k := range rest {
		e := p.g.Edges[k]
		a := p.around(e, paths)
		p.via[k] = a.via
		paths = append(paths, path{e, a.points()})
	}
}

// What a curve costs, in points of its height.
const (
	crossing = 60.0
	slanting = 6.0
)

// around is the curve around the nodes on the straight line that crosses the fewest of some paths, and is the flattest of
// those; where every curve meets nodes, a way between columns and rows, which are free of them.
func (p *painter) around(e [2]int, paths []path) arrow {
	a, b := p.center(e[0]), p.center(e[1])
	d := math.Hypot(b.x-a.x, b.y-a.y)
	nx, ny := (b.y-a.y)/d, -(b.x-a.x)/d
	best, least := arrow{}, math.Inf(1)
	for k := 1; k <= 16; k++ {
		for _, side := range [2]float64{1, -1} {
			for _, part := range [3]float64{0.5, 0.3, 0.7} {
				h := float64(k) * 0.4 * p.pitch
				c := arrow{from: a, to: b, via: []point{{a.x + part*(b.x-a.x) + side*h*nx, a.y + part*(b.y-a.y) + side*h*ny}}}
				cost := h
				if part != 0.5 {
					cost += slanting
				}
				if cost >= least || !p.clear(e, c) {
					continue
				}
				if cost += crossing * float64(crossings(e, c.points(), paths)); cost < least {
					best, least = c, cost
				}
			}
		}
	}
	if math.IsInf(least, 1) {
		return p.between(e, paths)
	}
	return best
}

// crossings counts the paths that cross points; those with an end in common may meet there.
func crossings(e [2]int, points []point, paths []path) int {
	n := 0
	for _, q := range paths {
		if e[0] == q.edge[0] || e[0] == q.edge[1] || e[1] == q.edge[0] || e[1] == q.edge[1] {
			continue
		}
		if meet(points, q.points) {
			n++
		}
	}
	return n
}

// meet says that two lines of strokes cross.
func meet(a, b []point) bool {
	for i := 1; i < len(a); i++ {
		for k := 1; k < len(b); k++ {
			if parts(a[i-1], a[i], b[k-1], b[k]) && parts(b[k-1], b[k], a[i-1], a[i]) {
				return true
			}
		}
	}
	return false
}

// parts says that c and d lie on different sides of the line from a to b.
func parts(a, b, c, d point) bool { return (side2(a, b, c) > 0) != (side2(a, b, d) > 0) }

// side2 is twice the area of a triangle, with the sign of its turn.
func side2(a, b, c point) float64 { return (b.x-a.x)*(c.y-a.y) - (b.y-a.y)*(c.x-a.x) }

// clear says that an arrow meets no node but its ends and stays below the upper rim of the picture.
func (p *painter) clear(e [2]int, a arrow) bool {
	room := 2.0
	if p.g.Backward { // two arrows side by side
		room = 5
	}
	steps := 25 * (len(a.via) + 1)
	for k := 1; k < steps; k++ {
		at := a.along(float64(k) / float64(steps))
		for i, m := range p.s.boxes {
			if i != e[0] && i != e[1] && math.Abs(at.x-m.center.x) < m.w/2+room && math.Abs(at.y-m.center.y) < m.h/2+room {
				return false
			}
		}
	}
	return true
}

// A street is a place on the way between nodes: between two columns and two rows, or beside an end.
type street struct {
	at   point
	next []int
}

// between is the shortest way along the gaps between columns and rows, with as few turns and crossings as possible.
func (p *painter) between(e [2]int, paths []path) arrow {
	streets := p.streets(e)
	const heading = 3 // none, along a row, along a column
	from := make([]int, heading*len(streets))
	cost := make([]float64, heading*len(streets))
	done := make([]bool, heading*len(streets))
	for i := range cost {
		cost[i], from[i] = math.Inf(1), -1
	}
	cost[0] = 0
	for {
		here := -1
		for i := range cost {
			if !done[i] && !math.IsInf(cost[i], 1) && (here < 0 || cost[i] < cost[here]) {
				here = i
			}
		}
		if here < 0 {
			return arrow{from: p.center(e[0]), to: p.center(e[1])}
		}
		if here/heading == 1 {
			return rounded(streets, from, here, heading)
		}
		done[here] = true
		s := streets[here/heading]
		for _, k := range s.next {
			way, turned := 1, 0.0
			if s.at.x == streets[k].at.x {
				way = 2
			}
			if here%heading != 0 && here%heading != way {
				turned = 20
			}
			c := cost[here] + turned + math.Hypot(s.at.x-streets[k].at.x, s.at.y-streets[k].at.y) +
				crossing*float64(crossings(e, []point{s.at, streets[k].at}, paths))
			if c < cost[heading*k+way] {
				cost[heading*k+way], from[heading*k+way] = c, here
			}
		}
	}
}

// streets are the two ends of an arrow, and the places where it may turn.
func (p *painter) streets(e [2]int) []street {
	xs, ys := p.gaps()
	a, b := p.center(e[0]), p.center(e[1])
	out := []street{{at: a}, {at: b}}
	index := func(i, k int) int { return 2 + i*len(ys) + k }
	join := func(i, k int) {
		out[i].next = append(out[i].next, k)
		out[k].next = append(out[k].next, i)
	}
	for _, x := range xs {
		for _, y := range ys {
			out = append(out, street{at: point{x, y}})
		}
	}
	for i := range xs {
		for k := range ys {
			if k > 0 {
				join(index(i, k), index(i, k-1))
			}
			if i > 0 {
				join(index(i, k), index(i-1, k))
			}
		}
	}
	for end, c := range [2]point{a, b} {
		i, _ := slices.BinarySearch(xs, c.x)
		k, _ := slices.BinarySearch(ys, c.y)
		for _, x := range [2]int{i - 1, i} { // to a side, then up or down
			out = append(out, street{at: point{xs[x], c.y}})
			join(end, len(out)-1)
			join(len(out)-1, index(x, k-1))
			join(len(out)-1, index(x, k))
		}
		for _, y := range [2]int{k - 1, k} { // up or down, then to a side
			out = append(out, street{at: point{c.x, ys[y]}})
			join(end, len(out)-1)
			join(len(out)-1, index(i-1, y))
			join(len(out)-1, index(i, y))
		}
	}
	return out
}

// gaps are the middles between columns and between rows, and the margins.
func (p *painter) gaps() (xs, ys []float64) {
	wide := p.widths()
	for i, w := range wide {
		if w > 0 && len(xs) == 0 {
			xs = append(xs, p.columns[i]-w/2-gap/2)
		}
		if w > 0 {
			xs = append(xs, p.columns[i]+w/2+gap/2)
		}
	}
	bottom := 0
	for _, n := range p.g.Nodes {
		bottom = min(bottom, n.Row)
	}
	first := p.upper + margin + side/2
	for row := p.top + 1; row >= bottom; row-- {
		ys = append(ys, first+(float64(p.top-row)+0.5)*p.pitch)
	}
	return xs, ys
}

// rounded is a way with its corners cut.
func rounded(streets []street, from []int, last, heading int) arrow {
	var way []point
	for i := last; i >= 0; i = from[i] {
		way = append(way, streets[i/heading].at)
	}
	slices.Reverse(way)
	out := arrow{from: way[0], to: way[len(way)-1]}
	for k := 1; k+1 < len(way); k++ {
		a, c, b := way[k-1], way[k], way[k+1]
		if side2(a, c, b) == 0 {
			continue
		}
		out.via = append(out.via, toward(c, a), c, toward(c, b))
	}
	return out
}

// toward is the point from which a corner is cut.
func toward(corner, other point) point {
	d := math.Hypot(other.x-corner.x, other.y-corner.y)
	r := min(14, d/2) / d
	return point{corner.x + r*(other.x-corner.x), corner.y + r*(other.y-corner.y)}
}

// edge draws the arrow of an edge, and the arrow back of the backward pass beside it.
func (p *painter) edge(e [2]int, via []point) {
	back := p.g.Backward && p.g.isBackward(e)
	shift := 0.0
	if back {
		shift = 2.6
	}
	p.s.arrows = append(p.s.arrows, p.arrow(e[0], e[1], via, shift, black, false))
	if back {
		other := slices.Clone(via)
		slices.Reverse(other)
		p.s.arrows = append(p.s.arrows, p.arrow(e[1], e[0], other, shift, accent, true))
	}
}

// arrow goes from rim to rim by way of via, moved to its left by shift.
func (p *painter) arrow(from, to int, via []point, shift float64, ink string, dashed bool) arrow {
	a, b := p.center(from), p.center(to)
	aim, come := b, a
	if len(via) > 0 {
		aim, come = via[0], via[len(via)-1]
	}
	out := arrow{ink: ink, dashed: dashed, from: aside(p.rim(from, a, aim), a, aim, shift), to: aside(p.rim(to, b, come), come, b, shift)}
	for k, c := range via {
		before, after := a, b
		if k > 0 {
			before = via[k-1]
		}
		if k+1 < len(via) {
			after = via[k+1]
		}
		out.via = append(out.via, aside(c, before, after, shift))
	}
	return out
}

// aside moves a point to the left of the way from a to b.
func aside(p, a, b point, shift float64) point {
	d := math.Hypot(b.x-a.x, b.y-a.y)
	if d == 0 || shift == 0 {
		return p
	}
	return point{p.x + shift*(b.y-a.y)/d, p.y - shift*(b.x-a.x)/d}
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
