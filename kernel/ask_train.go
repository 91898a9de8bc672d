package kernel

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"unicode/utf8"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/numeric"
	"nabla/numeric/chart"
	"nabla/numeric/train"
	"nabla/symbolic"
	"nabla/symbolic/lower"
)

func init() {
	register(
		&Report{
			Name: "train", Args: `J, [W1, W2], lr=0.1, epochs=10, batch=n, size=32, seed=0, momentum=0, decay=0, optimizer="sgd"`,
			Doc: "train(J, [W1, W2], …) minimizes J by the variables given, which keep their new values. Forward and backward passes " +
				"alternate: all gradients are computed from the parameters before the update. batch=n names the dimension that counts " +
				"examples, size=32 how many go into one step, or batch=32 says both where only one dimension can be meant; without it " +
				"all examples go into each step. optimizer is sgd, adam, lbfgs or newton. Ctrl-C stops after the step and keeps what was learned.",
			Example: "w : R\nw := 4\ntrain((w - 1)^2, w, lr=0.25, epochs=60)\neval(w)\n\t1",
			Run:     runTrain,
		},
		&Report{
			Name: "gradcheck", Args: "J, [W1, W2]",
			Doc: "gradcheck(J) compares the gradients of J with central differences, for the variables given or for all that J mentions; " +
				"the error is relative to the largest entry.",
			Example: "w : R\nw := 2\ngradcheck(w^3)\n\tw  R  1 entry   error 0",
			Run:     runGradcheck,
		},
	)
}

// withoutParameters refuses train(J), naming the parameters that J seems to have.
func (a *ask) withoutParameters() *lang.Error {
	w, err := a.modelOf(nil)
	if err != nil {
		return err
	}
	e := a.errorf("E320", a.call, "train needs the variables to train by: train(J, [W1, W2])")
	if names := w.families(w.Parameters()); len(names) > 0 {
		text := a.withParameters(names)
		for _, x := range a.call.Args {
			if x.Name != nil {
				text = strings.TrimSuffix(text, ")") + ", " + x.Name.Raw + "=" + a.source(x.X) + ")"
			}
		}
		a.offer(e, "", text)
	}
	return e
}

// newProblem compiles J with its gradients. dim is the dimension that counts examples; "": there is none.
func (a *ask) newProblem(at lang.Node, j *symbolic.Expr, params []*symbolic.Expr, dim string) (*lower.Task, *lang.Error) {
	a.state.useThreads()
	p, err := lower.Training(j, params, dim, a.state.bindings())
	if err == nil {
		return p, nil
	}
	var not *lower.NotTrainable
	if errors.As(err, &not) {
		return nil, a.errorf("E350", at, "%v", err)
	}
	e := a.evaluationError(at, err)
	if g, failed := j.G.Grad(j, params, nil); failed == nil {
		a.sayWhatFits(e, at, append([]*symbolic.Expr{j}, g...))
	}
	if e.Code == "E308" {
		e.Code = "E214"
	}
	return nil, e
}

func runTrain(a *ask) (*Result, *lang.Error) {
	if len(a.positional()) == 1 {
		return nil, a.withoutParameters()
	}
	if err := a.allow(2, 2, "lr", "epochs", "batch", "size", "seed", "momentum", "decay", "optimizer"); err != nil {
		return nil, err
	}
	v, err := a.scalar(0)
	if err != nil {
		return nil, err
	}
	params, err := a.names(a.positional()[1])
	if err != nil {
		return nil, err
	}
	o, err := a.trainOptions()
	if err != nil {
		return nil, err
	}
	dim, size, err := a.batch(v.Expr, params)
	if err != nil {
		return nil, err
	}
	o.Batch = size
	p, err := a.newProblem(a.positional()[0], v.Expr, params, dim)
	if err != nil {
		return nil, err
	}
	a.patient.Store(true)
	show := a.progress()
	o.Progress = show.step
	start := time.Now()
	res, terr := p.Run(a.ctx, o)
	show.done()
	var diverged *train.Diverged
	if terr != nil && !errors.As(terr, &diverged) {
		return nil, a.trainError(terr)
	}
	for i, w := range params {
		a.state.setValue(w, res.Params[i])
	}
	if err := a.trainedAgainst(params); err != nil {
		return nil, err
	}
	if diverged != nil {
		if err := a.divergedAt(v.Expr, params); err != nil {
			return nil, err
		}
	}
	return a.trained(res, diverged, time.Since(start)), nil
}

