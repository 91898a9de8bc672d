package kernel

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/study"
)

// A diagnosing is a line under study.
type diagnosing struct {
	*judgement
	ctx              context.Context
	truth, candidate *symbolic.Expr // the sides as nodes; candidate is nil where it has no shape, or not that of the truth
	knowledge
}

// A diagnosis is one thing that may be said of a line. Whatever goes wrong in it, the verdict stands and the others are
// tried.
type diagnosis struct {
	name string
	say  func(j *job, d *diagnosing)
}

var (
	ofRefuted = []diagnosis{
		{"a counterexample", (*job).counterexample},
		{"a condition", (*job).condition},
		{"particular functions", (*job).special},
	}
	ofRight     = []diagnosis{{"divisions", (*job).divisions}, {"slopes taken elsewhere", (*job).slopes}}
	ofMisshapen = []diagnosis{{"another layout", (*job).otherLayout}}
	ofLines     = []diagnosis{{"what it follows from", (*job).dependent}}
	ofWrong     = []diagnosis{
		{"what is known", (*job).know},
		{"its signature", (*job).signature},
		{"the terms that are right", (*job).rightTerms},
		{"repairs", (*job).mend},
		{"hints", (*job).advise},
	}
)

// diagnose tries each diagnosis of a list.
func (j *job) diagnose(list []diagnosis, d *diagnosing) {
	defer j.state.scope.Activate()
	for _, one := range list {
		harmlessly(func() { one.say(j, d) })
	}
}

// harmlessly runs f; a panic ends f alone.
func harmlessly(f func()) {
	defer func() { _ = recover() }()
	f()
}

// diagnosisTime ends a search for repairs that no count bounds well enough, which then says so.
const diagnosisTime = time.Minute

// explain adds to a line that is not right what helps: the signature of the mistake, lines that are one edit away, hints.
// A line that follows from another needs none: that other does.
func (j *job) explain(g *judgement) {
	if g.expr == nil || g.Root > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(j.ctx, diagnosisTime)
	defer cancel()
	d := &diagnosing{judgement: g, ctx: ctx, truth: g.expr}
	harmlessly(func() {
		quiet := j.state.scope.Quiet()
		defer j.state.scope.Activate()
		if g.entry != nil {
			if t, c, ok := asEntries(quiet, g.entry, g.candidate); ok {
				d.truth, d.candidate = t.Expr, c.Expr
			}
			return
		}
		if v, err := quiet.Expr(g.candidate); err == nil && v.Expr != nil && v.Hole == nil && quiet.Dims.SameShape(v.Expr.Shape, g.expr.Shape) {
			d.candidate = v.Expr
		}
	})
	j.diagnose(ofWrong, d)
	if ctx.Err() != nil && j.ctx.Err() == nil {
		d.Evidence = append(d.Evidence, fmt.Sprintf("what would help with this line was not all found in %v", diagnosisTime))
	}
}

// know looks up what the program knows of the left side.
func (j *job) know(d *diagnosing) {
	if d.entry == nil {
		d.knowledge = j.knowledge(d.judgement.truth, d.truth)
		return
	}
	v, err := j.state.scope.Quiet().Expr(d.entry.X)
	if err == nil && v.Expr != nil {
		d.knowledge = j.knowledge(d.entry.X, v.Expr)
		j.toEntry(&d.knowledge, d.entry)
	}
}

// signature is what the numbers of a wrong line tell of its mistake.
func (j *job) signature(d *diagnosing) {
	if d.candidate == nil || d.Verdict == wrongShape {
		return
	}
	if text := ratioText(study.Diagnose(d.ctx, d.truth, d.candidate)); text != "" {
		d.Evidence = append(d.Evidence, text)
	}
}

