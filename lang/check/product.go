package check

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

func (c *checker) binary(t *lang.Binary) Value {
	switch t.Op {
	case lang.Add, lang.Sub:
		return c.sum(t)
	case lang.Had, lang.HDiv:
		return c.hadamard(t)
	case lang.Div:
		return c.quotient(t)
	}
	a, b := c.expr(t.X), c.expr(t.Y)
	for _, o := range []operand{{t.X, a}, {t.Y, b}} {
		if o.v.IsList() {
			c.settle(o.tree, o.v)
		}
	}
	switch t.Op {
	case lang.Dot:
		return c.dot(t, a, b)
	case lang.Kron:
		return c.kron(t, a, b)
	}
	return c.mul(t, a, b)
}

// mul is what juxtaposition means: scaling, or the last axis of a with the first of b.
func (c *checker) mul(t *lang.Binary, a, b Value) Value {
	switch {
	case a.rank() == 0:
		c.refuseDerivative(t)
		return Value{Expr: c.Graph.Times(a.Expr, b.Expr), Row: b.Row, ident: b.ident || a.ident && b.rank() == 0}
	case b.rank() == 0:
		return Value{Expr: c.Graph.Times(b.Expr, a.Expr), Row: a.Row}
	case a.isColumn() && b.Row:
		return Value{Expr: c.Graph.Einsum([]string{"a", "b"}, "ab", []*symbolic.Expr{a.Expr, b.Expr}, nil)}
	case a.rank() == 1 && b.rank() == 1 && a.Row == b.Row:
		c.refuseVectors(t, a, b)
	case a.isColumn(), b.Row:
		c.refuseOrientation(t, a, b)
	case a.rank() > 2 && b.rank() > 2:
		c.refuseTensors(t, a, b)
	}
	if !c.Dims.Same(a.Expr.Shape[a.rank()-1], b.Expr.Shape[0]) {
		c.refuseInner(t, a, b)
	}
	e := c.Graph.MatMul(a.Expr, b.Expr)
	return Value{Expr: e, Row: a.Row && e.Rank() == 1}
}

// refuseDerivative refuses J'(x) of a number J, which is read as a product and meant as a derivative.
func (c *checker) refuseDerivative(t *lang.Binary) {
	prime, ok := t.X.(*lang.Transpose)
	at := t.X.Extent().End
	if !ok || !t.Juxt || at >= len(c.cell) || c.cell[at] != '(' {
		return
	}
	x := c.text(prime.X)
	e := c.errorf("E206", t.X.Extent(), "%s is a number, not a function: %s' transposes nothing", x, x)
	e.Details = []string{"a derivative names its variable: ∂J/∂x"}
	if n, ok := t.Y.(*lang.Name); ok {
		c.offer(e, "the derivative", edit{t.Span, "∂" + x + "/∂" + n.Raw})
	}
	c.offer(e, "the product", edit{lang.Span{Start: prime.X.Extent().End, End: at}, " "})
	panic(e)
}

func (c *checker) both(t *lang.Binary, a, b Value) []lang.Label {
	return []lang.Label{c.label(t.X, a), c.label(t.Y, b)}
}

func (c *checker) refuseInner(t *lang.Binary, a, b Value) {
	x, y := c.text(t.X), c.text(t.Y)
	last, first := a.Expr.Shape[a.rank()-1], b.Expr.Shape[0]
	e := c.errorf("E200", t.Span, "%s: the inner dimensions differ", c.text(t))
	e.Labels = c.both(t, a, b)
	e.Details = []string{fmt.Sprintf("a product sums the last axis of %s with the first axis of %s:", x, y)}
	e.Details = append(e.Details, underEachOther(x, y, a.Expr.Shape, b.Expr.Shape)...)
	c.offerRetype(e, t.Y, b, last)
	c.offerTransposed(e, t, a, b)
	c.offerElementwise(e, t)
	c.offerSwapped(e, t)
	c.offerEqual(e, last, first)
	panic(e)
}

