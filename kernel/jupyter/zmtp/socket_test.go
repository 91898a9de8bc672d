package zmtp

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const patience = 20 * time.Second // how long a test waits before it calls a thing lost

// listenOn starts a socket that the test closes.
func listenOn(t *testing.T, kind Kind, o Options) *Socket {
	t.Helper()
	s, err := Listen(kind, "tcp", "127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(0) })
	return s
}

func dial(t *testing.T, s *Socket, kind, identity string) *Client {
	t.Helper()
	c, err := Dial(kind, s.Addr().Network(), s.Addr().String(), identity, patience)
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { c.Close() })
	return c
}

func dialRaw(t *testing.T, s *Socket) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { c.Close() })
	return c
}

// echo sends every message back to whom it came from.
func echo(p *Peer, frames [][]byte) { p.Send(frames...) }

// ask sends one message and expects it back.
func ask(t *testing.T, c *Client, text string) {
	t.Helper()
	if err := c.Send([]byte(text)); err != nil {
		t.Fatal(err)
	}
	got, err := c.Receive()
	if err != nil || string(bytes.Join(got, nil)) != text {
		t.Fatalf("sent %q, received %q, %v", text, got, err)
	}
}

func TestSilentPeersHoldUpNobody(t *testing.T) {
	s := listenOn(t, Router, Options{Receive: echo})
	for range 50 {
		dialRaw(t, s)
	}
	ask(t, dial(t, s, "DEALER", ""), "anyone there?")
}

func TestHandshakeHasADeadline(t *testing.T) {
	s := listenOn(t, Router, Options{Receive: echo, HandshakeTimeout: 50 * time.Millisecond})
	c := dialRaw(t, s)
	c.Write(greeting()[:20])
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Errorf("the connection was not closed: %v", err)
	}
}

func TestGarbageEndsItsOwnConnectionOnly(t *testing.T) {
	s := listenOn(t, Router, Options{Receive: echo})
	old := greeting()
	old[10] = 2
	curve := greeting()
	copy(curve[12:], "CURVE")
	for _, garbage := range [][]byte{
		[]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		bytes.Repeat([]byte{0xff}, 100),
		bytes.Repeat([]byte{0}, 100),
		old[:12], curve,
		append(greeting(), 0x04, 0x00),
		append(greeting(), 0x06, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		appendCommand(greeting(), "READY", []byte("\x0bSocket-Type\x00\x00\x10\x00")),
		appendCommand(greeting(), "HELLO", nil),
		append(greeting(), encode([][]byte{[]byte("early")})...),
	} {
		c := dialRaw(t, s)
		c.Write(garbage)
		if _, err := io.Copy(io.Discard, c); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%.20q: not closed: %v", garbage, err)
		}
	}
	ask(t, dial(t, s, "DEALER", ""), "still here?")
}

func TestWrongSocketTypeIsToldWhy(t *testing.T) {
	s := listenOn(t, XPub, Options{})
	_, err := Dial("DEALER", "tcp", s.Addr().String(), "", patience)
	if err == nil || !strings.Contains(err.Error(), "XPUB") {
		t.Errorf("a DEALER was connected to an XPUB: %v", err)
	}
}

