package check

import (
	"regexp"
	"strings"

	"nabla/lang"
)

// A borrowed word is one that other programs have and this language has not: what to say of it, and how a statement
// with it is rewritten. A rewriting is offered only where the statement then passes.
type borrowed struct {
	says string
	from *regexp.Regexp
	to   string
}

// renamed is a function of another name.
func renamed(word, to string) borrowed {
	return borrowed{word + " is called " + to + " here", regexp.MustCompile(`(^|\PL)` + word + `(\PL|$)`), "${1}" + to + "${2}"}
}

func borrow(says, from, to string) borrowed { return borrowed{says, regexp.MustCompile(from), to} }

const (
	saysDerivative = "a derivative is ∂f/∂x or grad(f, x)"
	saysBrackets   = "functions are written small, with parentheses"
	saysList       = "a list is an array as it stands"
)

// borrowedWords are by the name that is not known here.
var borrowedWords = map[string]borrowed{
	"diff":        borrow(saysDerivative, `\bdiff\(`, "grad("),
	"derivative":  borrow(saysDerivative, `\bderivative\(`, "grad("),
	"gradient":    borrow(saysDerivative, `\bgradient\(`, "grad("),
	"D":           borrow(saysDerivative, `\bD\[(.*), *(\w+)\]`, "grad($1, $2)"),
	"d":           borrow(saysDerivative, `\bd *(\(.+\))? */ *d(\w+) *(.*)`, "grad($1$3, $2)"),
	"array":       borrow(saysList, `\barray\((\[.*\])\)`, "$1"),
	"tensor":      borrow(saysList, `\btensor\((\[.*\])\)`, "$1"),
	"matrix":      borrow(saysList, `\bmatrix\((\[.*\])\)`, "$1"),
	"matmul":      borrow("a product is written A B", `\bmatmul\(([^,()]+), *([^,()]+)\)`, "$1 $2"),
	"ln":          renamed("ln", "log"),
	"inverse":     renamed("inverse", "inv"),
	"Inverse":     borrow(saysBrackets, `\bInverse\[(.*)\]`, "inv($1)"),
	"Log":         borrow(saysBrackets, `\bLog\[(.*)\]`, "log($1)"),
	"Exp":         borrow(saysBrackets, `\bExp\[(.*)\]`, "exp($1)"),
	"Sin":         borrow(saysBrackets, `\bSin\[(.*)\]`, "sin($1)"),
	"Cos":         borrow(saysBrackets, `\bCos\[(.*)\]`, "cos($1)"),
	"Tanh":        borrow(saysBrackets, `\bTanh\[(.*)\]`, "tanh($1)"),
	"Sqrt":        borrow(saysBrackets, `\bSqrt\[(.*)\]`, "sqrt($1)"),
	"Tr":          borrow(saysBrackets, `\bTr\[(.*)\]`, "tr($1)"),
	"Det":         borrow(saysBrackets, `\bDet\[(.*)\]`, "det($1)"),
	"arctan":      renamed("arctan", "atan"),
	"arcsin":      renamed("arcsin", "asin"),
	"arccos":      renamed("arccos", "acos"),
	"hess":        renamed("hess", "hessian"),
	"sigma":       renamed("sigma", "sigmoid"),
	"σ":           renamed("σ", "sigmoid"),
	"logistic":    renamed("logistic", "sigmoid"),
	"swish":       renamed("swish", "silu"),
	"concatenate": renamed("concatenate", "concat"),
	"cat":         renamed("cat", "concat"),
	"fabs":        renamed("fabs", "abs"),
	"nll":         renamed("nll", "crossentropy"),
	"maximum":     renamed("maximum", "max"),
	"minimum":     renamed("minimum", "min"),
	"println":     renamed("println", "print"),
	"display":     renamed("display", "print"),
	"import":      {says: "there is nothing to import: every function is here"},
	"using":       {says: "there is nothing to load: every function is here"},
	"check":       {says: "a claim stands after check: check a == b"},
	"help":        {says: "help is :help, a page about everything, and ?name about one thing"},
	"quit":        {says: "the command that ends is :quit"},
	"exit":        {says: "the command that ends is :quit"},
	"clc":         {says: "the display is cleared by clear()"},
	"whos":        {says: "the command that lists what there is is :vars"},
}

// offerBorrowed says what a word of another program is here; false where the word is of none, or stands where that word
// would not: σ alone is a number without a declaration.
func (c *checker) offerBorrowed(e *lang.Error, t *lang.Name) bool {
	b, ok := borrowedWords[t.Raw]
	if !ok {
		return false
	}
	if b.from != nil && c.stmt.End <= len(c.cell) {
		after := strings.TrimSpace(c.cell[t.Span.End:c.stmt.End])
		if after == "" || !strings.Contains("([/", after[:1]) {
			return false
		}
		c.offer(e, "", edit{c.stmt, b.from.ReplaceAllString(c.cell[c.stmt.Start:c.stmt.End], b.to)})
	}
	e.Details = append(e.Details, b.says)
	return true
}

// offerDeclaration offers the declaration that makes the statement pass, as a number, a vector or a matrix.
func (c *checker) offerDeclaration(e *lang.Error, name string) {
	c.offerBefore(e, name+" : R", "if "+name+" is a number")
	if len(e.Fixes) == 0 {
		c.offerBefore(e, name+" : R[n]", "if "+name+" is a vector")
	}
	if len(e.Fixes) == 0 {
		c.offerBefore(e, name+" : R[m,n]", "if "+name+" is a matrix")
	}
}
