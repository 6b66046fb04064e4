"""A dense layer is a matrix and a bend: every unit looks at every input. With it, what lies between dense layers.

z = x W + b,  a = f(z): the equations of nearly all of this field (Goodfellow, Bengio and Courville, 2016, chapter 6).
"""

import math
from dataclasses import dataclass

import numpy as np

from engine.activations import ACTIVATIONS, Activation, Array, ReLU
from engine.layer import Cache, Layer, Parameter, Shape
from engine.settings import choice, setting


@dataclass
class Dense(Layer):
    """Every unit looks at every input: a weighted sum of all of them plus a bias, bent by the activation."""

    units: int = setting(16, 1, 4096, "How many neurons stand side by side in this layer")
    activation: Activation = choice(ACTIVATIONS, ReLU, "How the sums are bent into the outputs")

    def output_shape(self, shape: Shape) -> Shape:
        return (self.units,)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        inputs = math.prod(shape)
        return {"W": Parameter((inputs, self.units), inputs, self.units), "b": Parameter((self.units,))}

    def cache(self, rows: int, training: bool) -> Cache:
        z, a, dx = self.room(rows, (self.units,)), self.room(rows, (self.units,)), self.room(rows, self.shape)
        return Cache(x=dx, z=z, a=a, dx=dx, maps=len(self.shape) == 3, ones=np.ones(rows, self.dtype))

    def forward(self, x: Array, cache: Cache, rng: np.random.Generator | None = None) -> Array:
        """x (rows, inputs) → a (rows, units):  z = x W + b,  a = f(z)."""
        cache.x = x
        z = x.dot(self.W, out=cache.z)
        z += self.b
        return self.activation.forward(z, cache.a)

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """da (rows, units) → dx (rows, inputs), by way of dz = da · f'(z); see `backward_z`."""
        return self.backward_z(self.activation.backward(da, cache.z, cache.a), cache, first)

    def backward_z(self, dz: Array, cache: Cache, first: bool = False) -> Array:
        """dz (rows, units) → dx (rows, inputs), filling dW and db.

        z_rk = Σ_i x_ri W_ik + b_k, so by the chain rule
        dW_ik = Σ_r x_ri dz_rk,   db_k = Σ_r dz_rk,   dx_ri = Σ_k dz_rk W_ik.
        A sum over rows is a product with a row of ones, and as such quicker than `dz.sum(axis=0)`.
        """
        cache.x.T.dot(dz, out=self.dW)
        cache.ones.dot(dz, out=self.db)
        if first:
            return dz
        if cache.maps:  # these lie transposed, and so dxᵀ = W dzᵀ
            return self.W.dot(dz.T, out=cache.dx.T).T
        return dz.dot(self.W.T, out=cache.dx)


@dataclass
class Flatten(Layer):
    """Lays the maps of a picture out as one long row of numbers, for a dense layer to read."""

    reads_pictures = True

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def cache(self, rows: int, training: bool) -> Cache:
        return Cache(a=self.room(rows, (math.prod(self.shape),)), dx=self.room(rows, self.shape))

    def forward(self, x: Array, cache: Cache, rng: np.random.Generator | None = None) -> Array:
        np.copyto(cache.a, x)
        return cache.a

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        np.copyto(cache.dx, da)
        return cache.dx


@dataclass
class Dropout(Layer):
    """Silences units by chance at every step of training, so that none can rely on another. Predicting uses them all.

    Those that stay are scaled by 1/(1-p), so that sums keep their size.  Srivastava and others, "Dropout", 2014.
    """

    p: float = setting(0.5, 0.0, 0.99, "The share of units that is silenced", label="share silenced p")

    def cache(self, rows: int, training: bool) -> Cache:
        a = self.room(rows, self.shape)
        return Cache(training=training, a=a, mask=np.empty_like(a))

    def forward(self, x: Array, cache: Cache, rng: np.random.Generator | None = None) -> Array:
        if not cache.training or not self.p:
            return x
        if rng is None:
            raise ValueError("a network with Dropout needs a source of chance to train: pass rng")
        memory = cache.mask if cache.mask.flags.c_contiguous else cache.mask.T
        rng.random(out=memory, dtype=self.dtype)
        np.multiply(memory >= self.p, 1 / (1 - self.p), out=memory)
        return np.multiply(x, cache.mask, out=cache.a)

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        if self.p:
            da *= cache.mask
        return da
