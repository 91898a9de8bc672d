package check

import (
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
)

// axisSums are names that other languages have for a sum over one axis of a matrix, and the axis that goes.
var axisSums = map[string]int{"rowsum": 1, "rowsums": 1, "row_sum": 1, "sumrows": 1, "colsum": 0, "colsums": 0, "col_sum": 0, "sumcols": 0, "rowmean": 1, "colmean": 0, "rowmeans": 1, "colmeans": 0}

// refuseAxisSum says for rowsum(X) that here the axis over which is summed is named: sum(X, d).
func (c *checker) refuseAxisSum(t *lang.Call) {
	axis, ok := axisSums[strings.ToLower(t.Fn.Raw)]
	if !ok || len(t.Args) != 1 || t.Args[0].Name != nil {
		return
	}
	x := c.tensor(t.Args[0].X)
	e := c.errorf("E101", t.Fn.Span, "unknown name %s", t.Fn.Raw)
	e.Details = append(e.Details, "a sum names the axis that goes: sum(X, d)")
	fn := "sum"
	if strings.Contains(strings.ToLower(t.Fn.Raw), "mean") {
		fn = "mean"
	}
	if x.rank() == 2 {
		e.Details[0] = c.typed(t.Args[0].X, x) + ": " + fn + " names the axis that goes"
		c.offer(e, "", edit{t.Span, fn + "(" + c.text(t.Args[0].X) + ", " + x.Expr.Shape[axis].String() + ")"})
	}
	if len(e.Fixes) == 0 { // a vector, or a claim that has the other axis
		when := ""
		if x.rank() == 2 {
			when = "over the other axis, which fits"
		}
		for _, d := range x.Expr.Shape {
			c.offer(e, when, edit{t.Span, fn + "(" + c.text(t.Args[0].X) + ", " + d.String() + ")"})
		}
	}
	panic(e)
}

// offerFilled offers the declaration of an unknown name in a claim that what stands around it asks for.
func (c *checker) offerFilled(e *lang.Error, name string) {
	if c.claimed == nil || c.trial {
		return
	}
	hole, ok := WithHole(c.claimed, e.Span)
	if !ok {
		return
	}
	claim, err := c.before.Quiet().Claim(hole)
	defer c.Activate()
	if err != nil || claim.Hole == nil || !claim.Hole.Known {
		return
	}
	e.Details = append(e.Details, "what stands around it asks for "+claim.Hole.Text)
	c.offerBefore(e, name+" : "+strings.TrimSuffix(claim.Hole.Text, "ᵀ"), "which fits there")
}

// WithHole is a claim with a hole in the place of the name that stands at a position; ok is false where that is no name,
// or stands elsewhere too.
func WithHole(t *lang.Check, at lang.Span) (hole *lang.Check, ok bool) {
	var found *lang.Name
	times := map[string]int{}
	lang.Walk(t, func(n lang.Node) bool {
		if m, is := n.(*lang.Name); is {
			times[m.Name]++
			if m.Span == at {
				found = m
			}
		}
		return true
	})
	if found == nil || times[found.Name] != 1 {
		return nil, false
	}
	c := *t
	c.Terms = slices.Clone(t.Terms)
	for i, x := range c.Terms {
		c.Terms[i] = lang.Rewrite(x, func(e lang.Expr) lang.Expr {
			if e == lang.Expr(found) {
				return &lang.Hole{Span: at}
			}
			return e
		})
	}
	return &c, true
}

// offerAxis offers the variables and definitions that have a dimension as an axis, in the place of the dimension.
func (c *checker) offerAxis(e *lang.Error, n *lang.Name) {
	var has []string
	for _, b := range c.Bindings() {
		if b.Expr == nil || b.Expr.Op != symbolic.Var && b.Expr.Op != symbolic.Let {
			continue
		}
		for _, d := range b.Expr.Shape {
			if s, ok := d.AsName(); ok && s == n.Name && !slices.Contains(has, b.Name) {
				has = append(has, b.Name)
			}
		}
	}
	text := "a dimension is a whole number of entries and has no small changes"
	if len(has) > 0 {
		text += ": one differentiates by what has " + n.Raw + " as an axis, such as " + strings.Join(has[:min(3, len(has))], ", ")
	}
	e.Details = append(e.Details, text)
	for _, name := range has {
		c.offer(e, "", edit{n.Span, name})
	}
}
