package main

import (
	"os"
	"strings"
)

// hanging is the indentation of the lines that a long one is folded into.
const hanging = "    "

// fold breaks text into lines of at most width columns, between symbols, best after an operator so that the lines
// read back as one. A width of 0 breaks only at newlines.
func fold(text string, width int) []string {
	var lines []string
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		lines = append(lines, foldLine(line, width)...)
	}
	return lines
}

// wrap breaks prose at blanks. What follows is indented as the line is; in a table, whose fields stand two blanks or
// more apart, as the second field, or as the field that is broken.
func wrap(text string, width int) []string {
	var lines []string
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		lines = append(lines, wrapLine(line, width)...)
	}
	return lines
}

func wrapLine(line string, width int) (lines []string) {
	fields := fieldsOf(line)
	if len(fields) == 0 {
		return []string{""}
	}
	hang := fields[0].column
	if len(fields) > 1 && hang < width/4 {
		hang = fields[1].column
	}
	hang = min(hang, width/2)
	for first := hang; width > 0 && columns(line) > width; fields = fieldsOf(line) {
		at, margin := wrapPoint(line, fields, width, hang, first)
		if at < 0 {
			break
		}
		lines = append(lines, strings.TrimRight(line[:at], " "))
		line = strings.Repeat(" ", margin) + strings.TrimLeft(line[at:], " ")
		first = margin
	}
	return append(lines, line)
}

// wrapPoint is the byte at which a line is broken, and the column in which it goes on: before the first field that
// does not fit if that stands far to the right, else within the field; first is where the first field goes on. It is -1
// where there is no blank.
func wrapPoint(line string, fields []field, width, hang, first int) (at, margin int) {
	i := 0
	for i < len(fields)-1 && fields[i].end <= width {
		i++
	}
	f := fields[i]
	blank := lastBlank(line, f.at, width)
	switch {
	case i > 0 && f.column > hang && (blank < 0 || f.column > width/2):
		return f.at, hang
	case i == 0:
		return blank, first
	}
	return blank, f.column
}

// A field is a part of a line: the byte and the column where it begins, and the column where it ends.
type field struct{ at, column, end int }

// fieldsOf cuts a line at gaps of two blanks or more, save after a semicolon, where there is none.
func fieldsOf(line string) (fields []field) {
	at, column, blanks := 0, 0, 2
	last := ""
	for _, c := range split(line) {
		switch {
		case c.text == " ":
			blanks++
		case blanks >= 2 && last != ";":
			fields = append(fields, field{at, column, 0})
			fallthrough
		default:
			blanks, last = 0, c.text
			fields[len(fields)-1].end = column + c.width
		}
		at += len(c.text)
		column += c.width
	}
	return fields
}

// lastBlank is the last blank of a line that stands after a byte and within a width, -1 if there is none.
func lastBlank(line string, after, width int) int {
	blank, at, used := -1, 0, 0
	for _, c := range split(line) {
		if used > width {
			break
		}
		if c.text == " " && at > after {
			blank = at
		}
		at += len(c.text)
		used += c.width
	}
	return blank
}

func foldLine(line string, width int) (lines []string) {
	if width <= 0 || len(line) <= width { // no character has more columns than bytes
		return []string{line}
	}
	cells := split(line)
	for wider(cells, width) {
		at := breakPoint(cells, width)
		lines = append(lines, strings.TrimRight(text(cells[:at]), " "))
		at += leading(cells[at:])
		if at == len(cells) {
			return lines
		}
		cells = hung(cells, at)
	}
	return append(lines, text(cells))
}

// hung are the cells from at on behind the hanging indentation, which takes the place of cells before them: a line of a
// million symbols is not copied for every row.
func hung(cells []cell, at int) []cell {
	margin := split(hanging)
	if at < len(margin) {
		return append(margin, cells[at:]...)
	}
	copy(cells[at-len(margin):], margin)
	return cells[at-len(margin):]
}

// wider reports whether cells take more than a width; it looks no further.
func wider(cells []cell, width int) bool {
	for _, c := range cells {
		if width -= c.width; width < 0 {
			return true
		}
	}
	return false
}

// text is what cells say.
func text(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.text)
	}
	return b.String()
}

// breakPoint is the cell at which a line is broken: after the last operator that leaves at least half a line, else
// at the last blank, else after the last whole symbol. It is never 0 nor inside the indentation.
func breakPoint(cells []cell, width int) int {
	var operator, blank, symbol int
	start := leading(cells)
	for i, used := 0, 0; i < len(cells); i++ {
		c, at := cells[i], i+1
		used += c.width
		if used > width && symbol > 0 {
			break
		}
		switch {
		case i < start:
			continue
		case c.text == " " && i > 0 && operators[cells[i-1].text] && used > width/2:
			operator = at
		case c.text == " " && i > start:
			blank = at
		}
		if !joined(cells, i) {
			symbol = at
		}
	}
	return firstPositive(operator, blank, symbol, len(cells))
}

// joined reports whether cell i and the next are parts of one symbol: of a name or of a number such as -1.5e-09.
func joined(cells []cell, i int) bool {
	if i+1 == len(cells) {
		return false
	}
	c, next := cells[i], cells[i+1]
	before := func(of func(cell) bool) bool { return i > 0 && of(cells[i-1]) }
	switch {
	case c.word() && next.word(), c.digit() && next.text == ".", c.text == "." && next.digit():
		return true
	case c.text == "e" && next.text == "-":
		return before(cell.digit)
	case c.text == "-" && next.digit():
		return !before(cell.word) || cells[i-1].text == "e" && i > 1 && cells[i-2].digit()
	}
	return false
}

func leading(cells []cell) int {
	for i, c := range cells {
		if c.text != " " {
			return i
		}
	}
	return len(cells)
}

func firstPositive(list ...int) int {
	for _, n := range list {
		if n > 0 {
			return n
		}
	}
	return 0
}

// operators continue a line that ends in them.
var operators = map[string]bool{"+": true, "-": true, "*": true, "⊙": true, "⊗": true, "⊘": true, "=": true, "≈": true, ",": true}

// asciiLocale reports whether the locale cannot show mathematics.
func asciiLocale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToLower(v)
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return false
}
