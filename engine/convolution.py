"""Convolution: small windows of weights slide over a picture and answer where they find a pattern.

The plain way, for one picture x (height, width) and one kernel w (k, k), is a sum at every place:

    z[i, j] = sum(x[i + u, j + v] * w[u, v] for u in range(k) for v in range(k)) + b

The quick way is the same sums as products of matrices. A batch lies in memory as (height, maps,
width, examples), the examples innermost, so that one copy for each column v of the kernel
(`unrolled[h, v, c, j, n] = x[h, c, j + v, n]`) makes the k rows of any window one contiguous block:
(k·k·maps in, width·examples). A row of outputs is then one product of the kernels (maps out,
k·k·maps in) with that block, without another copy. The usual `im2col` copies k·k times; this copies
k times, always whole rows.
"""

from dataclasses import dataclass

import numpy as np

from engine.activations import ACTIVATIONS, Activation, ReLU
from engine.arrays import Array, Rng, Shape
from engine.layer import Cache, Layer, Parameter
from engine.settings import choice, setting


def maps_of(shape: Shape) -> Shape:
    """(height, maps, width) of what a layer of this file reads: a grey picture is a single map."""
    if len(shape) == 2:
        return shape[0], 1, shape[1]
    if len(shape) == 3:
        return shape
    raise ValueError(
        "needs pictures, and what comes in are rows of numbers: "
        "put it in front of Flatten and Dense"
    )


def window_count(size: int, kernel: int, stride: int, padding: int = 0) -> int:
    """How many times a window fits along an edge; ValueError where it does not."""
    count = (size + 2 * padding - kernel) // stride + 1
    if count < 1:
        problem = f"what comes in has only {size + 2 * padding}"
        raise ValueError(f"has a window of {kernel} pixels, and {problem}")
    return count


