package kernel

import (
	"fmt"
	"strings"
)

// A timeline shows when the stages of a pipeline work: every microbatch forward, then every one back, in steps of one
// stage and one microbatch.
type timeline struct {
	stages, micro int
	ascii         bool
}

// at is the microbatch, from 1, that a stage works on in a step, and in which direction; 0 while it waits.
func (t timeline) at(stage, step int) (micro int, backward bool) {
	if m := step - stage; m >= 0 && m < t.micro {
		return m + 1, false
	}
	first := t.micro + t.stages - 1
	if m := step - first - (t.stages - 1 - stage); m >= 0 && m < t.micro {
		return t.micro - m, true
	}
	return 0, false
}

func (t timeline) steps() int { return 2 * (t.micro + t.stages - 1) }

// text draws a line for every device; a microbatch going back has a mark, waiting is a dot.
func (t timeline) text() string {
	bar, mark := "│", "′"
	if t.ascii {
		bar, mark = "|", "'"
	}
	lines := []string{fmt.Sprintf("the pipeline in time, with %d microbatches; 2%s is the second one going back, a dot is waiting", t.micro, mark)}
	width := len(fmt.Sprint(t.micro)) + 2
	for s := range t.stages {
		b := fmt.Sprintf("  device %-3d%s", s+1, bar)
		for step := range t.steps() {
			m, back := t.at(s, step)
			cell, extra := "·", 0
			if t.ascii {
				cell = "."
			}
			if m > 0 {
				cell = fmt.Sprint(m)
			}
			if back {
				cell += mark
			}
			extra = width - len([]rune(cell))
			b += strings.Repeat(" ", extra) + cell
		}
		lines = append(lines, b+" "+bar)
	}
	return strings.Join(lines, "\n")
}

// svg draws a box for every step; those going back are hatched by a darker grey, and every box has its number, so that it
// can be read without colours.
func (t timeline) svg() string {
	const w, h, left = 26, 26, 80
	width, height := left+t.steps()*w+10, t.stages*(h+6)+34
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="sans-serif" font-size="12">`, width, height, width, height)
	fmt.Fprintf(&b, `<title>A pipeline of %d stages with %d microbatches</title>`, t.stages, t.micro)
	fmt.Fprintf(&b, `<desc>Each row is a device, each column a step. Light boxes are microbatches going forward, dark ones going back; gaps are waiting.</desc>`)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`, width, height)
	for s := range t.stages {
		y := 10 + s*(h+6)
		fmt.Fprintf(&b, `<text x="8" y="%d" fill="black">device %d</text>`, y+17, s+1)
		for step := range t.steps() {
			m, back := t.at(s, step)
			if m == 0 {
				continue
			}
			fill, ink := "#e8e8e8", "black"
			if back {
				fill, ink = "#606060", "white"
			}
			x := left + step*w
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s" stroke="black"/>`, x, y, w-2, h, fill)
			fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle" fill="%s">%d</text>`, x+(w-2)/2, y+17, ink, m)
		}
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" fill="black">time →</text></svg>`, left, height-8)
	return b.String()
}
