package jupyter

import (
	"fmt"
	"strings"

	"nabla/lang"
)

// A failure is an error as Jupyter shows it.
type failure struct {
	name      string // E200, Interrupted
	value     string // one line
	traceback []string
	err       *lang.Error // nil if it did not come from the source text
}

// newFailure is an error that has no place in the source.
func newFailure(name, value string) *failure {
	return &failure{name: name, value: value, traceback: []string{paint("error", "error") + ": " + value}}
}

// errorFailure shows an error of the language with its carets; number is the n of In[n].
func errorFailure(e *lang.Error, number int) *failure {
	text := e.Render(lang.RenderOptions{Prefix: fmt.Sprintf("In[%d]", number), Paint: paint})
	return &failure{name: e.Code, value: e.Message, traceback: strings.Split(text, "\n"), err: e}
}

// colours are the ANSI codes by which front ends that imitate a terminal colour the parts of an error.
var colours = map[string]string{"error": "1;31", "gutter": "2", "mark": "31", "fix": "32"}

// paint colours one line.
func paint(role, text string) string { return "\x1b[" + colours[role] + "m" + text + "\x1b[0m" }

// message is the content of an error message.
func (f *failure) message() map[string]any {
	return map[string]any{"ename": f.name, "evalue": f.value, "traceback": f.traceback}
}

// content is the content of a reply that reports the failure.
func (f *failure) content() map[string]any {
	content := f.message()
	content["status"] = "error"
	return content
}

// metadata carries the error for programs, which need not take the traceback apart.
func (f *failure) metadata() any {
	if f.err == nil {
		return nil
	}
	fixes := []string{}
	for _, fix := range f.err.Fixes {
		fixes = append(fixes, fix.Text)
	}
	start := runeOffset(f.err.Source, f.err.Span.Start)
	return map[string]any{"nabla": map[string]any{
		"code": f.err.Code, "message": f.err.Message, "hints": fixes,
		"start": start, "end": max(start, runeOffset(f.err.Source, f.err.Span.End)),
	}}
}
