package terminal_test

import (
	"flag"
	"fmt"
	"html"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

var update = flag.Bool("update", false, "record the picture of the README anew")

// recording is the picture that the README shows.
const recording = "../../docs/session.svg"

// recorded is what is typed in it.
var recorded = []string{
	"x : R[d];  W1 : R[h,d];  W2 : R[q,h];  y : R[q];  φ : R -> R;  l : R[q], R[q] -> R;",
	"z = W1 x;  h = φ(z);  o = W2 h;  J = l(o, y);",
	"∂J/∂W1",
	"W2 x",
	"check ∂J/∂W2 = ∂l/∂o hᵀ",
}

// TestPicture types a session into the real program and, with -update, records the screen as a picture. Without it,
// it holds that the session still runs, and that the picture shows what was typed.
func TestPicture(t *testing.T) {
	const width = 94 // of the longest entry with its prompt
	term := session(t, width, 30)
	for i, entry := range recorded {
		term.write(entry)
		term.press("Enter")
		term.shows(fmt.Sprintf("In[%d] ∇", i+2))
	}
	if *update {
		picture := draw(strings.TrimRight(term.tmux("capture-pane", "-p", "-e"), "\n"), width)
		if err := os.WriteFile(recording, []byte(picture), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	picture, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(err, ": record it with -update")
	}
	for i := range recorded {
		if prompt := fmt.Sprintf("In[%d] ∇", i+1); !strings.Contains(string(picture), prompt) {
			t.Errorf("the picture lacks %s: record it with -update", prompt)
		}
	}
}

const (
	cellWidth, cellHeight = 8.4, 18.0
	margin                = 12.0
)

// colours are the sixteen of a terminal, as far as the program uses them.
var colours = map[int]string{31: "#f7768e", 32: "#9ece6a", 33: "#e0af68", 34: "#7aa2f7", 35: "#bb9af7", 36: "#7dcfff"}

// draw makes an SVG picture of a screen with its escape sequences for colours.
func draw(screen string, width int) string {
	lines := strings.Split(screen, "\n")
	w, h := float64(width)*cellWidth+2*margin, float64(len(lines))*cellHeight+2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="14" fill="#c0caf5" xml:space="preserve">`+"\n", w, h)
	fmt.Fprintf(&b, `<rect width="%.0f" height="%.0f" rx="6" fill="#1a1b26"/>`+"\n", w, h)
	p := pen{&b, map[string]string{}}
	for i, line := range lines {
		p.line(line, margin+float64(i)*cellHeight+13)
	}
	return b.String() + "</svg>\n"
}

// A pen writes runs of text of one style.
type pen struct {
	out   *strings.Builder
	style map[string]string
}

var sequence = regexp.MustCompile("\x1b\\[([0-9;]*)m")

func (p *pen) line(line string, y float64) {
	column, at := 0, 0
	for _, m := range append(sequence.FindAllStringSubmatchIndex(line, -1), []int{len(line), len(line), 0, 0}) {
		column = p.run(line[at:m[0]], column, y)
		if at = m[1]; m[0] < m[1] {
			p.set(line[m[2]:m[3]])
		}
	}
}

func (p *pen) run(text string, column int, y float64) int {
	width := uniseg.StringWidth(text)
	if strings.TrimSpace(text) != "" {
		fmt.Fprintf(p.out, `<text x="%.1f" y="%.1f" textLength="%.1f"%s>%s</text>`+"\n",
			margin+float64(column)*cellWidth, y, float64(width)*cellWidth, p.attributes(), html.EscapeString(text))
	}
	return column + width
}

// attributes is the style as SVG writes it.
func (p *pen) attributes() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p.style)) {
		fmt.Fprintf(&b, ` %s="%s"`, name, p.style[name])
	}
	return b.String()
}

// set changes the style by the numbers of one sequence.
func (p *pen) set(numbers string) {
	for _, field := range strings.Split(numbers, ";") {
		switch n, _ := strconv.Atoi(field); {
		case n == 0:
			clear(p.style)
		case n == 1:
			p.style["font-weight"] = "bold"
		case n == 2:
			p.style["opacity"] = "0.6"
		case n == 4:
			p.style["text-decoration"] = "underline"
		case n == 39:
			delete(p.style, "fill")
		case colours[n] != "":
			p.style["fill"] = colours[n]
		}
	}
}
