package kernel

import (
	"context"
	"strings"
	"testing"
)

// said is all that a cell is answered, a line for each reply; an error is its code.
func said(s *Session, cell string) string {
	out := &transcript{}
	s.Execute(context.Background(), cell, ExecuteOptions{}, out)
	var lines []string
	for _, r := range out.results {
		switch {
		case r.Err != nil:
			lines = append(lines, r.Err.Code)
		case r.Kind == KindCommand:
			lines = append(lines, r.Text)
		}
	}
	return strings.Join(lines, "\n")
}

func TestTheTutorialCanBeWalkedToItsEnd(t *testing.T) {
	s, steps := NewSession(), tutorialSteps()
	if len(steps) != 8 {
		t.Fatalf("%d steps", len(steps))
	}
	for i, tasks := range tutorialTasks() {
		if text := said(s, ":tutorial"); !strings.HasPrefix(text, "step "+string(rune('1'+i))+" of 8\n") {
			t.Fatalf("step %d begins with %q", i+1, text)
		}
		if len(tasks) == 0 && i < 7 {
			t.Errorf("step %d asks for nothing", i+1)
		}
		for k, task := range tasks {
			wrong := task.reply.Err != nil
			if wrong && i != 5 {
				t.Errorf("step %d asks for %s, which is refused: %v", i+1, task.text, task.reply.Err)
			}
			text := said(s, task.text)
			if last := k == len(tasks)-1; last != strings.HasSuffix(text, "is done; :tutorial goes on") || !last && !strings.Contains(text, tasks[k+1].text) {
				t.Errorf("after %s: %q", task.text, text)
			}
		}
	}
	if text := said(s, ":tutorial"); !strings.HasPrefix(text, "step 1 of 8\n") {
		t.Errorf("after the last step: %q", text)
	}
}

func TestTheTutorialLooksAtWhatIsTyped(t *testing.T) {
	s := NewSession()
	for _, c := range []struct{ cell, want string }{
		{":tutorial", "Declare"},
		{"x : R[d]; y : R[d]", "step 1 asks for  y : R[q];  W1 : R[h,d]"},
		{"x + nosuch", "E101\nstep 1 asks for  y : R[q]"},
		{"y : R[q]; W1 : R[h,d]; W2 : R[q,h]; lambda : R; phi : R -> R", "step 1 asks for  l : R[q], R[q] -> R"},
		{":vars", "W1"},
		{"l : R[q], R[q] -> R;", "step 1 is done; :tutorial goes on"},
		{"1 + 1", ""},
		{":tutorial 3", "Ask for a derivative"},
		{"dJ/dW1", "E101\nstep 3 asks for  ∂J/∂W1;  dJ/dW2;  grad(J, [W1, W2])\n:tutorial 1 and"},
		{":tutorial 2", "Define"},
		{"z = W1 x; h = phi(z); o = W2 h; L = l(o, y); s = λ/2*(norm(W1)^2 + ‖W2‖²)", "step 2 asks for"},
		{"s = λ/2 (‖W1‖² + ‖W2‖²); J = L + s", "step 2 is done"},
		{":tutorial", "step 3 of 8"},
		{"grad(J, W1)", "step 3 asks for  dJ/dW2;  grad"}, // said otherwise, answered alike
		{":tutorial off", "has ended"},
		{"z + nosuch", "E101"},
		{":tutorial", "step 3 of 8"}, // the step in whose middle it was left
		{"dJ/dW2", "step 3 asks for  grad(J, [W1, W2])"},
		{":tutorial", "step 4 of 8"}, // to go on is to leave out what is left
		{":tutorial off", "has ended"},
		{":tutorial 12", "E409"},
	} {
		if text := said(s, c.cell); !strings.Contains(text, c.want) || c.want == "" && text != "" {
			t.Errorf("%s: got %q, want %q", c.cell, text, c.want)
		}
	}
}

func TestTheBeginningOfACommandIsOfferedWhole(t *testing.T) {
	for word, want := range map[string]string{":q": ":quit", ":def": ":defs", ":lod x.nabla": ":load x.nabla"} {
		if r := execute(t, NewSession(), word); r.Err == nil || len(r.Err.Fixes) != 1 || r.Err.Fixes[0].Text != want {
			t.Errorf("%s: %+v", word, r.Err)
		}
	}
}

// The orders of 32 equal factors are more than an integer counts; they are not to be tried.
func TestManyEqualFactorsAreSoonMultiplied(t *testing.T) {
	r := execute(t, NewSession(), "A := [[1, 1], [0, 1]]", "eval(sum("+strings.Repeat("A ", 32)+"))")
	if r.Err != nil || r.Text != "34" {
		t.Errorf("%q %v", r.Text, r.Err)
	}
}
