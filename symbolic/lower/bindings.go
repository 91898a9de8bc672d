package lower

import (
	"fmt"
	"slices"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/persist"
	"nabla/symbolic/shape"
)

// Bindings are what an evaluation knows beside the graph.
type Bindings struct {
	Values      map[*symbolic.Expr]*numeric.Array // of Var nodes
	Singles     map[*symbolic.Expr]*Single        // values that are kept in single precision
	Kept        Kept                              // values of a session: they hold where Values and Singles have none
	Type        numeric.Type                      // of the numbers of a program
	Dims        *shape.Env                        // sizes of dimensions; what it lacks is taken from the values
	Functions   map[*symbolic.Func]*symbolic.Func // what abstract functions stand for
	MemoryLimit int64                             // bytes that an evaluation may use beside the values; 0: no limit
}

// A Single is a value in single precision.
type Single = numeric.Tensor[float32]

// Kept are values of variables by node, in either precision. Copies share what they do not change.
type Kept struct {
	Doubles persist.Map[*symbolic.Expr, *numeric.Array]
	Singles persist.Map[*symbolic.Expr, *Single]
}

// Set keeps a value in the type t, and in no other.
func (k *Kept) Set(v *symbolic.Expr, a *numeric.Array, t numeric.Type) {
	if t == numeric.Float32 {
		k.Singles.Set(v, as[float32](a))
		k.Doubles.Delete(v)
		return
	}
	k.Doubles.Set(v, a)
	k.Singles.Delete(v)
}

// In are the same values in the type t.
func (k Kept) In(t numeric.Type) (in Kept) {
	for v, a := range k.Doubles.All() {
		in.Set(v, a, t)
	}
	for v, s := range k.Singles.All() {
		in.Set(v, as[float64](s), t)
	}
	return in
}

// Get is the value of a variable in double precision; nil where it has none.
func (k Kept) Get(v *symbolic.Expr) *numeric.Array {
	if s := k.Singles.At(v); s != nil {
		return as[float64](s)
	}
	return k.Doubles.At(v)
}

// Sizes is the shape of the value of a variable.
func (k Kept) Sizes(v *symbolic.Expr) (n []int, ok bool) { return Bindings{Kept: k}.sizesOfValue(v) }

// held is the value of a variable, in the precision in which it is kept; nil and nil where it has none.
func (b Bindings) held(v *symbolic.Expr) (*numeric.Array, *Single) {
	a, s := b.Values[v], b.Singles[v]
	if a == nil && s == nil {
		a, s = b.Kept.Doubles.At(v), b.Kept.Singles.At(v)
	}
	return a, s
}

// sizesOfValue is the shape of the value of a variable.
func (b Bindings) sizesOfValue(v *symbolic.Expr) (n []int, ok bool) {
	switch a, s := b.held(v); {
	case a != nil:
		return a.Shape, true
	case s != nil:
		return s.Shape, true
	}
	return nil, false
}

// value is the value of a variable as numbers of type T: a copy where it is kept in another type; nil where there is none.
func value[T numeric.Float](b Bindings, v *symbolic.Expr) *numeric.Tensor[T] {
	switch a, s := b.held(v); {
	case a != nil:
		return as[T](a)
	case s != nil:
		return as[T](s)
	}
	return nil
}

// as is a itself, or a copy with numbers of another type.
func as[T, From numeric.Float](a *numeric.Tensor[From]) *numeric.Tensor[T] {
	if same, ok := any(a).(*numeric.Tensor[T]); ok {
		return same
	}
	return numeric.Convert[T](a)
}

// In are the bindings for programs with numbers of type t, with all values in that type.
func (b Bindings) In(t numeric.Type) Bindings {
	values, singles, kept := b.Values, b.Singles, b.Kept
	b.Type, b.Values, b.Singles, b.Kept = t, map[*symbolic.Expr]*numeric.Array{}, map[*symbolic.Expr]*Single{}, Kept{}
	for v, a := range kept.Doubles.All() {
		b.keep(v, a)
	}
	for v, s := range kept.Singles.All() {
		b.keepSingle(v, s)
	}
	for v, a := range values {
		b.keep(v, a)
	}
	for v, s := range singles {
		b.keepSingle(v, s)
	}
	return b
}

