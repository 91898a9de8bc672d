package terminal_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

// classes are the kinds of characters that editors get wrong.
var classes = map[string]string{
	"ASCII":           "z = W1 x + b; h = phi(z); o = W2 h; L = l(o, y); ",
	"mathematics":     "∂J/∂W₁ = ((W₂ᵀ ∂l/∂o) ⊙ φ′(z)) xᵀ + λ‖W⁽¹⁾‖² ∈ ℝ^(h×d) ",
	"CJK":             "矩阵的导数, 行列とベクトル, 행렬 x ",
	"combining marks": "ŷ = x̂ + x̄ ⊙ z̃₁ + ẇ + é + q̂̄ ",
	"emoji":           "🙂 x + 🎉y = ",
	"all of them":     "a矩x̂∂ᵀ阵🙂ŷ⊙b ",
}

// row is enough of a class to fill two rows of a screen and a bit.
func row(class string, width int) string {
	text := ""
	for uniseg.StringWidth(text) < 2*width+width/3 {
		text += classes[class]
	}
	return text
}

func TestTheCursorStandsWhereTheTerminalPutsIt(t *testing.T) {
	const prompt = "In[1] ∇ "
	for class := range classes {
		for _, width := range []int{40, 80, 120} {
			t.Run(fmt.Sprintf("%s at %d columns", class, width), func(t *testing.T) {
				text := row(class, width)
				ruler := newRuler(t, width, 16)
				term := session(t, width, 16)
				term.write(text)
				term.is(ruler.measure(prompt+text, len(prompt+text)), "after typing")
				cells := cut(text)
				at := len(prompt + text)
				for i := len(cells) - 1; i >= 0; i-- {
					at -= len(cells[i])
					term.press("Left")
					if i%5 == 0 || i%width > width-4 {
						term.is(ruler.measure(prompt+text, at), "moving left over "+cells[i])
					}
				}
			})
		}
	}
}

func TestEditingInTheMiddleOfWrappedLines(t *testing.T) {
	const prompt = "In[1] ∇ "
	for class := range classes {
		t.Run(class, func(t *testing.T) {
			const width = 40
			text := row(class, width)
			ruler := newRuler(t, width, 16)
			term := session(t, width, 16)
			term.write(text)
			term.press("Home")
			cells := cut(text)
			term.press(repeat("Right", 6)...)
			head, tail := strings.Join(cells[:6], ""), cells[6:]
			for _, typed := range []string{"x", "矩", "λ", "‖"} {
				term.write(typed)
				head += typed
				term.is(ruler.measure(prompt+head+strings.Join(tail, ""), len(prompt+head)), "inserting "+typed)
			}
			for range 3 {
				term.press("DC")
				tail = tail[1:]
				term.is(ruler.measure(prompt+head+strings.Join(tail, ""), len(prompt+head)), "deleting forward")
			}
			term.press("BSpace")
			head = strings.TrimSuffix(head, "‖")
			term.is(ruler.measure(prompt+head+strings.Join(tail, ""), len(prompt+head)), "deleting backward")
			term.press("C-k")
			term.is(ruler.measure(prompt+head, len(prompt+head)), "killing to the end")
			term.press("C-y")
			text = head + strings.Join(tail, "")
			term.is(ruler.measure(prompt+text, len(prompt+text)), "yanking")
		})
	}
}

func TestALineThatFillsItsRowExactly(t *testing.T) {
	const prompt, width = "In[1] ∇ ", 40
	ruler := newRuler(t, width, 8)
	term := session(t, width, 8)
	text := strings.Repeat("a", width-len([]rune(prompt)))
	term.write(text)
	term.is(ruler.measure(prompt+text, len(prompt+text)), "the row is full")
	term.write("b")
	term.is(ruler.measure(prompt+text+"b", len(prompt+text+"b")), "one more")
	term.press("BSpace", "BSpace")
	text = text[1:]
	term.is(ruler.measure(prompt+text, len(prompt+text)), "two less")
}

func cut(text string) []string {
	var cells []string
	for g := uniseg.NewGraphemes(text); g.Next(); {
		cells = append(cells, g.Str())
	}
	return cells
}

func repeat(key string, n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = key
	}
	return keys
}
