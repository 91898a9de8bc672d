package draw

import (
	"strings"
	"testing"
)

// A curve around nodes may leave the lattice: the picture grows with it.
func TestEveryArrowIsInsideThePicture(t *testing.T) {
	s := scene{width: 100, height: 50, boxes: []box{{center: point{50, 25}}}}
	s.arrows = []arrow{{from: point{10, 10}, to: point{90, 10}, via: []point{{50, -60}}}, {from: point{10, 40}, to: point{90, 40}, via: []point{{50, 120}}}}
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

// A long name takes room for itself, not once for every column; and what is left of the page is not given to columns in
// which nothing stands.
func TestALongLabelWidensItsOwnColumnOnly(t *testing.T) {
	const digits = `X : R[n,d]; Y : R[n,q]; W : R[h,d]; V : R[q,h]; b : R[h]; c : R[q]; Z = X Wᵀ + b; H = relu(Z); O = H Vᵀ + c; L = mean(crossentropy(O, Y)); J = L + ‖W‖²`
	s := picture(t, digits).scene()
	if s.width > column {
		t.Errorf("the network of %d boxes is %.0f points wide, more than the %.0f of a page", len(s.boxes), s.width, column)
	}
	for i, a := range s.boxes {
		for _, b := range s.boxes[:i] {
			dx, dy := max(a.center.x-b.center.x, b.center.x-a.center.x), max(a.center.y-b.center.y, b.center.y-a.center.y)
			if dx < (a.w+b.w)/2 && dy < (a.h+b.h)/2 {
				t.Errorf("%q lies on %q", a.title, b.title)
			}
		}
	}
}

// A page that is narrower than the picture shows all of it: no width in pixels, which the classic Notebook scrolls.
func TestAWideGraphIsAShareOfThePage(t *testing.T) {
	for width, want := range map[float64]string{300: `width="480"`, column: `width="740"`, 2 * column: `width="100%" style="max-width: 1480px; height: auto"`} {
		if got := (&scene{width: width, height: 100}).extent(); !strings.HasPrefix(got, want) {
			t.Errorf("%.0f points: %s, want %s …", width, got, want)
		}
	}
}

// A drawing in text has a head for every arrow, or names it in words; no line of it is wider than the display.
func TestEveryArrowIsInTheText(t *testing.T) {
	drawn := 0
	for name, src := range models {
		g := picture(t, src)
		for _, width := range []int{0, 80, 60, 40, 10} {
			text := g.Text(false, width)
			if strings.HasPrefix(text, "1  ") {
				continue // the list
			}
			drawn++
			heads := 0
			for _, sign := range "▶◀▲▼↗↖↘↙→" {
				heads += strings.Count(text, string(sign))
			}
			if heads != len(g.Edges) {
				t.Errorf("%s: %d heads of %d arrows in\n%s", name, heads, len(g.Edges), text)
			}
			for _, line := range strings.Split(text, "\n") {
				if n := len([]rune(line)); width > 0 && n > width && !strings.HasPrefix(line, "and ") {
					t.Errorf("%s: %d columns on a display of %d: %s", name, n, width, line)
				}
			}
		}
	}
	if drawn < 8 {
		t.Errorf("only %d drawings", drawn)
	}
}
