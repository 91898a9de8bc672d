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
			"limit=16e9 finds the largest batch, and the greatest depth, that fit in so many bytes. The length of a family may stay a symbol where its members are alike. The list says which declared variables are parameters.",
		Example: "x : R[d]; W : R[h,d]\nlatex(W x)\n\t\\mathbf{W} \\mathbf{x}",
		Run:     runMemory,
	})
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
	Deepest     map[string]int64  `json:"largest_depth"`
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
	Every       int    `json:"every"`  // 0: any k that divides the number of layers
	Layers      string `json:"layers"` // what their number is called then
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
	if _, err := a.limit(); err != nil {
		return nil, err
	}
	m := &memory{ask: a, in: a.ruler()}
	if err := m.measure(); err != nil {
		return nil, err
	}
	m.report()
	if err := m.fits(); err != nil {
		return nil, err
	}
	return m.page.answer(m.d, m.notes), nil
}

// batched puts batch(J, n, [inputs]) in the place of J where batch=n is given. What it returns undoes it.
func (a *ask) batched() (restore func(), err *lang.Error) {
	x := a.named("batch")
	if x == nil {
		return func() {}, nil
	}
	n, ok := x.(*lang.Name)
	if !ok {
		e := a.errorf("E325", x, "batch should be the name of a dimension, as n")
		e.Fixes = append(e.Fixes, a.namedBatch(x))
		return func() {}, e
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

// namedBatch is the fix of batch=3: a dimension, with that size where it is one.
func (a *ask) namedBatch(x lang.Expr) lang.Fix {
	w, err := a.model()
	if err != nil {
		return lang.Fix{Text: a.replaced(x, "n")}
	}
	n := w.freeDimension(a.ruler())
	text := a.replaced(x, n)
	if k, ok := x.(*lang.Number); ok && k.Val.IsInt() && k.Val.Sign() > 0 {
		text = fmt.Sprintf("dim %s = %s; %s", n, k.Val.RatString(), text)
	}
	return lang.Fix{Text: text}
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
	for _, v := range w.Examples() {
		t := nameTree(w.name(v))
		list.Items = append(list.Items, t)
	}
	return &lang.Call{
		Span: J.Extent(), Fn: &lang.Name{Span: J.Extent(), Name: "batch", Raw: "batch"},
		Args: []lang.Arg{{X: J}, {X: &lang.Name{Span: J.Extent(), Name: n, Raw: n}}, {X: list}},
	}
}

// A memory is one answer under way.
type memory struct {
	*ask
	in    ruler
	depth string       // the dimension that the number of layers is; "" where it is no symbol
	own   *memoryFacts // of the model asked about
	batch *memoryFacts // of a batch, where it is one of a single example
	count string       // the dimension that counts the examples of that batch
	notes []string
	page  sheet
	d     memoryData
}

// measure finds the facts of the model and of a batch of it, for its depth or for any.
func (m *memory) measure() *lang.Error {
	v, err := m.scalar(0)
	if err == nil {
		m.depth = m.state.scope.Depth(v.Expr)
	}
	if m.depth == "" {
		m.own, m.batch, err = m.facts()
		return err
	}
	var own, batch []*memoryFacts
	f, err := m.overDepths(m.depth, func(first bool) *lang.Error {
		if first {
			own, batch = nil, nil
		}
		o, b, err := m.facts()
		own, batch = append(own, o), append(batch, b)
		return err
	}, func(f *fitting) {
		if m.own = forAnyDepth(f, own); batch[0] != nil {
			m.batch = forAnyDepth(f, batch)
		}
	})
	if err == nil {
		m.notes = append(m.notes, f.note(m.depth))
	}
	return err
}

// facts are those of the model asked about, in the state of the session, and of a batch where that makes sense.
func (m *memory) facts() (own, batch *memoryFacts, err *lang.Error) {
	restore, err := m.batched()
	defer func() { restore() }()
	if err != nil {
		return nil, nil, err
	}
	w, err := m.model()
	if err != nil {
		return nil, nil, err
	}
	if m.notes == nil {
		m.notes = append([]string{}, w.withRoles(m.ask)...)
	}
	if own, err = m.measured(w); err != nil {
		return nil, nil, err
	}
	return own, m.batchFacts(own), nil
}

// batchFacts are those of a batch; nil where the model has one, or can have none.
func (m *memory) batchFacts(own *memoryFacts) *memoryFacts {
	if own.axis != "" || len(own.w.Inputs()) == 0 || m.named("batch") != nil {
		return nil
	}
	m.count = own.w.freeDimension(m.in)
	before := m.job.state
	m.job.state = before.clone()
	defer func() {
		m.job.state = before
		before.scope.Activate()
	}()
	v, err := m.job.state.scope.Expr(own.w.batchCall(m.positional()[0], m.count))
	if err != nil || v.IsList() || v.Expr.Rank() > 0 {
		return nil
	}
	var params []*symbolic.Expr
	if m.second() != nil {
		params = own.w.Parameters()
	}
	w := &view{formula: m.job.printer(), job: m.job}
	w.Model = study.NewModel(v.Expr.G.Let(w.freeName("J"), v.Expr), params)
	w.nameAll()
	f, err := m.measured(w)
	if err != nil {
		return nil
	}
	return f
}

// withState adds the state of each optimiser to a peak.
func (m *memory) withState(q, params shape.Quantity) map[string]amount {
	out := map[string]amount{}
	for _, o := range optimizers {
		out[o.name] = m.in.amount(q.Add(params.Times(o.state)))
	}
	return out
}

// textbook says how the first model counts.
const textbook = "textbook, in numbers: every operation by itself, freeing what nothing will read"

// report writes the memory of the model, and of a batch.
func (m *memory) report() {
	m.d = m.data(m.own)
	m.page.say("%s", textbook)
	m.rows(m.own)
	m.overtake(m.own, &m.d)
	m.checkpoints()
	m.evaluator()
	if m.batch == nil {
		return
	}
	d := m.data(m.batch)
	m.d.Batch = &d
	m.page.say("for a batch of %s examples", m.count)
	m.shortRows(m.batch, &d)
}

// data is the structured form of the facts.
func (m *memory) data(f *memoryFacts) memoryData {
	in := m.in
	d := memoryData{
		Parameters: in.amount(f.params), Gradients: in.amount(f.params), Optimizer: m.withState(shape.Quantity{}, f.params),
		Inputs: in.amount(f.data), Targets: in.amount(f.targets), Activations: in.amount(f.activation), Training: m.withState(f.training, f.params),
		Prediction: map[string]amount{"peak": in.amount(f.prediction), "in_place": in.amount(f.inPlace), "everything": in.amount(f.everything)},
		Kept:       []keptLine{},
	}
	for _, k := range f.kept {
		if m.depth != "" {
			d.Kept = append(d.Kept, keptLine{span(k.names), in.amount(k.size), []string{span(k.readBy)}})
			continue
		}
		for i, name := range k.names {
			d.Kept = append(d.Kept, keptLine{name, in.amount(k.size), strings.Split(k.readBy[i], ", ")})
		}
	}
	if f.fromValue != nil {
		d.FromValue = &memoryVariant{in.amount(f.fromValue.activation), m.withState(f.fromValue.training, f.params)}
	}
	m.allBytes(f, &d)
	return d
}

// parameterCount is the letter for the number of parameters, one that the session uses for nothing else.
func (a *ask) parameterCount() string {
	for _, letter := range []string{"p", "P", "Θ"} {
		if scope := a.state.scope; scope.Lookup(letter) == nil && !scope.IsDim(letter) {
			return letter
		}
	}
	return "parameters"
}

// rows are the table of a model.
func (m *memory) rows(f *memoryFacts) {
	t := m.page.table()
	whole := func(what string, q shape.Quantity) { m.row(t, what, q, cell{}, q) }
	p := m.parameterCount()
	peak := func(what string, q shape.Quantity) { m.row(t, what, q.Sub(f.params), cell{p + " + ", p + " + "}, q) }
	whole("parameters "+p, f.params)
	whole("gradients", f.params)
	t.add(plain("  optimiser state"), cell{fmt.Sprintf("0 for SGD, %s for momentum, 2%[1]s for Adam", p), fmt.Sprintf(`0 \text{ for SGD}, %s \text{ for momentum}, 2%[1]s \text{ for Adam}`, p)})
	for _, k := range f.kept {
		m.keptRows(t, k)
	}
	whole("activations kept, in sum", f.activation)
	if f.fromValue != nil {
		whole("  "+m.ifFromValue(f), f.fromValue.activation)
	}
	if !f.targets.IsZero() {
		whole("targets", f.targets)
	}
	peak("predicting "+f.predictedText()+", peak", f.prediction)
	peak("  functions in place", f.inPlace)
	peak("  every value kept", f.everything)
	peak("training by SGD, peak", f.training)
	if f.fromValue != nil {
		peak("  "+m.ifFromValue(f), f.fromValue.training)
	}
}

// row is one line: a formula with what stands before it, and once sizes are known the number and its bytes.
func (m *memory) row(t *table, what string, q shape.Quantity, before cell, whole shape.Quantity) {
	c := m.in.cell(q)
	if before.text != "" && q.IsZero() { // p + 0
		before, c = cell{}, cell{strings.TrimSuffix(before.text, " + "), strings.TrimSuffix(before.latex, " + ")}
	}
	t.add(plain("  "+what), cell{before.text + c.text, before.latex + c.latex}, plain(m.in.value(whole)), plain(m.bytes(whole)))
}

// fewKept is how many values alike are listed one by one.
const fewKept = 3

func (m *memory) keptRows(t *table, k keptFact) {
	if m.depth == "" && len(k.names) <= fewKept {
		for i, name := range k.names {
			t.add(plain("  kept "+name), m.in.cell(k.size), plain(m.in.value(k.size)), plain("for "+k.lines[i]))
		}
		return
	}
	size := k.size
	if m.depth == "" {
		size = size.Times(int64(len(k.names)))
	}
	t.add(plain("  kept "+span(k.names)), m.in.cell(size), plain(m.in.value(size)), plain("for "+span(k.lines)))
}

// shortRows are the lines of a batch that differ from those of one example.
func (m *memory) shortRows(f *memoryFacts, d *memoryData) {
	t := m.page.table()
	row := func(what string, q shape.Quantity, before string) {
		c := m.in.cell(q)
		t.add(plain("  "+what), cell{before + c.text, before + c.latex}, plain(m.in.value(q.Add(shape.Quantity{}))))
	}
	row("activations kept", f.activation, "")
	if f.fromValue != nil {
		row("  "+m.ifFromValue(f), f.fromValue.activation, "")
	}
	row("predicting, peak", f.prediction.Sub(f.params), m.parameterCount()+" + ")
	row("training by SGD, peak", f.training.Sub(f.params), m.parameterCount()+" + ")
	if q, ok := f.overtakes(m.count); ok {
		x := m.in.amount(q)
		d.Overtake = &x
		c := m.in.cell(q)
		t.add(plain("  activations are more than the parameters from"), cell{m.count + " = " + c.text, m.count + " = " + c.latex}, plain(m.in.value(q)))
	}
}

// ifFromValue says of which function the derivative is computed from its value.
func (m *memory) ifFromValue(f *memoryFacts) string {
	var names []string
	symbolic.Walk(f.w.Objective, func(e *symbolic.Expr) {
		if e.Op == symbolic.Call && e.Fn.Abstract != nil && e.Fn.Elementwise() && len(e.Args) == 1 && (len(names) == 0 || names[0] != e.Fn.Name) {
			names = append(names, e.Fn.Name)
		}
	}, nil)
	if len(names) != 1 {
		return "if derivatives of functions come from their values"
	}
	prime, name := "′", f.w.spelled(names[0])
	if f.w.ascii {
		prime = "'"
	}
	return "if " + name + prime + " comes from " + name + "'s value"
}

// overtakes is the number of examples from which on the activations are more than the parameters.
func (f *memoryFacts) overtakes(axis string) (shape.Quantity, bool) {
	return study.Overtake(f.activation, f.params, axis)
}

func (m *memory) overtake(f *memoryFacts, d *memoryData) {
	if f.axis == "" {
		return
	}
	if q, ok := f.overtakes(f.axis); ok {
		x := m.in.amount(q)
		d.Overtake = &x
		m.page.say("activations are more than the parameters from %s = %s on", f.axis, m.in.line(q))
	}
}

// bytes are those of both types of numbers, once sizes are known.
func (m *memory) bytes(q shape.Quantity) string {
	v, ok := m.in.number(q)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s in float64, %s in float32", bytesText(times64(v, 8)), bytesText(times64(v, 4)))
}

func times64(v *big.Rat, n int64) *big.Rat { return new(big.Rat).Mul(v, big.NewRat(n, 1)) }

func (m *memory) allBytes(f *memoryFacts, d *memoryData) {
	d.Bytes = map[string]bytes2{}
	for name, q := range map[string]shape.Quantity{"parameters": f.params, "activations": f.activation, "prediction": f.prediction, "training": f.training} {
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
func (m *memory) checkpoints() {
	if m.depth != "" {
		m.checkpointsAnyDepth()
		return
	}
	f := m.own.footprint
	layers := f.Layers()
	if len(layers) < 3 {
		return
	}
	t := m.page.table()
	t.row(fmt.Sprintf("checkpointing over %d layers", len(layers)), "activations", "", "operations more")
	for k := 1; k <= len(layers); k *= 2 {
		c := f.Checkpoint(layers, k, m.in.size)
		name := fmt.Sprintf("  every %d", k)
		if k == 1 {
			name, c.Activation, c.Extra = "  every layer kept", f.Activation, study.Work{}
		}
		extra := c.Extra.Operations()
		m.d.Checkpoints = append(m.d.Checkpoints, checkpointLine{Every: k, Activations: m.in.amount(c.Activation), Extra: m.in.amount(extra)})
		t.add(plain(name), m.in.cell(c.Activation), plain(m.in.value(c.Activation)), m.in.cell(extra), plain(m.in.value(extra)))
	}
}

// checkpointsAnyDepth is keeping the values of every k-th of any number of layers that k divides: for k layers j times
// both grow by the same amount with every j for a k, and with every k for a j.
func (m *memory) checkpointsAnyDepth() {
	points := [][2]int64{{2, 2}, {2, 3}, {3, 2}, {3, 3}, {2, 4}, {4, 2}, {4, 3}}
	var memory, extra []shape.Sample
	for _, p := range points {
		k, j := p[0], p[1]
		layers := int64(-1)
		for depth := max(1, k*j-3); depth <= k*j && layers != k*j; depth++ {
			_ = m.atDepth(m.depth, depth, func() *lang.Error {
				own, _, err := m.facts()
				if err != nil {
					return err
				}
				ls := own.footprint.Layers()
				if layers = int64(len(ls)); layers == k*j {
					c := own.footprint.Checkpoint(ls, int(k), m.in.size)
					basis := []*big.Rat{big.NewRat(1, 1), big.NewRat(j, 1), big.NewRat(k, 1), big.NewRat(j*k, 1)}
					memory, extra = append(memory, shape.Sample{Basis: basis, Value: c.Activation}), append(extra, shape.Sample{Basis: basis, Value: c.Extra.Operations()})
				}
				return nil
			})
		}
		if layers != k*j {
			return
		}
	}
	layers, every := m.own.w.freeName("L"), m.own.w.freeName("k")
	L, k := shape.Symbol(layers), shape.Symbol(every)
	basis := []shape.Quantity{shape.Integer(1), L.Div(k), k, L}
	a, ok1 := shape.Fit(basis, memory)
	x, ok2 := shape.Fit(basis, extra)
	if !ok1 || !ok2 {
		return
	}
	m.d.Checkpoints = append(m.d.Checkpoints, checkpointLine{Layers: layers, Activations: m.in.amount(a), Extra: m.in.amount(x)})
	t := m.page.table()
	t.row(fmt.Sprintf("checkpointing every %s of %s layers", every, layers), "activations", "operations more")
	t.add(plain(fmt.Sprintf("  where %s divides %s", every, layers)), m.in.cell(a), m.in.cell(x))
}

// evaluator is what the programs of this machine allocate, once sizes are known.
func (m *memory) evaluator() {
	if m.depth != "" {
		return
	}
	restore, err := m.batched()
	defer func() { restore() }()
	if err != nil {
		return
	}
	w := m.own.w
	predict, failed := m.program(m.own.footprint.Predicted)
	if failed != nil {
		return
	}
	g, failed := w.Objective.G.Grad(w.Objective, w.Parameters(), nil)
	if failed != nil {
		return
	}
	train, failed := m.program(append([]*symbolic.Expr{w.Objective}, g...))
	if failed != nil {
		return
	}
	m.d.Evaluator = &evaluatorMemory{predict.PeakBytes(), train.PeakBytes()}
	m.page.say("this evaluator allocates beside the inputs, in %v and for %s: predicting %s, the objective with its gradient %s; what its loops and products of matrices work in is counted",
		predict.Type, counted(m.state.settings.Threads, "thread", "threads"), bytesText(big.NewRat(predict.PeakBytes(), 1)), bytesText(big.NewRat(train.PeakBytes(), 1)))
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
