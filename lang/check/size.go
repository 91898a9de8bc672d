package check

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A bound is one thing that says how large a dimension is.
type bound struct {
	by   string // "X", "dim d = 64"
	size int
}

// recordSize remembers what gave a dimension its size, so that a contradiction can name both sides.
func (s *Scope) recordSize(name string, size int, by string) {
	list := slices.Clone(s.bound.At(name))
	list = slices.DeleteFunc(list, func(b bound) bool {
		return b.by == by || strings.HasPrefix(b.by, "dim ") && strings.HasPrefix(by, "dim ")
	})
	s.bound.Set(name, append(list, bound{by, size}))
	if !strings.HasPrefix(by, "dim ") && !slices.Contains(s.sized.At(by), name) {
		s.sized.Set(by, append(slices.Clip(s.sized.At(by)), name))
	}
}

// SizeFrom says what gave a dimension its size: "X", "dim d = 64"; empty if nothing did.
func (s *Scope) SizeFrom(name string) string {
	if list := s.bound.At(name); len(list) > 0 {
		return list[0].by
	}
	return ""
}

// refuseResize refuses a size that contradicts a value; a size that only a dim statement gave may change.
func (c *checker) refuseResize(n *lang.Name, old, size int) {
	for _, b := range c.bound.At(n.Name) {
		if !strings.HasPrefix(b.by, "dim ") {
			c.fail("E223", n.Span, "%s = %d from %s, %d from dim %s = %d", n.Raw, b.size, b.by, size, n.Raw, size)
		}
	}
}

// Unbind forgets the sizes that the value of a name gave, because the name gets another value. It reports whether there
// were any.
func (s *Scope) Unbind(name string) (had bool) {
	for _, d := range s.sized.At(name) {
		list := s.bound.At(d)
		rest := slices.DeleteFunc(slices.Clone(list), func(b bound) bool { return b.by == name })
		if len(rest) == len(list) {
			continue
		}
		had = true
		s.bound.Set(d, rest)
		if len(rest) == 0 {
			s.Dims.Unset(d)
		}
	}
	s.sized.Delete(name)
	return had
}

// DeclareValue says that the value of a name has these sizes. An undeclared name is declared by it; for a declared one
// the sizes are those of its dimensions, and must agree with what is known of them. at is where an error points.
func (s *Scope) DeclareValue(name string, sizes []int, at lang.Span) (Reply, *lang.Error) {
	return s.statement(func(c *checker, r *Reply) {
		b := c.names.At(name)
		switch {
		case b == nil:
			c.declareByValue(r, name, sizes)
			return
		case b.Kind == Function, b.Kind == FamilyName:
			c.fail("E223", at, "%s is %s and cannot have %s as its value", name, b.Space(), sizesText(sizes))
		case b.Kind == Definition:
			r.Notes = append(r.Notes, fmt.Sprintf("%s was defined and is a variable from now on", name))
			c.declareByValue(r, name, sizes)
			return
		}
		c.another = c.Unbind(name)
		c.fitValue(at, name, b.Expr.Shape, sizes)
		r.Bound = append(r.Bound, b)
		c.rebuildWaiting(r)
	})
}

// DeclareMember is DeclareValue for a member of a family: W[2] := ….
func (s *Scope) DeclareMember(family string, k int, sizes []int, at lang.Span) (*symbolic.Expr, *lang.Error) {
	var e *symbolic.Expr
	_, err := s.statement(func(c *checker, r *Reply) {
		b := c.names.At(family)
		if b == nil || b.Family == nil {
			c.fail("E219", at, "%s is not a family", family)
		}
		name := memberName(family, int64(k))
		e = c.member(at, b, int64(k)).Expr
		c.Unbind(name)
		c.fitValue(at, name, e.Shape, sizes)
	})
	return e, err
}

func (c *checker) declareByValue(r *Reply, name string, sizes []int) {
	s := make(shape.Shape, len(sizes))
	for i, n := range sizes {
		s[i] = shape.Const(int64(n))
	}
	c.add(r, &Binding{Name: name, Kind: Variable, Expr: c.variable(name, s)})
}

// axesText says how many axes a variable has.
func axesText(n int) string {
	switch n {
	case 0:
		return "is a number"
	case 1:
		return "has 1 axis"
	}
	return fmt.Sprintf("has %d axes", n)
}

// fitValue binds the dimensions of a declared shape to sizes.
func (c *checker) fitValue(at lang.Span, name string, s shape.Shape, sizes []int) {
	if len(s) != len(sizes) {
		c.fail("E223", at, "%s : %s %s, its value %s", name, s, axesText(len(s)), sizesText(sizes))
	}
	for i, d := range s {
		c.fitSize(at, name, d, sizes[i])
	}
	for i, d := range s { // polynomials, once all names are known
		if n, ok := c.Dims.Size(d); ok && n != sizes[i] {
			if _, literal := d.AsConst(); literal {
				c.fail("E223", at, "%s : %s, and its value has %s", name, s, sizesText(sizes))
			}
			c.fail("E223", at, "%s : %s: %s is %d here, not %d", name, s, d, n, sizes[i])
		}
	}
}

