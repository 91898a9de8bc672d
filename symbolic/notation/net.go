package notation

import (
	"slices"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A net is a product as a graph of its labels: matrices are edges, vectors weights on a vertex, the labels of the
// result terminals. Series–parallel reduction turns it into matrix notation as far as there is one.
type net struct {
	p      *printer
	out    []int
	dims   []shape.Dim // of each label
	pieces []*mat
}

// reduce applies the reductions until none applies. Dangling edges go first, so that vectors are multiplied before
// matrices and A (v ⊙ w) is found before A diag(v) B.
func (n *net) reduce() {
	for n.contractTensors() || n.mergeParallel() || n.closeLoops() || n.contractDangling() || n.contractSeries() {
	}
}

func (n *net) isOut(l int) bool { return slices.Contains(n.out, l) }

// at lists the pieces that have the label l.
func (n *net) at(l int) []*mat {
	var ms []*mat
	for _, m := range n.pieces {
		if m.has(l) {
			ms = append(ms, m)
		}
	}
	return ms
}

// replace puts one piece in the place of others.
func (n *net) replace(old []*mat, by *mat) {
	at := slices.IndexFunc(n.pieces, func(m *mat) bool { return slices.Contains(old, m) })
	rest := slices.Clone(n.pieces[:at])
	rest = append(rest, by)
	for _, m := range n.pieces[at:] {
		if !slices.Contains(old, m) {
			rest = append(rest, m)
		}
	}
	n.pieces = rest
}

// mergeParallel joins two pieces between the same labels: A ⊙ B.
func (n *net) mergeParallel() bool {
	for i, a := range n.pieces {
		for _, b := range n.pieces[i+1:] {
			if sameEnds(a, b) {
				n.replace([]*mat{a, b}, elementwise(a, b))
				return true
			}
		}
	}
	return false
}

func sameEnds(a, b *mat) bool {
	if isDelta(a) || isDelta(b) || repeats(a.labels) || repeats(b.labels) {
		return false
	}
	if slices.Equal(a.labels, b.labels) {
		return true
	}
	return a.rank() == 2 && b.rank() == 2 && a.has(b.labels[0]) && a.has(b.labels[1])
}

func isDelta(m *mat) bool { return m.kind == atom && m.e.Op == symbolic.Delta }

// closeLoops makes an edge from a label to itself the vector on its diagonal, unless it is a trace.
func (n *net) closeLoops() bool {
	for _, m := range n.pieces {
		if m.rank() != 2 || m.labels[0] != m.labels[1] {
			continue
		}
		if len(n.pieces) == 1 && len(n.out) == 0 {
			continue
		}
		d := &mat{kind: diagOf, args: []*mat{m}, labels: m.labels[:1], dims: m.dims[:1], at: m.at}
		n.replace([]*mat{m}, d)
		return true
	}
	return false
}

// contractDangling sums over a label that has one edge, with or without a weight: A v, or A summed over an axis.
func (n *net) contractDangling() bool {
	if len(n.pieces) == 1 && len(n.out) == 0 {
		return false
	}
	for l := range n.dims {
		if n.isOut(l) {
			continue
		}
		ms := n.at(l)
		edges, weight := splitWeight(ms)
		if len(edges) != 1 || edges[0].rank() != 2 || edges[0].labels[0] == edges[0].labels[1] {
			continue
		}
		n.replace(ms, n.applied(edges[0], weight, l))
		return true
	}
	return false
}

// splitWeight tells the vector from the others; mergeParallel has seen to it that there is at most one.
func splitWeight(ms []*mat) (edges []*mat, weight *mat) {
	for _, m := range ms {
		if m.rank() == 1 {
			weight = m
		} else {
			edges = append(edges, m)
		}
	}
	return edges, weight
}

// applied is A v, where l is the label summed over.
func (n *net) applied(a, v *mat, l int) *mat {
	if v != nil {
		return times(a.orient(a.other(l)), v)
	}
	if axis, ok := n.p.axisName(a.dims, slices.Index(a.labels, l)); ok {
		k := slices.Index(a.labels, l)
		if a.t && a.kind == atom { // sum(Aᵀ, n) is sum(A, n)
			a = a.flip()
			k = 1 - k
		}
		return &mat{kind: sumOver, args: []*mat{a}, axis: axis, labels: []int{a.labels[1-k]}, dims: []shape.Dim{a.dims[1-k]}, at: a.at}
	}
	if d := n.diagonalOf(a, l); d != nil {
		return d
	}
	return times(a.orient(a.other(l)), &mat{kind: ones, labels: []int{l}, dims: []shape.Dim{n.dims[l]}, at: a.at})
}

// diagonalOf is diag(U A V) for (U A) ⊙ Vᵀ summed over its axis l; nil where neither factor is a product of matrices, unless
// it saves a transpose: diag(A B) for A ⊙ Bᵀ.
func (n *net) diagonalOf(a *mat, l int) *mat {
	product := func(m *mat) bool {
		return m.kind == chain && m.args[0].rank() == 2 && m.args[len(m.args)-1].rank() == 2
	}
	if a.kind != hadamard || len(a.args) != 2 || len(a.den) > 0 {
		return nil
	}
	k := slices.Index(a.labels, a.other(l))
	m := n.lighter(times(a.args[0].orient(a.labels[k]), a.args[1].orient(l)))
	if !product(a.args[0]) && !product(a.args[1]) && m.marks() >= a.marks() {
		return nil
	}
	return &mat{kind: diagOf, args: []*mat{m}, labels: a.labels[k : k+1], dims: a.dims[k : k+1], at: a.at}
}

// axisName is the name of an axis where no other axis has it.
func (p *printer) axisName(dims []shape.Dim, k int) (lang.Expr, bool) {
	s, ok := dims[k].AsName()
	if !ok {
		return nil, false
	}
	for i, d := range dims {
		if i != k && p.sameDim(d, dims[k]) {
			return nil, false
		}
	}
	return name(s), true
}

// contractSeries sums over a label between two edges: A B, or with a weight A diag(v) B. Factors that were written side
// by side go first.
func (n *net) contractSeries() bool {
	best, first := -1, 0
	for l := range n.dims {
		if a, b, ok := n.meeting(l); ok && (best < 0 || max(a.at, b.at) < first) {
			best, first = l, max(a.at, b.at)
		}
	}
	if best < 0 {
		return false
	}
	a, b, _ := n.meeting(best)
	ms := n.at(best)
	_, weight := splitWeight(ms)
	n.replace(ms, n.series(a, b, weight, best))
	return true
}

// meeting is the two edges that meet at a label that is summed over, if nothing else does but a weight.
func (n *net) meeting(l int) (a, b *mat, ok bool) {
	if n.isOut(l) {
		return nil, nil, false
	}
	edges, _ := splitWeight(n.at(l))
	if len(edges) != 2 || edges[0].rank() != 2 || edges[1].rank() != 2 {
		return nil, nil, false
	}
	a, b = edges[0], edges[1]
	if b.at < a.at {
		a, b = b, a
	}
	return a, b, true
}

// series is A diag(v) B over l, or its transpose where that has fewer marks.
func (n *net) series(a, b, v *mat, l int) *mat {
	m := a.orient(a.other(l))
	if v != nil {
		m = times(m, diag(v, l, l))
	}
	m = times(m, b.orient(l))
	if m.flip().marks() < m.marks() {
		return m.flip()
	}
	return m
}

// contractTensors multiplies the last axis of a tensor of rank 3 or more by a vector or a matrix, or sums an axis.
func (n *net) contractTensors() bool {
	if len(n.pieces) == 1 && len(n.out) == 0 {
		return false
	}
	for _, t := range n.pieces {
		if t.rank() < 3 || repeats(t.labels) {
			continue
		}
		for k, l := range t.labels {
			if n.isOut(l) {
				continue
			}
			if by := n.contractTensor(t, k); by != nil {
				return true
			}
		}
	}
	return false
}

func repeats(labels []int) bool {
	for i, l := range labels {
		if slices.Contains(labels[:i], l) {
			return true
		}
	}
	return false
}

func (n *net) contractTensor(t *mat, k int) *mat {
	l := t.labels[k]
	ms := n.at(l)
	rest, dims := slices.Delete(slices.Clone(t.labels), k, k+1), slices.Delete(slices.Clone(t.dims), k, k+1)
	switch {
	case len(ms) == 1:
		axis, ok := n.p.axisName(t.dims, k)
		if !ok {
			return nil
		}
		m := &mat{kind: sumOver, args: []*mat{t}, axis: axis, labels: rest, dims: dims, at: t.at}
		n.replace(ms, m)
		return m
	case len(ms) == 2 && k == t.rank()-1:
		other := ms[0]
		if other == t {
			other = ms[1]
		}
		m := &mat{kind: chain, labels: rest, dims: dims, at: min(t.at, other.at)}
		switch {
		case other.rank() == 1:
			m.args = []*mat{t, other}
		case other.rank() == 2 && !repeats(other.labels):
			other = other.orient(l)
			m.args = []*mat{t, other}
			m.labels, m.dims = append(m.labels, other.labels[1]), append(m.dims, other.dims[1])
		default:
			return nil
		}
		n.replace(ms, m)
		return m
	}
	return nil
}

// result is the reduced net as one piece with the labels of out, if it has come to that.
func (n *net) result() (*mat, bool) {
	switch {
	case len(n.out) == 1 && len(n.pieces) == 0:
		return n.ones(n.out[0]), true
	case len(n.out) == 1 && len(n.pieces) == 1 && n.pieces[0].rank() == 1:
		return n.pieces[0], true
	case len(n.out) == 2:
		return n.matrix()
	case len(n.pieces) == 1 && slices.Equal(n.pieces[0].labels, n.out):
		return n.pieces[0], true
	}
	return nil, false
}

func (n *net) ones(l int) *mat {
	return &mat{kind: ones, labels: []int{l}, dims: []shape.Dim{n.dims[l]}, at: 1 << 20}
}

// matrix is the reduced net as one matrix: an edge with weights at its ends, or two weights.
func (n *net) matrix() (*mat, bool) {
	var edge *mat
	weight := map[int]*mat{}
	for _, m := range n.pieces {
		switch {
		case m.rank() == 1 && n.isOut(m.labels[0]):
			weight[m.labels[0]] = m
		case m.rank() == 2 && edge == nil && n.isOut(m.labels[0]) && n.isOut(m.labels[1]):
			edge = m
		default:
			return nil, false
		}
	}
	r, c := n.out[0], n.out[1]
	left, right := weight[r], weight[c]
	switch {
	case edge == nil:
		return n.outer(left, right), true
	case isDelta(edge):
		return n.diagonal(edge, left, right), true
	}
	return n.weighted(edge.orient(r), left, right), true
}

// outer is a bᵀ; a missing vector is one of ones.
func (n *net) outer(a, b *mat) *mat {
	if a == nil && b == nil {
		return &mat{kind: ones, labels: n.out, dims: []shape.Dim{n.dims[n.out[0]], n.dims[n.out[1]]}, at: 1 << 20}
	}
	if a == nil {
		a = n.ones(n.out[0])
	}
	if b == nil {
		b = n.ones(n.out[1])
	}
	m := &mat{kind: chain, args: []*mat{a}, at: min(a.at, b.at), labels: n.out, dims: []shape.Dim{a.dims[0], b.dims[0]}}
	m.args = slices.Clone(a.factors())
	row := b.flip()
	if row.kind == chain && !row.hasTensor() && row.pushed() <= b.pushed()+1 {
		m.args = append(m.args, row.args...)
	} else {
		m.args = append(m.args, row)
	}
	return m
}

// diagonal is I with weights at its ends.
func (n *net) diagonal(delta, a, b *mat) *mat {
	switch {
	case a == nil && b == nil:
		return delta
	case a == nil:
		a = b
	case b != nil:
		w := *b
		w.labels = a.labels
		a = elementwise(a, &w)
	}
	return diag(a, n.out[0], n.out[1])
}

// weighted is diag(a) M diag(b). What is divided by stays elementwise where names tell which axis is meant.
func (n *net) weighted(m, a, b *mat) *mat {
	distinct := n.p.distinctNames(m.dims)
	if a != nil {
		a = n.divide(&m, a, distinct)
	}
	if b != nil {
		b = n.divide(&m, b, distinct)
	}
	if a != nil {
		m = times(diag(a, n.out[0], n.out[0]), m)
	}
	if b != nil {
		m = times(m, diag(b, n.out[1], n.out[1]))
	}
	return m
}

// divide moves what w divides by to m and returns what is left of w.
func (n *net) divide(m **mat, w *mat, distinct bool) *mat {
	if w.kind != hadamard || len(w.den) == 0 || !distinct {
		return w
	}
	q := &mat{kind: hadamard, args: []*mat{*m}, labels: (*m).labels, dims: (*m).dims, at: (*m).at}
	if (*m).kind == hadamard {
		q.args, q.den = (*m).args, slices.Clone((*m).den)
	}
	q.den = append(q.den, w.den...)
	*m = q
	if len(w.args) == 0 {
		return nil
	}
	rest := *w
	rest.den = nil
	if len(rest.args) == 1 {
		return rest.args[0]
	}
	return &rest
}

// distinctNames says that every axis has a name of its own, so that broadcasting by name is decided.
func (p *printer) distinctNames(dims []shape.Dim) bool {
	for k := range dims {
		if _, ok := p.axisName(dims, k); !ok {
			return false
		}
	}
	return true
}

func (p *printer) sameDim(a, b shape.Dim) bool {
	if a == b {
		return true
	}
	if p.g == nil || p.g.Dims == nil {
		return false
	}
	return p.g.Dims.Same(a, b)
}

// scalar is a net without terminals as a tree: an inner product, a trace, a norm, a sum.
func (n *net) scalar() (lang.Expr, bool) {
	if len(n.pieces) != 1 {
		return nil, false
	}
	m := n.pieces[0]
	if m.kind == hadamard && len(m.args) == 2 && len(m.den) == 0 {
		a, b := m.args[0], m.args[1]
		switch {
		case !repeats(m.labels) && a.key() == b.key():
			if m.rank() == 2 && m.flip().args[0].marks() < a.marks() {
				a = a.flip()
			}
			return squaredNorm(n.p.matTree(a)), true
		case m.rank() == 1:
			return n.p.inner(a, b), true
		case m.rank() == 2 && !entrywise(a) && !entrywise(b):
			return call("tr", n.p.chainTree(n.cycle(a, b))), true
		}
	}
	if m.rank() == 2 && m.labels[0] == m.labels[1] {
		return call("tr", n.p.matTree(n.lighter(m))), true
	}
	if m.rank() > 2 && repeats(m.labels) {
		return nil, false
	}
	if m.rank() == 2 {
		m = n.lighter(m)
	}
	return call("sum", n.p.matTree(m)), true
}

// lighter is m or its transpose, whichever has fewer marks.
func (n *net) lighter(m *mat) *mat {
	if f := m.flip(); f.marks() < m.marks() {
		return f
	}
	return m
}

// entrywise says that m is made entry by entry: its inner product with another is a sum rather than a trace.
func entrywise(m *mat) bool {
	return m.kind == hadamard || m.kind == atom && m.e.Op == symbolic.Call && (m.e.Fn.Elementwise() || m.e.Par.Core == 1)
}

// cycle is the factors of tr(Aᵀ B): the direction with the fewest marks, then the nearest to the order of writing. A
// longer cycle starts at its earliest factor.
func (n *net) cycle(a, b *mat) []*mat {
	forward := slices.Concat(a.flip().factors(), b.factors())
	backward := slices.Concat(b.flip().factors(), a.factors())
	if len(forward) == 2 && marksOf(forward)+inverted(forward) == 1 {
		return forward
	}
	best := rotated(backward)
	f := rotated(forward)
	if d := marksOf(f) + inverted(f) - marksOf(best) - inverted(best); d < 0 || d == 0 && f[0].marks() > best[0].marks() {
		best = f
	}
	return best
}

// rotated starts a cycle at its earliest factor.
func rotated(ms []*mat) []*mat {
	first := 0
	for i, m := range ms {
		if m.at < ms[first].at {
			first = i
		}
	}
	return slices.Concat(ms[first:], ms[:first])
}

// inverted counts the transposed inverses, A⁻ᵀ, which have no mark of their own.
func inverted(ms []*mat) int {
	n := 0
	for _, m := range ms {
		if m.kind == atom && m.t && inverse(m.e) {
			n++
		}
	}
	return n
}

func marksOf(ms []*mat) int {
	n := 0
	for _, m := range ms {
		n += m.marks()
	}
	return n
}

// inner is aᵀ b, written with the fewest marks: xᵀ A y rather than (Aᵀ x)ᵀ y.
func (p *printer) inner(a, b *mat) lang.Expr {
	best := []*mat(nil)
	for _, f := range [][]*mat{
		slices.Concat(a.flip().factors(), b.factors()),
		slices.Concat(b.flip().factors(), a.factors()),
		slices.Concat([]*mat{a.flip()}, b.factors()),
	} {
		if best == nil || marksOf(f) < marksOf(best) {
			best = f
		}
	}
	if half := palindrome(best); half != nil {
		return squaredNorm(p.chainTree(half))
	}
	return p.chainTree(best)
}

// palindrome is A x where the factors are xᵀ Aᵀ A x, the square of its norm; nil where they are not.
func palindrome(fs []*mat) []*mat {
	n := len(fs)
	if n < 4 || n%2 == 1 {
		return nil
	}
	for i := range n / 2 {
		if fs[i].flip().key() != fs[n-1-i].key() {
			return nil
		}
	}
	return fs[n/2:]
}
