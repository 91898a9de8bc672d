package lang

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestReadings holds what the table of readings leaves out: input, then the reading in the scope of random trees.
func TestReadings(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		// transpose marks and exponents
		{"A^-1'", "(T (pow A (neg 1)))"}, {"A^-1^T", "(T (pow A (neg 1)))"}, {"A^-T", "(T (pow A (neg 1)))"},
		{"A^T^2", "(pow (T A) 2)"}, {"A⁻ᵀ", "(T (pow A (neg 1)))"}, {"A.T x", "(mul (T A) x)"}, {"A^-1^T^2", "(pow (T (pow A (neg 1))) 2)"},
		{"2^x^2", "(pow 2 (pow x 2))"}, {"x²ᵀ", "(T (pow x 2))"}, {"2^(A')", "(pow 2 (T A))"}, {"A''", "(T (T A))"},
		// numbers
		{"X[3..4]", "(index X (range 3 4))"}, {"1./x", "(hdiv 1 x)"}, {"2.^x", "(hpow 2 x)"}, {"2e x", "(mul (mul 2 e) x)"}, {"1e-3x", "(mul 1e-3 x)"},
		// bars
		{"|x| |x|", "(mul (abs x) (abs x))"}, {"|||x| x||", "(norm 2 (mul (abs x) x))"}, {"||x|x||", "(unmatched)"}, {"‖|x| x‖", "(norm 2 (mul (abs x) x))"},
		{"‖A x - ‖x‖ x‖", "(norm 2 (sub (mul A x) (mul (norm 2 x) x)))"}, {"|x - |x||", "(abs (sub x (abs x)))"},
		{"‖x‖_F²", "(pow (norm F x) 2)"}, {"‖x‖_inf", "(norm inf x)"}, {"‖x‖_1x", "(mul (norm 1 x) x)"}, {"|φ(|x|)|", "(abs (call φ (abs x)))"},
		// derivatives
		{"∂l/∂x", "(D l x)"}, {"∂J/∂x ∂x/∂A", "(mul (D J x) (D x A))"}, {"∂³J/∂x²∂A", "(D J x x A)"}, {"∂J/∂x²", "(pow (D J x) 2)"},
		{"∂(x A)/∂V^(1)", "(D (mul x A) V^(1))"}, {"dJ/dV^(1)", "(D J V^(1))"}, {"dJ / dx", "(div dJ dx)"}, {"dJ/dλ", "(D J λ)"}, {"dJ/dlambda", "(D J λ)"},
		{"∂φ(x)/∂x", "(D (call φ x) x)"}, {"∂‖x‖/∂x", "(D (norm 2 x) x)"}, {"∂J/∂x[1]", "(index (D J x) 1)"}, {"∂J/∂W1'", "(T (D J W1))"},
		{"∇_x φ(x)", "(nabla x (call φ x))"}, {"∇ₓ J", "(nabla x J)"}, {"∇_W1 J x", "(mul (nabla W1 J) x)"}, {`\nabla_x J`, "(nabla x J)"},
		// names
		{"x_bar", "x̄"}, {"ŷ + y_hat", "(add ŷ ŷ)"}, {`\lambda x`, "(mul λ x)"}, {"𝜆 𝐖₁", "(mul λ W1)"}, {"ｘ（1）", "(mul x 1)"},
		{"V⁽¹⁾²", "(pow V^(1) 2)"}, {"V⁽¹⁾ᵀ", "(T V^(1))"}, {"x⁽¹⁾", "(pow x 1)"}, {"xⁿ⁺¹", "(pow x (add n 1))"},
		// products and signs
		{"a b/c d", "(mul (div (mul a b) c) d)"}, {"a*1/2*b", "(mul (div (mul a 1) 2) b)"}, {"--x", "(neg (neg x))"}, {"x - -x", "(sub x (neg x))"},
		{"W1 @ x", "(mul W1 x)"}, {"x ⊗ x", "(kron x x)"}, {`x \odot x`, "(had x x)"}, {"−x", "(neg x)"},
		// sums over indices
		{"2 sum[k] A[1,k] x[k] + 1", "(add (mul 2 (sum (k) (mul (index A 1 k) (index x k)))) 1)"}, {"sum[i,j] -A[i,j]", "(sum (i j) (neg (index A i j)))"},
		{"sum[j,k where j + k - 1 == i, k = l] a[j] b[k]", "(sum (j k) (where (eq (sub (add j k) 1) i)) (where (eq k l)) (mul (index a j) (index b k)))"},
		{"sum[l] l(x)", "(sum (l) (mul l x))"}, {"sum(x, axis=h)", "(call sum x (= axis h))"},
		// statements
		{"x?", `(help "x")`}, {"V^(1)?", `(help "V^(1)")`}, {"V⁽¹⁾?", `(help "V⁽¹⁾")`}, {"?train", `(help "train")`}, {"?", `(help "")`}, {"x ?", "(mul x (hole))"}, {":load a.nabla  # c", `(command load "a.nabla")`},
		{"hint", `(command hint "")`}, {"check x = A = λ", "(check (chain x eq A eq λ))"}, {"check x", "(check x)"},
		{"H[0] = x", "(def H (0) x)"}, {"H[k] = φ(W1[k] H[k-1]) for k = 1..K", "(def H (k) (call φ (mul (index W1 k) (index H (sub k 1)))) (for k 1 K))"},
		{"W[k] : R[h,h] for k = 1..K", "(decl W (k) R[h,h] (for k 1 K))"}, {"user2(t) = t sigmoid(t)", "(def user2 (params t) (mul t (call sigmoid t)))"},
		{"g(φ) = φ(x)", "(def g (params φ) (mul φ x))"}, {"y : R[q] where sum(y) == 1, x > 0", "(decl y R[q] (where (eq (call sum y) 1)) (where (gt x 0)))"},
		{"Q ∈ ℝⁿˣᵈ where orthogonal", "(decl Q R[n,d] (where orthogonal))"}, {"Q : R^{h x d}", "(decl Q R[h,d])"}, {"Q : R[2n+1, n², 2 (h-1)]", "(decl Q R[2 n+1,n^2,2 (h-1)])"},
		{"dim d = 64, h, n = 2 d + 1", "(dim (= d 64) h (= n 2 d+1))"}, {"X, t := load(\"a.csv\")", `(value X t (call load "a.csv"))`}, {"φ := relu", "(value φ relu)"},
		{"z = 1 +\n  2", "(def z (add 1 2))"}, {"z = (1\n + 2)", "(def z (add 1 2))"}, {"S[i,j]＝sum[k] A[i,k]；", "(def S (i j) (sum (k) (index A i k)))"},
	} {
		scope := treeScope()
		s, err := NewParser(c.in).Next(scope)
		got := "(unmatched)"
		switch {
		case err != nil && err.(*Error).Code != "E102":
			t.Errorf("%s: %v", c.in, err)
			continue
		case err == nil:
			got = Sexpr(s.Body, nil)
		}
		if got != c.want {
			t.Errorf("%s\n  got  %s\n  want %s", c.in, got, c.want)
		}
	}
}

