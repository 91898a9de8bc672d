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

func (c *checker) call(t *lang.Call) Value {
	name := t.Fn.Name
	if b := c.names.At(name); b != nil {
		if b.Kind != Function {
			c.fail("E217", t.Span, "%s is not a function: %s : %s", t.Fn.Raw, t.Fn.Raw, b.Space())
		}
		c.use(b)
		return c.callBound(t, b)
	}
	f := c.Function(name)
	if m := forms[name]; m != nil && (f == nil || m.takes(c, t)) {
		return c.callForm(t, m)
	}
	if f != nil && f.Name == "transpose" && len(t.Args) == 1 && t.Args[0].Name == nil {
		return c.transpose(&lang.Transpose{Span: t.Span, X: t.Args[0].X})
	}
	if f != nil && len(f.Args) > 0 {
		return c.callLibrary(t, f)
	}
	if c.words[name] {
		c.fail("E226", t.Span, "%s(…) is a statement by itself and cannot be part of a formula", t.Fn.Raw)
	}
	c.refuseAxisSum(t)
	c.unknown(t.Fn)
	return Value{}
}

// callBound applies a function of the session.
func (c *checker) callBound(t *lang.Call, b *Binding) Value {
	switch {
	case b.User != nil:
		return c.callUser(t, b)
	case b.Fn.Abstract != nil:
		return c.callAbstract(t, b.Fn)
	}
	return c.callLibrary(t, b.Fn)
}

