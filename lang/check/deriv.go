package check

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
)

// maxDerivativeRank bounds the axes of a derivative: labels of products run out beyond.
const maxDerivativeRank = 20

// deriv is ∂ⁿY/∂X…: the axes of Y, then those of each X in the order written.
func (c *checker) deriv(t *lang.Deriv) Value {
	c.unit = derivUnit{t.Span, t.Wrt}
	y := c.numerator(t.Num, t.Wrt[0])
	text := c.text(t.Num)
	for _, w := range t.Wrt {
		y = c.derivative(t, operand{t.Num, y}, c.denominator(w), text)
		text = "the derivative of " + text
	}
	return y
}

// nabla is ∇_x Y: the axes of x, then those of Y.
func (c *checker) nabla(t *lang.Nabla) Value {
	y, x := c.tensor(t.X), c.denominator(t.Wrt)
	d := c.derivative(t, operand{t.X, y}, x, c.text(t.X))
	if y.rank() == 0 || x.v.rank() == 0 {
		return d
	}
	perm := make([]int, d.rank())
	for i := range perm {
		perm[i] = (i + y.rank()) % d.rank()
	}
	return Value{Expr: c.Graph.Permute(d.Expr, perm...)}
}

// derivative is ∂y/∂x, with a note where it is zero.
func (c *checker) derivative(at lang.Node, y, x operand, text string) Value {
	c.refuseOpaque(at, y.v.Expr)
	if y.v.rank()+x.v.rank() > maxDerivativeRank {
		c.fail("E213", at.Extent(), "this derivative would have %d axes; %d is the most", y.v.rank()+x.v.rank(), maxDerivativeRank)
	}
	c.refuseStranger(y, x, text)
	over := c.indicesOf(y.v.Expr)
	whole := y.v.Expr
	if len(over) > 0 { // an entry is differentiated as the tensor that it is taken from
		whole = c.lift(whole, over)
	}
	d, err := c.diff(whole, x.v.Expr)
	d = c.graphed(at, d, err)
	c.zeroNote(d, whole, x, text)
	row := d.Rank()-len(over) == 1 && (x.v.Row || y.v.Row)
	return Value{Expr: c.placeholder(entry{d, over}), Row: row}
}

// diff is ∂y/∂x, kept where many expressions are tried.
func (c *checker) diff(y, x *symbolic.Expr) (*symbolic.Expr, error) {
	key := [2]*symbolic.Expr{y, x}
	if d := c.diffs[key]; d != nil {
		return d, nil
	}
	d, err := c.Graph.Diff(y, x)
	if err == nil && c.diffs != nil {
		c.diffs[key] = d
	}
	return d, err
}

// refuseStranger refuses an expression that is neither a variable nor a definition, unless it occurs in y as such.
func (c *checker) refuseStranger(y, x operand, text string) {
	e := x.v.Expr
	if e.Op == symbolic.Var || e.Op == symbolic.Let || e.G == nil || symbolic.DependsOn(y.v.Expr, e) {
		return
	}
	if e.Op == symbolic.Einsum && len(e.Args) == 1 && (e.Args[0].Op == symbolic.Var || e.Args[0].Op == symbolic.Let) {
		return // Aᵀ, which is a view of a variable
	}
	name := c.text(x.tree)
	err := c.errorf("E213", x.tree.Extent(), "%s is neither a variable nor a definition, and %s has no part that it is", name, text)
	err.Details = []string{"define it, write what is differentiated with that name, and differentiate by the name; or differentiate by one of its variables:"}
	seen := map[*symbolic.Expr]bool{}
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if n.Op == symbolic.Var && n.Name != "" && symbolic.DependsOn(y.v.Expr, n) {
			c.offer(err, "", edit{x.tree.Extent(), n.Name})
		}
	}, seen)
	panic(err)
}

func (c *checker) zeroNote(d, y *symbolic.Expr, x operand, text string) {
	if !d.IsZero() {
		return
	}
	name := c.text(x.tree)
	switch {
	case symbolic.DependsOn(y, x.v.Expr):
		c.note("the derivative is zero: %s occurs in %s, but does not change it", name, text)
	case c.mentions(y, x.v.Expr):
		c.note("the derivative is zero: %s was built from an earlier %s", text, name)
	default:
		c.note("the derivative is zero: %s does not occur in %s", name, text)
	}
}

// mentions says that y was built from something else of the name of x.
func (c *checker) mentions(y, x *symbolic.Expr) bool {
	found := false
	symbolic.Walk(y, func(e *symbolic.Expr) {
		found = found || x.Name != "" && e.Name == x.Name && (e.Op == symbolic.Var || e.Op == symbolic.Let && e.By == nil)
	}, nil)
	return found
}

