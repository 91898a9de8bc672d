package kernel

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"nabla/lang"
)

// Every code that the session raises has a page: ?E301.
func TestEveryCodeRaisedHereIsExplained(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	raised := regexp.MustCompile(`"E[0-9]{3}"`)
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, code := range raised.FindAllString(string(src), -1) {
			if _, ok := lang.Explain(strings.Trim(code, `"`)); !ok {
				t.Errorf("%s raises %s, which lang.Codes does not explain", name, code)
			}
		}
	}
}

// Every example of an error is refused by a session, with the code that it explains.
func TestCodesAreWhatTheirExamplesGive(t *testing.T) {
	for _, c := range lang.Codes {
		if c.Example == "" {
			continue
		}
		s := NewSession()
		if c.Setup != "" {
			if r := execute(t, s, c.Setup); r.Err != nil {
				t.Errorf("%s: the setup fails: %v", c.Code, r.Err)
			}
		}
		if r := execute(t, s, c.Example); r.Err == nil || r.Err.Code != c.Code {
			t.Errorf("%s: %s gives %q, %v", c.Code, c.Example, r.Text, r.Err)
		}
	}
}
