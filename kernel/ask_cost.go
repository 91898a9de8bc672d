package kernel

import (
	"fmt"
	"math/big"
	"slices"
	"time"
	"unicode"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

func init() {
	register(&Report{
		Name: "cost", Args: "e, [W1, W2]",
		Doc: "cost(e) counts the operations of an expression as polynomials in the dimensions, for each definition and in sum; for an objective also those of its gradient, " +
			"of a Hessian-vector product and of the Hessian, and the nodes of the graphs of J, ∇J and ∇²J. A multiply-add is two operations, a value of a function is one; " +
			"products are matrix and outer products. With sizes it estimates the time from a measurement of this machine, with values it measures it too. The length of a family may stay a symbol where its members are alike. " +
			"The list says which declared variables are parameters.",
		Example: "A : R[n,m]; x : R[m]\nlatex(A x)\n\t\\mathbf{A} \\mathbf{x}",
		Run:     runCost,
	})
}

// A costLine is the work of one variable in the data of cost(e).
type costLine struct {
	Name         string `json:"name"`
	Products     amount `json:"products"`
	MultiplyAdds amount `json:"multiply_adds"`
	Functions    amount `json:"functions"`
	Operations   amount `json:"operations"`
}

// costData is the data of cost(e).
type costData struct {
	Forward  costLine             `json:"forward"`
	Backward *costLine            `json:"backward"`
	Gradient *costLine            `json:"gradient"`
	HVP      *costLine            `json:"hvp"`
	Hessian  *costLine            `json:"hessian"`
	Lines    []costLine           `json:"lines"`
	Pulled   []costLine           `json:"backward_lines"`
	Params   *amount              `json:"parameters"`
	Storage  *amount              `json:"hessian_entries"`
	Nodes    map[string]int       `json:"nodes"`  // where the depth has a number
	Growth   []amount             `json:"growth"` // the nodes of J, with its gradient, with its Hessian
	Times    map[string]stopwatch `json:"seconds"`
}

// A stopwatch is an estimate and a measurement, in seconds; measured is null where values are missing.
type stopwatch struct {
	Estimate Float  `json:"estimate"`
	Measured *Float `json:"measured"`
}

// A costing is one answer of cost under way.
type costing struct {
	*ask
	in   ruler
	w    *view // nil for what is no objective
	k    costFacts
	e    *symbolic.Expr // nil where the depth is a symbol
	d    costData
	page sheet
	t    *table
}

func runCost(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 2); err != nil {
		return nil, err
	}
	c, notes, err := a.costing()
	if err != nil {
		return nil, err
	}
	c.t = c.page.table()
	c.lines()
	c.sums()
	for _, line := range append(c.nodes(), c.clock()...) {
		c.page.say("%s", line)
	}
	return c.page.answer(c.d, notes), nil
}

// costing reads what is asked about: an objective with its derivatives, or any tensor; for its depth, or for any.
func (a *ask) costing() (*costing, []string, *lang.Error) {
	v, err := a.tensor(0)
	if err != nil {
		return nil, nil, err
	}
	depth := a.state.scope.Depth(v.Expr)
	if depth == "" {
		return a.costed()
	}
	var at []*costing
	var notes []string
	var whole *costing
	f, err := a.overDepths(depth, func(first bool) *lang.Error {
		if first {
			at = nil
		}
		c, ns, err := a.costed()
		at, notes = append(at, c), ns
		return err
	}, func(f *fitting) { whole = costForAnyDepth(f, at) })
	if err != nil {
		return nil, nil, err
	}
	whole.in = a.ruler()
	return whole, append(notes, f.note(depth)), nil
}

// costed is the cost of what is asked about, in the state of the session.
func (a *ask) costed() (*costing, []string, *lang.Error) {
	v, err := a.tensor(0)
	if err != nil {
		return nil, nil, err
	}
	c := &costing{ask: a, in: a.ruler(), e: v.Expr}
	notes := v.Notes
	var k study.Costing
	if v.Expr.Rank() > 0 || a.hasVariables(a.positional()[0], v.Expr) != nil {
		k = study.CostOf(v.Expr, c.in.size)
	} else {
		w, err := a.model()
		if err != nil {
			return nil, nil, err
		}
		var failed error
		if k, failed = study.CostOfModel(w.Model, c.in.size); failed != nil {
			k = study.CostOf(v.Expr, c.in.size)
			notes = append(w.notes, "no gradient: "+failed.Error())
		} else {
			c.w, c.e, notes = w, w.Objective, w.withRoles(a)
		}
	}
	c.facts(k)
	return c, notes, nil
}