// underEachOther writes two shapes so that the last axis of one stands over the first axis of the other.
func underEachOther(x, y string, a, b shape.Shape) []string {
	width := max(lang.Columns(x), lang.Columns(y)) + 2
	left := "[" + strings.Join(a.Strings(), ", ") + "]"
	right := "[" + strings.Join(b.Strings(), ", ") + "]"
	last := a[len(a)-1].String()
	indent := lang.Columns(left) - 2 - lang.Columns(last)
	blank := func(n int) string { return strings.Repeat(" ", n) }
	return []string{
		"    " + x + blank(width-lang.Columns(x)) + left,
		fmt.Sprintf("    %s%s%s        %s ≠ %s", y, blank(width-lang.Columns(y)+indent), right, last, b[0]),
	}
}

// offerRetype offers another declaration of the right factor, where it is a variable with one axis.
func (c *checker) offerRetype(e *lang.Error, t lang.Expr, v Value, want shape.Dim) {
	n, ok := t.(*lang.Name)
	if !ok || v.rank() != 1 {
		return
	}
	if b := c.names.At(n.Name); b != nil && b.Kind == Variable {
		c.offerBefore(e, fmt.Sprintf("%s : R[%s]", c.text(n), want), fmt.Sprintf("if %s has %s entries", c.text(n), want))
	}
}

func (c *checker) offerTransposed(e *lang.Error, t *lang.Binary, a, b Value) {
	if a.rank() == 2 {
		c.offer(e, "", c.transposed(t.X))
	}
	if b.rank() == 2 {
		c.offer(e, "", c.transposed(t.Y))
	}
}

func (c *checker) offerElementwise(e *lang.Error, t *lang.Binary) {
	c.offer(e, "elementwise", edit{lang.Span{Start: t.X.Extent().End, End: t.Y.Extent().Start}, c.between(t, " ⊙ ")})
}

// between keeps the parentheses that stand between two operands.
func (c *checker) between(t *lang.Binary, op string) string {
	from, to := t.X.Extent().End, t.Y.Extent().Start
	before, after := "", ""
	for i := from; i < to && i < len(c.cell); i++ {
		switch c.cell[i] {
		case ')':
			before += ")"
		case '(':
			after += "("
		}
	}
	return before + op + after
}

func (c *checker) offerSwapped(e *lang.Error, t *lang.Binary) {
	x, y := c.wrapped(t.X, "", ""), c.wrapped(t.Y, "", "")
	c.offer(e, "", edit{t.X.Extent(), y.text}, edit{t.Y.Extent(), x.text})
}

func (c *checker) refuseVectors(t *lang.Binary, a, b Value) {
	kind := "column"
	if a.Row {
		kind = "row"
	}
	e := c.errorf("E203", t.Span, "product of two %s vectors %s and %s", kind, c.typed(t.X, a), c.typed(t.Y, b))
	e.Labels = c.both(t, a, b)
	c.offer(e, "inner", c.transposed(t.X))
	c.offer(e, "outer", c.transposed(t.Y))
	c.offerElementwise(e, t)
	panic(e)
}

func (c *checker) refuseOrientation(t *lang.Binary, a, b Value) {
	e := c.errorf("E204", t.Span, "%s times %s", c.typed(t.X, a), c.typed(t.Y, b))
	e.Labels = c.both(t, a, b)
	if a.isColumn() {
		e.Details = []string{"a column has nothing to sum over with what stands on its right: transpose the vector or swap the factors"}
		c.offer(e, "", c.transposed(t.X))
	} else {
		e.Details = []string{"a row has nothing to sum over with what stands on its left: transpose the vector or swap the factors"}
		c.offer(e, "", c.transposed(t.Y))
	}
	c.offerSwapped(e, t)
	panic(e)
}

// indexLetters are the indices of an example in index notation.
var indexLetters = strings.Split("i j k l m p q r s t u v w a b c", " ")

// entriesText is X[j,k,l], with as many indices as X has axes.
func entriesText(x string, rank, first int) string {
	return fmt.Sprintf("%s[%s]", x, strings.Join(indexLetters[first:first+rank], ","))
}

func (c *checker) refuseTensors(t *lang.Binary, a, b Value) {
	e := c.errorf("E206", t.Span, "product of two tensors %s and %s: which axes are summed?", c.typed(t.X, a), c.typed(t.Y, b))
	e.Labels = c.both(t, a, b)
	x, y := entriesText(c.text(t.X), a.rank(), 0), entriesText(c.text(t.Y), b.rank(), a.rank()-1)
	free := strings.Join(slices.Concat(indexLetters[:a.rank()-1], indexLetters[a.rank():a.rank()+b.rank()-1]), ",")
	stated := fmt.Sprintf("S[%s] = sum[%s] %s %s", free, indexLetters[a.rank()-1], x, y)
	e.Details = []string{"in index notation the sum is stated: " + stated}
	if t.Span == c.stmt {
		c.offer(e, "the last axis with the first", edit{c.stmt, stated})
	}
	panic(e)
}

