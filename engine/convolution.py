"""Convolution: small windows of weights that slide over a picture and answer wherever they find
what they look for.

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

from engine.activations import ACTIVATIONS, Activation, Array, ReLU
from engine.layer import Cache, Layer, Parameter, Shape
from engine.settings import choice, setting


def maps_of(shape: Shape) -> Shape:
    """(height, maps, width) of what a layer of this file reads: a grey picture is a single map."""
    if len(shape) == 2:
        return shape[0], 1, shape[1]
    if len(shape) == 3:
        return shape
    raise ValueError(
        "needs pictures, and what comes in are rows of numbers: put it in front of Flatten and Dense"
    )


def places(size: int, kernel: int, stride: int, padding: int = 0) -> int:
    """How many places a window finds along an edge; ValueError where there is none."""
    count = (size + 2 * padding - kernel) // stride + 1
    if count < 1:
        raise ValueError(
            f"has a window of {kernel} pixels, and what comes in has only {size + 2 * padding}"
        )
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
        return (
            places(h, self.kernel_size, self.stride, self.padding),
            self.filters,
            places(w, self.kernel_size, self.stride, self.padding),
        )

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        k, c = self.kernel_size, maps_of(shape)[1]
        # rows, columns, maps in, maps out: as in the docstring above, and the initializers' "units
        # last"
        return {
            "W": Parameter((k, k, c, self.filters), k * k * c, k * k * self.filters),
            "b": Parameter((self.filters,)),
        }

    def cache(self, rows: int, training: bool) -> Cache:
        (h, c, w), (ho, f, wo) = maps_of(self.shape), self.output_shape(self.shape)
        k, p = self.kernel_size, self.padding
        made = Cache(
            rows=rows,
            unrolled=np.zeros((h + 2 * p, k, c, wo, rows), self.dtype),
            z=self.room(rows, (ho, f, wo)),
            a=self.room(rows, (ho, f, wo)),
        )
        if p or len(self.shape) == 2:
            made.x = np.zeros((h + 2 * p, c, w + 2 * p, rows), self.dtype)
        if training:
            made.dW = np.empty((k * k * c, f), self.dtype)
        return made

    def _kernels(self) -> Array:
        """W (u, v, c, f) as (f, u·v·c): rows like those of a block."""
        return np.ascontiguousarray(self.W.reshape(-1, self.filters).T)

    def forward(self, x: Array, cache: Cache, rng: np.random.Generator | None = None) -> Array:
        """x (rows, h·c·w) → a (rows, h'·f·w'); one product for each row of the output."""
        (h, c, w), (ho, f, wo), n = maps_of(self.shape), self.output_shape(self.shape), cache.rows
        k, s, p = self.kernel_size, self.stride, self.padding
        maps = x.T.reshape(h, c, w, n)
        if p or len(self.shape) == 2:
            np.copyto(cache.x[p : p + h, :, p : p + w], maps)
            maps = cache.x
        for v in range(k):
            np.copyto(cache.unrolled[:, v], maps[:, :, v : v + s * (wo - 1) + 1 : s])
        blocks, z, kernels = (
            cache.unrolled.reshape(-1, wo * n),
            cache.z.T.reshape(ho, f, wo * n),
            self._kernels(),
        )
        for i in range(ho):
            np.dot(kernels, blocks[i * s * k * c : (i * s + k) * k * c], out=z[i])
        z += self.b[:, None]
        return self.activation.forward(cache.z, cache.a)

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """Each output row was a product of kernels and block, so each gives its share of dW = Σ_i
        block_i dz_iᵀ.

        Row h of the unrolled input was in the block of every output row i with window row u = h -
        i·s, so its gradient is Σ_u W_uᵀ dz_i: again one product, of those kernel rows beside each
        other with those rows of dz one below the other. What column v of the kernel saw is then
        added back to where it was copied from.
        """
        (h, c, w), (ho, f, wo), n = maps_of(self.shape), self.output_shape(self.shape), cache.rows
        k, s, p = self.kernel_size, self.stride, self.padding
        dz = self.activation.backward(da, cache.z, cache.a).T.reshape(ho, f, wo * n)
        np.sum(dz, axis=(0, 2), out=self.db)
        blocks, dW = cache.unrolled.reshape(-1, wo * n), self.dW.reshape(-1, f)
        dW[:] = 0
        for i in range(ho):
            dW += np.dot(blocks[i * s * k * c : (i * s + k) * k * c], dz[i].T, out=cache.dW)
        if first:
            return da

        if not hasattr(cache, "dunrolled"):
            cache.dunrolled = np.empty_like(cache.unrolled)
            cache.dx = np.empty((h + 2 * p, c, w + 2 * p, n), self.dtype)
        # window rows from last to first, as output rows come from first to last: (v·c, u, f)
        turned = np.ascontiguousarray(self.W.transpose(1, 2, 0, 3)[:, :, ::-1]).reshape(k * c, k, f)
        flat, du = dz.reshape(ho * f, wo * n), cache.dunrolled.reshape(h + 2 * p, k * c, wo * n)
        for row in range(h + 2 * p):
            low, high = (
                max(0, -(-(row - k + 1) // s)),
                min(ho - 1, row // s),
            )  # the output rows that saw this one
            if low > high:
                du[row] = 0
                continue
            some = turned[:, k - 1 - (row - low * s) : k - (row - high * s) : s].reshape(k * c, -1)
            np.dot(some, flat[low * f : (high + 1) * f], out=du[row])
        dx = cache.dx
        dx[:] = 0
        for v in range(k):
            dx[:, :, v : v + s * (wo - 1) + 1 : s] += cache.dunrolled[:, v]
        return dx[p : p + h, :, p : p + w].reshape(-1, n).T


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
        return (
            places(h, self.pool_size, self.pool_size),
            c,
            places(w, self.pool_size, self.pool_size),
        )

    def cache(self, rows: int, training: bool) -> Cache:
        h, c, w = maps_of(self.shape)
        made = Cache(a=self.room(rows, self.output_shape(self.shape)))
        if training:
            made.dx = np.zeros((h, c, w, rows), self.dtype)  # edges that fill no window stay 0
        return made

    def _windows(self, maps: Array) -> list[Array]:
        """The first, second ... pixel of all windows: pool_size² views of maps (h, c, w, n)."""
        ho, _, wo = self.output_shape(self.shape)
        s = self.pool_size
        return [maps[u : s * ho : s, :, v : s * wo : s] for u in range(s) for v in range(s)]

    def forward(self, x: Array, cache: Cache, rng: np.random.Generator | None = None) -> Array:
        cache.x = x.T.reshape(*maps_of(self.shape), len(x))
        first, *others = self._windows(cache.x)
        a = cache.a.T.reshape(first.shape)
        np.copyto(a, first)
        for other in others:
            np.maximum(a, other, out=a)
        return cache.a

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """The largest pixel of a window gets all the blame; of equals, the first."""
        windows = self._windows(cache.x)
        shape = windows[0].shape
        blame, a, free = da.T.reshape(shape), cache.a.T.reshape(shape), np.ones(shape, bool)
        for x, dx in zip(windows, self._windows(cache.dx), strict=True):
            won = x == a
            won &= free
            free ^= won
            np.multiply(blame, won, out=dx)
        return cache.dx.reshape(-1, len(da)).T


@dataclass
class AvgPool2D(MaxPool2D):
    """Keeps the mean of every few neighbouring pixels: a smaller, softer map."""

    def forward(self, x: Array, cache: Cache, rng: np.random.Generator | None = None) -> Array:
        first, *others = self._windows(x.T.reshape(*maps_of(self.shape), len(x)))
        a = cache.a.T.reshape(first.shape)
        np.copyto(a, first)
        for other in others:
            a += other
        a *= 1 / self.pool_size**2
        return cache.a

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """Every pixel of a window gets the same share of the blame."""
        da *= 1 / self.pool_size**2
        windows = self._windows(cache.dx)
        for dx in windows:
            np.copyto(dx, da.T.reshape(dx.shape))
        return cache.dx.reshape(-1, len(da)).T
