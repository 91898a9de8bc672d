package draw

import (
	"maps"
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/study"
)

// A place is a point of the lattice. Operators stand in odd columns; computed values between them, in even ones.
type place struct{ col, row int }

// A lattice is a layout under way, as in the book: the longest chain of computed data lies on row 0; a variable that is
// read stands above its operator; a penalty of the parameters on the row of the parameters, in the middle of them, its
// value above it; and where the objective adds both, the value of the loss turns back to the left, and the objective
// stands in the upper right corner.
type lattice struct {
	*Graph
	preds, succs [][]int
	order        []int // topological
	placed       []bool
	taken        map[place]bool
	chain        []int
	tail         []int // loss value, last operator, objective, where they turn
}

func (g *Graph) layout() {
	l := &lattice{
		Graph: g, preds: make([][]int, len(g.Nodes)), succs: make([][]int, len(g.Nodes)),
		placed: make([]bool, len(g.Nodes)), taken: map[place]bool{},
	}
	for _, e := range g.Edges {
		l.preds[e[1]] = append(l.preds[e[1]], e[0])
		l.succs[e[0]] = append(l.succs[e[0]], e[1])
	}
	l.sort()
	data := l.data()
	l.findTail(data)
	l.findChain(data)
	l.placeChain()
	l.placePenalty(data)
	l.placeBest()
	l.shift()
}

// placeBest places what is left late, and early, and keeps the layout that is easier to read.
func (l *lattice) placeBest() {
	fixed, start := slices.Clone(l.placed), slices.Clone(l.Nodes)
	taken := maps.Clone(l.taken)
	l.placeRest()
	late := l.improve(fixed)
	best := slices.Clone(l.Nodes)
	copy(l.Nodes, start)
	l.placed, l.taken = slices.Clone(fixed), taken
	l.placeEarly()
	l.placeRest()
	if l.improve(fixed) >= late-gain {
		copy(l.Nodes, best)
	}
}

// placeEarly puts what is computed from data right after it, above the chain.
func (l *lattice) placeEarly() {
	for _, i := range l.order {
		col, row := -1, 0
		for _, p := range l.preds[i] {
			if l.placed[p] && (len(l.preds[p]) > 0 || l.Nodes[p].Row == 0) && l.Nodes[p].Col > col {
				col, row = l.Nodes[p].Col, l.Nodes[p].Row
			}
		}
		if l.placed[i] || col < 0 {
			continue
		}
		col++
		if col%2 != l.parity(i) {
			col++
		}
		l.put(i, col, l.freeUp(col, max(row, 1)))
	}
}

// sort is the order of evaluation.
func (l *lattice) sort() {
	done := make([]bool, len(l.Nodes))
	var visit func(i int)
	visit = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		for _, p := range l.preds[i] {
			visit(p)
		}
		l.order = append(l.order, i)
	}
	for i := range l.Nodes {
		visit(i)
	}
}

// data says which nodes depend on an input; all of them where there is no input.
func (l *lattice) data() []bool {
	out := make([]bool, len(l.Nodes))
	any := false
	for _, i := range l.order {
		n := l.Nodes[i]
		out[i] = n.Kind == Variable && len(l.preds[i]) == 0 && n.Role == study.Input
		for _, p := range l.preds[i] {
			out[i] = out[i] || out[p] && n.Label != penaltyLabel // it may read parameters within a fold
		}
		any = any || out[i]
	}
	if !any {
		for i := range out {
			out[i] = true
		}
	}
	return out
}

// objective is the node of the objective.
func (l *lattice) objective() int { return l.at[l.model.Objective] }

