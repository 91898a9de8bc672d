// Package jupyter is the Jupyter kernel: the second front end of a session. It knows the wire (sockets, signatures,
// messages of protocol 5.4, interrupts) and how a kernel is installed; mathematics it leaves to the kernel.Engine.
// The protocol is described at https://jupyter-client.readthedocs.io/en/stable/messaging.html.
package jupyter

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"nabla/kernel"
	"nabla/kernel/jupyter/zmtp"
)

// Options of a kernel; the zero value of each field means its default.
type Options struct {
	Log         io.Writer     // where bad messages are reported; default nowhere
	HistoryFile string        // where cells are remembered; "" remembers them while the kernel lives
	AbortWindow time.Duration // how long after the start of a cell that fails arriving cells are aborted; default 25 ms
}

// A Server is a running kernel: one session behind five sockets.
type Server struct {
	conn    Connection
	codec   *codec
	engine  kernel.Engine
	log     *log.Logger
	history *history
	window  time.Duration

	shell, iopub, stdin, control, heartbeat *zmtp.Socket

	ctx     context.Context // ends with the kernel
	stop    context.CancelFunc
	queue   *queue
	running atomic.Pointer[context.CancelFunc] // ends the cell that runs
	replies inbox
	count   atomic.Int64 // the n of the last In[n]
	live    displays
}

// Listen binds the five sockets; c comes back with the ports that were free where it said 0. Requests are answered
// from the moment of Run.
func Listen(c Connection, o Options) (*Server, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	if o.AbortWindow == 0 {
		o.AbortWindow = 25 * time.Millisecond
	}
	s := &Server{
		conn: c, codec: newCodec(c), log: log.New(o.Log, "nabla kernel: ", 0), window: o.AbortWindow,
		history: newHistory(o.HistoryFile), queue: newQueue(),
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if err := s.bind(); err != nil {
		s.close(0)
		return nil, err
	}
	return s, nil
}

// Connection is where clients find the kernel.
func (s *Server) Connection() Connection { return s.conn }

// bind opens the sockets. Messages that come before Run wait in their connections.
func (s *Server) bind() error {
	ready := s.queue.ready
	receive := map[string]func(*zmtp.Peer, [][]byte){
		"shell":   func(p *zmtp.Peer, f [][]byte) { <-ready; s.receive(s.shell, p, f, s.onRequest) },
		"control": func(p *zmtp.Peer, f [][]byte) { <-ready; s.receive(s.control, p, f, s.onRequest) },
		"stdin":   func(p *zmtp.Peer, f [][]byte) { <-ready; s.receive(s.stdin, p, f, s.onReply) },
		"hb":      func(p *zmtp.Peer, f [][]byte) { p.Send(f...) },
	}
	sockets := map[string]**zmtp.Socket{
		"shell": &s.shell, "iopub": &s.iopub, "stdin": &s.stdin, "control": &s.control, "hb": &s.heartbeat,
	}
	for _, e := range s.conn.endpoints() {
		o := zmtp.Options{
			Receive: receive[e.name],
			Logf:    func(format string, args ...any) { s.log.Printf(e.name+": "+format, args...) },
		}
		if e.kind == zmtp.XPub {
			o.Subscribed = s.onSubscribe
		}
		socket, err := s.conn.bind(e, o)
		if err != nil {
			return err
		}
		*sockets[e.name] = socket
	}
	return nil
}

// Run serves a session until Shutdown or a client's shutdown_request.
func (s *Server) Run(engine kernel.Engine) {
	s.engine = engine
	idle := make(chan struct{})
	go func() { defer close(idle); s.executeQueued() }()
	close(s.queue.ready)
	<-s.ctx.Done()
	s.Interrupt()
	s.queue.close()
	wait(idle, farewell)
	s.close(farewell)
}

// farewell is how long the end of a kernel waits for a cell to stop, and again for clients to take what is queued.
const farewell = 300 * time.Millisecond

func wait(done <-chan struct{}, limit time.Duration) {
	select {
	case <-done:
	case <-time.After(limit):
	}
}

// Shutdown ends Run.
func (s *Server) Shutdown() { s.stop() }

// Interrupt stops the cell that runs; without one it does nothing.
func (s *Server) Interrupt() {
	if cancel := s.running.Load(); cancel != nil {
		(*cancel)()
	}
}

// close ends all sockets at once, so that a slow client costs its time once.
func (s *Server) close(linger time.Duration) {
	s.stop()
	var all sync.WaitGroup
	for _, socket := range []*zmtp.Socket{s.shell, s.control, s.stdin, s.iopub, s.heartbeat} {
		if socket != nil {
			all.Go(func() { socket.Close(linger) })
		}
	}
	all.Wait()
}

// receive decodes a message for handle. One that is not sound is dropped with a line in the log.
func (s *Server) receive(socket *zmtp.Socket, p *zmtp.Peer, frames [][]byte, handle func(*request)) {
	r, err := s.codec.decode(frames)
	if err != nil {
		s.log.Printf("a message was dropped: %v", err)
		return
	}
	r.socket, r.peer = socket, p.Identity()
	handle(r)
}

// onSubscribe greets a new subscriber, who then knows that nothing will be missed.
func (s *Server) onSubscribe(p *zmtp.Peer, topic string) {
	frames, err := s.codec.encode("iopub_welcome", nil, nil, map[string]any{"subscription": topic})
	if err == nil {
		p.Send(append([][]byte{[]byte(topic)}, frames...)...)
	}
}

// publish sends a message about a request to every subscriber.
func (s *Server) publish(r *request, kind string, content any) { s.publishWith(r, kind, nil, content) }

func (s *Server) publishWith(r *request, kind string, metadata, content any) {
	frames, err := s.codec.encode(kind, r.raw, metadata, content)
	if err != nil {
		s.log.Printf("%s cannot be sent: %v", kind, err)
		return
	}
	topic := []byte("kernel." + s.codec.session + "." + kind)
	s.iopub.Publish(append([][]byte{topic}, frames...)...)
}

// reply answers a request to the client that made it.
func (s *Server) reply(r *request, kind string, content any) {
	frames, err := s.codec.encode(kind, r.raw, nil, content)
	if err == nil {
		err = r.socket.Send(r.peer, append(append([][]byte{}, r.route...), frames...)...)
	}
	if err != nil {
		s.log.Printf("%s was not delivered: %v", kind, err)
	}
}

func (s *Server) status(r *request, state string) {
	s.publish(r, "status", map[string]string{"execution_state": state})
}

// guard runs what may call the engine; a panic there becomes an error that a person reads, and the session lives on.
func (s *Server) guard(do func()) (fault *failure) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Printf("internal error: %v\n%s", v, debug.Stack())
			fault = newFailure("InternalError", fmt.Sprintf("nabla met a fault of its own: %v", v))
		}
	}()
	do()
	return nil
}

// object reads the content of a request into v.
func (r *request) object(v any) error {
	if err := json.Unmarshal(r.content, v); err != nil {
		return fmt.Errorf("the content of this %s is not readable: %w", r.Type, plainJSON(err))
	}
	return nil
}
