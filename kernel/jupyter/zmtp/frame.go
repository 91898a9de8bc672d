package zmtp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Flags of a frame (ZMTP 3.0, section "Framing").
const (
	flagMore    = 1 << 0
	flagLong    = 1 << 1
	flagCommand = 1 << 2
	flagsKnown  = flagMore | flagLong | flagCommand
)

// errTooLarge is a message over the limits. The frames are read past, so that the connection lives on.
var errTooLarge = errors.New("message over the limit was skipped")

// frameOverhead is what a frame counts beside its bytes, so that empty frames are not free.
const frameOverhead = 64

// chunk is how much is allocated at once on the word of a length field: memory follows the bytes that arrive.
const chunk = 1 << 20

// frameHead is what stands before the bytes of a frame.
type frameHead struct {
	flags byte
	size  uint64
}

func (h frameHead) more() bool    { return h.flags&flagMore != 0 }
func (h frameHead) command() bool { return h.flags&flagCommand != 0 }

// readHead reads flags and length, and refuses what no conforming peer sends.
func readHead(r *bufio.Reader) (frameHead, error) {
	flags, err := r.ReadByte()
	if err != nil {
		return frameHead{}, err
	}
	if flags&^flagsKnown != 0 || flags&flagCommand != 0 && flags&flagMore != 0 {
		return frameHead{}, fmt.Errorf("frame flags %#02x are reserved", flags)
	}
	if flags&flagLong == 0 {
		n, err := r.ReadByte()
		return frameHead{flags, uint64(n)}, noEOF(err)
	}
	var b [8]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return frameHead{}, noEOF(err)
	}
	size := binary.BigEndian.Uint64(b[:])
	if size > 1<<63-1 {
		return frameHead{}, fmt.Errorf("frame length %d is over the protocol's limit", size)
	}
	return frameHead{flags, size}, nil
}

// readBody reads n bytes, allocating as they come.
func readBody(r *bufio.Reader, n uint64) ([]byte, error) {
	body := make([]byte, min(n, chunk))
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, noEOF(err)
	}
	for uint64(len(body)) < n {
		old := len(body)
		grow := min(n-uint64(old), max(chunk, uint64(old)))
		body = append(body, make([]byte, grow)...)
		if _, err := io.ReadFull(r, body[old:]); err != nil {
			return nil, noEOF(err)
		}
	}
	return body, nil
}

// noEOF turns an end in the middle of a frame into what it is.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readCommand reads the body of a command frame.
func readCommand(r *bufio.Reader, h frameHead) ([]byte, error) {
	if h.size > commandLimit {
		return nil, fmt.Errorf("a command of %d bytes is over the limit", h.size)
	}
	return readBody(r, h.size)
}

// commandLimit bounds a command: a READY has a socket type and an identity, with room for applications.
const commandLimit = 64 << 10

// readMessage reads the next message; limit bounds its bytes, and frames count beside what they hold. A command may
// stand before it or between its frames (libzmq's heartbeats do) and is given to command. An error of errTooLarge
// leaves the stream in order: the message was read past.
func readMessage(r *bufio.Reader, limit int, command func(body []byte) error) ([][]byte, error) {
	var frames [][]byte
	left, begun, over := uint64(limit), false, false
	for {
		h, err := readHead(r)
		if err != nil {
			if begun {
				err = noEOF(err)
			}
			return nil, err
		}
		if h.command() {
			body, err := readCommand(r, h)
			if err == nil {
				err = command(body)
			}
			if err != nil {
				return nil, err
			}
			continue
		}
		begun = true
		if over = over || h.size+frameOverhead > left; over {
			frames = nil
			if _, err := io.CopyN(io.Discard, r, int64(h.size)); err != nil {
				return nil, noEOF(err)
			}
		} else {
			body, err := readBody(r, h.size)
			if err != nil {
				return nil, err
			}
			left -= h.size + frameOverhead
			frames = append(frames, body)
		}
		switch {
		case h.more():
		case over:
			return nil, errTooLarge
		default:
			return frames, nil
		}
	}
}

// appendFrame appends one frame to dst.
func appendFrame(dst, body []byte, flags byte) []byte {
	if len(body) > 255 {
		dst = append(dst, flags|flagLong)
		dst = binary.BigEndian.AppendUint64(dst, uint64(len(body)))
	} else {
		dst = append(dst, flags, byte(len(body)))
	}
	return append(dst, body...)
}

// encode is the bytes of a message on the wire.
func encode(frames [][]byte) []byte {
	size := 0
	for _, f := range frames {
		size += len(f) + 9
	}
	wire := make([]byte, 0, size)
	for i, f := range frames {
		flags := byte(0)
		if i < len(frames)-1 {
			flags = flagMore
		}
		wire = appendFrame(wire, f, flags)
	}
	return wire
}