// keepSingle is keep for a value in single precision.
func (b Bindings) keepSingle(v *symbolic.Expr, s *Single) {
	if b.Type == numeric.Float32 {
		b.Singles[v] = s
	} else {
		b.Values[v] = as[float64](s)
	}
}

// keep stores a value in the type of the bindings.
func (b Bindings) keep(v *symbolic.Expr, a *numeric.Array) {
	if b.Type == numeric.Float32 {
		b.Singles[v] = as[float32](a)
	} else {
		b.Values[v] = a
	}
}

// resolve rewrites outputs so that they have no calls of abstract or user-defined functions any more.
func (b Bindings) resolve(outputs []*symbolic.Expr) ([]*symbolic.Expr, error) {
	return b.resolver(false, readCounts(outputs)).all(outputs)
}

// Open rewrites outputs so that they have no calls of user-defined functions, nor of abstract ones that stand for a known
// one. Definitions stay, and so do abstract functions that stand for none.
func (b Bindings) Open(outputs []*symbolic.Expr) ([]*symbolic.Expr, error) {
	return b.resolver(true, nil).all(outputs)
}

func (b Bindings) resolver(open bool, uses map[*symbolic.Expr]int) *resolver {
	return &resolver{b: b, open: open, uses: uses, done: map[*symbolic.Expr]*symbolic.Expr{}, seen: map[*symbolic.Expr]bool{},
		forms: map[string]form{}, active: map[*symbolic.Func]bool{}}
}

// A resolver is one rewriting of a graph.
type resolver struct {
	open  bool // only functions are replaced
	b     Bindings
	uses  map[*symbolic.Expr]int
	done  map[*symbolic.Expr]*symbolic.Expr
	seen  map[*symbolic.Expr]bool
	forms map[string]form

	active map[*symbolic.Func]bool // functions whose bodies are being rewritten: one of them inside is a cycle
	calls  int                     // calls that were opened
}

// readCounts is how often each node is an argument or an output.
func readCounts(outputs []*symbolic.Expr) map[*symbolic.Expr]int {
	n := map[*symbolic.Expr]int{}
	seen := map[*symbolic.Expr]bool{}
	for _, e := range outputs {
		n[e]++
		symbolic.Walk(e, func(e *symbolic.Expr) {
			for _, a := range e.Args {
				n[a]++
			}
		}, seen)
	}
	return n
}

// A form is a derivative of a function as an expression of its parameters.
type form struct {
	params []*symbolic.Expr
	result *symbolic.Expr
}

// maxCalls is how many different calls of a user's or an abstract function are opened. Equal calls are one; functions that
// call each other twice with different arguments, n deep, are 2ⁿ.
const maxCalls = 50_000

func (r *resolver) all(outputs []*symbolic.Expr) ([]*symbolic.Expr, error) {
	out := make([]*symbolic.Expr, len(outputs))
	for i, e := range outputs {
		var err error
		if out[i], err = r.expr(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *resolver) expr(e *symbolic.Expr) (*symbolic.Expr, error) {
	var err error
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if err == nil {
			err = r.visit(n)
		}
	}, r.seen)
	if err != nil {
		return nil, err
	}
	return r.finished(e)
}

// finished is what a node was rewritten to. A node that was reached and is not finished is being replaced: it stands for
// itself.
func (r *resolver) finished(n *symbolic.Expr) (*symbolic.Expr, error) {
	if r.done[n] == nil {
		return nil, r.cycle(n.Fn)
	}
	return r.done[n], nil
}

// cycle says that a function stands for something that it occurs in.
func (r *resolver) cycle(fn *symbolic.Func) error {
	given := fn
	if known := r.b.Functions[fn]; known != nil {
		given = known
	}
	return &BadFunction{fn, given, "it would be defined by itself"}
}

