package main

import (
	"os"
	"testing"
)

func TestAnOutputThatIsGoneEndsTheRun(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	var got error
	strictWriter{w, func(err error) { got = err }}.Write([]byte("x"))
	if got == nil || got.Error() == "" {
		t.Error("a write without a reader went unnoticed")
	}
}
