package main

import (
	"fmt"
	"io"
	"strings"
)

// A glyph is a cell with its meaning.
type glyph struct {
	cell
	role role
}

// A row is one row of the screen. A soft row is reached by filling the one before it: the terminal wraps by itself,
// so that what is copied from the screen has no line break there.
type row struct {
	glyphs []glyph
	width  int
	soft   bool
}

// A frame is the entry as it is shown, from the prompt to the list of completions, and where the cursor stands.
type frame struct {
	rows   []row
	x, y   int
	screen int // columns that the rows are laid out for
}

// A layout places glyphs in rows of a given width.
type layout struct {
	frame
	cursorSet bool
}

func newLayout(width int) *layout {
	return &layout{frame: frame{rows: []row{{}}, screen: max(width, 2)}}
}

// put places one glyph, wrapping where it does not fit.
func (l *layout) put(g glyph) {
	if l.last().width+g.width > l.screen {
		l.rows = append(l.rows, row{soft: true})
	}
	last := l.last()
	last.glyphs = append(last.glyphs, g)
	last.width += g.width
}

func (l *layout) last() *row { return &l.rows[len(l.rows)-1] }

func (l *layout) newline() { l.rows = append(l.rows, row{}) }

// mark puts the cursor before a glyph of the given width. A full row has no place for it: it goes to the next.
func (l *layout) mark(width int) {
	l.cursorSet = true
	l.x, l.y = l.last().width, len(l.rows)-1
	if l.x+max(width, 1) > l.screen {
		l.x, l.y = 0, l.y+1
	}
}

// finish is the frame. If the cursor stands after a full last row it gets a row of its own.
func (l *layout) finish() frame {
	if l.y == len(l.rows) {
		l.rows = append(l.rows, row{soft: true})
	}
	return l.frame
}

func (l *layout) string(s string, r role) {
	for _, c := range split(s) {
		l.put(glyph{c, r})
	}
}

// window is the part of a frame that fits a screen of some height, around the cursor.
func (f frame) window(height int) frame {
	if height <= 0 || len(f.rows) <= height {
		return f
	}
	top := min(max(0, f.y-height+1+height/4), len(f.rows)-height)
	if f.y < height-height/4 {
		top = 0
	}
	f.rows = f.rows[top : top+height]
	f.y -= top
	return f
}

// A canvas draws frames, one over the other, writing only from the first difference on.
type canvas struct {
	out   io.Writer
	theme theme
	shown frame
	drawn bool
}

// draw replaces the frame on the screen.
func (c *canvas) draw(f frame) {
	var b strings.Builder
	if !c.drawn || c.shown.screen != f.screen {
		c.reset(&b, f.screen)
	}
	y, i := c.shown.differs(f)
	if y < len(f.rows) {
		c.write(&b, f, y, i)
	} else if len(c.shown.rows) > len(f.rows) {
		c.goTo(&b, len(f.rows), 0)
		b.WriteString("\x1b[J")
	}
	c.goTo(&b, f.y, f.x)
	c.shown, c.drawn = f, true
	io.WriteString(c.out, b.String())
}

// eraseFromHere clears the row of the cursor and those below, in two steps: where all of a screen is erased at once, tmux
// moves it to its history, from which it comes back when the window grows.
const eraseFromHere = "\r\x1b[K\x1b7\x1b[B\x1b[J\x1b8"

// reset goes back to the top left corner and clears. After a change of width the terminal has wrapped the rows anew.
func (c *canvas) reset(b *strings.Builder, width int) {
	if c.drawn {
		if up := c.shown.rewrapped(width); up > 0 {
			fmt.Fprintf(b, "\x1b[%dA", up)
		}
	}
	b.WriteString(eraseFromHere)
	c.shown = frame{rows: []row{{}}, screen: width}
}

// rewrapped is the row of the cursor once the terminal has another width and has wrapped soft rows anew.
func (f frame) rewrapped(width int) int {
	y, used := 0, 0
	for i, r := range f.rows[:f.y] {
		if i > 0 && !r.soft {
			y, used = y+max(1, (used+width-1)/width), 0
		}
		used += r.width
	}
	if f.y > 0 && !f.rows[f.y].soft {
		y, used = y+max(1, (used+width-1)/width), 0
	}
	return y + (used+f.x)/width
}

