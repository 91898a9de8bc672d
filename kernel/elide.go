package kernel

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxLaTeX is the length in bytes above which a formula is cut: MathJax lays out long ones for seconds, and no page is
// as wide.
const maxLaTeX = 12_000

// elideLaTeX cuts a formula of more than limit bytes after a whole term and says so. What stands before the cut is
// well formed: every group, \left and \begin that it opens it closes.
func elideLaTeX(src string, limit int) string {
	if len(src) <= limit {
		return src
	}
	left := fmt.Sprintf(`\text{(%d characters: the whole is in the text form)}`, utf8.RuneCountInString(src))
	cut := lastTerm(src, limit)
	if cut <= 0 {
		return left
	}
	return strings.TrimRight(src[:cut], " ") + ` + \cdots\ ` + left
}

// lastTerm is where the last + or - at the outermost level before limit stands, or 0.
func lastTerm(src string, limit int) int {
	depth, cut := 0, 0
	for at := 0; at < limit; {
		token := latexToken(src[at:])
		switch token {
		case "{", `\left`, `\begin`, "(", "[":
			depth++
		case "}", `\right`, `\end`, ")", "]":
			depth--
		case "+", "-":
			if depth == 0 && at > 0 {
				cut = at
			}
		}
		at += len(token)
		if token == `\left` || token == `\right` { // its delimiter is no bracket of its own
			at += len(latexToken(src[at:]))
		}
	}
	return cut
}

// latexToken is the first token: a command with its name, or one character.
func latexToken(src string) string {
	if src == "" || src[0] != '\\' {
		_, n := utf8.DecodeRuneInString(src)
		return src[:n]
	}
	n := 1
	for n < len(src) && (src[n] >= 'a' && src[n] <= 'z' || src[n] >= 'A' && src[n] <= 'Z') {
		n++
	}
	if n == 1 && n < len(src) {
		_, size := utf8.DecodeRuneInString(src[1:])
		n += size
	}
	return src[:n]
}
