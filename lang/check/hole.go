package check

import (
	"strings"

	"nabla/lang"
	"nabla/symbolic/shape"
)

// A Hole is what an expression asks of its ?.
type Hole struct {
	Span  lang.Span
	Known bool // the shape is determined
	Shape shape.Shape
	Row   bool
	Text  string   // "R[q,h]", "R[d]ᵀ", or what is known of it in words
	Fits  []string // what in scope has that shape, ready to be put in its place
}

// A want is what is known of the shape that an expression should have.
type want struct {
	known bool
	shape shape.Shape
	row   bool
	text  string // in words where it is not known
}

func (v Value) want() *want { return &want{known: true, shape: v.Expr.Shape, row: v.Row} }

// solve finds the shape of the hole h in t from what stands around it; w is what t as a whole should be, or nil.
func (c *checker) solve(t lang.Expr, h *lang.Hole, w *want) *Hole {
	if w == nil {
		w = &want{text: "anything"}
	}
	out := c.descend(t, h, w)
	r := &Hole{Span: h.Span, Known: out.known, Shape: out.shape, Row: out.row, Text: out.text}
	if out.known {
		r.Text = space(out.shape, out.row)
		r.Fits = c.fitting(out)
	}
	return r
}

func (c *checker) claimHole(t *lang.Check, claim *Claim) bool {
	for i, x := range t.Terms {
		h := findHole(x)
		if h == nil {
			continue
		}
		var w *want
		for j, y := range t.Terms {
			if j == i {
				continue
			}
			if o := findHole(y); o != nil {
				c.fail("E224", o.Span, "one hole at a time: there is another ? before")
			}
			w = c.tensor(y).want()
		}
		claim.Hole = c.solve(x, h, w)
		return true
	}
	return false
}

// descend goes down to the hole and carries along what each step asks of the part with the hole in it.
func (c *checker) descend(t lang.Expr, h *lang.Hole, w *want) *want {
	switch t := t.(type) {
	case *lang.Hole:
		return w
	case *lang.Unary:
		return c.descend(t.X, h, w)
	case *lang.Transpose:
		return c.descend(t.X, h, w.transposed())
	case *lang.Binary:
		return c.descendBinary(t, h, w)
	case *lang.Call:
		return c.descendCall(t, h, w)
	case *lang.Pow:
		if findHole(t.X) != nil && (t.Elementwise || w.known && len(w.shape) != 1) {
			return c.descend(t.X, h, w)
		}
	}
	for _, x := range children(t) {
		if findHole(x) != nil {
			return c.descend(x, h, &want{text: "anything that " + c.text(t) + " can take"})
		}
	}
	return w
}

func (w *want) transposed() *want {
	switch {
	case !w.known:
		return w
	case len(w.shape) == 1:
		return &want{known: true, shape: w.shape, row: !w.row}
	case len(w.shape) == 2:
		return &want{known: true, shape: shape.Shape{w.shape[1], w.shape[0]}}
	}
	return w
}

func (c *checker) descendBinary(t *lang.Binary, h *lang.Hole, w *want) *want {
	x, y := t.X, t.Y
	left := findHole(x) != nil
	if !left {
		x, y = y, x
	}
	if o := findHole(y); o != nil {
		c.fail("E224", o.Span, "one hole at a time: there is another ? before")
	}
	other := c.expr(y)
	switch t.Op {
	case lang.Add, lang.Sub, lang.Had, lang.HDiv:
		if !w.known || other.rank() > 0 && len(w.shape) == 0 {
			w = other.want()
		}
		return c.descend(x, h, w)
	case lang.Dot:
		return c.descend(x, h, other.want())
	case lang.Div:
		if left {
			return c.descend(x, h, w)
		}
		return c.descend(x, h, &want{known: true})
	}
	if left {
		return c.descend(x, h, c.leftFactor(other, w))
	}
	return c.descend(x, h, c.rightFactor(other, w))
}

