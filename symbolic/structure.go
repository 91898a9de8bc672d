package symbolic

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"nabla/symbolic/shape"
)

// An Operator is a tensor of 2k axes read as a linear map of tensors of k axes, H[i, j, p, q] X[p, q], in compressed
// form: a sum of products in which the Deltas stand apart. It is never formed where it is applied, where its diagonal is
// taken, or where an equation with it is solved.
type Operator struct {
	Shape shape.Shape // of what it is applied to
	Diag  []int       // the axes along which it is diagonal, in every term
	Block *Expr       // what is left: the axes Along, then the rows, then the columns of the other axes
	Along []int       // the axes of Diag on which Block depends

	g     *Graph
	terms []opTerm
	signs *[]*Expr // where solutions are for positive definite H only: what must be positive
}

// An opTerm is one product. Labels 0 … k−1 are the rows, k … 2k−1 the columns; a Delta of a row and its column is not a
// factor, but one of diag.
type opTerm struct {
	coef *big.Rat
	args []*Expr
	in   [][]int
	diag []bool
}

// maxTerms bounds the terms of an operator: one with more is not compressed.
const maxTerms = 32

// AsOperator reads e as an operator; nil where its axes are not pairs.
func AsOperator(e *Expr) *Operator {
	k := e.Rank() / 2
	if k == 0 || e.Rank()%2 == 1 || !e.G.Dims.SameShape(e.Shape[:k], e.Shape[k:]) {
		return nil
	}
	h := &Operator{Shape: e.Shape[:k], g: e.G}
	terms := Terms(e)
	if len(terms) == 0 || len(terms) > maxTerms {
		terms = []Term{{one, e}}
	}
	for _, t := range terms {
		h.terms = append(h.terms, h.read(t))
	}
	return h.complete()
}

// complete finds the structure of the terms.
func (h *Operator) complete() *Operator {
	for a := range h.Shape {
		if !slices.ContainsFunc(h.terms, func(t opTerm) bool { return !t.diag[a] }) {
			h.Diag = append(h.Diag, a)
		}
	}
	h.Along, h.Block = h.block(h.terms, h.others())
	return h
}

// Damped is H + δ I for a number δ.
func (h *Operator) Damped(δ *Expr) *Operator {
	diag := make([]bool, len(h.Shape))
	for i := range diag {
		diag[i] = true
	}
	d := &Operator{Shape: h.Shape, g: h.g, terms: slices.Clone(h.terms)}
	d.terms = append(d.terms, opTerm{coef: one, args: []*Expr{δ}, in: [][]int{nil}, diag: diag})
	return d.complete()
}

// SolvePositive is Solve for a positive definite H: with Cholesky factors of its blocks, which others do not have. The
// entries of signs are positive if H is.
func (h *Operator) SolvePositive(b *Expr) (x *Expr, signs []*Expr) {
	p := *h
	p.signs = &signs
	return p.Solve(b), signs
}

// Cheap says that a matrix is diagonal, or a diagonal one plus one that is known to be of low rank.
func (h *Operator) Cheap() bool {
	return h.Structured() || h.solveLowRank(h.g.Fresh("b", h.Shape)) != nil
}

// Structured says that the operator is diagonal along some axis, so that it need not be formed.
func (h *Operator) Structured() bool { return len(h.Diag) > 0 }

// A Term is one product of a sum.
type Term struct {
	Coef *big.Rat
	Expr *Expr
}

// Terms are the products whose sum e is, with the sums inside products that have Deltas multiplied out, and the
// definitions that hide them opened.
func Terms(e *Expr) []Term {
	var out []Term
	var add func(c *big.Rat, e *Expr, depth int)
	add = func(c *big.Rat, e *Expr, depth int) {
		if body := e.Body(); depth < 16 && len(out) <= maxTerms && HasDelta(body) {
			e = body
		}
		switch e.Op {
		case Sum:
			for i, a := range e.Args {
				add(new(big.Rat).Mul(c, e.Coef[i]), a, depth+1)
			}
			return
		case Einsum:
			for k, a := range e.Args {
				body := a.Body()
				if depth > 16 || a.Rank() == 0 || !HasDelta(body) || body.Op == Delta {
					continue
				}
				args := slices.Clone(e.Args)
				for _, t := range Terms(body) {
					args[k] = t.Expr
					add(new(big.Rat).Mul(c, t.Coef), e.G.Einsum(e.In, e.Out, args, e.Shape), depth+1)
				}
				return
			}
		}
		out = append(out, Term{c, e})
	}
	add(one, e, 0)
	return out
}

