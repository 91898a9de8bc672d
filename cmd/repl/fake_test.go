package main

import (
	"context"
	"strings"

	"nabla/kernel"
	"nabla/lang"
)

// parrot is the smallest engine: every line is a statement that answers with itself. "bad" is an error, "wait" lasts
// until it is interrupted, "ask" reads a line, "bars" shows a display twice.
type parrot struct{ files []string }

func (p *parrot) Execute(ctx context.Context, cell string, opts kernel.ExecuteOptions, out kernel.Output) bool {
	p.files = append(p.files, opts.File)
	ok := true
	for i, line := range strings.Split(strings.TrimSuffix(cell, "\n"), "\n") {
		r := &kernel.Result{In: line, Line: i + 1, Kind: kernel.KindExpr, Text: line}
		verb, rest, _ := strings.Cut(line, " ")
		switch verb {
		case "bad":
			r.Kind, r.Text = kernel.KindError, ""
			r.Err = lang.Errorf("E100", lang.Span{}, "a bad line")
		case "wait":
			<-ctx.Done()
			r.Kind, r.Text = kernel.KindError, ""
			r.Err = lang.Errorf("E900", lang.Span{}, "interrupted")
		case "ask":
			answer, err := out.Input(rest)
			r.Text = answer
			if err != nil {
				r.Err = lang.Errorf("E901", lang.Span{}, "%v", err)
			}
		case "print":
			out.Print("stdout", rest+"\n")
			r.Text = ""
		case "bars":
			out.Display("b", false, nil, "0 %")
			out.Display("b", true, nil, "100 %")
		case ":quit":
			r.Quit, r.Text = true, ""
		case "vanish":
			out.Display("b", false, nil, "50 %")
			out.Display("b", true, nil, "")
		case "matrix":
			r.Shape = []string{"h", "d"}
			r.Notes = []string{"b repeats along n"}
		}
		out.Result(r)
		if r.Err != nil {
			if ok = false; !opts.KeepGoing {
				return false
			}
		}
	}
	return ok
}

// Complete offers four names for whatever word ends at pos, and symbols for what starts with a backslash.
func (p *parrot) Complete(src string, pos int) kernel.Completion {
	start := strings.LastIndexAny(src[:pos], ` \(`) + 1
	word := src[start:pos]
	c := kernel.Completion{Start: start, End: pos}
	for _, item := range []kernel.Candidate{
		{Text: "softmax", Detail: "softmax(x, axis)", Kind: "function"},
		{Text: "softplus", Detail: "softplus(x)", Kind: "function"},
		{Text: "W1", Detail: "R[h,d]", Kind: "variable"},
		{Text: "W2", Detail: "R[q,h]", Kind: "variable"},
	} {
		if strings.HasPrefix(item.Text, word) {
			c.Items = append(c.Items, item)
		}
	}
	return c
}

func (p *parrot) Inspect(string, int) (kernel.Page, bool) { return kernel.Page{}, false }

func (p *parrot) Completeness(src string) kernel.Completeness {
	depth := strings.Count(src, "(") - strings.Count(src, ")")
	if depth > 0 || strings.HasSuffix(strings.TrimRight(src, " "), "+") {
		return kernel.Completeness{Status: kernel.StatusIncomplete, Indent: strings.Repeat("  ", max(depth, 1))}
	}
	return kernel.Completeness{Status: kernel.StatusComplete}
}
