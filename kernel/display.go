package kernel

import (
	"fmt"
	"slices"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/notation"
	"nabla/symbolic/rewrite"
)

// names is what the notation asks of a scope: which name denotes a node at present.
type names struct {
	*check.Scope
	of   map[*symbolic.Expr]called // what each node is called
	body map[*symbolic.Expr]called // bodies of definitions
	lets []*symbolic.Expr
}

// called is a name, and whether it stands for a row.
type called struct {
	name string
	row  bool
}

func namesOf(s *check.Scope) *names {
	n := &names{Scope: s, of: map[*symbolic.Expr]called{}, body: map[*symbolic.Expr]called{}}
	for _, b := range s.Bindings() {
		switch {
		case b.Expr != nil:
			n.add(b.Expr, called{b.Name, b.Row})
		case b.Family != nil:
			for _, k := range b.Family.Numbers() {
				if m, ok := b.Family.Member(k); ok && m.Expr != nil {
					n.add(m.Expr, called{fmt.Sprintf("%s[%d]", b.Name, k), m.Row})
				}
			}
		}
	}
	return n
}

func (n *names) add(e *symbolic.Expr, c called) {
	n.of[e] = c
	if e.Op == symbolic.Let {
		n.body[e.Args[0]] = c
		n.lets = append(n.lets, e)
	}
}

// NameOf is the name that denotes e at present.
func (n *names) NameOf(e *symbolic.Expr) (name string, row, ok bool) {
	c, ok := n.of[e]
	if !ok && e.Op == symbolic.Call {
		c, ok = n.body[e]
	}
	return c.name, c.row, ok
}

// OneApplication says that ∂l/∂o is understood: one application of l in scope has o as an argument, and only once.
func (n *names) OneApplication(call *symbolic.Expr, arg int) bool {
	x := call.Args[arg]
	found := 0
	seen := map[*symbolic.Expr]bool{}
	for _, l := range n.lets {
		symbolic.Walk(l, func(e *symbolic.Expr) {
			if e.Op != symbolic.Call || e.Fn != call.Fn || len(e.Par.Deriv) > 0 || !slices.Contains(e.Args, x) {
				return
			}
			found++
			if !slices.Equal(e.Args, call.Args) {
				found++
			}
		}, seen)
	}
	times := 0
	for _, a := range call.Args {
		if a == x {
			times++
		}
	}
	return found == 1 && times == 1
}

// A formula prints expressions of one scope.
type formula struct {
	names *names
	ascii bool
}

func (j *job) printer() formula {
	return formula{namesOf(j.state.scope), j.opts.ASCII || j.state.settings.ASCII}
}

// Text is e as it stands, without simplifying.
func (f formula) Text(e *symbolic.Expr) string {
	return notation.Printer{Scope: f.names, ASCII: f.ascii}.Text(e)
}

// Definition is "name = body", simplified if that is wanted; in index notation the name has its indices.
func (f formula) Definition(name string, body *symbolic.Expr, row, simplify bool) (text, latex string) {
	if simplify {
		body = rewrite.Simplify(body, f.names.lets)
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
	return text, notation.TreeLaTeX(n, f.names.Graph.Lib, f.names.isTensor)
}

// isTensor says that a name is printed bold.
func (n *names) isTensor(name string) bool {
	b := n.Scope.Lookup(name)
	return b != nil && b.Expr != nil && b.Expr.Rank() > 0
}

// Answer is e as text and as LaTeX, simplified if that is wanted.
func (f formula) Answer(e *symbolic.Expr, row, simplify bool) (text, latex string) {
	p := notation.Printer{Scope: f.names, ASCII: f.ascii, Row: row}
	if simplify {
		e = rewrite.Simplify(e, f.names.lets)
	}
	return p.Text(e), p.LaTeX(e)
}
