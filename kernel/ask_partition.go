package kernel

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic/draw"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

func init() {
	register(&Report{
		Name: "partition", Args: "J, k, [W1, W2], \"f.svg\", microbatches=m, limit=bytes, batch=n",
		Doc: "partition(J, k) splits the computation of a gradient over k devices: as a pipeline of stages, along every axis whose cutting preserves the value, over the examples, " +
			"and over microbatches on one device; a pipeline also takes its examples microbatch by microbatch, by two schedules, which a picture shows in time. It says what each device holds and does, which numbers are sent and where, and carries every split out on k goroutines with small sizes: " +
			"the gradients must equal those of one device, and the messages must have as many numbers as the formula says. With sizes it recommends one, with limit=16e9 for devices of so many bytes. A file name in quotes (svg, png) is where the picture is written.",
		Example: "x : R[d]; W : R[h,d]\nlatex(W x)\n\t\\mathbf{W} \\mathbf{x}",
		Run:     runPartition,
	})
}

// partitionData is the data of partition(J, k).
type partitionData struct {
	Parts        int               `json:"devices"`
	One          amount            `json:"one_device"`
	Splits       []splitLine       `json:"splits"`
	Refused      map[string]string `json:"refused"`
	Bubble       amount            `json:"bubble"`
	BubbleAt     *amount           `json:"bubble_at_microbatches"`
	Schedules    []scheduleLine    `json:"schedules"`
	Recommended  string            `json:"recommended"`
	Why          string            `json:"why"`
	Microbatches int               `json:"microbatches"`
	Gradient     *stopwatch        `json:"one_device_time"` // of the gradient on this machine, where the sizes are known
}

// splitLine is one way to split.
type splitLine struct {
	Kind      string         `json:"kind"` // pipeline, tensor, data, accumulation
	Axis      string         `json:"axis"`
	Memory    []amount       `json:"memory"` // of each device, in numbers
	Work      []amount       `json:"operations"`
	Transfers []transferLine `json:"transfers"`
	Sent      amount         `json:"sent"`
	Time      amount         `json:"time"`        // in operations, one after another
	Estimate  *Float         `json:"estimated_s"` // the same in seconds of this machine, without the time of sending
	Executed  *executed      `json:"executed"`
}

// scheduleLine is a pipeline that takes the examples microbatch by microbatch.
type scheduleLine struct {
	Name     string    `json:"name"` // all forward first, one by one
	Held     []int     `json:"microbatches_held"`
	Memory   []amount  `json:"memory"` // of each device, in numbers
	Micro    int       `json:"executed_microbatches"`
	Steps    int       `json:"executed_steps"` // of one microbatch in one stage, either way
	Waits    *Float    `json:"executed_bubble"`
	Executed *executed `json:"executed"`
}

// transferLine is what is sent.
type transferLine struct {
	Value string `json:"value"`
	From  int    `json:"from"` // devices are counted from 1; 0: all exchange
	To    int    `json:"to"`
	Sent  amount `json:"sent"`
}

// executed says what came of carrying a split out.
type executed struct {
	Equal   bool  `json:"equal"`
	Sent    int64 `json:"sent"`
	Formula Float `json:"formula"`
}

// right says that the gradients were those of one device, and the numbers sent those of the formula.
func (x *executed) right() bool { return x.Equal && float64(x.Sent) == float64(x.Formula) }

// A partition is one answer under way.
type partition struct {
	*ask
	w     *view
	at    lang.Expr // the number of devices, as it was written
	in    ruler
	files []*lang.String // where the picture is written
	tape  *study.Tape
	f     *study.Footprint
	k, m  int
	d     partitionData
	best  []candidate
	rows  *table // of the splits, on a page
	sheet
	show live
}

// A candidate is a split that may be recommended.
type candidate struct {
	name   string
	memory shape.Quantity
	sent   shape.Quantity
}

