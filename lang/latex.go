package lang

import (
	"regexp"
	"strings"
)

// latex refuses a command of LaTeX, with the statement translated if that can be done.
func (p *parser) latex(t token) {
	e := p.errorf("E108", t.span, "%s is LaTeX; the language has its own spelling", p.text(t.span))
	whole := Span{p.toks[p.first].span.Start, p.toks[p.end-1].span.End}
	p.offer(e, whole, plainLaTeX(p.text(whole)), "")
	panic(e)
}

// latexSpellings translate LaTeX, in this order; braces are matched innermost first by repetition.
var latexSpellings = []struct {
	from func() *regexp.Regexp
	to   string
}{
	{whenAsked(`\\(?:left|right|big|Big|bigl|bigr|,|;|!|quad|displaystyle)(?:\b|)`), ""},
	{whenAsked(`\\\|`), "‖"},
	{whenAsked(`\\(?:mathbf|boldsymbol|bm|mathrm|mathit|operatorname|text|mathsf)\s*\{([^{}]*)\}`), "$1"},
	{whenAsked(`\\(hat|bar|tilde|dot)\s*\{([^{}]*)\}`), "${2}_$1"},
	{whenAsked(`\\sqrt\s*\{([^{}]*)\}`), "sqrt($1)"},
	{whenAsked(`\\[dt]?frac\s*\{\\partial\s*([^{}]*)\}\s*\{\\partial\s*([^{}]*)\}`), "∂$1/∂$2"},
	{whenAsked(`\\[dt]?frac\s*\{(\w+)\}\s*\{(\w+)\}`), "$1/$2"},
	{whenAsked(`\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}`), "($1)/($2)"},
	{whenAsked(`\^\s*\{\s*\\top\s*\}`), "ᵀ"},
	{whenAsked(`\^\s*\\top`), "ᵀ"},
	{whenAsked(`_\s*\{(\w*)\}`), "_$1"},
	{whenAsked(`\^\s*\{(-?\w*)\}`), "^$1"},
	{whenAsked(`\^\s*\{(\([0-9]+\))\}`), "^$1"},
	{whenAsked(`\^\s*\{([^{}]*)\}`), "^($1)"},
	{whenAsked(`\\(exp|log|sin|cos|tan|sinh|cosh|tanh|max|min|det|tr)\b`), "$1"},
}

// plainLaTeX translates what it knows, a bounded number of times for nested braces.
func plainLaTeX(text string) string {
	for range 8 {
		before := text
		for _, s := range latexSpellings {
			text = s.from().ReplaceAllString(text, s.to)
		}
		if text == before {
			break
		}
	}
	return text
}

// ofBooks are the marks by which a formula copied from a book or a page is known.
var ofBooks = regexp.MustCompile(`[\\∑Σ$ᵢⱼₖₗₘₙ]|[_^]\s*\{|\bsum_|[‐‑‒–—―║´]`)

// pageSpellings translate what is copied from a page: typographic signs, sums with their limits, matrices.
var pageSpellings = []struct {
	from func() *regexp.Regexp
	to   string
}{
	{whenAsked(`\$+`), ""},
	{whenAsked(`[‐‑‒–—―]`), "-"},
	{whenAsked(`║`), "‖"},
	{whenAsked(`´`), "'"},
	{whenAsked(`([\pL\pN}\])])(\\(?:mathbf|boldsymbol|bm|mathrm|mathit|operatorname|text|mathsf|hat|bar|tilde)\b)`), "$1 $2"},
	{whenAsked(`\\(mathbf|boldsymbol|bm|mathrm|hat|bar|tilde)\s+(\pL)`), `\$1{$2}`},
	{whenAsked(`(\\[dt]?frac\s*\{[^{}]*\}\s*\{[^{}]*\})([\pL\\‖(])`), "$1 $2"},
	{whenAsked(`\\(?:top|intercal)\b`), "⊤"},
	{whenAsked(`\^\s*(?:\{\s*[⊤T]\s*\}|⊤)`), "ᵀ"},
	{whenAsked(`(?:\\sum|∑|Σ|\bsum)\s*_\s*(?:\{\s*([a-z])\b[^{}]*\}|([a-z])\b)\s*(?:\^\s*(?:\{[^{}]*\}|\w))?\s*`), "sum[$1$2] "},
	{whenAsked(`\\lVert\s*`), "‖"},
	{whenAsked(`\s*\\rVert`), "‖"},
	{whenAsked(`\\sigma\s*\(`), "sigmoid("},
	{whenAsked(`\\begin\s*\{[bp]?matrix\}`), "["},
	{whenAsked(`\\end\s*\{[bp]?matrix\}`), "]"},
}

var (
	smallIndices = regexp.MustCompile(`[ᵢⱼₖₗₘₙ]+`)
	plainIndices = strings.NewReplacer("ᵢ", "i", "ⱼ", "j", "ₖ", "k", "ₗ", "l", "ₘ", "m", "ₙ", "n")
	summedOver   = regexp.MustCompile(`sum\[([a-z])\]`)
	sumSign      = regexp.MustCompile(`(?:\\sum\b|∑|Σ)\s*`)
	indexBelow   = regexp.MustCompile(`([\pL\pN\pM}])_(?:\{([a-z]{1,3})\}|([a-z])(?:\b|$))`)
	matrixRows   = regexp.MustCompile(`\[([^\[\]]*&[^\[\]]*)\]`)
)

// longestPhrase bounds what is translated.
const longestPhrase = 2000

// OfBooks is a statement as a book or a page prints it: LaTeX, sums with limits, indices below the line. Its fix is still
// to be tried. ok is false where the statement has nothing of that.
func OfBooks(statement string) (p Phrase, ok bool) {
	if !ofBooks.MatchString(statement) || len(statement) > longestPhrase {
		return Phrase{}, false
	}
	text := smallIndices.ReplaceAllStringFunc(statement, func(s string) string { return "_{" + plainIndices.Replace(s) + "}" })
	for _, s := range pageSpellings {
		text = s.from().ReplaceAllString(text, s.to)
	}
	text = plainLaTeX(rowsOfMatrix(withPositions(text)))
	return Phrase{"this is printed notation; the language has its own spelling", []string{strings.TrimSpace(text)}}, true
}

// withPositions gives a sum without limits its index, and writes x[i] for x_i where i is summed over.
func withPositions(text string) string {
	if below := indexBelow.FindStringSubmatch(text); below != nil && len(below[2]+below[3]) == 1 {
		text = sumSign.ReplaceAllString(text, "sum["+below[2]+below[3]+"] ")
	}
	bound := ""
	for _, m := range summedOver.FindAllStringSubmatch(text, -1) {
		bound += m[1]
	}
	return indexBelow.ReplaceAllStringFunc(text, func(s string) string {
		m := indexBelow.FindStringSubmatch(s)
		letters := m[2] + m[3]
		if !strings.ContainsAny(letters, bound) {
			return s
		}
		return m[1] + "[" + strings.Join(strings.Split(letters, ""), ",") + "]"
	})
}

// rowsOfMatrix turns the rows of a printed matrix into lists.
func rowsOfMatrix(text string) string {
	return matrixRows.ReplaceAllStringFunc(text, func(s string) string {
		rows := strings.Split(strings.Trim(s, "[] "), `\\`)
		for i, r := range rows {
			rows[i] = commaRows(strings.ReplaceAll(r, "&", ","))
		}
		return "[" + strings.Join(rows, ", ") + "]"
	})
}
