package kernel

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/export"
)

// Complete lists what may stand at pos. See Engine.
func (s *Session) Complete(src string, pos int) Completion {
	pos = min(max(pos, 0), len(src))
	if c, ok := CompleteShorthand(src, pos); ok {
		return c
	}
	st := s.state.Load()
	start := wordStart(src, pos)
	word := src[start:pos]
	line := src[strings.LastIndexByte(src[:pos], '\n')+1 : pos]
	c := Completion{Start: start, End: pos}
	command := strings.TrimLeft(line, " ")
	switch fn := openCall(line); {
	case inString(line):
		c.Start = pos - len(line[strings.LastIndexByte(line, '"')+1:])
		c.Items = quotedWords(fn, src[c.Start:pos])
	case strings.HasPrefix(command, ":"):
		c.Start = pos - len(line) + strings.LastIndexAny(line, ": ") + 1
		c.Items = st.commandWords(command, src[c.Start:pos])
	case strings.HasPrefix(command, "?"):
		c.Items = st.topicsLike(word)
	default:
		c.Items = append(matching(st.argumentsOf(fn), word), st.namesLike(word)...)
		c.Usage = st.usage(fn)
	}
	return c
}

// openCall is the name of the innermost function whose parenthesis is still open at the end of a line, "" if there is
// none.
func openCall(line string) string {
	depth := 0
	for i := len(line) - 1; i >= 0; i-- {
		switch line[i] {
		case ')':
			depth++
		case '(':
			if depth--; depth < 0 {
				return lang.Fold(line[wordStart(line, i):i])
			}
		}
	}
	return ""
}

// optional finds the arguments of a report that are given by name, choice those that are words: backward | shapes.
var (
	optional = regexp.MustCompile(`(\w+) ?=`)
	choice   = regexp.MustCompile(`(\w+) \||\| (\w+)`)
)

// argumentsOf are what a function may be given by name or as a word.
func (st *state) argumentsOf(fn string) (out []Candidate) {
	if f := st.scope.Graph.Lib.Lookup(fn); f != nil {
		for _, a := range f.Args {
			if a.Optional {
				out = append(out, Candidate{a.Name + "=", signatureOf(f), "argument"})
			}
		}
	}
	r := reports[fn]
	if r == nil {
		return out
	}
	signature := r.Name + "(" + r.Args + ")"
	for _, m := range optional.FindAllStringSubmatch(r.Args, -1) {
		out = append(out, Candidate{m[1] + "=", signature, "argument"})
	}
	for _, m := range choice.FindAllStringSubmatch(r.Args, -1) {
		if word := m[1] + m[2]; !slices.ContainsFunc(out, func(c Candidate) bool { return c.Text == word }) {
			out = append(out, Candidate{word, signature, "argument"})
		}
	}
	return out
}

// usage is how a function is written.
func (st *state) usage(fn string) string {
	if b := st.scope.Lookup(fn); b != nil {
		if b.Fn == nil {
			return ""
		}
		return b.Name + " : " + b.Space()
	}
	if f := st.scope.Graph.Lib.Lookup(fn); f != nil {
		return signatureOf(f)
	}
	if r := reports[fn]; r != nil {
		return r.Name + "(" + r.Args + ")"
	}
	return check.Forms()[fn].Usage
}

// quotedWords are what may stand in a text that is an argument of fn: the number of an exercise, a language, a file.
func quotedWords(fn, word string) (out []Candidate) {
	switch fn {
	case "exercise":
		for _, e := range exercises() {
			out = append(out, Candidate{e.ID, e.Title, "exercise"})
		}
	case "export":
		for _, name := range append(slices.Clone(export.Targets), "latex") {
			out = append(out, Candidate{name, "language", "argument"})
		}
	}
	if out = matching(out, word); len(out) > 0 || fn == "exercise" {
		return out
	}
	return files(word)
}

// wordStart is where the name before pos begins.
func wordStart(src string, pos int) int {
	for pos > 0 {
		r, n := utf8.DecodeLastRuneInString(src[:pos])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && !unicode.Is(unicode.Mn, r) && !strings.ContainsRune("₀₁₂₃₄₅₆₇₈₉", r) {
			return pos
		}
		pos -= n
	}
	return pos
}

func inString(line string) bool { return strings.Count(line, `"`)%2 == 1 }

// maxDetailed is how many names are listed with their shapes. A list that is longer is shown without them anywhere.
const maxDetailed = 500

// namesLike are the names that begin with a word: the user's own first, then functions, questions and dimensions.
func (st *state) namesLike(word string) []Candidate {
	var out []Candidate
	begins := beginning(word)
	for _, b := range st.scope.Bindings() {
		if !begins(b.Name) {
			continue
		}
		kind := "variable"
		if b.Fn != nil {
			kind = "function"
		}
		c := Candidate{Text: b.Name, Kind: kind}
		if len(out) < maxDetailed {
			c.Detail = b.Space()
		}
		out = append(out, c)
	}
	free := func(name string) bool { return begins(name) && st.scope.Lookup(name) == nil }
	for _, n := range st.scope.Graph.Lib.Names() {
		if f := st.scope.Graph.Lib.Lookup(n); free(n) && (st.scope.IsFunc(lang.Fold(n)) || st.scope.IsVar(lang.Fold(n))) {
			out = append(out, Candidate{Text: n, Detail: signatureOf(f), Kind: "function"})
		}
	}
	for _, n := range words() {
		if free(n) {
			out = append(out, Candidate{Text: n, Detail: n + "(" + reports[n].Args + ")", Kind: "function"})
		}
	}
	for _, n := range st.scope.Dims.Names() {
		if free(n) {
			out = append(out, Candidate{Text: n, Detail: "dimension", Kind: "dimension"})
		}
	}
	return out
}

