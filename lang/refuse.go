package lang

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// This file holds what the parser refuses, with the reason and fixes that have been tried.

func (p *parser) errorf(code string, at Span, format string, args ...any) *Error {
	return Errorf(code, at, format, args...)
}

func (p *parser) fail(code string, at Span, format string, args ...any) {
	panic(p.errorf(code, at, format, args...))
}

// offer adds as a fix the statement with the text at span replaced, if that can be read.
func (p *parser) offer(e *Error, at Span, text, when string) {
	whole := Span{p.toks[p.first].span.Start, p.toks[p.end-1].span.End}
	if p.trial || at.Start < whole.Start || at.End > whole.End {
		return
	}
	line := p.src[whole.Start:at.Start] + text + p.src[at.End:whole.End]
	if fix := (Fix{line, when}); !slices.Contains(e.Fixes, fix) && p.reads(line) {
		e.Fixes = append(e.Fixes, fix)
	}
}

// reads reports whether every statement of text can be read in the present scope.
func (p *parser) reads(text string) bool {
	q := NewParser(text)
	q.trial = true
	n := 0
	for ; ; n++ {
		s, err := q.Next(p.scope)
		if s == nil {
			return n > 0
		}
		if err != nil {
			return false
		}
	}
}

// checkBrackets refuses brackets and bars without a partner before anything else is read.
func (p *parser) checkBrackets() {
	asked := p.first < p.end && p.toks[p.first].text == "?" // ?" asks about the sign
	if i := slices.IndexFunc(p.toks[p.first:p.end], token.unclosedText); i >= 0 && !asked {
		p.badCharacter(p.toks[p.first+i]) // it swallowed the brackets
	}
	for _, t := range p.toks[p.first:p.end] {
		if t.match >= 0 || !t.isBracket() && t.kind != openBar || t.kind == bad {
			continue
		}
		if openers[t.text] != "" {
			p.refuseUnpaired(p.errorf("E102", t.span, "this %s closes nothing", t.text))
		}
		p.refuseUnpaired(p.errorf("E102", t.span, "this %s is never closed", p.text(t.span)))
	}
}

// refuseUnpaired offers the statement without the brackets that close nothing, and with those that are missing at its end.
func (p *parser) refuseUnpaired(e *Error) {
	whole := p.whole()
	var b strings.Builder
	from, missing := whole.Start, ""
	for _, t := range p.toks[p.first:p.end] {
		switch {
		case t.match >= 0 || !t.isBracket():
		case openers[t.text] != "":
			b.WriteString(p.src[from:t.span.Start])
			from = t.span.End
		default:
			missing = closers[t.text] + missing
		}
	}
	p.offer(e, whole, strings.TrimSpace(b.String()+p.src[from:whole.End])+missing, "")
	panic(e)
}

// closers are what closes what.
var closers = map[string]string{"(": ")", "[": "]", "{": "}"}

// unexpected refuses the token at hand, saying what was wanted, or what the token means elsewhere.
func (p *parser) unexpected(wanted string) {
	t := p.tok()
	p.foreign(t)
	p.foreignRange(t)
	switch {
	case t.kind == bad:
		p.badCharacter(t)
	case t.kind == eof && wanted == "":
		p.fail("E100", t.span, "something is missing here")
	case t.kind == eof:
		p.fail("E100", t.span, "the line ends where %s should follow", wanted)
	case wanted == "":
		p.fail("E100", t.span, "%s cannot stand here", p.show(t))
	}
	p.fail("E100", t.span, "%s stands where %s should follow", p.show(t), wanted)
}

// foreignRange refuses X[1:3] and a function without a name.
func (p *parser) foreignRange(t token) {
	if !t.is(":") && !t.is("->") {
		return
	}
	e := p.errorf("E100", t.span, "%s cannot stand here", p.show(t))
	if p.offerDefinition(e); t.is(":") {
		p.offer(e, t.span, "..", "for a range")
	}
	if len(e.Fixes) > 0 {
		panic(e)
	}
}

