package lang

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// A Phrase is a statement of another program: what to say of it, and how it may be written here, the likeliest way first.
type Phrase struct {
	Says  string
	Fixes []string
}

// ForeignPhrases are what a statement that was refused may be elsewhere. Whoever offers a fix tries it: a phrase with
// fixes of which none passes is not what was meant.
func ForeignPhrases(statement string) []Phrase {
	statement = strings.TrimSpace(statement)
	var out []Phrase
	for _, p := range phrases {
		from := p.from()
		if !from.MatchString(statement) {
			continue
		}
		found := Phrase{Says: p.says}
		for _, to := range p.to {
			found.Fixes = append(found.Fixes, inOurSigns(from.ReplaceAllString(statement, to)))
		}
		out = append(out, found)
	}
	return out
}

// loneConstant is π as Mathematica writes it.
var loneConstant = regexp.MustCompile(`\bPi\b`)

// position is a position counted from 0 in a rewriting.
var position = regexp.MustCompile(`⟦(\d+)⟧`)

// inOurSigns is a rewriting with what is left of signs that have one meaning elsewhere.
func inOurSigns(text string) string {
	text = strings.ReplaceAll(text, "**", "^")
	text = loneConstant.ReplaceAllString(text, "pi")
	return position.ReplaceAllStringFunc(text, func(s string) string {
		n, _ := strconv.Atoi(position.FindStringSubmatch(s)[1])
		return strconv.Itoa(n + 1)
	})
}

type phrase struct {
	from func() *regexp.Regexp
	says string
	to   []string
}