// signatureOf is softmax(x, axis) for a record.
func signatureOf(f *symbolic.Func) string {
	if len(f.Args) == 0 {
		return "constant"
	}
	var args []string
	for _, a := range f.Args {
		n := a.Name
		if a.Optional {
			n = "[" + n + "]"
		}
		args = append(args, n)
	}
	return f.Name + "(" + strings.Join(args, ", ") + ")"
}

// matching keeps the candidates that begin with the word.
func matching(all []Candidate, word string) []Candidate {
	var out []Candidate
	begins := beginning(word)
	for _, c := range all {
		if begins(c.Text) {
			out = append(out, c)
		}
	}
	return out
}

// beginning says of a text whether it begins with the word, as written, folded, or as it is spelled in ASCII.
func beginning(word string) func(string) bool {
	folded, ascii := lang.Fold(word), isASCII(word)
	return func(text string) bool {
		return strings.HasPrefix(text, word) || folded != "" && strings.HasPrefix(text, folded) ||
			ascii && !isASCII(text) && strings.HasPrefix(lang.ASCII(text), word)
	}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// topicsLike are the pages of help that begin with a word: on names, signs, commands, and codes of errors.
func (st *state) topicsLike(word string) []Candidate {
	out := st.namesLike(word)
	for _, t := range topicNames() {
		out = append(out, Candidate{Text: t, Kind: "topic"})
	}
	for _, c := range commands {
		out = append(out, Candidate{c.Name, c.Doc, "command"})
	}
	if word != "" { // a hundred codes hide everything else
		for _, c := range lang.Codes {
			out = append(out, Candidate{c.Code, c.Title, "topic"})
		}
	}
	return matching(out, word)
}

// commandWords completes :com and the arguments of commands.
func (st *state) commandWords(line, word string) []Candidate {
	var out []Candidate
	name, rest, hasArgs := strings.Cut(line[1:], " ")
	if !hasArgs {
		for _, c := range commands {
			out = append(out, Candidate{Text: c.Name, Detail: c.Doc, Kind: "command"})
		}
		return matching(out, word)
	}
	option, _, hasValue := strings.Cut(strings.TrimLeft(rest, " "), " ")
	switch name {
	case "load", "save":
		return files(word)
	case "set":
		for _, o := range options {
			switch {
			case !hasValue:
				out = append(out, Candidate{Text: o.name, Detail: o.values, Kind: "command"})
			case o.name == option:
				out = append(out, alternatives(o.values)...)
			}
		}
	case "help":
		return st.topicsLike(word)
	case "who":
		for _, b := range st.scope.Bindings() {
			out = append(out, Candidate{b.Name, b.Space(), "variable"})
		}
	case "tutorial":
		for i := range tutorialSteps() {
			out = append(out, Candidate{Text: strconv.Itoa(i + 1), Kind: "command"})
		}
	case "time":
		out = append(alternatives("on | off"), st.namesLike(word)...)
	default:
		if c := findCommand(name); c != nil {
			out = alternatives(c.Args)
		}
	}
	return matching(out, word)
}

// alternatives are the words of "on | off".
func alternatives(values string) (out []Candidate) {
	if words := strings.Split(values, " | "); len(words) > 1 {
		for _, w := range words {
			out = append(out, Candidate{Text: w, Kind: "command"})
		}
	}
	return out
}

// files are the file names that begin with path.
func files(path string) []Candidate {
	folder := path[:strings.LastIndexByte(path, '/')+1] // as it was typed
	hits, err := filepath.Glob(escapeGlob(filepath.Join(fileOf(folder), ".")+"/"+path[len(folder):]) + "*")
	if err != nil {
		return nil
	}
	slices.Sort(hits)
	var out []Candidate
	for _, h := range hits {
		name := folder + filepath.Base(h)
		if info, err := os.Stat(h); err == nil && info.IsDir() {
			name += "/"
		}
		out = append(out, Candidate{Text: name, Detail: "file", Kind: "file"})
	}
	return out
}

func escapeGlob(path string) string {
	return strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// Completeness says whether Enter should run src. See Engine.
func (s *Session) Completeness(src string) Completeness {
	complete, indent := lang.Completeness(src)
	if !complete {
		return Completeness{Status: StatusIncomplete, Indent: indent}
	}
	if !readable(src, s.state.Load().scope) {
		return Completeness{Status: StatusInvalid}
	}
	return Completeness{Status: StatusComplete}
}

// readable reports whether every statement of src is in the grammar, with the names that are known now.
func readable(src string, scope lang.Scope) bool {
	p := lang.NewParser(src)
	for {
		if _, err := p.Next(scope); err != nil {
			return err == io.EOF
		}
	}
}
