package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/numeric"
	"nabla/numeric/chart"
	"nabla/symbolic/lower"
)

func init() {
	register(&Report{
		Name: "plot",
		Args: `f, x = -3..3, "file.svg"`,
		Doc: "plot(f, x = -3..3) draws a function of one variable, plot([f, g], x = -3..3) several, plot(f, x = -2..2, y = -1..3) the " +
			"level lines of a function of two; start=[-1.5, 2] adds the path of an optimizer (optimizer=\"newton\", lr, steps, momentum as in " +
			"train). Of numbers, plot(v) draws a curve, plot(a, b) points, group=t in the colours of classes, plot(M) a matrix as " +
			"colours, its rows and columns counted from=0, tile=8 its rows as pictures 8 numbers wide, kind=\"histogram\" how often values occur, in bins=20. limits = 0..1 " +
			"is the range shown of the values, title=\"…\" stands above. A text that ends in .svg or .png is a file to write.",
		Example: "plot(tanh(t), t = -3..3)",
		Run:     runPlot,
	})
}

// plotOptions are the options of plot; any other name that is given a range is a variable.
var plotOptions = []string{"title", "kind", "bins", "tile", "from", "group", "limits", "start", "optimizer", "lr", "steps", "momentum"}

// Widths of drawings in text: what the display has, or this where it does not say.
const plotWidth = 76

// A plotter is a question to plot, with the variables that it runs over.
type plotter struct {
	*ask
	chart chart.Chart
	over  []sweep
	file  string // to write
	at    []lang.Expr
	notes []string
	data  map[string]any
}

// A sweep is a variable and its range.
type sweep struct {
	name     *lang.Name
	from, to float64
}

func runPlot(a *ask) (*Result, *lang.Error) {
	p := &plotter{ask: a, data: map[string]any{}}
	if err := p.arguments(); err != nil {
		return nil, err
	}
	if err := p.fill(); err != nil {
		return nil, err
	}
	if err := p.limits(); err != nil {
		return nil, err
	}
	return p.result()
}

// arguments tells variables with ranges from options, and a file from what is drawn.
func (p *plotter) arguments() *lang.Error {
	names := slices.Clone(plotOptions)
	for _, x := range p.call.Args {
		r, ok := x.X.(*lang.Range)
		if x.Name == nil || !ok || slices.Contains(plotOptions, x.Name.Name) {
			continue
		}
		s, err := p.sweep(x.Name, r)
		if err != nil {
			return err
		}
		p.over = append(p.over, s)
		names = append(names, x.Name.Name)
	}
	if err := p.allow(1, 3, names...); err != nil {
		return err
	}
	for _, x := range p.positional() {
		if s, ok := x.(*lang.String); ok {
			p.file = s.Val
			continue
		}
		p.at = append(p.at, x)
	}
	if len(p.at) == 0 {
		return p.errorf("E320", p.call, "plot needs something to draw: plot(tanh(t), t = -3..3)")
	}
	var err *lang.Error
	p.chart.Title, err = p.text("title", "")
	return err
}

func (p *plotter) sweep(name *lang.Name, r *lang.Range) (s sweep, err *lang.Error) {
	s.name = name
	if s.from, s.to, err = p.bounds(r); err == nil && s.from >= s.to {
		err = p.errorf("E360", r, "the range of %s goes from %g down to %g: the lesser end comes first", name.Name, s.from, s.to)
	}
	return s, err
}

// bounds are the ends of a range of numbers.
func (p *plotter) bounds(r *lang.Range) (from, to float64, err *lang.Error) {
	for _, end := range []struct {
		x  lang.Expr
		to *float64
	}{{r.From, &from}, {r.To, &to}} {
		v, err := p.compute(end.x)
		if err != nil {
			return 0, 0, err
		}
		if len(v.Data) != 1 {
			return 0, 0, p.errorf("E360", end.x, "the end of a range is a number")
		}
		*end.to = v.Data[0]
	}
	return from, to, nil
}

