// Package derivatives holds derivatives with known closed forms, each with its source, and the test that they come out.
//
// A file is a txtar archive. Its comment holds declarations that its cases share, then "#" lines with the source. Each
// section is one case, named after the place in the source:
//
//	-- 81 --
//	A : R[n,n]; x : R[n]          declarations and definitions, if the shared ones do not do
//	of   xᵀ A x                   what is differentiated
//	by   x                        the variables, in turn: "x x" is a Hessian
//	want (A + Aᵀ) x               the closed form, as the source has it; index notation is a definition T[i,j] = …
//	refused E214                  in the place of want: no derivative, with this error
//
// ask may stand in the place of of and by: any expression, compared with want. Further want lines are forms that count
// as equal, where a source has several. A case without want is held to its differences only.
package derivatives

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// A testCase is one derivative.
type testCase struct {
	File, Name string
	Setup      string
	Of         string
	By         []string
	Ask        string
	Want       []string
	Refused    string
}

// question is the expression that is asked for.
func (c testCase) question() string {
	if c.Ask != "" {
		return c.Ask
	}
	return c.below(len(c.By))
}

// below is the derivative by the first n variables.
func (c testCase) below(n int) string {
	q := c.Of
	for _, x := range c.By[:n] {
		q = "grad(" + q + ", " + x + ")"
	}
	return q
}

// readCases reads every case of the folder.
func readCases(pattern string) ([]testCase, error) {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var all []testCase
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			return nil, err
		}
		for _, f := range a.Files {
			c, err := readCase(string(a.Comment), f)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", path, f.Name, err)
			}
			c.File = strings.TrimSuffix(filepath.Base(path), ".txtar")
			all = append(all, c)
		}
	}
	return all, nil
}

func readCase(shared string, f txtar.File) (testCase, error) {
	c := testCase{Name: f.Name, Setup: withoutComments(shared)}
	for _, line := range strings.Split(string(f.Data), "\n") {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		switch word {
		case "", "#":
		case "of":
			c.Of = rest
		case "by":
			c.By = strings.Fields(rest)
		case "ask":
			c.Ask = rest
		case "want":
			c.Want = append(c.Want, rest)
		case "refused":
			c.Refused = rest
		default:
			c.Setup += strings.TrimSpace(line) + "\n"
		}
	}
	switch {
	case c.Ask == "" && (c.Of == "" || len(c.By) == 0):
		return c, fmt.Errorf("nothing is asked")
	case len(c.Want) > 0 && c.Refused != "":
		return c, fmt.Errorf("want and refused exclude each other")
	}
	return c, nil
}

func withoutComments(s string) string {
	lines := strings.SplitAfter(s, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "#") }), "")
}
