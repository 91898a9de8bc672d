package kernel

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/lang/check"
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
	Root     int // the student's line that this one follows from

	truth     lang.Expr // the side that is known
	candidate lang.Expr // the student's
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
	var out *judgement
	var notes []string
	for i := range b.Ops {
		g, n, err := j.step(b, i)
		if err != nil {
			return nil, nil, err
		}
		notes = append(notes, n...)
		if len(b.Ops) > 1 {
			g.Step = i + 1
		}
		if out == nil || out.Verdict == rightProved || !g.right() {
			if out != nil {
				g.Remarks = append(out.Remarks, g.Remarks...)
			}
			out = g
		}
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
	claim, err := j.state.scope.Claim(&lang.Check{Span: b.Span, Terms: []lang.Expr{b.Terms[i], b.Terms[i+1]}, Ops: b.Ops[i : i+1]})
	if err != nil {
		if !check.IsShape(err) {
			return nil, nil, err
		}
		j.misshapen(g, err)
		return g, nil, nil
	}
	t, c := claim.Terms[0].Expr, claim.Terms[1].Expr
	if g.truth != b.Terms[i] {
		t, c = c, t
	}
	g.expr = t
	if isOrder(b.Ops[i]) {
		j.order(g, claim, b.Ops[i])
		return g, claim.Notes, nil
	}
	j.values(g, t, c)
	if g.Verdict == wrongValue && b.Ops[i] == lang.Approx && j.nearby(t, c) {
		g.Verdict, g.Evidence = "RIGHT (equal at your values)", nil
	}
	return g, claim.Notes, nil
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
	quiet := j.state.scope.Quiet()
	defer j.state.scope.Activate()
	t, terr := quiet.Expr(g.truth)
	if terr != nil || t.IsList() || t.Hole != nil {
		return
	}
	g.expr = t.Expr
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
			g.Evidence = []string{fmt.Sprintf("the right numbers in another layout: yours is in %s, here a derivative is in %s", c.Space(), t.Space())}
			return
		}
	}
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
	case study.Unknown:
		g.Verdict, g.Evidence = notDecided, []string{d.NotDecided()}
		return
	default:
		j.refuted(g, t, c, d)
		return
	}
	g.Remarks = j.divisions(g, t)
}

// refuted says what is wrong with the values: under which fact they would be right, and where they differ.
func (j *job) refuted(g *judgement, t, c *symbolic.Expr, d study.Comparison) {
	g.Verdict = wrongValue
	i := 0
	for k, p := range d.Entry {
		i = i*d.A.Shape[k] + p - 1
	}
	g.Entry, g.Values = d.Entry, []float64{d.B.Data[i], d.A.Data[i]}
	f := j.state.settings.Format
	where := "at a random point"
	if len(d.Entry) > 0 {
		where = fmt.Sprintf("entry %s at a random point", strings.ReplaceAll(strings.Trim(fmt.Sprint(d.Entry), "[]"), " ", ","))
	}
	g.Evidence = append(g.Evidence, fmt.Sprintf("%s: yours is %s, the right value %s", where, f.Number(d.B.Data[i]), f.Number(d.A.Data[i])))
	if condition := j.condition(t, c); condition != "" {
		g.Verdict = rightIf + condition
		g.Evidence = append([]string{"not in general"}, g.Evidence...)
	} else if special := j.special(t, c); special != "" {
		g.Evidence = append(g.Evidence, special)
	}
}

// condition is the fact, or the pair of facts, under which a claim would hold.
func (j *job) condition(t, c *symbolic.Expr) string {
	facts := study.Facts(t, c)
	for _, f := range facts {
		if study.HoldsUnder(j.ctx, t, c, f) {
			return j.conditionText(f)
		}
	}
	for i, f := range facts {
		for _, g := range facts[i+1:] {
			if f.Kind != g.Kind && f.Kind != study.IsPositive && g.Kind != study.IsPositive && study.HoldsUnder(j.ctx, t, c, f, g) {
				return j.conditionText(f) + " and " + j.conditionText(g)
			}
		}
	}
	return ""
}

func (j *job) conditionText(c study.Condition) string {
	n := ""
	if c.Var != nil {
		n, _, _ = j.state.scope.Names().NameOf(c.Var)
		if n == "" {
			n = c.Var.Name
		}
	}
	switch c.Kind {
	case study.IsSymmetric:
		return n + " symmetric"
	case study.SumsToOne:
		if c.Var.Rank() > 1 {
			return fmt.Sprintf("sum(%s, %s) == 1", n, c.Axis())
		}
		return fmt.Sprintf("sum(%s) == 1", n)
	case study.IsPositive:
		return n + " > 0"
	case study.IsOne:
		return c.Dim + " == 1"
	}
	return ""
}

