package main

import (
	"os"
	"testing"

	"nabla/kernel"
)

// TestMain lets the test binary be the command itself, with a parrot for a session: what a terminal test drives.
func TestMain(m *testing.M) {
	if os.Getenv("NABLA_TEST_PARROT") == "" {
		os.Exit(m.Run())
	}
	std := stdio{os.Stdin, os.Stdout, os.Stderr}
	root := newRoot(std, func() (kernel.Engine, error) { return &parrot{}, nil })
	root.SetArgs(os.Args[1:])
	os.Exit(status(root.Execute(), os.Stderr))
}