func (c *checker) fitSize(at lang.Span, name string, d shape.Dim, size int) {
	root, ok := c.Dims.Canon(d).AsName()
	if !ok {
		return
	}
	if old, known := c.Dims.Size(d); known && old != size {
		if !c.another || !c.onlyValues(root) {
			c.refuseSize(at, name, d, old, size)
		}
		c.note("%s is %d from %s now; the value of %s, with %s = %d, no longer fits", root, size, name, c.SizeFrom(root), root, old)
		c.bound.Delete(root)
	}
	if err := c.Dims.SetSize(root, size); err != nil {
		c.fail("E223", at, "%s: %v", name, err)
	}
	label := root
	if n, ok := d.AsName(); ok {
		label = n
	}
	c.recordSize(label, size, name)
	if label != root {
		c.recordSize(root, size, name)
	}
}

// onlyValues says that no dim statement gave the dimension its size: values may be changed one after the other.
func (c *checker) onlyValues(dim string) bool {
	return len(c.bound.At(dim)) > 0 && !slices.ContainsFunc(c.bound.At(dim), func(b bound) bool { return strings.HasPrefix(b.by, "dim ") })
}

func (c *checker) refuseSize(at lang.Span, name string, d shape.Dim, old, size int) {
	by := ""
	for _, n := range append(d.Names(), c.Dims.Canon(d).Names()...) {
		if by = c.SizeFrom(n); by != "" {
			break
		}
	}
	e := c.errorf("E223", at, "%s = %d from %s, %d from %s", d, old, by, size, name)
	e.Details = []string{"a dimension has one size; the value of " + name + " does not fit"}
	panic(e)
}

func sizesText(sizes []int) string {
	if len(sizes) == 0 {
		return "a number"
	}
	parts := make([]string, len(sizes))
	for i, n := range sizes {
		parts[i] = fmt.Sprint(n)
	}
	return strings.Join(parts, "×") + " numbers"
}

// BindFunc gives an abstract function its value, φ := relu; an undeclared name becomes another name for the function.
// value names a function; at is where an error points.
func (s *Scope) BindFunc(name, value string, at lang.Span) (Reply, *lang.Error) {
	return s.statement(func(c *checker, r *Reply) {
		to := c.functionNamed(&lang.Name{Span: at, Name: value, Raw: value})
		if to == nil {
			c.unknown(&lang.Name{Span: at, Name: value, Raw: value})
		}
		b := c.names.At(name)
		if b == nil || b.Fn == nil || b.Fn.Abstract == nil {
			c.add(r, &Binding{Name: name, Kind: Function, Fn: to.Fn, Known: to.Known, User: to.User})
			return
		}
		c.checkKnown(at, b, to)
		known := *b
		known.Known = to.Fn
		if to.Known != nil {
			known.Known = to.Known
		}
		c.put(&known)
		r.Bound = append(r.Bound, &known)
	})
}

// checkKnown sees to it that a known function has the type of the abstract one.
func (c *checker) checkKnown(at lang.Span, b, to *Binding) {
	if to.Fn == b.Fn || to.Known == b.Fn {
		c.fail("E223", at, "%s cannot be its own value", b.Name)
	}
	e := c.applyValue(at, to, c.parameters(b.Fn.Abstract))
	if !c.Dims.SameShape(e.Shape, b.Fn.Abstract.Result) {
		c.fail("E223", at, "%s : %s cannot be %s, which gives %s", b.Name, b.Space(), to.Name, e.Shape)
	}
	if c.standsOn(e, b.Fn, map[*symbolic.Func]bool{}) {
		c.fail("E304", at, "%s cannot be %s, which is built from %s itself", b.Name, to.Name, b.Name)
	}
}

// standsOn says that the value of e is built from the abstract function f, also through the functions that others stand for.
func (c *checker) standsOn(e *symbolic.Expr, f *symbolic.Func, seen map[*symbolic.Func]bool) (found bool) {
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if found || n.Op != symbolic.Call || seen[n.Fn] {
			return
		}
		seen[n.Fn] = true
		if body := c.opened(n.Fn); body != nil {
			found = c.standsOn(body, f, seen)
		}
		found = found || n.Fn == f
	}, nil)
	return found
}

// opened is the body of a function of the user's, or of what an abstract one stands for; nil for any other.
func (c *checker) opened(f *symbolic.Func) *symbolic.Expr {
	if f.Body != nil {
		return f.Body.Result
	}
	if known := c.Scope.known(f); f.Abstract != nil && known != nil {
		e, _ := c.Graph.Apply(known, symbolic.In{Args: c.parameters(f.Abstract)})
		return e
	}
	return nil
}

// parameters are fresh variables for the arguments of an abstract function.
func (c *checker) parameters(sig *symbolic.Signature) []*symbolic.Expr {
	params := make([]*symbolic.Expr, len(sig.Args))
	for i, s := range sig.Args {
		params[i] = c.Graph.Fresh(fmt.Sprintf("t%d", i+1), s)
	}
	return params
}
