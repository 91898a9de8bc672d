package kernel

import (
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
	return &Result{Text: t.String()}
}
