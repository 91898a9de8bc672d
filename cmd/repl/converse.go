package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"time"

	"nabla/kernel"
)

// A conversation is one interactive session on a terminal.
type conversation struct {
	engine  kernel.Engine
	editor  editor
	in      any // the terminal that is typed on
	out     *textOutput
	theme   theme
	number  int // n of the next In[n]
	running atomic.Bool
	refused time.Time // when Ctrl-C was last pressed at an empty prompt
}

// converse talks until the person leaves.
func converse(e kernel.Engine, std stdio, f flags) error {
	out := newTextOutput(std, false)
	c := &conversation{engine: e, in: std.in, out: out, theme: out.theme, number: 1}
	c.editor = newEditor(e, std)
	defer c.editor.close()
	out.ask = c.editor.ask
	defer c.surviveInterrupts()()
	c.begin(f)
	defer out.journal.close()
	return c.loop()
}

// newEditor is the editor that the terminal can carry.
func newEditor(e kernel.Engine, std stdio) editor {
	out, ok := std.out.(*os.File)
	if ok && isTerminal(std.in) && isTerminal(out) && os.Getenv("TERM") != "dumb" {
		if chzyer, err := newChzyer(e, openHistory(historyPath()), std.in, out); err == nil {
			return chzyer
		}
	}
	complete := func(src string) bool { return e.Completeness(src).Status != kernel.StatusIncomplete }
	return &plainEditor{in: bufio.NewReader(std.in), out: std.out, complete: complete}
}

func (c *conversation) loop() error {
	for {
		entry, err := c.editor.read(prompt(c.number))
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errInterrupted) && c.leaves(entry):
			return nil
		case errors.Is(err, errInterrupted):
			if strings.TrimSpace(entry) == "" {
				c.out.write(c.theme.paint(roleNote, "Ctrl-C again leaves, as Ctrl-D does.") + "\n")
			}
			continue
		case err != nil:
			return err
		}
		if strings.TrimSpace(entry) != "" {
			c.run(entry)
		}
		if c.out.ended() {
			return nil
		}
	}
}

// surviveInterrupts keeps an interrupt from ending the process between two statements, where no one waits for it. An
// editor that reads whole lines does not see Ctrl-C as a key: there, twice within a second leaves.
func (c *conversation) surviveInterrupts() (stop func()) {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	plain, _ := c.editor.(*plainEditor)
	go func() {
		for range interrupts {
			if plain == nil || c.running.Load() {
				continue
			}
			if c.leaves("") {
				c.out.journal.close()
				os.Exit(130)
			}
			plain.drop()
		}
	}()
	return func() { signal.Stop(interrupts) }
}

// leaves reports whether Ctrl-C was pressed twice within a second at an empty prompt.
func (c *conversation) leaves(entry string) bool {
	if strings.TrimSpace(entry) != "" {
		return false
	}
	now := time.Now()
	twice := now.Sub(c.refused) < time.Second
	c.refused = now
	return twice
}

// run executes one entry. Ctrl-C cancels it and keeps the session.
func (c *conversation) run(entry string) {
	c.out.number = c.number
	c.execute(entry, c.out.options(""))
	c.number++
}

// execute runs a cell until it ends or is interrupted, and leaves the cursor at the start of a line.
func (c *conversation) execute(cell string, opts kernel.ExecuteOptions) bool {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	defer quiet(c.in)()
	c.running.Store(true)
	defer c.running.Store(false)
	c.out.ctx = ctx
	fine := c.engine.Execute(ctx, cell, opts, c.out)
	c.out.flush()
	c.out.freshLine()
	return fine
}

// begin reads the start file and says what an earlier session left behind.
func (c *conversation) begin(f flags) {
	if path := startPath(); path != "" && !f.noStart {
		if text, err := os.ReadFile(path); err == nil {
			opts := c.out.options(path)
			opts.NoHistory = true
			c.out.hushed = true
			if !c.execute(string(text), opts) {
				c.out.write(c.theme.paint(roleNote, quotePath(atHome(path))+" stopped there; what follows was not read.") + "\n")
			}
			c.out.hushed = false
		}
	}
	c.out.journal = openJournal(stateFolder())
	if lost := c.out.journal.lost; lost != "" {
		c.out.write(c.theme.paint(roleNote, "An earlier session ended without a goodbye.  :load "+quotePath(atHome(lost))+"  restores it.") + "\n")
	}
}

// quotePath is a path as :load takes it.
func quotePath(path string) string {
	if strings.ContainsAny(path, " \t") {
		return fmt.Sprintf("%q", path)
	}
	return path
}
