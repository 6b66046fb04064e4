"""A dense layer is a matrix and a bend: every unit looks at every input.

z = x W + b,  a = f(z): the equations of nearly all of this field (Goodfellow, Bengio and Courville,
2016, chapter 6). Flatten and Dropout, which lie between dense layers, are here too.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.activations import ACTIVATIONS, Activation, ReLU
from engine.arrays import Array, Rng, Shape
from engine.layer import Cache, Layer, Parameter
from engine.settings import choice, setting


@dataclass
class Dense(Layer):
    """Every unit looks at every input: a weighted sum of all of them plus a bias, bent by the
    activation.
    """

    units: int = setting(16, 1, 4096, "How many neurons stand side by side in this layer")
    activation: Activation = choice(ACTIVATIONS, ReLU, "How the sums are bent into the outputs")

    def output_shape(self, shape: Shape) -> Shape:
        return (self.units,)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        inputs = math.prod(shape)
        w = Parameter((inputs, self.units), inputs, self.units)
        return {"W": w, "b": Parameter((self.units,))}

    def bind(
        self, shape: Shape, dtype: np.dtype[Any], views: dict[str, Array], like: Array | None = None
    ) -> None:
        super().bind(shape, dtype, views, like)
        # b lies right behind W in θ: one row more is [W; b], (inputs + 1, units)
        self.WbT = self.theta.reshape(-1, self.units).T
        self.dWb = self.dtheta.reshape(-1, self.units)

    def cache(self, rows: int, training: bool) -> Cache:
        # a, and ones for the next layer's bias
        a1 = np.ones((self.units + 1, rows), self.dtype, like=self.like)
        z, dx = self.buffer(rows, (self.units,)), self.buffer(rows, self.shape)
        ones = np.ones(rows, self.dtype, like=self.like)
        return Cache(x=dx, x1=None, z=z, zT=z.T, a1=a1, a=a1[:-1].T, dx=dx, dxT=dx.T, ones=ones)

    def forward(self, x: Array, cache: Cache, rng: Rng | None = None) -> Array:
        """x (rows, inputs) → a (rows, units):  z = x W + b,  a = f(z).

        Behind another dense layer, x has a column of ones beside it, and x W + b is a single
        product, [x 1]·[W; b].
        """
        if cache.x1 is None:
            cache.x = x
            self.W.T.dot(x.T, cache.zT)
            cache.z += self.b
        else:
            self.WbT.dot(cache.x1, cache.zT)
        return self.activation.forward(cache.z, cache.a)

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """da (rows, units) → dx (rows, inputs), by way of dz = da · f'(z); see `backward_z`."""
        return self.backward_z(self.activation.backward(da, cache.z, cache.a), cache, first)

    def backward_z(self, dz: Array, cache: Cache, first: bool = False) -> Array:
        """dz (rows, units) → dx (rows, inputs), filling dW and db.

        z_rk = Σ_i x_ri W_ik + b_k, so by the chain rule
        dW_ik = Σ_r x_ri dz_rk,   db_k = Σ_r dz_rk,   dx_ri = Σ_k dz_rk W_ik.
        A sum over rows is a product with a row of ones, and as such quicker than `dz.sum(axis=0)`.
        """
        if cache.x1 is None:
            cache.x.T.dot(dz, self.dW)
            cache.ones.dot(dz, self.db)
        else:
            cache.x1.dot(dz, self.dWb)
        if not first:
            self.W.dot(dz.T, cache.dxT)
        return cache.dx


@dataclass
class Flatten(Layer):
    """Lays the maps of a picture out as one long row of numbers, for a dense layer to read."""

    reads_pictures = True

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def cache(self, rows: int, training: bool) -> Cache:
        return Cache(a=self.buffer(rows, self.shape), dx=self.buffer(rows, self.shape))

    def forward(self, x: Array, cache: Cache, rng: Rng | None = None) -> Array:
        np.copyto(cache.a, x)
        return cache.a

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        np.copyto(cache.dx, da)
        return cache.dx


@dataclass
class Dropout(Layer):
    """Silences units by chance at every step of training, so that none can rely on another.
    Predicting uses them all.

    Those that stay are scaled by 1/(1-p), so that sums keep their size.  Srivastava and others,
    "Dropout", 2014.
    """

    p: float = setting(
        0.5, 0.0, 0.99, "The share of units that is silenced", label="share silenced p"
    )

    def cache(self, rows: int, training: bool) -> Cache:
        a = self.buffer(rows, self.shape)
        draw = np.empty((math.prod(self.shape), rows), self.dtype)  # chance is NumPy's everywhere
        return Cache(training=training, a=a, mask=np.empty_like(a), draw=draw)

    def forward(self, x: Array, cache: Cache, rng: Rng | None = None) -> Array:
        if not cache.training or not self.p:
            return x
        if rng is None:
            raise ValueError("a network with Dropout needs a source of chance to train: pass rng")
        rng.random(out=cache.draw, dtype=self.dtype)
        draw = np.asarray(cache.draw, like=x).T
        np.multiply(draw >= self.p, 1 / (1 - self.p), out=cache.mask)
        return np.multiply(x, cache.mask, out=cache.a)

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        if self.p:
            da *= cache.mask
        return da
