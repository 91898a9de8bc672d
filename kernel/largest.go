package kernel

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"time"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

// searchTime is how long an error about memory looks for sizes that fit.
const searchTime = 2 * time.Second

// sayWhatFits adds to an error about too much memory the largest batch, and the largest depth, with which the program that
// was refused would be allowed; where the expression has no batch, the largest size of each of its axes.
func (j *job) sayWhatFits(e *lang.Error, at lang.Node, outputs []*symbolic.Expr) {
	if e.Code != "E307" || j.state.settings.MemoryLimit == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(j.ctx, searchTime)
	defer cancel()
	env := j.state.sizes().env
	for _, axis := range growing(outputs) {
		j.sayLargest(e, axis, env, ctx, func(n int) (*lower.Program, error) {
			other := env.Clone()
			if err := other.SetSize(axis, n); err != nil {
				return nil, err
			}
			return j.programFor(outputs, other)
		})
	}
	for _, depth := range j.state.scope.Lengths() {
		j.sayLargest(e, depth, env, ctx, func(n int) (p *lower.Program, err error) {
			failed := j.atDepth(depth, int64(n), func() *lang.Error {
				var again []*symbolic.Expr
				for _, x := range j.asked(at) {
					v, failed := j.state.scope.Expr(x)
					if failed != nil {
						return failed
					}
					again = append(again, tensors(v)...)
				}
				p, err = j.program(again)
				return nil
			})
			if failed != nil {
				return nil, failed
			}
			return p, err
		})
	}
}

// asked are the expressions of a statement: those that a question like eval is about, or the expression itself.
func (j *job) asked(at lang.Node) []lang.Expr {
	if c, ok := at.(*lang.Call); ok && j.report(c) != nil {
		return (&ask{j, c}).positional()
	}
	if x, ok := at.(lang.Expr); ok {
		return []lang.Expr{x}
	}
	return nil
}

// tensors are the members of a list, or the one value.
func tensors(v check.Value) []*symbolic.Expr {
	if !v.IsList() {
		return []*symbolic.Expr{v.Expr}
	}
	var out []*symbolic.Expr
	for _, it := range v.Items {
		out = append(out, tensors(it)...)
	}
	return out
}

// growing are the axes that a person would make shorter: that of the examples, or else all of them.
func growing(outputs []*symbolic.Expr) []string {
	var names []string
	axis := ""
	for _, o := range outputs {
		symbolic.Walk(o, func(n *symbolic.Expr) {
			for _, d := range n.Shape {
				if name, ok := d.AsName(); ok && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
			objective := n
			if n.Op == symbolic.Let && n.By != nil {
				objective = n.By.Of
			}
			if axis == "" && objective.Rank() == 0 && objective.Op == symbolic.Let {
				axis, _ = study.NewModel(objective, nil).BatchAxis()
			}
		}, nil)
	}
	if axis != "" {
		return []string{axis}
	}
	return names
}

// sayLargest looks for the largest size below the one that is too large.
func (j *job) sayLargest(e *lang.Error, dim string, env *shape.Env, ctx context.Context, build func(n int) (*lower.Program, error)) {
	size, ok := env.Size(shape.Name(dim))
	if !ok || size < 2 {
		return
	}
	limit := j.state.settings.MemoryLimit
	lo, hi := 0, size
	for hi-lo > 1 && ctx.Err() == nil {
		mid := lo + (hi-lo)/2
		if p, err := build(mid); err == nil && p.PeakBytes() <= limit {
			lo = mid
		} else {
			hi = mid
		}
	}
	if lo > 0 && hi-lo == 1 {
		e.Details = append(e.Details, fmt.Sprintf("it fits with %s = %s at most; here it is %s", dim, grouped(big.NewRat(int64(lo), 1)), grouped(big.NewRat(int64(size), 1))))
	}
}
