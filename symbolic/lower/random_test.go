package lower

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"nabla/numeric"
	"nabla/numeric/blas"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"

	"gonum.org/v1/gonum/diff/fd"
	"pgregory.net/rapid"
)

// A sampler draws expressions over dimensions of distinct sizes, among them 1 and at times 0.
type sampler struct {
	t    *rapid.T
	g    *symbolic.Graph
	pool []*symbolic.Expr
	b    Bindings
	dims []string
}

func newSampler(t *rapid.T, sizes ...int) *sampler {
	s := &sampler{t: t, g: symbolic.NewGraph(fn.Library(), shape.NewEnv()), dims: []string{"a", "b", "c", "u"}}
	for i, n := range sizes {
		if i == 2 && rapid.IntRange(0, 19).Draw(t, "empty") == 0 {
			n = 0
		}
		s.g.Dims.SetSize(s.dims[i], n)
	}
	s.b = Bindings{Dims: s.g.Dims, Values: map[*symbolic.Expr]*numeric.Array{}}
	for i := range rapid.IntRange(2, 5).Draw(t, "variables") {
		s.variable(fmt.Sprint("v", i))
	}
	return s
}

func (s *sampler) variable(name string) {
	var sh shape.Shape
	for range rapid.IntRange(0, 3).Draw(s.t, "rank") {
		sh = append(sh, shape.Name(rapid.SampledFrom(s.dims).Draw(s.t, "dim")))
	}
	v := s.g.Var(name, sh)
	n, _ := s.g.Dims.Sizes(sh)
	s.b.Values[v] = random(rand.New(rand.NewPCG(uint64(len(s.pool)), 7)), n...)
	s.pool = append(s.pool, v)
}

func (s *sampler) pick() *symbolic.Expr { return rapid.SampledFrom(s.pool).Draw(s.t, "node") }

// squashed is x/√(1 + x²) of a fraction of x: a function of a large sum would make much of its rounding.
func (s *sampler) squashed(x *symbolic.Expr) *symbolic.Expr {
	x = s.g.Scale(big.NewRat(1, 64), x)
	return s.g.Hadamard(x, s.g.Pow(s.g.Add(s.g.Ones(x.Shape), s.g.Hadamard(x, x)), big.NewRat(-1, 2)))
}

// grow adds a random node over those that are there.
func (s *sampler) grow() {
	var e *symbolic.Expr
	switch x := s.pick(); rapid.IntRange(0, 9).Draw(s.t, "op") {
	case 0, 1, 2, 3:
		e = s.einsum()
	case 4:
		e = s.g.Call(rapid.SampledFrom(smooth).Draw(s.t, "f"), s.squashed(x))
	case 5:
		e = s.g.Let(fmt.Sprint("l", len(s.pool)), x)
	case 6:
		if e = x; x.Rank() > 0 {
			e = s.overLast(rapid.SampledFrom(tensorFunctions).Draw(s.t, "f"), x)
		}
	case 7:
		one := s.g.Ones(x.Shape)
		e = s.g.Pow(s.g.Add(one, s.g.Hadamard(x, x)), big.NewRat(rapid.Int64Range(-3, 3).Draw(s.t, "exp"), 2))
	default:
		e = s.combination(x)
	}
	s.pool = append(s.pool, e)
}

// smooth are functions of a number without kinks, finite everywhere.
var smooth = []string{"tanh", "sin", "cos", "sigmoid", "softplus", "erf", "gelu", "atan"}

// tensorFunctions act on one axis.
var tensorFunctions = []string{"softmax", "logsoftmax", "logsumexp", "cumsum", "prod"}

// overLast applies a function along the last axis.
func (s *sampler) overLast(name string, x *symbolic.Expr) *symbolic.Expr {
	e, err := s.g.Apply(s.g.Lib.Lookup(name), symbolic.In{Args: []*symbolic.Expr{x}, Axes: []int{x.Rank() - 1}})
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// combination is a sum of nodes of one shape.
func (s *sampler) combination(x *symbolic.Expr) *symbolic.Expr {
	var coefs []*big.Rat
	var args []*symbolic.Expr
	for _, e := range s.pool {
		if e.Shape.Equal(x.Shape) && rapid.Bool().Draw(s.t, "term") {
			args = append(args, e)
			coefs = append(coefs, big.NewRat(rapid.Int64Range(-3, 3).Draw(s.t, "coef"), 2))
		}
	}
	return s.g.LinearCombination(x.Shape, append(coefs, big.NewRat(1, 1)), append(args, x))
}

// einsum multiplies up to four nodes; axes of one dimension get one label or different ones, and any label may be
// summed, kept, repeated or broadcast.
func (s *sampler) einsum() *symbolic.Expr {
	var args []*symbolic.Expr
	var in []string
	dim := map[byte]shape.Dim{}
	for range rapid.IntRange(1, 4).Draw(s.t, "factors") {
		a := s.pick()
		word := ""
		for _, d := range a.Shape {
			name, _ := d.AsName()
			l := byte('a'+2*slices.Index(s.dims, name)) + byte(rapid.IntRange(0, 1).Draw(s.t, "label"))
			dim[l] = d
			word += string(l)
		}
		args, in = append(args, a), append(in, word)
	}
	out := ""
	var sh shape.Shape
	for l := byte('a'); l <= 'h'; l++ {
		keep := rapid.IntRange(0, 4).Draw(s.t, "keep")
		d, ok := dim[l]
		if ok && keep < 2 || !ok && keep == 4 && rapid.IntRange(0, 5).Draw(s.t, "broadcast") == 0 {
			if !ok {
				d = shape.Name(s.dims[(l-'a')/2])
			}
			out, sh = out+string(l), append(sh, d)
		}
	}
	if len(out) > 4 {
		out, sh = out[:4], sh[:4]
	}
	perm := rapid.Permutation(axes(len(out))).Draw(s.t, "order")
	var o string
	var osh shape.Shape
	for _, p := range perm {
		o, osh = o+out[p:p+1], append(osh, sh[p])
	}
	return s.g.Einsum(in, o, args, osh)
}

// bounded says that the entries and steps stay few.
func bounded(e *symbolic.Expr) bool { return e.Rank() <= 5 }

func TestCompiledProgramsAgreeWithTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSampler(t, 2, 3, 5, 1)
		for range rapid.IntRange(1, 12).Draw(t, "nodes") {
			s.grow()
		}
		outputs := []*symbolic.Expr{s.pool[len(s.pool)-1], s.pick()}
		outputs = append(outputs, s.derivatives(outputs[0])...)
		compare(t, outputs, s.b)
	})
}

func TestLargeLoopsAndProductsAgreeWithTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSampler(t, 30, 11, 70, 1)
		for range rapid.IntRange(1, 6).Draw(t, "nodes") {
			s.grow()
		}
		outputs := []*symbolic.Expr{s.pool[len(s.pool)-1]}
		small := s.b
		small.MemoryLimit = 1 << 19
		var large *TooLarge
		if _, err := Reference(context.Background(), outputs, small); errors.As(err, &large) {
			t.Skip("too large for a plain loop")
		}
		compare(t, outputs, s.b)
	})
}

// derivatives are those of the sum of e by all variables, and a second one.
func (s *sampler) derivatives(e *symbolic.Expr) []*symbolic.Expr {
	vars := variables(s.pool)
	d, err := s.g.Grad(s.g.SumAxes(e, axes(e.Rank())...), vars, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if h, err := s.g.Diff(d[0], vars[0]); err == nil && bounded(h) {
		d = append(d, h)
	}
	return d
}

// compare holds the fast evaluator to the reference in both types of numbers, with one thread and with two, which must not
// change a bit.
func compare(t *rapid.T, outputs []*symbolic.Expr, b Bindings) {
	defer blas.SetThreads(1)
	for _, typ := range []numeric.Type{numeric.Float64, numeric.Float32} {
		b := b.In(typ)
		want, bounds, err := Bounded(context.Background(), outputs, b)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(outputs, b)
		if err != nil {
			t.Fatal(err)
		}
		checkMemory(t, p)
		var first []*numeric.Array
		for _, threads := range []int{1, 2, 1} {
			blas.SetThreads(threads)
			p.spoil()
			if err := p.Execute(context.Background(), b); err != nil {
				t.Fatal(err)
			}
			if held := p.held(); held != p.PeakBytes() {
				t.Fatalf("%v, %d threads: %d bytes are held, and %d are planned", typ, threads, held, p.PeakBytes())
			}
			got, err := p.Take(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = got
			}
			for i := range want {
				if d := excess(got[i].Data, want[i].Data, bounds[i].Data); !(d <= 1) || !slices.Equal(got[i].Shape, want[i].Shape) {
					t.Fatalf("%v: output %d is off by %g times what rounding can do: %v\ngot  %v\nwant %v\n%v", typ, i, d, outputs[i], got[i], want[i], p.Instructions())
				}
				if !sameBits(got[i].Data, first[i].Data) {
					t.Fatalf("%v, %d threads: output %d changes: %v\ngot  %v\nwant %v", typ, threads, i, outputs[i], got[i], first[i])
				}
			}
		}
	}
}

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y })
}

// excess is the largest difference in units of what rounding can do: the bound of each of the two evaluations. A bound
// that says nothing leaves the shape and what is not a number to be compared.
func excess(a, b, bound []float64) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	worst := 0.0
	for i := range a {
		switch d := math.Abs(a[i] - b[i]); {
		case math.IsNaN(a[i]) != math.IsNaN(b[i]):
			return math.Inf(1)
		case a[i] != b[i] && d > 0 && !math.IsNaN(bound[i]):
			worst = max(worst, d/(2*bound[i]))
		}
	}
	return worst
}

func TestGradientsOfRandomGraphsAgreeWithFiniteDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSampler(t, 2, 3, 5, 1)
		for range rapid.IntRange(1, 6).Draw(t, "nodes") {
			s.grow() // and keep it small: no difference can follow the cosine of a million
			s.pool = append(s.pool[:len(s.pool)-1], s.g.Call("tanh", s.pool[len(s.pool)-1]))
		}
		y := s.g.Call("tanh", s.g.SumAxes(s.pool[len(s.pool)-1], axes(s.pool[len(s.pool)-1].Rank())...))
		v := variables(s.pool)[0]
		d, err := s.g.Diff(y, v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Reference(context.Background(), []*symbolic.Expr{d}, s.b)
		if err != nil {
			t.Fatal(err)
		}
		x := s.b.Values[v]
		f := func(z []float64) float64 {
			s.b.Values[v] = numeric.From(z, x.Shape...)
			out, err := Reference(context.Background(), []*symbolic.Expr{y}, s.b)
			if err != nil {
				t.Fatal(err)
			}
			return out[0].Data[0]
		}
		if len(x.Data) == 0 {
			return
		}
		want := fd.Gradient(nil, f, x.Data, &fd.Settings{Formula: fd.Central})
		for i := range want {
			if math.Abs(got[0].Data[i]-want[i]) > 1e-5*(1+math.Abs(want[i])) {
				t.Fatalf("entry %d is %v, finite differences give %v: %v", i, got[0].Data[i], want[i], d)
			}
		}
	})
}
