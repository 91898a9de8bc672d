package fn_test

import (
	"math"
	"strings"
	"testing"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
)

// at is f and its derivative at one number.
func at(t *testing.T, name string, x float64) (y, d float64) {
	t.Helper()
	p := newPoint(1)
	v := p.g.Var("u", nil)
	p.vals[v] = numeric.Scalar(x)
	e := p.g.Call(name, v)
	D, err := p.g.Diff(e, v)
	if err != nil {
		t.Fatal(err)
	}
	return eval(t, e, p.vals).Data[0], eval(t, D, p.vals).Data[0]
}

// TestNothingOverflows: where the naive formula gives infinity or not a number, the value and the derivative are right.
func TestNothingOverflows(t *testing.T) {
	for _, c := range []struct {
		name    string
		x, y, d float64
	}{
		{"sigmoid", 800, 1, 0}, {"sigmoid", -800, 0, 0}, {"sigmoid", -30, 9.357622968839299e-14, 9.357622968838423e-14},
		{"softplus", 1000, 1000, 1}, {"softplus", -1000, 0, 0}, {"softplus", -30, 9.357622968839299e-14, 9.357622968839299e-14},
		{"log1p", 1e-20, 1e-20, 1}, {"expm1", 1e-20, 1e-20, 1},
		{"tanh", 1000, 1, 0}, {"tanh", -1000, -1, 0},
		{"silu", 800, 800, 1}, {"silu", -800, 0, 0},
		{"gelu", 800, 800, 1}, {"gelu", -800, 0, 0}, {"gelu", -10, -7.61985302416052606597e-23, -7.61840009646481e-22},
		{"erf", 800, 1, 0}, {"erfc", 10, 2.088487583762545e-45, -4.197656231354417e-44}, {"elu", 1000, 1000, 1}, {"elu", -1000, -1, 0},
	} {
		y, d := at(t, c.name, c.x)
		if !close(y, c.y, 1e-12) || !close(d, c.d, 1e-9) {
			t.Errorf("%s(%g) = %g, derivative %g; want %g, %g", c.name, c.x, y, d, c.y, c.d)
		}
	}
}

// close is relative, with an absolute floor far below any value asked for.
func close(a, b, tol float64) bool { return math.Abs(a-b) <= tol*math.Abs(b)+1e-280 }

func TestSoftmaxAndItsKinAreStable(t *testing.T) {
	e := math.Exp(-1000) // 0
	for _, c := range []struct {
		text string
		y    []float64
		d    []float64 // of the sum of the entries, by u
	}{
		{"logsumexp(u)", []float64{1000}, []float64{1, e}},
		{"softmax(u)", []float64{1, e}, []float64{0, 0}},
		{"logsoftmax(u)", []float64{0, -1000}, []float64{-1, 1}},
		{"crossentropy(u, 1)", []float64{1000}, []float64{1, -1}},
		{"crossentropy(u, [0.5, 0.5])", []float64{500}, []float64{0.5, -0.5}},
	} {
		p := newPoint(1)
		two := shape.Shape{shape.Const(2)}
		u := p.g.Var("u", two)
		p.vals[u] = numeric.From([]float64{1000, 0}, 2)
		p.defs["u"] = u
		y := p.read(c.text)
		total := y
		if y.Rank() > 0 {
			total = p.g.SumAxes(y, 0)
		}
		d, err := p.g.Diff(total, u)
		if err != nil {
			t.Fatal(err)
		}
		if got := eval(t, y, p.vals).Data; !near(got, c.y, 1e-12) {
			t.Errorf("%s = %v, want %v", c.text, got, c.y)
		}
		if got := eval(t, d, p.vals).Data; !near(got, c.d, 1e-12) {
			t.Errorf("gradient of %s = %v, want %v", c.text, got, c.d)
		}
		h, err := p.g.Diff(d, u)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range eval(t, h, p.vals).Data {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Errorf("the Hessian of %s at (1000, 0) is not finite", c.text)
			}
		}
	}
}

