package notation

import (
	"testing"
)

func TestTheSectionPrintsAsTheBook(t *testing.T) {
	w := section()
	for _, c := range []struct{ of, by, want string }{
		{"J", "L", "1"},
		{"J", "s", "1"},
		{"s", "W1", "λ W1"},
		{"s", "W2", "λ W2"},
		{"J", "o", "∂l/∂o"},
		{"J", "W2", "∂l/∂o hᵀ + λ W2"},
		{"J", "h", "W2ᵀ ∂l/∂o"},
		{"J", "z", "(W2ᵀ ∂l/∂o) ⊙ φ′(z)"},
		{"J", "W1", "((W2ᵀ ∂l/∂o) ⊙ φ′(z)) xᵀ + λ W1"},
		{"J", "x", "W1ᵀ ((W2ᵀ ∂l/∂o) ⊙ φ′(z))"},
		{"o", "W2", "T[i,j,k] = eye(q)[i,j] h[k]"},
		{"o", "x", "W2 diag(φ′(z)) W1"},
		{"L", "o", "∂l/∂o"},
	} {
		d := w.diff(t, w.vars[c.of], w.vars[c.by])
		if got := (Printer{Scope: w}).Text(d); got != c.want {
			t.Errorf("∂%s/∂%s = %s, want %s", c.of, c.by, got, c.want)
		}
	}
}

func TestDefinitionsOpenOneLevel(t *testing.T) {
	w := section()
	for name, want := range map[string]string{
		"z": "W1 x", "h": "φ(z)", "o": "W2 h", "L": "l(o, y)", "s": "λ/2 (‖W1‖² + ‖W2‖²)", "J": "L + s",
	} {
		if got := (Printer{Scope: w}).Text(w.vars[name]); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
}

func TestSecondDerivativesOfTheSection(t *testing.T) {
	w := section()
	for _, c := range []struct{ of, by, by2, want string }{
		{"J", "W2", "W2", "T[i,j,k,m] = (∂²l/∂o²)[i,k] h[j] h[m] + λ eye(q)[i,k] eye(h)[j,m]"},
		{"J", "z", "z", "diag(φ′(z)) W2ᵀ ∂²l/∂o² W2 diag(φ′(z)) + diag((W2ᵀ ∂l/∂o) ⊙ φ″(z))"},
		{"J", "o", "o", "∂²l/∂o²"},
	} {
		d := w.diff(t, w.vars[c.of], w.vars[c.by], w.vars[c.by2])
		if got := (Printer{Scope: w}).Text(d); got != c.want {
			t.Errorf("∂²%s/∂%s∂%s = %s, want %s", c.of, c.by, c.by2, got, c.want)
		}
	}
}
