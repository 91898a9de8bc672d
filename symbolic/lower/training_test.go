package lower

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"nabla/numeric"
	"nabla/numeric/train"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
)

// classifier is the section's network over a batch, with the library's functions: n examples in three clouds.
func classifier(n int) (loss *symbolic.Expr, params []*symbolic.Expr, b Bindings) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	X, Y := g.Var("X", shape.Of("n", "d")), g.Var("Y", shape.Of("n", "q"))
	W1, W2 := g.Var("W1", shape.Of("h", "d")), g.Var("W2", shape.Of("q", "h"))
	h := g.Let("h", g.Call("tanh", g.Let("z", g.E("nd,hd->nh", X, W1))))
	o := g.Let("o", g.E("nh,qh->nq", h, W2))
	data := g.Call("mean", g.Call("crossentropy", o, Y))
	loss = g.Let("J", g.Add(data, g.Scale(half, g.E("ab,ab->", W1, W1))))
	r := rand.New(rand.NewPCG(1, 2))
	b = Bindings{Dims: g.Dims, Values: map[*symbolic.Expr]*numeric.Array{
		X: numeric.New(n, 4), Y: numeric.New(n, 3), W1: random(r, 5, 4), W2: random(r, 3, 5),
	}}
	for i := range n {
		b.Values[Y].Data[i*3+i%3] = 1
		for j := range 4 {
			b.Values[X].Data[i*4+j] = r.NormFloat64()/4 + math.Sin(float64(2*(i%3)+j))
		}
	}
	return loss, []*symbolic.Expr{W1, W2}, b
}

