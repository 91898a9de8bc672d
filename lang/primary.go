package lang

import (
	"math/big"
	"strconv"
	"strings"
)

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
	if n, ok := x.(*Name); ok && p.isFunc(n.Name) {
		p.fail("E107", n.Span, "%s is a function and needs parentheses after it: %s(…)", n.Raw, n.Raw)
	}
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
		p.checkBarsSubscript(open, x)
		return &Abs{p.from(open.span.Start), x}
	}
	kind := p.normKind(x)
	return &Norm{p.from(open.span.Start), x, kind}
}

// checkBarsSubscript refuses |x|_1: a norm has two bars.
func (p *parser) checkBarsSubscript(open token, x Expr) {
	t := p.tok()
	if t.kind != subscript || t.space {
		return
	}
	whole := open.span.Join(t.span)
	e := p.errorf("E100", whole, "|x| is the absolute value of every entry; a norm has two bars: ‖x‖_1")
	p.offer(e, whole, "‖"+p.text(x.Extent())+"‖"+p.text(t.span), "")
	panic(e)
}

func (p *parser) normKind(x Expr) string {
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
	if allDigits(t.text) {
		inner := p.text(x.Extent())
		whole := p.toks[p.toks[p.i-2].match].span.Join(t.span)
		p.offer(e, whole, "sum(|"+inner+"|.^"+t.text+")^(1/"+t.text+")", "")
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
	defer p.offerQuotes(n, p.i)
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

// boundedIndex refuses sum[i=1..n].
func (p *parser) boundedIndex(n *Name) {
	at := Span{n.End, p.toks[p.i+1].span.End}
	for i := p.i; i < p.end && !p.toks[i].is("]") && !p.toks[i].is(","); i++ {
		at.End = p.toks[i].span.End
	}
	e := p.errorf("E108", at, "the range of an index follows from where it stands: sum[%[1]s] x[%[1]s]; a part of it is sum(x[2..5])", n.Raw)
	p.offer(e, at, "", "over all of it")
	panic(e)
}

// equations are what indices have to fulfil: places, joined by == or =.
func (p *parser) equations() (out []Expr) {
	for {
		start := p.here()
		x := p.sum()
		if rel, ok := p.relation(true); !ok || rel != Eq {
			p.unexpected("an equation between places: sum[i,j where i + j - 1 == k] …")
		}
		y := p.sum()
		out = append(out, &Compare{p.from(start), Eq, x, y})
		if !p.accept(",") {
			return out
		}
	}
}

// sumIdx = "sum" "[" name { "," name } [ "where" expr { "," expr } ] "]" [ signs ] product; the indices shadow everything
// in it
func (p *parser) sumIdx() Expr {
	s := &SumIdx{}
	start := p.take().span.Start
	p.i++
	for {
		s.Index = append(s.Index, p.plainName("the index that is summed over: sum[k] …"))
		if p.is("=") {
			p.boundedIndex(s.Index[len(s.Index)-1])
		}
		if !p.accept(",") {
			break
		}
	}
	defer p.bind(s.Index...)()
	if t := p.tok(); t.kind == ident && t.text == "where" {
		p.i++
		s.Where = p.equations()
	}
	p.expect("]", "a comma or a closing bracket")
	minus := p.signs("+", "-")
	s.X = p.negate(minus, p.product())
	s.Span = p.from(start)
	return s
}
