package check

import (
	"io"
	"sort"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
)

// An edit replaces a part of the statement.
type edit struct {
	at   lang.Span
	text string
}

func insert(at int, text string) edit { return edit{lang.Span{Start: at, End: at}, text} }

// wrapped replaces n by before(n)after, with parentheses unless n is one word.
func (c *checker) wrapped(n lang.Node, before, after string) edit {
	t := c.text(n)
	switch n.(type) {
	case *lang.Name, *lang.Number, *lang.Call, *lang.Norm, *lang.Index, *lang.Abs:
	default:
		t = "(" + t + ")"
	}
	return edit{n.Extent(), before + t + after}
}

// transposed replaces n by its transpose; that of xᵀ is x.
func (c *checker) transposed(n lang.Node) edit {
	if t, ok := n.(*lang.Transpose); ok {
		return edit{n.Extent(), c.text(t.X)}
	}
	return c.wrapped(n, "", "ᵀ")
}

// edited is the statement with the edits applied; ok is false where they do not lie in it.
func (c *checker) edited(edits []edit) (string, bool) {
	sort.Slice(edits, func(i, j int) bool { return edits[i].at.Start < edits[j].at.Start })
	var b strings.Builder
	at := c.stmt.Start
	for _, e := range edits {
		if e.at.Start < at || e.at.End > c.stmt.End || c.stmt.End > len(c.cell) {
			return "", false
		}
		b.WriteString(c.cell[at:e.at.Start])
		b.WriteString(e.text)
		at = e.at.End
	}
	if at > c.stmt.End || c.stmt.End > len(c.cell) {
		return "", false
	}
	b.WriteString(c.cell[at:c.stmt.End])
	return b.String(), true
}

// maxFixes bounds what is offered for one error.
const maxFixes = 4

// offer adds a fix to e if the edited statement passes.
func (c *checker) offer(e *lang.Error, when string, edits ...edit) {
	if c.trial || len(e.Fixes) >= maxFixes {
		return
	}
	text, ok := c.edited(edits)
	if ok && c.passes("", text) {
		e.Fixes = append(e.Fixes, lang.Fix{Text: text, When: when})
	}
}

// offerBefore adds a statement that makes the present one pass.
func (c *checker) offerBefore(e *lang.Error, statement, when string) {
	if c.trial || len(e.Fixes) >= maxFixes || c.stmt.End > len(c.cell) {
		return
	}
	if c.passes(statement, c.cell[c.stmt.Start:c.stmt.End]) {
		e.Fixes = append(e.Fixes, lang.Fix{Text: statement, When: when})
	}
}

// passes says that the statements check, one after the other, in the scope before the present one.
func (c *checker) passes(statements ...string) bool {
	s := c.before.Clone()
	s.trial = true
	defer c.Activate()
	for _, text := range statements {
		if text != "" && !s.try(text) {
			return false
		}
	}
	return true
}

// try checks every statement of a text, as far as it has one that the checker knows.
func (s *Scope) try(text string) bool {
	p := lang.NewParser(text)
	for {
		st, err := p.Next(s)
		if err == io.EOF {
			return true
		}
		if err != nil || !s.tryStatement(text, st) {
			return false
		}
	}
}

func (s *Scope) tryStatement(text string, st *lang.Stmt) bool {
	s.Enter(text, st, s.at)
	var err *lang.Error
	switch b := st.Body.(type) {
	case *lang.Decl:
		_, err = s.Declare(b)
	case *lang.FuncDecl:
		_, err = s.DeclareFunc(b)
	case *lang.Dims:
		_, err = s.Size(b)
	case *lang.Def:
		_, err = s.Define(b)
	case *lang.Check:
		_, err = s.Claim(b)
	case *lang.ExprStmt:
		err = s.tryExpr(b.X)
	case *lang.Value:
		err = s.tryExpr(b.Value)
	default:
		return false
	}
	return err == nil
}

// tryExpr checks an expression, or the first argument of a function that the session answers.
func (s *Scope) tryExpr(x lang.Expr) *lang.Error {
	if call, ok := x.(*lang.Call); ok && s.words[call.Fn.Name] && s.names.At(call.Fn.Name) == nil && len(call.Args) > 0 {
		x = call.Args[0].X
	}
	_, err := s.Expr(x)
	return err
}

// Quiet is a copy of the scope that offers no fixes and takes each derivative once: for trying many expressions, of which
// most are refused.
func (s *Scope) Quiet() *Scope {
	c := s.Clone()
	c.trial, c.diffs = true, map[[2]*symbolic.Expr]*symbolic.Expr{}
	return c
}

// Passes says that every statement of a text can be read and checked as things stand. A command or a question passes.
func (s *Scope) Passes(text string) bool {
	t := s.Clone()
	t.trial = true
	defer s.Activate()
	return strings.HasPrefix(text, ":") || strings.HasPrefix(text, "?") || t.try(text)
}