// rightTerms says which terms of a wrong sum are right.
func (j *job) rightTerms(d *diagnosing) {
	mine := addends(d.judgement.candidate)
	if d.candidate == nil || len(mine) < 2 {
		return
	}
	var right []string
	for _, t := range mine {
		if slices.ContainsFunc(d.forms, func(form []lang.Expr) bool {
			return slices.ContainsFunc(form, func(f lang.Expr) bool { return j.sameTerm(d, f, t) })
		}) {
			right = append(right, lang.Print(t))
		}
	}
	switch {
	case len(right) == 1 && len(mine) > 1:
		d.Evidence = append(d.Evidence, "the term "+right[0]+" is right")
	case len(right) > 1 && len(right) < len(mine):
		d.Evidence = append(d.Evidence, "the terms "+conjunction(right)+" are right")
	}
}

// sameTerm says that two terms of a line agree.
func (j *job) sameTerm(d *diagnosing, x, y lang.Expr) bool {
	if d.entry == nil {
		return j.sameValue(d.ctx, x, y)
	}
	defer j.state.scope.Activate()
	return sameEntry(d.ctx, j.state.scope.Quiet(), d.entry, x, y)
}

// sameValue says that two expressions agree at a few random points.
func (j *job) sameValue(ctx context.Context, x, y lang.Expr) bool {
	quiet := j.state.scope.Quiet()
	defer j.state.scope.Activate()
	a, err := quiet.Expr(x)
	b, refused := quiet.Expr(y)
	if err != nil || refused != nil || a.Expr == nil || b.Expr == nil || a.Row != b.Row || !quiet.Dims.SameShape(a.Expr.Shape, b.Expr.Shape) {
		return false
	}
	return study.NewTrial(ctx, a.Expr, []*symbolic.Expr{b.Expr}).Right(ctx, []*symbolic.Expr{b.Expr})[0]
}

// mend searches lines that are one edit away and right.
func (j *job) mend(d *diagnosing) {
	d.Repairs = j.repairer(d.ctx, d.judgement, d.knowledge).repairs(d.judgement.candidate)
	if len(d.Repairs) == 0 && d.formula != nil {
		d.Repairs = []repair{{kind: editWhole, touched: lang.Print(d.judgement.candidate), edit: "write it anew", tree: d.formula, text: lang.Print(d.formula)}}
	}
	if d.entry != nil {
		for i := range d.Repairs {
			d.Repairs[i].entry = d.variable()
		}
	}
	if len(d.Repairs) > 0 && d.Repairs[0].kind == editTerm && strings.HasPrefix(d.Repairs[0].edit, "add") && lang.Print(d.judgement.candidate) != "0" {
		d.Evidence = append(d.Evidence, "what you have is right, and something is missing")
	}
}

// advise makes the hints: from a question to the repaired line.
func (j *job) advise(d *diagnosing) {
	if len(d.Repairs) == 0 {
		return
	}
	best := d.Repairs[0]
	q := best.question(isDerivative(d.judgement.truth))
	if best.kind == editWhole && d.Special != "" {
		q = "yours holds for particular functions only: what is it for any?"
	}
	if of := j.biasOf(d, best); of != "" {
		b := lang.Print(asDerivative(d.judgement.truth).Wrt[0])
		q = fmt.Sprintf("%s would be the gradient of a bias that is added to %s: did you mean that one? To what is %s added?", lang.Print(d.judgement.candidate), of, b)
	}
	if n := j.lineFor(best.tree); n > 0 {
		q += fmt.Sprintf("; you already have what is needed: it is your line %d", n)
	}
	left := d.judgement.truth
	if d.entry != nil {
		left = d.entry
	}
	full := lang.Print(left) + " == " + best.text
	if d.edges != "" {
		full += ", along " + d.edges
	}
	if d.equation != "" {
		full += ", equation (" + d.equation + ")"
	}
	d.Hints = []string{q, best.edit + ": " + full}
}

// variable is the entry of a variable by which a line for an entry differentiates.
func (d *diagnosing) variable() string {
	if v := asDerivative(d.entry.X); v != nil && len(v.Wrt) == 1 {
		return lang.Print(&lang.Index{X: v.Wrt[0], Args: d.entry.Args})
	}
	return lang.Print(d.entry)
}

