package kernel

import (
	"errors"
	"fmt"
	"strings"

	"nabla/lang"
	"nabla/numeric"
	"nabla/numeric/blas"
	"nabla/symbolic"
	"nabla/symbolic/lower"
)

// bindings are what an evaluation knows of the session.
func (st *state) bindings() lower.Bindings {
	return lower.Bindings{
		Kept:        st.values,
		Type:        st.settings.Type,
		Dims:        st.scope.Dims,
		Functions:   st.scope.Known(),
		MemoryLimit: st.settings.MemoryLimit,
	}
}

// evaluate computes expressions by one program.
func (j *job) evaluate(at lang.Node, outputs ...*symbolic.Expr) ([]*numeric.Array, *lang.Error) {
	arrays, err := j.run.compute(outputs, j.state)
	if err != nil {
		e := j.evaluationError(at, err)
		j.sayWhatFits(e, at, outputs)
		return nil, e
	}
	if err := j.refuseNaN(at, outputs, arrays); err != nil {
		return nil, err
	}
	return arrays, nil
}

// compute runs the evaluator that :backend has chosen. What it compiled before it does not compile again.
func (r *run) compute(outputs []*symbolic.Expr, st *state) ([]*numeric.Array, error) {
	if st.settings.Backend == "reference" {
		return lower.Reference(r.ctx, outputs, st.bindings())
	}
	st.useThreads()
	return r.session.programs.Eval(r.ctx, outputs, st.bindings())
}

// useThreads lets the evaluator use as many cores as :set threads says.
func (st *state) useThreads() { blas.SetThreads(st.settings.Threads) }

// evaluationError says in the user's terms why nothing was computed.
func (j *job) evaluationError(at lang.Node, err error) *lang.Error {
	if j.ctx.Err() != nil {
		return j.interrupted()
	}
	var (
		value    *lower.MissingValue
		size     *lower.MissingSize
		function *lower.MissingFunction
		bad      *lower.BadFunction
		conflict *lower.SizeConflict
		shape    *lower.WrongShape
		large    *lower.TooLarge
	)
	switch {
	case errors.As(err, &value) && j.state.scope.Depth(value.Var) != "":
		k := j.state.scope.Depth(value.Var)
		e := j.errorf("E302", at, "the dimension %s has no size: it is the number of members up to %s", k, value.Var.Name)
		j.offer(e, "for three of them", "dim "+k+" = 3")
		return e
	case errors.As(err, &value):
		e := j.errorf("E301", at, "%s : %v has no value", value.Var.Name, value.Var.Shape)
		j.offer(e, "", value.Var.Name+" := "+j.sample(value.Var))
		return e
	case errors.As(err, &size):
		e := j.errorf("E302", at, "%v", err)
		j.offer(e, "", "dim "+size.Dim+" = 4")
		return e
	case errors.As(err, &function):
		e := j.errorf("E303", at, "the function %s is abstract: it has no value", function.Fn.Name)
		j.offer(e, "for example", function.Fn.Name+" := "+exampleFunction(function.Fn))
		return e
	case errors.As(err, &bad):
		return j.errorf("E304", at, "%v", err)
	case errors.As(err, &conflict):
		return j.errorf("E305", at, "sizes do not agree: %s = %d from %s, %d from %s",
			conflict.Dim, conflict.N1, j.sizeSource(conflict.Dim, conflict.V1), conflict.N2, j.sizeSource(conflict.Dim, conflict.V2))
	case errors.As(err, &shape):
		return j.errorf("E306", at, "%v", err)
	case errors.As(err, &large):
		e := j.errorf("E307", at, "%v", err)
		e.Details = append(e.Details, "the limit is set by :set memory; nothing was computed")
		return e
	}
	return j.errorf("E308", at, "%v", err)
}

// sizeSource is what gave a dimension its size: a variable, or what the scope remembers.
func (j *job) sizeSource(dim string, v *symbolic.Expr) string {
	if v != nil {
		return v.Name
	}
	if by := j.state.scope.SizeFrom(dim); by != "" {
		return by
	}
	return "dim " + dim
}

// sample is a value that fits a variable.
func (j *job) sample(v *symbolic.Expr) string {
	if v.Rank() == 0 {
		return "0.5"
	}
	return fmt.Sprintf("randn(%s, seed=1)", strings.Join(v.Shape.Strings(), ", "))
}

// exampleFunction is a known function of the type of an abstract one.
func exampleFunction(f *symbolic.Func) string {
	switch sig := f.Abstract; {
	case sig.Elementwise() && len(sig.Args) == 1:
		return "tanh"
	case len(sig.Args) == 2 && len(sig.Args[0]) == 1 && len(sig.Result) == 0:
		return "crossentropy"
	}
	return ""
}

// offer adds a fix if it can be read and its shapes fit.
func (j *job) offer(e *lang.Error, when, text string) {
	st := j.state.clone()
	defer j.state.scope.Activate()
	p := lang.NewParser(text)
	stmt, err := p.Next(st.scope)
	if err != nil {
		return
	}
	if v, ok := stmt.Body.(*lang.Value); ok {
		st.scope.Enter(text, stmt, j.origin())
		if !isFunctionName(st, v.Value) {
			if _, err := st.scope.Expr(v.Value); err != nil {
				return
			}
		}
	}
	e.Fixes = append(e.Fixes, lang.Fix{Text: text, When: when})
}

// isFunctionName says that x is the name of a function: the value of an abstract one.
func isFunctionName(st *state, x lang.Expr) bool {
	n, ok := x.(*lang.Name)
	return ok && st.scope.IsFunc(n.Name)
}
