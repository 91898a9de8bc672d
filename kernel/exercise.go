package kernel

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// An exercise is one file of the folder exercises:
//
//	5.3.2  Title
//
//	What it is about.
//
//	-- setup --
//	statements that the session runs
//	-- a --
//	ask: what is wanted
//	kind: formula, count, edges or words
//	left: what a formula is for, as on the left of check
//	answer: a right answer; several of a count or of edges are equally right
//	accept: a regular expression of words that are right
//	reject: a wrong answer => what to say to it
//	ignore: a variable that a picture need not show
//	hint: one of several, in order
//	solution: the worked answer
//
// A line that begins with a space goes on with the one before. In counts, let: p = h d + q h names a part.
type exercise struct {
	ID, Title, Text, Setup string
	Parts                  []*exercisePart
}

// An exercisePart is one question.
type exercisePart struct {
	Name, Ask, Kind, Left string
	Answers               []string
	Accept                []*regexp.Regexp
	Reject                []rejection
	Hints                 []string
	Solution              string
	Lets                  [][2]string
	Ignore                []string // variables whose edges a picture may leave out
}

// A rejection is a wrong answer that is known, and what a teacher says to it.
type rejection struct{ pattern, reply string }

//go:embed exercises/*.txt
var exerciseFiles embed.FS

// exercises are all of them, in the order of their numbers.
var exercises = sync.OnceValue(func() []*exercise {
	files, err := fs.Glob(exerciseFiles, "exercises/*.txt")
	if err != nil {
		panic(err)
	}
	var out []*exercise
	for _, f := range files {
		text, err := exerciseFiles.ReadFile(f)
		if err != nil {
			panic(err)
		}
		e, err := parseExercise(string(text))
		if err != nil {
			panic(fmt.Sprintf("kernel: %s: %v", path.Base(f), err))
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b *exercise) int { return slices.Compare(numbersOf(a.ID), numbersOf(b.ID)) })
	return out
})

// numbersOf is 5.3.2 as numbers; a letter counts after all numbers.
func numbersOf(id string) []int {
	var out []int
	for _, s := range strings.Split(id, ".") {
		n, err := strconv.Atoi(s)
		if err != nil {
			n = 1000
			for _, r := range s {
				n = n*30 + int(r)
			}
		}
		out = append(out, n)
	}
	return out
}

func findExercise(id string) *exercise {
	for _, e := range exercises() {
		if e.ID == strings.TrimSpace(id) {
			return e
		}
	}
	return nil
}

func (e *exercise) part(name string) *exercisePart {
	for _, p := range e.Parts {
		if p.Name == name {
			return p
		}
	}
	return nil
}

var exerciseSection = regexp.MustCompile(`(?m)^-- (\w+) --\n`)

func parseExercise(text string) (*exercise, error) {
	at := exerciseSection.FindAllStringSubmatchIndex(text, -1)
	if len(at) == 0 {
		return nil, fmt.Errorf("no parts")
	}
	e := &exercise{}
	head, body, _ := strings.Cut(text[:at[0][0]], "\n")
	e.ID, e.Title, _ = strings.Cut(head, "  ")
	e.Title, e.Text = strings.TrimSpace(e.Title), strings.TrimSpace(body)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		name, section := text[m[2]:m[3]], text[m[1]:end]
		if name == "setup" {
			e.Setup = strings.TrimSpace(section)
			continue
		}
		p, err := parsePart(name, section)
		if err != nil {
			return nil, fmt.Errorf("part %s: %w", name, err)
		}
		e.Parts = append(e.Parts, p)
	}
	return e, nil
}

func parsePart(name, section string) (*exercisePart, error) {
	p := &exercisePart{Name: name}
	for _, line := range strings.Split(strings.ReplaceAll(strings.TrimSpace(section), "\n ", " "), "\n") {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("not a field: %q", line)
		}
		if err := p.set(key, strings.Join(strings.Fields(value), " ")); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *exercisePart) set(key, value string) error {
	switch key {
	case "ask":
		p.Ask = value
	case "kind":
		p.Kind = value
	case "left":
		p.Left = value
	case "answer":
		p.Answers = append(p.Answers, value)
	case "accept":
		re, err := regexp.Compile("(?i)" + value)
		if err != nil {
			return err
		}
		p.Accept = append(p.Accept, re)
	case "reject":
		pattern, reply, ok := strings.Cut(value, "=>")
		if !ok {
			return fmt.Errorf("a rejection needs => and a reply: %s", value)
		}
		p.Reject = append(p.Reject, rejection{strings.TrimSpace(pattern), strings.TrimSpace(reply)})
	case "ignore":
		p.Ignore = append(p.Ignore, strings.Fields(value)...)
	case "hint":
		p.Hints = append(p.Hints, value)
	case "solution":
		p.Solution = value
	case "let":
		n, x, ok := strings.Cut(value, "=")
		if !ok {
			return fmt.Errorf("let: name = count")
		}
		p.Lets = append(p.Lets, [2]string{strings.TrimSpace(n), strings.TrimSpace(x)})
	default:
		return fmt.Errorf("unknown field %s", key)
	}
	return nil
}
