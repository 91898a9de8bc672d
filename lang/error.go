package lang

import (
	"fmt"
	"slices"
)

// A Span is a range of byte offsets [Start, End) in one source text.
type Span struct {
	Start, End int
}

// Join is the smallest span that covers both a and b. The zero Span joins as nothing.
func (a Span) Join(b Span) Span {
	switch {
	case a == (Span{}):
		return b
	case b == (Span{}):
		return a
	}
	return Span{min(a.Start, b.Start), max(a.End, b.End)}
}

// A Label is a remark under a part of the source: the second and third line of carets.
type Label struct {
	Span  Span
	Name  string // "x"; names of one error are padded to one width
	Text  string // ": R[e]"; everything, where there is no name
	Where string // "declared In[2]"; in a column of its own
}

// A Fix is a replacement that was tried and found to work.
type Fix struct {
	Text string // what to type: a whole line
	When string // "if x has d entries"; may be empty
}

// An Error is a line that cannot be read, or whose shapes do not fit.
// Positions are byte offsets into Source; carets are computed in display columns when it is printed.
type Error struct {
	Code    string // "E200"; docs/errors.md lists them
	Message string // one line, without the code
	Source  string // the text that the spans refer to (one cell)
	Span    Span
	Labels  []Label
	Details []string // explanation, printed between the carets and the fixes
	Fixes   []Fix
	ASCII   bool // it is to be shown in ASCII, as its texts are
}

// InASCII is the error for a display without Unicode. fix spells what is to be typed.
func (e *Error) InASCII(fix func(text string) string) *Error {
	out := *e
	out.ASCII = true
	out.Message = ASCII(e.Message)
	out.Labels = slices.Clone(e.Labels)
	for i, l := range out.Labels {
		out.Labels[i] = Label{l.Span, ASCII(l.Name), ASCII(l.Text), ASCII(l.Where)}
	}
	out.Details = slices.Clone(e.Details)
	for i, d := range out.Details {
		out.Details[i] = ASCII(d)
	}
	out.Fixes = slices.Clone(e.Fixes)
	for i, f := range out.Fixes {
		out.Fixes[i] = Fix{fix(f.Text), ASCII(f.When)}
	}
	return &out
}

// Error is the one-line form.
func (e *Error) Error() string { return fmt.Sprintf("error[%s]: %s", e.Code, e.Message) }

// Errorf makes an Error of the given code at a span. Source is filled in by whoever knows the text.
func Errorf(code string, at Span, format string, args ...any) *Error {
	return &Error{Code: code, Span: at, Message: fmt.Sprintf(format, args...)}
}
