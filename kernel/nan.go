package kernel

import (
	"math"
	"slices"

	"nabla/lang"
	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/lower"
)

// refuseNaN says, under :set nan error, where the first NaN of an evaluation came from.
func (j *job) refuseNaN(at lang.Node, outputs []*symbolic.Expr, arrays []*numeric.Array) *lang.Error {
	if j.state.settings.NaN != "error" || !slices.ContainsFunc(arrays, j.hasNaN) {
		return nil
	}
	origin, args := j.nanOrigin(outputs, arrays)
	text := j.printer().Text(origin)
	e := j.errorf("E309", at, "%s is NaN", text)
	if b := j.definedAs(origin); b != "" {
		e.Message = b + " = " + text + " is NaN"
	}
	for i, a := range args {
		e.Details = append(e.Details, j.printer().Text(origin.Args[i])+" is "+j.state.settings.Format.Summary(j.ctx, a))
	}
	e.Details = append(e.Details, ":set nan allow goes on with NaN")
	return e
}

func (j *job) hasNaN(a *numeric.Array) bool { return a.Contains(j.ctx, math.IsNaN) }

// nanOrigin is the first node in the order of computation that is NaN, with the values that it read. Every node is
// computed once more, by the reference evaluator, because a program keeps only what it still needs.
func (j *job) nanOrigin(outputs []*symbolic.Expr, arrays []*numeric.Array) (*symbolic.Expr, []*numeric.Array) {
	last := outputs[max(0, slices.IndexFunc(arrays, j.hasNaN))]
	var nodes []*symbolic.Expr
	at := map[*symbolic.Expr]int{}
	symbolic.Walk(last, func(e *symbolic.Expr) {
		at[e] = len(nodes)
		nodes = append(nodes, e)
	}, nil)
	values, err := lower.Reference(j.ctx, nodes, j.state.bindings())
	if err != nil {
		return last, nil // too large to keep everything, or interrupted
	}
	k := slices.IndexFunc(values, j.hasNaN)
	if k < 0 {
		return last, nil // random numbers: it did not happen again
	}
	var args []*numeric.Array
	for _, a := range nodes[k].Args {
		args = append(args, values[at[a]])
	}
	return nodes[k], args
}

// definedAs is the name whose formula e is; empty where there is none.
func (j *job) definedAs(e *symbolic.Expr) string {
	for _, l := range j.state.scope.Names().Lets() {
		if l.Args[0] == e {
			return l.Name
		}
	}
	return ""
}
