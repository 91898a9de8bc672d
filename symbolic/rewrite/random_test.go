package rewrite_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"sync/atomic"
	"testing"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/rewrite"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"

	"pgregory.net/rapid"
)

// A grower makes random well-typed expressions over variables of ranks 0 to 3, some with facts.
type grower struct {
	t    *rapid.T
	g    *symbolic.Graph
	pool []*symbolic.Expr
}

func newGrower(t *rapid.T) *grower {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	k := &grower{t: t, g: g}
	for _, v := range []struct {
		name string
		dims []string
		fact *symbolic.Facts
	}{
		{"a", nil, nil}, {"b", nil, &symbolic.Facts{Positive: true, Nonneg: true}},
		{"x", []string{"n"}, nil}, {"y", []string{"n"}, nil}, {"z", []string{"m"}, &symbolic.Facts{Positive: true, Nonneg: true}},
		{"A", []string{"n", "n"}, nil}, {"X", []string{"m", "n"}, nil},
		{"S", []string{"n", "n"}, &symbolic.Facts{Symmetric: true}}, {"Q", []string{"n", "n"}, &symbolic.Facts{Orthogonal: true}},
		{"D", []string{"n", "n"}, &symbolic.Facts{Diagonal: true, Symmetric: true}}, {"T", []string{"n", "m", "n"}, nil},
	} {
		e := g.Var(v.name, shape.Of(v.dims...))
		if v.fact != nil {
			g.Facts.Set(e, v.fact)
		}
		k.pool = append(k.pool, e)
	}
	return k
}

func (k *grower) pick() *symbolic.Expr {
	if rapid.Bool().Draw(k.t, "recent") {
		return k.pool[len(k.pool)-1]
	}
	return rapid.SampledFrom(k.pool).Draw(k.t, "node")
}

// square is a matrix that is safely invertible: M Mᵀ + I, or a product of such.
func (k *grower) square() *symbolic.Expr {
	A, S := k.pool[5], k.pool[7]
	eye := k.g.Delta(shape.Name("n"))
	return []*symbolic.Expr{
		k.g.Add(k.g.MatMul(A, k.g.Transpose(A)), eye), k.g.MatMul(A, S), A, S,
		k.g.MatMul(k.g.Transpose(k.pool[6]), k.pool[6]), k.g.MatMul(k.g.Transpose(A), k.g.MatMul(S, k.pool[8])),
	}[rapid.IntRange(0, 5).Draw(k.t, "square")]
}

func (k *grower) grow() {
	g, x := k.g, k.pick()
	e := x
	switch rapid.IntRange(0, 11).Draw(k.t, "op") {
	case 0, 1, 2:
		e = k.product(x)
	case 3, 4:
		e = k.combination(x)
	case 5, 6:
		f := rapid.SampledFrom([]string{"tanh", "sigmoid", "exp", "softplus", "sin", "cos", "erf", "relu", "abs", "sign", "step"}).Draw(k.t, "f")
		if slices.Contains(kinked, f) { // an exact 0 that is computed with rounding may fall on either side
			x = g.Add(x, g.Scale(big.NewRat(37, 100), g.Ones(x.Shape)))
		}
		e = g.Call(f, x)
	case 7:
		one := g.Ones(x.Shape)
		e = g.Pow(g.Add(one, g.Hadamard(x, x)), big.NewRat(rapid.Int64Range(-4, 4).Draw(k.t, "exponent"), 2))
	case 8:
		u := g.Call("exp", x)
		e = rapid.SampledFrom([]*symbolic.Expr{g.Call("log", g.Add(g.Ones(x.Shape), u)), g.Hadamard(u, g.Recip(g.Add(g.Ones(x.Shape), u))), g.Call("log", u)}).Draw(k.t, "logistic")
	case 9:
		if x.Rank() > 0 {
			u := g.Call("exp", x)
			l := labelsOf(x.Rank())
			e = g.Einsum([]string{l, l[:len(l)-1]}, l, []*symbolic.Expr{u, g.Recip(g.SumAxes(u, x.Rank()-1))}, nil)
		}
	case 10:
		m := k.square()
		e = rapid.SampledFrom([]*symbolic.Expr{g.Call("inv", m), g.Call("det", m), g.MatMul(g.Call("inv", m), m), g.MatMul(m, g.Transpose(g.Call("inv", m)))}).Draw(k.t, "inverse")
	case 11:
		e = g.Let("w", x)
	}
	if e.Rank() <= 3 {
		k.pool = append(k.pool, e)
	}
}