func TestTrainingLowersTheLossInBatches(t *testing.T) {
	loss, params, b := classifier(50)
	p, err := problem[float64](loss, params, "n", b)
	if err != nil {
		t.Fatal(err)
	}
	if p.Rows != 50 {
		t.Fatalf("%d examples", p.Rows)
	}
	for _, o := range []train.Options{
		{LR: 0.2, Epochs: 20, Batch: 16, Seed: 1}, {Optimizer: "adam", LR: 0.02, Epochs: 20, Batch: 16}, {Optimizer: "lbfgs", Epochs: 20},
	} {
		r, err := train.Run(context.Background(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		if first, last := r.Curve[0], r.Curve[len(r.Curve)-1]; !(last < 0.9*first) {
			t.Errorf("%s: from %v to %v", o.Optimizer, first, last)
		}
	}
}

func TestNewtonTakesTheSecondDerivativesOfTheGraph(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	A, x, c := g.Var("A", shape.Of("m", "k")), g.Var("x", shape.Of("k")), g.Var("c", shape.Of("m"))
	s := g.Var("s", nil)
	d := g.Sub(g.MatMul(A, x), c)
	loss := g.Sum(nil, g.E("a,a->", d, d), g.E("a,a,,->", x, x, s, s), g.Call("cosh", s))
	r := rand.New(rand.NewPCG(1, 2))
	b := Bindings{Dims: g.Dims, Values: map[*symbolic.Expr]*numeric.Array{A: random(r, 7, 3), x: numeric.New(3), c: random(r, 7), s: numeric.Scalar(1)}}
	p, err := problem[float64](loss, []*symbolic.Expr{x, s}, "", b)
	if err != nil {
		t.Fatal(err)
	}
	newton, err := train.Run(context.Background(), p, train.Options{Optimizer: "newton", Epochs: 50})
	if err != nil {
		t.Fatal(err)
	}
	lbfgs, err := train.Run(context.Background(), p, train.Options{Optimizer: "lbfgs", Epochs: 200})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(newton.Last-lbfgs.Last) > 1e-8 || newton.Steps > 12 {
		t.Errorf("%v in %d steps, %v by L-BFGS", newton.Last, newton.Steps, lbfgs.Last)
	}
}

func TestTheOrderOfInputsDoesNotDependOnSizes(t *testing.T) {
	loss, params, b := classifier(50)
	d, err := loss.G.Grad(loss, params, nil)
	if err != nil {
		t.Fatal(err)
	}
	var orders [][]*symbolic.Expr
	for _, n := range []int{1, 2, 50, 1000} {
		_, _, other := classifier(n)
		byName := map[string]*numeric.Array{}
		for v, a := range other.Values {
			byName[v.Name] = a
		}
		sized := Bindings{Dims: b.Dims, Values: map[*symbolic.Expr]*numeric.Array{}}
		for v := range b.Values {
			sized.Values[v] = byName[v.Name]
		}
		p, err := Compile(append([]*symbolic.Expr{loss}, d...), sized)
		if err != nil {
			t.Fatal(err)
		}
		orders = append(orders, p.Vars)
	}
	for _, o := range orders {
		if !slices.Equal(o, orders[0]) {
			t.Errorf("%v, %v", o, orders[0])
		}
	}
}

func TestABatchHasTheMeanOfItsOwnSize(t *testing.T) {
	loss, params, b := classifier(10)
	p, err := problem[float64](loss, params, "n", b)
	if err != nil {
		t.Fatal(err)
	}
	// With a step of no length the losses of all batches are of the same parameters.
	r, err := train.Run(context.Background(), p, train.Options{LR: 1e-300, Epochs: 1, Batch: 4})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Reference(context.Background(), []*symbolic.Expr{loss}, b)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean over the epoch", r.Curve, want[0].Data)
}

func TestAStepComputesEveryProductOnce(t *testing.T) {
	loss, params, b := classifier(50)
	d, err := loss.G.Grad(loss, params, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(append([]*symbolic.Expr{loss}, d...), b)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, i := range p.Instructions() {
		if i.Kind == "gemm" {
			kinds = append(kinds, i.Kind)
		}
	}
	// X W1ᵀ, H W2ᵀ; then ∂J/∂O W2, ∂J/∂Oᵀ H and ∂J/∂Zᵀ X.
	if len(kinds) != 5 {
		t.Errorf("%d products: %v", len(kinds), p.Instructions())
	}
	checkMemory(t, p) // what the forward pass computed stays until its last backward reader
}

func TestGradientsOfTheClassifierPassTheCheck(t *testing.T) {
	loss, params, b := classifier(9)
	p, err := problem[float64](loss, params, "n", b)
	if err != nil {
		t.Fatal(err)
	}
	checks, err := train.GradCheck(context.Background(), p, p)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range checks {
		if c.Error > 1e-6 {
			t.Errorf("%s: %+v", params[i].Name, c)
		}
	}
}

func TestTheBatchDimensionIsTheOneOfTheExamples(t *testing.T) {
	loss, params, b := classifier(9)
	if names := BatchDims(loss, params, b); !slices.Equal(names, []string{"n"}) {
		t.Errorf("%q", names)
	}
	_, err := problem[float64](loss, params, "d", b)
	var not *NotTrainable
	if !errors.As(err, &not) {
		t.Errorf("got %v", err)
	}
	stranger := loss.G.Var("V", shape.Of("d"))
	b.Values[stranger] = numeric.New(4)
	if _, err := problem[float64](loss, []*symbolic.Expr{stranger}, "n", b); !errors.As(err, &not) {
		t.Errorf("got %v", err)
	}
}

func TestACacheCompilesOnceForEverySize(t *testing.T) {
	loss, _, b := classifier(9)
	var c Cache
	program := func(b Bindings) (out *Program) {
		if err := c.With([]*symbolic.Expr{loss}, b, func(p *Program) error { out = p; return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	first, again := program(b), program(b)
	_, _, other := classifier(12)
	larger := Bindings{Dims: b.Dims, Values: map[*symbolic.Expr]*numeric.Array{}}
	vars := variables([]*symbolic.Expr{loss})
	for v, a := range other.Values {
		i := slices.IndexFunc(vars, func(x *symbolic.Expr) bool { return x.Name == v.Name })
		larger.Values[vars[i]] = a
	}
	if third := program(larger); again != first || third == first {
		t.Errorf("%p %p %p", first, again, third)
	}
}

func TestAProgramAtWorkIsNobodyElses(t *testing.T) {
	loss, _, b := classifier(9)
	var c Cache
	outputs := []*symbolic.Expr{loss}
	err := c.With(outputs, b, func(p *Program) error {
		return c.With(outputs, b, func(q *Program) error {
			if p == q {
				t.Error("one program is at work twice")
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestResultsOfACacheStayWhatTheyWere(t *testing.T) {
	loss, params, b := classifier(9)
	var c Cache
	first, err := c.Eval(context.Background(), []*symbolic.Expr{loss}, b)
	if err != nil {
		t.Fatal(err)
	}
	was := first[0].Data[0]
	b.Values[params[0]].Data[0] += 1
	second, err := c.Eval(context.Background(), []*symbolic.Expr{loss}, b)
	if err != nil || first[0].Data[0] != was || second[0].Data[0] == was {
		t.Errorf("%v, then %v and %v: %v", was, first[0].Data, second[0].Data, err)
	}
}
