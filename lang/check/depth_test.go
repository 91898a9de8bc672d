package check

import (
	"fmt"
	"testing"
)

func TestDeepNetworksAndLongSessions(t *testing.T) {
	s := newScope()
	src := `dim K = 1000; x : R[h]; φ : R -> R; W[k] : R[h,h] for k = 1..K
H[0] = x; H[k] = φ(W[k] H[k-1]) for k = 1..K; J = ‖H[K]‖²; g = ∂J/∂W[1]`
	if a := tell(t, s, src); a.err != nil || a.text != "R[h,h]" {
		t.Fatal(a.report())
	}
	if n := s.Graph.Len(); n > 40000 {
		t.Errorf("%d nodes for a thousand layers and their gradient", n)
	}
	for i := range 1000 {
		if a := tell(t, s, fmt.Sprintf("a%d = %d x; b = b0; c = c + a%d", i, i, i)); i > 0 && a.err == nil {
			t.Fatal("b0 is not a name")
		}
	}
	if n := len(s.Bindings()); n < 1000 {
		t.Errorf("%d bindings", n)
	}
}

// namesOf are the names of a scope, in the order in which they were bound.
func namesOf(s *Scope) (names []string) {
	for _, b := range s.Bindings() {
		names = append(names, b.Name)
	}
	return names
}

func TestAnErrorChangesNothing(t *testing.T) {
	s := newScope()
	tell(t, s, "x : R[d]; y = 2 x; φ : R -> R; W[k] : R[h,h] for k = 1..3")
	before := fmt.Sprint(s.Dims.Names(), namesOf(s), s.Bindings(), s.Stale())
	for _, bad := range []string{
		"z : R[n] where q > 0", "y = x x", "v : R[m], R[k] -> R[0]", "dim m = 3, m = 4, d = d + 1", "H[0] = ones(p) ones(p)",
		"f(t) = t undefined", "S[i,j] = x[i] x[k]", "G[k] = W[k] G[k-1] for k = 1..3", "W[k] : R[a,a] for k = 3..1",
		"ones(newdim) + x", "batch(x, newdim, [x])", "check x == ones(other)",
	} {
		if a := tell(t, s, bad); a.err == nil {
			t.Errorf("%s is not refused: %s", bad, a.text)
		}
		if after := fmt.Sprint(s.Dims.Names(), namesOf(s), s.Bindings(), s.Stale()); after != before {
			t.Errorf("%s changed the scope:\n%s\n%s", bad, before, after)
		}
	}
}