// badCharacter refuses a character that the language does not have, with the one that is meant.
func (p *parser) badCharacter(t token) {
	raw := strings.TrimSpace(p.text(t.span))
	e := p.errorf("E109", t.span, "%s: %s", raw, t.text)
	if plain := plainMarks[raw]; plain != "" {
		p.offer(e, t.span, plain, "")
	}
	if t.unclosedText() {
		body := strings.TrimRight(raw, ")] ")
		p.offer(e, t.span, body+`"`+raw[len(body):], "")
		if len(e.Fixes) == 0 {
			p.offer(e, t.span, raw+`")`, "")
		}
	}
	if after := p.peek(1); raw == "√" && !after.space {
		switch {
		case after.is("("):
			p.offer(e, t.span, "sqrt", "")
		case after.kind == ident || after.kind == number:
			p.offer(e, t.span.Join(after.span), "sqrt("+p.text(after.span)+")", "")
		}
	}
	panic(e)
}

// plainMarks are characters of other notations and what they are here.
var plainMarks = map[string]string{"÷": "/", "–": "-", "—": "-", "∘": "⊙", "•": "·", "‐": "-", "‑": "-", "‒": "-", "―": "-", "║": "‖", "≔": ":=", "←": ":=", "´": "'", "~": "≈", "≡": "==", "½": "(1/2)", "¼": "(1/4)", "¾": "(3/4)", "⅓": "(1/3)", "⅔": "(2/3)"}

func (p *parser) show(t token) string {
	if t.kind == semi {
		return "a semicolon"
	}
	return p.text(t.span)
}

// foreignOps are operators of other languages and what they are here.
var foreignOps = map[string]struct{ why, fix string }{
	"**": {"a power is written ^", "^"},
	"!=": {"a claim uses ==", ""},
	"=>": {"an arrow is written ->; at least is >= or ≥", ">="},
	"&&": {"conditions are multiplied: (a > 0) ⊙ (b > 0)", ""},
	"×":  {"a product is written a b or a*b; × stands between dimensions", "*"},
	"→":  {"", ""},
	".":  {"a dot has no meaning here; a number is written 0.5, a transpose X.T", ""},
	"{":  {"braces have no meaning here; a list is written [a, b]", ""},
	"}":  {"braces have no meaning here; a list is written [a, b]", ""},
	"..": {"a range stands in an index, a for or an argument: X[1..3]", ""},
	"=":  {"a definition has a name on its left; a comparison is written ==", "=="},
	":=": {"a value is given to a name: x := 3", ""},
}

// foreign refuses what comes from elsewhere, with its translation.
func (p *parser) foreign(t token) {
	f := foreignOps[t.text]
	switch {
	case t.kind == prime:
		p.quoted(t)
	case t.kind == backslash:
		p.latex(t)
	case t.kind == semi && p.i > p.first:
		p.fail("E100", t.span, "a semicolon ends a statement and cannot stand within brackets")
	case t.kind == op && f.why != "":
		e := p.errorf("E108", t.span, "%s: %s", p.text(t.span), f.why)
		if f.fix != "" {
			p.offer(e, t.span, f.fix, "")
		}
		if t.text == "{" {
			whole := p.whole()
			p.offer(e, whole, plainLaTeX(p.text(whole)), "")
			if !strings.HasSuffix(p.src[:t.span.Start], "_") { // W_{1} is no list
				p.offer(e, whole, strings.NewReplacer("{", "[", "}", "]").Replace(p.text(whole)), "for a list")
			}
		}
		if next := p.peek(1); t.text == "." {
			p.offerWithoutDot(e, t, next)
		}
		panic(e)
	}
}

// offerWithoutDot suits  x .+ 1  and  A . B.
func (p *parser) offerWithoutDot(e *Error, t, next token) {
	switch {
	case next.is("+") || next.is("-"):
		p.offer(e, t.span, "", "which is elementwise")
	case t.space && next.space:
		p.offer(e, Span{t.span.Start - 1, t.span.End}, "", "for the product")
	}
}

// textCalls take a text as their last argument, the quotes of which are easily forgotten: exercise(5.3.2), answer(x→z).
var textCalls = map[string]bool{"exercise": true, "answer": true}

