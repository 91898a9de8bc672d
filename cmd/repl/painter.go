package main

import (
	"nabla/kernel"
	"nabla/lang"
)

// tokenRoles colour what a token is; names are coloured by what they name.
var tokenRoles = map[lang.TokenKind]role{
	lang.TokenNumber: roleNumber, lang.TokenString: roleString, lang.TokenOperator: roleOperator,
	lang.TokenCommand: roleCommand, lang.TokenComment: roleComment, lang.TokenBad: roleMismatch,
}

// nameRoles are the roles of the names in scope, by the kind of their candidate.
func nameRoles(c kernel.Completion) map[string]role {
	roles := make(map[string]role, len(c.Items))
	for _, item := range c.Items {
		if r, ok := candidateRoles[item.Kind]; ok {
			roles[lang.Fold(item.Text)] = r
		}
	}
	return roles
}

// roles gives every byte of the entry its meaning; the byte at which a cell begins decides its colour.
func (e *lineEditor) roles() []role {
	roles := make([]role, len(e.line.text)+1)
	if e.simple || len(e.line.text) > maxPainted {
		return roles
	}
	tokens := lang.Tokens(e.line.text)
	for _, t := range tokens {
		r := tokenRoles[t.Kind]
		switch {
		case t.Kind == lang.TokenName:
			r = e.names[t.Text]
		case t.Kind == lang.TokenBracket && t.Match == -1:
			r = roleMismatch
		}
		fill(roles, t.Span, r)
	}
	if !e.left {
		markPartners(roles, tokens, e.line.pos)
	}
	return roles
}

// maxPainted is the size of an entry above which colours are not worth their time.
const maxPainted = 20_000

func fill(roles []role, at lang.Span, r role) {
	for i := at.Start; i < at.End; i++ {
		roles[i] = r
	}
}

// markPartners marks the bracket or bar that begins or ends at the cursor, and the one that belongs to it.
func markPartners(roles []role, tokens []lang.Token, cursor int) {
	for _, t := range tokens {
		if t.Kind != lang.TokenBracket || t.Match < 0 || t.Span.Start != cursor && t.Span.End != cursor {
			continue
		}
		fill(roles, t.Span, roleMatch)
		fill(roles, tokens[t.Match].Span, roleMatch)
		if t.Span.Start == cursor { // under the cursor comes before behind it
			return
		}
	}
}
