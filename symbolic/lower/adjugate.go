package lower

import (
	"math/big"
	"slices"

	"nabla/symbolic"
)

// withAdjugates computes det(A) A⁻¹ in a product as adj(A): the gradient of a determinant, which textbooks write with
// an inverse, exists where A has none.
func withAdjugates(e *symbolic.Expr) *symbolic.Expr {
	switch e.Op {
	case symbolic.Sum:
		return ofTerms(e, withAdjugates)
	case symbolic.Einsum:
	default:
		return e
	}
	flat := symbolic.Flattened(e)
	for i, f := range flat.Args {
		if d := determinantOf(f); d != nil {
			if k := inverseBeside(flat, i, d); k >= 0 {
				return withAdjugates(adjugateAt(flat, i, k))
			}
		}
	}
	return e
}

// inverseBeside is the factor that is the inverse of the matrix of which factor i is the determinant; −1 where none is.
func inverseBeside(e *symbolic.Expr, i int, A *symbolic.Expr) int {
	for k, f := range e.Args {
		f = f.Body()
		if f.IsCall("inv") && f.Args[0] == A && e.In[k][:len(e.In[k])-2] == e.In[i] {
			return k
		}
	}
	return -1
}

// ofTerms is a sum with f of each term.
func ofTerms(sum *symbolic.Expr, f func(*symbolic.Expr) *symbolic.Expr) *symbolic.Expr {
	terms, same := make([]*symbolic.Expr, len(sum.Args)), true
	for i, a := range sum.Args {
		terms[i] = f(a)
		same = same && terms[i] == a
	}
	if same {
		return sum
	}
	return sum.G.LinearCombination(sum.Shape, sum.Coef, terms)
}

// determinantOf is the A of a factor det(A), or of a power of it from 1 on; nil for any other.
func determinantOf(f *symbolic.Expr) *symbolic.Expr {
	b := f.Body()
	if b.Par.Exp != nil && b.IsCall("pow") && b.Par.Exp.Cmp(big.NewRat(1, 1)) >= 0 {
		b = b.Args[0].Body()
	}
	if !b.IsCall("det") {
		return nil
	}
	return b.Args[0]
}

// adjugateAt puts adj(A) in the place of a factor det(A) of i, and of k, A⁻¹.
func adjugateAt(e *symbolic.Expr, i, k int) *symbolic.Expr {
	args := slices.Clone(e.Args)
	det, inv := e.Args[i].Body(), e.Args[k].Body()
	args[k] = e.G.ApplyParams("adj", symbolic.Params{Core: 2}, inv.Shape, inv.Args[0])
	if det.Par.Exp != nil {
		args[i] = e.G.Pow(det.Args[0], new(big.Rat).Sub(det.Par.Exp, big.NewRat(1, 1)))
		return e.G.Einsum(e.In, e.Out, args, e.Shape)
	}
	return e.G.Einsum(slices.Delete(slices.Clone(e.In), i, i+1), e.Out, slices.Delete(args, i, i+1), e.Shape)
}
