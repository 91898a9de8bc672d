package kernel

import (
	"context"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/notation"
	"nabla/symbolic/rewrite"
	"nabla/symbolic/study"
)

// A knowledge is what the program knows of the quantity on the left of a line.
type knowledge struct {
	formula  lang.Expr      // the right side, in terms of the gradients nearer to the output; nil where it needs index notation
	forms    [][]lang.Expr  // the terms of each form of it that is known
	edges    string         // W1 → z, W1 → s
	equation string         // 5.3.14
	short    *symbolic.Expr // the left side, simplified
	of, by   *symbolic.Expr
	view     *view
	line     *study.Line
}

// knowledge looks a derivative up in the reverse sweep of its model, and simplifies whatever is no such line.
func (j *job) knowledge(truth lang.Expr, e *symbolic.Expr) knowledge {
	k := knowledge{}
	k.of, k.by = j.derivativeOf(truth)
	if k.of != nil && k.of.Rank() == 0 && study.IsVariable(k.of) && study.IsVariable(k.by) {
		j.lookUp(&k)
	}
	p := j.printer()
	k.short = rewrite.Simplify(e, p.lets())
	if x := (notation.Printer{Scope: p.names}).Form(k.short); x.Def == nil && len(x.Where) == 0 {
		if k.formula == nil {
			k.formula = x.X
		}
		k.forms = append(k.forms, addends(x.X))
	}
	return k
}

// derivativeOf are the two ends of a derivative of order one; nil for anything else.
func (j *job) derivativeOf(x lang.Expr) (of, by *symbolic.Expr) {
	d := asDerivative(x)
	switch x := x.(type) {
	case *lang.Nabla:
		d = &lang.Deriv{Span: x.Span, Num: x.X, Wrt: []lang.Expr{x.Wrt}}
	case *lang.Index:
		d = byMember(x)
	}
	if d == nil || len(d.Wrt) != 1 {
		return nil, nil
	}
	quiet := j.state.scope.Quiet()
	defer j.state.scope.Activate()
	y, err := quiet.Expr(d.Num)
	if err != nil || y.IsList() || y.Hole != nil {
		return nil, nil
	}
	v, err := quiet.Expr(d.Wrt[0])
	if err != nil || v.IsList() || v.Hole != nil || !study.IsVariable(v.Expr) && d != asDerivative(x) {
		return nil, nil // an entry of a gradient, rather than the gradient by a member
	}
	return y.Expr, v.Expr
}

// asDerivative is a derivative of any order in whatever form it is written, as ∂Y/∂X; nil if x is none, or several.
func asDerivative(x lang.Expr) *lang.Deriv {
	switch x := x.(type) {
	case *lang.Deriv:
		return x
	case *lang.Call:
		n := len(x.Args)
		if n < 2 || x.Args[1].Name != nil || !slices.Contains([]string{"grad", "jacobian", "jac", "hessian"}, x.Fn.Name) {
			return nil
		}
		if _, several := x.Args[1].X.(*lang.List); several {
			return nil
		}
		d := &lang.Deriv{Span: x.Span, Num: x.Args[0].X, Wrt: []lang.Expr{x.Args[1].X}}
		if x.Fn.Name == "hessian" {
			d.Wrt = append(d.Wrt, x.Args[n-1].X)
		}
		return d
	}
	return nil
}

// byMember is the derivative by a member of a family: ∂J/∂H[2] is read as (∂J/∂H)[2].
func byMember(x *lang.Index) *lang.Deriv {
	d, ok := x.X.(*lang.Deriv)
	if !ok || len(d.Wrt) != 1 {
		return nil
	}
	return &lang.Deriv{Span: x.Span, Num: d.Num, Wrt: []lang.Expr{&lang.Index{Span: x.Span, X: d.Wrt[0], Args: x.Args}}}
}

// isDerivative says that x is a derivative, of any order.
func isDerivative(x lang.Expr) bool {
	switch x := x.(type) {
	case *lang.Nabla:
		return true
	case *lang.Index:
		return isDerivative(x.X)
	}
	return asDerivative(x) != nil
}

