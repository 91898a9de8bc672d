package kernel

import (
	"context"
	"math"
	"strconv"
	"strings"
	"sync/atomic"

	"nabla/numeric"
	"nabla/symbolic"
)

// A Format says how numbers are printed: :set digits and :set edge.
type Format struct {
	Digits int  // significant digits
	Edge   int  // entries shown at each end of a long axis
	Limit  int  // arrays with more entries are summarised
	Width  int  // columns that a row of a summary may take; 0 is any number
	Single bool // numbers are in single precision: no more digits than tell them apart

	stop *atomic.Bool // an interrupt sets it, which ends Array as it ends what the graph constructs
}

// proceed panics with symbolic.Interrupted once an interrupt has come.
func (f Format) proceed() {
	if f.stop != nil && f.stop.Load() {
		panic(symbolic.Interrupted{})
	}
}

// DefaultFormat is that of a new session.
var DefaultFormat = Format{Digits: 6, Edge: 3, Limit: 1000}

// Number is x with the digits of f, as short as it can be: 0.5, 1e-09, NaN.
func (f Format) Number(x float64) string {
	switch {
	case math.IsNaN(x):
		return "NaN"
	case math.IsInf(x, 1):
		return "Infinity"
	case math.IsInf(x, -1):
		return "-Infinity"
	case x == 0:
		return "0" // never -0: rounding noise is not a sign
	case x == math.Trunc(x) && math.Abs(x) < 1e15:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	if f.Single && f.Digits >= singleDigits {
		return strconv.FormatFloat(x, 'g', -1, 32)
	}
	return strconv.FormatFloat(x, 'g', f.Digits, 64)
}

// singleDigits tell any two numbers in single precision apart.
const singleDigits = 9

// Array is a as nested lists that read back. Matrices have a line per row, in columns; long axes are summarised by
// their corners.
func (f Format) Array(a *numeric.Array) string {
	if len(a.Shape) == 0 {
		return f.Number(a.Data[0])
	}
	w := &arrayWriter{f: f, a: a, short: len(a.Data) > f.Limit}
	w.edge = f.Edge
	w.measure(0, 0)
	w.narrow()
	w.write(0, 0, 1)
	return w.b.String()
}

// indented is Array where its first line stands after so many columns.
func (f Format) indented(a *numeric.Array, columns int) string {
	return strings.ReplaceAll(f.Array(a), "\n", "\n"+strings.Repeat(" ", columns))
}

// Range says between which numbers the entries of a lie; of those seen until ctx ends.
func (f Format) Range(ctx context.Context, a *numeric.Array) string {
	lo, hi := math.Inf(1), math.Inf(-1)
	_ = numeric.Pieces(ctx, len(a.Data), func(from, to int) {
		part := a.Data[from:to]
		lo, hi = math.Min(lo, numeric.Min(part)), math.Max(hi, numeric.Max(part))
	})
	if lo > hi {
		return "without entries"
	}
	return "from " + f.Number(lo) + " to " + f.Number(hi)
}

// Summary is a on one line: its entries if there are few, else how many and in which range.
func (f Format) Summary(ctx context.Context, a *numeric.Array) string {
	if len(a.Data) <= 8 && len(a.Shape) <= 1 {
		return f.Array(a)
	}
	return times(a.Shape) + " entries " + f.Range(ctx, a)
}

// An arrayWriter writes one array. Cells of the last axis are padded to one width, so that columns line up.
type arrayWriter struct {
	f     Format
	a     *numeric.Array
	short bool
	edge  int // entries shown at each end of the last axis
	width int
	b     strings.Builder
}

const ellipsis = -1

// narrow shows fewer entries at the ends of the rows of a summary, so that they fit into the width.
func (w *arrayWriter) narrow() {
	axes := len(w.a.Shape)
	if n := w.a.Shape[axes-1]; axes < 2 || !w.short || n <= 2*w.edge {
		return
	}
	const brackets, dots = 2, len(", ...") // of the innermost list, and of what is left out
	for w.edge > 1 && w.f.Width > 0 && axes+brackets+dots+2*w.edge*(w.width+2) > w.f.Width {
		w.edge--
	}
}

// shown lists the positions shown of an axis of n entries; ellipsis stands for those left out.
func (w *arrayWriter) shown(axis int) []int {
	n, edge := w.a.Shape[axis], w.f.Edge
	if axis == len(w.a.Shape)-1 {
		edge = w.edge
	}
	var out []int
	for i := 0; i < n; i++ {
		if w.short && n > 2*edge && i == edge {
			out = append(out, ellipsis)
			i = n - edge
		}
		out = append(out, i)
	}
	return out
}

// measure finds the widest cell shown below one position of an axis.
func (w *arrayWriter) measure(axis, offset int) {
	w.f.proceed()
	stride := numeric.Count(w.a.Shape[axis+1:])
	for _, i := range w.shown(axis) {
		switch {
		case i == ellipsis:
		case axis == len(w.a.Shape)-1:
			w.width = max(w.width, len(w.f.Number(w.a.Data[offset+i])))
		default:
			w.measure(axis+1, offset+i*stride)
		}
	}
}

func (w *arrayWriter) write(axis, offset, indent int) {
	w.f.proceed()
	last := axis == len(w.a.Shape)-1
	stride, across := numeric.Count(w.a.Shape[axis+1:]), w.across(indent)
	w.b.WriteByte('[')
	for k, i := range w.shown(axis) {
		if k > 0 {
			w.b.WriteByte(',')
			if last && (across == 0 || k%across != 0) {
				w.b.WriteByte(' ')
			} else {
				w.b.WriteString("\n" + strings.Repeat(" ", indent))
			}
		}
		switch {
		case i == ellipsis:
			w.b.WriteString("…")
		case last:
			w.cell(w.a.Data[offset+i])
		default:
			w.write(axis+1, offset+i*stride, indent+1)
		}
	}
	w.b.WriteByte(']')
}

// across is how many cells of a row fit beside each other, so that the columns of a row that is broken line up; 0 is
// any number.
func (w *arrayWriter) across(indent int) int {
	axes := len(w.a.Shape)
	summary := axes > 0 && w.short && w.a.Shape[axes-1] > 2*w.edge // which is narrow already
	if axes < 2 || w.f.Width == 0 || summary {
		return 0
	}
	return max(1, (w.f.Width-indent-len(w.a.Shape))/(w.width+len(", ")))
}

// cell pads to the common width where there is a column to line up with.
func (w *arrayWriter) cell(x float64) {
	s := w.f.Number(x)
	if len(w.a.Shape) > 1 {
		w.b.WriteString(strings.Repeat(" ", w.width-len(s)))
	}
	w.b.WriteString(s)
}
