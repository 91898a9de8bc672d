package kernel

import (
	"fmt"
	"math/big"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

func init() {
	register(&Report{
		Name: "memory", Args: "J, [W1, W2], batch=n, output=o, limit=bytes",
		Doc: "memory(J) says what predicting with a model and training it keep in memory, as polynomials in the dimensions: parameters, gradients, the state of the optimiser, " +
			"the values that the reverse sweep reads and which line reads them, and the peaks. The textbook counts unfused operations that free every value as soon as nothing will read it; " +
			"this evaluator, with sizes, is what eval allocates. batch=n asks for n examples of a model of one, output=o says what is predicted, " +
			"limit=16e9 finds the largest batch that fits in so many bytes. The list says which declared variables are parameters.",
		Example: "x : R[d]; W : R[h,d]\nlatex(W x)\n\t\\mathbf{W} \\mathbf{x}",
		Run:     runMemory,
	})
}

// A footprint is the memory of a model, under both assumptions on the derivative of an abstract function.
type footprint struct {
	*ask
	w     *view
	in    ruler
	f     *study.Footprint
	value *study.Footprint // where derivatives are computed from values; nil where that makes no difference
	notes []string
}

// memoryData is the data of memory(J); sizes are in numbers, not in bytes, but for what says bytes.
type memoryData struct {
	Parameters  amount            `json:"parameters"`
	Gradients   amount            `json:"gradients"`
	Optimizer   map[string]amount `json:"optimizer"`
	Inputs      amount            `json:"inputs"`
	Targets     amount            `json:"targets"`
	Kept        []keptLine        `json:"kept"`
	Activations amount            `json:"activations"`
	FromValue   *memoryVariant    `json:"derivative_from_value"`
	Prediction  map[string]amount `json:"prediction"`
	Training    map[string]amount `json:"training"`
	Overtake    *amount           `json:"activations_exceed_parameters_from"`
	Checkpoints []checkpointLine  `json:"checkpointing"`
	Batch       *memoryData       `json:"batch"`
	Fits        map[string]int64  `json:"largest_batch"`
	Bytes       map[string]bytes2 `json:"bytes"`
	Evaluator   *evaluatorMemory  `json:"evaluator"`
}

// A memoryVariant is what changes where derivatives are computed from values.
type memoryVariant struct {
	Activations amount            `json:"activations"`
	Training    map[string]amount `json:"training"`
}

// A keptLine is a value that is held from the forward pass to the reverse sweep.
type keptLine struct {
	Name   string   `json:"name"`
	Size   amount   `json:"size"`
	ReadBy []string `json:"read_by"`
}

// A checkpointLine is checkpointing every so many layers.
type checkpointLine struct {
	Every       int    `json:"every"`
	Activations amount `json:"activations"`
	Extra       amount `json:"extra_operations"`
}

// bytes2 are the bytes of both types of numbers.
type bytes2 struct {
	Float64 Float `json:"float64"`
	Float32 Float `json:"float32"`
}

// An evaluatorMemory is what eval allocates, in bytes, beside the inputs.
type evaluatorMemory struct {
	Prediction int64 `json:"prediction_bytes"`
	Gradient   int64 `json:"gradient_bytes"`
}

// optimizers are how many numbers each keeps for every parameter.
var optimizers = []struct {
	name  string
	state int64
}{{"SGD", 0}, {"momentum", 1}, {"Adam", 2}}

func runMemory(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 2, "batch", "output", "limit"); err != nil {
		return nil, err
	}
	restore, err := a.batched()
	defer restore()
	if err != nil {
		return nil, err
	}
	w, err := a.model()
	if err != nil {
		return nil, err
	}
	m, err := a.footprint(w)
	if err != nil {
		return nil, err
	}
	text, d := m.report()
	if more, data, ok := m.batchReport(); ok {
		text, d.Batch = text+more, data
	}
	fits, err := m.fits(&d)
	if err != nil {
		return nil, err
	}
	return &Result{Kind: KindReport, Text: strings.TrimRight(text+fits, "\n"), Data: d, Notes: append(w.notes, m.notes...)}, nil
}

