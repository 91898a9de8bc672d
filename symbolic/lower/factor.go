package lower

import (
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// factored takes a factor that all terms of a sum share out of it, if it alone has some axis of the result: what is left
// to be summed is smaller, and the product can join the products that read the sum. u_i a_j + v_i a_j is (u_i + v_i) a_j.
func factored(sum *symbolic.Expr) *symbolic.Expr {
	if sum.Op != symbolic.Sum || len(sum.Args) < 2 || structured(sum) ||
		slices.ContainsFunc(sum.Args, func(a *symbolic.Expr) bool { return a.Op != symbolic.Einsum || len(a.Args) < 2 }) {
		return sum
	}
	for k := range sum.Args[0].Args {
		if at, rest, ok := common(sum, k); ok {
			return takeOut(sum, at, rest)
		}
	}
	return sum
}

// common finds factor k of the first term in all terms of a sum: at is where, rest are the axes that the other factors
// have. ok is false where a term lacks it, or nothing is gained.
func common(sum *symbolic.Expr, k int) (at []int, rest []int, ok bool) {
	first := sum.Args[0]
	axes, ok := outAxes(first, k)
	if !ok {
		return nil, nil, false
	}
	for i, term := range sum.Args {
		j := indexFactor(term, first.Args[k], axes)
		if j < 0 {
			return nil, nil, false
		}
		others := otherAxes(term, j)
		if i > 0 && !slices.Equal(others, rest) {
			return nil, nil, false
		}
		at, rest = append(at, j), others
	}
	gained := slices.ContainsFunc(axes, func(a int) bool { return !slices.Contains(rest, a) })
	return at, rest, gained
}

// outAxes are the axes of the result that a factor has, in its order; ok is false if it is summed over.
func outAxes(e *symbolic.Expr, k int) (axes []int, ok bool) {
	for _, l := range []byte(e.In[k]) {
		i := slices.Index([]byte(e.Out), l)
		if i < 0 {
			return nil, false
		}
		axes = append(axes, i)
	}
	return axes, true
}

// indexFactor is the place of a factor with these axes of the result, or −1.
func indexFactor(e, factor *symbolic.Expr, axes []int) int {
	for k, a := range e.Args {
		if got, ok := outAxes(e, k); ok && a == factor && slices.Equal(got, axes) {
			return k
		}
	}
	return -1
}

// otherAxes are the axes of the result that factors other than k have.
func otherAxes(e *symbolic.Expr, k int) (axes []int) {
	for i, l := range []byte(e.Out) {
		for j, in := range e.In {
			if j != k && slices.Contains([]byte(in), l) {
				axes = append(axes, i)
				break
			}
		}
	}
	return axes
}

// takeOut is the product of the common factor, which term i has at at[i], and the sum of the rest.
func takeOut(sum *symbolic.Expr, at, rest []int) *symbolic.Expr {
	g, first := sum.G, sum.Args[0]
	s := make(shape.Shape, len(rest))
	for i, a := range rest {
		s[i] = sum.Shape[a]
	}
	terms := make([]*symbolic.Expr, len(sum.Args))
	for i, t := range sum.Args {
		in := slices.Delete(slices.Clone(t.In), at[i], at[i]+1)
		args := slices.Delete(slices.Clone(t.Args), at[i], at[i]+1)
		terms[i] = g.Einsum(in, pickLabels(t.Out, rest), args, s)
	}
	inner := factored(g.LinearCombination(s, sum.Coef, terms))
	in := []string{first.In[at[0]], pickLabels(first.Out, rest)}
	return g.Einsum(in, first.Out, []*symbolic.Expr{first.Args[at[0]], inner}, sum.Shape)
}

func pickLabels(out string, axes []int) string {
	b := make([]byte, len(axes))
	for i, a := range axes {
		b[i] = out[a]
	}
	return string(b)
}
