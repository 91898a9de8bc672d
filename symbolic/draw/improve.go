package draw

import (
	"math"
	"math/rand/v2"
	"slices"
)

// What makes a layout hard to read, in the length of an arrow to the next place.
const (
	hitCost      = 3.0  // an arrow that would have to go around a node
	crossingCost = 2.5  // two arrows that cross
	againstCost  = 20.0 // a result to the left of what it is computed from
	uprightCost  = 0.5  // a result above or below it
	columnCost   = 0.12 // an arrow, for each column that it passes
	rowCost      = 0.5  // and for each row
	offCost      = 0.15 // a node, for each row between it and the chain
	leaningCost  = 0.2  // a variable that is neither above nor below what reads it
	gain         = 1e-9 // the improvement that counts
)

// nodeReach is the distance from the middle of a node within which an arrow touches it, in places.
const nodeReach = 0.36

// mostWork bounds the search for better places, in comparisons of two arrows or of an arrow with a node.
const mostWork = 3_000_000

// A tangle is a layout as a search sees it: nodes that stay where the book has them, and nodes that may move.
type tangle struct {
	*lattice
	at   []place
	free []bool
	used map[place]int // how many nodes stand there
	work int

	among []bool // the nodes that are looked at
}

// improve moves the nodes that are neither on the chain nor of the penalty, as long as fewer arrows meet nodes or other
// arrows or go to the left. A layout without such arrows is left as it is.
func (l *lattice) improve(fixed []bool) (cost float64) {
	t := &tangle{lattice: l, at: make([]place, len(l.Nodes)), free: make([]bool, len(l.Nodes)), used: map[place]int{}, among: make([]bool, len(l.Nodes))}
	for i, n := range l.Nodes {
		t.at[i], t.free[i] = place{n.Col, n.Row}, !fixed[i]
		t.used[t.at[i]]++
	}
	if t.tangled() {
		t.search()
	}
	for i, p := range t.at {
		l.Nodes[i].Col, l.Nodes[i].Row = p.col, p.row
	}
	return t.cost()
}

// rounds is how often a layout is shaken to find a better one.
const rounds = 24

// search is descent from the layout, and from what it becomes when some nodes are moved by chance: always the same, so
// that a model has one picture.
func (t *tangle) search() {
	chance := rand.New(rand.NewPCG(uint64(len(t.at)), uint64(len(t.Edges))))
	t.descend()
	best, least := slices.Clone(t.at), t.cost()
	for round := 0; round < rounds && t.work < mostWork; round++ {
		t.shake(chance)
		t.descend()
		if c := t.cost(); c < least-gain {
			best, least = slices.Clone(t.at), c
		} else {
			t.stand(t.every(), best)
		}
	}
}

// descend moves nodes, pairs and groups as long as that helps.
func (t *tangle) descend() {
	groups := t.groups()
	for better := true; better && t.work < mostWork; {
		better = false
		for i := range t.at {
			better = t.free[i] && (t.move(i) || t.exchange(i)) || better
		}
		for _, g := range groups {
			better = t.moveAll(g) || better
		}
	}
	t.compact()
}

// shake moves a few nodes to places near theirs.
func (t *tangle) shake(chance *rand.Rand) {
	for range 4 {
		i := chance.IntN(len(t.at))
		to := place{t.at[i].col + 2*(chance.IntN(5)-2), t.at[i].row + chance.IntN(7) - 3}
		if t.free[i] && t.used[to] == 0 {
			t.stand([]int{i}, []place{to})
		}
	}
}

// compact takes out rows in which nothing stands, where that is not worse.
func (t *tangle) compact() {
	for _, side := range [2]int{1, -1} {
		for row := len(t.at); row > 0; row-- {
			var nodes []int
			var to []place
			empty := true
			for i, p := range t.at {
				empty = empty && p.row != side*row
				if side*p.row > row {
					nodes, to = append(nodes, i), append(to, place{p.col, p.row - side})
				}
			}
			if empty && len(nodes) > 0 {
				t.try(nodes, to, t.around(nodes))
			}
		}
	}
}

// tangled says that an arrow meets a node or crosses another.
func (t *tangle) tangled() bool {
	for k, e := range t.Edges {
		for i := range t.at {
			if t.hits(e, i) {
				return true
			}
		}
		for _, f := range t.Edges[:k] {
			if t.cross(e, f) {
				return true
			}
		}
	}
	return false
}

// groups are the free nodes that hang together by arrows, without variables that several of them read.
func (t *tangle) groups() [][]int {
	seen := make([]bool, len(t.at))
	var out [][]int
	for i := range t.at {
		if g := t.reach(i, seen); len(g) > 1 {
			out = append(out, g)
		}
	}
	return out
}

func (t *tangle) reach(i int, seen []bool) []int {
	if seen[i] || !t.free[i] || len(t.preds[i]) == 0 && len(t.succs[i]) > 1 {
		return nil
	}
	seen[i] = true
	out := []int{i}
	for _, k := range t.preds[i] {
		out = append(out, t.reach(k, seen)...)
	}
	for _, k := range t.succs[i] {
		out = append(out, t.reach(k, seen)...)
	}
	return out
}

// cost is what the whole layout costs.
func (t *tangle) cost() float64 { return t.around(t.every()) }

// every lists all nodes.
func (t *tangle) every() []int {
	all := make([]int, len(t.at))
	for i := range all {
		all[i] = i
	}
	return all
}

