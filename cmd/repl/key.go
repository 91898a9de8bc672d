package main

import (
	"bufio"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A key is what a person pressed: a printable character as itself, anything else as a number in a private plane, so
// that it travels through a stream of runes.
type key rune

const (
	keyNone key = 0xF0000 + iota
	keyEnter
	keyNewline // Alt-Enter: a line break that does not run
	keyTab
	keyBackTab
	keyBackspace
	keyDelete
	keyLeft
	keyRight
	keyUp
	keyDown
	keyPrevious // Ctrl-P: up in history even inside an entry
	keyNext
	keyHome
	keyEnd
	keyWordLeft
	keyWordRight
	keyFirst // Alt-<: the oldest entry
	keyLast
	keyKillEnd
	keyKillStart
	keyKillWordLeft
	keyKillWordRight
	keyYank
	keyYankPop
	keyTranspose
	keyUndo
	keyLastWord // Alt-.
	keySearch
	keySearchForward
	keyCancel
	keyClear
	keyInterrupt
	keyEndOfFile // Ctrl-D: leaves at an empty prompt, deletes forward elsewhere
	keySuspend
	keyPaste
	keyLimit
)

// special reports whether k is none of the characters that insert themselves.
func (k key) special() bool { return k >= keyNone && k < keyLimit }

// controls are the keys of the control characters.
var controls = map[rune]key{
	'\r': keyEnter, '\n': keyEnter, '\t': keyTab, 0x7f: keyBackspace, ctrl('H'): keyBackspace,
	ctrl('A'): keyHome, ctrl('B'): keyLeft, ctrl('C'): keyInterrupt, ctrl('D'): keyEndOfFile, ctrl('E'): keyEnd,
	ctrl('F'): keyRight, ctrl('G'): keyCancel, ctrl('K'): keyKillEnd, ctrl('L'): keyClear, ctrl('N'): keyNext,
	ctrl('P'): keyPrevious, ctrl('R'): keySearch, ctrl('S'): keySearchForward, ctrl('T'): keyTranspose,
	ctrl('U'): keyKillStart, ctrl('W'): keyKillWordLeft, ctrl('Y'): keyYank, ctrl('Z'): keySuspend, ctrl('_'): keyUndo,
}

func ctrl(r rune) rune { return r & 0x1f }

// escapes are the keys of what follows an escape character, in the dialects of the terminals people use.
var escapes = map[string]key{
	"[A": keyUp, "[B": keyDown, "[C": keyRight, "[D": keyLeft, "[H": keyHome, "[F": keyEnd,
	"OA": keyUp, "OB": keyDown, "OC": keyRight, "OD": keyLeft, "OH": keyHome, "OF": keyEnd,
	"[1~": keyHome, "[7~": keyHome, "[4~": keyEnd, "[8~": keyEnd, "[3~": keyDelete, "[Z": keyBackTab,
	"[5~": keyPrevious, "[6~": keyNext, // page keys walk the history by whole entries
	"[1;2C": keyRight, "[1;2D": keyLeft, "[1;2H": keyHome, "[1;2F": keyEnd,
	"[1;3C": keyWordRight, "[1;3D": keyWordLeft, "[1;5C": keyWordRight, "[1;5D": keyWordLeft,
	"[5C": keyWordRight, "[5D": keyWordLeft, "Oc": keyWordRight, "Od": keyWordLeft,
	"[1;3A": keyPrevious, "[1;3B": keyNext, "[1;5A": keyPrevious, "[1;5B": keyNext,
	"[1;5H": keyFirst, "[1;5F": keyLast, "[3;5~": keyKillWordRight, "[3;3~": keyKillWordRight,
	"b": keyWordLeft, "f": keyWordRight, "d": keyKillWordRight, "\x7f": keyKillWordLeft, "\b": keyKillWordLeft,
	"\r": keyNewline, "\n": keyNewline, "[13;2u": keyNewline, "[13;3u": keyNewline, "[27;2;13~": keyNewline, "[27;3;13~": keyNewline,
	".": keyLastWord, "_": keyLastWord, "y": keyYankPop, "<": keyFirst, ">": keyLast, "[200~": keyPaste,
}

const pasteEnd = "\x1b[201~"

// A keyboard turns the bytes of a terminal into keys. It reads no further than the key that it returns needs.
type keyboard struct {
	in     *bufio.Reader
	pasted string // what the last keyPaste brought
}

func newKeyboard(r io.Reader) *keyboard { return &keyboard{in: bufio.NewReader(r)} }

// next waits for a key. Sequences and bytes that mean nothing are skipped.
func (k *keyboard) next() (key, error) {
	for {
		r, size, err := k.in.ReadRune()
		if err != nil {
			return keyNone, err
		}
		switch control, ok := controls[r]; {
		case r == 0x1b:
			if found, err := k.escape(); err != nil || found != keyNone {
				return found, err
			}
		case ok:
			return control, nil
		case printable(r) && !(r == utf8.RuneError && size == 1):
			return key(r), nil
		}
	}
}

// printable reports whether r may stand in a line.
func printable(r rune) bool {
	return r >= ' ' && !unicode.IsControl(r) && !key(r).special()
}

// escape reads what follows an escape character. A second escape starts again.
func (k *keyboard) escape() (key, error) {
	sequence, err := k.sequence()
	if err != nil {
		return keyNone, err
	}
	found, ok := escapes[sequence]
	switch {
	case !ok:
		return keyNone, nil
	case found == keyPaste:
		k.pasted, err = k.paste()
	}
	return found, err
}

// sequence reads one character, or a whole control sequence: "[", parameters, and a final byte from @ to ~.
func (k *keyboard) sequence() (string, error) {
	r, _, err := k.in.ReadRune()
	for r == 0x1b && err == nil {
		r, _, err = k.in.ReadRune()
	}
	if err != nil || r != '[' && r != 'O' {
		return string(r), err
	}
	var b strings.Builder
	for b.WriteRune(r); err == nil; b.WriteRune(r) {
		r, _, err = k.in.ReadRune()
		if r >= '@' {
			b.WriteRune(r)
			break
		}
	}
	return b.String(), err
}

// paste reads up to the end of a bracketed paste.
func (k *keyboard) paste() (string, error) {
	var b strings.Builder
	for !strings.HasSuffix(b.String(), pasteEnd) {
		c, err := k.in.ReadByte()
		if err != nil {
			return "", err
		}
		b.WriteByte(c)
	}
	return cleanPaste(strings.TrimSuffix(b.String(), pasteEnd)), nil
}

// cleanPaste makes pasted text fit to stand in an entry: newlines as \n, tabs as blanks, no control characters, no
// newline at the end.
func cleanPaste(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ").Replace(strings.ToValidUTF8(s, ""))
	s = strings.Map(func(r rune) rune {
		if r == '\n' || printable(r) {
			return r
		}
		return -1
	}, s)
	return withoutPrompts(strings.TrimRight(s, "\n"))
}

// promptMark is what stands before an entry on the screen, and before the later lines of one.
var (
	promptMark       = regexp.MustCompile(`^(In\[\d+\] [∇>]|∇) ?`)
	continuationMark = regexp.MustCompile(`^ +[·.] `)
)

// withoutPrompts keeps the entries of a session that is pasted: without its prompts and its answers.
func withoutPrompts(s string) string {
	if !promptMark.MatchString(s) || strings.HasPrefix(s, "∇_") {
		return s
	}
	var kept []string
	within := false
	for line := range strings.SplitSeq(s, "\n") {
		mark := promptMark.FindString(line)
		if mark == "" && within {
			mark = continuationMark.FindString(line)
		}
		if within = mark != ""; within {
			kept = append(kept, line[len(mark):])
		}
	}
	return strings.TrimRight(strings.Join(kept, "\n"), "\n")
}