// batched puts batch(J, n, [inputs]) in the place of J where batch=n is given. What it returns undoes it.
func (a *ask) batched() (restore func(), err *lang.Error) {
	x := a.named("batch")
	if x == nil {
		return func() {}, nil
	}
	n, ok := x.(*lang.Name)
	if !ok {
		return func() {}, a.errorf("E325", x, "batch should be the name of a dimension, as n")
	}
	w, err := a.model()
	if err != nil {
		return func() {}, err
	}
	if axis, ok := w.BatchAxis(); ok {
		return func() {}, a.errorf("E370", x, "the model has a batch already: its axis is %s", axis)
	}
	return a.asBatch(w, n.Name), nil
}

// asBatch goes on with a batch of a model, in a copy of the session. What it returns goes back.
func (a *ask) asBatch(w *view, axis string) (restore func()) {
	before, asked := a.job.state, a.call
	a.job.state = before.clone()
	call := *a.call
	call.Args = append([]lang.Arg(nil), a.call.Args...)
	for i, arg := range call.Args {
		if arg.Name == nil {
			call.Args[i].X = w.batchCall(arg.X, axis)
			break
		}
	}
	a.call = &call
	return func() {
		a.job.state, a.call = before, asked
		before.scope.Activate()
	}
}

// batchCall is batch(J, n, [x, y]).
func (w *view) batchCall(J lang.Expr, n string) lang.Expr {
	list := &lang.List{Span: J.Extent()}
	for _, v := range w.Inputs() {
		t := nameTree(w.name(v))
		list.Items = append(list.Items, t)
	}
	return &lang.Call{
		Span: J.Extent(), Fn: &lang.Name{Span: J.Extent(), Name: "batch", Raw: "batch"},
		Args: []lang.Arg{{X: J}, {X: &lang.Name{Span: J.Extent(), Name: n, Raw: n}}, {X: list}},
	}
}

// footprint measures a model.
func (a *ask) footprint(w *view) (*footprint, *lang.Error) {
	m := &footprint{ask: a, w: w, in: a.ruler()}
	outputs, err := m.outputs()
	if err != nil {
		return nil, err
	}
	for _, mode := range []study.Derivatives{study.AsKnown, study.FromValue} {
		t, failed := study.NewTape(w.Model, a.state.functions(), mode)
		if failed != nil {
			return nil, a.errorf("E214", a.positional()[0], "%s cannot be differentiated: %v", w.name(w.Objective), failed)
		}
		f := study.FootprintOf(t, m.stored(t, outputs))
		switch {
		case mode == study.AsKnown:
			m.f = f
		case f.Activation.Key() != m.f.Activation.Key():
			m.value = f
		}
	}
	return m, nil
}

// outputs is what output=o says is predicted.
func (m *footprint) outputs() ([]*symbolic.Expr, *lang.Error) {
	x := m.named("output")
	if x == nil {
		return nil, nil
	}
	v, err := m.state.scope.Expr(x)
	if err != nil {
		return nil, err
	}
	if v.IsList() || v.Hole != nil || !symbolic.DependsOn(m.w.Objective, v.Expr) {
		return nil, m.errorf("E371", x, "the objective does not read this: output should be a definition on the way to it")
	}
	return []*symbolic.Expr{v.Expr}, nil
}

func (m *footprint) stored(t *study.Tape, es []*symbolic.Expr) []*symbolic.Expr {
	var out []*symbolic.Expr
	for _, e := range es {
		if s := t.Store(e); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// called is the name of a value, or its formula.
func (m *footprint) called(e *symbolic.Expr) string {
	if n := m.f.Tape.Named[e]; n != nil {
		e = n
	}
	if name := m.w.name(e); name != "" {
		return m.w.spelled(name)
	}
	return shortened(m.w.Text(e))
}

func (m *footprint) calledAll(es []*symbolic.Expr) []string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = m.called(e)
	}
	return out
}

// withState adds the state of each optimiser to a peak.
func (m *footprint) withState(q shape.Quantity) map[string]amount {
	out := map[string]amount{}
	for _, o := range optimizers {
		out[o.name] = m.in.amount(q.Add(m.f.Params.Times(o.state)))
	}
	return out
}

