package lang

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// TeXOptions tell LaTeX what only declarations and the library of functions know. Both may be nil.
type TeXOptions struct {
	// Tensor reports whether a name is a vector, matrix or tensor, which is set in bold.
	Tensor func(name string) bool
	// Call is the LaTeX of a function applied to arguments that are LaTeX already; ok is false for the usual f(x, y).
	Call func(name string, args []string) (tex string, ok bool)
}

// LaTeX is a tree or statement as a textbook sets it, with the commands that MathJax knows by itself. A nil o is
// no options.
func LaTeX(n Node, o *TeXOptions) string {
	if o == nil {
		o = &TeXOptions{}
	}
	return texter{o}.node(n)
}

type texter struct{ o *TeXOptions }

// texLevel is LevelOf as LaTeX is written: a fraction holds together by itself.
func texLevel(x Expr) Level {
	switch x := x.(type) {
	case *Binary:
		if x.Op == Div {
			return LevelPower
		}
	case *Number:
		if strings.ContainsAny(x.Text, "eE") {
			return LevelProduct
		}
	}
	return LevelOf(x)
}

// at is x where the level is wanted.
func (t texter) at(x Expr, want Level) string { return t.fit(x, texLevel(x) >= want) }

func (t texter) fit(x Expr, fits bool) string {
	if fits {
		return t.expr(x)
	}
	return parens(t.expr(x))
}

// parens puts parentheses around tex, that grow where it is tall.
func parens(tex string) string {
	if isTall(tex) {
		return `\left(` + tex + `\right)`
	}
	return "(" + tex + ")"
}

func isTall(tex string) bool {
	return strings.Contains(tex, `\frac`) || strings.Contains(tex, `\sum`) || strings.Contains(tex, `\left`)
}

func (t texter) expr(x Expr) string {
	switch x := x.(type) {
	case *Number:
		return texNumber(x.Text)
	case *Name:
		return t.name(x.Name)
	case *String:
		return `\text{"` + texEscape(x.Val) + `"}`
	case *Hole:
		return "{?}"
	case *OutRef:
		return `\%` + positive(x.N)
	case *Call:
		return t.call(x)
	case *Binary:
		return t.binary(x)
	case *Unary:
		return "-" + t.at(x.X, LevelProduct)
	case *Pow:
		return t.pow(x)
	case *Transpose:
		if isInverseTranspose(x) {
			return t.raise(x.X.(*Pow).X, `-\top`)
		}
		return t.raise(x.X, `\top`)
	case *Index:
		return t.index(x)
	case *List:
		return `\left[` + t.list(x.Items) + `\right]`
	case *Norm:
		return t.norm(x)
	case *Abs:
		return bars("|", t.expr(x.X))
	case *Deriv:
		return t.deriv(x)
	case *Nabla:
		return `\nabla_{` + t.name(x.Wrt.Name) + `} ` + t.operand(x.X)
	case *SumIdx:
		under := t.names(x.Index)
		if len(x.Where) > 0 {
			under += ` \,:\, ` + t.list(x.Where)
		}
		return `\sum_{` + under + `} ` + t.at(x.X, LevelSigned)
	case *Compare:
		return t.at(x.X, LevelSum) + texRelations[x.Op] + t.at(x.Y, LevelSum)
	case *Range:
		return t.at(x.From, LevelSum) + ` \ldots ` + t.at(x.To, LevelSum)
	case *Colon:
		return ":"
	}
	return ""
}

var texRelations = [...]string{Eq: " = ", Approx: ` \approx `, Less: " < ", Greater: " > ", LessEq: ` \le `, GreaterEq: ` \ge `}

var texOps = [...]string{Add: " + ", Sub: " - ", Mul: " ", Had: ` \odot `, HDiv: ` \oslash `, Dot: ` \cdot `, Kron: ` \otimes `}

