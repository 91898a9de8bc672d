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

// wrap breaks prose at blanks; the lines that follow are indented as the first is.
func wrap(text string, width int) []string {
	var lines []string
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		margin := line[:len(line)-len(strings.TrimLeft(line, " "))]
		for width > 0 && columns(line) > width {
			at := lastBlank(line, len(margin), width)
			if at < 0 {
				break
			}
			lines = append(lines, strings.TrimRight(line[:at], " "))
			line = margin + strings.TrimLeft(line[at:], " ")
		}
		lines = append(lines, line)
	}
	return lines
}

// lastBlank is the last blank of a line that stands after a margin and within a width, -1 if there is none.
func lastBlank(line string, margin, width int) int {
	blank, at, used := -1, 0, 0
	for _, c := range split(line) {
		if used > width {
			break
		}
		if c.text == " " && at > margin {
			blank = at
		}
		at += len(c.text)
		used += c.width
	}
	return blank
}

func foldLine(line string, width int) []string {
	var lines []string
	for width > 0 && columns(line) > width {
		at := breakPoint(line, width)
		lines = append(lines, strings.TrimRight(line[:at], " "))
		rest := strings.TrimLeft(line[at:], " ")
		if rest == "" {
			return lines
		}
		line = hanging + rest
	}
	return append(lines, line)
}

// breakPoint is the byte at which a line is broken: after the last operator that leaves at least half a line, else
// at the last blank, else after the last whole symbol. It is never 0 nor inside the indentation.
func breakPoint(line string, width int) int {
	var operator, blank, symbol int
	cells := split(line)
	start := leading(cells)
	for i, used, at := 0, 0, 0; i < len(cells); i++ {
		c := cells[i]
		used += c.width
		at += len(c.text)
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
		if i+1 == len(cells) || !(c.word() && cells[i+1].word()) {
			symbol = at
		}
	}
	return firstPositive(operator, blank, symbol, len(line))
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
