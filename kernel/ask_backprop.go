package kernel

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/study"
)

func init() {
	register(
		&Report{
			Name: "forward", Args: "J",
			Doc:     "forward(J) lists the definitions that J is computed by, in order, with their spaces.",
			Example: "x : R[d]; W : R[h,d]; φ : R -> R; z = W x; J = sum(φ(z))\nforward(J)\n\t1  z = W x        : R[h]\n\t2  J = sum(φ(z))  : R\n\tparameters W; inputs x",
			Run:     runForward,
		},
		&Report{
			Name: "backprop", Args: "J, [W1, W2]",
			Doc:     "backprop(J) is the reverse sweep: one numbered line for each variable, in an order in which every line uses only lines before it. Below a line stand the paths that it sums, with the rule for each, and the values of the forward pass that it reads. The list says which declared variables are parameters, where the model does not show it.",
			Example: "x : R[d]; W : R[h,d]; φ : R -> R; z = W x; J = sum(φ(z))\nbackprop(J)\n\t1  ∂J/∂J = 1         : R\n\t2  ∂J/∂z = φ′(z)     : R[h]\n\t     z → J: sum over an axis, chain rule through φ; reads z\n\t3  ∂J/∂W = ∂J/∂z xᵀ  : R[h,d]\n\t     W → z: matrix product; reads x",
			Run:     runBackprop,
		},
	)
}

// A forwardLine is one definition in the data of forward(J).
type forwardLine struct {
	Number   int      `json:"number"`
	Variable string   `json:"variable"`
	Formula  string   `json:"formula"`
	LaTeX    string   `json:"latex"`
	Shape    []string `json:"shape"`
	Reads    []string `json:"reads"`
	Equation string   `json:"equation"`
}

func runForward(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 2); err != nil {
		return nil, err
	}
	w, err := a.model()
	if err != nil {
		return nil, err
	}
	book := w.book()
	var rows []string
	var texts []lineText
	var lines []forwardLine
	for i, v := range w.Values {
		v.G.Proceed()
		text, latex := w.definition(v)
		l := forwardLine{Number: i + 1, Variable: w.name(v), Formula: text, LaTeX: latex, Shape: shapeStrings(v), Reads: w.namesOfAll(w.Reads[v]), Equation: book.forward(v)}
		lines = append(lines, l)
		rows = append(rows, latexRow(latex, v, l.Equation))
		texts = append(texts, lineText{name: l.Variable, cells: []string{fmt.Sprint(i + 1), text, ": " + spaceText(v), parenthesized(l.Equation)}})
	}
	return &Result{
		Kind: KindReport, Notes: w.notes, LaTeX: alignedBlock(rows),
		Text: layoutLines(texts, w.ascii) + "\n" + w.rolesText(),
		Data: w.linesData(lines),
	}, nil
}

// linesData is the structured form of numbered lines, with the roles of the declared variables.
func (w *view) linesData(lines any) map[string]any {
	return map[string]any{
		"lines": lines, "parameters": w.namesOfAll(w.Parameters()),
		"inputs": w.namesOfAll(w.Inputs()), "hyperparameters": w.namesOfAll(w.Hyperparameters()),
	}
}

// definition is name = formula, as it was typed where it was.
func (w *view) definition(v *symbolic.Expr) (text, latex string) {
	if b := w.names.Scope.Lookup(w.name(v)); b != nil && b.Expr == v && b.Kind == check.Definition && b.Def != nil && b.Def.Target.Index == nil && !w.isStale(b.Name) {
		text, _ = w.Tree(b.Def)
		_, lhs := w.Tree(nameTree(b.Name))
		_, rhs := w.Tree(b.Def.Value)
		return text, lhs + " &= " + rhs
	}
	q := w.equate(nameTree(w.name(v)), v.Args[0])
	lhs, rhs := w.text(q)
	return lhs + " = " + rhs, w.latex(q)
}

func (w *view) isStale(name string) bool {
	if w.stale == nil {
		w.stale = map[string]bool{}
		for _, s := range w.names.Scope.Stale() {
			w.stale[s] = true
		}
	}
	return w.stale[name]
}

func (w *view) namesOfAll(es []*symbolic.Expr) []string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = w.name(e)
	}
	return out
}

// rolesText says which declared variables are what.
func (w *view) rolesText() string {
	var parts []string
	for _, r := range []struct {
		what string
		vars []*symbolic.Expr
	}{{"parameters", w.Parameters()}, {"inputs", w.Inputs()}, {"hyperparameters", w.Hyperparameters()}} {
		if len(r.vars) > 0 {
			parts = append(parts, r.what+" "+w.nameList(r.vars))
		}
	}
	return strings.Join(parts, "; ")
}

func shapeStrings(e *symbolic.Expr) []string { return append([]string{}, e.Shape.Strings()...) }