func (r *resolver) visit(n *symbolic.Expr) (err error) {
	n.G.Proceed()
	args, same := make([]*symbolic.Expr, len(n.Args)), true
	for i, a := range n.Args {
		if args[i], err = r.finished(a); err != nil {
			return err
		}
		same = same && args[i] == a
	}
	abstract := n.Op == symbolic.Call && n.Fn.Abstract != nil && r.b.Functions[n.Fn] == nil
	computed := func(f *symbolic.Expr) bool { return f.Op == symbolic.Call && f.Fn.Compute != nil }
	switch {
	case !r.open && computed(n):
		return r.again(n, n.Fn.Compute(*n.Par, args))
	case !r.open && n.Op == symbolic.Einsum && slices.ContainsFunc(n.Args, computed):
		y := n.G.Distribute(n, args, computed)
		return r.again(n, y)
	case r.open && (n.Op != symbolic.Call || n.Fn.Body == nil && (n.Fn.Abstract == nil || abstract)):
		if r.done[n] = n; !same {
			r.done[n] = n.G.Rebuild(n, args)
		}
	case n.Op == symbolic.Let && r.transparent(n, args[0]):
		r.done[n] = args[0]
	case n.Op == symbolic.Call && (n.Fn.Abstract != nil || n.Fn.Body != nil):
		return r.replace(n, args)
	case same:
		r.done[n] = factored(distribute(symbolic.Cancelled(withDiagonals(withAdjugates(n)))))
	default:
		r.done[n] = factored(distribute(symbolic.Cancelled(withDiagonals(withAdjugates(n.G.Rebuild(n, args))))))
	}
	return nil
}

// transparent says that the products which read a definition had better see what it stands for: numbers, identities,
// which then merge indices, and products that nothing else reads, whose order is then chosen together.
func (r *resolver) transparent(n, body *symbolic.Expr) bool {
	switch body.Op {
	case symbolic.Const, symbolic.Dim, symbolic.Ones, symbolic.Delta, symbolic.Var, symbolic.Let:
		return true
	case symbolic.Einsum:
		return r.uses[n] == 1 && len(body.Args) <= maxJoined || len(body.Args) == 1 && !sums(body) || hasDelta(body) || expands(body)
	case symbolic.Sum:
		return len(body.Args) == 0 || len(body.Args) == 1 && len(body.Args[0].Args) <= maxJoined || structured(body)
	}
	return body.IsZero()
}

// maxJoined is the most factors of a product that its one reader takes apart: with its own there are about as many as all
// orders are tried for. A longer chain, as the gradient of a deep network is, would be ordered by guesses.
const maxJoined = exact - 3

// maxExpanding is the most factors of a product that every reader takes apart: it bounds how products grow.
const maxExpanding = 5

// expands says that a product has more axes than any of its factors, and sums nothing: readers do better with the
// factors.
func expands(e *symbolic.Expr) bool {
	return len(e.Args) <= maxExpanding && !sums(e) && !slices.ContainsFunc(e.Args, func(a *symbolic.Expr) bool { return a.Rank() >= e.Rank() })
}

// structured says that a sum has a term of which most entries are zero: it is never formed, if products of its terms
// can be.
func structured(sum *symbolic.Expr) bool {
	return sum.Op == symbolic.Sum && slices.ContainsFunc(sum.Args, func(a *symbolic.Expr) bool {
		a = a.Body()
		return a.Op == symbolic.Delta || a.Op == symbolic.Einsum && hasDelta(a)
	})
}

// maxDistributed is the most terms that a product is distributed over.
const maxDistributed = 8

// distribute turns a product with a structured sum into a sum of products.
func distribute(e *symbolic.Expr) *symbolic.Expr {
	if e.Op == symbolic.Sum && slices.ContainsFunc(e.Args, distributes) {
		args := make([]*symbolic.Expr, len(e.Args))
		for i, a := range e.Args {
			args[i] = distribute(a)
		}
		return e.G.LinearCombination(e.Shape, e.Coef, args)
	}
	if !distributes(e) {
		return e
	}
	k := slices.IndexFunc(e.Args, structured)
	sum := e.Args[k]
	terms := make([]*symbolic.Expr, len(sum.Args))
	for i, t := range sum.Args {
		args := slices.Clone(e.Args)
		args[k] = t
		terms[i] = distribute(e.G.Einsum(e.In, e.Out, args, e.Shape))
	}
	return e.G.LinearCombination(e.Shape, sum.Coef, terms)
}

