package rewrite

import (
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// unmerge writes a product with merged axes, such as (A ⊗ C) (B ⊗ D) or tr(A ⊗ C), over the axes that were merged: the sums
// go over them one by one, and what is left of them in the result is merged again at the end.
func unmerge(m monomial) *symbolic.Expr {
	merged := m.merged()
	if len(merged) == 0 || len(m.factors) == 1 && m.in[0] == m.out {
		return nil
	}
	fresh := byte(1)
	parts := map[byte]string{}
	for _, l := range []byte(labelsOf(m)) {
		if s, ok := merged[l]; ok {
			for range s {
				for slices.Contains([]byte(labelsOf(m)), fresh) {
					fresh++
				}
				parts[l] += string([]byte{fresh})
				fresh++
			}
		} else {
			parts[l] = string([]byte{l})
		}
	}
	split := func(in string) string {
		out := ""
		for i := range in {
			out += parts[in[i]]
		}
		return out
	}
	args, in := make([]*symbolic.Expr, len(m.factors)), make([]string, len(m.factors))
	for k, f := range m.factors {
		var s shape.Shape
		for i := range m.in[k] {
			if parted, ok := merged[m.in[k][i]]; ok {
				s = append(s, parted...)
			} else {
				s = append(s, f.Shape[i])
			}
		}
		if args[k], in[k] = f, split(m.in[k]); len(s) == len(f.Shape) {
			continue
		}
		args[k] = m.g.Reshape(f, f.Rank(), s)
		if args[k].IsCall("reshape") && f.IsCall("reshape") {
			return nil // merged in another way
		}
	}
	var whole shape.Shape
	for i := range m.out {
		if parted, ok := merged[m.out[i]]; ok {
			whole = append(whole, parted...)
		} else {
			whole = append(whole, m.shape[i])
		}
	}
	return m.g.Reshape(m.g.Einsum(in, split(m.out), args, whole), len(whole), m.shape)
}

// labelsOf are all labels of a product, each once.
func labelsOf(m monomial) string {
	out := ""
	for _, in := range append(slices.Clone(m.in), m.out) {
		for i := range in {
			if !slices.Contains([]byte(out), in[i]) {
				out += in[i : i+1]
			}
		}
	}
	return out
}

// merged are the axes of a product that some factor made by merging others, with these. Where two factors merged different
// ones, there is no splitting it.
func (m monomial) merged() map[byte]shape.Shape {
	out := map[byte]shape.Shape{}
	for k, f := range m.factors {
		if !f.IsCall("reshape") {
			continue
		}
		for i, s := range f.MergedAxes() {
			if len(s) < 2 {
				continue
			}
			if old, ok := out[m.in[k][i]]; ok && !old.Equal(s) {
				return nil
			}
			out[m.in[k][i]] = s
		}
	}
	return out
}

// reshapeSum takes a reshape into the terms of a sum.
func reshapeSum(e *symbolic.Expr) *symbolic.Expr {
	x := e.Args[0]
	if x.Op != symbolic.Sum || len(x.Args) < 2 {
		return nil
	}
	terms := make([]*symbolic.Expr, len(x.Args))
	for i, t := range x.Args {
		terms[i] = e.G.Reshape(t, e.Args[0].Rank(), e.Shape)
	}
	return e.G.LinearCombination(e.Shape, x.Coef, terms)
}

// identityOfMerged is the identity on merged axes: reshape(δ[i,k] δ[j,l], n m, n m) = δ on n m.
func identityOfMerged(e *symbolic.Expr) *symbolic.Expr {
	x := e.Args[0]
	if e.Rank() != 2 || e.Shape[0] != e.Shape[1] || x.Op != symbolic.Einsum || x.Rank()%2 == 1 {
		return nil
	}
	half := len(x.Out) / 2
	for k, in := range x.In {
		if x.Args[k].Op != symbolic.Delta {
			return nil
		}
		i := slices.Index([]byte(x.Out), in[0])
		if i < 0 || i+half >= len(x.Out) || in[1] != x.Out[i+half] {
			return nil
		}
	}
	if len(x.In) != half || shape.Shape(x.Shape[:half]).Count() != e.Shape[0] {
		return nil
	}
	return e.G.Delta(e.Shape[0])
}

// logdetKronecker is logdet(A ⊗ B) = n logdet(A) + m logdet(B) for A with m rows and B with n.
func logdetKronecker(e *symbolic.Expr) *symbolic.Expr {
	a, b := asKronecker(e.Args[0])
	if a == nil {
		return nil
	}
	g := e.G
	return g.Add(g.Times(g.DimSize(b.Shape[0]), g.Call("logdet", a)), g.Times(g.DimSize(a.Shape[0]), g.Call("logdet", b)))
}
