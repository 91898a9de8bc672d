package draw

import (
	"image"
	"image/color"
	stddraw "image/draw"
	"math"
	"strconv"
	"sync"

	"codeberg.org/go-fonts/dejavu/dejavusanscondensed"
	"codeberg.org/go-fonts/dejavu/dejavusanscondensedoblique"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"nabla/numeric/pixels"
)

// dotsPerPoint is the resolution of a PNG.
const dotsPerPoint = 3.0

// PNGScale is how many pixels of the PNG stand for one of the SVG.
func (g *Graph) PNGScale() float64 { return g.scene().pngScale() }

func (s *scene) pngScale() float64 { return dotsPerPoint / s.scale() }

// lowered is how far an index stands below its name, in 1/64 of a dot.
const lowered = 422

// Pixels is the size of the PNG.
func (g *Graph) Pixels() (width, height int) { return g.scene().pixels() }

func (s *scene) pixels() (width, height int) {
	return int(math.Ceil(s.width * dotsPerPoint)), int(math.Ceil(s.height * dotsPerPoint))
}

// PNG is the picture as pixels, three to a point.
func (g *Graph) PNG() ([]byte, error) { return g.scene().png() }

func (s *scene) png() ([]byte, error) {
	w, h := s.pixels()
	r := &raster{img: image.NewRGBA(image.Rect(0, 0, w, h))}
	stddraw.Draw(r.img, r.img.Bounds(), image.White, image.Point{}, stddraw.Src)
	for _, a := range s.arrows {
		r.arrow(a)
	}
	for _, b := range s.boxes {
		r.box(b)
	}
	for _, t := range s.texts {
		if err := r.text(t); err != nil {
			return nil, err
		}
	}
	return pixels.PNG(r.img)
}

// A raster paints filled outlines.
type raster struct {
	img *image.RGBA
}

func ink(hex string) color.RGBA {
	n, _ := strconv.ParseUint(hex[1:], 16, 32)
	return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}
}

// fill paints a polygon. Only the part of the image around it is touched.
func (r *raster) fill(outline []point, c string) {
	box := image.Rectangle{}
	for i, p := range outline {
		x, y := int(math.Floor(p.x*dotsPerPoint)), int(math.Floor(p.y*dotsPerPoint))
		at := image.Rect(x-1, y-1, x+2, y+2)
		if i == 0 {
			box = at
		}
		box = box.Union(at)
	}
	v := vector.NewRasterizer(box.Dx(), box.Dy())
	for i, p := range outline {
		x, y := float32(p.x*dotsPerPoint)-float32(box.Min.X), float32(p.y*dotsPerPoint)-float32(box.Min.Y)
		if i == 0 {
			v.MoveTo(x, y)
		} else {
			v.LineTo(x, y)
		}
	}
	v.ClosePath()
	mask := image.NewAlpha(box) // the rasterizer does not clip: what leaves the picture would be written elsewhere
	v.Draw(mask, box, image.Opaque, image.Point{})
	stddraw.DrawMask(r.img, box, image.NewUniform(ink(c)), image.Point{}, mask, box.Min, stddraw.Over)
}

// line paints a stroke.
func (r *raster) line(a, b point, weight float64, c string) {
	d := math.Hypot(b.x-a.x, b.y-a.y)
	if d == 0 {
		return
	}
	nx, ny := (b.y-a.y)/d*weight/2, -(b.x-a.x)/d*weight/2
	r.fill([]point{{a.x + nx, a.y + ny}, {b.x + nx, b.y + ny}, {b.x - nx, b.y - ny}, {a.x - nx, a.y - ny}}, c)
}

// arrow paints a line or a curve in short strokes, and its head.
func (r *raster) arrow(a arrow) {
	steps := max(60, int(math.Hypot(a.to.x-a.from.x, a.to.y-a.from.y))) // no stroke longer than a dash
	length, last := 0.0, a.from
	for k := 1; k <= steps; k++ {
		p := a.along(float64(k) / float64(steps))
		if !a.dashed || math.Mod(length, 5.5) < 4 {
			r.line(last, p, 0.9, a.ink)
		}
		length += math.Hypot(p.x-last.x, p.y-last.y)
		last = p
	}
	r.head(a.along(0.97), a.to, a.ink)
}

