package check

import (
	"fmt"
	"math/big"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

var opText = map[lang.BinOp]string{lang.Add: "+", lang.Sub: "-", lang.Mul: "*", lang.Dot: "·", lang.Had: "⊙", lang.Kron: "⊗", lang.Div: "/", lang.HDiv: "./"}

// A fit says how the smaller of two operands goes into the larger: axis i of it is axis axes[i] of the result.
type fit uint8

const (
	fits      fit = iota
	differs       // some axis has no partner
	undecided     // some axis has several
)

// axesIn finds every axis of small among those of big by dimension name, each once.
func (s *Scope) axesIn(small, big shape.Shape) ([]int, fit) {
	axes := make([]int, len(small))
	taken := make([]bool, len(big))
	for i, d := range small {
		found := s.partners(d, big)
		if len(found) == 0 {
			return nil, differs
		}
		if len(found) > 1 || taken[found[0]] {
			return nil, undecided
		}
		axes[i] = found[0]
		taken[found[0]] = true
	}
	return axes, fits
}

// partners are the axes of big called d, or else those of the size of d.
func (s *Scope) partners(d shape.Dim, big shape.Shape) (found []int) {
	for j, b := range big {
		if b == d {
			found = append(found, j)
		}
	}
	if found != nil {
		return found
	}
	for j, b := range big {
		if s.Dims.Same(b, d) {
			found = append(found, j)
		}
	}
	return found
}

// An operand of an elementwise operation: its tree, its value.
type operand struct {
	tree lang.Expr
	v    Value
}

// align gives operands one shape: a scalar goes with anything, and the names of one must all be among the other's. op
// names the operation and at is where it stands, for messages.
func (c *checker) align(at lang.Expr, op string, a, b operand) (x, y Value) {
	a.v, b.v = c.sized(a, b), c.sized(b, a)
	s, t := a.v.Expr.Shape, b.v.Expr.Shape
	switch {
	case len(s) == len(t) && c.Dims.SameShape(s, t) && a.v.Row == b.v.Row:
		return a.v, b.v
	case len(s) < len(t):
		x = c.spread(at, op, a, b)
		return x, b.v
	case len(t) < len(s):
		y = c.spread(at, op, b, a)
		return a.v, y
	}
	c.refuseAlign(at, op, a, b)
	return
}

// sized turns an identity matrix into one of the size that its partner asks for.
func (c *checker) sized(a, partner operand) Value {
	if !a.v.ident || partner.v.ident {
		return a.v
	}
	s := partner.v.Expr.Shape
	if len(s) != 2 || !c.Dims.Same(s[0], s[1]) {
		e := c.errorf("E209", a.tree.Extent(), "the identity %s is square, and %s is not", c.text(a.tree), c.typed(partner.tree, partner.v))
		panic(e)
	}
	return Value{Expr: c.Graph.Times(a.v.Expr, c.Graph.Delta(s[0]))}
}

// spread repeats the smaller operand along the axes that it has not.
func (c *checker) spread(at lang.Expr, op string, small, big operand) Value {
	axes, how := c.axesIn(small.v.Expr.Shape, big.v.Expr.Shape)
	switch how {
	case differs:
		c.refuseAlign(at, op, small, big)
	case undecided:
		c.refuseUndecided(at, op, small, big)
	}
	if small.v.rank() > 0 {
		c.note("%s is repeated along %s", c.typed(small.tree, small.v), strings.Join(others(big.v.Expr.Shape, axes), ", "))
	}
	return Value{Expr: c.Graph.Broadcast(small.v.Expr, big.v.Expr.Shape, axes...), Row: big.v.Row}
}

// others are the names of the axes of s that are not among axes.
func others(s shape.Shape, axes []int) (names []string) {
	for i, d := range s {
		in := false
		for _, a := range axes {
			in = in || a == i
		}
		if !in {
			names = append(names, d.String())
		}
	}
	return names
}

func (c *checker) refuseAlign(at lang.Expr, op string, a, b operand) {
	if a.tree.Extent().Start > b.tree.Extent().Start {
		a, b = b, a
	}
	e := c.errorf("E201", at.Extent(), "%s needs equal shapes: %s, %s", op, c.typed(a.tree, a.v), c.typed(b.tree, b.v))
	e.Labels = []lang.Label{c.label(a.tree, a.v), c.label(b.tree, b.v)}
	c.offerTransposes(e, a, b)
	c.offerEqualSizes(e, a.v, b.v)
	panic(e)
}

func (c *checker) offerTransposes(e *lang.Error, a, b operand) {
	for _, o := range []operand{b, a} {
		if r := o.v.rank(); r == 1 || r == 2 {
			c.offer(e, "", c.transposed(o.tree))
		}
	}
}

// offerEqualSizes offers "dim e = d" where exactly one pair of names stands in the way.
func (c *checker) offerEqualSizes(e *lang.Error, a, b Value) {
	if a.rank() != b.rank() {
		return
	}
	for i, d := range a.Expr.Shape {
		if f := b.Expr.Shape[i]; !c.Dims.Same(d, f) {
			c.offerEqual(e, d, f)
			return
		}
	}
}

func (c *checker) offerEqual(e *lang.Error, d, f shape.Dim) {
	if n, ok := f.AsName(); ok {
		c.offerBefore(e, fmt.Sprintf("dim %s = %s", n, d), "if the sizes are equal")
	} else if n, ok := d.AsName(); ok {
		c.offerBefore(e, fmt.Sprintf("dim %s = %s", n, f), "if the sizes are equal")
	}
}

func (c *checker) refuseUndecided(at lang.Expr, op string, small, big operand) {
	d := ambiguousAxis(small.v.Expr.Shape, big.v.Expr.Shape)
	a, b := big, small
	if a.tree.Extent().Start > b.tree.Extent().Start {
		a, b = b, a
	}
	e := c.errorf("E202", at.Extent(), "%s, %s: along which %s?", c.typed(a.tree, a.v), c.typed(b.tree, b.v), d)
	e.Labels = []lang.Label{c.label(a.tree, a.v), c.label(b.tree, b.v)}
	if small.v.rank() == 1 && big.v.rank() == 2 {
		n := big.v.Expr.Shape[0].String()
		column, row := c.wrapped(small.tree, "", ""), c.transposed(small.tree)
		if small.v.Row {
			column, row = row, column
		}
		column.text, row.text = fmt.Sprintf("%s ones(%s)ᵀ", column.text, n), fmt.Sprintf("ones(%s) %s", n, row.text)
		if op != "+" && op != "-" {
			column.text, row.text = "("+column.text+")", "("+row.text+")"
		}
		c.offer(e, "the same in every column", column)
		c.offer(e, "the same in every row", row)
	}
	panic(e)
}

func ambiguousAxis(small, big shape.Shape) shape.Dim {
	for _, d := range small {
		n := 0
		for _, b := range big {
			if b == d {
				n++
			}
		}
		if n > 1 {
			return d
		}
	}
	if len(small) > 0 {
		return small[0]
	}
	return shape.Dim{}
}

// sum checks a chain of additions at once, so that a long one stays linear.
func (c *checker) sum(t *lang.Binary) Value {
	var terms []lang.Expr
	var nodes []lang.Expr // nodes[i] adds terms[i]
	var signs []lang.BinOp
	var x lang.Expr = t
	for {
		b, ok := x.(*lang.Binary)
		if !ok || b.Op != lang.Add && b.Op != lang.Sub {
			break
		}
		terms, nodes, signs = append(terms, b.Y), append(nodes, b), append(signs, b.Op)
		x = b.X
	}
	total := operand{x, c.addend(x)}
	values, coefs := []Value{total.v}, []*big.Rat{big.NewRat(1, 1)}
	for i := len(terms) - 1; i >= 0; i-- {
		y := operand{terms[i], c.addend(terms[i])}
		a, b := c.align(nodes[i], opText[signs[i]], total, y)
		if a.rank() > total.v.rank() || a.Row != total.v.Row || total.v.ident && !a.ident {
			values = c.respread(values, total.v, a)
		}
		values = append(values, b)
		sign := int64(1)
		if signs[i] == lang.Sub {
			sign = -1
		}
		coefs = append(coefs, big.NewRat(sign, 1))
		total = operand{nodes[i], a}
	}
	args := make([]*symbolic.Expr, len(values))
	for i, v := range values {
		args[i] = v.Expr
	}
	return total.v.with(c.Graph.LinearCombination(total.v.Expr.Shape, coefs, args))
}

func (c *checker) addend(t lang.Expr) Value {
	v := c.expr(t)
	if v.IsList() {
		c.settle(t, v)
	}
	return v
}

// respread gives the terms so far the shape that a later term asks for.
func (c *checker) respread(values []Value, old, new Value) []Value {
	out := make([]Value, len(values))
	for i, v := range values {
		e := v.Expr
		switch {
		case old.ident && !new.ident:
			e = c.Graph.Times(e, c.Graph.Delta(new.Expr.Shape[0]))
		default:
			axes, _ := c.axesIn(old.Expr.Shape, new.Expr.Shape)
			e = c.Graph.Broadcast(e, new.Expr.Shape, axes...)
		}
		out[i] = Value{Expr: e, Row: new.Row}
	}
	return out
}

// hadamard is a ⊙ b, or a ⊘ b.
func (c *checker) hadamard(t *lang.Binary) Value {
	a, b := c.addend(t.X), c.addend(t.Y)
	if t.Op == lang.HDiv { // before it is repeated, so that no entry is inverted twice
		c.settle(t.Y, b)
		b = b.with(c.Graph.Recip(b.Expr))
	}
	x, y := c.align(t, opText[t.Op], operand{t.X, a}, operand{t.Y, b})
	c.settle(t, x)
	return x.with(c.Graph.Hadamard(x.Expr, y.Expr))
}
