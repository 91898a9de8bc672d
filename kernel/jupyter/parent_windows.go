package jupyter

import (
	"context"
	"os"
	"strconv"
	"syscall"
)

// watchParent is closed when the process that started the kernel is gone: JPY_PARENT_PID is an inherited handle to it.
func watchParent(context.Context) <-chan struct{} {
	gone := make(chan struct{})
	handle, err := strconv.ParseUint(os.Getenv("JPY_PARENT_PID"), 10, 64)
	if err != nil || handle == 0 {
		return gone
	}
	go func() {
		if event, err := syscall.WaitForSingleObject(syscall.Handle(handle), syscall.INFINITE); err == nil && event == 0 {
			close(gone)
		}
	}()
	return gone
}
