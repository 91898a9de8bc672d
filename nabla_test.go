package nabla

import (
	"context"
	"fmt"
	"reflect"
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
