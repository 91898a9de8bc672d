package kernel

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"nabla/numeric"

	"pgregory.net/rapid"
)

// structuredModels are objectives f of a variable U or w, with the note that the echo of their Hessian has.
var structuredModels = []struct{ name, decl, f, by, note string }{
	{"matrix factorisation", "Y : R[m,n]; V : R[n,k]", "‖Y - U V'‖²", "U", "the same k × k block"},
	{"with a penalty", "Y : R[m,n]; V : R[n,k]; μ : R", "‖Y - U V'‖² + μ ‖U‖²", "U", "the same k × k block"},
	{"with a mask", "Y : R[m,n]; V : R[n,k]; M : R[m,n]; μ : R", "sum(M .* (Y - U V').^2) + μ ‖U‖²", "U", "a k × k block for each of the m places"},
	{"on both sides", "A : R[n,m]; B : R[k,q]; Y : R[n,q]", "‖A U B - Y‖²", "U", ""},
	{"elementwise", "Y : R[m,k]", "sum(cosh(U) + Y .* exp(U))", "U", "diagonal"},
	{"elementwise of a vector", "y : R[k]", "sum(cosh(w) + y .* exp(w))", "w", "diagonal"},
	{"logistic regression", "X : R[n,k]; y : R[n]; μ : R", "sum(softplus(X w) - y .* (X w)) + μ ‖w‖²", "w", ""},
	{"wide logistic regression", "X : R[two,k]; y : R[two]; μ : R", "sum(softplus(X w) - y .* (X w)) + μ ‖w‖²", "w", "rank at most two"},
	{"a softmax over rows", "t : R[m,k]; μ : R", "sum(crossentropy(U, t)) + μ ‖U‖²", "U", "a k × k block for each of the m places"},
	{"columns together", "V : R[n,m]; Y : R[n,k]; μ : R", "‖Y - V U‖² + μ ‖U‖²", "U", "the same m × m block"},
	{"without structure", "X : R[m,k]", "exp(sum(X .* U)) + ‖U‖²", "U", ""},
}

// structured is a session with one of the models and values for it; H, G and P are the Hessian, the gradient and a direction.
func structured(t testing.TB, i, seed int) *Session {
	m := structuredModels[i]
	size := func(k int) int { return 2 + (seed+k)%3 }
	lines := []string{
		fmt.Sprintf("dim m = %d, n = %d, k = %d, q = %d, two = 2", size(0), 5+size(1), 4+(seed%2), 4+(seed%2)),
		"U : R[m,k]; w : R[k]", m.decl,
		fmt.Sprintf("P : R[%s]", map[string]string{"U": "m,k", "w": "k"}[m.by]),
		"f = " + m.f, fmt.Sprintf("H = hessian(f, %s)", m.by), fmt.Sprintf("G = grad(f, %s)", m.by),
		fmt.Sprintf("U := randn(m, k, seed=%d); w := randn(k, seed=%d)", seed, seed+1),
		fmt.Sprintf("P := randn(%s, seed=%d)", map[string]string{"U": "m, k", "w": "k"}[m.by], seed+2),
	}
	if strings.Contains(m.decl, "B : R") { // two square factors, so that the Hessian has an inverse
		lines[0] = fmt.Sprintf("dim m = %d, n = %[1]d, k = %d, q = %[2]d, two = 2", size(0), size(1)+1)
	}
	for j, d := range strings.Split(m.decl, "; ") {
		name, space, _ := strings.Cut(d, " : R")
		if space == "" {
			lines = append(lines, name+" := 0.7")
			continue
		}
		lines = append(lines, fmt.Sprintf("%s := rand(%s, seed=%d) + 0.1", name, strings.Trim(space, "[]"), seed+3+j))
	}
	s := NewSession()
	for _, l := range lines {
		out := &transcript{}
		if !s.Execute(t.Context(), l, ExecuteOptions{}, out) {
			t.Fatalf("%s: %v", l, out.results[len(out.results)-1].Err)
		}
	}
	return s
}

