package lower

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"nabla/numeric"
	"nabla/symbolic"
)

// A precision is what a type of numbers can tell apart.
type precision struct {
	unit     float64 // the relative rounding error of one operation
	smallest float64 // what a result may lose to underflow: numbers below it have fewer digits, then none
}

var precisions = [...]precision{numeric.Float64: {0x1p-53, 0x1p-1022}, numeric.Float32: {0x1p-24, 0x1p-126}}

// ulps is the rounding of one function of numbers, in units: good libraries stay below 4.
const ulps = 8

// Bounded evaluates like Reference, and bounds the rounding error of every entry: two expressions that are equal as
// formulas may differ by the sum of their bounds and no more, however much cancels in either. A bound is propagated from
// node to node, to first order in the rounding error (N. Higham, Accuracy and Stability of Numerical Algorithms, ch. 3):
// a product adds the sum of the absolute terms, a function the change of its value over the interval of its argument.
// Declared facts hold in the values to within rounding. A bound is +Inf or NaN where nothing can be said.
func Bounded(ctx context.Context, outputs []*symbolic.Expr, b Bindings) (values, bounds []*numeric.Array, err error) {
	r, outputs, err := newReference(ctx, outputs, b)
	if err != nil {
		return nil, nil, err
	}
	w := &rounding{reference: r, precision: precisions[b.Type], bound: map[*symbolic.Expr]*numeric.Array{}}
	if err := w.walk(outputs, w.visit); err != nil {
		return nil, nil, err
	}
	for _, e := range outputs {
		values = append(values, w.value[e.Body()].Clone())
		bounds = append(bounds, w.bound[e.Body()].Clone())
	}
	return values, bounds, nil
}

// A rounding is one evaluation with its errors.
type rounding struct {
	*reference
	precision
	bound map[*symbolic.Expr]*numeric.Array
}

func (w *rounding) visit(e *symbolic.Expr) error {
	if e.Op == symbolic.Let {
		return nil
	}
	v, err := w.eval(e)
	if err != nil {
		return err
	}
	w.value[e], w.bound[e] = v, numeric.New(v.Shape...)
	if err := w.spread(w.bound[e], e); err != nil {
		return err
	}
	w.release(e)
	return w.poll(1)
}

// spread computes the bounds of a node into out, which is zero.
func (w *rounding) spread(out *numeric.Array, e *symbolic.Expr) error {
	switch e.Op {
	case symbolic.Var:
		w.declared(out, e)
	case symbolic.Const:
		out.Data[0] = w.unit * math.Abs(w.value[e].Data[0])
	case symbolic.Sum:
		w.added(out, e)
	case symbolic.Einsum:
		return w.multiplied(out, e)
	case symbolic.Call:
		return w.called(out, e)
	}
	return nil
}

// declared is how far a value is from one for which the facts that only computation can fulfil hold exactly.
func (w *rounding) declared(out *numeric.Array, v *symbolic.Expr) {
	if f := v.G.Facts.At(v); f == nil || !f.Orthogonal && len(f.Equal) == 0 {
		return
	}
	for i, x := range w.value[v].Data {
		out.Data[i] = 64 * w.unit * (math.Abs(x) + 1)
	}
}

func (w *rounding) added(out *numeric.Array, e *symbolic.Expr) {
	for k, a := range e.Args {
		c := math.Abs(float(e.Coef[k]))
		bound := w.bound[a.Body()].Data
		for i, x := range w.arg(a).Data {
			out.Data[i] += c * (bound[i] + w.unit*float64(len(e.Args)+2)*math.Abs(x))
		}
	}
}

// multiplied is Σ ∏ (|x| + bound) − Σ ∏ |x|, and the rounding of the sum itself.
func (w *rounding) multiplied(out *numeric.Array, e *symbolic.Expr) error {
	exact, far := make([]factor, len(e.Args)), make([]factor, len(e.Args))
	for k, a := range e.Args {
		x, bound := w.arg(a), w.bound[a.Body()]
		exact[k], far[k] = factor{e.In[k], numeric.New(x.Shape...)}, factor{e.In[k], numeric.New(x.Shape...)}
		for i, v := range x.Data {
			exact[k].a.Data[i] = math.Abs(v)
			far[k].a.Data[i] = math.Abs(v) + bound.Data[i]
		}
	}
	sum := numeric.New(out.Shape...)
	if err := w.multiply(sum, e, exact); err != nil {
		return err
	}
	if err := w.multiply(out, e, far); err != nil {
		return err
	}
	terms := float64(w.terms(e))
	steps, lost := w.unit*(terms+float64(len(e.Args)+2)), terms*w.underflow(exact)
	for i, s := range sum.Data {
		out.Data[i] += 2*steps*out.Data[i] - s + lost // twice: the difference of the two sums is itself rounded
	}
	return nil
}

