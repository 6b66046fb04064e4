"""A loss says with one number how wrong the outputs are, and its gradient says in which direction each should move.

Losses see the output layer's sums z, its outputs a, and the targets y, all of shape (examples, outputs), and average.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.activations import Activation, Array, Sigmoid, Softmax
from engine.settings import Choice


class Loss(Choice):
    """`partner` is the output activation that the loss needs: the two then meet in one gradient, with respect to z.

    A loss without a partner takes any output activation, and its gradient is with respect to a.
    """

    partner: ClassVar[type[Activation] | None] = None

    def value(self, z: Array, a: Array, y: Array) -> float:
        """The mean loss of these examples."""
        raise NotImplementedError  # abstract: every entry of LOSSES brings its own

    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        """d value / dz for a loss with a partner, d value / da otherwise, written into `out`."""
        raise NotImplementedError  # abstract, as above


@dataclass
class MSE(Loss):
    """Mean squared error: how far off, squared, so that one big mistake weighs more than many small ones."""

    def value(self, z: Array, a: Array, y: Array) -> float:
        return float(np.mean(np.square(a - y), dtype=np.float64))

    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        np.subtract(a, y, out=out)
        out *= 2 / y.size
        return out


@dataclass
class BinaryCrossEntropy(Loss):
    """For yes-or-no answers: how surprised a network that said "70 % yes" is by the truth. Needs Sigmoid outputs."""

    aliases = ("BCE", "LogLoss")
    partner = Sigmoid

    def value(self, z: Array, a: Array, y: Array) -> float:
        # -y·log a - (1-y)·log(1-a) with a = sigmoid(z), put so that neither logarithm sees 0
        return float(np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))), dtype=np.float64))

    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        np.subtract(a, y, out=out)
        out *= 1 / y.size
        return out


@dataclass
class CategoricalCrossEntropy(Loss):
    """For one class out of several: how surprised the network is by the right class. Needs Softmax outputs.

    Softmax and logarithm meet here, and what remains of the two derivatives is p - y (Bishop, "Pattern Recognition and
    Machine Learning", 4.3.4).
    """

    aliases = ("CCE", "CrossEntropy")
    partner = Softmax

    def value(self, z: Array, a: Array, y: Array) -> float:
        # -Σ y·log softmax(z) = log Σ exp z - Σ y·z for targets that sum to 1; z - max keeps exp in range
        shifted = z - z.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(shifted).sum(axis=1))
        return float(np.mean(log_sum - (y * shifted).sum(axis=1), dtype=np.float64))

    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        np.subtract(a, y, out=out)
        out *= 1 / len(y)
        return out


LOSSES: dict[str, type[Loss]] = {c.__name__: c for c in (MSE, BinaryCrossEntropy, CategoricalCrossEntropy)}
