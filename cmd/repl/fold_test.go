package main

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFoldBreaksBetweenSymbols(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		width int
		want  []string
	}{
		"short":                  {"a + b", 20, []string{"a + b"}},
		"unlimited":              {"a + b", 0, []string{"a + b"}},
		"after an operator":      {"alpha beta + gamma delta", 20, []string{"alpha beta +", "    gamma delta"}},
		"at a blank":             {"alpha beta gamma", 12, []string{"alpha beta", "    gamma"}},
		"never inside a name":    {"(alphabet)(gammadelta)", 15, []string{"(alphabet)(", "    gammadelta)"}},
		"never inside a number":  {"[-12.5,-3.25e-09,x-1]", 14, []string{"[-12.5,", "    -3.25e-09,", "    x-1]"}},
		"marks stay with theirs": {"x̂x̂x̂⊙x̂x̂x̂", 5, []string{"x̂x̂x̂⊙", "    x̂x̂x̂"}},
		"each line by itself":    {"a\nb", 10, []string{"a", "b"}},
	} {
		if got := fold(c.text, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestWrapBreaksProseAtBlanks(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		width int
		want  []string
	}{
		"at a blank":            {"one two three", 8, []string{"one two", "three"}},
		"indented as before":    {"  one two three", 9, []string{"  one two", "  three"}},
		"nothing to break":      {"onetwothree", 5, []string{"onetwothree"}},
		"exactly full":          {"one two", 7, []string{"one two"}},
		"unlimited":             {"one\ntwo", 0, []string{"one", "two"}},
		"a table":               {"  declare   x : R[d]     W : R[h,d]     λ : R", 40, []string{"  declare   x : R[d]     W : R[h,d]", "            λ : R"}},
		"a field of a table":    {"limit  0 …  arrays with more entries are summarised", 30, []string{"limit  0 …  arrays with more", "            entries are", "            summarised"}},
		"a field far right":     {"limit      0 …      arrays with more", 30, []string{"limit      0 …", "           arrays with more"}},
		"statements":            {"    x : R[d];  y : R[q];  z : R", 26, []string{"    x : R[d];  y : R[q];", "    z : R"}},
		"deep margins":          {"            ∂²J/∂x²      hessian(J, x)", 20, []string{"            ∂²J/∂x²", "          hessian(J,", "          x)"}},
		"nothing in the margin": {"      onetwo", 8, []string{"      onetwo"}},
	} {
		if got := wrap(c.text, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestFoldLosesNothing(t *testing.T) {
	symbol := rapid.SampledFrom([]string{"x̂", "λ", "W₁", " ", " + ", "(", ")", "矩", "ᵀ", "⊙", "abc", "12"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(symbol).Draw(t, "text"), "")
		width := rapid.IntRange(8, 40).Draw(t, "width")
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got := strings.Join(fold(text, width), ""); squeeze(got) != squeeze(text) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func TestWrapLosesNothing(t *testing.T) {
	piece := rapid.SampledFrom([]string{"x̂", "λ", " ", "  ", "     ", "; ", "矩", "abc", "W : R[h,d]", "\n"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(piece).Draw(t, "text"), "")
		width := rapid.IntRange(1, 40).Draw(t, "width")
		if got := strings.Join(wrap(text, width), " "); !slices.Equal(strings.Fields(got), strings.Fields(text)) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "x̂": 1, "ŷ": 1, "∂J/∂W₁": 6, "矩阵": 4, "‖W‖²": 4, "ℝ^(h×d)": 7, "W⁽¹⁾": 4} {
		if got := columns(s); got != want {
			t.Errorf("%q: got %d columns, want %d", s, got, want)
		}
	}
}

// A row costs what it shows, not what is left: this would take an hour otherwise.
func TestFoldingAVeryLongLine(t *testing.T) {
	terms := make([]string, 400_000)
	for i := range terms {
		terms[i] = "x̂₁"
	}
	line := strings.Join(terms, " + ")
	folded := foldLine(line, 60)
	for _, l := range folded {
		if columns(l) > 60 {
			t.Fatalf("too wide: %q", l)
		}
	}
	for i := range folded {
		folded[i] = strings.TrimSpace(folded[i])
	}
	if strings.Join(folded, " ") != line {
		t.Error("something was lost")
	}
}
