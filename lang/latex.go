package lang

import "regexp"

// latex refuses a command of LaTeX, with the statement translated if that can be done.
func (p *parser) latex(t token) {
	e := p.errorf("E108", t.span, "%s is LaTeX; the language has its own spelling", p.text(t.span))
	whole := Span{p.toks[p.first].span.Start, p.toks[p.end-1].span.End}
	p.offer(e, whole, plainLaTeX(p.text(whole)), "")
	panic(e)
}

// latexSpellings translate LaTeX, in this order; braces are matched innermost first by repetition.
var latexSpellings = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`\\(?:left|right|big|Big|bigl|bigr|,|;|!|quad|displaystyle)(?:\b|)`), ""},
	{regexp.MustCompile(`\\\|`), "‖"},
	{regexp.MustCompile(`\\(?:mathbf|boldsymbol|bm|mathrm|mathit|operatorname|text|mathsf)\s*\{([^{}]*)\}`), "$1"},
	{regexp.MustCompile(`\\(hat|bar|tilde|dot)\s*\{([^{}]*)\}`), "${2}_$1"},
	{regexp.MustCompile(`\\sqrt\s*\{([^{}]*)\}`), "sqrt($1)"},
	{regexp.MustCompile(`\\[dt]?frac\s*\{\\partial\s*([^{}]*)\}\s*\{\\partial\s*([^{}]*)\}`), "∂$1/∂$2"},
	{regexp.MustCompile(`\\[dt]?frac\s*\{(\w+)\}\s*\{(\w+)\}`), "$1/$2"},
	{regexp.MustCompile(`\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}`), "($1)/($2)"},
	{regexp.MustCompile(`\^\s*\{\s*\\top\s*\}`), "ᵀ"},
	{regexp.MustCompile(`\^\s*\\top`), "ᵀ"},
	{regexp.MustCompile(`_\s*\{(\w*)\}`), "_$1"},
	{regexp.MustCompile(`\^\s*\{(-?\w*)\}`), "^$1"},
	{regexp.MustCompile(`\^\s*\{(\([0-9]+\))\}`), "^$1"},
	{regexp.MustCompile(`\^\s*\{([^{}]*)\}`), "^($1)"},
	{regexp.MustCompile(`\\(exp|log|sin|cos|tan|sinh|cosh|tanh|max|min|det|tr)\b`), "$1"},
}

// plainLaTeX translates what it knows, a bounded number of times for nested braces.
func plainLaTeX(text string) string {
	for range 8 {
		before := text
		for _, s := range latexSpellings {
			text = s.from.ReplaceAllString(text, s.to)
		}
		if text == before {
			break
		}
	}
	return text
}
