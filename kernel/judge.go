package kernel

import (
	"fmt"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic/study"
)

// check judges a claim: shapes first, then algebra, then values at random points.
func (j *job) check(b *lang.Check) (*Result, *lang.Error) {
	claim, err := j.state.scope.Claim(b)
	if err != nil {
		if check.IsShape(err) {
			return &Result{Kind: KindCheck, Text: "WRONG SHAPE: " + err.Message, Data: map[string]any{"verdict": "WRONG SHAPE", "span": err.Span}}, nil
		}
		return nil, err
	}
	if claim.Hole != nil {
		return &Result{Kind: KindCheck, Text: holeText(claim.Hole), Notes: claim.Notes}, nil
	}
	verdict, evidence := "RIGHT (proved)", ""
	if len(claim.Ops) == 0 {
		return nil, j.errorf("E330", b, "a claim has two sides: check a == b")
	}
	for i := range claim.Ops {
		c := study.Compare(j.ctx, claim.Terms[i].Expr, claim.Terms[i+1].Expr)
		switch c.Decision {
		case study.Equal:
			verdict = fmt.Sprintf("RIGHT (equal at %d random points)", c.Points)
		case study.Refuted:
			verdict, evidence = "WRONG VALUE", counterexample(c, j.state.settings.Format)
		case study.Unknown:
			verdict, evidence = "NOT DECIDED", "no point was found at which both sides are finite"
		}
		if evidence != "" {
			break
		}
	}
	text := verdict
	if evidence != "" {
		text += ": " + evidence
	}
	return &Result{Kind: KindCheck, Text: text, Notes: claim.Notes, Data: map[string]any{"verdict": verdict}}, nil
}
