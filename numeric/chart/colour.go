package chart

import (
	"image"
	"image/color"
	"math"
)

// lineColours are told apart by most people with any colour vision, and in print (Okabe and Ito 2008).
var lineColours = []color.Color{
	color.RGBA{0x00, 0x72, 0xb2, 0xff}, // blue
	color.RGBA{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	color.RGBA{0x00, 0x9e, 0x73, 0xff}, // green
	color.RGBA{0xcc, 0x79, 0xa7, 0xff}, // purple
	color.RGBA{0xe6, 0x9f, 0x00, 0xff}, // orange
	color.RGBA{0x56, 0xb4, 0xe9, 0xff}, // sky
	color.RGBA{0x00, 0x00, 0x00, 0xff}, // black
	color.RGBA{0x8c, 0x56, 0x4b, 0xff}, // brown
	color.RGBA{0x7f, 0x7f, 0x7f, 0xff}, // grey
	color.RGBA{0xbc, 0xbd, 0x22, 0xff}, // olive
}

func lineColour(k int) color.Color { return lineColours[k%len(lineColours)] }

// faint is the colour of a grid.
var faint = color.Gray{0xe4}

// A ramp is colours at equal distances from 0 to 1.
type ramp []color.RGBA

var (
	// rising grows lighter with the number (the ends and middle of viridis, van der Walt and Smith 2015).
	rising = ramp{{0x44, 0x01, 0x54, 0xff}, {0x3b, 0x52, 0x8b, 0xff}, {0x21, 0x91, 0x8c, 0xff}, {0x5e, 0xc9, 0x62, 0xff}, {0xfd, 0xe7, 0x25, 0xff}}
	// signed is blue below zero, red above, white at it.
	signed = ramp{{0x05, 0x30, 0x61, 0xff}, {0x43, 0x93, 0xc3, 0xff}, {0xf7, 0xf7, 0xf7, 0xff}, {0xd6, 0x60, 0x4d, 0xff}, {0x67, 0x00, 0x1f, 0xff}}
)

// at is the colour for t from 0 to 1; white for what is no number.
func (r ramp) at(t float64) color.RGBA {
	if !isFinite(t) {
		return color.RGBA{0xff, 0xff, 0xff, 0xff}
	}
	t = math.Min(math.Max(t, 0), 1) * float64(len(r)-1)
	k := min(int(t), len(r)-2)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (t-float64(k))*(float64(b)-float64(a)))) }
	a, b := r[k], r[k+1]
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}

// scale is how the numbers of a matrix become colours.
type scale struct {
	lo, hi float64
	ramp   ramp
}

func newScale(data []float64) scale {
	lo, hi, both := span(data)
	if both {
		return scale{lo, hi, signed}
	}
	return scale{lo, hi, rising}
}

// part is where x lies between the ends: 0 to 1.
func (s scale) part(x float64) float64 {
	switch {
	case !isFinite(x):
		return math.NaN()
	case s.hi == s.lo:
		return 0.5
	}
	return (x - s.lo) / (s.hi - s.lo)
}

// imageSide is the least number of pixels of the longer side of a matrix: entries stay sharp squares when a viewer
// smooths what it enlarges.
const imageSide = 480

// image is the matrix with whole pixels for each entry.
func (h *Heat) image() image.Image {
	s := newScale(h.Data)
	k := max(1, imageSide/max(h.Rows, h.Cols))
	img := image.NewRGBA(image.Rect(0, 0, h.Cols*k, h.Rows*k))
	for y := range h.Rows * k {
		for x := range h.Cols * k {
			img.SetRGBA(x, y, s.ramp.at(s.part(h.Data[y/k*h.Cols+x/k])))
		}
	}
	return img
}

// bar is a strip of the colours from the least number at the bottom to the greatest.
func (s scale) bar() image.Image {
	const n = 128
	img := image.NewRGBA(image.Rect(0, 0, 1, n))
	for y := range n {
		img.SetRGBA(0, y, s.ramp.at(1-float64(y)/(n-1)))
	}
	return img
}
