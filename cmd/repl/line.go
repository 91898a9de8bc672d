package main

import "strings"

// A line is the entry being typed and the cursor in it: a byte offset, always between two cells. It may hold
// newlines. Every edit can be undone; what is killed can be yanked.
type line struct {
	text string
	pos  int

	undone []snapshot
	typing bool // the last edit typed a character: the next one joins it in one undo

	kills   []string
	killing bool // the last edit killed: the next kill joins it
	yanked  int  // length of the text that the last edit yanked, 0 if it was another edit
	turn    int  // which kill that was, from the newest
}

type snapshot struct {
	text string
	pos  int
}

const (
	maxUndo  = 500
	maxKills = 30
)

// set replaces the entry without forgetting the old one.
func (l *line) set(text string, pos int) {
	l.change(false)
	l.text, l.pos = text, pos
}

// clear starts a new entry. The kill ring stays.
func (l *line) clear() { *l = line{kills: l.kills} }

// change remembers the entry before an edit; characters typed in a row are one edit.
func (l *line) change(typing bool) {
	if !(typing && l.typing) {
		l.undone = append(l.undone, snapshot{l.text, l.pos})
		l.undone = l.undone[max(0, len(l.undone)-maxUndo):]
	}
	l.typing, l.killing, l.yanked = typing, false, 0
}

// moved ends runs of typing, killing and yanking.
func (l *line) moved() { l.typing, l.killing, l.yanked = false, false, 0 }

func (l *line) undo() {
	if n := len(l.undone); n > 0 {
		l.text, l.pos = l.undone[n-1].text, l.undone[n-1].pos
		l.undone = l.undone[:n-1]
	}
	l.moved()
}

// splice replaces the bytes [start, end) and leaves the cursor after the replacement.
func (l *line) splice(start, end int, s string) {
	l.text = l.text[:start] + s + l.text[end:]
	l.pos = start + len(s)
}

func (l *line) insert(s string) {
	l.change(false)
	l.splice(l.pos, l.pos, s)
}

// typed inserts one character.
func (l *line) typed(r rune) {
	l.change(r != ' ')
	l.splice(l.pos, l.pos, string(r))
}

func (l *line) replace(start, end int, s string) {
	l.change(false)
	l.splice(start, end, s)
}

// before and after are the cell boundaries next to the cursor.
func (l *line) before() int {
	cells := split(l.text[:l.pos])
	if len(cells) == 0 {
		return 0
	}
	return l.pos - len(cells[len(cells)-1].text)
}

func (l *line) after() int {
	if l.pos == len(l.text) {
		return l.pos
	}
	return l.pos + len(split(l.text[l.pos:])[0].text)
}

// wordBefore is the start of the word before the cursor, wordAfter the end of the one after it.
func (l *line) wordBefore() int {
	head := l.text[:l.pos]
	head = strings.TrimRightFunc(head, func(r rune) bool { return !isWord(r) })
	return len(strings.TrimRightFunc(head, isWord))
}

func (l *line) wordAfter() int {
	tail := l.text[l.pos:]
	tail = strings.TrimLeftFunc(tail, func(r rune) bool { return !isWord(r) })
	return len(l.text) - len(strings.TrimLeftFunc(tail, isWord))
}

// lineStart and lineEnd bound the line of the entry that the cursor is in.
func (l *line) lineStart() int { return strings.LastIndexByte(l.text[:l.pos], '\n') + 1 }

func (l *line) lineEnd() int {
	if n := strings.IndexByte(l.text[l.pos:], '\n'); n >= 0 {
		return l.pos + n
	}
	return len(l.text)
}

func (l *line) move(pos int) {
	l.pos = pos
	l.moved()
}

// up and down move between the lines of an entry, keeping the column; they report whether there was a line.
func (l *line) up() bool {
	start := l.lineStart()
	if start == 0 {
		return false
	}
	column := columns(l.text[start:l.pos])
	l.move(start - 1)
	l.move(l.column(l.lineStart(), start-1, column))
	return true
}

func (l *line) down() bool {
	end := l.lineEnd()
	if end == len(l.text) {
		return false
	}
	column := columns(l.text[l.lineStart():l.pos])
	l.move(end + 1)
	l.move(l.column(end+1, l.lineEnd(), column))
	return true
}

// column is the byte offset in [start, end) at which a number of columns is used up.
func (l *line) column(start, end, want int) int {
	for _, c := range split(l.text[start:end]) {
		if want -= c.width; want < 0 {
			break
		}
		start += len(c.text)
	}
	return start
}

// remove deletes the bytes between the cursor and another place.
func (l *line) remove(to int) {
	if to == l.pos {
		return
	}
	l.change(false)
	l.splice(min(to, l.pos), max(to, l.pos), "")
}

// kill deletes and remembers; kills in a row are one.
func (l *line) kill(to int) {
	if to == l.pos {
		return
	}
	again, backward := l.killing, to < l.pos
	killed := l.text[min(to, l.pos):max(to, l.pos)]
	l.remove(to)
	l.killing = true
	newest := len(l.kills) - 1
	switch {
	case again && backward:
		l.kills[newest] = killed + l.kills[newest]
	case again:
		l.kills[newest] += killed
	default:
		l.kills = append(l.kills, killed)
		l.kills = l.kills[max(0, len(l.kills)-maxKills):]
	}
}

func (l *line) yank() {
	if n := len(l.kills); n > 0 {
		l.insert(l.kills[n-1])
		l.yanked, l.turn = len(l.kills[n-1]), 0
	}
}

// yankPop replaces what was just yanked by the kill before it.
func (l *line) yankPop() {
	if l.yanked == 0 {
		return
	}
	turn := (l.turn + 1) % len(l.kills)
	text := l.kills[len(l.kills)-1-turn]
	l.replace(l.pos-l.yanked, l.pos, text)
	l.yanked, l.turn = len(text), turn
}

// transpose swaps the cells around the cursor, or the last two at the end of a line.
func (l *line) transpose() {
	if l.pos == l.lineEnd() {
		l.pos = l.before()
	}
	start, end := l.before(), l.after()
	if start == l.pos || end == l.pos || strings.Contains(l.text[start:end], "\n") {
		return
	}
	l.replace(start, end, l.text[l.pos:end]+l.text[start:l.pos])
}

// blank reports whether only blanks stand before the cursor on its line.
func (l *line) blank() bool { return strings.TrimSpace(l.text[l.lineStart():l.pos]) == "" }
