// Package kernel is the engine behind both front ends: a Session takes a cell of source text and returns Results,
// which the terminal, the notebook and --json render from the same fields.
package kernel

import "nabla/lang"

// Kind says what a statement was.
type Kind string

const (
	KindDecl    Kind = "decl"
	KindDef     Kind = "def"
	KindValue   Kind = "value"
	KindExpr    Kind = "expr"
	KindCheck   Kind = "check"
	KindReport  Kind = "report"
	KindCommand Kind = "command"
	KindError   Kind = "error"
)

// A Result is the reply to one statement. What is absent is nil or empty.
type Result struct {
	In      string   // source text of the statement
	Line    int      // line of the statement in its cell or file, from 1
	Kind    Kind     //
	Name    string   // the name declared, defined or given a value
	Shape   []string // dimension of each axis as text; nil if there is none, empty for a scalar
	Sizes   []int    // the same as numbers, once every dimension has a size
	Row     bool     // a row vector: one axis, written xᵀ
	Text    string   // the answer as Unicode text; reads back
	LaTeX   string   // the answer as LaTeX, without $
	Typeset string   // the line that a page shows, as LaTeX, where it is more than LaTeX: an equation, a matrix of numbers
	Value   *Value   // numbers, for eval and value statements
	Notes   []string // how the line was read, what was broadcast, what is stale
	Data    any      // structured form of a report; marshals to JSON
	Err     *lang.Error
	Silent  bool    // the statement ended in ";": not echoed
	Media   []Media // pictures and tables beside the text
	Pager   bool    // help: goes to a pager where there is one
	Quit    bool    // :quit: the front end ends the session
}

// A Value is an array in row-major order; a scalar has Shape [].
type Value struct {
	Shape  []int
	Data   []float64
	Single bool // entries are numbers in single precision: JSON has the fewest digits that tell those apart
}

// Media is one more rendering of a result: an SVG picture, a PNG, an HTML table.
type Media struct {
	MIME  string // "image/svg+xml", "image/png", "text/html", "text/vnd.graphviz"
	Data  []byte
	Scale float64 // of a PNG: its pixels for one of the page; 0 is 1
}
