package lang

import (
	"testing"

	"pgregory.net/rapid"
)

func TestOneNameHasManySpellings(t *testing.T) {
	for want, spellings := range map[string][]string{
		"W1":      {"W1", "W_1", "W₁", "𝐖₁", "𝑊_1"},
		"W12":     {"W12", "W_12", "W₁₂"},
		"W1_2":    {"W1_2", "W₁_2"}, // not W12
		"λ":       {"λ", "lambda", `\lambda`, "𝜆", "𝛌"},
		"λ1":      {"λ1", "lambda1", "lambda_1", "λ₁"},
		"φ":       {"φ", "ϕ", "phi", "varphi", "𝜙"},
		"ŷ":       {"ŷ", "y_hat", "y\u0302"},
		"x̄":      {"x̄", "x_bar", "x\u0305"},
		"ŷ1":      {"ŷ1", "y_hat_1", "y1_hat", "y_hat1"},
		"λ̂":      {"lambda_hat", "λ_hat"},
		"V^(1)":   {"V^(1)", "V⁽¹⁾"},
		"x_i":     {"xᵢ", "x_i"},
		"b_out":   {"b_out"},
		"ℒ":       {"ℒ"},
		"ℝ":       {"ℝ"},
		"μ":       {"µ", "mu", "μ"},
		"h":       {"ℎ", "h"},
		"loss1":   {"loss_1"},
		"x_λ":     {"x_lambda"},
		"my_hat2": {"my_hat2"},
		"lambdax": {"lambdax"},
	} {
		for _, s := range spellings {
			if got := Fold(s); got != want {
				t.Errorf("%q folds to %q, want %q", s, got, want)
			}
		}
	}
}

func TestFoldingTwiceIsFoldingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		runes := []rune("xWyλϕµ1₂_ᵢ⁽¹⁾^()\u0302\u0305𝐱𝜆Ａé")
		words := []string{"hat", "bar", "lambda", "phi", "_"}
		s := ""
		for range rapid.IntRange(1, 6).Draw(t, "parts") {
			if rapid.Bool().Draw(t, "word") {
				s += rapid.SampledFrom(words).Draw(t, "word")
			} else {
				s += string(rapid.SampledFrom(runes).Draw(t, "rune"))
			}
		}
		if once := Fold(s); Fold(once) != once {
			t.Fatalf("%q folds to %q and then to %q", s, once, Fold(once))
		}
	})
}
