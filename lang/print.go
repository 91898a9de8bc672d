package lang

import "strings"

// Print is the canonical spelling of a tree or statement in Unicode, with the parentheses that reading it back
// needs and those that a reader of mixed products wants. Reading it gives the same tree.
func Print(n Node) string { return printed(n, false) }

// PrintASCII is the canonical spelling in ASCII: W', dJ/dW1, .* and lambda. Letters that have no ASCII name stay.
// It reads back as the same tree, save that a · b becomes dot(a, b) and most derivatives become grad(…).
func PrintASCII(n Node) string { return printed(n, true) }

func printed(n Node, ascii bool) string {
	p := &printer{ascii: ascii}
	p.node(n)
	return string(p.buf)
}

// A printer appends text. bars holds the kinds of the bars open on the present bracket level.
type printer struct {
	ascii bool
	buf   []byte
	bars  string

	quotients bool // in parentheses wherever a product goes on after them
}

func (p *printer) put(words ...string) {
	for _, w := range words {
		p.buf = append(p.buf, w...)
	}
}

// pick puts the spelling of the style at hand.
func (p *printer) pick(unicode, ascii string) {
	if p.ascii {
		p.put(ascii)
		return
	}
	p.put(unicode)
}

// at prints x where the level is wanted.
func (p *printer) at(x Expr, want Level) { p.fit(x, LevelOf(x) >= want) }

func (p *printer) fit(x Expr, fits bool) {
	if fits {
		p.expr(x)
		return
	}
	p.bracketed("(", x, ")")
}

// bracketed prints x on a bracket level of its own.
func (p *printer) bracketed(open string, x Expr, closing string) {
	was := p.bars
	p.bars = ""
	p.put(open)
	p.expr(x)
	p.put(closing)
	p.bars = was
}

// list prints items in brackets, separated by commas.
func (p *printer) list(open string, n int, item func(int), closing string) {
	was := p.bars
	p.bars = ""
	p.put(open)
	for i := range n {
		if i > 0 {
			p.put(", ")
		}
		item(i)
	}
	p.put(closing)
	p.bars = was
}

func (p *printer) exprs(open string, xs []Expr, closing string) {
	p.list(open, len(xs), func(i int) { p.expr(xs[i]) }, closing)
}

func (p *printer) expr(x Expr) {
	switch x := x.(type) {
	case *Number:
		p.put(x.Text)
	case *Name:
		p.name(x.Name)
	case *String:
		p.put(quote(x.Val))
	case *Hole:
		p.put("?")
	case *OutRef:
		p.put("%", positive(x.N))
	case *Call:
		p.call(x)
	case *Binary:
		p.binary(x)
	case *Unary:
		p.put("-")
		p.at(x.X, LevelProduct)
	case *Pow:
		p.pow(x)
	case *Transpose:
		p.transpose(x)
	case *Index:
		_, number := x.X.(*Number)
		p.fit(x.X, LevelOf(x.X) >= LevelPostfix && !number && !(p.ascii && isInverseTranspose(x.X)))
		p.entries(x.Args)
	case *List:
		p.exprs("[", x.Items, "]")
	case *Norm:
		p.barred("‖", "||", x.X, x.Kind)
	case *Abs:
		p.barred("|", "|", x.X, "")
	case *Deriv:
		p.deriv(x)
	case *Nabla:
		p.pick("∇_", `\nabla_`)
		p.name(x.Wrt.Name)
		p.put(" ")
		p.operand(x.X)
	case *SumIdx:
		p.sumIdx(x)
	case *Compare:
		p.at(x.X, LevelSum)
		p.relation(x.Op)
		p.at(x.Y, LevelSum)
	case *Range:
		p.at(x.From, LevelSum)
		p.put("..")
		p.at(x.To, LevelSum)
	case *Colon:
		p.put(":")
	}
}

// entries prints an index: [i,j] and [k-1] without spaces, as books do, but [1..3, :].
func (p *printer) entries(args []Expr) {
	sep := ","
	for _, a := range args {
		if !isIndexTerm(a) {
			sep = ", "
		}
	}
	was := p.bars
	p.bars = ""
	p.put("[")
	for i, a := range args {
		if i > 0 {
			p.put(sep)
		}
		if b, ok := a.(*Binary); ok && isIndexTerm(a) {
			p.expr(b.X)
			p.put(strings.TrimSpace(opSpellings[b.Op][0]))
			p.expr(b.Y)
			continue
		}
		p.expr(a)
	}
	p.put("]")
	p.bars = was
}

