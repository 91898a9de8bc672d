package zmtp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// A Peer is one connected client. It has one goroutine that reads and one that writes.
type Peer struct {
	socket   *Socket
	conn     net.Conn
	identity string

	mu     sync.Mutex
	wake   *sync.Cond // the queue or closed changed
	queue  [][]byte   // whole messages, ready for the wire
	bytes  int        // in queue, and being written
	lost   int        // messages dropped since the last that fitted
	closed bool
	topics map[string]int // XPUB: subscriptions, counted
}

func newPeer(s *Socket, conn net.Conn) *Peer {
	p := &Peer{socket: s, conn: conn, topics: map[string]int{}}
	p.wake = sync.NewCond(&p.mu)
	return p
}

// Identity is the routing id that the peer gave, or one that was made for it.
func (p *Peer) Identity() string { return p.identity }

// Send queues a message for this peer and does not wait. It returns ErrSlow when the peer's queue is full.
func (p *Peer) Send(frames ...[]byte) error { return p.push(encode(frames)) }

// ErrSlow is a message not taken because its reader has let too many pile up.
var ErrSlow = errors.New("the peer does not read what is sent to it")

// ErrGone is a message to a peer that is not connected.
var ErrGone = errors.New("the peer is not connected")

// push queues one encoded message. A lone message is taken whatever its size.
func (p *Peer) push(wire []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return ErrGone
	case p.bytes > 0 && p.bytes+len(wire) > p.socket.opts.MaxQueue:
		p.lost++
		return ErrSlow
	}
	p.lost = 0
	p.queue = append(p.queue, wire)
	p.bytes += len(wire)
	p.wake.Broadcast()
	return nil
}

// write sends what is queued until the peer is closed; many small messages leave in one system call.
func (p *Peer) write() {
	for {
		batch, size, ok := p.take()
		if !ok {
			return
		}
		if _, err := (*net.Buffers)(&batch).WriteTo(p.conn); err != nil {
			p.Close()
			return
		}
		p.mu.Lock()
		p.bytes -= size
		p.wake.Broadcast()
		p.mu.Unlock()
	}
}

// take waits for something to write, and takes about a megabyte of it.
func (p *Peer) take() (batch [][]byte, size int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) == 0 && !p.closed {
		p.wake.Wait()
	}
	n := 0
	for n < len(p.queue) && size < chunk {
		size += len(p.queue[n])
		n++
	}
	batch, p.queue = p.queue[:n:n], p.queue[n:]
	return batch, size, !p.closed
}

// drain waits until everything queued is written, the peer is closed, or the time is up.
func (p *Peer) drain(deadline time.Time) {
	alarm := time.AfterFunc(time.Until(deadline), func() { p.Close() })
	defer alarm.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.bytes > 0 && !p.closed {
		p.wake.Wait()
	}
}

// Close ends the connection.
func (p *Peer) Close() {
	p.mu.Lock()
	p.closed = true
	p.wake.Broadcast()
	p.mu.Unlock()
	p.conn.Close()
}

// handshake exchanges greetings and READY commands before the deadline. Clients send READY unasked, so that ours can
// wait for theirs and a refusal can come in its place.
func (p *Peer) handshake(r *bufio.Reader) error {
	s := p.socket
	p.conn.SetDeadline(time.Now().Add(s.opts.HandshakeTimeout))
	if _, err := p.conn.Write(greeting()); err != nil {
		return err
	}
	if err := readGreeting(r); err != nil {
		return err
	}
	theirs, err := readReady(r)
	if err != nil {
		return err
	}
	if kind := string(theirs["socket-type"]); !s.serves(kind) {
		return p.refuse(fmt.Sprintf("a %s socket does not serve a %s socket", s.kind, kind))
	}
	if p.identity, err = peerIdentity(theirs["identity"]); err != nil {
		return p.refuse(err.Error())
	}
	props := []property{{"Socket-Type", []byte(s.kind)}}
	if s.kind == Router {
		props = append(props, property{"Identity", nil})
	}
	if _, err := p.conn.Write(appendCommand(nil, "READY", metadata(props...))); err != nil {
		return err
	}
	return p.conn.SetDeadline(time.Time{})
}

// refuse tells the peer why the handshake fails.
func (p *Peer) refuse(why string) error {
	why = why[:min(len(why), 255)]
	p.conn.Write(appendCommand(nil, "ERROR", append([]byte{byte(len(why))}, why...)))
	return errors.New(why)
}

// read delivers messages until the connection ends.
func (p *Peer) read(r *bufio.Reader) error {
	s := p.socket
	for {
		frames, err := readMessage(r, s.opts.MaxMessage, p.command)
		switch {
		case errors.Is(err, errTooLarge):
			s.logf("a message of more than %d bytes was skipped", s.opts.MaxMessage)
		case err != nil:
			return err
		case s.kind == XPub:
			p.subscription(frames[0])
		case s.opts.Receive != nil:
			s.opts.Receive(p, frames)
		}
	}
}

// command serves what a newer peer may send after the handshake: heartbeats and subscriptions (ZMTP 3.1).
func (p *Peer) command(body []byte) error {
	name, data, err := parseCommand(body)
	if err != nil {
		return err
	}
	switch name {
	case "PING": // two bytes of time to live, then a context to be sent back
		if len(data) < 2 || len(data) > 18 {
			return errors.New("a malformed PING")
		}
		return ignoreSlow(p.push(appendCommand(nil, "PONG", data[2:])))
	case "SUBSCRIBE":
		p.subscribe(string(data))
	case "CANCEL":
		p.cancel(string(data))
	case "ERROR":
		return fmt.Errorf("the peer reports %q", data)
	}
	return nil
}

func ignoreSlow(err error) error {
	if errors.Is(err, ErrSlow) {
		return nil
	}
	return err
}

// subscription reads the message by which a ZMTP 3.0 subscriber says what it wants.
func (p *Peer) subscription(frame []byte) {
	switch {
	case len(frame) > 0 && frame[0] == 1:
		p.subscribe(string(frame[1:]))
	case len(frame) > 0 && frame[0] == 0:
		p.cancel(string(frame[1:]))
	}
}

// maxTopics bounds the subscriptions of one peer.
const maxTopics = 4096

func (p *Peer) subscribe(topic string) {
	p.mu.Lock()
	known := p.topics[topic] > 0
	taken := known || len(p.topics) < maxTopics
	if taken {
		p.topics[topic]++
	}
	p.mu.Unlock()
	if taken && !known && p.socket.opts.Subscribed != nil {
		p.socket.opts.Subscribed(p, topic)
	}
}

func (p *Peer) cancel(topic string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.topics[topic]--; p.topics[topic] <= 0 {
		delete(p.topics, topic)
	}
}

// wants reports whether a message that begins with topic was subscribed to.
func (p *Peer) wants(topic []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for t := range p.topics {
		if bytes.HasPrefix(topic, []byte(t)) {
			return true
		}
	}
	return false
}