// deltaSearch bounds the nodes that are looked at for an identity.
const deltaSearch = 256

// HasDelta says that e is a sum or a product with an identity in it, be it inside of a definition.
func HasDelta(e *Expr) bool {
	seen := map[*Expr]bool{}
	var find func(e *Expr) bool
	find = func(e *Expr) bool {
		e = e.Body()
		if seen[e] || len(seen) > deltaSearch {
			return false
		}
		seen[e] = true
		switch e.Op {
		case Delta:
			return true
		case Sum, Einsum:
			return slices.ContainsFunc(e.Args, func(a *Expr) bool { return a.Rank() > 1 && find(a) })
		}
		return false
	}
	return find(e)
}

// Chain is the product of the chain rule: it sums over the last k axes of a and the first of b. Identities inside of them
// merge indices, so that a derivative of many axes that has some is not formed.
func Chain(a, b *Expr, k int) *Expr {
	g := a.G
	la := labels(a.Rank(), 1)
	lb := la[a.Rank()-k:] + labels(b.Rank()-k, byte(1+a.Rank()))
	multiply := func(a, b *Expr) *Expr {
		return g.Einsum([]string{la, lb}, la[:len(la)-k]+lb[k:], []*Expr{a, b}, nil)
	}
	if a.Rank() < 3 && b.Rank() < 3 || !HasDelta(a) && !HasDelta(b) {
		return multiply(a, b)
	}
	left, right := Terms(a), Terms(b)
	if len(left)*len(right) > maxTerms {
		return multiply(a, b)
	}
	parts := []*Expr{g.Zero(append(slices.Clone(a.Shape[:a.Rank()-k]), b.Shape[k:]...))}
	for _, s := range left {
		for _, t := range right {
			parts = append(parts, g.Scale(new(big.Rat).Mul(s.Coef, t.Coef), multiply(s.Expr, t.Expr)))
		}
	}
	return g.Sum(parts[0].Shape, parts...)
}

// read puts a term into the labels of the operator.
func (h *Operator) read(t Term) opTerm {
	k := len(h.Shape)
	c, e := t.Expr.AsScaled()
	o := opTerm{coef: new(big.Rat).Mul(t.Coef, c), diag: make([]bool, k)}
	if e.Op != Einsum {
		e = &Expr{Op: Einsum, Args: []*Expr{e}, In: []string{labels(2*k, 1)}, Out: labels(2*k, 1), Par: &noParams}
	}
	label := map[byte]int{}
	for i := range e.Out {
		label[e.Out[i]] = i
	}
	for n, a := range e.Args {
		in := make([]int, len(e.In[n]))
		for i := range e.In[n] {
			l, ok := label[e.In[n][i]]
			if !ok {
				l = len(label)
				label[e.In[n][i]] = l
			}
			in[i] = l
		}
		if a.Op == Delta && in[0] < k && in[1] == in[0]+k {
			o.diag[in[0]] = true
			continue
		}
		o.args, o.in = append(o.args, a), append(o.in, in)
	}
	return o
}

// others are the axes that are not in Diag.
func (h *Operator) others() []int {
	var out []int
	for a := range h.Shape {
		if !slices.Contains(h.Diag, a) {
			out = append(out, a)
		}
	}
	return out
}

