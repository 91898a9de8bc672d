package check

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
)

// offerEntries suits x[i]^2 with an i that nothing says what to do with: it is the index of a tensor that is defined by its
// entries, or of a sum.
func (c *checker) offerEntries(e *lang.Error, t *lang.Name) {
	if c.asked == nil || !c.isIndexOf(c.asked, t.Name) {
		return
	}
	e.Details = append(e.Details, fmt.Sprintf("an index belongs to a sum, sum[%s] …, or to a tensor that is defined by its entries, T[%s] = …", t.Raw, t.Raw))
	if c.offerSummed(e, t); len(e.Fixes) > 0 {
		return
	}
	once, repeated := c.openIndices(c.asked)
	over := append(once, repeated...)
	if len(once) > 0 && len(repeated) > 0 {
		c.offer(e, "summed over what stands twice", c.defining(once), insert(c.asked.Extent().Start, summed(repeated)))
	} else {
		c.offer(e, "the tensor", c.defining(over))
	}
	c.offer(e, "the sum of the entries", insert(c.asked.Extent().Start, summed(over)))
}

// offerSummed is sum[i] x[i] in the place of sum(x[i]).
func (c *checker) offerSummed(e *lang.Error, t *lang.Name) {
	lang.Walk(c.asked, func(n lang.Node) bool {
		call, ok := n.(*lang.Call)
		if !ok || call.Fn.Name != "sum" || len(call.Args) != 1 || !c.isIndexOf(call.Args[0].X, t.Name) {
			return true
		}
		x := call.Args[0].X
		once, repeated := c.openIndices(x)
		text := summed(append(once, repeated...)) + c.text(x)
		if call.Span != c.asked.Extent() {
			text = "(" + text + ")"
		}
		c.offer(e, "", edit{call.Span, text})
		return false
	})
}

// defining makes the statement one that defines a tensor by its entries.
func (c *checker) defining(over []string) edit {
	if c.asked.Extent() == c.stmt {
		return insert(c.stmt.Start, c.unused("T", "R", "S", "U")+entries(over)+" = ")
	}
	return insert(c.named.End, entries(over))
}

func entries(over []string) string { return "[" + strings.Join(over, ",") + "]" }

func summed(over []string) string { return "sum" + entries(over) + " " }

// openIndices are the free indices of x in their order: those that stand once, and those that stand several times.
func (c *checker) openIndices(x lang.Expr) (once, repeated []string) {
	times := map[string]int{}
	free := c.freeIndices(x)
	for _, i := range free {
		times[i.Raw]++
	}
	for _, i := range free {
		switch n := times[i.Raw]; {
		case n == 1:
			once = append(once, i.Raw)
		case n > 1:
			repeated = append(repeated, i.Raw)
		}
		times[i.Raw] = 0
	}
	return once, repeated
}

// unused is the first of the names that nothing is called, or the first.
func (c *checker) unused(names ...string) string {
	return names[max(0, slices.IndexFunc(names, func(n string) bool { return !c.known(n) }))]
}
