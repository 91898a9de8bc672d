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
		{"5.3.4", "a", `"it explodes"`, "by a constant factor"},
		{"5.3.4", "a", `"bigger"`, "by how much"},
		{"5.3.5", "a", `"use two GPUs"`, "what goes where"},
		{"5.3.4", "e", `"H is block diagonal"`, "is not zero"},
		{"5.3.4", "e", `"positive definite"`, "semidefinite, not the whole"},
		{"11.3.a", "d", "n d", "the polynomials differ"},
		{"5.3.4", "e", `"not block diagonal, but positive definite"`, "negative directions"},
		{"5.3.4", "c", `"p^2 times"`, "column by column"},
		{"5.3.5", "a", `"split the batch over the GPUs"`, "still holds all weights"},
		{"5.3.5", "d", `"it is not the same"`, "Not without batch normalization"},
		{"5.3.3", "a", "p + n (h + max(d, q))", "in place"},
		{"5.3.2", "a", `"u→x, u→W1, z→u, z→b, h→z, o→h, o→W2, L→o, L→y, s→W1, s→W2, J→L, J→s"`, "the other way"},
		{"5.3.2", "b", `"φ′(z) ⊙ ∂J/∂o"`, "∂J/∂o : R[q]"},
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

// What a student may write in many ways is accepted in each.
func TestAnswersAreAcceptedInTheirForms(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	for _, c := range []struct{ id, part, answer, remark string }{
		{"5.3.1", "a", `"[n,m]"`, ""}, {"5.3.1", "a", `"nm"`, ""}, {"5.3.1", "a", "n m", ""}, {"5.3.1", "a", `"m×n in numerator layout"`, ""},
		{"5.3.1", "b", `"(nm)²"`, ""}, {"5.3.1", "b", `"n×m×n×m"`, ""}, {"5.3.1", "b", "(N M)^2", "M read as m, N read as n"},
		{"5.3.2", "a", `"(x,u),(W1,u),(u,z),(b,z),(z,h),(h,o),(W2,o),(o,L),(y,L),(W1,s),(W2,s),(L,J),(s,J)"`, ""},
		{"5.3.2", "a", `"x -> z -> h -> o -> L -> J, W_1 -> z, b -> z, W2 -> o, y -> L, W1 -> s, W2 -> s, lambda -> s, s -> J"`, ""},
		{"5.3.2", "a", `"x,W1→u; u,b→z; z→h; h,W2→o; o,y→L; W1,W2→s; L,s→J"`, ""},
		{"5.3.2", "a", `"x→×, W1→×, ×→u, u→+, b→+, +→z, z→φ, φ→h, h→×2, W2→×2, ×2→o, o→l, y→l, l→L, W1→l2, W2→l2, l2→s, L→+2, s→+2, +2→J"`, ""},
		{"5.3.2", "b", `"dJ/dz"`, ""}, {"5.3.2", "b", "(∂J/∂z)ᵀ", "another layout"}, {"5.3.2", "c", "x (∂J/∂z)ᵀ + λ W1ᵀ", "another layout"},
		{"5.3.2", "c", "2/2 ∂J/∂z xᵀ + 3 λ W1 - 2 λ W1", ""}, {"5.3.2", "c", "∂J/∂b xᵀ + ∂s/∂W1", ""},
		{"5.3.3", "a", "P + B max(D + H, 2 H, H + Q)", "B read as n"}, {"5.3.3", "b", `"nd + 2nh + nq"`, ""}, {"5.3.3", "d", "2 (d h + h q)", ""},
		{"5.3.2", "a", `"x->*, *->u, W1->*, u->+, b->+, +->z, z->phi, phi->h, h->×, W2->×, ×->o, o->l, y->l, l->L, W1->l2, W2->l2, l2->s, L->+, s->+, +->J"`, ""},
		{"5.3.2", "a", `["x→z", "W1→z", "b→z", "z→h", "h→o", "W2→o", "o→L", "y→L", "W1→s", "W2→s", "L→J", "s→J"]`, ""},
		{"5.3.2", "a", `"[(x,z), (W1,z), (b,z), (z,h), (h,o), (W2,o), (o,L), (y,L), (W1,s), (W2,s), (L,J), (s,J)]"`, ""},
		{"5.3.5", "a", `"put W1 on one and W2 on the other"`, ""}, {"5.3.4", "c", `"p"`, ""},
		{"5.3.4", "c", `"once per parameter"`, ""}, {"5.3.6", "c", "∂L/∂h ⊙ (z > 0)", ""},
	} {
		s := NewSession()
		say(t, s, fmt.Sprintf("exercise(%q)", c.id))
		got := say(t, s, fmt.Sprintf("answer(%q, %s)", c.part, c.answer)).Text
		if !strings.HasPrefix(got, "RIGHT") || !strings.Contains(got, c.remark) {
			t.Errorf("%s (%s) %s: %s", c.id, c.part, c.answer, got)
		}
	}
}

