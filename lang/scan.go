package lang

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A kind is the kind of a token.
type kind uint8

const (
	eof kind = iota
	newline
	semi
	ident     // text is folded
	number    // text is plain digits
	str       // text is the value
	super     // a run of superscripts; text is their plain form
	subscript // _F, ₁ after a norm or ∇; text is folded
	prime     // ' ′ ″ ‴; text is that many '
	transpose // ᵀ ⊤ .T ^T
	op        // text is the canonical spelling
	openBar   // | or ‖, after pairing; text says which
	closeBar
	command   // :load a.nabla; text without the colon
	backslash // \frac, which the language does not have; text is "frac"
	bad       // a character that means nothing; text says why
	topic     // a sign that help is asked about, as in ?⊙; text is its canonical spelling
)

// A token is a piece of the source. match is the index of the partner of a bracket or bar within the cell, or -1.
type token struct {
	kind  kind
	text  string
	span  Span
	space bool // preceded by white space
	match int
}

func (t token) is(text string) bool { return t.kind == op && t.text == text }

// notClosed is what is said of a text that lasts to the end of its line.
const notClosed = "the text is not closed: a \" is missing"

func (t token) unclosedText() bool { return t.kind == bad && t.text == notClosed }

func (t token) isBracket() bool { return t.kind == op && strings.Contains("()[]{}", t.text) }

// A scanner cuts a cell into tokens. It needs no declarations and never looks back.
type scanner struct {
	src   string
	pos   int
	toks  []token
	space bool
}

// scan returns the tokens of src, the last of which is eof.
func scan(src string) []token {
	s := &scanner{src: src, toks: make([]token, 0, len(src)/2+1)} // a model has a token for every two or three bytes
	for s.pos < len(src) {
		s.token()
	}
	s.add(eof, "", s.pos)
	return s.toks
}

// add appends the token that starts at start and ends here.
func (s *scanner) add(k kind, text string, start int) {
	s.toks = append(s.toks, token{k, text, Span{start, s.pos}, s.space, -1})
	s.space = false
}

// peek is the rune at pos+off bytes, in plain form, and its width.
func (s *scanner) peek(off int) (rune, int) {
	if s.pos+off >= len(s.src) {
		return 0, 0
	}
	r, n := utf8.DecodeRuneInString(s.src[s.pos+off:])
	return plainRune(r), n
}

func (s *scanner) token() {
	start := s.pos
	r, n := s.peek(0)
	switch {
	case isBlank(r):
		s.pos += n
		s.space = s.space || r != '\u200b' && r != '\ufeff'
	case r == '\n':
		s.pos += n
		s.add(newline, "", start)
	case r == '#':
		s.comment()
	case r == ':' && s.atStart() && s.isCommand():
		s.command(start)
	case isDigit(r):
		s.number(start)
	case r == '"' || r == '“' || r == '”' || r == '„':
		s.string(start)
	case isNameStart(r):
		s.name(start)
	default:
		s.mark(start, r, n)
	}
}

func isBlank(r rune) bool {
	return r != '\n' && unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff'
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func isNameStart(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) && !isScript(r) && r != 'ᵀ'
}

// isScript reports whether r is set below or above the line; some of these are letters to Unicode.
func isScript(r rune) bool {
	_, sub := subscripts[r]
	_, sup := superscripts[r]
	return sub || sup
}

func isNamePart(r rune) bool {
	_, sub := subscripts[r]
	return isNameStart(r) || isDigit(r) || r == '_' || sub || unicode.IsMark(r)
}

func (s *scanner) comment() {
	if i := strings.IndexByte(s.src[s.pos:], '\n'); i >= 0 {
		s.pos += i
		return
	}
	s.pos = len(s.src)
}

// atStart reports whether a statement would start here.
func (s *scanner) atStart() bool {
	if len(s.toks) == 0 {
		return true
	}
	k := s.toks[len(s.toks)-1].kind
	return k == newline || k == semi
}

func (s *scanner) isCommand() bool {
	r, _ := s.peek(1)
	return unicode.IsLetter(r)
}

// command takes the raw rest of the line up to a ';' or a comment, neither of which counts within quotes.
func (s *scanner) command(start int) {
	quoted := false
	end := s.pos
	for ; end < len(s.src); end++ {
		c := s.src[end]
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' || !quoted && (c == ';' || c == '#' && isBlank(rune(s.src[end-1]))) {
			break
		}
	}
	s.pos = start + len(strings.TrimRightFunc(s.src[start:end], unicode.IsSpace))
	s.add(command, strings.TrimSpace(s.src[start+1:s.pos]), start)
}

// maxDigits bounds a literal, so that reading it exactly stays cheap.
const maxDigits, maxExponent = 1000, 1000

