package kernel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rivo/uniseg"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/rewrite"
	"nabla/symbolic/study"
)

func init() {
	register(&Report{
		Name: "derive", Args: "∂J/∂W1",
		Doc:     "derive(∂Y/∂X) shows one derivative step by step: the chain rule with the paths that it sums, the reverse sweep along them with the rule of every line, the lines put into each other, and the simplification with the name of every rule. derive(prod(∂Z/∂Y, ∂Y/∂X)) shows the product and the sum over entries that it hides.",
		Example: "x : R[d]; w : R[d]; a = w · x; J = exp(a)\nderive(∂J/∂w)\n\t1  ∂J/∂w = prod(∂J/∂a, ∂a/∂w)  chain rule\n\t2  ∂J/∂a = exp(a)              chain rule through exp\n\t3  ∂J/∂w = ∂J/∂a x             inner product\n\t4        = J x                 line 2 inserted",
		Run:     runDerive,
	})
}

// A deriveStep is one line of a derivation in its data.
type deriveStep struct {
	Number  int    `json:"number"`
	Left    string `json:"left"` // empty where the line goes on with the left side before
	Formula string `json:"formula"`
	LaTeX   string `json:"latex"`
	Rule    string `json:"rule"`
}

// A derivation is a report under way.
type derivation struct {
	*view
	steps []deriveStep
	rows  []string
	line  map[int]int // the number of the line of a stage

	answer string // the right side that the derivative has come to
}

func runDerive(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 1); err != nil {
		return nil, err
	}
	w := &derivation{view: &view{formula: a.printer(), job: a.job}, line: map[int]int{}}
	x := a.positional()[0]
	if c, ok := x.(*lang.Call); ok && c.Fn.Name == "prod" {
		return w.chain(a, c)
	}
	if d := asDerivative(x); d != nil {
		return w.all(a, d)
	}
	return nil, a.notDerivative()
}

// notDerivative refuses what has no derivation, with a derivative that has.
func (a *ask) notDerivative() *lang.Error {
	e := a.errorf("E343", a.positional()[0], "derive shows how a derivative comes about: derive(∂J/∂W) or derive(prod(∂Z/∂Y, ∂Y/∂X))")
	v, err := a.expr(0)
	if err != nil {
		return err
	}
	if v.IsList() || !study.IsVariable(v.Expr) || v.Expr.Op == symbolic.Var {
		return e
	}
	w := &view{formula: a.printer(), job: a.job}
	for _, x := range study.NewModel(v.Expr, nil).Parameters() {
		text, _ := w.Tree(&lang.Deriv{Num: nameTree(w.name(v.Expr)), Wrt: []lang.Expr{nameTree(w.name(x))}})
		e.Fixes = append(e.Fixes, lang.Fix{Text: "derive(" + text + ")"})
	}
	return e
}

// all derives by each denominator in turn.
func (w *derivation) all(a *ask, t *lang.Deriv) (*Result, *lang.Error) {
	value, err := a.state.scope.Expr(t)
	if err != nil {
		return nil, err
	}
	y, left := (*symbolic.Expr)(nil), t.Num
	for i, x := range t.Wrt {
		by, err := a.state.scope.Expr(x)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			if y, err = w.numerator(a, t); err != nil {
				return nil, err
			}
		}
		d, failed := study.Derive(y, by.Expr, w.lets())
		if failed != nil {
			return nil, a.errorf("E214", t, "%v", failed)
		}
		w.write(d, left, x)
		y, left = d.Result, &lang.Deriv{Num: t.Num, Wrt: t.Wrt[:i+1]}
	}
	return w.result(a, value.Expr, value.Notes), nil
}

// numerator is what is differentiated; a function means its one application.
func (w *derivation) numerator(a *ask, t *lang.Deriv) (*symbolic.Expr, *lang.Error) {
	v, err := a.state.scope.Expr(t.Num)
	if err == nil {
		return v.Expr, nil
	}
	n, ok := t.Num.(*lang.Name)
	if !ok {
		return nil, err
	}
	b := w.names.Scope.Lookup(n.Name)
	by, refused := a.state.scope.Expr(t.Wrt[0])
	if b == nil || b.Fn == nil || refused != nil {
		return nil, err
	}
	var found *symbolic.Expr
	for _, l := range w.lets() {
		symbolic.Walk(l, func(e *symbolic.Expr) {
			if e.Op == symbolic.Call && e.Fn == b.Fn && len(e.Par.Deriv) == 0 && slices.Contains(e.Args, by.Expr) {
				found = e
			}
		}, nil)
	}
	if found == nil {
		return nil, err
	}
	return found, nil
}

// add writes one line; without lhs it goes on with the one before.
func (w *derivation) add(lhs lang.Expr, q equation, rule string) int {
	left, right := w.text(q)
	latex := w.latex(q)
	if lhs == nil {
		left = ""
		latex = " &= " + strings.SplitN(latex, " &= ", 2)[1]
	}
	n := len(w.steps) + 1
	w.steps = append(w.steps, deriveStep{n, left, right, latex, rule})
	w.rows = append(w.rows, latex+` && \text{`+latexText(rule)+`}`)
	return n
}

