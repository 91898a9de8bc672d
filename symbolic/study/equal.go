package study

import (
	"context"
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/rewrite"
)

// A Decision is what is known of a claim that two expressions are equal.
type Decision uint8

const (
	Proved  Decision = iota // one normal form
	Equal                   // equal at every point that was tried
	Refuted                 // different at a point
	Unknown                 // no point was found at which both sides are finite
)

// A Comparison is the outcome of comparing two expressions of one shape.
type Comparison struct {
	Decision Decision
	Points   int            // at which both sides were finite
	At       *Point         // where they differ most, if Refuted
	A, B     *numeric.Array // their values there
	Entry    []int          // the entry that differs most
	Failed   error          // if Unknown: why the last point was none; nil where a side was not finite there
	Special  *Point         // where the random points say equal: a special point at which the sides differ, or one of them has no value
	Missing  int            // if there is Special: 1 or 2 for the side that has no value there; 0: both have, At, A, B and Entry say which
}

// Points is how many random points a claim is tried at.
const Points = 8

// Tolerance is the relative difference up to which two computed numbers count as equal.
const Tolerance = 1e-9

// Compare decides whether a and b, of one shape, are equal: first numbers at random points, which refute for certain,
// then the normal form, which proves.
func Compare(ctx context.Context, a, b *symbolic.Expr) Comparison {
	if a == b {
		return Comparison{Decision: Proved}
	}
	c := tryPoints(ctx, a, b)
	if c.Decision == Refuted {
		return c
	}
	if c.trySpecial(ctx, a, b); c.Decision == Equal {
		c.tryFar(ctx, a, b)
	}
	if c.Decision != Refuted && c.At == nil && proved(a, b) {
		c.Decision = Proved
	}
	return c
}

// trySpecial looks for a point with zeros, ties and singular matrices at which the sides differ, or only one has a value. It
// is kept apart from the random points: what holds but at kinks is often what a reader means. Sides that differ around such
// a point too are not equal.
func (c *Comparison) trySpecial(ctx context.Context, a, b *symbolic.Expr) {
	for p := range specialPoints(a, b) {
		if ctx.Err() != nil {
			return
		}
		out, err := p.sides(ctx, a, b)
		if err != nil {
			continue
		}
		left, right := finite(out[0]), finite(out[1])
		switch i, far := farthest(out[0], out[1]); {
		case left && right && far && beyondRounding(ctx, p, a, b):
			around := differAround(ctx, p, a, b)
			if c.At == nil || around {
				c.Special, c.Missing, c.At = p, 0, p
				c.A, c.B, c.Entry = out[0], out[1], entry(out[0].Shape, i)
			}
			if around {
				c.Decision = Refuted
				return
			}
		case left != right && c.Special == nil:
			c.Special, c.Missing = p, 1
			if left {
				c.Missing = 2
			}
		}
	}
}

// differAround says that a and b differ at points near p as well, so that it is no kink at which they do. Variables with
// facts cannot be moved by chance.
func differAround(ctx context.Context, p *Point, a, b *symbolic.Expr) bool {
	const tries, near = 6, 1e-3
	r := rand.New(rand.NewPCG(11, 2))
	for range tries {
		q := *p
		q.Values = make(map[*symbolic.Expr]*numeric.Array, len(p.Values))
		for v, x := range p.Values {
			if v.G.Facts.At(v) != nil {
				return false
			}
			y := &numeric.Array{Shape: x.Shape, Data: slices.Clone(x.Data)}
			for i := range y.Data {
				y.Data[i] += near * (1 + math.Abs(y.Data[i])) * (2*r.Float64() - 1)
			}
			q.Values[v] = y
		}
		out, err := q.Eval(ctx, a, b)
		if err != nil || !finite(out[0]) || !finite(out[1]) {
			return false
		}
		if _, far := farthest(out[0], out[1]); !far || !beyondRounding(ctx, &q, a, b) {
			return false
		}
	}
	return true
}

// specialPoints are all points made of the special numbers where the variables have few entries together, and some of
// them where they have more.
func specialPoints(a, b *symbolic.Expr) iter.Seq[*Point] {
	r := rand.New(rand.NewPCG(5, 4))
	tries, draw := Points, func(int) (*Point, error) { return NewSpecialPoint(r, a, b) }
	if n := entries(mustVars(a, b)); n > 0 && n <= fewEntries {
		from := everySpecial
		if n < fewEntries {
			from = append(slices.Clone(from), beside(thresholds(a, b))...)
		}
		tries = power(len(from), n)
		draw = func(k int) (*Point, error) {
			return drawPoint(&sampler{r: r, digits: &digits{k, from}}, nil, []*symbolic.Expr{a, b})
		}
	}
	return func(yield func(*Point) bool) {
		for try := range tries {
			if p, err := draw(try); err != nil || !yield(p) {
				return
			}
		}
	}
}

// proved says that the difference has the normal form 0, or is 0 in every case of the signs in it.
func proved(a, b *symbolic.Expr) bool {
	n, ok := rewrite.Normal(a.G.Sub(a, b))
	return ok && n.IsZero() || rewrite.ZeroByCases(a.G.Sub(a, b))
}

func tryPoints(ctx context.Context, a, b *symbolic.Expr) Comparison {
	r := rand.New(rand.NewPCG(5, 3))
	c := Comparison{Decision: Unknown}
	for try := 0; try < 4*Points && c.Points < Points && c.Decision != Refuted && ctx.Err() == nil; try++ {
		c.try(ctx, variedSampler(r, try), a, b)
	}
	if c.Decision == Refuted {
		return c
	}
	if c.Points > 0 {
		c.Decision, c.Failed = Equal, nil
	}
	return c
}

