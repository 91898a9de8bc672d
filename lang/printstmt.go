package lang

import "strconv"

// positive is n, or nothing for zero.
func positive(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// node prints any node: an expression, a statement, a part of one.
func (p *printer) node(n Node) {
	switch n := n.(type) {
	case Expr:
		p.expr(n)
	case DimExpr:
		p.put(p.dim(n))
	case *Space:
		p.put(p.space(n))
	case *Target:
		p.target(n)
	case *For:
		p.forRange(n)
	case *Fact:
		p.fact(n)
	case Body:
		p.body(n)
	case *Stmt:
		p.body(n.Body)
	}
}

func (p *printer) body(b Body) {
	switch b := b.(type) {
	case *Decl:
		p.targets(b.Targets)
		p.put(" : ", p.space(b.Space))
		p.facts(b.Facts)
		p.forRange(b.For)
	case *FuncDecl:
		p.funcDecl(b)
	case *Dims:
		p.dims(b)
	case *Def:
		p.target(b.Target)
		if b.Params != nil {
			p.list("(", len(b.Params), func(i int) { p.name(b.Params[i].Name) }, ")")
		}
		p.put(" = ")
		p.expr(b.Value)
		p.forRange(b.For)
	case *Value:
		p.targets(b.Targets)
		p.put(" := ")
		p.expr(b.Value)
		p.forRange(b.For)
	case *Check:
		p.check(b)
	case *ExprStmt:
		p.statement(b.X)
	case *Command:
		p.command(b)
	case *Help:
		p.put("?", b.Topic)
	}
}

// statement prints an expression that stands alone: a leading ? would ask for help, and so would a word.
func (p *printer) statement(x Expr) {
	at := len(p.buf)
	p.expr(x)
	if p.buf[at] == '?' {
		p.buf = append(p.buf[:at], "("+string(p.buf[at:])+")"...)
	}
}

func (p *printer) command(c *Command) {
	if !c.Word {
		p.put(":")
	}
	p.put(c.Name)
	if c.Args != "" {
		p.put(" ", c.Args)
	}
}

func (p *printer) target(t *Target) {
	p.name(t.Name.Name)
	if t.Index != nil {
		p.entries(t.Index)
	}
}

func (p *printer) targets(ts []*Target) {
	for i, t := range ts {
		if i > 0 {
			p.put(", ")
		}
		p.target(t)
	}
}

// space prints a space with the dimension names in the style at hand.
func (p *printer) space(s *Space) string { return spaceIn(s, p.spelling()) }

func (p *printer) dim(d DimExpr) string { return dimIn(d, 0, p.spelling()) }

func (p *printer) spelling() func(string) string {
	if p.ascii {
		return asciiName
	}
	return dimName
}

func (p *printer) funcDecl(f *FuncDecl) {
	p.targets(f.Targets)
	p.put(" : ")
	for i, s := range f.Args {
		if i > 0 {
			p.put(", ")
		}
		p.put(p.space(s))
	}
	p.put(" -> ", p.space(f.Result))
	p.forRange(f.For)
}

func (p *printer) facts(facts []*Fact) {
	for i, f := range facts {
		if i == 0 {
			p.put(" where ")
		} else {
			p.put(", ")
		}
		p.fact(f)
	}
}

func (p *printer) fact(f *Fact) {
	if f.X == nil {
		p.put(f.Word)
		return
	}
	p.expr(f.X)
}

func (p *printer) forRange(f *For) {
	if f == nil {
		return
	}
	p.put(" for ")
	p.name(f.Name.Name)
	p.put(" = ")
	p.expr(f.Range)
}

func (p *printer) dims(d *Dims) {
	p.put("dim ")
	for i, item := range d.Items {
		if i > 0 {
			p.put(", ")
		}
		p.name(item.Name.Name)
		if item.Size != nil {
			p.put(" = ", p.dim(item.Size))
		}
	}
}

func (p *printer) check(c *Check) {
	p.put("check ")
	p.at(c.Terms[0], LevelSum)
	for i, rel := range c.Ops {
		p.relation(rel)
		p.at(c.Terms[i+1], LevelSum)
	}
}
