package lang

import "strings"

// A TokenKind says what a piece of source is, for colouring.
type TokenKind uint8

const (
	TokenName TokenKind = iota
	TokenNumber
	TokenString
	TokenOperator
	TokenBracket // brackets and bars, also those without a partner
	TokenCommand // :load a.nabla
	TokenComment
	TokenBad // a character that means nothing
)

// A Token is a piece of source as an editor sees it. White space lies between tokens.
type Token struct {
	Kind  TokenKind
	Text  string // a name in its folded spelling, anything else as it is written
	Span  Span
	Match int // index of the partner of a bracket or bar; -1 if it has none, -2 if it may still come
}

// tokenKinds are the kinds for colouring; what is not here is an operator.
var tokenKinds = map[kind]TokenKind{
	ident: TokenName, number: TokenNumber, str: TokenString, openBar: TokenBracket, closeBar: TokenBracket,
	command: TokenCommand, backslash: TokenBad, bad: TokenBad,
}

// Tokens cuts src into tokens, in order, comments included. It takes linear time, needs no declarations, and any
// text has tokens, also one that is not of the language.
func Tokens(src string) []Token {
	raw := pair(scan(src))
	tokens, moved, end := make([]Token, 0, len(raw)), make([]int, len(raw)), 0
	for i, t := range raw {
		tokens = appendComments(tokens, src, end, t.span.Start)
		if end = max(end, t.span.End); t.kind == newline || t.kind == eof || t.span.End == t.span.Start {
			continue
		}
		moved[i] = len(tokens)
		tokens = append(tokens, newToken(src, t))
	}
	for i := range tokens {
		if m := tokens[i].Match; m >= 0 {
			tokens[i].Match = moved[m]
		}
	}
	return tokens
}

func newToken(src string, t token) Token {
	kind, ok := tokenKinds[t.kind]
	switch {
	case !ok && t.isBracket():
		kind = TokenBracket
	case !ok:
		kind = TokenOperator
	}
	text := src[t.span.Start:t.span.End]
	if kind == TokenName {
		text = t.text
	}
	return Token{kind, text, t.span, t.match}
}

// appendComments adds the comments between two tokens, each from its # to the end of its line.
func appendComments(tokens []Token, src string, start, end int) []Token {
	for start < end {
		i := strings.IndexByte(src[start:end], '#')
		if i < 0 {
			break
		}
		at := start + i
		start = end
		if n := strings.IndexByte(src[at:end], '\n'); n >= 0 {
			start = at + n
		}
		tokens = append(tokens, Token{TokenComment, src[at:start], Span{at, start}, -1})
	}
	return tokens
}
