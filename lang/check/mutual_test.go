package check

import (
	"strings"
	"testing"

	"nabla/symbolic"
)

// lstm are the equations of an LSTM but for the order of the last: each needs the others one step before.
const (
	lstmSetup = `dim d, h; x[t] : R[d] for t = 1..4; Wf, Wi, Wo, Wc : R[h,d]; Uf, Ui, Uo, Uc : R[h,h]; h0, c0 : R[h]; H[0] = h0; C[0] = c0`
	lstmF     = `F[t] = sigmoid(Wf x[t] + Uf H[t-1]) for t = 1..4`
	lstmI     = `I[t] = sigmoid(Wi x[t] + Ui H[t-1]) for t = 1..4`
	lstmO     = `O[t] = sigmoid(Wo x[t] + Uo H[t-1]) for t = 1..4`
	lstmG     = `G[t] = tanh(Wc x[t] + Uc H[t-1]) for t = 1..4`
	lstmC     = `C[t] = F[t] ⊙ C[t-1] + I[t] ⊙ G[t] for t = 1..4`
	lstmH     = `H[t] = O[t] ⊙ tanh(C[t]) for t = 1..4`
)

// unrolled is the same written out, a line for each member.
func unrolled() string {
	var b strings.Builder
	for _, k := range []string{"1", "2", "3", "4"} {
		before := string(k[0] - 1)
		for _, line := range []string{lstmF, lstmI, lstmO, lstmG, lstmC, lstmH} {
			line = strings.TrimSuffix(line, " for t = 1..4")
			b.WriteString(strings.NewReplacer("[t-1]", "["+before+"]", "[t]", "["+k+"]").Replace(line) + "\n")
		}
	}
	return b.String()
}

func gradients(t *testing.T, s *Scope, lines string) []*symbolic.Expr {
	t.Helper()
	a := tell(t, s, lines+"\nJ = ‖H[4]‖² + sum(C[2])")
	if a.err != nil {
		t.Fatalf("%s: %v", lines, a.err)
	}
	var out []*symbolic.Expr
	for _, by := range []string{"Wf", "Uf", "Wi", "Uo", "Uc", "h0", "c0", "H[2]", "C[3]"} {
		a := tell(t, s, "grad(J, "+by+")")
		if a.err != nil {
			t.Fatalf("%s: %v", by, a.err)
		}
		out = append(out, a.value.Expr)
	}
	return out
}

// In whatever order families that need each other are typed, their derivatives are those of the lines written out: the same
// nodes of one graph.
func TestFamiliesThatNeedEachOther(t *testing.T) {
	s := newScope()
	want := gradients(t, s, lstmSetup+"\n"+unrolled())
	for name, lines := range map[string][]string{
		"gates first":   {lstmF, lstmI, lstmO, lstmG, lstmC, lstmH},
		"state first":   {lstmF, lstmI, lstmG, lstmC, lstmO, lstmH},
		"gates between": {lstmI, lstmG, lstmO, lstmF, lstmC, lstmH},
	} {
		got := gradients(t, s, lstmSetup+"\n"+strings.Join(lines, "\n"))
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: gradient %d is\n%v\nand written out\n%v", name, i, got[i], want[i])
			}
		}
	}
}

// What families that need each other are built from is followed: nothing is stale when they have come, and all of it is when
// a part changes.
func TestFamiliesThatNeedEachOtherAreNotStale(t *testing.T) {
	s := newScope()
	lines := lstmSetup + "\n" + strings.Join([]string{lstmF, lstmI, lstmO, lstmG, lstmC}, "\n")
	if a := tell(t, s, lines+"\nJ1 = sum(C[1])\n"+lstmH+"\nJ = ‖H[4]‖²"); a.err != nil {
		t.Fatal(a.err)
	}
	if stale := s.Stale(); len(stale) > 0 {
		t.Errorf("stale when all families have come: %v", stale)
	}
	if a := tell(t, s, "Wf : R[h,h]"); a.err != nil {
		t.Fatal(a.err)
	}
	if stale := strings.Join(s.Stale(), " "); stale != "H C F I O G J1 J" {
		t.Errorf("stale when Wf is another: %s", stale)
	}
}

// The members that are given by number are part of what a family is built from.
func TestFirstMemberMakesFamilyStale(t *testing.T) {
	s := newScope()
	tell(t, s, "x : R[3]; W : R[3,3]; H[0] = x; H[k] = W H[k-1] for k = 1..3; J = ‖H[3]‖²; x : R[4]")
	if stale := strings.Join(s.Stale(), " "); stale != "H J" {
		t.Errorf("stale when the first member is another: %s", stale)
	}
}