func (c *costing) line(name string, w study.Work) costLine {
	c.state.scope.Graph.Proceed()
	return costLine{name, c.in.amount(w.Products), c.in.amount(w.MultiplyAdds()), c.in.amount(w.Functions), c.in.amount(w.Operations())}
}

// row adds a line to the table.
func (c *costing) row(name string, w study.Work) costLine {
	c.t.add(plain("  "+name), c.in.cell(w.MultiplyAdds()), c.in.cell(w.Functions), c.in.cell(w.Operations()), plain(c.in.value(w.Operations())))
	return c.line(name, w)
}

// lines are the definitions, and the cotangents of an objective.
func (c *costing) lines() {
	c.t.head = true
	c.t.row("", "multiply-adds", "functions", "operations")
	c.d.Lines = c.priced(c.k.prices)
	if c.w != nil {
		c.d.Pulled = c.priced(c.k.pulled)
	}
}

// priced are the lines of some variables; those that are alike have one row in the table.
func (c *costing) priced(ps []price) []costLine {
	out := []costLine{}
	for _, p := range ps {
		if len(p.names) > fewKept || c.e == nil {
			n := p.count
			if n.IsZero() {
				n = shape.Integer(int64(len(p.names)))
			}
			l := c.row(span(p.names), p.work.Scale(n))
			if c.e == nil {
				out = append(out, l)
				continue
			}
			for _, name := range p.names {
				out = append(out, c.line(name, p.work))
			}
			continue
		}
		for _, name := range p.names {
			out = append(out, c.row(name, p.work))
		}
	}
	return out
}

// priceName is z, ∂J/∂z, or the formula of what has no name.
func (c *costing) priceName(p study.Price) string {
	f := c.printer()
	if c.w != nil {
		f = c.w.formula
	}
	by := p.By
	if p.Of.Op == symbolic.Let && p.Of.By != nil {
		by = p.Of.By.By
	}
	if by != nil && c.w != nil && c.w.name(by) != "" {
		text, _ := c.w.Tree(c.w.derivativeTree(c.w.Objective, by))
		return text
	}
	if name, _, ok := f.names.NameOf(p.Of); ok {
		text, _ := f.Tree(nameTree(name))
		return text
	}
	return shortened(f.Text(p.Of))
}

// shortened keeps a formula to the width of a column; no name is cut in two, unless it is long.
func shortened(s string) string {
	r := []rune(s)
	if len(r) <= 28 {
		return s
	}
	end := 27
	for end > 13 && partOfName(r[end-1]) && partOfName(r[end]) {
		end--
	}
	return string(r[:end]) + "…"
}