// kept says which parameters there are after training that diverged.
func kept(d *train.Diverged) string {
	if d.Step <= 1 {
		return "the parameters are as they were"
	}
	return fmt.Sprintf("the parameters are those that step %d left, and :undo brings back those before train", d.Step-1)
}

// divergedAt says, under :set nan error, which formula is NaN at the parameters as they are now.
func (a *ask) divergedAt(loss *symbolic.Expr, params []*symbolic.Expr) *lang.Error {
	if a.state.settings.NaN != "error" {
		return nil
	}
	grads, err := loss.G.Grad(loss, params, nil)
	if err != nil {
		return nil
	}
	_, e := a.evaluate(a.positional()[0], append([]*symbolic.Expr{loss}, grads...)...)
	if e != nil && e.Code == "E309" {
		e.Details = append(e.Details, "nothing was trained")
		return e
	}
	return nil
}

func (a *ask) trainError(err error) *lang.Error {
	if a.ctx.Err() != nil {
		return a.interrupted()
	}
	var option *train.OptionError
	if errors.As(err, &option) {
		return a.errorf("E325", a.named(option.Option), "%v", err)
	}
	e := a.evaluationError(a.call, err)
	if e.Code == "E308" {
		e.Code = "E351"
	}
	return e
}

func (a *ask) trainOptions() (o train.Options, err *lang.Error) {
	for _, x := range []struct {
		name string
		to   *float64
	}{{"lr", &o.LR}, {"momentum", &o.Momentum}, {"decay", &o.Decay}} {
		if *x.to, err = a.float(x.name, 0); err != nil {
			return o, err
		}
	}
	if o.Epochs, err = a.integer("epochs", 10); err != nil {
		return o, err
	}
	for _, x := range []struct {
		name string
		zero bool
	}{{"lr", o.LR == 0}, {"epochs", o.Epochs == 0}} { // 0 stands for the default where nothing is said
		if at := a.named(x.name); at != nil && x.zero {
			return o, a.errorf("E325", at, "%s cannot be 0", x.name)
		}
	}
	seed, err := a.integer("seed", 0)
	if err != nil {
		return o, err
	}
	o.Seed = uint64(seed)
	if o.Optimizer, err = a.text("optimizer", "sgd"); err != nil {
		return o, err
	}
	return o, a.refuseIdle(o.Optimizer)
}

// idle are the options that an optimizer does not read.
var idle = map[string][]string{
	"adam": {"momentum"}, "lbfgs": {"lr", "momentum", "batch", "size", "seed"}, "newton": {"lr", "momentum", "batch", "size", "seed"},
}

// refuseIdle refuses an option that the optimizer does not read, rather than leave it without effect.
func (a *ask) refuseIdle(optimizer string) *lang.Error {
	for _, name := range idle[optimizer] {
		at := a.named(name)
		if at == nil {
			continue
		}
		e := a.errorf("E325", at, "%s has no effect with %s", name, optimizer)
		switch {
		case name == "momentum":
			e.Details = []string{"momentum is an option of sgd"}
		case name == "lr":
			e.Details = []string{optimizer + " finds the length of each step itself"}
		default:
			e.Details = []string{optimizer + " takes all examples in every step"}
		}
		return e
	}
	return nil
}

// defaultBatch is how many examples go into one step where only the dimension is named.
const defaultBatch = 32

// batch is the dimension that counts examples and how many go into a step; 0 for all.
func (a *ask) batch(j *symbolic.Expr, params []*symbolic.Expr) (dim string, size int, err *lang.Error) {
	x := a.named("batch")
	if x == nil {
		if a.named("size") == nil {
			return "", 0, nil
		}
		dim, err = a.exampleDim(a.named("size"), j, params)
		if err == nil {
			size, err = a.integer("size", defaultBatch)
		}
		return dim, size, err
	}
	if n, ok := x.(*lang.Name); ok && a.state.scope.IsDim(n.Name) {
		if size, err = a.integer("size", defaultBatch); err == nil && size < 1 {
			err = a.errorf("E325", a.named("size"), "size is how many examples go into one step")
		}
		return n.Name, size, err
	}
	if size, err = a.integer("batch", 0); err != nil {
		return "", 0, err
	}
	if size < 1 {
		return "", 0, a.errorf("E325", x, "batch is a dimension, or how many examples go into one step")
	}
	dim, err = a.exampleDim(x, j, params)
	return dim, size, err
}

