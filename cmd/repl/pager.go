package main

import (
	"cmp"
	"io"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/term"
)

// page shows a text that is taller than the screen in the pager that the person has chosen with NABLA_PAGER or PAGER.
// It reports whether it did: nobody is put into a pager unasked.
func page(text string, out io.Writer) bool {
	words := strings.Fields(cmp.Or(os.Getenv("NABLA_PAGER"), os.Getenv("PAGER")))
	screen, ok := out.(*os.File)
	if len(words) == 0 || !ok {
		return false
	}
	if _, height, err := term.GetSize(int(screen.Fd())); err != nil || strings.Count(text, "\n") < height-1 {
		return false
	}
	pager := exec.Command(words[0], words[1:]...)
	pager.Stdin, pager.Stdout, pager.Stderr = strings.NewReader(text), screen, os.Stderr
	return pager.Run() == nil
}
