package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nabla/kernel"
)

// command runs one command line against a parrot.
func command(stdin string, args ...string) (out, err string, code int) {
	var o, e bytes.Buffer
	std := stdio{strings.NewReader(stdin), &o, &e}
	root := newRoot(std, func() (kernel.Engine, error) { return &parrot{}, nil })
	root.SetArgs(args)
	code = status(root.Execute(), &e)
	return o.String(), e.String(), code
}

func script(t *testing.T, text string) string {
	name := filepath.Join(t.TempDir(), "s.nabla")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestCommandLine(t *testing.T) {
	good, failing := script(t, "one\ntwo\n"), script(t, "three\nbad\nfour\n")
	for name, c := range map[string]struct {
		stdin    string
		args     []string
		out, err string
		code     int
	}{
		"a file":                       {"", []string{good}, "one\n  one\ntwo\n  two\n", "", 0},
		"-e runs after the files":      {"", []string{"-e", "five", good, "-e", "six"}, "one\n  one\ntwo\n  two\n  five\n  six\n", "", 0},
		"- reads standard input":       {"seven\n", []string{"-"}, "seven\n  seven\n", "", 0},
		"a pipe without arguments":     {"eight\n", nil, "eight\n  eight\n", "", 0},
		"the first error ends the run": {"", []string{failing, good}, "three\n  three\n", "error[E100]: a bad line\n", 1},
		"a missing file": {"", []string{good, "missing.nabla"}, "",
			"repl: cannot read missing.nabla: no such file or directory\n", 1},
		"a wrong flag":              {"", []string{"--colour"}, "", "repl: unknown flag: --colour (repl help lists the flags)\n", 2},
		"a flag without its value":  {"", []string{"-e"}, "", "repl: flag needs an argument: 'e' in -e (repl help lists the flags)\n", 2},
		"a shape and a note":        {"", []string{"-e", "matrix"}, "  matrix      : R[h,d]\n    note: b repeats along n\n", "", 0},
		"only the last display":     {"", []string{"-e", "bars"}, "100 %\n  bars\n", "", 0},
		"a display that is gone":    {"", []string{"-e", "vanish"}, "  vanish\n", "", 0},
		"input from a pipe":         {"me\n", []string{"-e", "ask who? "}, "who?   me\n", "", 0},
		"no input from the script":  {"ask who?\n", []string{"-"}, "", "error[E901]: " + errNoInput.Error() + "\n", 1},
		":quit ends the run":        {"", []string{"-e", ":quit", "-e", "one"}, "", "", 0},
		"what print prints is bare": {"", []string{"-e", "print a  b"}, "a  b\n", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			out, err, code := command(c.stdin, c.args...)
			if out != c.out || err != c.err || code != c.code {
				t.Errorf("got %q, %q, %d\nwant %q, %q, %d", out, err, code, c.out, c.err, c.code)
			}
		})
	}
}

func TestJSONGoesOnAfterAnErrorAndEndsWithStatus1(t *testing.T) {
	out, stderr, code := command("one\nbad\nprint a <b>\n", "--json", "-")
	if code != 1 || stderr != "" {
		t.Errorf("status %d, standard error %q", code, stderr)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 3 {
		t.Fatalf("got %d lines:\n%s", len(lines), out)
	}
	for i, want := range []string{`"in":"one","line":1,"kind":"expr"`, `"error":{"code":"E100"`, `"text":"a <b>"`} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d is %s, without %s", i+1, lines[i], want)
		}
	}
}

func TestManualAndCompletionsAreGenerated(t *testing.T) {
	dir := t.TempDir()
	if _, err, code := command("", "man", dir); code != 0 {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "repl.1"))
	if err != nil || !bytes.Contains(page, []byte("STATEMENTS")) {
		t.Errorf("%v: %.200s", err, page)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out, _, code := command("", "completion", shell); code != 0 || !strings.Contains(out, "repl") {
			t.Errorf("%s: status %d, %d bytes", shell, code, len(out))
		}
	}
}

func TestEveryFileKeepsItsName(t *testing.T) {
	p := &parrot{}
	std := stdio{strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}}
	root := newRoot(std, func() (kernel.Engine, error) { return p, nil })
	name := script(t, "one\n")
	root.SetArgs([]string{name, "-e", "two"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	if want := []string{name, ""}; !slices.Equal(p.files, want) {
		t.Errorf("got %q, want %q", p.files, want)
	}
}
