package terminal_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rivo/uniseg"
)

// An exchange is an entry and the end of the screen after it, before the next prompt.
type exchange struct {
	entry string
	shown []string
}

// talk types entries one after the other, the first at prompt n, and returns the number of the next prompt.
func (t *terminal) talk(n int, exchanges ...exchange) int {
	t.Helper()
	for _, x := range exchanges {
		t.write(x.entry)
		t.press("Enter")
		n++
		t.ends(append(slices.Clone(x.shown), fmt.Sprintf("In[%d] ∇", n))...)
	}
	return n
}

func TestAConversation(t *testing.T) {
	term := session(t, 80, 30)
	term.talk(1,
		exchange{"x : R[d]; W : R[h,d]; b : R[h]; X : R[n,d];", nil},
		exchange{"z = W x", []string{"  z = W x      : R[h]"}},
		exchange{"1/2 z", []string{"Out[3]  1/2 z      : R[h]", "    note: read as (1/2) z"}},
		exchange{"X W' + b", []string{"Out[4]  X Wᵀ + b      : R[n,h]", "    note: b : R[h] is repeated along n"}},
		exchange{"%3 + z", []string{"Out[5]  3/2 z      : R[h]"}},
		exchange{"2 ans - %", []string{"Out[6]  3/2 z      : R[h]"}},
	)
}

func TestErrorsStandUnderWideAndCombiningCharacters(t *testing.T) {
	for _, width := range []int{40, 80, 120} {
		term := session(t, width, 30)
		term.talk(1,
			exchange{"x̂ : R[d]; 矩阵 : R[h]; W : R[h,d];", nil},
			exchange{"矩阵 + W x̂ + nosuch", []string{"error[E101]: unknown name nosuch", "  In[2] │ 矩阵 + W x̂ + nosuch", "        │              ──────",
				map[bool]string{true: "  fix:  nosuch : R\n          if nosuch is a number", false: "  fix:  nosuch : R      if nosuch is a number"}[width == 40]}},
		)
	}
}

func TestHelpIsOneKeyAway(t *testing.T) {
	for _, c := range []struct{ entry, shown string }{
		{"?", "nabla: tensor calculus that one can talk to"},
		{"?softmax", "softmax(x, [axis])"},
		{"softmax?", "softmax(x, [axis])"},
		{"?E200", "E200: the inner dimensions differ"},
		{"?⊙", "The elementwise (Hadamard) product"},
		{"?‖", "is the Euclidean norm of a vector"},
		{"?:undo", "takes back the last statement"},
	} {
		term := session(t, 80, 30)
		term.write(c.entry)
		term.press("Enter")
		term.shows("In[2] ∇")
		term.shows(c.shown)
	}
}

func TestTheTutorialAnswers(t *testing.T) {
	term := session(t, 100, 40)
	term.write(":tutorial 2")
	term.press("Enter")
	term.shows("In[2] ∇")
	term.shows("step 2 of 8")
	n := term.talk(2,
		exchange{"z = W1 x", []string{"error[E101]: unknown name W1", "  In[2] │ z = W1 x", "        │     ──",
			"step 2 asks for  z = W1 x;  h = φ(z);  o = W2 h;  L = l(o, y);  s = λ/2 (‖W1‖² + ‖W2‖²);  J = L + s"}},
		exchange{"x : R[d]; W1 : R[h,d]; W2 : R[q,h]; y : R[q]; λ : R; φ : R -> R; l : R[q], R[q] -> R;", nil},
	)
	term.talk(n,
		exchange{"z = W1 x; h = φ(z); o = W2 h; L = l(o, y); J = L", []string{"  J = L      : R", "step 2 asks for  s = λ/2 (‖W1‖² + ‖W2‖²);  J = L + s"}},
		exchange{"s = λ/2 (‖W1‖² + ‖W2‖²); J = L + s;", []string{"step 2 is done; :tutorial goes on"}},
	)
}

