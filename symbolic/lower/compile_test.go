package lower

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// gradients compiles J and its gradients by W1 and W2.
func (n *network) gradients(t testing.TB) *Program {
	t.Helper()
	d, err := n.g.Grad(n.J, []*symbolic.Expr{n.v["W1"], n.v["W2"]}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(append([]*symbolic.Expr{n.J}, d...), n.b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCompiledSectionsGradient(t *testing.T) {
	n := newNetwork()
	got, err := n.gradients(t).Eval(context.Background(), n.b)
	if err != nil {
		t.Fatal(err)
	}
	loss, dW1 := n.byHand()
	near(t, "J", got[0].Data, []float64{loss})
	near(t, "∂J/∂W1", got[1].Data, dW1)
}

func TestAWarmRunAllocatesNothing(t *testing.T) {
	n := newNetwork()
	p := n.gradients(t)
	ctx := context.Background()
	if _, err := p.Eval(ctx, n.b); err != nil {
		t.Fatal(err)
	}
	if a := testing.AllocsPerRun(50, func() { p.Eval(ctx, n.b) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestEachForwardValueIsComputedOnce(t *testing.T) {
	n := newNetwork()
	kinds := map[string]int{}
	var flops int64
	for _, i := range n.gradients(t).Instructions() {
		kinds[i.Kind]++
		flops += i.Flops
	}
	// W1 x, W2 h and W2ᵀ ∂l/∂o; everything else is a loop.
	if kinds["gemv"] > 3 || flops > 600 {
		t.Errorf("%v, %d operations", kinds, flops)
	}
}

// chain is tanh(A tanh(A … x)) with n×n matrices.
func chain(n, depth int) (*symbolic.Graph, *symbolic.Expr, Bindings) {
	g := symbolic.NewGraph(testLibrary(), shape.NewEnv())
	A, x := g.Var("A", shape.Of("n", "n")), g.Var("X", shape.Of("n", "n"))
	r := rand.New(rand.NewPCG(1, 1))
	b := Bindings{Values: map[*symbolic.Expr]*numeric.Array{A: random(r, n, n), x: random(r, n, n)}}
	for i := range b.Values[A].Data {
		b.Values[A].Data[i] /= float64(n)
	}
	e := x
	for range depth {
		e = g.Call("tanh", g.Let("h", g.MatMul(A, e)))
	}
	return g, e, b
}

func TestTheArenaHoldsWhatIsLiveOnly(t *testing.T) {
	_, e, b := chain(60, 20)
	p, err := Compile([]*symbolic.Expr{e}, b)
	if err != nil {
		t.Fatal(err)
	}
	// A product and its argument; tanh is in place.
	if most := int64(2*60*60*8 + 1<<15); p.PeakBytes() > most {
		t.Errorf("%d bytes, want at most %d", p.PeakBytes(), most)
	}
	want, bounds, err := Bounded(context.Background(), []*symbolic.Expr{e}, b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Eval(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	if d := excess(got[0].Data, want[0].Data, bounds[0].Data); d > 1 {
		t.Errorf("off by %g times what rounding can do", d)
	}
}

func TestPlannedMemoryIsTheMemoryTaken(t *testing.T) {
	_, e, b := chain(700, 3)
	p, err := Compile([]*symbolic.Expr{e}, b)
	if err != nil {
		t.Fatal(err)
	}
	small := Bindings{Values: b.Values, MemoryLimit: p.PeakBytes() - 1}
	var large *TooLarge
	if _, err := Compile([]*symbolic.Expr{e}, small); !errors.As(err, &large) || int64(large.Bytes) != p.PeakBytes() {
		t.Errorf("one byte less: %v", err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := p.Eval(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	took, planned := float64(after.TotalAlloc-before.TotalAlloc), float64(p.PeakBytes())
	if took < planned || took > 1.5*planned {
		t.Errorf("took %.0f bytes, planned %.0f", took, planned)
	}
}

func TestACompiledRunStopsWhenCancelled(t *testing.T) {
	_, e, b := chain(300, 2)
	p, err := Compile([]*symbolic.Expr{e}, b)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Eval(ctx, b); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := p.Eval(context.Background(), b); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAMatrixTimesItsTransposeIsComputedByHalf(t *testing.T) {
	g := symbolic.NewGraph(testLibrary(), shape.NewEnv())
	X := g.Var("X", shape.Of("n", "d"))
	b := Bindings{Values: map[*symbolic.Expr]*numeric.Array{X: random(rand.New(rand.NewPCG(1, 1)), 40, 30)}}
	e := g.MatMul(g.Transpose(X), X)
	p, err := Compile([]*symbolic.Expr{e}, b)
	if err != nil {
		t.Fatal(err)
	}
	if is := p.Instructions(); len(is) != 1 || is[0].Kind != "syrk" {
		t.Errorf("%v", is)
	}
	want, _ := Reference(context.Background(), []*symbolic.Expr{e}, b)
	got, _ := p.Eval(context.Background(), b)
	near(t, "Xᵀ X", got[0].Data, want[0].Data)
}

func TestAWeightedGramMatrixIsComputedByHalf(t *testing.T) {
	g := symbolic.NewGraph(testLibrary(), shape.NewEnv())
	X, w := g.Var("X", shape.Of("n", "d")), g.Var("w", shape.Of("n"))
	r := rand.New(rand.NewPCG(1, 1))
	b := Bindings{Values: map[*symbolic.Expr]*numeric.Array{X: random(r, 40, 130), w: random(r, 40)}}
	e := g.E("na,n,nb->ab", X, w, X)
	p, err := Compile([]*symbolic.Expr{e}, b)
	if err != nil {
		t.Fatal(err)
	}
	if is := p.Instructions(); is[len(is)-1].Kind != "half" {
		t.Errorf("%v", is)
	}
	want, _ := Reference(context.Background(), []*symbolic.Expr{e}, b)
	got, _ := p.Eval(context.Background(), b)
	near(t, "Xᵀ diag(w) X", got[0].Data, want[0].Data)
}

func TestAProductOfThreeIsMultipliedInTheCheaperOrder(t *testing.T) {
	g := symbolic.NewGraph(testLibrary(), shape.NewEnv())
	A, B, x := g.Var("A", shape.Of("n", "n")), g.Var("B", shape.Of("n", "n")), g.Var("x", shape.Of("n"))
	r := rand.New(rand.NewPCG(1, 1))
	b := Bindings{Values: map[*symbolic.Expr]*numeric.Array{A: random(r, 50, 50), B: random(r, 50, 50), x: random(r, 50)}}
	p, err := Compile([]*symbolic.Expr{g.MatMul(g.Let("C", g.MatMul(A, B)), x)}, b)
	if err != nil {
		t.Fatal(err)
	}
	if p.Flops() != 2*2*50*50 {
		t.Errorf("%d operations: %v", p.Flops(), p.Instructions())
	}
}

func TestACallLeftBehindHoldsItsMemory(t *testing.T) {
	release, started := make(chan struct{}), make(chan struct{}, 1)
	slow := softmaxRecord()
	softmax := slow.Kernel
	slow.Kernel = func(out *numeric.Array, args []*numeric.Array, p symbolic.Params, work numeric.Work) error {
		started <- struct{}{}
		<-release
		return softmax(out, args, p, work)
	}
	slow.Cost = func(symbolic.Params, []shape.Shape) shape.Dim { return shape.Const(1 << 40) }
	g := symbolic.NewGraph(symbolic.NewLibrary(slow), shape.NewEnv())
	x := g.Var("x", shape.Of("n"))
	e := g.Call(slow.Name, x)
	a := numeric.New(1000)
	a.Data[3] = 1
	b := Bindings{Values: map[*symbolic.Expr]*numeric.Array{x: a}, MemoryLimit: 12000}
	var cache Cache
	eval := func(ctx context.Context) ([]*numeric.Array, error) { return cache.Eval(ctx, []*symbolic.Expr{e}, b) }
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-started
		cancel()
	}()
	if _, err := eval(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	var large *TooLarge
	if _, err := eval(context.Background()); !errors.As(err, &large) || large.Held < 8000 {
		t.Errorf("memory that is still held was given away: %v", err)
	}
	close(release)
	for deadline := time.Now().Add(10 * time.Second); numeric.Abandoned() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the call has returned, and holds %d bytes", numeric.Abandoned())
		}
	}
	got, err := eval(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if want := math.E / (math.E + 999); math.Abs(got[0].Data[3]-want) > 1e-12 {
		t.Errorf("%v, want %v", got[0].Data[3], want)
	}
}

func TestResultsBelongToTheCaller(t *testing.T) {
	g := symbolic.NewGraph(testLibrary(), shape.NewEnv())
	for _, n := range []int{10, 600} { // copied, and taken with the arena
		A := g.Var("A", shape.Of("n", "n"))
		x := numeric.New(n, n)
		for i := range x.Data {
			x.Data[i] = float64(i % 7)
		}
		b := Bindings{Values: map[*symbolic.Expr]*numeric.Array{A: x}}
		e := g.Call("exp", A)
		outputs := []*symbolic.Expr{e, A, e}
		var cache Cache
		first, err := cache.Eval(context.Background(), outputs, b)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range first {
			for k := range a.Data {
				a.Data[k] = float64(-1 - i)
			}
		}
		second, err := cache.Eval(context.Background(), outputs, b)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range first {
			if a.Data[0] != float64(-1-i) || a.Data[n] != float64(-1-i) {
				t.Errorf("n = %d: result %d is shared", n, i)
			}
		}
		if x.Data[1] != 1 || second[0].Data[1] != math.E || second[2].Data[1] != math.E || second[1].Data[1] != 1 {
			t.Errorf("n = %d: a result was an input, or the memory of the program", n)
		}
	}
}
