package data

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"nabla/numeric"
)

// A record is one line of fields.
type record struct {
	line   int
	fields []string
}

// parseText reads numbers in lines. A first line that is not numbers like the others is a header: names of the columns,
// or counts and names.
func parseText(path string, raw []byte, limit int64) (*Table, error) {
	raw = plainText(raw)
	if bytes.IndexByte(raw, 0) >= 0 || !utf8.Valid(raw) {
		return nil, &Error{Text: "it is neither text in UTF-8 or UTF-16 nor an .npy, .npz or gzip file"}
	}
	rs, err := records(raw)
	if err != nil {
		return nil, err
	}
	t := &Table{File: path}
	if len(rs) > 0 && isHeader(rs) {
		if len(rs) > 1 && len(rs[0].fields) == len(rs[1].fields) && !anyNumber(rs[0].fields) {
			t.Names = rs[0].fields
		}
		rs = rs[1:]
	}
	if len(rs) == 0 {
		return nil, &Error{Text: "it holds no numbers"}
	}
	if need := bytesOf([]int{len(rs), len(rs[0].fields)}); need > float64(limit) {
		return nil, tooLarge(need, limit)
	}
	a, err := matrix(rs)
	if err != nil {
		return nil, err
	}
	t.Arrays = []*numeric.Array{a}
	return t, nil
}

// plainText is text in UTF-8 without a byte order mark, with lines that end in a line feed, as old spreadsheets do not write
// them.
func plainText(raw []byte) []byte {
	if text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), raw); err == nil {
		raw = text
	}
	if bytes.IndexByte(raw, '\r') >= 0 && bytes.IndexByte(raw, '\n') < 0 {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	return raw
}

// records splits the lines into fields. Empty lines and lines that begin with # do not count.
func records(raw []byte) ([]record, error) {
	sep := separator(raw)
	if sep == ' ' {
		return words(raw)
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comma, r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = sep, '#', -1, sep != '\t'
	var rs []record
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return rs, nil
		}
		var p *csv.ParseError
		if errors.As(err, &p) {
			return nil, &Error{Line: p.Line, Column: fieldAt(raw, sep, p), Text: quoteError(p)}
		}
		if err != nil {
			return nil, &Error{Text: err.Error()}
		}
		line, _ := r.FieldPos(0)
		if len(fields) == 1 && strings.TrimSpace(fields[0]) == "" {
			continue
		}
		rs = append(rs, record{line, fields})
	}
}

// fieldAt is the field of a line in which the reader failed.
func fieldAt(raw []byte, sep rune, p *csv.ParseError) int {
	lines := bytes.SplitN(raw, []byte("\n"), p.StartLine+1)
	if p.StartLine < 1 || p.StartLine > len(lines) {
		return 0
	}
	line := lines[p.StartLine-1]
	if q := bytes.LastIndexByte(line, '"'); q >= 0 {
		line = line[:q]
	}
	return 1 + strings.Count(string(line), string(sep))
}

// quoteError says what is wrong with quotation marks.
func quoteError(p *csv.ParseError) string {
	switch {
	case errors.Is(p.Err, csv.ErrBareQuote):
		return "a \" stands within a number"
	case p.Line != p.StartLine:
		return fmt.Sprintf("a \" is missing: the one in line %d is never closed", p.StartLine)
	}
	return "a \" is missing, or is one too many"
}

// separator is what separates the fields of the first line that counts.
func separator(raw []byte) rune {
	for line := range bytes.Lines(raw) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		for _, sep := range ",;\t" {
			if bytes.ContainsRune(line, sep) {
				return sep
			}
		}
		break
	}
	return ' '
}

// words are fields separated by spaces.
func words(raw []byte) ([]record, error) {
	var rs []record
	s := bufio.NewScanner(bytes.NewReader(raw))
	s.Buffer(nil, len(raw)+1)
	for n := 1; s.Scan(); n++ {
		text, _, _ := strings.Cut(s.Text(), "#")
		if f := strings.Fields(text); len(f) > 0 {
			rs = append(rs, record{n, f})
		}
	}
	return rs, nil
}

// isHeader says that the first record is no data: it has a word in it, or it counts the rows.
func isHeader(rs []record) bool {
	for _, f := range rs[0].fields {
		if _, err := number(f); err != nil && !errors.Is(err, strconv.ErrRange) && strings.TrimSpace(f) != "" {
			return true
		}
	}
	if len(rs) < 3 || len(rs[0].fields) == len(rs[1].fields) {
		return false
	}
	n, err := number(rs[0].fields[0])
	return err == nil && n == float64(len(rs)-1)
}

func anyNumber(fields []string) bool {
	for _, f := range fields {
		if _, err := number(f); err == nil {
			return true
		}
	}
	return false
}

// number reads a field; NA is NumPy's and R's missing value.
func number(field string) (float64, error) {
	field = strings.TrimSpace(field)
	if field == "NA" {
		return math.NaN(), nil
	}
	x, err := strconv.ParseFloat(field, 64)
	if strings.ContainsAny(field, "_xX") {
		return 0, strconv.ErrSyntax
	}
	return x, err
}

// matrix puts the fields together: a vector if every line has one.
func matrix(rs []record) (*numeric.Array, error) {
	cols := len(rs[0].fields)
	a := numeric.New(len(rs), cols)
	for i, r := range rs {
		if len(r.fields) != cols {
			return nil, &Error{Line: r.line, Column: min(len(r.fields), cols) + 1, Text: fmt.Sprintf("this line has %d columns, line %d has %d", len(r.fields), rs[0].line, cols)}
		}
		for j, f := range r.fields {
			x, err := number(f)
			if errors.Is(err, strconv.ErrRange) {
				return nil, &Error{Line: r.line, Column: j + 1, Text: fmt.Sprintf("%s is larger than any number here, 1.8e308; infinity is written inf", strings.TrimSpace(f))}
			}
			if err != nil {
				return nil, &Error{Line: r.line, Column: j + 1, Text: notANumber(f)}
			}
			a.Data[i*cols+j] = x
		}
	}
	if cols == 1 {
		a.Shape = []int{len(rs)}
	}
	return a, nil
}

func notANumber(field string) string {
	if strings.TrimSpace(field) == "" {
		return "there is no number; a missing one is written NaN"
	}
	return fmt.Sprintf("%q is not a number", strings.TrimSpace(field))
}