func TestNothingIsWiderThanTheWindow(t *testing.T) {
	symbols := regexp.MustCompile(`[\pL\pN]+`)
	for _, width := range []int{40, 80, 120} {
		term := session(t, width, 60)
		term.talk(1, exchange{"weights : R[h,d]; vector : R[d]; a := randn(3, 14, seed=1); b := randn(60, 60, seed=2);", nil})
		for n, entry := range []string{"weights vector + 2 weights vector + exp(weights vector) ⊙ weights vector + tanh(weights vector)", "eval(a)", "eval(b)", ":set", "?softmax"} {
			term.press("C-l")
			term.write(entry)
			term.press("Enter")
			term.shows(fmt.Sprintf("In[%d] ∇", n+3))
			wide := open(t, 400, 60, environment(t.TempDir())+program+"; sleep 1000")
			wide.shows("In[1] ∇")
			wide.talk(1, exchange{"weights : R[h,d]; vector : R[d]; a := randn(3, 14, seed=1); b := randn(60, 60, seed=2);", nil})
			wide.write(entry)
			wide.press("Enter")
			wide.shows("In[3] ∇")
			known := symbols.FindAllString(wide.view().lines, -1)
			answer := term.view().lines
			for line := range strings.SplitSeq(answer, "\n") {
				if uniseg.StringWidth(line) > width {
					t.Errorf("%s at %d columns: too wide: %s", entry, width, line)
				}
			}
			answer = answer[strings.Index(answer, "\n"+map[bool]string{true: "Out", false: ""}[n < 3])+1:]
			for _, s := range symbols.FindAllString(answer, -1) {
				if n < 2 && !slices.Contains(known, s) && s != "In" && s != "Out" && !strings.Contains(answer, "["+s+"]") {
					t.Errorf("%s at %d columns: %q is a part of a symbol in\n%s", entry, width, s, answer)
				}
			}
		}
	}
}

func TestLargeArraysAreSummarised(t *testing.T) {
	session(t, 80, 30).talk(1,
		exchange{"A : R[40,50]; A := ones(40, 50);", nil},
		exchange{"eval(A)", []string{"Out[2]  [[1, 1, 1, …, 1, 1, 1],", "         [1, 1, 1, …, 1, 1, 1],", "         [1, 1, 1, …, 1, 1, 1],", "         …,",
			"         [1, 1, 1, …, 1, 1, 1],", "         [1, 1, 1, …, 1, 1, 1],", "         [1, 1, 1, …, 1, 1, 1]]      : R[40,50]"}},
		exchange{":set edge 1", []string{"edge 1"}},
		exchange{"eval(A)", []string{"Out[4]  [[1, …, 1],", "         …,", "         [1, …, 1]]      : R[40,50]"}},
		exchange{":set digits 3", []string{"digits 3"}},
		exchange{"eval(2/3)", []string{"Out[6]  0.667      : R"}},
	)
}

func TestEditingKeys(t *testing.T) {
	term := session(t, 60, 16)
	term.talk(1, exchange{"alpha_one : R", []string{"  α_one : R"}}, exchange{"beta_two : R", []string{"  β_two : R"}})
	for _, c := range []struct {
		keys []string
		line string
		x    int
	}{
		{[]string{"C-p"}, "beta_two : R", 20},
		{[]string{"C-p"}, "alpha_one : R", 21},
		{[]string{"C-n"}, "beta_two : R", 20},
		{[]string{"C-n"}, "", 8},
		{[]string{"M-."}, "R", 9},
		{[]string{"C-u"}, "", 8},
		{[]string{"C-y"}, "R", 9},
		{[]string{"C-u", "a", "Space", "b", "Space", "c"}, "a b c", 13},
		{[]string{"C-w"}, "a b", 12},
		{[]string{"C-_"}, "a b c", 13},
		{[]string{"M-b", "M-b"}, "a b c", 10},
		{[]string{"M-d"}, "a  c", 10},
		{[]string{"C-y"}, "a b c", 11},
		{[]string{"C-k"}, "a b", 11},
		{[]string{"C-y", "M-y"}, "a bb", 12},
		{[]string{"C-a"}, "a bb", 8},
		{[]string{"C-f", "C-t"}, " abb", 10},
		{[]string{"C-e", "C-b", "C-d"}, " ab", 11},
		{[]string{"C-a", "M-f"}, " ab", 11},
		{[]string{"C-u", "alp", "Up"}, "alpha_one : R", 21},
		{[]string{"C-u", "C-r", "two"}, "beta_two : R\nsearch: two", 20},
		{[]string{"C-g"}, "", 8},
	} {
		term.press(c.keys...)
		want := strings.TrimRight("In[3] ∇ "+c.line, " ") + "\n"
		if v, ok := term.eventually(func(v view) bool { return strings.HasSuffix(v.lines, "\n"+want) && v.x == c.x }); !ok {
			t.Fatalf("after %q: want %q with the cursor in column %d\n%s", c.keys, want, c.x, v)
		}
	}
}

