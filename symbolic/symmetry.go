package symbolic

// symmetryDepth bounds how far Symmetric looks: it is asked of many nodes.
const symmetryDepth = 8

// Symmetric says that a matrix is known to be its own transpose: as declared, or by its making, as AᵀA, A + Aᵀ and their
// inverses are.
func Symmetric(e *Expr) bool {
	return e.Rank() == 2 && e.G.Dims.Same(e.Shape[0], e.Shape[1]) && e.symmetric(symmetryDepth)
}

func (e *Expr) symmetric(depth int) bool {
	if f := e.G.Facts.At(e); f != nil && (f.Symmetric || f.Diagonal || f.PosDef) {
		return true
	}
	if depth == 0 || len(e.Shape) != 2 {
		return false
	}
	switch e.Op {
	case Delta:
		return true
	case Ones:
		return true
	case Let:
		return e.Args[0].symmetric(depth - 1)
	case Sum:
		return e.allSymmetric(depth) || e.G.Transpose(e) == e
	case Einsum:
		return e.symmetricProduct(depth)
	case Call:
		return (e.Fn.Elementwise() || e.IsCall("inv")) && e.allSymmetric(depth)
	}
	return false
}

func (e *Expr) allSymmetric(depth int) bool {
	for _, a := range e.Args {
		if !a.symmetric(depth - 1) {
			return false
		}
	}
	return true
}

// symmetricProduct compares a product with its transpose, reading symmetric factors either way.
func (e *Expr) symmetricProduct(depth int) bool {
	t := e.G.Transpose(e)
	if t == e {
		return true
	}
	var either []int
	for k, a := range e.Args {
		if len(e.In[k]) == 2 && e.In[k][0] != e.In[k][1] && a.symmetric(depth-1) {
			either = append(either, k)
		}
	}
	if len(either) > 4 {
		return false
	}
	for bits := 1; bits < 1<<len(either); bits++ {
		in := append([]string(nil), e.In...)
		for i, k := range either {
			if bits>>i&1 == 1 {
				in[k] = string([]byte{in[k][1], in[k][0]})
			}
		}
		if e.G.Einsum(in, e.Out, e.Args, e.Shape) == t {
			return true
		}
	}
	return false
}
