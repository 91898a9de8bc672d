package kernel

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/study"
)

// The verdicts. RIGHT at points, RIGHT IF and FOLLOWS go on with a number or a condition.
const (
	rightProved = "RIGHT (proved)"
	rightPoints = "RIGHT (equal at %d random points)"
	rightHolds  = "RIGHT (true at %d random points)"
	rightLayout = "RIGHT (other layout)"
	rightIf     = "RIGHT IF "
	wrongShape  = "WRONG SHAPE"
	wrongValue  = "WRONG VALUE"
	followsFrom = "FOLLOWS FROM YOUR LINE %d"
	notDecided  = "NOT DECIDED"
)

// A judgement is what is said of one claim.
type judgement struct {
	Verdict  string
	Evidence []string
	Remarks  []string // of a right line: what it takes for granted
	Step     int      // which relation of a chain is the first that fails, from 1; 0 if there is one relation
	Span     lang.Span
	Entry    []int
	Values   []float64 // of the student's side and of the right one, at that entry
	Repairs  []repair
	Hints    []string
	Special  string         // for which particular functions a line holds that is wrong in general
	Root     int            // the student's line that this one follows from
	Example  *study.Example // where the sides differ, if one was found that a person can check

	truth     lang.Expr   // the side that is known
	candidate lang.Expr   // the student's
	entry     *lang.Index // the entry that the line is for, if it is for one: truth is all of it then, where the line is for every entry
	left      lang.Expr   // what the line is for: its first side where that is a derivative or a name
	last      lang.Expr   // what the line comes to: the end of a chain
	expr      *symbolic.Expr
}

func (g *judgement) right() bool { return strings.HasPrefix(g.Verdict, "RIGHT") }

// check judges a claim, remembers it as the student's line, and judges anew what depends on it.
func (j *job) check(b *lang.Check) (*Result, *lang.Error) {
	if len(b.Ops) == 0 && !hasHole(b) {
		return nil, j.errorf("E330", b, "a claim has two sides: check a == b")
	}
	if hasHole(b) {
		return j.checkHole(b)
	}
	g, notes, err := j.judge(b)
	if err != nil {
		harmlessly(func() { j.offerQuantity(b, err) })
		return nil, err
	}
	if j.ctx.Err() != nil {
		return nil, j.interrupted()
	}
	line := j.follow(b, g)
	if !g.right() || strings.HasPrefix(g.Verdict, rightIf) {
		j.explain(g)
	}
	j.state.judged = g
	j.state.hinted = 0
	changed := append(j.remember(b, g, line), j.exerciseLine(g)...)
	res := &Result{Kind: KindCheck, Text: g.text(), Notes: append(notes, changed...), Data: j.checkData(g, line)}
	return res, nil
}

func hasHole(b *lang.Check) bool {
	found := false
	lang.Walk(b, func(n lang.Node) bool {
		if _, ok := n.(*lang.Hole); ok {
			found = true
		}
		return !found
	})
	return found
}

func (g *judgement) text() string {
	text := g.Verdict
	if g.Step > 0 && !g.right() {
		text += fmt.Sprintf(" in step %d: %s", g.Step, lang.Print(g.candidate))
	}
	lines := append(slices.Clone(g.Evidence), g.Remarks...)
	for i, e := range lines {
		text += [2]string{"\n  ", ": "}[btoi(i == 0)] + e
	}
	return text
}

// checkData is the structured form of a judgement.
func (j *job) checkData(g *judgement, line int) map[string]any {
	repairs, edits := []string{}, []map[string]string{}
	for _, r := range g.Repairs {
		repairs = append(repairs, r.text)
		edits = append(edits, map[string]string{"edit": r.edit, "line": r.text})
	}
	d := map[string]any{
		"verdict": g.Verdict, "repairs": repairs, "edits": edits, "hints": append([]string{}, g.Hints...),
		"evidence": append(slices.Clone(append([]string{}, g.Evidence...)), g.Remarks...),
	}
	if line > 0 {
		d["line"] = line
	}
	if g.Step > 0 {
		d["step"] = g.Step
	}
	if g.Span != (lang.Span{}) {
		e := lang.Errorf("", g.Span, "")
		e.Source = j.cell
		l, c, n := e.Position()
		d["span"] = map[string]int{"line": l, "column": c, "length": n}
		d["part"] = strings.Join(strings.Fields(j.cell[max(0, g.Span.Start):min(len(j.cell), g.Span.End)]), " ")
	}
	if len(g.Values) == 2 {
		d["entry"] = append([]int{}, g.Entry...)
		d["values"] = g.Values
	}
	return d
}

