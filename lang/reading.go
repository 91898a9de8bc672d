package lang

// Readings spell out how the products of n were read that begin with a quotient: λ/2 W x is (λ/2) W x. Whoever meant
// λ/(2 W x) sees it there. What was typed with parentheses needs no such remark.
func Readings(n Node, ascii bool) (readings []string) {
	Walk(n, func(n Node) bool {
		b, ok := n.(*Binary)
		if !ok || !dividesFirst(b) {
			return true
		}
		p := &printer{ascii: ascii, quotients: true}
		p.node(b)
		readings = append(readings, string(p.buf))
		return false
	})
	return readings
}

// dividesFirst reports whether a row of factors goes on after a quotient, which the eye might end elsewhere.
func dividesFirst(b *Binary) bool {
	x, ok := b.X.(*Binary)
	if !ok || LevelOf(b) != LevelProduct || LevelOf(x) != LevelProduct || x.Span.Start != b.Span.Start {
		return false // x stands in parentheses of its own
	}
	return isQuotient(x) || dividesFirst(x)
}

func isQuotient(x Expr) bool {
	b, ok := x.(*Binary)
	return ok && (b.Op == Div || b.Op == HDiv)
}
