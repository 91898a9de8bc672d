package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"nabla/kernel"
)

// A journal is a script of what a session has run, written statement by statement, so that a crash loses at most the
// line being typed. A session that ends in order removes its journal; one that is found without its session is kept
// for :load.
type journal struct {
	file *os.File
	lost string // what an earlier session left behind, "" if it said goodbye
}

// maxLost is the number of journals of broken sessions that are kept.
const maxLost = 10

// openJournal starts a journal in the state folder. Without one, or where it cannot be written, nothing is recorded.
func openJournal(state string) *journal {
	j := &journal{}
	if state == "" {
		return j
	}
	folder := filepath.Join(state, "nabla", "journal")
	if os.MkdirAll(folder, 0o700) != nil {
		return j
	}
	j.lost = findLost(folder)
	name := filepath.Join(folder, fmt.Sprintf("session-%d.nabla", os.Getpid()))
	file, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_RDWR, 0o600)
	if err == nil && hold(file) {
		j.file = file
	}
	return j
}

// findLost moves the journals of sessions that are gone aside and returns the newest of them.
func findLost(folder string) (newest string) {
	found, _ := filepath.Glob(filepath.Join(folder, "session-*.nabla"))
	for _, name := range found {
		if abandoned(name) {
			if moved := setAside(folder, name); moved > newest {
				newest = moved
			}
		}
	}
	if newest != "" {
		prune(folder)
	}
	return newest
}

// abandoned reports whether no session holds a journal.
func abandoned(name string) bool {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer file.Close() // lets go
	return hold(file)
}

// setAside renames a journal after the time of its last statement; one without statements is removed.
func setAside(folder, name string) string {
	info, err := os.Stat(name)
	if err != nil || info.Size() == 0 {
		_ = os.Remove(name)
		return ""
	}
	moved := filepath.Join(folder, "lost-"+info.ModTime().UTC().Format(time.DateOnly+"-150405.000")+".nabla")
	if os.Rename(name, moved) != nil {
		return ""
	}
	return moved
}

// prune removes all but the newest lost journals.
func prune(folder string) {
	lost, _ := filepath.Glob(filepath.Join(folder, "lost-*.nabla"))
	slices.Sort(lost)
	for _, name := range lost[:max(0, len(lost)-maxLost)] {
		_ = os.Remove(name)
	}
}

// record adds a statement that has succeeded.
func (j *journal) record(r *kernel.Result) {
	if j == nil || j.file == nil || strings.TrimSpace(r.In) == "" {
		return
	}
	statement := strings.TrimSpace(r.In)
	if strings.HasPrefix(statement, ":load") || strings.HasPrefix(statement, ":time ") {
		return // what they run is recorded by itself
	}
	if r.Silent && !strings.HasSuffix(statement, ";") && !strings.Contains(statement, "#") {
		statement += ";"
	}
	// A full disk costs the journal, not the session.
	_, _ = j.file.WriteString(statement + "\n")
}

// close ends a session in order.
func (j *journal) close() {
	if j != nil && j.file != nil {
		_ = os.Remove(j.file.Name())
		_ = j.file.Close()
	}
}