// textbook says how the first model counts.
const textbook = "textbook, in numbers: every operation by itself, freeing what nothing will read"

// lines are the lines of the reverse sweep for some variables.
func (m *footprint) lines(es []*symbolic.Expr) []string {
	out := m.calledAll(es)
	for i, e := range es {
		if n := m.f.Tape.Named[e]; n != nil {
			e = n
		}
		if m.w.name(e) != "" {
			out[i], _ = m.w.Tree(m.w.derivativeTree(m.w.Objective, e))
		}
	}
	return out
}

// report is the memory of one model.
func (m *footprint) report() (string, memoryData) {
	f, in := m.f, m.in
	d := memoryData{
		Parameters: in.amount(f.Params), Gradients: in.amount(f.Params), Optimizer: m.withState(shape.Quantity{}),
		Inputs: in.amount(f.Data), Targets: in.amount(f.Targets), Activations: in.amount(f.Activation), Training: m.withState(f.Training),
		Prediction: map[string]amount{"peak": in.amount(f.Prediction), "in_place": in.amount(f.InPlace), "everything": in.amount(f.Everything)},
		Kept:       []keptLine{},
	}
	var t table
	row := func(what string, q shape.Quantity) { t.row("  "+what, in.text(q), in.value(q), m.bytes(q)) }
	peak := func(what string, q shape.Quantity) {
		t.row("  "+what, "p + "+in.text(q.Sub(f.Params)), in.value(q), m.bytes(q))
	}
	row("parameters p", f.Params)
	row("gradients", f.Params)
	t.row("  optimiser state", "0 for SGD, p for momentum, 2p for Adam")
	for _, k := range f.Kept {
		l := keptLine{Name: m.called(k.Value), Size: in.amount(k.Size), ReadBy: m.calledAll(k.By)}
		d.Kept = append(d.Kept, l)
		t.row("  kept "+l.Name, in.text(k.Size), in.value(k.Size), "for "+strings.Join(m.lines(k.By), ", "))
	}
	row("activations kept, in sum", f.Activation)
	if m.value != nil {
		row("  if φ′ comes from φ's value", m.value.Activation)
		d.FromValue = &memoryVariant{in.amount(m.value.Activation), m.withState(m.value.Training)}
	}
	if !f.Targets.IsZero() {
		row("targets", f.Targets)
	}
	peak("predicting "+strings.Join(m.calledAll(f.Predicted), ", ")+", peak", f.Prediction)
	peak("  functions in place", f.InPlace)
	peak("  every value kept", f.Everything)
	peak("training by SGD, peak", f.Training)
	if m.value != nil {
		peak("  if φ′ comes from φ's value", m.value.Training)
	}
	text := textbook + "\n" + m.namedFunctions(t.String()) + "\n"
	if n, ok := m.w.BatchAxis(); ok {
		if q, ok := f.Overtake(n); ok {
			x := in.amount(q)
			d.Overtake = &x
			text += fmt.Sprintf("activations are more than the parameters from %s = %s on\n", n, in.line(q))
		}
	}
	text += m.checkpoints(&d) + m.evaluator(&d)
	m.allBytes(&d)
	return text, d
}

// namedFunctions writes the model's own abstract function in the place of φ.
func (m *footprint) namedFunctions(s string) string {
	var names []string
	symbolic.Walk(m.w.Objective, func(e *symbolic.Expr) {
		if e.Op == symbolic.Call && e.Fn.Abstract != nil && e.Fn.Elementwise() && len(e.Args) == 1 && (len(names) == 0 || names[0] != e.Fn.Name) {
			names = append(names, e.Fn.Name)
		}
	}, nil)
	if len(names) != 1 {
		return strings.ReplaceAll(s, "if φ′ comes from φ's value", "if derivatives of functions come from their values")
	}
	prime := "′"
	if m.w.ascii {
		prime = "'"
	}
	name := m.w.spelled(names[0])
	return strings.ReplaceAll(s, "if φ′ comes from φ's value", "if "+name+prime+" comes from "+name+"'s value")
}

