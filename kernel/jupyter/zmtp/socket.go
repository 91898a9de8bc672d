// Package zmtp is the server's half of ZMTP 3.0, the wire of ZeroMQ, as far as a Jupyter kernel needs it: sockets
// that bind (never connect), the NULL mechanism, and the patterns ROUTER, REP and XPUB over tcp and ipc.
//
// No peer can hold up another: each has its own reader and writer, a deadline for its handshake, and a bounded queue.
// The protocol is described at https://rfc.zeromq.org/spec/23/ and, for the patterns, in specs 28 and 29.
package zmtp

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// Kind is the pattern that a socket speaks.
type Kind string

const (
	// Router names each peer by its identity; a peer that connects again under its identity takes over from the old one.
	Router Kind = "ROUTER"
	// Rep answers each request to whoever asked. Frames are handed over with their envelope, and go back with it.
	Rep Kind = "REP"
	// XPub publishes by topic and sees who subscribes to what.
	XPub Kind = "XPUB"
)

// clients says which socket types each kind serves.
var clients = map[Kind]map[string]bool{
	Router: {"DEALER": true, "REQ": true, "ROUTER": true},
	Rep:    {"REQ": true, "DEALER": true},
	XPub:   {"SUB": true, "XSUB": true},
}

// Options of a socket; the zero value of each field means its default.
type Options struct {
	// Receive is given each message by the reader of its peer: while it runs, only that peer waits.
	Receive func(from *Peer, frames [][]byte)
	// Subscribed is told of each new subscription on an XPub socket.
	Subscribed func(by *Peer, topic string)

	HandshakeTimeout time.Duration // default 10 s
	MaxMessage       int           // bytes of one incoming message, default 64 MiB; longer ones are skipped and logged
	MaxQueue         int           // bytes that may wait for one peer, default 128 MiB
	MaxPeers         int           // connections at a time, default 1000
	Logf             func(format string, args ...any)
}

func (o Options) filled() Options {
	fill(&o.HandshakeTimeout, 10*time.Second)
	fill(&o.MaxMessage, 64<<20)
	fill(&o.MaxQueue, 128<<20)
	fill(&o.MaxPeers, 1000)
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	return o
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// A Socket listens on one address and serves the peers that connect. Its methods may be called concurrently.
type Socket struct {
	kind     Kind
	opts     Options
	listener net.Listener

	mu     sync.Mutex
	peers  map[*Peer]bool
	routes map[string]*Peer // Router: by identity
	closed bool
	served sync.WaitGroup
}

// Listen binds a socket of the given kind to a "tcp" or "unix" address and begins to serve.
func Listen(kind Kind, network, address string, o Options) (*Socket, error) {
	if clients[kind] == nil {
		return nil, fmt.Errorf("zmtp: there is no socket of kind %q", kind)
	}
	l, err := listen(network, address)
	if err != nil {
		return nil, err
	}
	s := &Socket{kind: kind, opts: o.filled(), listener: l, peers: map[*Peer]bool{}, routes: map[string]*Peer{}}
	s.served.Add(1)
	go s.accept()
	return s, nil
}

// listen binds; a unix socket is for its owner only, and one left over by a dead process is replaced.
func listen(network, address string) (net.Listener, error) {
	l, err := net.Listen(network, address)
	if network != "unix" {
		return l, err
	}
	if err != nil && abandoned(address) {
		os.Remove(address)
		l, err = net.Listen(network, address)
	}
	if err == nil {
		err = os.Chmod(address, 0o600)
	}
	return l, err
}

// abandoned reports whether a unix socket exists that nobody serves.
func abandoned(path string) bool {
	if info, err := os.Stat(path); err != nil || info.Mode()&os.ModeSocket == 0 {
		return false
	}
	c, err := net.Dial("unix", path)
	if err == nil {
		c.Close()
	}
	return err != nil
}

// Addr is the address that the socket is bound to.
func (s *Socket) Addr() net.Addr { return s.listener.Addr() }

func (s *Socket) serves(kind string) bool { return clients[s.kind][kind] }

func (s *Socket) logf(format string, args ...any) { s.opts.Logf(format, args...) }

// accept serves connections until the socket is closed. A passing fault (no more file descriptors) is waited out.
func (s *Socket) accept() {
	defer s.served.Done()
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			s.logf("accept: %v", err)
			time.Sleep(20 * time.Millisecond)
			continue
		}
		s.admit(newPeer(s, conn))
	}
}

