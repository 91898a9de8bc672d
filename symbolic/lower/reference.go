package lower

import (
	"context"
	"math/big"
	"slices"

	"nabla/numeric"
	"nabla/symbolic"
)

// Reference evaluates outputs with one plain loop per node: no fusion, no BLAS, no sharing of memory. It is the oracle
// that every faster evaluation is held equal to. In single precision it computes each node in double precision from
// values in single precision, and rounds the result. The results belong to the caller.
func Reference(ctx context.Context, outputs []*symbolic.Expr, b Bindings) ([]*numeric.Array, error) {
	r, outputs, err := newReference(ctx, outputs, b)
	if err != nil {
		return nil, err
	}
	if err := r.walk(outputs, r.visit); err != nil {
		return nil, err
	}
	out := make([]*numeric.Array, len(outputs))
	for i, e := range outputs {
		if out[i], err = r.value[e.Body()].Copy(ctx); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// newReference prepares one evaluation; resolved are the outputs with their functions known.
func newReference(ctx context.Context, typed []*symbolic.Expr, b Bindings) (r *reference, resolved []*symbolic.Expr, err error) {
	resolved, err = b.resolve(typed)
	if err != nil {
		return nil, nil, err
	}
	s, err := b.sizesOf(typed, resolved)
	if err != nil {
		return nil, nil, err
	}
	return &reference{ctx: ctx, b: b, sizes: s, value: map[*symbolic.Expr]*numeric.Array{}, readers: readers(resolved)}, resolved, nil
}

// walk visits every node of the outputs once, arguments first, until a visit fails.
func (r *reference) walk(outputs []*symbolic.Expr, visit func(*symbolic.Expr) error) (err error) {
	seen := map[*symbolic.Expr]bool{}
	for _, e := range outputs {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			if err == nil {
				err = visit(n)
			}
		}, seen)
	}
	return err
}

// readers counts how often each value is read; an output is read once more, by the caller. Definitions are transparent.
func readers(outputs []*symbolic.Expr) map[*symbolic.Expr]int {
	n := map[*symbolic.Expr]int{}
	seen := map[*symbolic.Expr]bool{}
	for _, e := range outputs {
		symbolic.Walk(e, func(e *symbolic.Expr) {
			if e.Op == symbolic.Let {
				return
			}
			for _, a := range e.Args {
				n[a.Body()]++
			}
		}, seen)
		n[e.Body()]++
	}
	return n
}

// A reference is one evaluation. A value lives until its last reader has run.
type reference struct {
	ctx     context.Context
	b       Bindings
	sizes   *sizes
	value   map[*symbolic.Expr]*numeric.Array
	readers map[*symbolic.Expr]int
	used    int64 // bytes
	steps   int   // since ctx was polled
}

func (r *reference) visit(e *symbolic.Expr) error {
	if e.Op == symbolic.Let {
		return nil
	}
	if err := r.poll(1); err != nil {
		return err
	}
	v, err := r.eval(e)
	if err != nil {
		return err
	}
	r.value[e] = v
	r.release(e)
	return nil
}

// release frees what e was the last to read.
func (r *reference) release(e *symbolic.Expr) {
	for _, a := range e.Args {
		a = a.Body()
		if r.readers[a]--; r.readers[a] == 0 {
			r.free(a)
		}
	}
}

func (r *reference) free(e *symbolic.Expr) {
	if e.Op != symbolic.Var {
		r.used -= int64(len(r.value[e].Data)) * 8
	}
	delete(r.value, e)
}

// new is an array of zeros, within the limit.
func (r *reference) new(e *symbolic.Expr, n []int) (*numeric.Array, error) {
	c, ok := count(n)
	held := numeric.Abandoned()
	if !ok || r.b.MemoryLimit > 0 && int64(c) > (r.b.MemoryLimit-held-r.used)/8 {
		return nil, &TooLarge{Bytes: bytesOf(n) + float64(r.used), Limit: r.b.MemoryLimit, Held: held, Node: e}
	}
	r.used += int64(c) * 8
	data, err := numeric.Zeros[float64](r.ctx, c)
	return &numeric.Array{Shape: slices.Clone(n), Data: data}, err
}

// pollEvery is how many elementary steps pass between two looks at the context: far less than 10 ms of work.
const pollEvery = 1 << 16

func (r *reference) poll(steps int) error {
	if r.steps += steps; r.steps < pollEvery {
		return nil
	}
	r.steps = 0
	return r.ctx.Err()
}

// arg is the value of an argument.
func (r *reference) arg(a *symbolic.Expr) *numeric.Array { return r.value[a.Body()] }

