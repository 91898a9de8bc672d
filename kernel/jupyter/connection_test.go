package jupyter

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConnectionFileIsReadAndClosedToOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.json")
	os.WriteFile(path, []byte(`{"shell_port":5,"key":"k","kernel_name":"nabla","jupyter_session":"x.ipynb"}`), 0o644)
	c, err := ReadConnection(path)
	if err != nil || c.Shell != 5 || c.IP != "127.0.0.1" || c.Transport != "tcp" || c.Scheme != "hmac-sha256" {
		t.Errorf("%+v, %v", c, err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	c.IOPub = 7
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	if again, err := ReadConnection(path); err != nil || again != c {
		t.Errorf("%+v became %+v, %v", c, again, err)
	}
}

func TestBadConnectionFilesAreExplained(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.json")
	for text, want := range map[string]string{
		"":                                     "not JSON",
		"{":                                    "not JSON",
		"[]":                                   "not an object",
		`{"shell_port":"x"}`:                   `"shell_port" cannot be a string`,
		`{"hb_port":70000}`:                    "hb_port is 70000",
		`{"control_port":-1}`:                  "control_port is -1",
		`{"transport":"udp"}`:                  `transport "udp"`,
		`{"key":"k","signature_scheme":"md5"}`: `"md5"`,
	} {
		os.WriteFile(path, []byte(text), 0o600)
		if _, err := ReadConnection(path); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzConnection(f *testing.F) {
	f.Add([]byte(`{"shell_port":5,"ip":"*","key":"k","signature_scheme":"hmac-sha512"}`))
	f.Add([]byte(`{"transport":"ipc","ip":"/tmp/k","shell_port":1}`))
	path := filepath.Join(f.TempDir(), "c.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		os.WriteFile(path, text, 0o600)
		if c, err := ReadConnection(path); err == nil && c.check() != nil {
			t.Fatalf("%q was accepted", text)
		}
	})
}

func FuzzDecode(f *testing.F) {
	c := newCodec(Connection{Key: "k", Scheme: "hmac-sha256"})
	f.Add([]byte(`{"msg_id":"1","msg_type":"execute_request"}`), []byte(`{}`), []byte(`{"code":"1"}`))
	f.Add([]byte(`[]`), []byte(``), []byte("\xff"))
	f.Fuzz(func(t *testing.T, head, parent, content []byte) {
		parts := [][]byte{head, parent, emptyObject, content}
		for _, frames := range [][][]byte{
			{delimiter, c.sign(parts), head, parent, emptyObject, content},
			{head, delimiter, content},
		} {
			r, err := c.decode(frames)
			if err == nil && (r.ID == "" || r.Type == "" || !json.Valid(r.raw)) {
				t.Fatalf("%q was let through", head)
			}
		}
	})
}
