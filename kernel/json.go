package kernel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"nabla/lang"
)

// MaxJSONValue is the number of entries above which the "value" of a JSON line is left out.
const MaxJSONValue = 100_000

// Float is a number that JSON can carry: NaN and the infinities become the strings "NaN", "Infinity", "-Infinity".
type Float float64

// MarshalJSON writes the shortest decimal that reads back as the same number.
func (f Float) MarshalJSON() ([]byte, error) { return appendFloat(nil, float64(f), 64), nil }

// appendFloat writes the shortest decimal that reads back as the same number of so many bits.
func appendFloat(b []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	case f == math.Trunc(f) && math.Abs(f) < 1e15:
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	return strconv.AppendFloat(b, f, 'g', -1, bits)
}

// resultLine is the JSON form of a Result; the order of the fields is the order of the keys.
type resultLine struct {
	In    string          `json:"in"`
	Line  int             `json:"line"`
	Kind  Kind            `json:"kind"`
	Name  string          `json:"name"`
	Shape []string        `json:"shape"`
	Sizes []int           `json:"sizes"`
	Row   bool            `json:"row"`
	Text  *string         `json:"text"`
	LaTeX *string         `json:"latex"`
	Value *Value          `json:"value"`
	Notes []string        `json:"notes"`
	Data  json.RawMessage `json:"data"`
	Err   *errorLine      `json:"error"`
}

// errorLine is the JSON form of a lang.Error. Line is the line of the whole source; Column, from 1, and Length are in
// display columns, as the carets under a printed error are.
type errorLine struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Line    int      `json:"line"`
	Column  int      `json:"column"`
	Length  int      `json:"length"`
	Hints   []string `json:"hints"`
}

// MarshalJSON writes the result as one object with the keys in, line, kind, name, shape, sizes, row, text, latex,
// value, notes, data, error, in this order. What is absent is null.
func (r *Result) MarshalJSON() ([]byte, error) {
	line := resultLine{
		In: r.In, Line: r.Line, Kind: r.Kind, Name: r.Name, Shape: r.Shape, Sizes: r.Sizes, Row: r.Row,
		Text: present(r.Text), LaTeX: present(r.LaTeX), Data: marshalData(r.Data),
	}
	if r.Value != nil && len(r.Value.Data) <= MaxJSONValue {
		line.Value = r.Value
	}
	if len(r.Notes) > 0 {
		line.Notes = r.Notes
	}
	if r.Err != nil {
		line.Err = newErrorLine(r.Err, r.Line)
	}
	return marshalPlain(line)
}

func present(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// MarshalJSON writes {"shape":[…],"data":[…]}: row-major and flat; a scalar has shape [].
func (v *Value) MarshalJSON() ([]byte, error) {
	b := append([]byte(nil), `{"shape":[`...)
	for i, n := range v.Shape {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	bits := 64
	if v.Single {
		bits = 32
	}
	b = append(b, `],"data":[`...)
	for i, f := range v.Data {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendFloat(b, f, bits)
	}
	return append(b, "]}"...), nil
}

func newErrorLine(e *lang.Error, statement int) *errorLine {
	line, column, length := e.Position()
	if e.Source == "" {
		line, length = statement, 0
	}
	return &errorLine{e.Code, e.Message, line, column, length, hints(e.Fixes)}
}

// hints are the fixes as lines that can be run: when a fix applies stands in a comment.
func hints(fixes []lang.Fix) []string {
	list := []string{}
	for _, fix := range fixes {
		if fix.When == "" {
			list = append(list, fix.Text)
			continue
		}
		list = append(list, fix.Text+"  # "+fix.When)
	}
	return list
}

// marshalData writes a report's structured form. Reports hold floats, and encoding/json refuses the ones that are not
// finite; only then is the value walked.
func marshalData(data any) json.RawMessage {
	if data == nil {
		return nil
	}
	if b, err := marshalPlain(data); err == nil {
		return b
	}
	b, err := marshalPlain(finite(reflect.ValueOf(data)))
	if err != nil {
		return nil
	}
	return b
}

// dataInASCII is a report's structured form with every text in it, and every key, spelt in ASCII.
func dataInASCII(data any) json.RawMessage {
	raw := marshalData(data)
	var out bytes.Buffer
	for len(raw) > 0 {
		n := stringEnd(raw)
		if text := ""; n > 0 && json.Unmarshal(raw[:n], &text) == nil {
			spelt, _ := marshalPlain(lang.ASCII(text))
			out.Write(spelt)
		} else {
			n = 1
			out.WriteByte(raw[0])
		}
		raw = raw[n:]
	}
	return out.Bytes()
}

// stringEnd is the length of the JSON text at the start of raw; 0 where it begins with something else.
func stringEnd(raw []byte) int {
	if raw[0] != '"' {
		return 0
	}
	for i := 1; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// marshalPlain is json.Marshal that leaves <, > and & readable.
func marshalPlain(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// finite copies a value of maps, slices, structs and numbers into one that encoding/json accepts.
func finite(v reflect.Value) any {
	if m, ok := marshaler(v); ok {
		return m
	}
	switch v.Kind() {
	case reflect.Invalid:
		return nil
	case reflect.Float32, reflect.Float64:
		return Float(v.Float())
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return finite(v.Elem())
	case reflect.Slice, reflect.Array:
		return finiteList(v)
	case reflect.Map:
		m := map[string]any{}
		for _, k := range v.MapKeys() {
			m[fmt.Sprint(k)] = finite(v.MapIndex(k))
		}
		return m
	case reflect.Struct:
		return finiteStruct(v)
	}
	return v.Interface()
}

// marshaler is a value that knows its own JSON form and can write it.
func marshaler(v reflect.Value) (json.RawMessage, bool) {
	if !v.IsValid() || !v.CanInterface() {
		return nil, false
	}
	m, ok := v.Interface().(json.Marshaler)
	if !ok || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, false
	}
	b, err := m.MarshalJSON()
	return b, err == nil
}

func finiteList(v reflect.Value) any {
	list := make([]any, v.Len())
	for i := range list {
		list[i] = finite(v.Index(i))
	}
	return list
}

func finiteStruct(v reflect.Value) any {
	m := map[string]any{}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case !field.IsExported() || name == "-":
			continue
		case name == "":
			name = field.Name
		}
		m[name] = finite(v.Field(i))
	}
	return m
}