func runPartition(a *ask) (*Result, *lang.Error) {
	files := a.withoutFiles()
	if err := a.allow(1, 3, "microbatches", "limit", "batch"); err != nil {
		return nil, err
	}
	if _, err := a.limit(); err != nil {
		return nil, err
	}
	for _, f := range files {
		if _, err := a.format(timelineFormats(nil), f); err != nil {
			return nil, err
		}
	}
	asked := *a
	k, err := a.parts()
	if err != nil {
		return nil, err
	}
	at := a.positional()[1]
	a.call = a.withoutDevices()
	restore, err := a.batched()
	defer func() { restore() }()
	if err != nil {
		return nil, err
	}
	w, err := a.objective(at)
	if err != nil {
		return nil, err
	}
	roles := w.roleNote(&asked)
	if _, ok := w.BatchAxis(); !ok && len(w.Examples()) > 0 {
		if b, back, ok := a.tryBatch(w, at); ok {
			w, restore = b, back
		}
	}
	p, err := a.partition(w, k)
	if err != nil {
		return nil, err
	}
	p.at, p.files = at, files
	if roles != "" {
		w.notes = append(w.notes, roles)
	}
	defer p.show.done()
	return p.answer()
}

// withoutFiles takes the names of files, which stand in quotes, from the arguments.
func (a *ask) withoutFiles() []*lang.String {
	var files []*lang.String
	call := *a.call
	call.Args = slices.DeleteFunc(slices.Clone(call.Args), func(x lang.Arg) bool {
		f, ok := x.X.(*lang.String)
		if ok = ok && x.Name == nil; ok {
			files = append(files, f)
		}
		return ok
	})
	a.call = &call
	return files
}

// withoutDevices is the question without the number of devices, its second argument.
func (a *ask) withoutDevices() *lang.Call {
	call := *a.call
	k := a.positional()[1]
	call.Args = slices.DeleteFunc(slices.Clone(a.call.Args), func(x lang.Arg) bool { return x.X == k })
	return &call
}

// objective is the model asked about; the fixes of a refusal keep the number of devices, which was written at.
func (a *ask) objective(at lang.Expr) (*view, *lang.Error) {
	w, err := a.model()
	if err != nil {
		for i, f := range err.Fixes {
			if call, ok := strings.CutSuffix(f.Text, ")"); ok && strings.HasPrefix(call, a.call.Fn.Name+"(") {
				err.Fixes[i].Text = call + ", " + a.written(at) + ")"
			}
		}
		return nil, err
	}
	return w, a.depthKnown()
}

// tryBatch goes on with a batch of a model of one example, where that is possible.
func (a *ask) tryBatch(w *view, at lang.Expr) (*view, func(), bool) {
	n := w.freeDimension(a.ruler())
	back := a.asBatch(w, n)
	b, err := a.objective(at)
	if err != nil {
		back()
		return nil, nil, false
	}
	b.notes = append(b.notes, "for a batch of "+n+" examples")
	return b, back, true
}

// parts is how many devices there are.
func (a *ask) parts() (int, *lang.Error) {
	if len(a.positional()) < 2 {
		e := a.errorf("E373", a.call, "partition needs the number of devices")
		e.Fixes = append(e.Fixes, lang.Fix{Text: fmt.Sprintf("partition(%s, 2)", a.source(a.positional()[0]))})
		return 0, e
	}
	x := a.positional()[1]
	v, err := a.state.scope.Expr(x)
	if err != nil {
		return 0, err
	}
	k := 0
	if !v.IsList() && v.Hole == nil {
		if r, ok := v.Expr.Body().AsConst(); ok && r.IsInt() && r.Num().IsInt64() {
			k = int(r.Num().Int64())
		}
	}
	if k < 2 || k > 1024 {
		e := a.errorf("E373", x, "the number of devices should be a whole number from 2 to 1024")
		J, _ := a.printer().Tree(a.positional()[0])
		e.Fixes = append(e.Fixes, lang.Fix{Text: fmt.Sprintf("partition(%s, 2)", J)})
		return 0, e
	}
	return k, nil
}

