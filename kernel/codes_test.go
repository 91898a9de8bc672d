package kernel

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"nabla/lang"
)

// Every code that is raised anywhere has a page, ?E301, and every page is of a code that is raised.
func TestCodesThatAreRaisedAreThoseThatAreExplained(t *testing.T) {
	raised := map[string]string{}
	for _, room := range []string{"../lang", "../symbolic", "../numeric", "../kernel", "../cmd"} {
		codesRaisedIn(t, room, raised)
	}
	for code, where := range raised {
		if _, ok := lang.Explain(code); !ok {
			t.Errorf("%s raises %s, which lang.Codes does not explain", where, code)
		}
	}
	for _, c := range lang.Codes {
		if raised[c.Code] == "" {
			t.Errorf("nothing raises %s", c.Code)
		}
	}
}

// codesRaisedIn collects the codes in the program text of a folder, with a file that has each.
func codesRaisedIn(t *testing.T, room string, raised map[string]string) {
	code := regexp.MustCompile(`"E[0-9]{3}"`)
	err := filepath.WalkDir(room, func(path string, _ os.DirEntry, err error) error {
		name := filepath.Base(path)
		if err != nil || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "codes") {
			return err
		}
		src, err := os.ReadFile(path)
		for _, c := range code.FindAllString(string(src), -1) {
			raised[strings.Trim(c, `"`)] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every page of an error has an example, which a session refuses with the code that is explained.
func TestCodesAreWhatTheirExamplesGive(t *testing.T) {
	for _, c := range lang.Codes {
		t.Run(c.Code, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if c.With.File != "" {
				if err := os.WriteFile(c.With.File, []byte(c.With.Text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s := NewSession()
			if c.Setup != "" {
				if r := execute(t, s, c.Setup); r.Err != nil {
					t.Fatalf("the setup fails: %v", r.Err)
				}
			}
			if r := tried(t, s, c); r.Err == nil || r.Err.Code != c.Code {
				t.Errorf("%s gives %q, %v", c.Example, r.Text, r.Err)
			}
		})
	}
}

// tried is the last result of an example under its circumstances.
func tried(t *testing.T, s *Session, c lang.Code) *Result {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if c.With.Interrupt {
		time.AfterFunc(20*time.Millisecond, cancel)
	}
	out := &answering{answer: c.With.Answer}
	s.Execute(ctx, c.Example, ExecuteOptions{}, out)
	if len(out.results) == 0 {
		t.Fatal("no result")
	}
	return out.results[len(out.results)-1]
}

// answering is a transcript of a person who answers.
type answering struct {
	transcript
	answer string
}

func (a *answering) Input(string) (string, error) { return a.answer, nil }
