package check

import (
	"slices"
	"strings"

	"nabla/lang"
)

// A Claim is a chain of values and relations to be judged: Terms[0] Ops[0] Terms[1] ….
type Claim struct {
	Terms []Value
	Ops   []lang.RelOp
	Hole  *Hole // what may stand in its hole; Terms are empty then
	Notes []string
}

// Claim checks both sides of each relation: they have one shape, except that a literal 0 has any.
func (s *Scope) Claim(t *lang.Check) (Claim, *lang.Error) {
	claim := Claim{Ops: t.Ops}
	err := s.run(func(c *checker) {
		if c.claimHole(t, &claim) {
			return
		}
		c.claimed = t
		claim.Terms = c.sides(t.Terms)
		for i := range t.Ops {
			c.agree(t, claim.Terms, i)
		}
		for i, v := range claim.Terms {
			c.settle(t.Terms[i], v)
		}
		claim.Notes = c.notes
	})
	return claim, err
}

// sides are the values of the terms of a claim. Indices that stand in brackets and mean nothing else are for every value:
// (∂J/∂W)[i,j] == … is a claim about all entries, in the order in which the indices occur first.
func (c *checker) sides(terms []lang.Expr) []Value {
	var over []*index
	locals := map[string]local{}
	for _, x := range terms {
		for _, n := range c.freeIndices(x) {
			if locals[n.Name] == (local{}) {
				over = append(over, &index{name: n.Raw, at: n.Span})
				locals[n.Name] = local{index: over[len(over)-1]}
			}
		}
	}
	out := make([]Value, len(terms))
	c.within(locals, func() {
		for _, x := range terms {
			c.findRanges(x)
		}
		c.checkRanges(over)
		for i, x := range terms {
			out[i] = c.expr(x)
			if len(over) == 0 {
				continue
			}
			if c.settle(x, out[i]); out[i].rank() > 0 {
				c.refuseWhole(x, out[i], over)
			}
			out[i] = Value{Expr: c.bindEntries(out[i].Expr, over)}
		}
	})
	return out
}

// refuseWhole is about a tensor in a claim about entries: an entry of it may be meant.
func (c *checker) refuseWhole(x lang.Expr, v Value, over []*index) {
	e := c.errorf("E217", x.Extent(), "a claim about entries has numbers on both sides, and %s is none", c.typed(x, v))
	if len(over) == v.rank() {
		at := make([]string, len(over))
		for i, ix := range over {
			at[i] = ix.name
		}
		c.offer(e, "an entry of it", edit{x.Extent(), operandText(c.text(x), x) + "[" + strings.Join(at, ",") + "]"})
	}
	panic(e)
}

// operandText is x as what brackets are put behind.
func operandText(text string, x lang.Expr) string {
	switch x.(type) {
	case *lang.Name, *lang.Deriv, *lang.Call:
		return text
	}
	return "(" + text + ")"
}

// freeIndices are the names in brackets that nothing in scope has and no sum binds.
func (c *checker) freeIndices(x lang.Expr) (free []*lang.Name) {
	bound := func(n *lang.Name) bool {
		return c.names.At(n.Name) != nil || c.locals[n.Name] != (local{}) || c.IsDim(n.Name)
	}
	lang.Walk(x, func(n lang.Node) bool {
		switch n := n.(type) {
		case *lang.SumIdx:
			for _, f := range c.freeIndices(n.X) {
				if !slices.ContainsFunc(n.Index, func(i *lang.Name) bool { return i.Name == f.Name }) {
					free = append(free, f)
				}
			}
			return false
		case *lang.Index:
			for _, a := range n.Args {
				lang.Walk(a, func(m lang.Node) bool {
					if i, ok := m.(*lang.Name); ok && !bound(i) {
						free = append(free, i)
					}
					return true
				})
			}
		}
		return true
	})
	return free
}

// agree gives both sides of a relation one shape, or refuses them.
func (c *checker) agree(t *lang.Check, terms []Value, i int) {
	a, b := operand{t.Terms[i], terms[i]}, operand{t.Terms[i+1], terms[i+1]}
	if a.v.IsList() || b.v.IsList() {
		c.settle(a.tree, a.v)
		c.settle(b.tree, b.v)
	}
	a.v, b.v = c.sized(a, b), c.sized(b, a)
	switch {
	case isZero(a.tree):
		a.v = Value{Expr: c.Graph.Zero(b.v.Expr.Shape), Row: b.v.Row}
	case isZero(b.tree):
		b.v = Value{Expr: c.Graph.Zero(a.v.Expr.Shape), Row: a.v.Row}
	case ordered[t.Ops[i]] && a.v.rank() == 0: // 0 < p: every entry
		a.v = Value{Expr: c.Graph.Broadcast(a.v.Expr, b.v.Expr.Shape), Row: b.v.Row}
	case ordered[t.Ops[i]] && b.v.rank() == 0:
		b.v = Value{Expr: c.Graph.Broadcast(b.v.Expr, a.v.Expr.Shape), Row: a.v.Row}
	case !c.Dims.SameShape(a.v.Expr.Shape, b.v.Expr.Shape) || a.v.Row != b.v.Row:
		c.refuseClaim(a, b)
	}
	terms[i], terms[i+1] = a.v, b.v
}

// ordered are the relations that hold entry by entry, so that a number may stand for every entry.
var ordered = map[lang.RelOp]bool{lang.Less: true, lang.LessEq: true, lang.Greater: true, lang.GreaterEq: true}

func isZero(t lang.Expr) bool {
	n, ok := t.(*lang.Number)
	return ok && n.Val.Sign() == 0
}

func (c *checker) refuseClaim(a, b operand) {
	e := c.errorf("E225", b.tree.Extent(), "the sides have different shapes: %s, %s", c.typed(a.tree, a.v), c.typed(b.tree, b.v))
	e.Labels = []lang.Label{c.label(a.tree, a.v), c.label(b.tree, b.v)}
	c.offerTransposes(e, a, b)
	c.offerEqualSizes(e, a.v, b.v)
	panic(e)
}

// IsShape says that an error is about shapes, so that a claim with it is wrong rather than unreadable.
func IsShape(e *lang.Error) bool {
	switch e.Code {
	case "E200", "E201", "E202", "E203", "E204", "E205", "E206", "E207", "E209", "E211", "E218", "E225":
		return true
	}
	return false
}
