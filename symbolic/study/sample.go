// Package study answers questions about a graph: are these equal, what does this cost, what must be kept.
package study

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// primes are the sizes of dimensions at a random point: distinct, so that no two axes agree by accident, and more than
// one, so that nothing vanishes in a batch of one.
var primes = []int{3, 2, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37}

// A Point is values for every variable of some expressions, sizes for every dimension, and a generic instance of every
// abstract function: nothing in it is symmetric, sorted, normalized or zero by accident.
type Point struct {
	lower.Bindings
	names []*symbolic.Expr
}

// NewPoint draws a point for the variables of es. positive draws positive numbers only. Declared facts hold at the point.
func NewPoint(r *rand.Rand, positive bool, es ...*symbolic.Expr) (*Point, error) {
	return drawPoint(&sampler{r: r, positive: positive}, nil, es)
}

// NewSizedPoint draws a point with the given sizes of dimensions.
func NewSizedPoint(r *rand.Rand, sizes map[string]int, es ...*symbolic.Expr) (*Point, error) {
	return drawPoint(&sampler{r: r}, sizes, es)
}

// NewSpecialPoint draws a point where kinks, ties, zeros and singular matrices are: every number is 0, ±1 or 2.
func NewSpecialPoint(r *rand.Rand, es ...*symbolic.Expr) (*Point, error) {
	return drawPoint(&sampler{r: r, integers: special}, nil, es)
}

var special = []float64{0, 0, 1, -1, 2}

// everySpecial are the numbers of which all points are tried where the variables have at most fewEntries together: with
// a half, where rounding and powers differ.
var everySpecial = []float64{0, 1, -1, 2, 0.5, -2}

const fewEntries = 3

// variedSampler is that of the try-th random point: of positive numbers at every third, and of larger ones at every
// fourth, as what holds on one branch of an inverse, such as asin(sin(x)) = x, fails beyond it.
func variedSampler(r *rand.Rand, try int) *sampler {
	s := &sampler{r: r, positive: try%3 == 2}
	if try%4 == 3 {
		s.scale = 4
	}
	return s
}

// digits are numbers drawn one by one: the digits of k in the base of their count.
type digits struct {
	k    int
	from []float64
}

func (d *digits) next() float64 {
	x := d.from[d.k%len(d.from)]
	d.k /= len(d.from)
	return x
}

// entries counts the numbers in variables; 0 where a size is not known without a point.
func entries(vars []*symbolic.Expr) int {
	n := 0
	for _, v := range vars {
		size := 1
		for _, d := range v.Shape {
			k, ok := v.G.Dims.Size(d)
			if !ok {
				return 0
			}
			size *= k
		}
		n += size
	}
	return n
}

func power(base, n int) int {
	p := 1
	for range n {
		p *= base
	}
	return p
}

// drawPoint fills a point with what the sampler draws.
func drawPoint(s *sampler, sizes map[string]int, es []*symbolic.Expr) (*Point, error) {
	g := es[0].G
	p := &Point{Bindings: lower.Bindings{
		Values:    map[*symbolic.Expr]*numeric.Array{},
		Dims:      shape.NewEnv(),
		Functions: map[*symbolic.Func]*symbolic.Func{},
	}}
	vars, fns := leaves(es)
	for n, size := range sizes {
		if err := p.Dims.SetSize(n, size); err != nil {
			return nil, err
		}
	}
	s.g, s.point = g, p
	s.sizes(vars, es)
	for _, f := range fns {
		p.Functions[f] = s.generic(f)
	}
	for _, v := range vars {
		if err := s.draw(v); err != nil {
			return nil, err
		}
	}
	p.names = vars
	return p, nil
}

// Eval computes expressions at the point.
func (p *Point) Eval(ctx context.Context, es ...*symbolic.Expr) ([]*numeric.Array, error) {
	return lower.Reference(ctx, es, p.Bindings)
}

// Bounded computes expressions at the point, and how far rounding may have moved each entry.
func (p *Point) Bounded(ctx context.Context, es ...*symbolic.Expr) (values, bounds []*numeric.Array, err error) {
	return lower.Bounded(ctx, es, p.Bindings)
}

// leaves are the variables and the abstract functions that es mention, those of the bodies of users' functions included.
func leaves(es []*symbolic.Expr) (vars []*symbolic.Expr, fns []*symbolic.Func) {
	seen := map[*symbolic.Expr]bool{}
	bound := map[*symbolic.Expr]bool{}
	var visit func(e *symbolic.Expr)
	visit = func(e *symbolic.Expr) {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			switch {
			case n.Op == symbolic.Var:
				vars = append(vars, n)
			case n.Op == symbolic.Call && n.Fn.Abstract != nil && !slices.Contains(fns, n.Fn):
				fns = append(fns, n.Fn)
			case n.Op == symbolic.Call && n.Fn.Body != nil:
				for _, p := range n.Fn.Body.Params {
					bound[p] = true
				}
				visit(n.Fn.Body.Result)
			}
		}, seen)
	}
	for _, e := range es {
		e.G.Proceed()
		visit(e)
	}
	return slices.DeleteFunc(vars, func(v *symbolic.Expr) bool { return bound[v] }), fns
}

