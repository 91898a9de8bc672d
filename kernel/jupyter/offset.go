package jupyter

import "unicode/utf8"

// byteOffset is where in s the character number chars begins. Jupyter counts code points, the engine bytes.
// What is out of range is moved to the nearest end.
func byteOffset(s string, chars int) int {
	at := 0
	for ; chars > 0 && at < len(s); chars-- {
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	return at
}

// runeOffset is the number of characters before byte at of s.
func runeOffset(s string, at int) int {
	return utf8.RuneCountInString(s[:min(max(at, 0), len(s))])
}
