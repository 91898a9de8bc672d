package kernel

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/study"
)

// A studentLine is a line that was checked. There is one for each left side: checking it again corrects it.
type studentLine struct {
	number    int
	key       string // its left side
	claim     *lang.Check
	cell      string
	stmt      *lang.Stmt
	truth     lang.Expr
	candidate lang.Expr
	verdict   string
	root      int // the line it follows from, or its own number
}

// misleads says that lines which use the quantity of this one follow from an error: it is a derivative, and wrong. What
// a name of the model is does not depend on what is said of it.
func (l *studentLine) misleads() bool { return l.wrong() && isDerivative(l.truth) }

func (l *studentLine) wrong() bool {
	return l.verdict == wrongValue || strings.HasPrefix(l.verdict, "FOLLOWS")
}

// lineKey is the left side of a line, spelled in one way.
func lineKey(x lang.Expr) string {
	if d := asDerivative(x); d != nil {
		if member, ok := d.Wrt[0].(*lang.Index); ok && len(d.Wrt) == 1 {
			return lang.Print(&lang.Index{X: &lang.Deriv{Num: d.Num, Wrt: []lang.Expr{member.X}}, Args: member.Args})
		}
		return lang.Print(&lang.Deriv{Num: d.Num, Wrt: d.Wrt})
	}
	return lang.Print(x)
}

// lineFor is the number of the student's right line for the quantity x; 0 if there is none.
func (j *job) lineFor(x lang.Expr) int {
	key := lineKey(x)
	for _, l := range j.state.lines {
		if l.key == key && strings.HasPrefix(l.verdict, "RIGHT") {
			return l.number
		}
	}
	return 0
}

// follow numbers a claim among the student's lines, and sees whether it follows from an earlier one that is wrong. Only
// equations are lines; of anything else the number is 0.
func (j *job) follow(b *lang.Check, g *judgement) int {
	if slices.ContainsFunc(b.Ops, isOrder) {
		return 0
	}
	key := lineKey(g.left)
	number := len(j.state.lines) + 1
	for _, l := range j.state.lines {
		if l.key == key {
			number = l.number
		}
	}
	j.diagnose(ofLines, &diagnosing{judgement: g, ctx: j.ctx})
	return number
}

// dependent turns the verdict of a claim that uses a wrong line of the student, or agrees with one, into FOLLOWS.
func (j *job) dependent(d *diagnosing) {
	g := d.judgement
	var wrong []*studentLine
	for _, l := range j.state.lines {
		if l.misleads() && l.key != lineKey(g.left) {
			wrong = append(wrong, l)
		}
	}
	if len(wrong) == 0 || g.Verdict == wrongShape {
		return
	}
	if g.right() {
		j.usesWrong(g, wrong)
		return
	}
	if g.Verdict == wrongValue {
		j.agreesWithWrong(g, wrong)
	}
}

// usesWrong: the step is right, but a quantity in it is one for which the student has a wrong line.
func (j *job) usesWrong(g *judgement, wrong []*studentLine) {
	for _, l := range wrong {
		if mentionsKey(g.candidate, l.key) {
			g.Verdict, g.Root = fmt.Sprintf(followsFrom, l.root), l.root
			g.Evidence = []string{fmt.Sprintf("the step is right, but your %s is not: correct line %d and this line is right", l.key, l.root)}
			return
		}
	}
}

// agreesWithWrong: the line is what one gets with the student's own earlier lines in the place of the right ones.
func (j *job) agreesWithWrong(g *judgement, wrong []*studentLine) {
	by := map[*symbolic.Expr]*symbolic.Expr{}
	quiet := j.state.scope.Quiet()
	defer j.state.scope.Activate()
	root := 0
	for _, l := range wrong {
		of, x := j.derivativeOf(l.truth)
		v, err := quiet.Expr(j.asStudent(l.candidate, wrong))
		if of == nil || err != nil || v.Expr == nil {
			continue
		}
		symbolic.Walk(g.expr, func(n *symbolic.Expr) {
			if n.Op == symbolic.Let && n.By != nil && n.By.Of == of && n.By.By == x && quiet.Dims.SameShape(n.Shape, v.Expr.Shape) {
				by[n] = v.Expr
				root = l.root
			}
		}, nil)
	}
	mine, err := quiet.Expr(j.asStudent(g.candidate, wrong))
	if len(by) == 0 || err != nil || mine.Expr == nil || !quiet.Dims.SameShape(mine.Expr.Shape, g.expr.Shape) {
		return
	}
	expected := g.expr.G.Substitute(g.expr, by)
	if d := study.Compare(j.ctx, expected, mine.Expr); d.Decision == study.Proved || d.Decision == study.Equal {
		g.Verdict, g.Root = fmt.Sprintf(followsFrom, root), root
		g.Evidence = []string{fmt.Sprintf("consistent with your line %d, which is wrong", root)}
	}
}

// asStudent is x with the student's own formulas in the place of quantities for which they are wrong.
func (j *job) asStudent(x lang.Expr, wrong []*studentLine) lang.Expr {
	for range wrong {
		x = lang.Rewrite(x, func(e lang.Expr) lang.Expr {
			for _, l := range wrong {
				if lineKey(e) == l.key {
					return l.candidate
				}
			}
			return e
		})
	}
	return x
}

// remember keeps a line, and judges anew the others that its verdict bears on. The notes say what has changed.
func (j *job) remember(b *lang.Check, g *judgement, number int) (notes []string) {
	if number == 0 {
		return nil
	}
	l := &studentLine{number: number, key: lineKey(g.left), claim: b, cell: j.cell, stmt: j.stmt,
		truth: g.left, candidate: g.last, verdict: g.Verdict, root: g.Root}
	if l.root == 0 {
		l.root = number
	}
	lines := slices.Clone(j.state.lines)
	if number <= len(lines) {
		lines[number-1] = l
	} else {
		lines = append(lines, l)
	}
	j.state.lines = lines
	for i, old := range lines {
		if old.number == number || !old.wrong() && !mentionsKey(old.candidate, l.key) {
			continue
		}
		if now := j.again(old); now != nil && now.verdict != old.verdict {
			lines[i] = now
			notes = append(notes, fmt.Sprintf("your line %d, %s, is now %s", now.number, now.key, now.verdict))
		}
	}
	j.state.scope.Enter(j.cell, j.stmt, j.origin())
	return notes
}

// again judges an earlier line in the light of the present ones; nil where it cannot be read any more.
func (j *job) again(l *studentLine) (now *studentLine) {
	defer func() {
		if recover() != nil {
			now = nil
		}
	}()
	g, _, err := j.reading(l.cell, l.stmt).judge(l.claim)
	if err != nil {
		return nil
	}
	j.diagnose(ofLines, &diagnosing{judgement: g, ctx: j.ctx})
	c := *l
	c.verdict, c.root = g.Verdict, g.Root
	if c.root == 0 {
		c.root = c.number
	}
	return &c
}
