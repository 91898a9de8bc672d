package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
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
	prompt   atomic.Value // of the entry that is being typed
	dropped  atomic.Bool  // Ctrl-C was pressed meanwhile
}

func (e *plainEditor) read(prompt string) (string, error) {
	var entry strings.Builder
	first := prompt
	e.prompt.Store(first)
	e.dropped.Store(false)
	for {
		line, err := e.ask(prompt)
		if e.dropped.Swap(false) {
			entry.Reset()
		}
		entry.WriteString(line)
		if err != nil && (!errors.Is(err, io.EOF) || entry.Len() == 0) {
			return entry.String(), err
		}
		if err != nil || line == "" || e.complete(entry.String()) {
			return entry.String(), nil
		}
		entry.WriteByte('\n')
		prompt = continuation(first)
	}
}

// drop forgets the lines of the entry so far, and what the terminal had of the next, which the interrupt has cleared.
func (e *plainEditor) drop() {
	e.dropped.Store(true)
	if prompt, ok := e.prompt.Load().(string); ok {
		io.WriteString(e.out, "\n"+prompt)
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
