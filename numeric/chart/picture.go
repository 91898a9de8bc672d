package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"
	"sync"

	"codeberg.org/go-fonts/dejavu/dejavusans"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"nabla/numeric/pixels"
)

// Size of a picture.
const (
	width  = 15 * vg.Centimeter
	height = 9 * vg.Centimeter
	dpi    = 144 // of a PNG
)

// PNGScale is how many pixels of a PNG stand for one of a page, of which there are 96 to an inch.
const PNGScale = dpi / 96.0

// typeface has the signs of formulas, ∂ ⊙ ᵀ ′ ‖ λ, which the fonts that come with gonum/plot lack.
const typeface = "DejaVu"

// writer sets text; the font is read when the first picture is drawn.
var writer = sync.OnceValues(func() (text.Handler, error) {
	face, err := opentype.Parse(dejavusans.TTF)
	if err != nil {
		return nil, fmt.Errorf("chart: the font cannot be read: %w", err)
	}
	f := font.Font{Typeface: typeface, Variant: "Sans"}
	return text.Plain{Fonts: font.NewCache(font.Collection{{Font: f, Face: face}})}, nil
})

// SVG is the chart as a picture that scales.
func (c *Chart) SVG() ([]byte, error) {
	w, h := c.size()
	canvas := vgsvg.New(w, h)
	if err := c.draw(draw.New(canvas)); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, err
	}
	svg := thinned(b.String())
	svg = strings.Replace(svg[strings.Index(svg, "<svg"):], "<svg", `<svg style="max-width: 100%; height: auto"`, 1) // so that it can stand in a page
	svg = strings.ReplaceAll(svg, "<image ", `<image preserveAspectRatio="none" `)                                   // the strip of a scale is one pixel wide
	return []byte(strings.ReplaceAll(svg, "font-family:DejaVu Sans;", "font-family:'DejaVu Sans',Verdana,sans-serif;")), nil
}

// PNG is the chart as pixels.
func (c *Chart) PNG() ([]byte, error) {
	w, h := c.size()
	canvas := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dpi))
	if err := c.draw(draw.New(canvas)); err != nil {
		return nil, err
	}
	return pixels.PNG(canvas.Image().(*image.RGBA))
}

// heat is the matrix that the chart shows, or nil.
func (c *Chart) heat() *Heat {
	for _, l := range c.Layers {
		if h, ok := l.(*Heat); ok {
			return h
		}
	}
	return nil
}

// barWidth is the room for the scale of colours.
const barWidth = 1.8 * vg.Centimeter

// size is that of the picture: a matrix has square entries.
func (c *Chart) size() (w, h vg.Length) {
	m := c.heat()
	if m == nil {
		return width, height
	}
	ratio := float64(m.Cols) / float64(m.Rows)
	h = 9 * vg.Centimeter
	w = h * vg.Length(math.Min(math.Max(ratio, 0.25), 2))
	if ratio > 2 {
		h = w / vg.Length(math.Min(ratio, 8))
		h += 2 * vg.Centimeter
	}
	return w + barWidth, h
}

func (c *Chart) draw(canvas draw.Canvas) error {
	p, err := c.plot()
	if err != nil {
		return err
	}
	canvas.SetColor(p.BackgroundColor)
	canvas.Fill(canvas.Rectangle.Path())
	room := draw.Crop(canvas, edge, -edge, edge, -edge)
	m := c.heat()
	if m == nil {
		p.Draw(beside(room, p))
		return nil
	}
	bar, err := newScale(m.Data).plot()
	if err != nil {
		return err
	}
	p.Draw(draw.Crop(room, 0, -barWidth, 0, 0))
	bar.Draw(draw.Crop(room, room.Max.X-room.Min.X-barWidth+2*edge, 0, 2*edge, 0))
	return nil
}

// edge is the room left around everything.
const edge = 6 * vg.Length(1)

// beside draws the legend of a plot at the right, where it hides nothing, and returns the room that is left.
func beside(room draw.Canvas, p *plot.Plot) draw.Canvas {
	names := p.Legend
	p.Legend = plot.NewLegend()
	size := names.Rectangle(room).Size()
	if size.X == 0 {
		return room
	}
	names.Draw(room)
	return draw.Crop(room, 0, -size.X-2*edge, 0, 0)
}

