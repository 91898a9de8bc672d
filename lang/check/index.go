package check

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// An index is bound by sum[k] or by the left side of S[i,j] = …; it runs over the axes in whose places it stands.
type index struct {
	name  string
	at    lang.Span
	dim   shape.Dim
	known bool
	from  string // "A[i,k]", where its range was first seen
}

// An entry is a tensor at some indices: actual has one leading axis for each, then the axes that were not indexed. In
// an indexed formula a placeholder of the remaining shape stands for it, so that the formula is checked as any other.
type entry struct {
	actual *symbolic.Expr
	over   []*index
}

// defineEntries is S[i,j] = …, with every index of the right side bound on the left or by sum[…].
func (c *checker) defineEntries(r *Reply, d *lang.Def) {
	name := d.Target.Name
	locals := map[string]local{}
	over := make([]*index, len(d.Target.Index))
	for i, x := range d.Target.Index {
		n, ok := x.(*lang.Name)
		if !ok {
			c.fail("E217", x.Extent(), "left of = stands the name of an index: %s[i,j] = …", name.Raw)
		}
		if _, twice := locals[n.Name]; twice {
			c.fail("E217", n.Span, "the index %s stands twice on the left", n.Raw)
		}
		over[i] = &index{name: n.Raw, at: n.Span}
		locals[n.Name] = local{index: over[i]}
	}
	var e *symbolic.Expr
	c.within(locals, func() {
		c.summand = d.Value
		c.findRanges(d.Value)
		c.checkRanges(over)
		v := c.tensor(d.Value)
		if v.rank() > 0 {
			c.fail("E217", d.Value.Extent(), "an entry of %s is a number, and %s is not", name.Raw, c.typed(d.Value, v))
		}
		e = c.bindEntries(v.Expr, over)
	})
	let := c.Graph.Let(name.Name, e)
	c.spans[let] = d.Span
	c.add(r, &Binding{Name: name.Name, Kind: Definition, Expr: let, Def: d})
}

func (c *checker) checkRanges(over []*index) {
	for _, ix := range over {
		if !ix.known {
			c.fail("E217", ix.at, "the index %s stands at no axis on the right, so that its range is unknown", ix.name)
		}
	}
}

// sumIdx is sum[i,j] body: a number, or a tensor where the body is one.
func (c *checker) sumIdx(t *lang.SumIdx) Value {
	if len(t.Where) > 0 {
		return c.guardedSum(t)
	}
	if len(t.Index) > 1 { // sum[i,j] is sum[i] sum[j], so that each index may number axes or members
		inner := &lang.SumIdx{Span: t.Span, Index: t.Index[1:], X: t.X}
		return c.sumIdx(&lang.SumIdx{Span: t.Span, Index: t.Index[:1], X: inner})
	}
	n := t.Index[0]
	if f := c.familyOf(n.Name, t.X); f != nil {
		return c.sumMembers(t, n, f)
	}
	ix := &index{name: n.Raw, at: n.Span}
	var v Value
	c.within(map[string]local{n.Name: {index: ix}}, func() {
		c.findRanges(t.X)
		c.checkRanges([]*index{ix})
		v = c.tensor(t.X)
	})
	return v.with(c.sumEntries(v.Expr, ix))
}

// sumEntries sums e over one index; what remains indexed becomes a placeholder.
func (c *checker) sumEntries(e *symbolic.Expr, ix *index) *symbolic.Expr {
	over := c.indicesOf(e)
	k := slices.Index(over, ix)
	if k < 0 {
		return c.Graph.Times(c.Graph.DimSize(ix.dim), e)
	}
	actual := c.Graph.SumAxes(c.lift(e, over), k)
	return c.placeholder(entry{actual, slices.Delete(slices.Clone(over), k, k+1)})
}

// bindEntries is the tensor whose entry at the given indices is e.
func (c *checker) bindEntries(e *symbolic.Expr, over []*index) *symbolic.Expr {
	have := c.indicesOf(e)
	return c.lift(e, slices.Concat(over, slices.DeleteFunc(have, func(i *index) bool { return slices.Contains(over, i) })))
}

// merged is an entry whose tensor depends on indices itself, as in (x[i] v)[j], with all its indices in front.
func (c *checker) merged(en entry) entry {
	inner := c.indicesOf(en.actual)
	if len(inner) == 0 {
		return en
	}
	lifted := c.lift(en.actual, inner)
	l := symbolic.Labels(lifted.Rank())
	in, out := []byte(l), []byte{}
	var over []*index
	for i, ix := range slices.Concat(inner, en.over) {
		if k := slices.Index(over, ix); k >= 0 {
			in[i] = out[k]
			continue
		}
		over, out = append(over, ix), append(out, l[i])
	}
	out = append(out, l[len(inner)+len(en.over):]...)
	return entry{c.Graph.Einsum([]string{string(in)}, string(out), []*symbolic.Expr{lifted}, nil), over}
}

// placeholder stands for an entry; one without indices stands for itself.
func (c *checker) placeholder(en entry) *symbolic.Expr {
	en = c.merged(en)
	if len(en.over) == 0 {
		return en.actual
	}
	p := c.Graph.Fresh("entry", en.actual.Shape[len(en.over):])
	c.entries[p] = en
	return p
}

// indicesOf lists the indices that e depends on, in the order of their first occurrence.
func (c *checker) indicesOf(e *symbolic.Expr) (over []*index) {
	if len(c.entries) == 0 {
		return nil
	}
	symbolic.Walk(e, func(n *symbolic.Expr) {
		for _, ix := range c.entries[n].over {
			if !slices.Contains(over, ix) {
				over = append(over, ix)
			}
		}
	}, nil)
	return over
}

// lift is e with one leading axis for each of over, which holds all the indices that e depends on. Each node is mapped
// over its own indices only, so that nothing is computed for more entries than it has.
func (c *checker) lift(e *symbolic.Expr, over []*index) *symbolic.Expr {
	done := map[*symbolic.Expr]entry{}
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if en, ok := c.entries[n]; ok {
			done[n] = en
			return
		}
		done[n] = c.liftNode(n, done)
	}, nil)
	return c.spreadTo(done[e], over)
}

func (c *checker) liftNode(n *symbolic.Expr, done map[*symbolic.Expr]entry) entry {
	var over []*index
	for _, a := range n.Args {
		for _, ix := range done[a].over {
			if !slices.Contains(over, ix) {
				over = append(over, ix)
			}
		}
	}
	if len(over) == 0 {
		return entry{n, nil}
	}
	params, args := make([]*symbolic.Expr, len(n.Args)), make([]*symbolic.Expr, len(n.Args))
	fresh := map[*symbolic.Expr]*symbolic.Expr{}
	for i, a := range n.Args {
		if fresh[a] == nil {
			fresh[a] = c.Graph.Fresh("part", a.Shape)
		}
		params[i], args[i] = fresh[a], done[a].actual
		if len(done[a].over) > 0 {
			args[i] = c.spreadTo(done[a], over)
		}
	}
	e, err := c.Graph.Map(c.Graph.Rebuild(n, params), params, args)
	if err != nil {
		c.fail("E217", c.stmt, "%v", err)
	}
	return entry{e, over}
}

// spreadTo is the tensor of an entry with the leading axes of over.
func (c *checker) spreadTo(en entry, over []*index) *symbolic.Expr {
	core := en.actual.Shape[len(en.over):]
	var s shape.Shape
	for _, ix := range over {
		s = append(s, ix.dim)
	}
	axes := make([]int, 0, en.actual.Rank())
	for _, ix := range en.over {
		axes = append(axes, slices.Index(over, ix))
	}
	for i := range core {
		axes = append(axes, len(over)+i)
	}
	return c.Graph.Broadcast(en.actual, slices.Concat(s, core), axes...)
}

// index is X[…]: a member of a family, entries at indices, or a part of X.
func (c *checker) index(t *lang.Index) Value {
	if n, ok := t.X.(*lang.Name); ok {
		if _, isLocal := c.locals[n.Name]; !isLocal {
			if b := c.names.At(n.Name); b != nil && b.Kind == FamilyName {
				return c.memberAt(t, n, b)
			}
		}
	}
	if d := c.byMember(t); d != nil {
		return c.deriv(d)
	}
	x := c.tensor(t.X)
	if len(t.Args) != x.rank() {
		e := c.errorf("E217", t.Span, "%s has %s and takes as many indices, not %d", c.typed(t.X, x), counted(x.rank(), "axe"), len(t.Args))
		e.Message = strings.Replace(e.Message, "1 axe ", "1 axis ", 1)
		if x.rank() == 0 {
			e.Message = fmt.Sprintf("%s is a number and has no entries", c.typed(t.X, x))
			c.offer(e, "the number", edit{lang.Span{Start: t.X.Extent().End, End: t.Span.End}, ""})
		}
		if x.rank() == 2 && len(t.Args) == 1 {
			c.offer(e, "with every column", edit{t.Args[0].Extent(), c.text(t.Args[0]) + ", :"})
			if end := t.Span.End; end < len(c.cell) && c.cell[end] == '[' { // W[1][2]
				c.offer(e, "the entry", edit{lang.Span{Start: end - 1, End: end + 1}, ", "})
			}
		}
		panic(e)
	}
	return c.partAt(t, x)
}