// denominator is what one differentiates by: a variable, a definition, a member of a family, or any expression, which
// then counts where it occurs as such.
func (c *checker) denominator(t lang.Expr) operand {
	switch t := t.(type) {
	case *lang.Name:
		c.checkDenominator(t)
	case *lang.Index:
		c.refuseEntry(t)
	}
	v := c.tensor(t)
	if len(c.indicesOf(v.Expr)) > 0 {
		c.fail("E213", t.Extent(), "%s is an entry; differentiate by the whole, and take the entry of the result", c.text(t))
	}
	if v.Expr.Op == symbolic.Const || v.Expr.Op == symbolic.Dim || v.Expr.Op == symbolic.Ones || v.Expr.Op == symbolic.Delta {
		e := c.errorf("E213", t.Extent(), "%s is a constant; a derivative is by a variable or a definition", c.text(t))
		c.offerNames(e, t.Extent())
		panic(e)
	}
	return operand{t, v}
}

// offerNames offers the variables and definitions in the place of what is none.
func (c *checker) offerNames(e *lang.Error, at lang.Span) {
	for _, b := range c.Bindings() {
		if b.Expr != nil {
			c.offer(e, "", edit{at, b.Name})
		}
	}
}

// refuseEntry refuses to differentiate by x[1]: it is computed from x, and nothing is computed from it.
func (c *checker) refuseEntry(t *lang.Index) {
	if n, ok := t.X.(*lang.Name); ok && c.names.At(n.Name) != nil && c.names.At(n.Name).Kind == FamilyName {
		return
	}
	e := c.errorf("E213", t.Span, "%s is an entry; differentiate by %s, and take the entry of the result", c.text(t), c.text(t.X))
	e.Details = []string{fmt.Sprintf("for a number J that is (∂J/∂%s)%s", c.text(t.X), strings.TrimPrefix(c.text(t), c.text(t.X)))}
	if c.offerEntryOf(e, c.unit); len(e.Fixes) == 0 { // one of a list
		c.offer(e, "the whole, of which the entry is taken", edit{t.Span, c.text(t.X)})
	}
	panic(e)
}

// A derivUnit is a derivative as it is written, ∂²J/∂x∂y or grad(J, x), and what it is by.
type derivUnit struct {
	at  lang.Span
	wrt []lang.Expr
}

// offerEntryOf offers the entry of the derivative by the whole: (∂J/∂x)[1] for ∂J/∂x[1].
func (c *checker) offerEntryOf(e *lang.Error, u derivUnit) {
	var edits []edit
	var places []string
	var last *lang.Index
	for _, w := range u.wrt {
		x, ok := w.(*lang.Index)
		if !ok {
			continue
		}
		inner := strings.TrimPrefix(c.text(x), c.text(x.X))
		places = append(places, strings.Trim(inner, "[]"))
		if x != last {
			edits, last = append(edits, edit{lang.Span{Start: x.X.Extent().End, End: x.Span.End}, ""}), x
		}
	}
	at := strings.Join(places, ", ")
	if len(places) == 0 { // one of a list
		return
	}
	if rest := c.cell[min(u.at.End, len(c.cell)):]; strings.HasPrefix(rest, "[") { // ∂²J/∂x[1]∂x[2]
		edits = append(edits, insert(u.at.End+1, at+", "))
	} else {
		edits = append(edits, insert(u.at.End, "["+at+"]"))
	}
	if c.offer(e, "", edits...); len(e.Fixes) == 0 && len(places) == 1 { // hessian(J, x[1])
		edits[len(edits)-1].text = "[" + at + ", " + at + "]"
		c.offer(e, "", edits...)
	}
}

func (c *checker) checkDenominator(n *lang.Name) {
	if _, ok := c.locals[n.Name]; ok {
		return
	}
	b := c.names.At(n.Name)
	switch {
	case b != nil && b.Kind == Function:
		c.fail("E213", n.Span, "%s is a function; a derivative is by a variable or a definition", n.Raw)
	case b == nil && c.Dims.Exists(n.Name):
		e := c.errorf("E213", n.Span, "%s is only a dimension; a derivative is by a variable or a definition", n.Raw)
		c.offerAxis(e, n)
		panic(e)
	}
}

// numerator is what is differentiated. The name of a function means its one application to x.
func (c *checker) numerator(t, x lang.Expr) Value {
	if n, ok := t.(*lang.Name); ok && c.locals[n.Name] == (local{}) {
		if b := c.names.At(n.Name); b != nil && b.Kind == Function {
			return Value{Expr: c.application(n, b, x)}
		}
	}
	return c.tensor(t)
}

