package lang

import "strings"

// pair matches brackets and bars and drops the newlines within them and after trailing operators, so that what is
// left of newline and semi tokens separates statements. It takes linear time and needs no declarations.
func pair(toks []token) []token {
	p := &pairer{out: make([]token, 0, len(toks))}
	p.open(-1)
	for i := 0; i < len(toks); i++ {
		if n := p.asked(toks[i:]); n > 0 {
			i += n - 1
			continue
		}
		if p.step(toks[i], i+1 < len(toks) && joined(toks[i], toks[i+1])) {
			i++
		}
	}
	p.leave()
	return dropNewlines(p.out)
}

// asked takes a question, ?topic, whose signs are what is asked about: they neither pair nor continue the line. It
// returns the number of its tokens, 0 if toks do not begin one.
func (p *pairer) asked(toks []token) int {
	if !toks[0].is("?") || len(p.levels) > 1 || !p.atStart() {
		return 0
	}
	n := 1
	for n < len(toks) && toks[n].kind != newline && toks[n].kind != semi && toks[n].kind != eof {
		n++
	}
	if n == 1 || n > 2 && toks[1].space { // ? alone, or a hole
		return 0
	}
	p.out = append(p.out, toks[0])
	for _, t := range toks[1:n] {
		if t.kind == op {
			t.kind = topic
		}
		p.out = append(p.out, t)
	}
	return n
}

// atStart reports whether a statement begins after what has been read.
func (p *pairer) atStart() bool {
	last := len(p.out) - 1
	for ; last >= 0 && p.out[last].kind == newline; last-- {
	}
	ended := last < len(p.out)-1 && len(p.top().bars) == 0
	return last < 0 || p.out[last].kind == semi || ended && !trails(p.out, last)
}

// pending is the match of a bracket or bar that is open at the end of the text: more may come.
const pending = -2

// leave marks what is still open. The eof token has been added.
func (p *pairer) leave() {
	for _, l := range p.levels {
		if l.bracket >= 0 {
			p.out[l.bracket].match = pending
		}
		for _, b := range l.bars {
			p.out[b].match = pending
		}
	}
}

// joined reports whether two bars stand side by side and may be one ||.
func joined(a, b token) bool { return a.is("|") && b.is("|") && a.span.End == b.span.Start }

// A pairer holds one level per open bracket; bars pair within a level.
type pairer struct {
	out    []token
	levels []level
	count  map[string]int // open brackets of each kind
}

// A level is an open bracket (its index in out) and the bars open within it, as indices in out.
type level struct {
	bracket int
	bars    []int
}

func (p *pairer) open(at int) { p.levels = append(p.levels, level{bracket: at}) }

func (p *pairer) top() *level { return &p.levels[len(p.levels)-1] }

// step adds t; it reports whether it took the bar after t as well.
func (p *pairer) step(t token, twin bool) bool {
	at := len(p.out)
	switch {
	case t.is("|") || t.is("‖"):
		return p.bar(t, twin)
	case t.is("(") || t.is("[") || t.is("{"):
		p.open(at)
		p.counted(t.text, 1)
	case t.is(")") || t.is("]") || t.is("}"):
		p.close(t, at)
		return false
	case endsBars(t):
		p.top().bars = nil
	}
	p.out = append(p.out, t)
	return false
}

// endsBars reports whether t cannot stand between two bars: a bar still open before it is never closed.
func endsBars(t token) bool {
	return t.kind == semi || t.kind == command || t.is("=") || t.is(":=") || t.is(":") || t.is(",") || t.is("∈")
}

func (p *pairer) counted(bracket string, by int) {
	if p.count == nil {
		p.count = map[string]int{}
	}
	p.count[bracket] += by
}

var openers = map[string]string{")": "(", "]": "[", "}": "{"}

// close matches a closing bracket with the nearest open one of its kind; those in between stay unmatched.
func (p *pairer) close(t token, at int) {
	want := openers[t.text]
	if p.count[want] == 0 {
		p.out = append(p.out, t)
		return
	}
	for {
		i := p.top().bracket
		p.levels = p.levels[:len(p.levels)-1]
		p.counted(p.out[i].text, -1)
		if p.out[i].text == want {
			p.out[i].match, t.match = at, i
			p.out = append(p.out, t)
			return
		}
	}
}

// bar applies the rule: a bar closes if one is open, else opens; || while a single | is open is two bars. After a sign that
// awaits an operand it opens: ‖A x - ‖x‖ b‖.
func (p *pairer) bar(t token, twin bool) bool {
	single := t.is("|")
	awaited := len(p.out) > 0 && awaits[p.out[len(p.out)-1].text] && p.out[len(p.out)-1].kind == op
	if single && !awaited && p.closeBar(t, "|") {
		return false
	}
	if twin {
		t.span.End++
	}
	if twin || !single {
		t.text = "‖"
		if !awaited && p.closeBar(t, "‖") {
			return twin
		}
	}
	t.kind = openBar
	p.top().bars = append(p.top().bars, len(p.out))
	p.out = append(p.out, t)
	return twin
}

// awaits are the signs between two operands.
var awaits = map[string]bool{"+": true, "-": true, "*": true, "/": true, "@": true, "·": true, "⊙": true, ".*": true, "./": true, "⊗": true, "⊘": true}

// closeBar closes the nearest open bar of the kind on this level, if there is one.
func (p *pairer) closeBar(t token, which string) bool {
	bars := p.top().bars
	for i := len(bars) - 1; i >= 0; i-- {
		if p.out[bars[i]].text != which {
			continue
		}
		t.kind, t.match = closeBar, bars[i]
		p.out[bars[i]].match = len(p.out)
		p.out = append(p.out, t)
		p.top().bars = bars[:i]
		return true
	}
	return false
}

// dropNewlines removes the newlines that do not end a statement and renumbers the matches.
func dropNewlines(toks []token) []token {
	out, moved, depth := toks[:0], make([]int, len(toks)), 0
	for i, t := range toks {
		switch {
		case t.match > i:
			depth++
		case t.match >= 0:
			depth--
		}
		if t.kind == newline && (depth > 0 || len(out) > 0 && trails(out, len(out)-1)) {
			// The next token starts a new line of the same statement, which counts as white space.
			if i+1 < len(toks) {
				toks[i+1].space = true
			}
			continue
		}
		moved[i] = len(out)
		out = append(out, t)
	}
	for i := range out {
		if out[i].match >= 0 {
			out[i].match = moved[out[i].match]
		}
	}
	return out
}

// trails reports whether the token at i awaits an operand, so that the statement goes on in the next line.
func trails(toks []token, i int) bool {
	t := toks[i]
	if t.kind != op {
		return false
	}
	switch t.text {
	case "?", "%", ")", "]", "}", "(", "[", "{", "∂", "∇", ".":
		return false
	case ":":
		return i > 0 && toks[i-1].kind != newline && toks[i-1].kind != semi
	}
	return true
}

// Completeness says whether Enter should run src or wait for more: an open bracket or bar, or a trailing operator,
// wants another line, indented by indent. It needs no declarations; a complete text may still be an error.
func Completeness(src string) (complete bool, indent string) {
	toks, depth, last := pair(scan(src)), 0, -1
	for i, t := range toks {
		if t.unclosedText() {
			return true, "" // a further line does not close it
		}
		if t.match == pending {
			depth++
		}
		if t.kind != newline && t.kind != eof {
			last = i
		}
	}
	if depth == 0 && (last < 0 || !trails(toks, last)) {
		return true, ""
	}
	return false, strings.Repeat("  ", max(depth, 1))
}
