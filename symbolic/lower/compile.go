package lower

import (
	"math/big"
	"slices"

	"nabla/numeric"
	"nabla/numeric/plan"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// Compile makes a program for outputs with the sizes, functions and memory limit of b. Of the values it reads the
// shapes only.
func Compile(outputs []*symbolic.Expr, b Bindings) (*Program, error) {
	typed := outputs
	outputs, err := b.resolve(typed)
	if err != nil {
		return nil, err
	}
	s, err := b.sizesOf(typed, outputs)
	if err != nil {
		return nil, err
	}
	c := &compiler{sizes: s, uses: readers(outputs), extents: map[*symbolic.Expr][]int{}, views: map[*symbolic.Expr]plan.View{}, shared: map[string]plan.View{}}
	if c.most = b.MemoryLimit; c.most == 0 {
		c.most = addressable
	}
	if err := c.measure(outputs); err != nil {
		return nil, err
	}
	for _, v := range variables(outputs) { // first, so that their order does not depend on sizes
		c.materialize(v)
	}
	var results []plan.View
	for _, e := range outputs {
		results = append(results, c.materialize(e))
	}
	if c.tooLarge > 0 {
		return nil, &TooLarge{Bytes: c.tooLarge, Limit: b.MemoryLimit}
	}
	p := newProgram(c.b.Program(results, b.Type), typed, c.vars)
	return p, b.allow(p.PeakBytes())
}

// A compiler appends the instructions for one node after the other, each when a reader first needs its value in memory.
// Definitions are transparent: all its tables are keyed by bodies.
type compiler struct {
	b       plan.Builder
	sizes   *sizes
	uses    map[*symbolic.Expr]int
	extents map[*symbolic.Expr][]int
	views   map[*symbolic.Expr]plan.View // dense values of nodes
	shared  map[string]plan.View         // values of partial products
	vars    []*symbolic.Expr
	numbers map[*symbolic.Expr]float64 // sizes of dimensions
	params  map[*symbolic.Expr]symbolic.Params

	most     int64   // bytes that one buffer may take
	tooLarge float64 // bytes of a buffer that takes more
}

// addressable is more memory than any machine has, and so little that sums of it cannot overflow.
const addressable = 1 << 47

// measure finds the size of every axis, and whether every function has numbers, before anything is emitted.
func (c *compiler) measure(outputs []*symbolic.Expr) error {
	c.numbers, c.params = map[*symbolic.Expr]float64{}, map[*symbolic.Expr]symbolic.Params{}
	seen := map[*symbolic.Expr]bool{}
	var err error
	for _, e := range outputs {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			if err == nil {
				err = c.measureOne(n)
			}
		}, seen)
	}
	return err
}

func (c *compiler) measureOne(e *symbolic.Expr) (err error) {
	e.G.Proceed()
	if c.extents[e], err = c.sizes.of(e); err != nil {
		return err
	}
	switch {
	case e.Op == symbolic.Dim:
		n, err := c.sizes.dim(e.Size, e)
		c.numbers[e] = float64(n)
		return err
	case e.Op == symbolic.Call && !e.Fn.Elementwise():
		if e.Fn.Kernel == nil {
			return &NoKernel{e}
		}
		c.params[e], err = c.sizes.params(e)
		return err
	case e.Op == symbolic.Call && scalarOf(e) == nil && e.Fn.F2 == nil:
		return &NoKernel{e}
	}
	return nil
}

// literal is the number that every entry of e is, if that is known.
func (c *compiler) literal(e *symbolic.Expr) (float64, bool) {
	switch {
	case e.Op == symbolic.Const:
		return float(e.Val), true
	case e.Op == symbolic.Dim:
		return c.numbers[e], true
	case e.Op == symbolic.Ones:
		return 1, true
	case e.IsZero():
		return 0, true
	}
	return 0, false
}

// pointwise says that every entry of e depends on one entry of each argument: e can be part of a loop.
func (c *compiler) pointwise(e *symbolic.Expr) bool {
	switch e.Op {
	case symbolic.Call:
		return e.Fn.Elementwise()
	case symbolic.Sum:
		return len(c.products(e)) == 0
	case symbolic.Einsum:
		return !sums(e) && !hasDelta(e)
	}
	return false
}

// sums says that a product sums over some label.
func sums(e *symbolic.Expr) bool {
	for _, l := range union(e.In...) {
		if !slices.Contains([]byte(e.Out), l) {
			return true
		}
	}
	return false
}

func hasDelta(e *symbolic.Expr) bool {
	return slices.ContainsFunc(e.Args, func(a *symbolic.Expr) bool { return a.Body().Op == symbolic.Delta })
}