// special names the particular functions for which a claim with abstract functions holds.
func (j *job) special(t, c *symbolic.Expr) string {
	elementwise, losses := study.Functions(t, c)
	for _, list := range [][]study.Condition{elementwise, losses} {
		var holds, fails []string
		for _, f := range list {
			n := functionName(f.Of[0].Name)
			switch {
			case study.HoldsUnder(j.ctx, t, c, f):
				holds = append(holds, n)
			default:
				if when := j.underFact(t, c, f); when != "" {
					holds = append(holds, n+" where "+when)
				} else {
					fails = append(fails, n)
				}
			}
		}
		if len(holds) == 0 {
			continue
		}
		text := "true for " + strings.Join(holds, " and ")
		if len(fails) > 0 {
			text += ", not for " + fails[0]
		}
		return text
	}
	return ""
}

// underFact is the sum to one that a target of crossentropy needs beside the function itself.
func (j *job) underFact(t, c *symbolic.Expr, f study.Condition) string {
	if f.Of[0].Name != "crossentropy" {
		return ""
	}
	for _, g := range study.Facts(t, c) {
		if g.Kind == study.SumsToOne && study.HoldsUnder(j.ctx, t, c, f, g) {
			return j.conditionText(g)
		}
	}
	return ""
}

func functionName(n string) string {
	switch n {
	case "identity":
		return "the identity"
	case "squared error":
		return "l = ½‖a − b‖²"
	}
	return n
}

// order judges an inequality: it holds for every entry at every point that is tried, or there is a counterexample.
func (j *job) order(g *judgement, claim check.Claim, op lang.RelOp) {
	n, bad := study.HoldsAt(j.ctx, claim.Terms[0].Expr, claim.Terms[1].Expr, func(a, b float64) bool {
		switch op {
		case lang.Less:
			return a < b
		case lang.Greater:
			return a > b
		case lang.LessEq:
			return a <= b+study.Tolerance*(1+b*b)
		}
		return a >= b-study.Tolerance*(1+b*b)
	})
	f := j.state.settings.Format
	switch {
	case bad != nil:
		g.Verdict = wrongValue
		g.Evidence = []string{fmt.Sprintf("at a random point the left side is %s and the right side %s", f.Number(bad[0]), f.Number(bad[1]))}
	case n == 0:
		g.Verdict, g.Evidence = notDecided, []string{"no point was found at which both sides are finite"}
	default:
		g.Verdict = fmt.Sprintf(rightHolds, n)
	}
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
func (j *job) divisions(g *judgement, t *symbolic.Expr) []string {
	known := map[*symbolic.Expr]bool{}
	symbolic.Walk(t, func(e *symbolic.Expr) {
		if e.IsCall("pow") && e.Par.Exp.Sign() < 0 {
			known[e.Args[0].Body()] = true
		}
	}, nil)
	quiet := j.state.scope.Quiet()
	defer j.state.scope.Activate()
	var out []string
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
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
		return true
	})
	return out
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
		f := e.G.Facts[e]
		return f == nil || !f.Positive
	}
	return true
}

// ratioText says in words by what a line is off.
func ratioText(s study.Signature) string {
	one := big.NewRat(1, 1)
	switch {
	case s.Multiple:
		c := s.C.RatString()
		if s.Dim == "" {
			if s.C.Cmp(big.NewRat(-1, 1)) == 0 {
				return "yours is the right answer with the other sign"
			}
			return "yours is " + c + " × the right answer, at every point"
		}
		p := s.Dim
		switch s.Power.RatString() {
		case "-1":
			p = "1/" + s.Dim
		case "1/2":
			p = "sqrt(" + s.Dim + ")"
		case "-1/2":
			p = "1/sqrt(" + s.Dim + ")"
		case "2":
			p = s.Dim + "²"
		case "-2":
			p = "1/" + s.Dim + "²"
		}
		if s.C.Cmp(one) != 0 {
			p = c + " " + p
		}
		return "yours is " + p + " × the right answer, at every point"
	case s.Transposed:
		return "yours is the transpose of the right answer"
	case s.Diagonal:
		return "the diagonal is right; the entries off the diagonal are missing"
	case s.Varying:
		return "yours is a multiple of the right answer, by another number at each point: a scalar factor such as a norm is amiss"
	}
	return ""
}
