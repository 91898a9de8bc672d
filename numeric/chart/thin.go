package chart

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// tolerance is how far a line of an SVG may leave its points, in points of the page: less than can be seen.
const tolerance = 0.06

// polyline is the data of a path that is one open line.
var polyline = regexp.MustCompile(` d="M([-0-9.e+,L]+)"`)

// thinned is an SVG whose lines keep the points that they need: a curve drawn through hundreds of points needs a few dozen.
func thinned(svg string) string {
	return polyline.ReplaceAllStringFunc(svg, func(path string) string {
		points, ok := readPoints(path[len(` d="M`) : len(path)-1])
		if !ok {
			return path
		}
		return ` d="M` + writePoints(simplified(points)) + `"`
	})
}

type point struct{ x, y float64 }

func readPoints(data string) ([]point, bool) {
	var out []point
	for pair := range strings.SplitSeq(data, "L") {
		x, y, ok := strings.Cut(pair, ",")
		px, failX := strconv.ParseFloat(x, 64)
		py, failY := strconv.ParseFloat(y, 64)
		if !ok || failX != nil || failY != nil {
			return nil, false
		}
		out = append(out, point{px, py})
	}
	return out, true
}

func writePoints(points []point) string {
	pairs := make([]string, len(points))
	for i, p := range points {
		pairs[i] = short(p.x) + "," + short(p.y)
	}
	return strings.Join(pairs, "L")
}

// short is a coordinate to a hundredth of a point.
func short(x float64) string { return strconv.FormatFloat(math.Round(100*x)/100, 'f', -1, 64) }

// simplified leaves out the points that a line through the others passes within tolerance: the method of Ramer (1972) and
// of Douglas and Peucker (1973).
func simplified(points []point) []point {
	keep := make([]bool, len(points))
	keep[0], keep[len(points)-1] = true, true
	for open := [][2]int{{0, len(points) - 1}}; len(open) > 0; {
		span := open[len(open)-1]
		open = open[:len(open)-1]
		far, most := 0, tolerance
		for i := span[0] + 1; i < span[1]; i++ {
			if d := distance(points[i], points[span[0]], points[span[1]]); d > most {
				far, most = i, d
			}
		}
		if far > 0 {
			keep[far] = true
			open = append(open, [2]int{span[0], far}, [2]int{far, span[1]})
		}
	}
	var out []point
	for i, p := range points {
		if keep[i] {
			out = append(out, p)
		}
	}
	return out
}

// distance is that of p from the stroke between a and b.
func distance(p, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	t := 0.0
	if n := dx*dx + dy*dy; n > 0 {
		t = min(1, max(0, ((p.x-a.x)*dx+(p.y-a.y)*dy)/n))
	}
	return math.Hypot(p.x-a.x-t*dx, p.y-a.y-t*dy)
}
