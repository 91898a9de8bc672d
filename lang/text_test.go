package lang

import "testing"

// A text that is not closed is the cause, not the bracket that it swallowed; the fix closes both.
func TestATextThatIsNotClosed(t *testing.T) {
	for src, fix := range map[string]string{
		`X := load("a`: `X := load("a")`, `X := load("a)`: `X := load("a")`, `X := load("a.csv, targets=1)`: "", `exercise("5.3.1`: `exercise("5.3.1")`,
	} {
		_, err := NewParser(src).Next(treeScope())
		e, ok := err.(*Error)
		if !ok || e.Code != "E109" {
			t.Errorf("%s: %v, want E109", src, err)
			continue
		}
		got := ""
		if len(e.Fixes) > 0 {
			got = e.Fixes[0].Text
		}
		if got != fix && fix != "" {
			t.Errorf("%s: %q, want %q", src, got, fix)
		}
	}
}
