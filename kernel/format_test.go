package kernel

import (
	"strings"
	"testing"
	"unicode/utf8"

	"nabla/numeric"
)

// The rows of a summary fit the display, with fewer entries at their ends where that is needed.
func TestSummariesFitTheWidth(t *testing.T) {
	a := numeric.New(40, 50)
	for i := range a.Data {
		a.Data[i] = -1.0 / float64(i+3)
	}
	for _, c := range []struct{ width, entries int }{{0, 6}, {120, 6}, {80, 4}, {60, 2}, {40, 2}} {
		f := DefaultFormat
		f.Width = c.width
		first := strings.Split(f.Array(a), "\n")[0]
		if n := strings.Count(first, "0."); n != c.entries {
			t.Errorf("%d columns show %d entries: %s", c.width, n, first)
		}
		if c.width > 0 && utf8.RuneCountInString(first) > c.width {
			t.Errorf("more than %d columns: %s", c.width, first)
		}
	}
}

func TestTheTourFitsATerminal(t *testing.T) {
	for _, line := range strings.Split(tour, "\n") {
		if utf8.RuneCountInString(line) > 80 {
			t.Errorf("more than 80 columns: %s", line)
		}
	}
}