func (r *reference) eval(e *symbolic.Expr) (*numeric.Array, error) {
	switch e.Op {
	case symbolic.Var:
		v := value[float64](r.b, e)
		if a, _ := r.b.held(e); a != nil && r.b.Type == numeric.Float32 {
			v = v.Clone()
			r.round(v)
		}
		return v, nil
	case symbolic.Dim:
		n, err := r.sizes.dim(e.Size, e)
		return numeric.Scalar(float64(n)), err
	}
	n, err := r.sizes.of(e)
	if err != nil {
		return nil, err
	}
	out, err := r.new(e, n)
	if err != nil {
		return nil, err
	}
	err = r.fill(out, e)
	r.round(out)
	return out, err
}

// round makes the entries numbers of the type of the bindings.
func (r *reference) round(a *numeric.Array) {
	if r.b.Type == numeric.Float32 {
		for i, x := range a.Data {
			a.Data[i] = float64(float32(x))
		}
	}
}

// fill computes a node into out, which is zero.
func (r *reference) fill(out *numeric.Array, e *symbolic.Expr) error {
	switch e.Op {
	case symbolic.Const:
		out.Data[0] = float(e.Val)
	case symbolic.Ones:
		return numeric.Pieces(r.ctx, len(out.Data), func(from, to int) {
			for i := range out.Data[from:to] {
				out.Data[from+i] = 1
			}
		})
	case symbolic.Delta:
		for i := range out.Shape[0] {
			out.Data[i*out.Shape[0]+i] = 1
		}
	case symbolic.Sum:
		return r.sum(out, e)
	case symbolic.Einsum:
		return r.einsum(out, e)
	case symbolic.Call:
		return r.call(out, e)
	}
	return nil
}

func float(x *big.Rat) float64 {
	f, _ := x.Float64()
	return f
}