// exampleDim is the one dimension of the data that no parameter has.
func (a *ask) exampleDim(at lang.Node, j *symbolic.Expr, params []*symbolic.Expr) (string, *lang.Error) {
	free := lower.BatchDims(j, params, a.state.bindings())
	if len(free) == 1 {
		return free[0], nil
	}
	e := a.errorf("E352", at, "which dimension counts the examples? batch=n names it")
	for _, d := range free {
		e.Fixes = append(e.Fixes, lang.Fix{Text: "batch=" + d})
	}
	return "", e
}

// The line of a curve fits into columns signs, unless its numbers are long: it has at least minCurve signs itself.
const columns, minCurve = 80, 20

// trained is the report of a training run: the curve and where it ended.
func (a *ask) trained(res *train.Result, diverged *train.Diverged, took time.Duration) *Result {
	f := a.state.settings.Format
	out := &Result{Kind: KindReport, Data: map[string]any{"curve": res.Curve, "steps": res.Steps, "last": res.Last, "stopped": res.Stopped}}
	ended := fmt.Sprintf("%s in %s, loss %s", counted(res.Steps, "step", "steps"), roundDuration(took), f.Number(res.Last))
	out.Text = ended
	if len(res.Curve) > 0 {
		ends := fmt.Sprintf("  %s → %s", f.Number(res.Curve[0]), f.Number(res.Curve[len(res.Curve)-1]))
		width := max(minCurve, columns-len("  loss ")-utf8.RuneCountInString(ends))
		out.Text = "loss " + sparkline(res.Curve, width) + ends + "\n" + out.Text
	}
	if len(res.Curve) > 1 && !a.opts.TextOnly {
		media, err := pictures(lossChart(ended, res.Curve))
		if err != nil {
			out.Notes = append(out.Notes, "no picture of the curve: "+err.Error())
		}
		out.Media = media
	}
	switch {
	case diverged != nil:
		out.Notes = append(out.Notes, diverged.Error()+"; "+kept(diverged))
	case res.Stopped:
		out.Notes = append(out.Notes, "stopped; the parameters are those of the last whole step")
	case res.Why != "":
		out.Notes = append(out.Notes, res.Why)
	}
	return out
}

// sparkline draws a curve in one line of at most width signs.
func sparkline(y []float64, width int) string {
	const levels = "▁▂▃▄▅▆▇█"
	marks := []rune(levels)
	if len(y) > width {
		short := make([]float64, width)
		for i := range short {
			short[i] = y[i*(len(y)-1)/(width-1)]
		}
		y = short
	}
	lo, hi := slices.Min(y), slices.Max(y)
	var b strings.Builder
	for _, v := range y {
		k := 0
		if hi > lo {
			k = int((v - lo) / (hi - lo) * float64(len(marks)-1))
		}
		b.WriteRune(marks[min(max(k, 0), len(marks)-1)])
	}
	return b.String()
}

// A progressDisplay shows how far training is, with the losses so far.
type progressDisplay struct {
	live
	bar    *progressbar.ProgressBar
	losses []float64 // mean of each epoch
	epoch  int
	steps  int // of this epoch
	drawn  time.Time
	curve  []Media
}

func (j *job) progress() *progressDisplay { return &progressDisplay{live: j.live("train")} }

