package check

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A Reply is what a declaration or definition did.
type Reply struct {
	Bound []*Binding // what the statement declared or defined
	Notes []string
	Spans map[*symbolic.Expr]lang.Span
}

// statement runs f as a statement that binds names.
func (s *Scope) statement(f func(c *checker, r *Reply)) (Reply, *lang.Error) {
	var r Reply
	err := s.run(func(c *checker) {
		f(c, &r)
		r.Notes = append(r.Notes, c.notes...)
		r.Spans = c.spans
	})
	if err != nil {
		return Reply{}, err
	}
	return r, nil
}

func (c *checker) add(r *Reply, b *Binding) {
	b.At, b.Uses, b.Waits = c.at, usesOf(b.Name, c.uses), b.Waits || c.waits
	b.cell, b.stmt = c.cell, c.stmt
	if c.stmt.End <= len(c.cell) && c.stmt.Start < c.stmt.End {
		b.Source = c.cell[c.stmt.Start:c.stmt.End]
	}
	r.Notes = append(r.Notes, c.bind(b)...)
	r.Bound = append(r.Bound, b)
}

// usesOf lists what a name is built from. An earlier meaning of the name itself, as in a = a + 1, counts as what that
// was built from, so that redefining again and again holds on to nothing.
func usesOf(name string, uses []*Binding) (out []*Binding) {
	for _, u := range uses {
		if u.Name != name {
			out = append(out, u)
			continue
		}
		for _, v := range u.Uses {
			if v.Name != name && !slices.Contains(uses, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// Declare declares variables, with what is known of them, or a family of variables.
func (s *Scope) Declare(d *lang.Decl) (Reply, *lang.Error) {
	return s.statement(func(c *checker, r *Reply) {
		for _, t := range d.Targets {
			c.declare(r, d, t)
		}
		for _, f := range d.Facts {
			c.factOf(d, f)
		}
	})
}

// factOf applies a fact of a declaration: a word to every name, a relation to those that it mentions.
func (c *checker) factOf(d *lang.Decl, f *lang.Fact) {
	said := false
	for _, t := range d.Targets {
		b := c.names.At(t.Name.Name)
		if b == nil || b.Family != nil {
			return // the members of a family get their facts as they are made
		}
		if f.Word != "" || len(d.Targets) == 1 || mentions(f.X, t.Name.Name) {
			c.fact(t.Name, b.Expr, f)
			said = true
		}
	}
	if !said {
		c.fail("E222", f.Span, "%s says nothing about the variables that are declared", strings.TrimSpace(c.text(f.X)))
	}
}

// mentions says that a name occurs in an expression.
func mentions(x lang.Expr, name string) (found bool) {
	lang.Walk(x, func(n lang.Node) bool {
		v, ok := n.(*lang.Name)
		found = found || ok && v.Name == name
		return !found
	})
	return found
}

func (c *checker) declare(r *Reply, d *lang.Decl, t *lang.Target) {
	if d.For != nil || t.Index != nil {
		c.declareFamily(r, d, t)
		return
	}
	s := c.space(d.Space)
	e := c.variable(t.Name.Name, s)
	c.facts.Delete(e)
	b := &Binding{Name: t.Name.Name, Kind: Variable, Expr: e}
	c.add(r, b)
}

// DeclareFunc declares abstract functions.
func (s *Scope) DeclareFunc(d *lang.FuncDecl) (Reply, *lang.Error) {
	return s.statement(func(c *checker, r *Reply) {
		if d.For != nil {
			c.fail("E219", d.For.Span, "a family of functions: declare one function with the number as an argument")
		}
		sig := symbolic.Signature{Result: c.space(d.Result)}
		for _, a := range d.Args {
			sig.Args = append(sig.Args, c.space(a))
		}
		for _, t := range d.Targets {
			c.declareFunc(r, t, sig)
		}
	})
}

func (c *checker) declareFunc(r *Reply, t *lang.Target, sig symbolic.Signature) {
	if t.Index != nil {
		c.fail("E219", t.Span, "a function has no indices: %s : R -> R", t.Name.Raw)
	}
	name := t.Name.Name
	if old := c.names.At(name); old != nil && old.Fn != nil && old.Fn.Abstract != nil && sameSignature(*old.Fn.Abstract, sig) && old.Known == nil {
		r.Bound = append(r.Bound, old)
		return
	}
	c.add(r, &Binding{Name: name, Kind: Function, Fn: symbolic.NewAbstract(name, sig)})
}

func sameSignature(a, b symbolic.Signature) bool {
	if len(a.Args) != len(b.Args) || !a.Result.Equal(b.Result) {
		return false
	}
	for i := range a.Args {
		if !a.Args[i].Equal(b.Args[i]) {
			return false
		}
	}
	return true
}

// Size makes dimensions exist, equates them and gives them sizes.
func (s *Scope) Size(d *lang.Dims) (Reply, *lang.Error) {
	return s.statement(func(c *checker, r *Reply) {
		for _, item := range d.Items {
			c.sizeItem(r, item)
		}
		c.rebuildWaiting(r)
	})
}

func (c *checker) sizeItem(r *Reply, item lang.DimItem) {
	name := item.Name.Name
	c.Dims.Declare(name)
	if item.Size == nil {
		return
	}
	d := c.dimExpr(item.Size)
	if n, ok := d.AsConst(); ok {
		c.setSize(item.Name, n)
		return
	}
	if err := c.Dims.Equate(name, d); err != nil {
		c.fail("E221", item.Span, "dim %s: %v", c.text(item), err)
	}
}

// maxSize bounds the entries of one axis.
const maxSize = 1 << 31

func (c *checker) setSize(n *lang.Name, size int64) {
	if size <= 0 || size >= maxSize {
		c.fail("E221", n.Span, "a dimension has between 1 and 2³¹ entries, not %d", size)
	}
	if old, ok := c.Dims.Size(shape.Name(n.Name)); ok && int64(old) != size {
		c.refuseResize(n, old, int(size))
	}
	if err := c.Dims.SetSize(n.Name, int(size)); err != nil {
		c.fail("E221", n.Span, "%v", err)
	}
	c.recordSize(n.Name, int(size), fmt.Sprintf("dim %s = %d", n.Raw, size))
}

// Define defines a name, a function, entries in index notation, or the members of a family.
func (s *Scope) Define(d *lang.Def) (Reply, *lang.Error) {
	return s.statement(func(c *checker, r *Reply) { c.define(r, d) })
}

func (c *checker) define(r *Reply, d *lang.Def) {
	switch {
	case d.Params != nil:
		c.defineFunction(r, d)
	case d.For != nil || len(d.Target.Index) > 0 && c.isMember(d.Target):
		c.defineMembers(r, d)
	case d.Target.Index != nil:
		c.defineEntries(r, d)
	default:
		c.defineName(r, d)
	}
}

func (c *checker) defineName(r *Reply, d *lang.Def) {
	name := d.Target.Name.Name
	c.asked, c.named = d.Value, d.Target.Span
	if alias := c.functionNamed(d.Value); alias != nil {
		c.add(r, &Binding{Name: name, Kind: Function, Fn: alias.Fn, Known: alias.Known, User: alias.User})
		return
	}
	if h := findHole(d.Value); h != nil {
		c.fail("E224", h.Span, "a hole cannot be defined: ask for it without %s =", d.Target.Name.Raw)
	}
	v := c.tensor(d.Value)
	c.randomNote(d, v)
	e := c.Graph.Let(name, v.Expr)
	c.spans[e] = d.Span
	c.add(r, &Binding{Name: name, Kind: Definition, Expr: e, Row: v.Row, Def: d})
}

// functionNamed is the function that an expression names without calling it: g = relu.
func (c *checker) functionNamed(t lang.Expr) *Binding {
	n, ok := t.(*lang.Name)
	if !ok || c.IsVar(n.Name) || c.locals[n.Name] != (local{}) {
		return nil
	}
	if b := c.names.At(n.Name); b != nil {
		return b
	}
	if f := c.Function(n.Name); f != nil {
		return &Binding{Name: n.Name, Kind: Function, Fn: f}
	}
	return nil
}

// randomNote says that := is meant where a definition would be new at every evaluation.
func (c *checker) randomNote(d *lang.Def, v Value) {
	if f := v.Expr.Draws; f != nil {
		n := d.Target.Name.Raw
		c.note("%s is drawn anew at every evaluation; for values write %s := …", f.Name, n)
	}
}
