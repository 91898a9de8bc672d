package rewrite

import (
	"bytes"
	"slices"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// An equation says that an axis of a result is a sum of indices: j = k + m − 1. It is what is left of δ[j, k + m − 1]
// when what stands beside it is added up at places, over all indices, rather than multiplied by a δ.
type equation struct {
	label  byte // of the axis
	over   string
	coef   []int
	offset shape.Dim
}

// A placement is a product that is added up where equations say. dims are the sizes of all labels.
type placement struct {
	monomial
	eqs  []equation
	dims map[byte]shape.Dim
}

// equations takes the δ out of a product that tie labels of outer to indices that are summed. An axis that something else
// depends on as well keeps its δ.
func equations(m monomial, outer string) placement {
	p := placement{monomial: m, dims: m.sizes()}
	p.factors, p.in = nil, nil
	for k, f := range m.factors {
		readings := readEquations(f, m.in[k])
		if i := slices.IndexFunc(readings, func(qs []equation) bool { return m.allTie(qs, outer) }); i >= 0 {
			p.eqs = append(p.eqs, readings[i]...)
			continue
		}
		p.factors, p.in = append(p.factors, f), append(p.in, m.in[k])
	}
	return p
}

// allTie says that each equation ties a label of outer, on which nothing else depends, to an index that is summed.
func (m monomial) allTie(qs []equation, outer string) bool {
	bound := func(l byte) bool { return strings.IndexByte(outer, l) < 0 }
	return !slices.ContainsFunc(qs, func(q equation) bool {
		return bound(q.label) || strings.Count(strings.Join(m.in, ""), string(q.label)) > 1 || !slices.ContainsFunc([]byte(q.over), bound)
	})
}

// sizes are those of the labels.
func (m monomial) sizes() map[byte]shape.Dim {
	dims := map[byte]shape.Dim{}
	for k, in := range m.in {
		for a := range in {
			dims[in[a]] = m.factors[k].Shape[a]
		}
	}
	for a := range m.out {
		dims[m.out[a]] = m.shape[a]
	}
	return dims
}

// nested opens the factors that are themselves added up at places, for each index that is summed: Σₖ w[k] at j = … of
// (Σₙ v[n] at i = k + n − 1) is one sum over k and n.
func nested(m monomial, outer string) placement {
	p := placement{monomial: m}
	p.factors, p.in = slices.Clone(m.factors), slices.Clone(m.in)
	for k, f := range m.factors {
		if !f.IsCall("scatter") {
			continue
		}
		if in, eqs := m.opening(k, outer, len(p.eqs)); len(eqs) > 0 {
			p.factors[k], p.in[k], p.eqs = f.Args[0], in, append(p.eqs, eqs...)
		}
	}
	p.dims = p.sizes()
	return p
}

// opening are the labels of what the scatter at k adds up, and the equations for its axes in outer; none where it does not
// depend on what is summed. Of its axes, the summed ones have to be indices of its own.
func (m monomial) opening(k int, outer string, used int) (in string, eqs []equation) {
	f, at, lead := m.factors[k], m.in[k], m.factors[k].BatchRank()
	x := f.Args[0]
	bound := func(l byte) bool { return strings.IndexByte(outer, l) < 0 }
	labels := []byte(at[:lead])
	for l, n := range x.Shape[lead:] {
		a := slices.IndexFunc(counting(len(f.Par.Dims)), func(a int) bool {
			return bound(at[lead+a]) && f.Par.IsIndex(l, n, a, f.Shape[lead:])
		})
		if a >= 0 {
			labels = append(labels, at[lead+a])
			continue
		}
		labels = append(labels, byte(32+used+l)) // no product has that many labels
	}
	in = string(labels)
	for a, offset := range f.Par.Dims {
		if l := at[lead+a]; strings.IndexByte(in, l) < 0 {
			eqs = append(eqs, equation{l, in[lead:], f.Par.Places(a), offset})
		}
	}
	if !m.allTie(eqs, outer) || !slices.ContainsFunc([]byte(at), bound) {
		return "", nil
	}
	return in, eqs
}

// readEquations reads a δ, in both ways, or a product of δ at places, whose axes have the labels given.
func readEquations(f *symbolic.Expr, in string) [][]equation {
	switch {
	case f.Op == symbolic.Delta:
		return [][]equation{{{in[0], in[1:], []int{1}, shape.Const(0)}}, {{in[1], in[:1], []int{1}, shape.Const(0)}}}
	case f.IsCall("gather"):
		if qs := placedDeltas(f, in); qs != nil {
			return [][]equation{qs}
		}
	}
	return nil
}

// placedDeltas reads entries of a product of δ, each between an axis that stays and one where places are.
func placedDeltas(f *symbolic.Expr, in string) (qs []equation) {
	m, lead := open(f.Args[0]), f.BatchRank()
	for a, offset := range f.Par.Dims {
		core := m.out[lead+a]
		k := slices.IndexFunc(m.in, func(l string) bool { return strings.IndexByte(l, core) >= 0 })
		if k < 0 || m.factors[k].Op != symbolic.Delta {
			return nil
		}
		other := m.in[k][0]
		if other == core {
			other = m.in[k][1]
		}
		b := strings.IndexByte(m.out[:lead], other)
		if b < 0 {
			return nil
		}
		qs = append(qs, equation{in[b], in[lead:], f.Par.Places(a), offset})
	}
	if len(m.factors) != len(qs) {
		return nil
	}
	return qs
}

// scatterByEquations writes the δ among what is added up at places as further places: Σₖₘ at j = k + m − 1 of δ[i,k] w[m]
// is Σₖₘ at i = k, j = k + m − 1 of w[m]. A sum with such a term is added up term by term.
func scatterByEquations(e *symbolic.Expr) *symbolic.Expr {
	x := e.Args[0]
	switch {
	case x.Op == symbolic.Sum && slices.ContainsFunc(x.Args, func(t *symbolic.Expr) bool { return tied(e, t) }):
		terms := make([]*symbolic.Expr, len(x.Args))
		for i, t := range x.Args {
			terms[i] = e.G.Rebuild(e, []*symbolic.Expr{t})
			if r := scatterByEquations(terms[i]); r != nil {
				terms[i] = r
			}
		}
		return e.G.LinearCombination(e.Shape, x.Coef, terms)
	case !tied(e, x):
		return nil
	}
	m, lead := open(x), e.BatchRank()
	p := placementOf(m, m.out[:lead])
	old := make([]equation, len(e.Par.Dims))
	for a := range old { // the axes that e has already; no label of x is that small
		old[a] = equation{byte(1 + a), m.out[lead:], e.Par.Places(a), e.Par.Dims[a]}
	}
	return p.scatter(m.out[lead:], old, e.Shape)
}

// placementOf is a product with the equations that it has instead of δ, or of what is added up in it.
func placementOf(m monomial, outer string) placement {
	if p := equations(m, outer); len(p.eqs) > 0 {
		return p
	}
	return nested(m, outer)
}

// tied says that a δ ties an axis before those of the places to what is added up.
func tied(e, x *symbolic.Expr) bool {
	m := open(x)
	return len(placementOf(m, m.out[:e.BatchRank()]).eqs) > 0
}

// sumByEquations is the same for a product with a δ at a place: Σₙ δ[i, k + n − 1] w[n] adds w up at i = k + n − 1.
func sumByEquations(m monomial) *symbolic.Expr {
	p := equations(m, m.out)
	if len(p.eqs) == 0 {
		return nil
	}
	return p.scatter("", nil, m.shape)
}

// scatter adds a product up at the places that its equations say. The axes of the result, with sizes s, are those of the
// product that are not in inner, then those of old. An axis that places depend on is tied to an index of its own.
func (p placement) scatter(inner string, old []equation, s shape.Shape) *symbolic.Expr {
	eqs := slices.Clone(p.eqs)
	var outer []byte // axes of the product that are axes of the result
	for _, l := range []byte(p.out) {
		if !strings.Contains(inner, string(l)) {
			outer = append(outer, l)
		}
	}
	order := slices.Concat(outer, axesOf(old)) // of the result
	labels := []byte(inner)
	for _, q := range eqs {
		for _, l := range []byte(q.over) {
			if bytes.IndexByte(labels, l) < 0 {
				labels = append(labels, l)
			}
		}
	}
	for _, l := range labels {
		if bytes.IndexByte(outer, l) >= 0 {
			eqs = append(eqs, equation{l, string(l), []int{1}, shape.Const(0)})
		}
	}
	batch := slices.DeleteFunc(slices.Clone(outer), func(l byte) bool {
		return slices.ContainsFunc(eqs, func(q equation) bool { return q.label == l })
	})
	eqs = slices.Concat(eqs, old)
	slices.SortStableFunc(eqs, func(a, b equation) int { return bytes.IndexByte(order, a.label) - bytes.IndexByte(order, b.label) })

	par := symbolic.Params{Core: len(labels), Ints: []int{len(labels)}}
	var size shape.Shape
	for _, l := range batch {
		size = append(size, p.dims[l])
	}
	for _, q := range eqs {
		for _, l := range labels {
			par.Ints = append(par.Ints, q.at(l))
		}
		par.Dims = append(par.Dims, q.offset)
		size = append(size, s[bytes.IndexByte(order, q.label)])
	}
	out := slices.Concat(batch, labels)
	inside := make(shape.Shape, len(out))
	for k, l := range out {
		inside[k] = p.dims[l]
	}
	y := p.g.ApplyParams("scatter", par, size, p.g.Einsum(p.in, string(out), p.factors, inside))
	if z := orderPlaces(y); z != nil {
		y = z
	}
	have := slices.Concat(batch, axesOf(eqs))
	back := make([]int, len(order))
	for k, l := range order {
		back[k] = bytes.IndexByte(have, l)
	}
	return p.g.Permute(y, back...)
}

func axesOf(eqs []equation) (out []byte) {
	for _, q := range eqs {
		out = append(out, q.label)
	}
	return out
}

// at is the coefficient of an index.
func (q equation) at(l byte) int {
	if k := strings.IndexByte(q.over, l); k >= 0 {
		return q.coef[k]
	}
	return 0
}

// orderPlaces writes the axes of a scatter and its indices in one order: axes whose places have fewest indices first, then
// the indices by the axes that they stand at.
func orderPlaces(e *symbolic.Expr) *symbolic.Expr {
	x, lead := e.Args[0], e.BatchRank()
	axes, labels := counting(len(e.Par.Dims)), counting(e.Par.Ints[0])
	slices.SortStableFunc(axes, func(a, b int) int {
		p, q := e.Par.Places(a), e.Par.Places(b)
		if n := indicesAt(p) - indicesAt(q); n != 0 {
			return n
		}
		if n := slices.Compare(slices.Sorted(slices.Values(q)), slices.Sorted(slices.Values(p))); n != 0 {
			return n
		}
		return strings.Compare(e.Par.Dims[a].String(), e.Par.Dims[b].String())
	})
	slices.SortStableFunc(labels, func(k, l int) int {
		for _, a := range axes {
			if p := e.Par.Places(a); p[k] != p[l] {
				return p[l] - p[k]
			}
		}
		return 0
	})
	if slices.IsSorted(axes) && slices.IsSorted(labels) {
		return nil
	}
	par, s := symbolic.Params{Core: len(labels), Ints: []int{len(labels)}}, slices.Clone(e.Shape[:lead])
	back := behind(lead, slices.Clone(axes))
	for k, a := range axes {
		for _, l := range labels {
			par.Ints = append(par.Ints, e.Par.Places(a)[l])
		}
		par.Dims, s = append(par.Dims, e.Par.Dims[a]), append(s, e.Shape[lead+a])
		back[lead+a] = lead + k
	}
	y := e.G.ApplyParams("scatter", par, s, e.G.Permute(x, behind(lead, labels)...))
	return e.G.Permute(y, back...)
}

// counting is 0, 1, …, n − 1.
func counting(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// indicesAt counts the indices of a place.
func indicesAt(coef []int) (n int) {
	for _, k := range coef {
		if k != 0 {
			n++
		}
	}
	return n
}
