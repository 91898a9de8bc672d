package train

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"nabla/numeric"
	"nabla/numeric/vec"
)

// A trainer is one run.
type trainer[T numeric.Float] struct {
	ctx    context.Context
	p      *Problem[T]
	o      Options
	inputs []*numeric.Tensor[T] // with the parameters as they are now
	params []*numeric.Tensor[T]
	result Result

	programs map[int]Program[T] // by examples
	grads    []*numeric.Tensor[T]
	copied   []*numeric.Tensor[T]    // gradients that are parameters
	now      func() []*numeric.Array // the parameters
	update   func(step int, grads []*numeric.Tensor[T])
}

// doubles are the parameters in double precision: themselves, if that is what they have.
func (t *trainer[T]) doubles() []*numeric.Array {
	if same, ok := any(t.params).([]*numeric.Array); ok {
		return same
	}
	out := make([]*numeric.Array, len(t.params))
	for i, w := range t.params {
		out[i] = numeric.Convert[float64](w)
	}
	return out
}

// epochs goes through the examples in random order, a batch at a time; the last batch may be smaller.
func (t *trainer[T]) epochs() error {
	t.update = t.rule()
	t.grads, t.copied = make([]*numeric.Tensor[T], len(t.params)), make([]*numeric.Tensor[T], len(t.params))
	r := numeric.Source(t.o.Seed)
	order := make([]int, t.p.Rows)
	for i := range order {
		order[i] = i
	}
	b := newBatches(t)
	for epoch := range t.o.Epochs {
		loss, err := t.epoch(epoch, r, order, b)
		if err != nil {
			return err
		}
		t.result.Curve = append(t.result.Curve, loss)
	}
	return nil
}

// epoch is one pass; the mean of its losses counts each example once.
func (t *trainer[T]) epoch(epoch int, r *rand.Rand, order []int, b *batches[T]) (float64, error) {
	n, size := t.p.Rows, t.o.Batch
	if size == n { // no order to choose: also where nothing counts examples
		loss, err := t.step(epoch, n, t.inputs)
		return loss, err
	}
	r.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	total := 0.0
	for at := 0; at < n; at += size {
		rows := order[at:min(at+size, n)]
		loss, err := t.step(epoch, len(rows), b.take(rows))
		if err != nil {
			return 0, err
		}
		total += loss * float64(len(rows))
	}
	return total / float64(n), nil
}

// step evaluates loss and gradients with the parameters as they are, and only then changes all of them.
func (t *trainer[T]) step(epoch, rows int, inputs []*numeric.Tensor[T]) (float64, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	p, err := t.program(rows)
	if err != nil {
		return 0, err
	}
	out, err := p.Run(t.ctx, inputs)
	if err != nil {
		return 0, err
	}
	loss := float64(out[0].Data[0])
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return 0, &Diverged{Step: t.result.Steps + 1, Loss: loss}
	}
	if !finite(out[1:]) {
		return 0, &Diverged{Step: t.result.Steps + 1, Loss: loss, Gradient: true}
	}
	t.result.Steps++
	t.update(t.result.Steps, t.own(out[1:]))
	t.result.Last = loss
	if t.o.Progress != nil {
		t.o.Progress(Progress{t.result.Steps, t.o.Epochs * t.perEpoch(), epoch + 1, t.o.Epochs, loss, t.now})
	}
	return loss, nil
}

// finite says that every entry is a finite number. The sum of numbers that are not is none either; one that overflows needs
// a closer look.
func finite[T numeric.Float](grads []*numeric.Tensor[T]) bool {
	odd := func(x T) bool { return math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) }
	for _, g := range grads {
		if odd(vec.Sum(g.Data)) && slices.ContainsFunc(g.Data, odd) {
			return false
		}
	}
	return true
}

// own are gradients that stay what they are while the parameters change: one that is a parameter itself is copied.
func (t *trainer[T]) own(grads []*numeric.Tensor[T]) []*numeric.Tensor[T] {
	for k, g := range grads {
		if !slices.ContainsFunc(t.params, func(w *numeric.Tensor[T]) bool { return len(g.Data) > 0 && len(w.Data) > 0 && &g.Data[0] == &w.Data[0] }) {
			t.grads[k] = g
			continue
		}
		if t.copied[k] == nil {
			t.copied[k] = numeric.Empty[T](g.Shape...)
		}
		copy(t.copied[k].Data, g.Data)
		t.grads[k] = t.copied[k]
	}
	return t.grads
}

