package jupyter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"nabla/kernel"
	"nabla/kernel/jupyter/zmtp"
	"nabla/tests/jupyter/toy"
)

func TestCellShowsEachExpressionInOrder(t *testing.T) {
	c := startKernel(t).connect(t)
	shown, reply := c.run("1+1\nprint hello\nquiet;\ndecl x : R[d]\nmatrix\npicture")
	if got := kinds(shown); got != "execute_result stream display_data execute_result display_data" {
		t.Errorf("shown: %s", got)
	}
	if reply.Content["status"] != "ok" || reply.Content["execution_count"] != 1.0 {
		t.Errorf("reply: %v", reply)
	}
	if got := shownText(shown[0]); got != "2" {
		t.Errorf("1+1 is %v", got)
	}
	if got := shownText(shown[3]); got != "Wᵀ x      # R[h,d1]" {
		t.Errorf("the matrix is %v", got)
	}
}

func TestParentIsTheHeaderVerbatim(t *testing.T) {
	c := startKernel(t).connect(t)
	raw := json.RawMessage(`{"msg_id":"m1", "username":"é", "session":"s","date":"2026-01-01T00:00:00Z","msg_type":"kernel_info_request","version":"5.3", "extra":[1e3]}`)
	parts := [][]byte{raw, emptyObject, emptyObject, emptyObject}
	c.shell.Send(append([][]byte{delimiter, c.codec.sign(parts)}, parts...)...)
	if m := c.receive(c.shell); !bytes.Equal(m.raw[2], raw) {
		t.Errorf("the parent became %s", m.raw[2])
	}
}

func TestKernelInfoSaysWhatItSpeaks(t *testing.T) {
	c := startKernel(t).connect(t)
	for _, z := range []*zmtp.Client{c.shell, c.control} {
		info := c.ask(z, "kernel_info", emptyObject)
		language := info["language_info"].(map[string]any)
		if info["protocol_version"] != "5.4" || info["status"] != "ok" || language["file_extension"] != ".nabla" {
			t.Errorf("%v", info)
		}
	}
}

func TestSilentCellShowsNothingAndIsNotCounted(t *testing.T) {
	c := startKernel(t).connect(t)
	c.run("1+1")
	id := c.send(c.shell, "execute_request", map[string]any{"code": "2+2\nprint x\nprogress 3", "silent": true})
	if shown := c.about(id); len(shown) > 0 {
		t.Errorf("shown: %s", kinds(shown))
	}
	if reply := c.receive(c.shell); reply.Content["execution_count"] != 1.0 {
		t.Errorf("reply: %v", reply)
	}
	if _, reply := c.outputs(map[string]any{"code": "number", "store_history": false}); reply.Content["execution_count"] != 1.0 {
		t.Errorf("a cell that is not stored was counted: %v", reply)
	}
	if _, reply := c.run("3+3"); reply.Content["execution_count"] != 2.0 {
		t.Errorf("reply: %v", reply)
	}
	history := c.ask(c.shell, "history", map[string]any{"hist_access_type": "tail", "n": 10})["history"]
	if got := fmt.Sprint(history); got != "[[1 1 1+1] [1 2 3+3]]" {
		t.Errorf("history: %v", got)
	}
}

func TestErrorIsShownAndAnswered(t *testing.T) {
	c := startKernel(t).connect(t)
	shown, reply := c.run("1+1\nbad line\n2+2")
	if got := kinds(shown); got != "execute_result error" {
		t.Fatalf("shown: %s", got)
	}
	for _, m := range []message{shown[1], reply} {
		if m.Content["ename"] != "E200" || !strings.Contains(fmt.Sprint(m.Content["traceback"]), "inner dimensions") {
			t.Errorf("%v", m)
		}
	}
	at := shown[1].Meta["nabla"].(map[string]any)
	if reply.Content["status"] != "error" || at["start"] != 4.0 || at["end"] != 12.0 {
		t.Errorf("%v, at %v", reply, at)
	}
}

func TestPanicOfTheEngineIsAnErrorAndTheSessionLivesOn(t *testing.T) {
	c := startKernel(t).connect(t)
	if _, reply := c.run("panic"); reply.Content["ename"] != "InternalError" {
		t.Errorf("%v", reply)
	}
	if _, reply := c.run("1+1"); reply.Content["status"] != "ok" {
		t.Errorf("afterwards: %v", reply)
	}
}

