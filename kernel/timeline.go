package kernel

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"nabla/symbolic/draw"
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

// panels are the timelines of the two schedules.
func (t timeline) panels() []draw.Panel {
	out := []draw.Panel{{Title: "all forward before the first goes back", Rows: study.Schedule{Micro: t.micro}.Timeline(t.stages)}}
	if one := (study.Schedule{Micro: t.micro, OneByOne: true}); t.micro > 1 {
		out = append(out, draw.Panel{Title: "one by one, each back as soon as it can", Rows: one.Timeline(t.stages)})
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
	narrow := len("  device 1  │ │")+3*len(s.panels()[0].Rows[0]) > textWidth
	bar, idle := "│", "·"
	if t.ascii {
		bar, idle = "|", "."
	}
	lines := []string{fmt.Sprintf("the pipeline in time, %s; %s is the first one going back, %s is waiting", t.size(), s.cell(&study.Task{Backward: true}, narrow), idle)}
	for _, p := range s.panels() {
		lines = append(lines, "  "+p.Title)
		for i, row := range p.Rows {
			b := fmt.Sprintf("  device %d  %s", i+1, bar)
			for step := range p.Rows[0] {
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

// drawn is the picture of the timeline.
func (t timeline) drawn() *draw.Timeline {
	return &draw.Timeline{Size: t.size(), Panels: t.shown().panels()}
}
