package zmtp

import (
	"bufio"
	"net"
	"time"
)

// A Client is the connecting half of a socket, as small as it can be: it asks a kernel whether it lives, and lets tests
// speak to a Socket without libzmq. It is used by one goroutine at a time for sending and one for receiving.
type Client struct {
	conn net.Conn
	r    *bufio.Reader
}

// Dial connects a socket of type kind ("DEALER", "REQ", "SUB") under an identity, which may be empty.
// Connecting and the handshake have until the timeout.
func Dial(kind, network, address, identity string, timeout time.Duration) (*Client, error) {
	conn, err := net.DialTimeout(network, address, timeout)
	if err != nil {
		return nil, err
	}
	c := &Client{conn: conn, r: bufio.NewReader(conn)}
	conn.SetDeadline(time.Now().Add(timeout))
	if err := c.handshake(kind, identity); err != nil {
		conn.Close()
		return nil, err
	}
	conn.SetDeadline(time.Time{})
	return c, nil
}

func (c *Client) handshake(kind, identity string) error {
	ready := metadata(property{"Socket-Type", []byte(kind)}, property{"Identity", []byte(identity)})
	if _, err := c.conn.Write(appendCommand(greeting(), "READY", ready)); err != nil {
		return err
	}
	if err := readGreeting(c.r); err != nil {
		return err
	}
	_, err := readReady(c.r)
	return err
}

// Send writes one message.
func (c *Client) Send(frames ...[]byte) error {
	_, err := c.conn.Write(encode(frames))
	return err
}

// Receive waits for the next message.
func (c *Client) Receive() ([][]byte, error) {
	return readMessage(c.r, 1<<30, func([]byte) error { return nil })
}

// Subscribe asks for every message whose first frame begins with topic.
func (c *Client) Subscribe(topic string) error { return c.Send(append([]byte{1}, topic...)) }

// SetDeadline bounds every later Send and Receive; the zero time lifts the bound.
func (c *Client) SetDeadline(t time.Time) { c.conn.SetDeadline(t) }

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }
