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
	a.answer = &answer{num: arrays[0], row: v.Row, of: v.Expr}
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
	r := &Result{Kind: KindReport, Notes: claim.Notes, Text: a.equalText(c, left, right)}
	if c.Special != nil {
		kink := a.kinkText(c, left, right, "the left side", "the right side")
		if c.At != nil && c.Missing == 0 && c.Decision != study.Proved {
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
	if c.At == nil {
		return j.missingText(c, left, right, one, other)
	}
	x := study.FindKink(j.ctx, left, right)
	if x == nil {
		x = c.Example()
	}
	return j.withText(x) + j.sidesText(x.Entry, x.A.Data[x.At], x.B.Data[x.At], one, other)
}

// missingText names a point at which one of two sides has no value.
func (j *job) missingText(c study.Comparison, left, right *symbolic.Expr, one, other string) string {
	x, missing := study.FindMissing(j.ctx, left, right)
	if x == nil {
		x, missing = c.Example(), c.Missing
	}
	if missing == 1 {
		one, other = other, one
	}
	return j.withText(x) + one + " has a value and " + other + " has none"
}

// withText is the values at a point, where there are few: "with a = 2, ".
func (j *job) withText(x *study.Example) string {
	if len(x.Vars) == 0 {
		return ""
	}
	return "with " + j.exampleText(x) + ", "
}

// equalText says what was decided.
func (j *job) equalText(c study.Comparison, left, right *symbolic.Expr) string {
	switch c.Decision {
	case study.Proved:
		return "equal (proved)"
	case study.Equal:
		return fmt.Sprintf("equal at %d random points, not proved", c.Points)
	case study.Refuted:
		return "not equal: " + j.counterexampleText(c, left, right)
	}
	return "not decided: " + c.NotDecided()
}

// counterexampleText is the entry at which two sides differ most, with both values, at a point that a reader can compute
// again where there is one.
func (j *job) counterexampleText(c study.Comparison, left, right *symbolic.Expr) string {
	if x := study.FindExample(j.ctx, left, right); x != nil {
		return j.withText(x) + j.sidesText(x.Entry, x.A.Data[x.At], x.B.Data[x.At], "the left side", "the right side")
	}
	i := 0
	for k, p := range c.Entry {
		i = i*c.A.Shape[k] + p - 1
	}
	return "at a random point " + j.sidesText(c.Entry, c.A.Data[i], c.B.Data[i], "the left side", "the right side")
}

// sidesText is the values of an entry of two sides.
func (j *job) sidesText(entry []int, a, b float64, one, other string) string {
	in, f := "", j.state.settings.Format
	if len(entry) > 0 {
		in = "in entry " + strings.ReplaceAll(strings.Trim(fmt.Sprint(entry), "[]"), " ", ",") + " "
	}
	return fmt.Sprintf("%s%s is %s and %s is %s", in, one, f.Number(a), other, f.Number(b))
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
	a := j.state.answered(ref.N)
	if a == nil || a.num == nil && (len(a.list) == 0 || a.list[0].num == nil) {
		return nil, false
	}
	j.answer = a
	if a.num == nil {
		return j.numberList(a.list, a.value().Items), true
	}
	res := j.numbers(KindExpr, a.num)
	if a.of != nil {
		j.shape(res, a.of, a.row)
	}
	res.Sizes = append([]int{}, a.num.Shape...)
	return res, true
}
