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
	name, text string
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
	f, form := st.scope.Function(folded), check.Forms()[folded]
	switch {
	case f != nil && form != "":
		return Page{Title: folded, Text: form + "\n\n" + functionPage(f)}, true
	case f != nil:
		return Page{Title: folded, Text: functionPage(f)}, true
	case form != "":
		return Page{Title: folded, Text: form}, true
	}
	if r := reports[folded]; r != nil {
		return Page{Title: folded, Text: fmt.Sprintf("%s(%s)\n\n%s\n%s", r.Name, r.Args, r.Doc, examplePage(r.Example))}, true
	}
	if c := findCommand(strings.TrimPrefix(name, ":")); c != nil {
		return Page{Title: name, Text: fmt.Sprintf(":%s %s\n\n%s", c.Name, c.Args, c.Doc)}, true
	}
	if c, ok := lang.Explain(strings.ToUpper(name)); ok {
		return Page{Title: c.Code, Text: errorPage(c)}, true
	}
	for _, t := range topics() {
		if slices.Contains(strings.Fields(t.name), name) {
			return Page{Title: name, Text: t.text}, true
		}
	}
	if st.scope.IsDim(folded) {
		return Page{Title: folded, Text: fmt.Sprintf("%s is a dimension: the size of an axis. dim %s = 4 gives it a size.", folded, folded)}, true
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
		out = append(out, strings.Fields(t.name)...)
	}
	return out
}

// topics are the pages that are about the language itself; the operators come from one table.
func topics() []topic {
	out := []topic{{"grammar", lang.Grammar}}
	for _, o := range operators {
		out = append(out, topic{o.spellings, o.spellings + "\n\n" + o.doc + "\n" + examplePage(o.example)})
	}
	return out
}

// operators are the signs of the language with their help.
var operators = []struct{ spellings, doc, example string }{
	{"* @", "The product: a contraction of the last axis of the left with the first of the right; scaling if one is a number. Juxtaposition (W x) is the same. Never elementwise: that is ⊙.", ""},
	{"⊙ .* had", "The elementwise (Hadamard) product of two tensors of one shape.", "[1, 2] ⊙ [3, 4]"},
	{"⊘ ./", "The elementwise quotient.", ""},
	{".^", "The elementwise power: x.^2.", ""},
	{"· dot", "The inner product of two vectors: aᵀ b.", ""},
	{"⊗ outer kron", "The outer product of two vectors, a bᵀ; the Kronecker product of two matrices.", ""},
	{"ᵀ ⊤ ' .T ^T transpose", "The transpose of a value; after a function, ' is its derivative.", ""},
	{"⁻¹ ^-1 inverse", "The inverse of a square matrix; one over a number.", ""},
	{"∂ derivative grad jacobian", "∂J/∂W is the derivative of J by W. It has the axes of J and then those of W; of a scalar J, the shape of W. dJ/dW, grad(J, W) and jacobian(J, W) are the same.", ""},
	{"∇ nabla", "∇_x f is the transpose of ∂f/∂x: for a vector f, inputs by outputs.", ""},
	{"‖ || norm", "‖x‖ is the Euclidean norm of a vector and the Frobenius norm of a matrix; ‖x‖₁ and ‖x‖_inf are the others.", ""},
	{":= value", "name := … gives numbers to a declared name, or declares a new one by them.", ""},
	{": ∈ declaration", "x : R[d] declares a vector with d entries, W : R[h,d] a matrix, λ : R a number, φ : R -> R a function.", ""},
	{"? hole", "A hole: nabla says its shape and what in scope fits. ?name is help.", ""},
	{"% ans", "The last answer; %3 is that of In[3].", ""},
}