// whenAsked compiles an expression when it is first used: all of them together would take as long as the rest of the start.
func whenAsked(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

func elsewhereIs(from, says string, to ...string) phrase {
	return phrase{whenAsked(strings.ReplaceAll(from, `\w`, `[\pL\pN_]`)), says, to}
}

const (
	saysComment  = "a comment begins with #"
	saysFunction = "a function is defined f(t) = …"
	saysLoop     = "there are no loops: a sum is sum[k] …, layers are W[k] : R[h,h] for k = 1..K, and functions of numbers apply to every entry"
	saysCheck    = "a claim is judged by check a == b"
	saysVariable = "a variable is declared with its space: R, R[n] or R[m,n]"
	saysPosition = "positions and axes count from 1"
	saysPlain    = "functions are called by their plain name"
	saysFact     = "what is known of a variable follows its space: A : R[n,n] where symmetric, x : R[n] where x > 0"
	declared     = `((\w+)(?:, *\w+)* *[:∈] *R(?:\^?[\[({][^;]*[\])}])?)`
	factWord     = `(symmetric|diagonal|orthogonal|spd|positive|nonnegative)`
	modules      = `(?:np|numpy|jnp|jax|torch|tf|math|sp|sympy|F|nn|LinearAlgebra)\.(?:\w+\.)*`
	plainArg     = `([^,()]+)`
)

// phrases are tried in this order on what was refused.
var phrases = []phrase{
	elsewhereIs(`^\(\* *(.*?) *\*\)$`, saysComment, "# $1"),
	elsewhereIs(`^/\* *(.*?) *\*/$`, saysComment, "# $1"),
	elsewhereIs(`^(?://|--) *(.+)$`, saysComment, "# $1"),
	elsewhereIs(`^% *([^\d\s%].*)$`, saysComment, "# $1"), // %7 is an earlier result
	elsewhereIs(`^(?:import|from|using|#include|%matplotlib)\b`, "there is nothing to import: every function is here"),
	elsewhereIs(`^(\w+(?:, *\w+)*) *= *(?:\w+\.)?(?:symbols|Symbol|var)\(.*\)$`, saysVariable, "$1 : R"),
	elsewhereIs(`^@?(?:syms|variables) +(\w+) +(\w+) +(\w+)$`, saysVariable, "$1, $2, $3 : R"),
	elsewhereIs(`^@?(?:syms|variables) +(\w+) +(\w+)$`, saysVariable, "$1, $2 : R"),
	elsewhereIs(`^@?(?:syms|variables) +(\w+)$`, saysVariable, "$1 : R"),

	elsewhereIs(`^`+declared+`(?: *, *| +(?:where +)?)(?:(?:is|and|with|symmetric) +)*(?:positive[- ]definite|posdef|SPD|PD|pd)$`, saysFact, "$1 where spd"),
	elsewhereIs(`^`+declared+`(?: *, *| +)(?:(?:is|and|with) +)*`+factWord+`$`, saysFact, "$1 where $3"),
	elsewhereIs(`^(?:(?:let|assume|Let) +)?`+factWord+` +`+declared+`$`, saysFact, "$2 where $1"),
	elsewhereIs(`^(\w+ *[:∈] *)`+factWord+` +(R.*)$`, saysFact, "$1$3 where $2"),
	elsewhereIs(`^`+declared+`(?: *, *| +(?:with +|such that +|s\.t\. +)?)(\w+ *(?:[<>]=?|[≤≥]) *0)$`, saysFact, "$1 where $3"),
	elsewhereIs(`^`+declared+` *((?:[<>]=?|[≤≥]) *0)$`, saysFact, "$1 where $2 $3"),
	elsewhereIs(`^(\w+)( *[:∈] *)R_?[+₊](\[.*\])?$`, saysFact, "$1${2}R$3 where nonnegative"),
	elsewhereIs(`^`+declared+`(?: *, *| +(?:with|such that|s\.t\.) +)([^=<>]+?) *==? *(\S.*)$`, saysFact, "$1 where $3 == $4"),
	elsewhereIs(`^(?:(?:let|assume|suppose|given|fact) +)?(\w+) +(?:is +|be +)?(?:symmetric|diagonal|orthogonal|spd|positive|nonnegative)\b`, saysFact),
	elsewhereIs(`^(?:let|assume|suppose|given|fact|Assuming|assuming)\b.*(?:[<>=≤≥])`, saysFact),

	elsewhereIs(`^(\w+)\[(\w+)_\w*\] *:?= *(.+)$`, saysFunction, "$1($2) = $3"),
	elsewhereIs(`^(\w+)\[(\w+)_\w*, *(\w+)_\w*\] *:?= *(.+)$`, saysFunction, "$1($2, $3) = $4"),
	elsewhereIs(`^(\w+) *= *@\((.*?)\) *(.+)$`, saysFunction, "$1($2) = $3"),
	elsewhereIs(`^@\((.*?)\) *(.+)$`, saysFunction, "f($1) = $2"),
	elsewhereIs(`^lambda +(\w+(?:, *\w+)*) *: *(.+)$`, saysFunction, "f($1) = $2"),
	elsewhereIs(`^\(?(\w+(?:, *\w+)*)\)? *(?:->|↦|=>|\|->) *(.+)$`, saysFunction, "f($1) = $2"),
	elsewhereIs(`^(?:def|function) +(\w+)\((\w+)\) *:?$`, saysFunction, "$1($2) = $2"),
	elsewhereIs(`^(?:def|function) +(\w+)\((.*?)\) *:? *(?:return +)?(.+?)(?:;? *end)?$`, saysFunction, "$1($2) = $3"),
	elsewhereIs(`^(?:def|function|class) `, saysFunction),
	elsewhereIs(`^(?:for|while|if|foreach)\b`, saysLoop),

	elsewhereIs(`^(?:exit|quit|bye)(?:\(\)|\[\])?$`, "the command that ends is :quit", ":quit"),
	elsewhereIs(`^(?:help|doc|man|info)(?:\(\))?$`, "help is :help, a page about everything, and ?name about one thing", ":help"),
	elsewhereIs(`^(?:help|doc|man|info)[( ] *"?(\w+)"?\)?$`, "help about a name is ?name", "?$1"),
	elsewhereIs(`^\?\?(\w+)$`, "help about a name is ?name", "?$1"),
	elsewhereIs(`^(?:ls|dir|who|whos|env|vars|locals|globals|names)(?:\(\))?$`, "the command that lists what there is is :vars", ":vars"),
	elsewhereIs(`^(?:pwd|cd)\b`, "files are named in :load, :save and load(\"…\"), from the folder where the program was started"),
	elsewhereIs(`^clear(?: all)?$`, "clear() empties the display, :reset forgets what there is", "clear()", ":reset"),
	elsewhereIs(`^format +long$`, "the digits are a setting", ":set digits 15"),
	elsewhereIs(`^format +short$`, "the digits are a setting", ":set digits 5"),

	elsewhereIs(`^(\w+), *(\w+)( *[:∈] *)([Rℝ][^;]*[\])}]|[Rℝ])( *), *([Rℝ].*)$`, "every name has a declaration of its own", "$1$3$4; $2$3$6"),
	elsewhereIs(`^([^;]*[:∈] *[Rℝ])\^\{?(\d+|\pL) *[x×] *(\d+|\pL)\}?$`, "the sizes stand in brackets", "$1[$2,$3]"),
	elsewhereIs(`^([^;]*[:∈] *[Rℝ])\[(\w+)\]\[(\w+)\]$`, "the sizes stand in one pair of brackets", "$1[$2,$3]"),
	elsewhereIs(`^(?:let +)?(\w+) +(?:be|is) +(?:an? +)?(?:real +)?(?:scalar|number)$`, saysVariable, "$1 : R"),
	elsewhereIs(`^(?:let +)?(\w+) +(?:be|is) +(?:an? +)?(?:real +)?vector$`, saysVariable, "$1 : R[n]"),
	elsewhereIs(`^(?:let +)?(\w+) +(?:be|is) +(?:an? +)?(?:real +)?matrix$`, saysVariable, "$1 : R[m,n]"),
	elsewhereIs(`^(\w+) +(?:is|be|equals) +(\d\S*)$`, "a definition is x = 3, a value x := 3", "$1 = $2"),
	elsewhereIs(`^\((\w+), *(\w+)\) *= *\(([^,]+), *([^,]+)\)$`, "every name has a statement of its own", "$1 = $3; $2 = $4"),
	elsewhereIs(`^(\w+), *(\w+) *= *([^,]+), *([^,]+)$`, "every name has a statement of its own", "$1 = $3; $2 = $4"),
	elsewhereIs(`^(\w+) *(?:\+\+)$`, "there is no ++", "$1 = $1 + 1"),
	elsewhereIs(`^(\w+) *([-+*/])= *(.+)$`, "a change is written out", "$1 = $1 $2 $3", "$1 := $1 $2 $3"),
	elsewhereIs(`^(\w+) *([-+*/])= *(.+)$`, "a change is written out, x = x + 1, and what is changed is there before"),
	elsewhereIs(`^(\w+)\^ *(:?=) *(.+)$`, "a hat is a part of the name: y_hat is ŷ", "${1}_hat $2 $3"),
	elsewhereIs(`^(\w+)\* *(:?=) *(.+)$`, "a star is no part of a name", "${1}_star $2 $3"),
	elsewhereIs(`(\w)(?:ᵗ|\^t\b)`, "a transpose is Aᵀ, A^T or A'", "${1}ᵀ"),
	elsewhereIs(`(\w+)[⁺†]`, "the pseudoinverse is pinv(A)", "pinv($1)"),
	elsewhereIs(`(\w)"\(`, "a second derivative of a function is f''(x), with two primes", "$1''("),
	elsewhereIs("(\\w)`\\(", "a derivative of a function is f'(x)", "$1'("),
	elsewhereIs(`∛(\w+|\(.*\))`, "a root is a power", "($1)^(1/3)", "($1).^(1/3)"),
	elsewhereIs(`∞`, "infinity and NaN are results only, and have no names"),
	elsewhereIs(`^return +(.+)$`, "a line is its own answer", "$1"),
	elsewhereIs(`^(.+?) *// *(.+)$`, "a whole quotient is floor(a/b)", "floor($1/$2)"),
	elsewhereIs(`^(?:mod|rem|fmod)\(`+plainArg+`, *`+plainArg+`\)$`, "a remainder is a - b floor(a/b)", "$1 - $2*floor($1/$2)"),
	elsewhereIs(`^(\w+) +(?:%|mod) +(\w+)$`, "a remainder is a - b floor(a/b)", "$1 - $2*floor($1/$2)"),
	elsewhereIs(`\bfactorial\(`+plainArg+`\)`, "a factorial is exp(lgamma(n + 1))", "exp(lgamma($1 + 1))"),
	elsewhereIs(`(\w+)!(?:$|[^=])`, "a factorial is exp(lgamma(n + 1))", "exp(lgamma($1 + 1))"),
	elsewhereIs(`\blog(10|2)\(`+plainArg+`\)`, "log is the natural logarithm", "log($2)/log($1)"),
	elsewhereIs(`\b[eE]\^\(?(\w+)\)?`, "the exponential is exp(x)", "exp($1)"),

	elsewhereIs(`^(.+?) *(?:!=|~=|≠|<>) *(.+)$`, saysCheck, "check $1 == $2"),
	elsewhereIs(`^(.+?==.+?) *(?:&&|\band\b|∧) *(.+?==.+)$`, saysCheck, "check $1; check $2"),
	elsewhereIs(`^(.+?[<>].*?) *(?:&&|&|\band\b|∧) *(.+)$`, "conditions are multiplied", "($1) ⊙ ($2)"),
	elsewhereIs(`^(.+?[<>].*?) *(?:\|\||\||\bor\b|∨) *(.+)$`, "the greater of two conditions is their or", "max($1, $2)"),
	elsewhereIs(`^(.+?) *(?:&&|\band\b|∧) *(.+)$`, "conditions are numbers, and are multiplied: (a > 0) ⊙ (b > 0)", "($1) ⊙ ($2)"),
	elsewhereIs(`^(.+?) *(?:\|\||\bor\b|∨) *(.+)$`, "conditions are numbers: max(a, b) is a or b", "max($1, $2)"),
	elsewhereIs(`^(?:!|not +|¬|~) *(.+)$`, "conditions are numbers: 1 - a is not a", "1 - ($1)"),

	elsewhereIs(`^(?:D|Dt|Derivative|diff)[\[(](.*), *(\w+)[\])]$`, saysDerivative, "grad($1, $2)"),
	elsewhereIs(`^(?:D|Dt|diff)[\[(](\w+)\^(\d+), *(\w+)[\])]$`, saysDerivative+"; a power of every entry is x.^2", "grad($1.^$2, $3)"),
	elsewhereIs(`^(\w+)\.(?:diff|jacobian|gradient)\((\w+)\)$`, saysDerivative, "grad($1, $2)"),
	elsewhereIs(`^(?:`+modules+`|ForwardDiff\.|Zygote\.|autograd\.)?(?:grad|gradient|jacobian)\((\w+)\)\((\w+)\)$`, saysDerivative, "grad($1($2), $2)"),
	elsewhereIs(`^(?:ForwardDiff|Zygote|ReverseDiff)\.(?:gradient|jacobian|derivative)\((\w+), *(\w+)\)$`, saysDerivative, "grad($1($2), $2)", "grad($1, $2)"),
	elsewhereIs(`^(\w+)\.backward\(\)$`, "backprop(J) shows the reverse sweep; ∂J/∂W or grad(J, [W, b]) is the gradient", "backprop($1)"),
	elsewhereIs(`^(\w+)\.(?:subs|evalf|replace)\((\w+), *`+plainArg+`\)$`, "a value is given by :=, and eval computes with it", "$2 := $3; eval($1)"),
	elsewhereIs(`^(?:subs|Subs)\((\w+), *(\w+), *`+plainArg+`\)$`, "a value is given by :=, and eval computes with it", "$2 := $3; eval($1)"),
	elsewhereIs(`^(\w+) */\. *(\w+) *-> *(.+)$`, "a value is given by :=, and eval computes with it", "$2 := $3; eval($1)"),
	elsewhereIs(`^N\[(.*)\]$`, "numbers are computed by eval", "eval($1)"),
	elsewhereIs(`^(\w+)\.evalf\(\)$`, "numbers are computed by eval", "eval($1)"),
	elsewhereIs(`^(?:∂|\\partial *)_(\w+) *(\w+|\(.*\))$`, saysDerivative, "∂$2/∂$1"),
	elsewhereIs(`^[∂d](\w+) */ *[∂d][({](\w+(?: *, *\w+)+)[)}]$`, "several derivatives are a list", "grad($1, [$2])"),
	elsewhereIs(`^(?:grad|gradient)\((\w+) *, *(\w+(?: *, *\w+)+)\)$`, "several derivatives are a list", "grad($1, [$2])"),
	elsewhereIs(`^(train\(.*)\bbatch_?size *=(.*)$`, "the size of a batch is batch=…", "${1}batch=$2"),
	elsewhereIs(`\bsum\(([a-z]), *(.+)\)`, "a sum over an index is sum[k] …", "sum[$1] ($2)"),
	elsewhereIs(`\b(?:arange|linspace)\(`, "there is no such row of numbers: a list is written out, [0, 1, 2]"),
	elsewhereIs(`\.(?:clone|copy|detach|numpy|item|requires_grad_|zero_)\(.*\)$`, "nothing is changed in place: a name keeps its value until it gets another one"),
	elsewhereIs(`^(?:integrate|Integrate|∫)`, "there are no integrals here"),
	elsewhereIs(`^(?:limit|Limit)\b`, "there are no limits here"),
	elsewhereIs(`\b(?:eig|eigen|svd|qr|lu)\(`, "of decompositions there are cholesky(A), and eigvals(A) and eigvecs(A) of a symmetric matrix; det(A), logdet(A), tr(A), inv(A), pinv(A) and solve(A, b) need none"),

	elsewhereIs(modules+`(?:dot|matmul|mm|bmm|mv)\(`+plainArg+`, *`+plainArg+`\)`, "a product is written A B; dot(a, b) is the inner product", "$1 $2", "dot($1, $2)"),
	elsewhereIs(`\b(\w+)\.(?:dot|matmul|mm)\(`+plainArg+`\)`, "a product is written A B; dot(a, b) is the inner product", "$1 $2", "dot($1, $2)"),
	elsewhereIs(`(?:`+modules+`)?\b(zeros|ones|randn|rand)\(\(([^()]*)\)\)`, saysPlain, "$1($2)"),
	elsewhereIs(`^(\w+)\.(sum|mean|max|min|prod|softmax)\((?:axis=|dim=)?(\d)\)$`, saysPosition+", and "+saysPlain, "$2($1, axis=⟦$3⟧)"),
	elsewhereIs(`^(?:`+modules+`)?(\w+)\((\w+), *dim=(\d)\)$`, saysPosition, "$1($2, axis=⟦$3⟧)"),
	elsewhereIs(`^(\w+)\.(?:size|ndim|dim|numel)(?:\(\))?$`, "the sizes are told by shape(x)", "shape($1)"),
	elsewhereIs(`^(?:typeof|type|ndims|class|whos)\((\w+)\)$`, "the space and the sizes are told by shape(x)", "shape($1)"),
	elsewhereIs(`^size\((\w+), *\d\)$`, "the sizes are told by shape(x)", "shape($1)"),
	elsewhereIs(`^(\w+)\.(?:grad)$`, "a gradient belongs to what is differentiated: grad(J, x)"),
	elsewhereIs(`^(?:disp|println|printf|echo|puts|console\.log)\((\w+)\)$`, "print shows it", "print($1)"),
	elsewhereIs(`^(?:printf|sprintf|fprintf|format)\(`, "print(…) shows text and values one after the other"),
	elsewhereIs(`^(\w+)\[0\]$`, saysPosition+", and every axis has an index", "$1[1, :]"),
	elsewhereIs(`\.'`, "a transpose is written A'", "'"),
	elsewhereIs(`(^|[^\pL\pN_.)\]])\.(\d+)`, "a number is written 0.5", "${1}0.$2"),
	elsewhereIs(`\bPi\b`, "π is pi", "pi"),
	elsewhereIs(`\b(?:Inf|inf|Infinity|NaN|nan)\b`, "infinity and NaN are results only, and have no names"),
	elsewhereIs(`^(?:\w+ *:?= *)?(?:None|null|nil|nothing|undefined)$`, "there is no such value: a name that is only declared has none"),
	elsewhereIs(`\b(?:true|True)\b`, "true is 1, false is 0", "1"),
	elsewhereIs(`\b(?:false|False)\b`, "true is 1, false is 0", "0"),
	elsewhereIs(`\d(?:im|i|j)\b`, "there are no complex numbers here"),
}
