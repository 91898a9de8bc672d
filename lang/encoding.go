package lang

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Decoded is the text of a file in UTF-8: one in UTF-16 is recognized by its byte order mark. Another encoding is an error.
func Decoded(raw []byte) ([]byte, error) {
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), raw)
	switch {
	case err != nil:
		return nil, err
	case utf8.Valid(text) && bytes.IndexByte(text, 0) < 0:
		return text, nil
	case bytes.IndexByte(text, 0) >= 0:
		return nil, errors.New("it is no text in UTF-8, nor in UTF-16 with a byte order mark: iconv -f UTF-16LE -t UTF-8 converts it")
	}
	return nil, errors.New("it is no text in UTF-8: iconv -f ISO-8859-1 -t UTF-8 converts an older encoding")
}
