package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"nabla/lang"
	"nabla/numeric"
)

// inlineLimit is how many entries a value may have to stand in the script itself.
const inlineLimit = 10000

// commandSave writes a script that recreates the session: its declarations and definitions as they were typed, and the
// values that the names have now. Large values go into .npy files beside it.
func (j *job) commandSave(path string) (*Result, *lang.Error) {
	path = strings.Trim(path, `"`)
	if path == "" {
		return nil, j.errorf("E408", nil, ":save needs a file: :save model.nabla")
	}
	w := &saver{job: j, path: path, saved: map[string]bool{}}
	for _, st := range j.state.history.Slice() {
		w.statement(st)
	}
	if w.err == nil {
		w.err = os.WriteFile(fileOf(path), []byte(strings.Join(w.lines, "\n")+"\n"), 0o644)
	}
	if w.err != nil {
		return nil, j.errorf("E408", nil, "%s cannot be written: %v", path, reason(w.err))
	}
	return &Result{Text: fmt.Sprintf("saved %d statements to %s", len(w.lines), path)}, nil
}

// A saver writes one script.
type saver struct {
	*job
	path  string
	lines []string
	saved map[string]bool // names whose value is written
	err   error
}

// statement writes one statement of the session. A value is written once, as it is now, where it was first given.
func (w *saver) statement(st *lang.Stmt) {
	switch b := st.Body.(type) {
	case *lang.Decl, *lang.FuncDecl, *lang.Dims, *lang.Def:
		w.lines = append(w.lines, st.Source)
	case *lang.Value:
		w.values(st, b)
	case *lang.ExprStmt: // train changes values, and values are written as they are now
	}
}

func (w *saver) values(st *lang.Stmt, v *lang.Value) {
	if v.For != nil {
		w.lines = append(w.lines, st.Source)
		return
	}
	for _, t := range v.Targets {
		name := targetName(t)
		e := w.target(t)
		a := w.state.valueOf(e)
		switch {
		case w.saved[name]:
		case e == nil || a == nil:
			if !slices.Contains(w.lines, st.Source) {
				w.lines = append(w.lines, st.Source)
			}
		default:
			w.saved[name] = true
			w.lines = append(w.lines, name+" := "+w.literal(name, a)+";")
		}
	}
}

// literal is a value as text that reads back exactly, or a load of a file beside the script.
func (w *saver) literal(name string, a *numeric.Array) string {
	if len(a.Data) < inlineLimit && !slices.ContainsFunc(a.Data, notFinite) {
		var b strings.Builder
		exact(&b, a.Shape, a.Data)
		return b.String()
	}
	file := strings.TrimSuffix(fileOf(w.path), ".nabla") + "." + name + ".npy"
	w.err = errors.Join(w.err, saveArray(file, a))
	return "load(" + strconv.Quote(filepath.Base(file)) + ")"
}

func notFinite(x float64) bool { return x-x != 0 }

// exact writes nested lists with every digit.
func exact(b *strings.Builder, shape []int, data []float64) {
	if len(shape) == 0 {
		b.WriteString(strconv.FormatFloat(data[0], 'g', -1, 64))
		return
	}
	stride := numeric.Count(shape[1:])
	b.WriteByte('[')
	for i := range shape[0] {
		if i > 0 {
			b.WriteString(", ")
		}
		exact(b, shape[1:], data[i*stride:(i+1)*stride])
	}
	b.WriteByte(']')
}
