package notebooks

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"nabla/kernel"
)

// A book is a notebook, as far as it is compared.
type book struct {
	Cells []struct {
		Type    string   `json:"cell_type"`
		Source  text     `json:"source"`
		Outputs []output `json:"outputs"`
	} `json:"cells"`
}

type output struct {
	Error string `json:"ename"`
	Data  struct {
		Plain text `json:"text/plain"`
	} `json:"data"`
}

// A text is a string, or its lines.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var lines []string
	if json.Unmarshal(b, &lines) == nil {
		*t = text(strings.Join(lines, ""))
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

// TestMain keeps the progress in the exercises apart from that of the person who runs the tests, and gives every session the
// two threads that the notebooks were run with: memory counts what each works in.
func TestMain(m *testing.M) {
	kernel.Cores = 2
	dir, err := os.MkdirTemp("", "nabla")
	if err != nil {
		panic(err)
	}
	os.Setenv("XDG_DATA_HOME", dir)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func books(t *testing.T) map[string]book {
	t.Helper()
	paths, err := filepath.Glob("../../notebooks/*.ipynb")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d notebooks, %v", len(paths), err)
	}
	out := map[string]book{}
	for _, path := range paths {
		var b book
		if err := json.Unmarshal([]byte(source(t, path)), &b); err != nil {
			t.Fatal(path, err)
		}
		out[path] = b
	}
	return out
}

// Each notebook, run cell by cell in one session, shows what is committed in it. notebooks/build makes it anew.
func TestEveryNotebookShowsWhatIsCommitted(t *testing.T) {
	for path, b := range books(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".ipynb"), func(t *testing.T) {
			t.Parallel()
			s := kernel.NewSession()
			for i, c := range b.Cells {
				if c.Type == "code" {
					compare(t, i+1, string(c.Source), shown(s, path, string(c.Source)), c.Outputs)
				}
			}
		})
	}
}

// shown is what a cell shows: the texts of its answers, the code of its error.
func shown(s *kernel.Session, path, cell string) []string {
	r := &silentReader{}
	opts := kernel.ExecuteOptions{File: path, NoInput: true, TextOnly: true}
	s.Execute(context.Background(), cell, opts, r)
	var out []string
	for _, res := range r.results {
		switch {
		case res.Err != nil:
			out = append(out, res.Err.Code)
		case !res.Silent:
			if text, _ := res.SimpleRender()["text/plain"].(string); text != "" {
				out = append(out, text)
			}
		}
	}
	return out
}

// A silentReader keeps results, errors among them.
type silentReader struct {
	reader
}

func (r *silentReader) Result(res *kernel.Result) { r.results = append(r.results, res) }

func compare(t *testing.T, cell int, src string, got []string, outputs []output) {
	t.Helper()
	var want []string
	for _, o := range outputs {
		text := o.Error + string(o.Data.Plain)
		if text != "" && !strings.HasPrefix(text, "# note:") {
			want = append(want, text)
		}
	}
	if len(got) != len(want) {
		t.Errorf("cell %d shows %d answers, %d are committed:\n%s\n%q\n%q", cell, len(got), len(want), src, got, want)
		return
	}
	for i := range got {
		if !same(got[i], want[i]) {
			t.Errorf("cell %d:\n%s\nshows\n%s\nbut this is committed:\n%s", cell, src, got[i], want[i])
		}
	}
}

var (
	duration = regexp.MustCompile(`[0-9.]+ ?(ns|µs|ms|s)\b`)
	decimal  = regexp.MustCompile(`-?[0-9]+(\.[0-9]+)?(e[-+][0-9]+)?`)
	drawing  = regexp.MustCompile(`[⠀-⣿▀-▟│└]`)
	blanks   = regexp.MustCompile(` +`)
)

// same compares texts word by word and numbers to a part in a thousand: the last digits, and what is only rounding,
// differ from one processor to another. Drawings and times are not compared.
func same(a, b string) bool {
	a, b = plainWords(a), plainWords(b)
	if decimal.ReplaceAllString(a, "#") != decimal.ReplaceAllString(b, "#") {
		return false
	}
	x, y := decimal.FindAllString(a, -1), decimal.FindAllString(b, -1)
	for i := range x {
		u, _ := strconv.ParseFloat(x[i], 64)
		v, _ := strconv.ParseFloat(y[i], 64)
		if d := math.Abs(u - v); d > 1e-3*math.Max(math.Abs(u), math.Abs(v)) && d > 1e-6 {
			return false
		}
	}
	return true
}

func plainWords(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if !drawing.MatchString(line) {
			lines = append(lines, blanks.ReplaceAllString(duration.ReplaceAllString(line, "TIME"), " "))
		}
	}
	return strings.Join(lines, "\n")
}

// What is in a notebook was built from its source.
func TestEveryNotebookIsBuiltFromItsSource(t *testing.T) {
	fence := regexp.MustCompile("(?ms)^```nabla\n(.*?)\n?^```")
	for path, b := range books(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".ipynb")
		src, err := os.ReadFile(filepath.Join(filepath.Dir(path), "source", name+".md"))
		if err != nil {
			t.Error(err)
			continue
		}
		var want, got []string
		for _, m := range fence.FindAllStringSubmatch(string(src), -1) {
			want = append(want, strings.TrimSpace(m[1]))
		}
		for _, c := range b.Cells {
			if c.Type == "code" {
				got = append(got, strings.TrimSpace(string(c.Source)))
			}
		}
		if strings.Join(got, "\n--\n") != strings.Join(want, "\n--\n") {
			t.Errorf("%s is not what its source says: run notebooks/build %s", path, name)
		}
	}
}