// number scans digits [ "." digits ] [ e [sign] digits ]; "3..4", "1./x" and "2e" leave what follows alone.
func (s *scanner) number(start int) {
	s.digits()
	if r, n := s.peek(0); r == '.' && isDigit(s.at(n)) {
		s.pos += n
		s.digits()
	}
	if r, n := s.peek(0); r == 'e' || r == 'E' {
		sign, m := s.peek(n)
		if sign != '+' && sign != '-' && sign != '−' {
			m = 0
		}
		if isDigit(s.at(n + m)) {
			s.pos += n + m
			s.digits()
		}
	}
	s.add(number, plainNumber(s.src[start:s.pos]), start)
}

func (s *scanner) at(off int) rune { r, _ := s.peek(off); return r }

func (s *scanner) digits() {
	for r, n := s.peek(0); isDigit(r); r, n = s.peek(0) {
		s.pos += n
	}
}

func plainNumber(raw string) string {
	return strings.Map(func(r rune) rune {
		if r == '−' {
			return '-'
		}
		return plainRune(r)
	}, raw)
}

// string scans "…" with \" \\ \n \t; a string ends on its line.
func (s *scanner) string(start int) {
	closing := `"`
	if s.src[start] != '"' {
		closing = "”“"
	}
	_, n := s.peek(0)
	s.pos += n
	var b strings.Builder
	for {
		b.WriteString(s.until(closing + "\\\n"))
		r, n := s.peek(0)
		if n == 0 || r == '\n' {
			break
		}
		s.pos += n
		switch {
		case r != '\\':
			s.add(str, b.String(), start)
			return
		case s.pos < len(s.src) && escapes[s.src[s.pos]] != 0:
			b.WriteByte(escapes[s.src[s.pos]])
			s.pos++
		default:
			b.WriteByte('\\')
		}
	}
	s.add(bad, notClosed, start)
}

// until reads on to the next of some characters, or to the end.
func (s *scanner) until(stops string) string {
	rest := s.src[s.pos:]
	if n := strings.IndexAny(rest, stops); n >= 0 {
		rest = rest[:n]
	}
	s.pos += len(rest)
	return rest
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', 'n': '\n', 't': '\t'}

func (s *scanner) name(start int) {
	s.nameParts()
	raw := s.src[start:s.pos]
	s.add(ident, Fold(plainLetters(raw)), start)
}

func (s *scanner) nameParts() {
	for r, n := s.peek(0); n > 0 && isNamePart(r); r, n = s.peek(0) {
		s.pos += n
	}
}

// plainLetters reads the full-width letters and digits of an input method as their plain twins.
func plainLetters(raw string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xFF00 && r < 0xFF5F {
			return plainRune(r)
		}
		return r
	}, raw)
}

// A spelling is an operator as it is typed and as it is kept.
type spelling struct{ raw, text string }

// spellings are the operators, longest first within one first character.
var spellings = []spelling{
	{"**", "**"}, {".*", "⊙"}, {"./", "⊘"}, {".^", ".^"}, {"..", ".."}, {".", "."},
	{"==", "=="}, {"=>", "=>"}, {":=", ":="}, {"->", "->"}, {"<=", "≤"}, {">=", "≥"}, {"!=", "!="}, {"~~", "≈"}, {"&&", "&&"},
	{"+", "+"}, {"-", "-"}, {"−", "-"}, {"*", "*"}, {"∗", "*"}, {"@", "@"}, {"·", "·"}, {"⋅", "·"}, {"∙", "·"},
	{"⊙", "⊙"}, {"⊗", "⊗"}, {"⊘", "⊘"}, {"/", "/"}, {"∕", "/"}, {"^", "^"},
	{"=", "="}, {"≈", "≈"}, {"<", "<"}, {">", ">"}, {"≤", "≤"}, {"≥", "≥"}, {":", ":"}, {"∈", "∈"}, {"→", "->"}, {"×", "×"},
	{",", ","}, {"?", "?"}, {"%", "%"}, {"(", "("}, {")", ")"}, {"[", "["}, {"]", "]"}, {"{", "{"}, {"}", "}"},
	{"|", "|"}, {"∣", "|"}, {"‖", "‖"}, {"∥", "‖"}, {"∂", "∂"}, {"∇", "∇"},
}

// spellingsOf are the spellings by their first character.
var spellingsOf = func() map[rune][]spelling {
	by := map[rune][]spelling{}
	for _, s := range spellings {
		r, _ := utf8.DecodeRuneInString(s.raw)
		by[r] = append(by[r], s)
	}
	return by
}()

var primeMarks = map[rune]string{'\'': "'", '′': "'", '’': "'", '‘': "'", '″': "''", '‴': "'''"}

// mark scans everything that is not a name, a number or a text.
func (s *scanner) mark(start int, r rune, n int) {
	s.pos += n
	switch {
	case r == ';':
		s.add(semi, "", start)
	case r == 'ᵀ' || r == '⊤':
		s.add(transpose, "", start)
	case (r == '.' || r == '^') && s.transposeMark(r):
		s.add(transpose, "", start)
	case primeMarks[r] != "":
		s.add(prime, primeMarks[r], start)
	case r == '∞':
		s.add(ident, "inf", start)
	case r == '_' || subscripts[r] != 0:
		s.subscript(start, r)
	case superscripts[r] != 0:
		s.superscript(start)
	case r == '\\':
		s.backslash(start)
	default:
		s.operator(start)
	}
}

