package lang

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// RenderOptions are the ways in which an error is shown.
type RenderOptions struct {
	Prefix string // "In[4]"; what stands left of the source
	File   string // if set, the prefix is File:line instead
	ASCII  bool   // draw with | and - only
	Width  int    // columns of the display; long source lines are cut to it; 0 is 160
	// Paint colours text by its role: "error" "gutter" "mark" "fix". Nil leaves it plain.
	Paint func(role, text string) string
}

// Render is the error as a person reads it: the message, the source with the places marked in display columns, the
// explanation, and the fixes. It ends without a newline.
func (e *Error) Render(o RenderOptions) string {
	r := &renderer{e: e, o: o, bar: "│", dash: "─", dots: "…"}
	if o.ASCII || e.ASCII {
		r.bar, r.dash, r.dots = "|", "-", "~"
	}
	r.headline()
	if e.Source != "" {
		r.source()
	}
	for _, d := range e.Details {
		for part := range strings.SplitSeq(d, "\n") {
			for _, line := range wrapped(part, r.width()-2) {
				r.line("  " + line)
			}
		}
	}
	r.fixes()
	return strings.TrimSuffix(r.out.String(), "\n")
}

// headline is the code and the message, broken between words on a display that has a width.
func (r *renderer) headline() {
	code := "error[" + r.e.Code + "]"
	lines := []string{code + ": " + r.e.Message}
	if r.o.Width > 0 {
		lines = wrapped(lines[0], r.width()-2)
	}
	for i, line := range lines {
		if i == 0 {
			r.line(r.paint("error", code) + strings.TrimPrefix(line, code))
			continue
		}
		r.line("  " + line)
	}
}

