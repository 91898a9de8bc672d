package study

import (
	"slices"

	"nabla/symbolic"
)

// ReadBy is what the line ∂of/∂v of the reverse sweep reads of the forward pass: what is read on the way to v from every
// definition that reads v, or from of alone where it is not the objective; first what the formula of the line mentions, in
// its order. Values without a name, and the products that a product of several tensors consists of, are among them.
func (t *Tape) ReadBy(of, v *symbolic.Expr, mentioned []*symbolic.Expr) []*symbolic.Expr {
	if t.onlyRearranged(v) {
		return nil
	}
	c := &climb{t: t, found: map[*symbolic.Expr]bool{}}
	if of != t.Model.Objective {
		c.only = t.Store(of)
	}
	c.from(t.Store(v))
	place := func(e *symbolic.Expr) int {
		if i := slices.Index(mentioned, t.Known(e)); i >= 0 {
			return i
		}
		return len(mentioned)
	}
	slices.SortStableFunc(c.reads, func(a, b *symbolic.Expr) int { return place(a) - place(b) })
	return c.reads
}

// onlyRearranged says that what reads v shares its memory: a transpose with a name of its own.
func (t *Tape) onlyRearranged(v *symbolic.Expr) bool {
	shares := false
	for _, w := range t.readers[v] {
		if t.Store(w) != t.Store(v) {
			return false
		}
		shares = true
	}
	return shares
}

// Known is the definition that has the value e, or e itself.
func (t *Tape) Known(e *symbolic.Expr) *symbolic.Expr {
	if n := t.Named[e]; n != nil {
		return n
	}
	return e
}

// A climb goes from a variable to the definitions that read it.
type climb struct {
	t     *Tape
	only  *symbolic.Expr // the definition to arrive at, or nil for any
	found map[*symbolic.Expr]bool
	reads []*symbolic.Expr
}

// from says whether the way up from x arrives; what is read on it is noted.
func (c *climb) from(x *symbolic.Expr) bool {
	if arrives, known := c.found[x]; known {
		return arrives
	}
	arrives := false
	for _, e := range c.t.uses[x] {
		p := c.t.Pull[e][x]
		if p == nil {
			continue
		}
		goal := e == c.only || c.only == nil && c.t.Named[e] != nil
		if !goal && c.t.Named[e] == nil {
			goal = c.from(e)
		}
		if !goal {
			continue
		}
		arrives = true
		for _, s := range p.reads {
			if !slices.Contains(c.reads, s) {
				c.reads = append(c.reads, s)
			}
		}
	}
	c.found[x] = arrives
	return arrives
}

// ComputedFrom is the definition whose value the reverse step of e needs and computes from e instead, as the sign of z
// from relu(z); nil where there is none.
func (t *Tape) ComputedFrom(e *symbolic.Expr) *symbolic.Expr {
	if e.Op != symbolic.Call || len(e.Args) != 1 || !t.fromValue(e) {
		return nil
	}
	return t.Named[t.Store(e.Args[0])]
}

// OfData says that an input occurs in a value.
func (t *Tape) OfData(e *symbolic.Expr) bool { return t.data[e] }

// Feeds says that what is predicted is computed from v.
func (f *Footprint) Feeds(v *symbolic.Expr) bool { return f.feeds[v] }
