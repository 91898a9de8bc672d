package lang

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold gives the one spelling under which a name is known: W₁, W_1 and W1 are W1; lambda, \lambda and 𝜆 are λ;
// y_hat is ŷ; V⁽¹⁾ is V^(1). It is idempotent. It never applies NFKC to the whole, which would destroy x².
func Fold(name string) string {
	if plainASCII(name) {
		return name
	}
	base, label := splitLabel(foldRunes(strings.TrimPrefix(name, `\`)))
	return norm.NFC.String(foldSegments(norm.NFC.String(base))) + label
}

// plainASCII is the fast path: a short name of letters and digits that is no Greek word.
func plainASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '_' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	_, greek := greekLetters[strings.TrimRight(s, "0123456789")]
	return !greek
}

// foldRunes maps runes one by one: typographic variants, subscripts, superscript labels.
func foldRunes(s string) string {
	var b strings.Builder
	inSub := false
	for _, r := range s {
		sub, isSub := subscripts[r]
		switch {
		case isSub && '0' <= sub && sub <= '9':
			b.WriteRune(sub)
		case isSub:
			if !inSub {
				b.WriteByte('_')
			}
			b.WriteRune(sub)
		case r == '⁽':
			b.WriteString("^(")
		default:
			if sup, ok := superscripts[r]; ok {
				r = sup
			}
			b.WriteRune(plainRune(r))
		}
		inSub = isSub
	}
	return b.String()
}

// splitLabel separates a layer label: "V^(1)" is "V" and "^(1)".
func splitLabel(s string) (base, label string) {
	i := strings.Index(s, "^(")
	if i <= 0 || !strings.HasSuffix(s, ")") || !allDigits(s[i+2:len(s)-1]) {
		return s, ""
	}
	return s[:i], s[i:]
}

// foldSegments joins the parts of a name between underscores: digits join what they follow, accents their letter.
func foldSegments(s string) string {
	segs := strings.Split(s, "_")
	out := foldGreek(segs[0])
	for _, seg := range segs[1:] {
		last, _ := utf8.DecodeLastRuneInString(out)
		word := strings.TrimRight(seg, "0123456789")
		mark, accent := accents[word]
		switch {
		case allDigits(seg) && (unicode.IsLetter(last) || unicode.IsMark(last)):
			out += seg
		case accent && !strings.Contains(out, "_") && oneLetter(out) && (seg == word || !isDigit(last)):
			letters := strings.TrimRight(out, "0123456789")
			out = letters + string(mark) + out[len(letters):] + seg[len(word):]
		default:
			out += "_" + foldGreek(seg)
		}
	}
	return out
}

// foldGreek replaces a spelled-out Greek letter, which digits may follow.
func foldGreek(seg string) string {
	word := strings.TrimRight(seg, "0123456789")
	if g, ok := greekLetters[word]; ok {
		return g + seg[len(word):]
	}
	return seg
}

// oneLetter reports whether s is a single letter with any marks and digits: the accent of y1_hat is that of y.
func oneLetter(s string) bool {
	n := 0
	for _, r := range strings.TrimRight(s, "0123456789") {
		if !unicode.IsMark(r) {
			n++
		}
	}
	return n == 1
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// plainRune maps the typographic variants of one character to the plain one: bold and italic mathematical letters,
// ϕ, µ, full-width forms. Script, fraktur and double-struck letters stay: ℒ beside L and ℝ are meant to differ.
func plainRune(r rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	if isMathVariant(r) {
		r, _ = utf8.DecodeRuneInString(norm.NFKC.String(string(r)))
	}
	if r > 0xFF00 && r < 0xFF5F {
		return r - 0xFF01 + '!'
	}
	if p, ok := variants[r]; ok {
		return p
	}
	return r
}

func isMathVariant(r rune) bool {
	return 0x1D400 <= r && r <= 0x1D49B || // bold, italic, bold italic
		0x1D5A0 <= r && r <= 0x1D6A3 || // sans-serif, monospace
		0x1D6A8 <= r && r <= 0x1D7CB || // Greek
		0x1D7CE <= r && r <= 0x1D7FF // digits
}

var variants = map[rune]rune{
	'ϕ': 'φ', 'µ': 'μ', 'ϵ': 'ε', 'ϑ': 'θ', 'ϰ': 'κ', 'ϱ': 'ρ', 'ϖ': 'π', '∆': 'Δ', 'Ω': 'Ω', 'ℎ': 'h',
	'\u0305': '\u0304', // an overline is a macron
}

// accents are the name endings that stand for a combining mark.
var accents = map[string]rune{"hat": '\u0302', "bar": '\u0304', "tilde": '\u0303', "dot": '\u0307'}

// greekLetters are the spelled-out names; the keys are also the commands that Tab completes after a backslash.
var greekLetters = map[string]string{
	"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
	"theta": "θ", "vartheta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
	"omicron": "ο", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ",
	"psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π",
	"Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}

// symbols are the other commands after a backslash that stand for one character of the language.
var symbols = map[string]string{
	"nabla": "∇", "partial": "∂", "odot": "⊙", "oslash": "⊘", "otimes": "⊗", "cdot": "·", "times": "×", "top": "⊤",
	"in": "∈", "to": "→", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "approx": "≈", "prime": "′", "Vert": "‖",
	"lVert": "‖", "rVert": "‖", "vert": "|", "R": "ℝ", "infty": "∞", "ell": "ℓ",
}

// Symbol is the character that \name stands for, for completion by Tab: Symbol("lambda") is "λ".
func Symbol(name string) (string, bool) {
	if g, ok := greekLetters[name]; ok {
		return g, true
	}
	s, ok := symbols[name]
	return s, ok
}

var subscripts = pairRunes("₀₁₂₃₄₅₆₇₈₉ₐₑₒₓₕₖₗₘₙₚₛₜᵢᵣᵤᵥⱼᵦᵧᵨᵩᵪ", "0123456789aeoxhklmnpstiruvjβγρφχ")

// superscripts leave out ᵀ, which is an operator.
var superscripts = pairRunes("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵁⱽᵂ",
	"0123456789+-()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRUVW")

func pairRunes(from, to string) map[rune]rune {
	m := map[rune]rune{}
	plain := []rune(to)
	for i, r := range []rune(from) {
		m[r] = plain[i]
	}
	return m
}
