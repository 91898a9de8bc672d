package kernel

import (
	"context"
	"io"
	"strings"

	"nabla/lang"
)

// An operator is a sign of the language with its help.
type operator struct {
	spellings string // all of them, and words that a person may look for
	doc       string
	example   string // statements; what they answer is shown by running them
}

// operators are the signs of the language, the products first.
var operators = []operator{
	{"* @ product", "The product: a contraction of the last axis of the left with the first of the right; scaling if one is a number. Juxtaposition (W x) is the same. Never elementwise: that is ⊙.",
		"W : R[h,d]; x : R[d];\nW x\nW * W'"},
	{"⊙ .* had", "The elementwise (Hadamard) product of two tensors of one shape.", "[1, 2] ⊙ [3, 4]"},
	{"⊘ ./", "The elementwise quotient.", "eval([1, 2] ./ [4, 5])"},
	{"/ quotient", "The quotient by a number. Products and quotients are read from left to right: 1/2 c is (1/2) c, and 1/2c is refused. For two tensors: ⊘.",
		"c : R;\n1/2 c\n1/(2 c)"},
	{"+", "The sum of two tensors of one shape. A number goes with anything, and axes of one are matched with those of the other by name.",
		"X : R[n,d]; W : R[h,d]; b : R[h];\nX W' + b"},
	{"- minus", "The difference, and the opposite. It binds looser than a product: -λ^2 is -(λ²).", "λ : R;\n-λ^2"},
	{"^ power", "The power: of a number; of a square matrix by itself, A^-1 being its inverse. Of each entry of a tensor: .^",
		"A : R[n,n];\nA^2\neval(2^10)"},
	{".^", "The elementwise power.", "eval([1, 2, 3].^2)"},
	{"² ³ superscript", "A superscript is a power; x² is x^2.", "λ : R;\nλ² λ³"},
	{"· dot", "The inner product of two vectors: aᵀ b.", "eval([1, 2] · [3, 4])"},
	{"⊗ outer kron", "The outer product of two vectors, a bᵀ; the Kronecker product of two matrices.", "eval([1, 2] ⊗ [3, 4])\neval([[1, 2]] ⊗ [[1], [3]])"},
	{"ᵀ ⊤ ' .T ^T transpose", "The transpose of a value; after a function, ' is its derivative. A vector is a column, and its transpose a row.",
		"A : R[m,n]; x : R[m]; φ : R -> R;\nx' A\nφ'(2)"},
	{"⁻¹ ^-1 inverse", "The inverse of a square matrix; one over a number.", "eval([[2, 1], [1, 1]]⁻¹)"},
	{"′ prime", "The derivative of a function of a number: φ′(z), φ''(z).", "φ : R -> R; z : R[h];\nφ′(z)\neval(tanh'(0))"},
	{"∂ derivative", "∂J/∂W is the derivative of J by W. It has the axes of J and then those of W; of a scalar J, the shape of W. dJ/dW, grad(J, W) and jacobian(J, W) are the same.",
		"W : R[h,d]; x : R[d]; J = ‖W x‖²;\n∂J/∂W\ndJ/dx\n∂(W x)/∂x"},
	{"∇ nabla", "∇_x f is the transpose of ∂f/∂x: for a vector f, inputs by outputs.", "W : R[h,d]; x : R[d];\n∇_x (W x)\n∇_x ‖x‖²"},
	{"‖ || norm", "‖x‖ is the Euclidean norm of a vector and the Frobenius norm of a matrix; ‖x‖₁ and ‖x‖_inf are the others.", "eval(‖[3, 4]‖)\neval(‖[3, -4]‖₁)"},
	{"| abs", "|x| is the absolute value of each entry.", "eval(|[1, -2]|)"},
	{"= definition", "name = formula defines a name, f(t) = formula a function, S[i,j] = formula a tensor by its entries. Values are given by :=.",
		"Q : R[n,d]; K : R[m,d];\nf(t) = t sigmoid(t)\nS[i,j] = sum[k] Q[i,k] K[j,k]"},
	{":= value", "name := … gives numbers to a declared name, or declares a new one by them.", "v := [0, 1, 2]\nφ : R -> R; φ := tanh;\neval(φ(v))"},
	{": ∈ declaration", "x : R[d] declares a vector with d entries, W : R[h,d] a matrix, λ : R a number, φ : R -> R a function. where adds facts, for … = 1..K makes a family.",
		"x : R[d];  W ∈ ℝ^(h×d)\nS : R[n,n] where symmetric\nS'\nV[k] : R[h,h] for k = 1..3"},
	{"-> function", "φ : R -> R declares an abstract function; that of a number applies to each entry. l : R[q], R[q] -> R is one of two vectors.",
		"φ : R -> R; z : R[h];\nφ(z)"},
	{"R ℝ space", "R is the space of numbers, R[d] that of vectors with d entries, R[h,d] or ℝ^(h×d) that of matrices, and so on.", "T : R[n,m,d]"},
	{"for family", "for k = 1..K makes a family: one line for as many layers as there are.",
		"x : R[h]; W[k] : R[h,h] for k = 1..2;\nH[0] = x; H[k] = tanh(W[k] H[k-1]) for k = 1..2;\n∂(H[2])/∂H[1]"},
	{"[ ] index list", "A[2,1], A[1..3,:] are entries and slices, counted from 1; [1, 2, 3] is a vector, [[1, 2], [3, 4]] a matrix; sum[k] … sums over an index.",
		"A := [[1, 2], [3, 4]];\neval(A[2,1])\neval(A[:,1])\neval(sum[i] A[i,i])"},
	{".. range", "A range counts both of its ends.", "v := [2, 4, 6, 8];\neval(v[2..3])"},
	{"( ) parentheses", "Parentheses group. name( is a call if the name is a function, otherwise a product.", "λ, a, b : R;\nλ(a + b)"},
	{"check", "check says of an equation whether it is right: proved, or equal at random points, or wrong, and then where and why. hint and why go on from there.",
		"x : R[n]; A : R[n,n]; f = x' A x;\ncheck ∂f/∂x == (A + A') x\ncheck ∂f/∂x == 2 A x"},
	{"== ≈ < > ≤ ≥ <= >= relation", "Relations compare, entry by entry, and give 1 or 0; ≈ allows for rounding. check judges an equation.", "eval([1, 5] > [2, 3])"},
	{"? hole", "A hole: nabla says its shape and what in scope fits. ?name is help.", "W : R[h,d]; x : R[d]; z : R[h];\nz + W ?"},
	{"% ans", "The last answer; %3 is that of In[3].", "2 + 3\n% ^ 2"},
	{"; semicolon", "A semicolon separates statements; one that ends in it is not echoed.", "a = 1; b = 2\nc = 3;"},
	{"# comment", "From # to the end of the line is a comment.", "1 + 1  # two"},
	{"\" string", "A text in quotes: a file, an option, an exercise.", "export([1, 2] · [3, 4], \"numpy\")"},
	{"_ subscript", "W_1, W₁ and W1 are one name; y_hat is ŷ. ‖x‖_1 and ∇_x have theirs.", "W_1 : R[h,d]\nW₁\ny_hat : R"},
	{"\\ backslash", "\\lambda and Tab is λ, \\odot ⊙, \\^2 ², \\_1 ₁; \\hat after y makes ŷ. It only helps with typing: the product of an inverse is A^-1 b.", "λ : R\nλ + lambda"},
}

