// Package chart draws numbers: curves, points, matrices as colours, contours and histograms. One Chart is an SVG or PNG
// picture, by gonum/plot, and a drawing in text for a terminal.
package chart

import (
	"math"
	"slices"
)

// A Chart is one pair of axes with everything that is drawn in it.
type Chart struct {
	Title  string
	X, Y   Axis
	Layers []Layer // drawn in this order
	Square bool    // one unit has the same length on both axes
	Bare   bool    // no axes: a picture made of numbers
}

// An Axis has a label and, unless both are 0, limits. Without limits it shows everything.
type Axis struct {
	Label    string
	Min, Max float64
}

// A Layer is *Curve, *Points, *Heat, *Contour or *Histogram.
type Layer interface {
	// bounds extends a rectangle to what the layer shows.
	bounds(r *rectangle)
}

// A Curve joins points by lines; it is interrupted where a number is not finite.
type Curve struct {
	Name string
	X, Y []float64
	Mark bool // the points are marked too, and the first and last one told apart: a path
}

// Points are marks that nothing joins.
type Points struct {
	Name string
	X, Y []float64
}

// A Heat is a matrix, row-major with its first row on top, as colours. What is not finite stays white.
type Heat struct {
	Rows, Cols int
	Data       []float64
	Offset     int // added to the numbers of rows and columns, which begin at 1
}

// A Contour is a function of two variables by its values on a grid: Z[i*len(X)+j] belongs to X[j] and Y[i].
type Contour struct {
	X, Y, Z []float64
}

// A Histogram counts values in bins of equal width.
type Histogram struct {
	Low, High float64
	Counts    []int
}

// NewHistogram counts the finite values; with bins < 1 there is one for each of a few whole numbers, otherwise about as
// many as the root of the number of values.
func NewHistogram(values []float64, bins int) *Histogram {
	var all rectangle
	finite, whole := 0, true
	for _, v := range values {
		if isFinite(v) {
			finite++
			whole = whole && v == math.Trunc(v)
			all.add(v, 0)
		}
	}
	if bins < 1 && whole && all.x1-all.x0 < 60 {
		bins = int(all.x1-all.x0) + 1
		all.x0, all.x1 = all.x0-0.5, all.x1+0.5
	}
	if bins < 1 {
		bins = min(max(int(math.Ceil(math.Sqrt(float64(finite)))), 1), 60)
	}
	h := &Histogram{Low: all.x0, High: all.x1, Counts: make([]int, bins)}
	if h.Low == h.High {
		h.Low, h.High = h.Low-0.5, h.High+0.5
	}
	for _, v := range values {
		if isFinite(v) {
			k := int((v - h.Low) / (h.High - h.Low) * float64(bins))
			h.Counts[min(max(k, 0), bins-1)]++
		}
	}
	return h
}

// Tiles puts the rows of a matrix side by side as pictures of height × width numbers each, with white gaps.
func Tiles(data []float64, rows, height, width int) *Heat {
	across := int(math.Ceil(math.Sqrt(float64(rows) * float64(height) / float64(width))))
	down := (rows + across - 1) / across
	h := &Heat{Rows: down*(height+1) - 1, Cols: across*(width+1) - 1}
	h.Data = make([]float64, h.Rows*h.Cols)
	for i := range h.Data {
		h.Data[i] = math.NaN()
	}
	for t := range rows {
		top, left := t/across*(height+1), t%across*(width+1)
		for i := range height {
			copy(h.Data[(top+i)*h.Cols+left:], data[(t*height+i)*width:(t*height+i+1)*width])
		}
	}
	return h
}

// rectangle is a range of both axes; the zero rectangle is empty.
type rectangle struct {
	x0, x1, y0, y1 float64
	any            bool
}

func (r *rectangle) add(x, y float64) {
	if !isFinite(x) || !isFinite(y) {
		return
	}
	if !r.any {
		*r = rectangle{x, x, y, y, true}
		return
	}
	r.x0, r.x1 = math.Min(r.x0, x), math.Max(r.x1, x)
	r.y0, r.y1 = math.Min(r.y0, y), math.Max(r.y1, y)
}