func TestIdentityIsHandedOver(t *testing.T) {
	s := listenOn(t, Router, Options{Receive: echo})
	old := dial(t, s, "DEALER", "me")
	ask(t, old, "first")
	young := dial(t, s, "DEALER", "me")
	ask(t, young, "second")
	if _, err := old.Receive(); err == nil {
		t.Error("the old connection is still open")
	}
	if err := s.Send("me", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if got, err := young.Receive(); err != nil || string(got[0]) != "hello" {
		t.Errorf("the new connection received %q, %v", got, err)
	}
}

func TestIdentitiesAreMadeAndKeptApart(t *testing.T) {
	seen := make(chan string, 2)
	s := listenOn(t, Router, Options{Receive: func(p *Peer, _ [][]byte) { seen <- p.Identity() }})
	dial(t, s, "DEALER", "").Send([]byte("a"))
	dial(t, s, "DEALER", "").Send([]byte("b"))
	a, b := <-seen, <-seen
	if a == b || a == "" || a[0] != 0 {
		t.Errorf("identities %q and %q", a, b)
	}
	if _, err := Dial("DEALER", "tcp", s.Addr().String(), "\x00mine", patience); err == nil {
		t.Error("a reserved identity was accepted")
	}
	if err := s.Send("nobody", nil); err != ErrGone {
		t.Errorf("a message to nobody: %v", err)
	}
}

func TestRequestEnvelopeComesBack(t *testing.T) {
	s := listenOn(t, Rep, Options{Receive: echo})
	c := dial(t, s, "REQ", "")
	c.Send(nil, []byte("ping"))
	got, err := c.Receive()
	if err != nil || len(got) != 2 || len(got[0]) != 0 || string(got[1]) != "ping" {
		t.Errorf("%q, %v", got, err)
	}
}

// subscriber connects and waits until its subscription has been seen.
func subscriber(t *testing.T, s *Socket, topic string, seen <-chan string) *Client {
	t.Helper()
	c := dial(t, s, "SUB", "")
	c.Subscribe(topic)
	if got := <-seen; got != topic {
		t.Fatalf("subscription %q was seen as %q", topic, got)
	}
	return c
}

func TestSubscriptionsChooseByPrefix(t *testing.T) {
	seen := make(chan string, 1)
	s := listenOn(t, XPub, Options{Subscribed: func(_ *Peer, topic string) { seen <- topic }})
	all := subscriber(t, s, "", seen)
	some := subscriber(t, s, "stream", seen)
	s.Publish([]byte("status"), []byte("1"))
	s.Publish([]byte("stream.stdout"), []byte("2"))
	for _, want := range []string{"1", "2"} {
		if got, err := all.Receive(); err != nil || string(got[1]) != want {
			t.Errorf("everything: %q, %v", got, err)
		}
	}
	if got, err := some.Receive(); err != nil || string(got[1]) != "2" {
		t.Errorf("streams: %q, %v", got, err)
	}
	some.Send(append([]byte{0}, "stream"...))
	some.Subscribe("end")
	<-seen
	s.Publish([]byte("stream.stdout"), []byte("3"))
	s.Publish([]byte("end"), []byte("4"))
	if got, err := some.Receive(); err != nil || string(got[1]) != "4" {
		t.Errorf("after cancelling: %q, %v", got, err)
	}
}

func TestNewerPeersMaySubscribeByCommandAndPing(t *testing.T) {
	seen := make(chan string, 1)
	s := listenOn(t, XPub, Options{Subscribed: func(_ *Peer, topic string) { seen <- topic }})
	c := dial(t, s, "SUB", "")
	c.conn.Write(appendCommand(nil, "SUBSCRIBE", []byte("a")))
	<-seen
	c.conn.Write(appendCommand(nil, "PING", []byte{0, 9, 'h', 'i'}))
	h, err := readHead(c.r)
	if err != nil || !h.command() {
		t.Fatalf("no command came back: %v", err)
	}
	if body, err := readCommand(c.r, h); err != nil || string(body) != "\x04PONGhi" {
		t.Errorf("PING was answered %q, %v", body, err)
	}
}

func TestStalledSubscriberLosesItsOwnMessagesOnly(t *testing.T) {
	seen := make(chan string, 1)
	var mu sync.Mutex
	var log []string
	s := listenOn(t, XPub, Options{
		MaxQueue:   1 << 20,
		Subscribed: func(_ *Peer, topic string) { seen <- topic },
		Logf: func(format string, args ...any) {
			mu.Lock()
			log = append(log, fmt.Sprintf(format, args...))
			mu.Unlock()
		},
	})
	subscriber(t, s, "", seen) // never reads
	reader := subscriber(t, s, "", seen)
	body := make([]byte, 64<<10)
	for i := range 400 { // 25 MB: more than the stalled peer's queue and the kernel's buffers together
		s.Publish([]byte("t"), body)
		if got, err := reader.Receive(); err != nil || len(got) != 2 {
			t.Fatalf("message %d: %d frames, %v", i, len(got), err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(log) == 0 || len(log) > 20 { // once for each time that the queue, having drained into the kernel's buffers, is full again
		t.Errorf("the loss of some of 400 messages is logged %d times: %q", len(log), log)
	}
}

func TestBurstReachesAReaderWhole(t *testing.T) {
	seen := make(chan string, 1)
	s := listenOn(t, XPub, Options{Subscribed: func(_ *Peer, topic string) { seen <- topic }})
	c := subscriber(t, s, "", seen)
	const n = 20000
	for i := range n {
		s.Publish([]byte("t"), fmt.Append(nil, i))
	}
	for i := range n {
		if got, err := c.Receive(); err != nil || string(got[1]) != fmt.Sprint(i) {
			t.Fatalf("message %d: %q, %v", i, got, err)
		}
	}
}

func TestPeerThatDoesNotReadIsClosed(t *testing.T) {
	s := listenOn(t, Router, Options{Receive: echo, MaxQueue: 1 << 20})
	stalled := dial(t, s, "DEALER", "stalled")
	ask(t, stalled, "hello")
	body := make([]byte, 64<<10)
	for range 400 {
		if err := s.Send("stalled", body); err == ErrSlow {
			break
		}
	}
	for {
		if _, err := stalled.Receive(); err != nil {
			break
		}
	}
	ask(t, dial(t, s, "DEALER", "stalled"), "again")
}

func TestOversizeMessageIsSkipped(t *testing.T) {
	s := listenOn(t, Router, Options{Receive: echo, MaxMessage: 1000})
	c := dial(t, s, "DEALER", "")
	c.Send(make([]byte, 2000))
	ask(t, c, "small")
}

func TestTooManyPeersAreTurnedAway(t *testing.T) {
	s := listenOn(t, Router, Options{Receive: echo, MaxPeers: 1})
	first := dial(t, s, "DEALER", "")
	if _, err := Dial("DEALER", "tcp", s.Addr().String(), "", patience); err == nil {
		t.Error("a second peer was admitted")
	}
	ask(t, first, "unharmed")
}

func TestCloseDeliversWhatIsQueued(t *testing.T) {
	s := listenOn(t, Router, Options{Receive: echo})
	c := dial(t, s, "DEALER", "me")
	ask(t, c, "hello")
	body := make([]byte, 8<<20)
	s.Send("me", body)
	go s.Close(patience)
	if got, err := c.Receive(); err != nil || len(got[0]) != len(body) {
		t.Errorf("the last message: %v", err)
	}
	if _, err := c.Receive(); err == nil {
		t.Error("the connection outlived its socket")
	}
}

func TestUnixSocketIsPrivateAndReplacesADeadOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shell")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Skip("no unix sockets here: ", err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	s, err := Listen(Router, "unix", path, Options{Receive: echo})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(0)
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	ask(t, dial(t, s, "DEALER", ""), "over ipc")
	if _, err := Listen(Router, "unix", path, Options{}); err == nil {
		t.Error("a live socket was taken over")
	}
	ask(t, dial(t, s, "DEALER", ""), "still mine")
}
