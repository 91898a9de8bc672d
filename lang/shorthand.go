package lang

import (
	"slices"
	"strings"
)

// A Shorthand is a character that is hard to type and what is typed for it: \Name and Tab.
type Shorthand struct{ Name, Text string }

// Shorthands lists the characters whose name begins with prefix, ordered by name. Subscripts and superscripts are
// named as they are written in ASCII: _1, ^2, ^T.
func Shorthands(prefix string) []Shorthand {
	var list []Shorthand
	add := func(name, text string) {
		if strings.HasPrefix(name, prefix) {
			list = append(list, Shorthand{name, text})
		}
	}
	for _, table := range []map[string]string{greekLetters, symbols} {
		for name, text := range table {
			add(name, text)
		}
	}
	for r, plain := range subscripts {
		add("_"+string(plain), string(r))
	}
	for r, plain := range superscripts {
		add("^"+string(plain), string(r))
	}
	add("^T", "ᵀ")
	slices.SortFunc(list, func(a, b Shorthand) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Accents are the names of the marks that can stand over a letter: hat, bar, tilde, dot.
func Accents() []string {
	var names []string
	for name := range accents {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
