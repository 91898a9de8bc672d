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
)

// An Example is a point at which two expressions differ that a person can check by hand: sizes of one or two, small
// integers for the variables, and simple functions in the place of abstract ones.
type Example struct {
	*Point
	Vars      []*symbolic.Expr
	Dims      []string   // that the variables have
	Instances []Instance // of the abstract functions
	A, B      *numeric.Array
	At        int   // the place of the entry that differs most
	Entry     []int // the same, as a position from 1
}

// exampleTries is how many draws of integers are tried for each choice of sizes and functions, and how many more for one
// at which the values are integers as well.
const exampleTries, exampleRetries = 6, 24

// maxExample bounds the entries of all variables of an example.
const maxExample = 24

// FindExample looks for a point with small integers at which a and b, which are not equal, differ: of all sizes 1, then 2.
// It prefers integers for the values, and small ones. Nil says that there is none.
func FindExample(ctx context.Context, a, b *symbolic.Expr) *Example {
	return findExample(ctx, a, b, []float64{1, 2, 2, 3, -1}, ofFinite(visibly))
}

// kinks are the numbers at which functions bend, jump and have no value.
var kinks = []float64{0, 1, 0, -1}

// FindKink looks for such a point made of 0, 1 and −1 at which a and b, equal at random points, differ.
func FindKink(ctx context.Context, a, b *symbolic.Expr) *Example {
	return findExample(ctx, a, b, kinks, ofFinite(visibly))
}

// FindMissing looks for such a point at which only one of a and b has a value; missing is 1 or 2 for the one that has none.
func FindMissing(ctx context.Context, a, b *symbolic.Expr) (x *Example, missing int) {
	x = findExample(ctx, a, b, kinks, func(a, b *numeric.Array) (int, bool) {
		i := slices.IndexFunc(slices.Concat(a.Data, b.Data), func(x float64) bool { return x-x != 0 })
		return max(i, 0) % max(len(a.Data), 1), finite(a) != finite(b)
	})
	if x == nil {
		return nil, 0
	}
	if finite(x.A) {
		return x, 2
	}
	return x, 1
}

// Example is the special point of a comparison, with the variables where they have few numbers.
func (c Comparison) Example() *Example {
	x := &Example{Point: c.Special, A: c.A, B: c.B, Entry: c.Entry}
	for i, k := range c.Entry {
		x.At = x.At*c.A.Shape[i] + k - 1
	}
	count := 0
	for _, v := range c.Special.names {
		count += len(c.Special.Values[v].Data)
	}
	if count <= maxExample && len(c.Special.Functions) == 0 {
		x.Vars = c.Special.names
	}
	return x
}

// ofFinite is a relation of values that are numbers in every entry.
func ofFinite(differ func(a, b *numeric.Array) (int, bool)) func(a, b *numeric.Array) (int, bool) {
	return func(a, b *numeric.Array) (int, bool) {
		if !finite(a) || !finite(b) {
			return 0, false
		}
		return differ(a, b)
	}
}

// visibly is where a and b differ most, if one who computes by hand sees the difference: not by what softmax leaves beside
// its largest entry.
func visibly(a, b *numeric.Array) (at int, far bool) {
	const seen = 1e-3
	at, far = farthest(a, b)
	return at, far && math.Abs(a.Data[at]-b.Data[at]) >= seen
}

// FindViolation looks for such a point, made of the given integers, at which an order does not hold.
func FindViolation(ctx context.Context, a, b *symbolic.Expr, from []float64, holds func(x, y float64) bool) *Example {
	return findExample(ctx, a, b, from, ofFinite(func(a, b *numeric.Array) (int, bool) {
		for i, x := range a.Data {
			if !holds(x, b.Data[i]) {
				return i, true
			}
		}
		return 0, false
	}))
}

// findExample looks for a point with the given integers at which two values differ.
func findExample(ctx context.Context, a, b *symbolic.Expr, from []float64, differ func(a, b *numeric.Array) (int, bool)) *Example {
	vars, fns := leaves([]*symbolic.Expr{a, b})
	slices.SortFunc(vars, func(x, y *symbolic.Expr) int { return int(x.ID - y.ID) })
	for size := 1; size <= 2; size++ {
		for _, choice := range simpleFunctions(fns) {
			r := rand.New(rand.NewPCG(8, uint64(size)))
			sides := opened(choice, a, b)
			var best *Example
			for try := range exampleRetries {
				if try >= exampleTries && best != nil && best.burden() < notIntegers {
					break
				}
				x := newExample(ctx, &sampler{r: r, small: size, integers: from}, choice, vars, a, b, sides, differ)
				if x != nil && (best == nil || x.burden() < best.burden()) {
					best = x
				}
			}
			if best != nil {
				return best
			}
		}
	}
	return nil
}

// opened are a and b with particular functions in the place of abstract ones, or as they are.
func opened(of []Instance, a, b *symbolic.Expr) [2]*symbolic.Expr {
	bindings := lower.Bindings{Functions: map[*symbolic.Func]*symbolic.Func{}, Dims: a.G.Dims}
	for _, i := range of {
		bindings.Functions[i.Abstract] = i.known
	}
	out, err := bindings.Open([]*symbolic.Expr{a, b})
	if err != nil {
		return [2]*symbolic.Expr{a, b}
	}
	return [2]*symbolic.Expr(out)
}

