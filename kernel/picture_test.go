package kernel

import (
	"encoding/xml"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// An svgPicture is what is seen of a graph: its nodes, its arrows as points on their way, its words.
type svgPicture struct {
	width, height float64
	nodes         []svgBox
	arrows        [][][2]float64
	words         []svgBox
}

// An svgBox is a rectangle around a middle.
type svgBox struct {
	x, y, w, h float64
	label      string
}

func (b svgBox) meets(o svgBox, less float64) bool {
	return math.Abs(b.x-o.x) < (b.w+o.w)/2-less && math.Abs(b.y-o.y) < (b.h+o.h)/2-less
}

// has says that a point lies within; circles are taken as what they are.
func (b svgBox) has(p [2]float64) bool {
	return math.Abs(p[0]-b.x) < b.w/2 && math.Abs(p[1]-b.y) < b.h/2
}

// readPicture reads an SVG as draw writes it.
func readPicture(t *testing.T, svg []byte) svgPicture {
	t.Helper()
	var p svgPicture
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := d.Token()
		if err != nil {
			return p
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		at := map[string]string{}
		for _, a := range e.Attr {
			at[a.Name.Local] = a.Value
		}
		f := func(name string) float64 { x, _ := strconv.ParseFloat(at[name], 64); return x }
		switch {
		case e.Name.Local == "svg":
			fmt.Sscanf(at["viewBox"], "0 0 %f %f", &p.width, &p.height)
		case e.Name.Local == "defs":
			_ = d.Skip()
		case e.Name.Local == "ellipse":
			p.nodes = append(p.nodes, svgBox{f("cx"), f("cy"), 2 * f("rx"), 2 * f("ry"), svgText(d)})
		case e.Name.Local == "rect" && at["stroke"] != "" && at["fill"] != "url(#k)":
			p.nodes = append(p.nodes, svgBox{f("x") + f("width")/2, f("y") + f("height")/2, f("width"), f("height"), svgText(d)})
		case e.Name.Local == "path":
			p.arrows = append(p.arrows, alongPath(at["d"]))
		case e.Name.Local == "text":
			words := svgText(d)
			size := f("font-size")
			b := svgBox{f("x"), f("y") - 0.35*size, 0.5 * size * float64(utf8.RuneCountInString(words)), 0.7 * size, words}
			switch at["text-anchor"] {
			case "start":
				b.x += b.w / 2
			case "end":
				b.x -= b.w / 2
			}
			p.words = append(p.words, b)
		}
	}
}

// svgText reads the words up to the end of an element.
func svgText(d *xml.Decoder) string {
	var b strings.Builder
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			break
		}
		switch x := token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			b.Write(x)
		}
	}
	return b.String()
}

var svgStep = regexp.MustCompile(`([MLQ])([-\d., ]+)`)

// alongPath are points along a path of lines and quadratic curves.
func alongPath(path string) (out [][2]float64) {
	for _, m := range svgStep.FindAllStringSubmatch(path, -1) {
		var c []float64
		for _, n := range strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' || r == ' ' }) {
			x, _ := strconv.ParseFloat(n, 64)
			c = append(c, x)
		}
		if m[1] == "M" {
			out = append(out, [2]float64{c[0], c[1]})
			continue
		}
		a := out[len(out)-1]
		b := [2]float64{c[len(c)-2], c[len(c)-1]}
		mid := [2]float64{(a[0] + b[0]) / 2, (a[1] + b[1]) / 2}
		if m[1] == "Q" {
			mid = [2]float64{c[0], c[1]}
		}
		for k := 1; k <= 40; k++ {
			v := float64(k) / 40
			u := 1 - v
			out = append(out, [2]float64{u*u*a[0] + 2*u*v*mid[0] + v*v*b[0], u*u*a[1] + 2*u*v*mid[1] + v*v*b[1]})
		}
	}
	return out
}

// nearest is the node whose rim is nearest to a point.
func (p svgPicture) nearest(at [2]float64) int {
	best, least := -1, math.Inf(1)
	for i, n := range p.nodes {
		d := math.Hypot(max(0, math.Abs(at[0]-n.x)-n.w/2), max(0, math.Abs(at[1]-n.y)-n.h/2))
		if d < least {
			best, least = i, d
		}
	}
	return best
}

