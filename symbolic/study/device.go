package study

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// A Execution is a split that was carried out: one goroutine for each device, which share nothing and exchange messages.
type Execution struct {
	Gradients []*numeric.Array // in the order of the parameters
	Sent      int64            // numbers in all messages
	Steps     int              // of a pipeline: the time from beginning to end, where one stage takes one step for one microbatch, either way
	Held      []int            // of a pipeline: the most microbatches that each stage held at a time
}

// An opProgram computes one operation, and what its reverse step contributes, from arrays alone.
type opProgram struct {
	args    []*symbolic.Expr // what is read, in the order of vars
	vars    []*symbolic.Expr
	bar     *symbolic.Expr
	targets []*symbolic.Expr                  // what gets a contribution
	extra   map[*symbolic.Expr]*numeric.Array // what functions are made of
	forward *lower.Program
	reverse *lower.Program
}

// compileOp makes the programs of e for the sizes in dims; numbers that stand for sizes are those of the whole.
func (t *Tape) compileOp(e *symbolic.Expr, dims *shape.Env, whole lower.Bindings) (*opProgram, error) {
	g := e.G
	p := &opProgram{args: t.Reads[e], bar: g.Fresh("bar", e.Shape), extra: map[*symbolic.Expr]*numeric.Array{}}
	by := map[*symbolic.Expr]*symbolic.Expr{}
	for v, a := range whole.Values {
		if _, leaf := t.Model.Role[v]; !leaf {
			p.extra[v] = a
		}
	}
	b := lower.Bindings{Dims: dims, Functions: whole.Functions, Values: maps.Clone(p.extra)}
	shaped := func(v *symbolic.Expr) {
		if n, ok := dims.Sizes(v.Shape); ok {
			b.Values[v] = &numeric.Array{Shape: n}
		}
	}
	shaped(p.bar)
	var pulled []*symbolic.Expr
	for _, a := range p.args {
		v := g.Fresh("t", a.Shape)
		shaped(v)
		by[a] = v
		p.vars = append(p.vars, v)
		if t.Pull[e][a] != nil {
			p.targets, pulled = append(p.targets, a), append(pulled, v)
		}
	}
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if n.Op == symbolic.Dim {
			if size, ok := whole.Dims.Size(n.Size); ok {
				by[n] = g.Int(int64(size))
			}
		}
	}, nil)
	y := t.reading(e, by)
	ds, err := g.PullBack(y, p.bar, pulled, nil)
	if err != nil {
		return nil, err
	}
	if p.forward, err = lower.Compile([]*symbolic.Expr{y}, b); err != nil {
		return nil, err
	}
	if len(ds) > 0 {
		p.reverse, err = lower.Compile(ds, b)
	}
	return p, err
}

// reading is the operation e with something in the place of what it reads.
func (t *Tape) reading(e *symbolic.Expr, by map[*symbolic.Expr]*symbolic.Expr) *symbolic.Expr {
	for _, a := range e.Args { // products that were taken apart
		for a.Op == symbolic.Let || isView(a) {
			a = a.Args[0]
		}
		if product := t.pairs[a]; product != nil {
			by[a] = e.G.Substitute(product, by)
		}
	}
	return e.G.Substitute(e, by)
}

// values binds the arrays that a program reads.
func (p *opProgram) values(held func(*symbolic.Expr) *numeric.Array, bar *numeric.Array) lower.Bindings {
	b := lower.Bindings{Values: maps.Clone(p.extra)}
	b.Values[p.bar] = bar
	for i, v := range p.vars {
		b.Values[v] = held(p.args[i])
	}
	return b
}

// A device is one goroutine's state.
type device struct {
	split    *Split
	index    int
	programs map[*symbolic.Expr]*opProgram
	held     map[*symbolic.Expr]*numeric.Array // values of the forward pass
	part     map[*symbolic.Expr]*numeric.Array // contributions that are a part of a cotangent
	whole    map[*symbolic.Expr]*numeric.Array // contributions that every device has alike
	net      *network
}

// A network counts what is sent.
type network struct {
	ring []chan []float64 // from device i to the next
	mail []chan message   // to stage i of a pipeline
	sent atomic.Int64
	ctx  context.Context
	stop context.CancelFunc // when one device fails, the others wait no longer
}

func newNetwork(ctx context.Context, parts, letters int) *network {
	n := &network{}
	n.ctx, n.stop = context.WithCancel(ctx)
	for range parts {
		n.ring = append(n.ring, make(chan []float64, 1))
		n.mail = append(n.mail, make(chan message, letters))
	}
	return n
}

// Run carries a split out on the values and functions of b, whose sizes are whole.
func (s *Split) Run(ctx context.Context, b lower.Bindings) (*Execution, error) {
	if s.Axis == "" {
		return s.RunMicrobatches(ctx, b, Schedule{Micro: 1})
	}
	return s.runAxis(ctx, b)
}