// offerQuotes adds to a refusal of the arguments of such a call the same call with its text in quotes. It is deferred.
func (p *parser) offerQuotes(n *Name, open int) {
	r := recover()
	if r == nil {
		return
	}
	end := p.toks[open].match
	if e, ok := r.(*Error); ok && textCalls[n.Raw] && open+1 < end && end < p.end {
		if p.toks[open+1].kind == str && p.toks[open+2].is(",") {
			open += 2 // answer("a", x→z)
		}
		at := Span{p.toks[open+1].span.Start, p.toks[end].span.Start}
		p.offer(e, at, `"`+strings.TrimSpace(strings.ReplaceAll(p.text(at), `"`, ""))+`"`, "")
	}
	panic(r)
}

// quoted refuses 'file.csv': an apostrophe transposes.
func (p *parser) quoted(t token) {
	rest := p.src[t.span.End:p.toks[p.end-1].span.End]
	e := p.errorf("E108", t.span, "an apostrophe is a transpose or a derivative; text is written \"…\"")
	if i := strings.IndexAny(rest, "'’\n"); i >= 0 && rest[i] != '\n' {
		e.Span.End = t.span.End + i + 1
		if strings.HasPrefix(rest[i:], "’") {
			e.Span.End = t.span.End + i + len("’")
		}
		p.offer(e, e.Span, `"`+rest[:i]+`"`, "")
	} else if before := p.peek(-1); t.space && before.kind != eof {
		p.offer(e, Span{before.span.End, t.span.End}, "'", "for the transpose")
	}
	panic(e)
}

// adjacentNumbers refuses 2 3.
func (p *parser) adjacentNumbers(a, b token) {
	span := a.span.Join(b.span)
	e := p.errorf("E103", span, "two numbers side by side: %s", p.text(span))
	p.offer(e, span, p.text(a.span)+"*"+p.text(b.span), "for their product")
	p.offer(e, span, p.text(a.span)+", "+p.text(b.span), "for two items")
	panic(e)
}

// checkNumbers refuses a number directly after a number.
func (p *parser) checkNumbers() {
	if prev, t := p.peek(-1), p.tok(); t.kind == number && prev.kind == number {
		p.adjacentNumbers(prev, t)
	}
}

// numberedNorm refuses ‖x‖2, which is a product and meant as the norm ‖x‖_2.
func (p *parser) numberedNorm(n *Norm, t token) {
	e := p.errorf("E100", Span{n.Start, t.span.End}, "a number directly after a norm: the norm ‖…‖_%[1]s, or the product with %[1]s?", t.text)
	p.offer(e, t.span, "_"+t.text, "the norm")
	p.offer(e, Span{n.Start, t.span.End}, t.text+" "+p.text(Span{n.Start, n.End}), "the product")
	panic(e)
}

// checkAfterOperand refuses marks that cannot follow an operand.
func (p *parser) checkAfterOperand(left Expr) {
	t := p.tok()
	switch {
	case t.is("%"):
		p.percent(left)
	case t.kind == backslash && p.leftDivision(left):
	case t.is("**"), t.kind == backslash, t.kind == prime, t.is("."):
		p.foreign(t)
	}
}

// leftDivision refuses A \ b, the solution of a system elsewhere; false where the backslash begins a command of LaTeX.
func (p *parser) leftDivision(left Expr) bool {
	t := p.tok()
	name := strings.TrimPrefix(p.text(t.span), "\\")
	right := Span{t.span.Start + 1, t.span.End}
	switch next := p.peek(1); {
	case name != "" && !p.isVar(Fold(name)):
		return false
	case name == "" && next.is("(") && next.match >= 0:
		right = next.span.Join(p.toks[next.match].span)
	case name == "" && next.kind == ident:
		right = next.span
	}
	e := p.errorf("E108", t.span, "A \\ b is written solve(A, b)")
	p.offer(e, left.Extent().Join(right), "solve("+p.text(left.Extent())+", "+strings.TrimSpace(p.text(right))+")", "")
	panic(e)
}