// differs is the first row and glyph at which two frames differ. To wrap a row by filling it, writing starts before
// the end of the row above.
func (f frame) differs(g frame) (y, i int) {
	for y = range g.rows {
		if y == len(f.rows) || f.rows[y].soft != g.rows[y].soft {
			i = 0
			break
		}
		if i = f.rows[y].differs(g.rows[y]); i >= 0 {
			break
		}
	}
	if i < 0 || len(g.rows) == 0 {
		return len(g.rows), 0
	}
	if i == 0 && y > 0 && g.rows[y].soft && len(g.rows[y-1].glyphs) > 0 {
		return y - 1, len(g.rows[y-1].glyphs) - 1
	}
	return y, i
}

// differs is the first glyph at which two rows differ, -1 if there is none.
func (r row) differs(s row) int {
	for i := range max(len(r.glyphs), len(s.glyphs)) {
		if i == len(r.glyphs) || i == len(s.glyphs) || r.glyphs[i] != s.glyphs[i] {
			return i
		}
	}
	return -1
}

// write prints a frame from glyph i of row y to its end, and leaves shown's cursor where the terminal's is.
func (c *canvas) write(b *strings.Builder, f frame, y, i int) {
	c.goTo(b, min(y, len(c.shown.rows)-1), 0)
	if y >= len(c.shown.rows) { // the row does not exist yet
		b.WriteString("\r\n")
	}
	if x := width(f.rows[y].glyphs[:i]); x > 0 {
		fmt.Fprintf(b, "\x1b[%dC", x)
	}
	for n := y; n < len(f.rows); n++ {
		r := f.rows[n]
		switch {
		case n > y && !r.soft:
			b.WriteString("\r\n")
		case n > y && len(r.glyphs) == 0: // the row of a cursor after a full row: fill and return
			b.WriteString(" \r")
		}
		c.paint(b, r.glyphs[i:])
		if i = 0; r.width < f.screen {
			b.WriteString("\x1b[K")
		}
	}
	c.eraseBelow(b, f)
	last := f.rows[len(f.rows)-1]
	c.shown.y, c.shown.x = len(f.rows)-1, last.width
}

// eraseBelow clears what an earlier, taller frame left. After a full row the cursor still stands on its last glyph.
func (c *canvas) eraseBelow(b *strings.Builder, f frame) {
	if len(c.shown.rows) <= len(f.rows) {
		return
	}
	fmt.Fprintf(b, "\r\x1b[B\x1b[J\x1b[A")
}

func (c *canvas) paint(b *strings.Builder, glyphs []glyph) {
	for len(glyphs) > 0 {
		n, run := 0, ""
		for n < len(glyphs) && glyphs[n].role == glyphs[0].role {
			run += glyphs[n].text
			n++
		}
		b.WriteString(c.theme.paint(glyphs[0].role, run))
		glyphs = glyphs[n:]
	}
}

func width(glyphs []glyph) (n int) {
	for _, g := range glyphs {
		n += g.width
	}
	return n
}

// goTo moves the terminal's cursor inside the frame on the screen.
func (c *canvas) goTo(b *strings.Builder, y, x int) {
	b.WriteString("\r")
	switch d := y - c.shown.y; {
	case d < 0:
		fmt.Fprintf(b, "\x1b[%dA", -d)
	case d > 0:
		fmt.Fprintf(b, "\x1b[%dB", d)
	}
	if x > 0 {
		fmt.Fprintf(b, "\x1b[%dC", x)
	}
	c.shown.y, c.shown.x = y, x
}

// leave ends the frame: what comes next stands below it. The whole of the entry stays on the screen.
func (c *canvas) leave(whole frame) {
	if len(whole.rows) > len(c.shown.rows) {
		var b strings.Builder
		c.goTo(&b, 0, 0) // to write over it: what is erased at the top of a screen goes to its history
		c.shown = frame{rows: []row{{}}, screen: whole.screen}
		io.WriteString(c.out, b.String())
	}
	whole.y, whole.x = len(whole.rows)-1, 0
	c.draw(whole)
	io.WriteString(c.out, "\r\n")
	c.shown, c.drawn = frame{}, false
}

// forget says that the screen no longer shows the frame.
func (c *canvas) forget() { c.shown, c.drawn = frame{}, false }