// wrapped breaks a sentence between words, so that it fits the columns. What is indented or set in columns stays.
func wrapped(text string, columns int) (lines []string) {
	if Columns(text) <= columns || strings.Contains(text, "  ") {
		return []string{text}
	}
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && Columns(line)+1+Columns(word) > columns {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// Position is the 1-based line of the error in its source, its 1-based display column there, and how many display
// columns of that line are concerned (at least one).
func (e *Error) Position() (line, column, length int) {
	start := min(max(e.Span.Start, 0), len(e.Source))
	end := min(max(e.Span.End, start), len(e.Source))
	from := strings.LastIndexByte(e.Source[:start], '\n') + 1
	to := len(e.Source)
	if i := strings.IndexByte(e.Source[start:], '\n'); i >= 0 {
		to = start + i
	}
	line = 1 + strings.Count(e.Source[:start], "\n")
	return line, 1 + Columns(e.Source[from:start]), max(1, Columns(e.Source[start:min(end, max(to, start))]))
}

type renderer struct {
	e         *Error
	o         RenderOptions
	out       strings.Builder
	bar, dash string
	dots      string // stand for what is left out
	gutter    int    // columns left of the source
}

func (r *renderer) paint(role, text string) string {
	if r.o.Paint == nil || text == "" {
		return text
	}
	return r.o.Paint(role, text)
}

func (r *renderer) line(text string) {
	r.out.WriteString(strings.TrimRight(text, " "))
	r.out.WriteByte('\n')
}

// marks are the labels, and the span of the error itself if no label tells about it.
func (r *renderer) marks() []Label {
	marks := slices.Clone(r.e.Labels)
	for _, l := range marks {
		if l.Span.Start < r.e.Span.End && r.e.Span.Start < l.Span.End || l.Span == r.e.Span {
			return marks
		}
	}
	return append(marks, Label{Span: r.e.Span})
}

// maxLines bounds the source shown of one error; the lines between the first and last ones are left out.
const maxLines = 6

// source prints each line that a mark touches, and the marks under it.
func (r *renderer) source() {
	marks := r.marks()
	lines := splitLines(r.e.Source)
	shown := touched(lines, marks)
	prefix, gutter := r.prefix(lines, shown)
	for i, n := range shown {
		if len(shown) > maxLines && i == maxLines/2 {
			r.line(gutter + r.dots)
		}
		if len(shown) > maxLines && i >= maxLines/2 && i < len(shown)-maxLines/2 {
			continue
		}
		r.sourceLine(prefix, gutter, lines[n], marks)
		prefix = gutter
	}
}

// prefix is what stands before the first source line and, as wide, before the others.
func (r *renderer) prefix(lines []Span, shown []int) (first, others string) {
	name := r.o.Prefix
	if r.o.File != "" {
		line, _, _ := r.e.Position()
		name = r.o.File + ":" + strconv.Itoa(line)
	}
	blank := strings.Repeat(" ", Columns(name))
	r.gutter = Columns("  " + blank + " " + r.bar + " ")
	return "  " + r.paint("gutter", name+" "+r.bar) + " ", "  " + r.paint("gutter", blank+" "+r.bar) + " "
}

// splitLines are the spans of the lines of src, without their newlines.
func splitLines(src string) (lines []Span) {
	for start := 0; start <= len(src); {
		end := strings.IndexByte(src[start:], '\n')
		if end < 0 {
			end = len(src) - start
		}
		lines = append(lines, Span{start, start + end})
		start += end + 1
	}
	return lines
}

// touched are the indices of the lines in which a mark has a part.
func touched(lines []Span, marks []Label) (shown []int) {
	for i, l := range lines {
		for _, m := range marks {
			if m.Span.Start <= l.End && (m.Span.End > l.Start || m.Span.Start >= l.Start) {
				shown = append(shown, i)
				break
			}
		}
	}
	return shown
}

// A stroke is a mark on one line, in display columns.
type stroke struct {
	from, to int
	text     string
	where    string
}

func (r *renderer) sourceLine(prefix, gutter string, line Span, marks []Label) {
	src := r.e.Source[line.Start:line.End]
	strokes := strokesOn(src, line, marks)
	cut, shift := crop(src, r.dots, strokes, r.width()-r.gutter)
	r.line(prefix + cut)
	end := max(1, Columns(cut)) // a mark does not go beyond what is shown, but for one after the end of the line
	for i, s := range strokes {
		from := max(0, s.from-shift)
		strokes[i].from, strokes[i].to = from, max(1, min(s.to-shift, max(end, from+1)))
	}
	if len(strokes) == 0 {
		return
	}
	r.line(gutter + r.paint("mark", underline(strokes, r.dash)))
	r.remarks(gutter, strokes)
}

func (r *renderer) width() int {
	if r.o.Width <= 0 {
		return 160
	}
	return max(r.o.Width, 20)
}

// strokesOn are the parts of marks on a line, from left to right. White space at the ends is not marked, and the
// text of a mark over several lines stands under the last.
func strokesOn(src string, line Span, marks []Label) (strokes []stroke) {
	names := 0
	for _, m := range marks {
		names = max(names, Columns(m.Name))
	}
	for _, m := range marks {
		if m.Span.Start > line.End || m.Span.End < line.Start || m.Span.End == line.Start && m.Span.Start < line.Start {
			continue
		}
		from, to := max(m.Span.Start, line.Start)-line.Start, min(m.Span.End, line.End)-line.Start
		if m.Span.Start < line.Start {
			from += len(src[from:]) - len(strings.TrimLeftFunc(src[from:], unicode.IsSpace))
		}
		s := stroke{from: Columns(src[:from])}
		s.to = max(Columns(src[:max(from, to)]), s.from+1)
		if m.Span.End <= line.End {
			s.text, s.where = m.Text, m.Where
			if m.Name != "" {
				s.text = pad(m.Name, names) + " " + m.Text
			}
		}
		strokes = append(strokes, s)
	}
	slices.SortStableFunc(strokes, func(a, b stroke) int { return a.from - b.from })
	return strokes
}

// crop shows a line in at most width columns, with the first stroke in view; shift columns are left out at the start.
func crop(src, dots string, strokes []stroke, width int) (text string, shift int) {
	clusters, widths := clean(src)
	total := 0
	for _, w := range widths {
		total += w
	}
	if total <= width {
		return strings.Join(clusters, ""), 0
	}
	want := 0
	if len(strokes) > 0 && strokes[0].to > width-2 {
		want = max(0, strokes[0].from-width/3)
	}
	i := 0
	for ; i < len(clusters) && shift < want; i++ {
		shift += widths[i]
	}
	var b strings.Builder
	if i > 0 {
		b.WriteString(dots)
		shift--
	}
	for used := 1; i < len(clusters) && used+widths[i] < width; i++ {
		used += widths[i]
		b.WriteString(clusters[i])
	}
	if i < len(clusters) {
		b.WriteString(dots)
	}
	return b.String(), shift
}

// clean splits a line into grapheme clusters and their display widths; control characters become blanks.
func clean(src string) (clusters []string, widths []int) {
	state := -1
	for src != "" {
		var c string
		var w int
		c, src, w, state = uniseg.FirstGraphemeClusterInString(src, state)
		if r := []rune(c)[0]; unicode.IsControl(r) || r == unicode.ReplacementChar {
			c, w = " ", 1
		}
		clusters, widths = append(clusters, c), append(widths, w)
	}
	return clusters, widths
}

// Columns is the number of columns that a line takes on a terminal.
func Columns(line string) (n int) {
	_, widths := clean(line)
	for _, w := range widths {
		n += w
	}
	return n
}

// pad fills a text up to a number of columns.
func pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-Columns(text)))
}

