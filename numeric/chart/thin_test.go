package chart

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A thinned line starts and ends where the full one does, keeps only its points, and passes all others within tolerance.
func TestThinnedLinesStayClose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		bend := rapid.Float64Range(0, 3).Draw(t, "bend")
		all := make([]point, n)
		for i := range all {
			jump := rapid.Float64Range(0, 0.1).Draw(t, "jump")
			all[i] = point{float64(i), 20 * math.Sin(bend*float64(i)/10+jump)}
		}
		kept := simplified(all)
		if kept[0] != all[0] || kept[len(kept)-1] != all[n-1] {
			t.Fatalf("the ends moved")
		}
		for _, p := range all {
			near := math.Hypot(p.x-kept[0].x, p.y-kept[0].y)
			for i := range kept[1:] {
				near = min(near, distance(p, kept[i], kept[i+1]))
			}
			if near > tolerance {
				t.Fatalf("%v is %v away", p, near)
			}
		}
	})
}

func TestThinnedLeavesOtherPathsAlone(t *testing.T) {
	for _, path := range []string{
		`<path d="M0,0L425.2,0L425.2,255.12Z" />`, `<path d="M1,2A3,3 0 0 1 4,5" />`, `<path d="" />`, `<text x="1">M1,2L3,4</text>`,
	} {
		if got := thinned(path); got != path {
			t.Errorf("%s became %s", path, got)
		}
	}
	if got, want := thinned(`<path d="M0,0L1.0004,1L2,2L3,2.5" />`), `<path d="M0,0L2,2L3,2.5" />`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestACurveIsSmall(t *testing.T) {
	x, y := make([]float64, 400), make([]float64, 400)
	for i := range x {
		x[i] = float64(i) / 50
		y[i] = math.Sin(x[i])
	}
	svg, err := (&Chart{Layers: []Layer{&Curve{X: x, Y: y}}}).SVG()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(svg), "L"); n > 150 {
		t.Errorf("%d strokes", n)
	}
}
