// Package scripts runs the built program on whole sessions and compares what it prints, rendering by rendering.
//
// A case is a txtar file. Its section "in" is a script; each other section is one rendering of it:
//
//	text     what repl prints reading the script from a file named in.nabla
//	ascii    the same after :set ascii
//	json     the lines of repl --json
//	latex    the LaTeX of every statement that has one
//	stderr   what goes to the other stream
//	exit     the exit status
//
// Any other section is a file that the script finds beside it. go test ./tests/scripts -update rewrites the renderings
// that a case has; add an empty section to ask for one more.
package scripts

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expected renderings")

var program string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "nabla")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "repl")
	if out, err := exec.Command("go", "build", "-o", program, "nabla/cmd/repl").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v\n%s", err, out))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// A rendering is one way to run a case: the arguments, and what of the outcome is compared.
var renderings = map[string]func(t *testing.T, dir string) string{
	"text":   func(t *testing.T, dir string) string { return run(t, dir, "in.nabla").stdout },
	"ascii":  func(t *testing.T, dir string) string { return run(t, dir, "ascii.nabla", "in.nabla").stdout },
	"json":   func(t *testing.T, dir string) string { return run(t, dir, "--json", "in.nabla").stdout },
	"latex":  func(t *testing.T, dir string) string { return latex(run(t, dir, "--json", "in.nabla").stdout) },
	"stderr": func(t *testing.T, dir string) string { return run(t, dir, "in.nabla").stderr },
	"exit":   func(t *testing.T, dir string) string { return fmt.Sprintln(run(t, dir, "in.nabla").exit) },
}

type outcome struct {
	stdout, stderr string
	exit           int
}

func run(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOMAXPROCS=2", "NO_COLOR=1", "LC_ALL=C.UTF-8", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_DATA_HOME="+dir)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		t.Fatal(err)
	}
	return outcome{out.String(), errOut.String(), cmd.ProcessState.ExitCode()}
}

// latex lists statement and LaTeX of the JSON lines.
func latex(lines string) string {
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		var r struct{ In, Latex string }
		if json.Unmarshal([]byte(line), &r) == nil && r.Latex != "" {
			fmt.Fprintf(&b, "%s\n    %s\n", r.In, r.Latex)
		}
	}
	return b.String()
}

func TestScripts(t *testing.T) {
	cases, err := filepath.Glob("*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(path, ".txtar"), func(t *testing.T) { runCase(t, path) })
	}
}

func writeFile(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// timeless are the times that a report estimates and measures on this machine; no golden file has them.
var timeless = regexp.MustCompile(`((?:about|measured) )[0-9][0-9.e+-]* (?:ns|µs|ms|s|min|h)\b`)

func runCase(t *testing.T, path string) {
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range a.Files {
		name := f.Name
		if name == "in" {
			name = "in.nabla"
		}
		if name == "in.nabla" {
			writeFile(t, dir, "ascii.nabla", ":set ascii;")
		}
		if renderings[name] == nil {
			writeFile(t, dir, name, string(f.Data))
		}
	}
	for i, f := range a.Files {
		render := renderings[f.Name]
		if render == nil {
			continue
		}
		got := timeless.ReplaceAllString(render(t, dir), "$1…")
		if *update {
			a.Files[i].Data = []byte(got)
		} else if got != string(f.Data) {
			t.Errorf("%s differs (go test ./tests/scripts -update rewrites it):\n--- got\n%s--- want\n%s", f.Name, got, f.Data)
		}
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
