package jupyter

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"sync"
	"time"
	"unicode/utf8"

	"nabla/kernel/jupyter/zmtp"
)

// protocolVersion is the version of the messaging protocol that is spoken.
const protocolVersion = "5.4"

// delimiter stands between routing and message.
var delimiter = []byte("<IDS|MSG>")

// schemes are the ways to sign.
var schemes = map[string]func() hash.Hash{
	"hmac-sha224": sha256.New224,
	"hmac-sha256": sha256.New,
	"hmac-sha384": sha512.New384,
	"hmac-sha512": sha512.New,
}

// header is who says what, when.
type header struct {
	ID       string `json:"msg_id"`
	Username string `json:"username"`
	Session  string `json:"session"`
	Date     string `json:"date"`
	Type     string `json:"msg_type"`
	Version  string `json:"version"`
}

// A request is a message that a client sent.
type request struct {
	header
	socket *zmtp.Socket    // where the reply goes
	peer   string          // its identity
	route  [][]byte        // further envelope, to be sent back
	raw    json.RawMessage // the header as it came: the parent of every answer
	parent struct {
		ID string `json:"msg_id"`
	}
	content json.RawMessage
}

// size is what a request counts while it is queued.
func (r *request) size() int { return len(r.raw) + len(r.content) + 256 }

// A codec signs what goes out and checks what comes in.
type codec struct {
	hash    func() hash.Hash
	key     []byte // empty: nothing is signed or checked
	session string
	seen    replays
}

func newCodec(c Connection) *codec {
	return &codec{hash: schemes[c.Scheme], key: []byte(c.Key), session: rand.Text()}
}

// sign is the hexadecimal HMAC of the four parts; empty without a key.
func (c *codec) sign(parts [][]byte) []byte {
	if len(c.key) == 0 {
		return nil
	}
	mac := hmac.New(c.hash, c.key)
	for _, p := range parts {
		mac.Write(p)
	}
	return hex.AppendEncode(nil, mac.Sum(nil))
}

// Reasons for which a message is dropped.
var (
	errNoDelimiter = errors.New("no <IDS|MSG> among its frames")
	errShort       = errors.New("fewer than five frames after <IDS|MSG>")
	errSignature   = errors.New("its signature is wrong")
	errReplay      = errors.New("it was received before")
	errText        = errors.New("it is not valid UTF-8")
)

// decode takes a message apart and refuses one that is not a message, not signed with our key, or a repetition.
func (c *codec) decode(frames [][]byte) (*request, error) {
	at := 0
	for at < len(frames) && !bytes.Equal(frames[at], delimiter) {
		at++
	}
	if at == len(frames) {
		return nil, errNoDelimiter
	}
	body := frames[at+1:]
	if len(body) < 5 {
		return nil, errShort
	}
	if err := c.verify(body[0], body[1:5]); err != nil {
		return nil, err
	}
	r := &request{route: frames[:at], raw: body[1], content: body[4]}
	return r, r.read(body[2])
}

func (c *codec) verify(signature []byte, parts [][]byte) error {
	want := c.sign(parts)
	if !hmac.Equal(want, signature) && len(c.key) > 0 {
		return errSignature
	}
	if len(c.key) > 0 && !c.seen.first(string(want)) {
		return errReplay
	}
	return nil
}

// read parses the header and the parent's; the content is left to whoever answers.
func (r *request) read(parent []byte) error {
	if !utf8.Valid(r.raw) || !utf8.Valid(r.content) {
		return errText
	}
	if err := json.Unmarshal(r.raw, &r.header); err != nil {
		return fmt.Errorf("its header is not readable: %w", plainJSON(err))
	}
	if r.ID == "" || r.Type == "" {
		return errors.New("its header has no msg_id or no msg_type")
	}
	json.Unmarshal(parent, &r.parent) // a reply's parent is a help, not a need
	return nil
}

// encode makes the frames of a message: delimiter, signature, header, parent, metadata, content.
func (c *codec) encode(kind string, parent json.RawMessage, metadata, content any) ([][]byte, error) {
	head := header{
		ID: rand.Text(), Username: "kernel", Session: c.session, Type: kind, Version: protocolVersion,
		Date: time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"),
	}
	if parent == nil {
		parent = emptyObject
	}
	if metadata == nil {
		metadata = emptyObject
	}
	headText, err := marshal(head)
	if err != nil {
		return nil, err
	}
	metaText, err := marshal(metadata)
	if err != nil {
		return nil, err
	}
	text, err := marshal(content)
	if err != nil {
		return nil, err
	}
	parts := [][]byte{headText, parent, metaText, text}
	return append([][]byte{delimiter, c.sign(parts)}, parts...), nil
}

var emptyObject = json.RawMessage("{}")

// marshal is json.Marshal that leaves <, > and & readable.
func marshal(v any) ([]byte, error) {
	if raw, ok := v.(json.RawMessage); ok {
		return raw, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// maxReplays is how many signatures are remembered.
const maxReplays = 1 << 16

// replays remembers the last signatures.
type replays struct {
	mu    sync.Mutex
	known map[string]bool
	ring  []string
	next  int
}

// first reports whether a signature is new, and remembers it.
func (r *replays) first(signature string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[signature] {
		return false
	}
	if r.known == nil {
		r.known = map[string]bool{}
	}
	r.known[signature] = true
	if len(r.ring) < maxReplays {
		r.ring = append(r.ring, signature)
		return true
	}
	delete(r.known, r.ring[r.next])
	r.ring[r.next] = signature
	r.next = (r.next + 1) % maxReplays
	return true
}