// page is the help of an operator: what it means, how to type it, and a session.
func (o operator) page() string {
	text := o.spellings + "\n\n" + o.doc + "\n"
	if keys := typing(o.spellings); keys != "" {
		text += "\ntyped: " + keys + "\n"
	}
	return text + "\nexample:\n" + replay(o.example)
}

// typing says how the signs of a text that no keyboard has are typed: "\odot Tab ⊙".
func typing(signs string) string {
	var keys []string
	known := ""
	for _, s := range lang.Shorthands("") {
		if strings.Contains(" "+signs+" ", " "+s.Text+" ") && !isASCII(s.Text) && !strings.Contains(known, s.Text) {
			keys, known = append(keys, `\`+s.Name+" Tab "+s.Text), known+s.Text
		}
	}
	return strings.Join(keys, ", ")
}

// replay runs the lines of an example in a session of its own and shows what was typed and answered.
func replay(example string) string {
	s, out := NewSession(), &exampleOutput{}
	for _, line := range strings.Split(example, "\n") {
		out.text.WriteString("∇ " + line + "\n")
		s.Execute(context.Background(), line, ExecuteOptions{NoInput: true}, out)
	}
	return out.text.String()
}

// An exampleOutput writes answers below what was typed.
type exampleOutput struct {
	silentOutput
	text strings.Builder
}

func (o *exampleOutput) Result(r *Result) {
	text := r.String()
	if text == "" || r.Silent {
		return
	}
	o.text.WriteString("    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n")
	for _, n := range r.Notes {
		o.text.WriteString("      note: " + n + "\n")
	}
}

// silentOutput is a front end that shows nothing and answers nothing.
type silentOutput struct{}

func (silentOutput) Result(*Result)                        {}
func (silentOutput) Print(string, string)                  {}
func (silentOutput) Display(string, bool, []Media, string) {}
func (silentOutput) Clear(bool)                            {}
func (silentOutput) Input(string) (string, error)          { return "", io.EOF }
