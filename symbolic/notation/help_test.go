package notation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// A session is a scope that statements are read into.
type session struct{ *check.Scope }

func newSession(t testing.TB, src string) *session {
	t.Helper()
	s := &session{check.New(fn.Library())}
	if _, err := s.tell(src); err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return s
}

// tell runs statements and returns the value of the last.
func (s *session) tell(src string) (v check.Value, err error) {
	p := lang.NewParser(src)
	for {
		st, err := p.Next(s.Scope)
		switch {
		case err == io.EOF:
			return v, nil
		case err != nil:
			return v, err
		}
		s.Enter(src, st, check.Origin{Cell: 1})
		if v, err = s.run(st); err != nil {
			return v, err
		}
	}
}

func (s *session) run(st *lang.Stmt) (v check.Value, err error) {
	var r check.Reply
	var e *lang.Error
	switch b := st.Body.(type) {
	case *lang.Decl:
		r, e = s.Declare(b)
	case *lang.FuncDecl:
		r, e = s.DeclareFunc(b)
	case *lang.Dims:
		r, e = s.Size(b)
	case *lang.Def:
		r, e = s.Define(b)
	case *lang.ExprStmt:
		v, e = s.Expr(b.X)
	default:
		return v, errors.New("no statement of formulas: " + st.Source)
	}
	if e != nil {
		return v, e
	}
	if n := len(r.Bound); n > 0 && r.Bound[n-1].Expr != nil {
		v = check.Value{Expr: r.Bound[n-1].Expr, Row: r.Bound[n-1].Row}
	}
	return v, nil
}

func (s *session) printer() Printer { return Printer{Scope: s.Names()} }

