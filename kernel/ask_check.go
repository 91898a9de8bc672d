package kernel

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/notation"
	"nabla/symbolic/study"
)

func init() {
	register(
		&Report{
			Name:    "hint",
			Doc:     "hint helps with the line checked last, one step at a time: first a question, then the repaired line with the edge of the graph that it belongs to.",
			Example: "x, W : R[d]\nJ = W' x\ncheck ∂J/∂x == 2 W\nhint",
			Run:     runHint,
		},
		&Report{
			Name:    "why",
			Doc:     "why derives the left side of the line checked last entry by entry: the paths from the variable to the objective, each in index notation.",
			Example: "W : R[h,d]; x : R[d]; J = ‖W x‖²;\ncheck ∂J/∂W == W x\nwhy",
			Run:     runWhy,
		},
		&Report{
			Name: "next", Args: "J",
			Doc:     "next says which gradients can be computed now: those of the variables all of whose readers are done. Lines checked and found right count as done.",
			Example: "W : R[h,d]; x : R[d]; z = W x; J = ‖z‖²;\nnext(J)",
			Run:     runNext,
		},
	)
}

// runHint gives the next hint for the line checked last.
func runHint(a *ask) (*Result, *lang.Error) {
	if err := a.allow(0, 0); err != nil {
		return nil, err
	}
	g := a.state.judged
	if a.state.exercise != nil && (g == nil || g.right()) {
		return a.exerciseHint(), nil
	}
	if g == nil {
		e := a.errorf("E331", nil, "there is no line to give a hint for")
		e.Details = append(e.Details, "check a line first, such as  check ∂J/∂W == …; next says what can be done now")
		return nil, e
	}
	data := map[string]any{"verdict": g.Verdict, "hints": append([]string{}, g.Hints...)}
	if len(g.Hints) == 0 {
		text := "this line is right: next says what can be done now"
		switch {
		case g.Root > 0:
			text = fmt.Sprintf("correct your line %d first: this one follows from it", g.Root)
		case !g.right():
			text = "no line near yours is right: derive one entry, with indices (why shows how)"
		}
		return &Result{Kind: KindReport, Text: text, Data: data}, nil
	}
	i := min(a.state.hinted, len(g.Hints)-1)
	a.state.hinted = i + 1
	data["hint"], data["number"] = g.Hints[i], i+1
	return &Result{Kind: KindReport, Text: g.Hints[i], Data: data}, nil
}

// runWhy derives the left side of the line checked last.
func runWhy(a *ask) (*Result, *lang.Error) {
	if err := a.allow(0, 0); err != nil {
		return nil, err
	}
	g := a.state.judged
	if g == nil || g.expr == nil {
		e := a.errorf("E331", nil, "there is no line to explain")
		e.Details = append(e.Details, "check a line first, such as  check ∂J/∂W == …")
		if a.state.exercise != nil {
			e.Details = append(e.Details, "in an exercise, hint helps with the part at hand and solution shows its worked answer")
		}
		return nil, e
	}
	k := a.knowledge(g.truth, g.expr)
	left := lang.Print(g.truth)
	if k.line == nil {
		text := a.entries(left, "=", k.short)
		return &Result{Kind: KindReport, Text: text, Data: map[string]any{"of": left, "steps": []string{text}}}, nil
	}
	steps := a.pathSteps(k)
	if k.formula != nil {
		sum := "together: " + left + " = " + lang.Print(k.formula)
		if k.equation != "" {
			sum += "   (" + k.equation + ")"
		}
		steps = append(steps, sum)
	}
	return &Result{Kind: KindReport, Text: strings.Join(steps, "\n"), Data: map[string]any{"of": left, "steps": steps, "edges": k.edges, "equation": k.equation}}, nil
}

// pathSteps is one step for each edge that leaves the variable: how the reader uses an entry of it, and what an entry of
// the gradient gets back.
func (a *ask) pathSteps(k knowledge) []string {
	var out []string
	w := k.view
	for _, p := range k.line.Paths {
		for _, from := range p.From {
			out = append(out, fmt.Sprintf("%s → %s:  %s", w.name(k.by), w.name(from), a.entries(w.name(from), "=", from.Args[0])))
		}
		out = append(out, "  so "+a.entries(lang.Print(w.derivativeTree(k.of, k.by)), "gets", p.Part))
	}
	if len(out) == 0 {
		out = append(out, fmt.Sprintf("%s is the objective itself: its derivative by itself is 1", w.name(k.by)))
	}
	if len(k.line.Paths) > 1 {
		out = append(out, fmt.Sprintf("%d paths leave %s, and what comes back along them adds", len(k.line.Paths), w.name(k.by)))
	}
	return out
}

// entries is "left[i,j] = …" in index notation, with "=" or another verb.
func (a *ask) entries(left, verb string, e *symbolic.Expr) string {
	f := notation.Printer{Scope: a.printer().names, KeepDerivatives: true}.Entries(e)
	if at := f.Def.Target.Index; len(at) > 0 {
		if strings.ContainsAny(left, "/ ") {
			left = "(" + left + ")"
		}
		left += "[" + strings.Join(printed(at), ",") + "]"
	}
	text := left + " " + verb + " " + lang.Print(f.Def.Value)
	for i, d := range f.Where {
		text += [2]string{", ", " where "}[btoi(i == 0)] + lang.Print(d)
	}
	return text
}