func TestQueuedCellsAreAbortedAfterAnErrorAndLaterOnesAreNot(t *testing.T) {
	c := startKernel(t).connect(t)
	c.send(c.shell, "execute_request", map[string]any{"code": "sleep 0.05\nbad"})
	for range 5 {
		c.send(c.shell, "execute_request", map[string]any{"code": "1+1"})
	}
	if first := c.receive(c.shell); first.Content["status"] != "error" {
		t.Errorf("first: %v", first)
	}
	for range 5 {
		if m := c.receive(c.shell); m.Content["status"] != "aborted" {
			t.Errorf("queued: %v", m)
		}
	}
	for range 20 {
		c.run("bad")
		if _, reply := c.run("1+1"); reply.Content["status"] != "ok" {
			t.Fatalf("sent after the error was answered: %v", reply)
		}
	}
}

func TestStopOnErrorMayBeDeclined(t *testing.T) {
	c := startKernel(t).connect(t)
	c.send(c.shell, "execute_request", map[string]any{"code": "bad", "stop_on_error": false})
	c.send(c.shell, "execute_request", map[string]any{"code": "1+1"})
	c.receive(c.shell)
	if m := c.receive(c.shell); m.Content["status"] != "ok" {
		t.Errorf("%v", m)
	}
}

func TestUserExpressionsAreAnsweredEachOnItsOwn(t *testing.T) {
	c := startKernel(t).connect(t)
	_, reply := c.outputs(map[string]any{"code": "1", "user_expressions": map[string]string{"a": "2+3", "b": "bad", "c": ""}})
	values := reply.Content["user_expressions"].(map[string]any)
	a, b, none := values["a"].(map[string]any), values["b"].(map[string]any), values["c"].(map[string]any)
	if a["status"] != "ok" || a["data"].(map[string]any)["text/plain"] != "5" || b["ename"] != "E200" || none["status"] != "error" {
		t.Errorf("%v", values)
	}
	if shown, reply := c.run("number"); shownText(shown[0]) != "2" {
		t.Errorf("the count moved: %v", reply)
	}
}

// started waits until a cell has said something.
func (c *testClient) started(id string) {
	c.t.Helper()
	for m := c.receive(c.iopub); m.Parent.ID != id || m.Header.Type != "stream"; m = c.receive(c.iopub) {
	}
}

func TestInterruptStopsTheCellAndKeepsTheSession(t *testing.T) {
	c := startKernel(t).connect(t)
	interrupts := map[string]func(){
		"message": func() { c.ask(c.control, "interrupt", emptyObject) },
		"signal":  c.Interrupt,
	}
	for name, interrupt := range interrupts {
		t.Run(name, func(t *testing.T) {
			interrupt() // idle: harmless
			id := c.send(c.shell, "execute_request", map[string]any{"code": "print on\nsleep 3600"})
			c.started(id)
			interrupt()
			if m := c.receive(c.shell); m.Content["status"] != "error" {
				t.Errorf("%v", m)
			}
			if _, reply := c.run("1+1"); reply.Content["status"] != "ok" {
				t.Errorf("afterwards: %v", reply)
			}
		})
	}
}

func TestRequestsAreAnsweredWhileACellRuns(t *testing.T) {
	c := startKernel(t).connect(t)
	id := c.send(c.shell, "execute_request", map[string]any{"code": "print on\nsleep 3600"})
	c.started(id)
	code := map[string]any{"code": "softm", "cursor_pos": 5}
	for _, z := range []*zmtp.Client{c.shell, c.control} {
		c.ask(z, "kernel_info", emptyObject)
		if m := c.ask(z, "complete", code)["matches"]; fmt.Sprint(m) != "[softmax]" {
			t.Errorf("matches %v", m)
		}
		c.ask(z, "inspect", code)
		c.ask(z, "is_complete", code)
		c.ask(z, "comm_info", emptyObject)
		c.ask(z, "history", map[string]any{"hist_access_type": "tail", "n": 1})
	}
	c.ask(c.control, "interrupt", emptyObject)
	c.receive(c.shell)
}

