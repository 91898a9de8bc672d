package check

import (
	"fmt"
	"regexp"
	"runtime/debug"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A checker checks one statement on a working copy of the scope. Errors travel as panics of *lang.Error to run.
type checker struct {
	*Scope
	before     *Scope // the scope without this statement: fixes are tried on it
	notes      []string
	spans      map[*symbolic.Expr]lang.Span
	uses       []*Binding
	used       map[*Binding]bool
	waits      bool
	written    int // terms of sums over members
	locals     map[string]local
	entries    map[*symbolic.Expr]entry // index notation: what each placeholder stands for
	summand    lang.Expr                // the right side of S[i,j] = …, where indices may be summed over
	claimed    *lang.Check              // the claim that is read
	asked      lang.Expr                // the expression of a statement that has no index: what is asked for, or a definition's right side
	named      lang.Span                // the name that asked is given, if it is
	expansions map[string]Value         // calls of the user's functions, by function and arguments
	outermost  *Binding                 // the function of the user's whose call is being expanded
	unit       derivUnit                // the derivative that is being taken
	lacks      *Family                  // begun only, and a member was asked for that it does not have
	making     []memberOf               // the members that are being made, each for the one before
	circle     *lang.Error              // a member is needed for itself
	another    bool                     // a value takes the place of an earlier one: others may follow it
}

// A local is a name bound within a statement: a parameter, an index over axes, or the number of a member.
type local struct {
	value *Value
	index *index
	num   *shape.Dim // the number of a member; a polynomial while it is a symbol
}

// newChecker checks a statement on the scope work; before is the scope without it.
func newChecker(work, before *Scope) *checker {
	return &checker{Scope: work, before: before, spans: map[*symbolic.Expr]lang.Span{}, used: map[*Binding]bool{},
		locals: map[string]local{}, entries: map[*symbolic.Expr]entry{}, expansions: map[string]Value{}}
}

// run calls f on a working copy and keeps the copy if f succeeds.
func (s *Scope) run(f func(c *checker)) (err *lang.Error) {
	work := s.Clone()
	work.Activate()
	defer s.Activate()
	c := newChecker(work, s)
	work.Graph.Cancels = c.cancelNote
	defer func() { work.Graph.Cancels = nil }()
	defer func() {
		switch r := recover().(type) {
		case nil:
			*s = *work
		case *lang.Error:
			err = r
		case symbolic.Interrupted:
			panic(r)
		default:
			err = s.internal(r)
		}
		if err != nil && err.Source == "" {
			err.Source = s.cell
		}
	}()
	f(c)
	return nil
}

// debugPanics makes internal errors carry a stack; tests set it.
var debugPanics = false

// internal is the error for what should not happen: the session goes on.
func (s *Scope) internal(r any) *lang.Error {
	e := lang.Errorf("E999", s.stmt, "the checker failed on this statement: %v", r)
	e.Details = []string{"this is a mistake in the program, not in the line; the session is as it was before"}
	if debugPanics {
		e.Details = append(e.Details, string(debug.Stack()))
	}
	return e
}

func (c *checker) fail(code string, at lang.Span, format string, args ...any) {
	panic(c.errorf(code, at, format, args...))
}

func (c *checker) errorf(code string, at lang.Span, format string, args ...any) *lang.Error {
	e := lang.Errorf(code, at, format, args...)
	e.Source = c.cell
	return e
}

func (c *checker) note(format string, args ...any) {
	n := fmt.Sprintf(format, args...)
	for _, m := range c.notes {
		if m == n {
			return
		}
	}
	c.notes = append(c.notes, n)
}

// cancelNote says that a base has cancelled, so that the result has values where what was typed has none.
func (c *checker) cancelNote(base *symbolic.Expr, roots bool) {
	name := base.Name
	if at, ok := c.spans[base]; ok && name == "" {
		name = c.text(&lang.Name{Span: at})
	}
	switch {
	case name == "":
	case roots:
		c.note("the roots of %s cancel: the result has a value also where %s is negative", name, name)
	default:
		c.note("%s cancels: the result has a value also where %s is 0", name, name)
	}
}

// text is the source of a part of the statement.
func (c *checker) text(n lang.Node) string {
	s := n.Extent()
	if s.Start < 0 || s.End > len(c.cell) || s.Start >= s.End {
		return "this"
	}
	return strings.Join(strings.Fields(c.cell[s.Start:s.End]), " ")
}

// typed is "x : R[d]".
func (c *checker) typed(n lang.Node, v Value) string { return c.text(n) + " : " + v.Space() }

// label says under an operand what it is and where it was declared.
func (c *checker) label(n lang.Expr, v Value) lang.Label {
	l := lang.Label{Span: n.Extent(), Name: c.text(n), Text: ": " + v.Space()}
	if name, ok := n.(*lang.Name); ok {
		if b := c.names.At(name.Name); b != nil && b.At.String() != "" {
			verb := "declared"
			if b.Kind == Definition {
				verb = "defined"
			}
			l.Where = verb + " " + b.At.String()
		}
	}
	return l
}

// use records that the statement is built from b.
func (c *checker) use(b *Binding) {
	c.waits = c.waits || b.Waits
	if !c.used[b] {
		c.used[b] = true
		c.uses = append(c.uses, b)
	}
}

func (c *checker) useAll(list []*Binding) {
	for _, b := range list {
		c.use(b)
	}
}

// within binds local names while f runs.
func (c *checker) within(names map[string]local, f func()) {
	old := map[string]local{}
	for n, l := range names {
		if o, ok := c.locals[n]; ok {
			old[n] = o
		}
		c.locals[n] = l
	}
	f()
	for n := range names {
		delete(c.locals, n)
		if o, ok := old[n]; ok {
			c.locals[n] = o
		}
	}
}

// graphed turns an error of the graph into one of the language.
func (c *checker) graphed(at lang.Node, e *symbolic.Expr, err error) *symbolic.Expr {
	if err == nil {
		return e
	}
	if nd, ok := err.(*symbolic.NoDerivative); ok {
		refused := c.errorf("E214", at.Extent(), "%s has no derivative: %s", signOf(nd.Fn), nd.Why)
		c.offerInstead(refused, nd.Fn)
		panic(refused)
	}
	refused := c.errorf("E211", at.Extent(), "%s: %v", c.text(at), err)
	if call, ok := at.(*lang.Call); ok {
		for _, a := range call.Args {
			c.offerMatrix(refused, a.X)
		}
	}
	panic(refused)
}

// signOf is how a function is written: > for gt.
func signOf(f *symbolic.Func) string {
	for sign, name := range relations {
		if name == f.Name {
			return sign.String()
		}
	}
	return f.Name
}

// offerInstead offers functions that have a derivative for one that has none: in the statement, or in the definition where
// it stands.
func (c *checker) offerInstead(e *lang.Error, f *symbolic.Func) {
	call := regexp.MustCompile(`\b` + regexp.QuoteMeta(f.Name) + ` ?\(`)
	statement := c.cell[min(c.stmt.Start, len(c.cell)):min(c.stmt.End, len(c.cell))]
	for _, g := range f.Instead {
		if text := call.ReplaceAllString(statement, g+"("); text != statement {
			c.offer(e, "", edit{c.stmt, text})
			continue
		}
		for _, b := range c.Bindings() {
			if text := call.ReplaceAllString(b.Source, g+"("); b.Def != nil && text != b.Source {
				c.offerBefore(e, text, "")
			}
		}
	}
}

// offerMatrix offers a vector as a matrix of one column, or of one row.
func (c *checker) offerMatrix(e *lang.Error, x lang.Expr) {
	n, ok := x.(*lang.Name)
	if !ok || c.names.At(n.Name) == nil || c.names.At(n.Name).Expr == nil || c.names.At(n.Name).Expr.Rank() != 1 {
		return
	}
	c.offer(e, n.Raw+" as a column", edit{n.Span, "[" + n.Raw + "]ᵀ"})
	c.offer(e, n.Raw+" as a row", edit{n.Span, "[" + n.Raw + "]"})
}
