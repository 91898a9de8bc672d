package data

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/sbinet/npyio/npy"

	"nabla/numeric"
)

// parseNPY reads an array of any rank and any numeric type.
func parseNPY(raw []byte, limit int64) (a *numeric.Array, err error) {
	// The library trusts the header; a damaged one may make it panic.
	defer func() {
		if p := recover(); p != nil {
			a, err = nil, &Error{Text: "its .npy header is damaged"}
		}
	}()
	header := headerLength(raw)
	if header > int64(len(raw)) {
		return nil, &Error{Text: "its .npy header is cut short"}
	}
	r, err := npy.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, &Error{Text: "it is not an .npy file that can be read: " + err.Error()}
	}
	h := r.Header.Descr
	if slices.ContainsFunc(h.Shape, func(d int) bool { return d < 0 }) {
		return nil, &Error{Text: fmt.Sprintf("it says that it is %v, which is no shape", h.Shape)}
	}
	n, ok := entries(h.Shape, limit)
	if !ok {
		return nil, tooLarge(bytesOf(h.Shape), limit)
	}
	t := npy.TypeFrom(h.Type)
	if t == nil || !isNumber(t.Kind()) {
		return nil, &Error{Text: fmt.Sprintf("its numbers are of the type %s; real and whole numbers are read", h.Type)}
	}
	if int64(len(raw))-header < int64(n)*int64(t.Size()) {
		return nil, &Error{Text: fmt.Sprintf("it says that it is %v, but is cut short", h.Shape)}
	}
	values := reflect.New(reflect.SliceOf(t))
	if n > 0 {
		if err := r.Read(values.Interface()); err != nil {
			return nil, &Error{Text: "it is cut short or damaged: " + err.Error()}
		}
	}
	if values.Elem().Len() != n {
		return nil, &Error{Text: fmt.Sprintf("it holds %d numbers, not the %d of its shape %v", values.Elem().Len(), n, h.Shape)}
	}
	a = numeric.New(h.Shape...)
	fill(a, values.Elem(), h.Fortran)
	return a, nil
}

// headerLength is where the numbers begin.
func headerLength(raw []byte) int64 {
	switch {
	case len(raw) < 12:
		return 12
	case raw[6] == 1:
		return 10 + int64(binary.LittleEndian.Uint16(raw[8:]))
	}
	return 12 + int64(binary.LittleEndian.Uint32(raw[8:]))
}

func isNumber(k reflect.Kind) bool {
	return k == reflect.Bool || k >= reflect.Int && k <= reflect.Uint64 || k == reflect.Float32 || k == reflect.Float64
}

// entries is how many numbers a shape has, if they take at most limit bytes.
func entries(shape []int, limit int64) (int, bool) {
	n := int64(1)
	for _, d := range shape {
		if d < 0 || d > 0 && n > limit/8/int64(d) {
			return 0, false
		}
		n *= int64(d)
	}
	return int(n), true
}

// bytesOf is what the numbers of a shape take.
func bytesOf(shape []int) float64 {
	n := 8.0
	for _, d := range shape {
		n *= float64(d)
	}
	return n
}

// fill stores values, which are in the order of the file.
func fill(a *numeric.Array, values reflect.Value, fortran bool) {
	index := make([]int, len(a.Shape))
	for i := range values.Len() {
		at := i
		if fortran {
			at = 0
			for k, x := range index {
				at = at*a.Shape[k] + x
			}
			for k := range index {
				if index[k]++; index[k] < a.Shape[k] {
					break
				}
				index[k] = 0
			}
		}
		a.Data[at] = float(values.Index(i))
	}
}

func float(v reflect.Value) float64 {
	switch {
	case v.CanFloat():
		return v.Float()
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	case v.Bool():
		return 1
	}
	return 0
}

// parseNPZ reads every array of an .npz.
func parseNPZ(path string, raw []byte, limit int64) (*Table, error) {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, &Error{Text: "it begins like an .npz, but is damaged or cut short"}
	}
	t := &Table{File: path}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			return nil, &Error{Text: fmt.Sprintf("it is an archive with %q in it; an .npz holds .npy files only", f.Name)}
		}
		a, err := member(f, limit)
		if err != nil {
			return nil, &Error{Text: fmt.Sprintf("the array %s: %v", name, textOf(err))}
		}
		limit -= int64(len(a.Data)) * 8
		t.Names, t.Arrays = append(t.Names, name), append(t.Arrays, a)
	}
	if len(t.Arrays) == 0 {
		return nil, &Error{Text: "it is an archive without arrays"}
	}
	return t, nil
}

func textOf(err error) string {
	if e, ok := err.(*Error); ok {
		return e.Text
	}
	return err.Error()
}

func member(f *zip.File, limit int64) (*numeric.Array, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, tooLarge(0, limit)
	}
	return parseNPY(raw, limit)
}
