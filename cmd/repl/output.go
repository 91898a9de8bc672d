package main

import (
	"errors"
	"io"
	"os"
)

// A strictWriter is a stream whose reader may leave before the end, such as head: then there is no sense in going on.
type strictWriter struct {
	io.Writer
	fail func(error) // does not return
}

func (w strictWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		w.fail(reasonOf(err))
	}
	return n, err
}

// reasonOf is an error of a file without the system call and the name.
func reasonOf(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