// bytes are those of both types of numbers, once sizes are known.
func (m *footprint) bytes(q shape.Quantity) string {
	v, ok := m.in.number(q)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s in float64, %s in float32", bytesText(times64(v, 8)), bytesText(times64(v, 4)))
}

func times64(v *big.Rat, n int64) *big.Rat { return new(big.Rat).Mul(v, big.NewRat(n, 1)) }

func (m *footprint) allBytes(d *memoryData) {
	d.Bytes = map[string]bytes2{}
	for name, q := range map[string]shape.Quantity{"parameters": m.f.Params, "activations": m.f.Activation, "prediction": m.f.Prediction, "training": m.f.Training} {
		if v, ok := m.in.number(q); ok {
			x, _ := v.Float64()
			d.Bytes[name] = bytes2{Float(8 * x), Float(4 * x)}
		}
	}
	if len(d.Bytes) == 0 {
		d.Bytes = nil
	}
}

// checkpoints compares keeping the values of all layers with keeping those of every k-th.
func (m *footprint) checkpoints(d *memoryData) string {
	layers := m.f.Layers()
	if len(layers) < 3 {
		return ""
	}
	var t table
	t.row(fmt.Sprintf("checkpointing over %d layers", len(layers)), "activations", "operations more")
	for k := 1; k <= len(layers); k *= 2 {
		c := m.f.Checkpoint(layers, k, m.in.size)
		if k == 1 {
			c.Activation, c.Extra = m.f.Activation, study.Work{}
		}
		l := checkpointLine{k, m.in.amount(c.Activation), m.in.amount(c.Extra.Operations())}
		d.Checkpoints = append(d.Checkpoints, l)
		name := fmt.Sprintf("  every %d", k)
		if k == 1 {
			name = "  every layer kept"
		}
		t.row(name, m.in.line(c.Activation), m.in.line(c.Extra.Operations()))
	}
	return t.String() + "\n"
}

// evaluator is what the programs of this machine allocate, once sizes are known.
func (m *footprint) evaluator(d *memoryData) string {
	predict, err := m.program(m.f.Predicted)
	if err != nil {
		return ""
	}
	g, failed := m.w.Objective.G.Grad(m.w.Objective, m.w.Parameters(), nil)
	if failed != nil {
		return ""
	}
	train, err := m.program(append([]*symbolic.Expr{m.w.Objective}, g...))
	if err != nil {
		return ""
	}
	d.Evaluator = &evaluatorMemory{predict.PeakBytes(), train.PeakBytes()}
	return fmt.Sprintf("this evaluator allocates beside the inputs, in float64: predicting %s, the objective with its gradient %s; and at most about 2 MB for the products of matrices\n",
		bytesText(big.NewRat(predict.PeakBytes(), 1)), bytesText(big.NewRat(train.PeakBytes(), 1)))
}

// batchReport is the memory of a batch, where the model is one of a single example.
func (m *footprint) batchReport() (string, *memoryData, bool) {
	if _, ok := m.w.BatchAxis(); ok || len(m.w.Inputs()) == 0 || m.named("batch") != nil {
		return "", nil, false
	}
	name := m.w.freeDimension(m.in)
	st := m.state.clone()
	before := m.job.state
	m.job.state = st
	defer func() {
		m.job.state = before
		before.scope.Activate()
	}()
	v, err := st.scope.Expr(m.w.batchCall(m.positional()[0], name))
	if err != nil || v.IsList() || v.Expr.Rank() > 0 {
		return "", nil, false
	}
	sub := &view{formula: m.job.printer(), job: m.job}
	sub.Model = study.NewModel(v.Expr.G.Let(sub.freeName("J"), v.Expr), m.givenParameters())
	sub.nameAll()
	b, err := m.ask.footprint(sub)
	if err != nil {
		return "", nil, false
	}
	_, d := b.report()
	var t table
	t.row("  activations kept", b.in.text(b.f.Activation))
	if b.value != nil {
		t.row("    if φ′ comes from φ's value", b.in.text(b.value.Activation))
	}
	t.row("  predicting, peak", "p + "+b.in.text(b.f.Prediction.Sub(b.f.Params)))
	t.row("  training by SGD, peak", "p + "+b.in.text(b.f.Training.Sub(b.f.Params)))
	if q, ok := b.f.Overtake(name); ok {
		x := b.in.amount(q)
		d.Overtake = &x
		t.row("  activations are more than the parameters from", name+" = "+b.in.line(q))
	}
	return "for a batch of " + name + " examples\n" + m.namedFunctions(t.String()) + "\n", &d, true
}

