package draw

import "testing"

// A curve around nodes may leave the lattice: the picture grows with it.
func TestEveryArrowIsInsideThePicture(t *testing.T) {
	s := scene{width: 100, height: 50, boxes: []box{{center: point{50, 25}}}}
	s.arrows = []arrow{{from: point{10, 10}, to: point{90, 10}, bend: &point{50, -60}}, {from: point{10, 40}, to: point{90, 40}, bend: &point{50, 120}}}
	s.fit()
	for _, a := range s.arrows {
		for k := range 17 {
			if p := a.along(float64(k) / 16); p.x < 0 || p.y < 0 || p.x > s.width || p.y > s.height {
				t.Fatalf("%v is outside of %v × %v", p, s.width, s.height)
			}
		}
	}
	if got := s.boxes[0].center; got.x != 50 || got.y <= 25 {
		t.Errorf("the box did not move with the arrows: %v", got)
	}
}
