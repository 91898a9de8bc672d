package lang

import (
	"os"
	"strings"
	"testing"
)

func seed(f *testing.F) {
	data, err := os.ReadFile("testdata/parses.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		in, _, _ := strings.Cut(line, "\t")
		f.Add(in)
	}
	for _, s := range []string{"[1 2; 3 4]", "W(1,2)", `\frac{a}{b}`, "np.exp(x)", "'a'", "x⁽¹⁾²", "∂²J/∂x²", "|a||b|", "\xff\xfe", ":load \"a;b\" # c",
		"check a = b ≤ c", "H[k] = φ(W[k] H[k-1]) for k = 1..K", "A^-T'", "x ∈ ℝⁿˣᵈ where x > 0, symmetric", "（ｘ）；：＝", "\"a\\\"", "∇_{W1} J"} {
		f.Add(s)
	}
}

// FuzzScan: tokens cover the text in order, and Fold is idempotent on every name.
func FuzzScan(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, src string) {
		end := 0
		for _, tok := range scan(src) {
			if tok.span.Start < end || tok.span.End < tok.span.Start || tok.span.End > len(src) {
				t.Fatalf("token %v after %d", tok, end)
			}
			end = tok.span.End
			if tok.kind == ident && Fold(tok.text) != tok.text {
				t.Fatalf("%q folds to %q and then to %q", src[tok.span.Start:end], tok.text, Fold(tok.text))
			}
		}
		paired := pair(scan(src))
		for i, tok := range paired {
			if m := tok.match; m >= 0 && paired[m].match != i {
				t.Fatalf("token %d is matched with %d, which is not", i, m)
			}
		}
	})
}

// FuzzParse: any bytes are read or refused, with positions inside the text; what is read prints, and reads back.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, src string) {
		p := NewParser(src)
		for end := 0; ; {
			s, err := p.Next(treeScope())
			if s == nil {
				break
			}
			if s.Start < end || s.End <= s.Start || s.Source != src[s.Start:s.End] {
				t.Fatalf("statement at %v after %d", s.Span, end)
			}
			end = s.End
			if err != nil {
				checkError(t, err.(*Error), len(src))
				continue
			}
			checkPrinted(t, s)
		}
		Completeness(src)
	})
}

func checkError(t *testing.T, e *Error, size int) {
	if e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > size {
		t.Fatalf("%v at %v of %d bytes", e, e.Span, size)
	}
	if text := e.Render(RenderOptions{Prefix: "In[1]", Width: 80}); strings.TrimSpace(text) == "" {
		t.Fatal("an error shows nothing")
	}
	e.Position()
	for _, fix := range e.Fixes {
		if s, err := NewParser(fix.Text).Next(treeScope()); err != nil || s == nil {
			t.Fatalf("the fix %q of %v cannot be read: %v", fix.Text, e, err)
		}
	}
}

func checkPrinted(t *testing.T, s *Stmt) {
	want := Sexpr(s.Body, nil)
	text := Print(s.Body)
	again, err := NewParser(text).Next(treeScope())
	if err != nil {
		t.Fatalf("%q prints as %q: %v", s.Source, text, err)
	}
	if got := Sexpr(again.Body, nil); got != want {
		t.Fatalf("%q prints as %q\n  read    %s\n  printed %s", s.Source, text, want, got)
	}
}
