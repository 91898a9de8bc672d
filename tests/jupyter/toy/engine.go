// Package toy is a session without mathematics: each line of a cell is a verb that does one thing a cell can do. The
// wire is tested with it, whatever the language can say.
package toy

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"strconv"
	"strings"
	"time"

	"nabla/kernel"
	"nabla/lang"
)

// Engine is a kernel.Engine. A line is a verb and its text; a line that is a sum of integers is its value; any other
// line answers with itself. A line that ends in ";" is silent.
type Engine struct{}

// New is a fresh session.
func New() (kernel.Engine, error) { return Engine{}, nil }

// A call is one line being executed.
type call struct {
	ctx  context.Context
	opts kernel.ExecuteOptions
	out  kernel.Output
	text string
	*kernel.Result
}

// verbs are the first words that mean something.
var verbs = map[string]func(*call){
	"print":    func(c *call) { c.print("stdout", c.text+"\n") },
	"warn":     func(c *call) { c.print("stderr", c.text+"\n") },
	"lines":    lines,
	"flood":    flood,
	"sleep":    sleep,
	"stubborn": stubborn,
	"bad":      func(c *call) { c.fail("E200", "the inner dimensions differ") },
	"panic":    func(*call) { panic("a fault of the engine") },
	"ask":      ask,
	"clear":    func(c *call) { c.out.Clear(c.text == "wait"); c.Kind = kernel.KindCommand },
	"help":     func(c *call) { c.Pager, c.Text = true, "the page about "+c.text },
	"progress": progress,
	"picture":  picture,
	"matrix":   matrix,
	"note":     func(c *call) { c.Text, c.Notes = "X W + b", []string{"b repeats along n"} },
	"decl":     func(c *call) { c.Kind, c.Text = kernel.KindDecl, c.text },
	"number":   func(c *call) { c.Text = strconv.Itoa(c.opts.Number) },
	"nothing":  func(c *call) { c.Text = "" },
}

// Execute runs the lines of a cell.
func (Engine) Execute(ctx context.Context, cell string, opts kernel.ExecuteOptions, out kernel.Output) bool {
	at, ok := 0, true
	for i, line := range strings.SplitAfter(cell, "\n") {
		source := strings.TrimSpace(line)
		if source != "" {
			c := newCall(ctx, opts, out, source, i+1)
			c.run()
			if c.Err != nil {
				c.Err.Source, c.Err.Span = cell, lang.Span{Start: at, End: at + len(strings.TrimRight(line, "\n"))}
				ok = false
			}
			out.Result(c.Result)
		}
		at += len(line)
		if !ok && !opts.KeepGoing {
			break
		}
	}
	return ok
}

func newCall(ctx context.Context, opts kernel.ExecuteOptions, out kernel.Output, source string, line int) *call {
	text, silent := strings.CutSuffix(source, ";")
	r := &kernel.Result{In: source, Line: line, Kind: kernel.KindExpr, Text: text, Silent: silent}
	return &call{ctx: ctx, opts: opts, out: out, text: text, Result: r}
}

func (c *call) run() {
	verb, rest, _ := strings.Cut(c.text, " ")
	if do := verbs[verb]; do != nil {
		c.text = rest
		do(c)
		return
	}
	if sum, ok := add(c.text); ok {
		c.Text, c.LaTeX, c.Shape = strconv.Itoa(sum), strconv.Itoa(sum), []string{}
	}
}

// add is the value of "1 + 2 + 3".
func add(text string) (sum int, ok bool) {
	for term := range strings.SplitSeq(text, "+") {
		n, err := strconv.Atoi(strings.TrimSpace(term))
		if err != nil {
			return 0, false
		}
		sum += n
	}
	return sum, true
}

func (c *call) print(stream, text string) {
	c.out.Print(stream, text)
	c.Kind, c.Text = kernel.KindCommand, ""
}

func (c *call) fail(code, message string) {
	c.Kind, c.Text = kernel.KindError, ""
	c.Err = lang.Errorf(code, lang.Span{}, "%s", message)
}

func (c *call) number() int {
	n, _ := strconv.Atoi(c.text)
	return n
}

func lines(c *call) {
	for i := range c.number() {
		c.print("stdout", fmt.Sprintf("line %d\n", i))
	}
}

// flood prints megabytes in lines of 64 bytes.
func flood(c *call) {
	line := strings.Repeat("x", 63) + "\n"
	chunk := strings.Repeat(line, 64)
	for range c.number() << 8 {
		c.print("stdout", chunk)
	}
}

func (c *call) seconds() time.Duration {
	s, _ := strconv.ParseFloat(c.text, 64)
	return time.Duration(s * float64(time.Second))
}

func sleep(c *call) {
	c.Text = ""
	select {
	case <-time.After(c.seconds()):
	case <-c.ctx.Done():
		c.fail("E900", "interrupted")
	}
}

// stubborn does not listen to an interrupt.
func stubborn(c *call) { c.Text = ""; time.Sleep(c.seconds()) }

func ask(c *call) {
	answer, err := c.out.Input(c.text)
	c.Text = "answer: " + answer
	if err != nil {
		c.fail("E901", err.Error())
	}
}

// progress updates one display as fast as it can.
func progress(c *call) {
	n := c.number()
	for i := range n {
		c.out.Display("bar", i > 0, nil, fmt.Sprintf("%d of %d", i+1, n))
	}
	c.Text = ""
}

func picture(c *call) {
	var b bytes.Buffer
	png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2)))
	c.Kind, c.Text = kernel.KindReport, "a square"
	c.Media = []kernel.Media{
		{MIME: "image/svg+xml", Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)},
		{MIME: "image/png", Data: b.Bytes()},
		{MIME: "text/html", Data: []byte("<b>a square</b>")},
		{MIME: "application/json", Data: []byte(`{"sides":4}`)},
	}
}

func matrix(c *call) { c.Text, c.LaTeX, c.Shape = "Wᵀ x", `W^{\top} x`, []string{"h", "d1"} }

// names are what completes and what has help.
var names = []string{"softmax", "softplus", "Ŵx", "∂J"}

// Complete offers the names that begin as the word before pos does.
func (Engine) Complete(src string, pos int) kernel.Completion {
	start := strings.LastIndexAny(src[:pos], " (\n") + 1
	c := kernel.Completion{Start: start, End: pos}
	for _, n := range names {
		if strings.HasPrefix(n, src[start:pos]) {
			c.Items = append(c.Items, kernel.Candidate{Text: n, Detail: n + "(x)", Kind: "function"})
		}
	}
	return c
}

// Inspect knows the names.
func (Engine) Inspect(src string, pos int) (kernel.Page, bool) {
	start := strings.LastIndexAny(src[:pos], " (\n") + 1
	end := pos
	if rest := strings.IndexAny(src[pos:], " (\n"); rest >= 0 {
		end += rest
	} else {
		end = len(src)
	}
	for _, n := range names {
		if n == src[start:end] {
			return kernel.Page{Title: n, Text: n + "(x)", HTML: "<code>" + n + "(x)</code>"}, true
		}
	}
	return kernel.Page{}, false
}

// Completeness counts parentheses.
func (Engine) Completeness(src string) kernel.Completeness {
	depth := strings.Count(src, "(") - strings.Count(src, ")")
	switch {
	case depth > 0:
		return kernel.Completeness{Status: kernel.StatusIncomplete, Indent: strings.Repeat("  ", depth)}
	case depth < 0:
		return kernel.Completeness{Status: kernel.StatusInvalid}
	}
	return kernel.Completeness{Status: kernel.StatusComplete}
}