func (d *progressDisplay) step(p train.Progress) {
	d.count(p)
	if !d.due() {
		return
	}
	if d.bar == nil {
		d.bar = progressbar.NewOptions(p.Steps, progressbar.OptionSetWriter(discard{}), progressbar.OptionSetWidth(30),
			progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░", BarStart: "▕", BarEnd: "▏"}))
	}
	_ = d.bar.Set(p.Step)
	text := fmt.Sprintf("epoch %d/%d %s loss %s", p.Epoch, p.Epochs, strings.TrimSpace(strings.Trim(d.bar.String(), "\r")), d.job.state.settings.Format.Number(p.Loss))
	d.draw(text)
	d.show(text, d.curve...)
}

// count keeps the mean loss of every epoch, and of the part of this one that is done.
func (d *progressDisplay) count(p train.Progress) {
	if p.Epoch != d.epoch {
		d.epoch, d.steps = p.Epoch, 0
		d.losses = append(d.losses, 0)
	}
	d.steps++
	last := &d.losses[len(d.losses)-1]
	*last += (p.Loss - *last) / float64(d.steps)
}

// drawEvery is the time between two pictures of a curve that grows: drawing takes from the time of training.
const drawEvery = 400 * time.Millisecond

func (d *progressDisplay) draw(title string) {
	if d.job.opts.TextOnly || len(d.losses) < 2 || time.Since(d.drawn) < drawEvery {
		return
	}
	if svg, err := lossChart(title, d.losses).SVG(); err == nil {
		d.curve, d.drawn = []Media{{MIME: "image/svg+xml", Data: svg}}, time.Now()
	}
}

// lossChart is the picture of a loss that falls.
func lossChart(title string, losses []float64) *chart.Chart {
	x := make([]float64, len(losses))
	for i := range x {
		x[i] = float64(i + 1)
	}
	return &chart.Chart{
		Title: title, X: chart.Axis{Label: "epoch"}, Y: chart.Axis{Label: "loss"},
		Layers: []chart.Layer{&chart.Curve{X: x, Y: losses}},
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// gradientError is how far from difference quotients rounding takes a gradient, by the type of its numbers.
var gradientError = [...]float64{numeric.Float64: 1e-5, numeric.Float32: 1e-3}

func runGradcheck(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 2); err != nil {
		return nil, err
	}
	v, err := a.scalar(0)
	if err != nil {
		return nil, err
	}
	params, notes := a.differentiable(v.Expr), []string(nil)
	if len(a.positional()) == 2 {
		if params, err = a.names(a.positional()[1]); err != nil {
			return nil, err
		}
	}
	if len(params) == 0 {
		return nil, a.errorf("E353", a.positional()[0], "there is no variable with a value to differentiate by")
	}
	p, err := a.newProblem(a.positional()[0], v.Expr, params, "")
	if err != nil {
		return nil, err
	}
	checks, cerr := p.GradCheck(a.ctx)
	if cerr != nil {
		return nil, a.trainError(cerr)
	}
	t, rows, worst := &table{}, []any(nil), 0.0
	for i, c := range checks {
		t.row(params[i].Name, params[i].Shape.String(), entries(c.Entries), "error "+a.state.settings.Format.Number(c.Error))
		rows = append(rows, map[string]any{"variable": params[i].Name, "entries": c.Entries, "error": c.Error})
		worst = max(worst, c.Error)
	}
	if math.IsNaN(worst) {
		if err := a.divergedAt(v.Expr, params); err != nil {
			return nil, err
		}
		notes = append(notes, "the objective or its gradient is not a number near these values; :set nan error names where")
	}
	if most := gradientError[a.state.settings.Type]; worst > most {
		notes = append(notes, "an error above "+a.state.settings.Format.Number(most)+" is more than rounding: the objective may have a kink near these values")
	}
	return &Result{Kind: KindReport, Text: t.String(), Media: t.media(), Notes: notes, Data: map[string]any{"variables": rows}}, nil
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

func (a *ask) hasValue(v *symbolic.Expr) bool {
	_, ok := a.state.sizesOf(v)
	return ok
}

// differentiable are the variables of e by which it has a derivative, in the order in which they were declared.
func (a *ask) differentiable(e *symbolic.Expr) []*symbolic.Expr {
	var out []*symbolic.Expr
	for _, b := range a.state.scope.Bindings() {
		for _, x := range variablesOf(b) {
			if !a.hasValue(x) || !symbolic.DependsOn(e, x) {
				continue
			}
			if _, err := e.G.Diff(e, x); err == nil {
				out = append(out, x)
			}
		}
	}
	return out
}

// variablesOf is the variable that a name stands for, or those of a family that have been made.
func variablesOf(b *check.Binding) (vars []*symbolic.Expr) {
	switch {
	case b.Kind == check.Variable:
		return []*symbolic.Expr{b.Expr}
	case b.Family != nil:
		for _, k := range b.Family.Numbers() {
			if m, _ := b.Family.Member(k); m.Expr.Op == symbolic.Var {
				vars = append(vars, m.Expr)
			}
		}
	}
	return vars
}