// application is the one application of a function to x in the definitions of the session.
func (c *checker) application(n *lang.Name, b *Binding, x lang.Expr) *symbolic.Expr {
	by := c.denominator(x)
	found, names := c.applications(b.Fn, by.v.Expr)
	if b.User != nil && !b.User.Numbers {
		found, names = c.writtenApplications(n.Name, by.v.Expr)
	}
	switch len(found) {
	case 1:
		return found[0]
	case 0:
		if takesOne(b) {
			c.note("%s is not applied to %s anywhere: this is the derivative of %s(%s)", n.Raw, c.text(x), n.Raw, c.text(x))
			return c.tensor(&lang.Call{Span: n.Span, Fn: n, Args: []lang.Arg{{X: x}}}).Expr
		}
		e := c.errorf("E212", n.Span, "%s is not applied to %s anywhere: name its value, L = %s(…), and write ∂L/∂%s", n.Raw, c.text(x), n.Raw, c.text(x))
		if b.User != nil { // L(w, b) of variables of the same names
			c.offer(e, "", edit{n.Span, n.Raw + "(" + strings.Join(b.User.Params, ", ") + ")"})
		}
		panic(e)
	}
	e := c.errorf("E212", n.Span, "%s is applied to %s in %d places: which one?", n.Raw, c.text(x), len(found))
	for _, name := range names {
		c.offer(e, "", edit{n.Span, name})
	}
	panic(e)
}

// takesOne says that a function has one argument, so that there is only one way to apply it to x.
func takesOne(b *Binding) bool {
	switch {
	case b.Fn != nil && b.Fn.Abstract != nil:
		return len(b.Fn.Abstract.Args) == 1
	case b.User != nil:
		return len(b.User.Params) == 1
	}
	return false
}

// applications lists the calls of f with x among the arguments, and the definitions that are such a call.
func (c *checker) applications(f *symbolic.Func, x *symbolic.Expr) (found []*symbolic.Expr, names []string) {
	seen := map[*symbolic.Expr]bool{}
	for _, b := range c.Bindings() {
		if b.Kind != Definition {
			continue
		}
		symbolic.Walk(b.Expr, func(e *symbolic.Expr) {
			if e.Op == symbolic.Call && e.Fn == f && len(e.Par.Deriv) == 0 && slices.Contains(e.Args, x) {
				found = append(found, e)
			}
		}, seen)
		if e := b.Expr.Body(); e.Op == symbolic.Call && e.Fn == f && slices.Contains(e.Args, x) {
			names = append(names, b.Name)
		}
	}
	return found, names
}

// writtenApplications lists the definitions that are f(…, x, …) as they are written, for a function that leaves no call in the
// graph.
func (c *checker) writtenApplications(f string, x *symbolic.Expr) (found []*symbolic.Expr, names []string) {
	for _, b := range c.Bindings() {
		if b.Def == nil {
			continue
		}
		call, ok := b.Def.Value.(*lang.Call)
		if !ok || call.Fn.Name != f {
			continue
		}
		for _, a := range call.Args {
			if n, ok := a.X.(*lang.Name); ok && c.names.At(n.Name) != nil && c.names.At(n.Name).Expr == x {
				found, names = append(found, b.Expr), append(names, b.Name)
				break
			}
		}
	}
	return found, names
}

// refuseOpaque refuses what depends on a member of a family whose number is still a symbol.
func (c *checker) refuseOpaque(at lang.Node, e *symbolic.Expr) {
	if c.opaque.Len() == 0 {
		return
	}
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if k, ok := c.opaque.Get(n); ok {
			err := c.errorf("E219", at.Extent(), "%s needs a number before derivatives are taken", k)
			c.offerBefore(err, fmt.Sprintf("dim %s = 3", k), "for three of them")
			panic(err)
		}
	}, nil)
}

// Depth is the dimension that e needs a number for before derivatives are taken: the length of a family, as long as it is
// a symbol. It is "" where there is none.
func (s *Scope) Depth(e *symbolic.Expr) string {
	found := ""
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if k, ok := s.opaque.Get(n); ok && (found == "" || k < found) {
			found = k
		}
	}, nil)
	return found
}

// Lengths are the dimensions that families are as long as.
func (s *Scope) Lengths() []string {
	var out []string
	for _, b := range s.Bindings() {
		if b.Family == nil || !b.Family.Ranged {
			continue
		}
		if n, ok := b.Family.To.AsName(); ok && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// Resize gives a dimension another size, and defines anew what depends on the length of a family. It is for a copy of a
// session, in which values that do not fit any more are not read.
func (s *Scope) Resize(name string, size int) *lang.Error {
	_, err := s.statement(func(c *checker, r *Reply) {
		if err := c.Dims.SetSize(name, size); err != nil {
			c.fail("E221", lang.Span{}, "%v", err)
		}
		c.rebuildWaiting(r)
	})
	return err
}
