package kernel

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"nabla/lang"
	"nabla/numeric"
	"nabla/numeric/chart"
	"nabla/numeric/train"
	"nabla/symbolic"
	"nabla/symbolic/lower"
)

const variableOp = symbolic.Var

// Points at which functions are computed.
const (
	curvePoints = 401
	mapWidth    = 121
	mapHeight   = 91
	maxCurves   = 24 // entries of a vector that are drawn
)

// formulas checks what is to be drawn; a function by its name is applied to the variable.
func (p *plotter) formulas(in *ask, list []lang.Expr) ([]*symbolic.Expr, *lang.Error) {
	var out []*symbolic.Expr
	for _, x := range list {
		if n, ok := x.(*lang.Name); ok && in.state.scope.IsFunc(n.Name) && !in.state.scope.IsVar(n.Name) {
			x = &lang.Call{Span: n.Span, Fn: n, Args: []lang.Arg{{X: p.over[0].name}}}
		}
		v, err := in.state.scope.Expr(x)
		if err != nil {
			return nil, err
		}
		if v.IsList() || v.Hole != nil {
			return nil, p.errorf("E322", x, "plot needs an expression here")
		}
		out = append(out, v.Expr)
	}
	return out, nil
}

// curves draws formulas over one variable. A vector has a curve for each entry.
func (p *plotter) curves() *lang.Error {
	x := numeric.New()
	in, err := p.within(x)
	if err != nil {
		return err
	}
	defer p.state.scope.Activate()
	if len(p.at) > 1 {
		return p.errorf("E361", p.at[1], "several curves are a list: plot([f, g], %s = …)", p.over[0].name.Name)
	}
	list := items(p.at[0])
	exprs, err := p.formulas(in, list)
	if err != nil {
		return err
	}
	grid := spaced(p.over[0], curvePoints)
	values, err := in.along(p.at[0], exprs, func(k int) bool { x.Data[0] = grid[min(k, len(grid)-1)]; return k < len(grid) })
	if err != nil {
		return err
	}
	v := in.state.scope.Lookup(p.over[0].name.Name).Expr
	for i, e := range exprs {
		if !symbolic.DependsOn(e, v) {
			p.notes = append(p.notes, fmt.Sprintf("%s does not depend on %s", p.label(list[i]), p.over[0].name.Name))
		}
		if err := p.curve(list[i], grid, values[i]); err != nil {
			return err
		}
	}
	p.chart.X.Label, p.chart.X.Min, p.chart.X.Max = p.over[0].name.Name, p.over[0].from, p.over[0].to
	p.unname()
	p.gaps(list, grid, values)
	p.clip(values)
	return nil
}

// gaps says where a function of one variable has no value: its curve is interrupted there.
func (p *plotter) gaps(list []lang.Expr, x []float64, values [][]*numeric.Array) {
	for i, at := range list {
		var missing []float64
		for k, v := range values[i] {
			if slices.ContainsFunc(v.Data, func(y float64) bool { return math.IsNaN(y) || math.IsInf(y, 0) }) {
				missing = append(missing, x[k])
			}
		}
		if n := len(missing); n > 0 {
			where := fmt.Sprintf("%s = %.4g", p.over[0].name.Name, missing[0])
			if n > 1 {
				where = fmt.Sprintf("%d of %d points, from %s to %.4g", n, len(x), where, missing[n-1])
			}
			p.notes = append(p.notes, fmt.Sprintf("%s is not finite at %s", p.label(at), where))
		}
	}
}

// curve adds a curve for a number, or one for each entry of a vector.
func (p *plotter) curve(at lang.Expr, x []float64, values []*numeric.Array) *lang.Error {
	shape := values[0].Shape
	if len(shape) > 1 || len(shape) == 1 && shape[0] > maxCurves {
		return p.errorf("E366", at, "%s has %s at each point: a curve needs a number, or a vector of at most %d", p.label(at), arrayText(values[0]), maxCurves)
	}
	for k := range values[0].Data {
		y := make([]float64, len(x))
		for i := range y {
			y[i] = values[i].Data[k]
		}
		name := p.label(at)
		if len(shape) == 1 {
			name = fmt.Sprintf("%s[%d]", name, k+1)
		}
		p.add(name, x, y, false)
	}
	return nil
}

