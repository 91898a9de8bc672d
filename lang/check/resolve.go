package check

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A resolver matches the arguments of a call to those that a record describes.
type resolver struct {
	c    *checker
	t    *lang.Call
	f    *symbolic.Func
	in   symbolic.In
	ops  []operand
	rest []lang.Expr // positional arguments still to be matched
	opts map[string]lang.Expr
	at   map[string]*lang.Name
}

func (r *resolver) resolve() {
	r.split()
	for i, a := range r.f.Args {
		r.match(i, a)
	}
	if len(r.rest) > 0 {
		r.refuseExtra()
	}
	for n := range r.opts {
		r.refuseOption(n)
	}
}

// split separates positional from named arguments.
func (r *resolver) split() {
	r.opts, r.at = map[string]lang.Expr{}, map[string]*lang.Name{}
	for _, a := range r.t.Args {
		switch {
		case a.Name == nil:
			r.rest = append(r.rest, a.X)
		case r.opts[a.Name.Name] != nil:
			r.c.fail("E210", a.Name.Span, "%s is given twice", a.Name.Raw)
		default:
			r.opts[a.Name.Name], r.at[a.Name.Name] = a.X, a.Name
		}
	}
}

// given takes what was written for an argument: by its name, or the next one by position.
func (r *resolver) given(a symbolic.Arg) lang.Expr {
	key := lang.Fold(a.Name)
	if x := r.opts[key]; x != nil {
		delete(r.opts, key)
		return x
	}
	if x := r.opts["axis"]; x != nil && a.Kind == symbolic.Axis {
		delete(r.opts, "axis")
		return x
	}
	if len(r.rest) == 0 {
		return nil
	}
	x := r.rest[0]
	r.rest = r.rest[1:]
	return x
}

func (r *resolver) match(i int, a symbolic.Arg) {
	switch a.Kind {
	case symbolic.Variadic:
		r.variadic(i, a)
		return
	case symbolic.Sizes:
		r.sizes(a)
		return
	case symbolic.Tensor:
		if a.Optional && len(r.rest) > 0 && r.opts[lang.Fold(a.Name)] == nil && r.meansAxis(i, r.rest[0]) {
			return
		}
	}
	x := r.given(a)
	if x == nil {
		if !a.Optional {
			r.refuseMissing(a)
		}
		return
	}
	switch a.Kind {
	case symbolic.Tensor:
		r.ops = append(r.ops, operand{x, r.c.tensor(x)})
	case symbolic.Axis:
		r.axes(x)
	case symbolic.Size:
		r.in.Sizes = append(r.in.Sizes, r.c.mustSize(x))
	case symbolic.Number:
		r.number(a, x)
	}
}

func (r *resolver) number(a symbolic.Arg, x lang.Expr) {
	v := r.c.tensor(x)
	n, ok := v.Expr.AsConst()
	if !ok {
		r.c.fail("E210", x.Extent(), "%s of %s is a number, not %s", a.Name, r.t.Fn.Raw, r.c.text(x))
	}
	r.in.Nums[a.Name] = n
}

// variadic takes all tensors that are left, or those of a list. A dimension after them is the axis.
func (r *resolver) variadic(i int, a symbolic.Arg) {
	items := r.rest
	if l, ok := firstList(items); ok && (len(items) == 1 || len(items) == 2 && r.isOnlyDimension(items[1])) {
		items = slices.Concat(l.Items, items[1:])
	}
	r.rest = nil
	for k, x := range items {
		if len(r.ops) > 0 && k == len(items)-1 && r.meansAxis(i, x) {
			r.rest = items[k:]
			return
		}
		r.ops = append(r.ops, operand{x, r.c.tensor(x)})
	}
	if len(items) == 0 && !a.Optional {
		r.refuseMissing(a)
	}
}

// firstList is the first argument if it is a list.
func firstList(items []lang.Expr) (*lang.List, bool) {
	if len(items) == 0 {
		return nil, false
	}
	l, ok := items[0].(*lang.List)
	return l, ok
}

// isOnlyDimension says that an argument is the name of a dimension and of nothing else.
func (r *resolver) isOnlyDimension(x lang.Expr) bool {
	n, ok := x.(*lang.Name)
	return ok && r.c.Dims.Exists(n.Name) && !r.c.IsVar(n.Name)
}

func (r *resolver) sizes(a symbolic.Arg) {
	items := r.rest
	if len(items) == 1 {
		if l, ok := items[0].(*lang.List); ok {
			items = l.Items
		}
	}
	for _, x := range items {
		r.in.Sizes = append(r.in.Sizes, r.c.mustSize(x))
	}
	r.rest = nil
	if len(r.in.Sizes) == 0 && !a.Optional {
		r.refuseMissing(a)
	}
}

// hasAxis says that some later argument of the record is an axis.
func (r *resolver) hasAxis(i int) bool {
	for _, a := range r.f.Args[i:] {
		if a.Kind == symbolic.Axis {
			return true
		}
	}
	return false
}