// block is the sum of terms for one row and column along Diag: the axes along, then rows and columns of the axes rest.
func (h *Operator) block(terms []opTerm, rest []int) (along []int, b *Expr) {
	k := len(h.Shape)
	for _, a := range h.Diag {
		if slices.ContainsFunc(terms, func(t opTerm) bool {
			return slices.ContainsFunc(t.in, func(in []int) bool { return slices.Contains(in, a) })
		}) {
			along = append(along, a)
		}
	}
	out := slices.Clone(along)
	out = append(out, rest...)
	for _, a := range rest {
		out = append(out, a+k)
	}
	parts := make([]*Expr, len(terms))
	for i, t := range terms {
		args, in := slices.Clone(t.args), slices.Clone(t.in)
		for _, a := range rest {
			if t.diag[a] {
				args, in = append(args, h.g.Delta(h.Shape[a])), append(in, []int{a, a + k})
			}
		}
		parts[i] = h.g.Scale(t.coef, h.product(args, in, out))
	}
	return along, h.g.Sum(h.sizes(out), parts...)
}

// product is an einsum with the labels of the operator.
func (h *Operator) product(args []*Expr, in [][]int, out []int) *Expr {
	words := make([]string, len(in))
	for i, l := range in {
		words[i] = word(l)
	}
	return h.g.Einsum(words, word(out), args, h.sizes(out))
}

func (h *Operator) sizes(labels []int) shape.Shape {
	s := make(shape.Shape, len(labels))
	for i, l := range labels {
		s[i] = h.Shape[l%len(h.Shape)]
	}
	return s
}

func word(ls []int) string {
	b := make([]byte, len(ls))
	for i, l := range ls {
		b[i] = byte(1 + l)
	}
	return string(b)
}

// Diagonal is the tensor of the entries H[i, j, i, j].
func (h *Operator) Diagonal() *Expr {
	k := len(h.Shape)
	parts := make([]*Expr, len(h.terms))
	for i, t := range h.terms {
		in := make([][]int, len(t.in))
		for n, ls := range t.in {
			in[n] = slices.Clone(ls)
			for m, l := range ls {
				if l >= k && l < 2*k {
					in[n][m] = l - k
				}
			}
		}
		parts[i] = h.g.Scale(t.coef, h.product(t.args, in, span(0, k)))
	}
	return h.g.Sum(h.Shape, parts...)
}

// Solve is the X with H X = b, through solutions with the blocks of H; b has the shape of X and maybe further axes, which
// count columns.
func (h *Operator) Solve(b *Expr) *Expr {
	if len(h.terms) == 1 {
		return h.solveProduct(b)
	}
	if x := h.solveLowRank(b); x != nil {
		return x
	}
	return h.solveBlock(b, h.Block, h.Along, h.others())
}

// solveProduct solves with a single product factor by factor: (A ⊗ B) X = b is A⁻¹ b B⁻ᵀ.
func (h *Operator) solveProduct(b *Expr) *Expr {
	groups := h.groups(h.terms[0])
	for i, group := range groups {
		t := h.part(h.terms[0], group, groups, i == 0)
		along, block := h.block([]opTerm{t}, group)
		b = h.solveBlock(b, block, along, group)
	}
	if len(groups) == 0 {
		b = h.solveBlock(b, h.Block, h.Along, nil)
	}
	return b
}

// groups are the axes other than Diag, those together that some factors connect.
func (h *Operator) groups(t opTerm) [][]int {
	k := len(h.Shape)
	root := map[int]int{}
	var find func(l int) int
	find = func(l int) int {
		if r, ok := root[l]; ok && r != l {
			return find(r)
		}
		return l
	}
	axis := func(l int) int {
		if l < 2*k {
			return l % k
		}
		return l
	}
	for _, in := range t.in {
		first := -1
		for _, l := range in {
			if l = axis(l); l < k && slices.Contains(h.Diag, l) {
				continue
			}
			if first < 0 {
				first = l
			}
			root[find(l)] = find(first)
		}
	}
	var out [][]int
	place := map[int]int{}
	for _, a := range h.others() {
		r := find(a)
		if _, ok := place[r]; !ok {
			place[r] = len(out)
			out = append(out, nil)
		}
		out[place[r]] = append(out[place[r]], a)
	}
	return out
}

