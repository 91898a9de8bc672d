package check

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A Form is the help of a function whose arguments are not just tensors.
type Form struct {
	Usage   string
	Example string // statements
}

// A form is a function whose arguments are not just tensors: it looks at what was written.
type form struct {
	Form
	min, max int
	apply    func(c *checker, t *lang.Call) Value
	only     func(c *checker, t *lang.Call) bool // where a record of the same name exists: when the form is meant
}

func (m *form) takes(c *checker, t *lang.Call) bool { return m.only == nil || m.only(c, t) }

// forms is filled by init, as the forms call the checker, which looks them up.
var forms map[string]*form

func init() {
	gradient := &form{Form{"grad(Y, X) is ∂Y/∂X; grad(J, [W1, W2]) gives several", model + "grad(J, W)\ngrad(J, [W, x])"}, 2, 2, (*checker).grad, nil}
	forms = map[string]*form{
		"grad":     gradient,
		"jacobian": gradient,
		"jac":      gradient,
		"hessian":  {Form{"hessian(f, x), or hessian(f, x, w) for a mixed block", model + "hessian(J, x)"}, 2, 3, (*checker).hessian, nil},
		"hvp":      {Form{"hvp(J, x, v): the Hessian of J by x times v, without forming it", model + "v : R[d];\nhvp(J, x, v)"}, 3, 3, (*checker).hvp, nil},
		"jvp":      {Form{"jvp(Y, x, v): the derivative of Y along v, without forming ∂Y/∂x", model + "v : R[d];\njvp(W x, x, v)"}, 3, 3, (*checker).jvp, nil},
		"vjp":      {Form{"vjp(Y, x, u): u, which has the shape of Y, pulled back to x", model + "u : R[h];\nvjp(W x, x, u)"}, 3, 3, (*checker).vjp, nil},
		"batch":    {Form{"batch(J, n, [x, y]): the mean over n examples of a loss of one", model + "B = batch(J, n, [x])\n∂B/∂W"}, 3, 3, (*checker).batch, nil},
		"prod":     {Form{"prod(∂Z/∂Y, ∂Y/∂X): the chain rule's product, for tensors of any rank", model + "z = W x; L = ‖z‖²;\nprod(∂L/∂z, ∂z/∂x)"}, 2, 64, (*checker).chain, isChain},
		"dim":      {Form{"dim(h): the size of the dimension h; the statement dim h = 3 gives it one, dim h = d makes two dimensions one", "W : R[h,d];\ntr(W W') / dim(h)\ndim h = 3\neval(dim(h))"}, 1, 1, (*checker).dimSize, nil},
	}
}

// model is what the examples of derivatives are about.
const model = "W : R[h,d]; x : R[d]; J = ‖W x‖²;\n"

// Forms lists the functions that look at what was written rather than at values.
func Forms() map[string]Form {
	out := map[string]Form{}
	for n, f := range forms {
		out[n] = f.Form
	}
	return out
}

func (c *checker) callForm(t *lang.Call, m *form) Value {
	for _, a := range t.Args {
		if a.Name != nil {
			c.fail("E210", a.Name.Span, "%s has no option %s", t.Fn.Raw, a.Name.Raw)
		}
	}
	if t.Primes > 0 {
		c.fail("E212", t.Span, "%s is not a function of a number and has no prime", t.Fn.Raw)
	}
	if len(t.Args) < m.min || len(t.Args) > m.max {
		c.refuseCount(t, m)
	}
	c.unit = derivUnit{at: t.Span}
	for _, a := range t.Args[1:] {
		c.unit.wrt = append(c.unit.wrt, a.X)
	}
	return m.apply(c, t)
}

// refuseCount refuses too few or too many arguments. To grad(J) it offers what J can be differentiated by.
func (c *checker) refuseCount(t *lang.Call, m *form) {
	e := c.errorf("E210", t.Span, "%s", m.Usage)
	for _, b := range c.Bindings() {
		if len(t.Args) == 1 && m.min == 2 && b.Expr != nil && b.Expr.Op == symbolic.Var && len(e.Fixes) < maxFixes {
			c.offerDepending(e, t, b)
		}
	}
	panic(e)
}