// meansAxis decides between max(a, b) and max(z, h): a name that is only a dimension is an axis; one that is both is
// refused.
func (r *resolver) meansAxis(i int, x lang.Expr) bool {
	if _, isList := x.(*lang.List); isList {
		return r.hasAxis(i)
	}
	n, ok := x.(*lang.Name)
	if !ok || len(r.ops) == 0 || !r.hasAxis(i) {
		return false
	}
	c := r.c
	isAxis := c.Dims.Exists(n.Name) && len(c.partners(shape.Name(n.Name), r.ops[0].v.Expr.Shape)) > 0
	_, isLocal := c.locals[n.Name]
	isValue := c.IsVar(n.Name) || isLocal
	if isAxis && isValue {
		e := c.errorf("E215", n.Span, "%s is both a value and an axis of %s", n.Raw, c.typed(r.ops[0].tree, r.ops[0].v))
		c.offer(e, "along the axis", edit{n.Span, "axis=" + n.Raw})
		c.offer(e, "elementwise with the value", edit{n.Span, "(" + n.Raw + ")"})
		panic(e)
	}
	return isAxis && !isValue
}

func (r *resolver) axes(x lang.Expr) {
	items := []lang.Expr{x}
	if l, ok := x.(*lang.List); ok {
		items = l.Items
	}
	if len(r.ops) == 0 {
		r.c.fail("E215", x.Extent(), "an axis of what? %s needs its tensor first", r.t.Fn.Raw)
	}
	for _, it := range items {
		k := r.axis(it)
		for _, o := range r.in.Axes {
			if o == k {
				r.c.fail("E215", it.Extent(), "this axis is given twice")
			}
		}
		r.in.Axes = append(r.in.Axes, k)
	}
}

// axis is the position, from 0, of an axis given by its dimension or its position from 1.
func (r *resolver) axis(x lang.Expr) int {
	c, s := r.c, r.ops[0].v.Expr.Shape
	what := c.typed(r.ops[0].tree, r.ops[0].v)
	if n, ok := axisNumber(x); ok {
		if n >= 1 && int(n) <= len(s) {
			return int(n) - 1
		}
		r.refusePosition(x, n)
	}
	d, ok := c.size(x)
	if !ok {
		c.fail("E215", x.Extent(), "%s is not an axis of %s", c.text(x), what)
	}
	found := c.partners(d, s)
	switch len(found) {
	case 0:
		e := c.errorf("E215", x.Extent(), "%s has no axis %s", what, c.text(x))
		for _, o := range s {
			if n, ok := o.AsName(); ok {
				c.offer(e, "", edit{x.Extent(), n})
			}
		}
		panic(e)
	case 1:
		return found[0]
	}
	e := c.errorf("E215", x.Extent(), "%s has %d axes %s: give the position", what, len(found), c.text(x))
	for _, k := range found {
		c.offer(e, fmt.Sprintf("axis %d", k+1), edit{x.Extent(), fmt.Sprint(k + 1)})
	}
	panic(e)
}

func axisNumber(x lang.Expr) (int64, bool) {
	if u, ok := x.(*lang.Unary); ok {
		n, ok := numberOf(u.X)
		return -n, ok
	}
	return numberOf(x)
}

// refusePosition explains positions to those who come from NumPy.
func (r *resolver) refusePosition(x lang.Expr, n int64) {
	c, s := r.c, r.ops[0].v.Expr.Shape
	e := c.errorf("E215", x.Extent(), "there is no axis %d: axes count from 1, and %s has %d", n, c.typed(r.ops[0].tree, r.ops[0].v), len(s))
	at := int(n) + 1
	if n < 0 {
		at = len(s) + int(n) + 1
	}
	if n <= 0 && at >= 1 && at <= len(s) {
		e.Details = []string{fmt.Sprintf("axis=%d of NumPy is the axis %s, number %d here", n, s[at-1], at)}
		if name, ok := s[at-1].AsName(); ok && len(c.partners(s[at-1], s)) == 1 {
			c.offer(e, "", edit{x.Extent(), name})
		}
		c.offer(e, "", edit{x.Extent(), fmt.Sprint(at)})
	}
	panic(e)
}

func (r *resolver) usage() string {
	parts := make([]string, len(r.f.Args))
	for i, a := range r.f.Args {
		parts[i] = a.Name
		if a.Optional && a.Default != "" {
			parts[i] += "=" + a.Default
		}
		if a.Kind == symbolic.Variadic || a.Kind == symbolic.Sizes {
			parts[i] += ", …"
		}
	}
	return r.f.Name + "(" + strings.Join(parts, ", ") + ")"
}

func (r *resolver) refuseMissing(a symbolic.Arg) {
	e := r.c.errorf("E210", r.t.Span, "%s needs its argument %s", r.t.Fn.Raw, a.Name)
	e.Details = []string{"it is written " + r.usage()}
	panic(e)
}

func (r *resolver) refuseExtra() {
	x := r.rest[0]
	e := r.c.errorf("E210", x.Extent(), "%s takes no argument %s", r.t.Fn.Raw, r.c.text(x))
	e.Details = []string{"it is written " + r.usage()}
	panic(e)
}

func (r *resolver) refuseOption(n string) {
	e := r.c.errorf("E210", r.at[n].Span, "%s has no option %s", r.t.Fn.Raw, r.at[n].Raw)
	e.Details = []string{"it is written " + r.usage()}
	panic(e)
}
