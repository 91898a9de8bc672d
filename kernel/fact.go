package kernel

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/study"
)

// againstFacts refuses numbers of a variable that contradict what is declared of it, since formulas are simplified by that. Of an
// equation with other variables it makes a note: they may get their numbers next.
func (j *job) againstFacts(name string, at lang.Node, v *symbolic.Expr) (notes []string, err *lang.Error) {
	if v == nil {
		return nil, nil
	}
	facts := j.state.scope.Facts(v)
	if facts == nil {
		return nil, nil
	}
	a := j.state.valueOf(v)
	if a == nil {
		return nil, nil
	}
	if word, why := study.Against(facts, a); word != "" {
		return nil, j.contradiction(name, at, v, fmt.Sprintf("%s was declared %s, and this is not: %s", name, word, why))
	}
	for _, zero := range facts.Equal {
		off, others, ok := j.offBy(zero, v)
		switch {
		case !ok || off <= study.FactTolerance*(1+floats.Norm(a.Data, math.Inf(1))):
		case others:
			notes = append(notes, fmt.Sprintf("%s == 0 was declared of %s, and does not hold for these numbers", j.printer().Text(zero), name))
		default:
			return nil, j.contradiction(name, at, v, fmt.Sprintf("%s == 0 was declared of %s, and here it is %s", j.printer().Text(zero), name, j.format().Number(off)))
		}
	}
	return notes, nil
}

// offBy is how far an expression is from zero, and whether it has other variables than v; it is not ok where it has no value.
func (j *job) offBy(zero, v *symbolic.Expr) (off float64, others, ok bool) {
	symbolic.Walk(zero, func(e *symbolic.Expr) { others = others || e.Op == symbolic.Var && e != v }, nil)
	out, err := j.run.compute([]*symbolic.Expr{zero}, j.state)
	if err != nil {
		return 0, others, false
	}
	return floats.Norm(out[0].Data, math.Inf(1)), others, true
}

func (j *job) contradiction(name string, at lang.Node, v *symbolic.Expr, message string) *lang.Error {
	e := j.errorf("E316", at, "%s", message)
	e.Details = []string{"formulas are simplified by what is declared, and would be wrong for these numbers"}
	if b := j.state.scope.Lookup(name); b != nil && b.Expr == v {
		e.Details[0] += "; declared without it, it may have any:"
		e.Fixes = []lang.Fix{{Text: name + " : " + v.Shape.String()}}
	}
	return e
}

// declaredAgainst refuses to declare of variables what the numbers that they have contradict.
func (j *job) declaredAgainst(bound []*check.Binding, at lang.Node) (notes []string, err *lang.Error) {
	for _, b := range bound {
		if b.Expr == nil {
			continue
		}
		more, err := j.againstFacts(b.Name, at, b.Expr)
		if err != nil {
			return nil, err
		}
		notes = append(notes, more...)
	}
	return notes, nil
}

// trainedAgainst refuses a training that takes its parameters out of what is declared of them: the steps follow gradients that were
// simplified by that.
func (a *ask) trainedAgainst(params []*symbolic.Expr) *lang.Error {
	for _, w := range params {
		_, err := a.againstFacts(a.printer().Text(w), a.call, w)
		if err != nil {
			err.Message = "the steps of training leave what is declared: " + err.Message
			err.Details = []string{"a step keeps no fact. Train what the parameter is made of: B with A = (B + Bᵀ)/2 for a symmetric A, u with p = softmax(u) for probabilities, u with s = exp(u) for a positive s"}
			err.Fixes = nil
			return err
		}
	}
	return nil
}
