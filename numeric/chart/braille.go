package chart

import "math"

// A canvas is cells of characters. Each cell has 2×4 Braille dots, or one sign that hides them.
type canvas struct {
	cols, rows int
	frame      rectangle
	ascii      bool
	dots       []uint8
	signs      []rune
}

func newCanvas(cols, rows int, frame rectangle, ascii bool) *canvas {
	return &canvas{cols, rows, frame, ascii, make([]uint8, cols*rows), make([]rune, cols*rows)}
}

// dotBits are the bits of the Braille pattern at U+2800 for the dots of a cell, by row and column.
var dotBits = [4][2]uint8{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// place is where a point lies, in dots from the top left.
func (c *canvas) place(x, y float64) (col, row float64) {
	r := c.frame
	col = (x - r.x0) / (r.x1 - r.x0) * float64(2*c.cols-1)
	row = (r.y1 - y) / (r.y1 - r.y0) * float64(4*c.rows-1)
	return col, row
}

// point sets one dot, or a sign in its cell; what lies outside the frame is not drawn.
func (c *canvas) point(x, y float64, sign rune) {
	col, row := c.place(x, y)
	c.set(col, row, sign)
}

func (c *canvas) set(col, row float64, sign rune) {
	if !isFinite(col) || !isFinite(row) {
		return
	}
	i, j := int(math.Round(row)), int(math.Round(col))
	if i < 0 || j < 0 || i >= 4*c.rows || j >= 2*c.cols {
		return
	}
	cell := i/4*c.cols + j/2
	if sign != 0 {
		c.signs[cell] = sign
		return
	}
	c.dots[cell] |= dotBits[i%4][j%2]
}

// line joins two points.
func (c *canvas) line(x0, y0, x1, y1 float64, sign rune) {
	a, b := c.place(x0, y0)
	p, q := c.place(x1, y1)
	steps := math.Ceil(math.Max(math.Abs(p-a), math.Abs(q-b)))
	steps = math.Min(math.Max(steps, 1), 4*float64(c.cols+c.rows)*4)
	for k := 0.0; k <= steps; k++ {
		c.set(a+(p-a)*k/steps, b+(q-b)*k/steps, sign)
	}
}

// lines are the rows from top to bottom.
func (c *canvas) lines() []string {
	out := make([]string, c.rows)
	for i := range out {
		line := make([]rune, c.cols)
		for j := range line {
			line[j] = c.cell(i*c.cols + j)
		}
		out[i] = string(line)
	}
	return out
}

func (c *canvas) cell(k int) rune {
	switch {
	case c.signs[k] != 0:
		return c.signs[k]
	case c.dots[k] == 0:
		return ' '
	case c.ascii:
		return '.'
	}
	return 0x2800 + rune(c.dots[k])
}
