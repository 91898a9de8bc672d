//go:build !windows

package jupyter

import (
	"context"
	"os"
	"time"
)

// parentPoll is how often the parent is looked for. There is no portable way to be told of its death.
const parentPoll = 250 * time.Millisecond

// watchParent is closed when the process that started the kernel is gone. Only a launcher that sets JPY_PARENT_PID
// wants that; other kernels outlive the shell that started them.
func watchParent(ctx context.Context) <-chan struct{} {
	gone := make(chan struct{})
	launcher := os.Getenv("JPY_PARENT_PID")
	if launcher == "" {
		return gone
	}
	parent := os.Getppid()
	orphan := parent == 1 && launcher != "1" // it died before we looked
	go func() {
		tick := time.NewTicker(parentPoll)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if orphan || os.Getppid() != parent {
					close(gone)
					return
				}
			}
		}
	}()
	return gone
}