// isView says that e only rearranges the entries of its argument.
func (c *compiler) isView(e *symbolic.Expr) bool {
	return e.Op == symbolic.Einsum && len(e.Args) == 1 && c.pointwise(e)
}

// products are the terms of a sum that are added into its memory by the product itself: nobody else reads them.
func (c *compiler) products(e *symbolic.Expr) []int {
	var out []int
	for i, a := range e.Args {
		a = a.Body()
		_, done := c.views[a]
		if a.Op == symbolic.Einsum && c.uses[a] == 1 && !done && (sums(a) || hasDelta(a) || c.outer(a)) {
			out = append(out, i)
		}
	}
	return out
}

// outer says that no factor of a product has all axes of the result.
func (c *compiler) outer(e *symbolic.Expr) bool {
	vectors := 0
	for _, a := range e.Args {
		if a.Rank() == e.Rank() {
			return false
		}
		if a.Rank() > 0 {
			vectors++
		}
	}
	return vectors > 1
}

// materialize is the dense value of e, computed here if it is not there yet.
func (c *compiler) materialize(e *symbolic.Expr) plan.View {
	e = e.Body()
	if v, ok := c.views[e]; ok {
		return v
	}
	if e.Op == symbolic.Var {
		v := plan.Dense(c.b.Input(c.extents[e]), c.extents[e])
		c.vars = append(c.vars, e)
		c.views[e] = v
		return v
	}
	v := c.emit(e)
	c.views[e] = v
	return v
}

func (c *compiler) buffer(size []int) plan.View {
	n, ok := count(size)
	if !ok || bytesOf(size) > float64(c.most) {
		c.tooLarge = max(c.tooLarge, bytesOf(size))
		n = 0 // nothing runs
	}
	return plan.Dense(c.b.Buffer(n), size)
}

func (c *compiler) emit(e *symbolic.Expr) plan.View {
	e.G.Proceed()
	_, known := c.literal(e)
	switch {
	case known || c.pointwise(e):
		out := c.buffer(c.extents[e])
		c.loop(e, out)
		return out
	case e.Op == symbolic.Delta:
		return c.identity(e)
	case e.Op == symbolic.Sum:
		return c.sum(e)
	case e.Op == symbolic.Einsum:
		out := c.buffer(c.extents[e])
		c.contract(e, out, 1, false)
		return out
	}
	return c.kernel(e)
}

// identity is a Delta with all its entries.
func (c *compiler) identity(e *symbolic.Expr) plan.View {
	out := c.buffer(c.extents[e])
	c.b.Zero(out.Buf)
	n := out.Size[0]
	l := plan.NewLoop([]int{n})
	l.Store(l.Number(1), plan.View{Buf: out.Buf, Stride: []int{n + 1}}, true)
	c.b.Loop(l, note(e))
	return out
}

// sum computes the terms that are no products in one loop, and adds the products to it.
func (c *compiler) sum(e *symbolic.Expr) plan.View {
	products := c.products(e)
	out := c.buffer(c.extents[e])
	add := false
	if len(products) < len(e.Args) {
		l := plan.NewLoop(out.Size)
		v := c.terms(l, e, axes(e.Rank()), products)
		l.Store(v, out, false)
		c.b.Loop(l, note(e))
		add = true
	}
	for _, i := range products {
		c.contract(e.Args[i].Body(), out, float(e.Coef[i]), add)
		add = true
	}
	return out
}

// terms is the sum of the terms of e that are not among the products.
func (c *compiler) terms(l *plan.Loop, e *symbolic.Expr, at []int, products []int) plan.Value {
	sum := l.Number(0)
	first := true
	for i, a := range e.Args {
		if slices.Contains(products, i) {
			continue
		}
		v, k := c.inline(l, a, at), float(e.Coef[i])
		if first {
			sum, first = l.Scale(k, v), false
		} else {
			sum = l.Add(sum, k, v)
		}
	}
	return sum
}

// note is what an instruction computes, for reports.
func note(e *symbolic.Expr) string {
	if e.Op == symbolic.Call {
		return e.Fn.Name
	}
	return ""
}

// axes counts to n.
func axes(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return at
}

// loop computes a pointwise e into out.
func (c *compiler) loop(e *symbolic.Expr, out plan.View) {
	l := plan.NewLoop(out.Size)
	l.Store(c.expand(l, e, axes(e.Rank())), out, false)
	c.b.Loop(l, note(e))
}

