// Package docs runs the sessions that the documentation shows and compares the answers printed there.
//
// In a fenced block marked "nabla" a line that begins with "∇ " is typed (one that begins with "… " continues it), and
// the lines below it are the reply. A block goes on where the one before stopped, unless it is marked "nabla new".
// go test ./tests/docs -update writes the replies.
package docs

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"nabla/kernel"
	"nabla/lang"
)

var update = flag.Bool("update", false, "rewrite the replies")

var pages = []string{"../../README.md", "../../docs/*.md"}

func TestWhatTheDocumentationShowsIsTrue(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	kernel.Cores = 2 // memory counts what each thread works in
	for _, pattern := range pages {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no page %s: %v", pattern, err)
		}
		for _, path := range paths {
			t.Run(filepath.Base(path), func(t *testing.T) { page(t, path) })
		}
	}
}

func page(t *testing.T, path string) {
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := &replayer{session: kernel.NewSession(), dir: filepath.Dir(path)}
	got := r.replay(string(old))
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := strings.Split(string(old), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("line %d is now\n\t%s\nbut the page says\n\t%s\ngo test ./tests/docs -update rewrites it", i+1, line, want[min(i, len(want)-1)])
		}
	}
}

// A replayer copies a page, and puts the replies of a session in the place of those printed.
type replayer struct {
	session *kernel.Session
	dir     string
	cells   int
	out     strings.Builder
}

func (r *replayer) replay(page string) string {
	inside, pending := false, ""
	flush := func() {
		if pending != "" {
			r.run(pending)
			pending = ""
		}
	}
	for _, line := range strings.SplitAfter(page, "\n") {
		switch {
		case strings.HasPrefix(line, "```nabla"):
			inside = true
			if strings.Contains(line, "new") {
				r.session, r.cells = kernel.NewSession(), 0
			}
		case inside && strings.HasPrefix(line, "```"):
			flush()
			inside = false
		case inside && strings.HasPrefix(line, "∇ "):
			flush()
			pending = strings.TrimPrefix(line, "∇ ")
		case inside && pending != "" && strings.HasPrefix(line, "… "):
			pending += strings.TrimPrefix(line, "… ")
		case inside && strings.HasPrefix(line, "#"), inside && strings.TrimSpace(line) == "":
			flush()
		case inside:
			continue // a reply: written anew
		}
		r.out.WriteString(line)
	}
	return r.out.String()
}

func (r *replayer) run(src string) {
	r.cells++
	wd, _ := os.Getwd()
	defer os.Chdir(wd)
	_ = os.Chdir(r.dir)
	r.session.Execute(context.Background(), strings.TrimSuffix(src, "\n"), kernel.ExecuteOptions{Number: r.cells, NoInput: true}, r)
}

// Result writes a reply as the terminal prints it, without colours.
func (r *replayer) Result(res *kernel.Result) {
	if res.Err != nil {
		r.write(res.Err.Render(lang.RenderOptions{Prefix: "In[" + itoa(r.cells) + "]"}))
		return
	}
	if res.Silent {
		return
	}
	text := res.Text
	if shape := space(res); shape != "" && text != "" {
		text += "      : " + shape
	}
	if text != "" {
		r.write("  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  "))
	}
	for _, n := range res.Notes {
		r.write("    note: " + n)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func space(r *kernel.Result) string {
	switch {
	case r.Shape == nil, r.Kind != kernel.KindExpr && r.Kind != kernel.KindDef && r.Kind != kernel.KindValue:
		return ""
	case len(r.Shape) == 0:
		return "R"
	}
	s := "R[" + strings.Join(r.Shape, ",") + "]"
	if r.Row {
		s += "ᵀ"
	}
	return s
}

func (r *replayer) write(text string) {
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimRight(line, " "); line != "" { // an empty line in a block is the page's own
			r.out.WriteString(line + "\n")
		}
	}
}

func (r *replayer) Print(_, text string) { r.write("  " + strings.TrimSuffix(text, "\n")) }

func (r *replayer) Display(string, bool, []kernel.Media, string) {}

func (r *replayer) Clear(bool) {}

func (r *replayer) Input(string) (string, error) { return "", os.ErrClosed }
