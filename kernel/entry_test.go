package kernel

import (
	"slices"
	"strings"
	"testing"
)

const entryModel = "x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[q,h]; λ : R; φ : R → R; l : R[q] × R[q] → R;" +
	"z = W1 x; h1 = φ(z); o = W2 h1; L = l(o, y); s = λ/2 (‖W1‖² + ‖W2‖²); J = L + s;"

// A wrong line for an entry is repaired as one: the quantity that takes the place of another has indices, and an index
// may be what is wrong.
func TestWrongEntriesAreRepairedWithIndices(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ claim, repair, question string }{
		{"∂J/∂W1[i,j] == ∂J/∂z[j] x[i] + λ W1[i,j]", "(∂J/∂z)[i] x[j] + λ W1[i,j]", "indices of"},
		{"∂J/∂W1[i,j] == ∂J/∂z[i] z[j] + λ W1[i,j]", "(∂J/∂z)[i] x[j] + λ W1[i,j]", "look at z[j]"},
		{"∂J/∂W1[a,b] == ∂J/∂z[a] x[b] + λ W1[b,a]", "(∂J/∂z)[a] x[b] + λ W1[a,b]", "indices of"},
		{"∂J/∂W1[i,j] == ∂J/∂z[i] x[j]", "(∂J/∂z)[i] x[j] + λ W1[i,j]", "how many paths"},
		{"∂J/∂W2[i,k] == ∂J/∂o[i] h1[k] + λ/2 W2[i,k]", "(∂J/∂o)[i] h1[k] + λ W2[i,k]", "1/2"},
		{"∂J/∂z[i] == ∂J/∂h1[i]", "(∂J/∂h1)[i] φ′(z[i])", "One factor is missing"},
		{"∂J/∂z[i] == φ'(h1[i]) ∂J/∂h1[i]", "φ′(z[i]) (∂J/∂h1)[i]", "look at h1[i]"},
		{"∂J/∂h1[i] == sum[k] W2[i,k] ∂J/∂o[k]", "sum[k] W2[k,i] (∂J/∂o)[k]", "indices of W2[i,k]"},
		{"∂J/∂h1[i] == W2[k,i] ∂J/∂o[k]", "sum[k] W2[k,i] (∂J/∂o)[k]", "stands on one side only"},
		{"dJ/dW1[1,2] == dJ/dz[2] x[1] + λ W1[1,2]", "(∂J/∂z)[1] x[2] + λ W1[1,2]", "indices of"},
		{"∂J/∂h1[3] == W2[1,3] ∂J/∂o[1] + W2[2,3] ∂J/∂o[2]", "sum[j] W2[j,3] (∂J/∂o)[j]", "h1[3]"},
		{"z[i] == sum[j] W1[j,i] x[j]", "sum[j] W1[i,j] x[j]", ""},
	} {
		s := NewSession()
		say(t, s, entryModel)
		data := say(t, s, "check "+c.claim).Data.(map[string]any)
		if v := data["verdict"].(string); !strings.HasPrefix(v, "WRONG") {
			t.Errorf("%s: %s", c.claim, v)
			continue
		}
		if r := data["repairs"].([]string); !slices.Contains(r, c.repair) {
			t.Errorf("%s: the repairs are %q and not %s", c.claim, r, c.repair)
			continue
		}
		if h := data["hints"].([]string); len(h) != 2 || !strings.Contains(h[0], c.question) || !strings.Contains(h[1], "[") {
			t.Errorf("%s: the hints are %q", c.claim, h)
		}
		left, _, _ := strings.Cut(c.claim, "==")
		for _, r := range data["repairs"].([]string) {
			if v := say(t, s, "check "+left+"== "+r).Data.(map[string]any)["verdict"].(string); !strings.HasPrefix(v, "RIGHT") {
				t.Errorf("the repair %s of %s is %s", r, c.claim, v)
			}
		}
	}
}

