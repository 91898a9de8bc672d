package lang

import (
	_ "embed"
	"slices"
	"strings"
)

// Grammar is the grammar of the language, for help.
//
//go:embed grammar.txt
var Grammar string

// A Code explains the errors of one code, for ?E104 and the reference of errors.
type Code struct {
	Code        string
	Title       string // a few words
	Explanation string // what is wrong and what to do, in the user's terms
	Setup       string // statements that the example needs; may be empty
	Example     string // a statement that is refused with this code
	With        Circumstance
}

// A Circumstance is what an example needs besides statements. Mostly nothing.
type Circumstance struct {
	File, Text string // a script in the working folder, and what it says
	Answer     string // what a person types where the example asks for a line
	Interrupt  bool   // Ctrl-C is pressed while the example runs
}

// Session is the example as it is typed, each statement behind a prompt, for help and the reference.
func (c Code) Session(prompt string) string {
	var b strings.Builder
	if c.With.File != "" {
		b.WriteString("# " + c.With.File + " says: " + strings.ReplaceAll(c.With.Text, "\n", "; ") + "\n")
	}
	if c.Setup != "" {
		b.WriteString(prompt + c.Setup + "\n")
	}
	b.WriteString(prompt + abridged(c.Example) + "\n")
	switch {
	case c.With.Answer != "":
		b.WriteString("# answered with: " + c.With.Answer + "\n")
	case c.With.Interrupt:
		b.WriteString("# and then Ctrl-C\n")
	}
	return b.String()
}

// Explain finds the explanation of a code.
func Explain(code string) (Code, bool) {
	for _, c := range Codes {
		if c.Code == code {
			return c, true
		}
	}
	return Code{}, false
}

// Codes are all errors, in order of their numbers: those of reading, of names and shapes, and of the session.
var Codes = slices.Concat(languageCodes, sessionCodes)