func TestOffsetsAreCodePoints(t *testing.T) {
	c := startKernel(t).connect(t)
	m := c.ask(c.shell, "complete", map[string]any{"code": "λ𝛌 ∂ rest", "cursor_pos": 4})
	if fmt.Sprint(m["matches"], m["cursor_start"], m["cursor_end"]) != "[∂J] 3 4" {
		t.Errorf("%v", m)
	}
	for _, at := range []int{-5, 0, 1 << 40} {
		c.ask(c.shell, "complete", map[string]any{"code": "λ", "cursor_pos": at})
		c.ask(c.shell, "inspect", map[string]any{"code": "λ", "cursor_pos": at})
	}
	page := c.ask(c.shell, "inspect", map[string]any{"code": "𝛌 softmax", "cursor_pos": 9, "detail_level": 0})
	if page["found"] != true || page["data"].(map[string]any)["text/html"] != "<code>softmax(x)</code>" {
		t.Errorf("%v", page)
	}
	if page := c.ask(c.shell, "inspect", map[string]any{"code": "nothing", "cursor_pos": 3}); page["found"] != false {
		t.Errorf("%v", page)
	}
}

func TestIsCompleteGivesTheIndent(t *testing.T) {
	c := startKernel(t).connect(t)
	for code, want := range map[string]string{
		"f(": "map[indent:   status:incomplete]", "f()": "map[status:complete]", ")": "map[status:invalid]",
	} {
		if got := fmt.Sprint(c.ask(c.shell, "is_complete", map[string]any{"code": code})); got != want {
			t.Errorf("%s: %s", code, got)
		}
	}
}

func TestInputIsAskedOfTheClientThatSentTheCell(t *testing.T) {
	k := startKernel(t)
	other := k.connect(t)
	c := k.connect(t)
	ask := func(code string, reply map[string]any) message {
		id := c.send(c.shell, "execute_request", map[string]any{"code": code, "allow_stdin": true, "stop_on_error": false})
		q := c.receive(c.stdin)
		if q.Header.Type != "input_request" || q.Parent.ID != id || q.Content["prompt"] != "name?" || q.Content["password"] != false {
			t.Errorf("asked: %v", q)
		}
		other.send(other.stdin, "input_reply", map[string]any{"value": "an intruder"})
		other.ask(other.shell, "kernel_info", emptyObject)
		c.send(c.stdin, "input_reply", reply)
		return c.receive(c.shell)
	}
	if m := ask("ask name?", map[string]any{"value": "Émile"}); m.Content["status"] != "ok" {
		t.Errorf("%v", m)
	}
	if m := ask("ask name?", map[string]any{"value": "\x04"}); m.Content["evalue"] != "EOF" {
		t.Errorf("end of input: %v", m)
	}
	if m := ask("ask name?", map[string]any{"status": "error"}); m.Content["status"] != "error" {
		t.Errorf("dismissed: %v", m)
	}
	if shown, _ := c.run("ask name?"); kinds(shown) != "error" {
		t.Errorf("without allow_stdin: %s", kinds(shown))
	}
	id := c.send(c.shell, "execute_request", map[string]any{"code": "ask name?", "allow_stdin": true})
	c.receive(c.stdin)
	c.ask(c.control, "interrupt", emptyObject)
	if shown := c.about(id); kinds(shown) != "execute_input error" {
		t.Errorf("interrupted: %s", kinds(shown))
	}
}

func TestPagerPayload(t *testing.T) {
	c := startKernel(t).connect(t)
	shown, reply := c.run("help softmax")
	page := reply.Content["payload"].([]any)[0].(map[string]any)
	if len(shown) != 0 || page["source"] != "page" || page["data"].(map[string]any)["text/plain"] == "" {
		t.Errorf("%s, %v", kinds(shown), page)
	}
}