// findTail finds loss value, sum and objective where the objective is the sum of one value of the data and of penalties.
func (l *lattice) findTail(data []bool) {
	end := l.objective()
	if len(l.preds[end]) != 1 {
		return
	}
	sum := l.preds[end][0]
	loss := -1
	penalty := false
	for _, p := range l.preds[sum] {
		switch {
		case !data[p]:
			penalty = true
		case loss >= 0:
			return
		default:
			loss = p
		}
	}
	if loss < 0 || !penalty || l.Nodes[sum].Expr == nil || l.Nodes[sum].Expr.Op != symbolic.Sum || len(l.preds[loss]) == 0 {
		return
	}
	if l.Nodes[loss].Kind == Variable && len(l.preds[loss]) == 1 && len(l.succs[loss]) == 1 {
		l.tail = []int{loss, sum, end}
	} else if l.Nodes[loss].Kind == Operator {
		l.tail = []int{-1, sum, end}
	}
}

func (l *lattice) isTail(i int) bool {
	for _, t := range l.tail {
		if t == i {
			return true
		}
	}
	return false
}

// findChain is the longest path of data that ends before the tail.
func (l *lattice) findChain(data []bool) {
	length := make([]int, len(l.Nodes))
	from := make([]int, len(l.Nodes))
	end := -1
	for _, i := range l.order {
		from[i], length[i] = -1, 1
		if !data[i] || l.isTail(i) {
			length[i] = 0
			continue
		}
		for _, p := range l.preds[i] {
			if data[p] && length[p]+1 > length[i] {
				from[i], length[i] = p, length[p]+1
			}
		}
		if end < 0 || length[i] > length[end] {
			end = i
		}
	}
	if len(l.tail) == 0 {
		end = l.objective()
	}
	for i := end; i >= 0; i = from[i] {
		l.chain = append([]int{i}, l.chain...)
	}
}

// parity is where a node may stand: 0 for variables, 1 for operators.
func (l *lattice) parity(i int) int {
	if l.Nodes[i].Kind == Operator {
		return 1
	}
	return 0
}

func (l *lattice) put(i, col, row int) {
	l.Nodes[i].Col, l.Nodes[i].Row = col, row
	l.placed[i] = true
	l.taken[place{col, row}] = true
}

func (l *lattice) placeChain() {
	col := 0
	for k, i := range l.chain {
		if k > 0 {
			col++
		}
		if col%2 != l.parity(i) {
			col++
		}
		l.put(i, col, 0)
	}
	if len(l.tail) > 0 && l.tail[0] >= 0 {
		l.put(l.tail[0], l.lastCol()-1, 1)
	}
}

func (l *lattice) lastCol() int { return l.Nodes[l.chain[len(l.chain)-1]].Col }

// placePenalty places what depends on parameters only and ends in the last sum, then the tail.
func (l *lattice) placePenalty(data []bool) {
	if len(l.tail) == 0 {
		return
	}
	sum, end := l.tail[1], l.tail[2]
	top := 2
	for _, p := range l.preds[sum] {
		if data[p] {
			continue
		}
		op, value := p, -1
		if l.Nodes[p].Kind == Variable && len(l.preds[p]) == 1 {
			op, value = l.preds[p][0], p
		}
		if row, ok := l.placePenaltyOperator(op); ok && value >= 0 {
			l.put(value, l.Nodes[op].Col, l.freeUp(l.Nodes[op].Col, row+1))
			top = max(top, l.Nodes[value].Row)
		} else if ok {
			top = max(top, row+1)
		}
	}
	col := l.lastCol()
	for l.taken[place{col - 2, top}] || l.taken[place{col, top}] {
		top++
	}
	l.put(sum, col-2, top)
	l.put(end, col, top)
}

