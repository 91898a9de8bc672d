package study

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A Condition is something under which a claim may hold though it does not in general: a fact about a variable or a
// dimension, or particular functions in the place of abstract ones.
type Condition struct {
	Kind ConditionKind
	Var  *symbolic.Expr // of a fact about a variable
	Dim  string         // of a size
	Of   []Instance     // of particular functions
	size map[string]int
	move func(p *Point) // makes a random point one where it holds
}

// ConditionKind says what a condition is about.
type ConditionKind uint8

const (
	IsSymmetric ConditionKind = iota // Var is a symmetric matrix
	SumsToOne                        // the entries of the vector Var, or of each row of the matrix, sum to 1
	IsPositive                       // every entry of Var is positive
	IsOne                            // the size Dim is 1
	IsFunction                       // the abstract functions are the Of
)

// An Instance is a particular function in the place of an abstract one.
type Instance struct {
	Abstract *symbolic.Func
	Name     string // relu, identity, squared error
	known    *symbolic.Func
}

// Facts are the conditions that a fact could state and that the expressions give reason to try: a square matrix may be
// symmetric, the entries of a vector sum to 1, a variable be positive, a size by which something is divided be 1.
func Facts(es ...*symbolic.Expr) []Condition {
	var out []Condition
	vars, _ := leaves(es)
	for _, v := range vars {
		f := v.G.Facts.At(v)
		if f == nil {
			f = &symbolic.Facts{}
		}
		if v.Rank() == 2 && v.G.Dims.Same(v.Shape[0], v.Shape[1]) && !f.Symmetric && !f.PosDef && !f.Diagonal {
			out = append(out, Condition{Kind: IsSymmetric, Var: v, move: func(p *Point) { symmetrize(p.Values[v]) }})
		}
		if (v.Rank() == 1 || v.Rank() == 2) && len(f.Equal) == 0 {
			out = append(out, Condition{Kind: SumsToOne, Var: v, move: func(p *Point) { normalizeRows(p.Values[v]) }})
		}
	}
	for _, n := range divisors(es) {
		out = append(out, Condition{Kind: IsOne, Dim: n, size: map[string]int{n: 1}})
	}
	for _, v := range vars {
		if f := v.G.Facts.At(v); f == nil || !f.Positive {
			out = append(out, Condition{Kind: IsPositive, Var: v, move: func(p *Point) { makePositive(p.Values[v]) }})
		}
	}
	return out
}

func symmetrize(a *numeric.Array) { shapeFacts(&symbolic.Facts{Symmetric: true}, a) }

func makePositive(a *numeric.Array) { shapeFacts(&symbolic.Facts{Positive: true}, a) }

// normalizeRows makes the entries along the last axis sum to 1.
func normalizeRows(a *numeric.Array) {
	n := a.Shape[len(a.Shape)-1]
	for at := 0; at+n <= len(a.Data) && n > 0; at += n {
		row, sum := a.Data[at:at+n], 0.0
		for _, x := range row {
			sum += x
		}
		for i := range row {
			row[i] += (1 - sum) / float64(n)
		}
	}
}

// divisors are the dimensions by whose size something is divided: those over which there is a mean.
func divisors(es []*symbolic.Expr) []string {
	var out []string
	seen := map[*symbolic.Expr]bool{}
	for _, e := range es {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			if !n.IsCall("pow") || n.Args[0].Body().Op != symbolic.Dim || n.Par.Exp.Cmp(big.NewRat(-1, 1)) != 0 {
				return
			}
			if d, ok := n.G.Dims.Canon(n.Args[0].Body().Size).AsName(); ok && !slices.Contains(out, d) {
				out = append(out, d)
			}
		}, seen)
	}
	return out
}

// Functions are the particular functions that are tried for the abstract ones of the expressions.
func Functions(es ...*symbolic.Expr) (elementwise, losses []Condition) {
	_, fns := leaves(es)
	for _, name := range []string{"relu", "identity", "tanh", "sigmoid", "exp", "sin"} {
		var of []Instance
		for _, f := range fns {
			if f.Abstract.Elementwise() && len(f.Abstract.Args) == 1 {
				if k := libraryFunction(es[0].G, name); k != nil {
					of = append(of, Instance{f, name, k})
				}
			}
		}
		if len(of) > 0 {
			elementwise = append(elementwise, instances(of))
		}
	}
	for _, l := range []struct {
		name  string
		known *symbolic.Func
	}{{"squared error", squaredError}, {"crossentropy", es[0].G.Lib.Lookup("crossentropy")}} {
		var of []Instance
		for _, f := range fns {
			if a := f.Abstract; len(a.Args) == 2 && len(a.Result) == 0 && len(a.Args[0]) == 1 && len(a.Args[1]) == 1 && l.known != nil {
				of = append(of, Instance{f, l.name, l.known})
			}
		}
		if len(of) > 0 {
			losses = append(losses, instances(of))
		}
	}
	return elementwise, losses
}

func instances(of []Instance) Condition {
	return Condition{Kind: IsFunction, Of: of, move: func(p *Point) {
		for _, i := range of {
			p.Functions[i.Abstract] = i.known
		}
	}}
}

func libraryFunction(g *symbolic.Graph, name string) *symbolic.Func {
	if name == "identity" {
		return identityFunction
	}
	return g.Lib.Lookup(name)
}

var identityFunction = &symbolic.Func{Name: "identity", Args: []symbolic.Arg{{Name: "x"}},
	Build: func(in symbolic.In) (*symbolic.Expr, error) { return in.Args[0], nil }}

