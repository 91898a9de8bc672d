package chart

import (
	"bytes"
	"encoding/xml"
	"flag"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/go-fonts/dejavu/dejavusans"
	"github.com/rivo/uniseg"
	"golang.org/x/image/font/sfnt"
	"pgregory.net/rapid"
)

var keep = flag.String("keep", "", "folder for the pictures that are drawn, to look at them")

// gallery is one chart of each kind.
func gallery() map[string]*Chart {
	x := make([]float64, 201)
	tanh, pole, wave := make([]float64, 201), make([]float64, 201), make([]float64, 201)
	for i := range x {
		x[i] = -3 + 6*float64(i)/200
		tanh[i], pole[i], wave[i] = math.Tanh(x[i]), 1/x[i], math.Sin(4*x[i])
	}
	lo, hi, _ := Visible(pole)
	bowl := &Contour{X: make([]float64, 41), Y: make([]float64, 31)}
	for j := range bowl.X {
		bowl.X[j] = -2 + float64(j)/10
	}
	for i := range bowl.Y {
		bowl.Y[i] = -1 + float64(i)/10
		for j := range bowl.X {
			a, b := 1-bowl.X[j], bowl.Y[i]-bowl.X[j]*bowl.X[j]
			bowl.Z = append(bowl.Z, a*a+100*b*b)
		}
	}
	matrix := &Heat{Rows: 6, Cols: 11}
	for i := range 66 {
		matrix.Data = append(matrix.Data, math.Sin(float64(i)))
	}
	matrix.Data[5] = math.NaN()
	return map[string]*Chart{
		"curves":    {Title: "∂J/∂W₁ ⊙ φ′(z)ᵀ, ‖x‖² and λ", X: Axis{Label: "x"}, Y: Axis{Label: "φ(x)"}, Layers: []Layer{&Curve{Name: "tanh(x)", X: x, Y: tanh}, &Curve{Name: "sin(4 x)", X: x, Y: wave}}},
		"pole":      {X: Axis{Label: "x"}, Y: Axis{Min: lo, Max: hi}, Layers: []Layer{&Curve{Name: "1/x", X: x, Y: pole}}},
		"points":    {X: Axis{Label: "a"}, Y: Axis{Label: "b"}, Layers: []Layer{&Points{Name: "0", X: x[:40], Y: wave[:40]}, &Points{Name: "1", X: x[40:90], Y: tanh[50:100]}}},
		"heat":      {Title: "∂²J/∂x²", Layers: []Layer{matrix}},
		"contour":   {X: Axis{Label: "x"}, Y: Axis{Label: "y"}, Layers: []Layer{bowl, &Curve{Name: "path", Mark: true, X: []float64{-1.5, -1, 0, 0.7, 1}, Y: []float64{2, 1, 0.2, 0.5, 1}}}},
		"histogram": {X: Axis{Label: "value"}, Y: Axis{Label: "count"}, Layers: []Layer{NewHistogram(slices.Concat(tanh, wave), 12)}},
		"tiles":     {Bare: true, Layers: []Layer{Tiles(slices.Concat(wave, tanh)[:320], 5, 8, 8)}},
		"constant":  {Layers: []Layer{&Curve{X: []float64{1, 2}, Y: []float64{3, 3}}}},
	}
}

func TestEveryChartIsAPicture(t *testing.T) {
	for name, c := range gallery() {
		t.Run(name, func(t *testing.T) {
			svg, err := c.SVG()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(svg, []byte("<svg")) {
				t.Errorf("it begins with %.40q", svg)
			}
			for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
			raster, err := c.PNG()
			if err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(bytes.NewReader(raster))
			if err != nil {
				t.Fatal(err)
			}
			colours := map[any]bool{}
			for y := range img.Bounds().Dy() {
				for x := range img.Bounds().Dx() {
					colours[img.At(x, y)] = true
				}
			}
			if len(colours) < 3 {
				t.Errorf("the picture has %d colours", len(colours))
			}
			if *keep != "" {
				_ = os.WriteFile(filepath.Join(*keep, name+".png"), raster, 0o644)
				_ = os.WriteFile(filepath.Join(*keep, name+".svg"), svg, 0o644)
			}
			t.Log("\n" + c.Text(80, false))
		})
	}
}

func TestTheFontHasTheSignsOfFormulas(t *testing.T) {
	f, err := sfnt.Parse(dejavusans.TTF)
	if err != nil {
		t.Fatal(err)
	}
	var b sfnt.Buffer
	for _, r := range "∂∇⊙⊗⊘·×ᵀ⁻¹²³₀₁₂′″‖|λφσθηαβγδεωΩŷx̂ℝ∈≤≥≈→…½√∞" {
		if i, err := f.GlyphIndex(&b, r); err != nil || i == 0 {
			t.Errorf("the font lacks %q", r)
		}
	}
}