// TestKinks: the derivative at a kink is the one that the documentation states.
func TestKinks(t *testing.T) {
	for _, c := range []struct {
		name string
		x, d float64
	}{
		{"relu", 0, 0}, {"abs", 0, 0}, {"sign", 0, 0}, {"step", 0, 0}, {"leaky_relu", 0, 0.01}, {"elu", 0, 1}, {"huber", 1, 1}, {"huber", 0, 0},
	} {
		if _, d := at(t, c.name, c.x); d != c.d {
			t.Errorf("%s′(%g) = %g, want %g", c.name, c.x, d, c.d)
		}
	}
	for _, c := range []struct {
		text string
		want []float64
	}{
		{"max(u)", []float64{0.5, 0, 0.5}}, {"min(u)", []float64{0, 1, 0}}, {"norminf(u)", []float64{0.5, 0, 0.5}}, {"norm1(u)", []float64{1, 0, 1}},
		{"sum(max(u, 0))", []float64{1, 0, 1}}, {"sum(max(0, u))", []float64{1, 0, 1}}, {"sum(max(u, z))", []float64{1, 0.5, 1}}, {"sum(min(u, 0))", []float64{0, 0, 0}}, {"sum(min(u, 2))", []float64{0.5, 1, 0.5}}, {"sum(clip(u, 0, 2))", []float64{0.5, 0, 0.5}},
		{"prod(u)", []float64{0, 4, 0}},
	} {
		p := newPoint(1)
		u := p.g.Var("u", shape.Shape{shape.Const(3)})
		p.vals[u] = numeric.From([]float64{2, 0, 2}, 3)
		p.defs["u"] = u
		z := p.g.Var("zeros", shape.Shape{shape.Const(3)})
		p.vals[z] = numeric.New(3)
		p.defs["z"] = z
		d, err := p.g.Diff(p.read(c.text), u)
		if err != nil {
			t.Fatal(err)
		}
		if got := eval(t, d, p.vals).Data; !near(got, c.want, 1e-15) {
			t.Errorf("gradient of %s at (2, 0, 2) = %v, want %v", c.text, got, c.want)
		}
	}
}

func TestPolygammaBelowZero(t *testing.T) {
	for _, x := range []float64{-0.3, -1.4, -2.7} {
		p := newPoint(1)
		u, w := p.g.Var("u", nil), p.g.Var("w", nil)
		p.vals[u], p.vals[w] = numeric.Scalar(x), numeric.Scalar(1-x)
		p.defs["u"], p.defs["w"] = u, w
		got := eval(t, p.read("polygamma(1, u)"), p.vals).Data[0] + eval(t, p.read("polygamma(1, w)"), p.vals).Data[0]
		if s := math.Sin(math.Pi * x); !close(got, math.Pi*math.Pi/(s*s), 1e-12) { // Abramowitz and Stegun 6.4.7
			t.Errorf("ψ′(%g) + ψ′(%g) = %g", x, 1-x, got)
		}
	}
}

// TestMatricesThatDoNotFit: what cannot be computed is said in the terms of the user.
func TestMatricesThatDoNotFit(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"inv([[1, 2], [2, 4]])", "singular to working precision"},
		{"solve([[1, 2], [2, 4]], [1, 1])", "singular to working precision"},
		{"logdet([[0, 1], [1, 0]])", "determinant is negative"},
		{"logdet([[1, 2], [2, 4]])", "determinant is 0"},
		{"cholesky([[1, 2], [2, 1]])", "not positive definite"},
		{"cholesky([[1, 2], [0, 1]])", "not symmetric"},
		{"eigvals([[1, 2], [0, 1]])", "not symmetric"},
		{"onehot([0, 3], 3)", "3 is not a class number: there are 3 classes, 0 to 2"},
		{"onehot([0.5], 3)", "0.5 is not a class number"},
		{"accuracy([[1, 2]], [7])", "7 is not a class number"},
		{"part([1, 2], 1, 2)", "no entry 3"},
		{"dot([[1]], [[1]])", "dot takes two vectors"},
		{"dot([1, 2], [1, 2, 3])", "one size"},
		{"inv([1, 2])", "square matrix"},
		{"det([[1, 2, 3], [4, 5, 6]])", "square matrix"},
		{"solve([[1, 0], [0, 1]], [1, 2, 3])", "as many rows"},
		{"concat([[1, 2]], [[1], [2]])", "other axes"},
		{"reshape([1, 2, 3], 2, 2)", "3 entries"},
		{"norm2([[1]])", "norm(A) (Frobenius)"},
		{"norm1([[1]])", "max(sum(abs(A), 1))"},
		{"norminf([[1]])", "max(sum(abs(A), 2))"},
		{"cumsum([[1]])", "along which"},
		{"argmax([[1]])", "along which"},
		{"mse([1, 2], [1, 2, 3])", "entry by entry"},
		{"crossentropy([1, 2], [1, 2, 3])", "class numbers"},
		{"huber([1], delta=0)", "delta is positive"},
		{"shuffle([1], [2])", "X, t := shuffle(X, t)"},
		{"randn(2, seed=0.5)", "whole number"},
		{"prod([[1, 2]], [[1, 2, 3]])", "first of"},
	} {
		err := failure(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
	}
}

