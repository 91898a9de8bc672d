package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"nabla/kernel"
	"nabla/lang"
)

// textOutput prints results for reading: the answer, its shape to the right, notes below.
type textOutput struct {
	stdio
	theme
	width   func() int // columns to fold to; 0 does not fold
	live    bool       // out is a terminal: displays are redrawn in place
	noInput bool
	ask     func(prompt string) (string, error)
	ctx     context.Context // of what runs: Ctrl-C ends it

	journal *journal // remembers what was run; nil in a script
	file    string   // the script that runs, "" for -e and at the prompt
	number  int      // n of In[n] and Out[n]; 0 in a script, which has none
	quit    bool     // the session was asked to end
	hushed  bool     // only errors and what is printed are shown: the start file
	partial bool     // the last line printed has no newline
	shown   screen   // the display that may still be redrawn
	cleared bool     // clear the display before the next output
}

// A screen is the last live display: its text, and the rows it takes on a terminal.
type screen struct {
	id, text string
	rows     int
	pending  bool // not printed yet: out is not a terminal
}

// newOutput is the output that the flags ask for.
func newOutput(f flags, std stdio, noInput bool) scriptOutput {
	if f.json {
		return newJSONOutput(std, noInput)
	}
	return newTextOutput(std, noInput)
}

func newTextOutput(std stdio, noInput bool) *textOutput {
	in := bufio.NewReader(std.in)
	o := &textOutput{stdio: std, theme: newTheme(std.out), live: isTerminal(std.out), noInput: noInput, ctx: context.Background()}
	o.width = func() int { return terminalWidth(std.out) }
	o.ask = func(prompt string) (string, error) { return readLine(in, std.out, prompt, noInput) }
	return o
}

func (o *textOutput) options(file string) kernel.ExecuteOptions {
	o.file = file
	return kernel.ExecuteOptions{File: file, Number: o.number, Width: o.width(), NoInput: o.noInput, TextOnly: true, ASCII: asciiLocale()}
}

// Result prints one statement's reply.
func (o *textOutput) Result(r *kernel.Result) {
	o.flush()
	o.quit = o.quit || r.Quit
	if r.Err != nil {
		o.printError(r)
		return
	}
	o.journal.record(r)
	if r.Silent || o.hushed {
		return
	}
	if o.file != "" && r.Text != "" && (r.Kind == kernel.KindExpr || r.Kind == kernel.KindCheck) {
		o.write(o.paint(roleNote, strings.TrimSpace(r.In)) + "\n") // a script shows what was asked; a prompt has it on the screen
	}
	switch {
	case r.Text == "":
	case r.Pager && o.live && page(r.Text, o.out):
	case r.Kind == kernel.KindCommand, r.Pager:
		o.write(strings.Join(wrap(r.Text, o.width()), "\n") + "\n")
	default:
		o.answer(r)
	}
	for _, note := range r.Notes {
		o.write(o.remark(note) + "\n")
	}
}

const indent = "  "

// gap stands between an answer and its shape.
const gap = "      : "

// answer writes the text, folded, with its shape to the right of the last line or below it where there is no room. A long
// text goes out in pieces, between which Ctrl-C ends it; a short one, as of a training that was stopped, is shown whole.
func (o *textOutput) answer(r *kernel.Result) {
	label := o.label(r)
	pad := strings.Repeat(" ", columns(label))
	before := o.paint(roleOut, label)
	var piece strings.Builder
	long := false
	put := func(line string) {
		piece.WriteString(before + line + "\n")
		before = pad
		if piece.Len() > pieceSize {
			o.write(piece.String())
			piece.Reset()
			long = true
		}
	}
	last, n := "", 0
	for line := range strings.SplitSeq(strings.TrimRight(r.Text, "\n"), "\n") {
		if long && o.ctx.Err() != nil {
			o.write(piece.String() + o.remark("interrupted: this is not all of it") + "\n")
			return
		}
		for _, folded := range foldLine(line, o.room(len(pad))) {
			if n > 0 {
				put(last)
			}
			last, n = folded, n+1
		}
	}
	for _, line := range o.beside(last, shapeText(r), len(pad)) {
		put(line)
	}
	o.write(piece.String())
}

// pieceSize is how many bytes go out before Ctrl-C is looked for again.
const pieceSize = 1 << 14

// beside puts a shape after a line, or on a line of its own.
func (o *textOutput) beside(line, shape string, used int) []string {
	room := o.room(used)
	if shape == "" {
		return []string{line}
	}
	if room == 0 || columns(line)+columns(gap+shape) <= room {
		return []string{line + o.paint(roleShape, gap+shape)}
	}
	margin := min(columns(gap), max(2, room-columns(shape)))
	return []string{line, o.paint(roleShape, strings.Repeat(" ", margin-2)+": "+shape)}
}