// A formula that is right under a condition only is not solved, and is not called both wrong and right.
func TestAnAnswerThatHoldsUnderAConditionIsNotSolved(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	s := NewSession()
	say(t, s, `exercise("2.4.a")`)
	got := say(t, s, `answer("a", A x + A x + 0 x)`)
	if strings.HasPrefix(got.Text, "RIGHT: ") || strings.Contains(got.Text, "WRONG: RIGHT") || strings.Contains(strings.Join(got.Notes, " "), "next") {
		t.Errorf("%s %q", got.Text, got.Notes)
	}
}

// What was solved in an earlier session is not asked again, until the exercise is done over from the start.
func TestAnExerciseGoesOnWhereItWasLeft(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	answers := func(lines ...string) (last *Result) {
		s := NewSession()
		say(t, s, `exercise("5.3.6")`)
		for _, l := range lines {
			last = say(t, s, l)
			if !strings.HasPrefix(last.Text, "RIGHT") {
				t.Errorf("%s: %s", l, last.Text)
			}
		}
		return last
	}
	answers("answer(o - y)", "answer((o - y) h)")
	done := answers("answer(∂L/∂h ⊙ (z > 0))", "answer(∂L/∂z xᵀ)", "answer(9)")
	if got := strings.Join(done.Notes, " "); got != "exercise 5.3.6 is solved" {
		t.Error(got)
	}
	answers("answer(o - y)", `answer("e", 9)`, "answer((o - y) h)", "answer(∂L/∂h ⊙ (z > 0))", "answer(∂L/∂z xᵀ)", "answer(∂L/∂z xᵀ)")
}

// Help is about the part at hand: never about a line judged before it, and it ends with the worked answer.
func TestHelpIsAboutThePartAtHand(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	s := NewSession()
	say(t, s, `exercise("11.3.a")`)
	for _, l := range []string{"answer(P ∂J/∂O)", "answer(Pᵀ ∂J/∂O)", "answer(∂J/∂O Vᵀ)", "answer(∂J/∂S K)"} {
		say(t, s, l)
	}
	for _, c := range [][2]string{
		{"hint", "(c) S ="}, {"hint", "(c) S ="}, {"solution", "(c) "}, {`exercise("5.3.3")`, "5.3.3"}, {"next", "(a) Prediction"},
		{`exercise("5.3.2")`, "5.3.2"}, {"next", "(a) Which edges"}, {"check ∂J/∂z == ∂J/∂h ⊙ φ′(z)", "RIGHT"}, {"next", "you have ∂J/∂z"},
		{"check ∂J/∂b == ∂J/∂o", "WRONG SHAPE"}, {"hint", "∂J/∂o would be the gradient of a bias that is added to o"}, {"hint", "∂J/∂z instead of"},
	} {
		if got := say(t, s, c[0]).Text; !strings.HasPrefix(got, c[1]) {
			t.Errorf("%s: %s\nwant %s", c[0], got, c[1])
		}
	}
}