func (a *ask) partition(w *view, k int) (*partition, *lang.Error) {
	m, err := a.integer("microbatches", 4*k)
	if err != nil {
		return nil, err
	}
	if m < 1 {
		e := a.errorf("E325", a.named("microbatches"), "microbatches should be at least 1")
		e.Fixes = append(e.Fixes, lang.Fix{Text: a.replaced(a.named("microbatches"), fmt.Sprint(4*k))})
		return nil, e
	}
	tape, err := a.tape(w)
	if err != nil {
		return nil, err
	}
	p := &partition{ask: a, w: w, in: a.ruler(), tape: tape, f: study.FootprintOf(tape, nil), k: k, m: m, show: a.live("partition")}
	p.d = partitionData{Parts: k, Refused: map[string]string{}, Microbatches: m, Splits: []splitLine{}}
	return p, nil
}

func (p *partition) answer() (*Result, *lang.Error) {
	one := p.f.Params.Times(2).Add(p.f.Activation)
	p.d.One = p.in.amount(one)
	p.say("in numbers, for parameters, gradients, and what the reverse sweep reads, without the targets:")
	p.note("one device holds %s", p.in.line(one))
	p.rows = p.pageTable()
	p.rows.head = true
	p.rows.row("split", "device", "holds", "operations", "sends", "")
	p.row("none", "1", one, p.tape.Work(), "nothing", nil)
	p.best = append(p.best, candidate{"one device", one, shape.Quantity{}})
	p.pipeline()
	p.axes()
	if len(p.d.Splits) == 0 {
		return nil, p.impossible()
	}
	p.minibatch()
	p.times()
	if err := p.recommend(); err != nil {
		return nil, err
	}
	drawn, err := p.draw()
	if err != nil {
		return nil, err
	}
	res := p.sheet.answer(p.d, p.w.notes)
	res.Media = append(drawn, res.Media...)
	return res, nil
}

// draw makes the picture of a pipeline in time, and writes it where that is asked for.
func (p *partition) draw() ([]Media, *lang.Error) {
	if p.d.BubbleAt == nil {
		if len(p.files) > 0 {
			return nil, p.errorf("E363", p.files[0], "there is no picture: this model has no examples that a pipeline takes microbatch by microbatch")
		}
		return nil, nil
	}
	t := timeline{stages: p.k, micro: p.m, ascii: p.w.ascii}
	media, err := p.pictured(t)
	if err != nil || len(p.files) == 0 {
		return media, err
	}
	written, err := p.writePictures(timelineFormats(t.drawn()), p.files)
	p.say("the picture of the pipeline is in %s", strings.ReplaceAll(written, "\n", ", "))
	return media, err
}

// timelineFormats are how the picture of a pipeline is written.
func timelineFormats(d *draw.Timeline) pictureFormats {
	return pictureFormats{".svg": func() ([]byte, error) { return d.SVG(), nil }, ".png": d.PNG}
}

// pictured puts a timeline into the report, and makes it a picture.
func (p *partition) pictured(t timeline) ([]Media, *lang.Error) {
	d := t.drawn()
	svg := d.SVG()
	p.picture(picture{text: t.text(), alt: "a pipeline in time: " + t.size(), svg: svg})
	media := []Media{{MIME: "image/svg+xml", Data: svg}}
	if p.opts.TextOnly {
		return media, nil
	}
	png, err := d.PNG()
	if err != nil {
		return nil, p.errorf("E362", p.call, "%v", err)
	}
	return append(media, Media{MIME: "image/png", Data: png, Scale: d.PNGScale()}), nil
}

// row is one device of a split in the table of a page.
func (p *partition) row(split, device string, holds shape.Quantity, work study.Work, sends string, sent *shape.Quantity) {
	last := plain("")
	if sent != nil {
		last = p.valued(*sent)
	}
	p.rows.add(plain(split), plain(device), p.valued(holds), p.valued(work.Operations()), plain(sends), last)
}

