package main

import (
	"context"
	"strings"
	"testing"

	"nabla/kernel"
)

// printed is what a terminal of some width is sent.
func printed(width int, live bool, do func(*textOutput)) string {
	var out strings.Builder
	o := newTextOutput(stdio{strings.NewReader(""), &out, &out}, false)
	o.width, o.live = func() int { return width }, live
	do(o)
	return out.String()
}

func TestAnswersAndTheirShapes(t *testing.T) {
	expr := kernel.Result{Kind: kernel.KindExpr, Text: "W1 x", Shape: []string{"h"}}
	row, scalar, long, check := expr, expr, expr, expr
	row.Row = true
	scalar.Shape = []string{}
	long.Text = strings.Repeat("W1 x + ", 6) + "b"
	check.Kind, check.Shape, check.Text = kernel.KindCheck, nil, "RIGHT (proved)"
	for name, c := range map[string]struct {
		result kernel.Result
		number int
		want   string
	}{
		"a vector":          {expr, 0, "  W1 x      : R[h]\n"},
		"a row":             {row, 0, "  W1 x      : R[h] (row)\n"},
		"a scalar":          {scalar, 0, "  W1 x      : R\n"},
		"with its number":   {expr, 12, "Out[12]  W1 x      : R[h]\n"},
		"a verdict":         {check, 3, "  RIGHT (proved)\n"},
		"too long a line":   {long, 0, "  W1 x + W1 x + W1 x + W1 x +\n      W1 x + W1 x + b      : R[h]\n"},
		"a silent one":      {kernel.Result{Text: "x", Silent: true}, 0, ""},
		"a note":            {kernel.Result{Text: "x", Notes: []string{"b repeats along n"}}, 0, "  x\n    note: b repeats along n\n"},
		"no text, a note":   {kernel.Result{Notes: []string{"stale: z"}}, 0, "    note: stale: z\n"},
		"a command's table": {kernel.Result{Kind: kernel.KindCommand, Text: "x  R[d]\ny  R[q]"}, 0, "x  R[d]\ny  R[q]\n"},
	} {
		got := printed(36, true, func(o *textOutput) {
			o.number = c.number
			o.Result(&c.result)
		})
		if got != c.want {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestADisplayIsRedrawnInPlace(t *testing.T) {
	got := printed(20, true, func(o *textOutput) {
		o.Display("1", false, nil, "a\nb")
		o.Display("1", true, nil, "c")
		o.Display("1", true, nil, strings.Repeat("λ", 30))
		o.Print("stdout", "done\n")
		o.Display("2", false, nil, "d")
		o.Display("2", true, nil, "")
	})
	want := "a\nb\n" + "\x1b[2A\r\x1b[Jc\n" + "\x1b[1A\r\x1b[J" + strings.Repeat("λ", 18) + "…\ndone\nd\n\x1b[1A\r\x1b[J"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestClearingWaitsForTheNextOutput(t *testing.T) {
	const erase = "\x1b[H\x1b[2J"
	for wait, want := range map[bool]string{false: "a" + erase + "b", true: "a" + erase + "b"} {
		got := printed(20, true, func(o *textOutput) {
			o.Print("stdout", "a")
			o.Clear(wait)
			o.Print("stdout", "b")
		})
		if got != want {
			t.Errorf("wait %v: got %q, want %q", wait, got, want)
		}
	}
	if got := printed(20, true, func(o *textOutput) { o.Clear(true) }); got != "" {
		t.Errorf("a clear that waits writes %q", got)
	}
	if got := printed(20, false, func(o *textOutput) { o.Clear(false) }); got != "" {
		t.Errorf("clearing a pipe writes %q", got)
	}
}

func TestAShortAnswerIsShownAfterCtrlC(t *testing.T) {
	result := func(text string) string {
		return printed(80, true, func(o *textOutput) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			o.ctx = ctx
			o.Result(&kernel.Result{Kind: kernel.KindReport, Text: text})
		})
	}
	if got, want := result("loss █▁  2 → 1\n8 steps"), "  loss █▁  2 → 1\n  8 steps\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := result(strings.Repeat("0.5\n", pieceSize)); len(got) > 3*pieceSize || !strings.Contains(got, "not all of it") {
		t.Errorf("%d bytes of a long answer", len(got))
	}
}
