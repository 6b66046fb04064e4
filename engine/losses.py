"""A loss says in one number how wrong the outputs are; its gradient, where each should move.

Losses see the output layer's sums z, its outputs a, and the targets y, all of shape (examples,
outputs), and average. One of your own is ten lines; in the menu (`LOSSES`) it is on every page and
the command line by itself:

    @dataclass
    class LogCosh(Loss):
        \"\"\"Like MSE for small mistakes and like MAE for large ones, without a corner.\"\"\"

        def value(self, z, a, y):
            return float(np.mean(np.log(np.cosh(a - y))))

        def gradient(self, z, a, y, out):
            return np.divide(np.tanh(a - y), y.size, out=out)
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.activations import Activation, Sigmoid, Softmax
from engine.arrays import Array
from engine.settings import Choice, setting


class Loss(Choice):
    """`partner` is the output activation that the loss needs: both then meet in one gradient, dz.

    A loss without a partner takes any output activation, and its gradient is with respect to a.
    `targets` are the outputs that mean "no" and "yes"; None leaves that to the output activation.
    """

    partner: ClassVar[type[Activation] | None] = None
    targets: ClassVar[tuple[float, float] | None] = None

    @abstractmethod
    def value(self, z: Array, a: Array, y: Array) -> float:
        """The mean loss of these examples."""

    @abstractmethod
    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        """d value / dz for a loss with a partner, d value / da otherwise, written into `out`."""


@dataclass
class MSE(Loss):
    """Mean squared error: how far off, squared, so that one big mistake weighs more than many small
    ones.
    """

    def value(self, z: Array, a: Array, y: Array) -> float:
        return float(np.mean(np.square(a - y), dtype=np.float64))

    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        np.subtract(a, y, out=out)
        out *= 2 / y.size
        return out


@dataclass
class HalfSquaredError(MSE):
    """Half the mean squared error, whose slope is then simply how far off it is; TensorFlow
    Playground's loss.
    """

    def value(self, z: Array, a: Array, y: Array) -> float:
        return super().value(z, a, y) / 2

    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        np.subtract(a, y, out=out)
        out *= 1 / y.size
        return out


@dataclass
class MAE(Loss):
    """Mean absolute error: how far off, plainly, so that a few wild examples do not rule the
    rest.
    """

    def value(self, z: Array, a: Array, y: Array) -> float:
        return float(np.mean(np.abs(a - y), dtype=np.float64))

    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        np.sign(a - y, out=out)
        out *= 1 / y.size
        return out


@dataclass
class Huber(Loss):
    """Squared for small mistakes, plain for large ones: smooth at the goal, and calm about wild
    examples.

    d²/2 where |d| ≤ δ, else δ·(|d| - δ/2).  Huber, "Robust estimation of a location parameter",
    1964.
    """

    delta: float = setting(1.0, 1e-6, 1e6, "Mistakes up to this size count squared", label="δ")

    def value(self, z: Array, a: Array, y: Array) -> float:
        d = np.abs(a - y)
        small = np.minimum(d, self.delta)
        return float(np.mean(small * (d - small / 2), dtype=np.float64))

    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        np.clip(a - y, -self.delta, self.delta, out=out)
        out *= 1 / y.size
        return out


@dataclass
class BinaryCrossEntropy(Loss):
    """For yes-or-no answers: how surprised a network that said "70 % yes" is by the truth. Needs
    Sigmoid outputs.
    """

    aliases = ("BCE", "LogLoss")
    partner = Sigmoid

    def value(self, z: Array, a: Array, y: Array) -> float:
        # -y·log a - (1-y)·log(1-a) with a = sigmoid(z), put so that neither logarithm sees 0
        losses = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
        return float(np.mean(losses, dtype=np.float64))

    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        np.subtract(a, y, out=out)
        out *= 1 / y.size
        return out


@dataclass
class CategoricalCrossEntropy(Loss):
    """For one class out of several: how surprised the network is by the right class. Needs Softmax
    outputs.

    Softmax and logarithm meet here, and what remains of the two derivatives is p - y (Bishop,
    "Pattern Recognition and Machine Learning", 4.3.4). Label smoothing: Szegedy and others,
    "Rethinking the Inception architecture", 2016.
    """

    aliases = ("CCE", "CrossEntropy")
    partner = Softmax
    label_smoothing: float = setting(
        0.0,
        0.0,
        1.0,
        "How much of every target is shared out among all classes, "
        "against being too sure of itself",
    )

    def _smooth(self, y: Array) -> Array:
        return y * (1 - self.label_smoothing) + self.label_smoothing / y.shape[1]

    def value(self, z: Array, a: Array, y: Array) -> float:
        # -Σ y·log softmax(z) = log Σ exp z - Σ y·z for targets that sum to 1; z - max bounds exp
        shifted = z - z.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(shifted).sum(axis=1))
        return float(np.mean(log_sum - (self._smooth(y) * shifted).sum(axis=1), dtype=np.float64))

    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        np.subtract(a, self._smooth(y) if self.label_smoothing else y, out)
        out *= 1 / len(y)
        return out


@dataclass
class Hinge(Loss):
    """Asks for the right side with a margin: an answer beyond 1 is good enough, anything less is
    pushed.

    max(0, 1 - y·a) with y = ±1, over every output (one class against the rest).  Cortes and Vapnik,
    1995.
    """

    targets = (-1.0, 1.0)

    def value(self, z: Array, a: Array, y: Array) -> float:
        return float(np.mean(np.maximum(0, 1 - y * a), dtype=np.float64))

    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        np.multiply(y * a < 1, y, out=out)
        out *= -1 / y.size
        return out


LOSSES: dict[str, type[Loss]] = {
    c.__name__: c
    for c in (MSE, HalfSquaredError, MAE, Huber, BinaryCrossEntropy, CategoricalCrossEntropy, Hinge)
}
