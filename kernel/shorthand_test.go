package kernel

import "testing"

func TestShorthandsBecomeOneCharacter(t *testing.T) {
	for src, want := range map[string]string{
		`\lambda`:    "λ",
		`J + \lam`:   "J + λ",
		`\nabla`:     "∇",
		`W1 \odot`:   "W1 ⊙",
		`W\_1`:       "W₁",
		`x\^2`:       "x²",
		`W\^T`:       "Wᵀ",
		`y\hat`:      "ŷ",
		`a + x\bar`:  "a + x̄",
		`λ y\til`:    "λ ỹ",
		`\pi`:        "π",
		`f(\eta`:     "f(η",
		`矩 \partial`: "矩 ∂",
	} {
		c, ok := CompleteShorthand(src, len(src))
		if !ok || len(c.Items) != 1 {
			t.Errorf("%s: got %v", src, c)
			continue
		}
		if got := src[:c.Start] + c.Items[0].Text + src[c.End:]; got != want {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
	}
}

func TestNoShorthand(t *testing.T) {
	for _, src := range []string{"", "lambda", `\`[:0], `\nothing`, `\lambda + x`, `\hat`, `3\hat`, `"C:\dir\x y`} {
		if c, ok := CompleteShorthand(src, len(src)); ok {
			t.Errorf("%q: got %v", src, c)
		}
	}
}

func TestAccentsAndSymbolsAreOfferedTogether(t *testing.T) {
	c, ok := CompleteShorthand(`a y\b`, 5)
	if !ok || c.Start != 2 || len(c.Items) != 2 || c.Items[0].Text != "ȳ" || c.Items[1].Text != "yβ" {
		t.Errorf("got %v", c)
	}
}

func TestAnAmbiguousShorthandListsWhatItMayBe(t *testing.T) {
	c, ok := CompleteShorthand(`\o`, 2)
	if !ok || len(c.Items) < 3 {
		t.Fatalf("got %v", c)
	}
	for _, item := range c.Items {
		if item.Detail[:2] != `\o` {
			t.Errorf("%v does not begin with \\o", item)
		}
	}
}