// byMember reads ∂J/∂W[2] as the derivative by the member W[2] of a family; nil where it is the entry of a derivative.
func (c *checker) byMember(t *lang.Index) *lang.Deriv {
	d, ok := t.X.(*lang.Deriv)
	if !ok || len(t.Args) != 1 {
		return nil
	}
	last := len(d.Wrt) - 1
	n, ok := d.Wrt[last].(*lang.Name)
	if !ok || c.locals[n.Name] != (local{}) || c.names.At(n.Name) == nil || c.names.At(n.Name).Kind != FamilyName {
		return nil
	}
	wrt := slices.Clone(d.Wrt)
	wrt[last] = &lang.Index{Span: lang.Span{Start: n.Start, End: t.End}, X: n, Args: t.Args}
	return &lang.Deriv{Span: t.Span, Num: d.Num, Wrt: wrt}
}

// A place is what stands at one axis: an affine function of indices, or a range of positions.
type place struct {
	tree   lang.Expr
	coef   []int    // of each index
	over   []*index //
	offset shape.Dim
	size   shape.Dim // of a range; the range begins at offset
	ranged bool
	whole  bool
}

// at is X at the places of t.
func (c *checker) partAt(t *lang.Index, x Value) Value {
	places := make([]place, len(t.Args))
	plain := true
	for i, a := range t.Args {
		places[i] = c.place(a, x.Expr.Shape[i])
		p := places[i]
		if p.isShifted() {
			x.Expr = c.shifted(t, x.Expr, i, p)
			places[i].offset = shape.Const(0)
			p = places[i]
		}
		plain = plain && (p.whole || p.ranged || len(p.over) == 0 || len(p.over) == 1 && p.coef[0] == 1 && p.offset == shape.Const(0))
	}
	e, row := c.cut(t, x, places)
	if plain {
		return Value{Expr: c.label1(e, places), Row: row}
	}
	return Value{Expr: c.gather(t, e, places)}
}

// isShifted says that the place is one index and an offset, such as i+1; the offset may be 0.
func (p place) isShifted() bool {
	return !p.whole && !p.ranged && len(p.over) == 1 && p.coef[0] == 1 && p.over[0].known
}

// shifted is the part of an axis that an index with an offset runs over.
func (c *checker) shifted(t *lang.Index, e *symbolic.Expr, axis int, p place) *symbolic.Expr {
	c.checkReach(p, e.Shape[axis])
	return c.part(t, e, axis, p.offset, p.over[0].dim)
}

// place reads what stands at an axis of size d.
func (c *checker) place(a lang.Expr, d shape.Dim) place {
	switch a := a.(type) {
	case *lang.Colon:
		return place{tree: a, whole: true, size: d}
	case *lang.Range:
		from, to := c.mustPosition(a.From), c.mustPosition(a.To)
		p := place{tree: a, ranged: true, offset: from.Sub(shape.Const(1)), size: to.Sub(from).Add(shape.Const(1))}
		c.checkRange(a, from, to, d)
		return p
	}
	p, ok := c.affine(a)
	if n, isName := a.(*lang.Name); isName && !ok && c.names.At(n.Name) == nil && c.locals[n.Name] == (local{}) {
		c.unknown(n)
	}
	if !ok {
		e := c.errorf("E217", a.Extent(), "%s is not a position: an index, a number, or a sum of these", c.text(a))
		if n, isName := a.(*lang.Name); isName {
			e.Details = append(e.Details, fmt.Sprintf("%s is a variable, and a position is fixed when the line is read: write the number, or size a dimension of another name: dim k1 = 2, x[k1]", n.Raw))
		}
		panic(e)
	}
	p.tree = a
	if len(p.over) == 0 {
		c.checkRange(a, p.offset.Add(shape.Const(1)), p.offset.Add(shape.Const(1)), d)
	}
	return p
}

// mustPosition is a position, from 1: a number or a polynomial in dimensions.
func (c *checker) mustPosition(t lang.Expr) shape.Dim {
	d, ok := c.size(t)
	if !ok {
		c.fail("E217", t.Extent(), "%s is not a position", c.text(t))
	}
	return d
}

