// Command toykernel is the Jupyter kernel with the toy session behind it.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"nabla/kernel/jupyter"
	"nabla/tests/jupyter/toy"
)

func main() {
	root := &cobra.Command{Use: "toykernel", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(jupyter.Command(toy.New))
	if err := root.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "toykernel:", err)
		os.Exit(1)
	}
}
