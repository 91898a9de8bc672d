package check

import (
	"bufio"
	"io"
	"os"
	"strings"
	"testing"

	"nabla/lang"
)

// seeds adds the inputs of a table to the corpus.
func seeds(f *testing.F, file string) {
	r, err := os.Open(file)
	if err != nil {
		f.Fatal(err)
	}
	defer r.Close()
	for sc := bufio.NewScanner(r); sc.Scan(); {
		if input, _, ok := strings.Cut(sc.Text(), "\t"); ok {
			f.Add(input)
		}
	}
}

const fuzzScope = section + `
A : R[n,n] where symmetric; u : R[n]; T : R[n,h,d]; X : R[n,d]; f : R[d] -> R[q]; W[k] : R[h,h] for k = 1..3
H[0] = h; H[k] = φ(W[k] H[k-1]) for k = 1..3; user(t) = t sigmoid(t); quad(v) = v' v`

// No bytes make the checker panic, and what it refuses changes nothing.
func FuzzCheck(f *testing.F) {
	seeds(f, "testdata/parses.txt")
	seeds(f, "testdata/rules.txt")
	debugPanics = true
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 400 {
			t.Skip()
		}
		s := newScope()
		if a := tell(t, s, fuzzScope); a.err != nil {
			t.Fatal(a.err)
		}
		p := lang.NewParser(src)
		for {
			st, err := p.Next(s)
			if err == io.EOF {
				return
			}
			if err != nil {
				continue
			}
			s.Enter(src, st, Origin{Cell: 2})
			before := strings.Join(namesOf(s), " ")
			a := run(s, st)
			if a.err == nil {
				continue
			}
			if a.err.Code == "E999" {
				t.Fatalf("%q: %s", st.Source, a.report())
			}
			if after := strings.Join(namesOf(s), " "); after != before {
				t.Fatalf("%q: the scope changed: %s to %s", st.Source, before, after)
			}
			if a.err.Message == "" || a.err.Code == "" {
				t.Fatalf("%q: an error without words", st.Source)
			}
		}
	})
}
