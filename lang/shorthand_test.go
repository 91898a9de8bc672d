package lang

import (
	"slices"
	"testing"
)

func TestShorthandsAreFoundByPrefix(t *testing.T) {
	for prefix, want := range map[string]Shorthand{
		"lamb": {"lambda", "λ"}, "odo": {"odot", "⊙"}, "part": {"partial", "∂"}, "_1": {"_1", "₁"}, "^2": {"^2", "²"}, "^T": {"^T", "ᵀ"},
	} {
		if got := Shorthands(prefix); !slices.Equal(got, []Shorthand{want}) {
			t.Errorf("%s: got %v, want %v", prefix, got, want)
		}
	}
}

func TestShorthandsAgreeWithFolding(t *testing.T) {
	for _, s := range Shorthands("") {
		if exact, ok := Symbol(s.Name); ok && exact != s.Text {
			t.Errorf(`\%s completes to %s but is read as %s`, s.Name, s.Text, exact)
		}
	}
	for _, accent := range Accents() {
		if got := Fold("y_" + accent); got == "y_"+accent {
			t.Errorf("y_%s has no accent", accent)
		}
	}
}