// underflow is what one product of these factors may lose where some of them multiplied come below the range of float64,
// and the others make up for it.
func (w *rounding) underflow(fs []factor) float64 {
	least, most := 1.0, 1.0
	for _, f := range fs {
		low, high := 1.0, 1.0
		for _, x := range f.a.Data {
			if x != 0 {
				low, high = min(low, x), max(high, x)
			}
		}
		least, most = least*low, most*high
	}
	if least > w.smallest {
		return 0
	}
	return min(w.smallest*most, 1e300)
}

// terms is how many products each entry of an einsum is the sum of.
func (w *rounding) terms(e *symbolic.Expr) int {
	seen := []byte(e.Out)
	n := 1
	for k, a := range e.Args {
		for i, size := range w.arg(a).Shape {
			if l := e.In[k][i]; !slices.Contains(seen, l) {
				seen, n = append(seen, l), n*size
			}
		}
	}
	return n
}

func (w *rounding) called(out *numeric.Array, e *symbolic.Expr) error {
	args, bounds := make([]*numeric.Array, len(e.Args)), make([]*numeric.Array, len(e.Args))
	for k, a := range e.Args {
		args[k], bounds[k] = w.arg(a), w.bound[a.Body()]
	}
	value := w.value[e]
	if f := scalarOf(e); f != nil {
		for i, x := range args[0].Data {
			out.Data[i] = slope(f, x, value.Data[i], bounds[0].Data[i]) + w.rounded(e, value.Data[i])
		}
		return w.poll(8 * len(out.Data))
	}
	if f := e.Fn.F2; f != nil {
		for i, y := range value.Data {
			a, b := args[0].Data[i], args[1].Data[i]
			out.Data[i] = slope(func(a float64) float64 { return f(a, b) }, a, y, bounds[0].Data[i]) +
				slope(func(b float64) float64 { return f(a, b) }, b, y, bounds[1].Data[i]) + w.rounded(e, y)
		}
		return w.poll(8 * len(out.Data))
	}
	return w.blocks(out, e, args, bounds)
}

// rounded is the rounding of a function of numbers whose value is y. A 0 is exact (relu, step), unless the function has
// none and this one comes from underflow.
func (w *rounding) rounded(e *symbolic.Expr, y float64) float64 {
	if y == 0 && !e.Fn.Positive && !e.IsCall("pow") {
		return 0
	}
	return ulps*w.unit*math.Abs(y) + w.smallest
}

// slope is how far f(x) = y may move while x moves by d: the secants to both sides times d. Their steps are not below
// what rounding leaves of f.
func slope(f func(float64) float64, x, y, d float64) float64 {
	if d == 0 {
		return 0
	}
	h := max(d, 1e-7*math.Abs(x))
	steepest := 0.0
	for _, s := range [4]float64{-h, -h / 2, h / 2, h} {
		steepest = max(steepest, math.Abs(f(x+s)-y)/math.Abs(s))
	}
	return 2 * d * steepest
}

// blocks bounds a function of tensors, block by block.
func (w *rounding) blocks(out *numeric.Array, e *symbolic.Expr, args, bounds []*numeric.Array) error {
	batch := e.BatchRank()
	par, err := w.sizes.params(e)
	if err != nil {
		return err
	}
	run := func(out *numeric.Array, in []*numeric.Array) error {
		return e.Fn.Kernel(out, in, par, workFor(e.Fn, in))
	}
	for i := range numeric.Count(out.Shape[:batch]) {
		var in, near []*numeric.Array
		for k := range args {
			in, near = append(in, entry(args[k], batch, i).Clone()), append(near, entry(bounds[k], batch, i))
		}
		b := w.newBlock(run, entry(w.value[e], batch, i), in, near)
		if err := w.poll(b.spread(entry(out, batch, i))); err != nil {
			return err
		}
	}
	return nil
}

// most is how many numbers a block may compute while its entries are moved one after another; above it they are moved
// at random.
const most = 1 << 20

