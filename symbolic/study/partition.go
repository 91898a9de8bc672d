package study

import (
	"fmt"
	"math"
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A Transfer is a value, or its cotangent, that devices exchange. Total is how many numbers are sent in all.
type Transfer struct {
	Value    *symbolic.Expr
	Backward bool
	From, To int // of a pipeline; an exchange among all devices has From = To
	Total    shape.Quantity
}

// A Split shares the computation of a gradient among devices.
type Split struct {
	Tape      *Tape
	Parts     int
	Axis      string           // the axis that is cut; "" for a pipeline
	Memory    []shape.Quantity // of each device: parameters, gradients, data without the targets, and what the reverse sweep reads
	Work      []Work           // of each device
	Transfers []Transfer
	Params    []shape.Quantity // of each device

	home   map[*symbolic.Expr]int              // pipeline: the device of each operation and parameter
	needed map[*symbolic.Expr]bool             // what the gradient needs of the forward pass
	uses   map[*symbolic.Expr][]*symbolic.Expr // the operations that read a value
}

// Sent is how many numbers are sent in all.
func (s *Split) Sent() shape.Quantity {
	var q shape.Quantity
	for _, t := range s.Transfers {
		q = q.Add(t.Total)
	}
	return q
}

// need lists what the reverse sweep reads, and all that is computed from.
func (t *Tape) need() map[*symbolic.Expr]bool {
	out := map[*symbolic.Expr]bool{}
	var visit func(e *symbolic.Expr)
	visit = func(e *symbolic.Expr) {
		if out[e] {
			return
		}
		out[e] = true
		for _, a := range t.Reads[e] {
			visit(a)
		}
	}
	for _, e := range t.Ops {
		for _, p := range t.Pull[e] {
			for _, s := range p.reads {
				visit(s)
			}
		}
	}
	return out
}

// A Refusal says why an axis cannot be cut.
type Refusal struct {
	Axis string
	Why  string
}

func (r *Refusal) Error() string { return r.Why }

// SplitAxis cuts every tensor that has the axis into parts. A sum over the axis is then one of partial sums, which are
// added by an exchange among all devices; a cotangent of what has not the axis, but is read where the axis is, likewise.
// Along the axis of the examples this is data parallelism.
func (t *Tape) SplitAxis(axis string, parts int) (*Split, error) {
	for _, e := range slices.Concat(t.Model.Leaves, t.Ops) {
		if why := t.refuses(e, axis); why != "" {
			return nil, &Refusal{axis, why}
		}
	}
	s := &Split{Tape: t, Parts: parts, Axis: axis, needed: t.need(), uses: t.uses}
	for _, e := range t.Ops {
		if s.needed[e] && t.sumsOver(e, axis) {
			s.allReduce(e, false)
		}
	}
	for i := len(t.Ops) - 1; i >= 0; i-- {
		if e := t.Ops[i]; s.reducesCotangent(e) {
			s.allReduce(e, true)
		}
	}
	for _, v := range t.Model.Parameters() {
		if s.reducesCotangent(v) {
			s.allReduce(v, true)
		}
	}
	s.shareAxis()
	return s, nil
}

// along says how many axes of e are the axis.
func along(e *symbolic.Expr, axis string) int {
	n := 0
	for _, d := range e.Shape {
		if e.G.Dims.Canon(d) == e.G.Dims.Canon(shape.Name(axis)) {
			n++
		}
	}
	return n
}

// refuses says why e cannot be cut along the axis, or nothing.
func (t *Tape) refuses(e *symbolic.Expr, axis string) string {
	name := e.Name
	if n := t.Named[e]; n != nil {
		name = n.Name
	}
	if along(e, axis) > 1 {
		return fmt.Sprintf("%s has the axis twice", name)
	}
	for _, d := range e.Shape {
		if along(e, axis) == 0 && slices.Contains(e.G.Dims.Canon(d).Names(), axis) {
			return fmt.Sprintf("the axis %s of %s mixes it with others", d, name)
		}
	}
	switch e.Op {
	case symbolic.Einsum:
		if len(axisLabels(e, axis)) > 1 {
			return "a product has the axis in two places"
		}
		for _, a := range e.Args {
			if b := a.Body(); b.Op == symbolic.Delta && along(b, axis) > 0 {
				return "an identity has it"
			}
		}
	case symbolic.Call:
		if e.Fn.Elementwise() {
			return ""
		}
		batch := e.BatchRank()
		for _, a := range append(slices.Clone(e.Args), e) {
			for i, d := range a.Shape {
				if i >= batch && e.G.Dims.Canon(d) == e.G.Dims.Canon(shape.Name(axis)) {
					return e.Fn.Name + " needs all its entries at once"
				}
			}
		}
	}
	return ""
}

// axisLabels are the labels of a product that run along the axis.
func axisLabels(e *symbolic.Expr, axis string) []byte {
	var out []byte
	for k, a := range e.Args {
		for i, d := range a.Shape {
			if e.G.Dims.Canon(d) == e.G.Dims.Canon(shape.Name(axis)) {
				out = addLabel(out, e.In[k][i])
			}
		}
	}
	for i, d := range e.Shape {
		if e.G.Dims.Canon(d) == e.G.Dims.Canon(shape.Name(axis)) {
			out = addLabel(out, e.Out[i])
		}
	}
	return out
}

// sumsOver says that the operation e adds up along the axis.
func (t *Tape) sumsOver(e *symbolic.Expr, axis string) bool {
	if e.Op != symbolic.Einsum {
		return false
	}
	ls := axisLabels(e, axis)
	return len(ls) == 1 && !slices.Contains([]byte(e.Out), ls[0])
}

// touches says that an operation has the axis anywhere.
func touches(e *symbolic.Expr, axis string) bool {
	return along(e, axis) > 0 || slices.ContainsFunc(e.Args, func(a *symbolic.Expr) bool { return along(a, axis) > 0 })
}

// reducesCotangent says that every device has a part of the cotangent of v, which is needed whole.
func (s *Split) reducesCotangent(v *symbolic.Expr) bool {
	t := s.Tape
	if !t.grads[v] || along(v, s.Axis) > 0 {
		return false
	}
	return slices.ContainsFunc(s.uses[v], func(e *symbolic.Expr) bool {
		return t.Pull[e][v] != nil && touches(e, s.Axis)
	})
}

func (s *Split) allReduce(v *symbolic.Expr, backward bool) {
	q := v.Shape.Entries().Times(int64(2 * (s.Parts - 1)))
	s.Transfers = append(s.Transfers, Transfer{Value: v, Backward: backward, Total: q})
}

// shareAxis fills in what each device holds and does; all are alike if the number of parts divides the axis.
func (s *Split) shareAxis() {
	t := s.Tape
	part := map[string]shape.Quantity{s.Axis: shape.Symbol(s.Axis).Div(shape.Integer(int64(s.Parts)))}
	size := func(v *symbolic.Expr) shape.Quantity {
		q := v.Shape.Entries()
		if along(v, s.Axis) > 0 {
			return q.Replace(part)
		}
		return q
	}
	var params, memory shape.Quantity
	for _, v := range t.Model.Parameters() {
		params = params.Add(size(v))
	}
	f := heldBetween(t, nil)
	memory = params.Times(2)
	for _, k := range f.Kept {
		memory = memory.Add(size(k.Value))
	}
	var w Work
	c := NewCounter(func(string) (int, bool) { return 0, false })
	for _, e := range t.Ops {
		x := c.bothPasses(t, e)
		if touches(e, s.Axis) {
			x = x.replace(part)
		}
		w = w.Add(x)
	}
	for range s.Parts {
		s.Memory, s.Work, s.Params = append(s.Memory, memory), append(s.Work, w), append(s.Params, params)
	}
}

// Work is that of both passes on one device.
func (t *Tape) Work() Work {
	var w Work
	c := NewCounter(func(string) (int, bool) { return 0, false })
	for _, e := range t.Ops {
		w = w.Add(c.bothPasses(t, e))
	}
	return w
}

func (w Work) replace(by map[string]shape.Quantity) Work {
	return Work{w.Products.Replace(by), w.Derivatives.Replace(by), w.Reductions.Replace(by), w.Elementwise.Replace(by), w.Functions.Replace(by)}
}

// bothPasses is the work of an operation and of its reverse step: as much for every argument that needs a cotangent.
func (c *Counter) bothPasses(t *Tape, e *symbolic.Expr) Work {
	w := c.node(e)
	c.parts = map[string]bool{}
	return w.Scale(shape.Integer(int64(1 + len(t.Pull[e]))))
}

// Pipeline cuts the operations, in their order, into stages. Every stage but the first begins where a parameter is read.
// Of all ways to cut, the one is taken whose stages are most alike in memory and whose cuts are crossed by the fewest
// numbers. size gives the sizes known; 64 stands for any other.
func (t *Tape) Pipeline(parts int, size func(string) (int, bool)) (*Split, error) {
	s := &Split{Tape: t, Parts: parts, needed: t.need(), uses: t.uses}
	cuts := t.cuts()
	if len(cuts) < parts+1 {
		return nil, &Refusal{"", fmt.Sprintf("there are %d places for stages to begin", len(cuts)-1)}
	}
	s.home = t.stages(s.shortest(cuts, size))
	s.shareStages()
	return s, nil
}

// flow lists the operations that the gradient needs and that data occur in: those that have a place in the pipeline.
func (t *Tape) flow() []*symbolic.Expr {
	return slices.DeleteFunc(slices.Clone(t.Ops), func(e *symbolic.Expr) bool { return !t.data[e] })
}

// cuts are the positions in the flow where a stage may begin, and its end.
func (t *Tape) cuts() []int {
	ops, predicted := t.flow(), t.under(t.predicted())
	out := []int{0}
	for i, e := range ops {
		if i > 0 && t.readsParameter(e) && predicted[e] {
			out = append(out, i)
		}
	}
	return append(out, len(ops))
}

// shortest chooses the cuts: the cheapest stages that end at a cut are found from those that end at the cuts before it.
func (s *Split) shortest(cuts []int, size func(string) (int, bool)) []int {
	type way struct {
		cost   float64
		before int
	}
	last := len(cuts) - 1
	best := make([][]way, s.Parts+1) // of so many stages that end at each cut
	for k := range best {
		best[k] = slices.Repeat([]way{{cost: math.Inf(1)}}, len(cuts))
	}
	best[0][0].cost = 0
	flow := s.newFlow(size)
	all := flow.sizes(0)[cuts[last]]
	for i := range last {
		s.Tape.Model.Objective.G.Proceed()
		sizes := flow.sizes(cuts[i])
		for j := i + 1; j <= last; j++ {
			load := sizes[cuts[j]] / all
			cost := load*load + flow.crossing[cuts[j]]/all
			for k := range s.Parts {
				if x := best[k][i].cost + cost; x < best[k+1][j].cost {
					best[k+1][j] = way{x, i}
				}
			}
		}
	}
	out := make([]int, s.Parts+1)
	for k, j := s.Parts, last; k >= 0; k-- {
		out[k], j = cuts[j], best[k][j].before
	}
	return out
}

func (s *Split) number(q shape.Quantity, size func(string) (int, bool)) float64 {
	v, err := q.Eval(func(name string) (int, bool) {
		if n, ok := size(name); ok {
			return n, true
		}
		return 64, true
	})
	if err != nil {
		return math.Inf(1)
	}
	f, _ := v.Float64()
	return f
}

// A flow is the operations that have a place in the pipeline, in numbers.
type flow struct {
	own      []float64      // the memory of each
	leaves   [][]leafMemory // the variables that each reads
	crossing []float64      // how many numbers are read from a position on that were computed before it
}

// A leafMemory is that of a variable, with its gradient, and the operation before that reads it too; -1 for none.
type leafMemory struct {
	size   float64
	before int
}

func (s *Split) newFlow(size func(string) (int, bool)) *flow {
	t, ops := s.Tape, s.Tape.flow()
	f := &flow{make([]float64, len(ops)), make([][]leafMemory, len(ops)), make([]float64, len(ops)+1)}
	read := map[*symbolic.Expr]int{} // where a value was read last
	for i, e := range ops {
		f.own[i] = s.number(e.Shape.Entries(), size)
		for _, a := range t.Reads[e] {
			before, again := read[a]
			if read[a] = i; a.Op != symbolic.Var {
				continue
			}
			if !again {
				before = -1
			}
			f.leaves[i] = append(f.leaves[i], leafMemory{s.number(a.Shape.Entries(), size) * float64(1+btoi(t.grads[a])), before})
		}
	}
	for i, e := range ops {
		if last := read[e]; last > i {
			f.crossing[i+1] += f.own[i]
			f.crossing[last+1] -= f.own[i]
		}
	}
	for i := range ops {
		f.crossing[i+1] += f.crossing[i]
	}
	return f
}

// sizes are the memory of the operations from one position to every other, with their parameters and gradients.
func (f *flow) sizes(from int) []float64 {
	out := make([]float64, len(f.own)+1)
	total := 1.0
	for i := from; i < len(f.own); i++ {
		total += f.own[i]
		for _, l := range f.leaves[i] {
			if l.before < from {
				total += l.size
			}
		}
		out[i+1] = total
	}
	return out
}

// stages gives every operation and parameter its device: what no data occur in goes where the last of its parameters is.
func (t *Tape) stages(cuts []int) map[*symbolic.Expr]int {
	home := map[*symbolic.Expr]int{}
	ops := t.flow()
	for stage := range len(cuts) - 1 {
		for _, e := range ops[cuts[stage]:cuts[stage+1]] {
			home[e] = stage
		}
	}
	for _, data := range []bool{true, false} {
		for _, e := range t.Ops {
			if t.data[e] != data {
				continue
			}
			for _, a := range t.Reads[e] {
				if _, known := home[a]; a.Op == symbolic.Var && t.grads[a] && !known {
					home[a] = home[e]
				}
				if !data {
					home[e] = max(home[e], home[a])
				}
			}
		}
	}
	return home
}

// readers are the devices beside its own that read a value for the gradient, in order.
func (s *Split) readers(v *symbolic.Expr) []int {
	var out []int
	home, placed := s.home[v]
	if !placed {
		return nil // data is where it is read
	}
	for _, e := range s.uses[v] {
		if s.home[e] != home && !slices.Contains(out, s.home[e]) {
			if s.readsOn(e, v) {
				out = append(out, s.home[e])
			}
		}
	}
	slices.Sort(out)
	return out
}

// readsOn says that e, or its reverse step, reads the value v.
func (s *Split) readsOn(e, v *symbolic.Expr) bool {
	if s.needed[e] {
		return true
	}
	for _, p := range s.Tape.Pull[e] {
		if slices.Contains(p.reads, v) {
			return true
		}
	}
	return false
}

// returns are the devices that send a part of the cotangent of v home: those with an operation that pulls one back.
func (s *Split) returns(v *symbolic.Expr, constant map[*symbolic.Expr]bool) []int {
	home, placed := s.home[v]
	if !placed || !s.Tape.grads[v] || constant[v] {
		return nil
	}
	var out []int
	for _, e := range s.uses[v] {
		if d := s.home[e]; d != home && s.Tape.Pull[e][v] != nil && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	slices.Sort(out)
	return out
}

// constantCotangents are the operations whose cotangent mentions no parameter and no data.
func (t *Tape) constantCotangents() map[*symbolic.Expr]bool {
	return (&pass{f: &Footprint{Tape: t}}).constants()
}

// shareStages fills in what each device holds, does and sends.
func (s *Split) shareStages() {
	t := s.Tape
	s.Memory, s.Work, s.Params = make([]shape.Quantity, s.Parts), make([]Work, s.Parts), make([]shape.Quantity, s.Parts)
	c := NewCounter(func(string) (int, bool) { return 0, false })
	constant := t.constantCotangents()
	f := heldBetween(t, nil)
	kept := f.kept()
	for _, v := range slices.Concat(t.Model.Parameters(), t.Ops) {
		d, n := s.home[v], v.Shape.Entries()
		if v.Op == symbolic.Var {
			s.Params[d] = s.Params[d].Add(n)
			s.Memory[d] = s.Memory[d].Add(n.Times(2))
		} else {
			s.Work[d] = s.Work[d].Add(c.bothPasses(t, v))
			if kept[v] {
				s.Memory[d] = s.Memory[d].Add(n)
			}
		}
		for _, to := range s.readers(v) {
			s.Memory[to] = s.Memory[to].Add(n)
			s.Transfers = append(s.Transfers, Transfer{v, false, d, to, n})
		}
		for _, from := range s.returns(v, constant) {
			s.Transfers = append(s.Transfers, Transfer{v, true, from, d, n})
		}
	}
	for _, v := range t.Model.Inputs() {
		if !f.feeds[v] {
			continue
		}
		seen := map[int]bool{}
		for _, e := range s.uses[v] {
			if d := s.home[e]; !seen[d] {
				seen[d] = true
				s.Memory[d] = s.Memory[d].Add(v.Shape.Entries())
			}
		}
	}
}

// Home is the stage of an operation or a parameter.
func (s *Split) Home(e *symbolic.Expr) (stage int, ok bool) {
	stage, ok = s.home[e]
	return stage, ok
}

// Stages is the most stages that a pipeline can have.
func (t *Tape) Stages() int { return len(t.cuts()) - 1 }

// Axes are the axes of the model, those of the parameters first.
func (t *Tape) Axes() []string {
	var out []string
	for _, e := range slices.Concat(t.Model.Parameters(), t.Model.Inputs(), t.Ops) {
		for _, d := range e.Shape {
			if n, ok := e.G.Dims.Canon(d).AsName(); ok && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

// Bubble is the part of the time that a device of a pipeline waits: of P stages of one length and m microbatches.
func Bubble(stages, microbatches int64) shape.Quantity {
	return shape.Integer(stages - 1).Div(shape.Integer(microbatches + stages - 1))
}

// PipelineTime is how long a pipeline takes for m microbatches, if its stages take times t for one: the first goes through
// all of them, and each of the others leaves the slowest one stage time later: Σt + (m − 1) max t.
func PipelineTime(t []shape.Quantity, m int64) shape.Quantity {
	all := shape.Quantity{}.Add(t...)
	return all.Add(shape.Max(t...).Times(m - 1))
}
