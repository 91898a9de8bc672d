package zmtp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// greetingSize is the length of the greeting: signature, version, mechanism, as-server, filler.
const greetingSize = 64

// greeting is what either side sends first: version 3.0, mechanism NULL.
func greeting() []byte {
	g := make([]byte, greetingSize)
	g[0], g[9] = 0xFF, 0x7F
	g[10], g[11] = 3, 0
	copy(g[12:32], "NULL")
	return g
}

// checkGreeting reports why a peer's greeting cannot be served. A minor version above ours is the peer's to lower.
func checkGreeting(g []byte) error {
	switch {
	case len(g) != greetingSize || g[0] != 0xFF || g[9]&1 != 1:
		return errors.New("this is not a ZMTP greeting")
	case g[10] < 3:
		return fmt.Errorf("ZMTP version %d is too old: 3.0 is needed", g[10])
	case string(bytes.TrimRight(g[12:32], "\x00")) != "NULL":
		return fmt.Errorf("security mechanism %q is not offered: only NULL", bytes.TrimRight(g[12:32], "\x00"))
	}
	return nil
}

// readGreeting reads a greeting, giving up at the first byte that rules it out.
func readGreeting(r io.Reader) error {
	g := make([]byte, greetingSize)
	if _, err := io.ReadFull(r, g[:1]); err != nil {
		return err
	}
	if g[0] != 0xFF {
		return errors.New("this is not a ZMTP greeting")
	}
	if _, err := io.ReadFull(r, g[1:11]); err != nil {
		return noEOF(err)
	}
	if g[9]&1 != 1 || g[10] < 3 { // older peers send less than 64 bytes, and wait
		return checkGreeting(g)
	}
	if _, err := io.ReadFull(r, g[11:]); err != nil {
		return noEOF(err)
	}
	return checkGreeting(g)
}

// A property of a READY command.
type property struct {
	name  string
	value []byte
}

// appendCommand appends a command frame: its name and its data.
func appendCommand(dst []byte, name string, data []byte) []byte {
	body := append([]byte{byte(len(name))}, name...)
	return appendFrame(dst, append(body, data...), flagCommand)
}

// parseCommand splits the body of a command frame.
func parseCommand(body []byte) (name string, data []byte, err error) {
	if len(body) == 0 || len(body) < 1+int(body[0]) {
		return "", nil, errors.New("a command without a name")
	}
	n := 1 + int(body[0])
	return string(body[1:n]), body[n:], nil
}

// metadata is the data of a READY command.
func metadata(props ...property) []byte {
	var b []byte
	for _, p := range props {
		b = append(b, byte(len(p.name)))
		b = append(b, p.name...)
		b = binary.BigEndian.AppendUint32(b, uint32(len(p.value)))
		b = append(b, p.value...)
	}
	return b
}

// parseMetadata reads the data of a READY command. Names are case-insensitive: they come back in lower case.
func parseMetadata(b []byte) (map[string][]byte, error) {
	props := map[string][]byte{}
	for len(b) > 0 {
		n := 1 + int(b[0])
		if len(b) < n+4 {
			return nil, errors.New("a metadata property is cut short")
		}
		name := string(bytes.ToLower(b[1:n]))
		size := uint64(binary.BigEndian.Uint32(b[n:]))
		b = b[n+4:]
		if uint64(len(b)) < size {
			return nil, errors.New("a metadata property is cut short")
		}
		props[name] = b[:size:size]
		b = b[size:]
	}
	return props, nil
}

// readReady reads the READY command that ends the NULL handshake.
func readReady(r *bufio.Reader) (map[string][]byte, error) {
	h, err := readHead(r)
	if err != nil {
		return nil, err
	}
	if !h.command() {
		return nil, errors.New("a message came before READY")
	}
	body, err := readCommand(r, h)
	if err != nil {
		return nil, err
	}
	name, data, err := parseCommand(body)
	if err != nil {
		return nil, err
	}
	switch name {
	case "READY":
		return parseMetadata(data)
	case "ERROR":
		return nil, fmt.Errorf("the peer refused: %q", data)
	}
	return nil, fmt.Errorf("command %q came before READY", name)
}