type sampler struct {
	g        *symbolic.Graph
	r        *rand.Rand
	positive bool
	scale    float64   // of the numbers; 0 is 1
	small    int       // gives every dimension this size
	integers []float64 // are what numbers are drawn from
	digits   *digits   // are the numbers, in order
	point    *Point
}

// sizes gives every dimension name a prime of its own; equated names share one. Where a dimension is a difference, such
// as m − a + 1, the primes are dealt again until it is positive.
func (s *sampler) sizes(vars, es []*symbolic.Expr) {
	dims := dimensions(vars, es)
	given := s.point.Dims
	for try := range 40 {
		s.deal(dims, given, 4+try/4)
		if !slices.ContainsFunc(dims, s.negative) {
			return
		}
	}
}

// deal gives sizes from the primes, of which the first few are shuffled.
func (s *sampler) deal(dims []shape.Dim, given *shape.Env, few int) {
	p := slices.Clone(primes)
	s.r.Shuffle(min(few, len(p)), func(i, j int) { p[i], p[j] = p[j], p[i] })
	s.point.Dims = given.Clone()
	next := 0
	for _, d := range dims {
		for _, n := range s.g.Dims.Canon(d).Names() {
			if _, ok := s.point.Dims.Size(shape.Name(n)); !ok {
				size := p[next%len(p)]
				if s.small > 0 {
					size = s.small
				}
				_ = s.point.Dims.SetSize(n, size)
				next++
			}
		}
		for _, n := range d.Names() {
			if c := s.g.Dims.Canon(shape.Name(n)); c != shape.Name(n) {
				_ = s.point.Dims.Equate(n, c)
			}
		}
	}
}

func (s *sampler) negative(d shape.Dim) bool {
	n, ok := s.point.Dims.Size(d)
	return ok && n <= 0 && len(d.Names()) > 0
}

// dimensions are those of all nodes that vars and es reach, in order.
func dimensions(vars, es []*symbolic.Expr) []shape.Dim {
	var dims []shape.Dim
	seen := map[*symbolic.Expr]bool{}
	for _, e := range slices.Concat(vars, es) {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			dims = append(append(append(dims, n.Shape...), n.Size), n.Par.Dims...)
			if n.Op == symbolic.Call && n.Fn.Abstract != nil {
				for _, a := range append(slices.Clone(n.Fn.Abstract.Args), n.Fn.Abstract.Result) {
					dims = append(dims, a...)
				}
			}
		}, seen)
	}
	return dims
}

func (s *sampler) number() float64 {
	if s.digits != nil {
		return s.digits.next()
	}
	if len(s.integers) > 0 {
		return s.integers[s.r.IntN(len(s.integers))]
	}
	x := 0.15 + 1.6*s.r.Float64()
	if s.scale > 0 {
		x *= s.scale
	}
	if !s.positive && s.r.IntN(2) == 0 {
		return -x
	}
	return x
}

// array is a tensor of the numbers that are drawn.
func (s *sampler) array(sh shape.Shape) (*numeric.Array, error) {
	a, err := s.blank(sh)
	if err == nil {
		for i := range a.Data {
			a.Data[i] = s.number()
		}
	}
	return a, err
}

// blank is a tensor of zeros with the sizes of the point.
func (s *sampler) blank(sh shape.Shape) (*numeric.Array, error) {
	sizes, ok := s.point.Dims.Sizes(sh)
	if !ok {
		return nil, fmt.Errorf("no size for %v", sh)
	}
	for _, n := range sizes {
		if n < 0 {
			return nil, fmt.Errorf("%v has a negative size", sh)
		}
	}
	if numeric.Count(sizes) > 1<<22 {
		return nil, fmt.Errorf("%v is too large to try", sh)
	}
	return numeric.New(sizes...), nil
}

// draw gives a variable a value for which its declared facts hold.
func (s *sampler) draw(v *symbolic.Expr) error {
	if s.point.Values[v] != nil {
		return nil
	}
	a, err := s.array(v.Shape)
	if err != nil {
		return err
	}
	s.point.Values[v] = a
	f := s.g.Facts.At(v)
	if f == nil {
		return nil
	}
	if f.Orthogonal && s.small == 0 && len(s.integers) > 0 {
		s.generally(a.Data)
	}
	shapeFacts(f, a)
	if len(f.Equal) > 0 {
		return s.satisfy(v, append(slices.Clone(f.Equal), wordEquations(v, f)...), coordinatesOf(f, a))
	}
	return nil
}

