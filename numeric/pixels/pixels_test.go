package pixels

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"
)

func decoded(t *testing.T, img *image.RGBA) (image.Image, int) {
	t.Helper()
	data, err := PNG(img)
	if err != nil {
		t.Fatal(err)
	}
	again, err := PNG(img)
	if err != nil || !bytes.Equal(data, again) {
		t.Errorf("a picture became two different files")
	}
	got, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds() != img.Bounds() {
		t.Fatalf("bounds %v, want %v", got.Bounds(), img.Bounds())
	}
	return got, len(data)
}

func each(r image.Rectangle, do func(x, y int)) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			do(x, y)
		}
	}
}

// farthest is the largest difference of a channel between two pictures.
func farthest(a, b image.Image) int {
	most := 0
	at := func(img image.Image, x, y int) color.RGBA { return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA) }
	each(a.Bounds(), func(x, y int) {
		p, q := at(a, x, y), at(b, x, y)
		for _, d := range []int{int(p.R) - int(q.R), int(p.G) - int(q.G), int(p.B) - int(q.B)} {
			most = max(most, d, -d)
		}
	})
	return most
}

func TestFewColoursAreKept(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	r := rand.New(rand.NewPCG(1, 2))
	each(img.Bounds(), func(x, y int) { img.Set(x, y, color.RGBA{uint8(r.IntN(16)), uint8(16 * r.IntN(16)), 7, 255}) })
	if got, _ := decoded(t, img); farthest(img, got) != 0 {
		t.Errorf("a picture of 256 colours lost some")
	}
}

func TestSmoothedLinesStayCloseAndSmall(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 400, 400))
	inks := []color.RGBA{{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 0, 0, 255}, {68, 1, 84, 255}}
	each(img.Bounds(), func(x, y int) { // stripes whose edges fade into white in many shades
		ink, fade := inks[x/25%4], (y*37+x*11)%256
		if (x+y/7)%25 > 3 {
			fade = 255
		}
		mix := func(c uint8) uint8 { return uint8((int(c)*(255-fade) + 255*fade) / 255) }
		img.Set(x, y, color.RGBA{mix(ink.R), mix(ink.G), mix(ink.B), 255})
	})
	got, size := decoded(t, img)
	if d := farthest(img, got); d > 16 {
		t.Errorf("a colour is off by %d", d)
	}
	var full bytes.Buffer
	if err := png.Encode(&full, img); err != nil {
		t.Fatal(err)
	}
	if 2*size > full.Len() {
		t.Errorf("%d bytes, and %d with all colours", size, full.Len())
	}
}

func TestOnePixelAndNone(t *testing.T) {
	decoded(t, image.NewRGBA(image.Rect(0, 0, 1, 1)))
	if _, err := PNG(image.NewRGBA(image.Rectangle{})); err == nil {
		t.Error("a picture without pixels was written")
	}
}
func BenchmarkPNG(b *testing.B) {
	img := image.NewRGBA(image.Rect(0, 0, 2000, 1000))
	each(img.Bounds(), func(x, y int) { img.Set(x, y, color.RGBA{uint8(x / 50), uint8(y / 60), 255, 255}) })
	for b.Loop() {
		PNG(img)
	}
}