// judge finds the verdict of a chain of relations: that of its first step that is not right, or the weakest.
func (j *job) judge(b *lang.Check) (*judgement, []string, *lang.Error) {
	var out, first *judgement
	var notes []string
	for i := range b.Ops {
		g, n, err := j.step(b, i)
		if err != nil {
			return nil, nil, err
		}
		notes = append(notes, n...)
		if first == nil {
			first = g
		}
		if len(b.Ops) > 1 {
			g.Step = i + 1
		}
		if out == nil || out.Verdict == rightProved || !g.right() {
			if out != nil {
				g.Remarks = append(out.Remarks, g.Remarks...)
			}
			out = g
		}
		out.left, out.last = first.truth, g.candidate
		if !g.right() || strings.HasPrefix(g.Verdict, rightIf) {
			break
		}
	}
	return out, notes, nil
}

// step judges one relation. A side that is a derivative or a single name is what the other one is held against.
func (j *job) step(b *lang.Check, i int) (*judgement, []string, *lang.Error) {
	g := &judgement{truth: b.Terms[i], candidate: b.Terms[i+1]}
	if i == 0 && !isGiven(g.truth) && isGiven(g.candidate) {
		g.truth, g.candidate = g.candidate, g.truth
	}
	swapped := g.truth != b.Terms[i]
	j.wholeOf(g)
	claim, err := j.state.scope.Claim(&lang.Check{Span: b.Span, Terms: []lang.Expr{b.Terms[i], b.Terms[i+1]}, Ops: b.Ops[i : i+1]})
	if err != nil {
		if !check.IsShape(err) {
			return nil, nil, err
		}
		j.misshapen(g, err)
		if isOrder(b.Ops[i]) {
			g.expr = nil // there is no right side to be found
		}
		return g, nil, nil
	}
	t, c := claim.Terms[0].Expr, claim.Terms[1].Expr
	if swapped {
		t, c = c, t
	}
	if isOrder(b.Ops[i]) {
		j.order(g, claim, b.Ops[i])
		return g, claim.Notes, nil
	}
	g.expr = t
	j.values(g, t, c)
	j.sums(g)
	if g.Verdict == wrongValue && b.Ops[i] == lang.Approx && j.nearby(t, c) {
		g.Verdict, g.Evidence = "RIGHT (equal at your values)", nil
	}
	return g, claim.Notes, nil
}

// wholeOf makes a line about the entries (∂J/∂W)[i,j] one about ∂J/∂W, where it is about all of them.
func (j *job) wholeOf(g *judgement) {
	if g.entry = j.entryOf(g.truth); g.entry == nil {
		return
	}
	quiet := j.state.scope.Quiet()
	defer j.state.scope.Activate()
	own, _, ok := asEntries(quiet, g.entry, g.entry)
	if v, err := quiet.Expr(g.entry.X); err == nil && ok {
		if g.expr = own.Expr; v.Expr == own.Expr {
			g.truth = g.entry.X
		}
	}
}

// sums says of a wrong line for an entry that an index of its own is summed over.
func (j *job) sums(g *judgement) {
	if g.entry == nil || g.Verdict != wrongValue {
		return
	}
	for _, n := range unstated(g.entry, g.candidate) {
		g.Evidence = append([]string{fmt.Sprintf("%s stands on one side only: over it is summed, and a sum is stated: sum[%s] …", n.Raw, n.Raw)}, g.Evidence...)
	}
}

// isGiven says that the left side of a line has this form: what is to be found, rather than a formula for it.
func isGiven(x lang.Expr) bool {
	switch x := x.(type) {
	case *lang.Deriv, *lang.Nabla, *lang.Name:
		return true
	case *lang.Index:
		return isGiven(x.X)
	case *lang.Call:
		return slices.Contains(derivingCalls, x.Fn.Name)
	}
	return false
}