// secondDerivative is d²f/dx² or d2f/dxdy, as it is written elsewhere.
var secondDerivative = regexp.MustCompile(`\bd *(?:\^?2|²) *([\pL_]\w*) */ *d([\pL_]\w*?)(?:\^?2|²| *d([\pL_]\w*))(\W|$)`)

// SecondDerivative writes d²f/dx² and d2f/dxdy in text as ∂²f/∂x² and ∂²f/∂x∂y.
func SecondDerivative(text string) string {
	m := secondDerivative.FindStringSubmatch(text)
	switch {
	case m == nil:
		return text
	case m[3] == "":
		return secondDerivative.ReplaceAllString(text, "∂²$1/∂$2²$4")
	}
	return secondDerivative.ReplaceAllString(text, "∂²$1/∂$2∂$3$4")
}

// percent refuses 5% and a % b: the sign is the last result.
func (p *parser) percent(left Expr) {
	t := p.tok()
	e := p.errorf("E106", t.span, "%% directly after an operand: %% is the last result, neither a percentage nor a remainder")
	if n, ok := left.(*Number); ok && n.End == t.span.Start {
		p.offer(e, n.Span.Join(t.span), n.Text+"/100", "for a percentage")
	}
	p.offer(e, t.span, strings.TrimPrefix(" * %", map[bool]string{true: " "}[t.space]), "for the product with the last result")
	panic(e)
}

// checkSpaced refuses 1/2c and 2^3c, which have two readings: the factor at y follows without a space the row r, which
// stands at before.
func (p *parser) checkSpaced(r *row, before, y Span) {
	both := p.text(r.last) + " " + p.text(y)
	pow, _ := r.left.(*Pow)
	switch {
	case r.divided != Span{}:
		e := p.errorf("E104", before.Join(y), "ambiguous: a product written without a space after '%s'", p.text(r.divided))
		over := p.text(Span{before.Start, r.last.Start})
		p.readings(e, p.text(before)+" "+p.text(y), over+"("+both+")")
	case r.bound && pow != nil:
		e := p.errorf("E105", r.last.Join(y), "ambiguous: a product written without a space after '^'")
		whole := Span{p.toks[p.first].span.Start, p.toks[p.end-1].span.End}
		if second := SecondDerivative(p.text(whole)); second != p.text(whole) {
			p.offer(e, whole, second, "for the second derivative")
		}
		caret := Span{pow.X.Extent().End, r.last.End}
		caret.Start += strings.Index(p.text(caret), "^") + 1
		base := p.text(Span{r.last.Start, caret.Start})
		p.readings(e, both, base+"("+p.text(caret)+" "+p.text(y)+")")
	}
}

// readings refuses with the two readings a and b.
func (p *parser) readings(e *Error, a, b string) {
	e.Details = append(e.Details, fmt.Sprintf("write  %s  or  %s", a, b))
	p.offer(e, e.Span, a, "with a space: the product comes last")
	p.offer(e, e.Span, b, "the product comes first")
	panic(e)
}

// chained refuses a < b < c outside of a claim.
func (p *parser) chained(t token) {
	e := p.errorf("E100", t.span, "only a claim has several relations in a row")
	start := p.toks[p.first].span.Start
	p.offer(e, Span{start, start}, "check ", "to have the claim judged")
	panic(e)
}

// bareFunc refuses phi z: a function needs parentheses.
func (p *parser) bareFunc(n *Name) {
	t := p.tok()
	e := p.errorf("E107", n.Span, "%s is a function and needs parentheses: %s(…)", n.Raw, n.Raw)
	after := p.peek(1)
	if t.is(".") && after.is("(") {
		e.Details = append(e.Details, "a function of a number is elementwise as it stands")
		p.offer(e, t.span, "", "")
	}
	if (t.kind == ident || t.kind == number) && (after.kind == eof || after.space || after.is(")") || after.is(",")) {
		p.offer(e, n.Span.Join(t.span), n.Raw+"("+p.text(t.span)+")", "")
	}
	if n.Name == "sum" && t.kind == ident && after.is("[") && after.match > 0 { // sum x[i]: over its indices
		at := Span{after.span.Start, p.toks[after.match].span.End}
		p.offer(e, n.Span, "sum"+p.text(at), "")
	}
	panic(e)
}

