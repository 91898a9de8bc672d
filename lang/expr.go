package lang

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

var relations = map[string]RelOp{"==": Eq, "≈": Approx, "<": Less, ">": Greater, "≤": LessEq, "≥": GreaterEq}

// relation takes a relation if one is at hand; claims may write = for ==.
func (p *parser) relation(claim bool) (RelOp, bool) {
	t := p.tok()
	if t.kind != op {
		return 0, false
	}
	rel, ok := relations[t.text]
	if !ok && !(claim && t.text == "=") {
		return 0, false
	}
	p.i++
	return rel, true
}

// expr = sum [ relation sum ]
func (p *parser) expr() Expr {
	start := p.here()
	x := p.sum()
	rel, ok := p.relation(false)
	if !ok {
		return x
	}
	y := p.sum()
	if _, more := relations[p.tok().text]; more && p.tok().kind == op {
		p.chained(p.tok())
	}
	return &Compare{p.from(start), rel, x, y}
}

// sum = signed { ("+" | "-") signed }
func (p *parser) sum() Expr {
	start := p.here()
	x := p.signed()
	for n := 0; p.is("+") || p.is("-"); n++ {
		p.long(n)
		t := p.take()
		o := Add
		if t.text == "-" {
			o = Sub
		}
		y := p.signed()
		x = &Binary{Span: p.from(start), Op: o, X: x, Y: y, OpSpan: t.span}
	}
	return x
}

// signed = { "+" | "-" } product
func (p *parser) signed() Expr {
	minus := p.signs("+", "-")
	return p.negate(minus, p.product())
}

// signs takes signs and returns where each minus starts.
func (p *parser) signs(which ...string) (minus []int) {
	for p.tok().kind == op && slices.Contains(which, p.tok().text) {
		p.long(len(minus))
		if t := p.take(); t.text == "-" {
			minus = append(minus, t.span.Start)
		}
	}
	return minus
}

func (p *parser) negate(minus []int, x Expr) Expr {
	for i := len(minus) - 1; i >= 0; i-- {
		x = &Unary{p.from(minus[i]), x}
	}
	return x
}

var products = map[string]BinOp{"*": Mul, "@": Mul, "·": Dot, "⊙": Had, "⊗": Kron, "/": Div, "⊘": HDiv}

// product = factor { op {"-"} factor | factor }, all of one level, left to right
func (p *parser) product() Expr {
	start := p.here()
	x, bound := p.factor()
	last := p.from(start) // where the last factor stands
	left, divided := x, Span{}
	for n := 0; ; n++ {
		p.long(n)
		t := p.tok()
		if o, ok := products[t.text]; ok && t.kind == op {
			p.i++
			at, minus := p.here(), p.signs("-")
			left, bound = p.factor()
			left, last, divided = p.negate(minus, left), p.from(at), Span{}
			if o == Div || o == HDiv {
				divided = t.span
			}
			x = &Binary{Span: p.from(start), Op: o, X: x, Y: left, OpSpan: t.span}
			continue
		}
		if !p.startsFactor() {
			p.checkAfterOperand(left)
			return x
		}
		p.checkNumbers()
		before := p.from(start)
		y, yBound := p.factor()
		if at := p.from(t.span.Start); !t.space {
			p.checkSpaced(before, divided, last, at, left, bound)
		}
		x = &Binary{Span: p.from(start), Op: Mul, X: x, Y: y, Juxt: true, OpSpan: Span{t.span.Start, t.span.Start}}
		left, bound, divided, last = y, yBound, Span{}, p.from(t.span.Start)
	}
}

// startsFactor reports whether a factor follows, so that the product goes on by juxtaposition.
func (p *parser) startsFactor() bool {
	t := p.tok()
	switch t.kind {
	case ident:
		return !p.isFor(p.i)
	case number, openBar:
		return true
	case op:
		return t.text == "(" || t.text == "[" || t.text == "?" || t.text == "∂" || t.text == "∇"
	}
	return false
}

// factor = postfix [ ("^" | ".^") {"-"} factor ], right associative. A transpose mark after the exponent belongs to the
// whole power. bound reports whether it ends in an exponent, to which a factor without a space would seem to belong.
func (p *parser) factor() (x Expr, bound bool) {
	defer p.enter()()
	start := p.here()
	x = p.postfix()
	for n := 0; p.is("^") || p.is(".^"); n++ {
		p.long(n)
		t := p.take()
		x, bound = p.power(start, x, t.text == ".^"), true
		if p.inExponent {
			break
		}
		for p.isTranspose() {
			p.i++
			x, bound = p.transposed(start, x), false
		}
	}
	return x, bound
}

