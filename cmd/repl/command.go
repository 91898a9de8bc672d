package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"nabla/kernel"
	"nabla/kernel/jupyter"
)

// stdio are the three streams of the process.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// Errors that end the command without another word: what there was to say has been said.
var (
	errFailed      = errors.New("a statement failed")
	errInterrupted = errors.New("interrupted")
)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// flags are what the command line asks for.
type flags struct {
	json       bool
	statements []string
	noStart    bool
}

const long = `repl is tensor calculus one can talk to: declare vectors and matrices, write a model as the
textbook prints it, ask for its derivatives, and give it numbers.

  repl                    interactive: history, completion, colours when standard output is a terminal
  repl FILE.nabla …       runs scripts, stops at the first error with exit status 1
  repl -e 'STATEMENTS'    runs its argument, after the files; may be repeated
  repl -                  reads a script from standard input
  repl --json …           one JSON object per statement instead of text; goes on after an error

At the prompt, ? is a tour, ?name is help about a name, \lambda and Tab is λ, and Ctrl-D leaves.

Files: nabla/start.nabla in the XDG configuration folder is read before the first prompt;
nabla/history in the XDG state folder is the history (NABLA_HISTORY names another file).
NO_COLOR turns colours off; NABLA_PAGER or PAGER shows help that is taller than the screen.`

// newRoot is the whole command tree; engine starts the session of a run.
func newRoot(io stdio, engine func() (kernel.Engine, error)) *cobra.Command {
	var f flags
	root := &cobra.Command{
		Use:           "repl [FILE.nabla … | -]",
		Short:         "Tensor calculus one can talk to",
		Long:          long,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return start(f, args, io, engine)
		},
	}
	root.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"nabla"}, cobra.ShellCompDirectiveFilterFileExt
	}
	root.Flags().BoolVar(&f.json, "json", false, "print one JSON object per statement")
	root.Flags().StringArrayVarP(&f.statements, "eval", "e", nil, "run `STATEMENTS`; may be repeated")
	root.Flags().BoolVar(&f.noStart, "no-start", false, "do not read the start file")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	root.AddCommand(versionCommand(), manCommand(), jupyter.Command(engine))
	root.InitDefaultCompletionCmd()
	refuseUnknownShells(root)
	return root
}

// refuseUnknownShells makes completion of a shell that is not known an error, as any other unknown command is.
func refuseUnknownShells(root *cobra.Command) {
	c, _, err := root.Find([]string{"completion"})
	if err != nil || c == root {
		return
	}
	c.Args = cobra.NoArgs
	c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// status turns the error of a run into an exit status, and says it in one line unless it was said before.
func status(err error, stderr io.Writer) int {
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFailed):
		return 1
	case errors.Is(err, errInterrupted):
		return 130
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "repl: %v (repl help lists the flags)\n", err)
		return 2
	}
	fmt.Fprintf(stderr, "repl: %v\n", plainError(err))
	return 1
}

// plainError says what is wrong with a file in a person's words: the name first, without the system call.
func plainError(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("cannot read %s: %w", path.Path, path.Err)
	}
	return err
}

// wantsScript reports whether a command line runs something and ends.
func (f flags) wantsScript(args []string) bool {
	return len(args) > 0 || len(f.statements) > 0
}

// readsStandardInput reports whether the script itself comes from standard input, so that input(…) cannot.
func readsStandardInput(args []string) bool { return slices.Contains(args, "-") }