var kinked = []string{"relu", "abs", "sign", "step"}

func labelsOf(n int) string { return "abcdefghijkl"[:n] }

// product contracts, transposes, broadcasts or repeats axes at random.
func (k *grower) product(x *symbolic.Expr) *symbolic.Expr {
	label := map[string]string{"n": "ijk", "m": "uvw"}
	dim := map[byte]shape.Dim{}
	word := func(e *symbolic.Expr) string {
		w := ""
		for _, d := range e.Shape {
			name, _ := d.AsName()
			l := label[name][rapid.IntRange(0, 2).Draw(k.t, "label")]
			dim[l] = d
			w += string(l)
		}
		return w
	}
	args, in := []*symbolic.Expr{x}, []string{word(x)}
	for range rapid.IntRange(0, 2).Draw(k.t, "factors") {
		y := k.pick()
		args, in = append(args, y), append(in, word(y))
	}
	var out []byte
	for l := range dim {
		out = append(out, l)
	}
	slices.Sort(out)
	out = slices.DeleteFunc(out, func(byte) bool { return rapid.Bool().Draw(k.t, "sum") })
	if len(out) > 3 {
		out = out[:3]
	}
	return k.g.Einsum(in, string(out), args, nil)
}

func (k *grower) combination(x *symbolic.Expr) *symbolic.Expr {
	coefs, args := []*big.Rat{big.NewRat(1, 1)}, []*symbolic.Expr{x}
	for _, e := range append(slices.Clone(k.pool), k.g.Ones(x.Shape)) {
		if e.Shape.Equal(x.Shape) && rapid.IntRange(0, 2).Draw(k.t, "term") == 0 {
			args = append(args, e)
			coefs = append(coefs, big.NewRat(rapid.Int64Range(-3, 3).Draw(k.t, "coef"), rapid.Int64Range(1, 2).Draw(k.t, "over")))
		}
	}
	return k.g.LinearCombination(x.Shape, coefs, args)
}

// expression is a random expression of depth up to 8, or a derivative of one.
func (k *grower) expression() *symbolic.Expr {
	for range rapid.IntRange(1, 8).Draw(k.t, "depth") {
		k.grow()
	}
	e := k.pool[len(k.pool)-1]
	if rapid.Bool().Draw(k.t, "derivative") {
		if d, err := k.g.Diff(e, rapid.SampledFrom(k.pool[:8]).Draw(k.t, "by")); err == nil && d.Rank() <= 4 {
			e = d
		}
	}
	return e
}

// agree compares two expressions at random points, each entry against what rounding can do to it. ok is false where no
// point is finite and tells: where the rounding is as large as the value.
func agree(t *rapid.T, a, b *symbolic.Expr) (equal, ok bool) {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "point"), 1))
	tried.Add(1)
	for try := range 8 {
		p, err := study.NewPoint(r, false, a, b)
		if try%2 == 0 { // kinks, ties and zeros
			p, err = study.NewSpecialPoint(r, a, b)
		}
		if err != nil {
			continue
		}
		out, bounds, err := p.Bounded(context.Background(), a, b)
		if err != nil || !tame(out[0]) || !tame(out[1]) || !telling(bounds[0], out[0]) || !telling(bounds[1], out[1]) {
			continue
		}
		told.Add(1)
		return within(out, bounds), true
	}
	return false, false
}

// within says that two values differ by no more than rounding does.
func within(values, bounds []*numeric.Array) bool {
	for i, x := range values[0].Data {
		if math.Abs(x-values[1].Data[i]) > 2*(bounds[0].Data[i]+bounds[1].Data[i]) {
			return false
		}
	}
	return true
}

