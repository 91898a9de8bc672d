package jupyter

import (
	"strings"

	"nabla/kernel"
)

// A handler answers a request with the content of its reply; "status" is added when there is none.
type handler func(*Server, *request) (map[string]any, error)

// handlers are the requests that are answered at once, also while a cell runs. Each is named by its type without
// "_request". What they ask of the engine it answers from a snapshot.
var handlers map[string]handler

func init() {
	handlers = map[string]handler{
		"kernel_info": (*Server).kernelInfo,
		"connect":     (*Server).connect,
		"complete":    (*Server).complete,
		"inspect":     (*Server).inspect,
		"is_complete": (*Server).isComplete,
		"history":     (*Server).searchHistory,
		"comm_info":   (*Server).commInfo,
		"interrupt":   (*Server).interrupt,
		"shutdown":    (*Server).shutdown,
	}
}

// onRequest takes a message from the shell or control channel: cells are queued, everything else is answered here.
func (s *Server) onRequest(r *request) {
	verb, isRequest := strings.CutSuffix(r.Type, "_request")
	handle := handlers[verb]
	switch {
	case r.Type == "execute_request":
		s.enqueue(r)
	case isRequest && handle != nil:
		s.answer(r, verb, handle)
	default:
		s.tolerate(r)
	}
}

// answer is the life of a request that is answered at once: busy, reply, idle.
func (s *Server) answer(r *request, verb string, handle handler) {
	s.status(r, "busy")
	var content map[string]any
	var err error
	fault := s.guard(func() { content, err = handle(s, r) })
	if err != nil {
		fault = newFailure("BadRequest", err.Error())
	}
	if fault != nil {
		content = fault.content()
	} else if content["status"] == nil {
		content["status"] = "ok"
	}
	s.reply(r, verb+"_reply", content)
	if verb == "shutdown" && fault == nil {
		s.publish(r, "shutdown_reply", content)
		defer s.Shutdown()
	}
	s.status(r, "idle")
}

// tolerate answers what a newer client may send. There are no comm targets here, so a comm that is opened is closed.
func (s *Server) tolerate(r *request) {
	s.status(r, "busy")
	defer s.status(r, "idle")
	switch r.Type {
	case "comm_open":
		var comm struct {
			ID string `json:"comm_id"`
		}
		if r.object(&comm) == nil {
			s.publish(r, "comm_close", map[string]any{"comm_id": comm.ID, "data": emptyObject})
		}
	case "comm_msg", "comm_close":
	default:
		s.log.Printf("a %s message is not known here", r.Type)
	}
}

func (s *Server) kernelInfo(*request) (map[string]any, error) {
	return map[string]any{
		"protocol_version":       protocolVersion,
		"implementation":         "nabla",
		"implementation_version": Version(),
		"language_info":          languageInfo(),
		"banner":                 "nabla " + Version() + ": tensor calculus one can talk to. ? is a tour, ?name is help.",
		"debugger":               false,
		"help_links":             helpLinks,
	}, nil
}

func (s *Server) connect(*request) (map[string]any, error) {
	content := map[string]any{}
	for _, e := range s.conn.endpoints() {
		content[e.name+"_port"] = *e.port
	}
	return content, nil
}

// cursor is the content of requests about a place in a cell. Without a position the end is meant.
type cursor struct {
	Code     string `json:"code"`
	Position *int   `json:"cursor_pos"`
}

// offset is the position in bytes.
func (c cursor) offset() int {
	if c.Position == nil {
		return len(c.Code)
	}
	return byteOffset(c.Code, *c.Position)
}

func (s *Server) complete(r *request) (map[string]any, error) {
	var at cursor
	if err := r.object(&at); err != nil {
		return nil, err
	}
	c := s.engine.Complete(at.Code, at.offset())
	start, end := runeOffset(at.Code, c.Start), runeOffset(at.Code, c.End)
	matches, types := make([]string, len(c.Items)), make([]map[string]any, len(c.Items))
	for i, item := range c.Items {
		matches[i] = item.Text
		types[i] = map[string]any{
			"text": item.Text, "type": item.Kind, "signature": item.Detail, "start": start, "end": end,
		}
	}
	return map[string]any{
		"matches": matches, "cursor_start": start, "cursor_end": end,
		"metadata": map[string]any{"_jupyter_types_experimental": types},
	}, nil
}

func (s *Server) inspect(r *request) (map[string]any, error) {
	var at cursor
	if err := r.object(&at); err != nil {
		return nil, err
	}
	page, found := s.engine.Inspect(at.Code, at.offset())
	data := map[string]any{}
	if found {
		data = pageBundle(page)
	}
	return map[string]any{"found": found, "data": data, "metadata": emptyObject}, nil
}

func (s *Server) isComplete(r *request) (map[string]any, error) {
	var at cursor
	if err := r.object(&at); err != nil {
		return nil, err
	}
	c := s.engine.Completeness(at.Code)
	content := map[string]any{"status": string(c.Status)}
	if c.Status == kernel.StatusIncomplete {
		content["indent"] = c.Indent
	}
	return content, nil
}

func (s *Server) searchHistory(r *request) (map[string]any, error) {
	var q historyQuery
	if err := r.object(&q); err != nil {
		return nil, err
	}
	found, err := s.history.find(q)
	return map[string]any{"history": found}, err
}

func (s *Server) commInfo(*request) (map[string]any, error) {
	return map[string]any{"comms": emptyObject}, nil
}

func (s *Server) interrupt(*request) (map[string]any, error) {
	s.Interrupt()
	return map[string]any{}, nil
}

func (s *Server) shutdown(r *request) (map[string]any, error) {
	var content struct {
		Restart bool `json:"restart"`
	}
	if err := r.object(&content); err != nil {
		s.log.Print(err) // whoever asks for the end means it
	}
	return map[string]any{"restart": content.Restart}, nil
}
