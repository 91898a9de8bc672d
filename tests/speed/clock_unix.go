//go:build unix

package main

import (
	"syscall"
	"time"
)

const hasProcessorTime = true

// processorTime is how long this process has been at work, in all its threads.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
