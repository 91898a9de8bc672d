package lang

import (
	"math"
	"strconv"
	"strings"
)

// space = ("R" | "ℝ") [ "[" dimexprs "]" | "^" dim | "^(" dim { "×" dim } ")" | "^{" … "}" | superscript ]
func (p *parser) space() *Space {
	t := p.tok()
	if t.kind != ident || t.text != "R" && t.text != "ℝ" {
		p.badSpace()
	}
	p.i++
	s := &Space{}
	switch {
	case p.is("["):
		s.Dims = p.dimList(",")
	case p.tok().kind == super:
		s.Dims = p.superDims()
	case p.accept("^"):
		s.Dims = p.hatDims()
	case p.is("("):
		p.badSpace()
	}
	s.Span = p.from(t.span.Start)
	return s
}

func (p *parser) hatDims() []DimExpr {
	if p.is("(") || p.is("{") {
		return p.dimList("×")
	}
	if t := p.tok(); t.kind == ident && len(t.text) == 3 && t.text[1] == 'x' {
		e := p.errorf("E111", t.span, "%s is one name; the dimensions of a matrix stand in parentheses", t.text)
		p.offer(e, t.span, "("+t.text[:1]+"×"+t.text[2:]+")", "")
		panic(e)
	}
	return []DimExpr{p.dimAtom()}
}

// crossed refuses R[n x m] and R[n × m].
func (p *parser) crossed(t token) {
	e := p.errorf("E111", t.span, "in brackets a comma separates dimensions")
	at := Span{p.peek(-1).span.End, p.peek(1).span.Start}
	p.offer(e, at, ",", "")
	panic(e)
}

// dimList reads a bracketed list of dimensions. After ^ the separator is × or x, though a comma is understood.
func (p *parser) dimList(sep string) (dims []DimExpr) {
	end := p.take().match
	for {
		dims = append(dims, p.dimExpr(sep == "×"))
		if p.i == end {
			p.i++
			return dims
		}
		if sep == "," && p.is("×") {
			p.crossed(p.tok())
		}
		if !p.accept(sep) && !p.accept(",") && !(sep == "×" && p.acceptX()) {
			p.unexpected("a comma or a closing bracket")
		}
	}
}

func (p *parser) acceptX() bool {
	if t := p.tok(); t.kind == ident && t.text == "x" {
		p.i++
		return true
	}
	return false
}

// superDims reads ℝⁿ and ℝⁿˣᵈ.
func (p *parser) superDims() (dims []DimExpr) {
	t := p.take()
	q := p.raised(t, strings.ReplaceAll(t.text, "x", "×"))
	for {
		dims = append(dims, q.dimExpr(false))
		if !q.accept("×") {
			break
		}
	}
	if q.i < q.end {
		p.fail("E111", t.span, "the dimensions in ℝ%s cannot be read; write R[n] or R[h,d]", p.text(t.span))
	}
	return dims
}

// dimExpr = [ "-" ] dimTerm { ("+" | "-") dimTerm }; hat says that x separates dimensions.
func (p *parser) dimExpr(hat bool) DimExpr {
	defer p.enter()()
	var x DimExpr
	start := p.tok().span.Start
	if p.accept("-") {
		y := p.dimTerm(hat)
		x = &DimOp{p.from(start), '-', &DimNum{Span{start, start}, 0}, y}
	} else {
		x = p.dimTerm(hat)
	}
	for n := 0; p.is("+") || p.is("-"); n++ {
		p.long(n)
		o := p.take().text[0]
		y := p.dimTerm(hat)
		x = &DimOp{p.from(start), o, x, y}
	}
	return x
}

// dimTerm = dimPower { [ "*" ] dimPower }
func (p *parser) dimTerm(hat bool) DimExpr {
	start := p.tok().span.Start
	x := p.dimPower()
	for n := 0; ; n++ {
		p.long(n)
		t := p.tok()
		times := p.accept("*") || p.accept("·")
		if !times && (t.kind != ident && t.kind != number && !t.is("(") || hat && t.text == "x" || t.text == "where" || p.isFor(p.i)) {
			return x
		}
		if t.kind == number && p.peek(-1).kind == number {
			p.adjacentNumbers(p.peek(-1), t)
		}
		if next := p.peek(1); !times && t.kind == ident && t.text == "x" && (next.kind == ident || next.kind == number) {
			p.crossed(t)
		}
		y := p.dimPower()
		x = &DimOp{p.from(start), '*', x, y}
	}
}

// dimPower = dimAtom [ "^" integer | superscript ]
func (p *parser) dimPower() DimExpr {
	start := p.here()
	x := p.dimAtom()
	t := p.tok()
	switch {
	case t.kind == super && allDigits(t.text):
		p.i++
		return &DimOp{p.from(start), '^', x, p.dimNum(t)}
	case p.accept("^"):
		if p.tok().kind != number {
			p.fail("E111", p.tok().span, "a dimension's exponent is a whole number")
		}
		n := p.dimNum(p.take())
		return &DimOp{p.from(start), '^', x, n}
	}
	return x
}

// dimAtom = integer | name | "(" dimExpr ")"
func (p *parser) dimAtom() DimExpr {
	t := p.take()
	switch {
	case t.kind == number:
		return p.dimNum(t)
	case t.kind == ident && t.text == "dim" && p.is("("):
		return p.dimAtom()
	case t.kind == ident:
		return &DimName{t.span, t.text}
	case t.is("("):
		x := p.dimExpr(false)
		p.expect(")", "a closing parenthesis")
		return x
	}
	p.i--
	if t.is("]") || t.is("}") {
		p.fail("E111", t.span, "a dimension is missing; a number's space is R, without brackets")
	}
	p.unexpected("a dimension: a name, a whole number, or a sum or product of these")
	return nil
}

func (p *parser) dimNum(t token) *DimNum {
	n, err := strconv.ParseInt(t.text, 10, 64)
	if err != nil || n > math.MaxInt32 {
		p.fail("E111", t.span, "a size is a whole number below 2³¹, not %s", t.text)
	}
	return &DimNum{t.span, n}
}
