package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// asAnswer is the statement that answers a part.
func asAnswer(p *exercisePart, text string) string {
	if p.Kind == "formula" || p.Kind == "count" {
		return fmt.Sprintf("answer(%q, %s)", p.Name, text)
	}
	return fmt.Sprintf("answer(%q, %q)", p.Name, text)
}

// Every exercise loads; its answers are right, its rejections get their replies, and each part can be helped with.
func TestEveryExerciseJudgesItsOwnAnswers(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	for _, e := range exercises() {
		t.Run(e.ID, func(t *testing.T) {
			s := NewSession()
			say(t, s, fmt.Sprintf("exercise(%q)", e.ID))
			if e.Title == "" || e.Text == "" || len(e.Parts) == 0 {
				t.Error("it has no title, text or parts")
			}
			for _, p := range e.Parts {
				if p.Ask == "" || p.Solution == "" || len(p.Hints) == 0 || len(p.Answers) == 0 {
					t.Errorf("part %s lacks a question, a hint, an answer or a solution", p.Name)
				}
				for _, r := range p.Reject {
					if p.Kind == "formula" || p.Kind == "count" && !strings.Contains(r.pattern, " and ") {
						if got := say(t, s, asAnswer(p, r.pattern)).Text; got != "WRONG: "+r.reply {
							t.Errorf("part %s, %s: %s", p.Name, r.pattern, got)
						}
					}
				}
				for _, a := range p.Answers {
					if got := say(t, s, asAnswer(p, a)).Text; !strings.HasPrefix(got, "RIGHT") {
						t.Errorf("part %s, %s: %s", p.Name, a, got)
					}
				}
			}
		})
	}
}

func TestVerbalAnswersGetTheirFeedback(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	for _, c := range []struct{ id, part, answer, want string }{
		{"5.3.1", "a", `"m×n"`, "numerator layout"},
		{"5.3.1", "a", `"nm×nm"`, "the Hessian"},
		{"5.3.2", "a", `"x→u, W1→u, u→z, b→z, b→s, z→h, h→o, W2→o, o→L, y→L, W1→s, W2→s, L→J, s→J"`, "would be regularized"},
		{"5.3.2", "a", `"x→u, W1→u, u→z, b→z, z→h, h→o, W2→o, o→L, W1→s, W2→s, L→J, s→J"`, "y is missing"},
		{"5.3.2", "a", `"x→u, W1→u, u→z, b→z, z→h, h→o, W2→o, o→L, y→L, W2→s, L→J, s→J"`, "W1 is read twice"},
		{"5.3.2", "a", `"x→u, W1→u, u→z, b→z, z→h, h→o, W2→o, o→L, y→L, W1→s, W2→s, L→J"`, "edge missing"},
		{"5.3.2", "b", "∂J/∂h", "φ′(z) is skipped"},
		{"5.3.2", "b", "∂J/∂z xᵀ", "WRONG SHAPE"},
		{"5.3.3", "b", `"4d+4"`, "where are the weights"},
		{"5.3.3", "a", "p + n (d + 2h + q)", "freed once its only reader has run"},
		{"5.3.3", "c", `"training needs z and h for ReLU"`, "h alone is enough"},
		{"5.3.3", "d", "h d + q h", "2 p with SGD, 4 p with Adam"},
		{"5.3.4", "c", `"twice as long"`, "p times"},
		{"5.3.4", "a", `"it grows exponentially"`, "by a constant factor"},
		{"5.3.4", "e", `"H is block diagonal"`, "is not zero"},
		{"5.3.4", "e", `"positive definite"`, "semidefinite, not the whole"},
		{"5.3.5", "a", `"DataParallel"`, "still do not fit"},
		{"5.3.5", "c", `"a smaller minibatch always works"`, "never the 2 p"},
		{"5.3.5", "d", `"accumulation changes the result"`, "Not without batch normalization"},
	} {
		s := NewSession()
		say(t, s, fmt.Sprintf("exercise(%q)", c.id))
		got := say(t, s, fmt.Sprintf("answer(%q, %s)", c.part, c.answer)).Text
		if !strings.HasPrefix(got, "WRONG") || !strings.Contains(got, c.want) {
			t.Errorf("%s (%s) %s: %s\nwant %q", c.id, c.part, c.answer, got, c.want)
		}
	}
}

func TestProgressIsKept(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_DATA_HOME", dir)
	s := NewSession()
	say(t, s, `exercise("5.3.2")`)
	say(t, s, "check ∂J/∂b == ∂J/∂z")
	if _, err := os.Stat(filepath.Join(dir, "nabla", "exercises.json")); err != nil {
		t.Error(err)
	}
	if got := say(t, NewSession(), "exercises").Text; !strings.Contains(got, "1 of 4") {
		t.Error(got)
	}
	if got := say(t, NewSession(), `exercise("5.3.2")`).Text; !strings.Contains(got, "(b) ∂J/∂b = ?   (solved)") {
		t.Error(got)
	}
}
