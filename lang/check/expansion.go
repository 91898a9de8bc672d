package check

import (
	"fmt"
	"strings"

	"nabla/lang"
)

// maxExpansions is how many different calls of functions of the user's one statement expands. Equal calls are expanded once.
const maxExpansions = 20_000

// expanded is the body of a user's function for given arguments. What a statement has expanded once it does not expand
// again: f1(x) = f0(x) + f0(x), f2(x) = f1(x) + f1(x), … stays linear.
func (c *checker) expanded(t *lang.Call, b *Binding, args []Value) Value {
	key := expansionKey(b.User, args)
	if v, ok := c.expansions[key]; ok {
		return v
	}
	if c.outermost == nil {
		c.outermost = b
		defer func() { c.outermost = nil }()
	}
	if len(c.expansions) >= maxExpansions {
		c.fail("E110", t.Span, "%s opens into more than %d different calls of functions, %s if none is shared", c.outermost.Name, maxExpansions, countText(c.outermost.User.calls))
	}
	v := c.body(b.User, args)
	if v.Hole == nil {
		c.expansions[key] = v
	}
	return v
}

// expansionKey tells calls apart: values are interned, so equal ones are one pointer.
func expansionKey(u *User, args []Value) string {
	var k strings.Builder
	fmt.Fprintf(&k, "%p", u)
	writeValues(&k, args)
	return k.String()
}

func writeValues(k *strings.Builder, vs []Value) {
	fmt.Fprintf(k, " %d", len(vs))
	for _, v := range vs {
		fmt.Fprintf(k, " %p%t%t%p", v.Expr, v.Row, v.ident, v.Hole)
		writeValues(k, v.Items)
	}
}

// countCalls is how many calls of the user's functions a call of u makes, itself included, if nothing is shared.
func (c *checker) countCalls(u *User) float64 {
	n := 1.0
	inspect(u.Def.Value, func(t lang.Expr) bool {
		if call, ok := t.(*lang.Call); ok {
			if b := u.names.At(call.Fn.Name); b != nil && b.User != nil {
				n += b.User.calls
			}
		}
		return true
	})
	return n
}

func countText(n float64) string {
	if n < 1e6 {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("about %.2g", n)
}