// operands are the values of the arguments of a call that takes nothing but tensors.
func (c *checker) operands(t *lang.Call, want int) []operand {
	out := make([]operand, len(t.Args))
	for i, a := range t.Args {
		if a.Name != nil {
			c.fail("E210", a.Name.Span, "%s has no option %s", t.Fn.Raw, a.Name.Raw)
		}
		out[i] = operand{a.X, c.tensor(a.X)}
	}
	if len(out) != want {
		c.fail("E210", t.Span, "%s takes %s, not %d", t.Fn.Raw, counted(want, "argument"), len(out))
	}
	return out
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// callAbstract applies an abstract function, or its derivative φ′(z), mapping over further leading axes.
func (c *checker) callAbstract(t *lang.Call, f *symbolic.Func) Value {
	ops := c.operands(t, len(f.Abstract.Args))
	row := false
	if f.Abstract.Elementwise() {
		ops = c.alignAll(t, t.Fn.Raw, ops)
		row = ops[0].v.Row
	} else {
		ops = c.alignLeading(t, f, ops)
	}
	args := exprs(ops)
	if t.Primes > 0 && len(args) > 1 {
		c.refusePrimes(t, len(args))
	}
	e, err := c.Graph.Derived(f, make([]int, t.Primes), args)
	return Value{Expr: c.graphed(t, e, err), Row: row}
}

func (c *checker) refusePrimes(t *lang.Call, n int) {
	e := c.errorf("E212", t.Span, "%s has %d arguments: by which one?", t.Fn.Raw, n)
	e.Details = []string{fmt.Sprintf("name the value, L = %s(…), and write ∂L/∂ of one of them", t.Fn.Raw)}
	panic(e)
}

func exprs(ops []operand) []*symbolic.Expr {
	out := make([]*symbolic.Expr, len(ops))
	for i, o := range ops {
		out[i] = o.v.Expr
	}
	return out
}

// alignAll gives the arguments of an elementwise function one shape.
func (c *checker) alignAll(at lang.Expr, name string, ops []operand) []operand {
	big := 0
	for i, o := range ops {
		if o.v.rank() > ops[big].v.rank() {
			big = i
		}
	}
	out := slices.Clone(ops)
	for i := range out {
		if i != big {
			out[i].v, _ = c.align(at, name, out[i], out[big])
		}
	}
	return out
}

// alignLeading checks the last axes of every argument against the signature, and gives all the same axes before them.
func (c *checker) alignLeading(t *lang.Call, f *symbolic.Func, ops []operand) []operand {
	lead := -1
	for i, o := range ops {
		want := f.Abstract.Args[i]
		k := o.v.rank() - len(want)
		if k < 0 || !c.Dims.SameShape(o.v.Expr.Shape[k:], want) {
			c.refuseArgument(t, i, want, o)
		}
		if lead < 0 || k > ops[lead].v.rank()-len(f.Abstract.Args[lead]) {
			lead = i
		}
	}
	if lead < 0 {
		return ops
	}
	front := ops[lead].v.Expr.Shape[:ops[lead].v.rank()-len(f.Abstract.Args[lead])]
	out := slices.Clone(ops)
	for i := range out {
		out[i].v = c.leadWith(t, i, front, f.Abstract.Args[i], ops[i])
	}
	return out
}

// leadWith repeats an argument along leading axes that only another argument has.
func (c *checker) leadWith(t *lang.Call, i int, front, core shape.Shape, o operand) Value {
	own := o.v.Expr.Shape[:o.v.rank()-len(core)]
	if len(own) == len(front) {
		if !c.Dims.SameShape(own, front) {
			c.fail("E211", o.tree.Extent(), "argument %d of %s maps over %s, another one over %s", i+1, t.Fn.Raw, own, front)
		}
		return o.v
	}
	axes, how := c.axesIn(own, front)
	if how != fits {
		c.fail("E211", o.tree.Extent(), "argument %d of %s maps over %s, another one over %s", i+1, t.Fn.Raw, own, front)
	}
	for j := range core {
		axes = append(axes, len(front)+j)
	}
	full := slices.Concat(front, o.v.Expr.Shape[len(own):])
	c.note("%s is repeated along %s", c.typed(o.tree, o.v), strings.Join(others(full, axes), ", "))
	return Value{Expr: c.Graph.Broadcast(o.v.Expr, full, axes...)}
}

func (c *checker) refuseArgument(t *lang.Call, i int, want shape.Shape, o operand) {
	e := c.errorf("E211", o.tree.Extent(), "argument %d of %s should be %s, is %s", i+1, t.Fn.Raw, want, o.v.Space())
	e.Labels = []lang.Label{c.label(o.tree, o.v)}
	if o.v.rank() == 2 {
		c.offer(e, "", c.transposed(o.tree))
	}
	if len(t.Args) == 2 {
		x, y := t.Args[0].X, t.Args[1].X
		c.offer(e, "", edit{x.Extent(), c.text(y)}, edit{y.Extent(), c.text(x)})
	}
	if n := o.v.rank() - len(want); n >= 0 {
		for j, d := range want {
			if f := o.v.Expr.Shape[n+j]; !c.Dims.Same(d, f) {
				c.offerEqual(e, d, f)
				break
			}
		}
	}
	panic(e)
}

// callLibrary applies a function of the library, or a derivative of it.
func (c *checker) callLibrary(t *lang.Call, f *symbolic.Func) Value {
	r := &resolver{c: c, t: t, f: f, in: symbolic.In{G: c.Graph, Nums: map[string]*big.Rat{}}}
	r.resolve()
	if f.Elementwise() && len(r.ops) > 1 {
		r.ops = c.alignAll(t, t.Fn.Raw, r.ops)
	}
	r.in.Args = exprs(r.ops)
	if t.Primes > 0 {
		return c.primed(t, f, r)
	}
	e, err := c.Graph.Apply(f, r.in)
	if err != nil && c.alignArguments(t, r) {
		e, err = c.Graph.Apply(f, r.in)
	}
	e = c.graphed(t, e, err)
	row := len(r.ops) > 0 && r.ops[0].v.Row && e.Rank() == 1
	return Value{Expr: e, Row: row}
}

// alignArguments repeats tensors of different shapes by dimension name, for a function that refuses them as they are.
func (c *checker) alignArguments(t *lang.Call, r *resolver) bool {
	if len(r.ops) < 2 {
		return false
	}
	var ops []operand
	_, err := c.attempt(func() Value { ops = c.alignAll(t, t.Fn.Raw, r.ops); return Value{} })
	if err != nil {
		return false
	}
	r.in.Args = exprs(ops)
	return true
}

func (c *checker) primed(t *lang.Call, f *symbolic.Func, r *resolver) Value {
	if !f.Elementwise() || len(r.ops) != 1 {
		if len(r.ops) > 1 {
			c.refusePrimes(t, len(r.ops))
		}
		c.fail("E212", t.Span, "%s is not a function of a number: name its value and write ∂/∂ of that", t.Fn.Raw)
	}
	e, err := c.Graph.Derived(f, make([]int, t.Primes), r.in.Args)
	return r.ops[0].v.with(c.graphed(t, e, err))
}
