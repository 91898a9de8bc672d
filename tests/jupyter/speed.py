#!/usr/bin/python3
"""speed.py PROGRAM LANGUAGE: how fast the kernel is, beside ipykernel in the same run when it is installed.

Every figure is the median of several runs; the goals are printed beside them, and nothing fails here.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import psutil
import zmq
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session

PROGRAM, LANGUAGE = sys.argv[1:3]
os.environ.update(NABLA_PROGRAM=PROGRAM, NABLA_LANGUAGE=LANGUAGE)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from samples import SAMPLES  # noqa: E402

PYTHON = {
    "slow": "print('started', flush=True)\nwhile True: pass",
    "flood": ("for _ in range(16 * 256): print(('x' * 63 + '\\n') * 64, end='')", 16 << 20),
}
PATIENCE = 60


class Wire:
    """A client of bare sockets: what it times is the kernel, not the library of the client."""

    def __init__(self, info):
        context = zmq.Context.instance()
        self.shell, self.iopub = context.socket(zmq.DEALER), context.socket(zmq.SUB)
        self.iopub.subscribe(b"")
        self.iopub.rcvhwm = 0
        for socket, port in ((self.shell, "shell_port"), (self.iopub, "iopub_port")):
            socket.rcvtimeo, socket.linger = PATIENCE * 1000, 0
            socket.connect(f"tcp://{info['ip']}:{info[port]}")
        self.session = Session(key=info["key"])
        time.sleep(0.2)  # until the subscription is known

    def close(self):
        self.shell.close()
        self.iopub.close()

    def send(self, code):
        """Send a cell; return the id by which answers name it, and when it was sent."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = self.session.msg("execute_request", content)
        frames = self.session.serialize(message)
        begin = time.perf_counter()
        self.shell.send_multipart(frames)
        return message["header"]["msg_id"].encode(), begin

    def until(self, msg_id, kind, text=b""):
        """Read until a message of this kind about that cell; return the size of the streams on the way."""
        size = 0
        while True:
            *_, header, parent, _, content = self.iopub.recv_multipart()
            if msg_id not in parent:
                continue
            if b'"stream"' in header:
                size += len(json.loads(content)["text"])
            if b'"%s"' % kind in header and text in content:
                return size


def execute(wire, code):
    """Seconds from a cell sent to idle, and from its echo to idle, and the size of its streams."""
    msg_id, begin = wire.send(code)
    wire.until(msg_id, b"execute_input")
    echo = time.perf_counter()
    size = wire.until(msg_id, b"status", b"idle")
    end = time.perf_counter()
    wire.shell.recv_multipart()
    return end - begin, end - echo, size


def execute_by_client(kc, code):
    """The same as jupyter_client sees it, which takes half a millisecond for each message."""
    begin = time.perf_counter()
    msg_id = kc.execute(code)
    while True:
        m = kc.get_iopub_msg(timeout=PATIENCE)
        if m["parent_header"].get("msg_id") == msg_id and m["content"].get("execution_state") == "idle":
            kc.get_shell_msg(timeout=PATIENCE)
            return time.perf_counter() - begin


def interrupt(km, wire, code):
    msg_id, _ = wire.send(code)
    wire.until(msg_id, b"stream")
    time.sleep(0.1)  # into the computation
    begin = time.perf_counter()
    km.interrupt_kernel()
    wire.until(msg_id, b"status", b"idle")
    took = time.perf_counter() - begin
    wire.shell.recv_multipart()
    return took


def start(name):
    """A fresh kernel, and the seconds until it has answered kernel_info."""
    km = KernelManager(kernel_name=name)
    kc = km.client()
    begin = time.perf_counter()
    km.start_kernel()
    kc.load_connection_info(km.get_connection_info())
    kc.start_channels(hb=False)
    kc.kernel_info()
    kc.get_shell_msg(timeout=PATIENCE)
    took = time.perf_counter() - begin
    kc.wait_for_ready(timeout=PATIENCE)
    return km, kc, took


def stop(km, kc):
    kc.stop_channels()
    km.shutdown_kernel(now=True)


def measure(name, samples):
    figures = {}
    starts = []
    for _ in range(5):
        km, kc, took = start(name)
        starts.append(took)
        stop(km, kc)
    figures["first kernel_info"] = statistics.median(starts)
    km, kc, _ = start(name)
    time.sleep(0.2)
    figures["resident size"] = psutil.Process(km.provisioner.process.pid).memory_info().rss / 2**20
    execute_by_client(kc, "1+1")
    figures["by jupyter_client"] = statistics.median(execute_by_client(kc, "1+1") for _ in range(50))
    wire = Wire(km.get_connection_info(session=False))
    figures["1+1 to idle"] = statistics.median(execute(wire, "1+1")[0] for _ in range(50))
    figures["interrupt"] = statistics.median(interrupt(km, wire, samples["slow"]) for _ in range(9))
    code, want = samples["flood"]
    runs = [execute(wire, code) for _ in range(5)]
    assert all(size == want for *_, size in runs), [size for *_, size in runs]
    figures["16 MB of output"] = statistics.median(took for _, took, _ in runs)
    figures["and its cell"] = statistics.median(took for took, _, _ in runs)
    wire.close()
    stop(km, kc)
    return figures


GOALS = {  # name: goal, unit, units per second or megabyte
    "first kernel_info": (50, "ms", 1e3),
    "1+1 to idle": (3, "ms", 1e3),
    "by jupyter_client": (None, "ms", 1e3),
    "interrupt": (50, "ms", 1e3),
    "16 MB of output": (0.6, "s", 1),
    "and its cell": (None, "s", 1),  # ours has no loops: the cell carries the 16 MB, and is echoed
    "resident size": (30, "MB", 1),
}


def launch_time():
    """Seconds that the program itself takes, started and ended: what no kernel can be under."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([PROGRAM, "kernel", "--help"], stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def main():
    folder = tempfile.mkdtemp(prefix="nabla")
    os.environ.update(JUPYTER_DATA_DIR=folder, PYDEVD_DISABLE_FILE_VALIDATION="1")
    os.environ["NABLA_JUPYTER_HISTORY"] = os.path.join(folder, "cells.jsonl")
    try:
        subprocess.run([PROGRAM, "kernel", "install"], check=True, stdout=subprocess.DEVNULL)
        ours = measure("nabla", SAMPLES)
        try:
            theirs = measure("python3", PYTHON)
        except Exception as e:  # not installed
            print(f"ipykernel: {e!r}")
            theirs = {}
    finally:
        shutil.rmtree(folder)
    print(f"{'':20}{LANGUAGE:>12}{'ipykernel':>12}{'goal':>12}")
    for name, (goal, unit, scale) in GOALS.items():
        cells = [f"{f[name] * scale:.1f} {unit}" if name in f else "-" for f in (ours, theirs)]
        print(f"{name:20}{cells[0]:>12}{cells[1]:>12}{f'< {goal} {unit}' if goal else '':>12}")
    print(f"(the program alone starts and ends in {launch_time() * 1e3:.1f} ms)")


main()
