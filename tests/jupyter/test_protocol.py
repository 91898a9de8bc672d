"""What the official suite lacks, asked through jupyter_client and libzmq, the clients that people have."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from queue import Empty

import psutil
import zmq
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel
from jupyter_client.session import Session

from samples import LANGUAGE, PROGRAM, SAMPLES

PATIENCE = 30


def wait_for(condition, what):
    """Poll until condition() holds; a test that waits in vain fails by name."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(what)
        time.sleep(0.01)


class Client:
    """A kernel client that collects everything about one request."""

    def __init__(self, kc):
        self.kc = kc

    def collect(self, msg_id):
        """The iopub messages of a request, from busy to idle, and both are checked."""
        messages = []
        while True:
            m = self.kc.get_iopub_msg(timeout=PATIENCE)
            if m["parent_header"].get("msg_id") != msg_id:
                continue
            messages.append(m)
            if m["msg_type"] == "status" and m["content"]["execution_state"] == "idle":
                break
        assert messages[0]["content"].get("execution_state") == "busy", messages[0]
        return messages[1:-1]

    def reply(self, msg_id, channel="shell"):
        get = getattr(self.kc, f"get_{channel}_msg")
        while True:
            m = get(timeout=PATIENCE)
            if m["parent_header"].get("msg_id") == msg_id:
                return m

    def run(self, code, **options):
        msg_id = self.kc.execute(code, **options)
        outputs = self.collect(msg_id)
        return [m for m in outputs if m["msg_type"] != "execute_input"], self.reply(msg_id)["content"]

    def until_stream(self, msg_id):
        while True:
            m = self.kc.get_iopub_msg(timeout=PATIENCE)
            if m["parent_header"].get("msg_id") == msg_id and m["msg_type"] == "stream":
                return

    def control(self, kind, content=None):
        m = self.kc.session.msg(kind, content or {})
        self.kc.control_channel.send(m)
        return self.reply(m["header"]["msg_id"], "control")["content"]


class KernelTest(unittest.TestCase):
    def setUp(self):
        self.km, self.kc = start_new_kernel(kernel_name="nabla")
        self.client = Client(self.kc)

    def tearDown(self):
        self.kc.stop_channels()
        if self.km.is_alive():
            self.km.shutdown_kernel(now=True)
        self.km.cleanup_resources()

    @property
    def pid(self):
        return self.km.provisioner.process.pid

    def assert_alive(self):
        outputs, reply = self.client.run("1+1")
        self.assertEqual(reply["status"], "ok")
        self.assertEqual(outputs[0]["content"]["data"]["text/plain"], "2")

    def dial(self, port):
        c = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.addCleanup(c.close)
        return c


