package lang

import "testing"

func TestSignsHaveASpellingInASCII(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"W1 x: the inner dimensions differ", "W1 x: the inner dimensions differ"},
		{"power of a vector x : R[d]: ‖x‖², xᵀ x, x ⊙ x", "power of a vector x : R[d]: ||x||^2, x' x, x .* x"},
		{"A⁻¹, A⁻ᵀ, φ″(z), λ W₁ᵀ, ŷ ≠ y", "A^-1, A^-T, phi''(z), lambda W1', y_hat != y"},
		{"∂²J/∂x²", "d^2J/dx^2"},
		{"d = 64 from 漢", "d = 64 from 漢"},
		{"3×4 entries …", "3x4 entries ..."},
	} {
		if got := ASCII(c.in); got != c.want {
			t.Errorf("%s: got %s, want %s", c.in, got, c.want)
		}
	}
}
