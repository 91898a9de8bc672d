package kernel

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhatComesFromElsewhereGetsItsFix(t *testing.T) {
	s := NewSession()
	execute(t, s, "X, Q, K : R[n,d]; A : R[n,n]; v : R[n]; T : R[a,b,c]; U : R[c,b,e]; λ : R; x : R[d]; f = ‖x‖² v' v")
	for _, c := range []struct {
		typed, code string
		fixes       []string
	}{
		{"A ⊙ v", "E202", []string{"A ⊙ (v ones(n)ᵀ)", "A ⊙ (ones(n) vᵀ)"}},
		{"A + v", "E202", []string{"A + v ones(n)ᵀ", "A + ones(n) vᵀ"}},
		{"A - v'", "E202", []string{"A - v ones(n)ᵀ", "A - ones(n) (v')"}},
		{"T U", "E206", []string{"S[i,j,l,m] = sum[k] T[i,j,k] U[k,l,m]"}},
		{"P[i,j] = Q[i,k] K[j,k]", "E101", []string{"P[i,j] = sum[k] Q[i,k] K[j,k]"}},
		{"1/A", "E205", []string{"1 ./ A", "A⁻¹"}},
		{"λ/A", "E205", []string{"λ ./ A", "λ A⁻¹"}},
		{"√λ", "E109", []string{"sqrt(λ)"}}, {"√(λ + 1)", "E109", []string{"sqrt(λ + 1)"}},
		{"λ ÷ 2", "E109", []string{"λ / 2"}}, {"λ – 2", "E109", []string{"λ - 2"}}, {"x ∘ x", "E109", []string{"x ⊙ x"}},
		{"|x|_1", "E100", []string{"‖x‖_1"}}, {"|x|_2 + 1", "E100", []string{"‖x‖_2 + 1"}}, {"‖x‖_3", "E100", []string{"sum(|x|.^3)^(1/3)"}},
		{"A \\ v", "E108", []string{"solve(A, v)"}}, {"A\\v", "E108", []string{"solve(A, v)"}}, {"A \\ (v + 1)", "E108", []string{"solve(A, (v + 1))"}},
		{"∇²_x f", "E112", []string{"hessian(f, x)"}}, {"∇^2_x f", "E112", []string{"hessian(f, x)"}}, {"∇_(x) f", "E112", []string{"∇_x f"}},
		{"d²f/dx²", "E101", []string{"∂²f/∂x²"}}, {"d2f/dx2", "E101", []string{"∂²f/∂x²"}}, {"d2f/dxdv", "E101", []string{"∂²f/∂x∂v"}},
		{"2 d^2 f/dx^2", "E101", []string{"2 ∂²f/∂x²"}},
		{"ln(λ)", "E101", []string{"log(λ)"}}, {"gradient(λ^2, λ)", "E101", []string{"grad(λ^2, λ)"}}, {"σ(λ)", "E101", []string{"sigmoid(λ)"}},
	} {
		out := &transcript{}
		s.Execute(t.Context(), c.typed, ExecuteOptions{}, out)
		err := out.results[0].Err
		if err == nil || err.Code != c.code {
			t.Errorf("%s: %+v, want %s", c.typed, err, c.code)
			continue
		}
		var got []string
		for _, f := range err.Fixes {
			got = append(got, f.Text)
		}
		if !slices.Equal(got, c.fixes) {
			t.Errorf("%s: fixes %q, want %q", c.typed, got, c.fixes)
		}
	}
}

func TestOneListStandsForManyArguments(t *testing.T) {
	s := NewSession()
	execute(t, s, "X, Q : R[n,d]; x : R[d]; y : R[h]; dim n = 2, d = 3, h = 2; X := [[1,2,3],[4,5,6]]; Q := 10 X; x := [1,2,3]; y := [7,8]")
	answers(t, s,
		"eval(concat(x, y))", "[1, 2, 3, 7, 8]",
		"eval(concat([x, y]))", "[1, 2, 3, 7, 8]",
		"eval(concat(X, Q, d))", "[[ 1,  2,  3, 10, 20, 30],\n [ 4,  5,  6, 40, 50, 60]]",
		"eval(concat([X, Q], d))", "[[ 1,  2,  3, 10, 20, 30],\n [ 4,  5,  6, 40, 50, 60]]",
		"eval(concat([X, Q], axis=2))", "[[ 1,  2,  3, 10, 20, 30],\n [ 4,  5,  6, 40, 50, 60]]",
		"eval(max([1, 5, 2]))", "5",
		"eval(max([x, 2 x]))", "6",
		"a, b := shuffle([X, 10 X], seed=3)", "a := [[4, 5, 6],\n      [1, 2, 3]]\nb := [[40, 50, 60],\n      [10, 20, 30]]",
		"eval(1e-7 + 0)", "1e-07", "1e-9 n", "1e-9 n", "0.000001 n", "0.000001 n")
}

func TestAnUnknownNameMayBeLong(t *testing.T) {
	out := &transcript{}
	start := time.Now()
	NewSession().Execute(t.Context(), strings.Repeat("a", 1<<20), ExecuteOptions{}, out)
	if took := time.Since(start); out.results[0].Err == nil || out.results[0].Err.Code != "E101" || took > 20*time.Second {
		t.Errorf("%v after %v", out.results[0].Err.Code, took)
	}
}

// TestComparisonsAndListsArePrintedAsTyped: gt is the name of a record, > what people write; a list that lies down reads back.
func TestComparisonsAndListsArePrintedAsTyped(t *testing.T) {
	s := NewSession()
	execute(t, s, "x, y : R[d]; t : R")
	for typed, want := range map[string]string{
		"gt(x, 0)": "x > 0", "2 (x > y) + 1": "2 (x > y) + 1", "(x ≤ y + 1) ⊙ x": "(x ≤ y + 1) ⊙ x", "(x == y) ⊘ x": "(x == y) ⊘ x",
		"where(x ≥ 0, x, y)": "where(x ≥ 0, x, y)", "sum((x < y) < t)": "sum((x < y) < t)", "ne(x, y)": "ne(x, y)", "[t, 1]'": "[t, 1]ᵀ",
	} {
		for _, typed := range []string{typed, want} {
			out := &transcript{}
			s.Execute(t.Context(), typed, ExecuteOptions{}, out)
			if got := out.results[0].Text; got != want {
				t.Errorf("%s is printed %q, want %q", typed, got, want)
			}
		}
	}
}

func TestAFamilyOfUnknownLengthSaysWhichSizeIsMissing(t *testing.T) {
	s := NewSession()
	execute(t, s, "x : R[d]; W[k] : R[d,d] for k = 1..K; H[0] = x; H[k] = W[k] H[k-1] for k = 1..K")
	out := &transcript{}
	s.Execute(t.Context(), "eval(sum(H[K]))", ExecuteOptions{}, out)
	if err := out.results[0].Err; err == nil || err.Code != "E302" || len(err.Fixes) != 1 || err.Fixes[0].Text != "dim K = 3" {
		t.Errorf("%+v", err)
	}
}