// languageCodes are the errors of reading, and of names and shapes.
var languageCodes = []Code{
	{
		Code:  "E100",
		Title: "cannot be read",
		Explanation: "Something stands where the grammar does not allow it, or is missing. The mark shows the first place that does not fit; " +
			"what is wrong may also be just before it. ?grammar shows the whole grammar.",
		Example: "z = (1 + ) 2",
	},
	{
		Code:  "E101",
		Title: "unknown name",
		Explanation: "The name is neither declared, defined, nor a function or dimension. Names are compared after folding: W₁, W_1 and W1 are one name, " +
			"lambda and λ as well. W1x is one name; the product is W1 x.",
		Setup:   "W1 : R[h,d]",
		Example: "Wl",
	},
	{
		Code:  "E102",
		Title: "unmatched bracket or bar",
		Explanation: "A bracket or bar has no partner. Bars pair within one bracket level: a bar closes if one is open and opens otherwise, " +
			"so a norm within a norm needs parentheses: ‖(‖x‖ y)‖.",
		Example: "z = (1 + 2",
	},
	{
		Code:        "E103",
		Title:       "two numbers side by side",
		Explanation: "A number directly after a number is not read as a product, because it is mostly a slip. Write 2*3, or a comma between items.",
		Example:     "2 3",
	},
	{
		Code:  "E104",
		Title: "a product without a space after a division",
		Explanation: "1/2c means (1/2)·c to some and 1/(2c) to others. With a space, 1/2 c is (1/2)·c, because products and quotients are read from left to right; " +
			"otherwise write the parentheses. An explicit operator is never ambiguous: λ*1/2*W.",
		Setup:   "c : R",
		Example: "1/2c",
	},
	{
		Code:        "E105",
		Title:       "a product without a space after a power",
		Explanation: "2^3c means 2³·c to some and 2^(3c) to others. With a space, 2^3 c is 2³·c; otherwise write the parentheses.",
		Setup:       "c : R",
		Example:     "2^3c",
	},
	{
		Code:  "E106",
		Title: "% directly after an operand",
		Explanation: "% is the last result and %3 the third, so it is neither a percentage nor a remainder. Write 5/100 for five percent, " +
			"and x * % for the product with the last result.",
		Example: "5%",
	},
	{
		Code:        "E107",
		Title:       "a function without parentheses",
		Explanation: "A function is applied with parentheses: φ(z). Its name stands alone only as a value (φ := relu), as an argument, or to ask about it (φ?).",
		Setup:       "φ : R -> R; z : R[h]",
		Example:     "φ z",
	},
	{
		Code:  "E108",
		Title: "written as elsewhere",
		Explanation: "This is how another language writes it. Here a power is ^, an entry W[1,2], a list [a, b], a matrix [[1, 2], [3, 4]], " +
			"a text \"…\", a power of a function's value sin(x)^2, and functions have no prefix.",
		Setup:   "x : R",
		Example: "x**2",
	},
	{
		Code:        "E109",
		Title:       "a character or literal without meaning",
		Explanation: "The character is not part of the language, a text is not closed, or a number has more digits than can be kept exactly.",
		Example:     "√2",
	},
	{
		Code:        "E110",
		Title:       "too deep or too long",
		Explanation: "The expression is nested too deep, or has too many operations in a row. Give its parts names.",
		Example:     deepExample(),
	},
	{
		Code:        "E111",
		Title:       "not a space",
		Explanation: "A declaration needs a space: R for a number, R[d] for a vector, R[h,d] for a matrix, R[q], R[q] -> R for a function. Dimensions are names, whole numbers, and sums and products of these.",
		Example:     "x : d",
	},
	{
		Code:  "E112",
		Title: "not a derivative",
		Explanation: "A derivative is written ∂J/∂W1, of second order ∂²J/∂x² or ∂²J/∂x∂y, with the same order above and below; as a gradient ∇_x f. " +
			"In ASCII it is dJ/dW1 or grad(J, W1).",
		Setup:   "x : R; J = x^2",
		Example: "∂²J/∂x",
	},
	{
		Code:        "E200",
		Title:       "the inner dimensions differ",
		Explanation: "A product sums the last axis of its left factor with the first axis of its right one, so these must be the same dimension. Two dimensions of different names are different until dim h = d says otherwise.",
		Setup:       "W1 : R[h,d]; x : R[e]",
		Example:     "W1 x",
	},
	{
		Code:        "E201",
		Title:       "the shapes differ",
		Explanation: "Sums and elementwise operations need equal shapes, or one operand whose dimensions all occur in the other, which is then repeated along the rest.",
		Setup:       "z : R[h]; o : R[q]",
		Example:     "z + o",
	},
	{
		Code:        "E202",
		Title:       "one axis or the other",
		Explanation: "A vector is repeated along the axes that it has not, as the dimension names say. Where a matrix has the name twice they do not decide: write A + u ones(n)ᵀ for the same in every column, A + ones(n) uᵀ for the same in every row.",
		Setup:       "A : R[n,n]; u : R[n]",
		Example:     "A + u",
	},
	{
		Code:        "E203",
		Title:       "a product of two columns",
		Explanation: "Two vectors have three products: xᵀ y is the inner one, a number; x yᵀ the outer one, a matrix; x ⊙ y the elementwise one, a vector.",
		Setup:       "x : R[d]",
		Example:     "x x",
	},
	{
		Code:        "E204",
		Title:       "a column times a matrix",
		Explanation: "A vector is a column, so it stands to the right of a matrix, or is transposed to the left of it: W x or xᵀ W.",
		Setup:       "x : R[d]; W1 : R[h,d]",
		Example:     "x W1",
	},
	{
		Code:        "E205",
		Title:       "a division by a tensor",
		Explanation: "One divides by numbers. A B⁻¹ multiplies with an inverse; A ./ B divides entry by entry.",
		Setup:       "x : R[d]; W1 : R[h,d]",
		Example:     "x / W1",
	},
	{
		Code:        "E206",
		Title:       "which axes?",
		Explanation: "A transpose and a product by juxtaposition are for vectors and matrices. For more axes index notation says which are meant: T[j,i,k] = X[i,j,k], S[i,l] = sum[j,k] A[i,j,k] B[k,j,l].",
		Setup:       "T : R[n,m,k]",
		Example:     "T'",
	},
	{
		Code:        "E207",
		Title:       "a power that does not exist",
		Explanation: "A power multiplies a square matrix or a number with itself. For a vector write x.^2 entry by entry, ‖x‖² for the squared norm, x xᵀ for the outer product.",
		Setup:       "x : R[d]",
		Example:     "x^2",
	},
	{
		Code:        "E208",
		Title:       "which norm?",
		Explanation: "‖A‖ and ‖A‖_F of a matrix are the Frobenius norm. Other norms of a matrix mean one thing as a norm of the entries and another as an operator norm.",
		Setup:       "A : R[n,n]",
		Example:     "‖A‖_2",
	},
	{
		Code:        "E209",
		Title:       "the identity has no size",
		Explanation: "I is the identity matrix of the size that its place asks for, as in A − λ I. Alone it has none: write eye(n).",
		Setup:       "λ : R",
		Example:     "sin(λ I)",
	},
	{
		Code:        "E210",
		Title:       "the wrong arguments",
		Explanation: "The function takes other arguments, in number or in kind. name? shows how it is written.",
		Setup:       "x : R[d]",
		Example:     "exp(x, x)",
	},
	{
		Code:        "E211",
		Title:       "an argument of the wrong shape",
		Explanation: "A function's arguments have the shapes of its declaration.",
		Setup:       "l : R[q], R[q] -> R; z : R[h]; y : R[q]",
		Example:     "l(z, y)",
	},
	{
		Code:        "E212",
		Title:       "which application?",
		Explanation: "∂l/∂o with a function l means its one application to o. Where there are several, or none, give the value a name: L = l(o, y), and write ∂L/∂o. A prime is for functions of one argument.",
		Setup:       "o, y : R[q]; l : R[q], R[q] -> R",
		Example:     "∂l/∂o",
	},
	{
		Code:        "E213",
		Title:       "not something to differentiate by",
		Explanation: "A derivative is by a variable, a definition or an expression in it; not by a dimension, a function or a constant.",
		Setup:       "x : R[d]; J = ‖x‖²",
		Example:     "∂J/∂d",
	},
	{
		Code:        "E214",
		Title:       "no derivative",
		Explanation: "The function is constant except where it jumps, or no rule for it is known. A derivative that is not known is refused and never 0.",
		Setup:       "x : R[d]",
		Example:     "grad(argmax(x), x)",
	},
	{
		Code:        "E215",
		Title:       "no such axis",
		Explanation: "An axis is named by its dimension, sum(X, n), or by its position counted from 1 where the name stands twice. A name that is also a value is written axis=h.",
		Setup:       "S : R[n,m]",
		Example:     "sum(S, 0)",
	},
	{
		Code:        "E216",
		Title:       "not a size",
		Explanation: "A size is a whole number or an integer polynomial in dimension names, such as 2h+1.",
		Setup:       "x : R[d]",
		Example:     "ones(x)",
	},
	{
		Code:        "E217",
		Title:       "an index out of place",
		Explanation: "An index is bound by sum[k] or on the left of =, and stands in brackets: S[i,j] = sum[k] Q[i,k] K[j,k]. A tensor takes one index or range per axis.",
		Setup:       "A : R[n,n]",
		Example:     "A[1]",
	},
	{
		Code:        "E218",
		Title:       "a position outside of the axis",
		Explanation: "Positions count from 1 to the size of the axis. An index that stands at several axes runs over axes of one size.",
		Setup:       "Q : R[n,k]; V : R[m,p]",
		Example:     "S[i] = sum[j] Q[i,j] V[j,1]",
	},
	{
		Code:        "E219",
		Title:       "no such member of a family",
		Explanation: "A family has one member for each number of its range, and members given by themselves: H[0] = x. Members that another family needs may be defined later, but none can need itself. Its length is a number when derivatives are taken.",
		Setup:       "W[k] : R[h,h] for k = 1..3",
		Example:     "W[4]",
	},
	{
		Code:        "E220",
		Title:       "a definition that contradicts itself",
		Explanation: "The parameters of a function have different names, and there is at least one.",
		Example:     "f(t, t) = t",
	},
	{
		Code:        "E221",
		Title:       "dimensions that contradict each other",
		Explanation: "A dimension has between 1 and 2³¹ entries and cannot stand for a polynomial in which it occurs.",
		Setup:       "dim h",
		Example:     "dim h = h + 1",
	},
	{
		Code:        "E222",
		Title:       "not a fact",
		Explanation: "What is known of a variable is a word (symmetric, diagonal, orthogonal, spd, positive, nonnegative) or a relation of it (sum(y) == 1, x > 0).",
		Example:     "B : R[n,m] where symmetric",
	},
	{
		Code:        "E223",
		Title:       "a value that does not fit",
		Explanation: "The value has other axes or sizes than the declaration, or than the values given before. A dimension has one size.",
		Setup:       "X : R[n,d]",
		Example:     "X := [1, 2, 3]",
	},
	{
		Code:        "E224",
		Title:       "a hole that cannot be filled",
		Explanation: "? stands once in an expression, where the rest says what is missing; it cannot be defined.",
		Setup:       "W : R[h,d]",
		Example:     "z = W ?",
	},
	{
		Code:        "E225",
		Title:       "the sides of a claim differ in shape",
		Explanation: "Both sides of a claim have one shape; only a literal 0 goes with any. In check this is a verdict, WRONG SHAPE.",
		Setup:       "x : R[d]; y : R[q]",
		Example:     "equal(x, y)",
	},
	{
		Code:        "E226",
		Title:       "not part of a formula",
		Explanation: "A text, a list of several things, a range or a report of the session cannot be part of a formula.",
		Example:     "\"text\" + 1",
	},
	{
		Code:        "E227",
		Title:       "entry by entry, or matrices?",
		Explanation: "The function multiplies two of its parameters. For numbers there is one reading, for two tensors there are two: write ⊙ in the definition for entry by entry, x' or · for products of matrices.",
		Setup:       "g(a, b) = a b; M : R[q,h]; x : R[h]",
		Example:     "g(M, x)",
	},
	{
		Code:        "E228",
		Title:       "no earlier result",
		Explanation: "% is the last result of the session and %3 the third.",
		Example:     "%",
	},
}

// ErrorsPage is the reference of all errors in Markdown; docs/errors.md is a copy.
func ErrorsPage() string {
	var b strings.Builder
	b.WriteString("# Errors\n\nGenerated from the table in `lang/codes.go` by `go test ./lang -update`. The same text is the help: `?E104`.\n")
	for _, c := range Codes {
		b.WriteString("\n## " + c.Code + ": " + c.Title + "\n\n" + c.Explanation + "\n")
		b.WriteString("\n```\n" + c.Session("") + "```\n")
	}
	return b.String()
}

// abridged leaves out the middle of a statement that is wider than a page.
func abridged(s string) string {
	if len(s) < 80 {
		return s
	}
	return s[:30] + " … " + s[len(s)-30:]
}

// deepExample is nested deeper than the parser goes.
func deepExample() string {
	var b []byte
	for range maxDepth + 1 {
		b = append(b, '(')
	}
	b = append(b, '1')
	for range maxDepth + 1 {
		b = append(b, ')')
	}
	return string(b)
}
