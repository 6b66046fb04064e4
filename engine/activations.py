"""An activation bends the sums of a layer, z, into its outputs, a: each by itself, or row by row.

Without one, layers upon layers are no more than a single layer; `backward` is the slope, times what
comes from above.
"""

import functools
import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from engine.arrays import Array
from engine.settings import Choice, setting


class Activation(Choice):
    """Curve and slope. `targets` are the outputs of such a unit that mean "no" and "yes"."""

    targets: ClassVar[tuple[float, float]] = (0.0, 1.0)
    steepest: ClassVar[float | None] = None  # the slope in the middle, where both sides flatten

    @abstractmethod
    def forward(self, z: Array, out: Array) -> Array:
        """a = f(z), written into `out`; all of one shape (examples, units)."""

    @abstractmethod
    def backward(self, da: Array, z: Array, a: Array) -> Array:
        """dz = da · f'(z), written over `da`; `z` and `a` are what `forward` saw and gave."""


@dataclass
class Linear(Activation):
    """No bend at all: what comes in goes out. A network of these alone can only draw straight
    lines.
    """

    def forward(self, z: Array, out: Array) -> Array:
        np.copyto(out, z)
        return out

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        return da


@dataclass
class ReLU(Activation):
    """Keeps what is positive and makes the rest zero. Simple, fast, and today's usual choice."""

    def forward(self, z: Array, out: Array) -> Array:
        return np.maximum(z, 0, out=out)

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        da *= a > 0
        return da


@dataclass
class LeakyReLU(Activation):
    """Like ReLU, but lets a little of the negative through, so that no unit goes silent for
    good.
    """

    negative_slope: float = setting(0.01, 0.0, 1.0, "How much of the negative gets through")

    def forward(self, z: Array, out: Array) -> Array:
        np.multiply(z, self.negative_slope, out=out)
        return np.maximum(z, out, out=out)

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        np.multiply(da, self.negative_slope, out=da, where=z <= 0)
        return da


@dataclass
class ELU(Activation):
    """Like ReLU, but the negative side sinks softly towards -α, which keeps the mean of the outputs
    near 0.

    α·(exp z - 1) where z < 0.  Clevert, Unterthiner and Hochreiter, 2016.
    """

    alpha: float = setting(1.0, 0.0, 10.0, "The depth to which the negative side sinks", label="α")

    def forward(self, z: Array, out: Array) -> Array:
        np.expm1(np.minimum(z, 0), out=out)
        out *= self.alpha
        np.copyto(out, z, where=z > 0)
        return out

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        # d/dz α·(exp z - 1) = α·exp z = a + α
        np.multiply(da, a + self.alpha, out=da, where=z <= 0)
        return da


@dataclass
class SELU(Activation):
    """An ELU whose two constants are just such that deep layers keep mean 0 and variance 1 by
    themselves.

    λ·z where z > 0, else λ·α·(exp z - 1).  Klambauer, Unterthiner, Mayr and Hochreiter, 2017. Wants
    LeCun weights.
    """

    alpha: ClassVar[float] = 1.6732632423543772
    scale: ClassVar[float] = 1.0507009873554805

    def forward(self, z: Array, out: Array) -> Array:
        np.expm1(np.minimum(z, 0), out=out)
        out *= self.alpha
        np.copyto(out, z, where=z > 0)
        out *= self.scale
        return out

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        da *= np.where(z > 0, self.scale, a + self.scale * self.alpha)
        return da


@dataclass
class GELU(Activation):
    """A ReLU with a smooth bend: weighs z by how likely a random number is to be smaller. Used in
    language models.

    z·(1 + tanh u)/2 with u = √(2/π)·(z + 0.044715·z³), the usual approximation.  Hendrycks and
    Gimpel, 2016.
    """

    cubic: ClassVar[float] = 0.044715

    def _tanh(self, z: Array) -> Array:
        t = z * z
        t *= self.cubic
        t += 1
        t *= z
        t *= math.sqrt(2 / math.pi)
        return np.tanh(t, out=t)

    def forward(self, z: Array, out: Array) -> Array:
        np.add(self._tanh(z), 1, out=out)
        out *= z
        out *= 0.5
        return out

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        t = self._tanh(z)
        # a = z(1+t)/2, hence a' = (1+t)/2 + z·t'/2,
        # with t' = (1-t²)·u' and u' = √(2/π)·(1 + 3·0.044715·z²)
        inner = (1 - t * t) * (math.sqrt(2 / math.pi) * (1 + 3 * self.cubic * (z * z)))
        da *= 0.5 * (1 + t + z * inner)
        return da


