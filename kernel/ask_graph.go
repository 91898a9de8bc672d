package kernel

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"nabla/lang"
	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/draw"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

func init() {
	register(&Report{
		Name: "graph", Args: "J, backward | shapes | memory | values, \"file.svg\"",
		Doc: "graph(J) draws the computational graph as the book does: variables are squares, operators circles, parameters shaded, data flow right and up; numbers that only weigh terms are not drawn. " +
			"backward adds the arrows back with each gradient at its variable, shapes the spaces, memory marks what is kept for the backward pass, values writes the numbers. " +
			"A file name writes svg, png or dot; a list [W1, W2] says which variables are parameters.",
		Example: "W : R[h,d]; x : R[d]; z = W x; J = ‖z‖²;\ngraph(J, backward)",
		Run:     runGraph,
	})
}

// foldedFrom is the number of variables of a model from which repeated layers are drawn as one.
const foldedFrom = 24

// graphOptions are what stands after the objective.
type graphOptions struct {
	modes  []string
	files  []*lang.String
	params lang.Expr
}

func (o graphOptions) has(mode string) bool { return slices.Contains(o.modes, mode) }

// graphModes write something into the picture of a model.
var graphModes = map[string]func(a *ask, w *view, g *draw.Graph) *lang.Error{
	"backward": drawBackward,
	"shapes":   drawShapes,
	"memory":   drawMemory,
	"values":   drawValues,
}

// graphModeNames are in the order in which they write.
var graphModeNames = []string{"shapes", "values", "memory", "backward"}

func runGraph(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 8); err != nil {
		return nil, err
	}
	o, err := a.graphOptions()
	if err != nil {
		return nil, err
	}
	w, err := a.modelOf(o.params)
	if err != nil {
		return nil, err
	}
	if err := a.depthKnown(); err != nil {
		return nil, err
	}
	g := draw.New(w.Model, w.spelledName, foldedFrom)
	for i, n := range g.Nodes {
		g.Nodes[i].Formula = w.shortDefinition(n)
	}
	for _, m := range graphModeNames {
		if o.has(m) {
			if err := graphModes[m](a, w, g); err != nil {
				return nil, err
			}
		}
	}
	res := &Result{Kind: KindReport, Notes: w.notes, Data: graphData(a.ruler(), g)}
	if o.has("backward") || o.has("memory") {
		res.Notes = w.withRoles(a)
	}
	if g.Folded != "" {
		res.Notes = append(res.Notes, g.Folded)
	}
	res.Text = g.Text(w.ascii, a.opts.Width-2)
	res.Media = []Media{{MIME: "image/svg+xml", Data: g.SVG()}, {MIME: "text/vnd.graphviz", Data: g.DOT()}}
	if w, h := g.Pixels(); !a.opts.TextOnly && w*h <= mostPixels {
		png, failed := a.pixels(g, 4*int64(w)*int64(h))
		if failed != nil {
			return nil, a.errorf("E362", a.call, "%v", failed)
		}
		res.Media = append(res.Media, Media{MIME: "image/png", Data: png, Scale: g.PNGScale()})
	}
	if len(o.files) > 0 {
		res.Text, err = a.writePictures(graphFormats(g), o.files)
	}
	return res, err
}

// pixels is a picture as PNG. It has left the graph behind that it shows, so that an interrupt need not wait for it.
func (a *ask) pixels(g *draw.Graph, bytes int64) ([]byte, error) {
	drawn := make(chan []byte, 1)
	finished, failed := numeric.Aside(a.ctx, bytes, func() error {
		png, failed := g.PNG()
		drawn <- png
		return failed
	})
	if !finished {
		panic(symbolic.Interrupted{})
	}
	return <-drawn, failed
}

// longestDefinition is the length from which the picture's operators say what a variable is.
const longestDefinition = 60

// shortDefinition is the equation of a variable in a picture, where it is short.
func (w *view) shortDefinition(n draw.Node) string {
	if n.Kind != draw.Variable || n.Expr.Op != symbolic.Let {
		return ""
	}
	if text, _ := w.definition(n.Expr); utf8.RuneCountInString(text) <= longestDefinition {
		return text
	}
	return ""
}

// mostPixels is the size above which a graph is not sent as pixels: nobody sees it at once, and drawing it takes seconds.
const mostPixels = 6_000_000

