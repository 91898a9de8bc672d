package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	"nabla/kernel"
	"nabla/lang"
)

// A source is one piece of a script: a file, standard input, or the argument of -e.
type source struct {
	name string // for messages; "" for -e
	text string
}

// start runs what the command line asks for: a script if there is one, otherwise a conversation.
func start(f flags, args []string, std stdio, engine func() (kernel.Engine, error)) error {
	if !f.wantsScript(args) && (f.json || !isTerminal(std.in)) {
		args = []string{"-"}
	}
	sources, err := read(args, f.statements, std.in)
	if err != nil {
		return err
	}
	e, err := engine()
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		return converse(e, std, f)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process
	defer stop()
	return runScripts(ctx, e, sources, newOutput(f, std, readsStandardInput(args)), f.json)
}

// read collects every source before any of them runs: a missing file is found before an hour of training.
func read(files, statements []string, stdin io.Reader) ([]source, error) {
	var sources []source
	for _, name := range files {
		text, err := readFile(name, stdin)
		if err != nil {
			return nil, err
		}
		if text, err = lang.Decoded(text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if name == "-" {
			name = "stdin"
		}
		sources = append(sources, source{name, string(text)})
	}
	for _, text := range statements {
		sources = append(sources, source{"", text})
	}
	return sources, nil
}

func readFile(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(name)
}

// scriptOutput is where a script's results go, and what the session should know about it.
type scriptOutput interface {
	kernel.Output
	options(file string) kernel.ExecuteOptions
	flush()
	ended() bool // a statement was :quit
}

// runScripts runs the sources one after the other in one session. The first error ends the run, unless keepGoing.
func runScripts(ctx context.Context, e kernel.Engine, sources []source, out scriptOutput, keepGoing bool) error {
	var failed error
	for _, s := range sources {
		opts := out.options(s.name)
		opts.KeepGoing = keepGoing
		ok := e.Execute(ctx, s.text, opts, out)
		out.flush()
		switch {
		case ctx.Err() != nil:
			return errInterrupted
		case !ok && !keepGoing:
			return errFailed
		case !ok:
			failed = errFailed
		}
		if out.ended() {
			break
		}
	}
	return failed
}
