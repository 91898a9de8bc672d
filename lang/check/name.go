package check

import (
	"fmt"
	"regexp"
	"unicode/utf8"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// name is the value of a name: what is bound in the statement, a binding, a constant, the size of a dimension.
func (c *checker) name(t *lang.Name) Value {
	if l, ok := c.locals[t.Name]; ok {
		return c.local(t, l)
	}
	if b := c.names.At(t.Name); b != nil {
		return c.bindingValue(t, b)
	}
	if f := c.Function(t.Name); f != nil && isConstant(f) {
		return Value{Expr: c.library(t, f.Name)}
	}
	if c.Dims.Exists(t.Name) {
		return c.dimNumber(shape.Name(t.Name))
	}
	if t.Name == identityName {
		return Value{Expr: c.Graph.Int(1), ident: true}
	}
	if c.IsFunc(t.Name) {
		c.refuseBare(t)
	}
	if t.Name == "ans" { // a name of its own wins; otherwise it is %
		return c.outRef(&lang.OutRef{Span: t.Span})
	}
	c.unknown(t)
	return Value{}
}

func (c *checker) local(t *lang.Name, l local) Value {
	switch {
	case l.value != nil:
		return *l.value
	case l.num != nil:
		return c.dimNumber(*l.num)
	case l.index.known:
		return c.indexNumber(t, l.index)
	}
	c.fail("E217", t.Span, "%s is an index: it stands in brackets, as in x[%s]", t.Raw, t.Raw)
	return Value{}
}

// indexNumber is an index as a number, as in sum[i] i x[i]: the entries 1, 2, … of a vector that the index runs over.
func (c *checker) indexNumber(t *lang.Name, ix *index) Value {
	numbers := c.library(t, "cumsum", c.Graph.Ones(shape.Shape{ix.dim}))
	return Value{Expr: c.placeholder(entry{numbers, []*index{ix}})}
}

func (c *checker) bindingValue(t *lang.Name, b *Binding) Value {
	switch b.Kind {
	case Function:
		c.refuseBare(t)
	case FamilyName:
		e := c.errorf("E219", t.Span, "%s is a family: a member is %s[%s]", t.Raw, t.Raw, b.Family.Index)
		for _, k := range []string{"1", "0"} {
			if len(e.Fixes) == 0 {
				c.offer(e, "", edit{t.Span, t.Raw + "[" + k + "]"})
			}
		}
		panic(e)
	}
	c.use(b)
	return Value{Expr: b.Expr, Row: b.Row}
}

func (c *checker) refuseBare(t *lang.Name) {
	e := c.errorf("E107", t.Span, "%s is a function and needs parentheses: write %s(…)", t.Raw, t.Raw)
	panic(e)
}

// unknown refuses a name that nothing is called, with what it may have been meant for.
func (c *checker) unknown(t *lang.Name) {
	e := c.errorf("E101", t.Span, "unknown name %s", t.Raw)
	if len(t.Raw) > 1 && t.Raw[0] == 'd' && c.known(lang.Fold(t.Raw[1:])) {
		rest := t.Raw[1:]
		e.Details = append(e.Details, fmt.Sprintf("a derivative is d%s/dx, ∂%s/∂x or grad(%s, x)", rest, rest, rest))
	}
	if c.offerSpace(e) || c.offerBorrowed(e, t) {
		panic(e)
	}
	c.offerDerivative(e)
	c.offerSum(e, t)
	c.offerEntries(e, t)
	c.offerEntry(e, t)
	for i := range t.Raw {
		if i > longestName {
			break
		}
		a, b := t.Raw[:i], t.Raw[i:]
		if i > 0 && utf8.ValidString(a) && c.known(lang.Fold(a)) && c.known(lang.Fold(b)) && !isDigits(b) {
			if c.offer(e, "", edit{t.Span, a + " " + b}); len(e.Fixes) == 1 {
				e.Details = append(e.Details, "did you mean the product "+a+" "+b+"?")
			}
		}
	}
	if len(e.Fixes) > 0 {
		panic(e)
	}
	for i, near := range lang.DidYouMean(t.Name, c.candidates()) {
		if i == 0 {
			e.Details = append(e.Details, "did you mean "+near+"?")
		}
		c.offer(e, "", edit{t.Span, near})
	}
	if len(e.Fixes) == 0 {
		c.offerFirst(e, t.Raw)
	}
	if len(e.Fixes) == 0 {
		c.offerDeclaration(e, t.Raw)
	}
	panic(e)
}

// offerSum says that a sum is stated where an index occurs on the right of a definition by entries only.
func (c *checker) offerSum(e *lang.Error, t *lang.Name) {
	if c.summand == nil || !c.isIndexOf(c.summand, t.Name) {
		return
	}
	e.Details = append(e.Details, "an index that is summed over is stated: sum["+t.Raw+"] …")
	c.offer(e, "", insert(c.summand.Extent().Start, "sum["+t.Raw+"] "))
}

// subscripted is a name with a position: x_1, W_i.
var subscripted = regexp.MustCompile(`^(.+?)_(\d+|[i-n])$`)

// offerEntry suits x_1 and x_i of a vector x: an entry is taken with brackets.
func (c *checker) offerEntry(e *lang.Error, t *lang.Name) {
	m := subscripted.FindStringSubmatch(t.Raw)
	if m == nil {
		return
	}
	b := c.names.At(lang.Fold(m[1]))
	if b == nil || b.Expr == nil || b.Expr.Rank() != 1 {
		return
	}
	entry := m[1] + "[" + m[2] + "]"
	e.Details = append(e.Details, "an entry is "+entry)
	c.offer(e, "", edit{t.Span, entry})
	if len(e.Fixes) == 0 { // above the line of a derivative
		c.offer(e, "", edit{t.Span, "(" + entry + ")"})
	}
}

// isIndexOf says that a name stands as an index somewhere in x.
func (c *checker) isIndexOf(x lang.Expr, name string) bool {
	found := false
	lang.Walk(x, func(n lang.Node) bool {
		if ix, ok := n.(*lang.Index); ok {
			for _, a := range ix.Args {
				i, ok := a.(*lang.Name)
				found = found || ok && i.Name == name
			}
		}
		return !found
	})
	return found
}

// longestName is how much of an unknown name is looked at for the names that it may be written together from.
const longestName = 64

// spacedDerivative is dJ / dW1, which is a quotient; a derivative has no spaces.
var spacedDerivative = regexp.MustCompile(`\b(d\w+) */ *(d\w+)`)

func (c *checker) offerDerivative(e *lang.Error) {
	if c.stmt.End > len(c.cell) {
		return
	}
	typed := c.cell[c.stmt.Start:c.stmt.End]
	if closed := spacedDerivative.ReplaceAllString(typed, "$1/$2"); closed != typed {
		c.offer(e, "the derivative has no spaces", edit{lang.Span{Start: c.stmt.Start, End: c.stmt.End}, closed})
	}
	if second := lang.SecondDerivative(typed); second != typed {
		c.offer(e, "", edit{lang.Span{Start: c.stmt.Start, End: c.stmt.End}, second})
		e.Details = append(e.Details, "a second derivative is ∂²f/∂x², ∂²f/∂x∂y or hessian(f, x)")
	}
}

func isDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

func (c *checker) known(name string) bool {
	return c.IsVar(name)
}

// candidates are the names that may have been meant, those of the user first.
func (c *checker) candidates() []string {
	var out []string
	for _, b := range c.Bindings() {
		out = append(out, b.Name)
	}
	for _, n := range c.Graph.Lib.Names() {
		if c.IsFunc(lang.Fold(n)) || c.IsVar(lang.Fold(n)) {
			out = append(out, n)
		}
	}
	for n := range forms {
		out = append(out, n)
	}
	return out
}

// dimExpr is the polynomial that a declaration writes; names in it exist from now on.
func (c *checker) dimExpr(t lang.DimExpr) shape.Dim {
	switch t := t.(type) {
	case *lang.DimNum:
		return shape.Const(t.Val)
	case *lang.DimName:
		if l, ok := c.locals[t.Name]; ok && l.num != nil {
			return *l.num
		}
		c.Dims.Declare(t.Name)
		return shape.Name(t.Name)
	case *lang.DimOp:
		return c.dimOp(t)
	}
	c.fail("E216", t.Extent(), "a dimension is a name, a whole number, or a sum or product of these")
	return shape.Dim{}
}

const maxDimTerms, maxDimPower = 64, 16

func (c *checker) dimOp(t *lang.DimOp) shape.Dim {
	x, y := c.dimExpr(t.X), c.dimExpr(t.Y)
	d := x
	switch t.Op {
	case '+':
		d = x.Add(y)
	case '-':
		d = x.Sub(y)
	case '*':
		d = x.Mul(y)
	case '^':
		n, _ := y.AsConst()
		if n > maxDimPower {
			c.fail("E216", t.Span, "a dimension's exponent is at most %d", maxDimPower)
		}
		d = shape.Const(1)
		for i := int64(0); i < n; i++ {
			d = d.Mul(x)
		}
	}
	terms := 0
	d.Terms(func(int64, []string) { terms++ })
	if terms > maxDimTerms {
		c.fail("E216", t.Span, "this dimension has too many terms")
	}
	return d
}

// space is the shape that a declaration writes.
func (c *checker) space(t *lang.Space) shape.Shape {
	s := make(shape.Shape, len(t.Dims))
	for i, d := range t.Dims {
		s[i] = c.dimExpr(d)
		if n, ok := s[i].AsConst(); ok && n <= 0 {
			c.fail("E216", d.Extent(), "an axis of %d entries is empty", n)
		}
	}
	if len(s) > maxRank {
		c.fail("E216", t.Span, "a tensor has at most %d axes", maxRank)
	}
	return s
}

// maxRank bounds the axes of what is declared, so that derivatives of derivatives have labels left.
const maxRank = 12

// size reads an expression as a size: a number, a dimension, a polynomial of them. ok is false where it is none.
func (c *checker) size(t lang.Expr) (d shape.Dim, ok bool) {
	switch t := t.(type) {
	case *lang.Number:
		n, ok := ratInt(t.Val)
		return shape.Const(n), ok
	case *lang.Name:
		if l, ok := c.locals[t.Name]; ok {
			if l.num != nil {
				return *l.num, true
			}
			if l.index != nil || l.value != nil {
				return shape.Dim{}, false
			}
		}
		return shape.Name(t.Name), c.Dims.Exists(t.Name)
	case *lang.Unary:
		d, ok = c.size(t.X)
		return shape.Dim{}.Sub(d), ok
	case *lang.Call:
		if t.Fn.Name == "dim" && len(t.Args) == 1 && t.Args[0].Name == nil {
			return c.size(t.Args[0].X)
		}
	case *lang.Binary:
		return c.sizeBinary(t)
	}
	return shape.Dim{}, false
}

func (c *checker) sizeBinary(t *lang.Binary) (shape.Dim, bool) {
	x, ok1 := c.size(t.X)
	y, ok2 := c.size(t.Y)
	if !ok1 || !ok2 {
		return shape.Dim{}, false
	}
	switch t.Op {
	case lang.Add:
		return x.Add(y), true
	case lang.Sub:
		return x.Sub(y), true
	case lang.Mul:
		return x.Mul(y), true
	case lang.Div:
		a, ok1 := x.AsConst()
		b, ok2 := y.AsConst()
		if ok1 && ok2 && b != 0 && a%b == 0 {
			return shape.Const(a / b), true
		}
	}
	return shape.Dim{}, false
}

// mustSize is size, or an error.
func (c *checker) mustSize(t lang.Expr) shape.Dim {
	c.declareNew(t)
	d, ok := c.size(t)
	if !ok {
		c.fail("E216", t.Extent(), "a size is a number or a dimension, and %s is neither", c.text(t))
	}
	if n, isConst := d.AsConst(); isConst && (n < 0 || n > 1<<31) {
		c.fail("E216", t.Extent(), "%d is not a size", n)
	}
	return d
}

// declareNew makes the names of a size that mean nothing yet dimensions: they exist from their first use on.
func (c *checker) declareNew(t lang.Expr) {
	inspect(t, func(x lang.Expr) bool {
		if n, ok := x.(*lang.Name); ok && c.locals[n.Name] == (local{}) && !c.IsVar(n.Name) && !c.IsFunc(n.Name) && !c.Dims.Exists(n.Name) {
			c.Dims.Declare(n.Name)
			c.note("%s is a new dimension", n.Raw)
		}
		return true
	})
}

// variable is the graph's variable of a declaration.
func (c *checker) variable(name string, s shape.Shape) *symbolic.Expr { return c.Graph.Var(name, s) }