// power reads the exponent of x, which began at start.
func (p *parser) power(start int, x Expr, elementwise bool) Expr {
	if t := p.peek(1); p.is("-") && t.kind == ident && t.text == "T" && !t.space && !elementwise && !p.inExponent {
		minus := p.take()
		p.i++
		inv := &Pow{X: x, Y: minusOne(minus.span), Span: Span{start, minus.span.End}}
		return &Transpose{p.from(start), inv}
	}
	was := p.inExponent
	p.inExponent = true
	minus := p.signs("-")
	y, _ := p.factor()
	p.inExponent = was
	return &Pow{p.from(start), x, p.negate(minus, y), elementwise}
}

func minusOne(at Span) Expr {
	return &Unary{at, &Number{at, "1", big.NewRat(1, 1)}}
}

// isTranspose reports whether the mark at hand transposes: ' and ᵀ, close to their operand.
func (p *parser) isTranspose() bool {
	t := p.tok()
	return t.kind == transpose || t.kind == prime && !t.space
}

// transposed applies the mark just taken to x, which began at start; ″ is two.
func (p *parser) transposed(start int, x Expr) Expr {
	for n := max(1, len(p.peek(-1).text)); n > 0; n-- {
		x = &Transpose{p.from(start), x}
	}
	return x
}

// postfix = primary { transpose | superscript | "[" index "]" }, the bracket without a space before it
func (p *parser) postfix() Expr {
	start := p.here()
	x := p.primary()
	for n := 0; ; n++ {
		p.long(n)
		t := p.tok()
		switch {
		case p.isTranspose() && !p.inExponent:
			p.i++
			x = p.transposed(start, x)
		case t.kind == super:
			x = p.superscript(start, x)
		case t.is("[") && !t.space:
			x = p.index(start, x)
		default:
			return x
		}
	}
}

// superscript reads x², A⁻¹, xⁿ⁺¹ and, with the ᵀ after it, A⁻ᵀ.
func (p *parser) superscript(start int, x Expr) Expr {
	t := p.take()
	if t.text == "-" && p.tok().kind == transpose {
		return &Pow{X: x, Y: minusOne(t.span), Span: p.from(start)}
	}
	q := p.raised(t, t.text)
	y := q.sum()
	if q.i < q.end {
		q.unexpected("")
	}
	return &Pow{Span: p.from(start), X: x, Y: y}
}

// raised is a parser of text, the plain form of the superscript t, rune by rune.
func (p *parser) raised(t token, text string) *parser {
	toks := pair(scan(text))
	raw := p.text(t.span)
	at := func(off int) int {
		n := 0
		for range text[:min(off, len(text))] {
			_, w := utf8.DecodeRuneInString(raw[n:])
			n += w
		}
		return t.span.Start + n
	}
	if len(raw) > 200 {
		p.fail("E110", t.span, "this superscript is too long to read")
	}
	for i := range toks {
		toks[i].span = Span{at(toks[i].span.Start), at(toks[i].span.End)}
	}
	q := *p
	q.toks, q.i, q.first, q.end = toks, 0, 0, len(toks)-1
	q.checkBrackets()
	return &q
}

func (p *parser) index(start int, x Expr) Expr {
	if n, ok := x.(*Number); ok {
		p.indexedNumber(n)
	}
	args := p.brackets()
	return &Index{p.from(start), x, args}
}

// brackets = "[" index { "," index } "]" with index = expr | range | ":"
func (p *parser) brackets() (args []Expr) {
	defer p.unraised()()
	p.expect("[", "an index")
	for {
		if t := p.tok(); t.is(":") {
			p.i++
			args = append(args, &Colon{t.span})
		} else {
			args = append(args, p.ranged())
		}
		if !p.accept(",") {
			p.expect("]", "a comma or a closing bracket")
			return args
		}
	}
}

// ranged = expr [ ".." sum ]
func (p *parser) ranged() Expr {
	start := p.here()
	x := p.expr()
	if !p.accept("..") {
		return x
	}
	r := &Range{From: x, To: p.sum()}
	r.Span = p.from(start)
	return r
}

