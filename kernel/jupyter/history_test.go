package jupyter

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func find(t *testing.T, h *history, q historyQuery) string {
	t.Helper()
	found, err := h.find(q)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(found)
}

func TestHistoryIsSharedByKernels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "cells.jsonl")
	old, mine := newHistory(path), newHistory(path)
	if got := find(t, mine, historyQuery{Access: "tail"}); got != "[]" {
		t.Errorf("a new history is %s", got)
	}
	for i, h := range []*history{old, old, mine, old, mine} {
		if err := h.add(i+1, fmt.Sprintf("x%d", i+1), "out"); err != nil {
			t.Fatal(err)
		}
	}
	one, two, four := 1, 2, 4
	for _, c := range []struct {
		q    historyQuery
		want string
	}{
		{historyQuery{Access: "tail", N: &two}, "[[1 4 x4] [2 5 x5]]"},
		{historyQuery{Access: "tail", N: &one, Output: true}, "[[2 5 [x5 out]]]"},
		{historyQuery{Access: "range", Session: 0}, "[[2 3 x3] [2 5 x5]]"},
		{historyQuery{Access: "range", Session: -1, Start: 2, Stop: &four}, "[[1 2 x2]]"},
		{historyQuery{Access: "range", Session: 1, Start: 1, Stop: &two}, "[[1 1 x1]]"},
		{historyQuery{Access: "range", Session: 9}, "[]"},
		{historyQuery{Access: "search", Pattern: "x[45]"}, "[]"},
		{historyQuery{Access: "search", Pattern: "*4"}, "[[1 4 x4]]"},
		{historyQuery{Access: "search", N: &two}, "[[1 4 x4] [2 5 x5]]"},
	} {
		if got := find(t, mine, c.q); got != c.want {
			t.Errorf("%+v: %s", c.q, got)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestHistoryUniqueKeepsTheNewest(t *testing.T) {
	h := newHistory("")
	for i, in := range []string{"a", "b", "a"} {
		h.add(i+1, in, "")
	}
	if got := find(t, h, historyQuery{Access: "search", Pattern: "?", Unique: true}); got != "[[1 2 b] [1 3 a]]" {
		t.Error(got)
	}
}

func TestHistorySkipsWhatDoesNotRead(t *testing.T) {
	entries, err := readEntries(strings.NewReader("\n{\n{\"session\":\"s\",\"line\":1,\"in\":\"good\"}\n\xff\xfe\n[]\n{\"session\":\"s\",\"li"))
	if err != nil || len(entries) != 1 || entries[0].In != "good" {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestHistoryIsShortenedAndPrivateWhateverItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cells.jsonl")
	line := `{"session":"old","line":1,"in":"` + strings.Repeat("y", 1000) + `"}` + "\n"
	os.WriteFile(path, []byte(strings.Repeat(line, maxHistory/len(line)+1)), 0o644)
	h := newHistory(path)
	if err := h.add(1, "newest", ""); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxHistory*2/3 || info.Mode().Perm() != 0o600 {
		t.Errorf("%d bytes, %v, %v", info.Size(), info.Mode(), err)
	}
	one := 1
	if got := find(t, h, historyQuery{Access: "tail", N: &one}); !strings.Contains(got, "newest") {
		t.Errorf("%.100s", got)
	}
}

func TestHistoryOfManyWritersIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cells.jsonl")
	var all sync.WaitGroup
	for range 4 {
		h := newHistory(path)
		all.Go(func() {
			for i := range 100 {
				h.add(i+1, strings.Repeat("z", 5000), "")
			}
		})
	}
	all.Wait()
	if entries, err := newHistory(path).read(); err != nil || len(entries) != 400 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

func TestGlobMatchesLikeAShell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("ab*?")), 0, 8, -1).Draw(t, "pattern")
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab")), 0, 8, -1).Draw(t, "text")
		want, _ := filepath.Match(pattern, text)
		if got := globMatch(pattern, text); got != want {
			t.Fatalf("%q against %q: %v", pattern, text, got)
		}
	})
}
