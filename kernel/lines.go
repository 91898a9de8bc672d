package kernel

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A lineText is one numbered line of a report, and what stands below it.
type lineText struct {
	name  string // the variable it is about
	cells []string
	below []string
}

// foldFrom is the number of lines from which repeated layers are folded.
const foldFrom = 30

// layoutLines prints numbered lines in columns. In a long report runs of lines that differ only by their numbers, as
// those of equal layers do, are folded.
func layoutLines(lines []lineText, ascii bool) string {
	mark := "⋮"
	if ascii {
		mark = ":"
	}
	var t table
	for _, l := range lines {
		t.row(l.cells...)
	}
	printed := strings.Split(t.String(), "\n")
	indent := strings.Repeat(" ", len(fmt.Sprint(len(lines)))+4)
	var out []string
	folds := foldsOf(lines)
	for i := 0; i < len(lines); i++ {
		if f, ok := folds[i]; ok {
			out = append(out, fmt.Sprintf("%s%s  %d times the %s above, for other numbers", indent[2:], mark, f.times, plural(f.period, "line")))
			i += f.period*f.times - 1
			continue
		}
		out = append(out, printed[i])
		for _, b := range lines[i].below {
			out = append(out, indent+b)
		}
	}
	return strings.Join(out, "\n")
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// A fold is what a report leaves out.
type fold struct{ period, times int }

// foldsOf finds, in a long report, where blocks of lines repeat the block before them; the last one of a run is shown.
func foldsOf(lines []lineText) map[int]fold {
	out := map[int]fold{}
	if len(lines) < foldFrom {
		return out
	}
	keys := make([]string, len(lines))
	for i, l := range lines {
		keys[i] = relativeKey(l)
	}
	for i := 0; i < len(lines); {
		period, times := longestRun(keys[i:])
		if times < 4 {
			i++
			continue
		}
		out[i+period] = fold{period, times - 2}
		i += period * times
	}
	return out
}

// longestRun is the period with which keys begins to repeat, and how often.
func longestRun(keys []string) (period, times int) {
	for p := 1; p <= 12 && p <= len(keys)/2; p++ {
		n := 1
		for (n+1)*p <= len(keys) && equalStrings(keys[:p], keys[n*p:(n+1)*p]) {
			n++
		}
		if n >= 4 && n*p > period*times {
			period, times = p, n
		}
	}
	return period, times
}

func equalStrings(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// numbers in names: H[12], W12.
var numberInName = regexp.MustCompile(`(\[|\pL)(\d+)`)

// relativeKey is a line with the numbers in its names relative to that of its variable.
func relativeKey(l lineText) string {
	base := 0
	if m := numberInName.FindStringSubmatch(l.name); m != nil {
		base, _ = strconv.Atoi(m[2])
	}
	text := strings.Join(append(append([]string{}, l.cells[1:]...), l.below...), "\n")
	return numberInName.ReplaceAllStringFunc(text, func(s string) string {
		m := numberInName.FindStringSubmatch(s)
		n, _ := strconv.Atoi(m[2])
		return fmt.Sprintf("%s%+d", m[1], n-base)
	})
}
