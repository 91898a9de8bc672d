package kernel

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/rewrite"
	"nabla/symbolic/study"
)

func init() {
	register(
		&Report{
			Name: "eval", Args: "e",
			Doc:     "eval(e) computes the numbers of an expression or of a list of them, with the values and sizes that are known now.",
			Example: "eval(1/3 + 1/6)\n\t0.5",
			Run:     runEval,
		},
		&Report{
			Name: "latex", Args: "e",
			Doc:     "latex(e) is the LaTeX source of an expression as it would be shown.",
			Example: "A : R[n,n]\nlatex(A)\n\t\\mathbf{A}",
			Run:     runLatex,
		},
		&Report{
			Name: "expand", Args: "e",
			Doc:     "expand(e) opens the definitions and multiplies the products out.",
			Example: "a, b : R\nexpand((a + b)^2)\n\ta² + 2 a b + b²",
			Run:     runExpand,
		},
		&Report{
			Name: "simplify", Args: "e",
			Doc:     "simplify(e) is e in its shortest form; its value never changes.",
			Example: "u : R[n]\nsimplify(exp(u) / sum(exp(u)))\n\tsoftmax(u)",
			Run:     runSimplify,
		},
		&Report{
			Name: "equal", Args: "a, b",
			Doc:     "equal(a, b) decides whether two expressions are equal: proved by a normal form, refuted by a point at which they differ, or equal at random points without a proof.",
			Example: "a, b : R\nequal((a + b)^2, a^2 + 2 a b + b^2)\n\tequal (proved)",
			Run:     runEqual,
		},
		&Report{
			Name: "print", Args: "…, to=\"stdout\"",
			Doc:     "print(…) writes texts and values, separated by spaces; to=\"stderr\" writes to the other stream.",
			Example: "print(\"loss\", 0.25)\n\tloss 0.25",
			Run:     runPrint,
		},
		&Report{
			Name: "input", Args: "prompt",
			Doc:     "input(prompt) asks for a line: name := input(\"learning rate? \") reads a value.",
			Example: `rate := input("learning rate? ")`,
			Run:     runInput,
		},
		&Report{Name: "clear", Args: "", Doc: "clear() empties the display of the cell.", Example: `print("for a moment"); clear()`,
			Run: runClear},
	)
}

func runEval(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 1); err != nil {
		return nil, err
	}
	v, err := a.expr(0)
	if err != nil {
		return nil, err
	}
	if v.IsList() {
		return a.evalList(v.Items)
	}
	arrays, err := a.evaluate(a.positional()[0], v.Expr)
	if err != nil {
		return nil, err
	}
	res := a.numbers(KindExpr, arrays[0])
	res.Notes = v.Notes
	a.shape(res, v.Expr, v.Row)
	res.Sizes = append([]int{}, arrays[0].Shape...)
	a.answer = &answer{num: arrays[0], row: v.Row}
	return res, nil
}

func runLatex(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 1); err != nil {
		return nil, err
	}
	v, err := a.tensor(0)
	if err != nil {
		return nil, err
	}
	_, latex, _ := a.printer().Answer(v.Expr, v.Row, a.derived())
	return &Result{Kind: KindReport, Text: latex, LaTeX: latex}, nil
}

func runExpand(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 1); err != nil {
		return nil, err
	}
	v, err := a.tensor(0)
	if err != nil {
		return nil, err
	}
	n, ok := rewrite.Expanded(v.Expr)
	if !ok {
		v.Notes = append(v.Notes, "too many terms: not expanded to the end")
	}
	v.Expr = n
	return a.show(v), nil
}

func runSimplify(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 1); err != nil {
		return nil, err
	}
	v, err := a.tensor(0)
	if err != nil {
		return nil, err
	}
	v.Expr = rewrite.Simplify(v.Expr, a.state.scope.Names().Lets())
	return a.show(v), nil
}

func runEqual(a *ask) (*Result, *lang.Error) {
	if err := a.allow(2, 2); err != nil {
		return nil, err
	}
	p := a.positional()
	claim, err := a.state.scope.Claim(&lang.Check{Span: a.call.Span, Terms: p, Ops: []lang.RelOp{lang.Eq}})
	if err != nil {
		return nil, err
	}
	left, right := claim.Terms[0].Expr, claim.Terms[1].Expr
	c := study.Compare(a.ctx, left, right)
	if a.ctx.Err() != nil {
		return nil, a.interrupted()
	}
	r := &Result{Kind: KindReport, Notes: claim.Notes, Text: equalText(c, a.state.settings.Format)}
	if c.Special != nil {
		kink := a.kinkText(c, left, right, "the left side", "the right side")
		if c.At != nil && c.Decision == study.Equal {
			c.Decision = study.Refuted
			r.Text = "not equal: " + kink + fmt.Sprintf(" (equal at %d random points)", c.Points)
		} else if len(claim.Notes) == 0 {
			r.Notes = append(r.Notes, kink)
		}
	}
	r.Data = equalData(c)
	return r, nil
}