// faults are what makes a picture unreadable: a node that an arrow runs through, nodes or words that lie on each other,
// and what is outside.
func (p svgPicture) faults() []string {
	var out []string
	for _, a := range p.arrows {
		from, to := p.nearest(a[0]), p.nearest(a[len(a)-1])
		for i, n := range p.nodes {
			for _, at := range a {
				if i != from && i != to && n.has(at) {
					out = append(out, fmt.Sprintf("the arrow from %q to %q runs through %q", p.nodes[from].label, p.nodes[to].label, n.label))
					break
				}
			}
		}
		for _, at := range a {
			if at[0] < 0 || at[1] < 0 || at[0] > p.width || at[1] > p.height {
				out = append(out, fmt.Sprintf("the arrow from %q to %q leaves the picture", p.nodes[from].label, p.nodes[to].label))
				break
			}
		}
	}
	for _, list := range [][]svgBox{p.nodes, p.words} {
		for i, b := range list {
			for _, o := range list[:i] {
				if b.meets(o, 0.5) {
					out = append(out, fmt.Sprintf("%q lies on %q", b.label, o.label))
				}
			}
		}
	}
	for _, w := range p.words {
		if w.x-w.w/2 < -0.5 || w.x+w.w/2 > p.width+0.5 || w.y < 0 || w.y > p.height {
			out = append(out, fmt.Sprintf("%q leaves the picture", w.label))
		}
	}
	return out
}

// crossings counts the arrows that cross each other away from a common end.
func (p svgPicture) crossings() int {
	n := 0
	for i, a := range p.arrows {
		for _, b := range p.arrows[:i] {
			if p.nearest(a[0]) != p.nearest(b[0]) && p.nearest(a[0]) != p.nearest(b[len(b)-1]) &&
				p.nearest(a[len(a)-1]) != p.nearest(b[0]) && p.nearest(a[len(a)-1]) != p.nearest(b[len(b)-1]) && strokesMeet(a, b) {
				n++
			}
		}
	}
	return n
}

func strokesMeet(a, b [][2]float64) bool {
	turn := func(p, q, r [2]float64) bool { return (q[0]-p[0])*(r[1]-p[1])-(q[1]-p[1])*(r[0]-p[0]) > 0 }
	for i := 1; i < len(a); i++ {
		for k := 1; k < len(b); k++ {
			if turn(a[i-1], a[i], b[k-1]) != turn(a[i-1], a[i], b[k]) && turn(b[k-1], b[k], a[i-1]) != turn(b[k-1], b[k], a[i]) {
				return true
			}
		}
	}
	return false
}

// pictureOf is the picture that a question shows.
func pictureOf(t *testing.T, r *Result) svgPicture {
	t.Helper()
	for _, m := range r.Media {
		if m.MIME == "image/svg+xml" {
			return readPicture(t, m.Data)
		}
	}
	t.Fatal("no picture")
	return svgPicture{}
}

// TestPicturesOfRandomModelsCanBeRead: no arrow runs through a node that is not its end, nothing lies on anything else.
func TestPicturesOfRandomModelsCanBeRead(t *testing.T) {
	t.Parallel()
	models := uint64(60)
	if testing.Short() {
		models = 20
	}
	crossed, arrows := 0, 0
	for seed := range models {
		m := newRandomModel(1000 + seed)
		s := NewSession()
		execute(t, s, m.source())
		for _, q := range []string{"graph(J)", "graph(J, backward)", "graph(J, shapes)", "graph(J, memory)"} {
			p := pictureOf(t, executeText(t, s, q))
			for _, f := range p.faults() {
				t.Errorf("%s\n%s: %s", m.source(), q, f)
			}
			if q == "graph(J)" {
				crossed, arrows = crossed+p.crossings(), arrows+len(p.arrows)
			}
		}
	}
	t.Logf("%d crossings of %d arrows in %d pictures", crossed, arrows, models)
	if crossed > arrows/8 {
		t.Errorf("%d crossings of %d arrows", crossed, arrows)
	}
}