// shapeFacts makes a value symmetric, diagonal, orthogonal, positive definite or positive.
func shapeFacts(f *symbolic.Facts, a *numeric.Array) {
	if f.Positive || f.Nonneg {
		for i, x := range a.Data {
			a.Data[i] = math.Abs(x)
			if x == 0 && f.Positive {
				a.Data[i] = 1
			}
		}
	}
	if len(a.Shape) != 2 || a.Shape[0] != a.Shape[1] {
		return
	}
	n := a.Shape[0]
	at := func(i, j int) *float64 { return &a.Data[i*n+j] }
	switch {
	case f.Diagonal:
		for i := range n {
			for j := range n {
				if i != j {
					*at(i, j) = 0
				}
			}
		}
	case f.Orthogonal:
		orthogonalize(a.Data, n)
	case f.PosDef:
		b := slices.Clone(a.Data)
		for i := range n {
			for j := range n {
				sum := 0.0
				for k := range n {
					sum += b[i*n+k] * b[j*n+k]
				}
				if i == j {
					sum += 0.5
				}
				*at(i, j) = sum
			}
		}
	case f.Symmetric:
		for i := range n {
			for j := range i {
				*at(i, j) = *at(j, i)
			}
		}
	}
}

// orthogonalize is Gram and Schmidt on the rows.
func orthogonalize(a []float64, n int) {
	for i := range n {
		row := a[i*n : i*n+n]
		for range 2 {
			for k := range i {
				dot := 0.0
				for j := range n {
					dot += row[j] * a[k*n+j]
				}
				for j := range n {
					row[j] -= dot * a[k*n+j]
				}
			}
		}
		norm := 0.0
		for _, x := range row {
			norm += x * x
		}
		for j := range n {
			row[j] /= math.Sqrt(norm)
		}
	}
}

func mustVars(es ...*symbolic.Expr) []*symbolic.Expr {
	v, _ := leaves(es)
	return v
}

// generic is a smooth function of the type of an abstract one, of which no derivative of low order vanishes, is
// symmetric by accident or is a multiple of the identity: a sum of waves and squares along random directions.
func (s *sampler) generic(f *symbolic.Func) *symbolic.Func {
	sig := f.Abstract
	const waves = 4
	type wave struct {
		dirs  []*symbolic.Expr
		out   *symbolic.Expr
		phase *big.Rat
	}
	ws := make([]wave, waves)
	for m := range ws {
		w := &ws[m]
		for i, a := range sig.Args {
			u := s.g.Fresh(fmt.Sprintf("%s.u%d.%d", f.Name, m, i), a)
			w.dirs = append(w.dirs, u)
			s.fill(u)
		}
		w.out = s.g.Fresh(fmt.Sprintf("%s.v%d", f.Name, m), sig.Result)
		s.fill(w.out)
		w.phase = big.NewRat(int64(s.r.IntN(900)+50), 1000)
	}
	args := make([]symbolic.Arg, len(sig.Args))
	for i := range args {
		args[i].Name = fmt.Sprintf("t%d", i+1)
	}
	return &symbolic.Func{Name: f.Name + " (generic)", Args: args, Build: func(in symbolic.In) (*symbolic.Expr, error) {
		g := in.G
		total := make([]*symbolic.Expr, 0, 2*waves)
		for _, w := range ws {
			dots := []*symbolic.Expr{g.Const(w.phase)}
			for i, u := range w.dirs {
				l := symbolic.Labels(u.Rank())
				dots = append(dots, g.Einsum([]string{l, l}, "", []*symbolic.Expr{u, in.Args[i]}, nil))
			}
			t := g.Sum(nil, dots...)
			total = append(total, g.Times(g.Call("sin", t), w.out), g.Times(g.Scale(big.NewRat(1, 7), g.Pow(t, big.NewRat(2, 1))), w.out))
		}
		return g.Sum(sig.Result, total...), nil
	}}
}

func (s *sampler) fill(u *symbolic.Expr) {
	if a, err := s.blank(u.Shape); err == nil {
		s.generally(a.Data)
		s.point.Values[u] = a
	}
}

// generally draws numbers of either sign of which none is special.
func (s *sampler) generally(data []float64) {
	any := &sampler{r: s.r, scale: s.scale, small: s.small}
	if s.small > 0 {
		any.integers = s.integers
	}
	for i := range data {
		data[i] = any.number()
	}
}
