// Command repl is tensor calculus one can talk to: typed at a prompt, run from a file, or asked by another program.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"nabla/numeric/blas"
)

func main() {
	blas.Use() // LAPACK's products of blocks too
	std := stdio{os.Stdin, os.Stdout, os.Stderr}
	if !isTerminal(os.Stdout) {
		signal.Ignore(syscall.SIGPIPE) // so that a broken pipe is an error of a write, and is said
		std.out = strictWriter{os.Stdout, func(err error) {
			fmt.Fprintf(os.Stderr, "repl: cannot write the output: %v\n", err)
			os.Exit(1)
		}}
	}
	os.Exit(run(os.Args[1:], std))
}

// run executes one command line and returns its exit status: 0, 1 after an error in what was run or read, 2 for a
// command line that cannot be understood, 130 after an interrupt.
func run(args []string, io stdio) int {
	root := newRoot(io, newEngine)
	root.SetArgs(args)
	return status(root.Execute(), io.err)
}
