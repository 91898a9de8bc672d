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

// A row that is broken goes on under its first entry, in the columns of the others.
func TestBrokenRowsKeepTheirColumns(t *testing.T) {
	a := &numeric.Array{Shape: []int{2, 7}, Data: []float64{1, 2, 3, 4, 5, 6, 7, -10, 20, 30, 40, 50, 60, 70}}
	f := DefaultFormat
	f.Width = 20
	want := `[[  1,   2,   3,
    4,   5,   6,
    7],
 [-10,  20,  30,
   40,  50,  60,
   70]]`
	if got := f.Array(a); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	f.Width = 80
	if got := f.Array(a); strings.Count(got, "\n") != 1 {
		t.Errorf("rows that fit are broken:\n%s", got)
	}
}

func TestTheTourFitsATerminal(t *testing.T) {
	for _, line := range strings.Split(tour, "\n") {
		if utf8.RuneCountInString(line) > 80 {
			t.Errorf("more than 80 columns: %s", line)
		}
	}
}