// offerDepending offers the call with the variable b, if its first argument depends on it.
func (c *checker) offerDepending(e *lang.Error, t *lang.Call, b *Binding) {
	if n, ok := t.Args[0].X.(*lang.Name); ok {
		if of := c.names.At(n.Name); of != nil && of.Expr != nil && c.mentions(of.Expr, b.Expr) {
			c.offer(e, "", insert(t.Args[0].X.Extent().End, ", "+b.Name))
		}
	}
}

func (c *checker) dimSize(t *lang.Call) Value { return c.dimNumber(c.mustSize(t.Args[0].X)) }

func (c *checker) grad(t *lang.Call) Value {
	if l, ok := t.Args[1].X.(*lang.List); ok {
		return c.grads(t, l)
	}
	y := c.numerator(t.Args[0].X, t.Args[1].X)
	return c.derivative(t, operand{t.Args[0].X, y}, c.denominator(t.Args[1].X), c.text(t.Args[0].X))
}

// closed is an argument that has no indices in it that are bound outside.
func (c *checker) closed(t lang.Expr) Value {
	v := c.tensor(t)
	if over := c.indicesOf(v.Expr); len(over) > 0 {
		c.fail("E217", t.Extent(), "%s depends on the index %s; do this for the whole tensor, and take the entry of the result", c.text(t), over[0].name)
	}
	return v
}

// grads takes several derivatives in one sweep.
func (c *checker) grads(t *lang.Call, l *lang.List) Value {
	y := c.closed(t.Args[0].X)
	c.refuseOpaque(t, y.Expr)
	xs := make([]operand, len(l.Items))
	for i, x := range l.Items {
		xs[i] = c.denominator(x)
	}
	ds, err := c.Graph.Grad(y.Expr, exprs(xs), nil)
	if err != nil {
		c.graphed(t, nil, err)
	}
	v := Value{Items: make([]Value, len(xs))}
	for i, d := range ds {
		c.zeroNote(d, y.Expr, xs[i], c.text(t.Args[0].X))
		v.Items[i] = Value{Expr: d, Row: xs[i].v.Row && d.Rank() == 1}
	}
	return v
}

func (c *checker) hessian(t *lang.Call) Value {
	y := operand{t.Args[0].X, c.numerator(t.Args[0].X, t.Args[1].X)}
	text := c.text(t.Args[0].X)
	second := t.Args[len(t.Args)-1].X
	y.v = c.derivative(t, y, c.denominator(t.Args[1].X), text)
	return c.derivative(t, y, c.denominator(second), "the derivative of "+text)
}

func (c *checker) hvp(t *lang.Call) Value {
	y := operand{t.Args[0].X, c.closed(t.Args[0].X)}
	if y.v.rank() > 0 {
		c.fail("E211", y.tree.Extent(), "a Hessian is that of a number, and %s is not", c.typed(y.tree, y.v))
	}
	x := c.denominator(t.Args[1].X)
	y.v = c.derivative(t, y, x, c.text(y.tree))
	return c.along(t, y, x, c.like(t.Args[2].X, x))
}

func (c *checker) jvp(t *lang.Call) Value {
	y := operand{t.Args[0].X, c.closed(t.Args[0].X)}
	c.refuseOpaque(t, y.v.Expr)
	x := c.denominator(t.Args[1].X)
	return c.along(t, y, x, c.like(t.Args[2].X, x))
}

// along is the derivative of y by x in the direction v.
func (c *checker) along(t *lang.Call, y, x operand, v Value) Value {
	d, err := c.Graph.JVP(y.v.Expr, []*symbolic.Expr{x.v.Expr}, []*symbolic.Expr{v.Expr})
	d = c.graphed(t, d, err)
	c.zeroNote(d, y.v.Expr, x, c.text(y.tree))
	return y.v.with(d)
}

func (c *checker) vjp(t *lang.Call) Value {
	y := operand{t.Args[0].X, c.closed(t.Args[0].X)}
	c.refuseOpaque(t, y.v.Expr)
	x := c.denominator(t.Args[1].X)
	u := c.like(t.Args[2].X, y)
	ds, err := c.Graph.PullBack(y.v.Expr, u.Expr, []*symbolic.Expr{x.v.Expr}, nil)
	if err != nil {
		c.graphed(t, nil, err)
	}
	c.zeroNote(ds[0], y.v.Expr, x, c.text(y.tree))
	return x.v.with(ds[0])
}

