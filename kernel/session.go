package kernel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/lower"
)

// A Session is one conversation: what was declared, defined and given values, and what was answered. It is the one
// Engine. Statements run on a copy of its state, which replaces the state when they succeed: an error changes nothing.
type Session struct {
	state atomic.Pointer[state] // what has been committed; never changed in place
	undo  []*state              // earlier states, for :undo
	cells int                   // number of the last cell
	nodes int                   // size of the graph after the last collection

	programs lower.Cache
}

// undoDepth is how many statements :undo can take back.
const undoDepth = 100

// NewSession is a session in which nothing is declared.
func NewSession() *Session {
	s := &Session{}
	s.state.Store(newState())
	return s
}

func newState() *state {
	st := &state{
		scope:    check.New(fn.Library(), slices.DeleteFunc(words(), lang.IsWord)...),
		settings: defaultSettings(),
	}
	return st
}

// Execute runs the statements of a cell. See Engine.
func (s *Session) Execute(ctx context.Context, cell string, opts ExecuteOptions, out Output) bool {
	s.cells++
	if opts.Number > 0 {
		s.cells = opts.Number
	}
	r := &run{session: s, ctx: ctx, cell: cell, opts: opts, out: out, number: s.cells}
	fine := r.all()
	if !r.quit && ctx.Err() == nil {
		r.teach()
	}
	return fine
}

// A run is the execution of one cell.
type run struct {
	session *Session
	ctx     context.Context
	cell    string
	opts    ExecuteOptions
	out     Output
	number  int
	quit    bool

	attempts []attempt // what the tutorial may look at
}

func (r *run) all() bool {
	p := lang.NewParser(r.cell)
	fine := true
	for !r.quit {
		st, err := p.Next(r.session.state.Load().scope)
		if err == io.EOF {
			return fine
		}
		var res *Result
		if err != nil {
			res = r.failed(st, asLangError(err))
		} else {
			res = r.statement(st)
		}
		r.attempted(st, res)
		r.out.Result(res)
		if res.Err != nil {
			fine = false
			if !r.opts.KeepGoing {
				return false
			}
		}
		if r.ctx.Err() != nil {
			return fine
		}
	}
	return fine
}

// attempted remembers a statement for the tutorial, if it is on: one of mathematics, not a command or a question.
func (r *run) attempted(st *lang.Stmt, res *Result) {
	if at := r.session.state.Load().tutorial; at.step == 0 || at.off || st == nil || st.Body == nil {
		return
	}
	switch b := st.Body.(type) {
	case *lang.Help:
		return
	case *lang.Command:
		if !b.Word {
			return
		}
	}
	r.attempts = append(r.attempts, attempt{st, res})
}

func asLangError(err error) *lang.Error {
	var e *lang.Error
	if errors.As(err, &e) {
		return e
	}
	return lang.Errorf("E999", lang.Span{}, "%v", err)
}

// failed is the result of a statement that was refused.
func (r *run) failed(st *lang.Stmt, err *lang.Error) *Result {
	if err.Source == "" {
		err.Source = r.cell
	}
	res := &Result{Kind: KindError, Err: err}
	if st == nil {
		st = &lang.Stmt{}
	}
	return r.complete(res, st)
}

// statement runs one statement on a copy of the state and commits the copy if it succeeds. A panic or an interrupt
// leaves the session as it was.
func (r *run) statement(st *lang.Stmt) *Result {
	before := r.session.state.Load()
	job := &job{run: r, stmt: st, state: before.clone()}
	start := time.Now()
	res := job.guarded()
	if res.Err != nil {
		before.scope.Activate()
		return r.complete(res, st)
	}
	r.session.commit(before, job)
	if !st.Silent {
		res.Notes = append(job.readings(), res.Notes...)
	}
	if r.session.state.Load().settings.Time {
		res.Notes = append(res.Notes, fmt.Sprintf("took %s", roundDuration(time.Since(start))))
	}
	return r.complete(res, st)
}

// readings are notes on how the statement was read where a product goes on after a quotient.
func (j *job) readings() (notes []string) {
	for _, text := range lang.Readings(j.stmt, j.printer().ascii) {
		notes = append(notes, "read as "+text)
	}
	return notes
}

func (r *run) complete(res *Result, st *lang.Stmt) *Result {
	res.In, res.Line = st.Source, st.Line
	res.Silent = st.Silent
	if res.Err != nil && res.Err.Source == "" {
		res.Err.Source = r.cell
	}
	if res.Err != nil {
		r.translate(res.Err, st)
	}
	if r.opts.ASCII || r.session.state.Load().settings.ASCII {
		r.inASCII(res)
	}
	return res
}