// try compares a and b at one more point. Where so much cancels that the numbers say nothing, the point does not count.
func (c *Comparison) try(ctx context.Context, s *sampler, a, b *symbolic.Expr) {
	p, err := drawPoint(s, nil, []*symbolic.Expr{a, b})
	if err != nil {
		c.Failed = err
		return
	}
	out, err := p.Eval(ctx, a, b)
	if err != nil || !finite(out[0]) || !finite(out[1]) {
		c.Failed = err
		return
	}
	i, far := farthest(out[0], out[1])
	if far && !beyondRounding(ctx, p, a, b) {
		return
	}
	c.Points++
	if far {
		c.Decision, c.At, c.A, c.B, c.Entry = Refuted, p, out[0], out[1], entry(out[0].Shape, i)
	}
}

// tryFar looks for a difference as far out as the thresholds in a and b are, where ordinary numbers do not come. It
// leaves the count of the points as it was.
func (c *Comparison) tryFar(ctx context.Context, a, b *symbolic.Expr) {
	found := Comparison{}
	for s := range farSamplers(a, b) {
		if found.try(ctx, s, a, b); found.Decision == Refuted {
			found.Points = c.Points
			*c = found
			return
		}
	}
}

// sides are both values at the point; of one that cannot be computed there, such as the inverse of a singular matrix, no
// entry is a number.
func (p *Point) sides(ctx context.Context, a, b *symbolic.Expr) ([]*numeric.Array, error) {
	out, err := p.Eval(ctx, a, b)
	if err == nil {
		return out, nil
	}
	out = make([]*numeric.Array, 2)
	known := 0
	for i, e := range []*symbolic.Expr{a, b} {
		if v, err := p.Eval(ctx, e); err == nil {
			out[i] = v[0]
			known = i
		}
	}
	if out[known] == nil {
		return nil, err
	}
	if out[1-known] == nil {
		out[1-known] = out[known].Clone()
		for i := range out[1-known].Data {
			out[1-known].Data[i] = math.NaN()
		}
	}
	return out, nil
}

// beyondRounding says that a and b differ at p by more than their rounding errors together explain. A bound that could
// not be found explains nothing.
func beyondRounding(ctx context.Context, p *Point, a, b *symbolic.Expr) bool {
	out, bounds, err := p.Bounded(ctx, a, b)
	return err != nil || beyond(out, bounds)
}

// beyond says that two values differ by more than their bounds.
func beyond(out, bounds []*numeric.Array) bool {
	for i, x := range out[0].Data {
		rounding := bounds[0].Data[i] + bounds[1].Data[i]
		if d := math.Abs(x - out[1].Data[i]); d > 2*rounding || d > 0 && !(rounding <= math.MaxFloat64) {
			return true
		}
	}
	return false
}

// NotDecided says, of an Unknown comparison, why no point told anything.
func (c Comparison) NotDecided() string {
	if c.Failed != nil {
		return "neither proved nor tried at points: " + c.Failed.Error()
	}
	return "no point was found at which both sides are finite"
}

func finite(a *numeric.Array) bool {
	for _, x := range a.Data {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// farthest is the entry at which a and b differ most, measured against the largest entry.
func farthest(a, b *numeric.Array) (at int, far bool) {
	scale, worst := 1e-12, 0.0
	for i := range a.Data {
		scale = math.Max(scale, math.Max(math.Abs(a.Data[i]), math.Abs(b.Data[i])))
		if d := math.Abs(a.Data[i] - b.Data[i]); d > worst {
			worst, at = d, i
		}
	}
	return at, worst > Tolerance*scale
}

// entry is the position, from 1, of the i-th entry of a shape.
func entry(s []int, i int) []int {
	pos := make([]int, len(s))
	for k := len(s) - 1; k >= 0; k-- {
		pos[k] = i%s[k] + 1
		i /= s[k]
	}
	return pos
}

// scales are how large the numbers of the points are at which an order is tried: an inequality may fail only near 0, or
// only far from it.
var scales = []float64{1, 0.01, 30}

// HoldsAt tries a relation on every entry of two expressions, at random points of every scale and where their thresholds
// are. It says at how many, or gives the two numbers for which it failed.
func HoldsAt(ctx context.Context, a, b *symbolic.Expr, holds func(x, y float64) bool) (points int, failed []float64) {
	r := rand.New(rand.NewPCG(5, 3))
	want := Points * len(scales)
	for try := 0; try < 4*want && points < want && ctx.Err() == nil; try++ {
		s := &sampler{r: r, positive: try%4 == 2, scale: scales[try%len(scales)]}
		known, failed := holdsThere(ctx, s, a, b, holds)
		if points += known; failed != nil {
			return points, failed
		}
	}
	for s := range farSamplers(a, b) {
		if _, failed := holdsThere(ctx, s, a, b, holds); failed != nil {
			return points, failed
		}
	}
	return points, nil
}

// holdsThere tries a relation at one point: known is 1 where both sides are finite.
func holdsThere(ctx context.Context, s *sampler, a, b *symbolic.Expr, holds func(x, y float64) bool) (known int, failed []float64) {
	p, err := drawPoint(s, nil, []*symbolic.Expr{a, b})
	if err != nil {
		return 0, nil
	}
	out, err := p.Eval(ctx, a, b)
	if err != nil || !finite(out[0]) || !finite(out[1]) {
		return 0, nil
	}
	for i, x := range out[0].Data {
		if y := out[1].Data[i]; !holds(x, y) {
			return 1, []float64{x, y}
		}
	}
	return 1, nil
}