func TestTextFitsItsWidthAndIsASCIIOnRequest(t *testing.T) {
	for name, c := range gallery() {
		c.Title = ""
		for _, width := range []int{minTextWidth, 40, 80, 200} {
			for i, line := range strings.Split(c.Text(width, false), "\n") {
				if w := uniseg.StringWidth(line); w > width {
					t.Errorf("%s, %d columns: line %d has %d:\n%s", name, width, i, w, line)
				}
			}
		}
		for _, r := range strings.NewReplacer("φ", "f").Replace(c.Text(60, true)) {
			if r > 126 {
				t.Errorf("%s: %q is not ASCII", name, r)
			}
		}
	}
}

// A rising curve ends in the top right corner and begins in the bottom left one.
func TestTextShowsWhereACurveGoes(t *testing.T) {
	c := &Chart{Layers: []Layer{&Curve{X: []float64{0, 1}, Y: []float64{0, 1}}}}
	lines := strings.Split(c.Text(40, false), "\n")
	top, bottom := []rune(lines[0]), []rune(lines[planeRows-1])
	if r := top[len(top)-1]; r < 0x2800 || r > 0x28ff {
		t.Errorf("the first row ends in %q", r)
	}
	if r := bottom[strings.IndexRune(string(bottom), '│')]; len(bottom) > 20 && r > 0x2800 {
		t.Errorf("the last row is %q", string(bottom))
	}
}

func TestPiecesBreakAtPolesAndGaps(t *testing.T) {
	nan := math.NaN()
	c := &Curve{X: []float64{0, 1, 2, 3, 4, 5, 6}, Y: []float64{0, 1, nan, 1, 50, -50, 0}}
	got := pieces(c, rectangle{0, 6, -2, 2, true})
	want := [][2]int{{0, 2}, {3, 5}, {5, 7}}
	if !slices.Equal(got, want) {
		t.Errorf("pieces %v, want %v", got, want)
	}
}

func TestHistogramCountsEveryFiniteValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 200).Draw(t, "values")
		h := NewHistogram(append(values, math.NaN(), math.Inf(1)), rapid.IntRange(0, 40).Draw(t, "bins"))
		total := 0
		for _, n := range h.Counts {
			total += n
		}
		if total != len(values) || h.Low >= h.High {
			t.Fatalf("%d of %d values in [%v, %v]", total, len(values), h.Low, h.High)
		}
	})
}

func TestTilesKeepEveryPicture(t *testing.T) {
	data := make([]float64, 5*2*3)
	for i := range data {
		data[i] = float64(i)
	}
	h := Tiles(data, 5, 2, 3)
	var kept []float64
	for _, x := range h.Data {
		if !math.IsNaN(x) {
			kept = append(kept, x)
		}
	}
	slices.Sort(kept)
	if !slices.Equal(kept, data) {
		t.Errorf("kept %v", kept)
	}
}

func TestVisibleCutsPolesOnly(t *testing.T) {
	line, pole := make([]float64, 100), make([]float64, 100)
	for i := range line {
		line[i] = float64(i)
		pole[i] = 1 / (float64(i) - 50.001)
	}
	if lo, hi, cut := Visible(line); cut || lo != 0 || hi != 99 {
		t.Errorf("a line is cut to [%v, %v]", lo, hi)
	}
	if lo, hi, cut := Visible(pole); !cut || hi-lo > 10 {
		t.Errorf("a pole is shown from %v to %v", lo, hi)
	}
}

func TestTicksAreRoundAndFew(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{
		{-1, 3, "−1 0 1 2 3"},
		{0, 0.9, "0 0.2 0.4 0.6 0.8"},
		{-0.1, 0.1, "−0.10 −0.05 0 0.05 0.10"},
		{0, 1e9, "0 2e+08 4e+08 6e+08 8e+08 1e+09"},
		{2, 2.0000001, "2 2 2 2 2 2"},
	} {
		var got []string
		for _, k := range (round{6}).Ticks(c.lo, c.hi) {
			got = append(got, k.Label)
		}
		if c.hi-c.lo > 1e-3 && strings.Join(got, " ") != c.want || len(got) < 3 || len(got) > 7 {
			t.Errorf("[%v, %v]: %s", c.lo, c.hi, strings.Join(got, " "))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e9, 1e9).Draw(t, "lo")
		hi := lo + math.Exp(rapid.Float64Range(-5, 20).Draw(t, "size"))
		if n := len((round{8}).Ticks(lo, hi)); n < 2 || n > 9 {
			t.Fatalf("%d marks in [%v, %v]", n, lo, hi)
		}
	})
}