// Accumulate computes the gradient of one part of the examples after the other, on one device, and adds them: a pipeline
// of one stage.
func (s *Split) Accumulate(ctx context.Context, b lower.Bindings) (*Execution, error) {
	one := &Split{Tape: s.Tape, Parts: 1, needed: s.needed, home: map[*symbolic.Expr]int{}}
	for _, v := range slices.Concat(s.Tape.Model.Parameters(), s.Tape.Ops) {
		one.home[v] = 0
	}
	return one.RunMicrobatches(ctx, b, Schedule{Axis: s.Axis, Micro: s.Parts, OneByOne: true})
}

// dependent is why parts of the examples cannot be taken one after the other.
const dependent = "the examples are not independent"

// Independent says that the parts of the axis exchange gradients of parameters, and of what is computed from parameters
// alone: these can be added up.
func (s *Split) Independent() bool {
	return !slices.ContainsFunc(s.Transfers, func(t Transfer) bool { return !t.Backward || s.Tape.data[t.Value] })
}

// runAxis gives every device its part of the axis.
func (s *Split) runAxis(ctx context.Context, b lower.Bindings) (*Execution, error) {
	n, ok := b.Dims.Size(shape.Name(s.Axis))
	if !ok || n < s.Parts {
		return nil, fmt.Errorf("the axis %s has %d entries, which do not make %d parts", s.Axis, n, s.Parts)
	}
	net := newNetwork(ctx, s.Parts, 0)
	devices := make([]*device, s.Parts)
	for i := range devices {
		d, err := s.axisDevice(i, n, b)
		if err != nil {
			return nil, err
		}
		d.net = net
		devices[i] = d
	}
	if err := together(devices, (*device).sweepAxis); err != nil {
		return nil, err
	}
	return s.gather(devices, n, b)
}

// bounds are where part i of n entries begins and ends.
func (s *Split) bounds(i, n int) (from, to int) { return i * n / s.Parts, (i + 1) * n / s.Parts }

// axisDevice cuts the values for one device and compiles its operations.
func (s *Split) axisDevice(i, n int, b lower.Bindings) (*device, error) {
	d := s.newDevice(i)
	from, to := s.bounds(i, n)
	dims := b.Dims.Clone()
	if err := dims.SetSize(s.Axis, to-from); err != nil {
		return nil, err
	}
	for _, v := range s.Tape.Model.Leaves {
		d.held[v] = cut(b.Values[v], axisOf(v, s.Axis), from, to)
	}
	for _, e := range s.Tape.Ops {
		p, err := s.Tape.compileOp(e, dims, b)
		if err != nil {
			return nil, err
		}
		d.programs[e] = p
	}
	return d, nil
}

func (s *Split) newDevice(i int) *device {
	return &device{
		split: s, index: i, programs: map[*symbolic.Expr]*opProgram{}, held: map[*symbolic.Expr]*numeric.Array{},
		part: map[*symbolic.Expr]*numeric.Array{}, whole: map[*symbolic.Expr]*numeric.Array{},
	}
}

// axisOf is the position of the axis, or −1.
func axisOf(e *symbolic.Expr, axis string) int {
	return slices.IndexFunc(e.Shape, func(d shape.Dim) bool { return e.G.Dims.Canon(d) == e.G.Dims.Canon(shape.Name(axis)) })
}

// cut is the part of an array along an axis; all of it where the axis is −1.
func cut(a *numeric.Array, axis, from, to int) *numeric.Array {
	if axis < 0 {
		return a.Clone()
	}
	size := slices.Clone(a.Shape)
	size[axis] = to - from
	out := numeric.New(size...)
	copyPart(out, a, axis, from, true)
	return out
}

// copyPart copies between a part and the whole array, into the part or out of it.
func copyPart(part, whole *numeric.Array, axis, from int, in bool) {
	inner := numeric.Count(whole.Shape[axis+1:])
	run, stride := part.Shape[axis]*inner, whole.Shape[axis]*inner
	for i := range numeric.Count(whole.Shape[:axis]) {
		p, w := part.Data[i*run:(i+1)*run], whole.Data[i*stride+from*inner:]
		if in {
			copy(p, w)
		} else {
			copy(w, p)
		}
	}
}

// together runs all devices, each in a goroutine of its own. The error is that of the first one
// that failed; the others stop.
func together(devices []*device, run func(*device) error) error {
	net := devices[0].net
	defer net.stop()
	var once sync.Once
	var first error
	attempt := func(d *device) {
		if err := run(d); err != nil {
			once.Do(func() { first = err })
			net.stop()
		}
	}
	var wait sync.WaitGroup
	for _, d := range devices {
		wait.Go(func() { attempt(d) })
	}
	wait.Wait()
	return first
}