func TestDisplayIsUpdatedSparinglyAndEndsUpRight(t *testing.T) {
	c := startKernel(t).connect(t)
	for _, first := range []string{"display_data", "display_data"} {
		shown, _ := c.run("progress 5000\nprint done")
		last := message{}
		updates := 0
		for _, m := range shown[1:] {
			if m.Header.Type == "update_display_data" {
				last, updates = m, updates+1
			}
		}
		if shown[0].Header.Type != first || updates == 0 || updates > 500 {
			t.Errorf("%s then %d updates", shown[0].Header.Type, updates)
		}
		if shownText(last) != "5000 of 5000" || fmt.Sprint(last.Content["transient"]) != fmt.Sprint(shown[0].Content["transient"]) {
			t.Errorf("the last update: %v", last)
		}
	}
}

func TestClearOutput(t *testing.T) {
	c := startKernel(t).connect(t)
	shown, _ := c.run("clear wait\nclear")
	if kinds(shown[:1]) != "clear_output" || shown[0].Content["wait"] != true {
		t.Errorf("%v", shown)
	}
}

func TestBurstsArriveWhole(t *testing.T) {
	c := startKernel(t).connect(t)
	for code, want := range map[string]int{"lines 2000": 18890, "flood 16": 16 << 20} {
		shown, _ := c.run(code)
		size := 0
		for _, m := range shown {
			if m.Header.Type == "stream" {
				size += len(m.Content["text"].(string))
			}
		}
		if size != want {
			t.Errorf("%s: %d bytes of %d", code, size, want)
		}
		if code == "lines 2000" && len(shown) > 200 {
			t.Errorf("2000 lines came in %d messages", len(shown))
		}
	}
}

func TestBadMessagesAreDroppedAndLogged(t *testing.T) {
	c := startKernel(t).connect(t)
	good, _ := c.codec.encode("kernel_info_request", nil, nil, emptyObject)
	change := func(at int, value string) [][]byte {
		f := append([][]byte{}, good...)
		f[at] = []byte(value)
		return f
	}
	resign := func(f [][]byte) [][]byte { f[1] = c.codec.sign(f[2:]); return f }
	deep := strings.Repeat("[", 100_000)
	bad := map[string][][]byte{
		"no delimiter":     {[]byte("hello")},
		"short":            {delimiter, []byte("x")},
		"empty":            {nil},
		"wrong signature":  change(1, "0000"),
		"no signature":     change(1, ""),
		"changed content":  change(5, `{"code":"1"}`),
		"header is a list": resign(change(2, "[]")),
		"header is empty":  resign(change(2, "{}")),
		"header is deep":   resign(change(2, deep)),
		"not UTF-8":        resign(change(5, "{\"code\":\"\xff\xfe\"}")),
		"a strange type":   resign(change(2, `{"msg_id":"1","msg_type":"no_such_request"}`)),
	}
	want := 0
	for name, frames := range bad {
		for _, z := range []*zmtp.Client{c.shell, c.control, c.stdin} {
			if err := z.Send(frames...); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			want++
		}
	}
	c.shell.Send(good...)
	c.receive(c.shell)
	c.shell.Send(good...) // a replay
	c.ask(c.shell, "kernel_info", emptyObject)
	c.ask(c.control, "kernel_info", emptyObject)
	if got := c.log.text(); !strings.Contains(got, "signature is wrong") || !strings.Contains(got, "received before") {
		t.Errorf("log:\n%s", got)
	}
}

func TestUnreadableContentIsAnsweredWithAnError(t *testing.T) {
	c := startKernel(t).connect(t)
	for _, kind := range []string{"execute", "complete", "inspect", "is_complete", "history"} {
		for _, content := range []string{`[]`, `"x"`, `{"code":7,"hist_access_type":7}`} {
			if got := c.ask(c.shell, kind, json.RawMessage(content)); got["status"] != "error" {
				t.Errorf("%s %s: %v", kind, content, got)
			}
		}
	}
	if got := c.ask(c.shell, "history", map[string]any{"hist_access_type": "wild"}); got["status"] != "error" {
		t.Errorf("%v", got)
	}
	c.ask(c.shell, "kernel_info", emptyObject)
}

func TestCommsAreTolerated(t *testing.T) {
	c := startKernel(t).connect(t)
	id := c.send(c.shell, "comm_open", map[string]any{"comm_id": "c1", "target_name": "widget", "data": emptyObject})
	if shown := c.about(id); kinds(shown) != "comm_close" || shown[0].Content["comm_id"] != "c1" {
		t.Errorf("%v", shown)
	}
	for _, kind := range []string{"comm_msg", "comm_close"} {
		c.about(c.send(c.shell, kind, map[string]any{"comm_id": "c1"}))
	}
}