func (t texter) binary(x *Binary) string {
	switch x.Op {
	case Add, Sub:
		return t.at(x.X, LevelSum) + texOps[x.Op] + t.at(x.Y, LevelProduct)
	case Div:
		return `\frac{` + t.expr(x.X) + `}{` + t.expr(x.Y) + `}`
	}
	_, fraction := x.X.(*Binary)
	fraction = fraction && texLevel(x.X) == LevelPower
	a := t.fit(x.X, fraction || leftFits(x.X, x.Op))
	b := t.fit(x.Y, texLevel(x.Y) >= LevelPower || rightFits(x.Y, x.Op))
	sep := texOps[x.Op]
	if x.Op == Mul && isDigit(rune(b[0])) {
		sep = ` \cdot `
	}
	return a + sep + b
}

// raise puts a superscript on x. What has one already gets braces, or parentheses where they are not its own.
func (t texter) raise(x Expr, sup string) string {
	base := t.expr(x)
	switch x := x.(type) {
	case *Name:
		if isLabel(x) {
			base = "{" + base + "}"
		}
	case *Call:
		if !strings.HasSuffix(base, ")") {
			base = parens(base)
		}
	case *Norm, *Abs, *List, *Hole, *Index:
	case *Number:
		base = t.at(x, LevelPrimary)
	default:
		base = parens(base)
	}
	return base + "^{" + sup + "}"
}

func (t texter) pow(x *Pow) string {
	sup := t.expr(x.Y)
	if x.Elementwise {
		sup = `\circ ` + t.at(x.Y, LevelSigned)
	}
	return t.raise(x.X, sup)
}

// bars sets x between bars, that grow where it is tall.
func bars(bar, x string) string {
	if isTall(x) {
		return `\left` + bar + x + `\right` + bar
	}
	return bar + x + bar
}

func (t texter) norm(x *Norm) string {
	kind := map[string]string{"": "", "inf": `_{\infty}`}
	sub, ok := kind[x.Kind]
	if !ok {
		sub = "_{" + x.Kind + "}"
	}
	return bars(`\|`, t.expr(x.X)) + sub
}

// index sets entries as subscripts; a name with a subscript of its own gets brackets.
func (t texter) index(x *Index) string {
	args := t.entries(x.Args)
	if n, ok := x.X.(*Name); ok && !strings.Contains(t.name(n.Name), "_") {
		return t.name(n.Name) + "_{" + args + "}"
	}
	return `\left[` + t.expr(x.X) + `\right]_{` + args + "}"
}

// entries sets an index; one letter each needs no commas.
func (t texter) entries(args []Expr) string {
	tex := make([]string, len(args))
	short := true
	for i, a := range args {
		tex[i] = t.expr(a)
		n, ok := a.(*Name)
		short = short && ok && utf8.RuneCountInString(n.Name) == 1
	}
	if short {
		return strings.Join(tex, " ")
	}
	return strings.Join(tex, ",")
}

func (t texter) list(xs []Expr) string {
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = t.expr(x)
	}
	return strings.Join(parts, ", ")
}

func (t texter) names(names []*Name) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = t.name(n.Name)
	}
	return strings.Join(parts, ", ")
}

// texFuncs are the functions that LaTeX has commands for.
var texFuncs = map[string]bool{"exp": true, "log": true, "sin": true, "cos": true, "tan": true, "sinh": true, "cosh": true, "tanh": true,
	"max": true, "min": true, "det": true, "dim": true, "ln": true}

func (t texter) call(x *Call) string {
	args := make([]string, len(x.Args))
	for i, a := range x.Args {
		args[i] = t.expr(a.X)
		if a.Name != nil {
			args[i] = t.name(a.Name.Name) + "=" + args[i]
		}
	}
	if t.o.Call != nil && x.Primes == 0 {
		if tex, ok := t.o.Call(x.Fn.Name, args); ok {
			return tex
		}
	}
	return t.function(x.Fn.Name) + strings.Repeat("'", x.Primes) + parens(strings.Join(args, ", "))
}

