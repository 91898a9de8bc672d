// Package terminal_test drives the real program inside tmux, whose screen and cursor are the authority: what an
// editor computes about columns is held against what a terminal makes of the same characters.
package terminal_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// program is the command under test, built once.
var program string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if _, err := exec.LookPath("tmux"); err != nil {
		return m.Run() // every test skips and says why
	}
	dir, err := os.MkdirTemp("", "terminal")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "repl")
	build := exec.Command("go", "build", "-o", program, "nabla/cmd/repl")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// A terminal is one tmux window with a program in it.
type terminal struct {
	*testing.T
	socket string
	width  int
}

var sockets atomic.Int64

// open starts a shell command in a terminal of its own, which ends with the test.
func open(t *testing.T, width, height int, command string) *terminal {
	t.Helper()
	if program == "" {
		t.Skip("tmux is not installed: it is the authority for columns (apt-get install tmux)")
	}
	term := &terminal{t, fmt.Sprintf("nabla-%d-%d", os.Getpid(), sockets.Add(1)), width}
	t.Cleanup(func() { _ = exec.Command("tmux", "-L", term.socket, "kill-server").Run() })
	term.tmux("-f", os.DevNull, "new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height), command)
	return term
}

// session starts the program with a home of its own.
func session(t *testing.T, width, height int, args ...string) *terminal {
	t.Helper()
	return sessionIn(t, t.TempDir(), width, height, args...)
}

func sessionIn(t *testing.T, home string, width, height int, args ...string) *terminal {
	t.Helper()
	term := open(t, width, height, environment(home)+program+" "+strings.Join(args, " ")+"; echo left: $?; sleep 1000")
	term.shows("In[1] ∇")
	return term
}

// environment is the part of a command line that gives a program a locale, a terminal and a home of its own.
func environment(home string) string {
	return fmt.Sprintf("unset NABLA_HISTORY XDG_STATE_HOME XDG_CONFIG_HOME; export LC_ALL=C.UTF-8 TERM=screen-256color HOME='%s'; ", home)
}

func (t *terminal) tmux(args ...string) string {
	t.Helper()
	cmd := exec.Command("tmux", append([]string{"-u", "-L", t.socket}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// press sends keys by tmux's names: "Enter", "C-a", "M-.", "Home".
func (t *terminal) press(keys ...string) {
	t.Helper()
	t.tmux(append([]string{"send-keys"}, keys...)...)
}

// write types characters.
func (t *terminal) write(text string) {
	t.Helper()
	if strings.HasSuffix(text, ";") { // which tmux takes for its own
		text = strings.TrimSuffix(text, ";") + `\;`
	}
	t.tmux("send-keys", "-l", "--", text)
}

// paste sends text as a terminal does when the program has asked for bracketed paste.
func (t *terminal) paste(text string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "paste")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.tmux("load-buffer", name)
	t.tmux("paste-buffer", "-p")
}

// A view is what is on a screen: its lines without trailing blanks, and the cursor.
type view struct {
	lines string
	x, y  int
}

func (t *terminal) view() view {
	t.Helper()
	out := t.tmux("capture-pane", "-p", ";", "display-message", "-p", "#{cursor_x} #{cursor_y}")
	out = strings.TrimRight(out, "\n")
	screen, cursor := out[:strings.LastIndex(out, "\n")+1], out[strings.LastIndex(out, "\n")+1:]
	var v view
	for _, line := range strings.Split(strings.TrimRight(screen, "\n "), "\n") {
		v.lines += strings.TrimRight(line, " ") + "\n"
	}
	fmt.Sscanf(cursor, "%d %d", &v.x, &v.y)
	return v
}

// patience is how long a screen may take to show something. It is not a measure of anything.
const patience = 30 * time.Second

// eventually waits until the screen is right.
func (t *terminal) eventually(right func(view) bool) (view, bool) {
	t.Helper()
	var v view
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if v = t.view(); right(v) {
			return v, true
		}
	}
	return v, false
}

// shows waits until a text is on the screen.
func (t *terminal) shows(text string) {
	t.Helper()
	if v, ok := t.eventually(func(v view) bool { return strings.Contains(v.lines, text) }); !ok {
		t.Fatalf("%q never came:\n%s", text, v)
	}
}

// ends waits until the screen ends in these lines.
func (t *terminal) ends(lines ...string) {
	t.Helper()
	want := strings.Join(lines, "\n") + "\n"
	if v, ok := t.eventually(func(v view) bool { return strings.HasSuffix("\n"+v.lines, "\n"+want) }); !ok {
		t.Fatalf("the screen does not end in\n%s\nbut is\n%s", want, v)
	}
}

// is waits until the whole screen and the cursor are as wanted.
func (t *terminal) is(want view, doing string) {
	t.Helper()
	if v, ok := t.eventually(func(v view) bool { return v == want }); !ok {
		t.Fatalf("%s:\ngot\n%s\nwant\n%s", doing, v, want)
	}
}

func (v view) String() string {
	return fmt.Sprintf("%scursor in column %d of row %d", v.lines, v.x, v.y)
}

// A ruler is a terminal to which text is written as it is: what the screen should look like.
type ruler struct {
	*terminal
	tty string
}

func newRuler(t *testing.T, width, height int) *ruler {
	t.Helper()
	term := open(t, width, height, "sleep 1000")
	return &ruler{term, strings.TrimSpace(term.tmux("display-message", "-p", "#{pane_tty}"))}
}

// measure is the screen after writing a text, with the cursor before its byte at. next is what stands at the cursor:
// a wide character that does not fit moves the cursor to the next row, and so does the end of a full row.
func (r *ruler) measure(text string, at int) view {
	r.Helper()
	v := r.written(text)
	head := r.written(text[:at])
	v.x, v.y = head.x, head.y
	if full := r.written(firstRune(text[:at], text[at:])); head.x >= r.width || full.y > head.y && full.x > 0 {
		v.x, v.y = 0, head.y+1
	}
	return v
}

// firstRune is head with the first character of tail, or a letter where there is none.
func firstRune(head, tail string) string {
	for _, r := range tail {
		return head + string(r)
	}
	return head + "x"
}

const mark = "\x1b]2;done %d\x07"

var marks atomic.Int64

// written clears the screen, writes, and waits until the terminal has read it all.
func (r *ruler) written(text string) view {
	r.Helper()
	n := marks.Add(1)
	if err := os.WriteFile(r.tty, []byte("\x1b[H\x1b[2J"+strings.ReplaceAll(text, "\n", "\r\n")+fmt.Sprintf(mark, n)), 0o600); err != nil {
		r.Fatal(err)
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if strings.TrimSpace(r.tmux("display-message", "-p", "#{pane_title}")) == fmt.Sprintf("done %d", n) {
			return r.view()
		}
	}
	r.Fatal("the terminal does not read")
	return view{}
}