// checkRange refuses positions outside 1..d as far as they are known.
func (c *checker) checkRange(at lang.Node, from, to, d shape.Dim) {
	one := shape.Const(1)
	if n, ok := c.less(from, one); ok && n {
		e := c.errorf("E218", at.Extent(), "there is no position %s: positions count from 1", from)
		if from == shape.Const(0) {
			c.offer(e, "for the first", edit{at.Extent(), "1"})
		}
		if _, single := at.(*lang.Range); !single && from == shape.Const(-1) {
			c.offer(e, "for the last", edit{at.Extent(), d.String()})
		}
		panic(e)
	}
	if n, ok := c.less(d, to); ok && n {
		c.fail("E218", at.Extent(), "there is no position %s: the axis has %s entries", to, c.sizeText(d))
	}
	if n, ok := c.less(to, from); ok && n {
		c.fail("E218", at.Extent(), "the range %s..%s is empty", from, to)
	}
}

func (c *checker) sizeText(d shape.Dim) string {
	if n, ok := c.Dims.Size(d); ok {
		if _, isConst := d.AsConst(); !isConst {
			return fmt.Sprintf("%s = %d", d, n)
		}
	}
	return d.String()
}

// less says whether a < b, if that is known: from sizes, or because they differ by a number.
func (c *checker) less(a, b shape.Dim) (less, known bool) {
	if n, ok := c.Dims.Canon(a.Sub(b)).AsConst(); ok {
		return n < 0, true
	}
	x, ok1 := c.Dims.Size(a)
	y, ok2 := c.Dims.Size(b)
	return x < y, ok1 && ok2
}

// affine reads a sum of indices with whole coefficients and an offset; the offset counts from 0 when every index is at
// its first value.
func (c *checker) affine(t lang.Expr) (place, bool) {
	p, ok := c.linear(t)
	if !ok {
		return p, false
	}
	p.offset = fromZero(p)
	return p, true
}

// fromZero is the offset of a place counted from 0 when every index is at its first value, where it is counted from 1.
func fromZero(p place) shape.Dim {
	offset := p.offset.Sub(shape.Const(1))
	for _, k := range p.coef {
		offset = offset.Add(shape.Const(int64(k)))
	}
	return offset
}

// linear reads Σ coef·index + offset, with indices and positions counted from 1.
func (c *checker) linear(t lang.Expr) (place, bool) {
	if n, ok := t.(*lang.Name); ok {
		if l := c.locals[n.Name]; l.index != nil {
			return place{coef: []int{1}, over: []*index{l.index}}, true
		}
	}
	if d, ok := c.size(t); ok {
		return place{offset: d}, true
	}
	switch t := t.(type) {
	case *lang.Unary:
		p, ok := c.linear(t.X)
		return p.times(-1), ok
	case *lang.Binary:
		x, ok1 := c.linear(t.X)
		y, ok2 := c.linear(t.Y)
		if !ok1 || !ok2 {
			return place{}, false
		}
		switch t.Op {
		case lang.Add:
			return x.plus(y), true
		case lang.Sub:
			return x.plus(y.times(-1)), true
		case lang.Mul:
			if n, ok := x.offset.AsConst(); ok && len(x.over) == 0 {
				return y.times(int(n)), true
			}
			if n, ok := y.offset.AsConst(); ok && len(y.over) == 0 {
				return x.times(int(n)), true
			}
		}
	}
	return place{}, false
}

func (p place) times(n int) place {
	q := place{over: p.over, offset: p.offset.Mul(shape.Const(int64(n)))}
	for _, k := range p.coef {
		q.coef = append(q.coef, n*k)
	}
	return q
}

func (p place) plus(o place) place {
	q := place{over: slices.Clone(p.over), coef: slices.Clone(p.coef), offset: p.offset.Add(o.offset)}
	for i, ix := range o.over {
		if k := slices.Index(q.over, ix); k >= 0 {
			q.coef[k] += o.coef[i]
		} else {
			q.over, q.coef = append(q.over, ix), append(q.coef, o.coef[i])
		}
	}
	return q
}

// cut takes the ranges and the fixed positions; a fixed position's axis disappears from places and from the result.
func (c *checker) cut(t *lang.Index, x Value, places []place) (e *symbolic.Expr, row bool) {
	e = x.Expr
	for i, p := range places {
		fixed := !p.whole && !p.ranged && len(p.over) == 0
		if !fixed && !p.ranged {
			continue
		}
		size := p.size
		if fixed {
			size = shape.Const(1)
		}
		e = c.part(t, e, i, p.offset, size)
	}
	drop := []int{}
	for i, p := range places {
		if !p.whole && !p.ranged && len(p.over) == 0 {
			drop = append(drop, i)
		}
	}
	if len(drop) > 0 {
		e = c.Graph.SumAxes(e, drop...)
	}
	return e, x.Row && e.Rank() == 1
}