// function sets the name of a function: \exp, \operatorname{softmax}, \phi.
func (t texter) function(name string) string {
	switch {
	case texFuncs[name]:
		return `\` + name
	case isASCII(name) && !allDigits(name) && len(strings.TrimRight(name, "0123456789")) > 1:
		return `\operatorname{` + texEscape(name) + "}"
	}
	return texter{&TeXOptions{}}.name(name)
}

func (t texter) operand(x Expr) string {
	switch x.(type) {
	case *Name, *Call, *Norm, *Index:
		return t.expr(x)
	}
	return parens(t.expr(x))
}

func (t texter) deriv(x *Deriv) string {
	vars, times := runs(x.Wrt)
	num := `\partial` + texOrder(len(x.Wrt)) + " " + t.operand(x.Num)
	den := make([]string, len(vars))
	for i, v := range vars {
		den[i] = `\partial ` + t.operand(v)
		if times[i] > 1 {
			den[i] = `\partial ` + t.raise(v, strconv.Itoa(times[i]))
		}
	}
	return `\frac{` + num + `}{` + strings.Join(den, ` \, `) + "}"
}

func texOrder(n int) string {
	if n == 1 {
		return ""
	}
	return "^{" + strconv.Itoa(n) + "}"
}

// texNumber sets 2e-3 as 2 \times 10^{-3}.
func texNumber(text string) string {
	mantissa, exp, found := strings.Cut(strings.ToLower(text), "e")
	if !found {
		return text
	}
	return mantissa + ` \times 10^{` + strings.TrimPrefix(exp, "+") + "}"
}

// name sets a name: its letter with accents, digits and further parts below, a label above.
func (t texter) name(name string) string {
	base, label := splitLabel(name)
	parts := strings.Split(base, "_")
	letters := strings.TrimRight(parts[0], "0123456789")
	bold := t.o.Tensor != nil && t.o.Tensor(name)
	tex := texLetters(letters, bold)
	var subs []string
	if digits := parts[0][len(letters):]; digits != "" {
		subs = append(subs, digits)
	}
	for _, part := range parts[1:] {
		subs = append(subs, texLetters(part, false))
	}
	if len(subs) > 0 {
		tex += "_{" + strings.Join(subs, ",") + "}"
	}
	if label != "" {
		tex += "^{" + strings.TrimPrefix(label, "^") + "}"
	}
	return tex
}

// texAccents are the accents of names, by their combining mark.
var texAccents = map[rune]string{'\u0302': `\hat`, '\u0304': `\bar`, '\u0303': `\tilde`, '\u0307': `\dot`}

// texLetters sets one part of a name: x, \hat{y}, \lambda, \mathbf{W}, \mathrm{loss}.
func texLetters(s string, bold bool) string {
	var plain strings.Builder
	var marks []rune
	for _, r := range norm.NFD.String(s) {
		if _, accent := texAccents[r]; accent {
			marks = append(marks, r)
			continue
		}
		plain.WriteRune(r)
	}
	tex := texPlain(norm.NFC.String(plain.String()), bold)
	for _, m := range marks {
		tex = texAccents[m] + "{" + tex + "}"
	}
	return tex
}

func texPlain(s string, bold bool) string {
	greek, isGreek := greekNames[s]
	isGreek = isGreek && greek != "omicron" // which LaTeX leaves to the Latin o
	switch {
	case isGreek && bold:
		return `\boldsymbol{\` + greek + "}"
	case isGreek:
		return `\` + texGreek(greek)
	case s == "ℓ":
		return `\ell`
	case bold && isASCII(s):
		return `\mathbf{` + texEscape(s) + "}"
	case utf8.RuneCountInString(s) == 1 || allDigits(s):
		return texEscape(s)
	case isASCII(s):
		return `\mathrm{` + texEscape(s) + "}"
	}
	return `\text{` + texEscape(s) + "}"
}

// texGreek prefers the shapes of the book; capitals that look Latin have no command.
func texGreek(name string) string {
	if name == "epsilon" {
		return "varepsilon"
	}
	return name
}

// texEscape protects what has a meaning to LaTeX and drops what cannot be shown.
func texEscape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune(`{}$&#%_`, r):
			b.WriteString(`\` + string(r))
		case r == '\\':
			b.WriteString(`\backslash `)
		case r == '^' || r == '~':
			b.WriteString(`\` + string(r) + "{}")
		case unicode.IsControl(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