// text is what an expression prints as.
func (s *session) text(t testing.TB, src string) string {
	t.Helper()
	v, err := s.tell(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	p := s.printer()
	p.Row = v.Row
	return p.Text(v.Expr)
}

// tolerance is the relative difference of values of two forms of one expression, where little cancels.
const tolerance = 1e-9

// sameNumbers says that two expressions of one shape have equal values at a random point. Where so much cancels in either
// that the rounding errors alone exceed the tolerance, the values must agree within those, and the next point is one
// with smaller numbers, until one tells.
func sameNumbers(s *session, a, b *symbolic.Expr) error {
	for _, scale := range []float64{1, 1. / 2, 1. / 4, 1. / 16, 1. / 64} {
		tells, err := sameAt(valuesFor(s, scale, a, b), a, b)
		if err != nil || tells {
			return err
		}
	}
	return errors.New("rounding hides the values at every point")
}

// sameAt compares a and b at a point. A point tells nothing if numbers overflow there, or if rounding may move an entry
// farther than the tolerance, and does.
func sameAt(at lower.Bindings, a, b *symbolic.Expr) (tells bool, err error) {
	out, err := lower.Reference(context.Background(), []*symbolic.Expr{a, b}, at)
	if err != nil {
		return false, err
	}
	x, y := out[0], out[1]
	if len(x.Data) != len(y.Data) {
		return false, errors.New("shapes differ")
	}
	var far []int
	for i := range x.Data {
		if math.IsInf(x.Data[i]-y.Data[i], 0) || math.IsNaN(x.Data[i]-y.Data[i]) {
			return false, nil
		}
		if !(math.Abs(x.Data[i]-y.Data[i]) <= tolerance*(1+math.Abs(x.Data[i]))) {
			far = append(far, i)
		}
	}
	if len(far) == 0 {
		return true, nil
	}
	values, bounds, err := lower.Bounded(context.Background(), []*symbolic.Expr{a, b}, at)
	if err != nil {
		return false, err
	}
	for _, i := range far {
		rounding := bounds[0].Data[i] + bounds[1].Data[i]
		if d := math.Abs(values[0].Data[i] - values[1].Data[i]); !(d <= 2*rounding) || math.IsInf(rounding, 0) {
			return false, fmt.Errorf("values differ in entry %d: %v and %v, by rounding no more than %v", i, values[0].Data[i], values[1].Data[i], rounding)
		}
	}
	return false, nil
}

// valuesFor is random values of about the size scale for the variables of some expressions, over dimensions of distinct
// sizes.
func valuesFor(s *session, scale float64, es ...*symbolic.Expr) lower.Bindings {
	dims := s.Dims.Clone()
	primes := []int{3, 2, 5, 7, 11, 13, 17}
	for i, n := range dims.Names() {
		if _, ok := dims.Size(shape.Name(n)); !ok {
			if err := dims.SetSize(n, primes[i%len(primes)]); err != nil {
				continue
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	b := lower.Bindings{Dims: dims, Values: map[*symbolic.Expr]*numeric.Array{}, Functions: map[*symbolic.Func]*symbolic.Func{}}
	seen := map[*symbolic.Expr]bool{}
	for _, e := range es {
		symbolic.Walk(e, func(e *symbolic.Expr) {
			if e.Op == symbolic.Var {
				b.Values[e] = randomValue(r, s, dims, e)
				for i := range b.Values[e].Data {
					b.Values[e].Data[i] *= scale
				}
			}
			if e.Op == symbolic.Call && e.Fn.Abstract != nil {
				b.Functions[e.Fn] = s.Graph.Lib.Lookup(stand(e.Fn.Abstract))
			}
		}, seen)
	}
	return b
}

// stand is a known function of the type of an abstract one.
func stand(sig *symbolic.Signature) string {
	switch {
	case sig.Elementwise() && len(sig.Args) == 1:
		return "softplus"
	case sig.Elementwise():
		return "atan2"
	case len(sig.Result) > 0:
		return "softmax"
	case len(sig.Args) == 1:
		return "logsumexp"
	}
	return "crossentropy"
}

// randomValue is positive, and well conditioned if it is a square matrix.
func randomValue(r *rand.Rand, s *session, dims *shape.Env, e *symbolic.Expr) *numeric.Array {
	n, _ := dims.Sizes(e.Shape)
	a := numeric.New(n...)
	for i := range a.Data {
		a.Data[i] = 0.2 + r.Float64()
	}
	if len(n) == 2 && n[0] == n[1] {
		f := s.Facts(e)
		for i := range n[0] {
			a.Data[i*n[0]+i] += float64(n[0])
			for j := range i {
				if f != nil && (f.Symmetric || f.PosDef || f.Diagonal) {
					a.Data[i*n[0]+j] = a.Data[j*n[0]+i]
				}
				if f != nil && f.Diagonal {
					a.Data[i*n[0]+j], a.Data[j*n[0]+i] = 0, 0
				}
			}
		}
	}
	return a
}

// readsBack says that what v prints as is, read in the same session, an expression of the same value.
func readsBack(s *session, v check.Value) error { return readsBackAs(s, v, s.printer(), false) }

func readsBackAs(s *session, v check.Value, p Printer, ascii bool) error {
	p.Row, p.ASCII = v.Row, ascii
	text := p.Text(v.Expr)
	c := &session{s.Clone()}
	w, err := c.tell(text)
	switch {
	case err != nil:
		return errors.New(text + ": " + err.Error())
	case w.Row != v.Row:
		return errors.New(text + ": a row is read as a column or the other way round")
	case w.Expr == v.Expr:
		return nil
	case !s.Dims.SameShape(w.Expr.Shape, v.Expr.Shape):
		return errors.New(text + ": the shape is " + w.Expr.Shape.String() + ", not " + v.Expr.Shape.String())
	}
	if err := sameNumbers(c, v.Expr, w.Expr); err != nil {
		return errors.New(text + ": " + err.Error())
	}
	return nil
}

func lines(s string) []string { return strings.Split(strings.TrimSpace(s), "\n") }