class Execute(KernelTest):
    def test_each_expression_shows_and_a_semicolon_silences(self):
        outputs, _ = self.client.run(SAMPLES["two"])
        self.assertEqual([m["content"]["data"]["text/plain"] for m in outputs], ["2", "4"])
        outputs, _ = self.client.run(SAMPLES["silent"])
        self.assertEqual(outputs, [])

    def test_formulas_have_latex(self):
        outputs, _ = self.client.run(SAMPLES["latex"])
        latex = outputs[-1]["content"]["data"]["text/latex"]
        self.assertRegex(latex, r"^\$\\displaystyle .*\$$")

    def test_order_of_messages(self):
        msg_id = self.kc.execute("1+1")
        kinds = [m["msg_type"] for m in self.client.collect(msg_id)]
        self.assertEqual(kinds, ["execute_input", "execute_result"])

    def test_silent_and_store_history(self):
        count = self.client.run("1+1")[1]["execution_count"]
        outputs, reply = self.client.run("1+1", silent=True)
        self.assertEqual((outputs, reply["execution_count"]), ([], count))
        self.assertEqual(self.client.run("1+1", store_history=False)[1]["execution_count"], count)
        self.assertEqual(self.client.run("1+1")[1]["execution_count"], count + 1)

    def test_user_expressions(self):
        _, reply = self.client.run("1+1", user_expressions={"good": "2+3", "bad": SAMPLES["error"]})
        values = reply["user_expressions"]
        self.assertEqual(values["good"]["data"]["text/plain"], "5")
        self.assertEqual(values["bad"]["status"], "error")

    def test_error_has_a_coloured_traceback(self):
        outputs, reply = self.client.run(SAMPLES["error"])
        self.assertEqual([m["msg_type"] for m in outputs], ["error"])
        traceback = "\n".join(outputs[0]["content"]["traceback"])
        self.assertIn("\x1b[", traceback)
        self.assertIn(reply["evalue"], traceback)
        self.assertIn("──", traceback)

    def test_abort_window(self):
        ids = [self.kc.execute(c) for c in (SAMPLES["error"], "1+1", "2+2", "3+3")]
        status = [self.client.reply(i)["content"]["status"] for i in ids]
        self.assertEqual(status, ["error", "aborted", "aborted", "aborted"])
        for _ in range(5):
            self.client.run(SAMPLES["error"])
            self.assert_alive()

    def test_stop_on_error_declined(self):
        first = self.kc.execute(SAMPLES["error"], stop_on_error=False)
        second = self.kc.execute("1+1")
        self.assertEqual(self.client.reply(first)["content"]["status"], "error")
        self.assertEqual(self.client.reply(second)["content"]["status"], "ok")

    def test_input(self):
        msg_id = self.kc.execute(SAMPLES["ask"], allow_stdin=True)
        question = self.kc.get_stdin_msg(timeout=PATIENCE)
        self.assertEqual(question["content"], {"prompt": SAMPLES["prompt"], "password": False})
        self.kc.input("Émile")
        outputs = [m for m in self.client.collect(msg_id) if "data" in m["content"]]
        self.assertIn(SAMPLES["asked"] + "Émile", outputs[0]["content"]["data"]["text/plain"])
        self.assertEqual(self.client.reply(msg_id)["content"]["status"], "ok")
        _, reply = self.client.run(SAMPLES["ask"], allow_stdin=False)
        self.assertEqual(reply["status"], "error")

    def test_ten_thousand_cells(self):
        ids = [self.kc.execute(SAMPLES["silent"]) for _ in range(10_000)]
        for i in ids:
            self.assertEqual(self.client.reply(i)["content"]["status"], "ok")


class Busy(KernelTest):
    def start_slow(self):
        msg_id = self.kc.execute(SAMPLES["slow"])
        self.client.until_stream(msg_id)
        return msg_id

    def assert_stopped(self, msg_id):
        self.assertEqual(self.client.reply(msg_id)["content"]["status"], "error")
        self.assert_alive()

    def test_interrupt_by_message(self):
        msg_id = self.start_slow()
        self.assertEqual(self.client.control("interrupt_request"), {"status": "ok"})
        self.assert_stopped(msg_id)

    def test_interrupt_by_signal(self):
        os.kill(self.pid, signal.SIGINT)  # idle: harmless
        self.assert_alive()
        msg_id = self.start_slow()
        os.kill(self.pid, signal.SIGINT)
        self.assert_stopped(msg_id)

    def test_control_and_questions_while_busy(self):
        msg_id = self.start_slow()
        info = self.client.control("kernel_info_request")
        self.assertEqual(info["language_info"]["name"], "nabla")
        word = SAMPLES["completions"][0]
        self.assertEqual(set(self.client.reply(self.kc.complete(word["text"]))["content"]["matches"]), word["matches"])
        self.assertTrue(self.client.reply(self.kc.inspect(SAMPLES["inspect"]))["content"]["found"])
        self.assertEqual(self.client.reply(self.kc.is_complete("1"))["content"]["status"], "complete")
        self.assertEqual(self.client.reply(self.kc.comm_info())["content"]["comms"], {})
        self.client.control("interrupt_request")
        self.assertEqual(self.client.reply(msg_id)["content"]["status"], "error")

    def test_shutdown_while_busy(self):
        self.start_slow()
        process = psutil.Process(self.pid)
        reply = self.client.control("shutdown_request", {"restart": False})
        self.assertEqual(reply, {"status": "ok", "restart": False})
        wait_for(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, "the kernel did not end")

    def test_restart_while_busy(self):
        self.start_slow()
        before = self.pid
        self.km.restart_kernel(now=False)
        self.kc.wait_for_ready(timeout=PATIENCE)
        self.assertNotEqual(self.pid, before)
        self.assert_alive()


