package lang

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

func (p *printer) name(name string) {
	if p.ascii {
		p.put(asciiName(name))
		return
	}
	base, label := splitLabel(name)
	p.put(base, raised(strings.TrimPrefix(label, "^")))
}

// asciiName spells a name in ASCII, if that folds back to it: lambda1, y_hat, V^(1).
func asciiName(name string) string {
	base, label := splitLabel(name)
	segs := strings.Split(base, "_")
	for i, seg := range segs {
		segs[i] = asciiSegment(seg)
	}
	if ascii := strings.Join(segs, "_"); Fold(ascii) == base {
		return ascii + label
	}
	return name
}

// asciiSegment spells one part of a name: a letter, its accents, its digits.
func asciiSegment(seg string) string {
	letters := strings.TrimRight(seg, "0123456789")
	digits := seg[len(letters):]
	var plain, marks string
	for _, r := range norm.NFD.String(letters) {
		if ending, ok := accentNames[r]; ok && unicode.IsMark(r) {
			marks += "_" + ending
			continue
		}
		plain += string(r)
	}
	plain = norm.NFC.String(plain)
	if g, ok := greekNames[plain]; ok {
		plain = g
	}
	return plain + digits + marks
}

var accentNames = func() map[rune]string {
	m := map[rune]string{}
	for name, mark := range accents {
		m[mark] = name
	}
	return m
}()

// greekNames is the other way round of greekLetters; of two names for a letter the plain one is preferred.
var greekNames = func() map[string]string {
	m := map[string]string{}
	for name, letter := range greekLetters {
		if !strings.HasPrefix(name, "var") {
			m[letter] = name
		}
	}
	return m
}()

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}
