package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
)

// ErrNoInput is input(…) where nobody can be asked.
var ErrNoInput = errors.New("this front end cannot be asked for input")

// inbox hands the client's answer to the cell that waits for it.
type inbox struct {
	mu     sync.Mutex
	peer   string // who is asked
	id     string // msg_id of the question
	answer chan answer
}

type answer struct {
	text string
	err  error
}

// ask sends an input_request to the client of a cell and waits for its reply, or for an interrupt.
func (s *Server) ask(ctx context.Context, r *request, prompt string) (string, error) {
	frames, err := s.codec.encode("input_request", r.raw, nil, map[string]any{"prompt": prompt, "password": false})
	if err != nil {
		return "", err
	}
	answers := s.replies.expect(r.peer, frames)
	defer s.replies.expect("", nil)
	if err := s.stdin.Send(r.peer, frames...); err != nil {
		return "", ErrNoInput
	}
	select {
	case a := <-answers:
		return a.text, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// expect forgets any earlier question and waits for the answer to this one.
func (b *inbox) expect(peer string, question [][]byte) <-chan answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.peer, b.id, b.answer = peer, "", nil
	if question != nil {
		b.id, b.answer = messageID(question), make(chan answer, 1)
	}
	return b.answer
}

// messageID is the msg_id of an encoded message: delimiter, signature, header, …
func messageID(frames [][]byte) string {
	var head header
	json.Unmarshal(frames[2], &head)
	return head.ID
}

// deliver gives an answer to who waits for it. Many clients leave out which question they answer.
func (b *inbox) deliver(r *request, a answer) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.answer == nil || r.peer != b.peer || r.parent.ID != "" && r.parent.ID != b.id {
		return false
	}
	b.answer <- a
	b.answer = nil
	return true
}

// onReply takes a message from the stdin channel.
func (s *Server) onReply(r *request) {
	if r.Type != "input_reply" {
		s.log.Printf("a %s message does not belong on stdin", r.Type)
		return
	}
	var content struct {
		Status string `json:"status"`
		Value  string `json:"value"`
	}
	a := answer{}
	if a.err = r.object(&content); a.err == nil {
		a.text = content.Value
	}
	switch {
	case content.Status == "error" || content.Status == "aborted":
		a.err = errors.New("the question was dismissed")
	case content.Value == "\x04": // what a terminal client sends for Ctrl-D
		a.err = io.EOF
	}
	if !s.replies.deliver(r, a) {
		s.log.Print("an answer came that nobody waits for")
	}
}