func (c *checker) dot(t *lang.Binary, a, b Value) Value {
	if a.rank() == 0 || b.rank() == 0 {
		return c.mul(t, a, b)
	}
	if a.rank() != 1 || b.rank() != 1 {
		e := c.errorf("E203", t.Span, "· is the inner product of two vectors: %s, %s", c.typed(t.X, a), c.typed(t.Y, b))
		e.Labels = c.both(t, a, b)
		op := lang.Span{Start: t.X.Extent().End, End: t.Y.Extent().Start}
		c.offer(e, "the matrix product", edit{op, c.between(t, " ")})
		c.offer(e, "the sum over all entries", edit{t.Span, "sum(" + c.text(t.X) + " ⊙ " + c.text(t.Y) + ")"})
		panic(e)
	}
	if !c.Dims.SameShape(a.Expr.Shape, b.Expr.Shape) {
		c.refuseAlign(t, "·", operand{t.X, a}, operand{t.Y, b})
	}
	return Value{Expr: c.inner(a.Expr, b.Expr)}
}

func (c *checker) kron(t *lang.Binary, a, b Value) Value {
	switch {
	case a.rank() == 0 || b.rank() == 0:
		return c.mul(t, a, b)
	case a.rank() == 1 && b.rank() == 1:
		return Value{Expr: c.Graph.Einsum([]string{"a", "b"}, "ab", []*symbolic.Expr{a.Expr, b.Expr}, nil)}
	case a.rank() == 2 && b.rank() == 2:
		return Value{Expr: c.library(t, "kron", a.Expr, b.Expr)}
	}
	e := c.errorf("E203", t.Span, "⊗ takes two vectors or two matrices: %s, %s", c.typed(t.X, a), c.typed(t.Y, b))
	e.Labels = c.both(t, a, b)
	c.offerMatrix(e, t.X)
	c.offerMatrix(e, t.Y)
	panic(e)
}

func (c *checker) quotient(t *lang.Binary) Value {
	a, b := c.expr(t.X), c.tensor(t.Y)
	if a.IsList() {
		c.settle(t.X, a)
	}
	if b.rank() == 0 {
		if r, ok := b.Expr.AsConst(); ok && r.Sign() == 0 {
			c.fail("E205", t.Span, "division by zero")
		}
		return a.with(c.Graph.Div(a.Expr, b.Expr))
	}
	e := c.errorf("E205", t.Span, "division by a tensor %s", c.typed(t.Y, b))
	e.Labels = []lang.Label{c.label(t.Y, b)}
	c.offer(e, "elementwise", edit{lang.Span{Start: t.X.Extent().End, End: t.Y.Extent().Start}, c.between(t, " ./ ")})
	if one, ok := a.Expr.AsConst(); ok && one.Cmp(big.NewRat(1, 1)) == 0 {
		c.offer(e, "the inverse", edit{lang.Span{Start: t.X.Extent().Start, End: t.Y.Extent().Start}, ""}, insert(t.Y.Extent().End, "⁻¹"))
	} else {
		c.offer(e, "the inverse", edit{lang.Span{Start: t.X.Extent().End, End: t.Y.Extent().Start}, c.between(t, " ")}, insert(t.Y.Extent().End, "⁻¹"))
	}
	if len(e.Fixes) == 0 {
		e.Details = []string{"A B⁻¹ is the product with an inverse, A ./ B divides entry by entry"}
	}
	panic(e)
}

// maxMatrixPower bounds the products of a matrix power.
const maxMatrixPower = 1024

