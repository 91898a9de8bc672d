package kernel

import (
	"os"
	"path/filepath"
	"strings"

	"nabla/lang"
)

// pictureFormats are how a picture is written, by the ending of the file's name.
type pictureFormats map[string]func() ([]byte, error)

// format is how a file is written, or a refusal that offers the same name as SVG.
func (a *ask) format(known pictureFormats, f *lang.String) (func() ([]byte, error), *lang.Error) {
	ending := filepath.Ext(f.Val)
	if known[strings.ToLower(ending)] != nil {
		return known[strings.ToLower(ending)], nil
	}
	kinds := "svg or png"
	if known[".dot"] != nil {
		kinds = "svg, png or dot"
	}
	e := a.errorf("E363", f, "a picture is written as %s, not %q", kinds, f.Val)
	e.Fixes = []lang.Fix{{Text: a.replaced(f, `"`+strings.TrimSuffix(f.Val, ending)+`.svg"`)}}
	return nil, e
}

// writePictures writes the files asked for, and lists them.
func (a *ask) writePictures(known pictureFormats, files []*lang.String) (string, *lang.Error) {
	var done []string
	for _, f := range files {
		format, refused := a.format(known, f)
		if refused != nil {
			return "", refused
		}
		data, err := format()
		if err == nil {
			err = os.WriteFile(fileOf(f.Val), data, 0o644)
		}
		if err != nil {
			return "", a.errorf("E362", f, "%v", err)
		}
		done = append(done, f.Val)
	}
	return strings.Join(done, "\n"), nil
}