// admit starts to serve a connection, unless there are too many.
func (s *Socket) admit(p *Peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.peers) >= s.opts.MaxPeers {
		s.logf("a connection was refused: %d are open", len(s.peers))
		p.Close()
		return
	}
	s.peers[p] = true
	s.served.Add(1)
	go s.serve(p)
}

// serve is the life of one connection.
func (s *Socket) serve(p *Peer) {
	defer s.served.Done()
	defer s.forget(p)
	defer p.Close()
	r := bufio.NewReaderSize(p.conn, 16<<10)
	err := p.handshake(r)
	if err == nil {
		s.welcome(p)
		s.served.Add(1)
		go func() { defer s.served.Done(); p.write() }()
		err = p.read(r)
	}
	if !benign(err) {
		s.logf("connection from %v ended: %v", p.conn.RemoteAddr(), err)
	}
}

// benign reports whether a connection ended as connections do.
func benign(err error) bool {
	var op *net.OpError
	return err == nil || err == io.EOF || errors.Is(err, net.ErrClosed) ||
		errors.As(err, &op) && !op.Timeout()
}

// welcome makes a peer reachable by its identity; the connection that had the identity before is closed.
func (s *Socket) welcome(p *Peer) {
	if s.kind != Router {
		return
	}
	s.mu.Lock()
	old := s.routes[p.identity]
	s.routes[p.identity] = p
	s.mu.Unlock()
	if old != nil {
		old.Close()
	}
}

func (s *Socket) forget(p *Peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.peers, p)
	if s.routes[p.identity] == p {
		delete(s.routes, p.identity)
	}
}

// peerIdentity is the identity that a peer may have: its own, or a new one that no peer can claim (it begins with 0).
func peerIdentity(claimed []byte) (string, error) {
	switch {
	case len(claimed) > 255:
		return "", errors.New("an identity has at most 255 bytes")
	case len(claimed) > 0 && claimed[0] == 0:
		return "", errors.New("an identity does not begin with a zero byte")
	case len(claimed) > 0:
		return string(claimed), nil
	}
	fresh := make([]byte, 13)
	rand.Read(fresh[1:])
	return string(fresh), nil
}

// Send queues a message for the Router peer of that identity. A peer whose queue is full is closed: it may connect
// again, and a request that is never answered would leave it waiting for ever.
func (s *Socket) Send(identity string, frames ...[]byte) error {
	s.mu.Lock()
	p := s.routes[identity]
	s.mu.Unlock()
	if p == nil {
		return ErrGone
	}
	err := p.Send(frames...)
	if errors.Is(err, ErrSlow) {
		s.logf("a peer that does not read was disconnected")
		p.Close()
	}
	return err
}

// Publish queues a message for every XPub peer that subscribed to its first frame. A peer whose queue is full loses
// this message; the others do not.
func (s *Socket) Publish(frames ...[]byte) {
	wire := encode(frames)
	for _, p := range s.subscribers(frames[0]) {
		if errors.Is(p.push(wire), ErrSlow) && p.firstLoss() {
			s.logf("a subscriber does not read: its messages are dropped until it does")
		}
	}
}

func (s *Socket) subscribers(topic []byte) []*Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ps []*Peer
	for p := range s.peers {
		if p.wants(topic) {
			ps = append(ps, p)
		}
	}
	return ps
}

func (p *Peer) firstLoss() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost == 1
}

// Close stops listening, gives peers up to linger to take what is queued for them, and ends every connection.
func (s *Socket) Close(linger time.Duration) {
	s.mu.Lock()
	s.closed = true
	open := make([]*Peer, 0, len(s.peers))
	for p := range s.peers {
		open = append(open, p)
	}
	s.mu.Unlock()
	s.listener.Close()
	deadline := time.Now().Add(linger)
	for _, p := range open {
		p.drain(deadline)
	}
	for _, p := range open {
		p.Close()
	}
	s.await(linger)
}

// await waits for the goroutines of the socket; a Receive that does not return is left behind.
func (s *Socket) await(limit time.Duration) {
	done := make(chan struct{})
	go func() { s.served.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(limit):
	}
}
