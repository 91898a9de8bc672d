// Package check gives the language its meaning: it resolves names, unifies dimensions, finds the shape of every
// expression and turns syntax trees into graphs. Whatever does not fit is refused with an error that names the reason
// in the user's terms and the fixes that were tried.
package check

import (
	"fmt"
	"slices"
	"sync"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/persist"
	"nabla/symbolic/shape"
)

// An Origin is where a statement stands, for messages: In[2], or a line of a file.
type Origin struct {
	Cell int // the n of In[n]; 0 in a file
	Line int
	Span lang.Span
}

func (o Origin) String() string {
	switch {
	case o.Cell > 0:
		return fmt.Sprintf("In[%d]", o.Cell)
	case o.Line > 0:
		return fmt.Sprintf("line %d", o.Line)
	}
	return ""
}

// Kind is what a name stands for.
type Kind uint8

const (
	Variable   Kind = iota
	Definition      // Expr is a Let
	Function        // abstract, defined by the user, or an alias of a known one
	FamilyName      // W[k], H[k]
)

// A Binding is what one name stands for. It is immutable once a statement is done.
type Binding struct {
	Name   string
	Kind   Kind
	Expr   *symbolic.Expr // Variable, Definition
	Row    bool
	Fn     *symbolic.Func // Function: abstract, or elementwise with a body, or of the library
	Known  *symbolic.Func // the value of an abstract function: φ := relu
	User   *User          // Function: as the user defined it
	Family *Family
	At     Origin
	Source string     // the text of the statement
	Def    *lang.Def  // Definition: its tree, to build it anew when a family's length becomes known
	Uses   []*Binding // what it was built from
	Waits  bool       // it mentions a member of a family by a dimension's name, and is built anew when that gets a size

	cell  string    // the text that the spans of Def refer to
	stmt  lang.Span // the statement in it
	place int       // of the name, in the order of their first binding
}

// Space is the type as a person writes it: R[h,d], R[q], R[q], R[q] -> R.
func (b *Binding) Space() string {
	switch {
	case b.Family != nil:
		return b.Family.Space()
	case b.Fn != nil && b.Fn.Abstract != nil:
		return signature(b.Fn.Abstract)
	case b.Expr != nil:
		return space(b.Expr.Shape, b.Row)
	}
	return "function"
}

// A Scope is everything that a session knows of names. It implements lang.Scope. Statements change it only when they
// succeed. Clone is cheap; clones share the graph.
type Scope struct {
	Graph   *symbolic.Graph
	Dims    *shape.Env
	Results func(n int) (Value, bool) // what %n refers to; n is 0 for the last; nil where there is none

	names persist.Map[string, *Binding]
	nameIndex
	facts  persist.Map[*symbolic.Expr, *symbolic.Facts]
	bound  persist.Map[string, []bound]        // dimension → what gave it its size
	sized  persist.Map[string, []string]       // name → the dimensions that its value may have given their size
	words  map[string]bool                     // functions that the session itself answers: eval, backprop
	folded map[string]*symbolic.Func           // the library by names as they are read: gamma is γ
	opaque persist.Map[*symbolic.Expr, string] // stands for a member of a family whose number is a symbol
	tables *tableCell                          // what names denote, shared with the clones that bind the same

	cell  string    // text that spans refer to
	stmt  lang.Span // the statement at hand in it
	at    Origin
	trial bool                                 // a fix is being tried: offer no fixes for it
	diffs map[[2]*symbolic.Expr]*symbolic.Expr // derivatives taken before, of a Quiet scope; else nil
}

// New is the scope of a session in which nothing is declared. words are the functions that the session answers itself.
func New(lib *symbolic.Library, words ...string) *Scope {
	dims := shape.NewEnv()
	s := &Scope{
		Graph: symbolic.NewGraph(lib, dims), Dims: dims,
		words: map[string]bool{}, tables: &tableCell{}, folded: foldedNames(lib),
	}
	for _, w := range words {
		s.words[w] = true
	}
	s.Activate()
	return s
}

// folded is the table of foldedNames for each library that was asked about: every session has the same one.
var folded sync.Map

// foldedNames are the records of a library by names as they are read.
func foldedNames(lib *symbolic.Library) map[string]*symbolic.Func {
	if known, ok := folded.Load(lib); ok {
		return known.(map[string]*symbolic.Func)
	}
	by := map[string]*symbolic.Func{}
	for _, n := range lib.Names() {
		by[lang.Fold(n)] = lib.Lookup(n)
	}
	folded.Store(lib, by)
	return by
}

// Clone is an independent copy that shares the graph. It costs the same however much the scope holds.
func (s *Scope) Clone() *Scope {
	c := *s
	c.Dims = s.Dims.Clone()
	return &c
}

// Activate makes the graph see the dimensions and facts of this scope rather than those of another clone. Every method
// that builds expressions begins with it.
func (s *Scope) Activate() {
	s.Graph.See(s.Dims, &s.facts)
}

// Enter says which statement of which text comes next: for messages, and for the fixes that are tried.
func (s *Scope) Enter(cell string, st *lang.Stmt, at Origin) {
	s.cell, s.stmt, s.at = cell, st.Span, at
}

