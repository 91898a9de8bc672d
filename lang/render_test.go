package lang

import (
	"strings"
	"testing"
)

func TestAnErrorIsShownWithLabelsExplanationAndFixes(t *testing.T) {
	e := &Error{
		Code: "E200", Message: "W1 x: the inner dimensions differ", Source: "z = W1 x", Span: Span{4, 8},
		Labels: []Label{{Span{4, 6}, "W1", ": R[h,d]", "declared In[1]"}, {Span{7, 8}, "x", ": R[e]", "declared In[2]"}},
		Details: []string{"a product sums the last axis of W1 with the first axis of x:",
			"    W1  [h, d]", "    x      [e]        d ≠ e"},
		Fixes: []Fix{{"x : R[d]", "if x has d entries"}, {"dim e = d", "if the sizes are equal"}},
	}
	want := `error[E200]: W1 x: the inner dimensions differ
  In[4] │ z = W1 x
        │     ── ─
        │     │  x  : R[e]     declared In[2]
        │     W1 : R[h,d]      declared In[1]
  a product sums the last axis of W1 with the first axis of x:
      W1  [h, d]
      x      [e]        d ≠ e
  fix:  x : R[d]        if x has d entries
        dim e = d       if the sizes are equal`
	if got := e.Render(RenderOptions{Prefix: "In[4]"}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMarksStandInDisplayColumns(t *testing.T) {
	for _, c := range []struct{ name, src, at, under string }{
		{"a combining mark takes no column", "x̂ + b", "b", "    ─"},
		{"an ideograph takes two", "数据 + b", "数据", "────"},
		{"after ideographs", "数据 + b", "b", "       ─"},
		{"an emoji takes two", `"🙂" b`, "b", "     ─"},
		{"a tab is shown as one blank", "\tb", "b", " ─"},
		{"mathematical letters take one", "𝐱 + b", "b", "    ─"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := strings.Index(c.src, c.at)
			e := Errorf("E100", Span{i, i + len(c.at)}, "here")
			e.Source = c.src
			lines := strings.Split(e.Render(RenderOptions{Prefix: "In[1]"}), "\n")
			if got := strings.TrimPrefix(lines[2], "        │ "); got != c.under {
				t.Errorf("%q\n%s\n%s", got, lines[1], lines[2])
			}
			_, col, length := e.Position()
			if want := len([]rune(c.under)) - len(strings.TrimLeft(c.under, " ")) + 1; length == 0 || col > len([]rune(c.under)) || col < 1 {
				t.Errorf("column %d length %d (%d)", col, length, want)
			}
		})
	}
}

func TestTheLineOfAFileIsNamed(t *testing.T) {
	e := Errorf("E100", Span{8, 9}, "here")
	e.Source = "a = 1\nb +c\n"
	want := "error[E100]: here\n  m.nabla:2 | b +c\n            |   -"
	if got := e.Render(RenderOptions{File: "m.nabla", ASCII: true}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if line, col, length := e.Position(); line != 2 || col != 3 || length != 1 {
		t.Errorf("position %d:%d+%d", line, col, length)
	}
}

func TestAMarkOverSeveralLinesIsDrawnOnEach(t *testing.T) {
	e := Errorf("E201", Span{4, 20}, "here")
	e.Source = "z = (a +\n    b + c\n   ) d"
	want := "error[E201]: here\n  In[1] │ z = (a +\n        │     ────\n        │     b + c\n        │     ─────\n"
	if got := e.Render(RenderOptions{Prefix: "In[1]"}); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestALongLineIsCutAroundTheMark(t *testing.T) {
	src := strings.Repeat("a + ", 200) + "bad" + strings.Repeat(" + a", 200)
	i := strings.Index(src, "bad")
	e := Errorf("E101", Span{i, i + 3}, "unknown")
	e.Source = src
	lines := strings.Split(e.Render(RenderOptions{Prefix: "In[1]", Width: 60}), "\n")
	if Columns(lines[1]) > 60 {
		t.Errorf("%d columns: %s", Columns(lines[1]), lines[1])
	}
	at := Columns(lines[2]) - 3
	if clusters, _ := clean(lines[1]); strings.Join(clusters[at:at+3], "") != "bad" {
		t.Errorf("the mark is elsewhere:\n%s\n%s", lines[1], lines[2])
	}
}

func TestDidYouMeanPrefersOneChangedCharacter(t *testing.T) {
	known := []string{"W1", "W2", "W3", "x", "z", "s2", "λ", "softmax", "W", "loss"}
	for _, c := range []struct{ typed, want string }{
		{"Wl", "W1"}, {"λ2", "W2"}, {"sofmax", "softmax"}, {"softmxa", "softmax"}, {"Loss", "loss"}, {"q", ""}, {"X", "x"}, {"zebra", ""},
	} {
		got := ""
		if best := DidYouMean(c.typed, known); len(best) > 0 {
			got = best[0]
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.typed, got, c.want)
		}
	}
}

// Sentences of an error are broken between words; what is set in columns is not.
func TestExplanationsFitTheWidth(t *testing.T) {
	e := Errorf("E200", Span{}, "W z")
	e.Details = []string{"a product sums the last axis of W with the first axis of z:", "    W  [h, d]                    z       [h]        d ≠ h"}
	want := "error[E200]: W z\n  a product sums the last axis of W with\n  the first axis of z:\n      W  [h, d]                    z       [h]        d ≠ h"
	if got := e.Render(RenderOptions{Width: 40}); got != want {
		t.Errorf("got\n%s", got)
	}
}

// sample is an error with all that an error may have.
func sample() *Error {
	return &Error{
		Code: "E200", Message: "W1 x̂: the inner dimensions of this product differ", Source: "x : R[d]; W : R[h,e]; 矩阵 + W1 x̂", Span: Span{31, 37},
		Labels:  []Label{{Span{31, 33}, "W1", ": R[h,d]", "declared In[1]"}, {Span{34, 37}, "x̂", ": R[e]", "declared In[2]"}},
		Details: []string{"a product sums the last axis of W1 with the first axis of x̂:"},
		Fixes:   []Fix{{"x̂ : R[d]", "if x̂ has d entries"}, {"W1ᵀ x̂\nW1", "if the sizes are equal"}},
	}
}

func TestAnErrorFitsTheDisplay(t *testing.T) {
	for width := 20; width < 100; width++ {
		for _, line := range strings.Split(sample().Render(RenderOptions{Prefix: "In[4]", Width: width}), "\n") {
			if width >= 24 && Columns(line) > width {
				t.Errorf("%d columns do not fit into %d: %s", Columns(line), width, line)
			}
		}
	}
}

func TestAnErrorOfNarrowDisplays(t *testing.T) {
	want := `error[E200]: W1 x̂: the inner
  dimensions of this product differ
  In[4] │ … 矩阵 + W1 x̂
        │          ── ─
        │          │  x̂  : R[e]
        │          │  declared In[2]
        │          W1 : R[h,d]
        │          declared In[1]
  a product sums the last axis of W1
  with the first axis of x̂:
  fix:  x̂ : R[d]
          if x̂ has d entries
        W1ᵀ x̂
        W1
          if the sizes are equal`
	if got := sample().Render(RenderOptions{Prefix: "In[4]", Width: 36}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestColoursChangeNoColumn(t *testing.T) {
	paint := func(role, text string) string {
		if strings.Contains(text, "\n") {
			t.Errorf("%q is painted over the end of a line", text)
		}
		return "\x1b[31m" + text + "\x1b[0m"
	}
	plain := strings.NewReplacer("\x1b[31m", "", "\x1b[0m", "")
	for width := 20; width < 100; width++ {
		o := RenderOptions{Prefix: "In[4]", Width: width}
		want := sample().Render(o)
		o.Paint = paint
		if got := plain.Replace(sample().Render(o)); got != want {
			t.Fatalf("at %d columns: got\n%s\nwant\n%s", width, got, want)
		}
	}
}

// A mark is no longer than what is shown of its line.
func TestMarksEndWithTheLineShown(t *testing.T) {
	src := "x = " + strings.Repeat("9", 5000) + " + 1"
	e := Errorf("E109", Span{4, 5004}, "too long")
	e.Source = src
	for _, l := range strings.Split(e.Render(RenderOptions{Prefix: "In[1]", Width: 80}), "\n") {
		if Columns(l) > 80 {
			t.Errorf("%d columns: %s", Columns(l), l)
		}
	}
}