// unraised leaves exponent mode within brackets, until the returned function is called.
func (p *parser) unraised() func() {
	was := p.inExponent
	p.inExponent = false
	return func() { p.inExponent = was }
}

// primary = number | name | call | "(" expr ")" | list | norm | "|" expr "|" | "%" [int] | "?" | string | derivative
func (p *parser) primary() Expr {
	t := p.tok()
	switch {
	case t.kind == number:
		return p.number(p.take())
	case t.kind == str:
		p.i++
		return &String{t.span, t.text}
	case t.kind == ident:
		return p.named()
	case t.kind == openBar:
		return p.barred()
	case t.is("("):
		return p.group()
	case t.is("["):
		return p.list()
	case t.is("?"):
		p.i++
		return &Hole{t.span}
	case t.is("%"):
		return p.outRef()
	case t.is("∂"):
		return p.deriv()
	case t.is("∇"):
		return p.nabla()
	}
	p.unexpected("an expression")
	return nil
}

func (p *parser) number(t token) Expr {
	v, ok := parseNumber(t.text)
	if !ok {
		p.fail("E109", t.span, "this number is too long to be kept exactly (at most %d digits and an exponent of %d)", maxDigits, maxExponent)
	}
	return &Number{t.span, t.text, v}
}

// parseNumber reads a literal exactly; huge exponents, which would fill the memory, are refused.
func parseNumber(text string) (*big.Rat, bool) {
	mantissa, exp, _ := strings.Cut(strings.ToLower(text), "e")
	if e, err := strconv.Atoi("0" + strings.TrimLeft(exp, "+-")); err != nil || e > maxExponent || len(mantissa) > maxDigits {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

func (p *parser) group() Expr {
	defer p.unraised()()
	open := p.take()
	if p.is(")") {
		p.fail("E100", open.span.Join(p.tok().span), "there is nothing between these parentheses")
	}
	x := p.expr()
	if p.is(",") {
		p.fail("E100", p.tok().span, "a comma separates arguments and the items of a list, and this is neither; a list is written [a, b]")
	}
	p.expect(")", "a closing parenthesis")
	return x
}

// list = "[" [ expr { "," expr } ] "]"
func (p *parser) list() Expr {
	defer p.unraised()()
	p.checkRows()
	l := &List{}
	start := p.take().span.Start
	for !p.is("]") {
		l.Items = append(l.Items, p.expr())
		if !p.accept(",") {
			break
		}
	}
	p.expect("]", "a comma or a closing bracket")
	l.Span = p.from(start)
	return l
}

// barred = "‖" expr "‖" [ subscript ] | "|" expr "|"
func (p *parser) barred() Expr {
	defer p.unraised()()
	open := p.take()
	if p.i == open.match {
		p.fail("E100", open.span.Join(p.tok().span), "there is nothing between these bars")
	}
	x := p.expr()
	if p.i != open.match {
		p.unexpected("the closing " + open.text)
	}
	p.i++
	if open.text == "|" {
		return &Abs{p.from(open.span.Start), x}
	}
	kind := p.normKind()
	return &Norm{p.from(open.span.Start), x, kind}
}

func (p *parser) normKind() string {
	t := p.tok()
	if t.kind != subscript || t.space {
		return ""
	}
	p.i++
	switch t.text {
	case "1", "2", "F", "inf":
		return t.text
	case "∞":
		return "inf"
	}
	e := p.errorf("E100", t.span, "there is no norm ‖…‖_%s; the norms are _1, _2, _F and _inf", t.text)
	if strings.HasPrefix(strings.ToLower(t.text), "f") {
		p.offer(e, t.span, "_F", "for the Frobenius norm")
	}
	panic(e)
}

// outRef = "%" [ int ]
func (p *parser) outRef() Expr {
	t := p.take()
	n := p.tok()
	if n.kind != number || n.space || !allDigits(n.text) {
		return &OutRef{t.span, 0}
	}
	k, err := strconv.Atoi(n.text)
	if err != nil || k == 0 {
		p.fail("E100", n.span, "results are numbered from 1")
	}
	p.i++
	return &OutRef{t.span.Join(n.span), k}
}

// named = name | fname { "'" } "(" args ")" | "sum" "[" indices "]" product, and dJ/dW where that is a unit
func (p *parser) named() Expr {
	if d := p.slashed(); d != nil {
		return d
	}
	if p.tok().text == "sum" && p.peek(1).is("[") && !p.isVar("sum") {
		return p.sumIdx()
	}
	at := p.i
	n := p.name(false)
	if next := p.tok(); next.is(".") && !next.space {
		p.dotted(n)
	}
	switch {
	case p.isFunc(n.Name):
		return p.applied(n, at)
	case p.is("(") && !p.tok().space && !p.isKnown(n.Name):
		return p.call(n, 0)
	case p.is("(") && !p.tok().space:
		p.checkIndexed(n)
	}
	return n
}

// name takes a name with its layer label, if one is so declared or any is welcome.
func (p *parser) name(anyLabel bool) *Name {
	t := p.take()
	n := &Name{t.span, t.text, p.text(t.span)}
	if label, width := p.label(); width > 0 && (anyLabel || p.isVar(n.Name+label) || p.isFunc(n.Name+label)) {
		p.i += width
		n.Name += label
		n.Span = p.from(t.span.Start)
		n.Raw = p.text(n.Span)
	}
	return n
}

// label looks for ^(1) or ⁽¹⁾ right here and tells its canonical form and how many tokens it has.
func (p *parser) label() (text string, width int) {
	t := p.tok()
	if t.kind == super && !t.space && len(t.text) > 2 && t.text[0] == '(' && allDigits(strings.Trim(t.text, "()")) {
		return "^" + t.text, 1
	}
	n := p.peek(2)
	if !t.is("^") || t.space || !p.peek(1).is("(") || n.kind != number || !allDigits(n.text) || !p.peek(3).is(")") {
		return "", 0
	}
	if p.peek(1).space || n.space || p.peek(3).space {
		return "", 0
	}
	return "^(" + n.text + ")", 4
}

// applied reads what follows a function's name, which began at token at: primes and arguments, as a rule.
func (p *parser) applied(n *Name, at int) Expr {
	if t := p.tok(); t.kind == super || t.is("^") {
		p.raisedFunc(n)
	}
	from, primes := p.i, 0
	for p.tok().kind == prime {
		primes += len(p.take().text)
	}
	switch {
	case p.is("("):
		return p.call(n, primes)
	case p.is("[") && !p.tok().space && primes == 0:
		return p.call(n, 0)
	case primes == 0 && p.mayStandAlone(at):
		return n
	}
	p.i = from
	p.bareFunc(n)
	return nil
}

// mayStandAlone reports whether a function's name may stand without arguments where it does: as a whole value,
// argument, item or statement.
func (p *parser) mayStandAlone(at int) bool {
	next := p.tok()
	if next.kind != eof && !next.is(",") && !next.is(")") && !next.is("]") {
		return false
	}
	if at == p.first {
		return true
	}
	prev := p.toks[at-1]
	return prev.is("(") || prev.is("[") || prev.is(",") || prev.is("=") || prev.is(":=")
}

// call reads the arguments of n, in parentheses or brackets.
func (p *parser) call(n *Name, primes int) Expr {
	defer p.unraised()()
	open := p.take()
	c := &Call{Fn: n, Primes: primes, Bracket: open.text == "["}
	for p.i != open.match {
		c.Args = append(c.Args, p.arg())
		if p.i != open.match {
			p.expect(",", "a comma or the end of the arguments of "+n.Raw)
			if p.i == open.match {
				p.unexpected("an argument")
			}
		}
	}
	p.i++
	c.Span = p.from(n.Start)
	return c
}

// arg = expr | range | ident "=" (expr | range)
func (p *parser) arg() Arg {
	if p.tok().kind == ident && p.peek(1).is("=") {
		n := p.plainName("a name")
		p.i++
		return Arg{n, p.ranged()}
	}
	return Arg{nil, p.ranged()}
}

// sumIdx = "sum" "[" name { "," name } "]" [ signs ] product; the indices shadow everything in it
func (p *parser) sumIdx() Expr {
	s := &SumIdx{}
	start := p.take().span.Start
	p.i++
	for {
		s.Index = append(s.Index, p.plainName("the index that is summed over: sum[k] …"))
		if !p.accept(",") {
			break
		}
	}
	p.expect("]", "a comma or a closing bracket")
	defer p.bind(s.Index...)()
	minus := p.signs("+", "-")
	s.X = p.negate(minus, p.product())
	s.Span = p.from(start)
	return s
}