func TestAStatementKnowsItsPlace(t *testing.T) {
	var got []string
	for _, s := range readAll(t, "a = 1;  b = 2 # two\n\n# only a comment\n c = (3 +\n 4);", newTestScope()) {
		got = append(got, strings.Join([]string{s.Source, string(rune('0' + s.Line)), map[bool]string{true: "silent"}[s.Silent]}, "/"))
	}
	if all := strings.Join(got, " & "); all != "a = 1/1/silent & b = 2/1/ & c = (3 +\n 4)/4/silent" {
		t.Error(all)
	}
}

func TestAnOpenBracketOrATrailingOperatorWantsMore(t *testing.T) {
	for _, c := range []struct {
		src      string
		complete bool
		indent   string
	}{
		{"z = W1 x", true, ""}, {"z = (W1", false, "  "}, {"f([a,", false, "    "}, {"z = W1 +", false, "  "}, {"‖x", false, "  "}, {"‖x‖", true, ""},
		{"a |x| |y", false, "  "}, {"x :", false, "  "}, {":help", true, ""}, {"x ?", true, ""}, {"z = 1 + # more", false, "  "}, {"", true, ""}, {"a)", true, ""},
		{"∂J/", false, "  "}, {"x'", true, ""}, {"X[1, :", false, "  "}, {"|x; y", true, ""},
		{"?⊙", true, ""}, {"? ⊙", true, ""}, {"?‖", true, ""}, {"?||", true, ""}, {"?(", true, ""}, {"?:=", true, ""}, {"x = 1; ?*", true, ""}, {"y\n?+", true, ""},
		{`X := load("a`, true, ""}, {"f(\"a\n1)", true, ""}, {"f(\"a\",", false, "  "},
		{"x +\n\n? +", false, "  "}, {"? + (", false, "  "}, {"f(\n?(", false, "    "},
	} {
		if complete, indent := Completeness(c.src); complete != c.complete || indent != c.indent {
			t.Errorf("%q: %v %q", c.src, complete, indent)
		}
	}
}