func partOfName(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// sums are the totals.
func (c *costing) sums() {
	k := c.k
	c.t.row("in sum")
	c.d.Forward = c.row("forward", k.Forward)
	if c.w == nil {
		return
	}
	backward, hvp := c.row("backward", k.Backward), costLine{}
	gradient := c.row("gradient = both", k.Forward.Add(k.Backward))
	hvp = c.row("one Hessian-vector product, besides", k.Product)
	p := k.Params
	hessian := c.line("Hessian", k.Hessian)
	storage, params := c.in.amount(p.Mul(p)), c.in.amount(p)
	c.d.Backward, c.d.Gradient, c.d.HVP, c.d.Hessian, c.d.Storage, c.d.Params = &backward, &gradient, &hvp, &hessian, &storage, &params
}

// nodes say what the matrix products alone cost, what the Hessian takes, and how the graph grows.
func (c *costing) nodes() []string {
	k := c.k
	if c.e != nil {
		c.d.Nodes = map[string]int{"value": int(k.count(c, 0))}
	}
	if c.w == nil {
		return []string{"nodes of the graph: " + c.in.text(k.nodes[0])}
	}
	two := func(w study.Work) string { return c.in.text(w.Products.Times(2)) }
	if c.e != nil {
		c.d.Nodes["gradient"] = int(k.count(c, 1))
		if n := int(k.count(c, 2)); n > 0 {
			c.d.Nodes["hessian"] = n
		}
	}
	p := c.parameterCount()
	c.d.Growth = []amount{c.in.amount(k.nodes[0]), c.in.amount(k.nodes[1]), c.in.amount(k.nodes[2])}
	grown := fmt.Sprintf(", %s with its Hessian: it grows by a factor, the time of the Hessian by %s", c.in.text(k.nodes[2]), p)
	if k.nodes[2].IsZero() {
		grown = "; the blocks of its Hessian, one for each two parameters, are too many to be counted"
	}
	out := []string{
		"operations of the matrix products alone: forward " + two(k.Forward) + ", backward " + two(k.Backward) + ", gradient " + two(k.Forward.Add(k.Backward)) + ", one Hessian-vector product " + two(k.Product) + " more",
		"the Hessian: as much as the gradient and " + p + " products, one for each parameter, " + p + " = " + c.in.line(k.Params) + "; it has " + p + "² entries" + c.entries(k.Params.Mul(k.Params)),
		fmt.Sprintf("nodes of the graph: %s of %s, %s with its gradient%s", c.in.text(k.nodes[0]), c.w.spelled(c.w.name(c.w.Objective)), c.in.text(k.nodes[1]), grown),
	}
	if !k.Product.Derivatives.IsZero() {
		out[0] += " and " + c.in.text(k.Product.Derivatives.Times(2)) + " for the second derivatives of abstract functions"
	}
	return out
}

func (c *costing) entries(q shape.Quantity) string {
	v, ok := c.in.number(q)
	if !ok {
		return ""
	}
	t := c.state.settings.Type
	return ", " + bytesText(new(big.Rat).Mul(v, big.NewRat(t.Bytes(), 1))) + " in " + t.String()
}

// clock estimates times where all sizes are known, and measures them where all values are.
func (c *costing) clock() []string {
	type computation struct {
		name    string
		outputs []*symbolic.Expr
	}
	if c.e == nil {
		return nil
	}
	todo := []computation{{"value", []*symbolic.Expr{c.e}}}
	if c.w != nil {
		if g, err := c.e.G.Grad(c.e, c.w.Parameters(), nil); err == nil {
			todo = append(todo, computation{"gradient", append([]*symbolic.Expr{c.e}, g...)})
		}
	}
	var out []string
	for _, t := range todo {
		p, err := c.program(t.outputs)
		if err != nil {
			return nil
		}
		x := stopwatch{Estimate: Float(study.Machine(c.state.settings.Type).Seconds(p.Instructions()))}
		text := fmt.Sprintf("%s: about %s by the speed of this machine", t.name, duration(float64(x.Estimate)))
		if s, ok := c.measure(t.outputs, float64(x.Estimate)); ok {
			x.Measured = (*Float)(&s)
			text += ", measured " + duration(s)
		}
		if c.d.Times == nil {
			c.d.Times = map[string]stopwatch{}
		}
		c.d.Times[t.name] = x
		out = append(out, text)
	}
	return out
}

// longest is the estimated time in seconds above which nothing is measured.
const longest = 5.0

// measure is the median time of warm runs, in seconds, if every value is known.
func (c *costing) measure(outputs []*symbolic.Expr, estimate float64) (float64, bool) {
	b := c.state.bindings()
	p, err := lower.Compile(outputs, b)
	if err != nil || estimate > longest {
		return 0, false
	}
	var runs []float64
	for range 6 {
		start := time.Now()
		if err := p.Execute(c.ctx, b); err != nil {
			return 0, false
		}
		runs = append(runs, time.Since(start).Seconds())
	}
	runs = runs[1:] // the first allocates
	slices.Sort(runs)
	return runs[len(runs)/2], true
}

// duration is seconds with three digits in a unit that suits them.
func duration(s float64) string {
	for _, u := range []struct {
		name string
		size float64
	}{{"h", 3600}, {"min", 60}, {"s", 1}, {"ms", 1e-3}, {"µs", 1e-6}} {
		if s >= u.size {
			return fmt.Sprintf("%.3g %s", s/u.size, u.name)
		}
	}
	return fmt.Sprintf("%.3g ns", s/1e-9)
}
