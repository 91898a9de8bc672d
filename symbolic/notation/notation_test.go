package notation

import (
	"flag"
	"os"
	"strings"
	"testing"
)

const section = `x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[q,h]; λ : R
φ : R -> R
l : R[q], R[q] -> R
z = W1 x
h = φ(z)
o = W2 h
L = l(o, y)
s = λ/2 (‖W1‖² + ‖W2‖²)
J = L + s
`

var update = flag.Bool("update", false, "rewrite the printed forms in testdata")

// TestPrintedForms runs testdata/forms.txt: declarations, then lines of input, tab, what it prints as. Each must read back.
func TestPrintedForms(t *testing.T) {
	data, err := os.ReadFile("testdata/forms.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(t, "")
	all := lines(string(data))
	for i, line := range all {
		input, want, ok := strings.Cut(line, "\t")
		switch {
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
			continue
		case line == "---":
			s = newSession(t, "")
			continue
		case !ok:
			if _, err := s.tell(line); err != nil {
				t.Errorf("line %d: %s: %v", i+1, line, err)
			}
			continue
		}
		v, err := s.tell(input)
		if err != nil {
			t.Errorf("line %d: %s: %v", i+1, input, err)
			continue
		}
		p := s.printer()
		p.Row = v.Row
		if got := strings.ReplaceAll(p.Text(v.Expr), "\n", "; "); got != want {
			all[i] = input + "\t" + got
			t.Errorf("line %d: %s\n  got  %s\n  want %s", i+1, input, got, want)
		}
		if err := readsBack(t, s, v); err != nil {
			t.Errorf("line %d: %s does not read back: %v", i+1, input, err)
		}
	}
	if *update {
		if err := os.WriteFile("testdata/forms.txt", []byte(strings.Join(all, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
