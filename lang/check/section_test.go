package check

import "testing"

// section is the model of Dive into Deep Learning 5.3, as it is printed there.
const section = `W1 : R[h,d]; W2 : R[q,h]; x : R[d]; y : R[q]; λ : R; φ : R -> R; l : R[q], R[q] -> R
z = W1 x; h = φ(z); o = W2 h; L = l(o, y); s = λ/2 (‖W1‖² + ‖W2‖²); J = L + s`

// The right sides are (5.3.8) to (5.3.14), typed as they are printed; both sides must be one node of the graph.
func TestDerivativesOfTheSectionAreTheBooks(t *testing.T) {
	s := newScope()
	if a := tell(t, s, section); a.err != nil {
		t.Fatal(a.err)
	}
	for _, c := range []struct{ of, book string }{
		{"∂J/∂L", "1"},
		{"∂J/∂s", "1"},
		{"∂J/∂o", "prod(∂J/∂L, ∂L/∂o)"},
		{"∂J/∂o", "∂L/∂o"},
		{"∂L/∂o", "∂l/∂o"},
		{"∂s/∂W1", "λ W1"},
		{"∂s/∂W2", "λ W2"},
		{"∂J/∂W2", "∂J/∂o hᵀ + λ W2"},
		{"∂J/∂h", "W2ᵀ ∂J/∂o"},
		{"∂J/∂z", "∂J/∂h ⊙ φ'(z)"},
		{"∂J/∂W1", "∂J/∂z xᵀ + λ W1"},
	} {
		a, b := tell(t, s, c.of), tell(t, s, c.book)
		if a.err != nil || b.err != nil {
			t.Errorf("%s, %s: %v %v", c.of, c.book, a.err, b.err)
			continue
		}
		x, y := s.Graph.Inline(a.value.Expr, nil), s.Graph.Inline(b.value.Expr, nil)
		if x != y {
			t.Errorf("%s is %v, and %s is %v", c.of, x, c.book, y)
		}
	}
}

func TestSameGraphForTwoSpellings(t *testing.T) {
	decl := `W1 : R[h,d]; W2 : R[q,h]; x : R[d]; X : R[n,d]; A : R[n,n]; u : R[n]; c : R; Q : R[n,k]; K : R[m,k]; T : R[h,d]
V[k] : R[p,p] for k = 1..2; t : R[p]; φ : R -> R; l : R[q], R[q] -> R; Y : R[n,q]; y : R[q]; z = W1 x; b : R[h]`
	s := newScope()
	if a := tell(t, s, decl); a.err != nil {
		t.Fatal(a.err)
	}
	for _, c := range []struct{ a, b string }{
		{"xᵀ x", "‖x‖²"},
		{"x · x", "sum(x.^2)"},
		{"tr(A A')", "‖A‖²"},
		{"W₁ 𝐱", "W1*x"},
		{"A^2 u", "A (A u)"},
		{"A - 2 I", "A - 2 eye(n)"},
		{"(Q K')", "Q K'"},
		{"sum[i,j] Q[i,j]^2", "‖Q‖²"},
		{"sum[i] A[i,i]", "tr(A)"},
		{"sum[i] Q[i,:]", "sum(Q, n)"},
		{"sum[i] x[i] exp(x[i])", "x · exp(x)"},
		{"sum[i] (x[i] x)[i]", "‖x‖²"},
		{"sum[i] sum[j] (x[i] b)[j]", "sum(x) sum(b)"},
		{"sum[i,j] (x[i] W1)[j,i]", "sum(W1 x)"},
		{"X W1' + b", "X W1' + ones(n) b'"},
		{"z + 1", "z + ones(h)"},
		{"∇_x z", "W1'"},
		{"∂z/∂x", "W1"},
		{"prod(∂(W2 z)/∂z, ∂z/∂W1)", "∂(W2 z)/∂W1"},
		{"sum[k] ‖V[k]‖²", "‖V[1]‖² + ‖V[2]‖²"},
		{"batch(l(W2 φ(W1 x), y), n, [x, y])", "1/n sum(l(φ(X W1') W2', Y))"},
		{"batch(l(W2 φ(W1 x), y) + c ‖W1‖², n, [x, y])", "1/n sum(l(φ(X W1') W2', Y)) + c ‖W1‖²"},
		{"hessian(x' x, x)", "2 eye(d)"},
		{"jvp(W1 x, x, x)", "W1 x"},
		{"hvp(x' x, x, x)", "2 x"},
		{"vjp(W1 x, x, z)", "W1' z"},
		{"grad(z, x)", "jac(z, x)"},
		{"∂φ(z)/∂z", "∂(φ(z))/∂z"},
	} {
		a, b := tell(t, s, c.a), tell(t, s, c.b)
		if a.err != nil || b.err != nil {
			t.Errorf("%s, %s: %v %v", c.a, c.b, a.err, b.err)
			continue
		}
		if x, y := s.Graph.Inline(a.value.Expr, nil), s.Graph.Inline(b.value.Expr, nil); x != y {
			t.Errorf("%s is %v\n%s is %v", c.a, x, c.b, y)
		}
	}
}

func TestDefinitionInIndexNotationIsTheProduct(t *testing.T) {
	s := newScope()
	tell(t, s, "Q : R[n,k]; K : R[m,k]; S[i,j] = sum[k] Q[i,k] K[j,k]; P[i,j] = exp(Q[i,j]) / sum[k] exp(Q[i,k])")
	a, b := tell(t, s, "S"), tell(t, s, "Q K'")
	if a.value.Expr.Body() != b.value.Expr {
		t.Errorf("%v is not %v", a.value.Expr.Body(), b.value.Expr)
	}
	p, q := tell(t, s, "P"), tell(t, s, "exp(Q) ./ sum(exp(Q), k)")
	if p.value.Expr.Body() != q.value.Expr {
		t.Errorf("%v is not %v", p.value.Expr.Body(), q.value.Expr)
	}
}

// A derivative within index notation must not lose what its entries depend on.
func TestDerivativesOfEntriesAreTheEntriesOfDerivatives(t *testing.T) {
	s := newScope()
	tell(t, s, "x : R[d]; W : R[h,d]; u = W x; G[i,j] = grad(u[i], x)[j]; H[i,j] = grad(sin(u[i]), x)[j]; D = ∂(sin(u))/∂x")
	if g, w := tell(t, s, "G"), tell(t, s, "W"); s.Graph.Inline(g.value.Expr, nil) != w.value.Expr {
		t.Errorf("%v is not W", s.Graph.Inline(g.value.Expr, nil))
	}
	h, d := tell(t, s, "H"), tell(t, s, "D")
	if a, b := s.Graph.Inline(h.value.Expr, nil), s.Graph.Inline(d.value.Expr, nil); a != b {
		t.Errorf("%v is not %v", a, b)
	}
}