// numberOf evaluates an expression of the session.
func numberOf(t testing.TB, s *Session, e string) *Value {
	out := &transcript{}
	s.Execute(t.Context(), "eval("+e+")", ExecuteOptions{}, out)
	r := out.results[len(out.results)-1]
	if r.Err != nil {
		t.Fatalf("%s: %v", e, r.Err)
	}
	return r.Value
}

func TestCompressedHessiansAgreeWithDenseOnes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		i := rapid.IntRange(0, len(structuredModels)-1).Draw(rt, "model")
		seed := rapid.IntRange(1, 1000).Draw(rt, "seed")
		s := structured(t, i, seed)
		dense, g, p := numberOf(t, s, "H"), numberOf(t, s, "G"), numberOf(t, s, "P")
		n := len(g.Data)
		product, diagonal, x := make([]float64, n), make([]float64, n), make([]float64, n)
		for r := range n {
			diagonal[r] = dense.Data[r*n+r]
			for c := range n {
				product[r] += dense.Data[r*n+c] * p.Data[c]
			}
		}
		if err := numeric.Solve(x, dense.Data, g.Data, n, 1, numeric.SolveWork(n).Make()); err != nil {
			rt.Skip("singular")
		}
		for e, want := range map[string][]float64{"prod(H, P)": product, "diag(H)": diagonal, "solve(H, G)": x, fmt.Sprintf("hvp(f, %s, P)", structuredModels[i].by): product} {
			agree(rt, structuredModels[i].name+": "+e, numberOf(t, s, e).Data, want)
		}
	})
}

func agree(t *rapid.T, what string, got, want []float64) {
	scale := 1.0
	for _, w := range want {
		scale = max(scale, math.Abs(w))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-8*scale) {
			t.Fatalf("%s\n got %v\nwant %v", what, got, want)
		}
	}
}

func TestTheEchoOfAHessianSaysHowItIsKept(t *testing.T) {
	for i, m := range structuredModels {
		s := structured(t, i, 1)
		note := strings.Join(execute(t, s, "H2 = hessian(f, "+m.by+")").Notes, "\n")
		if m.by == "U" && m.note != "" && !strings.Contains(note, m.note) {
			t.Errorf("%s: %q does not say %q", m.name, note, m.note)
		}
	}
}

// A Hessian of 100000² entries would take 80 GB.
func TestACompressedHessianIsNeverFormed(t *testing.T) {
	s := NewSession()
	for _, l := range []string{"dim m = 5000, n = 40, k = 20", "Y : R[m,n]; U : R[m,k]; V : R[n,k]; μ : R; P : R[m,k]", "f = ‖Y - U V'‖² + μ ‖U‖²",
		"H = hessian(f, U)", "G = grad(f, U)", "Y := randn(m,n); U := randn(m,k); V := randn(n,k); μ := 0.1; P := randn(m,k)"} {
		if r := execute(t, s, l); r.Err != nil {
			t.Fatalf("%s: %v", l, r.Err)
		}
	}
	for _, e := range []string{"norm(solve(H, G))", "norm(diag(H))", "norm(prod(H, P))", "norm(hvp(f, U, P))", "norm(solve(hessian(f, U), grad(f, U)))"} {
		if x := numberOf(t, s, e).Data[0]; !(x > 0) {
			t.Errorf("%s is %v", e, x)
		}
	}
	if x := numberOf(t, s, "norm(prod(H, solve(H, G)) - G) / norm(G)").Data[0]; !(x < 1e-9) {
		t.Errorf("the residual is %v", x)
	}
	answers(t, s, "eval(H)", "E307")
}

func BenchmarkNewtonStepOfMatrixFactorisation(b *testing.B) {
	s := NewSession()
	for _, l := range []string{"dim m = 100, n = 100, k = 5", "Y : R[m,n]; U : R[m,k]; V : R[n,k]", "f = ‖Y - U V'‖²",
		"H = hessian(f, U)", "G = grad(f, U)", "Y := randn(m,n,seed=1); U := randn(m,k,seed=2); V := randn(n,k,seed=3)"} {
		s.Execute(b.Context(), l, ExecuteOptions{}, &transcript{})
	}
	for _, e := range []string{"solve(H, G)", "diag(H)", "prod(H, G)", "H"} {
		b.Run(e, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				numberOf(b, s, e)
			}
		})
	}
}
