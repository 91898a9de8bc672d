//go:build unix

package main

import (
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// suspend stops this job as Ctrl-Z does and returns when it is continued. The signal goes to the process group, which
// is what the terminal itself signals: a "go run" around this process stops with it, the shell does not.
func suspend() {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, unix.SIGCONT)
	defer signal.Stop(continued)
	if unix.Kill(0, unix.SIGTSTP) != nil {
		return
	}
	select {
	case <-continued:
	case <-time.After(300 * time.Millisecond): // without job control nothing stops and nothing continues
	}
}
