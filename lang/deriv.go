package lang

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const maxOrder = 12

// deriv = "∂" [sup] operand "/" "∂" operand [sup] { "∂" operand [sup] }, one unit, tighter than everything around it
func (p *parser) deriv() Expr {
	start := p.take().span
	order, stated := p.order()
	if p.is("/") && p.peek(1).is("∂") {
		p.appliedDeriv(start)
	}
	at := p.here()
	d := &Deriv{Num: p.operand()}
	if !p.is("/") || !p.peek(1).is("∂") {
		p.halfDeriv(start, p.from(at))
	}
	p.i++
	for p.accept("∂") {
		w := p.wrt(stated)
		times := 1
		if stated {
			times, _ = p.order()
		}
		for ; times > 0; times-- {
			d.Wrt = append(d.Wrt, w)
		}
		if len(d.Wrt) >= order {
			break
		}
	}
	if order > 1 {
		p.moreWrt(d)
	}
	d.Span = p.from(start.Start)
	if len(d.Wrt) != order {
		p.orders(d, order)
	}
	return d
}

// wrt is one operand of a denominator. In ∂²J/∂G[1]∂G[2] and ∂²J/∂G[1]² the brackets are its own: what follows them shows
// that the unit goes on.
func (p *parser) wrt(stated bool) Expr {
	at := p.here()
	w := p.operand()
	if n, ok := w.(*Name); ok && stated && p.is("[") && !p.tok().space && p.tok().match > p.i {
		if next := p.toks[p.tok().match+1]; !next.space && (next.is("∂") || next.is("^") || next.kind == super) {
			return p.index(at, n)
		}
	}
	return w
}

// order takes ², or ^2 right here.
func (p *parser) order() (n int, stated bool) {
	t, width := p.tok(), 1
	if t.is("^") && !t.space && p.peek(1).kind == number {
		t, width = p.peek(1), 2
	} else if t.kind != super {
		return 1, false
	}
	n, err := strconv.Atoi(t.text)
	if err != nil || n < 1 || n > maxOrder {
		p.fail("E112", t.span, "the order of a derivative is a number from 1 to %d", maxOrder)
	}
	p.i += width
	return n, true
}

// operand = name | fname { "'" } "(" args ")" | "(" expr ")" | norm
func (p *parser) operand() Expr {
	defer p.enter()()
	t := p.tok()
	switch {
	case t.is("("):
		return p.group()
	case t.kind == openBar:
		return p.barred()
	case t.kind != ident:
		p.unexpected("the name of what is differentiated, or (…)")
	}
	n := p.name(false)
	if !p.isFunc(n.Name) {
		return n
	}
	primes, from := 0, p.i
	for p.tok().kind == prime {
		primes += len(p.take().text)
	}
	if p.is("(") {
		return p.call(n, primes)
	}
	p.i = from
	return n
}

// appliedDeriv refuses ∂/∂x f: what is differentiated stands above.
func (p *parser) appliedDeriv(start Span) {
	p.i += 2
	at := p.here()
	p.operand()
	if t := p.tok(); t.is("[") && !t.space && t.match > p.i { // of an entry, or a member of a family
		p.i = t.match + 1
	}
	x := p.from(at)
	e := p.errorf("E112", p.from(start.Start), "what is differentiated stands above: ∂f/∂%s", p.text(x))
	if p.startsFactor() {
		at, from := p.here(), p.i
		p.product()
		f := p.from(at)
		above := "(" + p.text(f) + ")"
		if p.toks[from].is("(") && p.i == p.toks[from].match+1 {
			above = p.text(f)
		}
		p.offer(e, start.Join(f), "∂"+above+"/∂"+p.text(x), "")
	}
	panic(e)
}