// sweepAxis is the forward and the reverse pass of one device of a cut axis.
func (d *device) sweepAxis() error {
	s, t := d.split, d.split.Tape
	for _, e := range t.Ops {
		if !s.needed[e] {
			continue
		}
		if err := d.forward(e); err != nil {
			return err
		}
		if t.sumsOver(e, s.Axis) {
			if err := d.allReduce(d.held[e]); err != nil {
				return err
			}
		}
	}
	d.start()
	for i := len(t.Ops) - 1; i >= 0; i-- {
		bar, err := d.total(t.Ops[i])
		if err != nil {
			return err
		}
		if bar != nil {
			if err := d.reverse(t.Ops[i], bar, touches(t.Ops[i], s.Axis)); err != nil {
				return err
			}
		}
	}
	for _, v := range t.Model.Parameters() {
		bar, err := d.total(v)
		if err != nil {
			return err
		}
		d.whole[v], d.part[v] = bar, nil
	}
	return nil
}

// start gives the objective the cotangent 1.
func (d *device) start() {
	d.whole[d.split.Tape.Store(d.split.Tape.Model.Objective)] = numeric.Scalar(1)
}

// value is a value of the forward pass.
func (d *device) value(e *symbolic.Expr) *numeric.Array { return d.held[e] }

// forward computes e.
func (d *device) forward(e *symbolic.Expr) error {
	p := d.programs[e]
	out, err := p.forward.Eval(d.net.ctx, p.values(d.value, nil))
	if err == nil {
		d.held[e] = out[0].Clone()
	}
	return err
}

// reverse adds what e contributes, to the parts or to what all devices have alike.
func (d *device) reverse(e *symbolic.Expr, bar *numeric.Array, part bool) error {
	p := d.programs[e]
	if p.reverse == nil {
		return nil
	}
	out, err := p.reverse.Eval(d.net.ctx, p.values(d.value, bar))
	if err != nil {
		return err
	}
	for i, a := range p.targets {
		into := d.whole
		if part && along(a, d.split.Axis) == 0 {
			into = d.part
		}
		add(into, a, out[i])
	}
	return nil
}

func add(into map[*symbolic.Expr]*numeric.Array, v *symbolic.Expr, a *numeric.Array) {
	have := into[v]
	if have == nil {
		into[v] = a.Clone()
		return
	}
	for i, x := range a.Data {
		have.Data[i] += x
	}
}

// total is the cotangent of v: the parts of all devices, and what each has; nil if there is none.
func (d *device) total(v *symbolic.Expr) (*numeric.Array, error) {
	if d.split.reducesCotangent(v) {
		if d.part[v] == nil {
			size := d.held[v]
			if size == nil {
				return d.whole[v], nil
			}
			d.part[v] = numeric.New(size.Shape...)
		}
		if err := d.allReduce(d.part[v]); err != nil {
			return nil, err
		}
		if d.whole[v] != nil {
			add(d.part, v, d.whole[v])
		}
		return d.part[v], nil
	}
	return d.whole[v], nil
}

// allReduce makes a the sum of what the devices have: each passes pieces of it around a ring, adding in the first round
// and handing on in the second, so that every number is sent 2(k−1) times in all, one k-th of that by each device.
func (d *device) allReduce(a *numeric.Array) error {
	k := len(d.net.ring)
	if k == 1 {
		return nil
	}
	piece := func(i int) []float64 {
		i = ((i % k) + k) % k
		return a.Data[i*len(a.Data)/k : (i+1)*len(a.Data)/k]
	}
	for step := range 2 * (k - 1) {
		out := piece(d.index - step)
		if step >= k-1 {
			out = piece(d.index + 1 - (step - (k - 1)))
		}
		got, err := d.net.pass(d.index, out)
		if err != nil {
			return err
		}
		if step < k-1 {
			for i, x := range got {
				piece(d.index - step - 1)[i] += x
			}
		} else {
			copy(piece(d.index-(step-(k-1))), got)
		}
	}
	return nil
}

// pass sends data to the next device of the ring and receives from the one before.
func (n *network) pass(index int, data []float64) ([]float64, error) {
	n.sent.Add(int64(len(data)))
	select {
	case n.ring[index] <- slices.Clone(data):
	case <-n.ctx.Done():
		return nil, n.ctx.Err()
	}
	select {
	case got := <-n.ring[(index+len(n.ring)-1)%len(n.ring)]:
		return got, nil
	case <-n.ctx.Done():
		return nil, n.ctx.Err()
	}
}

// gather puts the gradients of the devices together.
func (s *Split) gather(devices []*device, n int, b lower.Bindings) (*Execution, error) {
	x := &Execution{Sent: devices[0].net.sent.Load()}
	for _, v := range s.Tape.Model.Parameters() {
		g := numeric.New(b.Values[v].Shape...)
		axis := axisOf(v, s.Axis)
		for i, d := range devices {
			switch {
			case axis >= 0 && d.whole[v] != nil:
				from, _ := s.bounds(i, n)
				copyPart(d.whole[v], g, axis, from, false)
			case axis < 0:
				if i == 0 && d.whole[v] != nil {
					add(map[*symbolic.Expr]*numeric.Array{v: g}, v, d.whole[v])
				}
			}
		}
		x.Gradients = append(x.Gradients, g)
	}
	return x, nil
}
