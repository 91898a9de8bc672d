package check

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/persist"
	"nabla/symbolic/shape"
)

// A Family is W[k] for k = From..To, or the members that definitions give one by one.
type Family struct {
	Name     string
	Index    string // the name of the number, as written
	From, To shape.Dim
	Ranged   bool // From and To are meant

	decl    *lang.Decl // W[k] : R[h,h]
	def     *lang.Def  // H[k] = …
	names   persist.Map[string, *Binding]
	cell    string
	stmt    lang.Span
	base    persist.Map[int64, Value] // H[0] = x
	from    []*Binding                // what the members in base are built from
	members map[int64]Value           // made on demand
	calls   map[*symbolic.Expr]int64  // what calls the members are: H[k] = φ(Z[k])
	typed   *Family                   // for a family that waited for another: as it was then
	awaits  string                    // the family whose members are not there yet that some of these need
}

// Space is how the family was declared.
func (f *Family) Space() string {
	r := "a family"
	if f.Ranged {
		r = fmt.Sprintf("for %s = %s..%s", f.Index, f.From, f.To)
	}
	for _, m := range f.members {
		return m.Space() + " " + r
	}
	return r
}

// Member is the member of that number if it has been made already.
func (f *Family) Member(k int64) (Value, bool) {
	v, ok := f.members[k]
	return v, ok
}

// Numbers lists the members made so far, ascending.
func (f *Family) Numbers() []int64 { return slices.Sorted(maps.Keys(f.members)) }

// keep holds a member that was made. Of members that are one call the first gives it its name.
func (f *Family) keep(k int64, v Value) {
	f.members[k] = v
	call := application(v.Expr)
	if call == nil {
		return
	}
	if first, known := f.calls[call]; known && first < k {
		return
	}
	if f.calls == nil {
		f.calls = map[*symbolic.Expr]int64{}
	}
	f.calls[call] = k
}

// called is the member of that name, W[3], if it has been made already.
func (f *Family) called(name string) Value {
	k, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimPrefix(name, f.Name+"["), "]"), 10, 64)
	if err != nil || memberName(f.Name, k) != name {
		return Value{}
	}
	return f.members[k]
}

func memberName(family string, k int64) string { return fmt.Sprintf("%s[%d]", family, k) }

// maxMembers bounds a family.
const maxMembers = 20000

func (c *checker) rangeOf(f *lang.For) (from, to shape.Dim) {
	from, to = c.position(f.Range.From), c.position(f.Range.To)
	a, ok1 := c.Dims.Size(from)
	b, ok2 := c.Dims.Size(to)
	if ok1 && ok2 && (b < a || b-a > maxMembers) {
		c.fail("E219", f.Span, "the range %s..%s has no members, or more than %d", from, to, maxMembers)
	}
	if _, ok := from.AsConst(); !ok {
		c.fail("E219", f.Range.From.Extent(), "a family begins at a number: for %s = 1..%s", f.Name.Raw, to)
	}
	return from, to
}

// maxTerms bounds what sums over members write out.
const maxTerms = 100000

// position is a bound of a range; a name in it exists as a dimension from now on.
func (c *checker) position(t lang.Expr) shape.Dim {
	inspect(t, func(n lang.Expr) bool {
		if x, ok := n.(*lang.Name); ok && c.names.At(x.Name) == nil {
			c.Dims.Declare(x.Name)
		}
		return true
	})
	return c.mustPosition(t)
}

func (c *checker) indexName(t *lang.Target, f *lang.For) *lang.Name {
	if len(t.Index) != 1 {
		c.fail("E219", t.Span, "a family is numbered by one index: %s[k]", t.Name.Raw)
	}
	n, ok := t.Index[0].(*lang.Name)
	if f == nil {
		c.fail("E219", t.Span, "a family needs the range of its number: … for k = 1..K")
	}
	if !ok || n.Name != f.Name.Name {
		c.fail("E219", t.Index[0].Extent(), "the index here and in for … must be the same name: %s[%s]", t.Name.Raw, f.Name.Raw)
	}
	return n
}

func (c *checker) declareFamily(r *Reply, d *lang.Decl, t *lang.Target) {
	if d.For != nil && t.Index == nil {
		c.fail("E219", t.Span, "a family shows its number: %s[%s] : …", t.Name.Raw, d.For.Name.Raw)
	}
	n := c.indexName(t, d.For)
	from, to := c.rangeOf(d.For)
	f := c.newFamily(t.Name.Name, n.Raw)
	f.From, f.To, f.Ranged, f.decl = from, to, true, d
	b := &Binding{Name: f.Name, Kind: FamilyName, Family: f}
	c.add(r, b)
	a, _ := from.AsConst()
	c.numbered(t, b, a)
}

