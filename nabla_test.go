package nabla

import (
	"context"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func ExampleRun() {
	fmt.Println(Run("x : R[n];  f = ‖x‖²;  ∂f/∂x"))
	fmt.Println(Run("x := [1, 2];  eval(∂f/∂x);").Value())
	// Output:
	// 2 x      # R[n]
	// <nil>
}

// gophernotes finds methods by reflection: their signatures are exactly these.
func TestEveryResultHasTheMethodsThatGophernotesLooksFor(t *testing.T) {
	want := map[string]string{
		"SimpleRender": "func() map[string]interface {}",
		"Latex":        "func() string",
		"SVG":          "func() string",
		"HTML":         "func() string",
	}
	for _, v := range []any{Answers{}, &Result{}} {
		for name, signature := range want {
			m := reflect.ValueOf(v).MethodByName(name)
			if !m.IsValid() || m.Type().String() != signature {
				t.Errorf("%T: %s is %v, want %s", v, name, m, signature)
			}
		}
	}
}

// gophernotes loads this module as a plugin, whose packages must have the versions of its host's: the page that says how
// to build it names those of this module.
func TestTheDirectionsForGophernotesNameOurVersions(t *testing.T) {
	page, mod := read(t, "docs/jupyter.md"), read(t, "go.mod")
	for _, path := range []string{"golang.org/x/tools", "golang.org/x/text"} {
		version := regexp.MustCompile(regexp.QuoteMeta(path) + ` (v\S+)`).FindStringSubmatch(mod)
		if version == nil || !strings.Contains(page, path+"@"+version[1]) {
			t.Errorf("docs/jupyter.md does not say %s in version %v", path, version)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shownByGophernotes collects what gophernotes would send for the values of a cell: with exactly one that has a method it
// knows, what every such method says, by its MIME type; otherwise the values as text.
func shownByGophernotes(values ...any) map[string]any {
	var one any
	for _, v := range values {
		switch v.(type) {
		case interface{ SimpleRender() map[string]any }, interface{ HTML() string }, interface{ Latex() string }, interface{ SVG() string }:
			one = v
		}
	}
	if len(values) != 1 || one == nil {
		return map[string]any{"text/plain": fmt.Sprint(values...)}
	}
	data := map[string]any{}
	if r, ok := one.(interface{ SimpleRender() map[string]any }); ok {
		maps.Copy(data, r.SimpleRender())
	}
	if r, ok := one.(interface{ HTML() string }); ok {
		data["text/html"] = r.HTML()
	}
	if r, ok := one.(interface{ Latex() string }); ok {
		data["text/latex"] = r.Latex()
	}
	if r, ok := one.(interface{ SVG() string }); ok {
		data["image/svg+xml"] = r.SVG()
	}
	if data["text/plain"] == nil {
		data["text/plain"] = fmt.Sprint(one)
	}
	return data
}

func TestGophernotesShowsTextFormulasAndPictures(t *testing.T) {
	for _, c := range []struct {
		src string
		has map[string]string
	}{
		{"x : R[n]; A : R[n,n];  ∂(xᵀ A x)/∂x", map[string]string{
			"text/plain": "(A + Aᵀ) x", "text/latex": `\mathbf{A}^{\top}`, "text/html": `\mathbf{A}^{\top}`}},
		{"plot(tanh, t = -1..1)", map[string]string{"text/plain": "⠤", "image/svg+xml": "<svg", "text/html": "<svg", "image/png": "iVBOR"}},
		{"x : R[d]; W : R[h,d]; φ : R -> R; J = sum(φ(W x));  graph(J);", map[string]string{}},
		{"x : R[d]; W : R[h,d]; φ : R -> R; J = sum(φ(W x))\ngraph(J)", map[string]string{
			"text/plain": "J", "text/latex": "J", "image/svg+xml": "<svg", "text/html": "<svg"}},
		{"x : R[d]\nx x", map[string]string{"text/plain": "E203", "text/html": "E203"}},
	} {
		data := shownByGophernotes(New().Run(c.src))
		for kind, has := range c.has {
			if got := fmt.Sprint(data[kind]); !strings.Contains(got, has) {
				t.Errorf("%s: %s is %.200q, without %s", c.src, kind, got, has)
			}
		}
		if data["text/html"] == "" { // front ends prefer it to what may be empty
			t.Errorf("%s: no HTML", c.src)
		}
	}
	if a := New().Run("2+3"); fmt.Sprint(shownByGophernotes(a, error(nil))["text/plain"]) == "" {
		t.Error("two values show nothing")
	}
}

func TestEveryAnswerShowsItself(t *testing.T) {
	for _, c := range []struct{ src, kind, has string }{
		{"x : R[n]; f = ‖x‖²; ∂f/∂x", "text/latex", `\mathbf{x}`},
		{"plot(tanh, t = -1..1)", "image/svg+xml", "<svg"},
		{":dims", "text/plain", "dimension"},
		{"1 + ", "text/plain", "error[E1"},
		{`print("a < b")`, "text/plain", "a < b"},
	} {
		a := New().Run(c.src)
		last := a[len(a)-1]
		if c.src[0] == 'p' && last.Text == "" {
			last = a[0]
		}
		if got := fmt.Sprint(last.SimpleRender()[c.kind]); !strings.Contains(got, c.has) {
			t.Errorf("%s: %s is %q", c.src, c.kind, got)
		}
		if h := a.HTML(); !strings.HasPrefix(h, "<div><") {
			t.Errorf("%s: HTML is %q", c.src, h)
		}
	}
}

func TestSessionsAreApart(t *testing.T) {
	a, b := New(), New()
	a.Run("x : R")
	if a.Run("x").Err() != nil || b.Run("x").Err() == nil {
		t.Error("a name of one session is known in another")
	}
}

func TestAnEndedContextInterrupts(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := New()
	s.RunContext(ctx, "x : R")
	if s.Run("1 + 1").Err() != nil {
		t.Error("the session does not live on")
	}
}