// valued is a formula with its number.
func (p *partition) valued(q shape.Quantity) cell {
	c := p.in.cell(q)
	if v := p.in.value(q); v != "" {
		c.text += " " + v
		c.latex += strings.ReplaceAll(v, " ", `\,`)
	}
	return c
}

// sends are further rows of a device: what it sends besides.
func (p *partition) sends(what string, sent amount) {
	p.rows.add(plain(""), plain(""), plain(""), plain(""), plain(what), cell{sent.Formula, sent.LaTeX})
}

// times says how long each split takes beside one device: by the operations, and in seconds of this machine where the
// sizes are known.
func (p *partition) times() {
	one := p.tape.Work().Operations()
	c := &costing{ask: p.ask, in: p.in, e: p.w.Objective, w: p.w}
	c.clock()
	if x, ok := c.d.Times["gradient"]; ok {
		p.d.Gradient = &x
		text := "the gradient on one device takes about " + duration(float64(x.Estimate)) + " by the speed of this machine"
		if x.Measured != nil {
			text += ", measured " + duration(float64(*x.Measured))
		}
		p.say("%s", text)
	}
	for i := range p.d.Splits {
		p.time(&p.d.Splits[i], one)
	}
}

// time is what the operations of one split take of the time of one device.
func (p *partition) time(l *splitLine, one shape.Quantity) {
	if p.d.Gradient == nil || l.Time.Value == nil {
		return
	}
	whole, ok := p.in.number(one)
	if !ok || whole.Sign() == 0 {
		return
	}
	w, _ := whole.Float64()
	share := float64(*l.Time.Value) / w
	s := Float(share * float64(p.d.Gradient.Estimate))
	l.Estimate = &s
	text := ""
	if m := p.d.Gradient.Measured; m != nil {
		text = ", " + duration(share*float64(*m)) + " by the time measured"
	}
	name := l.Kind
	if l.Axis != "" && l.Kind != "accumulation" {
		name += " along " + l.Axis
	}
	p.say("  %s: about %s%s, without the time of sending", name, duration(float64(s)), text)
}

// impossible says how far the model can be split.
func (p *partition) impossible() *lang.Error {
	e := p.errorf("E373", p.at, "the model cannot be split into %d parts", p.k)
	for axis, why := range p.d.Refused {
		e.Details = append(e.Details, axis+": "+why)
	}
	if n := p.tape.Stages(); n >= 2 {
		J, _ := p.w.Tree(p.positional()[0])
		e.Fixes = append(e.Fixes, lang.Fix{Text: fmt.Sprintf("partition(%s, %d)", J, n)})
	}
	return e
}

// pipeline is the split into stages.
func (p *partition) pipeline() {
	s, err := p.tape.Pipeline(p.k, p.in.size)
	if err != nil {
		p.d.Refused["pipeline"] = err.Error()
		p.say("pipeline: not in %d stages, %v", p.k, err)
		return
	}
	l := p.splitLine("pipeline", s)
	p.say("pipeline of %d stages, cut where the fewest numbers cross between stages of like size:", p.k)
	for i := range p.k {
		p.note("  device %d: %s; holds %s; %s operations", i+1, strings.Join(p.on(s, i), ", "), p.in.line(s.Memory[i]), p.in.line(s.Work[i].Operations()))
		p.row([]string{"pipeline", ""}[min(i, 1)], fmt.Sprintf("%d: %s", i+1, strings.Join(p.on(s, i), ", ")), s.Memory[i], s.Work[i], "", nil)
		for _, t := range l.Transfers {
			if t.From == i+1 {
				p.sends(fmt.Sprintf("%s to %d", t.Value, t.To), t.Sent)
			}
		}
	}
	for _, t := range l.Transfers {
		p.note("  sends %s from %d to %d: %s", t.Value, t.From, t.To, t.Sent.Formula)
	}
	l.Time = p.in.amount(study.PipelineTime(p.stageTimes(s), int64(p.m)))
	p.finish(l, s, "the pipeline", s.Run, s.Sent())
	p.microbatches(s)
}