// placePenaltyOperator puts an operator that reads parameters into their middle.
func (l *lattice) placePenaltyOperator(op int) (row int, ok bool) {
	left, right := 1<<30, -1
	for _, w := range l.preds[op] {
		if len(l.preds[w]) > 0 && l.placed[w] && l.Nodes[w].Row == 0 { // the fold, on the chain
			continue
		}
		if len(l.preds[w]) > 0 || l.Nodes[w].Kind != Variable {
			return 0, false
		}
		l.placeLeaf(w)
		if l.Nodes[w].Row == 1 {
			left, right = min(left, l.Nodes[w].Col), max(right, l.Nodes[w].Col)
		}
	}
	if right < 0 {
		return 0, false
	}
	col := (left + right) / 2
	if col%2 == 0 {
		col++
	}
	row = l.freeUp(col, 1)
	l.put(op, col, row)
	if row == 1 { // the arrows from the parameters run along the row
		for c := left; c <= right; c++ {
			l.taken[place{c, 1}] = true
		}
	}
	return row, true
}

func (l *lattice) freeUp(col, row int) int {
	for l.taken[place{col, row}] {
		row++
	}
	return row
}

// placeLeaf puts a variable that is only read above the first operator that reads it, or below it.
func (l *lattice) placeLeaf(w int) {
	if l.placed[w] {
		return
	}
	best := -1
	for _, s := range l.succs[w] {
		if l.placed[s] && !l.isTail(s) && (best < 0 || l.Nodes[s].Col < l.Nodes[best].Col) {
			best = s
		}
	}
	if best < 0 {
		for _, s := range l.succs[w] {
			if l.placed[s] {
				best = s
			}
		}
	}
	if best < 0 {
		return
	}
	l.beside(w, l.Nodes[best].Col, l.Nodes[best].Row)
}

// beside puts a node into the nearest free place of a column: above, then below.
func (l *lattice) beside(i, col, row int) {
	for d := 1; ; d++ {
		up, down := place{col, row + d}, place{col, row - d}
		if row < 0 {
			up, down = down, up
		}
		switch {
		case !l.taken[up]:
			l.put(i, col, up.row)
		case !l.taken[down]:
			l.put(i, col, down.row)
		default:
			continue
		}
		return
	}
}

// placeRest places what is left, readers first: computed values in lanes below the chain, as late as possible, and each
// variable beside its first reader.
func (l *lattice) placeRest() {
	for k := len(l.order) - 1; k >= 0; k-- {
		if i := l.order[k]; !l.placed[i] && len(l.preds[i]) > 0 {
			l.placeLate(i)
		}
	}
	for _, i := range l.order {
		if !l.placed[i] {
			l.placeLeaf(i)
		}
	}
}

// placeLate puts a computed node before its first reader.
func (l *lattice) placeLate(i int) {
	col, row := 1<<30, 0
	for _, s := range l.succs[i] {
		if l.placed[s] && l.Nodes[s].Col < col {
			col, row = l.Nodes[s].Col, l.Nodes[s].Row
		}
	}
	if col == 1<<30 {
		col, row = l.lastCol(), 0
	}
	col--
	if (col+1<<20)%2 != l.parity(i) {
		col--
	}
	step := -1
	if row > 0 {
		step = 1
	}
	if row == 0 {
		row = step
	}
	for l.taken[place{col, row}] {
		row += step
	}
	l.put(i, col, row)
}

// shift makes the first column 0, keeping variables in even columns.
func (l *lattice) shift() {
	least := 0
	for _, n := range l.Nodes {
		least = min(least, n.Col)
	}
	least -= ((least % 2) + 2) % 2
	for i := range l.Nodes {
		l.Nodes[i].Col -= least
	}
}

// Find is the node of a variable; ok is false where it is not drawn.
func (g *Graph) Find(e *symbolic.Expr) (n *Node, ok bool) {
	i, ok := g.at[e]
	if !ok {
		return nil, false
	}
	return &g.Nodes[i], true
}

// Holder is the position of the node that shows a variable, or an operation without a name: its own, or that of the fold that
// hides it.
func (g *Graph) Holder(e *symbolic.Expr) (i int, ok bool) {
	if g.fold.hides(e) && g.fold.node >= 0 {
		return g.fold.node, true
	}
	i, ok = g.at[e]
	return i, ok
}