func parenthesized(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

// A backpropLine is one line in the data of backprop(J).
type backpropLine struct {
	Number   int         `json:"number"`
	Variable string      `json:"variable"`
	Of       string      `json:"of"`
	Formula  string      `json:"formula"`
	LaTeX    string      `json:"latex"`
	Shape    []string    `json:"shape"`
	Edges    [][2]string `json:"edges"`
	Paths    []pathLine  `json:"paths"`
	Rule     string      `json:"rule"`
	Reads    []string    `json:"reads"`
	Equation string      `json:"equation"`
	reads    []string    // as the text says it
}

// A pathLine is one addend of a gradient.
type pathLine struct {
	Through []string `json:"through"`
	Formula string   `json:"formula"`
	Rule    string   `json:"rule"`
}

func runBackprop(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 2); err != nil {
		return nil, err
	}
	w, s, err := a.sweep(a.second())
	if err != nil {
		return nil, err
	}
	tape, err := a.tape(w)
	if err != nil {
		return nil, err
	}
	book := w.book()
	var rows []string
	var texts []lineText
	var lines []backpropLine
	for i, l := range s.Lines {
		if a.ctx.Err() != nil {
			return nil, a.interrupted()
		}
		b := w.backpropLine(l, tape)
		b.Number, b.Equation = i+1, book.backward(l.Of, l.By)
		lines = append(lines, b)
		rows = append(rows, latexRow(b.LaTeX, l.By, b.Equation))
		texts = append(texts, lineText{
			name:  b.Variable,
			cells: []string{fmt.Sprint(i + 1), b.Formula, ": " + spaceText(l.By), parenthesized(b.Equation)},
			below: w.pathsText(b),
		})
	}
	return &Result{
		Kind: KindReport, Notes: w.withRoles(a), LaTeX: alignedBlock(rows), Text: layoutLines(texts, w.ascii),
		Data: w.linesData(lines),
	}, nil
}

// sweep is the reverse pass through the model that is asked about.
func (a *ask) sweep(params lang.Expr) (*view, *study.Sweep, *lang.Error) {
	w, err := a.modelOf(params)
	if err != nil {
		return nil, nil, err
	}
	s, err := a.sweepOf(w)
	return w, s, err
}

func (a *ask) sweepOf(w *view) (*study.Sweep, *lang.Error) {
	if err := a.depthKnown(); err != nil {
		return nil, err
	}
	s, failed := study.NewSweep(w.Model, w.lets())
	if failed != nil {
		return nil, a.errorf("E214", a.positional()[0], "%s cannot be differentiated: %v", w.name(w.Objective), failed)
	}
	return s, nil
}

// tape is what memory, graph and partition count on as well, so that all say the same of what is kept.
func (a *ask) tape(w *view) (*study.Tape, *lang.Error) {
	t, failed := study.NewTape(w.Model, a.state.scope.Known(), study.AsKnown)
	if failed != nil {
		return nil, a.errorf("E214", a.positional()[0], "%s cannot be differentiated: %v", w.name(w.Objective), failed)
	}
	return t, nil
}

func (w *view) backpropLine(l study.Line, t *study.Tape) backpropLine {
	q := w.equate(w.derivativeTree(l.Of, l.By), l.Formula)
	lhs, rhs := w.text(q)
	b := backpropLine{
		Variable: w.name(l.By), Of: w.name(l.Of), Formula: lhs + " = " + rhs, LaTeX: w.latex(q),
		Shape: shapeStrings(l.By), Reads: []string{}, Edges: [][2]string{}, Rule: "seed",
	}
	for _, e := range t.ReadBy(l.Of, l.By, l.Reads) {
		for _, v := range l.Reads { // one value may have two names
			if t.Store(v) == e && slices.Contains(w.Values, v) {
				e = v
			}
		}
		name := w.called(t, e)
		b.Reads = append(b.Reads, name)
		if x := t.ComputedFrom(t.Store(e)); x != nil && slices.Contains(l.Reads, x) {
			name += " in place of " + w.spelled(w.name(x))
		}
		b.reads = append(b.reads, name)
	}
	var rules []string
	for _, p := range l.Paths {
		_, part := w.text(w.equate(nameTree("T"), p.Part))
		t := pathLine{Through: w.namesOfAll(p.From), Formula: part, Rule: w.rulesText(p.Rules)}
		b.Paths = append(b.Paths, t)
		rules = append(rules, t.Rule)
		for _, from := range t.Through {
			b.Edges = append(b.Edges, [2]string{b.Variable, from})
		}
	}
	if len(rules) > 0 {
		b.Rule = strings.Join(rules, " + ")
	}
	return b
}

// called is the name of a value on a tape, or its formula.
func (w *view) called(t *study.Tape, e *symbolic.Expr) string {
	if name := w.name(t.Known(e)); name != "" {
		return w.spelled(name)
	}
	return shortened(w.Text(e))
}

func (w *view) calledAll(t *study.Tape, es []*symbolic.Expr) []string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = w.called(t, e)
	}
	return out
}

// rulesText is the rules with the names of functions as this session prints them.
func (w *view) rulesText(rules []string) string {
	out := slices.Clone(rules)
	for i, r := range out {
		if f, ok := strings.CutPrefix(r, study.ThroughFunction); ok {
			out[i] = study.ThroughFunction + w.spelled(f)
		}
	}
	return strings.Join(out, ", ")
}

// pathsText stands below a line: the paths summed, their rules, and what is read.
func (w *view) pathsText(b backpropLine) []string {
	var out []string
	arrow := " → "
	if w.ascii {
		arrow = " -> "
	}
	for _, p := range b.Paths {
		line := w.spelled(b.Variable) + arrow + w.spelledAll(p.Through) + ": "
		if len(b.Paths) > 1 {
			line += p.Formula + ", "
		}
		out = append(out, line+p.Rule)
	}
	if len(b.Reads) > 0 {
		reads := "reads " + strings.Join(b.reads, ", ")
		if len(out) == 1 {
			out[0] += "; " + reads
		} else {
			out = append(out, reads)
		}
	}
	return out
}