// stageTimes are the operations of each stage for one microbatch.
func (p *partition) stageTimes(s *study.Split) []shape.Quantity {
	out := make([]shape.Quantity, s.Parts)
	for i := range out {
		out[i] = s.Work[i].Operations().Scale(big.NewRat(1, int64(p.m)))
	}
	return out
}

// mostTried is the most microbatches that a pipeline is carried out with.
const mostTried = 64

// microbatches is the pipeline in time: it needs examples that can be taken some at a time.
func (p *partition) microbatches(s *study.Split) {
	axis, ok := p.w.BatchAxis()
	if !ok {
		return
	}
	if cut, err := p.tape.SplitAxis(axis, 2); err != nil || !cut.Independent() {
		p.say("  not microbatch by microbatch: the %s examples are not independent", axis)
		return
	}
	bubble := shape.Symbol("P").Sub(shape.Integer(1)).Div(shape.Symbol("m").Add(shape.Symbol("P")).Sub(shape.Integer(1)))
	at := p.in.amount(study.Bubble(int64(p.k), int64(p.m)))
	p.d.Bubble, p.d.BubbleAt = amount{bubble.String(), bubble.LaTeX(), nil}, &at
	p.say("  in m microbatches of the %s examples, their gradients accumulated, every device waits for (P - 1)/(m + P - 1) of the time, if its P stages take equally long: %s for m = %d", axis, at.Formula, p.m)
	p.say("  stages of different length take Σt + (m - 1) max t, with t the operations of each for one microbatch: %s%s", p.in.line(study.PipelineTime(p.stageTimes(s), int64(p.m))), p.fasterText(s))
	for _, plan := range []study.Schedule{{Axis: axis, Micro: p.m}, {Axis: axis, Micro: p.m, OneByOne: true}} {
		l, err := p.scheduleLine(s, plan)
		if err != nil {
			p.say("    not carried out: %v", err)
			return
		}
		p.d.Schedules = append(p.d.Schedules, l)
		if !plan.OneByOne {
			p.say("    all of them forward before the first goes back: %s", l.outcome())
			continue
		}
		p.say("    one by one, each back as soon as it can: %s", l.outcome())
		for i, held := range l.Held {
			if held < p.m {
				p.say("      device %d holds %d of %d microbatches at most: %s", i+1, held, p.m, l.Memory[i].line())
			}
		}
	}
}

// fasterText is how many times as fast as one device the pipeline is, where the sizes are known.
func (p *partition) fasterText(s *study.Split) string {
	t := p.stageTimes(s)
	took, ok := p.in.number(study.PipelineTime(t, int64(p.m)))
	one, known := p.in.number(shape.Quantity{}.Add(t...).Times(int64(p.m)))
	if !ok || !known || took.Sign() == 0 {
		return ""
	}
	f, _ := new(big.Rat).Quo(one, took).Float64()
	return fmt.Sprintf("; %.3g times as fast as one device", f)
}

// scheduleLine carries a schedule out, with as many microbatches as can be tried.
func (p *partition) scheduleLine(s *study.Split, plan study.Schedule) (scheduleLine, error) {
	l := scheduleLine{Name: "all forward first"}
	if plan.OneByOne {
		l.Name = "one by one"
	}
	for i := range p.k {
		held := plan.Holds(i, p.k)
		once := s.Params[i].Times(2)
		l.Held = append(l.Held, held)
		l.Memory = append(l.Memory, p.in.amount(once.Add(s.Memory[i].Sub(once).Scale(big.NewRat(int64(held), int64(p.m))))))
	}
	plan.Micro = min(plan.Micro, mostTried)
	l.Micro = plan.Micro
	x, err := p.execute(s, func(ctx context.Context, b lower.Bindings) (*study.Execution, error) {
		x, err := s.RunMicrobatches(ctx, b, plan)
		if err == nil {
			l.Steps = x.Steps
		}
		return x, err
	}, s.Sent())
	if err == nil {
		waits := Float(1 - float64(2*plan.Micro)/float64(l.Steps))
		l.Executed, l.Waits = x, &waits
	}
	return l, err
}

