package kernel

import (
	"slices"
	"strings"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/notation"
	"nabla/symbolic/rewrite"
)

// dispatch runs the statement by its kind.
func (j *job) dispatch() (*Result, *lang.Error) {
	st := j.state.scope
	st.Enter(j.cell, j.stmt, j.origin())
	switch b := j.stmt.Body.(type) {
	case *lang.Decl:
		return j.declared(st.Declare(b))
	case *lang.FuncDecl:
		return j.declared(st.DeclareFunc(b))
	case *lang.Dims:
		return j.declared(st.Size(b))
	case *lang.Def:
		return j.define(b)
	case *lang.Value:
		return j.value(b)
	case *lang.ExprStmt:
		return j.expr(b)
	case *lang.Check:
		return j.check(b)
	case *lang.Command:
		return j.command(b)
	case *lang.Help:
		return j.help(b)
	}
	return nil, j.errorf("E999", nil, "this statement has no meaning yet")
}

// origin is where the statement stands, for messages.
func (j *job) origin() check.Origin {
	o := check.Origin{Line: j.stmt.Line, Span: j.stmt.Span}
	if j.opts.File == "" {
		o.Cell = j.number
	}
	return o
}

// declared is the echo of a declaration: the names with their spaces.
func (j *job) declared(r check.Reply, err *lang.Error) (*Result, *lang.Error) {
	if err != nil {
		return nil, err
	}
	notes, err := j.declaredAgainst(r.Bound, j.stmt.Body)
	if err != nil {
		return nil, err
	}
	res := &Result{Kind: KindDecl, Notes: append(r.Notes, notes...)}
	res.Text, _ = j.printer().Tree(j.stmt.Body)
	if len(r.Bound) == 1 {
		b := r.Bound[0]
		res.Name = b.Name
		if b.Expr != nil {
			j.shape(res, b.Expr, b.Row)
		}
	}
	return res, nil
}

// shape fills in the shape of an expression, and its sizes where they are known.
func (j *job) shape(res *Result, e *symbolic.Expr, row bool) {
	res.Shape, res.Row = e.Shape.Strings(), row
	if sizes, ok := j.state.scope.Dims.Sizes(e.Shape); ok {
		res.Sizes = sizes
	}
}

func (j *job) define(d *lang.Def) (*Result, *lang.Error) {
	r, err := j.state.scope.Define(d)
	if err != nil {
		return nil, err
	}
	b := r.Bound[len(r.Bound)-1]
	res := &Result{Kind: KindDef, Name: b.Name, Notes: r.Notes}
	p := j.printer()
	res.Text, res.LaTeX = p.Tree(d)
	if b.Expr == nil || len(r.Bound) > 1 {
		return res, nil
	}
	j.answer = &answer{expr: b.Expr, row: b.Row}
	j.shape(res, b.Expr, b.Row)
	if d.Target.Index != nil || j.derived() { // what it comes to says more than what was typed
		res.Text, res.LaTeX = p.Definition(b.Name, b.Expr.Args[0], b.Row, j.derived())
		res.Notes = append(res.Notes, p.Structure(b.Expr)...)
	}
	return res, nil
}

// expr shows an expression, or answers a question about one.
func (j *job) expr(s *lang.ExprStmt) (*Result, *lang.Error) {
	if c, ok := s.X.(*lang.Call); ok {
		if rep := j.report(c); rep != nil {
			return rep.Run(&ask{job: j, call: c})
		}
	}
	if res, ok := j.numericAnswer(s.X); ok {
		return res, nil
	}
	v, err := j.state.scope.Expr(s.X)
	if err != nil {
		return nil, err
	}
	res := j.show(v)
	switch d := j.definition(s.X); {
	case d != nil && !derives(d.Value):
		res.Text, res.LaTeX = j.printer().Tree(d.Value)
	case j.asTyped(s.X, v):
		res.Text, res.LaTeX = j.printer().Tree(s.X)
	}
	if res.LaTeX != "" {
		res.Typeset = j.asEquation(s.X, res.LaTeX)
	}
	return res, nil
}

// asTyped says that what was typed says as much as the notation of what it came to, and is no longer: then it is the
// answer, as a list of rows is. A derivative, a number, a definition or an earlier answer is not.
func (j *job) asTyped(x lang.Expr, v check.Value) bool {
	if v.Expr == nil || j.derived() || v.Expr.Op == symbolic.Const || v.Expr.Op == symbolic.Let {
		return false
	}
	typed, ok := 0, true
	lang.Walk(x, func(n lang.Node) bool {
		switch n := n.(type) {
		case *lang.OutRef:
			ok = false
		case *lang.List:
			_, ok = x.(*lang.List)
		case *lang.Name:
			ok = ok && n.Name != "ans"
		}
		typed++
		return ok
	})
	if !ok {
		return false
	}
	form := notation.Printer{Scope: j.printer().names}.Form(v.Expr)
	if form.Def != nil || len(form.Where) > 0 {
		return true
	}
	came := 0
	lang.Walk(form.X, func(lang.Node) bool { came++; return true })
	return typed <= came
}