// isIndexTerm recognizes k, 1 and k-1.
func isIndexTerm(x Expr) bool {
	switch x := x.(type) {
	case *Name, *Number:
		return true
	case *Binary:
		_, product := x.X.(*Binary)
		_, nested := x.Y.(*Binary)
		return (x.Op == Add || x.Op == Sub) && !product && !nested && isIndexTerm(x.X) && isIndexTerm(x.Y)
	}
	return false
}

var relSpellings = [...][2]string{Eq: {"==", "=="}, Approx: {"≈", "~~"}, Less: {"<", "<"}, Greater: {">", ">"}, LessEq: {"≤", "<="}, GreaterEq: {"≥", ">="}}

// String is the sign of a relation.
func (r RelOp) String() string { return relSpellings[r][0] }

func (p *printer) relation(r RelOp) {
	p.put(" ")
	p.pick(relSpellings[r][0], relSpellings[r][1])
	p.put(" ")
}

func (p *printer) sumIdx(x *SumIdx) {
	p.put("sum[")
	for i, n := range x.Index {
		if i > 0 {
			p.put(",")
		}
		p.name(n.Name)
	}
	for i, w := range x.Where {
		p.put([]string{" where ", ", "}[min(i, 1)])
		p.at(w, LevelCompare)
	}
	p.put("] ")
	p.at(x.X, LevelSigned)
}

func (p *printer) call(x *Call) {
	p.name(x.Fn.Name)
	p.primes(x.Primes)
	p.list("(", len(x.Args), func(i int) {
		if n := x.Args[i].Name; n != nil {
			p.name(n.Name)
			p.put("=")
		}
		p.expr(x.Args[i].X)
	}, ")")
}

// primes prints the marks of a derivative, up to three of which are one character.
func (p *printer) primes(n int) {
	for ; n > 0; n -= min(n, 3) {
		p.pick([]string{"′", "″", "‴"}[min(n, 3)-1], strings.Repeat("'", min(n, 3)))
	}
}

var opSpellings = [...][2]string{Add: {" + ", " + "}, Sub: {" - ", " - "}, Had: {" ⊙ ", " .* "}, HDiv: {" ⊘ ", " ./ "},
	Dot: {" · ", ""}, Kron: {" ⊗ ", ` \otimes `}, Mul: {" ", " "}, Div: {"/", "/"}}

func (p *printer) binary(x *Binary) {
	switch {
	case x.Op == Dot && p.ascii:
		p.exprs("dot(", []Expr{x.X, x.Y}, ")")
	case x.Op == Add || x.Op == Sub:
		p.at(x.X, LevelSum)
		p.pick(opSpellings[x.Op][0], opSpellings[x.Op][1])
		p.at(x.Y, LevelProduct)
	case x.Op == Mul:
		p.product(x)
	default:
		p.left(x)
		if x.Op == Div && LevelOf(x.X) == LevelProduct {
			p.put(" / ")
		} else {
			p.pick(opSpellings[x.Op][0], opSpellings[x.Op][1])
		}
		p.fit(x.Y, rightFits(x.Y, x.Op))
	}
}

// left prints the left operand of a product.
func (p *printer) left(x *Binary) {
	p.fit(x.X, leftFits(x.X, x.Op) && !(p.quotients && isQuotient(x.X)))
}

// product prints a juxtaposition, with a * before a number, a text and %, which cannot follow an operand.
func (p *printer) product(x *Binary) {
	p.left(x)
	at := len(p.buf)
	p.put(" ")
	p.fit(x.Y, rightFits(x.Y, Mul))
	if c := p.buf[at+1]; isDigit(rune(c)) || c == '%' || c == '"' {
		y := string(p.buf[at:])
		p.buf = append(p.buf[:at], " *"+y...)
	}
}

// pow prints x², x^n and x.^2. A base that has a mark of its own gets parentheses.
func (p *printer) pow(x *Pow) {
	n, whole := smallInt(x.Y)
	raise := whole && !p.ascii && !x.Elementwise
	p.fit(x.X, LevelOf(x.X) >= LevelPostfix && !isTransposed(x.X))
	switch {
	case raise:
		p.put(raised(n))
		return
	case x.Elementwise:
		p.put(".^")
	default:
		p.put("^")
	}
	p.exponent(x.Y)
}

func isTransposed(x Expr) bool { _, ok := x.(*Transpose); return ok }

func isLabel(x Expr) bool {
	n, ok := x.(*Name)
	return ok && strings.HasSuffix(n.Name, ")")
}