// fill adds the layers: formulas over their variables, or numbers as they are.
func (p *plotter) fill() *lang.Error {
	switch len(p.over) {
	case 0:
		return p.numbers()
	case 1:
		return p.curves()
	case 2:
		return p.level()
	}
	return p.errorf("E361", p.over[2].name, "a plot has two axes: at most two variables have a range")
}

// limits sets the range of values that is shown.
func (p *plotter) limits() *lang.Error {
	x := p.named("limits")
	if x == nil {
		return nil
	}
	r, ok := x.(*lang.Range)
	if !ok {
		return p.errorf("E360", x, "limits is a range, such as limits = 0..1")
	}
	from, to, err := p.bounds(r)
	if err == nil && from >= to {
		err = p.errorf("E360", r, "the limits go from %g down to %g: the lesser end comes first", from, to)
	}
	p.chart.Y.Min, p.chart.Y.Max = from, to
	return err
}

// result renders the chart: in text for every front end, as pictures for those that show them.
func (p *plotter) result() (*Result, *lang.Error) {
	if p.chart.Empty() {
		return nil, p.errorf("E366", p.call, "there is nothing to draw: no value is a finite number")
	}
	width := p.opts.Width
	if width == 0 {
		width = plotWidth
	}
	ascii := p.opts.ASCII || p.state.settings.ASCII
	res := &Result{Kind: KindReport, Text: p.chart.Text(min(width-2, 110), ascii), Notes: p.notes, Data: p.data}
	if !p.opts.TextOnly {
		media, err := pictures(&p.chart)
		if err != nil {
			return nil, p.errorf("E362", p.call, "the picture cannot be drawn: %v", err)
		}
		res.Media = media
	}
	if p.file == "" {
		return res, nil
	}
	if err := p.write(); err != nil {
		return nil, err
	}
	res.Notes = append(res.Notes, "written to "+p.file)
	return res, nil
}

// pictures are a chart as SVG and as PNG.
func pictures(c *chart.Chart) ([]Media, error) {
	svg, err := c.SVG()
	if err != nil {
		return nil, err
	}
	png, err := c.PNG()
	return []Media{{MIME: "image/svg+xml", Data: svg}, {MIME: "image/png", Data: png, Scale: chart.PNGScale}}, err
}

// write makes the file, in the form that its name says.
func (p *plotter) write() *lang.Error {
	draw := map[string]func() ([]byte, error){".svg": p.chart.SVG, ".png": p.chart.PNG}[strings.ToLower(filepath.Ext(p.file))]
	at := p.call
	if draw == nil {
		e := p.errorf("E363", at, "a picture is written as .svg or .png: %q ends in neither", p.file)
		return e
	}
	picture, err := draw()
	if err == nil {
		err = os.WriteFile(fileOf(p.file), picture, 0o644)
	}
	if err != nil {
		return p.errorf("E362", at, "the picture cannot be written: %v", err)
	}
	return nil
}

// items are what one argument stands for: the entries of a list, unless they are numbers, or itself.
func items(x lang.Expr) []lang.Expr {
	l, ok := x.(*lang.List)
	if !ok {
		return []lang.Expr{x}
	}
	if _, ok := literal(l); ok {
		return []lang.Expr{x}
	}
	return l.Items
}

// label is what an argument is called in the picture.
func (p *plotter) label(x lang.Expr) string {
	if _, ok := x.(*lang.List); ok {
		return "entry"
	}
	text, _ := p.printer().Tree(x)
	return text
}