// outcome says what came of carrying a schedule out.
func (l scheduleLine) outcome() string {
	if !l.Executed.right() {
		return fmt.Sprintf("carried out: the gradients DIFFER, or %d numbers were sent where the formula says %v", l.Executed.Sent, l.Executed.Formula)
	}
	return fmt.Sprintf("carried out with %d: %d steps, of which each device worked %d and waited %s; the gradients are those of one device to 1e-12, and %d numbers were sent",
		l.Micro, l.Steps, 2*l.Micro, big.NewRat(int64(l.Steps-2*l.Micro), int64(l.Steps)).RatString(), l.Executed.Sent)
}

// on are the variables of a stage.
func (p *partition) on(s *study.Split, stage int) []string {
	var out []string
	for _, e := range append(p.w.Model.Parameters(), p.tape.Ops...) {
		if n := p.tape.Named[e]; n != nil {
			if at, ok := s.Home(e); ok && at == stage {
				out = append(out, p.w.spelled(p.w.name(n)))
			}
		} else if at, ok := s.Home(e); ok && at == stage && p.w.name(e) != "" {
			out = append(out, p.w.spelled(p.w.name(e)))
		}
	}
	return out
}

// axes are the splits along every axis that allows one.
func (p *partition) axes() {
	batch, _ := p.w.BatchAxis()
	for _, axis := range p.tape.Axes() {
		s, err := p.tape.SplitAxis(axis, p.k)
		if n, ok := p.in.size(axis); err == nil && ok && n < p.k {
			err = fmt.Errorf("it has %d entries only", n)
		}
		if err != nil {
			p.d.Refused[axis] = err.Error()
			p.say("not along %s: %v", axis, err)
			continue
		}
		kind, title := "tensor", "every tensor cut along "+axis
		if axis == batch {
			kind, title = "data", "data parallel, the examples cut along "+axis
		}
		l := p.splitLine(kind, s)
		p.say("%s:", title)
		p.note("  each device holds %s; %s operations", p.in.line(s.Memory[0]), p.in.line(s.Work[0].Operations()))
		p.row(kind+" along "+axis, "each", s.Memory[0], s.Work[0], "", nil)
		for _, r := range alike(l.Transfers) {
			p.note("  all exchange %s summed around a ring: %s, each device one part in %d of it", r.text(), r[0].Sent.Formula, p.k)
			p.sends(r.text()+" around a ring, all devices together", r[0].Sent)
		}
		l.Time = l.Work[0]
		p.finish(l, s, kind+" along "+axis, s.Run, s.Sent())
		if kind == "data" {
			p.accumulation(s)
		}
	}
}

// An exchange is transfers of one size that follow each other.
type exchange []transferLine

// alike are the transfers, those of one size together.
func alike(ts []transferLine) []exchange {
	var out []exchange
	for _, t := range ts {
		if n := len(out) - 1; n >= 0 && out[n][0].Sent.Formula == t.Sent.Formula {
			out[n] = append(out[n], t)
			continue
		}
		out = append(out, exchange{t})
	}
	return out
}

// text are the values of an exchange; of many, the first and the last.
func (r exchange) text() string {
	switch n := len(r); {
	case n == 1:
		return r[0].Value + ","
	case n <= 3:
		names := make([]string, n)
		for i, t := range r {
			names[i] = t.Value
		}
		return strings.Join(names, ", ") + ", each"
	default:
		return fmt.Sprintf("%s … %s, %d values, each", r[0].Value, r[n-1].Value, n)
	}
}