// graphOptions reads the arguments after the first: names of modes, names of files in quotes, a list of parameters.
func (a *ask) graphOptions() (o graphOptions, err *lang.Error) {
	for _, x := range a.positional()[1:] {
		switch x := x.(type) {
		case *lang.Name:
			if graphModes[x.Name] == nil {
				return o, a.unknownMode(x)
			}
			o.modes = append(o.modes, x.Name)
		case *lang.String:
			o.files = append(o.files, x)
		case *lang.List:
			o.params = x
		default:
			return o, a.errorf("E344", x, "graph takes %s, a file name in quotes or a list of parameters here", strings.Join(graphModeNames, ", "))
		}
	}
	return o, nil
}

func (a *ask) unknownMode(x *lang.Name) *lang.Error {
	e := a.errorf("E344", x, "graph does not know %s: it can show %s", x.Raw, strings.Join(graphModeNames, ", "))
	near := lang.DidYouMean(x.Name, graphModeNames)
	if len(near) == 0 {
		near = graphModeNames
	}
	objective := a.source(a.positional()[0])
	for _, n := range near {
		e.Fixes = append(e.Fixes, lang.Fix{Text: fmt.Sprintf("graph(%s, %s)", objective, n)})
	}
	return e
}

// source is a part of the statement as it was typed.
func (a *ask) source(n lang.Node) string {
	s := n.Extent()
	if s.Start < 0 || s.End > len(a.cell) || s.Start > s.End {
		return "J"
	}
	return a.cell[s.Start:s.End]
}

// spelledName is the label of a variable.
func (w *view) spelledName(e *symbolic.Expr) string { return w.spelled(w.name(e)) }

func drawShapes(_ *ask, _ *view, g *draw.Graph) *lang.Error {
	for i, n := range g.Nodes {
		if n.Kind == draw.Variable {
			g.Nodes[i].Notes = append(g.Nodes[i].Notes, spaceText(n.Expr))
		}
	}
	return nil
}

// drawBackward writes the gradients of the sweep.
func drawBackward(a *ask, w *view, g *draw.Graph) *lang.Error {
	s, err := a.sweepOf(w)
	if err != nil {
		return err
	}
	g.Backward = true
	for _, l := range s.Lines {
		n, ok := g.Find(l.By)
		if !ok || l.Of != w.Objective {
			continue
		}
		lhs, rhs := w.text(w.equate(w.derivativeTree(l.Of, l.By), l.Formula))
		n.Gradient = lhs
		if full := lhs + " = " + rhs; len([]rune(full)) <= widestGradient {
			n.Gradient = full
		}
		n.Fork = len(l.Paths) > 1 || g.Forks(n)
	}
	return nil
}

// widestGradient is the length from which a gradient's formula is left to backprop.
const widestGradient = 34

// drawMemory marks what memory(J) says is kept for the backward pass, with its size: values, results of operators that
// have no name, and within an operator the products that it consists of. What two names share has its size at the first.
func drawMemory(a *ask, w *view, g *draw.Graph) *lang.Error {
	tape, err := a.tape(w)
	if err != nil {
		return err
	}
	for _, k := range study.FootprintOf(tape, nil).Kept {
		n := &g.Nodes[holder(g, tape, k.Value)]
		n.Kept, n.Holds = true, append(n.Holds, draw.Held{Kept: k, Name: w.called(tape, k.Value), For: w.calledAll(tape, k.By)})
	}
	in := a.ruler()
	for i, n := range g.Nodes {
		if n.Kind == draw.Variable && !n.Kept {
			markShared(tape, g, i)
			continue
		}
		g.Nodes[i].Notes = append(n.Notes, holdsText(in, tape, n)...)
	}
	return nil
}

// holder is the node where a kept value is written: its own, or that of the operator that computes something from it, which
// a fold may hide.
func holder(g *draw.Graph, t *study.Tape, kept *symbolic.Expr) int {
	if i, ok := g.Holder(t.Known(kept)); ok {
		return i
	}
	for e := kept; ; {
		circle := func(n draw.Node) bool { return n.Kind == draw.Operator && n.Expr != nil && t.Store(n.Expr) == e }
		if i := slices.IndexFunc(g.Nodes, circle); i >= 0 {
			return i
		}
		if i, ok := g.Holder(t.Known(e)); ok {
			return i
		}
		readers := t.ReadersOf(e)
		if len(readers) == 0 {
			return len(g.Nodes) - 1 // the objective
		}
		e = readers[0]
	}
}