// room is what remains of a line after some columns; 0 is unlimited.
func (o *textOutput) room(used int) int {
	width := o.width()
	if width <= 0 {
		return 0
	}
	return max(width-used, 10)
}

// label stands before an answer: Out[n] for what %n can recall, otherwise blanks.
func (o *textOutput) label(r *kernel.Result) string {
	if o.number > 0 && r.Kind == kernel.KindExpr {
		return fmt.Sprintf("Out[%d]  ", o.number)
	}
	return indent
}

func (o *textOutput) remark(note string) string {
	lines := fold("note: "+note, o.room(2*len(indent)))
	for i, line := range lines {
		lines[i] = o.paint(roleNote, line)
	}
	return indent + indent + strings.Join(lines, "\n"+indent+indent+"      ")
}

// shapeText is the space that the answer lives in, for kinds of statement that have an answer.
func shapeText(r *kernel.Result) string {
	switch {
	case r.Shape == nil, r.Kind == kernel.KindDecl, r.Kind == kernel.KindCheck, r.Kind == kernel.KindReport:
		return ""
	case len(r.Shape) == 0:
		return "R"
	case r.Row:
		return "R[" + strings.Join(r.Shape, ",") + "] (row)"
	}
	return "R[" + strings.Join(r.Shape, ",") + "]"
}

// printError prints to standard error. On a terminal the two streams share the screen.
func (o *textOutput) printError(r *kernel.Result) {
	if o.live {
		o.freshLine()
	}
	options := lang.RenderOptions{File: o.file, ASCII: asciiLocale(), Width: o.width(), Paint: o.paintError}
	switch {
	case o.number > 0:
		options.Prefix = fmt.Sprintf("In[%d]", o.number)
	case o.file == "":
		options.Prefix = "-e"
	}
	io.WriteString(o.err, r.Err.Render(options)+"\n")
}

// errorRoles are the parts of an error by the names that lang gives them.
var errorRoles = map[string]role{"error": roleError, "gutter": roleNote, "mark": roleError, "fix": roleFix}

func (o *textOutput) paintError(part, text string) string {
	if !isTerminal(o.err) {
		return text
	}
	return o.paint(errorRoles[part], text)
}

// Print writes what a program prints, as it is.
func (o *textOutput) Print(stream, text string) {
	o.flush()
	if stream == "stderr" {
		io.WriteString(o.err, text)
		return
	}
	o.write(text)
}

// Display shows a text that later calls with the same id replace: in place on a terminal, once at its end elsewhere.
// An empty text takes the display away.
func (o *textOutput) Display(id string, update bool, media []kernel.Media, text string) {
	if o.shown.id != id || !update {
		o.flush()
	}
	rows := o.shown.rows
	o.shown = screen{id: id, text: text, pending: text != ""}
	if !o.live {
		return
	}
	o.wipe(rows)
	if text != "" {
		o.draw()
	}
}

// wipe moves up over a display and clears it.
func (o *textOutput) wipe(rows int) {
	if rows > 0 {
		fmt.Fprintf(o.out, "\x1b[%dA\r\x1b[J", rows)
	}
}

// draw prints the pending display and remembers the rows it took.
func (o *textOutput) draw() {
	lines := o.clip(strings.Split(strings.TrimRight(o.shown.text, "\n"), "\n"))
	o.write(strings.Join(lines, "\n") + "\n")
	o.shown.rows, o.shown.pending = len(lines), false
}

// clip cuts lines at the width: a line that wraps would take rows that cannot be counted on to be cleared.
func (o *textOutput) clip(lines []string) []string {
	if width := o.width(); width > 0 && o.live {
		for i, line := range lines {
			lines[i] = truncate(line, width-1)
		}
	}
	return lines
}

// Clear empties the terminal, at once or just before the next output.
func (o *textOutput) Clear(wait bool) {
	o.shown, o.cleared = screen{}, true
	if !wait {
		o.write("")
	}
}

func (o *textOutput) Input(prompt string) (string, error) {
	o.flush()
	return o.ask(prompt)
}

// flush ends the life of a display: what comes next stands below it.
func (o *textOutput) flush() {
	if o.shown.pending {
		o.draw()
	}
	o.shown = screen{}
}

// freshLine makes sure that what comes next begins a line.
func (o *textOutput) freshLine() {
	if o.partial {
		o.write("\n")
	}
}

func (o *textOutput) ended() bool { return o.quit }

const eraseScreen = "\x1b[H\x1b[2J"

func (o *textOutput) write(s string) {
	if o.cleared && o.live {
		s = eraseScreen + s
	}
	o.cleared = false
	if s == "" {
		return
	}
	o.partial = s != eraseScreen && !strings.HasSuffix(s, "\n")
	io.WriteString(o.out, s)
}
