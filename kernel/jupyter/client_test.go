package jupyter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"nabla/kernel"
	"nabla/kernel/jupyter/zmtp"
	"nabla/tests/jupyter/toy"
)

const patience = 20 * time.Second // how long a test waits before it calls a message lost

// A testKernel is a kernel with the toy session, or another, and what it logged.
type testKernel struct {
	*Server
	log   *lockedBuffer
	ended chan struct{}
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

func startKernel(t *testing.T) *testKernel {
	return startWith(t, toy.Engine{}, NewConnection(), Options{})
}

func startWith(t *testing.T, engine kernel.Engine, c Connection, o Options) *testKernel {
	t.Helper()
	log := &lockedBuffer{}
	o.Log = log
	s, err := Listen(c, o)
	if err != nil {
		t.Fatal(err)
	}
	k := &testKernel{s, log, make(chan struct{})}
	go func() { defer close(k.ended); s.Run(engine) }()
	t.Cleanup(func() { s.Shutdown(); <-k.ended })
	return k
}

// message is what a client receives.
type message struct {
	Header  header
	Parent  header
	Meta    map[string]any
	Content map[string]any
	raw     [][]byte // from the signature on
}

func (m message) String() string { return fmt.Sprintf("%s %v", m.Header.Type, m.Content) }

// A testClient speaks the protocol without Python.
type testClient struct {
	t     *testing.T
	codec *codec
	*testKernel
	shell, control, stdin, iopub *zmtp.Client
}

func (k *testKernel) connect(t *testing.T) *testClient {
	t.Helper()
	c := &testClient{t: t, testKernel: k, codec: newCodec(k.conn)}
	me := c.codec.session
	c.shell = c.dial("DEALER", me, k.conn.Shell)
	c.control = c.dial("DEALER", me, k.conn.Control)
	c.stdin = c.dial("DEALER", me, k.conn.Stdin)
	c.iopub = c.dial("SUB", "", k.conn.IOPub)
	c.iopub.Subscribe("")
	if m := c.receive(c.iopub); m.Header.Type != "iopub_welcome" || m.Content["subscription"] != "" {
		t.Fatalf("greeted by %v", m)
	}
	return c
}

func (c *testClient) dial(kind, identity string, port int) *zmtp.Client {
	c.t.Helper()
	network, address := c.conn.Address(port)
	z, err := zmtp.Dial(kind, network, address, identity, patience)
	if err != nil {
		c.t.Fatal(err)
	}
	z.SetDeadline(time.Now().Add(3 * patience))
	c.t.Cleanup(func() { z.Close() })
	return z
}

// send sends a message and returns its msg_id.
func (c *testClient) send(z *zmtp.Client, kind string, content any) string {
	c.t.Helper()
	frames, err := c.codec.encode(kind, nil, nil, content)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := z.Send(frames...); err != nil {
		c.t.Fatal(err)
	}
	return messageID(frames)
}

// receive takes a message apart and checks its signature.
func (c *testClient) receive(z *zmtp.Client) message {
	c.t.Helper()
	frames, err := z.Receive()
	if err != nil {
		c.t.Fatal(err)
	}
	for len(frames) > 0 && !bytes.Equal(frames[0], delimiter) {
		frames = frames[1:]
	}
	if len(frames) != 6 || !bytes.Equal(frames[1], c.codec.sign(frames[2:6])) {
		c.t.Fatalf("not a signed message: %q", frames)
	}
	m := message{raw: frames[1:]}
	for i, into := range []any{&m.Header, &m.Parent, &m.Meta, &m.Content} {
		if err := json.Unmarshal(frames[2+i], into); err != nil {
			c.t.Fatalf("frame %d: %v", i, err)
		}
	}
	return m
}

// about receives from iopub everything about a request, up to idle, and checks that it begins with busy.
func (c *testClient) about(id string) []message {
	c.t.Helper()
	var got []message
	for {
		m := c.receive(c.iopub)
		if m.Parent.ID != id {
			continue
		}
		got = append(got, m)
		if len(got) == 1 && (m.Header.Type != "status" || m.Content["execution_state"] != "busy") {
			c.t.Fatalf("the first message was %v", m)
		}
		if m.Header.Type == "status" && m.Content["execution_state"] == "idle" {
			return got[1 : len(got)-1]
		}
	}
}

// outputs is what a cell shows beside execute_input, and its reply.
func (c *testClient) outputs(content map[string]any) (shown []message, reply message) {
	c.t.Helper()
	id := c.send(c.shell, "execute_request", content)
	shown = c.about(id)
	reply = c.receive(c.shell)
	if reply.Header.Type != "execute_reply" || reply.Parent.ID != id {
		c.t.Fatalf("answered by %v", reply)
	}
	if len(shown) > 0 && shown[0].Header.Type == "execute_input" {
		shown = shown[1:]
	}
	return shown, reply
}

func (c *testClient) run(code string) (shown []message, reply message) {
	c.t.Helper()
	return c.outputs(map[string]any{"code": code})
}

// ask sends a request and returns the content of its reply.
func (c *testClient) ask(z *zmtp.Client, kind string, content any) map[string]any {
	c.t.Helper()
	id := c.send(z, kind+"_request", content)
	m := c.receive(z)
	if m.Header.Type != kind+"_reply" || m.Parent.ID != id {
		c.t.Fatalf("%s_request was answered by %v", kind, m)
	}
	return m.Content
}

// kinds is the types of messages, in order.
func kinds(ms []message) string {
	types := make([]string, len(ms))
	for i, m := range ms {
		types[i] = m.Header.Type
	}
	return strings.Join(types, " ")
}

// shownText is the text/plain of a message that shows something.
func shownText(m message) any {
	data, _ := m.Content["data"].(map[string]any)
	return data["text/plain"]
}