// clip leaves out values far outside the others, and says so.
func (p *plotter) clip(values [][]*numeric.Array) {
	var all []float64
	for _, vs := range values {
		for _, v := range vs {
			all = append(all, v.Data...)
		}
	}
	lo, hi, cut := chart.Visible(all)
	if cut && p.named("limits") == nil {
		p.chart.Y.Min, p.chart.Y.Max = lo, hi
		p.notes = append(p.notes, "values far outside are cut off; limits = … shows another range")
	}
}

func spaced(s sweep, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		t := float64(i) / float64(n-1)
		out[i] = s.from*(1-t) + s.to*t
	}
	return out
}

// along computes expressions again and again: set changes the variables for the k-th time, and is false after the last.
// The answer has, for each expression, its value at each step.
func (a *ask) along(at lang.Node, exprs []*symbolic.Expr, set func(k int) bool) ([][]*numeric.Array, *lang.Error) {
	b := a.state.bindings()
	prog, err := lower.Compile(exprs, b)
	if err != nil {
		return nil, a.evaluationError(at, err)
	}
	out := make([][]*numeric.Array, len(exprs))
	for k := 0; set(k); k++ {
		arrays, err := prog.Eval(a.ctx, b)
		if err != nil {
			return nil, a.evaluationError(at, err)
		}
		for i, v := range arrays {
			out[i] = append(out[i], v.Clone())
		}
	}
	return out, nil
}

// level draws the level lines of a function of two variables, and a path downhill.
func (p *plotter) level() *lang.Error {
	x, y := numeric.New(), numeric.New()
	in, err := p.within(x, y)
	if err != nil {
		return err
	}
	defer p.state.scope.Activate()
	exprs, err := p.formulas(in, p.at[:1])
	if err != nil {
		return err
	}
	if exprs[0].Rank() > 0 {
		return p.errorf("E366", p.at[0], "level lines are drawn of a number: this is in R%v", exprs[0].Shape)
	}
	m := &chart.Contour{X: spaced(p.over[0], mapWidth), Y: spaced(p.over[1], mapHeight)}
	values, err := in.along(p.at[0], exprs, func(k int) bool {
		x.Data[0], y.Data[0] = m.X[k%mapWidth], m.Y[min(k/mapWidth, mapHeight-1)]
		return k < mapWidth*mapHeight
	})
	if err != nil {
		return err
	}
	for _, v := range values[0] {
		m.Z = append(m.Z, v.Data[0])
	}
	p.chart.Layers = append(p.chart.Layers, m)
	p.chart.X.Label, p.chart.Y.Label = p.over[0].name.Name, p.over[1].name.Name
	if p.chart.Title == "" {
		p.chart.Title = p.label(p.at[0])
	}
	p.data["x"], p.data["y"], p.data["z"] = m.X, m.Y, m.Z
	if p.named("start") != nil {
		return p.path(in, exprs[0])
	}
	return nil
}

// path is where an optimizer goes from the start, in steps.
func (p *plotter) path(in *ask, objective *symbolic.Expr) *lang.Error {
	at := p.named("start")
	start, err := p.compute(at)
	if err != nil {
		return err
	}
	if len(start.Data) != 2 {
		return p.errorf("E366", at, "start is a point, such as start=[%g, %g]", p.over[0].from, p.over[1].from)
	}
	params := make([]*symbolic.Expr, 2)
	for i, s := range p.over {
		params[i] = in.state.scope.Lookup(s.name.Name).Expr
		in.state.setValue(params[i], &numeric.Array{Data: start.Data[i : i+1]})
	}
	problem, err := in.newProblem(p.at[0], objective, params, "")
	if err != nil {
		return err
	}
	o, err := in.trainOptions()
	if err != nil {
		return err
	}
	if o.Epochs, err = in.integer("steps", 50); err != nil {
		return err
	}
	c := &chart.Curve{Name: o.Optimizer, Mark: true, X: []float64{start.Data[0]}, Y: []float64{start.Data[1]}}
	o.Progress = func(s train.Progress) {
		at := s.Params()
		c.X, c.Y = append(c.X, at[0].Data[0]), append(c.Y, at[1].Data[0])
	}
	res, failed := problem.Run(p.ctx, o)
	var diverged *train.Diverged
	switch {
	case errors.As(failed, &diverged):
		p.notes = append(p.notes, diverged.Error())
	case failed != nil:
		return p.trainError(failed)
	default:
		p.notes = append(p.notes, fmt.Sprintf("%s: %d steps to %s", o.Optimizer, res.Steps, p.state.settings.Format.Number(res.Last)))
	}
	p.chart.Layers = append(p.chart.Layers, c)
	p.data["path"] = map[string]any{"x": c.X, "y": c.Y}
	return nil
}