func TestCompletionOfEverything(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"digits.csv", "two words.csv", "model.nabla"} {
		if err := os.WriteFile(filepath.Join(home, name), []byte("1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	term := open(t, 80, 30, environment(home)+"cd '"+home+"'; "+program+"; sleep 1000")
	term.shows("In[1] ∇")
	term.talk(1, exchange{"W1 : R[h,d]; W2 : R[q,h]; rate_one : R; rate_two : R; batchsize_a = 2;", nil})
	for _, c := range []struct{ typed, line, listed string }{
		{"rat", "rate_", ""},
		{"W_1", "W1", ""},
		{"W", "W", "W1 R[h,d]  W2 R[q,h]"},
		{"logsu", "logsumexp", ""},
		{"softm", "softmax", ""},
		{"soft", "soft", "softmax  softmax(x, [axis])"},
		{`x := load("dig`, `x := load("digits.csv"`, ""},
		{`x := load("two w`, `x := load("two words.csv"`, ""},
		{`x := load("fol`, `x := load("folder/`, ""},
		{`exercise("5.3.2`, `exercise("5.3.2"`, ""},
		{`exercise("5.3.`, `exercise("5.3.`, "5.3.1"},
		{":load mod", ":load model.nabla", ""},
		{":set dig", ":set digits", ""},
		{":backend re", ":backend reference", ""},
		{":who W", ":who W", "W1 R[h,d]  W2 R[q,h]"},
		{"?E20", "?E20", "E200 the inner dimensions differ"},
		{`\part`, "∂", ""},
		{`\od`, "⊙", ""},
		{`y\hat`, "ŷ", ""},
		{"train(W1, mom", "train(W1, momentum=", ""},
	} {
		term.write(c.typed)
		term.press("Tab")
		right := func(v view) bool {
			return strings.Contains(v.lines, "In[2] ∇ "+c.line+"\n") && strings.Contains(v.lines, c.listed) && v.x == 8+uniseg.StringWidth(c.line)
		}
		if v, ok := term.eventually(right); !ok {
			t.Errorf("%s and Tab: want %q and %q\n%s", c.typed, c.line, c.listed, v)
		}
		term.press("C-g")
		term.press("C-u")
		term.ends("In[2] ∇")
	}
}

func TestTwoSessionsShareTheHistory(t *testing.T) {
	home := t.TempDir()
	one, two := sessionIn(t, home, 60, 16), sessionIn(t, home, 60, 16)
	one.talk(1, exchange{"alpha : R;", nil}, exchange{"gamma : R;", nil}, exchange{"alpha : R;", nil})
	two.talk(1, exchange{"beta : R;", nil})
	three := sessionIn(t, home, 60, 16)
	for _, want := range []string{"beta : R;", "alpha : R;", "gamma : R;", "gamma : R;"} { // each once
		three.press("Up")
		three.ends("In[1] ∇ " + want)
	}
}

func TestWhereTheHistoryLives(t *testing.T) {
	for name, setting := range map[string]string{"state/nabla/history": "XDG_STATE_HOME=%s/state", "mine": "NABLA_HISTORY=%s/mine"} {
		home := t.TempDir()
		term := open(t, 60, 16, environment(home)+"export "+fmt.Sprintf(setting, home)+"; "+program+"; echo left: $?; sleep 1000")
		term.shows("In[1] ∇")
		term.talk(1, exchange{"alpha : R;", nil})
		info, err := os.Stat(filepath.Join(home, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", setting, info, err)
		}
	}
}

func TestSavingAndLoading(t *testing.T) {
	home := t.TempDir()
	start := environment(home) + "cd '" + home + "'; " + program + "; echo left: $?; sleep 1000"
	term := open(t, 80, 30, start)
	term.shows("In[1] ∇")
	term.talk(1,
		exchange{"x : R[3]; x := [1, 2.5, -3e-9]; A := randn(100, 100, seed=1); J = sum(A) + x' x;", nil},
		exchange{":save m.nabla", []string{"saved 4 statements to m.nabla"}},
		exchange{"eval(J)", nil},
	)
	answer := regexp.MustCompile(`Out\[\d+\]  (.*)`).FindStringSubmatch(term.view().lines)
	if _, err := os.Stat(filepath.Join(home, "m.A.npy")); err != nil || answer == nil {
		t.Fatalf("%v %q", err, answer)
	}
	again := open(t, 80, 30, start)
	again.shows("In[1] ∇")
	again.write(":load m.nabla")
	again.press("Enter")
	again.shows("In[2] ∇")
	again.talk(2, exchange{"eval(J)", []string{"Out[2]  " + answer[1]}}, exchange{"eval(x)", []string{"Out[3]  [1, 2.5, -3e-09]      : R[3]"}})
}

func TestASessionInALocaleWithoutUnicode(t *testing.T) {
	term := open(t, 80, 30, environment(t.TempDir())+"export LC_ALL=C; "+program+"; sleep 1000")
	term.shows("In[1] >")
	term.write("lambda : R; W : R[h,d]; x : R[d]; J = lambda/2 ||W x||^2")
	term.press("Enter")
	term.shows("note: read as (lambda/2) ||W x||^2")
	term.write("dJ/dW")
	term.press("Enter")
	term.shows("Out[2]  lambda W x x'      : R[h,d]")
	term.write("lambda W x x' + W W")
	term.press("Enter")
	term.shows("In[4] >")
	for _, r := range term.view().lines {
		if r > 126 {
			t.Fatalf("%q is shown:\n%s", r, term.view())
		}
	}
}

func TestControlCDropsAnEntryWhereLinesAreRead(t *testing.T) {
	term := open(t, 60, 16, environment(t.TempDir())+"export TERM=dumb; "+program+"; echo left: $?; sleep 1000")
	term.shows("In[1] ∇")
	term.write("alpha = (1 +")
	term.press("Enter")
	term.ends("In[1] ∇ alpha = (1 +", "      ·")
	term.press("C-c")
	term.ends("      · ^C", "In[1] ∇")
	term.write("2 + 3")
	term.press("Enter")
	term.ends("Out[1]  5      : R", "In[2] ∇")
}

func TestThePagerIsUsedOnlyWhenAsked(t *testing.T) {
	for setting, paged := range map[string]bool{"unset PAGER NABLA_PAGER": false, "export NABLA_PAGER=less": true} {
		term := open(t, 80, 12, environment(t.TempDir())+setting+"; "+program+"; sleep 1000")
		term.shows("In[1] ∇")
		term.write("?grammar")
		term.press("Enter")
		if paged {
			term.ends(":")
			term.press("q")
		}
		term.shows("In[2] ∇")
	}
}

func TestColoursWhileTyping(t *testing.T) {
	term := session(t, 80, 12)
	term.talk(1, exchange{"dim n = 3; x : R[n];", nil})
	term.write("exp(x) + 12 * dim(n")
	term.shows("dim(n")
	coloured := func(piece string) bool {
		_, ok := term.eventually(func(view) bool {
			return strings.Contains(strings.ReplaceAll(term.tmux("capture-pane", "-p", "-e"), "\x1b[49m", ""), piece)
		})
		return ok
	}
	for what, piece := range map[string]string{"a function": "\x1b[34mexp", "a number": "\x1b[36m12", "an operator": "\x1b[35m+"} {
		if !coloured(piece) {
			t.Errorf("%s has not its colour: %q", what, term.tmux("capture-pane", "-p", "-e"))
		}
	}
}

func TestTwoThousandCharactersArePastedAtOnce(t *testing.T) {
	term := session(t, 80, 50)
	text := strings.Repeat("矩x̂⊙λ + ", 250)
	text += "c"
	start := time.Now()
	term.paste(text)
	ruler := newRuler(t, 80, 50)
	term.is(ruler.measure("In[1] ∇ "+text, len("In[1] ∇ "+text)), "after the paste")
	fmt.Printf("a paste of %d characters stood on the screen within %v\n", len([]rune(text)), time.Since(start).Round(time.Millisecond))
	term.press("Home")
	term.is(ruler.measure("In[1] ∇ "+text, len("In[1] ∇ ")), "at its start")
}

func TestAPastedSessionLosesItsPrompts(t *testing.T) {
	term := session(t, 60, 16)
	term.paste("In[1] ∇ a = 2\n  a = 2      : R\nIn[2] ∇ a +\n      · 3\nOut[2]  5      : R\n")
	term.ends("In[1] ∇ a = 2", "      · a +", "      · 3")
	term.press("Enter")
	term.ends("  a = 2      : R", "Out[1]  a + 3      : R", "In[2] ∇")
}

func TestWhatIsNotATerminalIsAScript(t *testing.T) {
	if program == "" {
		t.Skip("tmux is not installed, so the program was not built")
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C.UTF-8", "TERM=xterm")
	cmd.Stdin = strings.NewReader("a = 2\na + nosuch\n1 + 1\n")
	out, err := cmd.Output()
	exit, ok := err.(*exec.ExitError)
	if !ok || exit.ExitCode() != 1 || string(out) != "  a = 2      : R\n" || !strings.Contains(string(exit.Stderr), "stdin:2") || strings.Contains(string(exit.Stderr), "\x1b") {
		t.Errorf("%v\n%s\n%s", err, out, exit.Stderr)
	}
}