// newPlot is an empty plot in the typeface of this package.
func newPlot() (*plot.Plot, error) {
	h, err := writer()
	if err != nil {
		return nil, err
	}
	p := plot.New()
	p.TextHandler = h
	styles := []*text.Style{
		&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle,
		&p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle,
	}
	for _, s := range styles {
		s.Handler = h
		s.Font.Typeface, s.Font.Variant = typeface, "Sans"
		s.Font.Size = 9
	}
	p.Title.TextStyle.Font.Size = 11
	p.Title.Padding = 6
	p.Legend.Top, p.Legend.Padding, p.Legend.ThumbnailWidth = true, 2, 18
	return p, nil
}

// plot is the chart as gonum/plot draws it.
func (c *Chart) plot() (*plot.Plot, error) {
	p, err := newPlot()
	if err != nil {
		return nil, err
	}
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.Title, c.X.Label, c.Y.Label
	r := c.frame()
	if c.heat() == nil && c.contour() == nil {
		grid := plotter.NewGrid()
		grid.Horizontal.Color, grid.Vertical.Color = faint, faint
		p.Add(grid)
	}
	lines := 0
	for _, l := range c.Layers {
		if err := c.add(p, l, r, &lines); err != nil {
			return nil, err
		}
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = r.x0, r.x1, r.y0, r.y1
	p.X.Tick.Marker, p.Y.Tick.Marker = round{8}, round{6}
	if c.heat() != nil {
		p.Y.Tick.Marker, p.X.Tick.Marker = positions{n: c.heat().Rows, down: true, offset: c.heat().Offset}, positions{n: c.heat().Cols, offset: c.heat().Offset}
		p.X.Padding, p.Y.Padding = 0, 0
	}
	if c.contour() != nil {
		p.X.Padding, p.Y.Padding = 0, 0
	}
	if c.Bare {
		p.HideAxes()
	}
	return p, nil
}

// add adds one layer. Curves and points take the colours in turn.
func (c *Chart) add(p *plot.Plot, l Layer, r rectangle, used *int) error {
	switch l := l.(type) {
	case *Curve:
		colour := lineColour(*used)
		if c.contour() != nil {
			colour = lineColour(*used + 1) // blue is a level of the map
		}
		*used++
		return addCurve(p, l, r, colour)
	case *Points:
		s, err := plotter.NewScatter(finitePoints(l.X, l.Y))
		if err != nil {
			return err
		}
		s.GlyphStyle = draw.GlyphStyle{Color: lineColour(*used), Radius: 2, Shape: draw.CircleGlyph{}}
		*used++
		p.Add(s)
		if l.Name != "" {
			p.Legend.Add(l.Name, s)
		}
	case *Heat:
		p.Add(plotter.NewImage(l.image(), 0.5, 0.5, float64(l.Cols)+0.5, float64(l.Rows)+0.5))
	case *Contour:
		addContours(p, l)
	case *Histogram:
		p.Add(l.plotter())
	}
	return nil
}

// addCurve adds the pieces of a curve under one name.
func addCurve(p *plot.Plot, c *Curve, r rectangle, colour color.Color) error {
	for k, part := range pieces(c, r) {
		l, err := plotter.NewLine(finitePoints(c.X[part[0]:part[1]], c.Y[part[0]:part[1]]))
		if err != nil {
			return err
		}
		l.LineStyle = draw.LineStyle{Color: colour, Width: 1.4}
		p.Add(l)
		if k == 0 && c.Name != "" {
			p.Legend.Add(c.Name, l)
		}
	}
	if !c.Mark {
		return nil
	}
	marks := finitePoints(c.X, c.Y)
	for _, m := range []struct {
		points plotter.XYs
		glyph  draw.GlyphStyle
	}{
		{spread(marks, r), draw.GlyphStyle{Color: colour, Radius: 1.8, Shape: draw.CircleGlyph{}}},
		{marks[:min(1, len(marks))], draw.GlyphStyle{Color: colour, Radius: 4, Shape: draw.RingGlyph{}}},
		{marks[max(0, len(marks)-1):], draw.GlyphStyle{Color: colour, Radius: 4, Shape: draw.CrossGlyph{}}},
	} {
		if len(m.points) == 0 {
			continue
		}
		s, err := plotter.NewScatter(m.points)
		if err != nil {
			return err
		}
		s.GlyphStyle = m.glyph
		p.Add(s)
	}
	return nil
}

// markRoom is how far two marks on a curve are apart at least, as a part of the frame: nearer ones would hide each other.
const markRoom = 0.012

// spread leaves out the points that lie too near to the last one that is kept.
func spread(points plotter.XYs, r rectangle) plotter.XYs {
	var out plotter.XYs
	for _, p := range points {
		if n := len(out); n == 0 || math.Hypot((p.X-out[n-1].X)/(r.x1-r.x0), (p.Y-out[n-1].Y)/(r.y1-r.y0)) >= markRoom {
			out = append(out, p)
		}
	}
	return out
}

func finitePoints(x, y []float64) plotter.XYs {
	out := make(plotter.XYs, 0, len(x))
	for i := range x {
		if isFinite(x[i]) && isFinite(y[i]) {
			out = append(out, plotter.XY{X: x[i], Y: y[i]})
		}
	}
	return out
}

// addContours adds a line for each level, lighter the higher it is.
func addContours(p *plot.Plot, c *Contour) {
	levels := c.levels(contourLines)
	for k, z := range levels {
		m := plotter.NewContour(grid{c}, []float64{z}, nil)
		m.LineStyles = []draw.LineStyle{{Color: rising.at(float64(k) / math.Max(1, float64(len(levels)-1))), Width: 1}}
		p.Add(m)
	}
}

// contourLines is how many lines a map has.
const contourLines = 10

// grid is the values of a contour as gonum/plot reads them.
type grid struct{ c *Contour }

func (g grid) Dims() (c, r int)   { return len(g.c.X), len(g.c.Y) }
func (g grid) X(c int) float64    { return g.c.X[c] }
func (g grid) Y(r int) float64    { return g.c.Y[r] }
func (g grid) Z(c, r int) float64 { return g.c.Z[r*len(g.c.X)+c] }

// plotter draws the bars.
func (h *Histogram) plotter() plot.Plotter {
	w := (h.High - h.Low) / float64(len(h.Counts))
	out := &plotter.Histogram{Width: w, FillColor: lineColour(0), LineStyle: draw.LineStyle{Color: color.White, Width: 0.7}}
	for i, n := range h.Counts {
		out.Bins = append(out.Bins, plotter.HistogramBin{Min: h.Low + float64(i)*w, Max: h.Low + float64(i+1)*w, Weight: float64(n)})
	}
	return out
}

// plot is the strip of colours with its numbers.
func (s scale) plot() (*plot.Plot, error) {
	p, err := newPlot()
	if err != nil {
		return nil, err
	}
	lo, hi := apart(s.lo, s.hi)
	p.Add(plotter.NewImage(s.bar(), 0, lo, 1, hi))
	p.HideX()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, lo, hi
	p.Y.Tick.Marker = round{6}
	p.Y.Tick.Length, p.Y.LineStyle.Width = 3, 0
	p.X.Padding, p.Y.Padding = 0, 0
	return p, nil
}

// round marks at most so many round numbers: multiples of 1, 2 or 5 times a power of ten.
type round struct{ most int }

// Ticks lists them with as many decimals as the step has.
func (t round) Ticks(lo, hi float64) []plot.Tick {
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/float64(t.most))))
	for _, k := range []float64{1, 2, 5, 10} {
		if (hi-lo)/(k*step) <= float64(t.most) {
			step *= k
			break
		}
	}
	decimals := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	var out []plot.Tick
	for k := math.Ceil(lo/step - 1e-9); k*step <= hi+1e-9*step; k++ {
		label := strconv.FormatFloat(k*step, 'f', decimals, 64)
		if math.Abs(k*step) >= 1e6 || step < 1e-5 {
			label = strconv.FormatFloat(k*step, 'g', 6, 64)
		}
		if k == 0 {
			label = "0"
		}
		out = append(out, plot.Tick{Value: k * step, Label: strings.Replace(label, "-", "−", 1)})
	}
	return out
}

// positions marks the rows or columns of a matrix, from 1 and the offset; rows count from the top.
type positions struct {
	n      int
	down   bool
	offset int
}

// Ticks makes at most a dozen labels: all, every second one, or the first and round numbers.
func (t positions) Ticks(_, _ float64) []plot.Tick {
	step := 1
	for _, s := range []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000} {
		if step = s; t.n <= 12*s {
			break
		}
	}
	marked := func(i int) bool { return i == 1 || i%step == 0 }
	if step == 2 {
		marked = func(i int) bool { return i%2 == 1 }
	}
	var out []plot.Tick
	for i := 1; i <= t.n; i++ {
		if !marked(i) {
			continue
		}
		at := float64(i)
		if t.down {
			at = float64(t.n - i + 1)
		}
		out = append(out, plot.Tick{Value: at, Label: strconv.Itoa(i + t.offset)})
	}
	return out
}
