// Package nabla runs the language from a Go program or a Go notebook:
//
//	nabla.Run("x : R[n];  f = ‖x‖²")
//	nabla.Run("∂f/∂x") // 2 x
//
// What Run returns knows how to show itself: as text, LaTeX, SVG and HTML, by the interfaces that gophernotes looks for.
package nabla

import (
	"context"
	"errors"
	"strings"
	"sync"

	"nabla/kernel"
)

// A Result is the reply to one statement.
type Result = kernel.Result

// A Session is one conversation; its names and values are its own. It may be used by several goroutines.
type Session struct {
	mu     sync.Mutex
	engine *kernel.Session
}

// New is a session in which nothing is declared.
func New() *Session { return &Session{engine: kernel.NewSession()} }

// shared is the session of Run.
var shared = sync.OnceValue(New)

// Run runs statements in one session that the program has.
func Run(src string) Answers { return shared().Run(src) }

// Run runs statements and returns what they show; a statement that ends in ";" shows nothing. The first error is the
// last answer.
func (s *Session) Run(src string) Answers { return s.RunContext(context.Background(), src) }

// RunContext is Run until ctx ends: then the statement that runs is interrupted, and changes nothing.
func (s *Session) RunContext(ctx context.Context, src string) Answers {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out collector
	s.engine.Execute(ctx, src, kernel.ExecuteOptions{NoInput: true}, &out)
	return out.answers
}

// Answers are the replies to several statements, in order.
type Answers []*Result

// Err is the error that ended the statements, or nil.
func (a Answers) Err() error {
	for _, r := range a {
		if r.Err != nil {
			return r.Err
		}
	}
	return nil
}

// Value is the numbers of the last answer that has any, or nil.
func (a Answers) Value() *kernel.Value {
	for i := len(a) - 1; i >= 0; i-- {
		if a[i].Value != nil {
			return a[i].Value
		}
	}
	return nil
}

// String is every answer as text.
func (a Answers) String() string { return a.join("\n", (*Result).String) }

// Latex is every formula.
func (a Answers) Latex() string { return a.join("\n\n", (*Result).Latex) }

// SVG is the last picture, "" if there is none.
func (a Answers) SVG() string {
	for i := len(a) - 1; i >= 0; i-- {
		if svg := a[i].SVG(); svg != "" {
			return svg
		}
	}
	return ""
}

// HTML is every answer as part of a page; never empty.
func (a Answers) HTML() string { return "<div>" + a.join("\n", (*Result).HTML) + "</div>" }

// SimpleRender is everything by MIME type: what one answer has, or of several the text and the page.
func (a Answers) SimpleRender() map[string]any {
	if len(a) == 1 {
		return a[0].SimpleRender()
	}
	return map[string]any{"text/plain": a.String(), "text/html": a.HTML()}
}

func (a Answers) join(sep string, show func(*Result) string) string {
	var out []string
	for _, r := range a {
		if s := show(r); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, sep)
}

// Displayer is what gophernotes looks for in a value that it shows.
type Displayer interface {
	SimpleRender() map[string]any
	Latex() string
	SVG() string
	HTML() string
}

var (
	_ Displayer = Answers(nil)
	_ Displayer = (*Result)(nil)
)

// A collector keeps what a session shows.
type collector struct{ answers Answers }

func (c *collector) Result(r *kernel.Result) {
	if !r.Silent || r.Err != nil {
		c.answers = append(c.answers, r)
	}
}

func (c *collector) Print(_, text string) {
	c.answers = append(c.answers, &Result{Kind: kernel.KindReport, Text: strings.TrimSuffix(text, "\n")})
}

func (c *collector) Display(string, bool, []kernel.Media, string) {}
func (c *collector) Clear(bool)                                   { c.answers = nil }

func (c *collector) Input(string) (string, error) { return "", errors.New("nobody can be asked") }
