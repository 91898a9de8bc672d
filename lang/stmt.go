package lang

import "strings"

// statement = ":" command | "?" topic | name "?" | dims | "check" claim | decl | value | def | expr
func (p *parser) statement() Body {
	t := p.tok()
	switch {
	case t.kind == command:
		return p.command()
	case p.isHelp():
		return p.help()
	case p.isWord():
		p.i++
		return &Command{Span: t.span, Name: t.text, Word: true}
	case p.isKeyword("check") && !p.peek(1).is("=") && !p.peek(1).is(":=") && !p.peek(1).is(":") && p.peek(1).kind != eof:
		return p.check()
	case p.isKeyword("dim") && p.peek(1).kind == ident:
		return p.dims()
	}
	switch p.definer() {
	case ":", "∈":
		return p.decl()
	case ":=":
		return p.value()
	case "=":
		return p.def()
	}
	start := p.here()
	x := p.expr()
	return &ExprStmt{p.from(start), x}
}

// isKeyword reports whether the statement starts with word, which is none where a variable has that name.
func (p *parser) isKeyword(word string) bool {
	t := p.tok()
	return t.kind == ident && t.text == word && !p.scope.IsVar(word)
}

// definer is the first of ":" "∈" ":=" "=" outside of brackets, which says what kind of statement this is.
func (p *parser) definer() string {
	for i := p.i; i < p.end; i++ {
		t := p.toks[i]
		if t.is(":") || t.is("∈") || t.is(":=") || t.is("=") {
			return t.text
		}
		i = max(i, t.match)
	}
	return ""
}

func (p *parser) command() Body {
	t := p.take()
	name, args, _ := strings.Cut(t.text, " ")
	return &Command{Span: t.span, Name: name, Args: strings.TrimSpace(args)}
}

// words are statements by themselves where no name of that spelling exists.
var words = map[string]bool{"hint": true, "why": true, "next": true, "solution": true, "exercises": true}

// IsWord says that a name is a statement by itself: hint, why, next, solution, exercises.
func IsWord(name string) bool { return words[name] }

func (p *parser) isWord() bool {
	t := p.tok()
	if t.kind != ident || !words[t.text] || p.isKnown(t.text) || p.i != p.first {
		return false
	}
	if next := p.peek(1); next.kind == number || next.kind == ident {
		e := p.errorf("E108", p.whole(), "%s is a statement by itself", t.text)
		p.offer(e, p.whole(), t.text, "")
		panic(e)
	}
	return p.i+1 == p.end
}

// isHelp recognizes ?topic, ? topic of one word, ? alone and name?; any other ? is a hole.
func (p *parser) isHelp() bool {
	n := p.end - p.i
	switch {
	case p.is("?"):
		return n <= 2 || !p.peek(1).space
	case n == 2 && p.peek(1).is("?"):
		return !p.peek(1).space && p.tok().kind == ident
	case n == 3 && p.peek(2).is("?") || n == 6 && p.peek(5).is("?"):
		p.i++
		_, width := p.label()
		p.i--
		return width == n-2 && !p.peek(n-1).space && p.tok().kind == ident
	}
	return false
}

func (p *parser) help() Body {
	span := Span{p.tok().span.Start, p.toks[p.end-1].span.End}
	p.i = p.end
	return &Help{span, strings.TrimFunc(p.text(span), func(r rune) bool { return plainRune(r) == '?' || isBlank(r) })}
}

// check = "check" sum { relation sum }
func (p *parser) check() Body {
	start := p.take().span.Start
	c := &Check{Terms: []Expr{p.sum()}}
	for {
		rel, ok := p.relation(true)
		if !ok {
			break
		}
		c.Ops = append(c.Ops, rel)
		c.Terms = append(c.Terms, p.sum())
		p.long(len(c.Ops))
	}
	c.Span = p.from(start)
	return c
}

// dims = "dim" name [ "=" dimexpr ] { "," … }
func (p *parser) dims() Body {
	d := &Dims{}
	start := p.take().span.Start
	for {
		n := p.plainName("a dimension's name")
		item := DimItem{Name: n}
		if p.accept("=") || p.accept(":=") {
			item.Size = p.dimExpr(false)
		}
		item.Span = p.from(n.Start)
		d.Items = append(d.Items, item)
		if !p.accept(",") {
			d.Span = p.from(start)
			return d
		}
	}
}

// plainName takes a name that can carry neither label nor index.
func (p *parser) plainName(what string) *Name {
	if p.tok().kind != ident {
		p.unexpected(what)
	}
	t := p.take()
	return &Name{t.span, t.text, p.text(t.span)}
}

// targets = target { "," target }
func (p *parser) targets() []*Target {
	ts := []*Target{p.target()}
	for p.accept(",") {
		ts = append(ts, p.target())
	}
	return ts
}