func (c *checker) newFamily(name, index string) *Family {
	return &Family{Name: name, Index: index, names: c.names, cell: c.cell, stmt: c.stmt, members: map[int64]Value{}}
}

// isMember says that the target is a member by number: H[0] = x.
func (c *checker) isMember(t *lang.Target) bool {
	if len(t.Index) != 1 {
		return false
	}
	if _, ok := numberOf(t.Index[0]); ok {
		return true
	}
	b := c.names.At(t.Name.Name)
	n, ok := t.Index[0].(*lang.Name)
	return b != nil && b.Kind == FamilyName && (!ok || c.locals[n.Name] == (local{}))
}

// defineMembers is H[0] = x, or H[k] = … for k = 1..K.
func (c *checker) defineMembers(r *Reply, d *lang.Def) {
	old := c.names.At(d.Target.Name.Name)
	if d.For == nil {
		c.defineMember(r, d, old)
		return
	}
	n := c.indexName(d.Target, d.For)
	from, to := c.rangeOf(d.For)
	f := c.newFamily(d.Target.Name.Name, n.Raw)
	f.From, f.To, f.Ranged, f.def = from, to, true, d
	if old != nil && old.Family != nil {
		f.base, f.from = old.Family.base, old.Family.from
	}
	c.useAll(f.from)
	b := &Binding{Name: f.Name, Kind: FamilyName, Family: f}
	f.names.Set(f.Name, b) // the body may mention earlier members
	c.defineTogether(r, b, func() { c.makeDefined(d, b) })
}

// makeDefined makes the members of a family that is being defined.
func (c *checker) makeDefined(d *lang.Def, b *Binding) {
	c.circle = nil
	if err := c.makeMembers(b, d.Target); err != nil {
		if err == c.circle {
			err.Span = d.Value.Extent()
			c.offerEarlier(err, d)
		}
		panic(err)
	}
	if f := b.Family; f.awaits != "" {
		c.note("members of %s need members of %s that are not defined yet; they are made when %s[%s] = … is", f.Name, f.awaits, f.awaits, f.Index)
		return
	}
	if _, known := c.Dims.Size(b.Family.To); !known {
		first, _ := b.Family.From.AsConst()
		c.alike(d, b, first)
	}
}

// alike sees to it that the members of a family of unknown length have one shape.
func (c *checker) alike(d *lang.Def, b *Binding, first int64) {
	x, y := c.numbered(d.Target, b, first), c.numbered(d.Target, b, first+1)
	if !c.Dims.SameShape(x.Expr.Shape, y.Expr.Shape) {
		c.fail("E219", d.Span, "%s[%d] : %s and %s[%d] : %s differ, so that the number of members must be known first",
			b.Name, first, x.Space(), b.Name, first+1, y.Space())
	}
}

func (c *checker) defineMember(r *Reply, d *lang.Def, old *Binding) {
	k, ok := c.mustPosition(d.Target.Index[0]).AsConst()
	if !ok {
		e := c.errorf("E219", d.Target.Span, "%s[%s] is defined for which %s?", d.Target.Name.Raw, c.text(d.Target.Index[0]), c.text(d.Target.Index[0]))
		panic(e)
	}
	v := c.tensor(d.Value)
	name := d.Target.Name.Name
	let := c.Graph.Let(memberName(name, k), v.Expr)
	c.spans[let] = d.Span
	f := c.newFamily(name, "k")
	if old != nil && old.Family != nil {
		*f = *old.Family
		f.members, f.calls = map[int64]Value{}, nil
	}
	f.base.Set(k, Value{Expr: let, Row: v.Row})
	f.from = usesOf(name, slices.Concat(f.from, c.uses))
	c.useAll(f.from)
	b := &Binding{Name: name, Kind: FamilyName, Family: f}
	if old != nil && old.Family != nil {
		f.names.Set(name, b)
	}
	if old != nil && old.Kind == Variable && old.Expr.Rank() > 0 {
		n := d.Target.Name.Raw
		c.note("%s is a family from here on, %s[1], %s[2], …: the entries of %s : %s have their values all at once, by %s := […]", n, n, n, n, old.Space(), n)
	}
	f.keep(k, f.base.At(k))
	c.defineTogether(r, b, func() {})
}

// memberAt is W[k] in an expression.
func (c *checker) memberAt(t *lang.Index, n *lang.Name, b *Binding) Value {
	if len(t.Args) != 1 {
		c.fail("E219", t.Span, "a member of %s has one number, %s[k]; its entries are (%s[k])[i,j]", n.Raw, n.Raw, n.Raw)
	}
	c.use(b)
	d, ok := c.size(t.Args[0])
	if !ok {
		c.fail("E219", t.Args[0].Extent(), "%s is not the number of a member of %s", c.text(t.Args[0]), n.Raw)
	}
	if _, fixed := d.AsConst(); !fixed { // the dimension may get another size later
		c.waits = true
	}
	if k, ok := c.Dims.Size(d); ok {
		return c.numbered(t, b, int64(k))
	}
	return c.opaqueMember(t, b, d)
}