// distributes says that a product has a structured sum, and that the terms stay few.
func distributes(e *symbolic.Expr) bool {
	if e.Op != symbolic.Einsum {
		return false
	}
	terms := 0
	for _, a := range e.Args {
		if structured(a) {
			terms = max(terms, 1) * len(a.Args)
		}
	}
	return 0 < terms && terms <= maxDistributed
}

// again rewrites what n was replaced by.
func (r *resolver) again(n, by *symbolic.Expr) (err error) {
	if r.done[n] = by; by.Op != symbolic.Var {
		r.done[n], err = r.expr(by)
	}
	return err
}

// replace puts the known function, or its derivative, in the place of a call.
func (r *resolver) replace(n *symbolic.Expr, args []*symbolic.Expr) error {
	if r.active[n.Fn] {
		return r.cycle(n.Fn)
	}
	if r.calls++; r.calls > maxCalls {
		return &TooManyCalls{n.Fn}
	}
	r.active[n.Fn] = true
	defer delete(r.active, n.Fn)
	f, err := r.form(n)
	if err != nil {
		return err
	}
	y, err := n.G.Map(f.result, f.params, args)
	if err != nil {
		return err
	}
	r.done[n], err = r.expr(y)
	return err
}

// form is the expression that a call of an abstract or user-defined function stands for.
func (r *resolver) form(n *symbolic.Expr) (form, error) {
	key := fmt.Sprintf("%p %v", n.Fn, n.Par.Deriv)
	f, ok := r.forms[key]
	if ok {
		return f, nil
	}
	var err error
	if n.Fn.Body != nil {
		f.params = n.Fn.Body.Params
		f.result, err = n.G.BodyDerivative(n.Fn, n.Par.Deriv)
	} else if f, err = r.known(n.G, n.Fn); err == nil {
		for _, i := range n.Par.Deriv {
			if f.result, err = n.G.Diff(f.result, f.params[i]); err != nil {
				break
			}
		}
	}
	if err == nil {
		r.forms[key] = f
	}
	return f, err
}

// known applies the function that an abstract one stands for to parameters of the declared shapes.
func (r *resolver) known(g *symbolic.Graph, fn *symbolic.Func) (f form, err error) {
	given := r.b.Functions[fn]
	if given == nil {
		return f, &MissingFunction{fn}
	}
	// A constructor panics where the shapes do not fit: then the function given is of another type.
	defer func() {
		switch p := recover().(type) {
		case nil:
		case symbolic.Interrupted:
			panic(p)
		default:
			err = &BadFunction{fn, given, "it takes other arguments"}
		}
	}()
	for i, s := range fn.Abstract.Args {
		f.params = append(f.params, g.Fresh(fmt.Sprintf("t%d", i+1), s))
	}
	if f.result, err = apply(g, given, f.params); err != nil {
		return f, &BadFunction{fn, given, err.Error()}
	}
	if want := fn.Abstract.Result; !g.Dims.SameShape(f.result.Shape, want) {
		return f, &BadFunction{fn, given, fmt.Sprintf("its result is in %v, not in %v", f.result.Shape, want)}
	}
	return f, nil
}

// apply is given(params); a function of numbers with two arguments takes two of one shape.
func apply(g *symbolic.Graph, given *symbolic.Func, params []*symbolic.Expr) (*symbolic.Expr, error) {
	want := len(params)
	switch {
	case given.Body != nil:
		want = len(given.Body.Params)
	case given.Build != nil:
		if least, most := given.Arity(); want < least || want > most {
			return nil, fmt.Errorf("it takes %d arguments, not %d", least, want)
		}
	case given.F2 != nil:
		want = 2
	case given.F != nil || given.FP != nil:
		want = 1
	}
	if want != len(params) {
		return nil, fmt.Errorf("it takes %d arguments, not %d", want, len(params))
	}
	return g.Apply(given, symbolic.In{Args: slices.Clone(params)})
}
