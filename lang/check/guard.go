package check

import (
	"slices"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A target is what an equation of sum[j,m where i == j + m - 1] says: the entry i gets what is summed at a place.
type target struct {
	index *index
	place place
}

// guardedSum is sum[j,m where j + m - 1 == i] body: each entry i adds up the body over the indices that meet its equation.
// Entries that no indices lead to are 0.
func (c *checker) guardedSum(t *lang.SumIdx) Value {
	over, locals := c.freshIndices(t)
	var v Value
	var targets []target
	c.within(locals, func() {
		c.findRanges(t.X)
		c.checkRanges(over)
		targets = c.targetsOf(t)
		for _, a := range targets {
			c.checkReach(a.place, a.index.dim)
		}
		v = c.tensor(t.X)
		over, targets = tied(over, targets)
	})
	return v.with(c.scatter(v.Expr, over, targets))
}

// tied adds what places have from outside the sum, such as i in i + m - 1 == j, to what is summed over: at the entry i.
func tied(over []*index, targets []target) ([]*index, []target) {
	var outside []*index
	var ties []target
	for _, a := range targets {
		for _, ix := range a.place.over {
			if !slices.Contains(over, ix) && !slices.Contains(outside, ix) {
				outside = append(outside, ix)
				ties = append(ties, target{ix, place{coef: []int{1}, over: []*index{ix}}})
			}
		}
	}
	return slices.Concat(outside, over), slices.Concat(ties, targets)
}

// freshIndices are the indices that a sum binds; a family is no axis, and so has no places.
func (c *checker) freshIndices(t *lang.SumIdx) (over []*index, locals map[string]local) {
	locals = map[string]local{}
	for _, n := range t.Index {
		if c.familyOf(n.Name, t.X) != nil {
			c.fail("E217", n.Span, "%s numbers members of a family, which no equation can choose", n.Raw)
		}
		ix := &index{name: n.Raw, at: n.Span}
		over, locals[n.Name] = append(over, ix), local{index: ix}
	}
	return over, locals
}

// targetsOf reads the equations of a guarded sum.
func (c *checker) targetsOf(t *lang.SumIdx) (out []target) {
	for _, w := range t.Where {
		a, ok := c.equation(t, w)
		if !ok {
			e := c.errorf("E217", w.Extent(), "%s does not say which entry gets what is summed", c.text(w))
			e.Details = append(e.Details, "one index from outside the sum equals a sum of those within: sum[j,m where j + m - 1 == i] …")
			panic(e)
		}
		if slices.ContainsFunc(out, func(b target) bool { return b.index == a.index }) {
			c.fail("E217", w.Extent(), "there are two equations for %s", a.index.name)
		}
		out = append(out, a)
	}
	return out
}

// equation solves an equation for an index that the sum does not bind: the one that is a side by itself, or the only one.
func (c *checker) equation(t *lang.SumIdx, w lang.Expr) (target, bool) {
	eq := w.(*lang.Compare)
	x, ok1 := c.linear(eq.X)
	y, ok2 := c.linear(eq.Y)
	if !ok1 || !ok2 {
		return target{}, false
	}
	sum := x.plus(y.times(-1))
	var outside []int
	for k, ix := range sum.over {
		if sum.coef[k] != 0 && !c.binds(t, ix) {
			outside = append(outside, k)
		}
	}
	at := -1
	for _, side := range []place{y, x} {
		if k := slices.IndexFunc(outside, func(k int) bool { return side.is(sum.over[k]) }); k >= 0 && at < 0 {
			at = outside[k]
		}
	}
	if at < 0 && len(outside) == 1 {
		at = outside[0]
	}
	if at < 0 || sum.coef[at] != 1 && sum.coef[at] != -1 {
		return target{}, false
	}
	a := target{index: sum.over[at]}
	sum = sum.times(-sum.coef[at])
	a.place = place{tree: w, offset: sum.offset}
	for k, ix := range sum.over {
		if k != at && sum.coef[k] != 0 {
			a.place.over, a.place.coef = append(a.place.over, ix), append(a.place.coef, sum.coef[k])
		}
	}
	a.place.offset = fromZero(a.place)
	return a, true
}

// binds says that a sum binds an index.
func (c *checker) binds(t *lang.SumIdx, ix *index) bool {
	return slices.ContainsFunc(t.Index, func(n *lang.Name) bool { return c.locals[n.Name].index == ix })
}

// is says that a place is an index, and nothing else.
func (p place) is(ix *index) bool {
	return len(p.over) == 1 && p.over[0] == ix && p.coef[0] == 1 && p.offset == shape.Const(0)
}

// scatter adds the entries of e up at the places of the targets. Whatever else e depends on stays an index of the result.
func (c *checker) scatter(e *symbolic.Expr, over []*index, targets []target) *symbolic.Expr {
	rest := slices.DeleteFunc(c.indicesOf(e), func(ix *index) bool { return slices.Contains(over, ix) })
	all := slices.Concat(rest, over)
	x := c.lift(e, all)
	lead, core := len(rest), x.Rank()-len(all)
	order := slices.Concat(span(0, lead), span(len(all), core), span(lead, len(over))) // the summed axes go last
	x = c.Graph.Permute(x, order...)

	par := symbolic.Params{Core: len(over), Ints: []int{len(over)}}
	s := slices.Clone(x.Shape[:lead+core])
	for _, a := range targets {
		row := make([]int, len(over))
		for k, ix := range a.place.over {
			row[slices.Index(over, ix)] = a.place.coef[k]
		}
		par.Ints, par.Dims = append(par.Ints, row...), append(par.Dims, a.place.offset)
		s = append(s, a.index.dim)
	}
	y := c.Graph.ApplyParams("scatter", par, s, x)

	labels := symbolic.Labels(y.Rank())
	in, out := []byte(labels), []byte(labels[:lead])
	for k, a := range targets { // what depends on the index of a target itself is taken where both agree
		at := lead + core + k
		if i := slices.Index(rest, a.index); i >= 0 {
			in[at] = labels[i]
			continue
		}
		out, rest = append(out, labels[at]), append(rest, a.index)
	}
	out = append(out, labels[lead:lead+core]...)
	return c.placeholder(entry{c.Graph.Einsum([]string{string(in)}, string(out), []*symbolic.Expr{y}, nil), rest})
}

// span is from, from + 1, …, n of them.
func span(from, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = from + i
	}
	return out
}

// solveEquation gives the index of an equation the range 1 to the last place that is reached, if it has none.
func (u axisUse) solveEquation() bool {
	if u.equals.known {
		return false
	}
	last := u.place.offset
	for i, ix := range u.place.over {
		if !ix.known {
			return false
		}
		if k := u.place.coef[i]; k > 0 {
			last = last.Add(ix.dim.Sub(shape.Const(1)).Mul(shape.Const(int64(k))))
		}
	}
	u.equals.dim, u.equals.known, u.equals.from = last.Add(shape.Const(1)), true, u.text
	return true
}
