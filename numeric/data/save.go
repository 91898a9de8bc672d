package data

import (
	"archive/zip"
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"nabla/numeric"
)

// Save writes arrays to a file, in the format that its name ends in: .npy, .csv or .tsv for one array, .npz for any
// number with names; .gz after it compresses. The file appears whole or not at all.
func Save(path string, names []string, arrays []*numeric.Array) error {
	write, err := writer(path, names, arrays)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".save-*")
	if err != nil {
		return &Error{File: path, Text: plain(err)}
	}
	defer os.Remove(tmp.Name())
	err = write(tmp)
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return &Error{File: path, Text: plain(err)}
	}
	return nil
}

// writer is what writes the format of a name.
func writer(path string, names []string, arrays []*numeric.Array) (func(io.Writer) error, error) {
	base, zipped := strings.CutSuffix(path, ".gz")
	var write func(io.Writer) error
	ext := filepath.Ext(base)
	if ext != ".npz" && len(arrays) != 1 {
		return nil, &Error{File: path, Text: fmt.Sprintf("a file %s holds one array; several go to an .npz", ext)}
	}
	switch ext {
	case ".npz":
		write = func(w io.Writer) error { return writeNPZ(w, names, arrays) }
	case ".npy":
		write = func(w io.Writer) error { return writeNPY(w, arrays[0]) }
	case ".csv", ".tsv":
		sep := map[string]string{".csv": ",", ".tsv": "\t"}[ext]
		if len(arrays[0].Shape) > 2 {
			return nil, &Error{File: path, Text: fmt.Sprintf("text holds numbers, vectors and matrices; this has %d axes: save it as .npy", len(arrays[0].Shape))}
		}
		write = func(w io.Writer) error { return writeText(w, sep, arrays[0]) }
	default:
		return nil, &Error{File: path, Text: "a name ends in .npy, .npz, .csv or .tsv, and in .gz after that to compress"}
	}
	if zipped {
		return compressed(write), nil
	}
	return write, nil
}

func compressed(write func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		z := gzip.NewWriter(w)
		if err := write(z); err != nil {
			return err
		}
		return z.Close()
	}
}

// writeNPY writes version 1.0 of the format: NumPy Enhancement Proposal 1. Its library writes no more than two axes.
func writeNPY(w io.Writer, a *numeric.Array) error {
	shape := ""
	for _, d := range a.Shape {
		shape += strconv.Itoa(d) + ", "
	}
	if len(a.Shape) > 1 {
		shape = strings.TrimSuffix(shape, ", ")
	}
	header := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }", strings.TrimSuffix(shape, " "))
	const before, align = 10, 64
	pad := (align - (before+len(header)+1)%align) % align
	header += strings.Repeat(" ", pad) + "\n"
	b := bufio.NewWriter(w)
	b.Write(npyMagic)
	b.Write([]byte{1, 0, byte(len(header)), byte(len(header) >> 8)})
	b.WriteString(header)
	var buf [8]byte
	for _, x := range a.Data {
		binary.LittleEndian.PutUint64(buf[:], math.Float64bits(x))
		b.Write(buf[:])
	}
	return b.Flush()
}

func writeNPZ(w io.Writer, names []string, arrays []*numeric.Array) error {
	z := zip.NewWriter(w)
	for i, a := range arrays {
		f, err := z.Create(names[i] + ".npy")
		if err != nil {
			return err
		}
		if err := writeNPY(f, a); err != nil {
			return err
		}
	}
	return z.Close()
}

// writeText writes a matrix in lines, with every digit that reading back needs; a vector has one number per line.
func writeText(w io.Writer, sep string, a *numeric.Array) error {
	cols := 1
	if len(a.Shape) == 2 {
		cols = a.Shape[1]
	}
	b := bufio.NewWriter(w)
	for i, x := range a.Data {
		b.WriteString(strconv.FormatFloat(x, 'g', -1, 64))
		if (i+1)%cols == 0 {
			b.WriteByte('\n')
		} else {
			b.WriteString(sep)
		}
	}
	return b.Flush()
}