// definition is what a name was defined by, as it was typed; nil where some name in it means something else by now.
func (j *job) definition(x lang.Expr) *lang.Def {
	n, ok := x.(*lang.Name)
	if !ok {
		return nil
	}
	b := j.state.scope.Lookup(n.Name)
	if b == nil || b.Kind != check.Definition || b.Def == nil || b.Def.Target.Index != nil || j.state.scope.IsStale(n.Name) {
		return nil
	}
	return b.Def
}

// show is the echo of an expression: its formula and its shape; a list is several at once; a hole is what fits.
func (j *job) show(v check.Value) *Result {
	res := &Result{Kind: KindExpr, Notes: v.Notes}
	switch {
	case v.Hole != nil:
		res.Text = holeText(v.Hole)
	case v.IsList():
		j.answer = &answer{list: answersOf(v.Items)}
		res.Text, res.LaTeX = j.printer().List(v.Items, j.derived())
	default:
		j.answer = &answer{expr: v.Expr, row: v.Row}
		j.shape(res, v.Expr, v.Row)
		e, derived := v.Expr, j.derived()
		if j.expanded() { // what was multiplied out stays so
			e, derived = rewrite.Named(e, j.printer().lets()), false
		}
		var notes []string
		res.Text, res.LaTeX, notes = j.printer().Answer(e, v.Row, derived)
		res.Notes = append(res.Notes, notes...)
	}
	return res
}

func answersOf(items []check.Value) []answer {
	out := make([]answer, len(items))
	for i, v := range items {
		out[i] = answer{expr: v.Expr, row: v.Row}
		if v.IsList() {
			out[i].list = answersOf(v.Items)
		}
	}
	return out
}

// expanded says that the statement is expand(…).
func (j *job) expanded() bool {
	s, ok := j.stmt.Body.(*lang.ExprStmt)
	if !ok {
		return false
	}
	c, ok := s.X.(*lang.Call)
	return ok && c.Fn.Name == "expand"
}

// derived says whether the statement asks for a derivative, which is shown simplified; what was typed out is shown as it
// was read.
func (j *job) derived() bool {
	if s, ok := j.stmt.Body.(*lang.ExprStmt); ok {
		if d := j.definition(s.X); d != nil {
			return derives(d.Value)
		}
	}
	return derives(j.stmt.Body)
}

// derives says that a derivative, or something else that is derived, is asked for in what was typed.
func derives(x lang.Node) bool {
	found := false
	lang.Walk(x, func(n lang.Node) bool {
		switch n := n.(type) {
		case *lang.Deriv, *lang.Nabla:
			found = true
		case *lang.Call:
			found = found || n.Primes > 0 || slices.Contains(derivingCalls, n.Fn.Name)
		}
		return !found
	})
	return found
}

// derivingCalls are the functions whose result is derived rather than typed.
var derivingCalls = []string{"grad", "jacobian", "jac", "hessian", "hvp", "jvp", "vjp", "prod", "batch", "simplify"}

// holeText says what a hole is and what fits into it.
func holeText(h *check.Hole) string {
	text := "? : " + h.Text
	if len(h.Fits) > 0 {
		text += "\nin scope: " + strings.Join(h.Fits, ", ")
	} else if h.Known {
		text += "\nnothing in scope has this shape"
	}
	return text
}

// format is that of the settings, for the display at hand. The front end indents by two columns, or by Out[n].
func (j *job) format() Format {
	f := j.state.settings.Format
	f.stop = j.state.scope.Graph.Stop
	if j.opts.Width > 0 {
		f.Width = max(20, j.opts.Width-outLabel)
	}
	return f
}

// outLabel is the width of Out[123] and the blanks after it.
const outLabel = 10

// number is an array of the session as a front end gets it.
func (st *state) number(a *numeric.Array) *Value {
	return &Value{Shape: a.Shape, Data: a.Data, Single: st.settings.Type == numeric.Float32}
}

// numbers is the result for an array that was computed.
func (j *job) numbers(kind Kind, a *numeric.Array) *Result {
	f := j.format()
	return &Result{Kind: kind, Value: j.state.number(a), Text: f.Array(a), Typeset: f.LaTeX(a)}
}

// reading is the job of another statement in the same state: what is said of it quotes its own text.
func (j *job) reading(cell string, st *lang.Stmt) *job {
	r := *j.run
	r.cell = cell
	j.state.scope.Enter(cell, st, j.origin())
	return &job{run: &r, stmt: st, state: j.state}
}
