package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"nabla/kernel"
	"nabla/lang"
)

// A menu lists what may stand at the cursor. Tab and Shift-Tab try one candidate after the other.
type menu struct {
	usage      string // of the function that is being called, "" outside a call
	items      []kernel.Candidate
	start, end int    // bytes that the candidate shown replaces
	original   string // what stood there
	chosen     int    // -1 before the first Tab
}

// complete inserts what all candidates have in common, and lists them where that is nothing new.
func (e *lineEditor) complete() {
	if e.simple || e.line.blank() {
		e.line.insert(tab)
		return
	}
	c := e.completion(e.line.text, e.line.pos)
	if !within(c, e.line.text) || len(c.Items) == 0 {
		return
	}
	typed := e.line.text[c.Start:c.End]
	common := commonPrefix(c.Items)
	if strings.HasPrefix(typed, `\`) {
		common = commonPrefix(spelled(c.Items))
	}
	switch {
	case len(c.Items) == 1:
		e.line.replace(c.Start, c.End, c.Items[0].Text+closing(c, e.line.text))
	case common != typed && (strings.HasPrefix(common, typed) || strings.HasPrefix(common, lang.Fold(typed)) || strings.HasPrefix(lang.ASCII(common), typed)):
		e.line.replace(c.Start, c.End, common)
	default:
		e.menu = &menu{usage: c.Usage, items: c.Items, start: c.Start, end: c.End, original: typed, chosen: -1}
	}
}

// closing is the quote after the one word that a text may be, unless it is there or a folder goes on.
func closing(c kernel.Completion, line string) string {
	item, quoted := c.Items[0], c.Start > 0 && line[c.Start-1] == '"'
	if !quoted || strings.HasPrefix(line[c.End:], `"`) || strings.HasSuffix(item.Text, "/") {
		return ""
	}
	switch item.Kind {
	case "file", "exercise", "argument":
		return `"`
	}
	return ""
}

// completion is what may stand at a place: a character typed by its name, or what the session knows.
func (e *lineEditor) completion(text string, pos int) kernel.Completion {
	if c, ok := kernel.CompleteShorthand(text, pos); ok {
		return c
	}
	return calmly(func() kernel.Completion { return e.engine.Complete(text, pos) })
}

// within guards against a completion for a text that is no longer there.
func within(c kernel.Completion, text string) bool {
	return 0 <= c.Start && c.Start <= c.End && c.End <= len(text)
}

// spelled are the names of symbols, to be completed before the symbols themselves.
func spelled(items []kernel.Candidate) []kernel.Candidate {
	names := make([]kernel.Candidate, len(items))
	for i, item := range items {
		names[i].Text = item.Detail
	}
	return names
}

// commonPrefix is what all candidates begin with, whole cells only. There may be thousands of them: bytes are compared
// first, and cells looked at where the prefix ends.
func commonPrefix(items []kernel.Candidate) string {
	common := items[0].Text
	for _, item := range items[1:] {
		n := 0
		for n < min(len(common), len(item.Text)) && common[n] == item.Text[n] {
			n++
		}
		common = common[:n]
	}
	for slices.ContainsFunc(items, func(c kernel.Candidate) bool { return splitsCell(c.Text, len(common)) }) {
		common = common[:len(common)-1]
	}
	return common
}

// splitsCell reports whether the byte offset at is inside a cell of s.
func splitsCell(s string, at int) bool {
	if at == 0 || at == len(s) || s[at] < utf8.RuneSelf && s[at-1] < utf8.RuneSelf {
		return false
	}
	end := 0
	for _, c := range split(s) {
		if end >= at {
			break
		}
		end += len(c.text)
	}
	return end != at
}

// choosing handles a key while a menu is open and reports whether it belonged to the menu.
func (e *lineEditor) choosing(k key) bool {
	switch k {
	case keyTab, keyDown, keyNext:
		e.choose(1)
		return true
	case keyBackTab, keyUp, keyPrevious:
		e.choose(-1)
		return true
	case keyCancel:
		e.put(e.menu.original)
		e.menu = nil
		return true
	case keyEnter:
		taken := e.menu.chosen >= 0
		e.menu = nil
		return taken
	}
	e.menu = nil
	return false
}

// choose puts the next candidate into the line.
func (e *lineEditor) choose(step int) {
	m := e.menu
	if m.chosen < 0 && step < 0 {
		m.chosen = 0
	}
	m.chosen = (m.chosen + step + len(m.items)) % len(m.items)
	e.put(m.items[m.chosen].Text)
}

func (e *lineEditor) put(text string) {
	e.line.replace(e.menu.start, e.menu.end, text)
	e.menu.end = e.menu.start + len(text)
}

// show lays the candidates out in columns below the entry, each with its shape or signature; where they are too many for
// a third of the screen, their names alone.
func (m *menu) show(l *layout, screen, height int) {
	if m.usage != "" {
		l.newline()
		l.string(truncate(m.usage, screen-1), roleNote)
	}
	name, detail := m.widths()
	rows := min(max(3, height/3), max(3, height-len(l.rows)-1))
	across := max(1, (screen-1)/(name+detail+3))
	if len(m.items) > rows*across {
		detail = -1
		across = max(1, (screen-1)/(name+2))
	}
	first := 0
	if at := m.chosen / across; at >= rows {
		first = (at - rows + 1) * across
	}
	for i := first; i < len(m.items) && (i-first)/across < rows; i++ {
		if (i-first)%across == 0 {
			l.newline()
		}
		m.item(l, i, name, detail, screen)
	}
	if shown := first + rows*across; shown < len(m.items) {
		l.newline()
		l.string(fmt.Sprintf("%s %d more", ellipsis(), len(m.items)-shown), roleNote)
	}
}

// widths are the columns of the widest name and the widest detail, both within reason.
func (m *menu) widths() (name, detail int) {
	for _, item := range m.items {
		name = max(name, columns(item.Text))
		detail = max(detail, columns(item.Detail))
	}
	return name, min(detail, 36)
}

func (m *menu) item(l *layout, i, name, detail, screen int) {
	item := m.items[i]
	style := candidateRoles[item.Kind]
	if i == m.chosen {
		style = roleSelected
	}
	l.string(truncate(item.Text, screen-1), style)
	rest := strings.Repeat(" ", name-columns(item.Text))
	if detail >= 0 {
		rest += " " + truncate(item.Detail, detail)
	}
	rest += strings.Repeat(" ", max(0, name+detail+3-columns(item.Text)-columns(rest)))
	if room := l.screen - 1 - l.last().width; columns(rest) > room {
		rest = truncate(rest, max(room, 0))
	}
	l.string(rest, roleShape)
}

// candidateRoles colour a candidate by what it is.
var candidateRoles = map[string]role{
	"variable": roleName, "function": roleFunction, "dimension": roleDimension, "command": roleCommand, "file": roleString,
}
