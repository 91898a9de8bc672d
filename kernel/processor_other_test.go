//go:build !unix

package kernel

import "time"

var started = time.Now()

// processorTime is the time of the clock where no other is known.
func processorTime() time.Duration { return time.Since(started) }