func (r *raster) head(before, tip point, c string) {
	d := math.Hypot(tip.x-before.x, tip.y-before.y)
	if d == 0 {
		return
	}
	dx, dy := (tip.x-before.x)/d, (tip.y-before.y)/d
	base := point{tip.x - 5*dx, tip.y - 5*dy}
	r.fill([]point{tip, {base.x - 2*dy, base.y + 2*dx}, {base.x + 2*dy, base.y - 2*dx}}, c)
}

// box paints the outline in the colour of the stroke, then the inside.
func (r *raster) box(b box) {
	r.fill(outline(b, b.weight/2), b.stroke)
	r.fill(outline(b, -b.weight/2), b.fill)
	if !b.hatch {
		return
	}
	m := b.band()
	left, right, top, bottom := m.center.x-m.w/2, m.center.x+m.w/2, m.center.y-m.h/2, m.center.y+m.h/2
	r.fill([]point{{left, top}, {right, top}, {right, bottom}, {left, bottom}}, keptInk)
	for y := top; y < bottom+m.w; y += 4 { // strokes at 45 degrees, cut to the band
		from, to := point{left, y}, point{right, y - m.w}
		if over := top - to.y; over > 0 {
			to = point{to.x - over, top}
		}
		if over := from.y - bottom; over > 0 {
			from = point{from.x + over, bottom}
		}
		r.line(from, to, 0.8, black)
	}
}

// outline is the rim of a box, moved outwards.
func outline(b box, by float64) []point {
	w, h := b.w/2+by, b.h/2+by
	if !b.round {
		return []point{{b.center.x - w, b.center.y - h}, {b.center.x + w, b.center.y - h}, {b.center.x + w, b.center.y + h}, {b.center.x - w, b.center.y + h}}
	}
	var out []point
	for k := range 72 {
		s, c := math.Sincos(float64(k) / 36 * math.Pi)
		out = append(out, point{b.center.x + w*c, b.center.y + h*s})
	}
	return out
}

// fonts are read once.
var fonts = sync.OnceValues(func() ([2]*opentype.Font, error) {
	upright, err := opentype.Parse(dejavusanscondensed.TTF)
	if err != nil {
		return [2]*opentype.Font{}, err
	}
	italic, err := opentype.Parse(dejavusanscondensedoblique.TTF)
	return [2]*opentype.Font{upright, italic}, err
})

func (r *raster) text(t text) error {
	f, err := fonts()
	if err != nil {
		return err
	}
	style := f[0]
	if t.italic {
		style = f[1]
	}
	base, index := t.s, ""
	if t.italic {
		base, index = splitIndex(t.s)
	}
	big, err := opentype.NewFace(style, &opentype.FaceOptions{Size: t.size, DPI: 72 * dotsPerPoint})
	if err != nil {
		return err
	}
	small, err := opentype.NewFace(f[0], &opentype.FaceOptions{Size: t.size * 0.62, DPI: 72 * dotsPerPoint})
	if err != nil {
		return err
	}
	width := font.MeasureString(big, base) + font.MeasureString(small, index)
	d := &font.Drawer{Dst: r.img, Src: image.NewUniform(ink(t.ink)), Face: big}
	shift := width / 2
	switch t.anchor {
	case "start":
		shift = 0
	case "end":
		shift = width
	}
	if t.size < fontSize { // small print stays legible where an arrow passes
		left := t.at.x - float64(shift)/64/dotsPerPoint
		right := left + float64(width)/64/dotsPerPoint
		r.fill([]point{{left, t.at.y - t.size}, {right, t.at.y - t.size}, {right, t.at.y + 2}, {left, t.at.y + 2}}, white)
	}
	d.Dot = fixed.Point26_6{X: fixed.Int26_6(t.at.x*dotsPerPoint*64) - shift, Y: fixed.Int26_6(t.at.y * dotsPerPoint * 64)}
	d.DrawString(base)
	d.Face, d.Dot.Y = small, d.Dot.Y+fixed.Int26_6(lowered)
	d.DrawString(index)
	return nil
}