// program is the program for so many examples, made once.
func (t *trainer[T]) program(rows int) (Program[T], error) {
	if p, ok := t.programs[rows]; ok {
		return p, nil
	}
	p, err := t.p.Program(rows)
	if err == nil {
		t.programs[rows] = p
	}
	return p, err
}

func (t *trainer[T]) perEpoch() int {
	if t.o.Batch == 0 {
		return 1
	}
	return (t.p.Rows + t.o.Batch - 1) / t.o.Batch
}

// rule is how gradients change the parameters.
func (t *trainer[T]) rule() func(step int, grads []*numeric.Tensor[T]) {
	if t.o.Optimizer == "adam" {
		return t.adam()
	}
	return t.sgd()
}

// sgd is w ← w − lr v with v ← momentum v + g + decay w.
func (t *trainer[T]) sgd() func(int, []*numeric.Tensor[T]) {
	v := zeros(t.params)
	momentum, decay, lr := T(t.o.Momentum), T(t.o.Decay), T(t.o.LR)
	return func(_ int, grads []*numeric.Tensor[T]) {
		for k, w := range t.params {
			g, v := grads[k].Data, v[k]
			for i, x := range w.Data {
				v[i] = momentum*v[i] + g[i] + decay*x
				w.Data[i] = x - lr*v[i]
			}
		}
	}
}

// adam is Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, Algorithm 1, with its recommended constants.
func (t *trainer[T]) adam() func(int, []*numeric.Tensor[T]) {
	const beta1, beta2, epsilon = 0.9, 0.999, 1e-8
	m, v := zeros(t.params), zeros(t.params)
	decay, lr := T(t.o.Decay), T(t.o.LR)
	return func(step int, grads []*numeric.Tensor[T]) {
		c1, c2 := T(1-math.Pow(beta1, float64(step))), T(1-math.Pow(beta2, float64(step)))
		for k, w := range t.params {
			g, m, v := grads[k].Data, m[k], v[k]
			for i, x := range w.Data {
				d := g[i] + decay*x
				m[i] = beta1*m[i] + (1-beta1)*d
				v[i] = beta2*v[i] + (1-beta2)*d*d
				w.Data[i] = x - lr*(m[i]/c1)/(T(math.Sqrt(float64(v[i]/c2)))+epsilon)
			}
		}
	}
}

func zeros[T numeric.Float](params []*numeric.Tensor[T]) [][]T {
	out := make([][]T, len(params))
	for i, p := range params {
		out[i] = make([]T, len(p.Data))
	}
	return out
}

// batches copies examples to where a program reads them.
type batches[T numeric.Float] struct {
	t      *trainer[T]
	inputs []*numeric.Tensor[T]
	room   map[int][]T
}

func newBatches[T numeric.Float](t *trainer[T]) *batches[T] {
	b := &batches[T]{t: t, inputs: append([]*numeric.Tensor[T](nil), t.inputs...), room: map[int][]T{}}
	for i, axis := range t.p.Axis {
		if axis >= 0 {
			a := t.p.Inputs[i]
			b.inputs[i] = &numeric.Tensor[T]{Shape: append([]int(nil), a.Shape...)}
			b.room[i] = make([]T, len(a.Data)/max(t.p.Rows, 1)*t.o.Batch)
		}
	}
	return b
}

// take is the inputs with these examples only.
func (b *batches[T]) take(rows []int) []*numeric.Tensor[T] {
	for i, room := range b.room {
		a, axis, out := b.t.p.Inputs[i], b.t.p.Axis[i], b.inputs[i]
		out.Shape[axis] = len(rows)
		out.Data = room[:len(a.Data)/b.t.p.Rows*len(rows)]
		inner := numeric.Count(a.Shape[axis+1:])
		at := 0
		for o := range numeric.Count(a.Shape[:axis]) {
			for _, r := range rows {
				from := (o*b.t.p.Rows + r) * inner
				at += copy(out.Data[at:], a.Data[from:from+inner])
			}
		}
	}
	return b.inputs
}