func TestRightEntriesAreRight(t *testing.T) {
	t.Parallel()
	for _, claim := range []string{
		"∂J/∂W1[i,j] == x[j] ∂J/∂z[i] + λ W1[i,j]",
		"∂J/∂h1[j] == sum[i] ∂J/∂o[i] W2[i,j]",
		"sum[k] W2[k,i] ∂J/∂o[k] == ∂J/∂h1[i]",
		"dJ/dW2[2,1] == h1[1] dJ/do[2] + λ W2[2,1]",
		"∂J/∂z[i] == φ'(z[i]) sum[k] W2[k,i] ∂L/∂o[k]",
	} {
		s := NewSession()
		say(t, s, entryModel)
		if v := say(t, s, "check "+claim).Data.(map[string]any)["verdict"].(string); !strings.HasPrefix(v, "RIGHT (") {
			t.Errorf("%s: %s", claim, v)
		}
	}
}

// An unknown name in a claim is declared with the shape that the claim asks for, or defined as what makes it right.
func TestUnknownNameInAClaimIsOfferedAsWhatFits(t *testing.T) {
	t.Parallel()
	for claim, want := range map[string][]string{
		"∂J/∂W1 == delta xᵀ + λ W1":   {"delta = ∂J/∂z", "delta : R[h]"},
		"∂J/∂h1 == W2ᵀ delta":         {"delta = ∂L/∂o", "delta = ∂J/∂o", "delta : R[q]"},
		"∂J/∂z == ∂J/∂h1 .* slope":    {"slope = φ′(z)", "slope : R[h]"},
		"∂J/∂W1 == 2 delta xᵀ + λ W1": {"delta : R[h]"},
		"∂J/∂W2 == ∂J/∂o out + λ W2":  {"out = h1ᵀ"},
		"∂J/∂x == rowsum(W1ᵀ)":        {"check ∂J/∂x == sum(W1ᵀ, h)"},
		"∂J/∂x == colsum(W1)":         {"check ∂J/∂x == sum(W1, h)"},
		"∂J/∂z == rowmean(W1)":        {"check ∂J/∂z == mean(W1, d)"},
	} {
		s := NewSession()
		say(t, s, entryModel)
		res := execute(t, s, "check "+claim)
		if res.Err == nil || res.Err.Code != "E101" || len(res.Err.Fixes) == 0 {
			t.Errorf("%s: %v", claim, res.Err)
			continue
		}
		if f := res.Err.Fixes[0].Text; !slices.Contains(want, f) {
			t.Errorf("%s: the first fix is %s, and not one of %q", claim, f, want)
		}
		for _, f := range res.Err.Fixes {
			if !s.state.Load().scope.Passes(f.Text) {
				t.Errorf("%s: %s does not pass", claim, f.Text)
			}
		}
	}
}

func TestADimensionIsNoVariable(t *testing.T) {
	t.Parallel()
	s := NewSession()
	say(t, s, entryModel)
	err := execute(t, s, "dJ/dq").Err
	if err == nil || err.Code != "E213" || !strings.Contains(strings.Join(err.Details, " "), "has q as an axis, such as y, W2") {
		t.Fatalf("%v", err)
	}
	for _, f := range err.Fixes {
		if !slices.Contains([]string{"dJ/dy", "dJ/dW2", "dJ/do"}, f.Text) {
			t.Errorf("dJ/dq offers %s", f.Text)
		}
	}
}

// The first repair is the likeliest: a term counted twice, a difference the wrong way round.
func TestTheLikeliestRepairIsFirst(t *testing.T) {
	t.Parallel()
	for claim, want := range map[string][2]string{
		"∂J/∂h1 == W2ᵀ ∂L/∂o + W2ᵀ ∂J/∂o": {"drop the term W2ᵀ ∂J/∂o", "counted once"},
		"∂J/∂W1 == ∂J/∂z xᵀ - λ W1":       {"change the sign of λ W1", "minus"},
		"∂J/∂W2 == 2 (∂J/∂o h1ᵀ + λ W2)":  {"drop the constant 2", "2"},
		"∂(1/2 ‖o - y‖²)/∂o == y - o":     {"exchange y and o", "minus"},
	} {
		s := NewSession()
		say(t, s, entryModel)
		data := say(t, s, "check "+claim).Data.(map[string]any)
		e, h := data["edits"].([]map[string]string), data["hints"].([]string)
		if len(e) == 0 || len(h) == 0 || e[0]["edit"] != want[0] || !strings.Contains(h[0], want[1]) {
			t.Errorf("%s: %v %q, want %q", claim, e, h, want)
		}
	}
}
