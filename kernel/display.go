package kernel

import (
	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/notation"
	"nabla/symbolic/rewrite"
)

// A formula prints expressions of one scope.
type formula struct {
	names *check.Names
	lets  []*symbolic.Expr // the definitions, as nodes
	ascii bool
}

func (j *job) printer() formula {
	return formula{j.state.scope.Names(), lets(j.state.scope), j.opts.ASCII || j.state.settings.ASCII}
}

// lets are the definitions of a scope, members of families included.
func lets(s *check.Scope) []*symbolic.Expr {
	var out []*symbolic.Expr
	add := func(e *symbolic.Expr) {
		if e != nil && e.Op == symbolic.Let {
			out = append(out, e)
		}
	}
	for _, b := range s.Bindings() {
		add(b.Expr)
		if b.Family != nil {
			for _, k := range b.Family.Numbers() {
				m, _ := b.Family.Member(k)
				add(m.Expr)
			}
		}
	}
	return out
}

// Text is e as it stands, without simplifying.
func (f formula) Text(e *symbolic.Expr) string {
	return notation.Printer{Scope: f.names, ASCII: f.ascii}.Text(e)
}

// Definition is "name = body", simplified if that is wanted; in index notation the name has its indices.
func (f formula) Definition(name string, body *symbolic.Expr, row, simplify bool) (text, latex string) {
	if simplify {
		body = rewrite.Simplify(body, f.lets)
	}
	form := notation.Printer{Scope: f.names, ASCII: f.ascii, Row: row}.Form(body)
	d := &lang.Def{Target: &lang.Target{Name: &lang.Name{Name: name, Raw: name}}, Value: form.X}
	if form.Def != nil {
		d.Target.Index, d.Value = form.Def.Target.Index, form.Def.Value
	}
	form.Def = d
	_, latex = f.Tree(d)
	return form.Text(f.ascii), latex
}

// Tree is what a person typed, as text and as LaTeX.
func (f formula) Tree(n lang.Node) (text, latex string) {
	text = lang.Print(n)
	if f.ascii {
		text = lang.PrintASCII(n)
	}
	return text, notation.TreeLaTeX(n, f.names.Graph.Lib, f.isTensor)
}

// isTensor says that a name is printed bold.
func (f formula) isTensor(name string) bool {
	b := f.names.Lookup(name)
	return b != nil && b.Expr != nil && b.Expr.Rank() > 0
}

// Answer is e as text and as LaTeX, simplified if that is wanted, with what a reader has to know of it.
func (f formula) Answer(e *symbolic.Expr, row, simplify bool) (text, latex string, notes []string) {
	p := notation.Printer{Scope: f.names, ASCII: f.ascii, Row: row}
	if simplify {
		e = rewrite.Simplify(e, f.lets)
	}
	form := p.Form(e)
	notes = form.Notes
	if form.Vec != nil {
		vec, _ := f.Tree(form.Vec)
		notes = append(notes, vec+"  "+notation.VecConvention)
	}
	return form.Text(f.ascii), p.LaTeX(e), append(notes, f.Structure(e)...)
}

// Structure says how a tensor of four axes or more is kept, where it is not formed.
func (f formula) Structure(e *symbolic.Expr) []string {
	if e.Rank() < 4 || !symbolic.HasDelta(e) {
		return nil
	}
	h := symbolic.AsOperator(e)
	if h == nil {
		return nil
	}
	text := h.Describe(func(b *symbolic.Expr) string {
		block, _ := f.Tree(notation.Printer{Scope: f.names}.Form(rewrite.Simplify(b, f.lets)).X)
		return block
	})
	if text == "" {
		return nil
	}
	return []string{text}
}