// numbers draws arrays.
func (p *plotter) numbers() *lang.Error {
	kind, err := p.text("kind", "")
	if err != nil {
		return err
	}
	if len(p.at) == 2 {
		return p.points()
	}
	list := items(p.at[0])
	var arrays []*numeric.Array
	for _, x := range list {
		if name, ok := x.(*lang.Name); ok && p.state.scope.IsFunc(name.Name) && !p.state.scope.IsVar(name.Name) {
			e := p.errorf("E364", x, "%s is a function: plot needs the range of its argument", name.Name)
			p.offer(e, "", fmt.Sprintf("plot(%s, t = -3..3)", name.Name))
			return e
		}
		a, err := p.compute(x)
		if err != nil {
			if err.Code == "E301" {
				err.Details = append(err.Details, "plot(f, x = -3..3) draws f where x runs over a range")
			}
			return err
		}
		arrays = append(arrays, a)
	}
	switch {
	case kind == "histogram":
		return p.histogram(arrays[0], list[0])
	case kind != "" && kind != "line" && kind != "points":
		return p.errorf("E365", p.named("kind"), "there is no kind %q of plot: it is line, points or histogram", kind)
	}
	if err := p.drawable(arrays, list); err != nil {
		return err
	}
	switch {
	case len(arrays[0].Shape) == 2 && len(list) == 1 && kind == "":
		return p.heat(arrays[0], list[0])
	}
	return p.series(arrays, list, kind == "points")
}

// perPoint is about how many bytes a number takes that is drawn: beside its place, its text in the picture and in the data.
const perPoint = 200

// drawable refuses more numbers than can be drawn within the limit of memory.
func (p *plotter) drawable(arrays []*numeric.Array, list []lang.Expr) *lang.Error {
	for i, a := range arrays {
		if need := float64(len(a.Data)) * perPoint; need > float64(p.state.settings.MemoryLimit) {
			return p.evaluationError(list[i], &lower.TooLarge{Bytes: need, Limit: p.state.settings.MemoryLimit})
		}
	}
	return nil
}

// series draws vectors over the positions of their entries; the columns of a matrix each.
func (p *plotter) series(arrays []*numeric.Array, list []lang.Expr, points bool) *lang.Error {
	for i, a := range arrays {
		if len(a.Shape) != 1 {
			return p.errorf("E366", list[i], "a curve is drawn of a vector: this is %s", arrayText(a))
		}
		x := make([]float64, len(a.Data))
		for k := range x {
			x[k] = float64(k + 1)
		}
		p.add(p.label(list[i]), x, a.Data, points)
	}
	p.chart.X.Label = "position"
	p.unname()
	return nil
}

func arrayText(a *numeric.Array) string {
	if len(a.Shape) == 0 {
		return "a number"
	}
	return times(a.Shape) + " entries"
}

// add draws one set of points, joined or not, and keeps its numbers.
func (p *plotter) add(name string, x, y []float64, points bool) {
	if points {
		p.chart.Layers = append(p.chart.Layers, &chart.Points{Name: name, X: x, Y: y})
	} else {
		p.chart.Layers = append(p.chart.Layers, &chart.Curve{Name: name, X: x, Y: y})
	}
	series, _ := p.data["series"].([]any)
	p.data["series"] = append(series, map[string]any{"name": name, "x": x, "y": y})
}

// unname puts the name of a single layer at its axis, where it needs no legend.
func (p *plotter) unname() {
	if len(p.chart.Layers) != 1 {
		return
	}
	switch l := p.chart.Layers[0].(type) {
	case *chart.Curve:
		p.chart.Y.Label, l.Name = l.Name, ""
	case *chart.Points:
		p.chart.Y.Label, l.Name = l.Name, ""
	}
}

// points draws one vector over another, in groups where classes are given.
func (p *plotter) points() *lang.Error {
	var xy [2]*numeric.Array
	for i := range xy {
		a, err := p.compute(p.at[i])
		if err != nil {
			return err
		}
		if len(a.Shape) != 1 {
			return p.errorf("E366", p.at[i], "points are drawn of two vectors: this is %s", arrayText(a))
		}
		xy[i] = a
	}
	if len(xy[0].Data) != len(xy[1].Data) {
		return p.errorf("E366", p.at[1], "there are %d numbers across and %d up", len(xy[0].Data), len(xy[1].Data))
	}
	if err := p.drawable(xy[:], p.at); err != nil {
		return err
	}
	p.chart.X.Label, p.chart.Y.Label = p.label(p.at[0]), p.label(p.at[1])
	if p.named("group") != nil {
		return p.groups(xy[0].Data, xy[1].Data)
	}
	kind, _ := p.text("kind", "points")
	p.add("", xy[0].Data, xy[1].Data, kind != "line")
	return nil
}

