// Package lang is the language as text: scanner, parser, printer, positions and errors.
// It knows what may be written, not what it means; names and shapes are the business of lang/check.
package lang

import "math/big"

// A Scope answers what the grammar must know about names: whether `f(x)` is a call or a product depends on
// what has been declared. All names passed in are folded; a layer label is spelled "V^(1)".
type Scope interface {
	IsFunc(name string) bool // a built-in, declared or defined function, unless shadowed by a variable
	IsVar(name string) bool  // a variable, definition, constant, family; labels are asked as IsVar("V^(1)")
	IsDim(name string) bool  // a dimension, which lives in its own namespace: IsVar may hold as well
}

// A Node is any part of the syntax tree.
type Node interface {
	Extent() Span // byte offsets in the source text of the cell
}

// Extent makes whatever embeds a Span a Node.
func (a Span) Extent() Span { return a }

// A Stmt is one statement with its place in the source.
type Stmt struct {
	Span
	Source string // its own text, without the ';' and without comments around it
	Line   int    // 1-based line of its first character
	Silent bool   // followed by ';': not echoed
	Body   Body   // nil if the statement could not be read
}

// A Body is what a statement says: *Decl *FuncDecl *Dims *Def *Value *Check *ExprStmt *Command *Help.
type Body interface {
	Node
	body()
}

type (
	// Decl declares variables: W1, W3 : R[h,d] where …   or  W[k] : R[h,h] for k = 1..K.
	Decl struct {
		Span
		Targets []*Target
		Space   *Space
		Facts   []*Fact
		For     *For // nil unless a family
	}
	// FuncDecl declares abstract functions: l : R[q], R[q] -> R.
	FuncDecl struct {
		Span
		Targets []*Target
		Args    []*Space
		Result  *Space
		For     *For
	}
	// Dims equates or sizes dimensions: dim d = 64, h, n = 2 m.
	Dims struct {
		Span
		Items []DimItem
	}
	// Def is a definition: z = W1 x;  user(t) = t sigmoid(t);  S[i,j] = …;  H[k] = … for k = 1..K.
	Def struct {
		Span
		Target *Target
		Params []*Name // user(t): nil unless a function; Target.Index is then nil
		Value  Expr
		For    *For
	}
	// Value gives values: X, t := load("digits.csv.gz");  φ := relu.
	Value struct {
		Span
		Targets []*Target
		Value   Expr
		For     *For
	}
	// Check is a claim to be judged: Terms[0] Ops[0] Terms[1] Ops[1] …; len(Ops) == len(Terms)-1.
	// One term without a relation is a claim as well (a statement of the value), left to the checker.
	Check struct {
		Span
		Terms []Expr
		Ops   []RelOp
	}
	// ExprStmt is an expression to be shown.
	ExprStmt struct {
		Span
		X Expr
	}
	// Command is a session command: :load model.nabla. Word is set for those written without a colon: hint why next exercises.
	Command struct {
		Span
		Name string // "load"
		Args string // the raw rest of the line, trimmed
		Word bool
	}
	// Help is ?topic or name?.
	Help struct {
		Span
		Topic string // as written, trimmed; may be empty
	}
)

func (*Decl) body()     {}
func (*FuncDecl) body() {}
func (*Dims) body()     {}
func (*Def) body()      {}
func (*Value) body()    {}
func (*Check) body()    {}
func (*ExprStmt) body() {}
func (*Command) body()  {}
func (*Help) body()     {}

type (
	// A Target is what stands on the left: a name, or with indices an entry or a member of a family.
	Target struct {
		Span
		Name  *Name
		Index []Expr // S[i,j], H[0], W[k]; nil if there are none
	}
	// A For is the range of a family: for k = 1..K.
	For struct {
		Span
		Name  *Name
		Range *Range
	}
	// A Fact follows where: a word (symmetric) or a relation (x > 0). Exactly one of Word and X is set.
	Fact struct {
		Span
		Word string
		X    Expr
	}
	// A DimItem is one name of a dim statement; Size is nil if it only mentions the name.
	DimItem struct {
		Span
		Name *Name
		Size DimExpr
	}
	// A Space is R[d1,d2,…]; a scalar has no Dims.
	Space struct {
		Span
		Dims []DimExpr
	}
)

// A DimExpr is an integer polynomial in dimension names: *DimNum *DimName *DimOp.
type DimExpr interface {
	Node
	dimExpr()
}

type (
	// DimNum is a literal size.
	DimNum struct {
		Span
		Val int64
	}
	// DimName is a dimension by name.
	DimName struct {
		Span
		Name string
	}
	// DimOp combines two: Op is '+', '-', '*' or '^' (the right side of which is a *DimNum). A negation is 0 - Y.
	DimOp struct {
		Span
		Op   byte
		X, Y DimExpr
	}
)

