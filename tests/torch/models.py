"""Models as textbooks write them, compared with PyTorch.

Each has a value, the gradients by its variables and every second derivative by two of them; nabla's, through --json, are
compared with those of torch.autograd in double precision.

    go build -o /tmp/nabla-torch ./cmd/repl
    /usr/bin/python3 tests/torch/models.py /tmp/nabla-torch

It prints what differs or fails, and ends with status 1 if anything does.
"""
import itertools
import json
import subprocess
import sys

try:
    import torch
except ImportError:
    print("PyTorch is absent: nothing was compared")
    sys.exit(0)
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
torch.manual_seed(7)

SIZES = {"m": 5, "n": 3, "k": 2}
SHAPES = {"a": "", "b": "", "x": "n", "u": "n", "v": "n", "y": "m", "w": "k", "A": "mn", "B": "nn", "C": "nn", "E": "nk",
          "H": "km", "X": "mn", "Q": "mk", "K": "kn", "T": "nmk", "p": "n", "S": "nn"}
VALUES = {name: torch.randn([SIZES[d] for d in dims]) * 0.7 for name, dims in SHAPES.items()}
VALUES["p"] = torch.rand(3) + 0.5
VALUES["S"] = VALUES["B"] @ VALUES["B"].T + 2 * torch.eye(3)
VALUES["C"] = VALUES["C"] + 3 * torch.eye(3)
VALUES["a"], VALUES["b"] = torch.tensor(0.6), torch.tensor(1.3)

eye, inv, det, tr = torch.eye(3), torch.linalg.inv, torch.linalg.det, torch.trace
sig, sp, lse = torch.sigmoid, F.softplus, torch.logsumexp


def norm(z):
    return (z * z).sum().sqrt()


def lstm(B, x, u, v):
    i, f, g = sig(B @ x + u), sig(B.T @ x - u), torch.tanh(B @ u)
    return (sig(x) * torch.tanh(f * v + i * g)).sum()


