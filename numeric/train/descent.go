package train

import (
	"context"
	"math"
	"math/rand/v2"

	"nabla/numeric"
)

// A trainer is one run.
type trainer struct {
	ctx    context.Context
	p      *Problem
	o      Options
	inputs []*numeric.Array // with the parameters as they are now
	params []*numeric.Array
	result Result

	programs map[int]Program // by examples
	update   func(step int, grads []*numeric.Array)
}

// epochs goes through the examples in random order, a batch at a time; the last batch may be smaller.
func (t *trainer) epochs() error {
	t.update = t.rule()
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
func (t *trainer) epoch(epoch int, r *rand.Rand, order []int, b *batches) (float64, error) {
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
func (t *trainer) step(epoch, rows int, inputs []*numeric.Array) (float64, error) {
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
	loss := out[0].Data[0]
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return 0, &Diverged{t.result.Steps + 1, loss}
	}
	t.result.Steps++
	t.update(t.result.Steps, out[1:])
	t.result.Last = loss
	if t.o.Progress != nil {
		t.o.Progress(Progress{t.result.Steps, t.o.Epochs * t.perEpoch(), epoch + 1, t.o.Epochs, loss, t.params})
	}
	return loss, nil
}

// program is the program for so many examples, made once.
func (t *trainer) program(rows int) (Program, error) {
	if p, ok := t.programs[rows]; ok {
		return p, nil
	}
	p, err := t.p.Program(rows)
	if err == nil {
		t.programs[rows] = p
	}
	return p, err
}

func (t *trainer) perEpoch() int {
	if t.o.Batch == 0 {
		return 1
	}
	return (t.p.Rows + t.o.Batch - 1) / t.o.Batch
}

// rule is how gradients change the parameters.
func (t *trainer) rule() func(step int, grads []*numeric.Array) {
	if t.o.Optimizer == "adam" {
		return t.adam()
	}
	return t.sgd()
}

// sgd is w ← w − lr v with v ← momentum v + g + decay w.
func (t *trainer) sgd() func(int, []*numeric.Array) {
	v := zeros(t.params)
	return func(_ int, grads []*numeric.Array) {
		for k, w := range t.params {
			g, v := grads[k].Data, v[k]
			for i, x := range w.Data {
				v[i] = t.o.Momentum*v[i] + g[i] + t.o.Decay*x
				w.Data[i] = x - t.o.LR*v[i]
			}
		}
	}
}

// adam is Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, Algorithm 1, with its recommended constants.
func (t *trainer) adam() func(int, []*numeric.Array) {
	const beta1, beta2, epsilon = 0.9, 0.999, 1e-8
	m, v := zeros(t.params), zeros(t.params)
	return func(step int, grads []*numeric.Array) {
		c1, c2 := 1-math.Pow(beta1, float64(step)), 1-math.Pow(beta2, float64(step))
		for k, w := range t.params {
			g, m, v := grads[k].Data, m[k], v[k]
			for i, x := range w.Data {
				d := g[i] + t.o.Decay*x
				m[i] = beta1*m[i] + (1-beta1)*d
				v[i] = beta2*v[i] + (1-beta2)*d*d
				w.Data[i] = x - t.o.LR*(m[i]/c1)/(math.Sqrt(v[i]/c2)+epsilon)
			}
		}
	}
}

func zeros(params []*numeric.Array) [][]float64 {
	out := make([][]float64, len(params))
	for i, p := range params {
		out[i] = make([]float64, len(p.Data))
	}
	return out
}

// batches copies examples to where a program reads them.
type batches struct {
	t      *trainer
	inputs []*numeric.Array
	room   map[int][]float64
}

func newBatches(t *trainer) *batches {
	b := &batches{t: t, inputs: append([]*numeric.Array(nil), t.inputs...), room: map[int][]float64{}}
	for i, axis := range t.p.Axis {
		if axis >= 0 {
			a := t.p.Inputs[i]
			b.inputs[i] = &numeric.Array{Shape: append([]int(nil), a.Shape...)}
			b.room[i] = make([]float64, len(a.Data)/max(t.p.Rows, 1)*t.o.Batch)
		}
	}
	return b
}

// take is the inputs with these examples only.
func (b *batches) take(rows []int) []*numeric.Array {
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
