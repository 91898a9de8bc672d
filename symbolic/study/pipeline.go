package study

import (
	"context"
	"fmt"
	"slices"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// A Schedule says how the stages of a pipeline take their examples: in so many microbatches, cut along an axis. Every
// stage takes all of them forward before the first one goes back, or, one by one, takes one back as soon as it can, so
// that stage i of P holds no more than P − i + 1 of them.
type Schedule struct {
	Axis     string // of the examples; "" where there is one microbatch
	Micro    int
	OneByOne bool
}

// A Task is what a stage does in one step: a microbatch, from 0, forward or back.
type Task struct {
	Micro    int
	Backward bool
}

// Tasks are what a stage does, in order.
func (s Schedule) Tasks(stage, stages int) []Task {
	var out []Task
	ahead := s.Micro
	if s.OneByOne {
		ahead = min(s.Micro, stages-stage)
	}
	for j := range ahead {
		out = append(out, Task{j, false})
	}
	for j := range s.Micro {
		if !s.OneByOne {
			out = append(out, Task{s.Micro - 1 - j, true})
			continue
		}
		out = append(out, Task{j, true})
		if next := ahead + j; next < s.Micro {
			out = append(out, Task{next, false})
		}
	}
	return out
}

// Timeline is when each stage does what, where every task takes one step: a row for each stage, nil while it waits.
func (s Schedule) Timeline(stages int) [][]*Task {
	rows, next := make([][]*Task, stages), make([]int, stages)
	done := map[Task]map[int]int{} // by stage: the step after which it is done
	for left := stages * 2 * s.Micro; left > 0; {
		for i := range stages {
			tasks := s.Tasks(i, stages)
			if next[i] == len(tasks) {
				continue
			}
			t, from := tasks[next[i]], i-1
			if t.Backward {
				from = i + 1
			}
			start := len(rows[i])
			if from >= 0 && from < stages {
				end, known := done[t][from]
				if !known {
					continue
				}
				start = max(start, end)
			}
			for len(rows[i]) < start {
				rows[i] = append(rows[i], nil)
			}
			rows[i] = append(rows[i], &t)
			if done[t] == nil {
				done[t] = map[int]int{}
			}
			done[t][i] = start + 1
			next[i]++
			left--
		}
	}
	return rows
}

// Holds is the most microbatches that a stage holds at a time.
func (s Schedule) Holds(stage, stages int) int {
	if s.OneByOne {
		return min(s.Micro, stages-stage)
	}
	return s.Micro
}

// A message is a value, or a contribution to its cotangent, and the step at whose end it was sent.
type message struct {
	letter
	step int
	data *numeric.Array
}

// A letter tells messages apart. Those that have not the axis of the examples are of microbatch −1.
type letter struct {
	value    *symbolic.Expr
	backward bool
	from     int
	micro    int
}

// A stage is one device of a pipeline. What has not the axis of the examples is computed once, and is in the device; what
// has it is computed for each microbatch.
type stage struct {
	*device
	schedule Schedule
	order    []*symbolic.Expr // parameters and operations
	late     map[*symbolic.Expr]bool
	known    map[*symbolic.Expr]*numeric.Array
	constant map[*symbolic.Expr]bool
	waiting  map[letter]message // messages that came before they were needed
	sizes    map[int]map[*symbolic.Expr]*opProgram
	leaves   map[*symbolic.Expr]*numeric.Array
	at       *microbatch // under way; nil for what is computed once
	open     map[int]*microbatch
	outbox   []message
	to       []int
	clock    int
	most     int
}

// A microbatch is the state of one of them on one stage.
type microbatch struct {
	number   int
	from, to int // its examples
	held     map[*symbolic.Expr]*numeric.Array
	bar      map[*symbolic.Expr]*numeric.Array
}

// RunMicrobatches carries a pipeline out, one goroutine for each stage: microbatch by microbatch, gradients accumulated.
func (s *Split) RunMicrobatches(ctx context.Context, b lower.Bindings, plan Schedule) (*Execution, error) {
	n := 0
	if plan.Axis != "" {
		size, ok := b.Dims.Size(shape.Name(plan.Axis))
		if !ok || size < plan.Micro {
			return nil, fmt.Errorf("the axis %s has %d entries, which do not make %d microbatches", plan.Axis, size, plan.Micro)
		}
		cut, err := s.Tape.SplitAxis(plan.Axis, 2)
		if err != nil {
			return nil, err
		}
		if !cut.Independent() {
			return nil, &Refusal{plan.Axis, dependent}
		}
		n = size
	}
	stages, err := s.newStages(ctx, b, plan, n)
	if err != nil {
		return nil, err
	}
	devices := make([]*device, len(stages))
	for i, d := range stages {
		devices[i] = d.device
	}
	if err := together(devices, func(d *device) error { return stages[d.index].run() }); err != nil {
		return nil, err
	}
	return s.collected(stages, b), nil
}

// newStages compiles every operation for what its stage computes: the whole, or microbatches of one or two sizes.
func (s *Split) newStages(ctx context.Context, b lower.Bindings, plan Schedule, n int) ([]*stage, error) {
	t := s.Tape
	known, err := s.knownCotangents(ctx, b)
	if err != nil {
		return nil, err
	}
	net := newNetwork(ctx, s.Parts, 4*(len(t.Ops)+len(t.Model.Leaves)+1)*s.Parts*plan.Micro)
	sizes := map[int]map[*symbolic.Expr]*opProgram{}
	for j := range plan.Micro {
		from, to := j*n/plan.Micro, (j+1)*n/plan.Micro
		if sizes[to-from] != nil {
			continue
		}
		dims := b.Dims.Clone()
		if plan.Axis != "" {
			if err := dims.SetSize(plan.Axis, to-from); err != nil {
				return nil, err
			}
		}
		ps := map[*symbolic.Expr]*opProgram{}
		for _, e := range t.Ops {
			if ps[e], err = t.compileOp(e, dims, b); err != nil {
				return nil, err
			}
		}
		sizes[to-from] = ps
	}
	stages := make([]*stage, s.Parts)
	for i := range stages {
		d := s.newDevice(i)
		d.net = net
		stages[i] = &stage{
			device: d, schedule: plan, order: slices.Concat(t.Model.Parameters(), t.Ops), late: t.dependingOn(plan.Axis), known: known,
			constant: t.constantCotangents(), waiting: map[letter]message{}, sizes: sizes, leaves: b.Values, open: map[int]*microbatch{},
		}
		for _, ps := range sizes {
			d.programs = ps // of one size; what is computed once has no axis of the examples
		}
		for _, v := range t.Model.Leaves {
			if home, placed := s.home[v]; !placed || home == i {
				d.held[v] = b.Values[v]
			}
		}
	}
	return stages, nil
}

// dependingOn are the operations that have an axis anywhere, and all that is computed from them.
func (t *Tape) dependingOn(axis string) map[*symbolic.Expr]bool {
	out := map[*symbolic.Expr]bool{}
	for _, e := range t.Ops {
		out[e] = hasAxis(e, axis) || slices.ContainsFunc(t.Reads[e], func(a *symbolic.Expr) bool { return out[a] })
	}
	return out
}

// hasAxis is touches, for an axis that may be none.
func hasAxis(e *symbolic.Expr, axis string) bool { return axis != "" && touches(e, axis) }

func (s *Split) collected(stages []*stage, b lower.Bindings) *Execution {
	x := &Execution{Sent: stages[0].net.sent.Load()}
	for _, v := range s.Tape.Model.Parameters() {
		g := stages[s.home[v]].whole[v]
		if g == nil {
			g = numeric.New(b.Values[v].Shape...)
		}
		x.Gradients = append(x.Gradients, g)
	}
	for _, d := range stages {
		x.Steps, x.Held = max(x.Steps, d.clock), append(x.Held, d.most)
	}
	return x
}

// knownCotangents are those that every device can compute by itself: they mention no parameter and no data.
func (s *Split) knownCotangents(ctx context.Context, b lower.Bindings) (map[*symbolic.Expr]*numeric.Array, error) {
	t, out := s.Tape, map[*symbolic.Expr]*numeric.Array{}
	constant := t.constantCotangents()
	objective := t.Store(t.Model.Objective)
	bars := map[*symbolic.Expr]*symbolic.Expr{objective: objective.G.Int(1)}
	for i := len(t.Ops) - 1; i >= 0; i-- {
		e := t.Ops[i]
		if bars[e] == nil || !constant[e] || !t.grads[e] {
			continue
		}
		a, err := lower.Reference(ctx, []*symbolic.Expr{bars[e]}, b)
		if err != nil {
			return nil, err
		}
		out[e] = a[0]
		if err := t.handOn(e, bars, constant); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// handOn adds what e contributes to the constant cotangents of what it reads.
func (t *Tape) handOn(e *symbolic.Expr, bars map[*symbolic.Expr]*symbolic.Expr, constant map[*symbolic.Expr]bool) error {
	by := map[*symbolic.Expr]*symbolic.Expr{}
	var to, vars []*symbolic.Expr
	for _, a := range t.Reads[e] {
		if t.Pull[e][a] != nil && constant[a] {
			by[a] = e.G.Fresh("t", a.Shape)
			to, vars = append(to, a), append(vars, by[a])
		}
	}
	ds, err := e.G.PullBack(t.reading(e, by), bars[e], vars, nil)
	for i, d := range ds {
		if a := to[i]; bars[a] == nil {
			bars[a] = d
		} else {
			bars[a] = e.G.Add(bars[a], d)
		}
	}
	return err
}

// A phase is when a cotangent is computed: once before the microbatches, where something that is computed from all of them
// reads the value; for each of them; or once at the end.
type phase uint8

const (
	before phase = iota
	during
	after
)

// phaseOf is the phase of the cotangent of v.
func (d *stage) phaseOf(v *symbolic.Expr) phase {
	switch {
	case d.sliced(v):
		return during
	case d.late[v]:
		return before
	}
	return after
}

// sliced says that v has the axis of the examples.
func (d *stage) sliced(v *symbolic.Expr) bool {
	return d.schedule.Axis != "" && along(v, d.schedule.Axis) > 0
}

// run is everything that one stage does.
func (d *stage) run() error {
	if err := d.ahead(func(v *symbolic.Expr) bool { return !d.late[v] }); err != nil {
		return err
	}
	d.start()
	if err := d.back(before); err != nil {
		return err
	}
	if d.schedule.Axis != "" {
		for _, task := range d.schedule.Tasks(d.index, d.split.Parts) {
			if err := d.task(task); err != nil {
				return err
			}
		}
	}
	return d.back(after)
}

// task takes one microbatch forward, or back.
func (d *stage) task(t Task) error {
	if !t.Backward {
		d.open[t.Micro] = d.newMicrobatch(t.Micro)
		d.most = max(d.most, len(d.open))
	}
	d.at = d.open[t.Micro]
	var err error
	if t.Backward {
		err = d.back(during)
		delete(d.open, t.Micro)
	} else {
		err = d.ahead(d.sliced)
	}
	d.at = nil
	d.clock++
	d.post()
	return err
}

func (d *stage) newMicrobatch(j int) *microbatch {
	axis := d.schedule.Axis
	n, _ := d.leafSize(axis)
	m := &microbatch{
		number: j, from: j * n / d.schedule.Micro, to: (j + 1) * n / d.schedule.Micro,
		held: map[*symbolic.Expr]*numeric.Array{}, bar: map[*symbolic.Expr]*numeric.Array{},
	}
	for _, v := range d.split.Tape.Model.Leaves {
		if d.sliced(v) {
			m.held[v] = cut(d.leaves[v], axisOf(v, axis), m.from, m.to)
		}
	}
	return m
}

// leafSize is the size of an axis in the data.
func (d *stage) leafSize(axis string) (int, bool) {
	for _, v := range d.split.Tape.Model.Leaves {
		if i := axisOf(v, axis); i >= 0 {
			return d.leaves[v].Shape[i], true
		}
	}
	return 0, false
}

// value is a value of the microbatch under way, or one that all of them have.
func (d *stage) value(e *symbolic.Expr) *numeric.Array {
	if d.at != nil && d.at.held[e] != nil {
		return d.at.held[e]
	}
	return d.held[e]
}

func (d *stage) program(e *symbolic.Expr) *opProgram {
	if d.at == nil {
		return d.programs[e]
	}
	return d.sizes[d.at.to-d.at.from][e]
}

// kept is where a value is put, and bars where a cotangent is.
func (d *stage) kept(v *symbolic.Expr) map[*symbolic.Expr]*numeric.Array {
	if d.sliced(v) {
		return d.at.held
	}
	return d.held
}

func (d *stage) bars(v *symbolic.Expr) map[*symbolic.Expr]*numeric.Array {
	if d.sliced(v) {
		return d.at.bar
	}
	return d.whole
}

// ahead is the forward pass of some values: what is at home is computed and sent to who reads it, other values are received.
func (d *stage) ahead(wanted func(*symbolic.Expr) bool) error {
	s := d.split
	for _, v := range d.order {
		if !wanted(v) {
			continue
		}
		readers := s.readers(v)
		if s.home[v] != d.index {
			if slices.Contains(readers, d.index) {
				m, err := d.receive(d.letter(v, false, s.home[v]))
				if err != nil {
					return err
				}
				d.kept(v)[v] = m.data
			}
			continue
		}
		if v.Op != symbolic.Var && s.needed[v] {
			p := d.program(v)
			out, err := p.forward.Eval(d.net.ctx, p.values(d.value, nil))
			if err != nil {
				return err
			}
			d.kept(v)[v] = out[0].Clone()
		}
		if a := d.value(v); a != nil {
			for _, to := range readers {
				d.send(to, d.letter(v, false, d.index), a)
			}
		}
	}
	return nil
}

// back is the reverse pass of one phase.
func (d *stage) back(now phase) error {
	for i := len(d.order) - 1; i >= 0; i-- {
		v := d.order[i]
		if d.phaseOf(v) == now {
			if err := d.exchange(v); err != nil {
				return err
			}
		}
		if v.Op == symbolic.Var || d.split.home[v] != d.index || d.reversed(v) != now {
			continue
		}
		if bar := d.bars(v)[v]; bar != nil {
			if err := d.pullBack(v, bar); err != nil {
				return err
			}
		}
	}
	return nil
}

// reversed is the phase in which an operation is reversed.
func (d *stage) reversed(e *symbolic.Expr) phase {
	if hasAxis(e, d.schedule.Axis) {
		return during
	}
	return d.phaseOf(e)
}

// exchange brings what other stages contribute to the cotangent of v to where v is.
func (d *stage) exchange(v *symbolic.Expr) error {
	home, from := d.split.home[v], d.split.returns(v, d.constant)
	if home != d.index {
		if slices.Contains(from, d.index) {
			a := d.bars(v)[v]
			if a == nil {
				a = numeric.New(d.value(v).Shape...)
			}
			d.send(home, d.letter(v, true, d.index), a)
		}
		return nil
	}
	for _, f := range from {
		m, err := d.receive(d.letter(v, true, f))
		if err != nil {
			return err
		}
		add(d.bars(v), v, m.data)
	}
	if a := d.known[v]; a != nil {
		if d.sliced(v) {
			a = cut(a, axisOf(v, d.schedule.Axis), d.at.from, d.at.to)
		}
		d.bars(v)[v] = a
	}
	return nil
}

// pullBack adds what e contributes to the cotangents of what it reads.
func (d *stage) pullBack(e *symbolic.Expr, bar *numeric.Array) error {
	p := d.program(e)
	if p.reverse == nil {
		return nil
	}
	out, err := p.reverse.Eval(d.net.ctx, p.values(d.value, bar))
	if err != nil {
		return err
	}
	for i, a := range p.targets {
		add(d.bars(a), a, out[i])
	}
	return nil
}

func (d *stage) letter(v *symbolic.Expr, backward bool, from int) letter {
	micro := -1
	if d.sliced(v) {
		micro = d.at.number
	}
	return letter{v, backward, from, micro}
}

// receive waits for one message. What a stage does next begins no earlier than the message was sent.
func (d *stage) receive(want letter) (message, error) {
	for {
		if m, ok := d.waiting[want]; ok {
			delete(d.waiting, want)
			d.clock = max(d.clock, m.step)
			return m, nil
		}
		select {
		case m := <-d.net.mail[d.index]:
			d.waiting[m.letter] = m
		case <-d.net.ctx.Done():
			return message{}, d.net.ctx.Err()
		}
	}
}

// send posts a message; those of a microbatch wait for the end of the step.
func (d *stage) send(to int, l letter, a *numeric.Array) {
	d.outbox, d.to = append(d.outbox, message{l, 0, a.Clone()}), append(d.to, to)
	if d.at == nil {
		d.post()
	}
}

func (d *stage) post() {
	for i, m := range d.outbox {
		m.step = d.clock
		d.net.sent.Add(int64(len(m.data.Data)))
		d.net.mail[d.to[i]] <- m
	}
	d.outbox, d.to = nil, nil
}