# the model in nabla, its variables, and the model in PyTorch
MODELS = [
    ("‖A x - y‖² / (2 m) + a ‖x‖²", "x A a", lambda x, A, a: ((A @ x - VALUES["y"])**2).sum() / 10 + a * (x * x).sum()),
    ("sum(exp(A x) - y ⊙ (A x))", "x A", lambda x, A: (torch.exp(A @ x) - VALUES["y"] * (A @ x)).sum()),
    ("sum(softplus(A x) - y ⊙ (A x))", "x A", lambda x, A: (sp(A @ x) - VALUES["y"] * (A @ x)).sum()),
    ("logsumexp(A x) - yᵀ A x", "x A", lambda x, A: lse(A @ x, 0) - VALUES["y"] @ A @ x),
    ("sum(softmax(X K', k) ⊙ Q)", "X K", lambda X, K: (torch.softmax(X @ K.T, 1) * VALUES["Q"]).sum()),
    ("sum(softmax(X B X', 2) ⊙ (Q Q'))", "X B", lambda X, B: (torch.softmax(X @ B @ X.T, 1) * (VALUES["Q"] @ VALUES["Q"].T)).sum()),
    ("log(det(S)) + xᵀ inv(S) x", "x S", lambda x, S: det(S).log() + x @ inv(S) @ x),
    ("logdet(B B' + a eye(n))", "B a", lambda B, a: torch.logdet(B @ B.T + a * eye)),
    ("tr(inv(C) B)", "C B", lambda C, B: tr(inv(C) @ B)),
    ("tr(C^3) + det(C)", "C", lambda C: tr(C @ C @ C) + det(C)),
    ("tr(X' X B X' X)", "X B", lambda X, B: tr(X.T @ X @ B @ X.T @ X)),
    ("‖X - Q K‖² + a (‖Q‖² + ‖K‖²)", "Q K a", lambda Q, K, a: ((VALUES["X"] - Q @ K)**2).sum() + a * ((Q * Q).sum() + (K * K).sum())),
    ("xᵀ B x / (xᵀ x)", "x B", lambda x, B: x @ B @ x / (x @ x)),
    ("‖B x‖ / ‖x‖", "x B", lambda x, B: norm(B @ x) / norm(x)),
    ("xᵀ u / (‖x‖ ‖u‖)", "x u", lambda x, u: x @ u / (norm(x) * norm(u))),
    ("exp(-‖x - u‖² / (2 b^2))", "x u b", lambda x, u, b: torch.exp(-((x - u)**2).sum() / (2 * b * b))),
    ("sum(p ⊙ log(p ⊘ softmax(x)))", "p x", lambda p, x: (p * (p / torch.softmax(x, 0)).log()).sum()),
    ("wᵀ tanh(H relu(A x))", "A H x", lambda A, H, x: VALUES["w"] @ torch.tanh(H @ torch.relu(A @ x))),
    ("wᵀ tanh(H gelu(A x + y))", "A x y", lambda A, x, y: VALUES["w"] @ torch.tanh(VALUES["H"] @ F.gelu(A @ x + y))),
    ("sum((x - mean(x)).^2) / sqrt(var(x) + a)", "x a", lambda x, a: ((x - x.mean())**2).sum() / (x.var(unbiased=False) + a).sqrt()),
    ("uᵀ ((x - mean(x)) / sqrt(mean((x - mean(x)).^2) + a))", "x u", lambda x, u: u @ (x - x.mean()) / (((x - x.mean())**2).mean() + VALUES["a"]).sqrt()),
    ("sum(p ⊙ x / sqrt(mean(x.^2) + b))", "x p b", lambda x, p, b: (p * x / ((x * x).mean() + b).sqrt()).sum()),
    ("sum(sigmoid(x) ⊙ tanh(sigmoid(B' x - u) ⊙ v + sigmoid(B x + u) ⊙ tanh(B u)))", "B x u", lambda B, x, u: lstm(B, x, u, VALUES["v"])),
    ("vᵀ tanh(B tanh(B tanh(B x)))", "B x", lambda B, x: VALUES["v"] @ torch.tanh(B @ torch.tanh(B @ torch.tanh(B @ x)))),
    ("sum((1 - sigmoid(u)) ⊙ x + sigmoid(u) ⊙ tanh(B (x ⊙ sigmoid(u))))", "u x B", lambda u, x, B: ((1 - sig(u)) * x + sig(u) * torch.tanh(B @ (x * sig(u)))).sum()),
    ("sum[i,j,q] T[i,j,q] x[i] y[j] w[q]^2", "T x w", lambda T, x, w: torch.einsum("ijq,i,j,q->", T, x, VALUES["y"], w * w)),
    ("sum[i,j] B[i,j]^2 x[i] exp(x[j])", "B x", lambda B, x: torch.einsum("ij,i,j->", B * B, x, x.exp())),
    ("xᵀ diag(p) C diag(p) x", "x p C", lambda x, p, C: (p * x) @ C @ (p * x)),
    ("sum(kron(E, K) * a)", "E K", lambda E, K: torch.kron(E, K).sum() * VALUES["a"]),
    ("‖kron(E, K)‖² + tr(kron(B, C))", "E K B", lambda E, K, B: (torch.kron(E, K)**2).sum() + tr(B) * tr(VALUES["C"])),
    ("prod(p) + sum(cumsum(x).^2)", "p x", lambda p, x: p.prod() + (x.cumsum(0)**2).sum()),
    ("a^b + b^a * log(a + b)", "a b", lambda a, b: a**b + b**a * (a + b).log()),
    ("sum(abs(A x - y))", "A x", lambda A, x: (A @ x - VALUES["y"]).abs().sum()),
    ("max(A x) + sum(max(x, u))", "x A", lambda x, A: (A @ x).max() + torch.maximum(x, VALUES["u"]).sum()),
    ("norm1(x) norminf(u) + ‖x‖^3", "x u", lambda x, u: x.abs().sum() * u.abs().max() + norm(x)**3),
    ("sum(inv(eye(n) + x u' / 4))", "x u", lambda x, u: inv(eye + torch.outer(x, u) / 4).sum()),
    ("vᵀ inv(S + a eye(n)) inv(S + b eye(n)) x", "x a b", lambda x, a, b: VALUES["v"] @ inv(VALUES["S"] + a * eye) @ inv(VALUES["S"] + b * eye) @ x),
    ("sum(atan(B x) ⊙ erf(u))", "B x u", lambda B, x, u: (torch.atan(B @ x) * torch.erf(u)).sum()),
    ("log(1 + exp(-a uᵀ B x)) + a^2/2", "a x B", lambda a, x, B: torch.log1p(torch.exp(-a * (VALUES["u"] @ B @ x))) + a * a / 2),
    ("sum(X ⊙ (X B)) / sum(exp(X))", "X B", lambda X, B: (X * (X @ B)).sum() / X.exp().sum()),
    ("tr(diag(x) B diag(u) B')", "x u B", lambda x, u, B: tr(torch.diag(x) @ B @ torch.diag(u) @ B.T)),
    ("sum(logsoftmax(X, n) ⊙ X)", "X", lambda X: (torch.log_softmax(X, 1) * X).sum()),
]


