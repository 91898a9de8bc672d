package symbolic

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/big"
	"slices"
	"sync/atomic"

	"nabla/symbolic/persist"
	"nabla/symbolic/shape"
)

// A Graph interns expressions. It belongs to one session and is not safe for concurrent use.
type Graph struct {
	Lib   *Library
	Dims  *shape.Env // what is known of the dimensions
	Facts *persist.Map[*Expr, *Facts]

	// Stop, if it is set to true by another goroutine, makes the next constructor panic with Interrupted: the way to end
	// a derivation that takes too long. The graph stays as good as it was.
	Stop *atomic.Bool

	// Cancels, if it is set, hears of every base whose powers cancel in a constructor, so that the result has a value
	// where what was asked for has none: where base is 0, or for roots where it is negative. Derivatives do not report.
	Cancels func(base *Expr, roots bool)

	table table
	known map[string]*Expr // derivatives of the bodies of user-defined functions, by function and parameters
	next  int32
	key   []byte     // scratch
	spare []*product // released

	spareTerms []*terms // released
}

// Facts is what was declared of a variable. Facts simplify and prove; they never restrict differentiation.
type Facts struct {
	Symmetric, Diagonal, Orthogonal, PosDef, Positive, Nonneg bool
	Equal                                                     []*Expr // expressions of the variable that are 0: sum(y) − 1
}

// Interrupted is what constructors panic with after Graph.Stop. Whoever recovers panics for another reason passes it on.
type Interrupted struct{}

// NewGraph is an empty graph that knows the functions of lib.
func NewGraph(lib *Library, dims *shape.Env) *Graph {
	return &Graph{Lib: lib, Dims: dims, Facts: &persist.Map[*Expr, *Facts]{}, known: map[string]*Expr{}}
}

// Len is the number of interned nodes.
func (g *Graph) Len() int { return g.table.count }

// See makes the graph know these dimensions and facts; what it had derived under others it derives anew.
func (g *Graph) See(dims *shape.Env, facts *persist.Map[*Expr, *Facts]) {
	g.Dims, g.Facts = dims, facts
	clear(g.known)
}

// Collect forgets every node that no root reaches. Nodes held elsewhere stay valid, but are no longer shared.
func (g *Graph) Collect(roots ...*Expr) {
	clear(g.known)
	live := map[*Expr]bool{}
	for _, r := range roots {
		Walk(r, func(e *Expr) { live[e] = true }, live)
	}
	g.table = g.table.kept(func(e *Expr) bool {
		if !live[e] {
			g.Facts.Delete(e)
		}
		return live[e]
	})
}

// Proceed panics with Interrupted after Stop: what looks at a graph for long without constructing anything calls it.
func (g *Graph) Proceed() {
	if g.Stop != nil && g.Stop.Load() {
		panic(Interrupted{})
	}
}

// intern returns the node of this key, made by mk if it is new. mk makes no other node: the key may lie in scratch memory.
func (g *Graph) intern(key []byte, mk func() *Expr) *Expr {
	g.Proceed()
	g.key = key[:0]
	hash := maphash.Bytes(seed, key)
	if e := g.table.find(key, hash); e != nil {
		return e
	}
	e := mk()
	e.ID, e.G, e.Draws = g.next, g, e.draws()
	if e.Par == nil {
		e.Par = &noParams
	}
	g.next++
	g.table.add(key, hash, e)
	return e
}

func (e *Expr) draws() (f *Func) {
	for _, a := range e.Args {
		if a.Draws != nil {
			f = a.Draws
		}
	}
	if e.Op == Call && e.Fn.Random {
		f = e.Fn
	}
	return f
}

func (g *Graph) start(op Op) []byte { return append(g.key[:0], byte(op)) }

func putID(k []byte, e *Expr) []byte { return binary.LittleEndian.AppendUint32(k, uint32(e.ID)) }

func putText(k []byte, s string) []byte {
	k = binary.AppendUvarint(k, uint64(len(s)))
	return append(k, s...)
}

func putShape(k []byte, s shape.Shape) []byte {
	k = append(k, byte(len(s)))
	for _, d := range s {
		k = putText(k, d.Key())
	}
	return k
}

