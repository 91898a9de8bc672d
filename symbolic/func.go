package symbolic

import (
	"fmt"
	"math/big"
	"slices"

	"nabla/numeric"
	"nabla/symbolic/shape"
)

// A Func is one record: everything that is known of a function. The checker, help, completion, printers, exporters,
// the evaluator and the reference page read it; nothing else names the function. A record without Args is a constant
// (pi): its name alone is its one application.
//
// There are three kinds. A function of a number (D and F, or D2 and F2 of two numbers) applies elementwise. A macro
// (Build) is notation for an expression of other functions. The others give Shape, VJP and Kernel; they act on the
// last axes of their arguments and map over any axes before.
//
// An Export template has #1, #2 for the arguments, #* for all of them, #p for Params.Exp, #p1 for Params.Nums[0], #d1 for
// Params.Dims[0], #core for the number of axes acted on, #axes for them counted from the end (-1, or (-2, -1)), #dims for
// them counted from 1, and #shape for the shape of the result. In Go the arguments are numbers and the template is applied
// entry by entry. A template under "numpy+" is for calls with axes beyond a matrix, where that of "numpy" is not.
type Func struct {
	Name    string
	Args    []Arg
	Doc     string // one sentence, then what a user must know: conventions at kinks, layout, source
	Example string // "eval(softplus(0))\n\t0.693147": statements, then the last one's answer after a tab; none: people do not write it
	TeX     string // LaTeX with #1, #2 for the arguments; \operatorname{name}\left(…\right) if empty
	Text    string // Unicode text that reads back, with #1, #2, where it is not name(…); #p is Params.Exp, #p1 Params.Nums[0]

	// A function of one or two numbers.
	D  func(x, y *Expr) *Expr                 // dy/dx, given x and y = f(x)
	F  func(x float64) float64                //
	D2 func(a, b, y *Expr) (da, db *Expr)     //
	F2 func(a, b float64) float64             //
	FP func(p Params) func(x float64) float64 // F where it has parameters (pow, leaky_relu)
	DP func(p Params, x, y *Expr) *Expr       // D where it has parameters

	// A macro. Where the record has a kernel as well, Build is how it is applied: it chooses the canonical form.
	Build func(in In) (*Expr, error)

	// A function of tensors.
	Shape    func(in In) (shape.Shape, Params, error) // of the last axes; In.Args come without batch axes in mind: see Core
	Core     []int                                    // how many trailing axes each argument has; −1: Params.Core
	VJP      func(v VJP) []*Expr                      // cotangents of the arguments; nil for a constant one
	Kernel   Kernel                                   //
	Work     func(dims [][]int) numeric.WorkSize      // what the kernel works in, for arguments of these sizes, without axes that it maps over; nil: nothing
	NoGrad   string                                   // why a derivative is refused ("argmax is piecewise constant …"); the way out
	Instead  []string                                 // functions with a derivative that may be meant; "" is the argument itself
	Random   bool                                     // a new value at each evaluation unless seeded: not for expressions that are differentiated
	Positive bool                                     // every value is positive

	Define  func(par Params, args []*Expr) *Expr           // the same through more elementary functions, for proofs
	Compute func(par Params, args []*Expr) *Expr           // what is computed in its place, where Define has no value; people are shown Define
	Rules   []Rule                                         // rewrites it takes part in
	Sample  func(u float64) float64                        // maps a uniform (0,1) to an input tests may use; nil: (−2, 2)
	Vec     numeric.SliceFunc                              // a faster slice kernel; dst may be x
	Cost    func(par Params, args []shape.Shape) shape.Dim // operations; nil: one per entry of the result
	Export  map[string]string                              // "numpy", "pytorch", "jax", "julia", "go": a template, see below
	See     []string                                       // related topics

	Abstract *Signature // an abstract function, declared by the user
	Body     *Body      // a function that the user defined

	serial uint64 // tells apart two functions of one name that a session declared one after the other
}

// A Kernel computes a function of tensors. par.Dims are numbers: see Params.Sized. It works in what Func.WorkSize says,
// and allocates nothing.
type Kernel func(out *numeric.Array, args []*numeric.Array, par Params, work numeric.Work) error

// WorkSize is what the kernel works in for arguments of these sizes, without the axes that it maps over.
func (f *Func) WorkSize(dims [][]int) numeric.WorkSize {
	if f.Work == nil {
		return numeric.WorkSize{}
	}
	return f.Work(dims)
}