// lookUp finds the line of the reverse sweep for ∂of/∂by, and its number in the book where the model is the book's.
func (j *job) lookUp(k *knowledge) {
	w := &view{formula: j.printer(), job: j}
	w.Model = study.NewModel(k.of, nil)
	w.nameAll()
	k.equation = w.book().backward(k.of, k.by)
	w.Model = study.NewModel(k.of, w.Model.Leaves) // data has gradients too, if someone asks
	s, err := study.NewSweep(w.Model, w.lets())
	if err != nil {
		return
	}
	k.view = w
	for i, l := range s.Lines {
		if l.Of == k.of && l.By == k.by {
			k.line = &s.Lines[i]
		}
	}
	if k.line == nil {
		return
	}
	var edges []string
	for _, p := range k.line.Paths {
		for _, from := range p.From {
			edges = append(edges, w.name(k.by)+" → "+w.name(from))
		}
	}
	k.edges = strings.Join(edges, ", ")
	if q := w.equate(name("T"), k.line.Formula); len(q.where) == 0 {
		if _, indexed := q.lhs.(*lang.Index); !indexed {
			k.formula = q.rhs
			k.forms = append(k.forms, addends(q.rhs))
		}
	}
}

// addends are the terms of a sum, with their signs.
func addends(x lang.Expr) []lang.Expr {
	b, ok := x.(*lang.Binary)
	if !ok || b.Op != lang.Add && b.Op != lang.Sub {
		return []lang.Expr{x}
	}
	left, right := addends(b.X), addends(b.Y)
	if b.Op == lang.Sub {
		for i, t := range right {
			right[i] = &lang.Unary{X: t}
			if u, ok := t.(*lang.Unary); ok {
				right[i] = u.X
			}
		}
	}
	return append(left, right...)
}

// repairer is the search for lines one edit away from the student's.
func (j *job) repairer(ctx context.Context, g *judgement, k knowledge) *repairer {
	t, _ := j.state.scope.Quiet().Expr(g.truth)
	r := &repairer{ctx: ctx, scope: j.state.scope.Quiet(), truth: g.expr, row: t.Row, forms: k.forms}
	if isGiven(g.truth) {
		r.banned = lineKey(g.truth)
	}
	j.quantities(r, k)
	if g.entry != nil {
		r.banned = lineKey(g.entry.X)
		r.forEntries(g.entry, g.candidate)
	}
	seen := map[string]bool{}
	symbolic.Walk(g.expr, func(e *symbolic.Expr) {
		for _, d := range e.Shape {
			if n, ok := d.AsName(); ok && !seen[n] {
				seen[n] = true
				r.dims = append(r.dims, n)
			}
		}
	}, nil)
	slices.Sort(r.dims)
	return r
}

// quantities are what a line may use: the names of the session, the gradients nearer to the output, and the slopes of
// the functions in the forward pass.
func (j *job) quantities(r *repairer, k knowledge) {
	for _, b := range j.state.scope.Bindings() {
		if b.Expr == nil {
			continue
		}
		n := name(b.Name)
		r.leaves = append(r.leaves, n)
		body := b.Expr.Body()
		if b.Def != nil && body.Op == symbolic.Call && len(body.Args) == 1 && body.Fn.Elementwise() {
			if c, ok := b.Def.Value.(*lang.Call); ok && c.Primes == 0 && len(c.Args) == 1 {
				s := *c
				s.Primes = 1
				r.slopes = append(r.slopes, &s)
			}
		}
		if k.of != nil && k.by != nil && b.Expr.Op == symbolic.Let && b.Expr != k.of && b.Expr != k.by &&
			symbolic.DependsOn(k.of, b.Expr) && symbolic.DependsOn(b.Expr, k.by) {
			of, _, _ := j.state.scope.Names().NameOf(k.of)
			if of != "" {
				r.leaves = append(r.leaves, &lang.Deriv{Num: name(of), Wrt: []lang.Expr{n}})
			}
		}
	}
}
