package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// maxHistory is the number of entries that are kept.
const maxHistory = 10_000

// A history is the entries that were run, oldest first, each once. It lives in a file with one line per entry, to
// which sessions append; so two of them at once lose nothing.
type history struct {
	path    string // "" keeps nothing
	entries []string
}

// openHistory reads the file. What cannot be read is an empty history: a person can still type.
func openHistory(path string) *history {
	h := &history{path: path}
	if path == "" {
		return h
	}
	lines, err := h.load()
	if err == nil && lines > 2*maxHistory {
		h.compact()
	}
	return h
}

// load reads entries and returns the number of lines of the file.
func (h *history) load() (lines int, err error) {
	file, err := os.ReadFile(h.path)
	if err != nil {
		return 0, err
	}
	text := string(file)
	lines = strings.Count(text, "\n")
	all := make([]string, 0, lines+1)
	for line := range strings.SplitSeq(text, "\n") {
		if entry := unescape(strings.TrimSuffix(line, "\r")); strings.TrimSpace(entry) != "" {
			all = append(all, entry)
		}
	}
	h.entries = newest(all)
	return lines, nil
}

// newest keeps the last of equal entries, and at most maxHistory of them.
func newest(all []string) []string {
	seen := make(map[string]bool, len(all))
	kept := make([]string, 0, min(len(all), maxHistory))
	for i := len(all) - 1; i >= 0 && len(kept) < maxHistory; i-- {
		if !seen[all[i]] {
			seen[all[i]] = true
			kept = append(kept, all[i])
		}
	}
	for i, j := 0, len(kept)-1; i < j; i, j = i+1, j-1 {
		kept[i], kept[j] = kept[j], kept[i]
	}
	return kept
}

// add remembers an entry that was run.
func (h *history) add(entry string) error {
	if strings.TrimSpace(entry) == "" {
		return nil
	}
	kept := h.entries[:0:0]
	for _, e := range h.entries {
		if e != entry {
			kept = append(kept, e)
		}
	}
	h.entries = append(kept, entry)
	if h.path == "" {
		return nil
	}
	return h.append(entry)
}

// append adds one line to the file, which only its owner may read.
func (h *history) append(entry string) error {
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	return locked(h.path, func() error {
		file, err := os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := file.Chmod(0o600); err != nil {
			return err
		}
		_, err = file.WriteString(escape(entry) + "\n")
		return err
	})
}

// compact rewrites a file that has grown. Another session may have appended meanwhile, so it reads again first.
func (h *history) compact() {
	_ = locked(h.path, func() error {
		if _, err := h.load(); err != nil {
			return err
		}
		return h.rewrite()
	})
}

// rewrite replaces the file in one step: a crash leaves the old one.
func (h *history) rewrite() error {
	file, err := os.CreateTemp(filepath.Dir(h.path), "history-*") // 0600
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	for _, entry := range h.entries {
		out.WriteString(escape(entry) + "\n")
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), h.path)
}

var (
	escaper   = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	unescaper = strings.NewReplacer(`\\`, `\`, `\n`, "\n")
)

// escape writes an entry of several lines as one line.
func escape(entry string) string { return escaper.Replace(entry) }

// unescape is the entry of a line. Most have nothing escaped, and thousands are read before the first prompt.
func unescape(line string) string {
	if !strings.Contains(line, `\`) {
		return line
	}
	return unescaper.Replace(line)
}

// A walk goes through the history from the newest entry, past those that do not begin with prefix.
type walk struct {
	prefix, draft string
	at            int
}

func (h *history) walk(prefix, draft string) *walk {
	return &walk{prefix, draft, len(h.entries)}
}

// older and newer step to the next entry that begins with the prefix; the newest of all is the draft.
func (h *history) older(w *walk) (string, bool) {
	for i := w.at - 1; i >= 0; i-- {
		if strings.HasPrefix(h.entries[i], w.prefix) && h.entries[i] != w.draft {
			w.at = i
			return h.entries[i], true
		}
	}
	return "", false
}

func (h *history) newer(w *walk) (string, bool) {
	for i := w.at + 1; i < len(h.entries); i++ {
		if strings.HasPrefix(h.entries[i], w.prefix) && h.entries[i] != w.draft {
			w.at = i
			return h.entries[i], true
		}
	}
	if w.at == len(h.entries) {
		return "", false
	}
	w.at = len(h.entries)
	return w.draft, true
}

// find searches for an entry that contains a text: from index at on, in steps of -1 or 1.
func (h *history) find(text string, at, step int) (int, bool) {
	for ; at >= 0 && at < len(h.entries); at += step {
		if strings.Contains(h.entries[at], text) {
			return at, true
		}
	}
	return at, false
}

// lastWord is the last blank-separated word of the nth entry from the newest.
func (h *history) lastWord(n int) (string, bool) {
	if n >= len(h.entries) {
		return "", false
	}
	words := strings.Fields(h.entries[len(h.entries)-1-n])
	return words[len(words)-1], true
}
