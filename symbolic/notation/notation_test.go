package notation

import (
	"flag"
	"os"
	"strings"
	"testing"

	"nabla/lang"
)

const section = `x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[q,h]; λ : R
φ : R -> R
l : R[q], R[q] -> R
z = W1 x
h = φ(z)
o = W2 h
L = l(o, y)
s = λ/2 (‖W1‖² + ‖W2‖²)
J = L + s
`

var update = flag.Bool("update", false, "rewrite the printed forms in testdata")

// TestPrintedForms runs testdata/forms.txt: declarations, then lines of input, tab, what it prints as. Each must read back.
func TestPrintedForms(t *testing.T) {
	data, err := os.ReadFile("testdata/forms.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(t, "")
	all := lines(string(data))
	for i, line := range all {
		input, want, ok := strings.Cut(line, "\t")
		switch {
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
			continue
		case line == "---":
			s = newSession(t, "")
			continue
		case !ok:
			if _, err := s.tell(line); err != nil {
				t.Errorf("line %d: %s: %v", i+1, line, err)
			}
			continue
		}
		v, err := s.tell(input)
		if err != nil {
			t.Errorf("line %d: %s: %v", i+1, input, err)
			continue
		}
		p := s.printer()
		p.Row = v.Row
		if got := strings.ReplaceAll(p.Text(v.Expr), "\n", "; "); got != want {
			all[i] = input + "\t" + got
			t.Errorf("line %d: %s\n  got  %s\n  want %s", i+1, input, got, want)
		}
		if err := readsBack(s, v); err != nil {
			t.Errorf("line %d: %s does not read back: %v", i+1, input, err)
		}
	}
	if *update {
		if err := os.WriteFile("testdata/forms.txt", []byte(strings.Join(all, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLaTeXIsTheTextbooks(t *testing.T) {
	s := newSession(t, section+"A : R[n,n]; b, u : R[n]; X : R[n,d]; T : R[n,n,n]")
	for _, c := range []struct{ in, want string }{
		{"∂J/∂W1", `\left(\left(\mathbf{W}_{2}^{\top} \frac{\partial l}{\partial \mathbf{o}}\right) \odot \phi'(\mathbf{z})\right) \mathbf{x}^{\top} + \lambda \mathbf{W}_{1}`},
		{"∂J/∂W2", `\frac{\partial l}{\partial \mathbf{o}} \mathbf{h}^{\top} + \lambda \mathbf{W}_{2}`},
		{"s", `\frac{\lambda}{2} (\|\mathbf{W}_{1}\|^{2} + \|\mathbf{W}_{2}\|^{2})`},
		{"A⁻¹ b", `\mathbf{A}^{-1} \mathbf{b}`},
		{"∂(bᵀ A⁻¹ u)/∂A", `-\mathbf{A}^{-\top} \mathbf{b} \mathbf{u}^{\top} \mathbf{A}^{-\top}`},
		{"exp(u) + sqrt(b)", `\exp\left(\mathbf{u}\right) + \sqrt{\mathbf{b}}`},
		{"1/2 ‖X x - u‖² / n", `\frac{\|\mathbf{X} \mathbf{x} - \mathbf{u}\|^{2}}{2 n}`},
		{"hessian(‖X x - u‖², x)", `2 \mathbf{X}^{\top} \mathbf{X}`},
		{"∂o/∂W2", `\left[\mathbf{T}_{1}\right]_{i j k} = \delta_{i j} \mathbf{h}_{k}`},
		{"ones(n) xᵀ", `\mathbf{1}_{n} \mathbf{x}^{\top}`},
		{"sum(X, n)", `\operatorname{sum}(\mathbf{X}, n)`},
		{"∂²J/∂W2²", `\left[\mathbf{T}_{1}\right]_{i j k m} = \left[\frac{\partial^{2} l}{\partial \mathbf{o}^{2}}\right]_{i k} \mathbf{h}_{j} \mathbf{h}_{m} + \lambda \delta_{i k} \delta_{j m}`},
		{"where(u, b, 2 u)", `\begin{cases} \mathbf{b} & \mathbf{u} \\ 2 \mathbf{u} & \text{else} \end{cases}`},
		{"logsumexp(u)", `\operatorname{logsumexp}(\mathbf{u})`},
		{"leaky_relu(u, slope=0.1)", `\operatorname{leaky\_relu}(\mathbf{u}, \mathrm{slope}=0.1)`},
	} {
		v, err := s.tell(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got := s.printer().LaTeX(v.Expr); got != c.want {
			t.Errorf("%s\n  got  %s\n  want %s", c.in, got, c.want)
		}
	}
}

func TestFourAxesHaveAKroneckerForm(t *testing.T) {
	s := newSession(t, section+"U : R[m,k]; V : R[n,k]; M : R[m,n]; A : R[m,m]; B : R[k,p]; P : R[m,m] where spd; Q : R[k,k] where spd")
	for _, c := range []struct{ in, want string }{
		{"hessian(tr(U Q Uᵀ P), U)", "2 (Q ⊗ P)"},
		{"hessian(‖U Vᵀ - M‖², U)", "2 ((Vᵀ V) ⊗ eye(m))"},
		{"hessian(‖U Vᵀ - M‖² + λ ‖U‖², U)", "2 ((Vᵀ V) ⊗ eye(m) + λ (eye(k) ⊗ eye(m)))"},
		{"∂²J/∂W2²", "(h hᵀ) ⊗ ∂²l/∂o² + λ (eye(h) ⊗ eye(q))"},
		{"∂(A U B)/∂U", "Bᵀ ⊗ A"},
		{"∂²(‖U Vᵀ - M‖²)/∂U∂V", ""},
	} {
		v, err := s.tell(c.in)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if x := s.printer().Form(v.Expr).Vec; x != nil {
			got = lang.Print(x)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestRowsArePrintedAsRows(t *testing.T) {
	s := newSession(t, "x, b : R[n]; A, B : R[n,n]; φ : R -> R; h = φ(A x); r = hᵀ")
	for _, c := range []struct{ in, want string }{
		{"x' A", "xᵀ A"}, {"x' A' B", "xᵀ Aᵀ B"}, {"(A x)'", "(A x)ᵀ"}, {"x' + x' A", "xᵀ + xᵀ A"}, {"-2 x' - b'", "-2 xᵀ - bᵀ"},
		{"φ(x)'", "φ(x)ᵀ"}, {"r A", "r A"}, {"r", "hᵀ"}, {"A r'", "A rᵀ"}, {"r + 1", "r + 1"}, {"r ⊙ x'", "(rᵀ ⊙ x)ᵀ"},
	} {
		if got := s.text(t, c.in); got != c.want {
			t.Errorf("%s: %s, want %s", c.in, got, c.want)
		}
		v, err := s.tell(c.in)
		if err != nil {
			t.Fatal(err)
		}
		if err := readsBack(s, v); err != nil {
			t.Error(err)
		}
	}
}

// TestBackpropListingsKeepTheirDerivatives: each line of a reverse sweep is written with those before it.
func TestBackpropListingsKeepTheirDerivatives(t *testing.T) {
	s := newSession(t, section)
	for _, c := range []struct{ by, want string }{
		{"L", "1"}, {"o", "∂l/∂o"}, {"W2", "∂J/∂o hᵀ + λ W2"}, {"h", "W2ᵀ ∂J/∂o"}, {"z", "∂J/∂h ⊙ φ′(z)"}, {"W1", "∂J/∂z xᵀ + λ W1"},
	} {
		v, err := s.tell("∂J/∂" + c.by)
		if err != nil {
			t.Fatal(err)
		}
		p := s.printer()
		p.KeepDerivatives = true
		if got := p.Text(v.Expr); got != c.want {
			t.Errorf("∂J/∂%s = %s, want %s", c.by, got, c.want)
		}
	}
}

func TestASCIIReadsBack(t *testing.T) {
	s := newSession(t, section)
	v, err := s.tell("∂J/∂W1")
	if err != nil {
		t.Fatal(err)
	}
	p := s.printer()
	p.ASCII = true
	if got, want := p.Text(v.Expr), "((W2' dl/do) .* phi'(z)) x' + lambda W1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestNamesThatMeanSomethingElseByNow: what is printed is in terms of what names mean at present.
func TestNamesThatMeanSomethingElseByNow(t *testing.T) {
	s := newSession(t, "x : R[n]; A : R[n,n]; z = A x; u = exp(z)")
	before, err := s.tell("u ⊙ z")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.tell("z = 2 x"); err != nil {
		t.Fatal(err)
	}
	if got, want := s.printer().Text(before.Expr), "u ⊙ (A x)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := s.tell("u = x"); err != nil {
		t.Fatal(err)
	}
	if got, want := s.printer().Text(before.Expr), "exp(A x) ⊙ (A x)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestSeveralApplicationsAreToldApart: ∂l/∂o is understood only where l is applied to o once.
func TestSeveralApplicationsAreToldApart(t *testing.T) {
	s := newSession(t, section+"y2 : R[q]; M = l(o, y2); K = L + M; N = l(2 o, y); D = l(o, o)")
	for _, c := range []struct{ in, want string }{
		{"∂L/∂o", "∂L/∂o"}, {"∂K/∂o", "∂L/∂o + ∂M/∂o"}, {"∂K/∂h", "W2ᵀ (∂L/∂o + ∂M/∂o)"},
		{"∂N/∂y", "∂N/∂y"},
	} {
		v, err := s.tell(c.in)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.printer().Text(v.Expr); got != c.want {
			t.Errorf("%s: %s, want %s", c.in, got, c.want)
		}
		if err := readsBack(s, v); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.tell("p = sigmoid(o); E = l(sigmoid(o), y)"); err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{"∂N/∂o", "∂D/∂o", "∂²N/∂o²", "∂²D/∂o²", "∂E/∂o"} {
		v, err := s.tell(in)
		if err != nil {
			t.Fatal(err)
		}
		if err := readsBack(s, v); err != nil {
			t.Error(err)
		}
	}
}

func TestAHiddenFunctionIsNoted(t *testing.T) {
	s := newSession(t, "tr : R; A : R[n,n]")
	v, err := s.tell("sum(A ⊙ Aᵀ) + det(A)")
	if err != nil {
		t.Fatal(err)
	}
	if f := s.printer().Form(v.Expr); len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "tr is the function here") {
		t.Errorf("notes: %q", f.Notes)
	}
}
