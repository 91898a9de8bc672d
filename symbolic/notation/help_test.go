package notation

import (
	"slices"
	"testing"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
)

// A world is a graph and the names in scope.
type world struct {
	g     *symbolic.Graph
	vars  map[string]*symbolic.Expr
	names map[*symbolic.Expr]string
	fns   map[string]*symbolic.Func
	apps  []*symbolic.Expr
}

func newWorld() *world {
	return &world{
		g: symbolic.NewGraph(fn.Library(), shape.NewEnv()), vars: map[string]*symbolic.Expr{},
		names: map[*symbolic.Expr]string{}, fns: map[string]*symbolic.Func{},
	}
}

func (w *world) IsVar(n string) bool  { return w.vars[n] != nil }
func (w *world) IsFunc(n string) bool { return w.fns[n] != nil || w.g.Lib.Lookup(n) != nil }
func (w *world) IsDim(n string) bool  { return w.g.Dims.Exists(n) }

func (w *world) NameOf(e *symbolic.Expr) (string, bool, bool) {
	n, ok := w.names[e]
	return n, false, ok
}

func (w *world) OneApplication(call *symbolic.Expr, arg int) bool {
	found := 0
	for _, a := range w.apps {
		if a.Fn == call.Fn && slices.Contains(a.Args, call.Args[arg]) {
			found++
			if !slices.Equal(a.Args, call.Args) {
				return false
			}
		}
	}
	return found == 1
}

// v declares a variable.
func (w *world) v(name string, dims ...string) *symbolic.Expr {
	for _, d := range dims {
		w.g.Dims.Declare(d)
	}
	e := w.g.Var(name, shape.Of(dims...))
	w.vars[name], w.names[e] = e, name
	return e
}

// let defines a name.
func (w *world) let(name string, body *symbolic.Expr) *symbolic.Expr {
	if body.Op == symbolic.Call && body.Fn.Abstract != nil && !body.Fn.Abstract.Elementwise() {
		w.apps = append(w.apps, body)
	}
	e := w.g.Let(name, body)
	w.vars[name], w.names[e] = e, name
	return e
}

// abstract declares a function.
func (w *world) abstract(name string, result shape.Shape, args ...shape.Shape) *symbolic.Func {
	f := symbolic.NewAbstract(name, symbolic.Signature{Args: args, Result: result})
	w.fns[name] = f
	return f
}

func (w *world) apply(f *symbolic.Func, args ...*symbolic.Expr) *symbolic.Expr {
	e, err := w.g.Apply(f, symbolic.In{Args: args})
	if err != nil {
		panic(err)
	}
	return e
}

func (w *world) norm2(a *symbolic.Expr) *symbolic.Expr {
	l := "abcdef"[:a.Rank()]
	return w.g.Einsum([]string{l, l}, "", []*symbolic.Expr{a, a}, nil)
}

func (w *world) diff(t *testing.T, y *symbolic.Expr, xs ...*symbolic.Expr) *symbolic.Expr {
	t.Helper()
	for _, x := range xs {
		var err error
		if y, err = w.g.Diff(y, x); err != nil {
			t.Fatal(err)
		}
	}
	return y
}

// section is the model of the chapter.
func section() *world {
	w := newWorld()
	g := w.g
	x, y, λ := w.v("x", "d"), w.v("y", "q"), w.v("λ")
	W1, W2 := w.v("W1", "h", "d"), w.v("W2", "q", "h")
	φ := w.abstract("φ", nil, nil)
	l := w.abstract("l", nil, shape.Of("q"), shape.Of("q"))
	z := w.let("z", g.MatMul(W1, x))
	h := w.let("h", w.apply(φ, z))
	o := w.let("o", g.MatMul(W2, h))
	L := w.let("L", w.apply(l, o, y))
	s := w.let("s", g.Times(g.Scale(half, λ), g.Add(w.norm2(W1), w.norm2(W2))))
	w.let("J", g.Add(L, s))
	return w
}

var _ lang.Scope = (*world)(nil)
