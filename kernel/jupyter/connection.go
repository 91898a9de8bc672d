package jupyter

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"nabla/kernel/jupyter/zmtp"
)

// A Connection is what a connection file says: where to listen, and the key that signs messages.
type Connection struct {
	Transport string `json:"transport"`
	IP        string `json:"ip"` // for ipc, the beginning of a path
	Shell     int    `json:"shell_port"`
	IOPub     int    `json:"iopub_port"`
	Stdin     int    `json:"stdin_port"`
	Control   int    `json:"control_port"`
	Heartbeat int    `json:"hb_port"`
	Key       string `json:"key"`
	Scheme    string `json:"signature_scheme"`
	Kernel    string `json:"kernel_name,omitempty"`
}

// NewConnection is a connection on the loopback address with a fresh key; port 0 is any free port.
func NewConnection() Connection {
	return Connection{Transport: "tcp", IP: loopback, Key: rand.Text(), Scheme: "hmac-sha256"}
}

const loopback = "127.0.0.1"

// ReadConnection reads a connection file and says what is wrong with it. A file that others may read is closed to
// them: its key runs code as its owner.
func ReadConnection(path string) (Connection, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Connection{}, err
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		os.Chmod(path, 0o600)
	}
	c := Connection{Transport: "tcp", IP: loopback, Scheme: "hmac-sha256"}
	if err := json.Unmarshal(text, &c); err != nil {
		return Connection{}, fmt.Errorf("connection file %s: %w", path, plainJSON(err))
	}
	if err := c.check(); err != nil {
		return Connection{}, fmt.Errorf("connection file %s: %w", path, err)
	}
	return c, nil
}

// plainJSON says in a person's words what encoding/json says in Go's.
func plainJSON(err error) error {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Errorf("%q cannot be a %s", kind.Field, kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("this is a JSON %s, not an object", kind.Value)
	case errors.As(err, &syntax):
		return fmt.Errorf("this is not JSON: %w at byte %d", err, syntax.Offset)
	}
	return err
}

func (c *Connection) check() error {
	if c.Transport != "tcp" && c.Transport != "ipc" {
		return fmt.Errorf("transport %q is not served: tcp and ipc are", c.Transport)
	}
	if _, ok := schemes[c.Scheme]; !ok && c.Key != "" {
		return fmt.Errorf("signature_scheme %q is not known: hmac-sha256 is the usual one", c.Scheme)
	}
	for _, e := range c.endpoints() {
		if *e.port < 0 || *e.port > 65535 {
			return fmt.Errorf("%s_port is %d: a port is 0 to 65535", e.name, *e.port)
		}
	}
	if c.IP == "" {
		c.IP = loopback
	}
	return nil
}

// Write stores the connection for clients to read, closed to everyone but its owner.
func (c Connection) Write(path string) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return writePrivate(path, append(text, '\n'))
}

// writePrivate puts a file that only its owner can read in the place of path; nobody sees half of it.
func writePrivate(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// An endpoint is one of the five sockets.
type endpoint struct {
	name string
	kind zmtp.Kind
	port *int
}

func (c *Connection) endpoints() []endpoint {
	return []endpoint{
		{"shell", zmtp.Router, &c.Shell},
		{"iopub", zmtp.XPub, &c.IOPub},
		{"stdin", zmtp.Router, &c.Stdin},
		{"control", zmtp.Router, &c.Control},
		{"hb", zmtp.Rep, &c.Heartbeat},
	}
}

// Address is where a client finds the socket of that port, as net.Dial takes it.
func (c *Connection) Address(port int) (network, address string) {
	if c.Transport == "ipc" {
		return "unix", fmt.Sprintf("%s-%d", c.IP, port)
	}
	host := c.IP
	if host == "*" {
		host = ""
	}
	return "tcp", net.JoinHostPort(host, strconv.Itoa(port))
}

// bind listens on one endpoint and fills in the port that was got for port 0.
func (c *Connection) bind(e endpoint, o zmtp.Options) (*zmtp.Socket, error) {
	if c.Transport == "ipc" && *e.port == 0 {
		*e.port = int(e.name[0])
	}
	network, address := c.Address(*e.port)
	s, err := zmtp.Listen(e.kind, network, address, o)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: %s %s is in use by another program", e.name, c.Transport, address)
	case err != nil:
		return nil, fmt.Errorf("%s: cannot listen on %s %s: %w", e.name, c.Transport, address, err)
	}
	if tcp, ok := s.Addr().(*net.TCPAddr); ok {
		*e.port = tcp.Port
	}
	return s, nil
}
