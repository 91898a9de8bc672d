package kernel

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"nabla/lang"
	"nabla/symbolic"
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
	switch {
	case inString(line):
		c.Start = pos - len(line[strings.LastIndexByte(line, '"')+1:])
		c.Items = files(src[c.Start:pos])
	case strings.HasPrefix(strings.TrimLeft(line, " "), ":"):
		c.Start = pos - len(line) + strings.LastIndexAny(line, ": ") + 1
		c.Items = commandWords(strings.TrimLeft(line, " "), src[c.Start:pos])
	case strings.HasPrefix(strings.TrimLeft(line, " "), "?"):
		c.Items = matching(append(st.nameCandidates(), topicCandidates()...), word)
	default:
		if word != "" || strings.TrimSpace(line) == "" || strings.HasSuffix(line, "(") || strings.HasSuffix(line, " ") {
			c.Items = matching(st.nameCandidates(), word)
		}
	}
	return c
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

// nameCandidates are all names: the user's own first, then functions, questions and dimensions.
func (st *state) nameCandidates() []Candidate {
	var out []Candidate
	seen := map[string]bool{}
	for _, b := range st.scope.Bindings() {
		kind := "variable"
		if b.Fn != nil {
			kind = "function"
		}
		seen[b.Name] = true
		out = append(out, Candidate{Text: b.Name, Detail: b.Space(), Kind: kind})
	}
	for _, n := range st.scope.Graph.Lib.Names() {
		if f := st.scope.Graph.Lib.Lookup(n); !seen[n] && (st.scope.IsFunc(lang.Fold(n)) || st.scope.IsVar(lang.Fold(n))) {
			out = append(out, Candidate{Text: n, Detail: signatureOf(f), Kind: "function"})
		}
	}
	for _, n := range words() {
		if !seen[n] {
			out = append(out, Candidate{Text: n, Detail: n + "(" + reports[n].Args + ")", Kind: "function"})
		}
	}
	for _, n := range st.scope.Dims.Names() {
		if !seen[n] {
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

// matching keeps the candidates that begin with the word, as written or folded.
func matching(all []Candidate, word string) []Candidate {
	folded := lang.Fold(word)
	var out []Candidate
	for _, c := range all {
		if strings.HasPrefix(c.Text, word) || folded != "" && strings.HasPrefix(c.Text, folded) {
			out = append(out, c)
		}
	}
	return out
}

func topicCandidates() []Candidate {
	var out []Candidate
	for _, t := range topicNames() {
		out = append(out, Candidate{Text: t, Kind: "topic"})
	}
	return out
}

// commandWords completes :com and the arguments of commands.
func commandWords(line, word string) []Candidate {
	var out []Candidate
	name, rest, hasArgs := strings.Cut(line[1:], " ")
	if !hasArgs {
		for _, c := range commands {
			out = append(out, Candidate{Text: c.Name, Detail: c.Doc, Kind: "command"})
		}
		return matching(out, word)
	}
	switch name {
	case "load", "save":
		return files(word)
	case "set":
		if strings.Contains(rest, " ") {
			return nil
		}
		for _, o := range options {
			out = append(out, Candidate{Text: o.name, Detail: o.values, Kind: "command"})
		}
	case "backend":
		out = []Candidate{{Text: "fast", Kind: "command"}, {Text: "reference", Kind: "command"}}
	case "help":
		out = topicCandidates()
	}
	return matching(out, word)
}

// files are the file names that begin with path.
func files(path string) []Candidate {
	hits, err := filepath.Glob(escapeGlob(path) + "*")
	if err != nil {
		return nil
	}
	slices.Sort(hits)
	var out []Candidate
	for _, h := range hits {
		if info, err := os.Stat(h); err == nil && info.IsDir() {
			h += "/"
		}
		out = append(out, Candidate{Text: h, Detail: "file", Kind: "file"})
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