// like is an argument that must have the shape of another one.
func (c *checker) like(t lang.Expr, x operand) Value {
	v := c.tensor(t)
	if !c.Dims.SameShape(v.Expr.Shape, x.v.Expr.Shape) {
		e := c.errorf("E211", t.Extent(), "%s should have the shape of %s", c.typed(t, v), c.typed(x.tree, x.v))
		e.Labels = []lang.Label{c.label(t, v), c.label(x.tree, x.v)}
		panic(e)
	}
	return v
}

// batch is the mean over n examples of the terms of J that contain the given variables, plus the other terms.
func (c *checker) batch(t *lang.Call) Value {
	j := c.closed(t.Args[0].X)
	if j.rank() > 0 {
		c.fail("E211", t.Args[0].X.Extent(), "batch takes the mean of a number, and %s is not", c.typed(t.Args[0].X, j))
	}
	c.refuseOpaque(t, j.Expr)
	n := c.mustSize(t.Args[1].X)
	params, args := c.examples(t, n)
	data, rest := c.split(j.Expr, params)
	if data.IsZero() {
		c.fail("E213", t.Span, "%s contains none of %s", c.text(t.Args[0].X), c.text(t.Args[2].X))
	}
	each, err := c.Graph.Map(data, params, args)
	if err != nil {
		c.graphed(t, nil, err)
	}
	mean := c.Graph.Div(c.sumAll(each), c.Graph.DimSize(n))
	return Value{Expr: c.Graph.Add(mean, rest)}
}

// examples are the variables of one example and those of n of them.
func (c *checker) examples(t *lang.Call, n shape.Dim) (params, args []*symbolic.Expr) {
	items := []lang.Expr{t.Args[2].X}
	if l, ok := t.Args[2].X.(*lang.List); ok {
		items = l.Items
	}
	for _, x := range items {
		o := c.denominator(x)
		if o.v.Expr.Op != symbolic.Var {
			c.fail("E213", x.Extent(), "%s is not a variable of one example", c.text(x))
		}
		many := c.many(o.v.Expr, n)
		c.use(many)
		c.note("%s becomes %s : %s", c.text(x), many.Name, many.Space())
		params, args = append(params, o.v.Expr), append(args, many.Expr)
	}
	return params, args
}

// many is the variable of n examples of x: X for x, declared unless it is already. Where the capital means something
// else, a number follows it: the result is to read back, and x itself keeps its meaning.
func (c *checker) many(x *symbolic.Expr, n shape.Dim) *Binding {
	s := slices.Concat(shape.Shape{n}, x.Shape)
	base := strings.ToUpper(x.Name)
	for k := 0; ; k++ {
		name := base
		if k > 0 {
			name = fmt.Sprintf("%s_%d", base, k)
		}
		name = lang.Fold(name)
		switch b := c.names.At(name); {
		case b == nil && name != identityName && c.Function(name) == nil && !c.Dims.Exists(name):
			b = &Binding{Name: name, Kind: Variable, Expr: c.variable(name, s), At: c.at, Source: name + " : " + s.String()}
			c.notes = append(c.notes, c.bind(b)...)
			c.factsOfMany(x, b.Expr)
			return b
		case b != nil && b.Kind == Variable && b.Expr != x && b.Expr.Shape.Equal(s):
			return b
		}
	}
}

// factsOfMany declares of n examples what was declared of each: signs, and equations that mention no other example.
func (c *checker) factsOfMany(x, many *symbolic.Expr) {
	f := c.facts.At(x)
	if f == nil {
		return
	}
	facts := symbolic.Facts{Positive: f.Positive, Nonneg: f.Nonneg}
	for _, zero := range f.Equal {
		if all, err := c.Graph.Map(zero, []*symbolic.Expr{x}, []*symbolic.Expr{many}); err == nil {
			facts.Equal = append(facts.Equal, all)
		}
	}
	c.facts.Set(many, &facts)
}

// split separates the terms of a sum that contain one of xs from those that do not.
func (c *checker) split(e *symbolic.Expr, xs []*symbolic.Expr) (data, rest *symbolic.Expr) {
	g := c.Graph
	depends := dependents(e, xs)
	data, rest = g.Int(0), g.Int(0)
	var visit func(coef *big.Rat, e *symbolic.Expr)
	visit = func(coef *big.Rat, e *symbolic.Expr) {
		body := e.Body()
		switch {
		case !depends[e]:
			rest = g.Add(rest, g.Scale(coef, e))
		case body.Op == symbolic.Sum:
			for i, a := range body.Args {
				visit(new(big.Rat).Mul(coef, body.Coef[i]), a)
			}
		default:
			data = g.Add(data, g.Scale(coef, e))
		}
	}
	visit(big.NewRat(1, 1), e)
	return data, rest
}

