package main

import "fmt"

// A search looks for an entry of the history that contains what is typed.
type search struct {
	query  string
	step   int // -1 looks at older entries, 1 at newer ones
	at     int // index of the entry that is shown
	failed bool
	saved  snapshot
}

func (s *search) String() string {
	state := "search"
	if s.failed {
		state = "nothing contains"
	}
	return fmt.Sprintf("%s: %s", state, s.query)
}

func (e *lineEditor) startSearch(step int) {
	if e.simple {
		return
	}
	e.search = &search{step: step, at: len(e.history.entries), saved: snapshot{e.line.text, e.line.pos}}
}

// searching handles a key while a search is on and reports whether it belonged to the search. Any other key ends the
// search, keeps the entry, and is handled as usual.
func (e *lineEditor) searching(k key) bool {
	s := e.search
	switch {
	case (k == keySearch || k == keySearchForward) && s.query == "" && e.sought != "":
		s.query = e.sought // what was searched for before
		e.find(-1, len(e.history.entries)-1)
	case k == keySearch:
		e.find(-1, s.at-1)
	case k == keySearchForward:
		e.find(1, s.at+1)
	case k == keyBackspace && s.query != "":
		cells := split(s.query)
		s.query = s.query[:len(s.query)-len(cells[len(cells)-1].text)]
		e.find(s.step, len(e.history.entries)-1)
	case k == keyCancel, k == keyInterrupt:
		e.line.set(s.saved.text, s.saved.pos)
		e.search = nil
	case !k.special():
		s.query += string(rune(k))
		e.find(s.step, min(s.at, len(e.history.entries)-1))
	default:
		e.search = nil
		return false
	}
	return true
}

func (e *lineEditor) find(step, from int) {
	s := e.search
	s.step, e.sought = step, s.query
	at, ok := e.history.find(s.query, from, step)
	if s.failed = !ok; ok {
		s.at = at
		e.line.set(e.history.entries[at], len(e.history.entries[at]))
	}
}
