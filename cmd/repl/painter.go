package main

// roles gives every byte of the entry its meaning; the byte at which a cell begins decides its colour.
func (e *lineEditor) roles() []role {
	roles := make([]role, len(e.line.text)+1)
	if !e.simple {
		markBrackets(roles, e.line.text, e.line.pos)
	}
	return roles
}

// partners are the brackets that close others.
var partners = map[byte]byte{')': '(', ']': '[', '}': '{'}

// markBrackets marks the bracket at or before the cursor and the one that belongs to it, and closing brackets that
// belong to none. Brackets in strings and comments are text.
func markBrackets(roles []role, text string, cursor int) {
	partner := map[int]int{}
	var open []int
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			i = stringEnd(text, i)
		case '#':
			i = lineEnd(text, i)
		case '(', '[', '{':
			open = append(open, i)
		case ')', ']', '}':
			n := len(open)
			if n == 0 || text[open[n-1]] != partners[c] {
				roles[i] = roleMismatch
				continue
			}
			partner[i], partner[open[n-1]] = open[n-1], i
			open = open[:n-1]
		}
	}
	for _, at := range []int{cursor, cursor - 1} {
		if other, ok := partner[at]; ok {
			roles[at], roles[other] = roleMatch, roleMatch
			return
		}
	}
}

// stringEnd is the closing quote of the string that begins at i, or the end of its line.
func stringEnd(text string, i int) int {
	for i++; i < len(text) && text[i] != '"' && text[i] != '\n'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

func lineEnd(text string, i int) int {
	for i < len(text) && text[i] != '\n' {
		i++
	}
	return i
}
