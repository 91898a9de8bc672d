package kernel

import (
	"encoding/base64"
	"fmt"
	"html"
	"strings"

	"github.com/rivo/uniseg"
)

// A table is rows of cells, printed in columns.
type table struct {
	rows [][]cell
	head bool // the first row names the columns
}

// A cell is a text, and LaTeX where it is a formula.
type cell struct{ text, latex string }

func plain(s string) cell { return cell{text: s} }

func (t *table) row(cells ...string) {
	row := make([]cell, len(cells))
	for i, c := range cells {
		row[i] = plain(c)
	}
	t.add(row...)
}

func (t *table) add(cells ...cell) { t.rows = append(t.rows, cells) }

// String pads every column to its widest cell, in display columns.
func (t *table) String() string {
	var width []int
	own := make([][]int, len(t.rows))
	for k, r := range t.rows {
		for i, c := range r {
			if i == len(width) {
				width = append(width, 0)
			}
			own[k] = append(own[k], uniseg.StringWidth(c.text))
			width[i] = max(width[i], own[k][i])
		}
	}
	var b strings.Builder
	for k, r := range t.rows {
		if k > 0 {
			b.WriteByte('\n')
		}
		line := ""
		for i, c := range r {
			line += c.text + strings.Repeat(" ", width[i]-own[k][i]+2)
		}
		b.WriteString(strings.TrimRight(line, " "))
	}
	return b.String()
}

// result is the table, or what to say where it has no rows.
func (t *table) result(empty string) *Result {
	if len(t.rows) == 0 {
		return &Result{Text: empty}
	}
	return &Result{Text: t.String(), Media: t.media()}
}

// media is the table for a page.
func (t *table) media() []Media {
	return []Media{{MIME: "text/html", Data: []byte(t.html())}}
}

func (t *table) html() string {
	columns := 0
	for _, r := range t.rows {
		columns = max(columns, len(r))
	}
	var b strings.Builder
	b.WriteString("<table>\n")
	for k, r := range t.rows {
		tag := "td"
		if t.head && k == 0 {
			tag = "th"
		}
		b.WriteString("<tr>")
		for i, c := range r {
			span := ""
			if i == len(r)-1 && len(r) < columns { // the last cell of a short row takes what is left of it
				span = fmt.Sprintf(` colspan="%d"`, columns-i)
			}
			fmt.Fprintf(&b, `<%s%s style="text-align: left; white-space: pre-wrap">%s</%s>`, tag, span, c.html(), tag)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>")
	return b.String()
}

func (c cell) html() string {
	if c.latex != "" {
		return "$" + html.EscapeString(c.latex) + "$"
	}
	return html.EscapeString(c.text)
}

// block is the table as LaTeX.
func (t *table) block() string {
	columns := 0
	rows := make([]string, len(t.rows))
	for i, r := range t.rows {
		cells := make([]string, len(r))
		for k, c := range r {
			cells[k] = c.tex()
		}
		columns = max(columns, len(r))
		rows[i] = strings.Join(cells, " & ")
	}
	return `\begin{array}{` + strings.Repeat("l", columns) + "}" + strings.Join(rows, `\\`) + `\end{array}`
}

func (c cell) tex() string {
	switch {
	case c.latex != "":
		return c.latex
	case strings.TrimSpace(c.text) == "":
		return ""
	}
	indent := strings.Repeat(`\quad `, (len(c.text)-len(strings.TrimLeft(c.text, " ")))/2)
	return indent + `\text{` + texWords.Replace(strings.TrimSpace(c.text)) + "}"
}

// texWords makes text of what means something in LaTeX.
var texWords = strings.NewReplacer(`\`, `\backslash `, "&", `\&`, "%", `\%`, "#", `\#`, "$", `\$`, "_", `\_`, "^", `\^{}`, "{", `\{`, "}", `\}`,
	"∂", `$\partial$`, "²", `$^2$`, "⁻¹", `$^{-1}$`, "ᵀ", `$^\top$`, "′", `$'$`, "⊙", `$\odot$`, "∇", `$\nabla$`, "…", `\dots `)

// A sheet is a report of several lines and tables, as text, as part of a page, and as LaTeX.
type sheet struct {
	parts []any // a string, a *table or a picture
}

// A picture is an SVG with its description, and the drawing that stands for it in a text.
type picture struct {
	text, alt string
	svg       []byte
}

// A pageTable is a table that a page has in the place of lines that only a text has.
type pageTable struct{ table }

// textOnly is a line that a page has as a row of a table.
type textOnly string

func (p picture) String() string { return p.text }

// html is the picture as an image, which pages that are not trusted show; of an SVG element they keep the letters only.
func (p picture) html() string {
	return fmt.Sprintf(`<img alt="%s" src="data:image/svg+xml;base64,%s">`, html.EscapeString(p.alt), base64.StdEncoding.EncodeToString(p.svg))
}

func (s *sheet) say(format string, args ...any) {
	s.parts = append(s.parts, fmt.Sprintf(format, args...))
}

func (s *sheet) picture(p picture) { s.parts = append(s.parts, p) }

func (s *sheet) table() *table {
	t := &table{}
	s.parts = append(s.parts, t)
	return t
}

// note is say for a text alone.
func (s *sheet) note(format string, args ...any) {
	s.parts = append(s.parts, textOnly(fmt.Sprintf(format, args...)))
}

// pageTable is table for a page alone.
func (s *sheet) pageTable() *table {
	t := &pageTable{}
	s.parts = append(s.parts, t)
	return &t.table
}

func (s *sheet) String() string {
	var out []string
	for _, p := range s.parts {
		if _, ok := p.(*pageTable); ok {
			continue
		}
		if t, ok := p.(*table); !ok || len(t.rows) > 0 {
			out = append(out, fmt.Sprint(p))
		}
	}
	return strings.Join(out, "\n")
}

func (s *sheet) media() []Media {
	var b strings.Builder
	for _, p := range s.parts {
		switch p := p.(type) {
		case *table:
			if len(p.rows) > 0 {
				b.WriteString(p.html() + "\n")
			}
		case *pageTable:
			b.WriteString(p.html() + "\n")
		case string:
			for _, line := range strings.Split(p, "\n") {
				words := strings.TrimLeft(line, " ")
				indent := 1 + (len(line)-len(words))/2*2 // what does not fit into a line goes on further in
				fmt.Fprintf(&b, "<div style=\"margin-left: %dem; text-indent: -1em\">%s</div>\n", indent, html.EscapeString(words))
			}
		case picture:
			b.WriteString("<div>" + p.html() + "</div>\n")
		}
	}
	return []Media{{MIME: "text/html", Data: []byte(b.String())}}
}

// latex are the lines and the tables of a sheet below each other.
func (s *sheet) latex() string {
	var out []string
	for _, p := range s.parts {
		switch p := p.(type) {
		case *table:
			if len(p.rows) > 0 {
				out = append(out, "&"+p.block())
			}
		case *pageTable:
			out = append(out, "&"+p.block())
		case string:
			for _, line := range strings.Split(p, "\n") {
				out = append(out, "&"+plain(line).tex())
			}
		}
	}
	return alignedBlock(out)
}

// answer is the sheet as the answer of a report.
func (s *sheet) answer(data any, notes []string) *Result {
	return &Result{Kind: KindReport, Text: s.String(), LaTeX: s.latex(), Media: s.media(), Data: data, Notes: notes}
}
