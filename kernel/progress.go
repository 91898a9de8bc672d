package kernel

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// progressFile is where the parts of exercises that were solved are kept: nabla/exercises.json in the user's data folder.
func progressFile() (string, error) {
	dir := os.Getenv("XDG_DATA_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(dir, "nabla", "exercises.json"), nil
}

// progress are the parts solved, by exercise. A file that is missing or damaged is no progress.
func progress() map[string][]string {
	out := map[string][]string{}
	if name, err := progressFile(); err == nil {
		if data, err := os.ReadFile(name); err == nil {
			_ = json.Unmarshal(data, &out)
		}
	}
	return out
}

// keepProgress writes it, the file at once.
func keepProgress(p map[string][]string) error {
	name, err := progressFile()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".new", append(data, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
