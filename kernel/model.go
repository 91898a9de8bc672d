package kernel

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/notation"
	"nabla/symbolic/study"
)

// A view is a model with the names that its variables are shown under.
type view struct {
	*study.Model
	formula
	job   *job
	notes []string
	given bool            // the question says what the parameters are
	stale map[string]bool // definitions that keep an earlier meaning of some name; nil before it was asked
}

// model reads the objective of a question, and its parameters where they are given as a list after it.
func (a *ask) model() (*view, *lang.Error) { return a.modelOf(a.second()) }

// modelOf reads the objective of a question; list names its parameters, or is nil.
func (a *ask) modelOf(list lang.Expr) (*view, *lang.Error) {
	at := a.positional()[0]
	v, err := a.scalar(0)
	if err != nil && err.Code == "E324" && forwardOnly[a.call.Fn.Name] {
		v, err = a.tensor(0)
	}
	if err != nil {
		if err.Code == "E324" {
			a.offerObjectives(err)
		}
		return nil, err
	}
	if err := a.hasVariables(at, v.Expr); err != nil {
		return nil, err
	}
	w := &view{formula: a.printer(), job: a.job}
	objective := v.Expr
	if !study.IsVariable(objective) {
		name := w.freeName("J")
		objective = objective.G.Let(name, objective)
		text, _ := w.Tree(at)
		w.notes = append(w.notes, fmt.Sprintf("%s stands for %s", name, text))
	}
	var params []*symbolic.Expr
	if list != nil {
		if params, err = a.names(list); err != nil {
			return nil, err
		}
	}
	w.Model = study.NewModel(objective, params)
	w.nameAll()
	w.given = list != nil
	return w, nil
}

// roleNote says which variables were taken as data, or as weights, and how they become parameters. It is empty where
// the question named the parameters itself, or every variable is one.
func (w *view) roleNote(a *ask) string {
	data, weights := w.families(w.Inputs()), w.families(w.Hyperparameters())
	if w.given || len(data)+len(weights) == 0 {
		return ""
	}
	var taken []string
	for _, r := range []struct {
		vars     []string
		one, all string
	}{{data, "data", "data"}, {weights, "a hyperparameter", "hyperparameters"}} {
		switch {
		case len(r.vars) == 1:
			taken = append(taken, r.vars[0]+" is taken as "+r.one)
		case len(r.vars) > 1:
			taken = append(taken, strings.Join(r.vars, ", ")+" are taken as "+r.all)
		}
	}
	if len(data) == 0 {
		data = weights
	}
	return fmt.Sprintf("%s; %s takes %s as %s", strings.Join(taken, ", "), a.withParameters(data),
		[2]string{"those", data[0]}[btoi(len(data) == 1)], [2]string{"the parameters", "the parameter"}[btoi(len(data) == 1)])
}

// withParameters is the question with a list of parameters.
func (a *ask) withParameters(names []string) string {
	var args []string
	for _, x := range a.positional() {
		if _, isList := x.(*lang.List); !isList {
			args = append(args, a.source(x))
		}
	}
	return fmt.Sprintf("%s(%s, [%s])", a.call.Fn.Name, strings.Join(args, ", "), strings.Join(names, ", "))
}

// withRoles are the notes of a report that depends on what is a parameter.
func (w *view) withRoles(a *ask) []string {
	notes := slices.Clone(w.notes)
	for _, n := range []string{w.roleNote(a), w.undecidedNote(a)} {
		if n != "" {
			notes = append(notes, n)
		}
	}
	return notes
}

// undecidedNote says that a matrix and a vector are both parameters for want of a reason to take one as data.
func (w *view) undecidedNote(a *ask) string {
	table, vector := w.Undecided()
	if w.given || table == nil {
		return ""
	}
	X, v := w.spelledName(table), w.spelledName(vector)
	return fmt.Sprintf("nothing says which of %s and %s is data, so that both are parameters; %s takes %s alone", X, v, a.withParameters([]string{v}), v)
}

