package notation

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A kind is how a mat is made.
type kind uint8

const (
	atom     kind = iota // a node of the graph
	ones                 // a vector of ones
	chain                // a matrix product of args
	hadamard             // the elementwise product of args, divided by den
	diagonal             // the matrix with the vector args[0] on its diagonal
	diagOf               // the diagonal of the matrix args[0], a vector
	sumOver              // args[0] summed over the axis before the last, by name
	total                // a sum of terms
	identity             // I, where its size is told by what it is added to
)

// A mat is a piece of matrix notation under construction: a vector, a matrix, or a tensor, and the label of each of its
// axes. A vector is a column (labels {i}) or, transposed, a row (labels {i}, row).
type mat struct {
	kind   kind
	e      *symbolic.Expr // atom
	t      bool           // transposed; only of what has no transpose of its parts
	row    bool           // a vector lying down
	args   []*mat
	den    []*mat
	terms  []*term
	axis   lang.Expr // sumOver
	labels []int
	dims   []shape.Dim
	at     int // place of its first factor in the product, for an order near to the writing
}

func (m *mat) rank() int { return len(m.labels) }

// other is the label at the other end of a matrix.
func (m *mat) other(l int) int {
	if m.labels[0] == l {
		return m.labels[1]
	}
	return m.labels[0]
}

func (m *mat) has(l int) bool { return slices.Contains(m.labels, l) }

// key is equal for equal pieces.
func (m *mat) key() string {
	var b strings.Builder
	m.writeKey(&b)
	return b.String()
}

func (m *mat) writeKey(b *strings.Builder) {
	fmt.Fprintf(b, "(%d", m.kind)
	if m.row {
		b.WriteByte('r')
	}
	if m.e != nil {
		fmt.Fprintf(b, " %d", m.e.ID)
	}
	if m.t {
		b.WriteByte('t')
	}
	if m.kind == ones {
		fmt.Fprintf(b, " %v", m.dims)
	}
	for _, a := range m.args {
		a.writeKey(b)
	}
	b.WriteByte('/')
	for _, a := range m.den {
		a.writeKey(b)
	}
	for _, t := range m.terms {
		b.WriteString(t.key())
	}
	b.WriteByte(')')
}

// flip is the transpose of a vector or matrix.
func (m *mat) flip() *mat {
	f := *m
	if m.rank() == 1 {
		f.row = !m.row
		if m.kind == chain && !m.hasTensor() {
			f.args = flipAll(m.args)
			slices.Reverse(f.args)
		}
		return &f
	}
	f.labels = []int{m.labels[1], m.labels[0]}
	f.dims = []shape.Dim{m.dims[1], m.dims[0]}
	switch m.kind {
	case atom:
		f.t = !m.t && !symbolic.Symmetric(m.e)
	case sumOver:
		f.t = !m.t
	case chain:
		if m.hasTensor() {
			f.t = !m.t
			return &f
		}
		f.args = flipAll(m.args)
		slices.Reverse(f.args)
	case hadamard:
		f.args, f.den = flipAll(m.args), flipAll(m.den)
	case total:
		f.terms = make([]*term, len(m.terms))
		for i, t := range m.terms {
			f.terms[i] = t.flip()
		}
	}
	return &f
}

func flipAll(ms []*mat) []*mat {
	out := make([]*mat, len(ms))
	for i, m := range ms {
		out[i] = m.flip()
	}
	return out
}

// hasTensor says that a product has a factor of rank 3 or more, which has no transpose.
func (m *mat) hasTensor() bool {
	return slices.ContainsFunc(m.args, func(a *mat) bool { return a.rank() > 2 })
}

// marks counts the transpose marks that m is printed with.
func (m *mat) marks() int {
	n := 0
	switch m.kind {
	case atom, ones, diagOf, sumOver, total:
		if m.t && !(m.e != nil && inverse(m.e)) || m.row {
			n++
		}
	case chain:
		if m.hasTensor() {
			if m.t || m.row {
				n++
			}
			return n
		}
		if m.rank() == 1 && m.row {
			return min(m.pushed(), m.flip().pushed()+1)
		}
		return m.pushed()
	case hadamard:
		if m.rank() == 1 {
			if m.row {
				n++
			}
			return n
		}
		return min(m.pushed(), m.flip().pushed()+1)
	}
	return n
}

// inverse says that a matrix is written A⁻¹: its transpose A⁻ᵀ costs no mark.
func inverse(e *symbolic.Expr) bool {
	return e.Op == symbolic.Call && strings.HasSuffix(e.Fn.Text, "⁻¹")
}

// pushed counts the marks where each factor has its own.
func (m *mat) pushed() int {
	n := 0
	for _, a := range slices.Concat(m.args, m.den) {
		n += a.marks()
	}
	return n
}

// orient is the matrix m with rows labelled l.
func (m *mat) orient(l int) *mat {
	if m.labels[0] != l {
		return m.flip()
	}
	return m
}

// factors are the matrix factors of m, from the left.
func (m *mat) factors() []*mat {
	if m.kind == chain && !m.hasTensor() {
		return m.args
	}
	return []*mat{m}
}

// times is the matrix product of a and b, each a matrix, or a a row, or b a column; or a a column and b a row.
func times(a, b *mat) *mat {
	m := &mat{kind: chain, args: slices.Concat(a.factors(), b.factors()), at: min(a.at, b.at)}
	if !a.row {
		m.labels, m.dims = append(m.labels, a.labels[0]), append(m.dims, a.dims[0])
	}
	if b.row || b.rank() == 2 {
		last := b.rank() - 1
		m.labels, m.dims = append(m.labels, b.labels[last]), append(m.dims, b.dims[last])
	}
	m.row = a.row && len(m.labels) == 1
	return m
}

