package data

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"nabla/numeric"
)

// An Error says where a file is not what it should be. Line and Column count from 1 and are 0 where they mean nothing;
// Column counts fields, as a spreadsheet does.
type Error struct {
	File         string
	Line, Column int
	Text         string
}

func (e *Error) Error() string {
	at := e.File
	if e.Line > 0 {
		at += fmt.Sprintf(", line %d", e.Line)
	}
	if e.Column > 0 {
		at += fmt.Sprintf(", column %d", e.Column)
	}
	return at + ": " + e.Text
}

// A Table is what a file holds: one array, or several with names (.npz).
type Table struct {
	File   string
	Names  []string // of the columns, where the file gives them; of the arrays of an .npz
	Arrays []*numeric.Array
}

// DefaultLimit is how many bytes Load lets the numbers of a file take.
const DefaultLimit = 8 << 30

// Load reads a file of at most DefaultLimit bytes.
func Load(path string) (*Table, error) { return LoadLimited(path, DefaultLimit) }

// LoadLimited reads a file whose numbers, and whose text when decompressed, take at most limit bytes.
func LoadLimited(path string, limit int64) (*Table, error) {
	raw, err := read(path, limit)
	if err != nil {
		return nil, &Error{File: path, Text: plain(err)}
	}
	t, err := parse(path, raw, limit)
	var e *Error
	if errors.As(err, &e) {
		e.File = path
	}
	return t, err
}

// read is the text of a file; one over the limit, such as /dev/zero, is not read to its end.
func read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !s.Mode().IsRegular():
		limit = min(limit, mostOfStream)
	case s.Size() > limit:
		return nil, tooLarge(float64(s.Size()), limit)
	}
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(raw)) > limit {
		return nil, tooLarge(0, limit)
	}
	return raw, err
}

// mostOfStream is how many bytes are read of what does not say how many there are: a pipe, a device.
const mostOfStream = 1 << 28

// plain is an error of the file system in a person's words.
func plain(err error) string {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Text
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "it may not be read"
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

var (
	gzipMagic = []byte("\x1f\x8b")
	npyMagic  = []byte("\x93NUMPY")
	zipMagic  = []byte("PK\x03\x04")
)

func parse(path string, raw []byte, limit int64) (*Table, error) {
	switch {
	case bytes.HasPrefix(raw, gzipMagic):
		inner, err := gunzip(raw, limit)
		if err != nil {
			return nil, err
		}
		return parse(path, inner, limit)
	case bytes.HasPrefix(raw, npyMagic):
		a, err := parseNPY(raw, limit)
		if err != nil {
			return nil, err
		}
		return &Table{File: path, Arrays: []*numeric.Array{a}}, nil
	case bytes.HasPrefix(raw, zipMagic):
		return parseNPZ(path, raw, limit)
	}
	return parseText(path, raw, limit)
}

// tooLarge refuses what needs so many bytes, as far as that is known, and may take no more than limit.
func tooLarge(bytes float64, limit int64) error {
	if bytes <= float64(limit) {
		return &Error{Text: fmt.Sprintf("it holds more than the %s that the memory limit allows", numeric.Bytes(float64(limit)))}
	}
	return &Error{Text: fmt.Sprintf("it needs %s of memory; the limit is %s", numeric.Bytes(bytes), numeric.Bytes(float64(limit)))}
}

func gunzip(raw []byte, limit int64) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, &Error{Text: "it begins like gzip, but is damaged: " + err.Error()}
	}
	out, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err != nil {
		return nil, &Error{Text: "it is compressed by gzip, but damaged or cut short"}
	}
	if int64(len(out)) > limit {
		return nil, tooLarge(0, limit)
	}
	return out, nil
}

// Values are the arrays for n names. For two names one matrix is split: its last column is the second. The arrays of an
// .npz go to the names in the order of the file.
func (t *Table) Values(n int) ([]*numeric.Array, error) {
	switch {
	case n == len(t.Arrays):
		return t.Arrays, nil
	case n == 2 && len(t.Arrays) == 1:
		return t.split()
	case len(t.Arrays) == 1:
		return nil, &Error{File: t.File, Text: fmt.Sprintf("it is one array: for one name, or for two, of which the second gets the last column; not for %d", n)}
	}
	return nil, &Error{File: t.File, Text: fmt.Sprintf("it holds %d arrays (%v): give as many names, not %d", len(t.Arrays), t.Names, n)}
}

func (t *Table) split() ([]*numeric.Array, error) {
	a := t.Arrays[0]
	if len(a.Shape) != 2 || a.Shape[1] < 2 {
		return nil, &Error{File: t.File, Text: fmt.Sprintf("two names need a matrix with at least two columns; this is %v", a.Shape)}
	}
	rows, cols := a.Shape[0], a.Shape[1]
	x, y := numeric.New(rows, cols-1), numeric.New(rows)
	for i := range rows {
		copy(x.Data[i*(cols-1):], a.Data[i*cols:(i+1)*cols-1])
		y.Data[i] = a.Data[(i+1)*cols-1]
	}
	return []*numeric.Array{x, y}, nil
}