// raisedFunc refuses sin²(x): a power goes after the call.
func (p *parser) raisedFunc(n *Name) {
	k := p.take()
	exponent := "^" + k.text
	switch {
	case k.kind == super && (strings.ContainsAny(k.text, "()") || k.text == "-"):
		exponent = ""
	case k.is("^") && (p.tok().kind == number || p.tok().kind == ident):
		exponent = "^" + p.take().text
	case k.is("^") && p.is("-") && p.peek(1).kind == number:
		p.i++
		exponent = "^-" + p.take().text
	case k.is("^"):
		exponent = ""
	}
	span := p.from(n.Start)
	e := p.errorf("E108", span, "a power of a function's value is written after the call: %s(…)^2", n.Raw)
	t := p.tok()
	if t.is("(") && exponent != "" {
		args := Span{t.span.Start, p.toks[t.match].span.End}
		if strings.HasPrefix(exponent, "^-") && p.isFunc("a"+n.Name) {
			p.offer(e, span, "a"+n.Raw, "for the inverse function")
		}
		p.offer(e, n.Span.Join(args), n.Raw+p.text(args)+exponent, "for the power")
	}
	panic(e)
}

// indexedNumber refuses A^-1[1,2], where the index would belong to the exponent.
func (p *parser) indexedNumber(n *Number) {
	t := p.tok()
	e := p.errorf("E100", n.Span.Join(t.span), "a number has no entries; to index a power, put it in parentheses: (A^-1)[1,2]")
	panic(e)
}

// checkIndexed refuses W(1,2) of a variable: an entry is taken with brackets.
func (p *parser) checkIndexed(n *Name) {
	open := p.tok()
	for i := p.i + 1; i < open.match; i++ {
		t := p.toks[i]
		if t.is(",") || t.is(":") || t.is("..") {
			span := Span{n.Start, p.toks[open.match].span.End}
			e := p.errorf("E108", span, "%s is not a function; an entry is taken with brackets", n.Raw)
			p.offer(e, span, n.Raw+"["+p.src[open.span.End:p.toks[open.match].span.Start]+"]", "")
			panic(e)
		}
		i = max(i, t.match)
	}
}

// checkRows refuses [1 2; 3 4]: rows are lists, and items are separated by commas.
func (p *parser) checkRows() {
	open := p.tok()
	rows, side := 1, false
	for i := p.i + 1; i < open.match; i++ {
		t := p.toks[i]
		if t.kind == semi {
			rows++
		}
		side = side || t.kind == number && p.toks[i-1].kind == number
		i = max(i, t.match)
	}
	if rows == 1 && !side {
		return
	}
	span := Span{open.span.Start, p.toks[open.match].span.End}
	e := p.errorf("E108", span, "the items of a list are separated by commas, and a row is a list of its own")
	p.offer(e, span, commaRows(p.text(span)), "")
	panic(e)
}