// rightFactor is what stands right of a so that a product has the shape w.
func (c *checker) rightFactor(a Value, w *want) *want {
	if a.rank() == 0 {
		return w
	}
	if !w.known {
		if a.isColumn() {
			return &want{text: "a row, or a number"}
		}
		last := a.Expr.Shape[a.rank()-1].String()
		return &want{text: "R[" + last + "] or R[" + last + ",…]"}
	}
	switch {
	case c.Dims.SameShape(a.Expr.Shape, w.shape) && a.Row == w.row:
		return &want{known: true}
	case a.isColumn() && len(w.shape) == 2 && c.Dims.Same(a.Expr.Shape[0], w.shape[0]):
		return &want{known: true, shape: w.shape[1:], row: true}
	case a.isColumn():
		return c.nothing(a, w)
	}
	k := a.rank() - 1
	if len(w.shape) < k || !c.Dims.SameShape(a.Expr.Shape[:k], w.shape[:k]) {
		return c.nothing(a, w)
	}
	s := append(shape.Shape{a.Expr.Shape[k]}, w.shape[k:]...)
	return &want{known: true, shape: s}
}

// leftFactor is what stands left of b so that a product has the shape w.
func (c *checker) leftFactor(b Value, w *want) *want {
	if b.rank() == 0 {
		return w
	}
	if !w.known {
		if b.Row {
			return &want{text: "a column, or a number"}
		}
		first := b.Expr.Shape[0].String()
		return &want{text: "R[" + first + "]ᵀ or R[…," + first + "]"}
	}
	switch {
	case c.Dims.SameShape(b.Expr.Shape, w.shape) && b.Row == w.row:
		return &want{known: true}
	case b.Row && len(w.shape) == 2 && c.Dims.Same(b.Expr.Shape[0], w.shape[1]):
		return &want{known: true, shape: w.shape[:1]}
	case b.Row:
		return c.nothing(b, w)
	}
	k := b.rank() - 1
	n := len(w.shape) - k
	if n < 0 || !c.Dims.SameShape(b.Expr.Shape[1:], w.shape[n:]) {
		return c.nothing(b, w)
	}
	s := append(append(shape.Shape{}, w.shape[:n]...), b.Expr.Shape[0])
	return &want{known: true, shape: s, row: len(s) == 1}
}

func (c *checker) nothing(a Value, w *want) *want {
	return &want{text: "nothing fits: no product with " + a.Space() + " is " + space(w.shape, w.row)}
}

// descendCall knows the arguments of abstract functions, and that functions of a number keep the shape.
func (c *checker) descendCall(t *lang.Call, h *lang.Hole, w *want) *want {
	for i, a := range t.Args {
		if findHole(a.X) == nil {
			continue
		}
		b := c.names.At(t.Fn.Name)
		if b != nil && b.Fn != nil && b.Fn.Abstract != nil && !b.Fn.Abstract.Elementwise() && i < len(b.Fn.Abstract.Args) {
			return c.descend(a.X, h, &want{known: true, shape: b.Fn.Abstract.Args[i]})
		}
		f := c.Function(t.Fn.Name)
		if b != nil {
			f = b.Fn
		}
		if f != nil && f.Elementwise() {
			return c.descend(a.X, h, w)
		}
		return c.descend(a.X, h, &want{text: "anything that " + t.Fn.Raw + " can take"})
	}
	return w
}

// fitting lists what in scope has the shape, first as it is, then transposed.
func (c *checker) fitting(w *want) (out []string) {
	var flipped []string
	for _, b := range c.Bindings() {
		if b.Expr == nil {
			continue
		}
		switch {
		case c.Dims.SameShape(b.Expr.Shape, w.shape) && b.Row == w.row:
			out = append(out, b.Name)
		case len(w.shape) == 1 && c.Dims.SameShape(b.Expr.Shape, w.shape):
			flipped = append(flipped, b.Name+"ᵀ")
		case len(w.shape) == 2 && b.Expr.Rank() == 2 && c.Dims.SameShape(b.Expr.Shape, shape.Shape{w.shape[1], w.shape[0]}):
			flipped = append(flipped, b.Name+"ᵀ")
		}
	}
	return append(out, flipped...)
}

// String is the reply to a hole: ? : R[q,h]; in scope: W2, V^(2).
func (h *Hole) String() string {
	s := "? : " + h.Text
	if len(h.Fits) > 0 {
		s += "; in scope: " + strings.Join(h.Fits, ", ")
	}
	return s
}