// part is the factors of one group of axes; the first group has those of no group, and the coefficient.
func (h *Operator) part(t opTerm, group []int, groups [][]int, first bool) opTerm {
	o := opTerm{coef: one, diag: t.diag}
	if first {
		o.coef = t.coef
	}
	inner := h.reach(t, group)
	others := map[int]bool{}
	for _, g := range groups {
		for l := range h.reach(t, g) {
			others[l] = true
		}
	}
	for n, in := range t.in {
		mine := slices.ContainsFunc(in, func(l int) bool { return inner[l] })
		free := !slices.ContainsFunc(in, func(l int) bool { return others[l] })
		if mine || free && first {
			o.args, o.in = append(o.args, t.args[n]), append(o.in, in)
		}
	}
	return o
}

// reach is the labels that factors connect with the axes of a group, other than those of Diag.
func (h *Operator) reach(t opTerm, group []int) map[int]bool {
	k := len(h.Shape)
	have := map[int]bool{}
	for _, a := range group {
		have[a], have[a+k] = true, true
	}
	for again := true; again; {
		again = false
		for _, in := range t.in {
			if !slices.ContainsFunc(in, func(l int) bool { return have[l] }) {
				continue
			}
			for _, l := range in {
				if !have[l] && !(l < 2*k && slices.Contains(h.Diag, l%k)) {
					have[l], again = true, true
				}
			}
		}
	}
	return have
}

// solveBlock solves with a block that is the same for every place along the other axes: batches are the axes along, the
// rows are rest, and what is left counts columns.
func (h *Operator) solveBlock(b, block *Expr, along, rest []int) *Expr {
	g := h.g
	if len(rest) == 0 {
		all := labels(b.Rank(), 1)
		h.wantPositive(block)
		return g.Einsum([]string{all, word(along)}, all, []*Expr{b, g.Recip(block)}, b.Shape)
	}
	order := slices.Concat(along, rest)
	for a := range b.Rank() {
		if !slices.Contains(order, a) {
			order = append(order, a)
		}
	}
	x := g.Permute(b, order...)
	lead, rows := len(along), len(rest)
	s := x.Shape
	n := shape.Shape(s[lead : lead+rows]).Count()
	if rows > 1 {
		block = g.Reshape(block, 2*rows, shape.Shape{n, n})
		x = g.Reshape(x, x.Rank()-lead, append(shape.Shape{n}, s[lead+rows:]...))
	}
	x = h.solveMatrix(block, x, x.Rank()-lead)
	x = g.Reshape(x, x.Rank()-lead, s[lead:])
	back := make([]int, len(order))
	for i, a := range order {
		back[a] = i
	}
	return g.Permute(x, back...)
}

func (h *Operator) wantPositive(e *Expr) {
	if h.signs != nil {
		*h.signs = append(*h.signs, e)
	}
}

// solveMatrix solves with matrices; core is the rank of what one of them is applied to.
func (h *Operator) solveMatrix(A, x *Expr, core int) *Expr {
	g := h.g
	solve := func(A, x *Expr) *Expr {
		return g.ApplyParams("solve", Params{Core: 2, Ints: []int{core}}, x.Shape, A, x)
	}
	if h.signs == nil {
		return solve(A, x)
	}
	L := g.ApplyParams("cholesky", Params{Core: 2}, A.Shape, A)
	order := span(0, A.Rank())
	slices.Reverse(order[A.Rank()-2:])
	return solve(g.Permute(L, order...), solve(L, x))
}