// tried and told count the comparisons of a test, and those that had a point to tell by: TestMain says their ratio and
// fails where most say nothing.
var tried, told atomic.Int64

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if n := tried.Load(); n > 0 {
		fmt.Printf("%d of %d random comparisons had a point to tell by\n", told.Load(), n)
		if n >= 100 && 10*told.Load() < 8*n {
			fmt.Println("FAIL: the random tests are blind")
			code = 1
		}
	}
	if n := slopes.Load(); n > 0 {
		fmt.Printf("%d of %d entries of random derivatives were compared with differences; the others have a kink or a pole near, or digits cancel\n", n-unclear.Load(), n)
		if n >= 1000 && 20*unclear.Load() > n {
			fmt.Println("FAIL: the differences are blind")
			code = 1
		}
	}
	os.Exit(code)
}

// slopes and unclear count the entries of derivatives along directions, and those that differences say nothing about.
var slopes, unclear atomic.Int64

// tame says that every entry is finite and in the range of what people compute with.
func tame(a *numeric.Array) bool {
	return !slices.ContainsFunc(a.Data, func(x float64) bool { return math.IsNaN(x) || math.Abs(x) > 1e6 })
}

// telling says that no rounding error comes near the size of a value: a wrong rule would show.
func telling(bound, value *numeric.Array) bool {
	scale := 1e-3
	for _, x := range value.Data {
		scale = max(scale, math.Abs(x))
	}
	return !slices.ContainsFunc(bound.Data, func(x float64) bool { return !(x <= 1e-6*scale) })
}

func TestSimplifyKeepsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := newGrower(t)
		e := k.expression()
		var lets []*symbolic.Expr
		for _, x := range k.pool {
			if x.Op == symbolic.Let {
				lets = append(lets, x)
			}
		}
		s := rewrite.Simplify(e, lets)
		if !s.Shape.Equal(e.Shape) {
			t.Fatalf("%v : %v became %v : %v", e, e.Shape, s, s.Shape)
		}
		if equal, ok := agree(t, e, s); ok && !equal {
			t.Fatalf("%v\nbecame %v", e, s)
		}
	})
}

func TestNormalFormKeepsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := newGrower(t)
		e := k.expression()
		n, _ := rewrite.Normal(e)
		if equal, ok := agree(t, e, n); ok && !equal {
			t.Fatalf("%v\nhas the normal form %v", e, n)
		}
	})
}

// TestThePoleOfTheLogisticKeepsItsValue: 16 σ(−16v)(1 − …) written with exp cancels all digits, or underflows, at random
// points, so that those say nothing of its normal form; here the arguments are small enough to tell.
func TestThePoleOfTheLogisticKeepsItsValue(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	v, a := g.Var("v", shape.Of("n")), g.Var("a", shape.Of("n"))
	u := g.Call("exp", g.Scale(big.NewRat(16, 1), v))
	below := func(k int64) *symbolic.Expr { return g.Pow(g.Add(g.Ones(v.Shape), u), big.NewRat(-k, 1)) }
	e := g.Scale(big.NewRat(16, 1), g.Hadamard(g.Sub(g.Hadamard(a, below(1)), g.Hadamard(a, u, below(2))), u))
	n, _ := rewrite.Normal(e)
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		p, err := study.NewPoint(r, false, e, n)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Values[v].Data {
			p.Values[v].Data[i] *= r.Float64() / 4
		}
		out, bounds, err := p.Bounded(context.Background(), e, n)
		if err != nil || !telling(bounds[0], out[0]) || !telling(bounds[1], out[1]) {
			t.Fatalf("nothing to tell by: %v", err)
		}
		if !within(out, bounds) {
			t.Fatalf("%v has the normal form %v: %v and %v", e, n, out[0], out[1])
		}
	}
}

// TestNothingWrongIsProved: whatever has a difference with the normal form 0 is equal at points.
func TestNothingWrongIsProved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := newGrower(t)
		e := k.expression()
		m := k.mutant(e)
		if m == e {
			t.Skip("nothing changed")
		}
		n, ok := rewrite.Normal(k.g.Sub(e, m))
		if !ok || !n.IsZero() {
			return
		}
		if equal, ok := agree(t, e, m); ok && !equal {
			t.Fatalf("%v\nis proved equal to %v", e, m)
		}
	})
}