func isOrder(op lang.RelOp) bool { return op != lang.Eq && op != lang.Approx }

// misshapen judges a claim whose shapes do not fit: the smallest part that fails, or the other layout.
func (j *job) misshapen(g *judgement, err *lang.Error) {
	g.Verdict, g.Span = wrongShape, err.Span
	g.Evidence = append(g.Evidence, err.Message)
	for _, l := range err.Labels {
		text := l.Text
		if strings.HasPrefix(text, ":") && l.Span.Start >= 0 && l.Span.End <= len(j.cell) && l.Span.Start < l.Span.End {
			text = j.cell[l.Span.Start:l.Span.End] + " " + text // the name stands above the label in an error
		}
		if typed, _, _ := strings.Cut(text, "  "); !strings.Contains(err.Message, typed) {
			g.Evidence = append(g.Evidence, text)
		}
	}
	j.diagnose(ofMisshapen, &diagnosing{judgement: g, ctx: j.ctx})
}

// otherLayout finds the right numbers in a line of the wrong shape.
func (j *job) otherLayout(d *diagnosing) {
	g := d.judgement
	quiet := j.state.scope.Quiet()
	defer j.state.scope.Activate()
	t, terr := quiet.Expr(g.truth)
	if terr != nil || t.IsList() || t.Hole != nil {
		return
	}
	if g.entry == nil {
		g.expr = t.Expr
	}
	c, cerr := quiet.Expr(g.candidate)
	if cerr != nil || c.IsList() || c.Hole != nil || c.Expr.Rank() != t.Expr.Rank() {
		return
	}
	for k := range max(1, t.Expr.Rank()) {
		turned := rotated(c.Expr, k)
		if !quiet.Dims.SameShape(turned.Shape, t.Expr.Shape) || k == 0 && t.Row == c.Row {
			continue
		}
		if d := study.Compare(j.ctx, t.Expr, turned); d.Decision == study.Proved || d.Decision == study.Equal {
			g.Verdict, g.Span = rightLayout, lang.Span{}
			g.Evidence = []string{fmt.Sprintf("the right numbers in another layout: yours is in %s, %s is in %s", c.Space(), whatIsRight(g.truth), t.Space())}
			return
		}
	}
}

// whatIsRight is what a line of another layout is compared with.
func whatIsRight(truth lang.Expr) string {
	what := "the other side"
	lang.Walk(truth, func(n lang.Node) bool {
		switch n.(type) {
		case *lang.Deriv, *lang.Nabla:
			what = "here a derivative"
		}
		return true
	})
	return what
}

// rotated is e with its first k axes moved to the end: the other layout of a derivative.
func rotated(e *symbolic.Expr, k int) *symbolic.Expr {
	if k == 0 {
		return e
	}
	perm := make([]int, e.Rank())
	for i := range perm {
		perm[i] = (i + k) % e.Rank()
	}
	return e.G.Permute(e, perm...)
}

// values compares two sides of one shape.
func (j *job) values(g *judgement, t, c *symbolic.Expr) {
	d := study.Compare(j.ctx, t, c)
	switch d.Decision {
	case study.Proved:
		g.Verdict = rightProved
	case study.Equal:
		g.Verdict = fmt.Sprintf(rightPoints, d.Points)
		if d.At != nil {
			g.Evidence = []string{"except at single points, such as kinks: " + j.kinkText(d, t, c, "the right value", "yours")}
		}
	case study.Unknown:
		g.Verdict, g.Evidence = notDecided, []string{d.NotDecided()}
		return
	default:
		j.refuted(g, t, c, d)
		return
	}
	j.diagnose(ofRight, &diagnosing{judgement: g, ctx: j.ctx, truth: t, candidate: c})
}

// refuted says what is wrong with the values: under which fact they would be right, and where they differ.
func (j *job) refuted(g *judgement, t, c *symbolic.Expr, d study.Comparison) {
	g.Verdict = wrongValue
	where := "at a random point"
	if d.Special != nil {
		if where = ""; len(d.Example().Vars) > 0 {
			where = "with " + j.exampleText(d.Example())
		}
	}
	g.differ(where, d.Entry, d.B, d.A, j.state.settings.Format)
	j.diagnose(ofRefuted, &diagnosing{judgement: g, ctx: j.ctx, truth: t, candidate: c})
}

