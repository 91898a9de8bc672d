package lower

import (
	"context"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

func softmaxKernel(out *numeric.Array, args []*numeric.Array, _ symbolic.Params, _ numeric.Work) error {
	x, sum, top := args[0].Data, 0.0, math.Inf(-1)
	for _, v := range x {
		top = max(top, v)
	}
	for i, v := range x {
		out.Data[i] = math.Exp(v - top)
		sum += out.Data[i]
	}
	for i := range x {
		out.Data[i] /= sum
	}
	return nil
}

// random is an array of numbers in (−1, 1).
func random(r *rand.Rand, n ...int) *numeric.Array {
	a := numeric.New(n...)
	for i := range a.Data {
		a.Data[i] = 2*r.Float64() - 1
	}
	return a
}

// network is one hidden layer with abstract φ and l, as in the chapter, and values for it.
type network struct {
	g       *symbolic.Graph
	v       map[string]*symbolic.Expr
	J       *symbolic.Expr
	b       Bindings
	phi, l  *symbolic.Func
	d, h, q int
}

func newNetwork() *network {
	g := symbolic.NewGraph(testLibrary(), shape.NewEnv())
	n := &network{g: g, d: 5, h: 3, q: 2, v: map[string]*symbolic.Expr{
		"x": g.Var("x", shape.Of("d")), "y": g.Var("y", shape.Of("q")), "λ": g.Var("λ", nil),
		"W1": g.Var("W1", shape.Of("h", "d")), "W2": g.Var("W2", shape.Of("q", "h")),
	}}
	n.phi = symbolic.NewAbstract("φ", symbolic.Signature{Args: []shape.Shape{nil}})
	n.l = symbolic.NewAbstract("l", symbolic.Signature{Args: []shape.Shape{shape.Of("q"), shape.Of("q")}})
	norm2 := func(a *symbolic.Expr) *symbolic.Expr { return g.E("ab,ab->", a, a) }
	z := g.Let("z", g.MatMul(n.v["W1"], n.v["x"]))
	h := g.Let("h", n.apply(n.phi, z))
	o := g.Let("o", g.MatMul(n.v["W2"], h))
	s := g.Times(g.Scale(big.NewRat(1, 2), n.v["λ"]), g.Add(norm2(n.v["W1"]), norm2(n.v["W2"])))
	n.J = g.Let("J", g.Add(n.apply(n.l, o, n.v["y"]), s))
	r := rand.New(rand.NewPCG(1, 2))
	n.b = Bindings{
		Values: map[*symbolic.Expr]*numeric.Array{
			n.v["x"]: random(r, 5), n.v["y"]: random(r, 2), n.v["λ"]: numeric.Scalar(0.3),
			n.v["W1"]: random(r, 3, 5), n.v["W2"]: random(r, 2, 3),
		},
		Functions: map[*symbolic.Func]*symbolic.Func{n.phi: g.Lib.Lookup("tanh"), n.l: g.Lib.Lookup("halfsquare")},
	}
	return n
}

func (n *network) apply(f *symbolic.Func, args ...*symbolic.Expr) *symbolic.Expr {
	e, err := n.g.Apply(f, symbolic.In{Args: args})
	if err != nil {
		panic(err)
	}
	return e
}

// byHand is the loss and its gradient in W1, from the formulas of the book.
func (n *network) byHand() (loss float64, dW1 []float64) {
	x, y := n.b.Values[n.v["x"]].Data, n.b.Values[n.v["y"]].Data
	W1, W2 := n.b.Values[n.v["W1"]].Data, n.b.Values[n.v["W2"]].Data
	h, dh := make([]float64, n.h), make([]float64, n.h)
	for i := range h {
		for j := range x {
			h[i] += W1[i*n.d+j] * x[j]
		}
		h[i] = math.Tanh(h[i])
	}
	for k := range y {
		o := -y[k]
		for i := range h {
			o += W2[k*n.h+i] * h[i]
		}
		loss += o * o / 2
		for i := range h {
			dh[i] += W2[k*n.h+i] * o
		}
	}
	for i := range h {
		for j := range x {
			dW1 = append(dW1, dh[i]*(1-h[i]*h[i])*x[j]+0.3*W1[i*n.d+j])
		}
	}
	for _, w := range append(append([]float64{}, W1...), W2...) {
		loss += 0.15 * w * w
	}
	return loss, dW1
}

func TestReferenceComputesTheSectionsGradient(t *testing.T) {
	n := newNetwork()
	d, err := n.g.Diff(n.J, n.v["W1"])
	if err != nil {
		t.Fatal(err)
	}
	got, err := Reference(context.Background(), []*symbolic.Expr{n.J, d}, n.b)
	if err != nil {
		t.Fatal(err)
	}
	loss, dW1 := n.byHand()
	near(t, "J", got[0].Data, []float64{loss})
	near(t, "∂J/∂W1", got[1].Data, dW1)
}

// A failer is a test, or one of its random cases.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func near(t failer, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d entries, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= 1e-12*(1+math.Abs(want[i]))) {
			t.Fatalf("%s: entry %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func TestSecondDerivativeOfAnAbstractLossMapsOverABatch(t *testing.T) {
	n := newNetwork()
	g := n.g
	X, Y := g.Var("X", shape.Of("n", "q")), g.Var("Y", shape.Of("n", "q"))
	r := rand.New(rand.NewPCG(3, 4))
	n.b.Values[X], n.b.Values[Y] = random(r, 7, 2), random(r, 7, 2)
	d2, err := g.Derived(n.l, []int{0, 0}, []*symbolic.Expr{X, Y})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Reference(context.Background(), []*symbolic.Expr{d2}, n.b)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range got[0].Data {
		if want := []float64{1, 0, 0, 1}[i%4]; x != want {
			t.Fatalf("entry %d is %v, want %v", i, x, want)
		}
	}
}

func TestSoftmaxMapsOverLeadingAxes(t *testing.T) {
	g := symbolic.NewGraph(testLibrary(), shape.NewEnv())
	x := g.Var("x", shape.Of("m", "n", "k"))
	b := Bindings{Values: map[*symbolic.Expr]*numeric.Array{x: random(rand.New(rand.NewPCG(5, 6)), 2, 3, 4)}}
	s := g.E("abc->ab", g.Call("softmax", x))
	got, err := Reference(context.Background(), []*symbolic.Expr{s}, b)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "sums", got[0].Data, []float64{1, 1, 1, 1, 1, 1})
}

