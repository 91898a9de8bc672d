package kernel

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"sync"
)

// machineMemory is the memory of this machine in bytes; 8 GB where the system does not say.
var machineMemory = sync.OnceValue(readMemory)

func readMemory() int64 {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 8e9
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		var kb int64
		if strings.HasPrefix(in.Text(), "MemTotal:") {
			if _, err := fmt.Sscanf(in.Text(), "MemTotal: %d kB", &kb); err == nil {
				return kb * 1024
			}
		}
	}
	return 8e9
}
