package lower

import (
	"slices"

	"nabla/symbolic"
)

// withAdjugates computes det(A) A⁻¹ in a product as adj(A): the gradient of a determinant, which textbooks write with
// an inverse, exists where A has none.
func withAdjugates(e *symbolic.Expr) *symbolic.Expr {
	if e.Op != symbolic.Einsum {
		return e
	}
	for i, f := range e.Args {
		if f.Body().IsCall("det") {
			if k := inverseBeside(e, i); k >= 0 {
				return withAdjugates(adjugateAt(e, i, k))
			}
		}
	}
	return e
}

// inverseBeside is the factor that is the inverse of the matrix of which factor i is the determinant; −1 where none is.
func inverseBeside(e *symbolic.Expr, i int) int {
	A := e.Args[i].Body().Args[0]
	for k, f := range e.Args {
		f = f.Body()
		if f.IsCall("inv") && f.Args[0] == A && e.In[k][:len(e.In[k])-2] == e.In[i] {
			return k
		}
	}
	return -1
}

// adjugateAt puts adj(A) in the place of the factors i, det(A), and k, A⁻¹.
func adjugateAt(e *symbolic.Expr, i, k int) *symbolic.Expr {
	args, in := slices.Clone(e.Args), slices.Clone(e.In)
	inv := e.Args[k].Body()
	args[k] = e.G.ApplyParams("adj", symbolic.Params{Core: 2}, inv.Shape, inv.Args[0])
	return e.G.Einsum(slices.Delete(in, i, i+1), e.Out, slices.Delete(args, i, i+1), e.Shape)
}