// maxGroups is how many classes are told apart.
const maxGroups = 20

// groups draws the points of each class in a colour of its own.
func (p *plotter) groups(x, y []float64) *lang.Error {
	at := p.named("group")
	t, err := p.compute(at)
	if err != nil {
		return err
	}
	if len(t.Data) != len(x) {
		return p.errorf("E366", at, "group has %d entries for %d points", len(t.Data), len(x))
	}
	classes := slices.Clone(t.Data)
	slices.Sort(classes)
	classes = slices.Compact(classes)
	if len(classes) > maxGroups {
		return p.errorf("E366", at, "group has %d different entries: it should be the numbers of at most %d classes", len(classes), maxGroups)
	}
	for _, c := range classes {
		var gx, gy []float64
		for i := range x {
			if t.Data[i] == c {
				gx, gy = append(gx, x[i]), append(gy, y[i])
			}
		}
		p.add(p.state.settings.Format.Number(c), gx, gy, true)
	}
	return nil
}

// heat draws a matrix as colours, or its rows as pictures.
func (p *plotter) heat(a *numeric.Array, at lang.Expr) *lang.Error {
	tile, err := p.integer("tile", 0)
	if err != nil {
		return err
	}
	if p.chart.Title == "" {
		p.chart.Title = p.label(at)
	}
	if len(a.Data) == 0 {
		return p.errorf("E366", at, "the matrix has no entries")
	}
	first, err := p.integer("from", 1)
	if err != nil {
		return err
	}
	h := &chart.Heat{Rows: a.Shape[0], Cols: a.Shape[1], Data: a.Data, Offset: first - 1}
	p.data["rows"], p.data["columns"], p.data["entries"] = h.Rows, h.Cols, a.Data
	if p.named("tile") != nil {
		if tile < 1 || h.Cols%tile != 0 {
			return p.errorf("E366", p.named("tile"), "rows of %d numbers cannot be cut into lines of %d", h.Cols, tile)
		}
		h = chart.Tiles(a.Data, h.Rows, h.Cols/tile, tile)
		p.chart.Bare = true
	}
	p.chart.Layers = []chart.Layer{h}
	return nil
}

func (p *plotter) histogram(a *numeric.Array, at lang.Expr) *lang.Error {
	bins, err := p.integer("bins", 0)
	if err != nil {
		return err
	}
	if bins < 0 || bins > 1000 {
		return p.errorf("E366", p.named("bins"), "bins is between 1 and 1000")
	}
	h := chart.NewHistogram(a.Data, bins)
	p.chart.X.Label, p.chart.Y.Label = p.label(at), "count"
	p.chart.Layers = []chart.Layer{h}
	p.data["low"], p.data["high"], p.data["counts"] = h.Low, h.High, h.Counts
	return nil
}

// within is a session in which the variables of a plot are numbers; nothing of it is kept.
func (p *plotter) within(values ...*numeric.Array) (*ask, *lang.Error) {
	st := p.state.clone()
	for i, s := range p.over {
		b := st.scope.Lookup(s.name.Name)
		if b == nil || b.Expr == nil || b.Expr.Op != variableOp || b.Expr.Rank() > 0 {
			d := &lang.Decl{Span: s.name.Span, Targets: []*lang.Target{{Span: s.name.Span, Name: s.name}}, Space: &lang.Space{Span: s.name.Span}}
			if _, err := st.scope.Declare(d); err != nil {
				return nil, err
			}
		}
		st.setValue(st.scope.Lookup(s.name.Name).Expr, values[i])
	}
	return &ask{job: &job{run: p.run, stmt: p.stmt, state: st}, call: p.call}, nil
}
