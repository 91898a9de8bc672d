package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// An editor reads what a person types. It is the only thing that the conversation knows of a terminal's keys.
type editor interface {
	// read returns one complete entry, which may have several lines, without its last newline.
	// io.EOF ends the conversation; errInterrupted is Ctrl-C, with what was typed so far.
	read(prompt string) (string, error)
	// ask returns one line that is not a statement: the answer to input(…).
	ask(prompt string) (string, error)
	// close gives the terminal back.
	close() error
}

// plainEditor reads whole lines without any control of the screen: TERM=dumb, or input that is not a terminal.
type plainEditor struct {
	in       *bufio.Reader
	out      io.Writer
	complete func(src string) bool
}

func (e *plainEditor) read(prompt string) (string, error) {
	var entry strings.Builder
	for {
		line, err := e.ask(prompt)
		entry.WriteString(line)
		if err != nil && (!errors.Is(err, io.EOF) || entry.Len() == 0) {
			return entry.String(), err
		}
		if err != nil || line == "" || e.complete(entry.String()) {
			return entry.String(), nil
		}
		entry.WriteByte('\n')
		prompt = continuation(prompt)
	}
}

func (e *plainEditor) ask(prompt string) (string, error) { return readLine(e.in, e.out, prompt, false) }

func (e *plainEditor) close() error { return nil }

// prompt is what stands before the nth entry.
func prompt(n int) string {
	if asciiLocale() {
		return fmt.Sprintf("In[%d] > ", n)
	}
	return fmt.Sprintf("In[%d] ∇ ", n)
}

// continuation is the prompt of the second and later lines of an entry: it ends in the same column.
func continuation(prompt string) string {
	width := columns(prompt)
	switch {
	case width < 2:
		return prompt
	case asciiLocale():
		return strings.Repeat(" ", width-2) + ". "
	}
	return strings.Repeat(" ", width-2) + "· "
}