func TestManyQueuedCellsAreAllAnswered(t *testing.T) {
	c := startKernel(t).connect(t)
	const n = 10_000
	go func() {
		for range n {
			frames, _ := c.codec.encode("execute_request", nil, nil, map[string]any{"code": ";"})
			c.shell.Send(frames...)
		}
	}()
	for i := range n {
		if m := c.receive(c.shell); m.Content["status"] != "ok" || m.Content["execution_count"] != float64(i+1) {
			t.Fatalf("cell %d: %v", i, m)
		}
	}
}

func TestHugeCellIsExecutedOrRefusedAndTheSessionLivesOn(t *testing.T) {
	c := startKernel(t).connect(t)
	huge := strings.Repeat("x", 10<<20)
	if _, reply := c.run(huge + ";"); reply.Content["status"] != "ok" {
		t.Errorf("10 MB: %.200s", reply)
	}
	c.send(c.shell, "execute_request", map[string]any{"code": strings.Repeat(huge, 10)})
	c.ask(c.shell, "kernel_info", emptyObject)
	if got := c.log.text(); !strings.Contains(got, "skipped") {
		t.Errorf("100 MB left no trace in the log: %.200s", got)
	}
}

func TestShutdownEndsABusyKernel(t *testing.T) {
	for _, code := range []string{"", "sleep 3600", "stubborn 3"} {
		k := startKernel(t)
		c := k.connect(t)
		if code != "" {
			c.started(c.send(c.shell, "execute_request", map[string]any{"code": "print on\n" + code}))
		}
		if got := c.ask(c.control, "shutdown", map[string]any{"restart": true}); got["restart"] != true || got["status"] != "ok" {
			t.Errorf("%v", got)
		}
		select {
		case <-k.ended:
		case <-time.After(patience):
			t.Fatal("the kernel did not end")
		}
	}
}

func TestHeartbeatIsEchoed(t *testing.T) {
	c := startKernel(t).connect(t)
	hb := c.dial("REQ", "", c.conn.Heartbeat)
	hb.Send(nil, []byte("ping"))
	if got, err := hb.Receive(); err != nil || string(got[1]) != "ping" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestIPCAndNoKey(t *testing.T) {
	dir, err := os.MkdirTemp("", "nabla") // a unix socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	conn := Connection{Transport: "ipc", IP: filepath.Join(dir, "k"), Shell: 1, IOPub: 2, Stdin: 3, Control: 4, Heartbeat: 5}
	k := startWith(t, toy.Engine{}, conn, Options{})
	c := k.connect(t)
	if shown, _ := c.run("1+1"); shownText(shown[0]) != "2" {
		t.Errorf("%v", shown)
	}
}

func TestPortInUseIsSaidPlainly(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := NewConnection()
	c.Control = l.Addr().(*net.TCPAddr).Port
	if _, err := Listen(c, Options{}); err == nil || !strings.Contains(err.Error(), "control") || !strings.Contains(err.Error(), "in use") {
		t.Errorf("%v", err)
	}
}

// counter is an engine that counts how many cells run at once.
type counter struct {
	toy.Engine
	now, most atomic.Int32
}

func (e *counter) Execute(ctx context.Context, cell string, o kernel.ExecuteOptions, out kernel.Output) bool {
	e.most.Store(max(e.most.Load(), e.now.Add(1)))
	defer e.now.Add(-1)
	return e.Engine.Execute(ctx, cell, o, out)
}

func TestCellsOfSeveralClientsRunOneAtATime(t *testing.T) {
	e := &counter{}
	k := startWith(t, e, NewConnection(), Options{})
	a, b := k.connect(t), k.connect(t)
	for range 20 {
		a.send(a.shell, "execute_request", map[string]any{"code": "sleep 0.001"})
		b.send(b.control, "execute_request", map[string]any{"code": "sleep 0.001"})
	}
	for range 20 {
		a.receive(a.shell)
		b.receive(b.control)
	}
	if e.most.Load() != 1 {
		t.Errorf("%d cells ran at once", e.most.Load())
	}
}