// commaRows turns [1 2; 3 4] into [[1, 2], [3, 4]].
func commaRows(text string) string {
	rows := strings.FieldsFunc(strings.Trim(text, "[] "), func(r rune) bool { return r == ';' || r == '；' || r == '\n' })
	for i, r := range rows {
		items := strings.FieldsFunc(r, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
		rows[i] = strings.Join(items, ", ")
		if len(rows) > 1 {
			rows[i] = "[" + rows[i] + "]"
		}
	}
	return "[" + strings.Join(rows, ", ") + "]"
}

// dotted refuses np.exp(x) and x.sum(): functions have no modules and values no methods.
func (p *parser) dotted(n *Name) {
	t := p.peek(1)
	if t.kind != ident || t.space {
		return
	}
	span := n.Span.Join(t.span)
	e := p.errorf("E108", span, "%s: functions are called by their plain name", p.text(span))
	open := p.peek(2)
	last := t
	for i := 2; p.peek(i).is(".") && p.peek(i+1).kind == ident; i += 2 {
		last, open = p.peek(i+1), p.peek(i+2)
	}
	word := p.text(last.span)
	isFunc := p.isFunc(Fold(word))
	switch {
	case p.offerElsewhere(e, span.Join(last.span), word):
	case !isFunc:
	case !p.isVar(n.Name) && open.is("(") && !moduleNames[n.Raw]: // x.sum() of an x that is not there
	case !p.isVar(n.Name):
		p.offer(e, span.Join(last.span), word, "")
	case last != t || word == "grad":
	case open.is("("):
		args := strings.TrimSpace(p.src[open.span.End:p.toks[open.match].span.Start])
		call := word + "(" + n.Raw
		if args != "" {
			call += ", " + args
		}
		p.offer(e, Span{span.Start, p.toks[open.match].span.End}, call+")", "")
	default:
		p.offer(e, span, word+"("+n.Raw+")", "")
	}
	panic(e)
}

// moduleNames are where other programs keep their functions.
var moduleNames = map[string]bool{
	"np": true, "numpy": true, "jnp": true, "jax": true, "torch": true, "tf": true, "keras": true, "math": true, "cmath": true, "Math": true,
	"sp": true, "scipy": true, "sympy": true, "F": true, "nn": true, "LinearAlgebra": true, "d2l": true, "autograd": true, "linalg": true, "random": true, "cp": true, "mx": true,
}

// offerElsewhere says what a word of another program is here, of which span is the full name; false where it is of none.
func (p *parser) offerElsewhere(e *Error, span Span, word string) bool {
	b, ok := borrowedWords[word]
	if !ok {
		return false
	}
	e.Details = append(e.Details, b.Says)
	whole := p.whole()
	plain := p.src[whole.Start:span.Start] + word + p.src[span.End:whole.End]
	if text := b.Rewrite(plain); text != plain {
		p.offer(e, whole, text, "")
	}
	return true
}

// whole is the statement.
func (p *parser) whole() Span { return Span{p.toks[p.first].span.Start, p.toks[p.end-1].span.End} }

// definitions are functions as other languages define them, and as they are defined here.
var definitions = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`^def (\w+)\((.*?)\): *return (.*)$`), "$1($2) = $3"},
	{regexp.MustCompile(`^(\w+) *= *lambda (\w+(?:, *\w+)*): *(.*)$`), "$1($2) = $3"},
	{regexp.MustCompile(`^(\w+) *= *\(?(\w+(?:, *\w+)*)\)? *-> *(.*)$`), "$1($2) = $3"},
	{regexp.MustCompile(`^function (\w+\(.*?\)) (.*) end$`), "$1 = $2"},
}

// offerDefinition offers the definition that is meant by one of another language; false where it is none.
func (p *parser) offerDefinition(e *Error) bool {
	whole := p.whole()
	for _, d := range definitions {
		if text := p.text(whole); d.from.MatchString(text) {
			e.Details = append(e.Details, "a function is defined f(t) = …")
			p.offer(e, whole, strings.ReplaceAll(d.from.ReplaceAllString(text, d.to), "**", "^"), "")
			return true
		}
	}
	return false
}

// badTarget refuses what stands left of = := or : and is no name.
func (p *parser) badTarget() {
	first := p.toks[p.first]
	i := p.first
	for i < p.end-1 && !p.toks[i].is("=") && !p.toks[i].is(":=") && !p.toks[i].is(":") && !p.toks[i].is("∈") {
		i = max(i, p.toks[i].match) + 1
	}
	mark := p.toks[i]
	span := Span{first.span.Start, p.toks[max(i-1, p.first)].span.End}
	e := p.errorf("E100", span, "left of %s stands a name, W[k] or f(t); this is neither", p.text(mark.span))
	p.offerWithoutPrompt(e)
	if p.offerDefinition(e) {
		panic(e)
	}
	if second := p.toks[min(p.first+1, p.end-1)]; first.kind == ident && elsewhere[first.text] && second.kind == ident {
		p.offer(e, Span{first.span.Start, second.span.Start}, "", "")
	}
	if mark.is(":=") {
		p.offer(e, mark.span, "=", "to define a function")
	}
	if mark.is(":") && !headers[first.text] {
		p.offer(e, Span{span.End, p.toks[p.end-1].span.End}, "", "to ask for it; its space is found out")
	}
	if mark.is("=") {
		p.offer(e, mark.span, "==", "to compare the two sides")
		p.offer(e, Span{first.span.Start, first.span.Start}, "check ", "to have the claim judged")
	}
	panic(e)
}

