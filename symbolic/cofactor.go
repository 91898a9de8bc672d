package symbolic

import (
	"math/big"
	"slices"
)

// A product of det(A) and A⁻¹ is the adjugate of A, a polynomial in the entries of A, though both factors of it are
// nothing where A is singular. So it is differentiated as one: d(det(A) A⁻ᵀ) = C dA with C the second-order cofactors,
// ∂²det(A)/∂A∂A, which are polynomials again (the record cofactors, whose derivative are those of the next order).

// A determinant is a factor det(A)ᵖ of a product, p ≥ 1.
type determinant struct {
	at    int // the factor
	base  *Expr
	power *big.Rat
	left  *big.Rat // what is left of the power when every inverse that goes with it took 1
}

// pullCofactors hands the cotangent of a product that has adjugates as factors on, and says whether it has any.
func (s *sweep) pullCofactors(e, bar *Expr) bool {
	if s.trace != nil {
		return false
	}
	e = Flattened(e)
	dets := s.determinants(e)
	if len(dets) == 0 {
		return false
	}
	with := make([]*determinant, len(e.Args))
	for k := range e.Args {
		if with[k] = s.inverseWith(dets, e, k); with[k] != nil {
			with[k].left.Sub(with[k].left, one)
		}
	}
	if !slices.ContainsFunc(with, func(d *determinant) bool { return d != nil }) {
		return false
	}
	for k, f := range e.Args {
		if with[k] != nil {
			s.give(f.Body().Args[0], s.pullAdjugate(e, bar, k, with[k]))
		} else if s.needs.has(f) {
			s.give(f, s.g.Scale(share(dets, k), s.pullProduct(e, bar, k)))
		}
	}
	return true
}

// share is how much of the power of factor k went with no inverse.
func share(dets []*determinant, k int) *big.Rat {
	for _, d := range dets {
		if d.at == k {
			return new(big.Rat).Quo(d.left, d.power)
		}
	}
	return one
}

// Flattened is a product of which the factors that are products with an inverse, such as tr(A⁻¹ C), are taken apart. It is
// a view: such factors share no axis with the others, and a constructor makes them factors again.
func Flattened(e *Expr) *Expr {
	inner := func(f *Expr) bool {
		return f.Op == Einsum && len(f.Coef) == 0 && slices.ContainsFunc(f.Args, func(a *Expr) bool { return a.Body().IsCall("inv") })
	}
	if !slices.ContainsFunc(e.Args, inner) {
		return e
	}
	flat := &Expr{Op: Einsum, Out: e.Out, Shape: e.Shape, G: e.G, Par: &noParams}
	next := byte(255)
	for i, f := range e.Args {
		if !inner(f) {
			flat.In, flat.Args = append(flat.In, e.In[i]), append(flat.Args, f)
			continue
		}
		label := map[byte]byte{}
		for axis := range f.Out {
			label[f.Out[axis]] = e.In[i][axis]
		}
		for k, in := range f.In {
			out := []byte(in)
			for axis, l := range out {
				if _, known := label[l]; !known {
					label[l] = next
					next--
				}
				out[axis] = label[l]
			}
			flat.In, flat.Args = append(flat.In, string(out)), append(flat.Args, f.Args[k])
		}
	}
	return flat
}

// determinants lists the factors of e that are powers of determinants, but for those that are differentiated by.
func (s *sweep) determinants(e *Expr) (dets []*determinant) {
	for i, f := range e.Args {
		base, power := f, one
		if b := f.Body(); b.Par.Exp != nil && b.IsCall("pow") && !s.isTarget(f) {
			base, power = b.Args[0], b.Par.Exp
		}
		if s.needs.has(f) && base.Body().IsCall("det") && power.Cmp(one) >= 0 && !s.isTarget(base) {
			dets = append(dets, &determinant{i, base, power, new(big.Rat).Set(power)})
		}
	}
	return dets
}

