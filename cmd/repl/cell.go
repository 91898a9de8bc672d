package main

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// A cell is what a person sees as one character: a letter with its marks, a CJK character. Its width is in columns of
// a terminal.
type cell struct {
	text  string
	width int
}

// split cuts s into cells.
func split(s string) []cell {
	var cells []cell
	for state := -1; s != ""; {
		var c cell
		c.text, s, c.width, state = uniseg.FirstGraphemeClusterInString(s, state)
		cells = append(cells, c)
	}
	return cells
}

// word reports whether the cell belongs to a name or a number.
func (c cell) word() bool {
	r, _ := utf8.DecodeRuneInString(c.text)
	return isWord(r)
}

// digit reports whether the cell is a decimal digit.
func (c cell) digit() bool { return len(c.text) == 1 && '0' <= c.text[0] && c.text[0] <= '9' }

// isWord reports whether r belongs to a name or a number, with subscripts, superscripts and primes.
func isWord(r rune) bool {
	return r == '_' || r == '′' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// columns is the width of s on a terminal: 2 for wide characters, 0 for combining marks.
func columns(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return uniseg.StringWidth(s)
		}
	}
	return len(s)
}

// truncate cuts s to a number of columns.
func truncate(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	var b strings.Builder
	for _, c := range split(s) {
		if width -= c.width; width < 1 {
			break
		}
		b.WriteString(c.text)
	}
	return b.String() + ellipsis()
}

// ellipsis stands for what is left out.
func ellipsis() string {
	if asciiLocale() {
		return "~"
	}
	return "…"
}