def declarations():
    text = ["dim " + ", ".join(f"{d} = {n}" for d, n in SIZES.items())]
    for name, dims in SHAPES.items():
        text.append(f"{name} : R" + (f"[{','.join(dims)}]" if dims else ""))
        text.append(f"{name} := {json.dumps(VALUES[name].tolist())}")
    return "\n".join(text) + "\n"


def derivatives(f, names):
    """The value of f, and its derivatives to order two by name."""
    at = [VALUES[n].clone().requires_grad_() for n in names]
    y = f(*at)
    out = {"J": y.detach().reshape(-1)}
    first = torch.autograd.grad(y, at, create_graph=True, allow_unused=True)
    for n, x, g in zip(names, at, first):
        g = torch.zeros_like(x) if g is None else g
        out[f"grad(J, {n})"] = g.detach().reshape(-1)
        for n2, x2 in zip(names, at):
            rows = [torch.autograd.grad(e, x2, retain_graph=True, allow_unused=True)[0] if e.requires_grad else None for e in g.reshape(-1)]
            rows = [torch.zeros_like(x2) if r is None else r for r in rows]
            out[f"grad(grad(J, {n}), {n2})"] = torch.stack(rows).reshape(-1)
    return out


def main():
    binary, bad, count = sys.argv[1], 0, 0
    for text, names, f in MODELS:
        names = names.split()
        want = derivatives(f, names)
        script = declarations() + f"J = {text}\n" + "".join(f"eval({q})\n" for q in want)
        done = subprocess.run([binary, "--no-start", "--json", "-"], input=script, capture_output=True, text=True, timeout=120)
        replies = [json.loads(line) for line in done.stdout.splitlines()]
        wrong = [r["error"]["message"] for r in replies if r["error"]]
        for q, r in zip(want, replies[-len(want):]):
            got = torch.tensor(r["value"]["data"] if r["value"] else [], dtype=torch.float64)
            count += 1
            scale = 1 + want[q].abs().max().item()
            if got.shape != want[q].shape or not (got - want[q]).abs().max().item() <= 1e-9 * scale:
                wrong.append(f"{q} is {got.tolist()[:6]}, torch has {want[q].tolist()[:6]}")
        if wrong:
            bad += 1
            print(text, *wrong[:6], sep="\n    ")
    print(f"{count} values and derivatives of {len(MODELS)} models: {bad} models differ or fail")
    sys.exit(bad > 0)


main()
