package rewrite

import (
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// mapPlaces writes a gather or scatter along the axes only along which something moves; it maps over the others:
// X[n, c, i+u] and X[n][c][i+u] are one.
func mapPlaces(e *symbolic.Expr) *symbolic.Expr {
	x, lead := e.Args[0], e.BatchRank()
	labels, axes := e.Shape[lead:], x.Shape[lead:]
	if e.IsCall("scatter") {
		labels, axes = axes, labels
	}
	var stayL, stayA, restL, restA []int
	for l := range labels {
		if a := e.Par.Stays(l, labels[l], axes); a >= 0 {
			stayL, stayA = append(stayL, l), append(stayA, a)
		} else {
			restL = append(restL, l)
		}
	}
	for a := range axes {
		if !slices.Contains(stayA, a) {
			restA = append(restA, a)
		}
	}
	if len(stayL) == 0 || (len(restA) == 0) != (len(restL) == 0) {
		return nil
	}
	par := symbolic.Params{Ints: []int{len(restL)}}
	for _, a := range restA {
		for _, l := range restL {
			par.Ints = append(par.Ints, e.Par.Places(a)[l])
		}
		par.Dims = append(par.Dims, e.Par.Dims[a])
	}
	from, to := slices.Concat(stayA, restA), slices.Concat(stayL, restL) // axes of x, and of the result
	par.Core = len(restA)
	if e.IsCall("scatter") {
		from, to, par.Core = to, from, len(restL)
	}
	y := x.G.Permute(x, behind(lead, from)...)
	if len(restA) > 0 {
		s := make(shape.Shape, 0, e.Rank())
		for _, k := range behind(lead, to) {
			s = append(s, e.Shape[k])
		}
		y = e.G.ApplyParams(e.Fn.Name, par, s, y)
	}
	back := make([]int, e.Rank())
	for i, k := range behind(lead, to) {
		back[k] = i
	}
	return e.G.Permute(y, back...)
}

// behind is the order of axes of which the first lead stay and the others are in the order given.
func behind(lead int, order []int) []int {
	out := make([]int, 0, lead+len(order))
	for i := range lead {
		out = append(out, i)
	}
	for _, k := range order {
		out = append(out, lead+k)
	}
	return out
}
