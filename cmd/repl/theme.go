package main

import (
	"image/color"
	"io"
	"os"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"
)

// A role is what a piece of text means. Colours follow meaning, and nothing is said by colour alone.
type role int

const (
	rolePlain role = iota
	rolePrompt
	roleOut
	roleShape
	roleNote
	roleError
	roleFix
	roleName
	roleFunction
	roleDimension
	roleNumber
	roleString
	roleOperator
	roleComment
	roleCommand
	roleMatch    // the bracket that belongs to the one at the cursor
	roleMismatch // a bracket without a partner
	roleSelected
	roleCount
)

// palette gives every role one of the terminal's own sixteen colours, so that a person's choice of colours holds.
var palette = [roleCount]lipgloss.Style{
	rolePrompt:    foreground(lipgloss.Green).Bold(true),
	roleOut:       foreground(lipgloss.Red),
	roleShape:     lipgloss.NewStyle().Faint(true),
	roleNote:      lipgloss.NewStyle().Faint(true),
	roleError:     foreground(lipgloss.Red).Bold(true),
	roleFix:       foreground(lipgloss.Green),
	roleFunction:  foreground(lipgloss.Blue),
	roleDimension: foreground(lipgloss.Yellow),
	roleNumber:    foreground(lipgloss.Cyan),
	roleString:    foreground(lipgloss.Green),
	roleOperator:  foreground(lipgloss.Magenta),
	roleComment:   lipgloss.NewStyle().Faint(true),
	roleCommand:   foreground(lipgloss.Magenta).Bold(true),
	roleMatch:     lipgloss.NewStyle().Bold(true).Underline(true),
	roleMismatch:  foreground(lipgloss.Red).Underline(true),
	roleSelected:  lipgloss.NewStyle().Reverse(true),
}

func foreground(c color.Color) lipgloss.Style { return lipgloss.NewStyle().Foreground(c) }

// A theme colours text, or leaves it alone.
type theme struct{ colours bool }

// newTheme colours what goes to a terminal that can show it: not into a pipe, not with NO_COLOR, not on TERM=dumb.
func newTheme(w io.Writer) theme {
	return theme{colorprofile.Detect(w, os.Environ()) >= colorprofile.ANSI}
}

// paint is s in the style of its role.
func (t theme) paint(r role, s string) string {
	if !t.colours || r == rolePlain || s == "" {
		return s
	}
	return palette[r].Inline(true).Render(s)
}

// isTerminal reports whether a stream is connected to a person.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalWidth is the number of columns of a stream, 0 where it has none.
func terminalWidth(stream any) int {
	f, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