// underline draws the strokes; where they overlap they are one.
func underline(strokes []stroke, dash string) string {
	var b strings.Builder
	col := 0
	for _, s := range strokes {
		for ; col < s.from; col++ {
			b.WriteByte(' ')
		}
		for ; col < s.to; col++ {
			b.WriteString(dash)
		}
	}
	return b.String()
}

// remarks prints the texts of the strokes, the rightmost first, each under the start of its stroke.
func (r *renderer) remarks(gutter string, strokes []stroke) {
	where := r.whereColumn(strokes)
	if where == 0 && !r.roomBelow(strokes) {
		r.legend(gutter, strokes)
		return
	}
	for i := len(strokes) - 1; i >= 0; i-- {
		if strokes[i].text == "" {
			continue
		}
		var b strings.Builder
		col := 0
		for _, s := range strokes[:i] {
			if s.text == "" || s.from < col || s.from >= strokes[i].from {
				continue
			}
			b.WriteString(strings.Repeat(" ", s.from-col) + r.bar)
			col = s.from + 1
		}
		b.WriteString(strings.Repeat(" ", strokes[i].from-col))
		text, below := strokes[i].text, strokes[i].where
		if below != "" && where > 0 {
			text, below = pad(text, where-strokes[i].from)+below, ""
		}
		r.line(gutter + r.paint("mark", b.String()) + text)
		if below != "" {
			r.line(gutter + r.paint("mark", b.String()) + below)
		}
	}
}

// roomBelow reports whether every text fits under its stroke.
func (r *renderer) roomBelow(strokes []stroke) bool {
	for _, s := range strokes {
		if r.gutter+s.from+max(Columns(s.text), Columns(s.where)) > r.width() {
			return false
		}
	}
	return true
}

// legend prints the texts of the strokes at the left, where they do not fit under them. They begin with the names.
func (r *renderer) legend(gutter string, strokes []stroke) {
	for _, s := range strokes {
		if s.text == "" {
			continue
		}
		if both := s.text + "  " + s.where; r.gutter+Columns(both) <= r.width() {
			r.line(gutter + both)
			continue
		}
		r.line(gutter + s.text)
		if s.where != "" {
			r.line(gutter + s.where)
		}
	}
}

// whereColumn is the column in which the places of declarations line up; 0 where there is no room for them beside the
// texts.
func (r *renderer) whereColumn(strokes []stroke) int {
	for _, gap := range []int{5, 2} {
		column, end := 0, 0
		for _, s := range strokes {
			if s.where != "" {
				column = max(column, s.from+Columns(s.text)+gap)
				end = max(end, Columns(s.where))
			}
		}
		if r.gutter+column+end <= r.width() {
			return column
		}
	}
	return 0
}

// fixes prints what to type and when, the latter aligned, or below where there is no room.
func (r *renderer) fixes() {
	const lead = "  fix:  "
	margin := strings.Repeat(" ", len(lead))
	width := 14
	for _, f := range r.e.Fixes {
		width = max(width, Columns(f.Text))
	}
	for i, f := range r.e.Fixes {
		lines := strings.Split(f.Text, "\n")
		if last := lines[len(lines)-1]; f.When != "" {
			beside := last + strings.Repeat(" ", max(1, width+2-Columns(f.Text))) + f.When
			if len(lead)+Columns(beside) <= r.width() {
				lines[len(lines)-1] = beside
			} else {
				lines = append(lines, indented(wrapped(f.When, r.width()-len(lead)-2))...)
			}
		}
		for j, line := range lines {
			if i+j == 0 {
				r.line(lead + r.paint("fix", line))
				continue
			}
			r.line(margin + r.paint("fix", line))
		}
	}
}

func indented(lines []string) []string {
	for i, line := range lines {
		lines[i] = "  " + line
	}
	return lines
}