// differ is the evidence of an entry with two values, the student's and the right one.
func (g *judgement) differ(where string, at []int, mine, right *numeric.Array, f Format) {
	i := 0
	for k, p := range at {
		i = i*right.Shape[k] + p - 1
	}
	g.Entry, g.Values = at, []float64{mine.Data[i], right.Data[i]}
	if len(at) > 0 {
		where = strings.TrimSpace(fmt.Sprintf("entry %s %s", study.Place(at), where))
	}
	if where != "" {
		where += ": "
	}
	g.Evidence = []string{fmt.Sprintf("%syours is %s, the right value %s", where, f.Number(mine.Data[i]), f.Number(right.Data[i]))}
}

// order judges an inequality: it holds for every entry at every point that is tried, or there is a counterexample.
func (j *job) order(g *judgement, claim check.Claim, op lang.RelOp) {
	a, b := claim.Terms[0].Expr, claim.Terms[1].Expr
	holds := func(a, b float64) bool { return inOrder(op, a, b) }
	f := j.state.settings.Format
	if x := j.violation(a, b, op); x != nil {
		g.Verdict, g.Example = wrongValue, x
		g.violated(x.A.Data[x.At], x.B.Data[x.At], f)
		if len(x.Vars) > 0 {
			g.Evidence = append(g.Evidence, "with "+j.exampleText(x))
		}
		return
	}
	n, bad := study.HoldsAt(j.ctx, a, b, holds)
	switch {
	case bad != nil:
		g.Verdict = wrongValue
		g.violated(bad[0], bad[1], f)
	case n == 0:
		g.Verdict, g.Evidence = notDecided, []string{"no point was found at which both sides are finite"}
	default:
		g.Verdict = fmt.Sprintf(rightHolds, n)
	}
}

// violated is the evidence against an order.
func (g *judgement) violated(left, right float64, f Format) {
	g.Evidence = []string{fmt.Sprintf("it does not always hold: the left side can be %s, and the right side %s", f.Number(left), f.Number(right))}
}

// violation is a point at which an order does not hold. Equal sides violate a strict order only where the numbers are so
// small that they are no rounding of a value near the other: sigmoid(40) is 1.
func (j *job) violation(a, b *symbolic.Expr, op lang.RelOp) *study.Example {
	if op == lang.Less || op == lang.Greater {
		strict := func(x, y float64) bool { return x != y && inOrder(op, x, y) }
		if x := study.FindViolation(j.ctx, a, b, []float64{0, 1, -1}, strict); x != nil {
			return x
		}
	}
	return study.FindViolation(j.ctx, a, b, []float64{0, 1, 2, -1, 3}, func(x, y float64) bool { return inOrder(op, x, y) })
}

// inOrder says that a and b are in order, or equal but for rounding.
func inOrder(op lang.RelOp, a, b float64) bool {
	if op == lang.Less || op == lang.LessEq {
		return a <= b+study.Tolerance*(1+b*b)
	}
	return a >= b-study.Tolerance*(1+b*b)
}

// nearby says that both sides have values in this session and that they agree to six digits.
func (j *job) nearby(t, c *symbolic.Expr) bool {
	out, err := j.evaluate(nil, t, c)
	if err != nil {
		return false
	}
	for i, x := range out[0].Data {
		y := out[1].Data[i]
		if d := x - y; d*d > 1e-12*(x*x+y*y) {
			return false
		}
	}
	return true
}