// opaqueMember stands for a member whose number is still a symbol: it has a shape, but no derivatives.
func (c *checker) opaqueMember(t lang.Node, b *Binding, d shape.Dim) Value {
	if !b.Family.Ranged {
		c.fail("E219", t.Extent(), "%s needs a number in %s", d, c.text(t))
	}
	first, _ := b.Family.From.AsConst()
	like := c.numbered(t, b, first)
	e := c.Graph.Var(fmt.Sprintf("%s[%s]", b.Name, d), like.Expr.Shape)
	names := d.Names()
	c.opaque.Set(e, names[0])
	c.waits = true
	return Value{Expr: e, Row: like.Row}
}

// member is the k-th member, for values.
func (c *checker) member(at lang.Span, b *Binding, k int64) Value {
	return c.numbered(&lang.Name{Span: at}, b, k)
}

// numbered is the k-th member of a family. Members before it are made first, so that depth costs no stack.
func (c *checker) numbered(at lang.Node, b *Binding, k int64) Value {
	f := b.Family
	if v, ok := f.members[k]; ok {
		return v
	}
	if v, ok := f.base.Get(k); ok {
		f.keep(k, v)
		return v
	}
	c.checkNumber(at, b, k)
	if f.decl != nil {
		f.keep(k, c.declared(b, k))
		return f.members[k]
	}
	first, _ := f.From.AsConst()
	j := k
	for made := false; j > first && !made; { // back to the last member there is
		if _, made = f.members[j-1]; !made {
			j--
		}
	}
	for ; j <= k; j++ {
		if _, ok := f.members[j]; !ok {
			f.keep(j, c.defined(at, b, j))
		}
	}
	return f.members[k]
}

func (c *checker) checkNumber(at lang.Node, b *Binding, k int64) {
	f := b.Family
	outside := !f.Ranged
	if f.Ranged {
		n := shape.Const(k)
		outside = c.isLess(n, f.From) || c.isLess(f.To, n)
	}
	if !outside {
		return
	}
	e := c.errorf("E219", at.Extent(), "there is no %s", memberName(b.Name, k))
	if f.Ranged {
		e.Details = append(e.Details, fmt.Sprintf("%s[%s] is there for %s = %s..%s", b.Name, f.Index, f.Index, f.From, c.sizeText(f.To)))
	}
	if f.isBegun() {
		c.lacks = f
		e.Details = append(e.Details, f.begun())
	}
	if first, ok := f.From.AsConst(); ok && f.Ranged && k == first-1 && f.base.Len() == 0 && f.def != nil {
		e.Details = append(e.Details, fmt.Sprintf("the first member is defined by itself, before the others: %s = …", memberName(b.Name, k)))
	}
	panic(e)
}

// declared is the variable W[k].
func (c *checker) declared(b *Binding, k int64) Value {
	f, d := b.Family, shape.Const(k)
	var v Value
	c.elsewhere(f.names, f.cell, f.stmt, map[string]local{f.decl.For.Name.Name: {num: &d}}, func() {
		e := c.variable(memberName(f.Name, k), c.space(f.decl.Space))
		for _, x := range f.decl.Facts {
			c.fact(f.decl.Targets[0].Name, e, x)
		}
		v = Value{Expr: e}
	})
	return v
}

// defined is the definition H[k].
func (c *checker) defined(at lang.Node, b *Binding, k int64) Value {
	f, d := b.Family, shape.Const(k)
	defer c.enterMember(at, memberOf{f, k})()
	trial := c.trial || c.cell != f.cell || c.stmt != f.stmt // fixes are for the statement at hand
	v, err := c.attempt(func() (v Value) {
		c.elsewhere(f.names, f.cell, f.stmt, map[string]local{f.def.For.Name.Name: {num: &d}}, func() {
			c.trial = trial
			v = c.tensor(f.def.Value)
		})
		return v
	})
	if err != nil {
		panic(c.memberError(at, memberOf{f, k}, err))
	}
	let := c.Graph.Let(memberName(f.Name, k), v.Expr)
	c.spans[let] = f.stmt
	return Value{Expr: let, Row: v.Row}
}

// memberError says of which member of which family an error is.
func (c *checker) memberError(at lang.Node, m memberOf, err *lang.Error) *lang.Error {
	switch {
	case err == c.circle:
		return err
	case c.cell == m.cell && c.stmt == m.stmt:
		err.Details = append(err.Details, fmt.Sprintf("this is so for %s = %d", m.Index, m.number))
		return err
	}
	e := c.errorf(err.Code, at.Extent(), "%s: %s", m, err.Message)
	if c.lacks != nil {
		e.Details = err.Details
		c.offerRest(e, m.Family)
	}
	return e
}