// markShared fills a variable whose memory is that of another one, which is kept.
func markShared(t *study.Tape, g *draw.Graph, i int) {
	s := t.Store(g.Nodes[i].Expr)
	for _, n := range g.Nodes {
		for _, k := range n.Holds {
			if k.Value == s {
				g.Nodes[i].Kept = true
				g.Nodes[i].Notes = append(g.Nodes[i].Notes, "in "+k.Name)
			}
		}
	}
}

// holdsText is what a node keeps: its own value by its size, others by name, those of a fold in sum.
func holdsText(in ruler, t *study.Tape, n draw.Node) []string {
	size := func(q shape.Quantity) string { return strings.ReplaceAll(in.line(q), "*", " ") }
	var sum shape.Quantity
	var out []string
	for _, k := range n.Holds {
		sum = sum.Add(k.Size)
		text := size(k.Size)
		if n.Expr != nil && t.Store(n.Expr) != k.Value {
			text = k.Name + ": " + text
		}
		out = append(out, text)
	}
	if n.Expr == nil && len(out) > 0 {
		return []string{size(sum)}
	}
	return out
}

// fewEntries is how many entries of a value are written into a picture.
const fewEntries = 4

func drawValues(a *ask, w *view, g *draw.Graph) *lang.Error {
	var exprs []*symbolic.Expr
	var at []int
	for i, n := range g.Nodes {
		if n.Kind == draw.Variable {
			exprs, at = append(exprs, n.Expr), append(at, i)
		}
	}
	arrays, err := a.evaluate(a.positional()[0], exprs...)
	if err != nil {
		return err
	}
	short := a.state.settings.Format
	short.Digits = min(short.Digits, 3)
	for k, arr := range arrays {
		note := fmt.Sprintf("%s entries", strings.ReplaceAll(strings.Trim(fmt.Sprint(arr.Shape), "[]"), " ", "×"))
		if len(arr.Data) <= fewEntries {
			note = strings.Join(strings.Fields(short.Array(arr)), " ")
		}
		g.Nodes[at[k]].Notes = append(g.Nodes[at[k]].Notes, note)
	}
	return nil
}

// graphNode and graphData are the structured form of a picture.
type graphNode struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Label string `json:"label"`
	Param int    `json:"param"`
	Role  string `json:"role"`
	Col   int    `json:"col"`
	Row   int    `json:"row"`
	Kept  bool   `json:"kept"`
	Grad  string `json:"gradient"`
	Fork  bool   `json:"fork,omitempty"`

	Keeps []keptLine `json:"keeps,omitempty"` // the values that are kept there
}

func graphData(in ruler, g *draw.Graph) map[string]any {
	nodes := make([]graphNode, len(g.Nodes))
	for i, n := range g.Nodes {
		nodes[i] = graphNode{ID: n.ID, Kind: string(n.Kind), Label: n.Label, Col: n.Col, Row: n.Row, Kept: n.Kept, Grad: n.Gradient, Fork: n.Fork, Role: "operator"}
		if n.Kind == draw.Variable {
			nodes[i].Role = n.Role.String()
			nodes[i].Param = btoi(n.Role == study.Parameter)
		}
		for _, k := range n.Holds {
			nodes[i].Keeps = append(nodes[i].Keeps, keptLine{k.Name, in.amount(k.Size), k.For})
		}
	}
	edges := make([][2]string, len(g.Edges))
	for i, e := range g.Edges {
		edges[i] = [2]string{g.Nodes[e[0]].ID, g.Nodes[e[1]].ID}
	}
	return map[string]any{"nodes": nodes, "edges": edges}
}

// graphFormats are how a picture of a model is written, by the ending of the file's name.
func graphFormats(g *draw.Graph) pictureFormats {
	svg := func() ([]byte, error) { return g.SVG(), nil }
	dot := func() ([]byte, error) { return g.DOT(), nil }
	return pictureFormats{".svg": svg, ".png": g.PNG, ".dot": dot, ".gv": dot}
}
