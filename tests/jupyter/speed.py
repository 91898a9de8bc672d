#!/usr/bin/python3
"""speed.py PROGRAM LANGUAGE: how fast the kernel is, beside ipykernel in the same run when it is installed.

Every figure is the median of several runs; the goals are printed beside them, and nothing fails here.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import psutil
from jupyter_client.manager import KernelManager

PROGRAM, LANGUAGE = sys.argv[1:3]
os.environ.update(NABLA_PROGRAM=PROGRAM, NABLA_LANGUAGE=LANGUAGE)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from samples import SAMPLES  # noqa: E402

PYTHON = {
    "slow": "print('started', flush=True)\nimport time; time.sleep(60)",
    "flood": ("for _ in range(16 * 256): print(('x' * 63 + '\\n') * 64, end='')", 16 << 20),
}
PATIENCE = 60


def iopub_until(kc, msg_id, wanted):
    """Read iopub until wanted(message) about this request; return the size of the text on the way."""
    size = 0
    while True:
        m = kc.get_iopub_msg(timeout=PATIENCE)
        if m["parent_header"].get("msg_id") != msg_id:
            continue
        if m["msg_type"] == "stream":
            size += len(m["content"]["text"])
        if wanted(m):
            return size


def idle(m):
    return m["msg_type"] == "status" and m["content"]["execution_state"] == "idle"


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


def execute(kc, code):
    begin = time.perf_counter()
    size = iopub_until(kc, kc.execute(code), idle)
    return time.perf_counter() - begin, size


def interrupt(km, kc, code):
    msg_id = kc.execute(code)
    iopub_until(kc, msg_id, lambda m: m["msg_type"] == "stream")
    begin = time.perf_counter()
    km.interrupt_kernel()
    iopub_until(kc, msg_id, idle)
    return time.perf_counter() - begin


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
    execute(kc, "1+1")
    figures["1+1 to idle"] = statistics.median(execute(kc, "1+1")[0] for _ in range(50))
    figures["interrupt"] = statistics.median(interrupt(km, kc, samples["slow"]) for _ in range(5))
    code, size = samples["flood"]
    if len(code) < 1 << 16:  # a cell that carries its output would time the parser
        runs = [execute(kc, code) for _ in range(3)]
        assert all(got == size for _, got in runs), runs
        figures["16 MB of output"] = statistics.median(took for took, _ in runs)
    stop(km, kc)
    return figures


GOALS = {  # name: goal, unit, units per second or megabyte
    "first kernel_info": (50, "ms", 1e3),
    "1+1 to idle": (3, "ms", 1e3),
    "interrupt": (50, "ms", 1e3),
    "16 MB of output": (0.6, "s", 1),
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
            print(f"ipykernel: {e}")
            theirs = {}
    finally:
        shutil.rmtree(folder)
    print(f"{'':20}{LANGUAGE:>12}{'ipykernel':>12}{'goal':>12}")
    for name, (goal, unit, scale) in GOALS.items():
        cells = [f"{f[name] * scale:.1f} {unit}" if name in f else "-" for f in (ours, theirs)]
        print(f"{name:20}{cells[0]:>12}{cells[1]:>12}{f'< {goal} {unit}':>12}")
    print(f"(the program alone starts and ends in {launch_time() * 1e3:.1f} ms)")


main()