// around is what the arrows from and to some nodes cost, and those that meet these nodes.
func (t *tangle) around(nodes []int) float64 {
	among := t.among
	for _, i := range nodes {
		among[i] = true
	}
	defer func() {
		for _, i := range nodes {
			among[i] = false
		}
	}()
	sum := 0.0
	for k, e := range t.Edges {
		if !among[e[0]] && !among[e[1]] {
			for _, i := range nodes {
				sum += t.hitCost(e, i)
			}
			continue
		}
		sum += t.length(e)
		for i := range t.at {
			sum += t.hitCost(e, i)
		}
		for j, f := range t.Edges {
			if own := among[f[0]] || among[f[1]]; (!own || j < k) && t.cross(e, f) {
				sum += crossingCost
			}
		}
		t.work += len(t.Edges) + len(t.at)
	}
	return sum
}

func (t *tangle) hitCost(e [2]int, i int) float64 {
	if t.hits(e, i) {
		return hitCost
	}
	return 0
}

// length is what an arrow costs by itself.
func (t *tangle) length(e [2]int) float64 {
	a, b := t.at[e[0]], t.at[e[1]]
	dc, dr := b.col-a.col, b.row-a.row
	out := columnCost*math.Abs(float64(dc)) + rowCost*math.Abs(float64(dr)) + offCost*math.Abs(float64(a.row))
	switch {
	case dc > 0 && dr != 0 && len(t.preds[e[0]]) == 0:
		out += leaningCost
	case dc < 0:
		out += againstCost
	case dc == 0 && len(t.preds[e[0]]) > 0:
		out += uprightCost
	}
	return out
}

// hits says that a straight arrow passes over a node that is not its end.
func (t *tangle) hits(e [2]int, i int) bool {
	if e[0] == i || e[1] == i {
		return false
	}
	a, b, p := t.at[e[0]], t.at[e[1]], t.at[i]
	if p.col < min(a.col, b.col) || p.col > max(a.col, b.col) || p.row < min(a.row, b.row) || p.row > max(a.row, b.row) {
		return false
	}
	dx, dy := b.col-a.col, b.row-a.row
	off := dx*(p.row-a.row) - dy*(p.col-a.col)
	return float64(off*off) < nodeReach*nodeReach*float64(dx*dx+dy*dy)
}

// cross says that two straight arrows without a common end meet.
func (t *tangle) cross(e, f [2]int) bool {
	if e[0] == f[0] || e[0] == f[1] || e[1] == f[0] || e[1] == f[1] {
		return false
	}
	a, b, c, d := t.at[e[0]], t.at[e[1]], t.at[f[0]], t.at[f[1]]
	return turn(a, b, c)*turn(a, b, d) < 0 && turn(c, d, a)*turn(c, d, b) < 0
}

// turn is the sign of the way from a to b to c: 1 to the left, -1 to the right, 0 straight on.
func turn(a, b, c place) int {
	d := (b.col-a.col)*(c.row-a.row) - (b.row-a.row)*(c.col-a.col)
	switch {
	case d > 0:
		return 1
	case d < 0:
		return -1
	}
	return 0
}

// stand puts nodes to places.
func (t *tangle) stand(nodes []int, at []place) {
	for _, i := range nodes {
		t.used[t.at[i]]--
	}
	for k, i := range nodes {
		t.at[i] = at[k]
		t.used[at[k]]++
	}
}

// try puts nodes to other places, and back unless that is better.
func (t *tangle) try(nodes []int, at []place, old float64) bool {
	before := make([]place, len(nodes))
	for k, i := range nodes {
		before[k] = t.at[i]
	}
	t.stand(nodes, at)
	for _, p := range at {
		if t.used[p] > 1 {
			t.stand(nodes, before)
			return false
		}
	}
	if t.around(nodes) < old-gain {
		return true
	}
	t.stand(nodes, before)
	return false
}

// move finds a better place for a node near those that it is joined with.
func (t *tangle) move(i int) (better bool) {
	low, high := t.at[i], t.at[i]
	for _, list := range [2][]int{t.preds[i], t.succs[i]} {
		for _, k := range list {
			low = place{min(low.col, t.at[k].col), min(low.row, t.at[k].row)}
			high = place{max(high.col, t.at[k].col), max(high.row, t.at[k].row)}
		}
	}
	old := t.around([]int{i})
	for col := low.col - 2; col <= high.col+2; col++ {
		if ((col%2)+2)%2 != t.parity(i) {
			continue
		}
		for row := low.row - 2; row <= high.row+2 && t.work < mostWork; row++ {
			if t.used[place{col, row}] == 0 && t.try([]int{i}, []place{{col, row}}, old) {
				old, better = t.around([]int{i}), true
			}
		}
	}
	return better
}

// exchange finds another node to change places with.
func (t *tangle) exchange(i int) (better bool) {
	for k := range t.at[:i] {
		if !t.free[k] || t.parity(i) != t.parity(k) || t.work > mostWork {
			continue
		}
		pair := []int{i, k}
		better = t.try(pair, []place{t.at[k], t.at[i]}, t.around(pair)) || better
	}
	return better
}

// moveAll moves nodes together, or to the other side of the chain.
func (t *tangle) moveAll(nodes []int) (better bool) {
	old := t.around(nodes)
	to := make([]place, len(nodes))
	for _, mirror := range [2]int{1, -1} {
		for dc := -4; dc <= 4; dc += 2 {
			for dr := -3; dr <= 3 && t.work < mostWork; dr++ {
				for k, i := range nodes {
					to[k] = place{t.at[i].col + dc, mirror*t.at[i].row + dr}
				}
				if t.try(nodes, to, old) {
					old, better = t.around(nodes), true
				}
			}
		}
	}
	return better
}