// familyOf is the family whose members the index k numbers in t, or nil.
func (c *checker) familyOf(k string, t lang.Expr) *Family {
	var found *Family
	inspect(t, func(n lang.Expr) bool {
		ix, ok := n.(*lang.Index)
		if !ok || found != nil && found.Ranged {
			return found == nil || !found.Ranged
		}
		name, ok := ix.X.(*lang.Name)
		if !ok || c.locals[name.Name] != (local{}) {
			return true
		}
		b := c.names.At(name.Name)
		if b != nil && b.Family != nil && len(ix.Args) == 1 && mentionsAny(ix.Args[0], []string{k}) {
			found = b.Family
		}
		return true
	})
	return found
}

// sumMembers is sum[k] over the numbers of a family.
func (c *checker) sumMembers(t *lang.SumIdx, n *lang.Name, f *Family) Value {
	if !f.Ranged {
		c.fail("E219", n.Span, "%s has members by number, and no range to sum over", f.Name)
	}
	c.checkSameRange(t, n, f)
	if _, fixed := f.To.AsConst(); !fixed {
		c.waits = true
	}
	first, _ := f.From.AsConst()
	last, ok := c.Dims.Size(f.To)
	if !ok {
		return c.opaqueSum(t, n, f)
	}
	var terms []*symbolic.Expr
	var coefs []*big.Rat
	var v Value
	for k := first; k <= int64(last); k++ {
		d := shape.Const(k)
		if c.written++; c.written > maxTerms {
			c.fail("E219", t.Span, "this sum has more than %d terms", maxTerms)
		}
		c.within(map[string]local{n.Name: {num: &d}}, func() { v = c.tensor(t.X) })
		if len(terms) > 0 && !c.Dims.SameShape(v.Expr.Shape, terms[0].Shape) {
			c.fail("E201", t.Span, "the terms of the sum differ: %s for %s = %d, %s for %s = %d", terms[0].Shape, n.Raw, first, v.Expr.Shape, n.Raw, k)
		}
		terms, coefs = append(terms, v.Expr), append(coefs, big.NewRat(1, 1))
	}
	return v.with(c.Graph.LinearCombination(v.Expr.Shape, coefs, terms))
}

// checkSameRange refuses a sum over members of families whose ranges differ.
func (c *checker) checkSameRange(t *lang.SumIdx, n *lang.Name, f *Family) {
	inspect(t.X, func(x lang.Expr) bool {
		ix, ok := x.(*lang.Index)
		if !ok || len(ix.Args) != 1 {
			return true
		}
		name, isName := ix.X.(*lang.Name)
		plain, isPlain := ix.Args[0].(*lang.Name)
		if !isName || !isPlain || plain.Name != n.Name {
			return true
		}
		if b := c.names.At(name.Name); b != nil && b.Family != nil && b.Family.Ranged && (!c.Dims.Same(b.Family.From, f.From) || !c.Dims.Same(b.Family.To, f.To)) {
			c.fail("E218", ix.Span, "%s runs over %s..%s in %s and over %s..%s in %s", n.Raw, f.From, f.To, f.Name, b.Family.From, b.Family.To, b.Name)
		}
		return true
	})
}

// opaqueSum stands for a sum over a number of members that is still a symbol.
func (c *checker) opaqueSum(t *lang.SumIdx, n *lang.Name, f *Family) Value {
	first := f.From
	var v Value
	c.within(map[string]local{n.Name: {num: &first}}, func() { v = c.tensor(t.X) })
	e := c.Graph.Var(fmt.Sprintf("sum[%s=%s..%s] %s", n.Raw, f.From, f.To, c.text(t.X)), v.Expr.Shape)
	c.opaque.Set(e, f.To.Names()[0])
	c.waits = true
	return v.with(e)
}

// rebuildWaiting defines anew what waited for the length of a family, now that a dimension got its size.
func (c *checker) rebuildWaiting(r *Reply) {
	for _, b := range c.bindingsOf(c.waiting) {
		cell, stmt, at := c.cell, c.stmt, c.at
		c.cell, c.stmt, c.at = b.cell, b.stmt, b.At
		c.uses, c.used, c.waits = nil, map[*Binding]bool{}, false
		var again Reply
		if _, err := c.attempt(func() Value { c.define(&again, b.Def); return Value{} }); err != nil {
			c.cell, c.stmt, c.at = cell, stmt, at
			c.fail("E219", stmt, "%s: %s", b.Name, err.Message)
		}
		c.cell, c.stmt, c.at = cell, stmt, at
	}
	c.uses, c.used, c.waits = nil, map[*Binding]bool{}, false
}