func printed(xs []lang.Expr) []string {
	out := make([]string, len(xs))
	for i, x := range xs {
		out[i] = lang.Print(x)
	}
	return out
}

// runNext says which gradients can be done now.
func runNext(a *ask) (*Result, *lang.Error) {
	if err := a.allow(0, 1); err != nil {
		return nil, err
	}
	of, err := a.derivedObjective()
	if p := a.partAtHand(); p != nil && len(a.positional()) == 0 && (err != nil || p.Kind != "formula" && len(a.state.lines) == 0) {
		return a.asked(p), nil
	}
	if err != nil {
		return nil, err
	}
	w := &view{formula: a.printer(), job: a.job}
	w.Model = study.NewModel(of, nil)
	w.nameAll()
	mine := a.checkedGradients(of)
	known := numericGradients(of)
	for v := range mine {
		known[v] = true
	}
	ready := readyGradients(w.Model, known)
	var have, can []string
	for _, v := range append(slices.Clone(w.Values), w.Leaves...) {
		if mine[v] {
			have = append(have, fmt.Sprintf("∂%s/∂%s", w.name(of), w.name(v)))
		}
	}
	for _, v := range ready {
		can = append(can, fmt.Sprintf("∂%s/∂%s", w.name(of), w.name(v)))
	}
	data := map[string]any{"have": append([]string{}, have...), "next": append([]string{}, can...)}
	return &Result{Kind: KindReport, Text: nextText(have, can), Data: data}, nil
}

func nextText(have, can []string) string {
	switch {
	case len(can) == 0:
		return "every gradient of the parameters is done"
	case len(have) == 0:
		return "begin at the output: " + conjunction(can) + " can be done now"
	}
	return "you have " + conjunction(have) + "; " + conjunction(can) + " can be done now"
}

// conjunction is "a, b and c".
func conjunction(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// derivedObjective is what is being differentiated: what was asked for, that of the last line, or the last number defined.
func (a *ask) derivedObjective() (*symbolic.Expr, *lang.Error) {
	if len(a.positional()) > 0 {
		v, err := a.scalar(0)
		if err == nil {
			err = a.hasVariables(a.positional()[0], v.Expr)
		}
		return v.Expr, err
	}
	for i := len(a.state.lines) - 1; i >= 0; i-- {
		if of, by := a.derivativeOf(a.state.lines[i].truth); of != nil && of.Rank() == 0 && study.IsVariable(of) && study.IsVariable(by) {
			return a.topmost(of), nil
		}
	}
	all := a.state.scope.Bindings()
	for i := len(all) - 1; i >= 0; i-- {
		if b := all[i]; b.Kind == check.Definition && b.Expr != nil && b.Expr.Rank() == 0 {
			return b.Expr, nil
		}
	}
	e := a.errorf("E340", nil, "there is no objective yet")
	e.Details = append(e.Details, "an objective is a definition such as J = l(o, y): a number that the parameters determine")
	return nil, e
}

// topmost is the objective that the student has the most lines for: ∂s/∂W1 is a line on the way to ∂J/∂W1.
func (a *ask) topmost(of *symbolic.Expr) *symbolic.Expr {
	for _, l := range a.state.lines {
		if o, by := a.derivativeOf(l.truth); o != nil && by != nil && o.Rank() == 0 && study.IsVariable(o) && o != of && symbolic.DependsOn(o, of) {
			of = o
		}
	}
	return of
}

// checkedGradients are the variables by which the student has differentiated correctly.
func (a *ask) checkedGradients(of *symbolic.Expr) map[*symbolic.Expr]bool {
	known := map[*symbolic.Expr]bool{}
	for _, l := range a.state.lines {
		if o, by := a.derivativeOf(l.truth); o == of && strings.HasPrefix(l.verdict, "RIGHT") {
			known[by] = true
		}
	}
	return known
}

// numericGradients are the variables whose gradient is a number, such as ∂J/∂L = 1: they are at hand.
func numericGradients(of *symbolic.Expr) map[*symbolic.Expr]bool {
	known := map[*symbolic.Expr]bool{of: true}
	symbolic.Walk(of, func(e *symbolic.Expr) {
		if e.Op != symbolic.Let || e.Rank() > 0 || !study.IsVariable(e) {
			return
		}
		if d, err := of.G.Diff(of, e); err == nil {
			_, constant := d.Body().AsConst()
			known[e] = known[e] || constant
		}
	}, nil)
	return known
}

// readyGradients are the variables without a gradient all of whose readers have one.
func readyGradients(m *study.Model, known map[*symbolic.Expr]bool) []*symbolic.Expr {
	readers := map[*symbolic.Expr][]*symbolic.Expr{}
	for _, v := range m.Values {
		for _, a := range m.Reads[v] {
			readers[a] = append(readers[a], v)
		}
	}
	learns := m.Learning()
	var out []*symbolic.Expr
	for _, v := range append(slices.Clone(m.Values), m.Leaves...) {
		if known[v] || !learns[v] || len(readers[v]) == 0 {
			continue
		}
		if !slices.ContainsFunc(readers[v], func(r *symbolic.Expr) bool { return !known[r] }) {
			out = append(out, v)
		}
	}
	return out
}
