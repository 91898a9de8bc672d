"""One peer of the table: python3 peers.py numpy|torch THREADS. It reads commands and answers each by one line.

load NAME FILE.npz DTYPE
                    prepares a case with numbers of that type, such as float32; answers the sum and the sum of squares of
                    what it computes, or "lacks" and why
run SECONDS CLOCK   runs it for about so long; answers the median and the least seconds of a run by the clock: wall, or cpu
                    for the time that this process was at work
"""
import os
import sys
import time

which, threads = sys.argv[1], int(sys.argv[2])
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(threads)
try:
    import numpy as np

    if which == "torch":
        import torch

        torch.set_num_threads(threads)
except ImportError as e:
    print("absent", e, flush=True)
    sys.exit()


class NumPy:
    version = "NumPy " + np.__version__

    def array(self, a):
        return np.array(a)

    def mlp(self, x, y, W1, W2, λ):
        def run():
            z = W1 @ x
            a = np.maximum(z, 0)
            o = W2 @ a
            e = np.exp(o - o.max())
            do = e / e.sum() * y.sum() - y
            dz = (W2.T @ do) * (z > 0)
            return np.outer(dz, x) + λ * W1, np.outer(do, a) + λ * W2

        return run

    def mlpbatch(self, X, Y, W1, W2, λ):
        def run():
            Z = X @ W1.T
            A = np.maximum(Z, 0)
            O = A @ W2.T
            E = np.exp(O - O.max(axis=1, keepdims=True))
            dO = (E / E.sum(axis=1, keepdims=True) * Y.sum(axis=1, keepdims=True) - Y) / len(X)
            dZ = (dO @ W2) * (Z > 0)
            return dZ.T @ X + λ * W1, dO.T @ A + λ * W2

        return run

    def logistic(self, X, t, w):
        def run():
            s = 1 / (1 + np.exp(-(X @ w)))
            return ((X * (s * (1 - s))[:, None]).T @ X / len(X),)

        return run

    def factor(self, T, U, V):
        m, k = U.shape

        def run():
            H = np.zeros((m, k, m, k))
            i = np.arange(m)
            H[i, :, i, :] = 2 * V.T @ V
            return (H,)

        return run

    def mlphessian(self, X, Y, W1, W2):
        n, d = X.shape
        h, q = len(W1), len(W2)

        def run():
            A = np.tanh(X @ W1.T)
            O = A @ W2.T
            E = np.exp(O - O.max(axis=1, keepdims=True))
            P = E / E.sum(axis=1, keepdims=True)
            y = Y.sum(axis=1)
            dO = (P * y[:, None] - Y) / n
            S = 1 - A * A
            # J[n,q,(h,d)] = W2[q,h] S[n,h] X[n,d], then Jᵀ (diag(P) - P Pᵀ) J
            J = (W2[None, :, :, None] * S[:, None, :, None] * X[:, None, None, :]).reshape(n, q, h * d)
            Q = J * np.sqrt(P * y[:, None] / n)[:, :, None]
            u = np.einsum("nq,nqx->nx", P, J) * np.sqrt(y / n)[:, None]
            Q = Q.reshape(n * q, h * d)
            H = (Q.T @ Q - u.T @ u).reshape(h, d, h, d)
            C = (dO @ W2) * (-2 * A * S)
            D = np.einsum("nh,nd,ne->hde", C, X, X, optimize=True)
            i = np.arange(h)
            H[i, :, i, :] += D
            return (H,)

        return run

    def matmul(self, A, B):
        return lambda: (A @ B,)

    def exp(self, x):
        return lambda: (np.exp(x),)

    def tanh(self, x):
        return lambda: (np.tanh(x),)

    def log(self, x):
        return lambda: (np.log(x),)

    def sigmoid(self, x):
        return lambda: (1 / (1 + np.exp(-x)),)

    def softplus(self, x):
        return lambda: (np.logaddexp(x, 0),)


class Torch:
    version = "PyTorch " + torch.__version__ if which == "torch" else ""

    def array(self, a):
        return torch.tensor(a)

    def gradient(self, loss, *params):
        for p in params:
            p.requires_grad_()

        def run():
            for p in params:
                p.grad = None
            loss().backward()
            return [p.grad for p in params]

        return run

    def entropy(self, O, Y):
        return -(Y * torch.log_softmax(O, -1)).sum(-1)

    def mlp(self, x, y, W1, W2, λ):
        def loss():
            o = W2 @ torch.relu(W1 @ x)
            return self.entropy(o, y) + λ / 2 * ((W1 * W1).sum() + (W2 * W2).sum())

        return self.gradient(loss, W1, W2)

    def mlpbatch(self, X, Y, W1, W2, λ):
        def loss():
            O = torch.relu(X @ W1.T) @ W2.T
            return self.entropy(O, Y).mean() + λ / 2 * ((W1 * W1).sum() + (W2 * W2).sum())

        return self.gradient(loss, W1, W2)

    def hessian(self, f, w):
        return lambda: (torch.autograd.functional.hessian(f, w, vectorize=True),)

    def logistic(self, X, t, w):
        def f(w):
            z = X @ w
            return (torch.nn.functional.softplus(z, threshold=40) - t * z).mean()

        return self.hessian(f, w)

    def factor(self, T, U, V):
        return self.hessian(lambda U: ((T - U @ V.T) ** 2).sum(), U)

    def mlphessian(self, X, Y, W1, W2):
        return self.hessian(lambda W1: self.entropy(torch.tanh(X @ W1.T) @ W2.T, Y).mean(), W1)

    def matmul(self, A, B):
        return lambda: (A @ B,)

    def exp(self, x):
        return lambda: (torch.exp(x),)

    def tanh(self, x):
        return lambda: (torch.tanh(x),)

    def log(self, x):
        return lambda: (torch.log(x),)

    def sigmoid(self, x):
        return lambda: (torch.sigmoid(x),)

    def softplus(self, x):
        return lambda: (torch.nn.functional.softplus(x, threshold=40),)

    def erf(self, x):
        return lambda: (torch.erf(x),)


peer = Torch() if which == "torch" else NumPy()
print("ready", peer.version, flush=True)
run = None
for line in sys.stdin:
    command, *args = line.split()
    if command == "load":
        if not hasattr(peer, args[0]):
            print("lacks", args[0], flush=True)
            continue
        arrays = {k: peer.array(v.astype(args[2])) for k, v in np.load(args[1]).items()}
        run = getattr(peer, args[0])(**arrays)
        results = [np.asarray(a) for a in run()]
        wrong = [str(a.dtype) for a in results if a.dtype != args[2]]
        if wrong:
            print("computes in", *wrong, flush=True)
            continue
        out = [a.astype("float64") for a in results]
        print(repr(float(sum(a.sum() for a in out))), repr(float(sum((a * a).sum() for a in out))), flush=True)
    else:
        clock = time.process_time if args[1] == "cpu" else time.perf_counter
        times, repeats, start = [], 1, time.perf_counter()
        while not times or time.perf_counter() - start < float(args[0]):
            began = clock()
            for _ in range(repeats):
                run()
            took = clock() - began
            if took < 200e-6 and not times:
                repeats *= 2
                continue
            times.append(took / repeats)
        print(float(np.median(times)), min(times), flush=True)
