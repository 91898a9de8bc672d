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

// A Signature is what the numbers of a wrong line say about its mistake, found without a search.
type Signature struct {
	Multiple   bool     // candidate = C · Dim^Power · truth at every point
	C          *big.Rat // 2, −1, 1/2
	Dim        string   // n, d: "" for none
	Power      *big.Rat // 1, −1, 1/2, −1/2
	Varying    bool     // one ratio within each point, another at the next: a factor computed from the variables is amiss
	Transposed bool     // the transpose of the truth
	Diagonal   bool     // the diagonal of the truth, zero elsewhere
}

// signaturePoints is how many points must tell the same.
const signaturePoints = 5

// Diagnose compares the values of a wrong candidate with the truth at random points.
func Diagnose(ctx context.Context, truth, candidate *symbolic.Expr) (s Signature) {
	defer func() {
		if recover() != nil { // a diagnosis may fail, the verdict stands
			s = Signature{}
		}
	}()
	r := rand.New(rand.NewPCG(2, 9))
	var points []*Point
	var a, b []*numeric.Array
	for try := 0; try < 4*signaturePoints && len(points) < signaturePoints && ctx.Err() == nil; try++ {
		p, err := NewPoint(r, try%3 == 2, truth, candidate)
		if err != nil {
			return s
		}
		out, err := p.Eval(ctx, truth, candidate)
		if err != nil {
			return s
		}
		if finite(out[0]) && finite(out[1]) {
			points, a, b = append(points, p), append(a, out[0]), append(b, out[1])
		}
	}
	if len(points) < 2 || everywhere(a, b, isEqual) { // the sides differ elsewhere only
		return s
	}
	s.ratio(truth.G, points, a, b)
	s.Transposed = everywhere(a, b, isTransposed)
	s.Diagonal = everywhere(a, b, isDiagonalOf)
	return s
}

func everywhere(a, b []*numeric.Array, holds func(a, b *numeric.Array) bool) bool {
	for i := range a {
		if !holds(a[i], b[i]) {
			return false
		}
	}
	return true
}

func isEqual(a, b *numeric.Array) bool {
	_, far := farthest(a, b)
	return !far
}

func isTransposed(a, b *numeric.Array) bool {
	if len(a.Shape) != 2 || a.Shape[0] != b.Shape[1] || a.Shape[1] != b.Shape[0] {
		return false
	}
	t := numeric.New(a.Shape...)
	for i := range a.Shape[0] {
		for k := range a.Shape[1] {
			t.Data[i*a.Shape[1]+k] = b.Data[k*b.Shape[1]+i]
		}
	}
	_, far := farthest(a, t)
	return !far
}

func isDiagonalOf(a, b *numeric.Array) bool {
	if len(a.Shape) != 2 || a.Shape[0] != a.Shape[1] || a.Shape[0] < 2 {
		return false
	}
	d := numeric.New(a.Shape...)
	for i := range a.Shape[0] {
		d.Data[i*a.Shape[0]+i] = a.Data[i*a.Shape[0]+i]
	}
	_, far := farthest(d, b)
	return !far
}

// ratio finds one number by which the truth is off at each point, and a formula for it.
func (s *Signature) ratio(g *symbolic.Graph, points []*Point, a, b []*numeric.Array) {
	ratios := make([]float64, len(points))
	for i := range points {
		r, ok := ratioOf(a[i], b[i])
		if !ok {
			return
		}
		ratios[i] = r
	}
	for _, f := range factors(points) {
		c := ratios[0] / f.at(points[0])
		same := true
		for i, p := range points {
			same = same && math.Abs(ratios[i]/f.at(p)-c) <= 1e-7*math.Abs(c)
		}
		if q, ok := simpleRational(c); same && ok {
			s.Multiple, s.C, s.Dim, s.Power = true, q, f.dim, f.power
			return
		}
	}
	s.Varying = true
}

// ratioOf is b/a if it is the same for every entry.
func ratioOf(a, b *numeric.Array) (float64, bool) {
	ab, aa := 0.0, 0.0
	for i, x := range a.Data {
		ab += x * b.Data[i]
		aa += x * x
	}
	if aa == 0 || ab == 0 {
		return 0, false
	}
	c := ab / aa
	scaled := numeric.New(a.Shape...)
	for i, x := range a.Data {
		scaled.Data[i] = c * x
	}
	_, far := farthest(scaled, b)
	return c, !far && len(a.Data) > 1
}

// A dimFactor is a power of the size of a dimension.
type dimFactor struct {
	dim   string
	power *big.Rat
}

func (f dimFactor) at(p *Point) float64 {
	if f.dim == "" {
		return 1
	}
	n, _ := p.Dims.Size(shape.Name(f.dim))
	e, _ := f.power.Float64()
	return math.Pow(float64(n), e)
}

// factors are 1 and the powers of sizes by which a line can be off.
func factors(points []*Point) []dimFactor {
	out := []dimFactor{{"", big.NewRat(0, 1)}}
	names := slices.Clone(points[0].Dims.Names())
	slices.Sort(names)
	for _, n := range names {
		if points[0].Dims.Canon(shape.Name(n)) != shape.Name(n) {
			continue
		}
		for _, e := range []*big.Rat{big.NewRat(1, 1), big.NewRat(-1, 1), big.NewRat(1, 2), big.NewRat(-1, 2), big.NewRat(2, 1), big.NewRat(-2, 1)} {
			out = append(out, dimFactor{n, e})
		}
	}
	return out
}

// simpleRational is c as a fraction of small numbers, other than 0.
func simpleRational(c float64) (*big.Rat, bool) {
	for den := int64(1); den <= 12; den++ {
		n := math.Round(c * float64(den))
		if n != 0 && math.Abs(n) <= 24 && math.Abs(c*float64(den)-n) < 1e-7*math.Abs(n) {
			return big.NewRat(int64(n), den), true
		}
	}
	return nil, false
}
