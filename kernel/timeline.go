package kernel

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"nabla/symbolic/study"
)

// A timeline shows when the stages of a pipeline work, in steps of one stage and one microbatch, by both schedules.
type timeline struct {
	stages, micro int
	ascii         bool
}

// mostShown are the most microbatches and devices that a picture has: their lines of text are 80 columns wide.
const mostShown, mostLanes = 9, 8

// shown is the timeline of the first stages and microbatches, where there are too many.
func (t timeline) shown() timeline {
	return timeline{min(t.stages, mostLanes), min(t.micro, mostShown), t.ascii}
}

// A panel is the timeline of one schedule.
type panel struct {
	title string
	rows  [][]*study.Task
}

func (t timeline) panels() []panel {
	out := []panel{{"all forward before the first goes back", study.Schedule{Micro: t.micro}.Timeline(t.stages)}}
	if one := (study.Schedule{Micro: t.micro, OneByOne: true}); t.micro > 1 {
		out = append(out, panel{"one by one, each back as soon as it can", one.Timeline(t.stages)})
	}
	return out
}

// size says how much of a pipeline is shown.
func (t timeline) size() string {
	s := t.shown()
	out := fmt.Sprintf("%s on %s", counted(s.micro, "microbatch", "microbatches"), counted(s.stages, "device", "devices"))
	if s != t {
		out += fmt.Sprintf(", for the %d on %d", t.micro, t.stages)
	}
	return out
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// textWidth is the widest line of a timeline as text. What would be longer has letters for microbatches going back, and
// two columns for a step.
const textWidth = 80

// text draws a line for every device.
func (t timeline) text() string {
	s := t.shown()
	narrow := len("  device 1  │ │")+3*len(s.panels()[0].rows[0]) > textWidth
	bar, idle := "│", "·"
	if t.ascii {
		bar, idle = "|", "."
	}
	lines := []string{fmt.Sprintf("the pipeline in time, %s; %s is the first one going back, %s is waiting", t.size(), s.cell(&study.Task{Backward: true}, narrow), idle)}
	for _, p := range s.panels() {
		lines = append(lines, "  "+p.title)
		for i, row := range p.rows {
			b := fmt.Sprintf("  device %d  %s", i+1, bar)
			for step := range p.rows[0] {
				cell := idle
				if step < len(row) && row[step] != nil {
					cell = s.cell(row[step], narrow)
				}
				b += strings.Repeat(" ", 3-btoi(narrow)-utf8.RuneCountInString(cell)) + cell
			}
			lines = append(lines, b+" "+bar)
		}
	}
	return strings.Join(lines, "\n")
}

// cell is the number of a microbatch, with a mark where it goes back, or then a letter.
func (t timeline) cell(task *study.Task, narrow bool) string {
	switch {
	case !task.Backward:
		return fmt.Sprint(task.Micro + 1)
	case narrow:
		return string(rune('a' + task.Micro))
	case t.ascii:
		return fmt.Sprint(task.Micro+1) + "'"
	}
	return fmt.Sprint(task.Micro+1) + "′"
}

// Distances of the picture in points.
const (
	stepWidth, laneHeight, laneGap = 26, 26, 6
	laneLeft, panelTop             = 80, 30
)

// svg draws a box for every step; those going back are dark, and every box has its number, so that it can be read without
// colours.
func (t timeline) svg() string {
	s := t.shown()
	panels := s.panels()
	lanes := s.stages * (laneHeight + laneGap)
	width := laneLeft + len(panels[0].rows[0])*stepWidth + 10
	width = max(width, 420)
	height := len(panels)*(panelTop+lanes+10) + 30
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" style="max-width: 100%%; height: auto" role="img" font-family="sans-serif" font-size="12">`, width, height, width, height)
	fmt.Fprintf(&b, `<title>A pipeline in time: %s</title>`, t.size())
	fmt.Fprintf(&b, `<desc>Each row is a device, each column a step. Light boxes are microbatches going forward, dark ones going back; gaps are waiting.</desc>`)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`, width, height)
	for k, p := range panels {
		p.draw(&b, k*(panelTop+lanes+10))
	}
	legend(&b, height-22)
	b.WriteString(`</svg>`)
	return b.String()
}

// draw writes the lanes of one schedule below its title.
func (p panel) draw(b *strings.Builder, top int) {
	fmt.Fprintf(b, `<text x="8" y="%d" font-weight="bold">%s</text>`, top+20, p.title)
	for i, row := range p.rows {
		y := top + panelTop + i*(laneHeight+laneGap)
		fmt.Fprintf(b, `<text x="8" y="%d">device %d</text>`, y+17, i+1)
		for step, task := range row {
			if task != nil {
				box(b, laneLeft+step*stepWidth, y, task.Backward, fmt.Sprint(task.Micro+1))
			}
		}
	}
}

func box(b *strings.Builder, x, y int, backward bool, label string) {
	fill, ink := "#e8e8e8", "black"
	if backward {
		fill, ink = "#505050", "white"
	}
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s" stroke="black"/>`, x, y, stepWidth-2, laneHeight, fill)
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" fill="%s">%s</text>`, x+(stepWidth-2)/2, y+17, ink, label)
}

// legend says what the boxes are.
func legend(b *strings.Builder, y int) {
	fmt.Fprintf(b, `<text x="8" y="%d">time →</text>`, y+8)
	for i, what := range []string{"forward", "back"} {
		fill := []string{"#e8e8e8", "#505050"}[i]
		x := laneLeft + i*100
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="14" height="14" fill="%s" stroke="black"/><text x="%d" y="%d">%s</text>`, x, y-3, fill, x+20, y+8, what)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d">gaps are waiting</text>`, laneLeft+180, y+8)
}
