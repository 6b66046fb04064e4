"""A recurrent layer reads a picture like a page: row by row, with a memory of what came before.

The memory h is what it hands on; after the last row it is the layer's output. The same weights
serve every row.
"""

from dataclasses import dataclass

import numpy as np

from engine.activations import Sigmoid
from engine.arrays import Array, Rng, Shape
from engine.layer import Cache, Layer, Parameter
from engine.settings import setting


@dataclass
class GRU(Layer):
    """Reads row by row, and learns what of its memory to keep and what to replace at each one.

    With x the row and h the memory before it (Cho and others, 2014, in the form that PyTorch and
    cuDNN compute):

        r = σ(x W_r + b_r + h U_r)             which parts of the memory to look at
        u = σ(x W_u + b_u + h U_u)             how much of the memory to keep
        n = tanh(x W_n + b_n + r·(h U_n + c))  what to put in its place
        h ← (1 - u)·n + u·h

    W (inputs, 3·units), U (units, 3·units) and b hold r, u, n side by side.
    """

    reads_pictures = True
    units: int = setting(64, 1, 1024, "How many numbers its memory holds")

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) == 1:
            problem = "what comes in is a single row: put it first"
            raise ValueError(f"reads pictures row by row, and {problem}")
        return (self.units,)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        self.output_shape(shape)
        m, n = int(np.prod(shape[1:])), self.units
        return {
            "W": Parameter((m, 3 * n), m, n),
            "U": Parameter((n, 3 * n), n, n),
            "b": Parameter((3 * n,)),
            "c": Parameter((n,)),
        }

    def cache(self, rows: int, training: bool) -> Cache:
        t, m, n = self.shape[0], int(np.prod(self.shape[1:])), self.units

        def zeros(*shape: int) -> Array:
            return np.zeros(shape, self.dtype, like=self.like)

        cache = Cache(x=zeros(t, rows, m), h=zeros(t + 1, rows, n), new=zeros(t, rows, n))
        cache.xW, cache.hU = zeros(t, rows, 3 * n), zeros(t, rows, 3 * n)
        cache.gates = zeros(t, rows, 2 * n)
        if training:
            cache.dxW, cache.dhU = zeros(t, rows, 3 * n), zeros(t, rows, 3 * n)
            cache.dx = zeros(t, rows, m)
        return cache

    def forward(self, x: Array, cache: Cache, rng: Rng | None = None) -> Array:
        """x (rows, time·inputs) → the last memory (rows, units)."""
        (t, _, m), n = cache.x.shape, self.units
        np.copyto(cache.x, x.reshape(len(x), t, m).transpose(1, 0, 2))
        # what the rows say can be computed for all of them at once; what the memory says cannot
        np.dot(cache.x.reshape(-1, m), self.W, out=cache.xW.reshape(-1, 3 * n))
        cache.xW += self.b
        for i in range(t):
            h, new, gates = cache.h[i], cache.new[i], cache.gates[i]  # (rows, n), ..., (rows, 2n)
            xW, hU = cache.xW[i], cache.hU[i]  # (rows, 3n), for r, u, n side by side
            np.dot(h, self.U, out=hU)
            hU[:, 2 * n :] += self.c
            Sigmoid().forward(xW[:, : 2 * n] + hU[:, : 2 * n], gates)
            r, u = gates[:, :n], gates[:, n:]
            np.tanh(xW[:, 2 * n :] + r * hU[:, 2 * n :], out=new)
            np.subtract(h, new, out=cache.h[i + 1])
            cache.h[i + 1] *= u
            cache.h[i + 1] += new  # n + u·(h - n)
        return cache.h[t]

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """Back through time: from the last row to the first, dh gathers the gradient of all after.

        dn = dh·(1-u)·(1-n²),  du = dh·(h-n)·u(1-u),  dr = dn·(h U_n + c)·r(1-r);  h gets dh·u and
        what comes through U.
        """
        (t, _, m), n = cache.x.shape, self.units
        dh = da  # (rows, n)
        for i in range(t - 1, -1, -1):
            h, hU, new, dxW, dhU = cache.h[i], cache.hU[i], cache.new[i], cache.dxW[i], cache.dhU[i]
            r, u = cache.gates[i][:, :n], cache.gates[i][:, n:]
            dn = dh * (1 - u) * (1 - new * new)
            dxW[:, :n] = dn * hU[:, 2 * n :] * (r * (1 - r))
            dxW[:, n : 2 * n] = dh * (h - new) * (u * (1 - u))
            dxW[:, 2 * n :] = dn
            dhU[:, : 2 * n] = dxW[:, : 2 * n]
            dhU[:, 2 * n :] = dn * r
            dh = dh * u + np.dot(dhU, self.U.T)  # (rows, 3n) · (3n, n)
        dxW, dhU = cache.dxW.reshape(-1, 3 * n), cache.dhU.reshape(-1, 3 * n)  # (t·rows, 3n)
        np.dot(cache.x.reshape(-1, m).T, dxW, out=self.dW)
        np.dot(cache.h[:-1].reshape(-1, n).T, dhU, out=self.dU)
        np.sum(dxW, axis=0, out=self.db)
        np.sum(dhU[:, 2 * n :], axis=0, out=self.dc)
        if first:
            return da
        np.dot(dxW, self.W.T, out=cache.dx.reshape(-1, m))
        return cache.dx.transpose(1, 0, 2).reshape(len(da), -1)
