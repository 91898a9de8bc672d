package check

import (
	"math/big"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// identityName is the identity matrix of whatever size its place asks for.
const identityName = "I"

// Expr checks an expression and gives its graph.
func (s *Scope) Expr(t lang.Expr) (Value, *lang.Error) {
	var v Value
	err := s.run(func(c *checker) {
		if t.Extent() == c.stmt {
			c.asked = t
		}
		if h := findHole(t); h != nil {
			v = Value{Hole: c.solve(t, h, nil)}
		} else {
			v = c.whole(t)
		}
		v.Notes, v.Spans = c.notes, c.spans
	})
	return v, err
}

// whole is an expression that stands by itself. Several derivatives in a list are part of it: [J, grad(J, [W1, W2])] is three things.
func (c *checker) whole(t lang.Expr) Value {
	if l, ok := t.(*lang.List); ok && !isTensor(l) {
		v := Value{Items: make([]Value, 0, len(l.Items))}
		for _, x := range l.Items {
			if item := c.expr(x); item.IsList() {
				v.Items = append(v.Items, item.Items...)
			} else {
				v.Items = append(v.Items, item)
			}
		}
		return v
	}
	v := c.expr(t)
	if !v.IsList() {
		c.settle(t, v)
	}
	return v
}

// expr is the value of one node of the tree; its graph node remembers where it was written.
func (c *checker) expr(t lang.Expr) Value {
	v := c.node(t)
	if v.Expr != nil {
		if _, ok := c.spans[v.Expr]; !ok {
			c.spans[v.Expr] = t.Extent()
		}
	}
	return v
}

// tensor is expr where a list makes no sense and the identity must know its size.
func (c *checker) tensor(t lang.Expr) Value {
	v := c.expr(t)
	c.settle(t, v)
	return v
}

// settle refuses an identity matrix of unknown size, and lists.
func (c *checker) settle(t lang.Expr, v Value) {
	if v.IsList() {
		c.fail("E226", t.Extent(), "a list cannot stand here")
	}
	if v.ident {
		c.fail("E209", t.Extent(), "the size of the identity I is not known here; write eye(n)")
	}
}

func (c *checker) node(t lang.Expr) Value {
	g := c.Graph
	switch t := t.(type) {
	case *lang.Number:
		return Value{Expr: g.Const(t.Val)}
	case *lang.Name:
		return c.name(t)
	case *lang.Unary:
		v := c.expr(t.X)
		if v.IsList() {
			c.settle(t.X, v)
		}
		return v.with(g.Neg(v.Expr))
	case *lang.Binary:
		return c.binary(t)
	case *lang.Pow:
		return c.pow(t)
	case *lang.Transpose:
		return c.transpose(t)
	case *lang.Norm:
		return c.norm(t)
	case *lang.Abs:
		v := c.tensor(t.X)
		return v.with(c.library(t, "abs", v.Expr))
	case *lang.Call:
		return c.call(t)
	case *lang.Index:
		return c.index(t)
	case *lang.SumIdx:
		return c.sumIdx(t)
	case *lang.Deriv:
		return c.deriv(t)
	case *lang.Nabla:
		return c.nabla(t)
	case *lang.OutRef:
		return c.outRef(t)
	case *lang.Compare:
		return c.compare(t)
	case *lang.List:
		return c.list(t)
	case *lang.Hole:
		c.fail("E224", t.Span, "a hole may stand once in an expression, where the rest says what it is")
	case *lang.String:
		c.fail("E226", t.Span, "text cannot stand in a formula")
	case *lang.Range, *lang.Colon:
		c.fail("E226", t.Extent(), "a range stands in brackets: X[1..n, :]")
	}
	c.fail("E226", t.Extent(), "this cannot stand in a formula")
	return Value{}
}

// library applies a function that has notation of its own.
func (c *checker) library(at lang.Node, name string, args ...*symbolic.Expr) *symbolic.Expr {
	f := c.Graph.Lib.Lookup(name)
	if f == nil {
		c.fail("E214", at.Extent(), "the library has no function %s", name)
	}
	e, err := c.Graph.Apply(f, symbolic.In{Args: args})
	return c.graphed(at, e, err)
}

func (c *checker) outRef(t *lang.OutRef) Value {
	if c.Results != nil {
		if v, ok := c.Results(t.N); ok {
			return v
		}
	}
	if t.N == 0 {
		c.fail("E228", t.Span, "there is no earlier result")
	}
	c.fail("E228", t.Span, "there is no result number %d", t.N)
	return Value{}
}

func (c *checker) transpose(t *lang.Transpose) Value {
	v := c.expr(t.X)
	if v.IsList() {
		c.settle(t.X, v)
	}
	switch v.rank() {
	case 0:
		return v
	case 1:
		return Value{Expr: v.Expr, Row: !v.Row}
	case 2:
		return Value{Expr: c.Graph.Transpose(v.Expr)}
	}
	e := c.errorf("E206", t.Span, "transpose of a tensor %s: which of its %d axes change places?", c.typed(t.X, v), v.rank())
	e.Labels = []lang.Label{c.label(t.X, v)}
	e.Details = []string{"in index notation the order of the axes is stated: T[j,i,k] = " + c.text(t.X) + "[i,j,k]"}
	panic(e)
}

func (c *checker) norm(t *lang.Norm) Value {
	v := c.tensor(t.X)
	if v.rank() > 1 && (t.Kind == "2" || t.Kind == "1" || t.Kind == "inf") {
		c.refuseNorm(t, v)
	}
	switch t.Kind {
	case "1":
		return Value{Expr: c.sumAll(c.library(t, "abs", v.Expr))}
	case "inf":
		return Value{Expr: c.library(t, "norminf", v.Expr)}
	}
	return Value{Expr: c.Graph.Sqrt(c.inner(v.Expr, v.Expr))}
}

func (c *checker) refuseNorm(t *lang.Norm, v Value) {
	x := c.text(t.X)
	e := c.errorf("E208", t.Span, "‖%s‖_%s of a matrix could be an operator norm or a norm of the entries", x, t.Kind)
	e.Labels = []lang.Label{c.label(t.X, v)}
	if t.Kind == "2" {
		e.Message = "‖" + x + "‖_2 of a matrix: the spectral norm or the Frobenius norm?"
		e.Details = []string{"the spectral norm is the largest singular value; the Frobenius norm is the root of the sum of the squared entries"}
		c.offer(e, "the Frobenius norm", edit{t.Span, "‖" + x + "‖_F"})
	}
	if t.Kind == "1" {
		c.offer(e, "the sum over all entries", edit{t.Span, "sum(|" + x + "|)"})
	}
	if t.Kind == "inf" {
		c.offer(e, "the largest entry", edit{t.Span, "max(|" + x + "|)"})
	}
	panic(e)
}

// inner is Σ a ⊙ b over all entries.
func (c *checker) inner(a, b *symbolic.Expr) *symbolic.Expr {
	l := symbolic.Labels(a.Rank())
	return c.Graph.Einsum([]string{l, l}, "", []*symbolic.Expr{a, b}, nil)
}

func (c *checker) sumAll(a *symbolic.Expr) *symbolic.Expr {
	return c.Graph.Einsum([]string{symbolic.Labels(a.Rank())}, "", []*symbolic.Expr{a}, nil)
}

// dimNumber is the size of a dimension as a value.
func (c *checker) dimNumber(d shape.Dim) Value { return Value{Expr: c.Graph.DimSize(d)} }

func ratInt(r *big.Rat) (int64, bool) {
	if r == nil || !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}

// list is [a, b, …] within a formula: the tensor with these along its first axis.
func (c *checker) list(t *lang.List) Value {
	if len(t.Items) == 0 {
		c.fail("E226", t.Span, "an empty list has no shape")
	}
	items := make([]*symbolic.Expr, len(t.Items))
	for i, x := range t.Items {
		v := c.tensor(x)
		if i > 0 && !c.Dims.SameShape(v.Expr.Shape, items[0].Shape[1:]) {
			c.fail("E201", x.Extent(), "the items of a list have one shape: %s, and the first %s", c.typed(x, v), space(items[0].Shape[1:], false))
		}
		s := append(shape.Shape{shape.Const(1)}, v.Expr.Shape...)
		axes := make([]int, v.rank())
		for j := range axes {
			axes[j] = j + 1
		}
		items[i] = c.Graph.Broadcast(v.Expr, s, axes...)
	}
	if len(items) == 1 {
		return Value{Expr: items[0]}
	}
	return Value{Expr: c.library(t, "concat", items...)}
}

// relations are the functions that are 1 where the relation holds and 0 elsewhere.
var relations = map[lang.RelOp]string{lang.Eq: "eq", lang.Less: "lt", lang.Greater: "gt", lang.LessEq: "le", lang.GreaterEq: "ge"}

// compare is 1 where the relation holds and 0 elsewhere: the condition of where(…).
func (c *checker) compare(t *lang.Compare) Value {
	name, ok := relations[t.Op]
	if !ok {
		c.fail("E226", t.Span, "≈ is judged by check: check %s", c.text(t))
	}
	a, b := c.align(t, c.text(t), operand{t.X, c.tensor(t.X)}, operand{t.Y, c.tensor(t.Y)})
	return a.with(c.library(t, name, a.Expr, b.Expr))
}

// isTensor says that a list is one tensor and not several things: it holds numbers only, or lists only.
func isTensor(t *lang.List) bool {
	for _, x := range t.Items {
		if _, row := x.(*lang.List); !row {
			return isLiteral(t)
		}
	}
	return true
}

// isLiteral says that a list holds numbers only.
func isLiteral(t lang.Expr) bool {
	switch t := t.(type) {
	case *lang.Number:
		return true
	case *lang.Unary:
		return isLiteral(t.X)
	case *lang.List:
		for _, x := range t.Items {
			if !isLiteral(x) {
				return false
			}
		}
		return true
	}
	return false
}
