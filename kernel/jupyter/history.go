package jupyter

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
)

// An entry is one cell that was executed.
type entry struct {
	Kernel string `json:"session"` // which kernel ran it
	Line   int    `json:"line"`    // the n of its In[n]
	In     string `json:"in"`
	Out    string `json:"out,omitempty"`

	session int // the kernel's number: 1 is the first in the file
}

// history remembers cells across restarts in a file of JSON lines. Each line is appended in one write, so that several
// kernels can share the file; the numbers of sessions are the order in which they first appear.
type history struct {
	path string // "": in memory
	id   string // of this kernel

	mu     sync.Mutex
	memory []entry
}

func newHistory(path string) *history { return &history{path: path, id: rand.Text()} }

// HistoryFile is where cells are remembered: NABLA_JUPYTER_HISTORY, or the folder for a program's state.
func HistoryFile() string {
	if path, ok := os.LookupEnv("NABLA_JUPYTER_HISTORY"); ok {
		return path
	}
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
		if runtime.GOOS == "windows" {
			dir, _ = os.UserConfigDir()
		}
	}
	return filepath.Join(dir, "nabla", "jupyter-history.jsonl")
}

const (
	maxHistory   = 16 << 20 // bytes of the file, above which its older half is dropped
	maxRemember  = 1 << 20  // bytes of a cell; a longer one is not remembered
	maxInMemory  = 10_000
	privateDir   = 0o700
	privateFile  = 0o600
	readerBuffer = 64 << 10
)

// add appends one cell.
func (h *history) add(line int, in, out string) error {
	if len(in) > maxRemember {
		return nil
	}
	e := entry{Kernel: h.id, Line: line, In: in, Out: out, session: 1}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.path == "" {
		h.memory = append(h.memory, e)
		h.memory = h.memory[max(0, len(h.memory)-maxInMemory):]
		return nil
	}
	text, err := marshal(e)
	if err != nil {
		return err
	}
	return h.append(append(text, '\n'))
}

// append writes one line. The file is opened for each: another kernel may have replaced it by a shorter one.
func (h *history) append(line []byte) error {
	if err := os.MkdirAll(filepath.Dir(h.path), privateDir); err != nil {
		return err
	}
	f, err := os.OpenFile(h.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, privateFile)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm() != privateFile {
		f.Chmod(privateFile)
	}
	if _, werr := f.Write(line); werr != nil {
		err = werr
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if info.Size() > maxHistory {
		return h.shorten()
	}
	return nil
}

// shorten keeps the newer half of the file.
func (h *history) shorten() error {
	text, err := os.ReadFile(h.path)
	if err != nil {
		return err
	}
	text = text[len(text)/2:]
	text = text[bytes.IndexByte(text, '\n')+1:]
	return writePrivate(h.path, text)
}

// read is every entry in order. Lines that do not read are skipped: a history is a help.
func (h *history) read() ([]entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.path == "" {
		return slices.Clone(h.memory), nil
	}
	f, err := os.Open(h.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the history cannot be read: %w", err)
	}
	defer f.Close()
	return readEntries(f)
}

func readEntries(r io.Reader) ([]entry, error) {
	var entries []entry
	numbers := map[string]int{}
	lines := bufio.NewReaderSize(r, readerBuffer)
	for {
		line, err := lines.ReadBytes('\n')
		var e entry
		if json.Unmarshal(line, &e) == nil && e.Kernel != "" {
			if numbers[e.Kernel] == 0 {
				numbers[e.Kernel] = len(numbers) + 1
			}
			e.session = numbers[e.Kernel]
			entries = append(entries, e)
		}
		if err == io.EOF {
			return entries, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// historyQuery is the content of a history_request.
type historyQuery struct {
	Output  bool   `json:"output"`
	Access  string `json:"hist_access_type"`
	Session int    `json:"session"` // range: 0 is this one, -1 the one before
	Start   int    `json:"start"`
	Stop    *int   `json:"stop"`
	N       *int   `json:"n"`
	Pattern string `json:"pattern"`
	Unique  bool   `json:"unique"`
}

// find answers a history_request: (session, line, input) or (session, line, (input, output)) in order of time.
func (h *history) find(q historyQuery) ([][3]any, error) {
	entries, err := h.read()
	if err != nil {
		return nil, err
	}
	switch q.Access {
	case "tail":
		entries = last(entries, q.N)
	case "range":
		entries = h.inRange(entries, q)
	case "search":
		entries = last(search(entries, q), q.N)
	default:
		return nil, fmt.Errorf("hist_access_type %q is not one of tail, range, search", q.Access)
	}
	found := make([][3]any, len(entries))
	for i, e := range entries {
		found[i] = [3]any{e.session, e.Line, e.In}
		if q.Output {
			found[i][2] = [2]any{e.In, e.Out}
		}
	}
	return found, nil
}

// last is the last n entries; all of them if n is not given.
func last(entries []entry, n *int) []entry {
	if n == nil {
		return entries
	}
	return entries[max(0, len(entries)-max(0, *n)):]
}

// inRange is lines [start, stop) of one session.
func (h *history) inRange(entries []entry, q historyQuery) []entry {
	session := q.Session
	if session <= 0 {
		session += h.number(entries)
	}
	var found []entry
	for _, e := range entries {
		if e.session == session && e.Line >= q.Start && (q.Stop == nil || e.Line < *q.Stop) {
			found = append(found, e)
		}
	}
	return found
}

// number is that of this kernel: the next one if it has not run a cell.
func (h *history) number(entries []entry) int {
	highest := 0
	for _, e := range entries {
		if e.Kernel == h.id {
			return e.session
		}
		highest = max(highest, e.session)
	}
	return highest + 1
}

// search is the entries that a pattern with * and ? matches whole; with unique, the newest of equal inputs.
func search(entries []entry, q historyQuery) []entry {
	pattern := q.Pattern
	if pattern == "" {
		pattern = "*"
	}
	var found []entry
	seen := map[string]bool{}
	for _, e := range slices.Backward(entries) {
		if !globMatch(pattern, e.In) || q.Unique && seen[e.In] {
			continue
		}
		seen[e.In] = true
		found = append(found, e)
	}
	slices.Reverse(found)
	return found
}

// globMatch matches * to any text and ? to any character, in time proportional to the product of the lengths.
func globMatch(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	star, from := -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, from = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