// newExample draws one point and evaluates the sides there, which are a and b with their functions opened; nil where the values do not differ, are not finite, or are no small integers because of a
// declared fact.
func newExample(ctx context.Context, s *sampler, of []Instance, vars []*symbolic.Expr, a, b *symbolic.Expr, sides [2]*symbolic.Expr, differ func(a, b *numeric.Array) (int, bool)) (x *Example) {
	defer func() {
		if recover() != nil { // sizes that an operation cannot have
			x = nil
		}
	}()
	p, err := drawPoint(s, nil, []*symbolic.Expr{a, b})
	if err != nil || !smallIntegers(p, vars) {
		return nil
	}
	for _, i := range of {
		p.Functions[i.Abstract] = i.known
	}
	out, err := p.sides(ctx, sides[0], sides[1])
	if err != nil {
		return nil
	}
	i, far := differ(out[0], out[1])
	if !far {
		return nil
	}
	snap(out[0])
	snap(out[1])
	return &Example{Point: p, Vars: vars, Dims: p.Bindings.Dims.Names(), Instances: of, A: out[0], B: out[1], At: i, Entry: entry(out[0].Shape, i)}
}

// snap takes the rounding off values that are integers, or halves, but for it.
func snap(a *numeric.Array) {
	for i, x := range a.Data {
		if n := math.Round(2*x) / 2; math.Abs(x-n) < 1e-12*math.Max(1, math.Abs(n)) {
			a.Data[i] = n
		}
	}
}

// smallIntegers says that the values are integers, or halves where a declared fact wants them, and few.
func smallIntegers(p *Point, vars []*symbolic.Expr) bool {
	n := 0
	for _, v := range vars {
		n += len(p.Values[v].Data)
		snap(p.Values[v])
		if !halves(p.Values[v]) {
			return false
		}
	}
	return n <= maxExample
}

func halves(a *numeric.Array) bool {
	for _, x := range a.Data {
		if 2*x != math.Trunc(2*x) || math.Abs(x) > 999 {
			return false
		}
	}
	return true
}

// notIntegers is the burden of values that are no integers.
const notIntegers = 1e9

// burden is how large the values are that a person has to compute; values that are no integers weigh more than any.
func (x *Example) burden() float64 {
	most := 0.0
	for _, v := range append(slices.Clone(x.A.Data), x.B.Data...) {
		most = math.Max(most, math.Abs(v))
		if v != math.Trunc(v) {
			most = math.Max(most, notIntegers)
		}
	}
	return most
}

// simpleFunctions are the choices of functions that a person differentiates at sight, one for each abstract function.
func simpleFunctions(fns []*symbolic.Func) [][]Instance {
	if len(fns) == 0 {
		return [][]Instance{nil}
	}
	var out [][]Instance
	for k := range 4 { // the second choice for those of several numbers first
		var of []Instance
		for _, f := range fns {
			known, text := simpleFunction(f, [2]int{k % 2, k / 2}[btoi(f.Abstract.Elementwise())])
			if known == nil {
				return nil
			}
			of = append(of, Instance{f, text, known})
		}
		out = append(out, of)
	}
	return out
}

// simpleFunction is the k-th simple function of the type of an abstract one, with its formula; nil where there is none.
func simpleFunction(f *symbolic.Func, k int) (*symbolic.Func, string) {
	sig := f.Abstract
	switch {
	case len(sig.Args) == 1 && sig.Elementwise():
		n := int64(2 + k)
		return standIn(f, func(in symbolic.In) *symbolic.Expr { return in.G.Pow(in.Args[0], big.NewRat(n, 1)) }),
			f.Name + "(t) = t" + [2]string{"²", "³"}[k]
	case len(sig.Result) > 0:
		return nil, ""
	case len(sig.Args) == 2 && len(sig.Args[0]) == len(sig.Args[1]) && k == 0:
		return standIn(f, func(in symbolic.In) *symbolic.Expr {
			d := in.G.Sub(in.Args[0], in.Args[1])
			return in.G.Scale(big.NewRat(1, 2), squared(d))
		}), f.Name + "(a, b) = 1/2 ‖a - b‖²"
	case len(sig.Args) == 2 && len(sig.Args[0]) == len(sig.Args[1]):
		return standIn(f, func(in symbolic.In) *symbolic.Expr {
			l := symbolic.Labels(in.Args[0].Rank())
			return squared(in.G.Einsum([]string{l, l}, "", in.Args, nil))
		}), f.Name + "(a, b) = (aᵀ b)²"
	case len(sig.Args) == 1 && k == 0:
		return standIn(f, func(in symbolic.In) *symbolic.Expr { return in.G.Scale(big.NewRat(1, 2), squared(in.Args[0])) }),
			f.Name + "(a) = 1/2 ‖a‖²"
	case len(sig.Args) == 1:
		return standIn(f, func(in symbolic.In) *symbolic.Expr {
			l := symbolic.Labels(in.Args[0].Rank())
			return squared(in.G.Einsum([]string{l}, "", in.Args, nil))
		}), f.Name + "(a) = sum(a)²"
	}
	return nil, ""
}

// squared is ‖e‖².
func squared(e *symbolic.Expr) *symbolic.Expr {
	l := symbolic.Labels(e.Rank())
	return e.G.Einsum([]string{l, l}, "", []*symbolic.Expr{e, e}, nil)
}

func standIn(f *symbolic.Func, build func(in symbolic.In) *symbolic.Expr) *symbolic.Func {
	args := make([]symbolic.Arg, len(f.Abstract.Args))
	for i := range args {
		args[i].Name = fmt.Sprint("t", i+1)
	}
	return &symbolic.Func{Name: f.Name + " (example)", Args: args, Build: func(in symbolic.In) (*symbolic.Expr, error) { return build(in), nil }}
}