class Bursts(KernelTest):
    def text(self, code):
        outputs, reply = self.client.run(code)
        self.assertEqual(reply["status"], "ok")
        return "".join(m["content"]["text"] for m in outputs if m["msg_type"] == "stream")

    def test_lines(self):
        code, first, last = SAMPLES["lines"]
        text = self.text(code)
        self.assertEqual(text.count("\n"), 2000)
        self.assertTrue(text.startswith(first) and text.endswith(last))

    def test_flood(self):
        code, size = SAMPLES["flood"]
        self.assertEqual(len(self.text(code)), size)

    def test_updates_are_throttled_and_end_right(self):
        code, steps, last = SAMPLES["progress"]
        outputs, reply = self.client.run(code)
        self.assertEqual(reply["status"], "ok")
        live = [m for m in outputs if m["content"].get("transient", {}).get("display_id")]
        self.assertEqual(live[0]["msg_type"], "display_data")
        self.assertEqual({m["msg_type"] for m in live[1:]}, {"update_display_data"})
        self.assertLess(len(live), steps / 20)
        self.assertEqual(len({m["content"]["transient"]["display_id"] for m in live}), 1)
        shown = [m for m in outputs if m["content"].get("data")]  # a live display may be emptied once its result stands
        self.assertIn(last, shown[-1]["content"]["data"]["text/plain"])


class Peers(KernelTest):
    def test_silent_peers(self):
        ports = [getattr(self.kc, f"{n}_port") for n in ("shell", "iopub", "stdin", "control", "hb")]
        for port in ports:
            for _ in range(20):
                self.dial(port)
        second = BlockingKernelClient()
        second.load_connection_info(self.km.get_connection_info())
        second.start_channels()
        self.addCleanup(second.stop_channels)
        second.wait_for_ready(timeout=PATIENCE)
        self.assert_alive()

    def test_garbage(self):
        for port in (self.kc.shell_port, self.kc.iopub_port, self.kc.stdin_port, self.kc.control_port, self.kc.hb_port):
            for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 200, os.urandom(500), b"\xff" + b"\0" * 8 + b"\x7f\x03"):
                c = self.dial(port)
                c.sendall(garbage)
        self.assert_alive()

    def test_stalled_subscriber(self):
        context = zmq.Context()
        self.addCleanup(context.destroy, 0)
        stalled = context.socket(zmq.SUB)
        stalled.setsockopt(zmq.RCVHWM, 1)
        stalled.setsockopt(zmq.SUBSCRIBE, b"")
        stalled.connect(f"tcp://127.0.0.1:{self.kc.iopub_port}")
        stalled.recv()  # the greeting; nothing is read after it
        code, size = SAMPLES["flood"]
        for _ in range(3):
            outputs, _ = self.client.run(code)
            self.assertEqual(sum(len(m["content"]["text"]) for m in outputs), size)
        self.assert_alive()

    def dealer(self, key=None):
        context = zmq.Context()
        self.addCleanup(context.destroy, 0)
        s = context.socket(zmq.DEALER)
        s.connect(f"tcp://127.0.0.1:{self.kc.shell_port}")
        return s, Session(key=key or self.kc.session.key)

    def test_wrong_key_and_replay(self):
        s, stranger = self.dealer(b"another key")
        stranger.send(s, "kernel_info_request", {})
        self.assertFalse(s.poll(300))
        s, friend = self.dealer()
        message = friend.serialize(friend.msg("kernel_info_request", {}))
        s.send_multipart(message)
        self.assertTrue(s.poll(PATIENCE * 1000))
        s.recv_multipart()
        s.send_multipart(message)
        self.assertFalse(s.poll(300))
        self.assert_alive()

    def test_malformed_messages(self):
        s, friend = self.dealer()
        good = friend.serialize(friend.msg("execute_request", {"code": "1"}))
        for frames in (
            [b"x"], [b""], [b"<IDS|MSG>"], good[:4],
            good[:1] + [friend.sign([b"[]"] * 4)] + [b"[]"] * 4,
            good[:1] + [friend.sign([b"{"] * 4)] + [b"{"] * 4,
            good[:1] + [friend.sign([b"\xff\xfe"] * 4)] + [b"\xff\xfe"] * 4,
        ):
            s.send_multipart(frames)
        self.assertFalse(s.poll(300))
        header = good[2]
        parts = [header, b"{}", b"{}", b'{"code": 7}']
        s.send_multipart([b"<IDS|MSG>", friend.sign(parts), *parts])
        self.assertTrue(s.poll(PATIENCE * 1000))
        _, frames = friend.feed_identities(s.recv_multipart())
        self.assertEqual(friend.deserialize(frames)["content"]["status"], "error")
        self.assert_alive()

    def test_huge_messages(self):
        msg_id = self.kc.execute("#" + "x" * (10 << 20))
        self.assertEqual(self.client.reply(msg_id)["content"]["status"], "ok")
        self.kc.execute("#" + "x" * (100 << 20))
        self.assert_alive()

    def test_welcome_names_the_subscription(self):
        context = zmq.Context()
        self.addCleanup(context.destroy, 0)
        s = context.socket(zmq.SUB)
        s.setsockopt(zmq.SUBSCRIBE, b"kernel")
        s.connect(f"tcp://127.0.0.1:{self.kc.iopub_port}")
        self.assertTrue(s.poll(PATIENCE * 1000))
        session = self.kc.session
        _, frames = session.feed_identities(s.recv_multipart())
        m = session.deserialize(frames)
        self.assertEqual((m["msg_type"], m["content"]), ("iopub_welcome", {"subscription": "kernel"}))