func putRat(k []byte, r *big.Rat) []byte {
	if r == nil {
		return append(k, 0)
	}
	if r.IsInt() && r.Num().IsInt64() {
		return binary.AppendVarint(append(k, 2), r.Num().Int64())
	}
	return putText(append(k, 1), r.RatString())
}

func putInts(k []byte, ints []int) []byte {
	k = binary.AppendUvarint(k, uint64(len(ints)))
	for _, i := range ints {
		k = binary.AppendVarint(k, int64(i))
	}
	return k
}

// Var is the variable of that name and shape. Redeclaring a name with another shape makes another variable.
func (g *Graph) Var(name string, s shape.Shape) *Expr {
	k := putShape(putText(g.start(Var), name), s)
	return g.intern(k, func() *Expr { return &Expr{Op: Var, Name: name, Shape: slices.Clone(s)} })
}

// Fresh is a variable that no name reaches: the bound parameter of a function, a seed.
func (g *Graph) Fresh(name string, s shape.Shape) *Expr {
	e := &Expr{ID: g.next, Op: Var, Name: name, Shape: slices.Clone(s), G: g, Par: &noParams}
	g.next++
	return e
}

// Let is the definition name = body. It is a node of its own, so that one can differentiate by it and print it.
func (g *Graph) Let(name string, body *Expr) *Expr {
	k := append(putID(putText(g.start(Let), name), body), 0)
	return g.intern(k, func() *Expr {
		return &Expr{Op: Let, Name: name, Args: []*Expr{body}, Shape: body.Shape}
	})
}

// derivative is the Let that stands for ∂of/∂by.
func (g *Graph) derivative(of, by, body *Expr) *Expr {
	k := append(putID(g.start(Let), body), 1)
	k = putID(putID(k, of), by)
	return g.intern(k, func() *Expr {
		return &Expr{Op: Let, By: &Deriv{of, by}, Args: []*Expr{body}, Shape: body.Shape}
	})
}

// Const is an exact number.
func (g *Graph) Const(r *big.Rat) *Expr {
	return g.intern(putRat(g.start(Const), r), func() *Expr { return &Expr{Op: Const, Val: new(big.Rat).Set(r)} })
}

// Int is an integer constant.
func (g *Graph) Int(n int64) *Expr { return g.Const(big.NewRat(n, 1)) }

// DimSize is the size of a dimension as a number.
func (g *Graph) DimSize(d shape.Dim) *Expr {
	if n, ok := d.AsConst(); ok {
		return g.Int(n)
	}
	return g.intern(putText(g.start(Dim), d.Key()), func() *Expr { return &Expr{Op: Dim, Size: d} })
}

// Delta is the identity matrix of size d.
func (g *Graph) Delta(d shape.Dim) *Expr {
	return g.intern(putText(g.start(Delta), d.Key()), func() *Expr {
		return &Expr{Op: Delta, Size: d, Shape: shape.Shape{d, d}}
	})
}

// Ones is the tensor of ones; the number 1 where s is empty.
func (g *Graph) Ones(s shape.Shape) *Expr {
	if len(s) == 0 {
		return g.Const(one)
	}
	return g.intern(putShape(g.start(Ones), s), func() *Expr { return &Expr{Op: Ones, Shape: slices.Clone(s)} })
}

// Zero is the zero of a shape.
func (g *Graph) Zero(s shape.Shape) *Expr { return g.Sum(s) }

// call interns a Call whose shape is known.
func (g *Graph) call(fn *Func, par Params, args []*Expr, s shape.Shape) *Expr {
	k := putText(g.start(Call), fn.Name)
	k = binary.AppendUvarint(k, fn.serial)
	k = append(k, byte(par.Core))
	k = putRat(k, par.Exp)
	k = putInts(putInts(k, par.Deriv), par.Ints)
	k = putShape(k, par.Dims)
	for _, r := range par.Nums {
		k = putRat(k, r)
	}
	k = putText(k, par.Text)
	for _, a := range args {
		k = putID(k, a)
	}
	return g.intern(k, func() *Expr {
		return &Expr{Op: Call, Fn: fn, Par: &par, Args: slices.Clone(args), Shape: slices.Clone(s)}
	})
}

