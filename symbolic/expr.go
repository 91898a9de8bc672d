// Package symbolic is the graph: interned tensor expressions, their one product (einsum), and their derivatives.
//
// An expression is a node of a directed acyclic graph; equal structure is one pointer. Constructors keep a light
// canonical form (constants folded, Deltas eliminated, products flattened, like terms collected), so that what they
// return may be simpler than what was asked for. They panic on shapes that do not fit: the checker has seen to it
// that they do.
package symbolic

import (
	"math/big"

	"nabla/symbolic/shape"
)

// Op is the kind of a node.
type Op uint8

const (
	Var    Op = iota // a declared name; an abstract cotangent; a bound parameter
	Let              // a definition: Args[0] is what it stands for; no name and no By: only a boundary for flattening
	Const            // an exact rational number
	Dim              // the size of a dimension as a number
	Delta            // the identity: δ[i,j], two axes of one size
	Ones             // every entry is 1
	Sum              // Coef[0]·Args[0] + Coef[1]·Args[1] + …; without terms it is the zero of its shape
	Einsum           // Out[…] = Σ ∏ Args[k][In[k]]
	Call             // a function of the library, or an abstract one
)

// An Expr is one node, immutable once made. IDs grow from arguments to results, so they are a topological order.
type Expr struct {
	ID    int32
	Op    Op
	Name  string   // Var, Let
	By    *Deriv   // Let: the node is ∂Of/∂By, made while differentiating; nil for a user's definition
	Fn    *Func    // Call
	Par   *Params  // Call; without contents, but never nil, for all others
	Args  []*Expr  //
	In    []string // Einsum: one label per axis, for each argument
	Out   string   // Einsum: a label per axis of the result; one that no argument has is a broadcast
	Coef  []*big.Rat
	Val   *big.Rat  // Const
	Size  shape.Dim // Dim, Delta
	Shape shape.Shape
	G     *Graph
	Draws *Func // a function in it that draws numbers anew at every evaluation; nil if there is none
}

// A Deriv names the derivative that a Let made by Grad stands for: ∂Of/∂By.
type Deriv struct {
	Of, By *Expr
}

// Params are what a Call has beside its tensor arguments. All of it takes part in interning.
type Params struct {
	Core  int         // how many trailing axes of the first argument the function acts on; the axes before map
	Exp   *big.Rat    // pow: the exponent
	Deriv []int       // abstract: the arguments differentiated by, ascending; φ″ is [0 0]
	Ints  []int       // positions, ranges, seeds
	Dims  shape.Shape // size arguments
	Nums  []*big.Rat  // numeric options, such as the slope of leaky_relu
	Text  string
}

// noParams are those of whatever is no call: a third of the size of a node, were they in each.
var noParams Params

// Sized is p with each of its dimensions as a number: what a Kernel is given.
func (p Params) Sized(size func(shape.Dim) (int, error)) (Params, error) {
	sizes := make(shape.Shape, len(p.Dims))
	for i, d := range p.Dims {
		n, err := size(d)
		if err != nil {
			return p, err
		}
		sizes[i] = shape.Const(int64(n))
	}
	p.Dims = sizes
	return p, nil
}

// Size is the i-th dimension of sized Params.
func (p Params) Size(i int) int {
	n, ok := p.Dims[i].AsConst()
	if !ok {
		panic("symbolic: " + p.Dims[i].String() + " reached a kernel without its size")
	}
	return int(n)
}

// Rank is the number of axes.
func (e *Expr) Rank() int { return len(e.Shape) }

// IsZero says that e is the zero of its shape.
func (e *Expr) IsZero() bool {
	return e.Op == Sum && len(e.Args) == 0 || e.Op == Const && e.Val.Sign() == 0
}

// AsConst is the number if e is one.
func (e *Expr) AsConst() (*big.Rat, bool) { return e.Val, e.Op == Const }

// AsScaled splits c·x: c is 1 where e is not a multiple.
func (e *Expr) AsScaled() (*big.Rat, *Expr) {
	if e.Op == Sum && len(e.Args) == 1 {
		return e.Coef[0], e.Args[0]
	}
	return one, e
}

// AsPower splits base^exponent: the exponent is 1 where e is no power with a number.
func (e *Expr) AsPower() (base *Expr, exp *big.Rat) {
	if e.IsCall("pow") {
		return e.Args[0], e.Par.Exp
	}
	return e, one
}

// IsCall says that e is a call of the named function.
func (e *Expr) IsCall(name string) bool { return e.Op == Call && e.Fn.Name == name }

// Body is what a definition stands for, through any number of Lets; e itself if it is none.
func (e *Expr) Body() *Expr {
	for e.Op == Let {
		e = e.Args[0]
	}
	return e
}

var (
	zero     = new(big.Rat)
	one      = big.NewRat(1, 1)
	minusOne = big.NewRat(-1, 1)
	half     = big.NewRat(1, 2)
)