// transposeMark takes the T of .T and ^T, which must end there: A^Tx is a power.
func (s *scanner) transposeMark(r rune) bool {
	t, n := s.peek(0)
	if t == '⊤' || t == 'ᵀ' {
		s.pos += n
		return true
	}
	if t != 'T' || isNamePart(s.at(n)) {
		return false
	}
	if r == '.' && (s.space || len(s.toks) == 0) {
		return false
	}
	s.pos += n
	return true
}

// subscript scans _F, _1, _{W1} and ₁; a subscript that starts with a digit is a number, so that ‖x‖_1y is a product.
func (s *scanner) subscript(start int, r rune) {
	if r != '_' {
		s.pos = start
		for r, n := s.peek(0); subscripts[r] != 0; r, n = s.peek(0) {
			s.pos += n
		}
		s.add(subscript, strings.TrimPrefix(Fold(s.src[start:s.pos]), "_"), start)
		return
	}
	from := s.pos
	switch r, n := s.peek(0); {
	case isDigit(r):
		s.digits()
	case r == '∞':
		s.pos += n
	case r == '{':
		s.bracedSubscript(start)
		return
	default:
		s.nameParts()
	}
	s.add(subscript, Fold(s.src[from:s.pos]), start)
}

func (s *scanner) bracedSubscript(start int) {
	s.pos++
	from := s.pos
	s.nameParts()
	text := Fold(s.src[from:s.pos])
	if r, n := s.peek(0); r == '}' {
		s.pos += n
		s.add(subscript, text, start)
		return
	}
	s.add(bad, "a subscript is one name: _{…}", start)
}

func (s *scanner) superscript(start int) {
	s.pos = start
	var b strings.Builder
	for {
		r, n := s.peek(0)
		plain, ok := superscripts[r]
		if !ok {
			break
		}
		b.WriteRune(plain)
		s.pos += n
		if plain == ')' && b.String()[0] == '(' {
			break // a layer label, which an exponent may follow
		}
	}
	s.add(super, b.String(), start)
}

// backslash scans \lambda and \odot as what they stand for; other commands are left to the parser to refuse.
func (s *scanner) backslash(start int) {
	from := s.pos
	for r, n := s.peek(0); unicode.IsLetter(r) && n > 0; r, n = s.peek(0) {
		s.pos += n
	}
	word := s.src[from:s.pos]
	if _, ok := greekLetters[word]; ok {
		s.nameParts()
		s.add(ident, Fold(s.src[from:s.pos]), start)
		return
	}
	if sym, ok := symbols[word]; ok {
		s.symbol(start, sym)
		return
	}
	s.add(backslash, word, start)
}

// symbol adds the token of one character that was written as a command.
func (s *scanner) symbol(start int, sym string) {
	one := scan(sym)[0]
	s.add(one.kind, one.text, start)
}

func (s *scanner) operator(start int) {
	s.pos = start
	first, n := s.peek(0)
	for _, sp := range spellingsOf[first] {
		if s.takes(sp.raw) {
			s.add(op, sp.text, start)
			return
		}
	}
	s.pos += n
	s.add(bad, badMark(s.src[start:s.pos]), start)
}

// takes consumes raw if it stands here, read in plain form.
func (s *scanner) takes(raw string) bool {
	off := 0
	for _, want := range raw {
		r, n := s.peek(off)
		if r != want || n == 0 {
			return false
		}
		off += n
	}
	s.pos += off
	return true
}

// badMarks say what to write instead of a character that the language does not have.
var badMarks = map[string]string{
	"√": "a square root is sqrt(…)", "∑": "a sum over an index is sum[k] …", "∏": "there is no product sign; use exp(sum[k] log(…))",
	"÷": "a quotient is a/b", "–": "a minus is -", "—": "a minus is -", "∘": "the elementwise product is a ⊙ b", "≠": "a claim uses ==", "‐": "a minus is -", "‑": "a minus is -", "‒": "a minus is -", "―": "a minus is -", "║": "a norm is ‖x‖ or ||x||",
	"≔": "a value is given by :=", "←": "a value is given by :=", "∛": "a root is x^(1/3)", "´": "a derivative or a transpose is '",
	"!": "there is no factorial and no negation", "&": "conditions are multiplied: (a > 0) ⊙ (b > 0)", "$": "formulas need no dollar signs",
	"`": "text is written \"…\"", "~": "≈ is written ~~", "≡": "equality is ==", "…": "what it leaves out has to be written", "±": "write the two values in two lines", "_": "a name starts with a letter",
}

func badMark(raw string) string {
	if why, ok := badMarks[raw]; ok {
		return why
	}
	if r, n := utf8.DecodeRuneInString(raw); r == utf8.RuneError && n <= 1 {
		return "this is not UTF-8 text"
	}
	return "this character has no meaning here"
}