func (*DimNum) dimExpr()  {}
func (*DimName) dimExpr() {}
func (*DimOp) dimExpr()   {}

// An Expr is an expression: *Number *Name *String *Hole *OutRef *Call *Binary *Unary *Pow *Transpose *Index
// *List *Norm *Abs *Deriv *Nabla *SumIdx *Compare, and *Range and *Colon where an argument or index may stand.
type Expr interface {
	Node
	expr()
}

// A BinOp is a binary operation; its spelling is the business of the printer.
type BinOp uint8

// The operations. Add and Sub bind weaker than the products, which share one level and go left to right.
const (
	Add  BinOp = iota
	Sub        // a - b
	Mul        // a b, a*b, a@b: product or contraction
	Dot        // a · b, inner
	Had        // a ⊙ b, a .* b, elementwise
	Kron       // a ⊗ b, outer of vectors, Kronecker of matrices
	Div        // a / b
	HDiv       // a ⊘ b, a ./ b, elementwise
)

// A RelOp is a relation.
type RelOp uint8

// The relations. In a claim "=" is read as "==".
const (
	Eq RelOp = iota
	Approx
	Less
	Greater
	LessEq
	GreaterEq
)

type (
	// Number is an exact literal.
	Number struct {
		Span
		Text string // as written, plain digits: "0.5", "2e1"
		Val  *big.Rat
	}
	// Name is a variable, dimension, constant or (where one may stand alone) function.
	Name struct {
		Span
		Name string // folded: "W1", "λ", "V^(1)"
		Raw  string // as written
	}
	// String is "…" with escapes resolved.
	String struct {
		Span
		Val string
	}
	// Hole is ? inside an expression.
	Hole struct{ Span }
	// OutRef is % (the last result, N == 0) or %3.
	OutRef struct {
		Span
		N int
	}
	// Call applies a function. Primes counts derivative marks: φ''(z) has 2. Bracket notes ones[h].
	// A name that nobody knows directly before "(" is read as a call too, for the checker to refuse.
	Call struct {
		Span
		Fn      *Name
		Primes  int
		Args    []Arg
		Bracket bool
	}
	// Arg is an argument, positional if Name is nil.
	Arg struct {
		Name *Name
		X    Expr // may be a *Range
	}
	// Binary is X Op Y. Juxt notes a product by juxtaposition.
	Binary struct {
		Span
		Op     BinOp
		X, Y   Expr
		Juxt   bool
		OpSpan Span
	}
	// Unary is -X.
	Unary struct {
		Span
		X Expr
	}
	// Pow is X^Y, or elementwise X.^Y.
	Pow struct {
		Span
		X, Y        Expr
		Elementwise bool
	}
	// Transpose is Xᵀ.
	Transpose struct {
		Span
		X Expr
	}
	// Index is X[…]: expressions, *Range and *Colon.
	Index struct {
		Span
		X    Expr
		Args []Expr
	}
	// List is [a, b, …].
	List struct {
		Span
		Items []Expr
	}
	// Norm is ‖X‖ with its kind: "" as written without a subscript, "1", "2", "F", "inf".
	Norm struct {
		Span
		X    Expr
		Kind string
	}
	// Abs is |X|.
	Abs struct {
		Span
		X Expr
	}
	// Deriv is ∂ⁿNum/∂Den…; Wrt has one entry per order, in the order written: ∂²J/∂x² has [x x].
	Deriv struct {
		Span
		Num Expr // a *Name of a variable or function, a *Call, a *Norm or any parenthesized expression
		Wrt []Expr
	}
	// Nabla is ∇_x X.
	Nabla struct {
		Span
		Wrt *Name
		X   Expr
	}
	// SumIdx is sum[i,j where i + j == k] X; Where are equations between places, Compares all.
	SumIdx struct {
		Span
		Index []*Name
		Where []Expr
		X     Expr
	}
	// Compare is X Op Y.
	Compare struct {
		Span
		Op   RelOp
		X, Y Expr
	}
	// Range is From..To, both ends included.
	Range struct {
		Span
		From, To Expr
	}
	// Colon is a whole axis in an index: X[1, :].
	Colon struct{ Span }
)

func (*Number) expr()    {}
func (*Name) expr()      {}
func (*String) expr()    {}
func (*Hole) expr()      {}
func (*OutRef) expr()    {}
func (*Call) expr()      {}
func (*Binary) expr()    {}
func (*Unary) expr()     {}
func (*Pow) expr()       {}
func (*Transpose) expr() {}
func (*Index) expr()     {}
func (*List) expr()      {}
func (*Norm) expr()      {}
func (*Abs) expr()       {}
func (*Deriv) expr()     {}
func (*Nabla) expr()     {}
func (*SumIdx) expr()    {}
func (*Compare) expr()   {}
func (*Range) expr()     {}
func (*Colon) expr()     {}
