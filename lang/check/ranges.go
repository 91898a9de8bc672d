package check

import (
	"nabla/lang"
	"nabla/symbolic/shape"
)

// A use of indices at one axis of a tensor.
type axisUse struct {
	tree  lang.Expr
	text  string
	place place
	dim   shape.Dim

	equals *index // of an equation: the index that is this place, instead of an axis
}

// findRanges gives every index in force that has no range yet the size of the axes at which it stands in t. An index
// that stands only in sums, as i in X[i+a], gets the largest range that stays within the axis.
func (c *checker) findRanges(t lang.Expr) {
	var uses []axisUse
	c.axisUses(t, &uses)
	for _, u := range uses {
		if _, plain := u.tree.(*lang.Name); plain && u.equals == nil {
			c.meet(u)
		}
	}
	for changed := true; changed; {
		changed = false
		for _, u := range uses {
			changed = c.solveRange(u) || changed
		}
	}
}

// meet makes the range of an index the size of the axis, or refuses two sizes.
func (c *checker) meet(u axisUse) {
	ix := u.place.over[0]
	if !ix.known {
		ix.dim, ix.known, ix.from = u.dim, true, u.text
		return
	}
	if !c.Dims.Same(ix.dim, u.dim) {
		e := c.errorf("E218", u.tree.Extent(), "%s runs over %s in %s and over %s in %s", ix.name, ix.dim, ix.from, u.dim, u.text)
		c.offerEqual(e, ix.dim, u.dim)
		panic(e)
	}
}

// solveRange finds the range of the one index of an affine place that has none: the most that stays in the axis.
func (c *checker) solveRange(u axisUse) bool {
	if u.equals != nil {
		if !u.equals.known {
			return u.solveEquation()
		}
		u.dim = u.equals.dim
	}
	var open *index
	rest := u.dim.Sub(u.place.offset)
	for i, ix := range u.place.over {
		k := u.place.coef[i]
		if ix.known {
			if k > 0 {
				rest = rest.Sub(ix.dim.Sub(shape.Const(1)).Mul(shape.Const(int64(k))))
			}
			continue
		}
		if open != nil || k != 1 {
			return c.solveStride(u, ix, k, open)
		}
		open = ix
	}
	if open == nil {
		return false
	}
	if n, ok := rest.AsConst(); ok && n <= 0 {
		c.fail("E218", u.tree.Extent(), "%s leaves the axis, which has %s entries, at once", c.text(u.tree), u.dim)
	}
	open.dim, open.known, open.from = rest, true, u.text
	return true
}

// solveStride finds the range for a coefficient beyond 1, where sizes are numbers.
func (c *checker) solveStride(u axisUse, open *index, k int, other *index) bool {
	n, sized := c.Dims.Size(u.dim.Sub(u.place.offset))
	if other != nil || k < 2 || !sized {
		return false
	}
	for i, ix := range u.place.over {
		if ix == open {
			continue
		}
		m, ok := c.Dims.Size(ix.dim)
		if !ix.known || !ok {
			return false
		}
		if u.place.coef[i] > 0 {
			n -= u.place.coef[i] * (m - 1)
		}
	}
	if n <= 0 {
		c.fail("E218", u.tree.Extent(), "%s leaves the axis, which has %s entries, at once", c.text(u.tree), u.dim)
	}
	open.dim, open.known, open.from = shape.Const(int64((n+k-1)/k)), true, u.text
	return true
}

// axisUses collects where indices stand, with the axes there. Indices of sums within t are bound on the way, as their
// ranges take part; they are bound anew when their sum is checked.
func (c *checker) axisUses(t lang.Expr, uses *[]axisUse) {
	switch t := t.(type) {
	case *lang.SumIdx:
		c.innerUses(t, uses)
		return
	case *lang.Index:
		c.indexUses(t, uses)
	case *lang.Deriv, *lang.Nabla:
		return
	}
	for _, x := range children(t) {
		c.axisUses(x, uses)
	}
}

func (c *checker) innerUses(t *lang.SumIdx, uses *[]axisUse) {
	locals := map[string]local{}
	for _, n := range t.Index {
		if f := c.familyOf(n.Name, t.X); f != nil {
			first := shape.Const(1)
			if from, ok := c.Dims.Size(f.From); ok {
				first = shape.Const(int64(from))
			}
			locals[n.Name] = local{num: &first}
			continue
		}
		locals[n.Name] = local{index: &index{name: n.Raw, at: n.Span}}
	}
	c.within(locals, func() {
		c.axisUses(t.X, uses)
		for _, w := range t.Where {
			if a, ok := c.equation(t, w); ok {
				*uses = append(*uses, axisUse{tree: w, text: c.text(w), place: a.place, equals: a.index})
			}
		}
	})
}

func (c *checker) indexUses(t *lang.Index, uses *[]axisUse) {
	if n, ok := t.X.(*lang.Name); ok {
		if b := c.names.At(n.Name); b != nil && b.Kind == FamilyName && c.locals[n.Name] == (local{}) {
			return
		}
	}
	any := false
	for _, a := range t.Args {
		p, ok := c.affine(a)
		any = any || ok && len(p.over) > 0
	}
	if !any {
		return
	}
	s := c.tensor(t.X).Expr.Shape
	for i, a := range t.Args {
		if p, ok := c.affine(a); ok && len(p.over) > 0 && i < len(s) {
			*uses = append(*uses, axisUse{tree: a, text: c.text(t), place: p, dim: s[i]})
		}
	}
}
