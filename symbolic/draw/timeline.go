package draw

import (
	"fmt"

	"nabla/symbolic/study"
)

// A Timeline is a pipeline in time, by one schedule or several.
type Timeline struct {
	Size   string // how much is shown, for those who do not see it
	Panels []Panel
}

// A Panel is one schedule: a row for every device, and in it what the device does in each step, nil where it waits.
type Panel struct {
	Title string
	Rows  [][]*study.Task
}

// SVG is the picture as a document of its own.
func (t *Timeline) SVG() []byte {
	return t.scene().svg("A pipeline in time: "+t.Size,
		"Each row is a device, each column a step. Light boxes are microbatches going forward, dark ones going back; gaps are waiting.")
}

// PNG is the picture as pixels.
func (t *Timeline) PNG() ([]byte, error) { return t.scene().png() }

// PNGScale is how many pixels of the PNG stand for one of the SVG.
func (t *Timeline) PNGScale() float64 { return t.scene().pngScale() }

// Distances of a timeline in points.
const (
	stepWidth, laneHeight, laneGap = 18.0, 18.0, 4.0
	laneLeft, panelTop, panelGap   = 58.0, 22.0, 8.0
	legendHeight, leastWidth       = 24.0, 290.0
	lowering                       = 3.6 // of a baseline below the middle of its line
)

// Colours of the microbatches: every box has its number too, so that a timeline can be read without colours.
const forwardFill, backwardFill = "#E8E8E8", "#505050"

func (t *Timeline) scene() *scene {
	s := &scene{width: leastWidth}
	for _, p := range t.Panels {
		s.panel(p)
	}
	s.legend()
	return s
}

// panel adds the lanes of one schedule below its title.
func (s *scene) panel(p Panel) {
	s.note(8, s.height+panelTop/2, p.Title)
	s.height += panelTop
	for i, row := range p.Rows {
		middle := s.height + laneHeight/2
		s.note(8, middle, fmt.Sprintf("device %d", i+1))
		for step, task := range row {
			if task != nil {
				s.task(laneLeft+float64(step)*stepWidth, middle, task)
			}
		}
		s.width = max(s.width, laneLeft+float64(len(row))*stepWidth+8)
		s.height += laneHeight + laneGap
	}
	s.height += panelGap
}

// task adds the box of a microbatch.
func (s *scene) task(left, middle float64, t *study.Task) {
	fill, ink, way := forwardFill, black, "forward"
	if t.Backward {
		fill, ink, way = backwardFill, white, "back"
	}
	number := fmt.Sprint(t.Micro + 1)
	at := point{left + stepWidth/2, middle}
	s.boxes = append(s.boxes, box{center: at, w: stepWidth - 2, h: laneHeight, fill: fill, stroke: black, weight: 0.8,
		title: "microbatch " + number + ", " + way})
	s.texts = append(s.texts, text{at: point{at.x, middle + lowering}, s: number, size: fontSize, ink: ink})
}

// legend says what the boxes are.
func (s *scene) legend() {
	middle := s.height + legendHeight/2 - 4
	s.note(8, middle, "time →")
	for i, way := range []string{"forward", "back"} {
		fill := []string{forwardFill, backwardFill}[i]
		left := laneLeft + float64(i)*66
		s.boxes = append(s.boxes, box{center: point{left + 5, middle}, w: 10, h: 10, fill: fill, stroke: black, weight: 0.8, title: way})
		s.note(left+15, middle, way)
	}
	s.note(laneLeft+122, middle, "gaps are waiting")
	s.height += legendHeight
}

// note adds a text that begins at a place.
func (s *scene) note(left, middle float64, words string) {
	s.texts = append(s.texts, text{at: point{left, middle + lowering}, s: words, size: fontSize, ink: black, anchor: "start"})
}
