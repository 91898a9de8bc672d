package data

import (
	"bytes"
	"compress/gzip"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nabla/numeric"
)

func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

func TestTextIsReadAsItIsUsuallyWritten(t *testing.T) {
	for _, c := range []struct {
		name, text string
		shape      []int
		data       []float64
		names      []string
	}{
		{"commas", "1,2\n3,4.5\n", []int{2, 2}, []float64{1, 2, 3, 4.5}, nil},
		{"windows", "\ufeff1,2\r\n3,-4e2\r\n", []int{2, 2}, []float64{1, 2, 3, -400}, nil},
		{"old macintosh", "1,2\r3,4\r", []int{2, 2}, []float64{1, 2, 3, 4}, nil},
		{"UTF-16", "\xff\xfe1\x00,\x002\x00\n\x003\x00,\x004\x00", []int{2, 2}, []float64{1, 2, 3, 4}, nil},
		{"infinite and small", "inf,-Infinity,1e-400\n", []int{1, 3}, []float64{math.Inf(1), math.Inf(-1), 0}, nil},
		{"semicolons", "1; 2\n3; 4\n", []int{2, 2}, []float64{1, 2, 3, 4}, nil},
		{"tabs", "1\t2\n3\t4\n", []int{2, 2}, []float64{1, 2, 3, 4}, nil},
		{"spaces", "  1   2\n 3 4\n", []int{2, 2}, []float64{1, 2, 3, 4}, nil},
		{"one column is a vector", "1.5e+02\n7.5e+01\n", []int{2}, []float64{150, 75}, nil},
		{"names", "a,b\n1,2\n", []int{1, 2}, []float64{1, 2}, []string{"a", "b"}},
		{"quoted names", "\"a, b\",c\n1,2\n", []int{1, 2}, []float64{1, 2}, []string{"a, b", "c"}},
		{"counts and names", "2,1,yes\n1,2\n3,4\n", []int{2, 2}, []float64{1, 2, 3, 4}, nil},
		{"counts", "2,1\n1,2,0\n3,4,1\n", []int{2, 3}, []float64{1, 2, 0, 3, 4, 1}, nil},
		{"comments and empty lines", "# x y\n\n1 2 # first\n3 4", []int{2, 2}, []float64{1, 2, 3, 4}, nil},
		{"missing", "NaN,NA\n", []int{1, 2}, []float64{math.NaN(), math.NaN()}, nil},
		{"gzip", zipped("1,2\n3,4\n"), []int{2, 2}, []float64{1, 2, 3, 4}, nil},
	} {
		got, err := Load(write(t, "data.csv", c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		a := got.Arrays[0]
		if !slices.Equal(a.Shape, c.shape) || !same(a.Data, c.data) || !slices.Equal(got.Names, c.names) {
			t.Errorf("%s: %v %v %q", c.name, a.Shape, a.Data, got.Names)
		}
	}
}

func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) })
}

func TestADamagedFileIsRefusedWithThePlace(t *testing.T) {
	npy := encode(t, numeric.From([]float64{1, 2, 3, 4}, 2, 2))
	for _, c := range []struct{ name, content, want string }{
		{"word", "1,2\n3,x\n", `, line 2, column 2: "x" is not a number`},
		{"empty field", "1,2\n,4\n", ", line 2, column 1: there is no number; a missing one is written NaN"},
		{"short line", "1,2\n3,4\n5\n", ", line 3, column 2: this line has 1 columns, line 1 has 2"},
		{"long line", "1 2\n\n3 4 5\n", ", line 3, column 3: this line has 3 columns, line 1 has 2"},
		{"open quote", "1,2\n\"3,4\n", ", line 2, column 1: a \" is missing"},
		{"hexadecimal", "1\n0x10\n", `, line 2, column 1: "0x10" is not a number`},
		{"too large", "1,2\n3,1e400\n", ", line 2, column 2: 1e400 is larger than any number here"},
		{"too large at once", "-1e400,2\n3,1\n", ", line 1, column 1: -1e400 is larger than any number here"},
		{"nothing", "", ": it holds no numbers"},
		{"header only", "a,b\n", ": it holds no numbers"},
		{"binary", "\x7fELF\x00\x01", ": it is neither text in UTF-8 or UTF-16 nor an .npy, .npz or gzip file"},
		{"half a gzip", zipped("1,2\n3,4\n")[:20], ": it is compressed by gzip, but damaged or cut short"},
		{"half an npy", npy[:len(npy)-9], ": it says that it is [2 2], but is cut short"},
		{"npy header only", npy[:30], ": its .npy header is cut short"},
		{"npy of text", strings.Replace(npy, "<f8", "<U1", 1), ": its numbers are of the type <U1"},
		{"npy without a header", npy[:10] + strings.Repeat(" ", len(npy)-10), ": its .npy header is damaged"},
		{"half an npz", "PK\x03\x04xx", ": it begins like an .npz, but is damaged"},
	} {
		path := write(t, "data.csv", c.content)
		got, err := Load(path)
		var e *Error
		if !errors.As(err, &e) || got != nil || !strings.HasPrefix(err.Error(), path+c.want) {
			t.Errorf("%s: %v, want …%s", c.name, err, c.want)
		}
	}
	if _, err := Load("no such file"); err == nil || err.Error() != "no such file: there is no such file" {
		t.Errorf("%v", err)
	}
}