// accumulation is one device that takes the examples part by part.
func (p *partition) accumulation(s *study.Split) {
	if !s.Independent() {
		p.say("gradients cannot be accumulated over microbatches of the %s examples: the examples are not independent", s.Axis)
		return
	}
	l := p.splitLine("accumulation", s)
	l.Transfers, l.Sent = []transferLine{}, p.in.amount(shape.Quantity{})
	l.Memory, l.Work = l.Memory[:1], []amount{p.in.amount(s.Work[0].Operations().Times(int64(p.k)))}
	p.say("gradients accumulated over %d microbatches of the %s examples, on one device, weighed by their numbers of examples:", p.k, s.Axis)
	p.row("accumulation", "1", s.Memory[0], p.tape.Work(), "nothing", nil)
	l.Time = l.Work[0]
	p.note("  it holds %s, sends nothing, and takes %d times as long as %d devices", p.in.line(s.Memory[0]), p.k, p.k)
	p.finish(l, s, "accumulation", s.Accumulate, shape.Quantity{})
}

func (p *partition) splitLine(kind string, s *study.Split) splitLine {
	l := splitLine{Kind: kind, Axis: s.Axis, Sent: p.in.amount(s.Sent()), Transfers: []transferLine{}}
	for i := range s.Parts {
		l.Memory = append(l.Memory, p.in.amount(s.Memory[i]))
		l.Work = append(l.Work, p.in.amount(s.Work[i].Operations()))
	}
	for _, t := range s.Transfers {
		x := transferLine{Value: p.transferred(t), Sent: p.in.amount(t.Total)}
		if s.Axis == "" {
			x.From, x.To = t.From+1, t.To+1
		}
		l.Transfers = append(l.Transfers, x)
	}
	return l
}

// transferred is h, or ∂J/∂h.
func (p *partition) transferred(t study.Transfer) string {
	e := t.Value
	if n := p.tape.Named[e]; n != nil {
		e = n
	}
	name := p.w.name(e)
	switch {
	case name == "" && t.Backward:
		return "the cotangent of " + shortened(p.w.Text(e))
	case name == "":
		return shortened(p.w.Text(e))
	case t.Backward:
		text, _ := p.w.Tree(p.w.derivativeTree(p.w.Objective, e))
		return text
	}
	return p.w.spelled(name)
}

// finish carries the split out, and remembers it.
func (p *partition) finish(l splitLine, s *study.Split, name string, run runner, sent shape.Quantity) {
	if p.show.due() {
		p.show.show(fmt.Sprintf("partition: %s carried out, now %s", counted(len(p.d.Splits), "split", "splits"), name))
	}
	x, err := p.execute(s, run, sent)
	l.Executed = x
	total := "sent in all: " + p.in.line(sent)
	if sent.IsZero() {
		total = "nothing is sent"
	}
	switch {
	case err != nil:
		p.say("  %s; not carried out: %v", total, err)
	case x.right():
		p.say("  %s; carried out: the gradients are those of one device to 1e-12, and %d numbers were sent, as the formula says for these sizes", total, x.Sent)
	default:
		p.say("  %s; carried out: the gradients DIFFER, or %d numbers were sent where the formula says %v", total, x.Sent, x.Formula)
	}
	worst := s.Memory[0]
	for _, m := range s.Memory[1:] {
		if p.above(m, worst) {
			worst = m
		}
	}
	p.d.Splits = append(p.d.Splits, l)
	if err == nil && !x.right() {
		return // it is not what it should be
	}
	p.best = append(p.best, candidate{name, worst, sent})
}

// above says that q is more than r for the sizes known.
func (p *partition) above(q, r shape.Quantity) bool {
	a, ok1 := p.in.number(q)
	b, ok2 := p.in.number(r)
	return ok1 && ok2 && a.Cmp(b) > 0
}