// A block is one application of a function of tensors, whose arguments are moved to see how far its result moves.
type block struct {
	unit  float64
	run   func(*numeric.Array, []*numeric.Array) error
	in    []*numeric.Array
	by    [][]float64 // how far each entry of each argument may be off
	exact [][]float64 // the bound it came with
	scale []float64   // of each argument
	y     *numeric.Array
	moved *numeric.Array
	size  int // entries of all arguments
}

// newBlock adds to the bounds of the arguments what a backward stable algorithm may move them: a few roundings of the
// largest entry.
func (w *rounding) newBlock(run func(*numeric.Array, []*numeric.Array) error, y *numeric.Array, in, bounds []*numeric.Array) *block {
	b := &block{unit: w.unit, run: run, in: in, y: y, moved: numeric.New(y.Shape...)}
	for _, a := range in {
		b.size += len(a.Data)
	}
	for k, a := range in {
		scale := 0.0
		for _, x := range a.Data {
			scale = max(scale, math.Abs(x))
		}
		by := make([]float64, len(a.Data))
		for i := range by {
			by[i] = bounds[k].Data[i] + w.unit*float64(b.size+ulps)*scale
		}
		b.by, b.exact, b.scale = append(b.by, by), append(b.exact, bounds[k].Data), append(b.scale, scale)
	}
	return b
}

// spread adds to out how far each entry of the result may be off.
func (b *block) spread(out *numeric.Array) (steps int) {
	if b.size*(b.size+len(b.y.Data)) > most {
		return b.sampled(out)
	}
	for k, a := range b.in {
		for i := range a.Data {
			d := b.by[k][i]
			if d == 0 {
				continue
			}
			h := max(d, 1e-7*b.scale[k])
			if err := b.move(k, i, h); err != nil {
				if b.exact[k][i] == 0 && a.Data[i] == math.Trunc(a.Data[i]) {
					continue // a position or a class
				}
				unknown(out)
				return steps
			}
			steps += b.size + len(b.y.Data)
			b.add(out, 2*d/h)
		}
	}
	b.add(out, 0)
	return steps
}

// move computes the result with one entry moved by h, and its mirror too where only symmetric matrices are taken.
func (b *block) move(k, i int, h float64) error {
	a := b.in[k]
	keep := a.Data[i]
	defer func() { a.Data[i] = keep }()
	a.Data[i] += h
	clear(b.moved.Data)
	err := b.run(b.moved, b.in)
	if err == nil || len(a.Shape) != 2 || a.Shape[0] != a.Shape[1] {
		return err
	}
	n := a.Shape[0]
	j := i%n*n + i/n
	mirror := a.Data[j]
	defer func() { a.Data[j] = mirror }()
	a.Data[j] += h
	clear(b.moved.Data)
	return b.run(b.moved, b.in)
}

// add adds c times what has moved; c = 0 stands for the rounding of the result itself.
func (b *block) add(out *numeric.Array, c float64) {
	for j, y := range b.y.Data {
		if c == 0 {
			out.Data[j] += b.unit * float64(b.size+ulps) * math.Abs(y)
		} else {
			out.Data[j] += c * math.Abs(b.moved.Data[j]-y)
		}
	}
}

// sampled moves all entries at once, each to a side drawn at random, a few times: not a bound, but 16 times the largest
// movement seen.
func (b *block) sampled(out *numeric.Array) (steps int) {
	r := rand.New(rand.NewPCG(uint64(b.size), 1))
	in := make([]*numeric.Array, len(b.in))
	worst := make([]float64, len(out.Data))
	for range 4 {
		for k, a := range b.in {
			in[k] = a.Clone()
			for i := range in[k].Data {
				in[k].Data[i] += b.by[k][i] * float64(1-2*r.IntN(2))
			}
		}
		clear(b.moved.Data)
		if b.run(b.moved, in) != nil {
			unknown(out)
			return steps
		}
		for j, y := range b.y.Data {
			worst[j] = max(worst[j], 16*math.Abs(b.moved.Data[j]-y))
		}
		steps += b.size + len(worst)
	}
	for j, w := range worst {
		out.Data[j] += w
	}
	b.add(out, 0)
	return steps
}

func unknown(out *numeric.Array) {
	for i := range out.Data {
		out.Data[i] = math.Inf(1)
	}
}