func encode(t testing.TB, a *numeric.Array) string {
	t.Helper()
	var b bytes.Buffer
	if err := writeNPY(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFortranOrderIsTransposed(t *testing.T) {
	raw := encode(t, numeric.From([]float64{1, 2, 3, 4, 5, 6}, 2, 3))
	raw = strings.Replace(raw, "'fortran_order': False", "'fortran_order': True", 1)
	raw = strings.Replace(raw, "}", "} ", 1)
	got, err := Load(write(t, "a.npy", raw))
	if err != nil {
		t.Fatal(err)
	}
	if a := got.Arrays[0]; !same(a.Data, []float64{1, 3, 5, 2, 4, 6}) {
		t.Errorf("%v", a.Data)
	}
}

func TestWhatIsSavedReadsBack(t *testing.T) {
	dir := t.TempDir()
	r := numeric.Source(1)
	for _, shape := range [][]int{{}, {3}, {2, 3}, {2, 3, 4}, {0, 3}} {
		a := numeric.New(shape...)
		for i := range a.Data {
			a.Data[i] = r.NormFloat64()
		}
		for _, ext := range []string{".npy", ".npy.gz", ".npz", ".csv", ".tsv.gz"} {
			text := !strings.HasPrefix(ext, ".np")
			if text && (len(shape) == 0 || len(shape) > 2 || shape[0] == 0) {
				continue
			}
			path := filepath.Join(dir, "a"+ext)
			if err := Save(path, []string{"a"}, []*numeric.Array{a}); err != nil {
				t.Fatal(err)
			}
			got, err := Load(path)
			if err != nil {
				t.Fatalf("%v%s: %v", shape, ext, err)
			}
			if b := got.Arrays[0]; !slices.Equal(a.Shape, b.Shape) || !same(a.Data, b.Data) {
				t.Errorf("%v%s: %v %v", shape, ext, b.Shape, b.Data)
			}
		}
	}
	if err := Save(filepath.Join(dir, "a.xls"), nil, []*numeric.Array{numeric.New(2)}); err == nil {
		t.Error("saved a spreadsheet")
	}
}

func TestTheLastColumnIsTheSecondName(t *testing.T) {
	tab, err := Load(write(t, "a.csv", "1,2,3\n4,5,6\n"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := tab.Values(2)
	if err != nil || !same(v[0].Data, []float64{1, 2, 4, 5}) || !same(v[1].Data, []float64{3, 6}) || len(v[1].Shape) != 1 {
		t.Errorf("%v %v", v, err)
	}
	if _, err := tab.Values(3); err == nil {
		t.Error("three names for one matrix")
	}
}

func TestALimitIsKept(t *testing.T) {
	path := write(t, "a.csv", zipped(strings.Repeat("1,2\n", 10000)))
	if _, err := LoadLimited(path, 1000); err == nil || !strings.Contains(err.Error(), "more than the 1 kB that the memory limit allows") {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1,2\n3,4\n", "a b\n1 2\n", zipped("1\n2\n"), encode(f, numeric.From([]float64{1, 2}, 2)), "PK\x03\x04", "\"", "1;2"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		tab, err := parse("x", raw, 1<<20)
		if err != nil {
			return
		}
		for _, a := range tab.Arrays {
			if numeric.Count(a.Shape) != len(a.Data) {
				t.Errorf("%v has %d entries", a.Shape, len(a.Data))
			}
		}
	})
}

func TestWhatIsTooLargeSaysHowMuch(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, text, want string }{
		{"quote.csv", "1,2\n3,\"4\n", "line 2, column 2: a \" is missing"},
		{"bare.csv", "1,2\n3,4\"5\n", "line 2, column 2: a \" stands within"},
		{"wide.csv", strings.Repeat("1,2\n", 200), "it needs 3.2 kB of memory; the limit is 1 kB"},
		{"large.csv", strings.Repeat("1111,2222\n", 200), "it needs 2 kB of memory; the limit is 1 kB"},
		{"shape.npy", npyHeader("(4, -1)"), "[4 -1], which is no shape"},
		{"huge.npy", npyHeader("(99999999999, 99999999999)"), "it needs 8e+04 EB of memory; the limit is 1 kB"},
	} {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadLimited(path, 1000); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := LoadLimited("/dev/zero", 1<<20); err == nil {
		t.Error("/dev/zero ends")
	}
}

// npyHeader is an .npy file of a shape, without its numbers.
func npyHeader(shape string) string {
	h := "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }"
	h += strings.Repeat(" ", 117-len(h)) + "\n"
	return "\x93NUMPY\x01\x00\x76\x00" + h
}
