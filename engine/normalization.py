"""Normalisation keeps the numbers between layers at mean 0 and variance 1, whatever the weights do.

Deep networks then learn faster and forgive a learning rate that is a little too large.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.activations import ACTIVATIONS, Activation, Linear
from engine.arrays import Array, Rng, Shape
from engine.layer import Cache, Layer, Parameter
from engine.settings import choice, setting


@dataclass
class BatchNorm(Layer):
    """Brings every unit to mean 0 and variance 1 over the batch, then lets it choose its own mean
    γ·x + β anew.

    x̂ = (x - mean)/√(var + ε),  a = f(γ·x̂ + β); behind a convolution over all places of a map.
    Predicting uses running means of both.  Ioffe and Szegedy, "Batch normalization", 2015. Put it
    behind a layer with Linear activation.
    """

    momentum: float = setting(
        0.1, 0.001, 1.0, "How quickly the running mean and variance follow the batches"
    )
    eps: float = setting(
        1e-5, 1e-12, 1.0, "A tiny number that prevents division by zero", label="ε"
    )
    activation: Activation = choice(
        ACTIVATIONS, Linear, "How the normalised numbers are bent into the outputs"
    )

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        n = shape[1] if len(shape) == 3 else math.prod(shape)
        mean, var = Parameter((n,), learned=False), Parameter((n,), value=1.0, learned=False)
        gamma, beta = Parameter((n,), value=1.0), Parameter((n,))
        return {"gamma": gamma, "beta": beta, "mean": mean, "var": var}

    def cache(self, rows: int, training: bool) -> Cache:
        z, a = self.buffer(rows, self.shape), self.buffer(rows, self.shape)
        return Cache(training=training, z=z, a=a, x_hat=self.buffer(rows, self.shape))

    def _maps(self, x: Array) -> tuple[Array, Shape, Any]:
        """A view of x, the axes that share a mean, and how the parameters lie on it."""
        if len(self.shape) == 3:
            return x.T.reshape(*self.shape, len(x)), (0, 2, 3), (slice(None), None, None)
        return x, (0,), slice(None)

    def forward(self, x: Array, cache: Cache, rng: Rng | None = None) -> Array:
        v, axes, at = self._maps(x)
        out, _, _ = self._maps(cache.x_hat)
        if cache.training:
            mean = v.mean(axis=axes)
            np.subtract(v, mean[at], out=out)
            var = np.square(out).mean(axis=axes)
            n = v.size // mean.size
            # the running variance is that of all examples, of which the batch is a sample: n/(n-1)
            for running, new in ((self.mean, mean), (self.var, var * (n / max(n - 1, 1)))):
                running += self.momentum * (new - running)
        else:
            mean, var = self.mean, self.var
            np.subtract(v, mean[at], out=out)
        cache.root = np.sqrt(var + self.eps)
        out /= cache.root[at]
        z, _, _ = self._maps(cache.z)
        np.multiply(out, self.gamma[at], out=z)
        z += self.beta[at]
        return self.activation.forward(cache.z, cache.a)

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """dβ = Σ dz,  dγ = Σ dz·x̂,  dx = γ/√(var + ε) · (dz - dβ/n - x̂·dγ/n).

        The sums are over the n numbers that share a mean; the last two terms are how x moves mean
        and variance.
        """
        dz, axes, at = self._maps(self.activation.backward(da, cache.z, cache.a))
        x_hat, _, _ = self._maps(cache.x_hat)
        np.sum(dz, axis=axes, out=self.dbeta)
        np.sum(dz * x_hat, axis=axes, out=self.dgamma)
        n = dz.size // self.dbeta.size
        dz -= (self.dbeta / n)[at]
        dz -= x_hat * (self.dgamma / n)[at]
        dz *= (self.gamma / cache.root)[at]
        return da


@dataclass
class LayerNorm(Layer):
    """Brings every example to mean 0 and variance 1 over its units; the batch plays no part,
    training or not.

    x̂ = (x - mean)/√(var + ε) along a row,  a = f(γ·x̂ + β).  Ba, Kiros and Hinton, "Layer
    normalization", 2016.
    """

    eps: float = setting(
        1e-5, 1e-12, 1.0, "A tiny number that prevents division by zero", label="ε"
    )
    activation: Activation = choice(
        ACTIVATIONS, Linear, "How the normalised numbers are bent into the outputs"
    )

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        n = math.prod(shape)
        return {"gamma": Parameter((n,), value=1.0), "beta": Parameter((n,))}

    def cache(self, rows: int, training: bool) -> Cache:
        z, a = self.buffer(rows, self.shape), self.buffer(rows, self.shape)
        return Cache(z=z, a=a, x_hat=self.buffer(rows, self.shape))

    def forward(self, x: Array, cache: Cache, rng: Rng | None = None) -> Array:
        x_hat = np.subtract(x, x.mean(axis=1, keepdims=True), out=cache.x_hat)
        cache.root = np.sqrt(np.square(x_hat).mean(axis=1, keepdims=True) + self.eps)
        x_hat /= cache.root
        np.multiply(x_hat, self.gamma, out=cache.z)
        cache.z += self.beta
        return self.activation.forward(cache.z, cache.a)

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """With dx̂ = γ·dz:  dx = (dx̂ - mean(dx̂) - x̂·mean(dx̂·x̂)) / √(var + ε), means along a
        row.
        """
        dz, x_hat = self.activation.backward(da, cache.z, cache.a), cache.x_hat
        np.sum(dz, axis=0, out=self.dbeta)
        np.sum(dz * x_hat, axis=0, out=self.dgamma)
        dz *= self.gamma
        along = (dz * x_hat).mean(axis=1, keepdims=True)
        dz -= dz.mean(axis=1, keepdims=True)
        dz -= x_hat * along
        dz /= cache.root
        return dz