// squaredError is ½‖a − b‖².
var squaredError = &symbolic.Func{Name: "squared error", Args: []symbolic.Arg{{Name: "a"}, {Name: "b"}},
	Build: func(in symbolic.In) (*symbolic.Expr, error) {
		return in.G.Scale(big.NewRat(1, 2), squared(in.G.Sub(in.Args[0], in.Args[1]))), nil
	}}

// HoldsUnder says that a and b are equal at random points that satisfy the conditions. Where a, the truth, is zero at
// all of them the conditions leave nothing to be right about, and it says no.
func HoldsUnder(ctx context.Context, a, b *symbolic.Expr, cs ...Condition) (holds bool) {
	defer func() {
		if recover() != nil { // an instance that the evaluator cannot take: the condition is not offered
			holds = false
		}
	}()
	r := rand.New(rand.NewPCG(3, 17))
	found, zero := 0, true
	for try := 0; try < 4*Points && found < Points && ctx.Err() == nil; try++ {
		truth, agree := agreeUnder(ctx, variedSampler(r, try), cs, a, b)
		if !agree {
			return false
		}
		if truth == nil {
			continue
		}
		found++
		for _, x := range truth.Data {
			zero = zero && math.Abs(x) < 1e-12
		}
	}
	for s := range farSamplers(a, b) {
		if _, agree := agreeUnder(ctx, s, cs, a, b); !agree {
			return false
		}
	}
	return found > 0 && !zero
}

// agreeUnder says that a and b are equal at a point that satisfies the conditions, and the value of a there; nil where one
// of them is not finite.
func agreeUnder(ctx context.Context, s *sampler, cs []Condition, a, b *symbolic.Expr) (truth *numeric.Array, agree bool) {
	p, err := pointUnder(s, cs, a, b)
	if err != nil {
		return nil, false
	}
	out, bounds, err := p.Bounded(ctx, a, b)
	if err != nil {
		return nil, false
	}
	if !finite(out[0]) || !finite(out[1]) {
		return nil, true
	}
	if _, far := farthest(out[0], out[1]); far && beyond(out, bounds) {
		return out[0], false
	}
	if saturated(ctx, p, a, b) {
		return nil, true
	}
	return out[0], true
}

// saturated says that some tanh, sigmoid or erf has rounded to its limit everywhere: sides that agree there agree by rounding.
func saturated(ctx context.Context, p *Point, es ...*symbolic.Expr) bool {
	limits := map[string]float64{"tanh": 1, "sigmoid": 1, "erf": 1}
	var calls []*symbolic.Expr
	seen := map[*symbolic.Expr]bool{}
	for _, e := range es {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			if n.Op == symbolic.Call && limits[n.Fn.Name] > 0 && len(n.Par.Deriv) == 0 {
				calls = append(calls, n)
			}
		}, seen)
	}
	for _, c := range calls {
		v, err := p.Eval(ctx, c)
		if err == nil && len(v[0].Data) > 0 && !slices.ContainsFunc(v[0].Data, func(x float64) bool { return math.Abs(x) < limits[c.Fn.Name] }) {
			return true
		}
	}
	return false
}

// Excluded are those of some conditions, alone and in pairs, under which a and b cannot be equal, since they differ at a
// point where several conditions hold together: one point tells of many. What it does not tell, HoldsUnder finds.
func Excluded(ctx context.Context, a, b *symbolic.Expr, cs []Condition) func(of ...Condition) bool {
	var dead [][]Condition
	for _, group := range compatible(cs) {
		if differUnder(ctx, group, a, b) {
			dead = append(dead, group)
		}
	}
	return func(of ...Condition) bool {
		return slices.ContainsFunc(dead, func(group []Condition) bool {
			return !slices.ContainsFunc(of, func(c Condition) bool { return !slices.ContainsFunc(group, c.same) })
		})
	}
}

// differUnder says that a and b differ at one point where all conditions hold, the first at which they are finite.
func differUnder(ctx context.Context, cs []Condition, a, b *symbolic.Expr) (differ bool) {
	defer func() {
		if recover() != nil {
			differ = false
		}
	}()
	r := rand.New(rand.NewPCG(3, 17))
	for try := 0; try < 4*Points && ctx.Err() == nil; try++ {
		if truth, agree := agreeUnder(ctx, variedSampler(r, try), cs, a, b); truth != nil {
			return !agree
		}
	}
	return false
}

func (c Condition) same(d Condition) bool {
	return c.Kind == d.Kind && c.Var == d.Var && c.Dim == d.Dim
}

// compatible are groups of conditions that one point can satisfy: at most one about each variable, none about the sign with
// others.
func compatible(cs []Condition) [][]Condition {
	var groups [][]Condition
next:
	for _, c := range cs {
		for i, g := range groups {
			clash := func(d Condition) bool {
				return (c.Kind == IsPositive) != (d.Kind == IsPositive) || c.Var != nil && c.Var == d.Var
			}
			if !slices.ContainsFunc(g, clash) {
				groups[i] = append(g, c)
				continue next
			}
		}
		groups = append(groups, []Condition{c})
	}
	return groups
}

func pointUnder(s *sampler, cs []Condition, es ...*symbolic.Expr) (*Point, error) {
	sizes := map[string]int{}
	for _, c := range cs {
		for n, s := range c.size {
			sizes[n] = s
		}
	}
	p, err := drawPoint(s, sizes, es)
	if err != nil {
		return nil, err
	}
	for _, c := range cs {
		if c.move != nil {
			c.move(p)
		}
	}
	return p, nil
}

// axisName is the name of the last axis of a variable.
func axisName(v *symbolic.Expr) shape.Dim { return v.Shape[v.Rank()-1] }

// Axis is the axis along which a condition sums.
func (c Condition) Axis() string { return axisName(c.Var).String() }
