package kernel

import (
	"os"
	"path/filepath"
	"strings"
)

// fileOf is the file that a path of a person names: ~/ is the home folder, as in a shell.
func fileOf(path string) string {
	if below, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, below)
		}
	}
	return path
}
