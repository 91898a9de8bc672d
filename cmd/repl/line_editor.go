package main

import (
	"io"
	"strings"
	"sync"

	"nabla/kernel"
)

// A lineEditor edits one entry at a time: keys change the line, and the canvas shows it. Where keys come from and
// who puts the terminal into raw mode is the business of the keySource around it.
type lineEditor struct {
	mu      sync.Mutex // a change of the window's size draws from another goroutine
	line    line
	canvas  canvas
	history *history
	engine  kernel.Engine
	size    func() (width, height int)
	suspend func()

	prompt string
	names  map[string]role // of the names in scope when the entry began
	simple bool            // the line is an answer to input(…): it is neither completed nor remembered
	walk   *walk
	words  int // how often Alt-. was pressed in a row
	word   int // length of the word that it inserted
	menu   *menu
	search *search
	sought string // what was last searched for
	left   bool   // the entry has been run: no cursor is in it
	err    error  // how the reading ended
}

// A terminal that is asked to marks what is pasted, so that its newlines are not taken for Enter.
const (
	bracketedPasteOn  = "\x1b[?2004h"
	bracketedPasteOff = "\x1b[?2004l"
)

// begin shows the prompt of a new entry.
func (e *lineEditor) begin(prompt string, simple bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.line.clear()
	e.prompt, e.simple, e.left, e.err = prompt, simple, false, nil
	e.walk, e.menu, e.search, e.words = nil, nil, nil, 0
	e.names = nameRoles(e.completion("", 0))
	e.canvas.forget()
	io.WriteString(e.canvas.out, bracketedPasteOn)
	e.draw()
}

// press handles one key and reports whether the reading has ended: the text in line, the reason in err.
func (e *lineEditor) press(k key, pasted string) (done bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if done = e.handle(k, pasted); !done {
		e.draw()
		return false
	}
	e.menu, e.search, e.left = nil, nil, true
	e.canvas.leave(e.frame())
	io.WriteString(e.canvas.out, bracketedPasteOff)
	return true
}

// resized draws the entry for the new size of the window.
func (e *lineEditor) resized() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.canvas.drawn {
		e.draw()
	}
}

func (e *lineEditor) handle(k key, pasted string) (done bool) {
	if e.search != nil && e.searching(k) {
		return false
	}
	if e.menu != nil && e.choosing(k) {
		return false
	}
	e.forgetRuns(k)
	switch k {
	case keyEnter:
		return e.enter()
	case keyInterrupt:
		e.err = errInterrupted
		return true
	case keyEndOfFile:
		if e.line.text == "" {
			e.err = io.EOF
			return true
		}
		e.line.remove(e.line.after())
	case keyPaste:
		e.line.insert(pasted)
	default:
		e.edit(k)
	}
	return false
}

// forgetRuns ends what only lasts while one key is pressed again and again.
func (e *lineEditor) forgetRuns(k key) {
	if k != keyUp && k != keyDown && k != keyPrevious && k != keyNext {
		e.walk = nil
	}
	if k != keyLastWord {
		e.words = 0
	}
}

// edit applies a key that cannot end the reading.
func (e *lineEditor) edit(k key) {
	if action, ok := actions[k]; ok {
		action(e)
		return
	}
	if !k.special() {
		e.line.typed(rune(k))
	}
}

// actions are what keys do. A table, so that the keys can be listed.
var actions = map[key]func(*lineEditor){
	keyNewline:       func(e *lineEditor) { e.line.insert("\n") },
	keyBackspace:     func(e *lineEditor) { e.line.remove(e.backspace()) },
	keyDelete:        func(e *lineEditor) { e.line.remove(e.line.after()) },
	keyLeft:          func(e *lineEditor) { e.line.move(e.line.before()) },
	keyRight:         func(e *lineEditor) { e.line.move(e.line.after()) },
	keyHome:          func(e *lineEditor) { e.line.move(e.line.lineStart()) },
	keyEnd:           func(e *lineEditor) { e.line.move(e.line.lineEnd()) },
	keyWordLeft:      func(e *lineEditor) { e.line.move(e.line.wordBefore()) },
	keyWordRight:     func(e *lineEditor) { e.line.move(e.line.wordAfter()) },
	keyKillEnd:       (*lineEditor).killEnd,
	keyKillStart:     func(e *lineEditor) { e.line.kill(e.line.lineStart()) },
	keyKillWordLeft:  func(e *lineEditor) { e.line.kill(e.line.wordBefore()) },
	keyKillWordRight: func(e *lineEditor) { e.line.kill(e.line.wordAfter()) },
	keyYank:          func(e *lineEditor) { e.line.yank() },
	keyYankPop:       func(e *lineEditor) { e.line.yankPop() },
	keyTranspose:     func(e *lineEditor) { e.line.transpose() },
	keyUndo:          func(e *lineEditor) { e.line.undo() },
	keyUp:            (*lineEditor).up,
	keyDown:          (*lineEditor).down,
	keyPrevious:      (*lineEditor).previous,
	keyNext:          (*lineEditor).next,
	keyFirst:         (*lineEditor).first,
	keyLast:          (*lineEditor).last,
	keyLastWord:      (*lineEditor).lastWord,
	keyTab:           (*lineEditor).complete,
	keySearch:        func(e *lineEditor) { e.startSearch(-1) },
	keySearchForward: func(e *lineEditor) { e.startSearch(1) },
	keyClear:         (*lineEditor).clearScreen,
	keySuspend:       func(e *lineEditor) { e.suspended() },
}

