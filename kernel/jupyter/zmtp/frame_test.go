package zmtp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"

	"pgregory.net/rapid"
)

func noCommand([]byte) error { return errors.New("no command was sent") }

func TestMessageSurvivesTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 600), 1, 6).Draw(t, "frames")
		r := bufio.NewReader(bytes.NewReader(encode(want)))
		got, err := readMessage(r, 1<<20, noCommand)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("%d frames came back from %d", len(got), len(want))
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("frame %d: %q became %q", i, want[i], got[i])
			}
		}
		if _, err := readMessage(r, 1<<20, noCommand); err != io.EOF {
			t.Fatalf("after the message: %v", err)
		}
	})
}

func TestLongBodyIsReadInGrowingSteps(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789"), 5*chunk/10+1)
	got, err := readMessage(bufio.NewReader(bytes.NewReader(encode([][]byte{want}))), 1<<30, noCommand)
	if err != nil || !bytes.Equal(got[0], want) {
		t.Fatalf("%d bytes became %d, %v", len(want), len(got[0]), err)
	}
}

func TestMalformedFramesAreRefused(t *testing.T) {
	for _, c := range []struct{ name, wire string }{
		{"reserved flag", "\x08\x00"},
		{"command with more", "\x05\x00"},
		{"length over 2^63", "\x02\xff\xff\xff\xff\xff\xff\xff\xff"},
		{"long command", "\x06\x00\x00\x00\x00\x7f\x00\x00\x00"},
		{"cut in the length", "\x02\x00\x00"},
		{"cut in the body", "\x00\x05abc"},
		{"cut between frames", "\x01\x01a"},
		{"promise of a gigabyte", "\x02\x00\x00\x00\x00\x40\x00\x00\x00abc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := bufio.NewReader(bytes.NewReader([]byte(c.wire)))
			frames, err := readMessage(r, 1<<40, func([]byte) error { return nil })
			if err == nil || err == io.EOF {
				t.Errorf("read %q, %v", frames, err)
			}
		})
	}
}

func TestMessageOverTheLimitIsReadPast(t *testing.T) {
	for _, big := range [][][]byte{
		{make([]byte, 5000)},
		{make([]byte, 900), make([]byte, 900)},
		make([][]byte, 100), // empty frames are not free
	} {
		r := bufio.NewReader(bytes.NewReader(append(encode(big), encode([][]byte{[]byte("next")})...)))
		if _, err := readMessage(r, 1000, noCommand); !errors.Is(err, errTooLarge) {
			t.Fatalf("%d frames: %v", len(big), err)
		}
		if got, err := readMessage(r, 1000, noCommand); err != nil || string(got[0]) != "next" {
			t.Fatalf("the next message: %q, %v", got, err)
		}
	}
}

func TestCommandBetweenFramesIsServed(t *testing.T) {
	wire := appendFrame(nil, []byte("a"), flagMore)
	wire = appendCommand(wire, "PING", []byte{0, 1, 'x'})
	wire = appendFrame(wire, []byte("b"), 0)
	var seen []byte
	got, err := readMessage(bufio.NewReader(bytes.NewReader(wire)), 1000, func(b []byte) error { seen = b; return nil })
	if err != nil || len(got) != 2 || string(seen) != "\x04PING\x00\x01x" {
		t.Errorf("frames %q, command %q, %v", got, seen, err)
	}
}

func TestMetadataSurvivesTheWire(t *testing.T) {
	got, err := parseMetadata(metadata(property{"Socket-Type", []byte("DEALER")}, property{"IDENTITY", []byte("\x01\x00")}))
	if err != nil || string(got["socket-type"]) != "DEALER" || string(got["identity"]) != "\x01\x00" {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzMessage(f *testing.F) {
	for _, seed := range [][]byte{
		encode([][]byte{nil, []byte("two"), bytes.Repeat([]byte("x"), 300)}),
		appendCommand(nil, "PING", []byte{0, 1}),
		[]byte("\x01\x01a\x02\x00\x00\x00\x00\x00\x00\x00\x01b"),
		[]byte("GET / HTTP/1.1\r\n\r\n"),
		{0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f},
	} {
		f.Add(seed)
	}
	const limit = 1 << 12
	f.Fuzz(func(t *testing.T, wire []byte) {
		r := bufio.NewReader(bytes.NewReader(wire))
		for {
			frames, err := readMessage(r, limit, func(b []byte) error { _, _, err := parseCommand(b); return err })
			if errors.Is(err, errTooLarge) {
				continue
			}
			if err != nil {
				return
			}
			size := 0
			for _, f := range frames {
				size += len(f) + frameOverhead
			}
			if len(frames) == 0 || size > limit {
				t.Fatalf("%d frames of %d bytes were let through", len(frames), size)
			}
			again, err := readMessage(bufio.NewReader(bytes.NewReader(encode(frames))), limit, noCommand)
			if err != nil || len(again) != len(frames) {
				t.Fatalf("what was read does not read back: %v", err)
			}
		}
	})
}

func FuzzHandshake(f *testing.F) {
	ready := appendCommand(nil, "READY", metadata(property{"Socket-Type", []byte("DEALER")}))
	f.Add(append(greeting(), ready...))
	f.Add(append(greeting(), appendCommand(nil, "ERROR", []byte("\x02no"))...))
	f.Add(append(greeting(), encode([][]byte{[]byte("early")})...))
	f.Add([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	f.Add(greeting()[:10])
	f.Fuzz(func(t *testing.T, wire []byte) {
		r := bufio.NewReader(bytes.NewReader(wire))
		if readGreeting(r) != nil {
			return
		}
		if checkGreeting(wire[:greetingSize]) != nil {
			t.Fatal("a greeting was accepted that does not pass")
		}
		props, err := readReady(r)
		if err == nil {
			peerIdentity(props["identity"])
		}
	})
}