// headers are the words with which a block of another language begins, whose colon declares nothing.
var headers = map[string]bool{"for": true, "while": true, "if": true, "class": true, "with": true, "def": true}

// elsewhere are the words with which other languages begin a definition.
var elsewhere = map[string]bool{"let": true, "var": true, "def": true, "const": true, "function": true, "set": true, "val": true}

// declaredValue refuses x : R[3] = [1, 2, 3], which is two statements here.
func (p *parser) declaredValue(ts []*Target) {
	t := p.take()
	e := p.errorf("E100", t.span, "a declaration gives the space; the value is a statement of its own")
	names := p.text(ts[0].Span.Join(ts[len(ts)-1].Span))
	before := p.toks[p.i-2].span.End
	p.offer(e, Span{before, t.span.End}, "; "+names+" :=", "")
	panic(e)
}

// factualEquation refuses where sum(y) = 1: a fact is an equation, which has two signs.
func (p *parser) factualEquation() {
	t := p.take()
	e := p.errorf("E100", t.span, "a fact is an equation, as in where sum(y) == 1")
	p.offer(e, t.span, "==", "")
	panic(e)
}

// offerWithoutPrompt suits a line that was copied with its prompt.
func (p *parser) offerWithoutPrompt(e *Error) {
	if t := p.toks[p.first]; t.is("∇") && p.first+1 < p.end && p.toks[p.first+1].space {
		p.offer(e, Span{t.span.Start, p.toks[p.first+1].span.Start}, "", "without the prompt")
	}
}

// badSpace refuses x : d and f : R(d).
func (p *parser) badSpace() {
	t := p.tok()
	e := p.errorf("E111", t.span, "a space is R, R[d] or R[h,d]")
	prev := p.peek(-1)
	switch {
	case t.is("("):
		end := p.toks[t.match]
		p.offer(e, Span{t.span.Start, end.span.End}, "["+p.src[t.span.End:end.span.Start]+"]", "")
	case prev.is("×") && p.peek(-3).is("^"):
		dims := Span{p.peek(-2).span.Start, t.span.End}
		p.offer(e, dims, "("+p.text(dims)+")", "")
	case t.kind == ident && len(t.text) > 1 && t.text[0] == 'R':
		p.offer(e, t.span, "R["+t.text[1:]+"]", "")
	case prev.is(",") && (p.peek(1).is(":") || p.peek(1).is("∈")):
		p.offer(e, prev.span, ";", "two declarations are separated by a semicolon")
	case t.kind == ident && spaceWords[t.text] != "":
		p.offer(e, Span{t.span.Start, p.toks[p.end-1].span.End}, spaceWords[t.text], "")
		p.offer(e, t.span, spaceWords[t.text], "")
	case t.kind == ident || t.kind == number:
		p.offer(e, t.span, "R["+p.text(t.span)+"]", "")
	}
	panic(e)
}

// spaceWords are words for spaces.
var spaceWords = map[string]string{
	"scalar": "R", "number": "R", "real": "R", "float": "R", "Real": "R", "Float64": "R",
	"vector": "R[n]", "Vector": "R[n]", "matrix": "R[m,n]", "Matrix": "R[m,n]",
}

// refuseArrow refuses x <- 5 at the beginning of a statement, which gives x a value in R and would compare it with -5 here.
func (p *parser) refuseArrow(x Expr, rel RelOp) {
	n, ok := x.(*Name)
	t := p.tok()
	if !ok || rel != Less || !t.is("-") || t.space || !p.peek(1).space || n.Span.Start != p.toks[p.first].span.Start {
		return
	}
	arrow := p.toks[p.i-1].span.Join(t.span)
	e := p.errorf("E108", arrow, "<-: a value is given by :=, a definition by =")
	p.offer(e, arrow, ":=", "for a value")
	p.offer(e, arrow, "=", "for a definition")
	p.offer(e, arrow, "< -", "for a comparison")
	panic(e)
}