// tab is the indentation of one level.
const tab = "  "

// backspace takes back a whole level of indentation at the start of a line.
func (e *lineEditor) backspace() int {
	start := e.line.lineStart()
	if head := e.line.text[start:e.line.pos]; start > 0 && head != "" && strings.Trim(head, " ") == "" {
		return e.line.pos - min(len(tab), len(head))
	}
	return e.line.before()
}

// killEnd kills to the end of the line, or the newline if the cursor is there.
func (e *lineEditor) killEnd() {
	end := e.line.lineEnd()
	if end == e.line.pos {
		end = e.line.after()
	}
	e.line.kill(end)
}

// enter runs an entry that is complete, and opens a new, indented line in one that is not.
func (e *lineEditor) enter() (done bool) {
	if e.simple || strings.TrimSpace(e.line.text) == "" {
		return true
	}
	state := calmly(func() kernel.Completeness { return e.engine.Completeness(e.line.text) })
	if state.Status != kernel.StatusIncomplete {
		return true
	}
	if e.line.pos == len(e.line.text) && e.line.lineStart() > 0 && e.line.blank() {
		return true // an empty line runs what there is, and its error says what is missing
	}
	e.line.insert("\n" + state.Indent)
	return false
}

func (e *lineEditor) up() {
	if e.walk != nil || !e.line.up() {
		e.previous()
	}
}

func (e *lineEditor) down() {
	if e.walk != nil || !e.line.down() {
		e.next()
	}
}

// previous recalls the last entry that begins with what stands before the cursor.
func (e *lineEditor) previous() {
	if e.simple {
		return
	}
	if e.walk == nil {
		e.walk = e.history.walk(e.line.text[:e.line.pos], e.line.text)
	}
	if entry, ok := e.history.older(e.walk); ok {
		e.line.set(entry, len(entry))
	}
}

func (e *lineEditor) next() {
	if e.walk == nil {
		return
	}
	if entry, ok := e.history.newer(e.walk); ok {
		e.line.set(entry, len(entry))
	}
}

func (e *lineEditor) first() {
	if n := len(e.history.entries); n > 0 && !e.simple {
		e.line.set(e.history.entries[0], len(e.history.entries[0]))
	}
}

func (e *lineEditor) last() { e.line.set("", 0) }

// lastWord inserts the last word of the newest entry; pressed again, of the one before it.
func (e *lineEditor) lastWord() {
	word, ok := e.history.lastWord(e.words)
	if !ok {
		return
	}
	start := e.line.pos
	if e.words > 0 {
		start -= e.word
	}
	e.line.replace(start, e.line.pos, word)
	e.words, e.word = e.words+1, len(word)
}

func (e *lineEditor) clearScreen() {
	io.WriteString(e.canvas.out, eraseScreen)
	e.canvas.forget()
}

// suspended leaves the entry on the screen, stops the process, and shows the entry again.
func (e *lineEditor) suspended() {
	e.canvas.leave(e.frame())
	io.WriteString(e.canvas.out, bracketedPasteOff)
	e.suspend()
	io.WriteString(e.canvas.out, bracketedPasteOn)
}

// calmly is f's answer, or none if f panics: what only helps with typing must not end a session.
func calmly[T any](f func() T) (answer T) {
	defer func() { _ = recover() }()
	return f()
}

func (e *lineEditor) draw() {
	_, height := e.size()
	e.canvas.draw(e.frame().window(height))
}

// frame lays out the prompt, the entry, and what is listed below it.
func (e *lineEditor) frame() frame {
	width, height := e.size()
	l := newLayout(width)
	l.string(e.prompt, rolePrompt)
	roles := calmly(e.roles)
	if roles == nil {
		roles = make([]role, len(e.line.text)+1)
	}
	at := 0
	for _, c := range split(e.line.text) {
		if at == e.line.pos {
			l.mark(c.width)
		}
		if c.text == "\n" {
			l.newline()
			l.string(continuation(e.prompt), rolePrompt)
		} else {
			l.put(glyph{c, roles[at]})
		}
		at += len(c.text)
	}
	if at == e.line.pos && !e.left { // a full last row needs no other for a cursor that has left
		l.mark(1)
	}
	e.below(l, width, height)
	return l.finish()
}

// below lists completions, or shows what is searched for.
func (e *lineEditor) below(l *layout, width, height int) {
	if e.search == nil && e.menu == nil {
		return
	}
	if l.y == len(l.rows) { // the cursor needs the next row for itself
		l.rows = append(l.rows, row{soft: true})
	}
	if e.search != nil {
		l.newline()
		l.string(e.search.String(), roleNote)
		return
	}
	e.menu.show(l, width, height)
}