// latexText is a rule inside \text.
func latexText(s string) string {
	return strings.NewReplacer("∂", `$\partial$`, "φ", `$\phi$`, "_", `\_`, "²", `$^2$`, "⁻¹", `$^{-1}$`, "ᵀ", `$^\top$`).Replace(s)
}

// write is the derivation of ∂y/∂x.
func (w *derivation) write(d *study.Derivation, y, x lang.Expr) {
	lhs := &lang.Deriv{Num: y, Wrt: []lang.Expr{x}}
	w.chainRule(d, lhs)
	for i, s := range d.Sweep {
		if i == len(d.Sweep)-1 {
			w.parts(d, x)
		}
		left := lhs
		if i < len(d.Sweep)-1 {
			left = &lang.Deriv{Num: y, Wrt: []lang.Expr{w.treeOf(s.By)}}
		}
		rule := w.rulesText(s.Rules)
		if s.By == d.Y {
			rule = "a variable by itself"
		}
		if s.Formula.IsZero() && len(s.Rules) == 0 {
			rule = "it does not occur"
		}
		q := w.equate(left, s.Formula)
		_, w.answer = w.text(q)
		w.line[i] = w.add(left, q, rule)
	}
	for _, in := range d.Inserts {
		q := w.equate(lhs, in.Formula)
		_, w.answer = w.text(q)
		w.add(nil, q, fmt.Sprintf("line %d inserted", w.line[in.Stage]))
	}
	w.rewritings(d, lhs)
}

// parts are the derivatives of the penalties by themselves, which the last line adds.
func (w *derivation) parts(d *study.Derivation, x lang.Expr) {
	for _, p := range d.Parts {
		left := &lang.Deriv{Num: w.treeOf(p.Of), Wrt: []lang.Expr{x}}
		w.add(left, w.equate(left, p.Formula), w.rulesText(p.Rules))
	}
}

// chainRule is ∂y/∂x as the sum of products over the definitions that read x, and of the derivative of what y itself
// makes of it.
func (w *derivation) chainRule(d *study.Derivation, lhs *lang.Deriv) {
	var sum lang.Expr
	for _, u := range d.Through {
		p := w.along(d, u, lhs)
		if p == nil {
			return
		}
		if sum == nil {
			sum = p
		} else {
			sum = &lang.Binary{Op: lang.Add, X: sum, Y: p}
		}
	}
	if sum == nil {
		return
	}
	rule := "chain rule"
	if len(d.Through) > 1 {
		rule = "chain rule, summed over what reads " + w.spelled(w.name(d.X))
	}
	w.add(lhs, equation{lhs: lhs, rhs: sum}, rule)
}

// along is the part of ∂y/∂x that comes by way of u, in words of the chain rule; nil where that has none.
func (w *derivation) along(d *study.Derivation, u *symbolic.Expr, lhs *lang.Deriv) lang.Expr {
	if u == d.Y {
		i := slices.IndexFunc(d.Parts, func(p study.Part) bool { return w.name(p.Of) == "" })
		if i < 0 || len(d.Through) == 1 {
			return nil
		}
		return &lang.Deriv{Num: w.treeOf(d.Parts[i].Of), Wrt: lhs.Wrt}
	}
	if w.name(u) == "" {
		return nil
	}
	mid := nameTree(w.name(u))
	return &lang.Call{Fn: &lang.Name{Name: "prod", Raw: "prod"}, Args: []lang.Arg{
		{X: &lang.Deriv{Num: lhs.Num, Wrt: []lang.Expr{mid}}}, {X: &lang.Deriv{Num: mid, Wrt: lhs.Wrt}},
	}}
}

// treeOf is a node as a person writes it.
func (w *derivation) treeOf(e *symbolic.Expr) lang.Expr {
	if n := w.name(e); n != "" {
		return nameTree(n)
	}
	return w.equate(nameTree("T"), e).rhs
}

// rewritings are the steps of the simplification, and what they lead to where it is not the last line already.
func (w *derivation) rewritings(d *study.Derivation, lhs lang.Expr) {
	for _, r := range d.Rewrite {
		q := equation{lhs: w.treeOf(r.Before), rhs: w.treeOf(r.After)}
		if l, rhs := w.text(q); l != rhs && l+" = "+rhs != w.equationText(len(w.steps)-1) {
			w.add(q.lhs, q, "simplified: "+ruleTitle(r))
		}
	}
	q := w.equate(lhs, d.Result)
	if _, last := w.text(q); last != w.answer {
		w.add(lhs, q, "so that")
	}
	w.answer = ""
}

// equationText is the i-th line with its left side.
func (w *derivation) equationText(i int) string { return w.steps[i].Left + " = " + w.steps[i].Formula }

