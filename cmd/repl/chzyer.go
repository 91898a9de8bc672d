package main

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/chzyer/readline"
	"golang.org/x/term"

	"nabla/kernel"
)

// chzyerEditor is the editor on github.com/chzyer/readline. That library gives raw mode, the loop over keys and the
// signal of a resized window. Its own line counts characters instead of columns and its own drawing loses its place
// on wrapped lines, so its keys are taken in FuncFilterInputRune, before they reach its line; its Stdin is the stream
// of decoded keys; and its Stdout goes nowhere: lineEditor edits and draws.
type chzyerEditor struct {
	*lineEditor
	instance *readline.Instance
	keys     *keyStream
	before   *term.State     // of the terminal, to be given back
	cooked   *readline.State // what to return to after reading a line; nil outside raw mode
}

// newChzyer takes hold of a terminal.
func newChzyer(e kernel.Engine, h *history, in io.Reader, out *os.File) (*chzyerEditor, error) {
	c := &chzyerEditor{keys: newKeyStream(in)}
	c.lineEditor = &lineEditor{
		canvas: canvas{out: out, theme: newTheme(out)}, history: h, engine: e,
		size: func() (int, int) { return terminalSize(out) }, suspend: c.stop,
	}
	var err error
	if c.before, err = term.GetState(readline.GetStdin()); err != nil {
		return nil, err
	}
	c.instance, err = readline.NewEx(&readline.Config{
		Stdin: c.keys, Stdout: io.Discard, Stderr: io.Discard,
		HistoryLimit: -1, DisableAutoSaveHistory: true,
		FuncFilterInputRune: c.filter,
		FuncIsTerminal:      func() bool { return false }, // it is one, but drawing is not the library's job
		FuncGetWidth:        func() int { w, _ := terminalSize(out); return w },
		FuncOnWidthChanged:  func(f func()) { readline.DefaultOnWidthChanged(func() { f(); c.resized() }) },
		FuncMakeRaw:         c.raw,
		FuncExitRaw:         c.cook,
		Painter:             invisible{},
	})
	if err == nil {
		c.restoreWhenKilled()
	}
	return c, err
}

// restoreWhenKilled gives the terminal back before a signal that asks the process to end does so.
func (c *chzyerEditor) restoreWhenKilled() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		s := <-asked
		io.WriteString(c.canvas.out, bracketedPasteOff+"\r\n")
		_ = c.close()
		os.Exit(128 + int(s.(syscall.Signal)))
	}()
}

// invisible paints nothing.
type invisible struct{}

func (invisible) Paint([]rune, int) []rune { return nil }

func (c *chzyerEditor) read(prompt string) (string, error) {
	text, err := c.reading(prompt, false)
	if err == nil {
		// A history that cannot be written is no reason to stop; the entry is still in memory.
		_ = c.history.add(text)
	}
	return text, err
}

func (c *chzyerEditor) ask(prompt string) (string, error) { return c.reading(prompt, true) }

// reading enters raw mode before it shows the prompt: who sees the prompt may type, and a Ctrl-C before raw mode would
// be a signal.
func (c *chzyerEditor) reading(prompt string, simple bool) (string, error) {
	if err := c.raw(); err != nil {
		return "", err
	}
	c.begin(prompt, simple)
	c.keys.allow()
	_, err := c.instance.Readline()
	if errors.Is(err, readline.ErrInterrupt) {
		err = errInterrupted
	}
	return c.line.text, err
}

// filter takes every key before the library sees it. What it lets through ends the library's reading.
func (c *chzyerEditor) filter(r rune) (rune, bool) {
	k := key(r)
	if r == 0 { // the terminal is gone, and half an entry with it
		k = keyEndOfFile
		c.line.clear()
	}
	if !c.press(k, c.keys.pasted()) {
		c.keys.allow()
		return r, false
	}
	switch {
	case c.err == errInterrupted:
		return readline.CharInterrupt, true
	case c.err == io.EOF:
		return readline.CharDelete, true
	}
	return readline.CharEnter, true
}

// raw takes every key from the terminal as it is; cook undoes it.
func (c *chzyerEditor) raw() (err error) {
	if c.cooked == nil {
		c.cooked, err = readline.MakeRaw(readline.GetStdin())
	}
	return err
}

func (c *chzyerEditor) cook() error {
	if c.cooked == nil {
		return nil
	}
	state := c.cooked
	c.cooked = nil
	return readline.Restore(readline.GetStdin(), state)
}

// stop gives the terminal back while the process is suspended.
func (c *chzyerEditor) stop() {
	_ = c.cook()
	suspend()
	_ = c.raw()
}

// close does not wait for the library, which may be waiting for a key that will never come.
func (c *chzyerEditor) close() error {
	if c.before == nil {
		return nil
	}
	return term.Restore(readline.GetStdin(), c.before)
}

// A keyStream is the keyboard as the library wants it: a stream of one rune for each key. It hands out a key only
// when it is allowed to, so that no key is taken from the terminal while nobody is reading.
type keyStream struct {
	keyboard *keyboard
	allowed  chan struct{}
	closed   chan struct{}
	close    sync.Once
}

func newKeyStream(in io.Reader) *keyStream {
	return &keyStream{keyboard: newKeyboard(in), allowed: make(chan struct{}, 1), closed: make(chan struct{})}
}

// allow lets one more key pass.
func (s *keyStream) allow() {
	select {
	case s.allowed <- struct{}{}:
	default:
	}
}

func (s *keyStream) Read(p []byte) (int, error) {
	select {
	case <-s.allowed:
	case <-s.closed:
		return 0, io.EOF
	}
	k, err := s.keyboard.next()
	if err != nil {
		return 0, io.EOF
	}
	return copy(p, string(rune(k))), nil
}

func (s *keyStream) Close() error {
	s.close.Do(func() { close(s.closed) })
	return nil
}

// pasted is what the last paste brought.
func (s *keyStream) pasted() string { return s.keyboard.pasted }

// terminalSize is the size of a terminal in columns and rows; 80 by 24 where it will not say.
func terminalSize(out *os.File) (width, height int) {
	width, height, err := term.GetSize(int(out.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		return 80, 24
	}
	return width, height
}