// ArgKind is what an argument position takes.
type ArgKind uint8

const (
	Tensor   ArgKind = iota
	Axis             // a dimension name of the first tensor argument, or its position; absent: all axes
	Size             // a dimension, a number, dim(name)
	Number           // a literal number: an option
	Variadic         // tensors, any number of them
	Sizes            // sizes, any number of them
)

// Arg describes one argument.
type Arg struct {
	Name     string
	Kind     ArgKind
	Optional bool
	Default  string
}

// In is one application of a function, resolved by the checker: tensors, axis positions, sizes and options.
type In struct {
	G     *Graph
	Args  []*Expr
	Axes  []int // positions in Args[0], from 0; nil means every axis
	Sizes shape.Shape
	Nums  map[string]*big.Rat
}

// Num is the option of that name, or def.
func (in In) Num(name string, def float64) *big.Rat {
	if r, ok := in.Nums[name]; ok {
		return r
	}
	return new(big.Rat).SetFloat64(def)
}

// A Signature is the type of an abstract function: φ : R -> R, l : R[q], R[q] -> R.
type Signature struct {
	Args   []shape.Shape
	Result shape.Shape
}

// Elementwise says that the function takes numbers to a number, so that it applies to tensors entry by entry.
func (s *Signature) Elementwise() bool {
	for _, a := range s.Args {
		if len(a) > 0 {
			return false
		}
	}
	return len(s.Result) == 0
}

// A Body is a user's function of numbers: Result in terms of Params.
type Body struct {
	Params []*Expr
	Result *Expr
}

// A Rule is one rewrite, with the name that derivations print.
type Rule struct {
	Name  string
	Doc   string
	Apply func(e *Expr) *Expr // nil where it does not apply
}

// VJP is one pull-back: y = f(args), and bar, the cotangent of y, whose axes are any leading axes and then those of y.
type VJP struct {
	G     *Graph
	Y     *Expr
	Bar   *Expr
	Args  []*Expr
	batch int
}

// E is Graph.E where * stands for the leading axes of Bar and ~ for the axes that f maps over.
func (v VJP) E(spec string, args ...*Expr) *Expr { return v.G.einsumStar(spec, args, v.batch) }

// A Library is the set of functions a Graph knows.
type Library struct {
	byName map[string]*Func
	names  []string
}

// NewLibrary is a library of the given records. Two records of one name are a programming error.
func NewLibrary(fns ...*Func) *Library {
	l := &Library{byName: map[string]*Func{}}
	for _, f := range fns {
		if l.byName[f.Name] != nil {
			panic("symbolic: two records for " + f.Name)
		}
		l.byName[f.Name] = f
		l.names = append(l.names, f.Name)
	}
	return l
}

// Lookup is the function of that name, or nil.
func (l *Library) Lookup(name string) *Func { return l.byName[name] }

// Names lists the functions in the order of the tables.
func (l *Library) Names() []string { return slices.Clone(l.names) }

// Elementwise says that f takes numbers to a number and applies entry by entry.
func (f *Func) Elementwise() bool {
	return f.D != nil || f.D2 != nil || f.DP != nil || f.F != nil || f.F2 != nil || f.FP != nil ||
		f.Body != nil || f.Abstract != nil && f.Abstract.Elementwise()
}

// Arity is how many tensors the record takes: the optional ones, and any number of a variadic one, make most larger.
func (f *Func) Arity() (least, most int) {
	for _, a := range f.Args {
		switch {
		case a.Kind == Variadic:
			return least + 1, 1 << 30
		case a.Kind != Tensor:
			continue
		case !a.Optional:
			least++
		}
		most++
	}
	return least, most
}

var serials uint64

// NewAbstract is an abstract function of that name and type.
func NewAbstract(name string, sig Signature) *Func {
	serials++
	return &Func{Name: name, Abstract: &sig, serial: serials}
}

// NewUser is a function of numbers that the user defined. Its derivative records are made on demand.
func NewUser(name string, body Body) *Func {
	serials++
	return &Func{Name: name, Body: &body, serial: serials}
}

