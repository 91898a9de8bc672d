// Package pixels writes pictures as small PNG files.
package pixels

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"slices"
)

// mostColours is how many a palette holds.
const mostColours = 256

// PNG is an opaque picture with a palette. A picture of more colours gets those that occur most, of each shade one, and
// the nearest of them elsewhere: drawings have few colours of their own, and many at their smoothed edges, which take
// three quarters of a file that has them all, and of the time to write it.
func PNG(img *image.RGBA) ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, indexed(img))
	return b.Bytes(), err
}

// indexed is a picture by numbers of a palette.
func indexed(img *image.RGBA) *image.Paletted {
	counts := map[color.RGBA]int{}
	eachRun(img, func(c color.RGBA, from, to int) { counts[c] += to - from })
	out := image.NewPaletted(img.Rect, palette(counts))
	numbers := map[color.RGBA]uint8{}
	for c := range counts {
		numbers[c] = uint8(out.Palette.Index(c))
	}
	eachRun(img, func(c color.RGBA, from, to int) {
		n := numbers[c]
		for i := from; i < to; i++ {
			out.Pix[i] = n
		}
	})
	return out
}

// eachRun visits the dots of a picture, those of one colour that follow each other at once.
func eachRun(img *image.RGBA, visit func(c color.RGBA, from, to int)) {
	dot := func(i int) uint32 { return binary.LittleEndian.Uint32(img.Pix[4*i:]) }
	for from, n := 0, len(img.Pix)/4; from < n; {
		to, c := from+1, dot(from)
		for to < n && dot(to) == c {
			to++
		}
		visit(color.RGBA{uint8(c), uint8(c >> 8), uint8(c >> 16), uint8(c >> 24)}, from, to)
		from = to
	}
}

// palette chooses colours: all of them if they are few, otherwise the most frequent of each shade, by how often the
// shade occurs.
func palette(counts map[color.RGBA]int) color.Palette {
	if len(counts) <= mostColours {
		return ordered(counts)
	}
	shades, first := map[color.RGBA]int{}, map[color.RGBA]color.RGBA{}
	for c, n := range counts {
		s := shade(c)
		shades[s] += n
		if f, known := first[s]; !known || before(c, f, counts) {
			first[s] = c
		}
	}
	byShade := map[color.RGBA]int{}
	for s, n := range shades {
		byShade[first[s]] = n
	}
	all := ordered(byShade)
	return all[:min(len(all), mostColours)]
}

// shade is a colour without its lower bits.
func shade(c color.RGBA) color.RGBA { return color.RGBA{c.R >> 3, c.G >> 3, c.B >> 3, c.A >> 3} }

// ordered lists colours, the most frequent first.
func ordered(counts map[color.RGBA]int) color.Palette {
	all := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int {
		if before(a, b, counts) {
			return -1
		}
		return 1
	})
	out := make(color.Palette, len(all))
	for i, c := range all {
		out[i] = c
	}
	return out
}

// before orders two different colours, so that a picture always becomes the same file.
func before(a, b color.RGBA, counts map[color.RGBA]int) bool {
	return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G),
		cmp.Compare(a.B, b.B), cmp.Compare(a.A, b.A)) < 0
}
