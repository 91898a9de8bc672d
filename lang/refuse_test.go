package lang

import (
	"slices"
	"strings"
	"testing"
)

// readByParser reports whether the parser refuses with the code; the checker has the others.
func readByParser(code string) bool { return code < "E2" && code != "E101" }

func TestEveryCodeIsTriggeredByItsExample(t *testing.T) {
	for i, c := range Codes {
		if i > 0 && c.Code <= Codes[i-1].Code {
			t.Errorf("%s is out of order", c.Code)
		}
		if c.Example == "" {
			continue
		}
		scope := newTestScope()
		readAll(t, c.Setup, scope)
		s, err := NewParser(c.Example).Next(scope)
		switch {
		case !readByParser(c.Code) && err != nil:
			t.Errorf("%s: the example cannot be read: %v", c.Code, err)
		case readByParser(c.Code) && err == nil:
			t.Errorf("%s: %s is read as %s", c.Code, c.Example, Sexpr(s.Body, scope))
		case readByParser(c.Code) && err.(*Error).Code != c.Code:
			t.Errorf("%s: %v", c.Code, err)
		}
	}
}

// TestWhatComesFromElsewhereIsTranslated: every offered fix has been read.
func TestWhatComesFromElsewhereIsTranslated(t *testing.T) {
	for _, c := range []struct{ in, code, fix string }{
		{"1/2c", "E104", "1/2 c"},
		{"λ/2(c + 1)", "E104", "λ/(2 (c + 1))"},
		{"(λ + 1)/2c", "E104", "(λ + 1)/2 c"},
		{"2^3c", "E105", "2^(3 c)"},
		{"2 3", "E103", "2*3"},
		{"[1 2; 3 4]", "E108", "[[1, 2], [3, 4]]"},
		{"exercise(5.3.2)", "E108", `exercise("5.3.2")`},
		{"answer(x→z, W1 -> z)", "E100", `answer("x→z, W1 -> z")`},
		{`answer("a", x→z)`, "E100", `answer("a", "x→z")`},
		{"[1 2 3]", "E108", "[1, 2, 3]"},
		{"X, t := load('file.csv')", "E108", `X, t := load("file.csv")`},
		{"W(1,2)", "E108", "W[1,2]"},
		{"W(1,:)", "E108", "W[1,:]"},
		{"x**2", "E108", "x^2"},
		{"np.exp(x)", "E108", "exp(x)"},
		{"np.linalg.inv(A)", "E108", "inv(A)"},
		{"v := np.array([1, 2])", "E108", "v := [1, 2]"},
		{"torch.tensor([[1, 2]])", "E108", "[[1, 2]]"},
		{"x.sum()", "E108", "sum(x)"},
		{`\frac{a}{b}`, "E108", "a/b"},
		{`\frac{a + 1}{2 b}`, "E108", "(a + 1)/(2 b)"},
		{`z = \mathbf{W}^\top x`, "E108", "z = Wᵀ x"},
		{`\frac{\partial J}{\partial \mathbf{W}_1}`, "E108", "∂J/∂W_1"},
		{`\sqrt{\frac{a}{b}}`, "E108", "sqrt(a/b)"},
		{"sin²(x)", "E108", "sin(x)^2"},
		{"sin^2(x) + 1", "E108", "sin(x)^2 + 1"},
		{"sin⁻¹(x)", "E108", "asin(x)"},
		{"phi z", "E107", "phi(z)"},
		{"5% x", "E106", "5/100 x"},
		{"W ' x", "E108", "W' x"},
		{"x : d", "E111", "x : R[d]"},
		{"x : R(h,d)", "E111", "x : R[h,d]"},
		{"W ∈ ℝ^h×d", "E111", "W ∈ ℝ^(h×d)"},
		{"x : R[d], y : R[q]", "E111", "x : R[d]; y : R[q]"},
		{"2x = 3", "E100", "2x == 3"},
		{"x + c = z", "E100", "check x + c = z"},
		{"∂²J/∂x", "E112", "∂²J/∂x²"},
		{"∂²J/∂x²∂W", "E112", "∂³J/∂x²∂W"},
		{"∂²J/∂x∂W²", "E112", "∂³J/∂x∂W²"},
		{"∂³J/∂x∂W", "E112", "∂³J/∂x²∂W"},
		{"∂H[2]/∂x", "E112", "∂(H[2])/∂x"},
		{"∂‖x‖²/∂x", "E112", "∂(‖x‖²)/∂x"},
		{"∂‖x‖^2/∂x", "E112", "∂(‖x‖^2)/∂x"},
		{"‖x‖_f", "E100", "‖x‖_F"},
		{"a × b", "E108", "a * b"},
		{"∇ z = W x", "E100", "z = W x"},
		{"∇ W x", "E112", "W x"},
		{"∇_x[1] J", "E112", "(∇_x J)[1]"},
		{"x <- 5", "E108", "x := 5"},
		{"½ x", "E109", "(1/2) x"},
		{"W_{1}", "E108", "W_1"},
		{"hint 2", "E108", "hint"},
		{"W x : R[h]", "E100", "W x"},
		{"x : R[3] = [1, 2, 3]", "E100", "x : R[3]; x := [1, 2, 3]"},
		{"let z = W x", "E100", "z = W x"},
		{"f(t) := t^2", "E100", "f(t) = t^2"},
		{"∂/∂x φ(x)", "E112", "∂(φ(x))/∂x"},
		{"W_{1} x^{2}", "E108", "W_1 x^2"},
		{"W^{\\top} x", "E108", "Wᵀ x"},
		{"W.max", "E108", "max(W)"},
		{"torch.linalg.inv(A)", "E108", "inv(A)"},
		{"v := np.asarray([1, 2])", "E108", "v := [1, 2]"},
		{"F.cross_entropy(a, b)", "E108", "crossentropy(a, b)"},
		{"def f(t): return t**2 + 1", "E100", "f(t) = t^2 + 1"},
		{"f = lambda t: t**2", "E100", "f(t) = t^2"},
		{"f = t -> t^2", "E100", "f(t) = t^2"},
		{"X[1:3, 2]", "E100", "X[1..3, 2]"},
		{"exp.(X)", "E107", "exp(X)"},
		{"x .+ 1", "E108", "x + 1"},
		{"A . B", "E108", "A B"},
		{"A := {{1, 2}, {3, 4}}", "E108", "A := [[1, 2], [3, 4]]"},
		{"A : matrix", "E111", "A : R[m,n]"},
		{"x : vector", "E111", "x : R[n]"},
		{"x : scalar", "E111", "x : R"},
		{"b : R[n x m]", "E111", "b : R[n,m]"},
		{"b : R[n×m]", "E111", "b : R[n,m]"},
		{"b : R[2 x 3]", "E111", "b : R[2,3]"},
		{"b : R^nxm", "E111", "b : R^(n×m)"},
		{"b : Rn", "E111", "b : R[n]"},
		{"‖x‖2", "E100", "‖x‖_2"},
		{"||x||2 + c", "E100", "2 ||x|| + c"},
		{"sum[i=1..n] X[i]", "E108", "sum[i] X[i]"},
		{"x > 0 > c", "E100", "check x > 0 > c"},
	} {
		scope := treeScope()
		for _, v := range strings.Fields("a b c z W H X") {
			scope.vars[v] = true
		}
		_, err := NewParser(c.in).Next(scope)
		e, ok := err.(*Error)
		if !ok || e.Code != c.code {
			t.Errorf("%s: %v, want %s", c.in, err, c.code)
			continue
		}
		if !slices.ContainsFunc(e.Fixes, func(f Fix) bool { return f.Text == c.fix }) {
			t.Errorf("%s: fixes %v, want %s", c.in, e.Fixes, c.fix)
		}
	}
}

// Nothing is offered that calls what does not exist.
func TestNoFixCallsWhatDoesNotExist(t *testing.T) {
	for _, in := range []string{"x.requires_grad_()", "x.item()", "x.view(2)", "W = torch.nn.Linear(4, 3)", "x.grad", "for i in range(3): print(i)"} {
		_, err := NewParser(in).Next(treeScope())
		if e, ok := err.(*Error); !ok || len(e.Fixes) > 0 {
			t.Errorf("%s: %+v", in, err)
		}
	}
}

func TestAfterAnErrorTheNextStatementIsRead(t *testing.T) {
	p := NewParser("a = (1\nb = 2; c = 3 3; d = 4\n[1 2; 3]\ne = |x\nf = |x|")
	var good, bad []string
	for {
		s, err := p.Next(nil)
		if s == nil {
			break
		}
		if err != nil {
			bad = append(bad, s.Source)
			continue
		}
		good = append(good, s.Source)
	}
	if got := strings.Join(good, "&"); got != "b = 2&d = 4&f = |x|" {
		t.Errorf("read: %s", got)
	}
	if got := strings.Join(bad, "&"); got != "a = (1&c = 3 3&[1 2; 3]&e = |x" {
		t.Errorf("refused: %s", got)
	}
}
