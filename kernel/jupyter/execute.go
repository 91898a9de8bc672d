package jupyter

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"nabla/kernel"
)

// executeRequest is the content of an execute_request.
type executeRequest struct {
	Code         string            `json:"code"`
	Silent       bool              `json:"silent"`
	StoreHistory *bool             `json:"store_history"`
	Expressions  map[string]string `json:"user_expressions"`
	AllowStdin   bool              `json:"allow_stdin"`
	StopOnError  *bool             `json:"stop_on_error"`
}

// stores reports whether the cell gets a number and is remembered.
func (e *executeRequest) stores() bool {
	return !e.Silent && (e.StoreHistory == nil || *e.StoreHistory) && strings.TrimSpace(e.Code) != ""
}

func (e *executeRequest) stopsOnError() bool {
	return !e.Silent && (e.StopOnError == nil || *e.StopOnError)
}

// Limits of what may wait to be executed.
const (
	maxQueued      = 100_000
	maxQueuedBytes = 256 << 20
)

// A queue holds the cells that wait.
type queue struct {
	ready chan struct{} // closed when requests may be answered

	mu     sync.Mutex
	filled *sync.Cond
	items  []*request
	bytes  int
	closed bool
}

func newQueue() *queue {
	q := &queue{ready: make(chan struct{})}
	q.filled = sync.NewCond(&q.mu)
	return q
}

var errQueueFull = errors.New("too many cells wait to be executed: this one was not taken")

func (q *queue) push(r *request) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) >= maxQueued || q.bytes+r.size() > maxQueuedBytes {
		return errQueueFull
	}
	q.items = append(q.items, r)
	q.bytes += r.size()
	q.filled.Signal()
	return nil
}

// pop waits for the next cell; nil is the end.
func (q *queue) pop() *request {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.closed {
		q.filled.Wait()
	}
	if q.closed {
		return nil
	}
	r := q.items[0]
	q.items[0] = nil
	q.items = q.items[1:]
	q.bytes -= r.size()
	return r
}

// empty takes out everything that waits.
func (q *queue) empty() []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	items := q.items
	q.items, q.bytes = nil, 0
	return items
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.filled.Broadcast()
}

func (s *Server) enqueue(r *request) {
	if err := s.queue.push(r); err != nil {
		s.log.Print(err)
		s.refuse(r, newFailure("QueueFull", err.Error()).content())
	}
}

// refuse answers a cell that is not executed.
func (s *Server) refuse(r *request, content map[string]any) {
	content["execution_count"] = s.count.Load()
	s.status(r, "busy")
	s.reply(r, "execute_reply", content)
	s.status(r, "idle")
}

// executeQueued runs cells one after the other until the kernel ends.
func (s *Server) executeQueued() {
	for r := s.queue.pop(); r != nil; r = s.queue.pop() {
		s.execute(r)
	}
}

// execute is the life of a cell: busy, execute_input, outputs, reply, idle.
func (s *Server) execute(r *request) {
	var cell executeRequest
	if err := r.object(&cell); err != nil {
		s.refuse(r, newFailure("BadRequest", err.Error()).content())
		return
	}
	if cell.stores() {
		s.count.Add(1)
	}
	number := int(s.count.Load())
	begun := time.Now()
	s.status(r, "busy")
	if !cell.Silent {
		s.publish(r, "execute_input", map[string]any{"code": cell.Code, "execution_count": number})
	}
	out := s.run(r, &cell, number)
	s.remember(&cell, number, out)
	content := s.outcome(r, &cell, out)
	content["execution_count"] = number

	var aborted []*request
	if out.fault != nil && cell.stopsOnError() {
		aborted = s.abortWindow(begun)
	}
	s.reply(r, "execute_reply", content)
	s.status(r, "idle")
	for _, later := range aborted {
		s.refuse(later, aborting())
	}
}