func ruleTitle(r rewrite.Rewriting) string {
	if r.Rule == "" {
		return "in shorter form"
	}
	return r.Rule
}

// result lays the lines out.
func (w *derivation) result(a *ask, value *symbolic.Expr, notes []string) *Result {
	res := &Result{Kind: KindReport, Notes: notes, LaTeX: alignedBlock(w.rows), Data: map[string]any{"steps": w.steps}}
	res.Text = w.hung()
	a.shape(res, value, false)
	return res
}

// hung moves lines without a left side under the equality sign of the line before.
func (w *derivation) hung() string {
	t := &table{}
	indent := ""
	for _, s := range w.steps {
		if s.Left != "" {
			indent = strings.Repeat(" ", uniseg.StringWidth(s.Left))
		}
		left := s.Left
		if left == "" {
			left = indent
		}
		t.row(fmt.Sprint(s.Number), left+" = "+s.Formula, s.Rule)
	}
	return t.String()
}

// chain derives prod(∂Z/∂Y, ∂Y/∂X): the product, the sum over entries that it hides, its factors, and what it comes to.
func (w *derivation) chain(a *ask, t *lang.Call) (*Result, *lang.Error) {
	value, err := a.state.scope.Expr(t)
	if err != nil {
		return nil, err
	}
	factors := make([]*lang.Deriv, len(t.Args))
	for i, x := range t.Args {
		d, ok := x.X.(*lang.Deriv)
		if !ok || len(d.Wrt) != 1 {
			return nil, a.errorf("E343", x.X, "derive(prod(…)) is about derivatives: prod(∂Z/∂Y, ∂Y/∂X)")
		}
		factors[i] = d
	}
	lhs := &lang.Deriv{Num: factors[0].Num, Wrt: factors[len(factors)-1].Wrt}
	w.add(lhs, equation{lhs: lhs, rhs: t}, "chain rule (5.3.7)")
	if err := w.entries(a, lhs, factors); err != nil {
		return nil, err
	}
	for _, f := range factors {
		v, err := a.state.scope.Expr(f)
		if err != nil {
			return nil, err
		}
		w.add(f, w.equate(f, rewrite.Simplify(v.Expr, w.lets())), "")
	}
	w.add(lhs, w.equate(lhs, rewrite.Simplify(value.Expr, w.lets())), "the factors multiplied")
	notes := value.Notes
	if whole, err := a.state.scope.Expr(lhs); err == nil {
		if c := study.Compare(a.ctx, whole.Expr, value.Expr); c.Decision == study.Refuted {
			left, _ := w.Tree(lhs)
			notes = append(notes, left+" has other paths too: this is the part that comes by way of these factors")
		}
	}
	return w.result(a, value.Expr, notes), nil
}

// entries writes the product as the sum over the entries of what stands in the middle.
func (w *derivation) entries(a *ask, lhs *lang.Deriv, factors []*lang.Deriv) *lang.Error {
	ends := []lang.Expr{factors[0].Num}
	for _, f := range factors {
		ends = append(ends, f.Wrt[0])
	}
	letters := w.indexLetters()
	at := make([][]lang.Expr, len(ends))
	var summed []*lang.Name
	for i, x := range ends {
		v, err := w.numerator(a, &lang.Deriv{Num: x, Wrt: factors[0].Wrt})
		if err != nil {
			return err
		}
		for range v.Rank() {
			if len(letters) == 0 {
				return nil
			}
			n := &lang.Name{Name: letters[0], Raw: letters[0]}
			letters = letters[1:]
			at[i] = append(at[i], n)
			if i > 0 && i < len(ends)-1 {
				summed = append(summed, n)
			}
		}
	}
	var product lang.Expr
	for i, f := range factors {
		x := entryOf(f, at[i], at[i+1])
		if product == nil {
			product = x
		} else {
			product = &lang.Binary{Op: lang.Mul, X: product, Y: x, Juxt: true}
		}
	}
	if len(summed) > 0 {
		product = &lang.SumIdx{Index: summed, X: product}
	}
	left := entryOf(lhs, at[0], at[len(at)-1])
	w.add(left, equation{lhs: left, rhs: product}, "prod sums over the entries in the middle")
	return nil
}

// entryOf is (∂Y/∂X)[i,j].
func entryOf(d *lang.Deriv, rows, columns []lang.Expr) lang.Expr {
	at := append(append([]lang.Expr{}, rows...), columns...)
	if len(at) == 0 {
		return d
	}
	return &lang.Index{X: d, Args: at}
}

// indexLetters are the letters for indices that are no names of the session.
func (w *derivation) indexLetters() []string {
	var out []string
	for _, l := range strings.Split("i j k l m n p r t u v a b c d e f g h", " ") {
		if w.names.Scope.Lookup(l) == nil {
			out = append(out, l)
		}
	}
	return out
}
