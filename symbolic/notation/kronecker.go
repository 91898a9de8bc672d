package notation

import (
	"math/big"
	"slices"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// VecConvention says how Form.Vec is to be read.
const VecConvention = "as a matrix, with vec(X) stacking the columns of X"

// kronecker is a tensor of four axes T[i,j,k,l] as the matrix that takes vec(X), of X[k,l], to vec(Y), of Y[i,j], where
// each term is A[i,k] B[j,l]: B ⊗ A, since stacking columns lets the first index run fastest. It is nil where some
// term is not of that form.
func (p *printer) kronecker(e *symbolic.Expr) lang.Expr {
	if e.Rank() != 4 || p.isLeaf(e) {
		return nil
	}
	return p.kroneckerSum(e, p.kroneckerTerm)
}

// kroneckerSum is a sum with each term as of writes it, without its sign; nil where of gives none.
func (p *printer) kroneckerSum(e *symbolic.Expr, of func(*term) lang.Expr) lang.Expr {
	outer, ts := takeScalars(joinAlike(p.terms(e), of))
	var sum lang.Expr
	for _, t := range ts {
		m := of(t)
		switch {
		case m == nil:
			return nil
		case sum == nil && t.coef.Sign() < 0:
			sum = negate(m)
		case sum == nil:
			sum = m
		case t.coef.Sign() < 0:
			sum = binary(lang.Sub, sum, m)
		default:
			sum = binary(lang.Add, sum, m)
		}
	}
	switch {
	case sum == nil:
		return nil
	case outer.isOne():
		return sum
	}
	return p.signedFactor(outer, sum)
}

// joinAlike adds up terms that are written alike: with A and B symmetric, A ⊗ B + Aᵀ ⊗ Bᵀ is 2 A ⊗ B.
func joinAlike(ts []*term, of func(*term) lang.Expr) (out []*term) {
	at := map[string]int{}
	for _, t := range ts {
		u := *t
		u.coef = one
		m := of(&u)
		if m == nil {
			return ts
		}
		key := lang.Print(m)
		if i, ok := at[key]; ok {
			out[i].coef = new(big.Rat).Add(out[i].coef, t.coef)
			continue
		}
		u.coef, at[key] = t.coef, len(out)
		out = append(out, &u)
	}
	return slices.DeleteFunc(out, func(t *term) bool { return t.coef.Sign() == 0 })
}

// kroneckerTerm is |coef| num B ⊗ A / den.
func (p *printer) kroneckerTerm(t *term) lang.Expr {
	if t.net == nil {
		return nil
	}
	a := p.between(t.net, t.net.out[0], t.net.out[2])
	b := p.between(t.net, t.net.out[1], t.net.out[3])
	if a == nil || b == nil || len(t.net.at(t.net.out[0]))+len(t.net.at(t.net.out[1])) == 0 {
		return nil
	}
	scalars := *t
	scalars.net, scalars.coef = nil, new(big.Rat).Abs(t.coef)
	x := binary(lang.Kron, p.matTree(b), p.matTree(a))
	if scalars.isOne() {
		return x
	}
	return binary(lang.Mul, p.termTree(&scalars), x)
}

// between is the matrix that the pieces over two labels of the result make; nil where a piece joins them to others.
func (p *printer) between(n *net, r, c int) *mat {
	m := &net{p: p, out: []int{r, c}, dims: n.dims}
	for _, x := range n.pieces {
		if !x.has(r) && !x.has(c) {
			if !touches(x, n.out) {
				return nil
			}
			continue
		}
		if !touches(x, m.out) {
			return nil
		}
		m.pieces = append(m.pieces, x)
	}
	if len(m.pieces) == 0 {
		return nil
	}
	core, ok := m.result()
	if !ok {
		return nil
	}
	return core
}

// reshaped is what merges axes, in its own notation: A ⊗ B, vec(A); nil for another reshape.
func (p *printer) reshaped(e *symbolic.Expr) lang.Expr {
	if !e.IsCall("reshape") || e.BatchRank() > 0 || p.isLeaf(e.Args[0]) {
		return nil
	}
	x := e.Args[0]
	if x.Op == symbolic.Sum && x.Rank() == 4 && e.Rank() == 2 && merges(x.Shape, e.Shape) {
		return p.kroneckerSum(x, p.kroneckerOf)
	}
	if x.Op != symbolic.Einsum {
		return nil
	}
	t := p.termOf(one, x, firstLabels(x))
	switch {
	case x.Rank() == 2 && e.Rank() == 1 && t.core != nil:
		return call("vec", p.signedTree(t.flip()))
	case x.Rank() == 4 && e.Rank() == 2 && merges(x.Shape, e.Shape) && t.coef.Sign() > 0:
		return p.kroneckerOf(t)
	}
	return nil
}

// merges says that axes are joined in pairs.
func merges(four, two shape.Shape) bool {
	return four[0].Mul(four[1]) == two[0] && four[2].Mul(four[3]) == two[1]
}

// kroneckerOf is |coef| A ⊗ B for the product A[i,k] B[j,l] with its axes in the order i, j, k, l.
func (p *printer) kroneckerOf(t *term) lang.Expr {
	if t.net == nil || len(t.net.pieces) != 2 {
		return nil
	}
	n := *t.net
	n.out = []int{n.out[1], n.out[0], n.out[3], n.out[2]}
	u := *t
	u.net = &n
	if !slices.ContainsFunc(n.pieces, func(m *mat) bool { return m.rank() != 2 }) {
		return p.kroneckerTerm(&u)
	}
	return nil
}