// largestTried is the most operations of a model that is carried out.
const largestTried = 400

// execute carries a split out with small sizes and random values.
func (p *partition) execute(s *study.Split, run runner, sent shape.Quantity) (*executed, error) {
	if len(p.tape.Ops) > largestTried || p.k > 16 {
		return nil, errors.New("it is too large to try")
	}
	var failed error
	for _, how := range study.Draws {
		r := rand.New(rand.NewPCG(5, 3))
		b, err := study.Rehearsal(r, p.w.Model, p.smallSizes(), how)
		if err != nil {
			return nil, err
		}
		proof, err := s.Verify(p.ctx, b, run)
		if err != nil {
			failed = err
			continue
		}
		want, err := sent.Eval(func(n string) (int, bool) { return b.Dims.Size(shape.Name(n)) })
		if err != nil {
			return nil, err
		}
		f, _ := want.Float64()
		return &executed{Equal: true, Sent: proof.Sent, Formula: Float(f)}, nil
	}
	return nil, failed
}

// smallSizes are different for every dimension, and large enough to be cut: the examples into microbatches, unequal ones.
func (p *partition) smallSizes() func(string) int {
	batch, _ := p.w.BatchAxis()
	next := p.k
	return func(name string) int {
		next++
		if name == batch {
			return max(next, min(p.m, mostTried)+1)
		}
		return next
	}
}

// minibatch compares with a smaller minibatch on one device.
func (p *partition) minibatch() {
	n, ok := p.w.BatchAxis()
	if !ok {
		return
	}
	fixed := p.f.Params.Times(2)
	p.say("a smaller minibatch on one device shrinks %s only: it helps where %s and one example, %s, fit; it sends nothing and waits for nothing, but its gradient is noisier, by the variance of one example over %s, and needs a smaller step",
		p.in.text(p.f.Activation), p.in.text(fixed), p.in.text(p.f.Activation.Replace(map[string]shape.Quantity{n: shape.Integer(1)})), n)
}

// recommend names a split where sizes are known.
func (p *partition) recommend() *lang.Error {
	limit, err := p.limit()
	if err != nil {
		return err
	}
	bytes := func(c candidate) (*big.Rat, bool) {
		v, ok := p.in.number(c.memory)
		if !ok {
			return nil, false
		}
		return new(big.Rat).Mul(v, big.NewRat(8, 1)), true
	}
	var best *candidate
	for i, c := range p.best {
		size, ok := bytes(c)
		if !ok {
			if limit != nil {
				return p.unsized(p.named("limit"), c.memory, "")
			}
			p.say("once the dimensions have sizes, one of them is recommended; limit=16e9 says how many bytes a device has")
			return nil
		}
		switch {
		case limit != nil && size.Cmp(limit) > 0:
		case limit == nil && i == 0:
		case best == nil, limit == nil && p.above(best.memory, c.memory), limit != nil && p.above(best.sent, c.sent):
			best = &p.best[i]
		}
	}
	if best == nil {
		p.d.Why = "no split into so many parts fits; the parameters may be too many: more devices, or fewer bytes per number"
		p.say("recommended: none: %s", p.d.Why)
		return nil
	}
	size, _ := bytes(*best)
	p.d.Recommended = best.name
	p.d.Why = fmt.Sprintf("its largest device holds the least, %s in float64", bytesText(size))
	if limit != nil {
		p.d.Why = fmt.Sprintf("of those that fit in %s it sends the least, %s numbers; it takes %s in float64", bytesText(limit), p.sentText(best.sent), bytesText(size))
	}
	p.say("recommended: %s: %s", best.name, p.d.Why)
	return nil
}

func (p *partition) sentText(q shape.Quantity) string {
	v, ok := p.in.number(q)
	if !ok {
		return p.in.text(q)
	}
	return grouped(v)
}

// A runner carries a split out.
type runner = func(ctx context.Context, b lower.Bindings) (*study.Execution, error)
