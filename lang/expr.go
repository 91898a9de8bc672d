package lang

import (
	"math/big"
	"slices"
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
	p.refuseArrow(x, rel)
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

// A row is a product being read from left to right.
type row struct {
	start   int
	x       Expr // what has been read
	left    Expr // its last factor, which stands at last
	last    Span
	divided Span // the division sign before left, if there is one
	bound   bool // left ends in an exponent
}

// product = factor { op {"-"} factor | factor }, all of one level, left to right
func (p *parser) product() Expr {
	r := &row{start: p.here()}
	r.x, r.bound = p.factor()
	r.left, r.last = r.x, p.from(r.start)
	for n := 0; ; n++ {
		p.long(n)
		t := p.tok()
		if o, ok := products[t.text]; ok && t.kind == op {
			p.operated(r, o)
			continue
		}
		if !p.startsFactor() {
			p.checkAfterOperand(r.left)
			return r.x
		}
		p.juxtaposed(r)
	}
}

// operated goes on with an operator, after which signs may stand.
func (p *parser) operated(r *row, o BinOp) {
	sign := p.take().span
	at, minus := p.here(), p.signs("-")
	r.left, r.bound = p.factor()
	r.left, r.last, r.divided = p.negate(minus, r.left), p.from(at), Span{}
	if o == Div || o == HDiv {
		r.divided = sign
	}
	r.x = &Binary{Span: p.from(r.start), Op: o, X: r.x, Y: r.left, OpSpan: sign}
}

// juxtaposed goes on with a factor that directly follows.
func (p *parser) juxtaposed(r *row) {
	p.checkNumbers()
	t := p.tok()
	before := p.from(r.start)
	if n, ok := r.left.(*Norm); ok && t.kind == number && !t.space {
		p.numberedNorm(n, t)
	}
	y, bound := p.factor()
	at := p.from(t.span.Start)
	if !t.space {
		p.checkSpaced(r, before, at)
	}
	r.x = &Binary{Span: p.from(r.start), Op: Mul, X: r.x, Y: y, Juxt: true, OpSpan: Span{at.Start, at.Start}}
	r.left, r.last, r.divided, r.bound = y, at, Span{}, bound
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
	if last := q.toks[q.end-1]; last.kind == ident && p.isFunc(last.text) && !p.isVar(last.text) {
		p.fail("E107", last.span, "%s is a function, and has no argument in a superscript: write ^(%s(…))", last.text, last.text)
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