// families are the names of variables, one for all members of a family.
func (w *view) families(es []*symbolic.Expr) []string {
	var out []string
	for _, e := range es {
		base, _, _ := strings.Cut(w.name(e), "[")
		if name := w.spelled(base); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// forwardOnly are the questions that need no gradient, so that what they are about may have axes.
var forwardOnly = map[string]bool{"forward": true, "graph": true}

// second is the second positional argument, or nil.
func (a *ask) second() lang.Expr {
	if p := a.positional(); len(p) > 1 {
		return p[1]
	}
	return nil
}

// hasVariables refuses what is no objective: a variable by itself, or a number.
func (a *ask) hasVariables(at lang.Expr, e *symbolic.Expr) *lang.Error {
	if e.Op != symbolic.Var {
		found := false
		symbolic.Walk(e, func(n *symbolic.Expr) { found = found || n.Op == symbolic.Var }, nil)
		if found {
			return nil
		}
	}
	err := a.errorf("E340", at, "%s needs an objective that is computed from variables", a.call.Fn.Name)
	err.Details = append(err.Details, "an objective is a definition such as J = l(o, y): a number that the parameters determine")
	a.offerObjectives(err)
	return err
}

// offerObjectives adds the scalar definitions of the session as fixes, the last first; where there is none, the sum of
// what was asked about.
func (a *ask) offerObjectives(err *lang.Error) {
	if a.call.Fn.Name == "memory" && err.Code == "E324" && a.named("output") == nil {
		a.offerOutput(err)
	}
	all := a.state.scope.Bindings()
	for i := len(all) - 1; i >= 0 && len(err.Fixes) < 3; i-- {
		b := all[i]
		if b.Expr != nil && b.Expr.Op == symbolic.Let && b.Expr.Rank() == 0 {
			err.Fixes = append(err.Fixes, lang.Fix{Text: fmt.Sprintf("%s(%s)", a.call.Fn.Name, b.Name)})
		}
	}
	if len(err.Fixes) == 0 && err.Code == "E324" {
		err.Fixes = append(err.Fixes, lang.Fix{Text: fmt.Sprintf("%s(sum(%s))", a.call.Fn.Name, a.source(a.positional()[0]))})
	}
}

// offerOutput adds the memory of predicting what was asked about, which an objective needs.
func (a *ask) offerOutput(err *lang.Error) {
	out, refused := a.tensor(0)
	all := a.state.scope.Bindings()
	for i := len(all) - 1; i >= 0 && refused == nil; i-- {
		b := all[i]
		if b.Expr != nil && b.Expr.Op == symbolic.Let && b.Expr.Rank() == 0 && out.Expr.Op == symbolic.Let && symbolic.DependsOn(b.Expr, out.Expr) {
			err.Fixes = append(err.Fixes, lang.Fix{Text: fmt.Sprintf("memory(%s, output=%s)", b.Name, a.source(a.positional()[0])), When: "for the memory of predicting it"})
			return
		}
	}
}

// depthKnown refuses a model whose number of layers is not known yet.
func (a *ask) depthKnown() *lang.Error {
	at := a.positional()[0]
	_, err := a.state.scope.Expr(&lang.Deriv{Span: at.Extent(), Num: at, Wrt: []lang.Expr{at}})
	if err != nil && err.Code == "E219" {
		return err
	}
	return nil
}

// nameAll gives a name to every variable of the model whose own name means something else by now: a redefined z, or the
// z of a batch.
func (w *view) nameAll() {
	var mine, theirs []string
	for _, list := range [3][]*symbolic.Expr{{w.Objective}, w.Leaves, w.Values} {
		for _, e := range list {
			if _, _, ok := w.names.NameOf(e); ok {
				continue
			}
			name := w.freeName(e.Name)
			w.names.Add(e, name)
			if e.Op == symbolic.Let {
				w.more = append(w.more, e)
			}
			if base, _, _ := strings.Cut(name, "["); name != e.Name && !slices.Contains(mine, base) {
				was, _, _ := strings.Cut(e.Name, "[")
				mine, theirs = append(mine, base), append(theirs, was)
			}
		}
	}
	if len(mine) > 0 {
		w.notes = append(w.notes, fmt.Sprintf("%s: what %s was built from as %s", strings.Join(mine, ", "), w.name(w.Objective), strings.Join(theirs, ", ")))
	}
}

// freeName is a name that nothing has: the one given, its capital, or the one with a number.
func (w *view) freeName(name string) string {
	if base, number, ok := strings.Cut(name, "["); ok && !w.isFree(name) {
		return w.freeFamily(base, number)
	}
	candidates := []string{name}
	if r, n := utf8.DecodeRuneInString(name); n == len(name) && unicode.IsLower(r) {
		candidates = append(candidates, string(unicode.ToUpper(r)))
	}
	for _, c := range candidates {
		if w.isFree(c) {
			return c
		}
	}
	for i := 1; ; i++ {
		if c := name + fmt.Sprint(i); w.isFree(c) {
			return c
		}
	}
}

// freeFamily is a member of the same number of a family that nothing is called as.
func (w *view) freeFamily(base, number string) string {
	for i := 1; ; i++ {
		if c := fmt.Sprint(base, i); w.names.Scope.Lookup(c) == nil && !w.names.IsFunc(c) && w.isFree(c+"["+number) {
			return c + "[" + number
		}
	}
}

func (w *view) isFree(name string) bool {
	if w.names.Denotes(name) {
		return false
	}
	base, _, _ := strings.Cut(name, "[")
	return w.names.Scope.Lookup(base) == nil && !w.names.IsFunc(base)
}

// name is what a variable of the model is called.
func (w *view) name(e *symbolic.Expr) string {
	name, _, _ := w.names.NameOf(e)
	return name
}

// nameList is "W1, W2"; members of a family that follow each other are W[1..9].
func (w *view) nameList(es []*symbolic.Expr) string {
	var out []string
	for i := 0; i < len(es); {
		n := w.runOf(es[i:])
		base, first, _ := strings.Cut(w.name(es[i]), "[")
		switch _, last, _ := strings.Cut(w.name(es[i+n-1]), "["); {
		case n > 2:
			out = append(out, fmt.Sprintf("%s[%s..%s", w.spelled(base), strings.TrimSuffix(first, "]"), last))
		default:
			n = 1
			out = append(out, w.spelled(w.name(es[i])))
		}
		i += n
	}
	return strings.Join(out, ", ")
}

// runOf is how many of es, from the first, are members of one family that follow each other.
func (w *view) runOf(es []*symbolic.Expr) int {
	number := func(e *symbolic.Expr) (base string, k int) {
		base, index, _ := strings.Cut(w.name(e), "[")
		k, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		if err != nil {
			return "", 0
		}
		return base, k
	}
	base, k := number(es[0])
	n := 1
	for n < len(es) && base != "" {
		if b, j := number(es[n]); b != base || j != k+n {
			break
		}
		n++
	}
	return n
}

// spelledAll is names with commas.
func (w *view) spelledAll(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = w.spelled(n)
	}
	return strings.Join(out, ", ")
}

// spelled is a name as this session prints it.
func (w *view) spelled(name string) string {
	text, _ := w.Tree(nameTree(name))
	return text
}

// nameTree is the tree of a name; a member of a family, H[3], is an index expression.
func nameTree(s string) lang.Expr {
	base, index, ok := strings.Cut(s, "[")
	n := &lang.Name{Name: base, Raw: base}
	at, good := new(big.Rat).SetString(strings.TrimSuffix(index, "]"))
	if !ok || !good {
		return &lang.Name{Name: s, Raw: s}
	}
	return &lang.Index{X: n, Args: []lang.Expr{&lang.Number{Text: strings.TrimSuffix(index, "]"), Val: at}}}
}

// An equation is one line lhs = rhs of a report, with the lines that the right side needs first.
type equation struct {
	lhs   lang.Expr
	rhs   lang.Expr
	where []*lang.Def
}

// equate writes lhs = e; where e has no matrix notation both sides are entries.
func (w *view) equate(lhs lang.Expr, e *symbolic.Expr) equation {
	if study.IsVariable(e) && w.name(e) != "" {
		return equation{lhs: lhs, rhs: nameTree(w.name(e))}
	}
	if e.Op == symbolic.Let && e.By != nil && w.name(e.By.Of) != "" && w.name(e.By.By) != "" {
		return equation{lhs: lhs, rhs: w.derivativeTree(e.By.Of, e.By.By)}
	}
	f := notation.Printer{Scope: w.names, KeepDerivatives: true}.Form(e)
	q := equation{lhs: lhs, rhs: f.X, where: f.Where}
	if f.Def != nil {
		q.rhs = f.Def.Value
		if len(f.Def.Target.Index) > 0 {
			q.lhs = &lang.Index{X: lhs, Args: f.Def.Target.Index}
		}
	}
	return q
}

// text is the equation on one line; what it needs first follows "where".
func (w *view) text(q equation) (lhs, rhs string) {
	lhs, _ = w.Tree(q.lhs)
	rhs, _ = w.Tree(q.rhs)
	for i, d := range q.where {
		t, _ := w.Tree(d)
		rhs += [2]string{", ", " where "}[btoi(i == 0)] + t
	}
	return lhs, rhs
}

// latex is the equation as a row of an aligned block.
func (w *view) latex(q equation) string {
	_, lhs := w.Tree(q.lhs)
	_, rhs := w.Tree(q.rhs)
	for i, d := range q.where {
		_, t := w.Tree(d)
		rhs += [2]string{`,\ `, `\quad\text{where }`}[btoi(i == 0)] + t
	}
	return lhs + " &= " + rhs
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// derivativeTree is ∂of/∂by.
func (w *view) derivativeTree(of, by *symbolic.Expr) lang.Expr {
	return &lang.Deriv{Num: nameTree(w.name(of)), Wrt: []lang.Expr{nameTree(w.name(by))}}
}

// alignedBlock joins rows of LaTeX: an equation, its space, its number in the book. Fractions get room between them.
func alignedBlock(rows []string) string {
	return `\begin{aligned}` + strings.Join(rows, `\\[3pt] `) + `\end{aligned}`
}

// latexRow adds the space of a line and its number in the book.
func latexRow(equation string, e *symbolic.Expr, number string) string {
	space := `\mathbb{R}`
	if e.Rank() > 0 {
		space += "^{" + strings.Join(e.Shape.Strings(), `\times `) + "}"
	}
	row := equation + ` && \in ` + space
	if number != "" {
		row += ` && \text{(` + number + `)}`
	}
	return row
}

// spaceText is R[h,d].
func spaceText(e *symbolic.Expr) string {
	if e.Rank() == 0 {
		return "R"
	}
	return "R[" + strings.Join(e.Shape.Strings(), ",") + "]"
}