// failure is the error that building or evaluating an expression gives.
func failure(text string) (err error) {
	r := &reader{g: newGraph(), text: text, vals: values{}}
	defer func() {
		if p := recover(); p != nil {
			err = p.(error)
		}
	}()
	_, err = try(r.expr(), r.vals)
	return err
}

func TestRandomTensors(t *testing.T) {
	draw := func(text string) []float64 {
		r := &reader{g: newGraph(), text: text, vals: values{}}
		return eval(t, r.expr(), r.vals).Data
	}
	a, b, c := draw("randn(1000, seed=3)"), draw("randn(1000, seed=3)"), draw("randn(1000, seed=4)")
	if !near(a, b, 0) || near(a, c, 1e-3) {
		t.Error("a seed does not determine the numbers, or two seeds give the same")
	}
	m, s := moments(a)
	if math.Abs(m) > 0.15 || math.Abs(s-1) > 0.15 {
		t.Errorf("randn has mean %g and variance %g", m, s)
	}
	if m, s := moments(draw("rand(1000, seed=3)")); math.Abs(m-0.5) > 0.05 || math.Abs(s-1.0/12) > 0.02 {
		t.Errorf("rand has mean %g and variance %g", m, s)
	}
	p := newPoint(1)
	d := p.g.Sub(p.read("randn(3)"), p.read("randn(3)"))
	if near(eval(t, d, nil).Data, []float64{0, 0, 0}, 1e-9) {
		t.Error("two draws without a seed are one")
	}
	rows, targets := draw("shuffle([[1, 1], [2, 2], [3, 3], [4, 4], [5, 5]], seed=2)"), draw("shuffle([1, 2, 3, 4, 5], seed=2)")
	for i, x := range targets {
		if rows[2*i] != x || rows[2*i+1] != x {
			t.Fatalf("rows %v and targets %v are shuffled apart", rows, targets)
		}
	}
}

func moments(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, variance
}

// TestProdOfDerivatives: prod(∂Z/∂Y, ∂Y/∂X) is ∂Z/∂X, with the axes of Y found where they are not a matter of choice.
func TestProdOfDerivatives(t *testing.T) {
	p := newPoint(1)
	x, A := p.defs["x"], p.defs["A"]
	Y := p.g.Let("Y", p.g.MatMul(A, A))
	Z := p.g.MatMul(Y, x)
	d := func(y, x *symbolic.Expr) *symbolic.Expr {
		e, err := p.g.Diff(y, x)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	got, err := p.g.Apply(p.g.Lib.Lookup("prod"), symbolic.In{Args: []*symbolic.Expr{d(Z, Y), d(Y, A)}})
	if err == nil {
		t.Errorf("all axes of ∂Z/∂Y have one name: which are those of Y is a guess, but got %v", got)
	}
	X := p.defs["X"]
	h := p.g.Let("h", p.g.MatMul(X, x))
	L := p.g.E("a,a->", h, h)
	got, err = p.g.Apply(p.g.Lib.Lookup("prod"), symbolic.In{Args: []*symbolic.Expr{d(L, h), d(h, X)}})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := eval(t, got, p.vals), eval(t, d(L, X), p.vals); !near(a.Data, b.Data, 1e-12) {
		t.Errorf("prod(∂L/∂h, ∂h/∂X) = %v, want %v", a.Data, b.Data)
	}
}

// The logarithm of the smallest numbers is that of their exponents.
func TestLogarithmOfSubnormalNumbers(t *testing.T) {
	f := fn.Library().Lookup("log").F
	for e := -1074; e < -1010; e++ {
		if got, want := f(math.Ldexp(1, e)), float64(e)*math.Ln2; math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Errorf("log(2^%d) = %v, want %v", e, got, want)
		}
	}
}
