package terminal_test

import (
	"regexp"
	"strings"
	"testing"
)

func TestTheCommandsOfASession(t *testing.T) {
	term := session(t, 80, 40)
	n := term.talk(1,
		exchange{"W : R[h,d]; x : R[d]; z = W x; J = z' z; dim h = 3;", nil},
		exchange{":vars", []string{"W  : R[h,d]", "x  : R[d]"}},
		exchange{":dims", []string{"h  = 3", "d"}},
		exchange{":defs", []string{"z  = W x   : R[h]", "J  = ‖z‖²  : R"}},
		exchange{":who z", []string{"built from  W, x", "used by     J"}},
		exchange{"z + W ?", []string{"Out[6]  ? : R[d]", "        in scope: x"}},
		exchange{"k = 7;", nil},
		exchange{":undo", []string{"taken back: k = 7"}},
		exchange{"k", []string{"error[E101]: unknown name k", "  In[9] │ k", "        │ ─", "  fix:  k : R           if k is a number"}},
		exchange{":reset", []string{"everything is forgotten; :undo brings it back"}},
		exchange{":vars", []string{"nothing is declared yet: x : R[d] declares a vector"}},
		exchange{":undo", nil},
		exchange{"z", []string{"Out[13]  W x      : R[h]"}},
	)
	term.write(":time J")
	term.press("Enter")
	term.shows("In[15] ∇")
	if v := term.view(); !regexp.MustCompile(`\d ?(ns|µs|ms|s)\b`).MatchString(v.lines) || n != 14 {
		t.Errorf(":time shows no time:\n%s", v)
	}
}

func TestTheMatchingBracketIsShown(t *testing.T) {
	term := session(t, 60, 12)
	term.write("(1 + (2))")
	term.shows("(1 + (2))")
	plain := term.tmux("capture-pane", "-p", "-e")
	term.press("Left")
	marked := func(view) bool {
		screen := term.tmux("capture-pane", "-p", "-e")
		return screen != plain && regexp.MustCompile(`\x1b\[[0-9;]*m\(\x1b.*\x1b\[[0-9;]*m\)`).MatchString(screen)
	}
	if _, ok := term.eventually(marked); !ok {
		t.Errorf("no bracket is marked: %q", term.tmux("capture-pane", "-p", "-e"))
	}
}

// What may stand anywhere is a lot: it is listed by name in a part of the screen, with how many are left out.
func TestTabWhereAnythingMayStand(t *testing.T) {
	term := session(t, 80, 24)
	term.write("softmax(")
	term.press("Tab")
	term.shows(" more")
	v := term.view()
	if lines := strings.Count(v.lines, "\n"); lines > 12 || !strings.Contains(v.lines, "softmax(x, [axis])\naxis=") || !regexp.MustCompile(`… \d+ more`).MatchString(v.lines) {
		t.Errorf("got\n%s", v)
	}
}