@dataclass
class Sigmoid(Activation):
    """Squeezes any number between 0 and 1, so that it can be read as a probability."""

    steepest = 1 / 4

    def forward(self, z: Array, out: Array) -> Array:
        # 1/(1+exp(-z)) = (1+tanh(z/2))/2, which cannot overflow
        np.multiply(z, 0.5, out=out)
        np.tanh(out, out=out)
        out += 1
        out *= 0.5
        return out

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        da *= a
        da *= 1 - a
        return da


@dataclass
class SiLU(Activation):
    """z times its own sigmoid: a smooth ReLU that dips a little below zero. Also called Swish.

    Ramachandran, Zoph and Le, "Searching for activation functions", 2017.
    """

    aliases = ("Swish",)

    def forward(self, z: Array, out: Array) -> Array:
        Sigmoid().forward(z, out)
        out *= z
        return out

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        s = Sigmoid().forward(z, np.empty_like(z))
        da *= s + a * (1 - s)  # (z·s)' = s + z·s·(1-s)
        return da


@dataclass
class Softplus(Activation):
    """ReLU without its corner: log(1 + exp z). Its slope is the sigmoid."""

    def forward(self, z: Array, out: Array) -> Array:
        return np.logaddexp(0, z, out=out)

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        da *= Sigmoid().forward(z, np.empty_like(z))
        return da


@dataclass
class HardSigmoid(Activation):
    """A sigmoid of three straight pieces: 0 below -3, 1 above 3, and a ramp in between. Quick, but
    flat outside.
    """

    steepest = 1 / 6

    def forward(self, z: Array, out: Array) -> Array:
        np.multiply(z, 1 / 6, out=out)
        out += 0.5
        return np.clip(out, 0, 1, out=out)

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        da *= (np.abs(z) < 3) * da.dtype.type(1 / 6)
        return da


@dataclass
class Tanh(Activation):
    """Squeezes any number between -1 and 1, with 0 staying 0. Bends smoothly: good for curved
    boundaries.
    """

    targets = (-1.0, 1.0)
    steepest = 1.0

    def forward(self, z: Array, out: Array) -> Array:
        return np.tanh(z, out)

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        t = a * a
        t *= da
        da -= t  # da · (1 - a²)
        return da


@dataclass
class Softsign(Activation):
    """Between -1 and 1 like Tanh, but flattens much more slowly: z / (1 + |z|)."""

    targets = (-1.0, 1.0)
    steepest = 1.0

    def forward(self, z: Array, out: Array) -> Array:
        np.abs(z, out=out)
        out += 1
        return np.divide(z, out, out=out)

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        da *= np.square(1 - np.abs(a))  # 1/(1+|z|) = 1 - |a|
        return da


@functools.cache
def _ones(k: int, dtype: np.dtype[Any]) -> Array:
    return np.ones((k, k), dtype)


@dataclass
class Softmax(Activation):
    """Turns a row of numbers into probabilities that sum to 1: the largest wins, by how much shows
    how sure it is.
    """

    def forward(self, z: Array, out: Array) -> Array:
        # exp(z - max) / sum: the same quotient without overflow, by columns, as memory holds them
        z, p = z.T, out.T
        np.subtract(z, np.maximum.reduce(z), p)
        np.exp(p, p)
        few = len(p) < 32
        p /= np.asarray(_ones(len(p), p.dtype), like=p).dot(p) if few else np.add.reduce(p)
        return out

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        # the Jacobian of a row is diag(a) - a aᵀ, hence dz = a · (da - Σ da·a)
        da -= (da * a).sum(axis=1, keepdims=True)
        da *= a
        return da


ACTIVATIONS: dict[str, type[Activation]] = {
    c.__name__: c
    for c in (
        Linear,
        ReLU,
        LeakyReLU,
        ELU,
        SELU,
        GELU,
        SiLU,
        Softplus,
        Sigmoid,
        HardSigmoid,
        Tanh,
        Softsign,
        Softmax,
    )
}