// Function is the record of the library that a folded name means where nothing hides it, or nil.
func (s *Scope) Function(name string) *symbolic.Func {
	if f := s.folded[name]; f != nil {
		return f
	}
	return s.Graph.Lib.Lookup(name)
}

// Lookup is the binding of a folded name, or nil.
func (s *Scope) Lookup(name string) *Binding { return s.names.At(name) }

// Len is the number of names that have a meaning of the user's.
func (s *Scope) Len() int { return s.names.Len() }

// Bindings lists all names in the order in which they were first bound.
func (s *Scope) Bindings() []*Binding {
	out := make([]*Binding, 0, s.names.Len())
	for _, b := range s.names.All() {
		out = append(out, b)
	}
	slices.SortFunc(out, byPlace)
	return out
}

// Roots adds the expressions that the scope holds, for symbolic.Graph.Collect, but for those of bindings in seen.
func (s *Scope) Roots(out []*symbolic.Expr, seen map[*Binding]bool) []*symbolic.Expr {
	for _, b := range s.names.All() {
		out = b.roots(out, seen)
	}
	for e := range s.facts.All() {
		out = append(out, e)
	}
	return out
}

// roots adds what b holds. A chain of definitions may be long: it is followed without recursion.
func (b *Binding) roots(out []*symbolic.Expr, seen map[*Binding]bool) []*symbolic.Expr {
	for rest := []*Binding{b}; len(rest) > 0; {
		b, rest = rest[len(rest)-1], rest[:len(rest)-1]
		if seen[b] {
			continue
		}
		seen[b] = true
		out = b.own(out)
		rest = append(rest, b.Uses...)
	}
	return out
}

func (b *Binding) own(out []*symbolic.Expr) []*symbolic.Expr {
	if b.Expr != nil {
		out = append(out, b.Expr)
	}
	if b.Fn != nil && b.Fn.Body != nil {
		out = append(append(out, b.Fn.Body.Result), b.Fn.Body.Params...)
	}
	if b.Family != nil {
		for _, m := range b.Family.members {
			out = append(out, m.Expr)
		}
	}
	return out
}

// IsFunc says that the name is a function: declared, defined, of the library, or one of the session's own.
func (s *Scope) IsFunc(name string) bool {
	if b := s.names.At(name); b != nil {
		return b.Kind == Function
	}
	if f := s.Function(name); f != nil {
		return len(f.Args) > 0
	}
	return s.words[name] || forms[name] != nil
}

// IsVar says that the name is a variable, definition, family or constant.
func (s *Scope) IsVar(name string) bool {
	if b := s.names.At(name); b != nil {
		return b.Kind != Function
	}
	f := s.Function(name)
	return f != nil && isConstant(f) || name == identityName
}

// VariablesOf are the names of the variables that a definition is computed from, in the order in which they were bound.
func (s *Scope) VariablesOf(name string) (names []string) {
	b := s.names.At(name)
	if b == nil || b.Kind != Definition {
		return nil
	}
	used := map[*symbolic.Expr]bool{}
	symbolic.Walk(b.Expr, func(e *symbolic.Expr) { used[e] = e.Op == symbolic.Var }, map[*symbolic.Expr]bool{})
	for _, v := range s.Bindings() {
		if v.Kind == Variable && used[v.Expr] {
			names = append(names, v.Name)
		}
	}
	return names
}

// isConstant says that a record is a number with a name, such as pi.
func isConstant(f *symbolic.Func) bool { return len(f.Args) == 0 && f.Core == nil }

// IsDim says that the name is a dimension.
func (s *Scope) IsDim(name string) bool { return s.Dims.Exists(name) }

// bind gives a name its meaning and returns notes on what that changes.
func (s *Scope) bind(b *Binding) (notes []string) {
	s.tables = &tableCell{}
	old := s.names.At(b.Name)
	if old == nil {
		s.put(b)
		return s.shadowNote(b)
	}
	if old.same(b) {
		return nil
	}
	s.put(b)
	for _, n := range s.spread(b.Name) {
		if n != b.Name {
			notes = append(notes, fmt.Sprintf("%s keeps the earlier %s it was built from", n, b.Name))
		}
	}
	return notes
}

// same says that b says nothing new. A family that waited for another and has its members now is still the same.
func (b *Binding) same(c *Binding) bool {
	if b.Family != nil && c.Family != nil {
		return b.Family.asTyped() == c.Family.asTyped()
	}
	return b.Kind == c.Kind && b.Expr == c.Expr && b.Row == c.Row && b.Fn == c.Fn
}

func (s *Scope) shadowNote(b *Binding) []string {
	if f := s.Function(b.Name); f != nil {
		what := "function"
		if isConstant(f) {
			what = "constant"
		}
		return []string{fmt.Sprintf("%s now means this; the %s %s is hidden", b.Name, what, f.Name)}
	}
	if b.Name == identityName {
		return []string{"I now means this; the identity matrix is eye(n)"}
	}
	if s.words[b.Name] || forms[b.Name] != nil {
		return []string{fmt.Sprintf("%s now means this; the function %s is hidden", b.Name, b.Name)}
	}
	return nil
}
