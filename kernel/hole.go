package kernel

import (
	"slices"
	"strings"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/study"
)

// checkHole says what a claim with a hole in it asks for: the shape, what in scope has it, and which of those make the
// claim right.
func (j *job) checkHole(b *lang.Check) (*Result, *lang.Error) {
	claim, err := j.state.scope.Claim(b)
	if err != nil {
		return nil, err
	}
	if claim.Hole == nil {
		return nil, j.errorf("E330", b, "a claim has two sides: check a == b")
	}
	right := j.fillings(b, claim.Hole)
	text := holeText(claim.Hole)
	if len(right) > 0 {
		text += "\nthe line is right with " + strings.Join(right, ", or ")
	}
	shape := []string{}
	if claim.Hole.Known {
		shape = append(shape, claim.Hole.Shape.Strings()...)
	}
	return &Result{Kind: KindCheck, Text: text, Notes: claim.Notes, Data: map[string]any{
		"hole": map[string]any{"space": claim.Hole.Text, "shape": shape, "fits": append([]string{}, claim.Hole.Fits...), "right": append([]string{}, right...)},
	}}, nil
}

// offerQuantity defines a name that is unknown in a claim, such as delta, as what makes the claim right.
func (j *job) offerQuantity(b *lang.Check, err *lang.Error) {
	hole, ok := check.WithHole(b, err.Span)
	if err.Code != "E101" || !ok {
		return
	}
	quiet := j.state.scope.Quiet()
	claim, refused := quiet.Claim(hole)
	j.state.scope.Activate()
	if refused != nil || claim.Hole == nil {
		return
	}
	name := j.cell[err.Span.Start:err.Span.End]
	for _, x := range j.fillings(hole, claim.Hole) {
		if text := name + " = " + x; j.state.scope.Passes(text) {
			err.Fixes = slices.Insert(err.Fixes, 0, lang.Fix{Text: text, When: "with which the line is right"})
			return
		}
	}
}

// fillings are the quantities with which a claim with a hole is right.
func (j *job) fillings(b *lang.Check, h *check.Hole) []string {
	var truth lang.Expr
	for _, t := range b.Terms {
		if isGiven(t) {
			truth = t
			break
		}
	}
	quiet := j.state.scope.Quiet()
	defer j.state.scope.Activate()
	var out []string
	for _, x := range j.candidates(truth, h) {
		filled := &lang.Check{Span: b.Span, Ops: b.Ops}
		for _, t := range b.Terms {
			filled.Terms = append(filled.Terms, lang.Rewrite(t, func(e lang.Expr) lang.Expr {
				if _, ok := e.(*lang.Hole); ok {
					return x
				}
				return e
			}))
		}
		if truth != nil && mentionsKey(x, lineKey(truth)) || len(out) == 3 {
			continue
		}
		claim, err := quiet.Claim(filled)
		if err != nil {
			continue
		}
		good := true
		for i := range claim.Ops {
			d := study.Compare(j.ctx, claim.Terms[i].Expr, claim.Terms[i+1].Expr)
			good = good && (d.Decision == study.Proved || d.Decision == study.Equal)
		}
		if text := lang.Print(x); good && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// candidates for a hole: the names of the session, the gradients in it, and the slopes, each as it is and transposed.
func (j *job) candidates(truth lang.Expr, h *check.Hole) []lang.Expr {
	r := &repairer{}
	k := knowledge{}
	if truth != nil {
		k.of, k.by = j.derivativeOf(truth)
	}
	j.quantities(r, k)
	var out []lang.Expr
	out = append(out, j.missingTerms(truth, h)...)
	for _, x := range append(append([]lang.Expr{}, r.leaves...), r.slopes...) {
		v, err := j.state.scope.Quiet().Expr(x)
		if err != nil || v.Expr == nil {
			continue
		}
		if !h.Known || sameRank(v.Expr, len(h.Shape)) {
			out = append(out, x, transposed(x))
		}
	}
	return out
}

// missingTerms are the terms of the right side that have the rank of a hole; a right side of one term would be the answer.
func (j *job) missingTerms(truth lang.Expr, h *check.Hole) []lang.Expr {
	if truth == nil {
		return nil
	}
	v, err := j.state.scope.Quiet().Expr(truth)
	if err != nil || v.Expr == nil {
		return nil
	}
	var out []lang.Expr
	for _, form := range j.knowledge(truth, v.Expr).forms {
		for _, t := range form {
			x, err := j.state.scope.Quiet().Expr(t)
			if len(form) > 1 && err == nil && x.Expr != nil && (!h.Known || x.Row == h.Row && sameRank(x.Expr, len(h.Shape))) {
				out = append(out, t)
			}
		}
	}
	return out
}

func sameRank(e *symbolic.Expr, n int) bool { return e.Rank() == n }
