package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"nabla/kernel"

	"pgregory.net/rapid"
)

// at makes a line from a text with the cursor at "|".
func at(s string) *line {
	pos := strings.Index(s, "|")
	return &line{text: strings.Replace(s, "|", "", 1), pos: pos}
}

func (l *line) String() string { return l.text[:l.pos] + "|" + l.text[l.pos:] }

// offline is an editor without a terminal.
func offline(l *line) *lineEditor {
	return &lineEditor{line: *l, history: &history{}, engine: &parrot{}, canvas: canvas{out: &strings.Builder{}},
		size: func() (int, int) { return 40, 10 }, suspend: func() {}}
}

func TestEditing(t *testing.T) {
	for _, c := range []struct {
		from string
		keys []key
		want string
	}{
		{"x̂|", []key{keyLeft}, "|x̂"},
		{"ax̂|", []key{keyBackspace}, "a|"},
		{"|x̂b", []key{keyDelete}, "|b"},
		{"矩|阵", []key{keyRight, 'x'}, "矩阵x|"},
		{"a + W1 x|", []key{keyWordLeft, keyWordLeft}, "a + |W1 x"},
		{"|a + W1 x", []key{keyWordRight, keyWordRight}, "a + W1| x"},
		{"ŷ λ₁|", []key{keyWordLeft}, "ŷ |λ₁"},
		{"one\ntwo|", []key{keyHome}, "one\n|two"},
		{"o|ne\ntwo", []key{keyEnd}, "one|\ntwo"},
		{"one\ntw|o", []key{keyUp}, "on|e\ntwo"},
		{"矩阵\ntwo|", []key{keyUp}, "矩|阵\ntwo"},
		{"on|e\nt", []key{keyDown}, "one\nt|"},
		{"a|b\nc", []key{keyKillEnd, keyKillEnd}, "a|c"},
		{"a|b\nc", []key{keyKillEnd, keyKillEnd, keyYank}, "ab\n|c"},
		{"a b c|", []key{keyKillWordLeft, keyKillWordLeft, keyYank}, "a b c|"},
		{"a b|", []key{keyKillWordLeft, keyLeft, keyKillWordLeft, keyYank, keyYankPop}, "b| "},
		{"ab|", []key{keyTranspose}, "ba|"},
		{"a|bx̂", []key{keyTranspose, keyTranspose}, "bx̂a|"},
		{"|", []key{'a', 'b', keyUndo}, "|"},
		{"|", []key{'a', ' ', 'b', keyUndo}, "a |"},
		{"a b|", []key{keyKillStart, keyUndo}, "a b|"},
		{"f(|", []key{keyEnter}, "f(\n  |"},
		{"f(\n    |", []key{keyBackspace}, "f(\n  |"},
		{"f(|", []key{keyEnter, keyEnter, keyEnter}, "f(\n  |"},
		{"a|", []key{keyNewline}, "a\n|"},
		{"so|", []key{keyTab}, "soft|"},
		{"softm|", []key{keyTab}, "softmax|"},
		{`\lam|`, []key{keyTab}, "λ|"},
		{`\vart|`, []key{keyTab}, "θ|"},
		{`\va|`, []key{keyTab, keyTab, keyTab}, "ε|"},
		{`\lamb| x`, []key{keyTab, keyUndo}, `\lamb| x`},
		{`y\hat| x`, []key{keyTab}, "ŷ| x"},
		{"W|", []key{keyTab, keyTab, keyTab}, "W2|"},
		{"W|", []key{keyTab, keyTab, keyCancel}, "W|"},
		{"|", []key{keyTab}, "  |"},
	} {
		e := offline(at(c.from))
		for _, k := range c.keys {
			e.press(k, "")
		}
		if got := e.line.String(); got != c.want {
			t.Errorf("%q after %x: got %q, want %q", c.from, c.keys, got, c.want)
		}
	}
}

