package kernel

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"nabla/lang"
	"nabla/numeric"
	"nabla/numeric/data"
)

// valueCalls are the calls that give several arrays, or read files: they may stand on the right of ":=" only.
var valueCalls = map[string]func(a *ask, targets int) ([]*numeric.Array, []string, *lang.Error){
	"load":    loadValues,
	"shuffle": shuffleValues,
	"input":   inputValue,
}

func init() {
	register(&Report{
		Name: "load", Args: `"file"`,
		Doc: "X := load(\"file\") reads numbers from CSV, TSV, .npy or .npz, or gzip of any; X, t := load(\"file\") makes the last " +
			"column the second. A name without a folder is looked for beside the script, then in the working folder.",
		Example: `X, t := load("data/digits.csv.gz")`,
		Run: func(a *ask) (*Result, *lang.Error) {
			e := a.errorf("E340", a.call, "load gives values: write them into names")
			e.Fixes = append(e.Fixes, lang.Fix{Text: "X := " + a.stmt.Source})
			return nil, e
		},
	})
}

// loadValues reads a file. Nothing changes unless all of it can be read.
func loadValues(a *ask, targets int) ([]*numeric.Array, []string, *lang.Error) {
	if err := a.allow(1, 1); err != nil {
		return nil, nil, err
	}
	s, ok := a.positional()[0].(*lang.String)
	if !ok {
		e := a.errorf("E340", a.positional()[0], "the name of a file is a text in quotes")
		return nil, nil, e
	}
	limit := a.state.settings.MemoryLimit
	read := make(chan *data.Table, 1)
	finished, err := numeric.Aside(a.ctx, 0, func() error {
		t, err := data.LoadLimited(a.find(s.Val), limit)
		read <- t
		return err
	})
	if !finished {
		return nil, nil, a.interrupted()
	}
	if t := <-read; err == nil {
		var arrays []*numeric.Array
		if arrays, err = t.Values(targets); err == nil {
			return arrays, []string{fmt.Sprintf("read %s entries from %s", times(arrays[0].Shape), s.Val)}, nil
		}
	}
	return nil, nil, a.errorf("E341", s, "%v", err)
}

// find is the file of a name: beside the script that runs, or in the working folder.
func (j *job) find(path string) string {
	path = fileOf(path)
	if j.opts.File == "" || filepath.IsAbs(path) {
		return path
	}
	beside := filepath.Join(filepath.Dir(j.opts.File), path)
	if _, err := os.Stat(beside); err == nil {
		return beside
	}
	return path
}

// shuffleValues reorders the rows of several arrays in one way.
func shuffleValues(a *ask, targets int) ([]*numeric.Array, []string, *lang.Error) {
	args := a.positional()
	if len(args) == 1 && targets > 1 {
		if l, ok := args[0].(*lang.List); ok {
			args = l.Items
		}
	}
	if len(args) != targets {
		return nil, nil, a.errorf("E342", a.call, "shuffle of %d arrays gives %d values, and there are %d names", len(args), len(args), targets)
	}
	seed, err := a.integer("seed", int(rand.Int32()))
	if err != nil {
		return nil, nil, err
	}
	var out []*numeric.Array
	for i, x := range args {
		arr, err := a.compute(x)
		if err != nil {
			return nil, nil, err
		}
		if len(arr.Shape) == 0 || i > 0 && arr.Shape[0] != out[0].Shape[0] {
			return nil, nil, a.errorf("E342", x, "the arrays have different numbers of rows")
		}
		out = append(out, arr)
	}
	for i, arr := range out {
		shuffled, stopped := arr.Copy(a.ctx)
		if stopped != nil {
			return nil, nil, a.interrupted()
		}
		if stopped = numeric.ShuffleRows(a.ctx, shuffled, numeric.Source(uint64(seed))); stopped != nil { // the same order for every array
			return nil, nil, a.interrupted()
		}
		out[i] = shuffled
	}
	return out, nil, nil
}

// inputValue reads a line as a number.
func inputValue(a *ask, targets int) ([]*numeric.Array, []string, *lang.Error) {
	line, err := a.readLine()
	if err != nil {
		return nil, nil, err
	}
	st, perr := lang.NewParser(line).Next(a.state.scope)
	if perr != nil {
		return nil, nil, a.errorf("E327", a.call, "%q is not a value", line)
	}
	x, ok := st.Body.(*lang.ExprStmt)
	if !ok || targets != 1 {
		return nil, nil, a.errorf("E327", a.call, "%q is not a value", line)
	}
	arr, err := a.compute(x.X)
	if err != nil {
		return nil, nil, a.errorf("E327", a.call, "%q is not a value: %s", line, err.Message)
	}
	return []*numeric.Array{arr}, nil, nil
}

// saveArray writes one array into a file of its own.
func saveArray(path string, a *numeric.Array) error { return data.Save(path, nil, []*numeric.Array{a}) }