// elementwise is a ⊙ b of the same labels.
func elementwise(a, b *mat) *mat {
	if b.rank() == 2 {
		b = b.orient(a.labels[0])
	}
	if b.at < a.at {
		a, b = b, a
		if a.rank() == 2 && a.marks()+b.marks() > a.flip().marks()+b.flip().marks() {
			a, b = a.flip(), b.flip()
		}
	}
	m := &mat{kind: hadamard, labels: a.labels, dims: a.dims, at: min(a.at, b.at)}
	for _, f := range []*mat{a, b} {
		if f.kind == hadamard {
			m.args, m.den = append(m.args, f.args...), append(m.den, f.den...)
		} else {
			m.args = append(m.args, f)
		}
	}
	return m
}

// diag is the matrix with the vector v on its diagonal, between the labels r and c.
func diag(v *mat, r, c int) *mat {
	return &mat{kind: diagonal, args: []*mat{v}, labels: []int{r, c}, dims: []shape.Dim{v.dims[0], v.dims[0]}, at: v.at}
}

// matTree is the syntax tree of m.
func (p *printer) matTree(m *mat) lang.Expr {
	if m.row {
		return p.rowTree(m)
	}
	switch m.kind {
	case atom:
		if m.t {
			return p.transposedTree(m.e)
		}
		return p.tree(m.e)
	case ones:
		return call("ones", sizes(m.dims)...)
	case chain:
		if m.t {
			return transposed(p.chainTree(m.args))
		}
		return p.chainTree(m.args)
	case hadamard:
		if m.rank() == 2 && m.flip().pushed()+1 < m.pushed() {
			return transposed(p.hadamardTree(m.flip()))
		}
		return p.hadamardTree(m)
	case diagonal, diagOf:
		return call("diag", p.matTree(m.args[0]))
	case sumOver:
		x := call("sum", p.matTree(m.args[0]), m.axis)
		if m.t {
			return transposed(x)
		}
		return x
	case identity:
		return name("I")
	}
	if f := m.flip(); m.rank() == 2 && f.termMarks()+1 < m.termMarks() {
		return transposed(p.sumTree(f.terms))
	}
	return p.sumTree(m.terms)
}

// termMarks counts the marks where each term of a sum has its own.
func (m *mat) termMarks() int {
	n := 0
	for _, t := range m.terms {
		if t.core != nil {
			n += t.core.marks()
		}
	}
	return n
}

// rowTree is a vector lying down: each factor gets its transpose mark, or the whole does, whichever needs fewer.
func (p *printer) rowTree(m *mat) lang.Expr {
	col := m.flip()
	if m.kind == chain && !m.hasTensor() && m.pushed() <= col.pushed()+1 {
		return p.chainTree(m.args)
	}
	return transposed(p.matTree(col))
}

func sizes(dims []shape.Dim) []lang.Expr {
	out := make([]lang.Expr, len(dims))
	for i, d := range dims {
		out[i] = sizeTree(d)
	}
	return out
}

// chainTree joins factors by juxtaposition; a square matrix times itself is a power.
func (p *printer) chainTree(factors []*mat) lang.Expr {
	var out []lang.Expr
	for i := 0; i < len(factors); {
		n := 1
		for i+n < len(factors) && factors[i].squareOf(factors[i+n]) {
			n++
		}
		out = append(out, power(p.matTree(factors[i]), big.NewRat(int64(n), 1), false))
		i += n
	}
	return product(lang.Mul, out)
}

func (m *mat) squareOf(n *mat) bool {
	return m.kind == atom && n.kind == atom && m.rank() == 2 && m.e == n.e && m.t == n.t
}

// hadamardTree is a ⊙ b.^2 ⊘ (c ⊙ d).
func (p *printer) hadamardTree(m *mat) lang.Expr {
	full := slices.ContainsFunc(m.args, func(a *mat) bool { return p.bareTree(a) == nil })
	num, den := p.elementwiseProduct(m.args, full), p.elementwiseProduct(m.den, full)
	if den == nil {
		return num
	}
	if num == nil {
		num = number(one)
	}
	return binary(lang.HDiv, num, den)
}

// elementwiseProduct joins pieces by ⊙, equal ones as a power; nil if there are none.
// What is only repeated along axes is named without its ones, if another piece has them all (full).
func (p *printer) elementwiseProduct(ms []*mat, full bool) lang.Expr {
	var out []lang.Expr
	count := map[string]int64{}
	for _, m := range ms {
		count[m.key()]++
	}
	for _, m := range ms {
		k := m.key()
		if n := count[k]; n > 0 {
			x := p.bareTree(m)
			if x == nil || !full {
				x = p.matTree(m)
			}
			out = append(out, power(x, big.NewRat(n, 1), true))
			count[k] = 0
		}
	}
	return product(lang.Had, out)
}

// bareTree is a repeated factor without its ones: exp(Z) ⊘ sum(exp(Z), k); nil for other factors.
func (p *printer) bareTree(m *mat) lang.Expr {
	if m.kind != atom || m.rank() < 2 || m.e.Op != symbolic.Einsum {
		return nil
	}
	return p.bareNode(m.e)
}

// bareNode is a node that only repeats a smaller one, as the smaller one; nil for others.
func (p *printer) bareNode(e *symbolic.Expr) lang.Expr {
	if p.isLeaf(e) || e.Rank() == 0 {
		return nil
	}
	if e.IsZero() {
		return number(zero)
	}
	if b := p.bare(p.termOf(one, e, firstLabels(e))); b != nil {
		return p.signedTree(b)
	}
	return nil
}
