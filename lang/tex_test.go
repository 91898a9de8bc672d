package lang

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// boldNames are the tensors of the section's model.
var texTestOptions = &TeXOptions{
	Tensor: func(name string) bool {
		return strings.Contains(" x W1 W2 h o y ŷ z V^(1) A μ ", " "+name+" ")
	},
	Call: func(name string, args []string) (string, bool) {
		return `\sqrt{` + args[0] + "}", name == "sqrt"
	},
}

func TestLaTeXIsThatOfATextbook(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"W1 x", `\mathbf{W}_{1} \mathbf{x}`},
		{"λ/2 (‖W1‖² + ‖W2‖_F²)", `\frac{\lambda}{2} (\|\mathbf{W}_{1}\|^{2} + \|\mathbf{W}_{2}\|_{F}^{2})`},
		{"∂J/∂W1", `\frac{\partial J}{\partial \mathbf{W}_{1}}`},
		{"∂²J/∂W1∂W2", `\frac{\partial^{2} J}{\partial \mathbf{W}_{1} \, \partial \mathbf{W}_{2}}`},
		{"∂²J/∂x²", `\frac{\partial^{2} J}{\partial \mathbf{x}^{2}}`},
		{"((W2ᵀ ∂l/∂o) ⊙ φ'(z)) xᵀ + λ W1", `\left(\left(\mathbf{W}_{2}^{\top} \frac{\partial l}{\partial \mathbf{o}}\right) \odot \phi'(\mathbf{z})\right) \mathbf{x}^{\top} + \lambda \mathbf{W}_{1}`},
		{"A⁻¹ x", `\mathbf{A}^{-1} \mathbf{x}`}, {"A⁻ᵀ", `\mathbf{A}^{-\top}`}, {"(A x)'", `(\mathbf{A} \mathbf{x})^{\top}`},
		{"V⁽¹⁾ᵀ x", `{\mathbf{V}^{(1)}}^{\top} \mathbf{x}`},
		{"softmax(o)", `\operatorname{softmax}(\mathbf{o})`}, {"exp(-x)", `\exp(-\mathbf{x})`}, {"sqrt(x)²", `(\sqrt{\mathbf{x}})^{2}`},
		{"ŷ - y", `\hat{\mathbf{y}} - \mathbf{y}`}, {"x̄", `\bar{x}`}, {"μ", `\boldsymbol{\mu}`}, {"b_out", `b_{\mathrm{out}}`},
		{"x.^2", `\mathbf{x}^{\circ 2}`}, {"1 ./ x", `1 \oslash \mathbf{x}`}, {"x · y", `\mathbf{x} \cdot \mathbf{y}`}, {"2*3", `2 \cdot 3`}, {"2e-3 x", `2 \times 10^{-3} \mathbf{x}`},
		{"S[i,j] = sum[k] A[i,k] W1[j,k]", `S_{i j} = \sum_{k} \mathbf{A}_{i k} \left[\mathbf{W}_{1}\right]_{j k}`},
		{"∇_x (W1 x)", `\nabla_{\mathbf{x}} (\mathbf{W}_{1} \mathbf{x})`}, {"|x|", `|\mathbf{x}|`}, {"‖x/2‖", `\left\|\frac{\mathbf{x}}{2}\right\|`}, {"(x/2)²", `\left(\frac{\mathbf{x}}{2}\right)^{2}`},
		{"W1 ∈ ℝ^(h×d)", `\mathbf{W}_{1} \in \mathbb{R}^{h \times d}`}, {"l : R[q], R[q] -> R", `l : \mathbb{R}^{q} \times \mathbb{R}^{q} \to \mathbb{R}`},
		{"check x = A x ≤ 1", `\mathbf{x} = \mathbf{A} \mathbf{x} \le 1`}, {"X : R[n²,h+1]", `X \in \mathbb{R}^{n^{2} \times (h+1)}`},
	} {
		scope := treeScope()
		for _, v := range strings.Fields("W2 h o y z") {
			scope.vars[v] = true
		}
		s, err := NewParser(c.in).Next(scope)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got := LaTeX(s.Body, texTestOptions); got != c.want {
			t.Errorf("%s\n  got  %s\n  want %s", c.in, got, c.want)
		}
	}
}

// TestLaTeXIsBalanced: braces and \left \right pair, and nothing has two superscripts.
func TestLaTeXIsBalanced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tex := LaTeX(drawExpr(t, 4), texTestOptions)
		depth := 0
		for i, r := range tex {
			escaped := i > 0 && tex[i-1] == '\\'
			if r == '{' && !escaped {
				depth++
			}
			if r == '}' && !escaped {
				depth--
			}
			if depth < 0 {
				t.Fatal(tex)
			}
		}
		if depth != 0 || strings.Count(tex, `\left`) != strings.Count(tex, `\right`) {
			t.Fatal(tex)
		}
		if at := doubleSuperscript(tex); at >= 0 {
			t.Fatalf("two superscripts at %s in %s", tex[at:], tex)
		}
	})
}

// doubleSuperscript finds x^{a}^{b} and x'^{a}.
func doubleSuperscript(tex string) int {
	for i := 0; i+1 < len(tex); i++ {
		if tex[i] != '^' || tex[i+1] != '{' || i > 0 && tex[i-1] == '\\' {
			continue
		}
		depth, j := 1, i+2
		for ; depth > 0; j++ {
			switch {
			case tex[j] == '\\':
				j++
			case tex[j] == '{':
				depth++
			case tex[j] == '}':
				depth--
			}
		}
		if j < len(tex) && (tex[j] == '^' || tex[j] == '\'') {
			return i
		}
	}
	return -1
}
