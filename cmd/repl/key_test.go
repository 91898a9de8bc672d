package main

import (
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func keys(t interface{ Fatalf(string, ...any) }, bytes string) ([]key, []string) {
	k := newKeyboard(iotest.OneByteReader(strings.NewReader(bytes)))
	var all []key
	var pastes []string
	for {
		next, err := k.next()
		if err != nil {
			return all, pastes
		}
		if all = append(all, next); next == keyPaste {
			pastes = append(pastes, k.pasted)
		}
		if len(all) > len(bytes) {
			t.Fatalf("more keys than bytes")
		}
	}
}

func TestKeysOfManyTerminals(t *testing.T) {
	for name, c := range map[string]struct {
		bytes string
		want  []key
	}{
		"characters":            {"aλ矩", []key{'a', 'λ', '矩'}},
		"home and end":          {"\x1b[1~\x1b[4~\x1b[H\x1b[F\x1bOH\x1bOF\x1b[7~\x1b[8~", []key{keyHome, keyEnd, keyHome, keyEnd, keyHome, keyEnd, keyHome, keyEnd}},
		"word motions":          {"\x1b[1;5D\x1b[1;5C\x1b[5D\x1bOc\x1bb\x1bf", []key{keyWordLeft, keyWordRight, keyWordLeft, keyWordRight, keyWordLeft, keyWordRight}},
		"Alt-Enter":             {"\x1b\r\x1b[13;2u", []key{keyNewline, keyNewline}},
		"unknown sequences":     {"\x1b[99;7x\x1b[?1;2ca\x1bQ", []key{'a'}},
		"escape twice":          {"\x1b\x1b[A", []key{keyUp}},
		"bytes that are no key": {"\xff\x00\x80a", []key{'a'}},
		"a private character":   {"\U000F0001a", []key{'a'}},
	} {
		if got, _ := keys(t, c.bytes); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %x, want %x", name, got, c.want)
		}
	}
}

func TestAPasteIsOneKey(t *testing.T) {
	got, pastes := keys(t, "a\x1b[200~x = 1\r\ny\t= \x1b[31m2\r\r\x1b[201~\r")
	if want := []key{'a', keyPaste, keyEnter}; !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	if want := []string{"x = 1\ny    = [31m2"}; !slices.Equal(pastes, want) {
		t.Errorf("got %q, want %q", pastes, want)
	}
}

func TestNoBytesConfuseTheKeyboard(t *testing.T) {
	piece := rapid.OneOf(rapid.SampledFrom([]string{"\x1b", "[", "O", "~", "200~", "\x1b[200~", "\x1b[201~", ";", "1"}), rapid.StringN(0, 3, 6))
	rapid.Check(t, func(t *rapid.T) {
		keys(t, strings.Join(rapid.SliceOf(piece).Draw(t, "bytes"), ""))
	})
}

func TestAPastedSessionIsItsEntries(t *testing.T) {
	for pasted, want := range map[string]string{
		"In[3] ∇ a + 1\nOut[3]  3      : R\nIn[4] ∇ f(1,\n      ·   2)\n  b = 3\n": "a + 1\nf(1,\n  2)",
		"∇ x : R[d]\n  x : R[d]\n∇ 2 x":                                            "x : R[d]\n2 x",
		"In[1] > lambda : R\nIn[2] >":                                              "lambda : R",
		"∇_x J":                                                                    "∇_x J",
		"a\nIn[1] ∇ b":                                                             "a\nIn[1] ∇ b",
	} {
		if got := cleanPaste(pasted); got != want {
			t.Errorf("%q: got %q, want %q", pasted, got, want)
		}
	}
}
