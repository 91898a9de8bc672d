package lower

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"

	"nabla/numeric"
	"nabla/numeric/blas"
	"nabla/numeric/train"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
)

// secondOrder are the loss of the classifier with n examples, its gradients, and its Hessians by pairs of parameters.
func secondOrder(t testing.TB, n int) ([]*symbolic.Expr, Bindings) {
	t.Helper()
	loss, params, b := classifier(n)
	g := loss.G
	outputs, err := g.Grad(loss, params, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range outputs[:len(params):len(params)] {
		h, err := g.Grad(d, params, nil)
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, h...)
	}
	return append(outputs, loss), b
}

// noAllocations fails if f, which has run before, allocates. The Go runtime allocates too, now and then.
func noAllocations(t testing.TB, what string, f func()) {
	t.Helper()
	n := 1.0
	for try := 0; n > 0 && try < 5; try++ {
		n = testing.AllocsPerRun(5, f)
	}
	if n > 0 {
		t.Errorf("%s: %v allocations", what, n)
	}
}

// warmRuns holds runs after the first, by one thread and by two, to what is planned: no allocation, and the bytes of the plan.
func warmRuns(t *testing.T, what string, p *Program, b Bindings) {
	t.Helper()
	for _, threads := range []int{1, 2} {
		blas.SetThreads(threads)
		run := func() {
			if err := p.Execute(context.Background(), b); err != nil {
				t.Fatal(err)
			}
		}
		run()
		if held := p.held(); held != p.PeakBytes() {
			t.Errorf("%s: %d bytes are held, and %d are planned", what, held, p.PeakBytes())
		}
		noAllocations(t, what, run)
	}
}

func TestWarmHessiansAllocateNothing(t *testing.T) {
	defer blas.SetThreads(1)
	for _, typ := range []numeric.Type{numeric.Float64, numeric.Float32} {
		for _, examples := range []int{9, 3000} { // with and without enough work for two threads
			outputs, b := secondOrder(t, examples)
			b = b.In(typ)
			p, err := Compile(outputs, b)
			if err != nil {
				t.Fatal(err)
			}
			warmRuns(t, typ.String(), p, b)
		}
	}
}

// stepAllocations is the least number of allocations between two steps of a training, the first ones left out.
func stepAllocations(t testing.TB, p interface {
	Run(context.Context, train.Options) (*train.Result, error)
}, o train.Options) uint64 {
	t.Helper()
	var stats runtime.MemStats
	var before, least uint64 = 0, 1 << 60
	steps := 0
	o.Progress = func(train.Progress) {
		runtime.ReadMemStats(&stats)
		if steps++; steps > 4 {
			least = min(least, stats.Mallocs-before)
		}
		before = stats.Mallocs
	}
	if _, err := p.Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	if steps < 8 {
		t.Fatalf("%d steps", steps)
	}
	return least
}

func TestAStepOfTrainingAllocatesNothing(t *testing.T) {
	defer blas.SetThreads(1)
	options := []train.Options{
		{LR: 0.01}, {LR: 0.01, Momentum: 0.9, Decay: 0.01}, {Optimizer: "adam"},
		{LR: 0.01, Batch: 4}, {Optimizer: "adam", Batch: 4}, {LR: 1e-6, Batch: 1000},
		{Optimizer: "lbfgs"}, {Optimizer: "newton", Decay: 1e-2}, // where no Hessian is indefinite, which is an error
	}
	for _, typ := range []numeric.Type{numeric.Float64, numeric.Float32} {
		for _, threads := range []int{1, 2} {
			blas.SetThreads(threads)
			for _, o := range options {
				examples := max(16, 4*o.Batch)
				loss, params, b := classifier(examples)
				task, err := Training(loss, params, "n", b.In(typ))
				if err != nil {
					t.Fatal(err)
				}
				o.Epochs = 12
				if n := stepAllocations(t, task, o); n > 0 {
					t.Errorf("%v, %d threads, %+v: %d allocations a step", typ, threads, o, n)
				}
			}
		}
	}
}

// TestWarmMatrixFunctionsAllocateNothing: each record with a kernel that works in memory of its own gets that from the
// plan, for one matrix and for several, and the plan counts it.
func TestWarmMatrixFunctionsAllocateNothing(t *testing.T) {
	double, single := blas64.Implementation(), blas32.Implementation()
	defer func() { blas64.Use(double); blas32.Use(single) }()
	blas.Use() // as programs do: gonum's own products of large matrices start goroutines
	defer blas.SetThreads(1)
	for _, name := range []string{"det", "logdet", "inv", "adj", "pinv", "solve", "cholesky", "eigvals", "eigvecs", "adj of singular"} {
		for _, batch := range []int{0, 5} {
			e, b := ofMatrices(t, name, 70, batch)
			for _, typ := range []numeric.Type{numeric.Float64, numeric.Float32} {
				b := b.In(typ)
				p, err := Compile([]*symbolic.Expr{e}, b)
				if err != nil {
					t.Fatal(err)
				}
				warmRuns(t, name+" in "+typ.String(), p, b)
			}
		}
	}
}

// ofMatrices is a function of a positive definite matrix of n rows, or of several.
func ofMatrices(t *testing.T, name string, n, batch int) (*symbolic.Expr, Bindings) {
	t.Helper()
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	sizes, axes := []int{n, n}, shape.Of("n", "n")
	if batch > 0 {
		sizes, axes = []int{batch, n, n}, shape.Of("b", "n", "n")
	}
	A := g.Var("A", axes)
	value := numeric.New(sizes...)
	for i := range value.Data {
		row, column := i/n%n, i%n
		if value.Data[i] = 1 / float64(1+row+column); row == column {
			value.Data[i] += 2 + float64(row)/float64(n)
		}
	}
	name, singular := strings.CutSuffix(name, " of singular")
	if singular {
		clear(value.Data)
	}
	args := []*symbolic.Expr{A}
	if name == "solve" {
		args = append(args, g.Add(A, A))
	}
	e, err := g.Apply(g.Lib.Lookup(name), symbolic.In{Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return e, Bindings{Values: map[*symbolic.Expr]*numeric.Array{A: value}}
}