// halfDeriv refuses ∂J without its denominator.
func (p *parser) halfDeriv(start, num Span) {
	span := p.from(start.Start)
	n := p.text(num)
	e := p.errorf("E112", span, "%s is half of a derivative; the whole is ∂%s/∂x", p.text(span), n)
	if end, ok := p.beforeSlash(); ok {
		whole := Span{num.Start, end}
		p.offer(e, whole, "("+p.text(whole)+")", "for the derivative of all of it")
	}
	if prev := p.tokBefore(start); prev != nil {
		e.Details = append(e.Details, "a second derivative has its order in the numerator: ∂²J/∂x∂y")
	}
	panic(e)
}

// beforeSlash finds where what directly follows ends, if /∂ comes next: the marks in ∂‖x‖²/∂x and ∂H[2]/∂x.
func (p *parser) beforeSlash() (end int, ok bool) {
	for i := p.i; i+1 < p.end; i = max(i, p.toks[i].match) + 1 {
		t := p.toks[i]
		if t.is("/") {
			return p.toks[i-1].span.End, i > p.i && p.toks[i+1].is("∂")
		}
		if t.space {
			break
		}
	}
	return 0, false
}

// tokBefore is the last token that ends before span, if it is the end of a denominator's name.
func (p *parser) tokBefore(span Span) *token {
	for i := p.first + 1; i < p.end; i++ {
		if p.toks[i].span == span && p.toks[i-1].kind == ident && i >= 2 && p.toks[i-2].is("∂") {
			return &p.toks[i-1]
		}
	}
	return nil
}

// moreWrt takes ∂W in ∂²J/∂x²∂W, which is one more than the numerator says. In ∂²J/∂x² ∂y/∂z a product goes on.
func (p *parser) moreWrt(d *Deriv) {
	from, n := p.i, len(d.Wrt)
	for p.is("∂") && !p.tok().space {
		p.i++
		w := p.operand()
		times, _ := p.order()
		for ; times > 0; times-- {
			d.Wrt = append(d.Wrt, w)
		}
	}
	if p.is("/") && p.peek(1).is("∂") {
		p.i, d.Wrt = from, d.Wrt[:n]
	}
}

// orders refuses ∂²J/∂x and ∂²J/∂x²∂W: the denominator differentiates another number of times than the numerator says.
func (p *parser) orders(d *Deriv, order int) {
	e := p.errorf("E112", d.Span, "the numerator is of order %d, the denominator of order %d", order, len(d.Wrt))
	for i, w := range d.Wrt {
		if i > 0 && Print(w) == Print(d.Wrt[i-1]) {
			continue
		}
		good := *d
		good.Wrt = slices.Insert(slices.Clone(d.Wrt), i, repeated(w, order-len(d.Wrt))...)
		if len(good.Wrt) == order {
			p.offer(e, d.Span, Print(&good), "for the derivative of order "+strconv.Itoa(order))
		}
	}
	if len(d.Wrt) > 1 {
		p.offer(e, d.Span, Print(d), "for the derivative of order "+strconv.Itoa(len(d.Wrt)))
	}
	panic(e)
}

func repeated(w Expr, n int) []Expr {
	if n < 1 {
		return nil
	}
	return slices.Repeat([]Expr{w}, n)
}

// slashed reads dJ/dW1 as a derivative: written without spaces, where dJ and dW1 are no names and J and W1 are.
func (p *parser) slashed() Expr {
	from := p.i
	num := p.differential(false)
	if num == nil || !p.is("/") || p.tok().space || p.peek(1).space {
		p.i = from
		return nil
	}
	p.i++
	den := p.differential(true)
	if den == nil {
		p.i = from
		return nil
	}
	return &Deriv{p.from(num.Start - 1), num, []Expr{den}}
}

// differential takes dJ and returns J. Below, J may be a dimension too, for the checker to say that it is no variable.
func (p *parser) differential(below bool) *Name {
	t := p.tok()
	raw := p.text(t.span)
	if t.kind != ident || len(raw) < 2 || raw[0] != 'd' || p.isKnown(t.text) {
		return nil
	}
	span := Span{t.span.Start + 1, t.span.End}
	n := &Name{span, Fold(strings.TrimPrefix(raw, "d")), p.text(span)}
	p.i++
	label, width := p.label()
	switch {
	case width > 0 && (p.isVar(n.Name+label) || p.isFunc(n.Name+label)):
		p.i += width
		n.Name += label
		n.Span = p.from(span.Start)
		n.Raw = p.text(n.Span)
	case !p.isVar(n.Name) && !p.isFunc(n.Name) && !(below && p.scope.IsDim(n.Name)):
		p.i--
		return nil
	}
	return n
}

