package kernel

import (
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/study"
)

// orderNotes warn where a variable gets a new value in the middle of a backward pass: by a gradient step of its own, or
// while lines of a derivation are checked. Gradients that are still to be computed would read the new value.
func (j *job) orderNotes(v *lang.Value) (notes []string) {
	defer j.state.scope.Activate()
	defer func() { _ = recover() }() // a warning never stands in the way of the value
	for _, t := range v.Targets {
		x := j.target(t)
		if x == nil || x.Op != symbolic.Var {
			continue
		}
		if _, again := j.state.sizesOf(x); !again {
			continue // a first value changes nothing
		}
		for _, of := range j.objectivesBy(v.Value, x) {
			if readers := j.unread(of, x); len(readers) > 0 {
				notes = append(notes, fmt.Sprintf("%s changes after the forward pass: %s, which still reads it, now gets the new value; compute all gradients first, then update",
					x.Name, strings.Join(readers, ", ")))
				break
			}
		}
	}
	return notes
}

// objectivesBy are the objectives that the value is a gradient step for, and those of the lines that were checked.
func (j *job) objectivesBy(value lang.Expr, x *symbolic.Expr) []*symbolic.Expr {
	var out []*symbolic.Expr
	add := func(e lang.Expr, own bool) {
		of, by := j.derivativeOf(e)
		if of == nil || of.Rank() > 0 || !study.IsVariable(of) || of.Op == symbolic.Var || own && by != x || !symbolic.DependsOn(of, x) {
			return
		}
		if !slices.Contains(out, of) {
			out = append(out, of)
		}
	}
	lang.Walk(value, func(n lang.Node) bool {
		if e, ok := n.(lang.Expr); ok && asDerivative(e) != nil {
			add(e, true)
		}
		return true
	})
	for _, l := range j.state.lines {
		add(l.truth, false)
	}
	return out
}

// unread are the gradients that read x in the backward pass and for which the student has no right line: ∂J/∂h = W2ᵀ ∂J/∂o.
func (j *job) unread(of, x *symbolic.Expr) []string {
	w := &view{formula: j.printer(), job: j}
	w.Model = study.NewModel(of, nil)
	w.nameAll()
	s, err := study.NewSweep(w.Model, w.lets())
	if err != nil {
		return nil
	}
	var out []string
	for _, l := range s.Lines {
		if l.Of != of || l.By == x || !slices.Contains(l.Reads, x) {
			continue
		}
		text := lang.Print(w.derivativeTree(of, l.By))
		if j.lineFor(w.derivativeTree(of, l.By)) == 0 {
			out = append(out, text)
		}
	}
	return out
}