class Life(KernelTest):
    def test_history_survives_a_restart(self):
        mark = f"{time.time_ns() % 10**12}+1"
        self.client.run(mark)
        self.km.restart_kernel(now=False)
        self.kc.wait_for_ready(timeout=PATIENCE)
        reply = self.client.reply(self.kc.history(hist_access_type="tail", n=5, output=True))
        self.assertIn(mark, [entry[2][0] for entry in reply["content"]["history"]])
        before = self.client.reply(self.kc.history(hist_access_type="range", session=-1, start=1, stop=2))
        self.assertEqual([entry[2] for entry in before["content"]["history"]], [mark])
        self.assertEqual(os.stat(os.environ["NABLA_JUPYTER_HISTORY"]).st_mode & 0o777, 0o600)

    def test_heartbeat(self):
        wait_for(self.kc.is_alive, "no heartbeat")
        self.assertTrue(self.kc.hb_channel.is_beating())

    def test_terminate(self):
        process = psutil.Process(self.pid)
        os.kill(self.pid, signal.SIGTERM)
        wait_for(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, "SIGTERM was ignored")


class Start(unittest.TestCase):
    """The program, started by hand."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="nabla")
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def start(self, connection, **options):
        p = subprocess.Popen(
            [PROGRAM, "kernel", "run", "-f", connection], stderr=subprocess.PIPE, text=True, **options
        )
        self.addCleanup(p.stderr.close)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        return p

    def client(self, connection):
        wait_for(lambda: os.path.exists(connection), "no connection file")
        kc = BlockingKernelClient(connection_file=connection)
        kc.load_connection_file()
        kc.start_channels()
        self.addCleanup(kc.stop_channels)
        kc.wait_for_ready(timeout=PATIENCE)
        return kc

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        return self.path(name)

    def test_bad_connection_files(self):
        for text in ("", "{", "[]", '{"shell_port": "x"}', '{"shell_port": 99999}', '{"transport": "udp"}',
                     '{"key": "k", "signature_scheme": "rot13"}'):
            p = self.start(self.write("bad.json", text))
            self.assertEqual(p.wait(PATIENCE), 1, text)
            said = p.stderr.read()
            self.assertEqual(said.count("\n"), 1, said)
            self.assertIn("bad.json", said)

    def test_missing_connection_file_is_made(self):
        connection = self.path("new.json")
        self.start(connection)
        self.client(connection)
        self.assertEqual(os.stat(connection).st_mode & 0o777, 0o600)

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            p = self.start(self.write("taken.json", json.dumps({"ip": "127.0.0.1", "shell_port": port})))
            self.assertEqual(p.wait(PATIENCE), 1)
            said = p.stderr.read()
        self.assertIn("in use", said)
        self.assertIn(str(port), said)

    def test_ipc(self):
        km = KernelManager(kernel_name="nabla", transport="ipc", ip=self.path("k"))
        km.start_kernel()
        self.addCleanup(km.shutdown_kernel, now=True)
        kc = km.client()
        kc.start_channels()
        self.addCleanup(kc.stop_channels)
        kc.wait_for_ready(timeout=PATIENCE)
        outputs, _ = Client(kc).run("1+1")
        self.assertEqual(outputs[0]["content"]["data"]["text/plain"], "2")

    def test_loopback_only(self):
        connection = self.path("loop.json")
        p = self.start(connection)
        self.client(connection)
        hosts = {c.laddr.ip for c in psutil.Process(p.pid).connections("tcp") if c.status == psutil.CONN_LISTEN}
        self.assertEqual(hosts, {"127.0.0.1"})

    def test_killed_parent_ends_the_kernel(self):
        script = (
            "import sys, time\n"
            "from jupyter_client.manager import start_new_kernel\n"
            "km, kc = start_new_kernel(kernel_name='nabla')\n"
            "print(km.provisioner.process.pid, flush=True)\n"
            "time.sleep(600)\n"
        )
        parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        self.addCleanup(parent.stdout.close)
        kernel = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
        wait_for(lambda: not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE, "the kernel outlived its parent")


class Highlighting(KernelTest):
    def test_pygments_finds_no_error_in_the_examples(self):
        import glob

        from pygments.lexers import get_lexer_by_name
        from pygments.token import Error

        info = self.client.reply(self.kc.kernel_info())["content"]["language_info"]
        lexer = get_lexer_by_name(info["pygments_lexer"])
        here = os.path.dirname(os.path.abspath(__file__))
        examples = glob.glob(os.path.join(here, "..", "..", "notebooks", "*.nabla")) + glob.glob(os.path.join(here, "*.nabla"))
        self.assertTrue(examples)
        texts = [(path, Path(path).read_text()) for path in examples]
        root = Path(here).parents[1]
        for path in sorted((root / "docs").glob("*.md")) + sorted((root / "notebooks" / "source").glob("*.md")):
            texts += [(path, code) for code in re.findall(r"^```nabla[^\n]*\n(.*?)^```", path.read_text(), re.M | re.S)]
        self.assertGreater(len(texts), 100)
        for path, code in texts:
            bad = [text for kind, text in lexer.get_tokens(code) if kind in Error]
            self.assertEqual(bad, [], f"{path}: {code}")


class Conversion(KernelTest):
    def test_nbclient_runs_a_notebook(self):
        import nbformat
        from nbclient import NotebookClient

        cells = [nbformat.v4.new_code_cell(c) for c in ("1+1", SAMPLES["hello"], SAMPLES["latex"])]
        nb = nbformat.v4.new_notebook(cells=cells)
        NotebookClient(nb, kernel_name="nabla", timeout=PATIENCE).execute()
        self.assertEqual(nb.cells[0].outputs[0].data["text/plain"], "2")
        self.assertEqual(nb.cells[1].outputs[0].text, "hello, world\n")


if __name__ == "__main__":
    unittest.main()