// Call applies a library function by name to tensors; it panics where that is not possible. Rules and derivatives of
// records use it; what a user types goes through Apply.
func (g *Graph) Call(name string, args ...*Expr) *Expr {
	f := g.Lib.Lookup(name)
	g.must(f != nil, "no function %s", name)
	e, err := g.Apply(f, In{Args: args})
	g.must(err == nil, "%v", err)
	return e
}

// Call1 is Graph.Call for a function of one number, on the graph of its argument. Records use it.
func Call1(name string, x *Expr) *Expr { return x.G.Call(name, x) }

// Apply applies a function. For an elementwise function the arguments have one shape already.
func (g *Graph) Apply(f *Func, in In) (*Expr, error) {
	in.G = g
	switch {
	case f.Build != nil:
		return f.Build(in)
	case f.Abstract != nil:
		return g.applyAbstract(f, nil, in.Args)
	case f.Shape != nil:
		s, par, err := f.Shape(in)
		if err != nil {
			return nil, err
		}
		return g.call(f, par, in.Args, s), nil
	case f.Elementwise():
		return g.call(f, Params{}, in.Args, in.Args[0].Shape), nil
	}
	return nil, fmt.Errorf("%s has no definition", f.Name)
}

// ApplyParams makes a Call of f with parameters and a shape that are known: VJPs of records use it.
func (g *Graph) ApplyParams(f string, par Params, s shape.Shape, args ...*Expr) *Expr {
	fn := g.Lib.Lookup(f)
	g.must(fn != nil, "no function %s", f)
	return g.call(fn, par, args, s)
}

// Derived applies the derivative of an abstract or user-defined function: φ″(z) is Derived(φ, [0 0], z), ∂l/∂o is
// Derived(l, [0], o, y). The result has the axes of the function's result, then those of each argument differentiated
// by, in the order given.
func (g *Graph) Derived(f *Func, by []int, args []*Expr) (*Expr, error) {
	if f.Abstract != nil {
		return g.applyAbstract(f, by, args)
	}
	if !f.Elementwise() {
		return nil, fmt.Errorf("%s is not a function of numbers: its derivative is ∂%s/∂…", f.Name, f.Name)
	}
	if len(args) != 1 {
		return nil, fmt.Errorf("%s has %d arguments: write ∂/∂ of one of them", f.Name, len(args))
	}
	if f.Body != nil {
		return g.call(f, Params{Deriv: slices.Clone(by)}, args, args[0].Shape), nil
	}
	x := g.Fresh("t", nil)
	y, err := g.Apply(f, In{Args: []*Expr{x}})
	for range by {
		if err == nil {
			y, err = g.Diff(y, x)
		}
	}
	if err != nil {
		return nil, err
	}
	return g.Map(y, []*Expr{x}, args)
}

// applyAbstract makes the call of an abstract function or of its derivative, mapping over leading axes.
func (g *Graph) applyAbstract(f *Func, by []int, args []*Expr) (*Expr, error) {
	sig := f.Abstract
	if len(args) != len(sig.Args) {
		return nil, fmt.Errorf("%s takes %d arguments, not %d", f.Name, len(sig.Args), len(args))
	}
	batch := args[0].Rank() - len(sig.Args[0])
	s := slices.Clone(args[0].Shape[:batch])
	s = append(s, sig.Result...)
	sorted := slices.Clone(by)
	slices.Sort(sorted)
	for _, i := range sorted {
		s = append(s, sig.Args[i]...)
	}
	y := g.call(f, Params{Core: len(sig.Args[0]), Deriv: sorted}, args, s)
	return g.Permute(y, derivativeOrder(batch+len(sig.Result), sig, by, sorted)...), nil
}

// derivativeOrder is the permutation from the axes of the sorted derivative to the order asked for.
func derivativeOrder(head int, sig *Signature, by, sorted []int) []int {
	perm := make([]int, head)
	for i := range perm {
		perm[i] = i
	}
	used := make([]bool, len(sorted))
	for _, b := range by {
		at := head
		for k, s := range sorted {
			if s == b && !used[k] {
				used[k] = true
				for i := range sig.Args[s] {
					perm = append(perm, at+i)
				}
				break
			}
			at += len(sig.Args[s])
		}
	}
	return perm
}

// BatchRank is how many leading axes a call maps over.
func (e *Expr) BatchRank() int {
	switch {
	case e.Fn.Elementwise():
		return e.Rank()
	case len(e.Args) == 0:
		return 0
	}
	return e.Args[0].Rank() - e.Par.Core
}