// TestASpanIsWhatItsNodeSays: the text at a node's span, read by itself, is that node.
func TestASpanIsWhatItsNodeSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := "(" + Print(drawExpr(t, 4)) + ")"
		Walk(readBack(t, text), func(n Node) bool {
			x, ok := n.(Expr)
			if !ok || n.Extent() == (Span{}) {
				return true
			}
			switch n.(type) {
			case *Range, *Colon, *Hole:
				return true
			}
			at := n.Extent()
			if first, _ := utf8.DecodeRuneInString(text[at.Start:]); superscripts[first] != 0 {
				return true // part of an exponent, which is no text by itself
			}
			if strings.HasSuffix(text[at.Start:at.End], "⁻") {
				return true // the inverse within A⁻ᵀ
			}
			scope := treeScope()
			scope.vars["j"] = true
			s, err := NewParser("(" + text[at.Start:at.End] + ")").Next(scope)
			if err != nil {
				if _, isName := x.(*Name); isName {
					return true // a function's name needs its arguments
				}
				t.Fatalf("%s: %q: %v", text, text[at.Start:at.End], err)
			}
			if got := s.Body.(*ExprStmt).X; !Equal(got, x) {
				t.Fatalf("%s: %q is %s, not %s", text, text[at.Start:at.End], Sexpr(got, nil), Sexpr(x, nil))
			}
			return true
		})
	})
}

// TestDeepAndLongTextsAreRefusedNotCrashed would overflow the stack, or take minutes, if reading were not bounded and linear.
func TestDeepAndLongTextsAreRefusedNotCrashed(t *testing.T) {
	for name, text := range map[string]string{
		"parentheses": strings.Repeat("(", 100000) + "x" + strings.Repeat(")", 100000),
		"open":        strings.Repeat("(", 100000),
		"open lines":  strings.Repeat("(\n", 100000),
		"minus":       strings.Repeat("-", 100000) + "x",
		"powers":      strings.Repeat("x^", 100000) + "x",
		"primes":      "x" + strings.Repeat("'", 100000),
		"sum":         strings.Repeat("x+", 100000) + "x",
		"product":     strings.Repeat("x ", 100000),
		"bars":        strings.Repeat("|x", 100000),
		"nablas":      strings.Repeat("∇_x ", 100000) + "x",
		"partials":    strings.Repeat("∂(", 100000),
		"brackets":    "x" + strings.Repeat("[x", 100000),
		"lists":       strings.Repeat("[", 100000) + strings.Repeat("]", 100000),
		"super":       "x" + strings.Repeat("⁽", 100000),
		"dims":        "x : R[" + strings.Repeat("(", 100000) + strings.Repeat(")", 100000) + "]",
		"quotes":      strings.Repeat("'", 100000),
		"statements":  strings.Repeat("x;", 100000),
		"calls":       strings.Repeat("W1(", 20000) + strings.Repeat(")", 20000),
		"rows":        strings.Repeat("[1;", 20000) + strings.Repeat("]", 20000),
	} {
		p, scope := NewParser(text), treeScope()
		read := 0
		for ; ; read++ {
			if stmt, _ := p.Next(scope); stmt == nil {
				break
			}
		}
		if read == 0 {
			t.Errorf("%s: nothing was read", name)
		}
	}
}
