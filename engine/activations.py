"""An activation bends the sums of a layer, z, into its outputs, a, number by number (Softmax: row by row).

Without one, layers upon layers are no more than a single layer; `backward` is the slope, times what comes from above.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.settings import Choice, setting

Array = NDArray[np.floating]


class Activation(Choice):
    """Curve and slope. `targets` are the outputs that mean "no" and "yes" when a unit of this kind has to answer."""

    targets: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def forward(self, z: Array, out: Array) -> Array:
        """a = f(z), written into `out`; all of one shape (examples, units)."""
        raise NotImplementedError  # abstract: every entry of ACTIVATIONS brings its own

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        """dz = da · f'(z), written over `da`; `z` and `a` are what `forward` saw and gave."""
        raise NotImplementedError  # abstract, as above


@dataclass
class Linear(Activation):
    """No bend at all: what comes in goes out. A network of these alone can only draw straight lines."""

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
    """Like ReLU, but lets a little of the negative through, so that no unit goes silent for good."""

    negative_slope: float = setting(0.01, 0.0, 1.0, "How much of the negative gets through")

    def forward(self, z: Array, out: Array) -> Array:
        np.multiply(z, self.negative_slope, out=out)
        return np.maximum(z, out, out=out)

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        np.multiply(da, self.negative_slope, out=da, where=z <= 0)
        return da


@dataclass
class Sigmoid(Activation):
    """Squeezes any number between 0 and 1, so that it can be read as a probability."""

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
class Tanh(Activation):
    """Squeezes any number between -1 and 1, with 0 staying 0. Bends smoothly: good for curved boundaries."""

    targets: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def forward(self, z: Array, out: Array) -> Array:
        return np.tanh(z, out=out)

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        da *= 1 - a * a
        return da


@dataclass
class Softmax(Activation):
    """Turns a row of numbers into probabilities that sum to 1: the largest wins, by how much shows how sure it is."""

    def forward(self, z: Array, out: Array) -> Array:
        # exp(z - max) / sum: the same quotient, but nothing overflows
        np.subtract(z, z.max(axis=1, keepdims=True), out=out)
        np.exp(out, out=out)
        out /= out.sum(axis=1, keepdims=True)
        return out

    def backward(self, da: Array, z: Array, a: Array) -> Array:
        # the Jacobian of a row is diag(a) - a aᵀ, hence dz = a · (da - Σ da·a)
        da -= (da * a).sum(axis=1, keepdims=True)
        da *= a
        return da


ACTIVATIONS: dict[str, type[Activation]] = {c.__name__: c for c in (Linear, ReLU, LeakyReLU, Sigmoid, Tanh, Softmax)}
