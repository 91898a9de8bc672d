# A stand-in for the parts of JAX that exported programs use, over NumPy and SciPy: it has the names, signatures and the
# functional updates of JAX, and no others, so that a program that runs here calls nothing that JAX lacks. It computes on
# float64, as jax_enable_x64 does.
import sys, types
import numpy as np
import scipy.special as sp


class Array(np.ndarray):
    @property
    def at(self):
        return _At(self)


class _At:
    def __init__(self, x, where=None):
        self.x, self.where = x, where

    def __getitem__(self, where):
        return _At(self.x, where)

    def set(self, v):
        y = self.x.copy()
        y[self.where] = v
        return y

    def add(self, v):
        y = self.x.copy()
        np.add.at(y, self.where, v)
        return y


def _array(x):
    return np.asarray(x).view(Array)


def _wrap(f):
    def g(*args, **kw):
        y = f(*args, **kw)
        return tuple(map(_array, y)) if isinstance(y, tuple) and not hasattr(y, "_fields") else _array(y) if isinstance(y, (np.ndarray, np.generic)) else y
    return g


NAMES = """abs all any arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax array asarray broadcast_to ceil clip
concatenate cos cosh cumprod cumsum diag diagonal dot einsum exp expand_dims expm1 eye flip floor full inner kron log log10 log1p
log2 matmul max maximum mean min minimum moveaxis multiply ones ones_like outer pad power prod reciprocal repeat reshape round
sign sin sinh sqrt square stack sum swapaxes take take_along_axis tan tanh tensordot tile trace transpose tril triu vdot where
zeros zeros_like meshgrid indices var std cbrt heaviside amax amin delete mod logical_not isnan argsort sort""".split()

jax, jnp, nn, linalg, random = (types.ModuleType(n) for n in ("jax", "jax.numpy", "jax.nn", "jax.numpy.linalg", "jax.random"))
scipy, special, slinalg = (types.ModuleType(n) for n in ("jax.scipy", "jax.scipy.special", "jax.scipy.linalg"))
for n in NAMES:
    setattr(jnp, n, _wrap(getattr(np, n)))
jnp.pi, jnp.e, jnp.inf, jnp.nan, jnp.newaxis, jnp.float64, jnp.linalg = np.pi, np.e, np.inf, np.nan, None, np.float64, linalg
for n in "inv det solve pinv norm cholesky eigvalsh matrix_power".split():
    setattr(linalg, n, _wrap(getattr(np.linalg, n)))
linalg.slogdet, linalg.eigh, linalg.svd = np.linalg.slogdet, np.linalg.eigh, np.linalg.svd
for n in "gammaln gamma digamma polygamma erf erfc logsumexp expit".split():
    setattr(special, n, _wrap(getattr(sp, n)))
nn.sigmoid, nn.softmax, nn.log_softmax = _wrap(sp.expit), _wrap(lambda x, axis=-1: sp.softmax(x, axis)), _wrap(lambda x, axis=-1: sp.log_softmax(x, axis))
nn.softplus, nn.relu = _wrap(lambda x: np.logaddexp(x, 0)), _wrap(lambda x: np.maximum(x, 0))
nn.silu, nn.elu = _wrap(lambda x: x * sp.expit(x)), _wrap(lambda x, alpha=1.0: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))))
nn.leaky_relu = _wrap(lambda x, negative_slope=0.01: np.where(x >= 0, x, negative_slope * x))
nn.logsumexp = special.logsumexp


def _gelu(x, approximate=True):
    if approximate:
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + sp.erf(x / np.sqrt(2)))


nn.gelu = _wrap(_gelu)
nn.one_hot = _wrap(lambda t, n: np.eye(n)[np.asarray(t, dtype=int)])
jax.config = types.SimpleNamespace(update=lambda name, value: None)
jax.numpy, jax.nn, jax.scipy, jax.random, scipy.special, scipy.linalg = jnp, nn, scipy, random, special, slinalg
for m in (jax, jnp, nn, linalg, random, scipy, special, slinalg):
    sys.modules[m.__name__] = m