// kinkText says what two sides that are equal at random points are at a special one: different, or one of them has no value.
func (j *job) kinkText(c study.Comparison, left, right *symbolic.Expr, one, other string) string {
	f := j.state.settings.Format
	x := study.FindKink(j.ctx, left, right)
	if x == nil {
		x = &study.Example{Point: c.Special, A: c.A, B: c.B}
	}
	with := ""
	if len(x.Vars) > 0 {
		with = "with " + j.exampleText(x) + " "
	}
	if c.Missing > 0 {
		return with + []string{other, one}[c.Missing-1] + " has a value and " + []string{one, other}[c.Missing-1] + " has none"
	}
	if len(x.Entry) > 0 {
		with += "in entry " + strings.ReplaceAll(strings.Trim(fmt.Sprint(x.Entry), "[]"), " ", ",") + " "
	}
	return fmt.Sprintf("%s%s is %s and %s is %s", with, one, f.Number(x.A.Data[x.At]), other, f.Number(x.B.Data[x.At]))
}

// equalText says what was decided.
func equalText(c study.Comparison, f Format) string {
	switch c.Decision {
	case study.Proved:
		return "equal (proved)"
	case study.Equal:
		return fmt.Sprintf("equal at %d random points, not proved", c.Points)
	case study.Refuted:
		return "not equal: " + counterexample(c, f)
	}
	return "not decided: " + c.NotDecided()
}

// counterexample is the entry at which two sides differ most, with both values.
func counterexample(c study.Comparison, f Format) string {
	i := 0
	for k, p := range c.Entry {
		i = i*c.A.Shape[k] + p - 1
	}
	at := "at a random point"
	if len(c.Entry) > 0 {
		at = fmt.Sprintf("entry %s %s", strings.ReplaceAll(strings.Trim(fmt.Sprint(c.Entry), "[]"), " ", ","), at)
	}
	return fmt.Sprintf("%s is %s on the left and %s on the right", at, f.Number(c.A.Data[i]), f.Number(c.B.Data[i]))
}

func equalData(c study.Comparison) map[string]any {
	return map[string]any{
		"decision": [...]string{"proved", "equal at points", "refuted", "not decided"}[c.Decision],
		"points":   c.Points,
	}
}

func runPrint(a *ask) (*Result, *lang.Error) {
	if err := a.allow(0, 1000, "to"); err != nil {
		return nil, err
	}
	to, err := a.text("to", "stdout")
	if err != nil {
		return nil, err
	}
	if to != "stdout" && to != "stderr" {
		return nil, a.errorf("E325", a.named("to"), "to should be \"stdout\" or \"stderr\"")
	}
	var parts []string
	for _, x := range a.positional() {
		s, err := a.printed(x)
		if err != nil {
			return nil, err
		}
		parts = append(parts, s)
	}
	a.out.Print(to, strings.Join(parts, " ")+"\n")
	return &Result{Kind: KindReport}, nil
}

// printed is a text as it is, numbers if they can be computed, and the formula otherwise.
func (a *ask) printed(x lang.Expr) (string, *lang.Error) {
	if s, ok := x.(*lang.String); ok {
		return s.Val, nil
	}
	v, err := a.state.scope.Expr(stripEval(x))
	if err != nil {
		return "", err
	}
	if v.IsList() || v.Hole != nil {
		return a.show(v).Text, nil
	}
	arrays, err := a.evaluate(x, v.Expr)
	switch {
	case err == nil:
		return a.state.settings.Format.Array(arrays[0]), nil
	case !slices.Contains([]string{"E301", "E302", "E303"}, err.Code): // numbers are missing
		return "", err
	}
	text, _, _ := a.printer().Answer(v.Expr, v.Row, a.derived())
	return text, nil
}

func runInput(a *ask) (*Result, *lang.Error) {
	line, err := a.readLine()
	if err != nil {
		return nil, err
	}
	return &Result{Kind: KindReport, Text: line}, nil
}

// readLine asks the person at the front end.
func (a *ask) readLine() (string, *lang.Error) {
	if err := a.allow(0, 1); err != nil {
		return "", err
	}
	prompt := ""
	if p := a.positional(); len(p) == 1 {
		s, ok := p[0].(*lang.String)
		if !ok {
			return "", a.errorf("E325", p[0], "the prompt should be a text in quotes")
		}
		prompt = s.Val
	}
	if a.opts.NoInput {
		return "", a.errorf("E327", a.call, "input is not allowed here")
	}
	line, err := a.out.Input(prompt)
	if err != nil {
		return "", a.errorf("E327", a.call, "no input: %v", err)
	}
	return line, nil
}

func runClear(a *ask) (*Result, *lang.Error) {
	a.out.Clear(false)
	return &Result{Kind: KindReport}, nil
}

// numericAnswer shows a % that is numbers.
func (j *job) numericAnswer(x lang.Expr) (*Result, bool) {
	ref, ok := x.(*lang.OutRef)
	if !ok {
		return nil, false
	}
	a := j.state.last
	if ref.N > 0 {
		a = j.state.answers.At(ref.N)
	}
	if a == nil || a.num == nil {
		return nil, false
	}
	res := j.numbers(KindExpr, a.num)
	res.Sizes = a.num.Shape
	return res, true
}
