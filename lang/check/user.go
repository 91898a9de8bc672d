package check

import (
	"fmt"
	"maps"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/persist"
)

// A User is a function that the user defined: user(t) = t sigmoid(t).
type User struct {
	Params  []string
	Def     *lang.Def
	Numbers bool // a function of numbers: it applies entry by entry

	calls float64                       // of the user's functions that a call makes, itself included, if nothing is shared
	names persist.Map[string, *Binding] // what its body is built from, whatever is redefined later
	cell  string
	stmt  lang.Span
}

// defineFunction makes an elementwise record of a body that is a function of numbers; any other body is checked anew
// at every call.
func (c *checker) defineFunction(r *Reply, d *lang.Def) {
	u := &User{Def: d, names: c.names, cell: c.cell, stmt: c.stmt}
	for _, p := range d.Params {
		for _, q := range u.Params {
			if q == p.Name {
				c.fail("E220", p.Span, "two parameters are called %s", p.Raw)
			}
		}
		u.Params = append(u.Params, p.Name)
	}
	if len(u.Params) == 0 {
		c.fail("E220", d.Target.Span, "a function has a parameter; a value is defined without parentheses: %s = …", d.Target.Name.Raw)
	}
	u.calls = c.countCalls(u)
	b := &Binding{Name: d.Target.Name.Name, Kind: Function, User: u}
	c.outermost = b
	b.Fn = c.numberFunction(b.Name, u)
	c.outermost = nil
	if b.Fn == nil {
		b.Fn = c.macro(b)
	}
	c.add(r, b)
}

// macro is the record of a function that is checked at every call, for where a record is asked for: l := quad.
func (c *checker) macro(b *Binding) *symbolic.Func {
	scope := *c.Scope
	f := &symbolic.Func{Name: b.Name}
	for _, p := range b.User.Params {
		f.Args = append(f.Args, symbolic.Arg{Name: p})
	}
	f.Build = func(in symbolic.In) (e *symbolic.Expr, err error) {
		s := scope
		s.Graph, s.Dims = in.G, in.G.Dims
		args := make([]Value, len(in.Args))
		for i, a := range in.Args {
			args[i] = Value{Expr: a}
		}
		if len(args) != len(b.User.Params) {
			return nil, fmt.Errorf("%s takes %s, not %d", b.Name, counted(len(b.User.Params), "argument"), len(args))
		}
		c := newChecker(&s, &s)
		v, bad := c.attempt(func() Value { return c.body(b.User, args) })
		if bad != nil {
			return nil, fmt.Errorf("in %s: %s", b.Name, bad.Message)
		}
		return v.Expr, nil
	}
	return f
}

// numberFunction is the record of a body that is a function of numbers, or nil.
func (c *checker) numberFunction(name string, u *User) *symbolic.Func {
	params := make([]*symbolic.Expr, len(u.Params))
	values := make([]Value, len(u.Params))
	for i, p := range u.Params {
		params[i] = c.Graph.Fresh(p, nil)
		values[i] = Value{Expr: params[i]}
	}
	v, err := c.attempt(func() Value { return c.body(u, values) })
	if err != nil {
		if err.Code < "E200" {
			panic(err)
		}
		return nil
	}
	if v.IsList() || v.ident || v.rank() > 0 || !c.ofNumbers(u.Def.Value, u.Params) {
		return nil
	}
	u.Numbers = true
	return symbolic.NewUser(name, symbolic.Body{Params: params, Result: v.Expr})
}

// attempt catches the error of f, undoing nothing but local names.
func (c *checker) attempt(f func() Value) (v Value, err *lang.Error) {
	locals, scope := c.locals, *c.Scope
	c.locals = maps.Clone(locals)
	defer func() {
		c.locals = locals
		if r := recover(); r != nil {
			e, ok := r.(*lang.Error)
			if !ok {
				panic(r)
			}
			*c.Scope = scope
			err = e
		}
	}()
	return f(), nil
}

