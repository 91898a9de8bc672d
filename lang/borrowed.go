package lang

import (
	"regexp"
	"strings"
)

// A Borrowed word is one that other programs have and this language has not: what to say of it, and how a statement
// with it is rewritten.
type Borrowed struct {
	Says  string
	from  func() *regexp.Regexp
	to    string
	call  string // how a call with the word begins, where it has a capital
	small string // and how that call begins here
}

// Rewrites reports whether a statement with the word can be written otherwise.
func (b Borrowed) Rewrites() bool { return b.from != nil }

// OfCalls reports whether only a call has the word: L alone is no function.
func (b Borrowed) OfCalls() bool { return b.call != "" }

// Rewrite is a statement without the word. It may still not pass: whoever offers it tries it.
func (b Borrowed) Rewrite(statement string) string {
	if b.from == nil {
		return statement
	}
	text := b.from().ReplaceAllString(statement, b.to)
	if b.call != "" {
		text = strings.ReplaceAll(text, b.call, b.small)
	}
	return text
}

// renamed is a function of another name.
func renamed(word, to string) Borrowed {
	return borrow(word+" is called "+to+" here", `(^|\PL)`+word+`(\PL|$)`, "${1}"+to+"${2}")
}

func borrow(says, from, to string) Borrowed {
	return Borrowed{Says: says, from: whenAsked(from), to: to}
}

const (
	saysDerivative = "a derivative is ∂f/∂x or grad(f, x)"
	saysNatural    = "log is the natural logarithm; another one is a quotient of two"
	saysList       = "a list is an array as it stands"
)

// borrowedWords are by the name that is not known here.
var borrowedWords = map[string]Borrowed{
	"diff":             borrow(saysDerivative, `\bdiff\(`, "grad("),
	"derivative":       borrow(saysDerivative, `\bderivative\(`, "grad("),
	"gradient":         borrow(saysDerivative, `\bgradient\(`, "grad("),
	"D":                borrow(saysDerivative, `\bD\[(.*), *(\w+)\]`, "grad($1, $2)"),
	"d":                borrow(saysDerivative, `\bd *(\(.+\))? */ *d(\w+) *(.*)`, "grad($1$3, $2)"),
	"asarray":          borrow(saysList, `\basarray\((\[.*\])\)`, "$1"),
	"array":            borrow(saysList, `\barray\((\[.*\])\)`, "$1"),
	"tensor":           borrow(saysList, `\btensor\((\[.*\])\)`, "$1"),
	"matrix":           borrow(saysList+", and a constant matrix is ones(m, n)", `\bmatrix\((\[.*\])\)`, "$1"),
	"vector":           borrow("a constant vector is ones(n), and a number in a sum is added to every entry", `([\pL\d)'] *[+-] *)vector\(([\d.]+)\)( *(?:[-+)]|$))`, "$1$2$3"),
	"matmul":           borrow("a product is written A B", `\bmatmul\(([^,()]+), *([^,()]+)\)`, "$1 $2"),
	"log10":            borrow(saysNatural, `\blog10\(([^()]*)\)`, "log($1)/log(10)"),
	"log2":             borrow(saysNatural, `\blog2\(([^()]*)\)`, "log($1)/log(2)"),
	"ln":               renamed("ln", "log"),
	"inverse":          renamed("inverse", "inv"),
	"arctan":           renamed("arctan", "atan"),
	"arcsin":           renamed("arcsin", "asin"),
	"arccos":           renamed("arccos", "acos"),
	"hess":             renamed("hess", "hessian"),
	"sigma":            renamed("sigma", "sigmoid"),
	"σ":                renamed("σ", "sigmoid"),
	"logistic":         renamed("logistic", "sigmoid"),
	"swish":            renamed("swish", "silu"),
	"concatenate":      renamed("concatenate", "concat"),
	"cat":              renamed("cat", "concat"),
	"fabs":             renamed("fabs", "abs"),
	"nll":              renamed("nll", "crossentropy"),
	"maximum":          renamed("maximum", "max"),
	"minimum":          renamed("minimum", "min"),
	"println":          renamed("println", "print"),
	"display":          renamed("display", "print"),
	"total":            renamed("total", "sum"),
	"identitymatrix":   renamed("identitymatrix", "eye"),
	"cross_entropy":    renamed("cross_entropy", "crossentropy"),
	"CrossEntropyLoss": {Says: "the loss is crossentropy(logits, target)"},
	"mse_loss":         renamed("mse_loss", "mse"),
	"log_softmax":      renamed("log_softmax", "logsoftmax"),
	"slogdet":          renamed("slogdet", "logdet"),
	"Linear":           {Says: "a layer is written out: W : R[h,d]; z = W x"},
	"backward":         {Says: "backprop(J) shows the reverse sweep; ∂J/∂W or grad(J, [W, b]) is the gradient"},
	"requires_grad_":   {Says: "every name can be differentiated by"},
	"detach":           {Says: "a value of its own is given by :="},
	"lambda":           {Says: "a function is defined f(t) = …"},
	"nabla":            {Says: "the gradient is written ∇_x f or grad(f, x)"},
	"len":              borrow("the sizes are told by shape(x)", `\blen\(`, "shape("),
	"size":             borrow("the sizes are told by shape(x)", `\bsize\(`, "shape("),
	"True":             {Says: "true is 1, false is 0"},
	"False":            {Says: "true is 1, false is 0"},
	"argmin":           {Says: "there is no solver for minima: train(J, [W]) goes down the gradient"},
	"integrate":        {Says: "there are no integrals here"},
	"Integrate":        {Says: "there are no integrals here"},
	"import":           {Says: "there is nothing to import: every function is here"},
	"using":            {Says: "there is nothing to load: every function is here"},
	"check":            {Says: "a claim stands after check: check a == b"},
	"help":             {Says: "help is :help, a page about everything, and ?name about one thing"},
	"quit":             {Says: "the command that ends is :quit"},
	"exit":             {Says: "the command that ends is :quit"},
	"clc":              {Says: "the display is cleared by clear()"},
	"whos":             {Says: "the command that lists what there is is :vars"},
}

// BorrowedWord is what is known of a word of another program. known tells the functions there are: a word with a capital
// and brackets after it is the function of that name in small letters.
func BorrowedWord(word string, known func(string) bool) (Borrowed, bool) {
	if b, ok := borrowedWords[word]; ok {
		return b, true
	}
	if index, ok := strings.CutPrefix(word, "sum_"); ok && len(index) == 1 {
		return borrow("an index stands in brackets: sum["+index+"] x["+index+"]", `\bsum_`+index+`\b`, "sum["+index+"]"), true
	}
	small := strings.ToLower(word)
	other, ok := borrowedWords[small]
	if small == word || !ok && !known(small) {
		return Borrowed{}, false
	}
	b := borrow("functions are written small, with parentheses", `\b`+regexp.QuoteMeta(word)+`\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]`, small+"($1)")
	if name := other.to; ok && strings.HasPrefix(name, "${1}") { // renamed as well
		small = strings.TrimSuffix(strings.TrimPrefix(name, "${1}"), "${2}")
		b.to = small + "($1)"
	}
	b.call, b.small = word+"(", small+"("
	return b, true
}
