package draw

import (
	"testing"

	"golang.org/x/image/font/sfnt"
)

// A sign that the font lacked would be an empty box in the picture.
func TestTheFontHasTheSignsOfFormulas(t *testing.T) {
	f, err := fonts()
	if err != nil {
		t.Fatal(err)
	}
	var b sfnt.Buffer
	for k, style := range f {
		for _, c := range "∂∇Σ∏⊙⊘⊗ᵀ⁻¹²³′″‖|ℓ⋮…−–×·√→≤≥∈∞αβγδεζηθκλμνξπρστφχψωΔΘΛΞΠΦΨΩ₀₁₂₃ŷx̂ẑ" {
			if i, err := style.GlyphIndex(&b, c); err != nil || i == 0 {
				t.Errorf("font %d has no %c", k, c)
			}
		}
	}
}