// part is the entries of one axis from an offset on.
func (c *checker) part(at lang.Node, e *symbolic.Expr, axis int, offset, size shape.Dim) *symbolic.Expr {
	if offset == shape.Const(0) && c.Dims.Same(size, e.Shape[axis]) {
		return e
	}
	f := c.Graph.Lib.Lookup("part")
	if f == nil {
		c.fail("E214", at.Extent(), "the library has no function part")
	}
	r, err := c.Graph.Apply(f, symbolic.In{Args: []*symbolic.Expr{e}, Axes: []int{axis}, Sizes: shape.Shape{offset, size}})
	return c.graphed(at, r, err)
}

// label1 makes an entry of e, where each of the remaining places is one index or a range; an index that stands twice
// takes the diagonal.
func (c *checker) label1(e *symbolic.Expr, places []place) *symbolic.Expr {
	in, out, core := []byte{}, []byte{}, []byte{}
	var over []*index
	next := byte('a')
	letter := map[*index]byte{}
	for _, p := range places {
		switch {
		case p.whole || p.ranged:
			in, core = append(in, next), append(core, next)
			next++
		case len(p.over) == 1:
			ix := p.over[0]
			if letter[ix] == 0 {
				letter[ix] = next
				out, over = append(out, next), append(over, ix)
				next++
			}
			in = append(in, letter[ix])
		}
	}
	actual := c.Graph.Einsum([]string{string(in)}, string(out)+string(core), []*symbolic.Expr{e}, nil)
	return c.placeholder(entry{actual, over})
}

// gather is X[i+a, 2j-1, :]: a call that picks the entries.
func (c *checker) gather(t *lang.Index, e *symbolic.Expr, places []place) *symbolic.Expr {
	var over []*index
	var kept []place
	for _, p := range places {
		if !p.whole && !p.ranged && len(p.over) == 0 {
			continue
		}
		kept = append(kept, p)
		for _, ix := range p.over {
			if !slices.Contains(over, ix) {
				over = append(over, ix)
			}
		}
	}
	s := shape.Shape{}
	for _, ix := range over {
		s = append(s, ix.dim)
	}
	whole := []int{}
	for i, p := range kept {
		if p.whole || p.ranged {
			whole = append(whole, i)
			s = append(s, e.Shape[i])
		}
	}
	labels := len(over) + len(whole)
	ints := []int{labels}
	var offsets shape.Shape
	for i, p := range kept {
		row := make([]int, labels)
		for k, ix := range p.over {
			row[slices.Index(over, ix)] += p.coef[k]
		}
		off := p.offset
		if k := slices.Index(whole, i); k >= 0 {
			row[len(over)+k], off = 1, shape.Const(0)
		}
		c.checkReach(p, e.Shape[i])
		ints, offsets = append(ints, row...), append(offsets, off)
	}
	if c.Graph.Lib.Lookup("gather") == nil {
		c.fail("E214", t.Span, "the library has no function gather")
	}
	g := c.Graph.ApplyParams("gather", symbolic.Params{Core: e.Rank(), Ints: ints, Dims: offsets}, s, e)
	return c.placeholder(entry{g, over})
}

// checkReach refuses an affine place that leaves its axis.
func (c *checker) checkReach(p place, d shape.Dim) {
	if p.whole || p.ranged {
		return
	}
	low, high := p.offset, p.offset
	for i, k := range p.coef {
		reach := p.over[i].dim.Sub(shape.Const(1)).Mul(shape.Const(int64(k)))
		if k > 0 {
			high = high.Add(reach)
		} else {
			low = low.Add(reach)
		}
	}
	one := shape.Const(1)
	for _, bad := range []struct {
		less bool
		at   shape.Dim
	}{{c.isLess(low, shape.Const(0)), low.Add(one)}, {c.isLess(d.Sub(one), high), high.Add(one)}} {
		if bad.less {
			e := c.errorf("E218", p.tree.Extent(), "%s reaches position %s, and the axis has positions 1 to %s", c.text(p.tree), bad.at, d)
			for _, ix := range p.over {
				e.Details = append(e.Details, fmt.Sprintf("%s runs from 1 to %s, as in %s", ix.name, ix.dim, ix.from))
			}
			panic(e)
		}
	}
}

func (c *checker) isLess(a, b shape.Dim) bool {
	less, known := c.less(a, b)
	return known && less
}
