package kernel

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
)

// tour is what ? alone shows.
//
//go:embed tour.txt
var tour string

// A topic is a help page that is not about one name.
type topic struct {
	names string // separated by blanks
	page  func() string
}

func (j *job) help(b *lang.Help) (*Result, *lang.Error) { return j.commandHelp(b.Topic) }

func (j *job) commandHelp(name string) (*Result, *lang.Error) {
	page, ok := helpPage(j.state, name)
	if !ok {
		e := j.errorf("E407", nil, "there is no help on %s", name)
		for _, near := range lang.DidYouMean(name, append(topicNames(), words()...)) {
			e.Fixes = append(e.Fixes, lang.Fix{Text: "?" + near})
		}
		return nil, e
	}
	return &Result{Kind: KindCommand, Text: page.Text, Pager: true}, nil
}

// Inspect is the help for what stands at pos. See Engine.
func (s *Session) Inspect(src string, pos int) (Page, bool) {
	pos = min(max(pos, 0), len(src))
	start := wordStart(src, pos)
	end := pos
	for end < len(src) && wordStart(src, end+1) <= start && end+1 <= len(src) {
		end++
	}
	word := strings.TrimSpace(src[start:end])
	if word == "" {
		return Page{}, false
	}
	return helpPage(s.state.Load(), word)
}

// helpPage is the page of a topic, the user's names first.
func helpPage(st *state, name string) (Page, bool) {
	name = strings.TrimSpace(name)
	if name == "" {
		return Page{"nabla", tour, ""}, true
	}
	folded := lang.Fold(name)
	if b := st.scope.Lookup(folded); b != nil {
		return Page{Title: folded, Text: bindingPage(st, b)}, true
	}
	f, form, isForm := st.scope.Function(folded), check.Forms()[folded], check.Forms()[folded].Usage != ""
	switch {
	case f != nil && isForm:
		return Page{Title: folded, Text: formPage(form) + "\n" + functionPage(f)}, true
	case f != nil:
		return Page{Title: folded, Text: functionPage(f)}, true
	case isForm:
		return Page{Title: folded, Text: formPage(form)}, true
	}
	if r := reports[folded]; r != nil {
		return Page{Title: folded, Text: fmt.Sprintf("%s(%s)\n\n%s\n%s", r.Name, r.Args, r.Doc, examplePage(r.Example))}, true
	}
	if c := findCommand(strings.TrimPrefix(name, ":")); c != nil {
		return Page{Title: name, Text: commandPage(c)}, true
	}
	if c, ok := lang.Explain(strings.ToUpper(name)); ok {
		return Page{Title: c.Code, Text: errorPage(c)}, true
	}
	for _, t := range topics() {
		if slices.Contains(strings.Fields(t.names), name) {
			return Page{Title: name, Text: t.page()}, true
		}
	}
	if st.scope.IsDim(folded) {
		return Page{Title: folded, Text: fmt.Sprintf("%s is a dimension: the size of an axis. dim %s = 4 gives it a size.", folded, folded)}, true
	}
	if keys := typing(name); keys != "" {
		return Page{Title: name, Text: "typed: " + keys + "\n"}, true
	}
	return Page{}, false
}

// bindingPage says what a user's name is.
func bindingPage(st *state, b *check.Binding) string {
	lines := []string{b.Name + " : " + b.Space()}
	if b.Source != "" {
		lines = append(lines, "", "    "+b.Source)
	}
	if at := b.At.String(); at != "" {
		lines = append(lines, "", map[bool]string{true: "defined ", false: "declared "}[b.Kind == check.Definition]+at)
	}
	if a := st.valueOf(b.Expr); b.Expr != nil && a != nil {
		lines = append(lines, "value: "+st.settings.Format.Summary(context.Background(), a))
	}
	if b.Known != nil {
		lines = append(lines, "stands for "+b.Known.Name)
	}
	return strings.Join(lines, "\n")
}

// formPage is the page of a function that looks at what was written.
func formPage(f check.Form) string { return f.Usage + "\n\nexample:\n" + replay(f.Example) }

// commandPage is the page of a command.
func commandPage(c *Command) string {
	usage := strings.TrimSpace(":" + c.Name + " " + c.Args)
	return usage + "\n\n" + c.Doc + "\n" + examplePage(c.Example)
}

// functionPage is the page of a record.
func functionPage(f *symbolic.Func) string {
	text := signatureOf(f) + "\n\n" + f.Doc + "\n" + examplePage(f.Example)
	if f.NoGrad != "" {
		text += "\nnot differentiable: " + f.NoGrad + "\n"
	}
	if len(f.See) > 0 {
		text += "\nsee also: " + strings.Join(f.See, ", ") + "\n"
	}
	return text
}

// examplePage shows a record's example as a session.
func examplePage(example string) string {
	if example == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("\nexample:\n")
	for _, line := range strings.Split(example, "\n") {
		if answer, ok := strings.CutPrefix(line, "\t"); ok {
			b.WriteString("    " + answer + "\n")
		} else {
			b.WriteString("∇ " + line + "\n")
		}
	}
	return b.String()
}

// errorPage explains an error, with a line that brings it about.
func errorPage(c lang.Code) string {
	return c.Code + ": " + c.Title + "\n\n" + c.Explanation + "\n\nexample:\n" + c.Session("∇ ")
}

// topicNames are what ?… answers beside names.
func topicNames() []string {
	var out []string
	for _, t := range topics() {
		out = append(out, strings.Fields(t.names)...)
	}
	return out
}

// topics are the pages that are about the language itself; the operators come from one table.
func topics() []topic {
	out := []topic{{"grammar syntax", func() string { return lang.Grammar }}}
	for _, o := range operators {
		out = append(out, topic{o.spellings, o.page})
	}
	return out
}
