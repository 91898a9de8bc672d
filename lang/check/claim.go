package check

import "nabla/lang"

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
		for _, x := range t.Terms {
			claim.Terms = append(claim.Terms, c.expr(x))
		}
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
	case !c.Dims.SameShape(a.v.Expr.Shape, b.v.Expr.Shape) || a.v.Row != b.v.Row:
		c.refuseClaim(a, b)
	}
	terms[i], terms[i+1] = a.v, b.v
}

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
	case "E200", "E201", "E202", "E203", "E204", "E205", "E206", "E207", "E209", "E211", "E225":
		return true
	}
	return false
}