// widen adds a part of the range at each end.
func (r *rectangle) widen(part float64) {
	dx, dy := part*(r.x1-r.x0), part*(r.y1-r.y0)
	r.x0, r.x1, r.y0, r.y1 = r.x0-dx, r.x1+dx, r.y0-dy, r.y1+dy
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func addAll(r *rectangle, x, y []float64) {
	for i := range x {
		r.add(x[i], y[i])
	}
}

func (c *Curve) bounds(r *rectangle)  { addAll(r, c.X, c.Y) }
func (p *Points) bounds(r *rectangle) { addAll(r, p.X, p.Y) }
func (h *Heat) bounds(r *rectangle) {
	r.add(0.5, 0.5)
	r.add(float64(h.Cols)+0.5, float64(h.Rows)+0.5)
}
func (c *Contour) bounds(r *rectangle) {
	r.add(c.X[0], c.Y[0])
	r.add(c.X[len(c.X)-1], c.Y[len(c.Y)-1])
}
func (h *Histogram) bounds(r *rectangle) {
	r.add(h.Low, 0)
	r.add(h.High, float64(slices.Max(h.Counts))*1.05)
}

// Empty reports whether there is nothing to draw: no number of the chart is finite.
func (c *Chart) Empty() bool {
	return !slices.ContainsFunc(c.Layers, func(l Layer) bool {
		switch l := l.(type) {
		case *Heat:
			return slices.ContainsFunc(l.Data, isFinite)
		case *Contour:
			return slices.ContainsFunc(l.Z, isFinite)
		}
		var r rectangle
		l.bounds(&r)
		return r.any
	})
}

// frame is what the axes show: their limits, or everything; never empty.
func (c *Chart) frame() rectangle {
	var r rectangle
	for _, l := range c.Layers {
		if _, path := l.(*Curve); path && c.contour() != nil {
			continue // a path does not widen the map that it lies on
		}
		l.bounds(&r)
	}
	if slices.ContainsFunc(c.Layers, func(l Layer) bool { _, ok := l.(*Points); return ok }) {
		r.widen(0.03) // no point lies on an axis
	}
	if c.X.Min != c.X.Max {
		r.x0, r.x1 = c.X.Min, c.X.Max
	}
	if c.Y.Min != c.Y.Max {
		r.y0, r.y1 = c.Y.Min, c.Y.Max
	}
	r.x0, r.x1 = apart(r.x0, r.x1)
	r.y0, r.y1 = apart(r.y0, r.y1)
	return r
}

// apart keeps the ends of an axis distinct.
func apart(a, b float64) (float64, float64) {
	if b > a {
		return a, b
	}
	d := math.Max(math.Abs(a)/10, 0.5)
	return a - d, b + d
}

// contour is the map that the chart is drawn on, or nil.
func (c *Chart) contour() *Contour {
	for _, l := range c.Layers {
		if m, ok := l.(*Contour); ok {
			return m
		}
	}
	return nil
}

// levels are the heights at which lines are drawn: they part the values into equal numbers, so that a deep valley with
// steep walls is seen as well as a bowl.
func (c *Contour) levels(n int) []float64 {
	var z []float64
	for _, v := range c.Z {
		if isFinite(v) {
			z = append(z, v)
		}
	}
	if len(z) == 0 {
		return nil
	}
	slices.Sort(z)
	var out []float64
	for k := range n {
		out = append(out, z[int((float64(k)+0.5)/float64(n)*float64(len(z)))])
	}
	return slices.Compact(out)
}

// span is the range of the finite entries; signed says that there are both signs, and the range is symmetric then.
func span(data []float64) (lo, hi float64, signed bool) {
	var r rectangle
	for _, v := range data {
		r.add(v, 0)
	}
	lo, hi = r.x0, r.x1
	if lo < 0 && hi > 0 {
		m := math.Max(-lo, hi)
		return -m, m, true
	}
	return lo, hi, false
}

// Pieces are the runs of a curve that can be drawn without lifting the pen: numbers are finite, and it does not jump
// from below the visible range to above it or back.
func pieces(c *Curve, r rectangle) [][2]int {
	var out [][2]int
	start := -1
	for i := 0; i <= len(c.X); i++ {
		fine := i < len(c.X) && isFinite(c.X[i]) && isFinite(c.Y[i])
		jump := fine && start >= 0 && i > start && (c.Y[i] > r.y1 && c.Y[i-1] < r.y0 || c.Y[i] < r.y0 && c.Y[i-1] > r.y1)
		if start >= 0 && (!fine || jump) {
			out = append(out, [2]int{start, i})
			start = -1
		}
		if fine && start < 0 {
			start = i
		}
	}
	return out
}

// Visible is the range of values that is worth showing: all of them, or, where a few lie far outside the others as
// beside a pole, the middle nine tenths with room around; cut says which.
func Visible(values []float64) (lo, hi float64, cut bool) {
	var v []float64
	for _, x := range values {
		if isFinite(x) {
			v = append(v, x)
		}
	}
	if len(v) == 0 {
		return 0, 0, false
	}
	slices.Sort(v)
	lo, hi = v[0], v[len(v)-1]
	a, b := v[len(v)/20], v[len(v)-1-len(v)/20]
	if hi-lo <= 20*(b-a) || a == b {
		return lo, hi, false
	}
	room := 0.5 * (b - a)
	return math.Max(lo, a-room), math.Min(hi, b+room), true
}