func (r *reference) sum(out *numeric.Array, e *symbolic.Expr) error {
	for k, a := range e.Args {
		c := float(e.Coef[k])
		for i, x := range r.arg(a).Data {
			out.Data[i] += c * x
			if err := r.poll(1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reference) call(out *numeric.Array, e *symbolic.Expr) error {
	args := make([]*numeric.Array, len(e.Args))
	for i, a := range e.Args {
		args[i] = r.arg(a)
	}
	if f := scalarOf(e); f != nil {
		return r.map1(out, args[0], f)
	}
	if e.Fn.F2 != nil {
		return r.map2(out, args, e.Fn.F2)
	}
	if e.Fn.Kernel == nil {
		return &NoKernel{e}
	}
	return r.kernel(out, e, args)
}

// scalarOf is the function of one number that a call applies, or nil.
func scalarOf(e *symbolic.Expr) func(float64) float64 {
	if e.Fn.FP != nil {
		return e.Fn.FP(*e.Par)
	}
	return e.Fn.F
}

func (r *reference) map1(out, x *numeric.Array, f func(float64) float64) error {
	for i, x := range x.Data {
		out.Data[i] = f(x)
		if err := r.poll(8); err != nil {
			return err
		}
	}
	return nil
}

func (r *reference) map2(out *numeric.Array, args []*numeric.Array, f func(a, b float64) float64) error {
	for i, x := range args[0].Data {
		out.Data[i] = f(x, args[1].Data[i])
		if err := r.poll(8); err != nil {
			return err
		}
	}
	return nil
}

// kernel runs a function of tensors once for every entry of the leading axes that it maps over.
func (r *reference) kernel(out *numeric.Array, e *symbolic.Expr, args []*numeric.Array) error {
	batch := e.BatchRank()
	par, err := r.sizes.params(e)
	if err != nil {
		return err
	}
	for i := range numeric.Count(out.Shape[:batch]) {
		in := make([]*numeric.Array, len(args))
		for k, a := range args {
			in[k] = entry(a, batch, i)
		}
		o := entry(out, batch, i)
		if err := r.once(e, o, in, par); err != nil {
			return err
		}
		if err := r.poll(len(o.Data) + 64); err != nil {
			return err
		}
	}
	return nil
}

// once runs a function of tensors, which is left behind when the context ends if it may take long.
func (r *reference) once(e *symbolic.Expr, out *numeric.Array, args []*numeric.Array, par symbolic.Params) error {
	work := workFor(e.Fn, args)
	run, entries := func() error { return e.Fn.Kernel(out, args, par, work) }, len(out.Data)
	for _, a := range args {
		entries = max(entries, len(a.Data))
	}
	finished, err := true, error(nil)
	if entries < quick {
		err = run()
	} else {
		finished, err = numeric.Aside(r.ctx, r.used, run)
	}
	if finished && err != nil {
		return &Failed{e, err}
	}
	return err
}

// workFor is what one call of a function works in.
func workFor(f *symbolic.Func, args []*numeric.Array) numeric.Work {
	dims := make([][]int, len(args))
	for i, a := range args {
		dims[i] = a.Shape
	}
	return f.WorkSize(dims).Make()
}

// quick is how many entries a function of tensors may have to be called without a goroutine that can be left behind.
const quick = 1 << 14

// entry is the i-th tensor of a along its first batch axes, counted together. It shares memory with a.
func entry(a *numeric.Array, batch, i int) *numeric.Array {
	core := a.Shape[batch:]
	n := numeric.Count(core)
	return &numeric.Array{Shape: slices.Clone(core), Data: a.Data[i*n : (i+1)*n]}
}

// A factor is an array with a label per axis.
type factor struct {
	in string
	a  *numeric.Array
}

func (r *reference) einsum(out *numeric.Array, e *symbolic.Expr) error {
	fs := make([]factor, len(e.Args))
	for k, a := range e.Args {
		fs[k] = factor{e.In[k], r.arg(a)}
	}
	return r.multiply(out, e, fs)
}

// multiply is the product e of these factors, two at a time, the cheapest pair first; labels are summed away as soon as
// nothing else has them.
func (r *reference) multiply(out *numeric.Array, e *symbolic.Expr, fs []factor) error {
	fs = slices.Clone(fs)
	size := map[byte]int{}
	for _, f := range fs {
		for i := range f.in {
			size[f.in[i]] = f.a.Shape[i]
		}
	}
	for i := range e.Out {
		size[e.Out[i]] = out.Shape[i]
	}
	used := r.used
	for len(fs) > 2 {
		i, j := cheapest(fs, size)
		pair := []factor{fs[i], fs[j]}
		fs = slices.Delete(slices.Delete(fs, j, j+1), i, i+1)
		labels := needed(pair, fs, e.Out)
		p, err := r.new(e, extents(labels, size))
		if err != nil {
			return err
		}
		if err := r.contract(factor{labels, p}, pair, size); err != nil {
			return err
		}
		r.round(p)
		fs = append(fs, factor{labels, p})
	}
	r.used = used
	return r.contract(factor{e.Out, out}, fs, size)
}

// cheapest is the pair i < j whose product has the fewest steps.
func cheapest(fs []factor, size map[byte]int) (i, j int) {
	best := -1.0
	for a := range fs {
		for b := a + 1; b < len(fs); b++ {
			cost := 1.0
			for _, l := range union(fs[a].in, fs[b].in) {
				cost *= float64(size[byte(l)])
			}
			if best < 0 || cost < best {
				best, i, j = cost, a, b
			}
		}
	}
	return i, j
}

// union is every label of the words once, in order.
func union(words ...string) []byte {
	var out []byte
	for _, w := range words {
		for i := range len(w) {
			if !slices.Contains(out, w[i]) {
				out = append(out, w[i])
			}
		}
	}
	return out
}

// needed are the labels of a pair that the other factors or out have too.
func needed(pair, rest []factor, out string) string {
	words := []string{out}
	for _, f := range rest {
		words = append(words, f.in)
	}
	others := union(words...)
	var keep []byte
	for _, l := range union(pair[0].in, pair[1].in) {
		if slices.Contains(others, l) {
			keep = append(keep, l)
		}
	}
	return string(keep)
}

func extents(labels string, size map[byte]int) []int {
	n := make([]int, len(labels))
	for i := range labels {
		n[i] = size[labels[i]]
	}
	return n
}

// contract adds the product of at most two factors to out, summing over labels that out does not have.
func (r *reference) contract(out factor, fs []factor, size map[byte]int) error {
	words := []string{out.in}
	for _, f := range fs {
		words = append(words, f.in)
	}
	labels := union(words...)
	n := extents(string(labels), size)
	total := numeric.Count(n)
	index := make([]int, len(labels))
	so := stridesFor(labels, out)
	sf := make([][]int, len(fs))
	for k, f := range fs {
		sf[k] = stridesFor(labels, f)
	}
	for range total {
		p := 1.0
		for k, f := range fs {
			p *= f.a.Data[dot(index, sf[k])]
		}
		out.a.Data[dot(index, so)] += p
		advance(index, n)
		if err := r.poll(1); err != nil {
			return err
		}
	}
	return nil
}

// stridesFor is how far one step along each label moves in a factor; a label that occurs twice moves along both axes.
func stridesFor(labels []byte, f factor) []int {
	s := make([]int, len(labels))
	step := 1
	for i := len(f.in) - 1; i >= 0; i-- {
		s[slices.Index(labels, f.in[i])] += step
		step *= f.a.Shape[i]
	}
	return s
}

func dot(a, b []int) int {
	s := 0
	for i, x := range a {
		s += x * b[i]
	}
	return s
}

// advance steps the index to the next entry in row-major order.
func advance(index, n []int) {
	for i := len(n) - 1; i >= 0; i-- {
		if index[i]++; index[i] < n[i] {
			return
		}
		index[i] = 0
	}
}
