"""What the checks type, for the two programs that they can be run on.

NABLA_PROGRAM names the program; NABLA_LANGUAGE says which session it serves: "nabla" or "toy".
"""

import os
import subprocess

PROGRAM = os.environ["NABLA_PROGRAM"]
LANGUAGE = os.environ.get("NABLA_LANGUAGE", "nabla")

TOY = {
    "hello": "print hello, world",
    "stderr": "warn trouble",
    "completions": [{"text": "softm", "matches": {"softmax"}}, {"text": "soft", "matches": {"softmax", "softplus"}}],
    "complete": ["1+1", "f()"],
    "incomplete": ["f("],
    "invalid": [")"],
    "page": "help softmax",
    "error": "bad line",
    "results": [{"code": "1+1", "result": "2"}, {"code": "1+2", "result": "3"}, {"code": "20+22", "result": "42"}],
    "pattern": "20?22",
    "display": [{"code": "picture", "mime": "image/svg+xml"}, {"code": "picture", "mime": "image/png"}],
    "inspect": "softmax",
    "clear": "clear",
    "silent": "1+1;",
    "slow": "print started\nsleep 60",
    "ask": "ask name?",
    "prompt": "name?",
    "asked": "answer: ",
    "two": "1+1\n2+2",
    "latex": "matrix",
    "lines": ("lines 2000", "line 0\n", "line 1999\n"),
    "flood": ("flood 16", 16 << 20),
    "progress": ("progress 20000", 20000, "20000 of 20000"),
}

NABLA = {
    "hello": 'print("hello, world")',
    "stderr": 'print("trouble", to="stderr")',
    "completions": [{"text": "softm", "matches": {"softmax"}}, {"text": "crosse", "matches": {"crossentropy"}}],
    "complete": ["1 + 1", "x : R[d]"],
    "incomplete": ["sum(", "1 +"],
    "invalid": ["1 + )"],
    "page": "?softmax",
    "error": "no_such_name_anywhere",
    "results": [{"code": "1+1", "result": "2"}, {"code": "1+2", "result": "3"}, {"code": "20+22", "result": "42"}],
    "pattern": "20?22",
    "display": [{"code": "W : R[h,d]\nshape(W)", "mime": "text/plain"}],
    "inspect": "softmax",
    "clear": "clear()",
    "silent": "1+1;",
    "slow": 'print("started")\nB := randn(3000, 3000, seed=1);\neval(sum(exp(B B B B B B B B B B B B)))',
    "ask": 'input("name? ")',
    "prompt": "name? ",
    "asked": "",
    "two": "1+1\n2+2",
    "latex": "v : R[e]\nv vᵀ",
    "lines": ("\n".join(f'print("line {i}")' for i in range(2000)), "line 0\n", "line 1999\n"),
    "flood": ("\n".join(['print("' + "x" * ((1 << 20) - 1) + '")'] * 16), 16 << 20),
    "progress": (
        "dim n = 100000;\nw : R[n];\nw := ones(n);\nF = sum(exp(w));\ntrain(F, [w], lr=1e-9, epochs=6000)", 6000, "6000 steps"),
}

GRAPH = "x : R[d]; W : R[h,d]; φ : R -> R; J = sum(φ(W x)); graph(J)"
if LANGUAGE == "nabla" and subprocess.run([PROGRAM, "-e", GRAPH], capture_output=True).returncode == 0:
    NABLA["display"].append({"code": GRAPH, "mime": "image/svg+xml"})

SAMPLES = {"toy": TOY, "nabla": NABLA}[LANGUAGE]
