package chart

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Text draws the chart with characters, at most width columns wide: curves and points in Braille dots, a matrix in
// shades, a histogram in bars. With ascii it uses ASCII only.
func (c *Chart) Text(width int, ascii bool) string {
	d := drawing{chart: c, width: max(width, minTextWidth), ascii: ascii}
	var lines []string
	if c.Title != "" {
		lines = append(lines, c.Title)
	}
	switch l := c.first().(type) {
	case *Heat:
		lines = append(lines, d.heat(l)...)
	case *Histogram:
		lines = append(lines, d.histogram(l)...)
	default:
		lines = append(lines, d.plane()...)
	}
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

func (c *Chart) first() Layer {
	if len(c.Layers) == 0 {
		return nil
	}
	return c.Layers[0]
}

// minTextWidth is the least width of a drawing in text.
const minTextWidth = 32

// A drawing is a chart being drawn with characters.
type drawing struct {
	chart *Chart
	width int
	ascii bool
}

// planeRows is the height of a plane of curves and points.
const planeRows = 16

// shades from the least to the greatest.
func (d drawing) shades() []string {
	if d.ascii {
		return strings.Split(" .:-=+*#%@", "")
	}
	return []string{" ", "░", "▒", "▓", "█"}
}

// number is short, for the end of an axis.
func number(x float64) string {
	if math.Abs(x) < 1e-12 {
		return "0"
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// within rounds x to a ten-thousandth of a range: the middle of −1 and 1 is 0.
func within(x, size float64) float64 {
	unit := size / 1e4
	if unit == 0 {
		return x
	}
	return math.Round(x/unit) * unit
}

// plane draws curves, points and contours over axes.
func (d drawing) plane() []string {
	r := d.chart.frame()
	top, mid, bottom := number(r.y1), number(within((r.y0+r.y1)/2, r.y1-r.y0)), number(r.y0)
	margin := max(len(top), len(mid), len(bottom)) + 1
	names := d.names()
	side := 0
	for i := range names {
		names[i] = cut(names[i], d.width/3)
		side = max(side, uniseg.StringWidth(d.legend(i, names))+1)
	}
	cols := max(min(d.width-margin-1-side, 100), 10)
	g := newCanvas(cols, planeRows, r, d.ascii)
	ends := d.drawLayers(g, r, names)
	bar := "│"
	if d.ascii {
		bar = "|"
	}
	var out []string
	if d.chart.Y.Label != "" {
		out = append(out, d.chart.Y.Label)
	}
	for i, line := range g.lines() {
		label := map[int]string{0: top, planeRows / 2: mid, planeRows - 1: bottom}[i]
		out = append(out, pad(label, margin-1)+" "+bar+line+" "+ends[i])
	}
	return append(out, d.axis(margin, cols, r)...)
}

func pad(s string, n int) string { return strings.Repeat(" ", max(0, n-len(s))) + s }

// axis is the line below a plane with three numbers and its label.
func (d drawing) axis(margin, cols int, r rectangle) []string {
	corner, dash := "└", "─"
	if d.ascii {
		corner, dash = "+", "-"
	}
	left, mid, right := number(r.x0), number(within((r.x0+r.x1)/2, r.x1-r.x0)), number(r.x1)
	room := cols - len(left) - len(mid) - len(right)
	numbers := left + strings.Repeat(" ", max(1, room/2)) + mid + strings.Repeat(" ", max(1, room-room/2)) + right
	out := []string{
		strings.Repeat(" ", margin) + corner + strings.Repeat(dash, cols),
		strings.Repeat(" ", margin+1) + numbers,
	}
	if l := d.chart.X.Label; l != "" {
		out = append(out, strings.Repeat(" ", margin+1+max(0, (cols-uniseg.StringWidth(l))/2))+l)
	}
	return out
}

// names are those of the layers; "" where there is only one thing to see.
func (d drawing) names() []string {
	out := make([]string, len(d.chart.Layers))
	for i, l := range d.chart.Layers {
		switch l := l.(type) {
		case *Curve:
			out[i] = l.Name
		case *Points:
			out[i] = l.Name
		}
	}
	return out
}

// drawLayers draws everything and returns what stands to the right of each row: the name of the curve that ends there.
func (d drawing) drawLayers(g *canvas, r rectangle, names []string) map[int]string {
	ends := map[int]string{}
	marked := 0
	for i, l := range d.chart.Layers {
		switch l := l.(type) {
		case *Contour:
			d.shade(g, l, r)
		case *Curve:
			mark := d.mark(i, names)
			d.curve(g, l, r, mark)
			if names[i] != "" {
				place(ends, endRow(l, r), d.legend(i, names))
			}
		case *Points:
			mark := d.mark(i, names)
			if len(d.chart.Layers) == 1 {
				mark = 0
			}
			for k := range l.X {
				g.point(l.X[k], l.Y[k], mark)
			}
			if names[i] != "" {
				place(ends, marked, d.legend(i, names))
				marked++
			}
		}
	}
	return ends
}

// mark is the character of a layer where dots do not tell it from others: its name if that is one, else a sign.
func (d drawing) mark(i int, names []string) rune {
	if r, n := utf8.DecodeRuneInString(names[i]); n > 0 && n == len(names[i]) {
		return r
	}
	const marks = "*+ox#@%&"
	return rune(marks[i%len(marks)])
}

// legend is the name of a layer, after its mark where that tells it from others.
func (d drawing) legend(i int, names []string) string {
	if names[i] == "" {
		return ""
	}
	if c, ok := d.chart.Layers[i].(*Curve); ok && !d.ascii && !c.Mark {
		return names[i]
	}
	return string(d.mark(i, names)) + " " + names[i]
}

// cut shortens a name to so many columns.
func cut(s string, columns int) string {
	for uniseg.StringWidth(s) > columns {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

// curve draws lines; in ASCII, or for a path, with a mark of its own.
func (d drawing) curve(g *canvas, c *Curve, r rectangle, mark rune) {
	if !d.ascii && !c.Mark {
		mark = 0
	}
	for _, p := range pieces(c, r) {
		if p[1]-p[0] == 1 || c.Mark {
			for i := p[0]; i < p[1]; i++ {
				g.point(c.X[i], c.Y[i], mark)
			}
			continue
		}
		for i := p[0] + 1; i < p[1]; i++ {
			g.line(c.X[i-1], c.Y[i-1], c.X[i], c.Y[i], mark)
		}
	}
}

// endRow is the row in which the visible part of a curve ends.
func endRow(c *Curve, r rectangle) int {
	for i := len(c.X) - 1; i >= 0; i-- {
		if isFinite(c.Y[i]) {
			t := (r.y1 - c.Y[i]) / (r.y1 - r.y0) * (planeRows - 1)
			return int(math.Round(math.Min(math.Max(t, 0), planeRows-1)))
		}
	}
	return 0
}

// place puts a name at a row, or at the nearest free one.
func place(ends map[int]string, row int, name string) {
	for d := range planeRows {
		for _, at := range []int{row - d, row + d} {
			if at >= 0 && at < planeRows && ends[at] == "" {
				ends[at] = name
				return
			}
		}
	}
}

// shade fills the cells of a plane by the rank of their level.
func (d drawing) shade(g *canvas, c *Contour, r rectangle) {
	shades := d.shades()
	levels := c.levels(len(shades))
	for row := range g.rows {
		for col := range g.cols {
			x := r.x0 + (float64(col)+0.5)/float64(g.cols)*(r.x1-r.x0)
			y := r.y1 - (float64(row)+0.5)/float64(g.rows)*(r.y1-r.y0)
			z := c.nearest(x, y)
			k := 0
			for k < len(levels)-1 && z > levels[k] {
				k++
			}
			if s := []rune(shades[min(k, len(shades)-1)]); s[0] != ' ' && isFinite(z) {
				g.signs[row*g.cols+col] = s[0]
			}
		}
	}
}

// nearest is the value at the grid point next to x, y.
func (c *Contour) nearest(x, y float64) float64 {
	at := func(v []float64, t float64) int {
		k := int(math.Round((t - v[0]) / (v[len(v)-1] - v[0]) * float64(len(v)-1)))
		return min(max(k, 0), len(v)-1)
	}
	return c.Z[at(c.Y, y)*len(c.X)+at(c.X, x)]
}

// heat draws a matrix in shades, two columns for an entry, shrunk to the width by means.
func (d drawing) heat(h *Heat) []string {
	wide := 2
	cols := min(h.Cols, (d.width-2)/wide)
	if cols < h.Cols && h.Cols <= d.width-2 {
		wide, cols = 1, h.Cols
	}
	rows := h.Rows
	if step := float64(h.Cols) / float64(cols); step > 1 {
		rows = max(1, int(float64(h.Rows)/step))
	}
	rows = min(rows, 40)
	s := newScale(h.Data)
	shades := d.shades()
	var out []string
	for i := range rows {
		var b strings.Builder
		for j := range cols {
			t := s.part(h.mean(i, rows, j, cols))
			sign := " "
			if isFinite(t) {
				sign = shades[min(int(t*float64(len(shades))), len(shades)-1)]
			}
			b.WriteString(strings.Repeat(sign, wide))
		}
		out = append(out, "  "+b.String())
	}
	first, last := shades[0], shades[len(shades)-1]
	dots := "…"
	if d.ascii {
		dots = "..."
	}
	return append(out, "  '"+first+"' "+number(s.lo)+" "+dots+" '"+last+"' "+number(s.hi))
}

// mean is the mean of the finite entries that fall into one cell of a smaller matrix.
func (h *Heat) mean(i, rows, j, cols int) float64 {
	sum, n := 0.0, 0
	for a := i * h.Rows / rows; a < max((i+1)*h.Rows/rows, i*h.Rows/rows+1); a++ {
		for b := j * h.Cols / cols; b < max((j+1)*h.Cols/cols, j*h.Cols/cols+1); b++ {
			if x := h.Data[a*h.Cols+b]; isFinite(x) {
				sum += x
				n++
			}
		}
	}
	return sum / float64(n) // without entries: NaN
}

// histogram draws a bar for each bin.
func (d drawing) histogram(h *Histogram) []string {
	most := 1
	for _, n := range h.Counts {
		most = max(most, n)
	}
	step := (h.High - h.Low) / float64(len(h.Counts))
	labels, margin := make([]string, len(h.Counts)), 0
	for i := range labels {
		labels[i] = number(h.Low + float64(i)*step)
		margin = max(margin, len(labels[i]))
	}
	room := max(10, min(60, d.width-margin-3-len(strconv.Itoa(most))))
	var out []string
	for i, n := range h.Counts {
		out = append(out, pad(labels[i], margin)+" "+d.bar(float64(n)/float64(most)*float64(room))+" "+strconv.Itoa(n))
	}
	return append(out, pad(number(h.High), margin))
}

// bar is so many columns long, in eighths.
func (d drawing) bar(length float64) string {
	if d.ascii {
		return strings.Repeat("#", int(math.Round(length)))
	}
	eighths := int(math.Round(length * 8))
	s := strings.Repeat("█", eighths/8)
	if k := eighths % 8; k > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[k-1])
	}
	return s
}
