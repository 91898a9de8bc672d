package lang

import (
	"strings"
	"unicode"
)

// signsInASCII are the signs of formulas and messages as a terminal without Unicode can show them.
var signsInASCII = map[rune]string{
	'⊙': ".*", '⊘': "./", '⊗': "(x)", '·': "*", '×': "x", '−': "-", '∂': "d", '∇': "grad", '‖': "||", '∈': "in", 'ℝ': "R",
	'→': "->", '↦': "->", '≠': "!=", '≤': "<=", '≥': ">=", '≈': "~", '…': "...", '⋮': ":", '√': "sqrt", 'Σ': "sum", '∏': "prod",
	'∞': "inf", '⊤': "^T", '′': "'", '″': "''", '‴': "'''", '“': `"`, '”': `"`, '’': "'", '–': "-", '—': "-", '│': "|", '─': "-",
	'✗': "x", 'ℓ': "l", 'µ': "u", '✓': "ok", 'ℯ': "e", '█': "#", '░': ".", '▕': "|", '▏': "|",
	'▁': "_", '▂': "_", '▃': ".", '▄': "-", '▅': "=", '▆': "+", '▇': "#",
}

// raisedInASCII is the plain form of a superscript, which stands in a row: x⁻¹ is x^-1. It is 0 for other runes.
func raisedInASCII(r rune) rune {
	if r == 'ᵀ' {
		return 'T'
	}
	return superscripts[r]
}

// ASCII spells the signs, Greek letters and accents of a text in ASCII. It is for what is read, such as messages; what
// is typed again is printed by PrintASCII. Letters that have no ASCII name stay.
func ASCII(text string) string {
	if isASCII(text) {
		return text
	}
	var b strings.Builder
	rs := []rune(text)
	for i := 0; i < len(rs); {
		n := runOf(rs[i:], func(r rune) bool { return raisedInASCII(r) != 0 })
		if n > 0 {
			b.WriteString(raisedText(rs[i : i+n]))
			i += n
			continue
		}
		if s, ok := signsInASCII[rs[i]]; ok {
			b.WriteString(s)
			i++
			continue
		}
		n = max(1, runOf(rs[i:], isNameRune))
		b.WriteString(nameText(string(rs[i : i+n])))
		i += n
	}
	return b.String()
}

// runOf is how many runes at the start are of a kind.
func runOf(rs []rune, kind func(rune) bool) int {
	for i, r := range rs {
		if !kind(r) {
			return i
		}
	}
	return len(rs)
}

// isNameRune says that r belongs to a word, and is no sign.
func isNameRune(r rune) bool {
	return signsInASCII[r] == "" && raisedInASCII(r) == 0 && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) || r == '_')
}

func raisedText(rs []rune) string {
	var b strings.Builder
	for _, r := range rs {
		b.WriteRune(raisedInASCII(r))
	}
	if b.String() == "T" {
		return "'"
	}
	return "^" + b.String()
}

func nameText(word string) string {
	if isASCII(word) {
		return word
	}
	return asciiName(Fold(word))
}