// body checks the body of a user's function for the given arguments.
func (c *checker) body(u *User, args []Value) (v Value) {
	locals := map[string]local{}
	for i, p := range u.Params {
		locals[p] = local{value: &args[i]}
	}
	c.elsewhere(u.names, u.cell, u.stmt, locals, func() { v = c.expr(u.Def.Value) })
	return v
}

// elsewhere runs f with the names and the text of another statement.
func (c *checker) elsewhere(names persist.Map[string, *Binding], cell string, stmt lang.Span, locals map[string]local, f func()) {
	oldNames, oldCell, oldStmt, oldLocals, trial, spans := c.names, c.cell, c.stmt, c.locals, c.trial, c.spans
	defer func() {
		c.names, c.cell, c.stmt, c.locals, c.trial, c.spans = oldNames, oldCell, oldStmt, oldLocals, trial, spans
	}()
	c.names, c.cell, c.stmt, c.locals, c.trial = names, cell, stmt, locals, true
	c.spans = map[*symbolic.Expr]lang.Span{}
	f()
}

// ofNumbers says that a body reads the same for numbers and entry by entry: no transpose, norm, sum or index touches a
// parameter.
func (c *checker) ofNumbers(t lang.Expr, params []string) bool {
	ok := true
	inspect(t, func(n lang.Expr) bool {
		switch n := n.(type) {
		case *lang.Transpose, *lang.Norm, *lang.Index, *lang.SumIdx, *lang.Deriv, *lang.Nabla, *lang.List:
			ok = ok && !mentionsAny(n, params)
		case *lang.Binary:
			if n.Op == lang.Dot || n.Op == lang.Kron {
				ok = ok && !mentionsAny(n, params)
			}
		case *lang.Call:
			ok = ok && (!mentionsAny(n, params) || !c.reduces(n.Fn.Name))
		}
		return ok
	})
	return ok
}

func mentionsAny(t lang.Expr, names []string) bool {
	found := false
	inspect(t, func(n lang.Expr) bool {
		if x, ok := n.(*lang.Name); ok {
			for _, p := range names {
				found = found || x.Name == p
			}
		}
		return !found
	})
	return found
}

// callUser applies a function that the user defined.
func (c *checker) callUser(t *lang.Call, b *Binding) Value {
	ops := c.operands(t, len(b.User.Params))
	if b.User.Numbers && (len(ops) == 1 || tensors(ops) < 2 || !c.mixes(b.User)) {
		return c.callNumbers(t, b, ops)
	}
	if t.Primes > 0 {
		return c.primeUser(t, b, ops)
	}
	v, err := c.attempt(func() Value { return c.expanded(t, b, values(ops)) })
	if !b.User.Numbers {
		if err != nil {
			panic(c.inCall(t, b, err))
		}
		return v
	}
	if err != nil {
		return c.callNumbers(t, b, ops)
	}
	if _, err := c.attempt(func() Value { return c.callNumbers(t, b, ops) }); err != nil {
		return v
	}
	e := c.errorf("E227", t.Span, "%s of two tensors: entry by entry, or with the product of matrices?", t.Fn.Raw)
	e.Details = []string{"in the definition of " + b.Name + " two parameters are multiplied: write ⊙ for entry by entry, ' or · for a product of matrices"}
	panic(e)
}

func tensors(ops []operand) (n int) {
	for _, o := range ops {
		if o.v.rank() > 0 {
			n++
		}
	}
	return n
}

func values(ops []operand) []Value {
	out := make([]Value, len(ops))
	for i, o := range ops {
		out[i] = o.v
	}
	return out
}

// mixes says that the body multiplies two parameters by a product that means something else for matrices.
func (c *checker) mixes(u *User) bool {
	found := false
	inspect(u.Def.Value, func(n lang.Expr) bool {
		if b, ok := n.(*lang.Binary); ok && (b.Op == lang.Mul || b.Op == lang.Div) {
			found = found || mentionsAny(b.X, u.Params) && mentionsAny(b.Y, u.Params)
		}
		return !found
	})
	return found
}