func TestRecallingHistory(t *testing.T) {
	entries := []string{"x = 1", "y = 2", "for (\n  x = 3)", "y = 4"}
	for _, c := range []struct {
		from string
		keys []key
		want string
	}{
		{"|", []key{keyUp}, "y = 4|"},
		{"|", []key{keyUp, keyUp, keyUp}, "y = 2|"},
		{"|", []key{keyUp, keyUp, keyDown, keyDown}, "|"},
		{"y|", []key{keyUp, keyUp}, "y = 2|"},
		{"x| z", []key{keyUp, keyUp}, "x = 1|"},
		{"dr|", []key{keyUp}, "dr|"},
		{"y|", []key{keyUp, keyDown}, "y|"},
		{"|", []key{keySearch, '3'}, "for (\n  x = 3)|"},
		{"|", []key{keySearch, '=', keySearch, keySearch}, "y = 2|"},
		{"a|", []key{keySearch, '=', keyCancel}, "a|"},
		{"|", []key{keySearch, '=', keySearch, keyCancel, keySearch, keySearch}, "y = 4|"},
		{"|", []key{keySearch, '2', keyHome, 'z'}, "z|y = 2"},
		{"a |", []key{keyLastWord, keyLastWord}, "a 3)|"},
		{"|", []key{keyFirst}, "x = 1|"},
	} {
		e := offline(at(c.from))
		e.history.entries = entries
		for _, k := range c.keys {
			e.press(k, "")
		}
		if got := e.line.String(); got != c.want {
			t.Errorf("%q after %x: got %q, want %q", c.from, c.keys, got, c.want)
		}
	}
}

func TestAnyKeysLeaveAWholeLine(t *testing.T) {
	any := rapid.OneOf(rapid.Custom(func(t *rapid.T) key {
		return key(rapid.Int32Range(int32(keyEnter), int32(keyLimit)-1).Draw(t, "special"))
	}), rapid.Custom(func(t *rapid.T) key { return key(rapid.SampledFrom([]rune("aλ矩\u0302(). \\")).Draw(t, "typed")) }))
	rapid.Check(t, func(t *rapid.T) {
		e := offline(at("a + x̂|"))
		e.history.entries = []string{"矩阵", "a\nb(", "x̂"}
		for _, k := range rapid.SliceOf(any).Draw(t, "keys") {
			if e.press(k, "p\nq̂") {
				e.begin("In[1] ∇ ", false)
			}
			if !utf8.ValidString(e.line.text[:e.line.pos]) || !utf8.ValidString(e.line.text) {
				t.Fatalf("a character was cut: %q", e.line.String())
			}
		}
	})
}

func TestALargePasteIsDrawnOnce(t *testing.T) {
	var out strings.Builder
	e := offline(at("|"))
	e.canvas.out = &out
	e.begin("In[1] ∇ ", false)
	out.Reset()
	e.press(keyPaste, strings.Repeat("W1 x + b ", 300))
	if pasted := out.Len(); pasted > 4000 {
		t.Errorf("a paste of 2700 characters writes %d bytes to a screen of 400", pasted)
	}
	out.Reset()
	e.press('y', "")
	if typed := out.Len(); typed > 40 {
		t.Errorf("a character after it writes %d bytes: %q", typed, out.String())
	}
}

func TestColoursFollowMeaning(t *testing.T) {
	letters := map[role]string{rolePlain: ".", roleName: "n", roleFunction: "f", roleNumber: "1", roleString: "s",
		roleOperator: "o", roleComment: "#", roleCommand: ":", roleMatch: "M", roleMismatch: "x"}
	for s, want := range map[string]string{
		"f(a[1])|":       ".M..1.M",
		"f|(a)":          ".M.M",
		"(a])|":          "M.xM",
		"softmax W1|":    "fffffff.nn",
		"W_1 + x # y|":   "nnn.o...###",
		`load("(")|`:     "....MsssM",
		":set digits 3|": ":::::::::::::",
	} {
		e := offline(at(s))
		e.names = nameRoles(e.engine.Complete("", 0))
		got := ""
		for _, r := range e.roles()[:len(want)] {
			got += letters[r]
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", s, got, want)
		}
	}
}

func TestCommonPrefixKeepsCellsWhole(t *testing.T) {
	items := []kernel.Candidate{{Text: "x̂1"}, {Text: "x̂2"}, {Text: "x̂"}}
	if got := commonPrefix(items); got != "x̂" {
		t.Errorf("got %q", got)
	}
	if got := commonPrefix([]kernel.Candidate{{Text: "x̂"}, {Text: "x"}}); got != "" {
		t.Errorf("got %q", got)
	}
}