// biasOf is what the student's bias belongs to, if the line gives a bias the gradient of another layer: its own gradient
// is that of the variable it is added to, and the line says ∂J/∂o. Otherwise it is empty.
func (j *job) biasOf(d *diagnosing, best repair) string {
	mine, right := asDerivative(d.judgement.candidate), asDerivative(best.tree)
	if best.kind != editReplace || mine == nil || right == nil || asDerivative(d.judgement.truth) == nil || d.by == nil || d.by.Op == symbolic.Let {
		return ""
	}
	of, by := j.derivativeOf(d.judgement.candidate)
	if of != d.of || by == nil || by.Op != symbolic.Let || by.Rank() != d.by.Rank() {
		return ""
	}
	return lang.Print(mine.Wrt[0])
}

// counterexample looks for a point that can be checked by hand, and shows that in the place of a random one.
func (j *job) counterexample(d *diagnosing) {
	x := study.FindExample(d.ctx, d.truth, d.candidate)
	if x == nil {
		return
	}
	d.Example = x
	d.differ("", x.Entry, x.B, x.A, j.state.settings.Format)
	if len(x.Vars) > 0 {
		d.Evidence = append(d.Evidence, "with "+j.exampleText(x))
	}
}

// exampleText is the values of an example as they are typed.
func (j *job) exampleText(x *study.Example) string {
	var out []string
	names := j.state.scope.Names()
	for _, v := range x.Vars {
		n, _, _ := names.NameOf(v)
		if n == "" {
			n = v.Name
		}
		value := strings.Join(strings.Fields(j.state.settings.Format.Array(x.Values[v])), " ")
		out = append(out, n+" = "+strings.ReplaceAll(value, "[ ", "["))
	}
	for _, f := range x.Instances {
		out = append(out, f.Name)
	}
	return strings.Join(out, ", ")
}

// condition turns a claim that holds under a fact, or a pair of facts, into RIGHT IF.
func (j *job) condition(d *diagnosing) {
	facts := study.Facts(d.truth, d.candidate)
	excluded := study.Excluded(d.ctx, d.truth, d.candidate, facts)
	for _, f := range facts {
		if !excluded(f) && study.HoldsUnder(d.ctx, d.truth, d.candidate, f) {
			j.rightIf(d, f)
			return
		}
	}
	for i, f := range facts {
		for _, g := range facts[i+1:] {
			if f.Kind != g.Kind && f.Kind != study.IsPositive && g.Kind != study.IsPositive && !excluded(f, g) && study.HoldsUnder(d.ctx, d.truth, d.candidate, f, g) {
				j.rightIf(d, f, g)
				return
			}
		}
	}
}

func (j *job) rightIf(d *diagnosing, facts ...study.Condition) {
	var texts []string
	for _, f := range facts {
		texts = append(texts, j.conditionText(f))
	}
	d.Verdict = rightIf + strings.Join(texts, " and ")
	d.Evidence = append([]string{"not in general"}, d.Evidence...)
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
func (j *job) special(d *diagnosing) {
	if d.Verdict != wrongValue {
		return
	}
	t, c := d.truth, d.candidate
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
		d.Special = text
		d.Evidence = append(d.Evidence, text)
		return
	}
}

// underFact is the sum to one that a target of crossentropy needs beside the function itself.
func (j *job) underFact(t, c *symbolic.Expr, f study.Condition) string {
	if f.Of[0].Name != "crossentropy" {
		return ""
	}
	sums := slices.DeleteFunc(study.Facts(t, c), func(g study.Condition) bool { return g.Kind != study.SumsToOne })
	excluded := study.Excluded(j.ctx, t, c, append([]study.Condition{f}, sums...))
	for _, g := range sums {
		if !excluded(f, g) && study.HoldsUnder(j.ctx, t, c, f, g) {
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