// Walk visits every node that e reaches once, arguments before results. seen may be nil, or shared between walks.
func Walk(e *Expr, visit func(*Expr), seen map[*Expr]bool) {
	if seen == nil {
		walkOnce(e, visit)
		return
	}
	stack := []*Expr{e}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		switch done, entered := seen[top]; {
		case done:
			stack = stack[:len(stack)-1]
		case entered || len(top.Args) == 0:
			seen[top] = true
			stack = stack[:len(stack)-1]
			visit(top)
		default:
			seen[top] = false
			for i := len(top.Args) - 1; i >= 0; i-- {
				if !seen[top.Args[i]] {
					stack = append(stack, top.Args[i])
				}
			}
		}
	}
}

// walkOnce is Walk where nothing was seen before.
func walkOnce(e *Expr, visit func(*Expr)) {
	entered, done := nodeSet{last: e}, nodeSet{last: e}
	stack := []*Expr{e}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		switch {
		case done.has(top):
			stack = stack[:len(stack)-1]
		case len(top.Args) == 0 || entered.has(top):
			done.add(top)
			stack = stack[:len(stack)-1]
			visit(top)
		default:
			entered.add(top)
			for i := len(top.Args) - 1; i >= 0; i-- {
				if !done.has(top.Args[i]) {
					stack = append(stack, top.Args[i])
				}
			}
		}
	}
}

// DependsOn says that x occurs in e.
func DependsOn(e, x *Expr) bool {
	found := false
	Walk(e, func(n *Expr) { found = found || n == x }, nil)
	return found
}

// Substitute rebuilds e with nodes replaced. Lets whose body changes become anonymous copies of the same name.
func (g *Graph) Substitute(e *Expr, by map[*Expr]*Expr) *Expr {
	done := map[*Expr]*Expr{}
	Walk(e, func(n *Expr) {
		if r, ok := by[n]; ok {
			done[n] = r
			return
		}
		args, same := make([]*Expr, len(n.Args)), true
		for i, a := range n.Args {
			args[i] = done[a]
			same = same && args[i] == a
		}
		if same {
			done[n] = n
			return
		}
		done[n] = g.Rebuild(n, args)
	}, nil)
	return done[e]
}

// Rebuild is n with other arguments of the same shapes.
func (g *Graph) Rebuild(n *Expr, args []*Expr) *Expr {
	switch n.Op {
	case Let:
		if n.By != nil {
			return g.derivative(n.By.Of, n.By.By, args[0])
		}
		return g.Let(n.Name, args[0])
	case Sum:
		return g.LinearCombination(n.Shape, n.Coef, args)
	case Einsum:
		return g.Einsum(n.In, n.Out, args, n.Shape)
	case Call:
		if n.Par.Exp != nil && n.IsCall("pow") {
			return g.Pow(args[0], n.Par.Exp)
		}
		if n.IsCall("reshape") {
			return g.Reshape(args[0], args[0].Rank(), n.Shape)
		}
		if n.Fn.Elementwise() {
			return g.call(n.Fn, *n.Par, args, args[0].Shape)
		}
		return g.call(n.Fn, *n.Par, args, n.Shape)
	}
	return n
}

// Inline replaces every Let that keep does not hold by its body; keep may be nil.
func (g *Graph) Inline(e *Expr, keep func(*Expr) bool) *Expr {
	done := map[*Expr]*Expr{}
	Walk(e, func(n *Expr) {
		if n.Op == Let && (keep == nil || !keep(n)) {
			done[n] = done[n.Args[0]]
			return
		}
		args, same := make([]*Expr, len(n.Args)), true
		for i, a := range n.Args {
			args[i] = done[a]
			same = same && args[i] == a
		}
		if same {
			done[n] = n
		} else {
			done[n] = g.Rebuild(n, args)
		}
	}, nil)
	return done[e]
}

// must panics where a constructor was misused.
func (g *Graph) must(ok bool, format string, args ...any) {
	if !ok {
		panic(fmt.Sprintf("symbolic: "+format, args...))
	}
}
