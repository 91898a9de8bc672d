package derivatives

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/study"
)

// The bar: this part of the answers is printed as its source prints it, and none is longer than that by this factor.
const (
	barPrinted = 0.9
	barNodes   = 1.3

	barUnproved = 0.01 // of what is printed and read back
)

// TestDerivativesHaveTheirClosedForms derives every case, and checks the answer by finite differences, by a proof that it
// equals the closed form, and by the form in which it is printed.
func TestDerivativesHaveTheirClosedForms(t *testing.T) {
	cases, err := readCases("*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var proved, same, known, asked, unproved int
	worst, where := 0.0, ""
	seen := map[string]bool{}
	for _, c := range cases {
		id := c.File + "/" + c.Name
		if seen[id] {
			t.Errorf("two cases are called %s", id)
		}
		seen[id] = true
		t.Run(id, func(t *testing.T) {
			if c.Refused != "" {
				refused(t, c)
				return
			}
			if len(c.Want) == 0 {
				if asked++; !answered(t, c) {
					unproved++
				}
				return
			}
			known++
			r := run(t, c)
			if r.proved {
				proved++
			}
			if r.same {
				same++
			}
			if r.longer > worst {
				worst, where = r.longer, id
			}
		})
	}
	t.Logf("%d cases, %d with a closed form: %d printed equal to it (%.1f %%), %d proved equal; the longest has %.2f times the nodes (%s)",
		len(cases), known, same, 100*float64(same)/float64(known), proved, worst, where)
	t.Logf("%d questions without a closed form: %d are read back as an expression that is equal at points only", asked, unproved)
	if float64(unproved) > barUnproved*float64(asked) {
		t.Errorf("%d of %d answers are not proved equal to what they are read back as", unproved, asked)
	}
	if float64(same) < barPrinted*float64(known) {
		t.Errorf("only %d of %d closed forms are printed as such", same, known)
	}
	if worst > barNodes {
		t.Errorf("%s is printed with %.2f times the nodes of its closed form", where, worst)
	}
}

type result struct {
	proved, same bool
	longer       float64
}

// refused checks that the error is the one named, and says a way out.
func refused(t *testing.T, c testCase) {
	res := answer(c.Setup, c.question())
	switch {
	case res.Err == nil:
		t.Errorf("%s: it is answered: %s", c.question(), res.Text)
	case res.Err.Code != c.Refused:
		t.Errorf("%s: %s: %s, want %s", c.question(), res.Err.Code, res.Err.Message, c.Refused)
	}
}

// run checks one case.
func run(t *testing.T, c testCase) (out result) {
	r := newReader()
	if _, err := r.tell(c.Setup); err != nil {
		t.Fatalf("%s: %v", c.Setup, err)
	}
	got := mustTell(t, r, c.question())
	want := mustTell(t, r, c.Want[0])
	if !r.Dims.SameShape(got.Shape, want.Shape) {
		t.Fatalf("%s : %v, but the closed form is %v", c.question(), got.Shape, want.Shape)
	}
	if c.Of != "" {
		checkDifferences(t, r, c, got)
	}
	switch d := study.Compare(context.Background(), got, want); d.Decision {
	case study.Proved:
		out.proved = true
	case study.Equal:
		t.Errorf("%s: equal at %d points, not proved", c.question(), d.Points)
	case study.Refuted:
		t.Errorf("%s is %v, but %s is %v at a point", c.question(), d.A, c.Want[0], d.B)
	default:
		t.Errorf("%s: no point was found", c.question())
	}
	out.same, out.longer = compareForms(t, r, c)
	return out
}

// answered checks a case whose closed form no source has: by finite differences, and by reading back what is printed. It
// says whether what was read back is proved to be the same.
func answered(t *testing.T, c testCase) (proved bool) {
	r := newReader()
	if _, err := r.tell(c.Setup); err != nil {
		t.Fatalf("%s: %v", c.Setup, err)
	}
	got := mustTell(t, r, c.question())
	checkDifferences(t, r, c, got)
	res := answer(c.Setup, c.question())
	if res.Err != nil {
		t.Fatalf("%s: %v", c.question(), res.Err)
	}
	back, err := r.tell(res.Text)
	if err != nil {
		t.Fatalf("%s prints %s, which does not read back: %v", c.question(), res.Text, err)
	}
	d := study.Compare(context.Background(), got, back.Expr)
	switch d.Decision {
	case study.Proved:
		return true
	case study.Equal:
		t.Logf("%s prints %s: equal at %d points", c.question(), res.Text, d.Points)
	default:
		t.Errorf("%s prints %s, which reads back as another: decision %v", c.question(), res.Text, d.Decision)
	}
	return false
}

func mustTell(t *testing.T, r *reader, src string) *symbolic.Expr {
	t.Helper()
	v, err := r.tell(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return v.Expr
}

// compareForms says whether the answer is printed as one of the closed forms, and how much longer than the nearest it is.
func compareForms(t *testing.T, r *reader, c testCase) (same bool, longer float64) {
	res := answer(c.Setup, c.question())
	if res.Err != nil {
		t.Fatalf("%s: %v", c.question(), res.Err)
	}
	text, nodes, err := printed(r, res.Text)
	if err != nil {
		t.Fatalf("%s does not read back: %v", res.Text, err)
	}
	longer = math.Inf(1)
	for _, w := range c.Want {
		form, n, err := printed(r, w)
		if err != nil {
			t.Fatalf("%s: %v", w, err)
		}
		same = same || form == text
		longer = math.Min(longer, float64(nodes)/float64(n))
	}
	if !same {
		t.Logf("form: %s\n\tprints %s\n\twant   %s (%.2f)", c.question(), strings.ReplaceAll(res.Text, "\n", "; "), strings.Join(c.Want, " or "), longer)
	}
	return same, longer
}

// checkDifferences compares a derivative with central differences of the next lower one along random directions.
func checkDifferences(t *testing.T, r *reader, c testCase, d *symbolic.Expr) {
	t.Helper()
	n := len(c.By)
	y, x := mustTell(t, r, c.below(n-1)), mustTell(t, r, c.By[n-1])
	if x.Op != symbolic.Var {
		t.Fatalf("%s is no variable", c.By[n-1])
	}
	rng := rand.New(rand.NewPCG(11, uint64(len(c.Name))))
	tried := 0
	var failed error
	for try := 0; try < 24 && tried < 2; try++ {
		p, err := study.NewPoint(rng, try%2 == 1, y, x, d)
		if err != nil {
			t.Fatal(err)
		}
		s, err := alongside(p, rng, y, x, d)
		if err != nil {
			failed = err // a matrix that is singular there, a logarithm of what is negative
			continue
		}
		if _, rough := differ(s.coarse, s.fine); rough || !finite(s.got) {
			continue // too close to a pole for differences to say anything
		}
		tried++
		if i, bad := differ(s.got, s.fine); bad {
			t.Errorf("%s: entry %d along a direction is %g, by differences %g", c.question(), i, s.got[i], s.fine[i])
			return
		}
	}
	if tried == 0 {
		t.Errorf("%s: no point was found at which it is finite: %v", c.question(), failed)
	}
}

// slopes are a derivative along a direction: as it was derived, and by differences with two step sizes.
type slopes struct{ got, coarse, fine []float64 }

// alongside measures the derivative d of y by x along a random direction. Where x was declared symmetric or diagonal,
// the direction is as well: functions of symmetric matrices are not defined elsewhere.
func alongside(p *study.Point, rng *rand.Rand, y, x, d *symbolic.Expr) (s slopes, err error) {
	v := direction(rng, p.Values[x], y.G.Facts.At(x))
	if s.coarse, err = differences(p, y, x, v, 4e-4); err != nil {
		return s, err
	}
	if s.fine, err = differences(p, y, x, v, 2e-4); err != nil {
		return s, err
	}
	out, err := p.Eval(context.Background(), d)
	if err != nil {
		return s, err
	}
	full := out[0].Data
	if len(full) != len(s.fine)*len(v) {
		return s, fmt.Errorf("%d entries, not %d by %d", len(full), len(s.fine), len(v))
	}
	s.got = make([]float64, len(s.fine))
	for i := range s.got {
		for k := range v {
			s.got[i] += full[i*len(v)+k] * v[k]
		}
	}
	return s, nil
}

func direction(rng *rand.Rand, at *numeric.Array, f *symbolic.Facts) []float64 {
	v := make([]float64, len(at.Data))
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	if f == nil || !f.Symmetric && !f.PosDef && !f.Diagonal {
		return v
	}
	n := at.Shape[0]
	for i := range n {
		for j := range i {
			v[i*n+j] = v[j*n+i]
			if f.Diagonal {
				v[i*n+j], v[j*n+i] = 0, 0
			}
		}
	}
	return v
}

// differences are central differences of fourth order of y, as x moves along v.
func differences(p *study.Point, y, x *symbolic.Expr, v []float64, h float64) ([]float64, error) {
	at := p.Values[x]
	defer func() { p.Values[x] = at }()
	var sum []float64
	for _, s := range []struct{ at, weight float64 }{{h, 8}, {-h, -8}, {2 * h, -1}, {-2 * h, 1}} {
		moved := numeric.New(at.Shape...)
		for i := range v {
			moved.Data[i] = at.Data[i] + s.at*v[i]
		}
		p.Values[x] = moved
		out, err := p.Eval(context.Background(), y)
		if err != nil {
			return nil, err
		}
		if sum == nil {
			sum = make([]float64, len(out[0].Data))
		}
		for i, f := range out[0].Data {
			sum[i] += s.weight * f / (12 * h)
		}
	}
	return sum, nil
}

func finite(xs []float64) bool {
	for _, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// differ is the first entry at which two results differ by more than differences can.
func differ(a, b []float64) (int, bool) {
	scale := 1e-3
	for i := range a {
		scale = math.Max(scale, math.Max(math.Abs(a[i]), math.Abs(b[i])))
	}
	for i := range a {
		if !(math.Abs(a[i]-b[i]) <= 1e-6*scale) {
			return i, true
		}
	}
	return 0, false
}