// translate says of a statement that was refused what it is elsewhere, if it is that, and how it is written here.
func (r *run) translate(e *lang.Error, st *lang.Stmt) {
	unread := slices.Contains([]string{"E100", "E101", "E108", "E109"}, e.Code)
	if e.Code >= "E3" || st.Source == "" {
		return
	}
	scope := r.session.state.Load().scope
	phrases := lang.ForeignPhrases(st.Source)
	if p, ok := lang.OfBooks(st.Source); ok && !slices.ContainsFunc(e.Fixes, func(f lang.Fix) bool { return !strings.Contains(f.Text, `\`) && scope.Passes(f.Text) }) {
		phrases = append([]lang.Phrase{p}, phrases...)
	}
	for _, p := range phrases {
		fixes := []lang.Fix{}
		for _, text := range p.Fixes {
			if len(fixes) == 0 && scope.Passes(text) {
				fixes = append(fixes, lang.Fix{Text: text})
			}
		}
		if len(fixes) > 0 || len(p.Fixes) == 0 && unread {
			e.Code, e.Message, e.Span = "E108", p.Says, st.Span
			e.Labels, e.Details, e.Fixes = nil, nil, fixes
			return
		}
	}
}

// inASCII spells all that is shown of a result in ASCII. Formulas are so already, and read back.
func (r *run) inASCII(res *Result) {
	res.Text, res.LaTeX = lang.ASCII(res.Text), lang.ASCII(res.LaTeX)
	if res.Data != nil {
		res.Data = dataInASCII(res.Data)
	}
	for i, n := range res.Notes {
		res.Notes[i] = lang.ASCII(n)
	}
	if res.Err != nil {
		res.Err = res.Err.InASCII(r.typedASCII)
	}
}

// typedASCII spells statements in ASCII, so that they read back.
func (r *run) typedASCII(text string) string {
	p := lang.NewParser(text)
	var out []string
	for {
		st, err := p.Next(r.session.state.Load().scope)
		switch {
		case err == io.EOF:
			return strings.Join(out, "; ")
		case err != nil:
			return lang.ASCII(text)
		}
		out = append(out, lang.PrintASCII(st.Body))
	}
}

// commit makes the state of a finished statement that of the session.
func (s *Session) commit(before *state, j *job) {
	switch {
	case j.replace != nil: // :undo, :reset
		s.state.Store(j.replace)
		j.replace.scope.Activate()
		return
	}
	if j.answer != nil && !j.run.opts.NoHistory {
		j.state.remember(j.run.number, *j.answer)
	}
	if j.changed(before) {
		s.undo = append(s.undo, before)
		if len(s.undo) > undoDepth {
			s.undo = s.undo[1:]
		}
		j.state.history.Add(j.stmt)
	}
	s.state.Store(j.state)
	s.collect()
}

// collect lets the graph forget what no state reaches, once it has doubled since the last time.
func (s *Session) collect() {
	g := s.state.Load().scope.Graph
	if g.Len() < 2*s.nodes+20000 {
		return
	}
	seen := map[*check.Binding]bool{}
	roots := s.state.Load().roots(nil, seen)
	for _, st := range s.undo {
		roots = st.roots(roots, seen)
	}
	g.Collect(roots...)
	s.nodes = g.Len()
}

// A job is one statement being run.
type job struct {
	*run
	stmt    *lang.Stmt
	state   *state
	answer  *answer // what % will mean
	replace *state  // the state to go back to, instead of state
	patient atomic.Bool
}

// changed says whether the statement is one that :undo takes back: it declared, defined, or gave values.
func (j *job) changed(before *state) bool {
	switch j.stmt.Body.(type) {
	case *lang.Decl, *lang.FuncDecl, *lang.Dims, *lang.Def, *lang.Value:
		return true
	}
	// train, an exercise that was loaded, or batch, which declares X for x
	return j.state.edits != before.edits || j.state.scope.Len() != before.scope.Len()
}

// guarded runs the statement in a goroutine of its own. An interrupt stops what it derives at the next node and what it
// computes at the next poll; what still goes on after that is left behind, and its result is dropped.
func (j *job) guarded() *Result {
	graph, stop := j.state.scope.Graph, new(atomic.Bool)
	graph.Stop = stop
	defer func() { graph.Stop = nil }()
	defer context.AfterFunc(j.ctx, func() { stop.Store(!j.patient.Load()) })()
	done := make(chan *Result, 1)
	go func() {
		defer func() {
			switch p := recover().(type) {
			case nil:
			case symbolic.Interrupted:
				done <- &Result{Kind: KindError, Err: j.interrupted()}
			default:
				done <- &Result{Kind: KindError, Err: j.internal(p)}
			}
		}()
		enlargeStack(0)
		res, err := j.dispatch()
		if err == nil && j.ctx.Err() != nil && !j.patient.Load() {
			err = j.interrupted() // what was looked at last may have been left half done
		}
		if err != nil {
			res = &Result{Kind: KindError, Err: err}
		}
		done <- res
	}()
	select {
	case res := <-done:
		return res
	case <-j.ctx.Done():
	}
	select {
	case res := <-done:
		return res
	case <-time.After(patience):
		return &Result{Kind: KindError, Err: j.interrupted()}
	}
}

// enlargeStack gives a new goroutine at once the stack that nearly every statement needs. Growing step by step with frames
// to move took a tenth of the time of a short statement.
//
//go:noinline
func enlargeStack(i int) byte {
	var room [20 << 10]byte
	room[i] = 1
	return room[len(room)-1-i]
}

// patience is how long a statement has to stop after an interrupt. Derivations and programs stop within milliseconds;
// train ends its step first.
const patience = 10 * time.Second

func (j *job) interrupted() *lang.Error {
	return lang.Errorf("E900", j.stmt.Span, "interrupted")
}

func (j *job) internal(p any) *lang.Error {
	e := lang.Errorf("E999", j.stmt.Span, "this statement made the program fail: %v", p)
	e.Details = []string{"this is a mistake in the program, not in the line; the session is as it was before"}
	if j.state.settings.Debug {
		e.Details = append(e.Details, string(debug.Stack()))
	}
	return e
}

func (j *job) errorf(code string, at lang.Node, format string, args ...any) *lang.Error {
	span := j.stmt.Span
	if at != nil {
		span = at.Extent()
	}
	return lang.Errorf(code, span, format, args...)
}