// divisions remarks where the student divides by something that the right formula does not divide by.
func (j *job) divisions(d *diagnosing) {
	g, t := d.judgement, d.truth
	known := map[*symbolic.Expr]bool{}
	symbolic.Walk(t, func(e *symbolic.Expr) {
		if e.IsCall("pow") && e.Par.Exp.Sign() < 0 {
			known[e.Args[0].Body()] = true
		}
	}, nil)
	quiet := j.state.scope.Quiet()
	defer j.state.scope.Activate()
	lang.Walk(g.candidate, func(n lang.Node) bool {
		var by lang.Expr
		switch x := n.(type) {
		case *lang.Deriv:
			return false
		case *lang.Binary:
			if x.Op == lang.Div || x.Op == lang.HDiv {
				by = x.Y
			}
		case *lang.Pow:
			if v, ok := negated(x.Y); ok && v {
				by = x.X
			}
		}
		if by == nil {
			return true
		}
		v, err := quiet.Expr(by)
		if err != nil || v.IsList() || v.Hole != nil || known[v.Expr.Body()] || !mayVanish(v.Expr) {
			return true
		}
		if v.Expr.Rank() == 2 && !isElementwise(n) {
			return true // an inverse
		}
		text := fmt.Sprintf("this divides by %s: it is right where no entry of it is 0", lang.Print(by))
		if v.Expr.Rank() == 0 {
			text = fmt.Sprintf("this divides by %s: it is right where that is not 0", lang.Print(by))
		}
		if !slices.Contains(g.Remarks, text) {
			g.Remarks = append(g.Remarks, text)
		}
		return true
	})
}

// slopes remarks where the student takes the slope of a function at the function's value, f′(f(z)), and the right formula
// takes it at z: the two are equal for relu and for few others.
func (j *job) slopes(d *diagnosing) {
	g := d.judgement
	quiet := j.state.scope.Quiet()
	defer j.state.scope.Activate()
	lang.Walk(g.candidate, func(n lang.Node) bool {
		call, ok := n.(*lang.Call)
		if !ok || call.Primes == 0 || len(call.Args) != 1 {
			return true
		}
		at, err := quiet.Expr(call.Args[0].X)
		if err != nil {
			return true
		}
		value := at.Expr.Body()
		if value.Op != symbolic.Call || value.Fn.Name != call.Fn.Name || len(value.Args) != 1 || len(value.Par.Deriv) > 0 {
			return true
		}
		here, err := quiet.Expr(call)
		if err != nil || within(d.truth, here.Expr) {
			return true
		}
		there := value.G.Substitute(here.Expr, map[*symbolic.Expr]*symbolic.Expr{at.Expr: value.Args[0]})
		if c := study.Compare(j.ctx, here.Expr, there); c.Decision == study.Proved || c.Decision == study.Equal {
			at, z, f := lang.Print(call.Args[0].X), j.spell(value.Args[0]), call.Fn.Name
			g.Remarks = append(g.Remarks, fmt.Sprintf("%s′(%s) is %s′(%s) here, where the slope belongs: that is so for %s, not for every function", f, at, f, z, f))
		}
		return true
	})
}

// spell is a node by its name, or as a formula.
func (j *job) spell(e *symbolic.Expr) string {
	if study.IsVariable(e) {
		return e.Name
	}
	return j.printer().Text(e)
}

// within says that a node is part of an expression.
func within(e, part *symbolic.Expr) bool {
	found := false
	symbolic.Walk(e, func(n *symbolic.Expr) { found = found || n == part }, nil)
	return found
}

func isElementwise(n lang.Node) bool {
	switch x := n.(type) {
	case *lang.Binary:
		return x.Op == lang.HDiv
	case *lang.Pow:
		return x.Elementwise
	}
	return false
}

func negated(x lang.Expr) (bool, bool) {
	switch x := x.(type) {
	case *lang.Unary:
		return true, true
	case *lang.Number:
		return x.Val.Sign() < 0, true
	}
	return false, false
}

// mayVanish says that e takes the value 0 somewhere as far as its form tells: it is made of variables, and is no
// exponential or a sum of them.
func mayVanish(e *symbolic.Expr) bool {
	switch e = e.Body(); e.Op {
	case symbolic.Const, symbolic.Dim, symbolic.Ones, symbolic.Delta:
		return false
	case symbolic.Call:
		if slices.Contains([]string{"sqrt", "abs", "pow"}, e.Fn.Name) {
			return mayVanish(e.Args[0])
		}
		return !slices.Contains([]string{"exp", "cosh", "sigmoid", "softmax", "softplus"}, e.Fn.Name)
	case symbolic.Einsum:
		return slices.ContainsFunc(e.Args, mayVanish)
	case symbolic.Sum:
		for i, a := range e.Args {
			if e.Coef[i].Sign() < 0 || mayVanish(a) {
				return true
			}
		}
		return len(e.Args) == 0
	case symbolic.Var:
		f := e.G.Facts.At(e)
		return f == nil || !f.Positive
	}
	return true
}
