package terminal_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestAPasteIsOneEntryThatCanBeEdited(t *testing.T) {
	term := session(t, 60, 16)
	term.write("f(")
	term.paste("1,\n  2,\n  3)")
	term.ends("In[1] ∇ f(1,", "      ·   2,", "      ·   3)")
	term.press("Up", "End", "BSpace")
	term.write(" +")
	term.ends("In[1] ∇ f(1,", "      ·   2 +", "      ·   3)")
	term.press("Enter")
	term.shows("In[2] ∇")
}

func TestALongPasteIsShownWhole(t *testing.T) {
	term := session(t, 40, 12)
	ruler := newRuler(t, 40, 200)
	text := strings.Repeat("W1 x + b + ", 90) + "c" // 25 rows on a screen of 12
	term.paste(text)
	term.shows("+ c")
	term.press("Enter")
	term.shows("In[2] ∇")
	want := ruler.measure("In[1] ∇ "+text, 0).lines
	if got := term.tmux("capture-pane", "-p", "-S", "-"); !strings.HasPrefix(trimmed(got), want) {
		t.Errorf("got\n%s\nwant it to begin with\n%s", got, want)
	}
}

func TestMovingInAnEntryTallerThanTheScreen(t *testing.T) {
	term := session(t, 40, 8)
	var lines []string
	for i := range 20 {
		lines = append(lines, fmt.Sprintf("line%d,", i))
	}
	term.paste("f(" + strings.Join(lines, "\n") + ")")
	term.shows("line19,)")
	term.press(repeat("Up", 19)...)
	term.shows("In[1] ∇ f(line0,")
	term.press("End")
	term.write("X")
	term.shows("f(line0,X")
	term.press(repeat("Down", 19)...)
	term.shows("line19,)")
}

