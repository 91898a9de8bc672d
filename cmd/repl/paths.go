package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// historyPath is where the history lives: NABLA_HISTORY, or nabla/history in the XDG state folder. An empty
// NABLA_HISTORY keeps none.
func historyPath() string {
	if path, ok := os.LookupEnv("NABLA_HISTORY"); ok {
		return path
	}
	return inFolder(stateFolder(), "history")
}

// startPath is the script that is read before the first prompt: nabla/start.nabla in the XDG configuration folder.
func startPath() string {
	folder, err := os.UserConfigDir() // honours XDG_CONFIG_HOME
	if err != nil {
		return ""
	}
	return inFolder(folder, "start.nabla")
}

// stateFolder is where what is kept between sessions lives; "" if there is no home.
func stateFolder() string {
	if folder := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(folder) {
		return folder
	}
	if runtime.GOOS == "windows" {
		return os.Getenv("LocalAppData")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".local", "state")
}

// atHome is a path as it is typed: short, where it is in the home folder.
func atHome(path string) string {
	if home, err := os.UserHomeDir(); err == nil && runtime.GOOS != "windows" {
		if below, ok := strings.CutPrefix(path, home+"/"); ok {
			return "~/" + below
		}
	}
	return path
}

func inFolder(folder, name string) string {
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, "nabla", name)
}