// inline is the value of e in a loop, whose axis at[i] is axis i of e. What nobody else reads becomes part of the loop
// if it has an entry for each of its turns.
func (c *compiler) inline(l *plan.Loop, e *symbolic.Expr, at []int) plan.Value {
	e = e.Body()
	if _, known := c.literal(e); known || c.fuses(l, e) {
		return c.expand(l, e, at)
	}
	return l.Load(spread(c.operand(e), at, l.Rank()))
}

func (c *compiler) fuses(l *plan.Loop, e *symbolic.Expr) bool {
	_, done := c.views[e]
	n, _ := count(c.extents[e])
	return !done && c.uses[e] == 1 && n == l.Count() && c.pointwise(e)
}

// spread gives a view a stride for each of n axes: axis i of v moves with axis at[i].
func spread(v plan.View, at []int, n int) plan.View {
	s := make([]int, n)
	for i, a := range at {
		s[a] += v.Stride[i]
	}
	return plan.View{Buf: v.Buf, Off: v.Off, Stride: s}
}

// expand computes e from its arguments inside a loop.
func (c *compiler) expand(l *plan.Loop, e *symbolic.Expr, at []int) plan.Value {
	if x, known := c.literal(e); known {
		return l.Number(x)
	}
	switch e.Op {
	case symbolic.Sum:
		return c.terms(l, e, at, nil)
	case symbolic.Einsum:
		return c.factors(l, e, at)
	}
	args := make([]plan.Value, len(e.Args))
	for i, a := range e.Args {
		args[i] = c.inline(l, a, at)
	}
	if e.Fn.F2 != nil {
		return l.Map2(e.Fn.F2, args[0], args[1])
	}
	return c.function(l, e, args[0])
}

var (
	half     = big.NewRat(1, 2)
	minusOne = big.NewRat(-1, 1)
)

// function is a function of one number. Reciprocals and roots need no call.
func (c *compiler) function(l *plan.Loop, e *symbolic.Expr, x plan.Value) plan.Value {
	if r := e.Par.Exp; r != nil {
		switch {
		case r.Cmp(minusOne) == 0:
			return l.Recip(x)
		case r.Cmp(half) == 0:
			return l.Sqrt(x)
		}
	}
	return l.Map(scalarOf(e), e.Fn.Vec, x)
}

// factors is a product without sums.
func (c *compiler) factors(l *plan.Loop, e *symbolic.Expr, at []int) plan.Value {
	v := l.Number(1)
	for k, a := range e.Args {
		in := make([]int, len(e.In[k]))
		for i := range in {
			in[i] = at[slices.Index([]byte(e.Out), e.In[k][i])]
		}
		v = l.Mul(v, c.inline(l, a, in))
	}
	return v
}

// operand is a value of e with any strides: a rearrangement is not carried out.
func (c *compiler) operand(e *symbolic.Expr) plan.View {
	e = e.Body()
	if _, done := c.views[e]; done || !c.isView(e) {
		return c.materialize(e)
	}
	v := c.operand(e.Args[0])
	size := c.extents[e]
	out := plan.View{Buf: v.Buf, Off: v.Off, Size: size, Stride: make([]int, len(size))}
	for i := range v.Stride {
		out.Stride[slices.Index([]byte(e.Out), e.In[0][i])] += v.Stride[i]
	}
	return out
}

// kernel calls a function of tensors, which takes dense arguments.
func (c *compiler) kernel(e *symbolic.Expr) plan.View {
	out := c.buffer(c.extents[e])
	batch := e.BatchRank()
	lead, _ := count(out.Size[:batch])
	k := &plan.Kernel{Name: e.Fn.Name, Out: out.Buf, Batch: lead, Core: out.Size[batch:], Flops: c.price(e)}
	for _, a := range e.Args {
		v := c.materialize(a)
		k.Args = append(k.Args, v.Buf)
		k.Cores = append(k.Cores, v.Size[batch:])
	}
	fn, par := e.Fn.Kernel, c.params[e]
	k.F = func(out *numeric.Array, args []*numeric.Array, work numeric.Work) error {
		return fn(out, args, par, work)
	}
	k.Work = e.Fn.WorkSize(k.Cores)
	k.Fail = func(err error) error { return &Failed{e, err} }
	c.b.Kernel(k, note(e))
	return out
}

// price is the number of operations of a call.
func (c *compiler) price(e *symbolic.Expr) int64 {
	if e.Fn.Cost != nil {
		shapes := make([]shape.Shape, len(e.Args))
		for i, a := range e.Args {
			shapes[i] = a.Shape
		}
		if n, err := c.sizes.dim(e.Fn.Cost(*e.Par, shapes), e); err == nil {
			return int64(n)
		}
	}
	n, _ := count(c.extents[e])
	return int64(n)
}