func (c *checker) pow(t *lang.Pow) Value {
	x := c.expr(t.X)
	if x.IsList() {
		c.settle(t.X, x)
	}
	y := c.tensor(t.Y)
	r, isConst := y.Expr.AsConst()
	switch {
	case t.Elementwise && y.rank() > 0:
		a, b := c.align(t, ".^", operand{t.X, x}, operand{t.Y, y})
		return a.with(c.power(t, a.Expr, b.Expr))
	case y.rank() > 0:
		c.refuseExponent(t, y)
	case t.Elementwise || x.rank() == 0:
		if isConst {
			if b, ok := x.Expr.AsConst(); ok && b.Sign() == 0 && r.Sign() < 0 {
				c.fail("E205", t.Span, "division by zero")
			}
			return x.with(c.Graph.Pow(x.Expr, r))
		}
		a, b := c.align(t, "^", operand{t.X, x}, operand{t.Y, y})
		return a.with(c.power(t, a.Expr, b.Expr))
	case x.rank() == 2 && c.Dims.Same(x.Expr.Shape[0], x.Expr.Shape[1]):
		return c.matrixPower(t, x, r)
	}
	c.refusePower(t, x)
	return Value{}
}

// refuseExponent refuses e^x of a vector x, and 2^x.
func (c *checker) refuseExponent(t *lang.Pow, y Value) {
	e := c.errorf("E207", t.Span, "the exponent %s is not a number", c.typed(t.Y, y))
	if n, ok := t.X.(*lang.Name); ok && n.Name == "e" && c.names.At("e") == nil {
		c.offer(e, "elementwise", edit{t.Span, "exp(" + c.text(t.Y) + ")"})
	}
	c.offerDotted(e, t)
	panic(e)
}

// offerDotted offers the elementwise power.
func (c *checker) offerDotted(e *lang.Error, t *lang.Pow) {
	c.offer(e, "elementwise", edit{t.Span, c.wrapped(t.X, "", "").text + ".^" + exponent(t.Y)})
}

// power is x^y for an exponent that is not a constant.
func (c *checker) power(t *lang.Pow, x, y *symbolic.Expr) *symbolic.Expr {
	return c.library(t, "pow", x, y)
}

func (c *checker) matrixPower(t *lang.Pow, x Value, r *big.Rat) Value {
	k, ok := ratInt(r)
	if !ok || k > maxMatrixPower || k < -maxMatrixPower {
		e := c.errorf("E207", t.Span, "a power of a matrix is a whole number between −%d and %d", maxMatrixPower, maxMatrixPower)
		c.offerDotted(e, t)
		panic(e)
	}
	base := x.Expr
	if k < 0 {
		base, k = c.library(t, "inv", base), -k
	}
	result := c.Graph.Delta(x.Expr.Shape[0])
	for i := int64(0); i < k; i++ {
		result = c.Graph.MatMul(result, base)
	}
	return Value{Expr: result}
}

func (c *checker) refusePower(t *lang.Pow, x Value) {
	e := c.errorf("E207", t.Span, "power of a vector %s", c.typed(t.X, x))
	e.Labels = []lang.Label{c.label(t.X, x)}
	name, base := c.text(t.X), c.wrapped(t.X, "", "").text
	switch {
	case x.rank() == 1:
		r, ok := numberOf(t.Y)
		c.offerDotted(e, t)
		if ok && r == 2 {
			c.offer(e, "the squared norm", edit{t.Span, "‖" + name + "‖²"})
			c.offer(e, "outer", edit{t.Span, "(" + base + " " + base + "ᵀ)"})
		}
	case x.rank() == 2:
		e.Message = "power of a non-square matrix " + c.typed(t.X, x)
		if n, isName := t.X.(*lang.Name); isName {
			if k, ok := numberOf(t.Y); ok && k > 0 {
				e.Details = []string{fmt.Sprintf("is (%d) a layer label? then declare it: %s^(%d) : %s", k, n.Raw, k, x.Space())}
				c.offerBefore(e, fmt.Sprintf("%s^(%d) : %s", n.Raw, k, x.Space()), "if it is a layer label")
			}
		}
		c.offerDotted(e, t)
	default:
		e.Message = "power of a tensor " + c.typed(t.X, x)
		c.offerDotted(e, t)
	}
	panic(e)
}

// exponent is how an exponent is typed after ^, also where it was a superscript.
func exponent(t lang.Expr) string {
	switch t.(type) {
	case *lang.Name, *lang.Number:
		return lang.Print(t)
	}
	return "(" + lang.Print(t) + ")"
}

func numberOf(t lang.Expr) (int64, bool) {
	n, ok := t.(*lang.Number)
	if !ok {
		return 0, false
	}
	return ratInt(n.Val)
}
