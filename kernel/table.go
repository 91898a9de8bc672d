package kernel

import (
	"html"
	"strings"

	"github.com/rivo/uniseg"
)

// A table is rows of cells, printed in columns.
type table struct {
	rows [][]string
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// String pads every column to its widest cell, in display columns.
func (t *table) String() string {
	var width []int
	for _, r := range t.rows {
		for i, c := range r {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], uniseg.StringWidth(c))
		}
	}
	var b strings.Builder
	for k, r := range t.rows {
		if k > 0 {
			b.WriteByte('\n')
		}
		line := ""
		for i, c := range r {
			line += c + strings.Repeat(" ", width[i]-uniseg.StringWidth(c)+2)
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
	var b strings.Builder
	b.WriteString("<table>\n")
	for _, r := range t.rows {
		b.WriteString("<tr>")
		for _, c := range r {
			b.WriteString(`<td style="text-align: left; white-space: pre-wrap">` + html.EscapeString(c) + "</td>")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>")
	return []Media{{MIME: "text/html", Data: []byte(b.String())}}
}