// dependents are the nodes of e that contain one of xs.
func dependents(e *symbolic.Expr, xs []*symbolic.Expr) map[*symbolic.Expr]bool {
	out := map[*symbolic.Expr]bool{}
	symbolic.Walk(e, func(n *symbolic.Expr) {
		dep := slices.Contains(xs, n)
		for _, a := range n.Args {
			dep = dep || out[a]
		}
		out[n] = dep
	}, nil)
	return out
}

// isChain tells prod(∂Z/∂Y, ∂Y/∂X) from prod(X, n), the product of entries.
func isChain(c *checker, t *lang.Call) bool {
	if len(t.Args) < 2 || t.Args[1].Name != nil {
		return false
	}
	switch x := t.Args[1].X.(type) {
	case *lang.Number, *lang.List:
		return false
	case *lang.Name:
		return c.IsVar(x.Name) || !c.Dims.Exists(x.Name)
	}
	return true
}

// chain contracts ∂Z/∂Y with ∂Y/∂X over the axes of Y.
func (c *checker) chain(t *lang.Call) Value {
	a := operand{t.Args[0].X, c.tensor(t.Args[0].X)}
	for i := 1; i < len(t.Args); i++ {
		b := operand{t.Args[i].X, c.tensor(t.Args[i].X)}
		k := c.sharedAxes(t, t.Args[i-1].X, a, b)
		a.v = Value{Expr: symbolic.Chain(a.v.Expr, b.v.Expr, k)}
	}
	return a.v
}

// sharedAxes is the number of axes of Y: as the derivatives say, or else the one number that fits.
func (c *checker) sharedAxes(t *lang.Call, left lang.Expr, a, b operand) int {
	k := -1
	if y := denominatorTree(left); y != nil {
		k = c.denominator(y).v.rank()
	} else if z := numeratorTree(b.tree); z != nil {
		k = c.tensor(z).rank()
	}
	if k >= 0 && c.overlap(a.v, b.v, k) {
		return k
	}
	if k < 0 {
		if a.v.rank() == 0 || b.v.rank() == 0 {
			return 0
		}
		fitting := c.overlaps(a.v, b.v)
		if len(fitting) == 1 {
			return fitting[0]
		}
		if len(fitting) > 1 {
			e := c.errorf("E200", t.Span, "prod: over how many axes of %s and %s is summed?", c.typed(a.tree, a.v), c.typed(b.tree, b.v))
			e.Details = []string{"write the derivatives themselves, prod(∂Z/∂Y, ∂Y/∂X), or the sum in index notation"}
			panic(e)
		}
	}
	e := c.errorf("E200", t.Span, "prod: the last axes of %s are not the first of %s", c.typed(a.tree, a.v), c.typed(b.tree, b.v))
	e.Labels = []lang.Label{c.label(a.tree, a.v), c.label(b.tree, b.v)}
	panic(e)
}

// overlaps lists how many axes at the end of a may be those at the start of b.
func (c *checker) overlaps(a, b Value) (ks []int) {
	for k := 1; k <= min(a.rank(), b.rank()); k++ {
		if c.overlap(a, b, k) {
			ks = append(ks, k)
		}
	}
	return ks
}

func (c *checker) overlap(a, b Value, k int) bool {
	return a.rank() >= k && b.rank() >= k && c.Dims.SameShape(a.Expr.Shape[a.rank()-k:], b.Expr.Shape[:k])
}

func denominatorTree(t lang.Expr) lang.Expr {
	switch t := t.(type) {
	case *lang.Deriv:
		return t.Wrt[len(t.Wrt)-1]
	case *lang.Call:
		if (t.Fn.Name == "grad" || t.Fn.Name == "jacobian" || t.Fn.Name == "jac") && len(t.Args) == 2 {
			return t.Args[1].X
		}
	}
	return nil
}

func numeratorTree(t lang.Expr) lang.Expr {
	switch t := t.(type) {
	case *lang.Deriv:
		return t.Num
	case *lang.Call:
		if (t.Fn.Name == "grad" || t.Fn.Name == "jacobian" || t.Fn.Name == "jac") && len(t.Args) == 2 {
			return t.Args[0].X
		}
	}
	return nil
}