// offerNabla offers what ∇²_x f and ∇_(x) f are here.
func (p *parser) offerNabla(e *Error, start Span) {
	whole := Span{start.Start, p.toks[p.end-1].span.End}
	m := elsewhereNabla.FindStringSubmatch(p.text(whole))
	switch {
	case m == nil:
	case m[1] != "":
		e.Message = "the second derivative of f by x is hessian(f, x) or ∂²f/∂x²"
		p.offer(e, whole, "hessian("+m[3]+", "+m[2]+")", "")
	default:
		p.offer(e, whole, "∇_"+m[2]+" "+m[3], "")
	}
}

// offerVariables offers ∇_x J for each x that the J of ∇J depends on.
func (p *parser) offerVariables(e *Error, start Span) {
	s, knows := p.scope.(interface{ VariablesOf(string) []string })
	t := p.tok()
	if !knows || t.kind != ident {
		return
	}
	for _, x := range s.VariablesOf(t.text) {
		p.offer(e, start.Join(t.span), "∇_"+x+" "+p.text(t.span), "")
	}
}

// elsewhereNabla is ∇²_x f, ∇^2_x f, ∇_(x) f.
var elsewhereNabla = regexp.MustCompile(`^∇(\^2|²)?_[({]?([\pL]\w*)[)}]? *(.+)$`)

// nabla = "∇_" name postfix
func (p *parser) nabla() Expr {
	defer p.enter()()
	start := p.take().span
	t := p.tok()
	if t.kind != subscript || t.text == "" {
		e := p.errorf("E112", start, "∇ needs to know its variable: ∇_x f")
		if t.kind == ident && !t.space && p.i+1 < p.end && p.peek(1).kind == ident {
			p.offer(e, start.Join(t.span), "∇_"+p.text(t.span), "")
		}
		p.offerVariables(e, start)
		p.offerNabla(e, start)
		p.offerWithoutPrompt(e)
		panic(e)
	}
	p.i++
	raw := p.text(t.span)
	from := t.span.Start + len(raw) - len(strings.TrimLeft(raw, "_{"))
	n := &Name{Span{from, t.span.End - len(raw) + len(strings.TrimRight(raw, "}"))}, t.text, strings.Trim(raw, "_{}")}
	if label, width := p.label(); width > 0 && p.isVar(n.Name+label) {
		p.i += width
		n.Name += label
		n.Span = p.from(n.Start)
	}
	if f := p.tok(); f.kind == ident && p.isFunc(f.text) && !p.peek(1).is("(") && p.peek(1).kind != prime {
		p.i++
		return &Nabla{p.from(start.Start), n, &Name{f.span, f.text, p.text(f.span)}}
	}
	p.refuseNablaByEntry(start)
	x := p.postfix()
	return &Nabla{p.from(start.Start), n, x}
}

// refuseNablaByEntry refuses ∇_x[1] J, in which [1] would be what is differentiated.
func (p *parser) refuseNablaByEntry(start Span) {
	t := p.tok()
	if !p.is("[") || t.space || t.match <= p.i || t.match+1 >= p.end {
		return
	}
	entry := t.span.Join(p.toks[t.match].span)
	by := p.from(start.Start)
	e := p.errorf("E112", by.Join(entry), "∇ is by a variable, and %s is an entry", p.text(Span{by.Start + len("∇_"), entry.End}))
	p.i = t.match + 1
	at := p.here()
	p.postfix()
	f := p.from(at)
	p.offer(e, start.Join(f), "("+p.text(by)+" "+p.text(f)+")"+p.text(entry), "for the entry of the gradient")
	panic(e)
}
