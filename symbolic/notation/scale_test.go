package notation

import (
	"fmt"
	"strings"
	"testing"

	"nabla/symbolic"
)

// deep is a network of n layers with definitions z1, h1, z2, … and a scalar objective J.
func deep(t testing.TB, n int) *session {
	var b strings.Builder
	b.WriteString("h0 : R[h]; φ : R -> R\n")
	for k := 1; k <= n; k++ {
		fmt.Fprintf(&b, "W%d : R[h,h]\nz%d = W%d h%d\nh%d = φ(z%d)\n", k, k, k, k-1, k, k)
	}
	fmt.Fprintf(&b, "J = ‖h%d‖²\n", n)
	return newSession(t, b.String())
}

func TestADeepNetworkPrintsShort(t *testing.T) {
	s := deep(t, 300)
	got := s.text(t, "∂J/∂W1")
	if want := "∂J/∂z1 h0ᵀ"; len(got) > 400 || !strings.HasSuffix(got, "h0ᵀ") {
		t.Errorf("∂J/∂W1 = %s (%d bytes), want something like %s", got[:min(len(got), 500)], len(got), want)
	}
	v, err := s.tell("∂J/∂W1")
	if err != nil {
		t.Fatal(err)
	}
	if err := readsBack(s, v); err != nil {
		t.Error(err)
	}
}

// TestSharedPartsAreWrittenOnce: each line has the one before three times; as a tree the last has 3^60 leaves. The lines
// converge to π/2, so that their values tell something.
func TestSharedPartsAreWrittenOnce(t *testing.T) {
	s := newSession(t, "x : R[n]\ny = x")
	for range 60 {
		if _, err := s.tell("y = sin(y) ⊙ cos(y) + y"); err != nil {
			t.Fatal(err)
		}
	}
	v, err := s.tell("grad(sum(y), y)")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.printer().Text(v.Expr); got != "ones(n)" {
		t.Errorf("got %s", got)
	}
	x := s.Lookup("y").Expr
	text := s.printer().Text(x)
	if len(text) > 20000 {
		t.Errorf("%d bytes", len(text))
	}
	c := &session{s.Clone()}
	w, err := c.tell(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if err := sameNumbers(c, x, w.Expr); err != nil {
		t.Error(err)
	}
	if tex := s.printer().LaTeX(x); len(tex) > 60000 {
		t.Errorf("%d bytes of LaTeX", len(tex))
	}
}

// TestALongExpressionIsCutIntoLines: nothing is shared, but no line is long.
func TestALongExpressionIsCutIntoLines(t *testing.T) {
	s := newSession(t, "x : R[n]; A : R[n,n]")
	e := s.Lookup("x").Expr
	for range 3000 {
		e = s.Graph.Call("tanh", s.Graph.MatMul(s.Lookup("A").Expr, e))
	}
	text := s.printer().Text(e)
	for _, l := range lines(text) {
		if len(l) > 4000 {
			t.Errorf("a line of %d bytes", len(l))
		}
	}
	c := &session{s.Clone()}
	if w, err := c.tell(text); err != nil {
		t.Error(err)
	} else if strip(c.Graph, w.Expr) != e {
		t.Error("it reads back as something else")
	}
}

// strip is e without its definitions.
func strip(g *symbolic.Graph, e *symbolic.Expr) *symbolic.Expr { return g.Inline(e, nil) }

func BenchmarkPrintADeepGradient(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := deep(b, n)
			v, err := s.tell("∂J/∂W1")
			if err != nil {
				b.Fatal(err)
			}
			p := s.printer()
			for b.Loop() {
				p.Text(v.Expr)
			}
		})
	}
}
