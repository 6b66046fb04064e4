"""An initializer draws the first weights. Too small and every layer whispers, too large and it
shouts.

Weights have the shape (inputs, units); biases always start at zero.
"""

import math
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from engine.arrays import Floats, Rng, Shape
from engine.settings import Choice, option, setting


class Initializer(Choice):
    """Draws the first weights of one layer."""

    @abstractmethod
    def draw(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> Floats:
        """Weights of `shape`; `fan_in` and `fan_out` count the connections into and out of one
        unit.
        """


@dataclass
class Zeros(Initializer):
    """All weights 0. Every unit of a layer then learns the very same thing: it fails, and it is
    worth seeing once.
    """

    def draw(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> Floats:
        return np.zeros(shape)


@dataclass
class Constant(Initializer):
    """All weights the same number: like Zeros, every unit of a layer learns the very same thing."""

    value: float = setting(0.1, -100.0, 100.0, "The number that every weight starts at")

    def draw(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> Floats:
        return np.full(shape, self.value)


@dataclass
class Uniform(Initializer):
    """Random weights of which each between two limits is as likely as any other, the same for every
    layer.
    """

    limit: float = setting(
        0.1, 0.0, 100.0, "Weights lie between minus this number and plus this number"
    )

    def draw(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> Floats:
        return rng.uniform(-self.limit, self.limit, shape)


@dataclass
class Normal(Initializer):
    """Random weights around 0 from the bell curve, of the same width for every layer, whatever its
    size.
    """

    std: float = setting(0.1, 0.0, 100.0, "Width of the bell curve", label="standard deviation")

    def draw(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> Floats:
        return rng.normal(0.0, self.std, shape)


def _spread(rng: Rng, shape: Shape, variance: float, distribution: str) -> Floats:
    if distribution == "normal":
        return rng.normal(0.0, math.sqrt(variance), shape)
    limit = math.sqrt(3 * variance)  # a uniform draw from ±limit has the variance limit²/3
    return rng.uniform(-limit, limit, shape)


@dataclass
class Xavier(Initializer):
    """Variance 2/(inputs + outputs): signals neither grow nor fade through Tanh and Sigmoid layers.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    2010.
    """

    aliases = ("Glorot",)
    distribution: str = option(
        "uniform", ("uniform", "normal"), "The shape of the draw: flat, or a bell curve"
    )

    def draw(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> Floats:
        return _spread(rng, shape, 2 / (fan_in + fan_out), self.distribution)


@dataclass
class He(Initializer):
    """Variance 2/inputs: makes up for the half that ReLU cuts away.

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.
    """

    aliases = ("Kaiming",)
    distribution: str = option(
        "normal", ("normal", "uniform"), "The shape of the draw: a bell curve, or flat"
    )

    def draw(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> Floats:
        return _spread(rng, shape, 2 / fan_in, self.distribution)


@dataclass
class LeCun(Initializer):
    """Variance 1/inputs: a sum of many inputs is as wide as one of them. What SELU asks for.

    LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998.
    """

    distribution: str = option(
        "normal", ("normal", "uniform"), "The shape of the draw: a bell curve, or flat"
    )

    def draw(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> Floats:
        return _spread(rng, shape, 1 / fan_in, self.distribution)


@dataclass
class Orthogonal(Initializer):
    """A random rotation: lengths stay as they are from layer to layer, however many there are.

    Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning", 2014.
    """

    gain: float = setting(1.0, 0.0, 100.0, "What the rotation is multiplied with")

    def draw(self, rng: Rng, shape: Shape, fan_in: int, fan_out: int) -> Floats:
        rows, columns = int(np.prod(shape[:-1])), shape[-1]
        q, r = np.linalg.qr(rng.normal(0.0, 1.0, (max(rows, columns), min(rows, columns))))
        q *= np.sign(np.diag(r))  # makes every rotation equally likely (Mezzadri, 2007)
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


INITIALIZERS: dict[str, type[Initializer]] = {
    c.__name__: c for c in (Zeros, Constant, Uniform, Normal, Xavier, He, LeCun, Orthogonal)
}
