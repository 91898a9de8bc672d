package jupyter

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"nabla/kernel"
)

const (
	streamDelay = 20 * time.Millisecond  // how long printed text may wait for more
	streamSize  = 512 << 10              // how much of it is sent at once
	displayRate = 100 * time.Millisecond // the least time between two updates of one display
	answerSize  = 64 << 10               // how much of an answer the history keeps
)

// output shows what one cell says. Text that is printed is gathered into few messages, and updates of a display into
// one every displayRate; everything else is sent in order at once.
type output struct {
	server *Server
	req    *request
	ctx    context.Context
	silent bool // nothing is shown
	input  bool // the client can be asked
	number int

	fault  *failure         // the first error
	pages  []map[string]any // payload: pages for the pager, a wish to leave
	answer string           // the last answer, for the history

	mu      sync.Mutex
	stream  string // name of the stream that text is for
	text    strings.Builder
	waiting bool              // a timer will send text
	updates map[string]update // not sent yet, by display
}

// update is the newest state of a display.
type update struct {
	media []kernel.Media
	text  string
}

func newOutput(s *Server, r *request, ctx context.Context, cell *executeRequest, number int) *output {
	return &output{
		server: s, req: r, ctx: ctx, silent: cell.Silent, input: cell.AllowStdin, number: number,
		pages: []map[string]any{}, updates: map[string]update{},
	}
}

// publish sends a message about this cell, after what was printed before. o.mu is held.
func (o *output) publish(kind string, metadata, content any) {
	o.flushText()
	if !o.silent {
		o.server.publishWith(o.req, kind, metadata, content)
	}
}

// Result shows the reply to one statement.
func (o *output) Result(r *kernel.Result) {
	if r.Quit {
		o.pages = append(o.pages, map[string]any{"source": "ask_exit", "keepkernel": false})
	}
	switch {
	case r.Err != nil:
		o.fail(errorFailure(r.Err, o.number))
	case r.Silent:
	case r.Pager:
		o.pages = append(o.pages, map[string]any{"source": "page", "data": r.SimpleRender(), "start": 0})
	default:
		o.show(r)
	}
}

// show sends an answer as what it is, and the remarks on it below.
func (o *output) show(r *kernel.Result) {
	o.mu.Lock()
	defer o.mu.Unlock()
	data := r.SimpleRender()
	if len(data) > 0 {
		content := map[string]any{"data": data, "metadata": kernel.Sizes(r.Media)}
		kind := "display_data"
		if recalled(r) {
			kind, content["execution_count"] = "execute_result", o.number
		}
		o.publish(kind, nil, content)
		o.answer = prefix(r.Text, answerSize)
	}
	if len(r.Notes) > 0 {
		o.publish("display_data", nil, map[string]any{"data": noteBundle(r.Notes), "metadata": emptyObject})
	}
}

// recalled reports whether an answer is a value that Out[n] stands for; a report or an echo is only shown.
func recalled(r *kernel.Result) bool {
	return r.Kind == kernel.KindExpr || r.Kind == kernel.KindCheck
}

// prefix is the beginning of s, at most n bytes, whole characters.
func prefix(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// fail shows an error. The first one decides the reply; more than one come only from a session that goes on.
func (o *output) fail(f *failure) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fault != nil && f.err == nil {
		return
	}
	o.publish("error", f.metadata(), f.message())
	if o.fault == nil {
		o.fault = f
	}
}

// Print gathers text of one stream.
func (o *output) Print(stream, text string) {
	if o.silent || text == "" {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if stream != o.stream {
		o.flushText()
		o.stream = stream
	}
	o.text.WriteString(text)
	switch {
	case o.text.Len() >= streamSize:
		o.flushText()
	case !o.waiting:
		o.waiting = true
		time.AfterFunc(streamDelay, func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.waiting = false
			o.flushText()
		})
	}
}

// flushText sends the text that was gathered. o.mu is held.
func (o *output) flushText() {
	text := strings.ToValidUTF8(o.text.String(), "\uFFFD")
	o.text.Reset()
	for text != "" {
		piece := prefix(text, 2*streamSize)
		text = text[len(piece):]
		o.server.publish(o.req, "stream", map[string]string{"name": o.stream, "text": piece})
	}
}

// Display shows something that later calls with the same id replace. Displays are known as long as the kernel lives.
func (o *output) Display(id string, replace bool, media []kernel.Media, text string) {
	if o.silent {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	now := update{media, text}
	switch wait := o.server.live.show(id, replace); {
	case wait < 0:
		delete(o.updates, id)
		o.publish("display_data", nil, o.displayed(id, now))
	case wait == 0:
		delete(o.updates, id)
		o.publish("update_display_data", nil, o.displayed(id, now))
	default:
		if len(o.updates) == 0 {
			time.AfterFunc(wait, o.flushUpdates)
		}
		o.updates[id] = now
	}
}

// displayed is the content of a message about a display.
func (o *output) displayed(id string, u update) map[string]any {
	content := map[string]any{"data": kernel.Bundle(u.text, u.media), "metadata": kernel.Sizes(u.media), "transient": emptyObject}
	if id != "" {
		content["transient"] = map[string]string{"display_id": o.server.codec.session + "." + id}
	}
	return content
}

// flushUpdates sends the newest state of every display that waits.
func (o *output) flushUpdates() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(o.updates)) {
		o.publish("update_display_data", nil, o.displayed(id, o.updates[id]))
		o.server.live.sent(id)
	}
	clear(o.updates)
}

// Clear empties the cell's output, at once or just before the next.
func (o *output) Clear(wait bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.updates)
	o.publish("clear_output", nil, map[string]bool{"wait": wait})
}

// Input asks the client that sent the cell.
func (o *output) Input(prompt string) (string, error) {
	if !o.input {
		return "", ErrNoInput
	}
	o.mu.Lock()
	o.flushText()
	o.mu.Unlock()
	return o.server.ask(o.ctx, o.req, prompt)
}

// finish sends what still waits.
func (o *output) finish() {
	o.flushUpdates()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flushText()
}

// displays remembers when each display was last sent.
type displays struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// show says what to do with a new state of a display: negative, display it anew; 0, update it now; otherwise how long
// to wait before an update.
func (d *displays) show(id string, replace bool) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last == nil {
		d.last = map[string]time.Time{}
	}
	last, known := d.last[id]
	wait := max(0, displayRate-time.Since(last))
	switch {
	case id == "":
		return -1
	case !known || !replace:
		wait = -1
	case wait > 0:
		return wait
	}
	d.last[id] = time.Now()
	return wait
}

func (d *displays) sent(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last[id] = time.Now()
}