// solveLowRank solves (D + A B) x = b with D diagonal and A thin by the identity of Sherman, Morrison and Woodbury:
// x = D⁻¹b − D⁻¹A (I + B D⁻¹A)⁻¹ B D⁻¹b. Nil where H is not of that form, or sizes do not say that it is cheaper.
func (h *Operator) solveLowRank(b *Expr) *Expr {
	D, A, B := h.LowRank()
	if D == nil {
		return nil
	}
	rank, ok1 := h.g.Dims.Size(A.Shape[1])
	n, ok2 := h.g.Dims.Size(A.Shape[0])
	if !ok1 || !ok2 || 2*rank > n {
		return nil
	}
	g := h.g
	h.wantPositive(D)
	inv := g.Recip(D)
	y := g.E("a,a*->a*", inv, b)
	P := g.E("a,ar->ar", inv, A)
	inner := g.Add(g.Delta(A.Shape[1]), g.E("ra,as->rs", B, P))
	z := g.E("ra,a*->r*", B, y)
	z = g.ApplyParams("solve", Params{Core: 2, Ints: []int{z.Rank()}}, z.Shape, inner, z)
	return g.Sub(y, g.E("ar,r*->a*", P, z))
}

// LowRank reads a matrix as diag(D) + A B, where A and B share one axis that is summed over; all nil where it is not of
// that form.
func (h *Operator) LowRank() (D, A, B *Expr) {
	if len(h.Shape) != 1 || len(h.Diag) > 0 {
		return nil, nil, nil
	}
	var diagonal []opTerm
	var thin *opTerm
	for i, t := range h.terms {
		switch {
		case t.diag[0]:
			diagonal = append(diagonal, t)
		case thin != nil:
			return nil, nil, nil
		default:
			thin = &h.terms[i]
		}
	}
	if thin == nil || len(diagonal) == 0 {
		return nil, nil, nil
	}
	left, right := opTerm{coef: one}, opTerm{coef: thin.coef}
	for n, in := range thin.in {
		if row := slices.Contains(in, 0); row && slices.Contains(in, 1) {
			return nil, nil, nil
		} else if row {
			left.args, left.in = append(left.args, thin.args[n]), append(left.in, in)
		} else {
			right.args, right.in = append(right.args, thin.args[n]), append(right.in, in)
		}
	}
	inner := sharedLabels(left.in, right.in)
	if len(inner) != 1 {
		return nil, nil, nil
	}
	A = h.inner(left, []int{0, inner[0]})
	B = h.g.Scale(right.coef, h.inner(right, []int{inner[0], 1}))
	parts := make([]*Expr, len(diagonal))
	for i, t := range diagonal {
		parts[i] = h.g.Scale(t.coef, h.product(t.args, t.in, []int{0}))
	}
	return h.g.Sum(h.Shape, parts...), A, B
}

// inner is a product with one label that is summed over in the operator.
func (h *Operator) inner(t opTerm, out []int) *Expr {
	words := make([]string, len(t.in))
	for i, l := range t.in {
		words[i] = word(l)
	}
	return h.g.Einsum(words, word(out), t.args, nil)
}

func sharedLabels(a, b [][]int) []int {
	var out []int
	for _, l := range slices.Concat(a...) {
		if slices.Contains(slices.Concat(b...), l) && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// Describe says how H is stored, with text for what a block is; empty where nothing is gained.
func (h *Operator) Describe(text func(*Expr) string) string {
	dims := func(axes []int) string {
		parts := make([]string, len(axes))
		for i, a := range axes {
			parts[i] = h.Shape[a].String()
		}
		return strings.Join(parts, " × ")
	}
	rest := h.others()
	switch {
	case len(h.Diag) == 0:
		if D, A, _ := h.LowRank(); D != nil {
			return fmt.Sprintf("a diagonal matrix plus one of rank at most %s", A.Shape[1])
		}
		return ""
	case len(rest) == 0:
		return fmt.Sprintf("diagonal: kept as %s entries", h.Block.Shape.Count())
	case len(h.Along) == 0:
		return fmt.Sprintf("block diagonal: the same %[1]s × %[1]s block %[2]s for each of the %[3]s places; kept as %[4]s entries",
			dims(rest), text(h.Block), dims(h.Diag), h.Block.Shape.Count())
	}
	return fmt.Sprintf("block diagonal: a %[1]s × %[1]s block for each of the %[2]s places; kept as %[3]s entries", dims(rest), dims(h.Diag), h.Block.Shape.Count())
}
