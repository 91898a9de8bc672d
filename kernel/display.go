package kernel

import (
	"strings"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/notation"
	"nabla/symbolic/rewrite"
)

// A formula prints expressions of one scope.
type formula struct {
	names *check.Names
	more  []*symbolic.Expr // definitions beside those of the scope
	ascii bool
}

func (j *job) printer() formula {
	return formula{names: j.state.scope.Names(), ascii: j.opts.ASCII || j.state.settings.ASCII}
}

// lets are the definitions, as nodes.
func (f formula) lets() []*symbolic.Expr { return append(f.names.Lets(), f.more...) }

// Text is e as it stands, without simplifying.
func (f formula) Text(e *symbolic.Expr) string {
	return notation.Printer{Scope: f.names, ASCII: f.ascii}.Text(e)
}

// Definition is "name = body", simplified if that is wanted; in index notation the name has its indices.
func (f formula) Definition(name string, body *symbolic.Expr, row, simplify bool) (text, latex string) {
	if simplify {
		body = rewrite.Simplify(body, f.lets())
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
	if b != nil && b.Family != nil {
		for _, k := range b.Family.Numbers() {
			m, _ := b.Family.Member(k)
			return m.Expr != nil && m.Expr.Rank() > 0
		}
	}
	return b != nil && b.Expr != nil && b.Expr.Rank() > 0
}

// Answer is e as text and as LaTeX, simplified if that is wanted, with what a reader has to know of it.
func (f formula) Answer(e *symbolic.Expr, row, simplify bool) (text, latex string, notes []string) {
	p := notation.Printer{Scope: f.names, ASCII: f.ascii, Row: row}
	whole := e
	if simplify {
		e = rewrite.Simplify(e, f.lets())
	}
	form, latex := p.Both(e)
	notes = form.Notes
	if e.IsZero() && !whole.IsZero() {
		notes = append(notes, "it is zero: "+whyZero(rewrite.Identities(whole, f.lets())))
	}
	if form.Vec != nil {
		vec, _ := f.Tree(form.Vec)
		notes = append(notes, vec+"  "+notation.VecConvention)
	}
	return form.Text(f.ascii), latex, append(notes, f.Structure(e)...)
}

// whyZero says why what did not look like it is zero.
func whyZero(identities []string) string {
	if len(identities) == 0 {
		return "its terms cancel"
	}
	for i, identity := range identities {
		identities[i], _, _ = strings.Cut(identity, ";") // the general case of it is enough
	}
	return strings.Join(identities, ", ")
}

// List is several expressions as one statement, after the definitions that they need. What follows an item, its space, is
// a comment.
func (f formula) List(items []check.Value, simplify bool) (text, latex string) {
	var lines, shown, taken []string
	for i, v := range items {
		e := v.Expr
		if simplify {
			e = rewrite.Simplify(e, f.lets())
		}
		p := notation.Printer{Scope: f.names, ASCII: f.ascii, Row: v.Row, Taken: taken}
		form, tex := p.Both(e)
		for _, d := range form.Where {
			line, _ := f.Tree(d)
			lines = append(lines, line)
		}
		item := form.X
		if form.Def != nil {
			line, _ := f.Tree(form.Def)
			lines, item = append(lines, line), form.Def.Target.Name
		}
		line, _ := f.Tree(item)
		shown, taken = append(shown, line), append(taken, form.Names()...)
		if i > 0 {
			latex += `\\ `
		}
		latex += tex
	}
	return strings.Join(append(lines, listText(shown, items)), "\n"), `\begin{gathered}` + latex + `\end{gathered}`
}

// listText is [a, b], one item to a line with its space as a comment.
func listText(shown []string, items []check.Value) string {
	var b strings.Builder
	for i, text := range shown {
		b.WriteString(map[bool]string{true: "[", false: " "}[i == 0])
		b.WriteString(strings.ReplaceAll(text, "\n", "\n "))
		if i < len(shown)-1 {
			b.WriteString(",      # " + items[i].Space() + "\n")
		} else {
			b.WriteString("]      # " + items[i].Space())
		}
	}
	return b.String()
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
		block, _ := f.Tree(notation.Printer{Scope: f.names}.Form(rewrite.Simplify(b, f.lets())).X)
		return block
	})
	if text == "" {
		return nil
	}
	return []string{text}
}