func TestHistorySurvivesARestart(t *testing.T) {
	home := t.TempDir()
	first := sessionIn(t, home, 60, 16)
	for n, entry := range []string{"alpha : R", "f(1,", "2)", "beta : R"} {
		first.write(entry)
		first.press("Enter")
		if n != 1 {
			first.shows(fmt.Sprintf("In[%d] ∇", map[int]int{0: 2, 2: 3, 3: 4}[n]))
		}
	}
	first.press("C-d")
	first.shows("left: 0")

	second := sessionIn(t, home, 60, 16)
	second.press("Up")
	second.ends("In[1] ∇ beta : R")
	second.press("Up")
	second.ends("In[1] ∇ f(1,", "      ·   2)")
	second.press("Up")
	second.ends("In[1] ∇ alpha : R")
	second.press("C-c")
	second.write("be")
	second.press("Up")
	second.ends("In[1] ∇ beta : R")
	second.press("C-c", "C-r")
	second.write("alp")
	second.ends("In[1] ∇ alpha : R", "search: alp")

	info, err := os.Stat(filepath.Join(home, ".local", "state", "nabla", "history"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the history file: %v, %v", info, err)
	}
}

func TestTypingMathematics(t *testing.T) {
	term := session(t, 60, 16)
	for _, c := range []struct{ typed, want string }{
		{`\lambda`, "λ"}, {` \odot`, "λ ⊙"}, {` y\hat`, "λ ⊙ ŷ"}, {` W\_1`, "λ ⊙ ŷ W₁"}, {` \partial`, "λ ⊙ ŷ W₁ ∂"},
	} {
		term.write(c.typed)
		term.press("Tab")
		term.ends("In[1] ∇ " + c.want)
	}
}

func TestKeysThatTerminalsSendDifferently(t *testing.T) {
	term := session(t, 60, 16)
	term.write("alpha + beta")
	for _, c := range []struct {
		bytes string
		x     int
	}{
		{"\x1b[1~", 8}, {"\x1b[4~", 20}, {"\x1b[1;5D", 16}, {"\x1b[1;5D", 8}, {"\x1b[1;5C", 13},
		{"\x1bOH", 8}, {"\x1bOF", 20}, {"\x1b[H", 8}, {"\x1b[F", 20}, {"\x1bb", 16}, {"\x1bf", 20},
	} {
		term.bytes(c.bytes)
		if v, ok := term.eventually(func(v view) bool { return v.x == c.x }); !ok {
			t.Fatalf("after %q: the cursor is not in column %d\n%s", c.bytes, c.x, v)
		}
	}
	term.bytes("\x1b\r")
	term.write("gamma")
	term.ends("In[1] ∇ alpha + beta", "      · gamma")
}

func TestTwiceControlCLeavesAnEmptyPrompt(t *testing.T) {
	term := session(t, 60, 16)
	term.write("half an ent")
	term.press("C-c")
	term.ends("In[1] ∇ half an ent", "In[1] ∇")
	term.press("C-c", "C-c")
	term.shows("left: 0")
}

func TestSuspendingAndResuming(t *testing.T) {
	home := t.TempDir()
	term := open(t, 60, 16, environment(home)+"PS1='shell> ' HISTFILE= bash --norc -i")
	term.shows("shell>")
	term.write(program)
	term.press("Enter")
	term.shows("In[1] ∇")
	term.write("alpha + ")
	term.press("C-z")
	term.shows("Stopped")
	term.write("echo the $((1+1))nd shell lives")
	term.press("Enter")
	term.shows("the 2nd shell lives")
	term.write("fg")
	term.press("Enter")
	term.ends("In[1] ∇ alpha +")
	term.write("x̂")
	term.ends("In[1] ∇ alpha + x̂")
	term.press("C-c", "C-d")
	term.ends("In[1] ∇", "shell>")
	term.write("echo back")
	term.press("Enter")
	term.shows("\nback")
}

// A narrower window pushes rows of the old entry into tmux's history, where no program can reach them: what is held
// against the ruler is the end of the screen and the column.
func TestAnotherWidth(t *testing.T) {
	const prompt = "In[1] ∇ "
	term := session(t, 80, 16)
	text := row("all of them", 60)
	term.write(text)
	for _, width := range []int{80, 47, 100} {
		term.tmux("resize-window", "-x", strconv.Itoa(width), "-y", "16")
		term.endsLike(newRuler(t, width, 16).measure(prompt+text, len(prompt+text)))
	}
	term.write("x")
	text += "x"
	term.endsLike(newRuler(t, 100, 16).measure(prompt+text, len(prompt+text)))
}

// What is redrawn is not kept a second time in the terminal's history, to come back when the window grows.
func TestAnEntryIsShownOnceAfterTheWindowWasNarrow(t *testing.T) {
	const entry = "In[1] ∇ a = (x\n      ·   + 漢 x̂\n      ·   + x)"
	term := session(t, 80, 16)
	term.write("a = (x")
	term.press("M-Enter")
	term.write("  + 漢 x̂")
	term.press("M-Enter")
	term.write("  + x)")
	for _, width := range []int{40, 12, 90, 40} {
		term.tmux("resize-window", "-x", strconv.Itoa(width), "-y", "16")
		term.endsLike(newRuler(t, width, 16).measure(entry, len(entry)))
	}
	if v := term.view(); strings.Count(v.lines, "x)") != 1 {
		t.Errorf("the entry is shown more than once:\n%s", v)
	}
}

// endsLike waits until the screen ends in the lines of a view, with the cursor in its column of the last of them.
func (t *terminal) endsLike(want view) {
	t.Helper()
	right := func(v view) bool {
		return strings.HasSuffix("\n"+v.lines, "\n"+want.lines) && v.x == want.x && v.y == strings.Count(v.lines, "\n")-1
	}
	if v, ok := t.eventually(right); !ok {
		t.Fatalf("the screen does not end in\n%s\nbut is\n%s", want, v)
	}
}

func TestAKilledSessionIsRestoredOnRequest(t *testing.T) {
	home := t.TempDir()
	first := sessionIn(t, home, 160, 16)
	first.write("alpha : R")
	first.press("Enter")
	first.shows("In[2] ∇")
	pid := strings.TrimSpace(first.tmux("display-message", "-p", "#{pane_pid}"))
	if out, err := exec.Command("pkill", "-KILL", "-P", pid).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	first.shows("left: 137")

	second := sessionIn(t, home, 160, 16)
	second.shows(":load ~/.local/state/nabla/journal/lost-")
	lost, _ := filepath.Glob(filepath.Join(home, ".local", "state", "nabla", "journal", "lost-*.nabla"))
	if len(lost) != 1 {
		t.Fatalf("got %q", lost)
	}
	if text, err := os.ReadFile(lost[0]); err != nil || string(text) != "alpha : R\n" {
		t.Errorf("got %q, %v", text, err)
	}
	second.write(":load ~/.local/state/nabla/journal/" + filepath.Base(lost[0]))
	second.press("Enter")
	second.shows("In[2] ∇")
	second.write("shape(alpha)")
	second.press("Enter")
	second.ends("In[2] ∇ shape(alpha)", "  R", "In[3] ∇")
	second.press("C-d")
	second.shows("left: 0")
	if left, _ := filepath.Glob(filepath.Join(home, ".local", "state", "nabla", "journal", "session-*")); len(left) > 0 {
		t.Errorf("a session that said goodbye left %q", left)
	}
}

func TestTheStartFileIsReadFirst(t *testing.T) {
	home := t.TempDir()
	folder := filepath.Join(home, ".config", "nabla")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "start.nabla"), []byte("start : R\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	term := sessionIn(t, home, 60, 16)
	term.ends("In[1] ∇") // without an echo
	term.write("shape(start)")
	term.press("Enter")
	term.ends("In[1] ∇ shape(start)", "  R", "In[2] ∇")
}

// A start file is read as far as its first error, and the prompt says where that was.
func TestAStartFileSaysWhereItStopped(t *testing.T) {
	home := t.TempDir()
	folder := filepath.Join(home, ".config", "nabla")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "start.nabla"), []byte("before : R\nmissing\nafter : R\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	term := sessionIn(t, home, 160, 16)
	term.shows("E101]: unknown name missing")
	term.shows("~/.config/nabla/start.nabla stopped there; what follows was not read.")
	term.write("shape(before)")
	term.press("Enter")
	term.ends("In[1] ∇ shape(before)", "  R", "In[2] ∇")
}

// bytes sends what a terminal would, as hexadecimal, so that tmux does not translate it.
func (t *terminal) bytes(s string) {
	t.Helper()
	args := []string{"send-keys", "-H"}
	for _, b := range []byte(s) {
		args = append(args, fmt.Sprintf("%02x", b))
	}
	t.tmux(args...)
}

// trimmed is a screen without the blanks that tmux adds.
func trimmed(screen string) string {
	lines := strings.Split(screen, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestColoursOnlyWhereTheyAreWanted(t *testing.T) {
	coloured := func(term *terminal) bool {
		term.write("1 + (2)")
		term.shows("1 + (2)")
		return strings.Contains(term.tmux("capture-pane", "-p", "-e"), "\x1b[")
	}
	if term := session(t, 60, 16); !coloured(term) {
		t.Error("a terminal that can show colours shows none")
	}
	for _, setting := range []string{"NO_COLOR=1", "TERM=dumb"} {
		term := open(t, 60, 16, environment(t.TempDir())+"export "+setting+"; "+program)
		term.shows("In[1] ∇")
		if coloured(term) {
			t.Errorf("%s: colours\n%q", setting, term.tmux("capture-pane", "-p", "-e"))
		}
	}
}

func TestATerminalWithoutControlStillTalks(t *testing.T) {
	term := open(t, 60, 16, environment(t.TempDir())+"export TERM=dumb; "+program+"; echo left: $?; sleep 1000")
	term.shows("In[1] ∇")
	term.write("alpha : R")
	term.press("Enter")
	term.shows("In[2] ∇")
	term.press("C-d")
	term.shows("left: 0")
}

func TestTheTerminalIsGivenBack(t *testing.T) {
	for name, leave := range map[string]func(*terminal){
		"leaving": func(term *terminal) { term.press("C-d") },
		"SIGTERM": func(term *terminal) {
			pid := strings.TrimSpace(term.tmux("display-message", "-p", "#{pane_pid}"))
			if out, err := exec.Command("pkill", "-TERM", "-P", pid).CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, out)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			term := open(t, 60, 16, environment(t.TempDir())+program+"; stty -a | grep -o '[ -]echo '; sleep 1000")
			term.shows("In[1] ∇")
			leave(term)
			term.shows(" echo")
		})
	}
}

// long is a statement that takes a minute or more.
var long = "eval(sum(" + strings.Repeat("tanh(", 60) + "A" + strings.Repeat(" A)", 60) + "))"

func TestInterruptingAComputationKeepsTheSession(t *testing.T) {
	term := session(t, 120, 20)
	term.write("A := randn(1500, 1500, seed=1);")
	term.press("Enter")
	term.shows("In[2] ∇")
	term.write("print(40 + 2); " + long)
	term.press("Enter")
	term.shows("42")
	term.write("ahead") // Ctrl-C takes back what was typed while it ran
	term.press("C-c")
	term.shows("interrupted")
	term.ends("In[3] ∇")
	term.write("shape(A)")
	term.press("Enter")
	term.shows("R[1500,1500]")
}

func TestWhatIsTypedWhileAStatementRunsWaitsForThePrompt(t *testing.T) {
	term := session(t, 120, 20)
	term.write("A := randn(1500, 1500, seed=1); B = eval(sum(A A)); 2 + 3")
	term.press("Enter")
	term.write("alpha : R")
	term.shows("In[2] ∇ alpha : R")
	if v := term.view(); strings.Count(v.lines, "alpha") != 1 {
		t.Errorf("what was typed ahead is on the screen twice:\n%s", v)
	}
}

func TestCompletionListsWhatFits(t *testing.T) {
	term := session(t, 80, 20)
	term.write("weights : R[h,d]; weird : R[q]")
	term.press("Enter")
	term.shows("In[2] ∇")
	term.write("wei")
	term.press("Tab")
	term.shows("weights R[h,d]")
	term.shows("weird   R[q]")
	term.press("Tab")
	term.shows("In[2] ∇ wei")
	term.write("g")
	term.press("Tab")
	term.shows("In[2] ∇ weights")
	term.press("C-u")
	term.write("logsu")
	term.press("Tab")
	term.shows("In[2] ∇ logsumexp")
	term.press("C-u")
	term.write(":voc")
	term.press("BSpace", "BSpace", "Tab")
	term.shows("In[2] ∇ :vars")
}