// inverseWith is the determinant that factor k is the inverse for, or nil.
func (s *sweep) inverseWith(dets []*determinant, e *Expr, k int) *determinant {
	f := e.Args[k]
	if b := f.Body(); !b.IsCall("inv") || s.isTarget(f) || !s.needs.has(b.Args[0]) {
		return nil
	}
	batch := e.In[k][:len(e.In[k])-2]
	for i := range batch {
		if slices.Contains([]byte(batch[:i]), batch[i]) {
			return nil
		}
	}
	for _, d := range dets {
		if d.base.Body().Args[0] == f.Body().Args[0] && e.In[d.at] == batch && d.left.Cmp(one) >= 0 {
			return d
		}
	}
	return nil
}

// isTarget says that e, or a definition that it stands for, is differentiated by.
func (s *sweep) isTarget(e *Expr) bool {
	for ; ; e = e.Args[0] {
		if _, ok := s.stop[e]; ok || e.Op != Let {
			return ok
		}
	}
}

// pullAdjugate is the contribution of det(A) A⁻¹, factors d and k of the product, to A.
func (s *sweep) pullAdjugate(e, bar *Expr, k int, d *determinant) *Expr {
	lead := labels(len(s.lead), 1)
	in, args := []string{lead + e.Out}, []*Expr{bar}
	for j, a := range e.Args {
		if j == d.at {
			a = s.g.Pow(d.base, new(big.Rat).Sub(d.power, one))
		}
		if j != k {
			in, args = append(in, e.In[j]), append(args, a)
		}
	}
	n := len(e.In[k])
	batch, row, column := e.In[k][:n-2], e.In[k][n-1:], e.In[k][n-2:n-1] // A⁻¹[b,a] det(A) is ∂det(A)/∂A[a,b]
	A := e.Args[k].Body().Args[0]
	by := string([]byte{60, 59})
	in, args = append(in, batch+row+column+by), append(args, s.g.Cofactors(A, 2))
	return s.g.Einsum(in, lead+batch+by, args, slices.Concat(s.lead, A.Shape))
}

// Cofactors is the k-th derivative of det(A), by A k times: with axes [a,b] for each of them.
func (g *Graph) Cofactors(A *Expr, k int64) *Expr {
	s := slices.Clone(A.Shape[:A.Rank()-2])
	for range k {
		s = append(s, A.Shape[A.Rank()-2:]...)
	}
	return g.ApplyParams("cofactors", Params{Core: 2, Nums: []*big.Rat{big.NewRat(k, 1)}}, s, A)
}

// Order is the k of cofactors.
func (p Params) Order() int { return int(p.Nums[0].Num().Int64()) }

// Distribute is x with other arguments. Where x is a product and the arguments of some of its factors are sums now, it
// becomes a sum of products.
func (g *Graph) Distribute(x *Expr, args []*Expr, factor func(*Expr) bool) *Expr {
	k := 0
	for k < len(args) && !(x.Op == Einsum && args[k].Op == Sum && factor(x.Args[k])) {
		k++
	}
	if k == len(args) {
		return g.Rebuild(x, args)
	}
	terms := make([]*Expr, len(args[k].Args))
	for i, t := range args[k].Args {
		args := slices.Clone(args)
		args[k] = t
		terms[i] = g.Distribute(x, args, factor)
	}
	return g.LinearCombination(x.Shape, args[k].Coef, terms)
}

// Permutations calls f with every order of n things and its sign.
func Permutations(n int, f func(order []int, sign int64)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var from func(k int, sign int64)
	from = func(k int, sign int64) {
		if k == n {
			f(order, sign)
			return
		}
		for i := k; i < n; i++ {
			order[k], order[i] = order[i], order[k]
			if i == k {
				from(k+1, sign)
			} else {
				from(k+1, -sign)
			}
			order[k], order[i] = order[i], order[k]
		}
	}
	from(0, 1)
}
