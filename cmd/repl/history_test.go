package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestHistoryKeepsOneEntryPerStatement(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "nabla", "history")
	h := openHistory(path)
	for _, entry := range []string{"x : R[d]", "f(\n  a\\n)", "x : R[d]", "  ", "z"} {
		if err := h.add(entry); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"f(\n  a\\n)", "x : R[d]", "z"}
	if !slices.Equal(h.entries, want) {
		t.Errorf("in memory: got %q, want %q", h.entries, want)
	}
	if again := openHistory(path).entries; !slices.Equal(again, want) {
		t.Errorf("from the file: got %q, want %q", again, want)
	}
}

func TestHistoryIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	if err := os.WriteFile(path, []byte("old\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	h := openHistory(path)
	if err := h.add("new"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestTwoSessionsLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	var both sync.WaitGroup
	for session := range 2 {
		both.Go(func() {
			h := openHistory(path)
			for i := range 100 {
				if err := h.add(fmt.Sprintf("entry %d of %d", i, session)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	both.Wait()
	if got := len(openHistory(path).entries); got != 200 {
		t.Errorf("%d entries of 200", got)
	}
}

func TestAGrownFileIsCompacted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	lines := strings.Repeat("same\n", 2*maxHistory) + "other\n"
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	openHistory(path)
	if text, err := os.ReadFile(path); err != nil || string(text) != "same\nother\n" {
		t.Errorf("%d bytes remain, %v", len(text), err)
	}
}

func TestEntriesSurviveEscaping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entry := rapid.StringOf(rapid.SampledFrom([]rune("\\n\nλ x"))).Draw(t, "entry")
		line := escape(entry)
		if strings.Contains(line, "\n") || unescape(line) != entry {
			t.Fatalf("%q became %q", entry, unescape(line))
		}
	})
}
