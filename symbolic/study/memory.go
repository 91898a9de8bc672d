package study

import (
	"maps"
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A Kept is a value that is held from the forward pass to the reverse sweep.
type Kept struct {
	Value *symbolic.Expr
	Size  shape.Quantity
	By    []*symbolic.Expr // the variables whose line of the reverse sweep reads it, as ReadBy says
	Input bool             // it is data
}

// A Moment is what is in memory while one operation runs.
type Moment struct {
	Op       *symbolic.Expr
	Backward bool
	Live     shape.Quantity
}

// A Footprint is the memory of a model in numbers, for any sizes: unfused, every value freed as soon as nothing will read
// it, every result in memory of its own. Sizes of dimensions are at least 1.
type Footprint struct {
	Params     shape.Quantity
	Data       shape.Quantity          // inputs, targets included
	Targets    shape.Quantity          // inputs that the prediction does not read
	Kept       []Kept                  // between the passes, in the order of evaluation; parameters and targets are not listed
	Activation shape.Quantity          // the sum of Kept
	Prediction shape.Quantity          // the peak of computing what is predicted, parameters included
	InPlace    shape.Quantity          // the same where functions of a number overwrite their argument
	Everything shape.Quantity          // parameters, what the prediction reads, and every value of it
	Predicted  []*symbolic.Expr        // what is predicted
	Training   shape.Quantity          // the peak of a forward and a reverse pass, parameters and gradients included
	Moments    []Moment                // of the training pass
	Tape       *Tape                   //
	feeds      map[*symbolic.Expr]bool // what is read on the way to what is predicted, and that itself
}

// FootprintOf is the memory of a model. outputs are what is predicted; nil lets the model decide (see predicted).
func FootprintOf(t *Tape, outputs []*symbolic.Expr) *Footprint {
	f := heldBetween(t, outputs)
	f.predict()
	f.train()
	return f
}

// heldBetween is FootprintOf without the peaks.
func heldBetween(t *Tape, outputs []*symbolic.Expr) *Footprint {
	f := &Footprint{Tape: t, Predicted: outputs}
	if f.Predicted == nil {
		f.Predicted = t.predicted()
	}
	f.feeds = t.under(f.Predicted)
	for _, v := range t.Model.Leaves {
		n := v.Shape.Entries()
		switch t.Model.Role[v] {
		case Parameter:
			f.Params = f.Params.Add(n)
		case Input:
			f.Data = f.Data.Add(n)
			if !f.feeds[v] {
				f.Targets = f.Targets.Add(n)
			}
		}
	}
	f.keep()
	return f
}

// under are operations and variables, and what they are computed from.
func (t *Tape) under(es []*symbolic.Expr) map[*symbolic.Expr]bool {
	out := map[*symbolic.Expr]bool{}
	todo := slices.Clone(es)
	for len(todo) > 0 {
		e := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !out[e] {
			out[e] = true
			todo = append(todo, t.Reads[e]...)
		}
	}
	return out
}

// predicted is what the model computes before its loss: what is handed to a loss together with a target, or what a target
// is subtracted from or multiplied with; the last of those. Without any, the objective.
func (t *Tape) predicted() []*symbolic.Expr {
	var found []*symbolic.Expr
	for _, e := range t.Ops {
		if e.Op == symbolic.Call && (len(e.Args) < 2 || e.Fn.Elementwise() && e.Fn.Abstract == nil) {
			continue
		}
		var target bool
		var computed []*symbolic.Expr
		for _, a := range e.Args {
			s := t.Store(a)
			switch {
			case s == nil:
			case t.Model.Role[s] == Input && s.Op == symbolic.Var:
				target = true
			case t.grads[s] && s.Op != symbolic.Var && t.data[s]:
				computed = append(computed, s)
			}
		}
		if target {
			found = append(found, computed...)
		}
	}
	var read, out []*symbolic.Expr
	for _, e := range found {
		read = append(read, t.Reads[e]...)
	}
	for before := t.under(read); len(found) > 0; found = found[1:] {
		if e := found[0]; !before[e] {
			before[e] = true
			out = append(out, e)
		}
	}
	if len(out) == 0 {
		if s := t.Store(t.Model.Objective); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// keep lists what the lines of the reverse sweep read of the forward pass.
func (f *Footprint) keep() {
	t := f.Tape
	by := map[*symbolic.Expr][]*symbolic.Expr{}
	for _, v := range slices.Concat(t.Model.Values, t.Model.Parameters()) {
		v.G.Proceed()
		for _, s := range t.ReadBy(t.Model.Objective, v, nil) {
			by[s] = append(by[s], v)
		}
	}
	for _, v := range slices.Concat(t.Model.Inputs(), t.Ops) {
		if by[v] == nil || t.Model.Role[v] == Input && !f.feeds[v] || !t.data[v] && v.Rank() == 0 {
			continue
		}
		f.Kept = append(f.Kept, Kept{v, v.Shape.Entries(), by[v], v.Op == symbolic.Var})
		f.Activation = f.Activation.Add(v.Shape.Entries())
	}
}

// A heap counts what is live, and remembers the peaks.
type heap struct {
	live  shape.Quantity
	peaks []shape.Quantity // none is never above another, or two others
}

func (h *heap) add(q shape.Quantity)  { h.live = h.live.Add(q) }
func (h *heap) free(q shape.Quantity) { h.live = h.live.Sub(q) }

// note remembers this moment if no other is sure to be as high.
func (h *heap) note() {
	for i, p := range h.peaks {
		if h.live.NeverAbove(p) || slices.ContainsFunc(h.peaks[:i], func(r shape.Quantity) bool { return h.live.Between(r, p) }) {
			return
		}
	}
	before := slices.Clone(h.peaks)
	h.peaks = slices.DeleteFunc(h.peaks, func(p shape.Quantity) bool {
		return p.NeverAbove(h.live) || slices.ContainsFunc(before, func(r shape.Quantity) bool { return p.Between(r, h.live) })
	})
	h.peaks = append(h.peaks, h.live)
}

func (h *heap) peak() shape.Quantity { return shape.Max(h.peaks...) }

// predict runs the forward pass to what is predicted.
func (f *Footprint) predict() {
	t := f.Tape
	var ops []*symbolic.Expr
	for _, e := range t.Ops {
		if f.feeds[e] {
			ops = append(ops, e)
		}
	}
	f.Prediction, f.InPlace = f.forward(ops, false), f.forward(ops, true)
	f.Everything = f.Params
	for _, v := range slices.Concat(t.Model.Inputs(), ops) {
		if f.feeds[v] {
			f.Everything = f.Everything.Add(v.Shape.Entries())
		}
	}
}

// forward is the peak of computing ops; inputs are freed too once nothing will read them.
func (f *Footprint) forward(ops []*symbolic.Expr, inPlace bool) shape.Quantity {
	t := f.Tape
	last := map[*symbolic.Expr]int{}
	for i, e := range ops {
		for _, a := range t.Reads[e] {
			last[a] = i
		}
	}
	for _, e := range f.Predicted {
		last[e] = len(ops)
	}
	h := heap{live: f.Params}
	for _, v := range t.Model.Inputs() {
		if _, read := last[v]; read {
			h.add(v.Shape.Entries())
		}
	}
	h.note()
	for i, e := range ops {
		e.G.Proceed()
		var dies []*symbolic.Expr
		for _, a := range t.Reads[e] {
			if role, leaf := t.Model.Role[a]; last[a] == i && (!leaf || role == Input) {
				dies = append(dies, a)
			}
		}
		if inPlace && e.Op == symbolic.Call && e.Fn.Elementwise() {
			if k := slices.IndexFunc(dies, func(a *symbolic.Expr) bool { return a.Op != symbolic.Var && a.Shape.Equal(e.Shape) }); k >= 0 {
				dies = slices.Delete(dies, k, k+1)
				h.free(e.Shape.Entries())
			}
		}
		h.add(e.Shape.Entries())
		h.note()
		for _, a := range dies {
			h.free(a.Shape.Entries())
		}
	}
	return h.peak()
}

// A pass is one forward and reverse pass under way.
type pass struct {
	f     *Footprint
	heap  heap
	back  []*symbolic.Expr // the operations in the order of the reverse sweep
	last  map[*symbolic.Expr]int
	bar   map[*symbolic.Expr]*cotangent
	first int // the step of the reverse sweep that computes the first gradient
}

// A cotangent is the memory of one, which several values may share; nil is a constant, which needs none.
type cotangent struct {
	size shape.Quantity
	refs int
}

// train runs the forward pass and the reverse sweep. Data stays all the time, a gradient of a parameter from where it is
// first computed; terms that only parameters occur in are added to it at the end. The numbers that the objective is the
// sum of stay until the first gradient has been computed.
func (f *Footprint) train() {
	p := &pass{f: f, heap: heap{live: f.Params.Add(f.Data)}, last: map[*symbolic.Expr]int{}, bar: map[*symbolic.Expr]*cotangent{}}
	p.schedule()
	p.heap.note() // the objective may be a variable
	t := f.Tape
	for i, e := range t.Ops {
		p.heap.add(e.Shape.Entries())
		p.note(e, false)
		p.free(append(slices.Clone(t.Reads[e]), e), i)
	}
	for i, e := range p.back {
		p.step(e, len(t.Ops)+i)
	}
	f.Training = p.heap.peak()
}

func (p *pass) note(e *symbolic.Expr, backward bool) {
	e.G.Proceed()
	p.heap.note()
	p.f.Moments = append(p.f.Moments, Moment{e, backward, p.heap.live})
}

// schedule orders the reverse sweep and finds when each value is read last.
func (p *pass) schedule() {
	t := p.f.Tape
	for _, late := range []bool{false, true} {
		for i := len(t.Ops) - 1; i >= 0; i-- {
			if e := t.Ops[i]; t.grads[e] && t.data[e] != late {
				p.back = append(p.back, e)
			}
		}
	}
	for i, e := range t.Ops {
		p.last[e] = i
		for _, a := range t.Reads[e] {
			p.last[a] = i
		}
	}
	constant := p.constants()
	p.first = slices.IndexFunc(p.back, func(e *symbolic.Expr) bool { return constant[e] && p.computes(e, constant) })
	for i, e := range p.back {
		for _, pl := range t.Pull[e] {
			for _, s := range pl.reads {
				p.last[s] = max(p.last[s], len(t.Ops)+i)
			}
		}
		if constant[e] && t.Named[e] != nil && p.first >= 0 {
			p.last[e] = max(p.last[e], len(t.Ops)+p.first)
		}
	}
}

// constants are the operations whose cotangent is a number known beforehand.
func (p *pass) constants() map[*symbolic.Expr]bool {
	t := p.f.Tape
	varies := map[*symbolic.Expr]bool{}
	for i := len(t.Ops) - 1; i >= 0; i-- {
		for a, pl := range t.Pull[t.Ops[i]] {
			if varies[t.Ops[i]] || !pl.constant {
				varies[a] = true
			}
		}
	}
	out := map[*symbolic.Expr]bool{}
	for _, e := range t.Ops {
		out[e] = !varies[e]
	}
	return out
}

// computes says that the reverse step of e computes something from data.
func (p *pass) computes(e *symbolic.Expr, constant map[*symbolic.Expr]bool) bool {
	for _, pl := range p.f.Tape.Pull[e] {
		if !pl.constant && p.f.Tape.data[e] {
			return true
		}
	}
	return false
}

// free gives back the values that are read last at this step; variables stay.
func (p *pass) free(es []*symbolic.Expr, at int) {
	for _, e := range es {
		if e.Op != symbolic.Var && p.last[e] == at {
			p.heap.free(e.Shape.Entries())
			p.last[e] = -1
		}
	}
}

// step hands the cotangent of e on to what it reads.
func (p *pass) step(e *symbolic.Expr, at int) {
	t := p.f.Tape
	own := p.bar[e]
	delete(p.bar, e)
	for _, a := range t.Reads[e] {
		if pl := t.Pull[e][a]; pl != nil {
			p.give(a, pl, own)
		}
	}
	p.note(e, true)
	p.release(own)
	var read []*symbolic.Expr
	for _, pl := range t.Pull[e] {
		for _, s := range pl.reads {
			if !slices.Contains(read, s) {
				read = append(read, s)
			}
		}
	}
	p.free(read, at)
	if at-len(t.Ops) == p.first {
		p.free(t.Ops, at)
	}
}

// give adds a contribution to the cotangent of a.
func (p *pass) give(a *symbolic.Expr, pl *pull, own *cotangent) {
	have := p.bar[a]
	switch {
	case have != nil && have.refs == 1: // added in place
	case have == nil && own == nil && pl.constant && a.Op != symbolic.Var:
	case have == nil && own != nil && pl.alias:
		own.refs++
		p.bar[a] = own
	default:
		p.release(have)
		c := &cotangent{a.Shape.Entries(), 1}
		p.bar[a] = c
		p.heap.add(c.size)
	}
}

func (p *pass) release(c *cotangent) {
	if c == nil {
		return
	}
	if c.refs--; c.refs == 0 {
		p.heap.free(c.size)
	}
}

// Overtake is the number of examples from which on the activations are more than the parameters, where they grow with it:
// the size of the axis called n.
func Overtake(activation, params shape.Quantity, n string) (shape.Quantity, bool) {
	a, b, ok := activation.Linear(n)
	if !ok || a.IsZero() {
		return shape.Quantity{}, false
	}
	return params.Sub(b).Div(a), true
}

// BatchAxis is the axis that counts examples: the first one of every input, which no parameter has.
func (m *Model) BatchAxis() (string, bool) {
	name := ""
	for _, v := range m.Examples() {
		if v.Rank() == 0 {
			return "", false
		}
		n, ok := v.Shape[0].AsName()
		if !ok || name != "" && n != name {
			return "", false
		}
		name = n
	}
	for _, p := range slices.Concat(m.Parameters(), slices.Collect(maps.Keys(m.held))) {
		if (m.Role[p] == Parameter || m.held[p]) && slices.Contains(p.Shape.Entries().Names(), name) {
			return "", false
		}
	}
	for _, v := range m.Examples() { // a vector of one example has an axis of its own, which a parameter or nothing shares
		if len(m.Examples()) == 1 && v.Rank() == 1 {
			return "", false
		}
	}
	return name, name != ""
}