func (m *footprint) givenParameters() []*symbolic.Expr {
	if len(m.positional()) < 2 {
		return nil
	}
	return m.w.Parameters()
}

// freeDimension is a name for the number of examples: one that is not in use, or that the model has nowhere.
func (w *view) freeDimension(r ruler) string {
	used := map[string]bool{}
	for _, v := range append(w.Leaves, w.Values...) {
		for _, d := range v.Shape {
			for _, n := range append(d.Names(), r.env.Canon(d).Names()...) {
				used[n] = true
			}
		}
	}
	for _, n := range []string{"n", "N", "B"} {
		own := r.env.Canon(shape.Name(n)) == shape.Name(n)
		if !r.env.Exists(n) || own && !used[n] {
			return n
		}
	}
	for i := 1; ; i++ {
		if n := fmt.Sprintf("n%d", i); !r.env.Exists(n) {
			return n
		}
	}
}

// fits finds the largest batch for limit=bytes.
func (m *footprint) fits(d *memoryData) (string, *lang.Error) {
	x := m.named("limit")
	if x == nil {
		return "", nil
	}
	limit, err := m.float("limit", 0)
	if err != nil {
		return "", err
	}
	n, ok := m.w.BatchAxis()
	if !ok {
		e := m.errorf("E372", x, "the model is one of a single example: batch=n asks for a batch")
		J, _ := m.w.Tree(m.positional()[0])
		bytes, _ := m.w.Tree(x)
		e.Fixes = append(e.Fixes, lang.Fix{Text: fmt.Sprintf("memory(%s, batch=%s, limit=%s)", J, m.w.freeDimension(m.in), bytes)})
		return "", e
	}
	d.Fits = map[string]int64{}
	var parts []string
	for _, o := range optimizers {
		for _, width := range []struct {
			name string
			n    int64
		}{{"float64", 8}, {"float32", 4}} {
			q := m.f.Training.Add(m.f.Params.Times(o.state)).Times(width.n)
			most, missing := m.largest(q, n, limit)
			if missing != nil {
				return "", m.unsized(x, q, n)
			}
			d.Fits[o.name+" "+width.name] = most
			parts = append(parts, fmt.Sprintf("%s %s %d", o.name, width.name, most))
		}
	}
	return fmt.Sprintf("the largest %s that trains in %s: %s\n", n, bytesText(new(big.Rat).SetFloat64(limit)), strings.Join(parts, ", ")), nil
}

// unsized says which dimension needs a size before a number can be given.
func (m *footprint) unsized(at lang.Node, q shape.Quantity, but string) *lang.Error {
	for _, name := range m.in.canon(q).Names() {
		if _, ok := m.in.size(name); !ok && name != but {
			e := m.errorf("E302", at, "dimension %s has no size", name)
			m.offer(e, "", "dim "+name+" = 64")
			return e
		}
	}
	return m.errorf("E302", at, "a dimension has no size")
}

// largest is the largest size of a dimension for which a quantity is at most limit; 0 where none is small enough. What
// memory takes never falls as a dimension grows.
func (m *footprint) largest(q shape.Quantity, dim string, limit float64) (int64, error) {
	q = m.in.canon(q)
	fits := func(n int64) (bool, error) {
		v, err := q.Eval(func(name string) (int, bool) {
			if name == dim {
				return int(n), true
			}
			return m.in.size(name)
		})
		if err != nil {
			return false, err
		}
		f, _ := v.Float64()
		return f <= limit, nil
	}
	lo, hi := int64(0), int64(1)
	for {
		ok, err := fits(hi)
		if err != nil {
			return 0, err
		}
		if !ok || hi > 1<<40 {
			break
		}
		lo, hi = hi, 2*hi
	}
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if ok, _ := fits(mid); ok {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo, nil
}
