package check

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
)

// Families may need each other: C[t] = f(C[t-1], H[t-1]) and H[t] = g(C[t]). A family that has only members by number,
// H[0] = h0, is begun. One whose body mentions members that a begun one does not have yet waits for it, and is made anew,
// with the names that it was typed with but for the families themselves, when that one is defined.

// A memberOf is one member of a family.
type memberOf struct {
	*Family
	number int64
}

func (m memberOf) String() string { return memberName(m.Name, m.number) }

// isBegun says that members of the family are given by number only: others may be defined later.
func (f *Family) isBegun() bool { return !f.Ranged && f.base.Len() > 0 }

// asTyped is the family before it got what it waited for.
func (f *Family) asTyped() *Family {
	if f.typed != nil {
		return f.typed
	}
	return f
}

// begun says which members a begun family has.
func (f *Family) begun() string {
	var have []string
	for k := range f.base.All() {
		have = append(have, memberName(f.Name, k))
	}
	slices.Sort(have)
	return fmt.Sprintf("%s has %s so far; its other members are defined by %s[t] = … for t = 1..3", f.Name, strings.Join(have, ", "), f.Name)
}

// defineTogether gives the family of b its members, and those that waited for it theirs, and binds them.
func (c *checker) defineTogether(r *Reply, b *Binding, make func()) {
	group := c.waitingFamilies(b)
	for _, g := range group {
		for _, m := range append(group, b) {
			g.Family.names.Set(m.Name, m)
			b.Family.names.Set(m.Name, m)
		}
	}
	make()
	c.complete(group)
	c.rebind(group)
	c.add(r, b)
	c.refresh(append(group, b))
}

// waitingFamilies are the families that wait for others, to be made anew together with b.
func (c *checker) waitingFamilies(b *Binding) (out []*Binding) {
	for _, w := range c.bindingsOf(c.families) {
		if w.Family.awaits == "" || w.Name == b.Name {
			continue
		}
		anew, f := *w, *w.Family
		f.members, f.calls, f.typed = map[int64]Value{}, nil, w.Family.asTyped()
		anew.Family = &f
		out = append(out, &anew)
	}
	return out
}

// complete makes the members of families that waited. What is wrong with them is wrong with the family that came last.
func (c *checker) complete(group []*Binding) {
	var whole []string
	for _, g := range group {
		if err := c.makeMembers(g, &lang.Name{Span: c.stmt}); err != nil {
			panic(err)
		}
		if g.Family.awaits == "" {
			whole = append(whole, g.Name)
		}
	}
	if len(whole) > 0 {
		c.note("%s: all members that waited are made now", strings.Join(whole, ", "))
	}
}

// rebind binds families that were made anew. What they are built from is each other as it is now.
func (c *checker) rebind(group []*Binding) {
	for _, g := range group {
		uses := slices.Clone(g.Uses)
		for i, u := range uses {
			if now := g.Family.names.At(u.Name); now != nil && now.Family != nil {
				uses[i] = now
			}
		}
		g.Uses = uses
		c.tables = &tableCell{}
		c.put(g)
	}
}

// refresh finds out anew which families that need each other are stale, now that all of them have their present meaning.
func (c *checker) refresh(group []*Binding) {
	for _, g := range group {
		c.stale.Delete(g.Name)
	}
	for _, g := range group {
		if c.stale.include(g.Name, c.outdated(g)); c.stale.Has(g.Name) {
			c.Scope.spread(g.Name)
		}
	}
}

// makeMembers makes the members of a definition as far as its length is known, or until one is needed that a begun family
// does not have yet: then the family waits. Another error is returned.
func (c *checker) makeMembers(b *Binding, at lang.Node) *lang.Error {
	f := b.Family
	f.awaits = ""
	first, _ := f.From.AsConst()
	last, known := c.Dims.Size(f.To)
	if !known {
		last = int(first) + 1 // those of unknown length are alike
	}
	for k := first; k <= int64(last); k++ {
		c.lacks = nil
		_, err := c.attempt(func() Value { return c.numbered(at, b, k) })
		switch {
		case err == nil:
		case c.lacks != nil:
			f.awaits = c.lacks.Name
			c.useMentioned(f)
			return nil
		default:
			return err
		}
	}
	return nil
}

// useMentioned records all that the body of a family mentions: members that are made later need it.
func (c *checker) useMentioned(f *Family) {
	inspect(f.def.Value, func(n lang.Expr) bool {
		var name string
		switch n := n.(type) {
		case *lang.Name:
			name = n.Name
		case *lang.Call:
			name = n.Fn.Name
		}
		if b := f.names.At(name); b != nil && b.Family != f {
			c.use(b)
		}
		return true
	})
}

// enterMember refuses a member that is needed for itself, and returns what ends its making.
func (c *checker) enterMember(at lang.Node, m memberOf) (leave func()) {
	if from := slices.Index(c.making, m); from >= 0 {
		circle := append(slices.Clone(c.making[from:]), m)
		c.circle = c.errorf("E219", at.Extent(), "%s is needed for itself", m)
		for i, a := range circle[1:] {
			c.circle.Details = append(c.circle.Details, fmt.Sprintf("%s needs %s", circle[i], a))
		}
		panic(c.circle)
	}
	c.making = append(c.making, m)
	n := len(c.making)
	return func() { c.making = c.making[:n-1] }
}

// offerEarlier offers for a family in a circle, H[t] = g(C[t]), the member before: C[t-1].
func (c *checker) offerEarlier(e *lang.Error, d *lang.Def) {
	var edits []edit
	inspect(d.Value, func(n lang.Expr) bool {
		x, ok := n.(*lang.Index)
		if !ok || len(x.Args) != 1 {
			return true
		}
		k, plain := x.Args[0].(*lang.Name)
		name, named := x.X.(*lang.Name)
		if plain && named && k.Name == d.For.Name.Name {
			if b := c.before.names.At(name.Name); b != nil && b.Family != nil && b.Family.base.Len() > 0 {
				edits = append(edits, edit{k.Span, k.Raw + "-1"})
			}
		}
		return true
	})
	for _, one := range edits {
		c.offer(e, "", one)
	}
	if len(e.Fixes) == 0 && len(edits) > 1 {
		c.offer(e, "", edits...)
	}
}

// offerRest offers for a family of which members are needed that it does not have to be that which waits for them.
func (c *checker) offerRest(e *lang.Error, waiting *Family) {
	numbers := fmt.Sprintf("%s = %s..%s", waiting.Index, waiting.From, waiting.To)
	name := c.lacks.Name
	for _, body := range []string{waiting.Name + "[" + waiting.Index + "]", name + "[" + waiting.Index + "-1]"} {
		if len(e.Fixes) == 0 {
			c.offerBefore(e, fmt.Sprintf("%s[%s] = %s for %s", name, waiting.Index, body, numbers), "for example")
		}
	}
}

// offerFirst offers the first member of a family that is not begun: H[0] = h0.
func (c *checker) offerFirst(e *lang.Error, name string) {
	if len(c.making) == 0 || !strings.HasPrefix(c.cell[min(e.Span.End, len(c.cell)):], "[") {
		return
	}
	m := c.making[0]
	first, _ := m.From.AsConst()
	e.Details = append(e.Details, fmt.Sprintf("a family that is defined after this one is begun by its first member: %s = …", memberName(name, first-1)))
	for _, b := range c.Bindings() {
		if b.Kind == Variable && len(e.Fixes) == 0 {
			c.offerBefore(e, fmt.Sprintf("%s = %s", memberName(name, first-1), b.Name), "for example")
		}
	}
}