// run executes a cell while it can be interrupted.
func (s *Server) run(r *request, cell *executeRequest, number int) *output {
	ctx, done := s.interruptible()
	defer done()
	out := newOutput(s, r, ctx, cell, number)
	opts := kernel.ExecuteOptions{Number: number, NoHistory: !cell.stores(), NoInput: !cell.AllowStdin}
	ok := true
	fault := s.guard(func() { ok = s.engine.Execute(ctx, cell.Code, opts, out) })
	switch {
	case fault != nil:
		out.fail(fault)
	case !ok && ctx.Err() != nil:
		out.fail(newFailure("Interrupted", "the computation was interrupted"))
	case !ok:
		out.fail(newFailure("Error", "the cell failed without saying why"))
	}
	out.finish()
	return out
}

// interruptible is a context that Interrupt ends, until done.
func (s *Server) interruptible() (ctx context.Context, done func()) {
	ctx, cancel := context.WithCancel(s.ctx)
	s.running.Store(&cancel)
	return ctx, func() { s.running.Store(nil); cancel() }
}

// remember writes a cell to the history.
func (s *Server) remember(cell *executeRequest, number int, out *output) {
	if !cell.stores() {
		return
	}
	if err := s.history.add(number, cell.Code, out.answer); err != nil {
		s.log.Printf("the history cannot be written: %v", err)
	}
}

// outcome is the content of the reply, without its number.
func (s *Server) outcome(r *request, cell *executeRequest, out *output) map[string]any {
	content := map[string]any{"status": "ok"}
	if out.fault != nil {
		content = out.fault.content()
	}
	content["payload"] = out.pages
	content["user_expressions"] = map[string]any{}
	if out.fault == nil && len(cell.Expressions) > 0 {
		content["user_expressions"] = s.evaluate(cell.Expressions)
	}
	return content
}

// evaluate answers user_expressions, each on its own.
func (s *Server) evaluate(expressions map[string]string) map[string]any {
	ctx, done := s.interruptible()
	defer done()
	values := map[string]any{}
	for name, source := range expressions {
		values[name] = s.value(ctx, source)
	}
	return values
}

func (s *Server) value(ctx context.Context, source string) map[string]any {
	var last lastResult
	opts := kernel.ExecuteOptions{NoHistory: true, NoInput: true}
	fault := s.guard(func() { s.engine.Execute(ctx, source, opts, &last) })
	switch {
	case fault != nil:
		return fault.content()
	case last.result != nil && last.result.Err != nil:
		return errorFailure(last.result.Err, 0).content()
	case last.result == nil:
		return newFailure("NoValue", "this is not an expression").content()
	}
	return map[string]any{"status": "ok", "data": last.result.SimpleRender(), "metadata": emptyObject}
}

// lastResult keeps the last result of a cell and shows nothing.
type lastResult struct{ result *kernel.Result }

func (o *lastResult) Result(r *kernel.Result)                      { o.result = r }
func (o *lastResult) Print(string, string)                         {}
func (o *lastResult) Display(string, bool, []kernel.Media, string) {}
func (o *lastResult) Clear(bool)                                   {}
func (o *lastResult) Input(string) (string, error)                 { return "", ErrNoInput }

// abortWindow waits for the cells that were sent together with one that failed, and takes them from the queue. The
// window opens with the failed cell: after a long computation they are all here, but for what readers have in hand. The
// failed cell is answered afterwards: who waits for that answer before sending more is never aborted.
func (s *Server) abortWindow(begun time.Time) []*request {
	select {
	case <-time.After(max(s.window-time.Since(begun), inHand)):
	case <-s.ctx.Done():
	}
	return slices.Clip(s.queue.empty())
}

// inHand is how long a message that has arrived may be on its way to the queue.
const inHand = 2 * time.Millisecond

func aborting() map[string]any {
	content := newFailure("Aborted", "an earlier cell failed").content()
	content["status"] = "aborted"
	return content
}