// mutant is e with one node changed: a coefficient, a sign, a transposed factor, a function, a variable for another.
func (k *grower) mutant(e *symbolic.Expr) *symbolic.Expr {
	var nodes []*symbolic.Expr
	symbolic.Walk(e, func(n *symbolic.Expr) { nodes = append(nodes, n) }, nil)
	n := rapid.SampledFrom(nodes).Draw(k.t, "where")
	by := n
	switch rapid.IntRange(0, 3).Draw(k.t, "how") {
	case 0:
		by = k.g.Scale(big.NewRat(rapid.SampledFrom([]int64{-1, 2, 3}).Draw(k.t, "factor"), 1), n)
	case 1:
		if n.Rank() == 2 && k.g.Dims.Same(n.Shape[0], n.Shape[1]) {
			by = k.g.Transpose(n)
		}
	case 2:
		for _, other := range k.pool {
			if other != n && other.Shape.Equal(n.Shape) {
				by = other
			}
		}
	case 3:
		by = k.g.Add(n, k.g.Ones(n.Shape))
	}
	return k.g.Substitute(e, map[*symbolic.Expr]*symbolic.Expr{n: by})
}

// TestDerivativesAgreeWithDifferences along random directions.
func TestDerivativesAgreeWithDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := newGrower(t)
		for range rapid.IntRange(1, 6).Draw(t, "depth") {
			k.grow()
		}
		e, x := k.pool[len(k.pool)-1], rapid.SampledFrom(k.pool[:7]).Draw(t, "by")
		d, err := k.g.Diff(e, x)
		if err != nil || d.Rank() > 5 {
			t.Skip()
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "point"), 1))
		p, err := study.NewPoint(r, false, e, x, d)
		if err != nil {
			t.Skip()
		}
		checkSlope(t, p, r, e, x, d)
	})
}

func checkSlope(t *rapid.T, p *study.Point, r *rand.Rand, e, x, d *symbolic.Expr) {
	at := p.Values[x]
	v := make([]float64, len(at.Data))
	for i := range v {
		v[i] = r.NormFloat64()
	}
	value := func(h float64) []float64 {
		moved := numeric.New(at.Shape...)
		for i := range v {
			moved.Data[i] = at.Data[i] + h*v[i]
		}
		p.Values[x] = moved
		defer func() { p.Values[x] = at }()
		out, err := p.Eval(context.Background(), e)
		if err != nil || !tame(out[0]) {
			t.Skip("not finite here")
		}
		return out[0].Data
	}
	slope := func(h float64) []float64 {
		a, b, c, d := value(h), value(-h), value(2*h), value(-2*h)
		s := make([]float64, len(a))
		for i := range s {
			s[i] = (8*(a[i]-b[i]) - (c[i] - d[i])) / (12 * h)
		}
		return s
	}
	coarse, fine := slope(2e-4), slope(1e-4)
	out, bounds, err := p.Bounded(context.Background(), d)
	if err != nil || !tame(out[0]) {
		t.Skip("not finite here")
	}
	for i := range fine {
		got, scale, rounding := 0.0, 1.0, 0.0
		for j := range v {
			got += out[0].Data[i*len(v)+j] * v[j]
			scale = max(scale, math.Abs(out[0].Data[i*len(v)+j]))
			rounding += bounds[0].Data[i*len(v)+j] * math.Abs(v[j])
		}
		slopes.Add(1)
		if math.Abs(coarse[i]-fine[i]) > 1e-7*scale || !(rounding <= 1e-6*scale) { // a kink or a pole is near, or digits cancel
			unclear.Add(1)
			continue
		}
		if math.Abs(got-fine[i]) > 1e-5*scale {
			t.Fatalf("∂(%v)/∂%v: entry %d is %g along a direction, by differences %g", e, x, i, got, fine[i])
		}
	}
}