// target = name [ "[" index "]" ]; a label needs no declaration here.
func (p *parser) target() *Target {
	if p.tok().kind != ident {
		p.badTarget()
	}
	n := p.name(true)
	t := &Target{Name: n}
	if p.is("[") {
		t.Index = p.brackets()
	}
	t.Span = p.from(n.Start)
	return t
}

// decl = targets (":" | "∈") space [ where ] [ for ]  |  targets ":" space { ("," | "×") space } "->" space [ for ]
func (p *parser) decl() Body {
	start := p.tok().span.Start
	ts := p.targets()
	if !p.accept(":") && !p.accept("∈") {
		p.badTarget()
	}
	spaces := []*Space{p.space()}
	for p.is(",") || p.is("×") {
		p.i++
		spaces = append(spaces, p.space())
	}
	if p.is("->") || len(spaces) > 1 {
		return p.funcDecl(start, ts, spaces)
	}
	d := &Decl{Targets: ts, Space: spaces[0]}
	defer p.bind(targetNames(ts)...)()
	defer p.bind(indexNames(ts)...)()
	d.Facts = p.where()
	d.For = p.forRange()
	if d.Facts == nil {
		d.Facts = p.where()
	}
	switch {
	case p.is("=") && len(d.Facts) > 0:
		p.factualEquation()
	case p.is("="), p.is(":="):
		p.declaredValue(ts)
	}
	d.Span = p.from(start)
	return d
}

func (p *parser) funcDecl(start int, ts []*Target, args []*Space) Body {
	p.expect("->", "-> and the space of the result")
	f := &FuncDecl{Targets: ts, Args: args, Result: p.space()}
	f.For = p.forRange()
	f.Span = p.from(start)
	return f
}

func targetNames(ts []*Target) (names []*Name) {
	for _, t := range ts {
		names = append(names, t.Name)
	}
	return names
}

// indexNames are the names among the indices on the left: they are bound in the statement.
func indexNames(ts []*Target) (names []*Name) {
	for _, t := range ts {
		for _, x := range t.Index {
			if n, ok := x.(*Name); ok {
				names = append(names, n)
			}
		}
	}
	return names
}

// where = [ "where" fact { "," fact } ]
func (p *parser) where() (facts []*Fact) {
	if t := p.tok(); t.kind != ident || t.text != "where" {
		return nil
	}
	p.i++
	for {
		facts = append(facts, p.fact())
		if !p.accept(",") {
			return facts
		}
	}
}

func (p *parser) fact() *Fact {
	t := p.tok()
	if next := p.peek(1); t.kind == ident && (next.kind == eof || next.is(",") || p.isFor(p.i+1)) {
		p.i++
		return &Fact{Span: t.span, Word: t.text}
	}
	x := p.expr()
	return &Fact{Span: p.from(t.span.Start), X: x}
}

// isFor reports whether a range clause, "for" name "=", starts at token i.
func (p *parser) isFor(i int) bool {
	if i+2 >= p.end {
		return false
	}
	t, n, eq := p.toks[i], p.toks[i+1], p.toks[i+2]
	return t.kind == ident && t.text == "for" && n.kind == ident && eq.is("=")
}

// for = [ "for" name "=" range ]
func (p *parser) forRange() *For {
	if !p.isFor(p.i) {
		return nil
	}
	start := p.take().span.Start
	n := p.plainName("an index")
	p.i++
	at := p.here()
	from := p.sum()
	p.expect("..", "a range: "+n.Raw+" = 1..K")
	r := &Range{From: from, To: p.sum()}
	r.Span = p.from(at)
	return &For{p.from(start), n, r}
}

// value = targets ":=" expr [ for ]
func (p *parser) value() Body {
	start := p.tok().span.Start
	v := &Value{Targets: p.targets()}
	if !p.accept(":=") {
		p.badTarget()
	}
	defer p.bind(indexNames(v.Targets)...)()
	v.Value = p.expr()
	v.For = p.forRange()
	v.Span = p.from(start)
	return v
}

// def = name [ "(" params ")" | "[" indices "]" ] "=" expr [ for ]
func (p *parser) def() Body {
	start := p.tok().span.Start
	d := &Def{Target: p.target()}
	if p.is("(") && d.Target.Index == nil {
		d.Params = p.params()
	}
	if !p.accept("=") {
		p.badTarget()
	}
	defer p.bind(d.Params...)()
	if d.Target.Index != nil {
		defer p.bind(targetNames([]*Target{d.Target})...)()
		defer p.bind(indexNames([]*Target{d.Target})...)()
	}
	d.Value = p.expr()
	d.For = p.forRange()
	d.Span = p.from(start)
	return d
}

func (p *parser) params() []*Name {
	p.i++
	params := []*Name{}
	for !p.is(")") {
		if p.tok().kind != ident || !p.peek(1).is(",") && !p.peek(1).is(")") {
			p.badTarget()
		}
		params = append(params, p.plainName("a parameter"))
		p.accept(",")
	}
	p.i++
	return params
}