@dataclass
class Conv2D(Layer):
    """Slides small windows over the picture: each looks for one pattern and maps where it finds it.

    LeCun and others, "Gradient-based learning applied to document recognition", 1998.
    """

    reads_pictures = True
    filters: int = setting(8, 1, 256, "How many patterns it looks for, each giving one map")
    kernel_size: int = setting(3, 1, 15, "Width and height of the window in pixels")
    stride: int = setting(1, 1, 8, "By how many pixels the window moves on")
    padding: int = setting(0, 0, 7, "How many rows of zeros are put around the picture")
    activation: Activation = choice(ACTIVATIONS, ReLU, "How the sums are bent into the outputs")

    def output_shape(self, shape: Shape) -> Shape:
        h, _, w = maps_of(shape)
        k, s, p = self.kernel_size, self.stride, self.padding
        return window_count(h, k, s, p), self.filters, window_count(w, k, s, p)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        k, c = self.kernel_size, maps_of(shape)[1]
        w = Parameter((k, k, c, self.filters), k * k * c, k * k * self.filters)  # (u, v, c, f)
        return {"W": w, "b": Parameter((self.filters,))}

    def cache(self, rows: int, training: bool) -> Cache:
        (h, c, w), (ho, f, wo) = maps_of(self.shape), self.output_shape(self.shape)
        k, p, out = self.kernel_size, self.padding, (ho, f, wo)
        cache = Cache(rows=rows, z=self.buffer(rows, out), a=self.buffer(rows, out))
        cache.unrolled = np.zeros((h + 2 * p, k, c, wo, rows), self.dtype, like=self.like)
        if p or len(self.shape) == 2:
            cache.x = np.zeros((h + 2 * p, c, w + 2 * p, rows), self.dtype, like=self.like)
        if training:
            cache.dW = np.empty((k * k * c, f), self.dtype, like=self.like)
        return cache

    def forward(self, x: Array, cache: Cache, rng: Rng | None = None) -> Array:
        """x (rows, h·c·w) → a (rows, h'·f·w'); one product for each row of the output."""
        (h, c, w), (ho, f, wo), n = maps_of(self.shape), self.output_shape(self.shape), cache.rows
        k, s, p = self.kernel_size, self.stride, self.padding
        maps = x.T.reshape(h, c, w, n)
        if p or len(self.shape) == 2:
            np.copyto(cache.x[p : p + h, :, p : p + w], maps)
            maps = cache.x  # (h+2p, c, w+2p, n)
        for v in range(k):  # every s-th column from v on: (h+2p, c, w', n)
            np.copyto(cache.unrolled[:, v], maps[:, :, v : v + s * (wo - 1) + 1 : s])
        rows = cache.unrolled.reshape(-1, wo * n)  # ((h+2p)·v·c, w'·n)
        kernels = np.ascontiguousarray(self.W.reshape(-1, f).T, like=x)  # (f, u·v·c)
        z = cache.z.T.reshape(ho, f, wo * n)
        for i in range(ho):  # (f, u·v·c) · (u·v·c, w'·n) → (f, w'·n)
            np.dot(kernels, rows[i * s * k * c : (i * s + k) * k * c], out=z[i])
        z += self.b[:, None]
        return self.activation.forward(cache.z, cache.a)

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """Each output row was a product of kernels and block, so each gives its share of dW.

        dW = Σ_i block_i dz_iᵀ. Row h of the unrolled input was in the block of every output row i
        with window row u = h - i·s, so its gradient is Σ_u W_uᵀ dz_i: again one product, of those
        kernel rows beside each other with those rows of dz one below the other. What column v of
        the kernel saw is then added back to where it was copied from.
        """
        (_, c, _), (ho, f, wo), n = maps_of(self.shape), self.output_shape(self.shape), cache.rows
        k, s = self.kernel_size, self.stride
        dz = self.activation.backward(da, cache.z, cache.a).T.reshape(ho, f, wo * n)
        np.sum(dz, axis=(0, 2), out=self.db)
        rows, dW = cache.unrolled.reshape(-1, wo * n), self.dW.reshape(-1, f)  # dW (u·v·c, f)
        dW[:] = 0
        for i in range(ho):  # (u·v·c, w'·n) · (w'·n, f) → (u·v·c, f)
            dW += np.dot(rows[i * s * k * c : (i * s + k) * k * c], dz[i].T, out=cache.dW)
        return da if first else self._backward_x(dz, cache)

    def _backward_x(self, dz: Array, cache: Cache) -> Array:
        """dz (h', f, w'·n) → dx (n, h·c·w); see `backward`."""
        (h, c, w), (ho, f, wo), n = maps_of(self.shape), self.output_shape(self.shape), cache.rows
        k, s, p = self.kernel_size, self.stride, self.padding
        if not hasattr(cache, "dunrolled"):
            cache.dunrolled = np.empty_like(cache.unrolled)  # (h+2p, v, c, w', n)
            cache.dx = np.empty((h + 2 * p, c, w + 2 * p, n), self.dtype, like=self.like)
        # window rows from last to first, as output rows come from first to last: (v·c, u, f)
        turned = np.ascontiguousarray(self.W.transpose(1, 2, 0, 3)[:, :, ::-1], like=dz).reshape(
            k * c, k, f
        )
        flat, du = dz.reshape(ho * f, wo * n), cache.dunrolled.reshape(h + 2 * p, k * c, wo * n)
        for row in range(h + 2 * p):
            low, high = max(0, -(-(row - k + 1) // s)), min(ho - 1, row // s)  # output rows it met
            if low > high:
                du[row] = 0
                continue
            u = slice(k - 1 - (row - low * s), k - (row - high * s), s)  # with these window rows
            # (v·c, m·f) · (m·f, w'·n) → (v·c, w'·n), m = high - low + 1
            np.dot(turned[:, u].reshape(k * c, -1), flat[low * f : (high + 1) * f], out=du[row])
        cache.dx[:] = 0
        for v in range(k):
            cache.dx[:, :, v : v + s * (wo - 1) + 1 : s] += cache.dunrolled[:, v]
        return cache.dx[p : p + h, :, p : p + w].reshape(-1, n).T


@dataclass
class MaxPool2D(Layer):
    """Keeps the largest of every few neighbouring pixels: a smaller map that still knows what was
    found, roughly where.

    Ranzato, Huang, Boureau and LeCun, 2007.
    """

    reads_pictures = True
    pool_size: int = setting(
        2, 1, 8, "Width and height of the window, and how far it moves on, in pixels"
    )

    def output_shape(self, shape: Shape) -> Shape:
        h, c, w = maps_of(shape)
        s = self.pool_size
        return window_count(h, s, s), c, window_count(w, s, s)

    def cache(self, rows: int, training: bool) -> Cache:
        h, c, w = maps_of(self.shape)
        cache = Cache(a=self.buffer(rows, self.output_shape(self.shape)))
        if training:
            # edges that fill no window stay 0
            cache.dx = np.zeros((h, c, w, rows), self.dtype, like=self.like)
        return cache

    def _windows(self, maps: Array) -> list[Array]:
        """The first, second ... pixel of all windows of maps (h, c, w, n): views (h', c, w', n)."""
        ho, _, wo = self.output_shape(self.shape)
        s = self.pool_size
        return [maps[u : s * ho : s, :, v : s * wo : s] for u in range(s) for v in range(s)]

    def forward(self, x: Array, cache: Cache, rng: Rng | None = None) -> Array:
        cache.x = x.T.reshape(*maps_of(self.shape), len(x))
        first, *others = self._windows(cache.x)
        a = cache.a.T.reshape(first.shape)
        np.copyto(a, first)
        for other in others:
            np.maximum(a, other, out=a)
        return cache.a

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """The gradient goes to the window's maximum (the first on ties)."""
        windows = self._windows(cache.x)
        shape = windows[0].shape
        da, a = da.T.reshape(shape), cache.a.T.reshape(shape)
        free = np.ones(shape, bool, like=a)  # windows whose maximum has not been met yet
        for x, dx in zip(windows, self._windows(cache.dx), strict=True):
            is_maximum = x == a
            is_maximum &= free
            free ^= is_maximum
            np.multiply(da, is_maximum, out=dx)
        return cache.dx.reshape(-1, shape[-1]).T


@dataclass
class AvgPool2D(MaxPool2D):
    """Keeps the mean of every few neighbouring pixels: a smaller, softer map."""

    def forward(self, x: Array, cache: Cache, rng: Rng | None = None) -> Array:
        first, *others = self._windows(x.T.reshape(*maps_of(self.shape), len(x)))
        a = cache.a.T.reshape(first.shape)
        np.copyto(a, first)
        for other in others:
            a += other
        a *= 1 / self.pool_size**2
        return cache.a

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """Every pixel of a window gets the same share of its gradient."""
        da *= 1 / self.pool_size**2
        windows = self._windows(cache.dx)
        for dx in windows:
            np.copyto(dx, da.T.reshape(dx.shape))
        return cache.dx.reshape(-1, len(da)).T
