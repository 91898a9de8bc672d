package kernel

import (
	"strings"
	"testing"

	"nabla/lang"
	"nabla/lang/check"
)

// failing are the pages whose example is refused: on purpose, or for want of a file.
var failing = map[string]string{":crash": "E999", ":load": "E404", "load": "E341"}

// Every page but that of the grammar has an example, and a session runs it.
func TestEveryPageOfHelpHasAnExampleThatRuns(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	st := NewSession().state.Load()
	names := append(topicNames(), words()...)
	for name := range check.Forms() {
		names = append(names, name)
	}
	for _, c := range commands {
		names = append(names, ":"+c.Name)
	}
	for _, name := range names {
		page, ok := helpPage(st, name)
		_, example, found := strings.Cut(page.Text, "\nexample:\n")
		switch {
		case name == "grammar" || name == "syntax":
		case !ok || !found:
			t.Errorf("?%s has no example:\n%s", name, page.Text)
		case strings.Contains(example, "error["):
			t.Errorf("?%s shows a refusal:\n%s", name, example)
		default:
			runsAsShown(t, name, example)
		}
	}
}

// runsAsShown types what a page shows as typed.
func runsAsShown(t *testing.T, name, example string) {
	t.Helper()
	s := NewSession()
	for line := range strings.Lines(example) {
		typed, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "∇ ")
		if !ok {
			continue
		}
		if r := execute(t, s, typed); r.Err != nil && r.Err.Code != failing[name] {
			t.Errorf("?%s: %s: %v", name, typed, r.Err)
		}
	}
}

// Every sign of the language that is not a letter has a page.
func TestEverySignHasAPage(t *testing.T) {
	st := NewSession().state.Load()
	for _, sign := range strings.Fields("* @ · ⊙ .* ⊗ / ./ ⊘ + - ^ .^ ' ᵀ ⊤ .T ^T ′ ² ⁻¹ ∂ ∇ ‖ || | = := : ∈ -> ? % # ; \" [ ] ( ) .. == ≈ < > ≤ ≥ _ \\ ℝ") {
		if _, ok := helpPage(st, sign); !ok {
			t.Errorf("?%s has no page", sign)
		}
		if src := "?" + sign; sign != "#" && sign != ";" && NewSession().Completeness(src).Status != StatusComplete {
			t.Errorf("Enter does not run %s", src)
		}
	}
}

func TestHelpSaysHowASignIsTyped(t *testing.T) {
	st := NewSession().state.Load()
	for sign, keys := range map[string]string{"⊙": `\odot Tab ⊙`, "λ": `\lambda Tab λ`, "∂": `\partial Tab ∂`, "₁": `\_1 Tab ₁`} {
		if page, ok := helpPage(st, sign); !ok || !strings.Contains(page.Text, keys) {
			t.Errorf("?%s: %q", sign, page.Text)
		}
	}
	for _, s := range lang.Shorthands("") {
		if _, ok := helpPage(st, s.Text); !ok && !isASCII(s.Text) {
			t.Errorf("?%s has no page", s.Text)
		}
	}
}
