package lang

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTokensForColouring(t *testing.T) {
	for src, want := range map[string]string{
		"z = W₁ x # why\ny": "z/0 =/3 W₁/0 x/0 # why/6 y/0",
		"‖W‖² + f(1.5)":     "‖/4~2 W/0 ‖/4~0 ²/3 +/3 f/0 (/4~8 1.5/1 )/4~6",
		`load("a # b.csv")`: `load/0 (/4~3 "a # b.csv"/2 )/4~1`,
		":set digits 4":     ":set digits 4/5",
		"(a]":               "(/4 a/0 ]/4",
	} {
		var got []string
		for _, tok := range Tokens(src) {
			s := fmt.Sprintf("%s/%d", src[tok.Span.Start:tok.Span.End], tok.Kind)
			if tok.Match >= 0 {
				s += fmt.Sprintf("~%d", tok.Match)
			}
			got = append(got, s)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s:\ngot  %s\nwant %s", src, strings.Join(got, " "), want)
		}
	}
}

func TestTokensOfAnyTextAreInOrderAndMatchInPairs(t *testing.T) {
	piece := rapid.OneOf(rapid.SampledFrom([]string{"(", ")", "[", "]", "|", "‖", "#", "\n", "W₁", "\"", "∂", "'", ";", ":x"}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		src := strings.Join(rapid.SliceOf(piece).Draw(t, "src"), "")
		end, tokens := 0, Tokens(src)
		for i, tok := range tokens {
			if tok.Span.Start < end || tok.Span.End <= tok.Span.Start || tok.Span.End > len(src) {
				t.Fatalf("token %d of %q lies at %v after %d", i, src, tok.Span, end)
			}
			if end = tok.Span.End; tok.Match >= 0 && tokens[tok.Match].Match != i {
				t.Fatalf("token %d of %q has a partner that has another", i, src)
			}
			if utf8.ValidString(src) && !utf8.ValidString(src[tok.Span.Start:tok.Span.End]) {
				t.Fatalf("token %d of %q cuts a character", i, src)
			}
		}
	})
}
