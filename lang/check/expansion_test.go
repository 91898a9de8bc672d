package check

import (
	"fmt"
	"strings"
	"testing"

	"nabla/lang"
)

// tower is f0, and n functions of which each calls the one before twice.
func tower(first, second string, n int) string {
	var b strings.Builder
	b.WriteString("x : R[d]; A : R[d,d]; s : R; f0(v) = " + first)
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "; f%d(v) = %s", i, strings.ReplaceAll(second, "f", fmt.Sprintf("f%d", i-1)))
	}
	return b.String()
}

func TestFunctionsThatCallEachOtherTwiceStayLinear(t *testing.T) {
	for _, c := range []struct{ first, second, arg, shape string }{
		{"v' v", "f(v) + f(v)", "x", "R"},
		{"v' v", "f(v) + f(2 v)", "x", "R"},
		{"A v", "f(v) - f(-v)", "x", "R[d]"},
		{"sin(v)", "f(v) + f(v + 1)", "s", "R"},
		{"sin(v)", "f(v) f(v)", "s", "R"},
	} {
		const n = 60
		s := newScope()
		a := tell(t, s, tower(c.first, c.second, n)+fmt.Sprintf("; J = f%d(%s)", n, c.arg))
		if a.err != nil || a.text != c.shape {
			t.Errorf("%s, %s: %s", c.first, c.second, a.report())
		}
		if a := tell(t, s, "G = grad(J, "+c.arg+")"); a.err != nil {
			t.Errorf("%s, %s: %s", c.first, c.second, a.report())
		}
		if n := s.Graph.Len(); n > 50000 {
			t.Errorf("%s, %s: %d nodes", c.first, c.second, n)
		}
	}
}

func TestTooManyCallsAreRefusedWithTheirNumber(t *testing.T) {
	s := newScope()
	a := tell(t, s, tower("A v", "f(f(v))", 40)+"; f40(x)")
	if a.err == nil || a.err.Code != "E110" || !strings.Contains(a.err.Message, "f14 opens into more than 20000 different calls of functions, 32767 if none is shared") {
		t.Error(a.report())
	}
}

func TestAFunctionIsNotBuiltFromItself(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"f(t) = f(t)", "unknown name f"},
		{"φ : R -> R; φ := φ", "φ cannot be its own value"},
		{"φ : R -> R; u(t) = φ(t) + 1; φ := u", "φ cannot be u, which is built from φ itself"},
		{"φ : R -> R; ψ : R -> R; φ := ψ; ψ := φ", "ψ cannot be its own value"},
		{"φ : R -> R; ψ : R -> R; u(t) = ψ(t)^2; φ := u; v(t) = φ(t) + 1; ψ := v", "ψ cannot be v, which is built from ψ itself"},
		{"f : R[d] -> R; u(v) = f(2 v) + v' v; f := u", "f cannot be u, which is built from f itself"},
	} {
		a := answer{}
		p := strings.Split(c.src, "; ")
		s := newScope()
		for _, line := range p {
			if name, value, ok := strings.Cut(line, " := "); ok {
				_, a.err = s.BindFunc(name, value, lang.Span{})
			} else {
				a = tell(t, s, line)
			}
		}
		if a.err == nil || !strings.Contains(a.err.Message, c.want) {
			t.Errorf("%s: %s", c.src, a.report())
		}
	}
}
