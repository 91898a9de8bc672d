package kernel

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"nabla/lang"
)

// CompleteShorthand completes what is typed for a character that is hard to type: \lambda is λ, \odot is ⊙, \_1 is ₁,
// and \hat after y turns it into ŷ. pos is a byte offset; ok is false where no backslash begins such a name.
func CompleteShorthand(src string, pos int) (c Completion, ok bool) {
	start := strings.LastIndexByte(src[:pos], '\\')
	if start < 0 || !shorthandName(src[start+1:pos]) {
		return c, false
	}
	name := src[start+1 : pos]
	c = Completion{Start: start, End: pos}
	for _, s := range lang.Shorthands(name) {
		c.Items = append(c.Items, Candidate{s.Text, `\` + s.Name, "symbol"})
	}
	if exact, ok := lang.Symbol(name); ok {
		c.Items = []Candidate{{exact, `\` + name, "symbol"}}
		return c, true
	}
	c.addAccents(src, name)
	return c, len(c.Items) > 0
}

// shorthandName reports whether s may begin the name of a shorthand: letters, or one character after _ or ^.
func shorthandName(s string) bool {
	if s != "" && (s[0] == '_' || s[0] == '^') {
		return len(s) <= 2
	}
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
}

// addAccents offers to put an accent on the letter before the backslash. Then every candidate replaces that letter too.
func (c *Completion) addAccents(src, name string) {
	letter := lastLetter(src[:c.Start])
	if letter == "" || name == "" {
		return
	}
	var accented []Candidate
	for _, accent := range lang.Accents() {
		if strings.HasPrefix(accent, name) {
			text := lang.Fold(norm.NFC.String(letter) + "_" + accent)
			accented = append(accented, Candidate{text, `\` + accent, "symbol"})
		}
	}
	if accented == nil {
		return
	}
	for i := range c.Items {
		c.Items[i].Text = letter + c.Items[i].Text
	}
	c.Start -= len(letter)
	c.Items = append(accented, c.Items...)
}

// lastLetter is the letter at the end of s with its marks and digits; "" if there is none.
func lastLetter(s string) string {
	base := strings.TrimRightFunc(s, func(r rune) bool { return unicode.IsMark(r) || unicode.IsDigit(r) })
	r, size := utf8.DecodeLastRuneInString(base)
	if !unicode.IsLetter(r) {
		return ""
	}
	return s[len(base)-size:]
}
