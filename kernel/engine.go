package kernel

import "context"

// Engine is what a front end sees of a session. *Session is the one implementation; tests of the wire and of the
// line editor may use a smaller one. Execute is called by one goroutine at a time; every other method may be called
// while it runs and answers from an immutable snapshot of the session.
type Engine interface {
	// Execute runs every statement of a cell in order and reports each to out. It stops at the first error
	// (opts.KeepGoing: it does not) and returns false if there was one. Cancelling ctx interrupts within 100 ms;
	// the session keeps what was complete.
	Execute(ctx context.Context, cell string, opts ExecuteOptions, out Output) bool
	// Complete lists what may stand at byte offset pos of src.
	Complete(src string, pos int) Completion
	// Inspect is the help for the name or operator at byte offset pos of src; ok is false where there is none.
	Inspect(src string, pos int) (page Page, ok bool)
	// Completeness says whether Enter should run src, and by how much the next line would be indented.
	Completeness(src string) Completeness
}

// ExecuteOptions are the ways in which cells differ.
type ExecuteOptions struct {
	File      string // for messages; "" when interactive
	KeepGoing bool   // go on after an error (--json)
	Number    int    // the n of In[n]; 0 lets the session count
	NoHistory bool   // do not set Out[n], %, ans
	ASCII     bool   // print the ASCII form
	Width     int    // columns of the display; 0 is unlimited
	NoInput   bool   // input(…) is refused
	TextOnly  bool   // the front end shows no pictures: none are drawn
}

// Output receives what a running cell shows, in order. Implementations need not be safe for concurrent use: the
// session calls from one goroutine at a time.
type Output interface {
	Result(*Result)                                         // a finished statement
	Print(stream, text string)                              // print(…): stream is "stdout" or "stderr"
	Display(id string, update bool, m []Media, text string) // a live display; update replaces the one with this id
	Clear(wait bool)                                        // clear(): wait until the next output
	Input(prompt string) (string, error)                    // input(prompt)
}

// Completion is the answer to Complete: Start and End delimit, in bytes, what a candidate replaces.
type Completion struct {
	Start, End int
	Items      []Candidate
	Usage      string // of the function whose parenthesis is open, "" if there is none: softmax(x, [axis])
}

// A Candidate is one completion: what is inserted, and what a list shows beside it.
type Candidate struct {
	Text   string // replaces src[Start:End]
	Detail string // "R[h,d]", "softmax(x, axis)", "command", "file"
	Kind   string // "variable", "function", "dimension", "command", "file", "symbol", "exercise", "topic"
}

// A Page is a help page.
type Page struct {
	Title string
	Text  string // plain text
	HTML  string // may be empty
}

// Status of an unfinished piece of source.
type Status string

const (
	StatusComplete   Status = "complete"
	StatusIncomplete Status = "incomplete"
	StatusInvalid    Status = "invalid"
)

// Completeness is the answer to Engine.Completeness.
type Completeness struct {
	Status Status
	Indent string
}