// squares says that the body has a product or a power of a parameter, which would mean something else for a matrix.
func (c *checker) squares(u *User) bool {
	found := false
	inspect(u.Def.Value, func(n lang.Expr) bool {
		switch n := n.(type) {
		case *lang.Pow:
			found = found || !n.Elementwise && mentionsAny(n.X, u.Params)
		case *lang.Binary:
			found = found || n.Op == lang.Mul && mentionsAny(n.X, u.Params) && mentionsAny(n.Y, u.Params)
		}
		return !found
	})
	return found
}

// callNumbers applies a function of numbers entry by entry.
func (c *checker) callNumbers(t *lang.Call, b *Binding, ops []operand) Value {
	ops = c.alignAll(t, t.Fn.Raw, ops)
	if s := ops[0].v.Expr.Shape; len(s) == 2 && c.Dims.Same(s[0], s[1]) && c.squares(b.User) {
		c.note("%s is a function of a number and applies entry by entry, not as a product of matrices", t.Fn.Raw)
	}
	if t.Primes == 0 {
		e, err := c.Graph.Apply(b.Fn, symbolic.In{Args: exprs(ops)})
		return ops[0].v.with(c.graphed(t, e, err))
	}
	if len(ops) > 1 {
		c.refusePrimes(t, len(ops))
	}
	e, err := c.Graph.Derived(b.Fn, make([]int, t.Primes), exprs(ops))
	return ops[0].v.with(c.graphed(t, e, err))
}

// primeUser is f′(x), f″(x) … of a function whose argument is a tensor: its Jacobian, Hessian ….
func (c *checker) primeUser(t *lang.Call, b *Binding, ops []operand) Value {
	if len(ops) > 1 {
		c.refusePrimes(t, len(ops))
	}
	x := operand{t.Args[0].X, ops[0].v.with(c.Graph.Fresh(b.User.Params[0], ops[0].v.Expr.Shape))}
	v, err := c.attempt(func() Value { return c.body(b.User, []Value{x.v}) })
	if err != nil {
		panic(c.inCall(t, b, err))
	}
	for range t.Primes {
		v = c.derivative(t, operand{t, v}, x, c.text(t))
	}
	e, mapErr := c.Graph.Map(v.Expr, []*symbolic.Expr{x.v.Expr}, []*symbolic.Expr{ops[0].v.Expr})
	return v.with(c.graphed(t, e, mapErr))
}

// inCall reports an error in the body of a user's function where it is called.
func (c *checker) inCall(t *lang.Call, b *Binding, inner *lang.Error) *lang.Error {
	if inner.Code == "E110" { // it names the outermost call
		inner.Span = t.Span
		return inner
	}
	e := c.errorf(inner.Code, t.Span, "in %s: %s", t.Fn.Raw, inner.Message)
	e.Details = append([]string{"it is defined as " + b.Source}, inner.Details...)
	return e
}

// applyValue applies any function to tensors of fitting shapes; at is where an error points.
func (c *checker) applyValue(at lang.Span, b *Binding, args []*symbolic.Expr) *symbolic.Expr {
	vs := make([]Value, len(args))
	for i, a := range args {
		vs[i] = Value{Expr: a}
	}
	name := &lang.Name{Span: at, Name: b.Name, Raw: b.Name}
	t := &lang.Call{Span: at, Fn: name}
	locals := map[string]local{}
	for i := range args {
		p := &lang.Name{Span: at, Name: "\x00" + args[i].Name, Raw: args[i].Name}
		locals[p.Name] = local{value: &vs[i]}
		t.Args = append(t.Args, lang.Arg{X: p})
	}
	var v Value
	c.within(locals, func() {
		if b.Known == nil && b.User == nil && b.Fn.Abstract == nil {
			v = c.callLibrary(t, b.Fn)
		} else {
			v = c.callBound(t, b)
		}
	})
	return v.Expr
}

// reduces says that a function looks at its argument as a whole and not entry by entry.
func (c *checker) reduces(name string) bool {
	if b := c.names.At(name); b != nil {
		return b.Fn == nil || !b.Fn.Elementwise()
	}
	f := c.Function(name)
	return f == nil || !f.Elementwise()
}