func TestWhatDoesNotFitIsReportedBeforeAnythingRuns(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(n *network)
		want   string
		target any
	}{
		{"no value", func(n *network) { delete(n.b.Values, n.v["x"]) }, "x has no value", new(*MissingValue)},
		{"abstract", func(n *network) { delete(n.b.Functions, n.phi) }, "φ is abstract: it stands for no known function", new(*MissingFunction)},
		{"two sizes", func(n *network) { n.b.Values[n.v["x"]] = numeric.New(6) }, "d is 5 from W1, but 6 from x", new(*SizeConflict)},
		{"axes", func(n *network) { n.b.Values[n.v["x"]] = numeric.New(5, 1) }, "x : R[d] has a value with 2 axes", new(*WrongShape)},
		{"memory", func(n *network) { n.b.MemoryLimit = 64 }, "the limit is 64 B", new(*TooLarge)},
		{"arity", func(n *network) { n.b.Functions[n.phi] = n.g.Lib.Lookup("hypot") }, "φ cannot be hypot: it takes 2 arguments, not 1", new(*BadFunction)},
		{"cycle", func(n *network) {
			t := n.g.Fresh("t", nil)
			phi, _ := n.g.Apply(n.phi, symbolic.In{Args: []*symbolic.Expr{t}})
			n.b.Functions[n.phi] = symbolic.NewUser("u", symbolic.Body{Params: []*symbolic.Expr{t}, Result: n.g.Sum(nil, phi, t)})
		}, "φ cannot be u: it would be defined by itself", new(*BadFunction)},
	} {
		n := newNetwork()
		c.spoil(n)
		d, _ := n.g.Diff(n.J, n.v["W1"])
		_, err := Reference(context.Background(), []*symbolic.Expr{n.J, d}, n.b)
		if err == nil || !errors.As(err, c.target) || !contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func contains(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i:i+len(part)] == part {
			return true
		}
	}
	return false
}

func TestDimensionsWithoutValuesNeedASize(t *testing.T) {
	g := symbolic.NewGraph(testLibrary(), shape.NewEnv())
	e := g.Ones(shape.Of("n"))
	_, err := Reference(context.Background(), []*symbolic.Expr{e}, Bindings{Dims: g.Dims})
	var missing *MissingSize
	if !errors.As(err, &missing) || missing.Dim != "n" {
		t.Fatalf("got %v", err)
	}
	for _, n := range []int{1 << 62, 1 << 40} {
		g.Dims.SetSize("n", n)
		square := g.E("a,b->ab", e, e)
		_, err = Reference(context.Background(), []*symbolic.Expr{square}, Bindings{Dims: g.Dims, MemoryLimit: 1 << 30})
		var large *TooLarge
		if !errors.As(err, &large) {
			t.Fatalf("%d: got %v", n, err)
		}
		for _, limit := range []int64{0, 1 << 30} {
			_, err = Compile([]*symbolic.Expr{g.Call("exp", square)}, Bindings{Dims: g.Dims, MemoryLimit: limit})
			if !errors.As(err, &large) {
				t.Fatalf("%d compiled: got %v", n, err)
			}
		}
	}
}

func TestAnAxisWithoutEntriesSumsToZero(t *testing.T) {
	g := symbolic.NewGraph(testLibrary(), shape.NewEnv())
	X := g.Var("X", shape.Of("n", "k"))
	b := Bindings{Values: map[*symbolic.Expr]*numeric.Array{X: numeric.New(0, 3)}}
	got, err := Reference(context.Background(), []*symbolic.Expr{g.E("ab->b", X), g.Call("exp", X)}, b)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "sum", got[0].Data, []float64{0, 0, 0})
	near(t, "exp", got[1].Data, nil)
}

func TestReferenceStopsWhenCancelled(t *testing.T) {
	g := symbolic.NewGraph(testLibrary(), shape.NewEnv())
	A := g.Var("A", shape.Of("n", "n"))
	b := Bindings{Values: map[*symbolic.Expr]*numeric.Array{A: numeric.New(300, 300)}}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Reference(ctx, []*symbolic.Expr{g.MatMul(A, A)}, b); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}