// exponent prints what needs no parentheses after ^: a number, a name or a call, with a sign.
func (p *printer) exponent(y Expr) {
	if u, ok := y.(*Unary); ok && plainExponent(u.X) {
		p.put("-")
		y = u.X
	}
	p.fit(y, plainExponent(y))
}

func plainExponent(y Expr) bool {
	switch y := y.(type) {
	case *Number, *Call:
		return true
	case *Name:
		return y.Name != "T" && !isLabel(y)
	}
	return false
}

// transpose prints Wᵀ, and A⁻ᵀ or (A + B)⁻ᵀ for the transpose of an inverse.
func (p *printer) transpose(x *Transpose) {
	if isInverseTranspose(x) {
		p.at(x.X.(*Pow).X, LevelPostfix)
		p.pick("⁻ᵀ", "^-T")
		return
	}
	p.at(x.X, LevelPostfix)
	p.pick("ᵀ", "'")
}

// isInverseTranspose recognizes A⁻ᵀ.
func isInverseTranspose(x Expr) bool {
	t, ok := x.(*Transpose)
	if !ok {
		return false
	}
	w, ok := t.X.(*Pow)
	if !ok || w.Elementwise || isTransposed(w.X) {
		return false
	}
	n, _ := smallInt(w.Y)
	return n == "-1"
}

// barred prints a norm or an absolute value, in parentheses where its bars would close those that are open.
func (p *printer) barred(unicode, ascii string, x Expr, kind string) {
	wrap := strings.Contains(p.bars, unicode) || p.ascii && p.bars != ""
	was := p.bars
	if wrap {
		p.put("(")
		p.bars = ""
	}
	p.bars += unicode
	p.pick(unicode, ascii)
	p.expr(x)
	p.pick(unicode, ascii)
	p.normKind(kind)
	if wrap {
		p.put(")")
	}
	p.bars = was
}

var kindSpellings = map[string][2]string{"1": {"₁", "_1"}, "2": {"₂", "_2"}, "F": {"_F", "_F"}, "inf": {"_∞", "_inf"}}

func (p *printer) normKind(kind string) { p.pick(kindSpellings[kind][0], kindSpellings[kind][1]) }

// operand prints what may stand after ∂ and ∇_x without parentheses.
func (p *printer) operand(x Expr) {
	switch x.(type) {
	case *Name, *Call, *Norm:
		p.expr(x)
	default:
		p.bracketed("(", x, ")")
	}
}

// deriv prints ∂²J/∂x², and in ASCII dJ/dW1 or grad(J, W1).
func (p *printer) deriv(x *Deriv) {
	vars, times := runs(x.Wrt)
	num, named := x.Num.(*Name)
	if p.ascii && named && len(x.Wrt) == 1 && p.slashed(num, x.Wrt[0]) {
		return
	}
	if p.ascii && !named {
		p.grad(x.Num, x.Wrt)
		return
	}
	p.pick("∂", `\partial`)
	p.order(len(x.Wrt), " ")
	p.operand(x.Num)
	p.put("/")
	for i, v := range vars {
		p.pick("∂", `\partial `)
		p.operand(v)
		p.order(times[i], "")
	}
}

// order prints the order of a derivative, if it is not one; in ASCII something must follow \partial.
func (p *printer) order(n int, gap string) {
	switch {
	case n > 1 && p.ascii:
		p.put("^", positive(n), gap)
	case n > 1:
		p.put(raised(positive(n)))
	case p.ascii:
		p.put(gap)
	}
}

// slashed prints dJ/dW1, if the variable is a name.
func (p *printer) slashed(num *Name, wrt Expr) bool {
	w, ok := wrt.(*Name)
	if !ok || strings.HasSuffix(num.Name, ")") || !isASCII(asciiName(num.Name)+asciiName(w.Name)) {
		return false
	}
	p.put("d", asciiName(num.Name), "/d", asciiName(w.Name))
	return true
}

// grad prints grad(grad(f, x), y).
func (p *printer) grad(f Expr, wrt []Expr) {
	if len(wrt) == 0 {
		p.expr(f)
		return
	}
	was := p.bars
	p.bars = ""
	p.put("grad(")
	p.grad(f, wrt[:len(wrt)-1])
	p.put(", ")
	p.expr(wrt[len(wrt)-1])
	p.put(")")
	p.bars = was
}

// raised is s in superscripts.
func raised(s string) string {
	return strings.Map(func(r rune) rune { return raisedRunes[r] }, s)
}

var raisedRunes = func() map[rune]rune {
	m := map[rune]rune{}
	for sup, plain := range superscripts {
		m[plain] = sup
	}
	return m
}()

// quote spells a text so that the scanner reads it back.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}
