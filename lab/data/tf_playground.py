"""TensorFlow Playground's experiments: the same points and first weights, and so the same curve.

Its random numbers are ARC4's, as seedrandom 2 seeds and reads it; its formulas for points and
weights are public. Smilkov and others, "Direct-manipulation visualization of deep networks", 2016.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine import (
    SGD,
    Dense,
    HalfSquaredError,
    Layer,
    Linear,
    Loss,
    Network,
    Tanh,
    Uniform,
    option,
    setting,
    text,
)
from lab.data.dataset import Data
from lab.data.toy_points import FEATURES, SHORT, PlanePoints

Point = tuple[float, float, float]

CLASSES, NUMBERS = ("circle", "xor", "gauss", "spiral"), ("reg-plane", "reg-gauss")
BUMPS = ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1))


class ARC4:
    """The ARC4 generator as a stream of numbers from 0 to 1, seeded and read as seedrandom does."""

    def __init__(self, seed: str) -> None:
        key: list[int] = []
        smear = 0
        for index, letter in enumerate(seed):
            old = key[index % 256] if index >= 256 else 0
            smear ^= old * 19
            key[index % 256 : index % 256 + 1] = [(smear + ord(letter)) % 256]
        key = key or [0]
        self.s, j = list(range(256)), 0
        for i in range(256):
            j = (j + key[i % len(key)] + self.s[i]) % 256
            self.s[i], self.s[j] = self.s[j], self.s[i]
        self.i = self.j = 0
        self._bytes(256)  # the first ones are known to be poor

    def _bytes(self, count: int) -> int:
        s, number = self.s, 0
        for _ in range(count):
            self.i = (self.i + 1) % 256
            self.j = (self.j + s[self.i]) % 256
            s[self.i], s[self.j] = s[self.j], s[self.i]
            number = number * 256 + s[(s[self.i] + s[self.j]) % 256]
        return number

    def random(self) -> float:
        """Return a number from 0 to 1 with at least 52 random bits."""
        n, d, x = self._bytes(6), 256**6, 0
        while n < 2**52:
            n, d, x = (n + x) * 256, d * 256, self._bytes(1)
        while n >= 2**53:
            n, d, x = n // 2, d // 2, x >> 1
        return (n + x) / d

    def uniform(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        return self.random() * (high - low) + low

    def normal(self, mean: float, variance: float) -> float:
        """Return a normal number by Marsaglia's polar method, whose second number is
        thrown away.
        """
        while True:
            a, b = 2 * self.random() - 1, 2 * self.random() - 1
            s = a * a + b * b
            if s <= 1:
                return mean + math.sqrt(variance) * (math.sqrt(-2 * math.log(s) / s) * a)

    def shuffle(self, items: list[Any]) -> None:
        """Shuffle `items` in place from the end, as Fisher and Yates do."""
        for last in range(len(items) - 1, -1, -1):
            other = math.floor(self.random() * (last + 1))
            items[last], items[other] = items[other], items[last]


@dataclass
class TFPlayground(PlanePoints):
    """The points of TensorFlow Playground, drawn exactly as its page draws them, with the features
    that it offers.
    """

    dtype = np.float64
    ordered = own_weights = True
    low, high = -6.0, 6.0
    waves = 1.0
    data: str = option(
        "circle",
        CLASSES + NUMBERS,
        "Which of its six sets; the last two are for regression",
        known_as="dataset",
    )
    noise: float = setting(0.0, 0.0, 80.0, "How far points stray, in percent of their range")
    train_percent: float = setting(
        50.0,
        1.0,
        99.0,
        "How many of a hundred points it trains on",
        label="share to train on, %",
        known_as="test_share",
    )
    features: str = text(
        "x,y",
        f"What the network is told of a point, some of {', '.join(FEATURES)}",
        some_of=SHORT,
    )
    chance: str = text("0", "All its chance comes from this: any text", label="seed of the points")

    @property
    # a dataset says so of its class, this one alone of what it is set to
    def regression(self) -> bool:  # type: ignore[override]
        """Whether the points have numbers instead of classes."""
        return self.data in NUMBERS

    @property
    def class_names(self) -> tuple[str, ...]:
        return ("below 0", "above 0") if self.regression else ("-1", "1")

    @property
    def total(self) -> int:
        """How many points are drawn in all."""
        return 1200 if self.regression else 500

    @property
    def trained_on(self) -> int:
        """How many of the points are for training."""
        return math.floor(self.total * self.train_percent / 100)

    @property
    def most_examples(self) -> int:
        return self.trained_on

    @property
    def adoptable(self) -> bool:
        return False  # its plane is another

    def check_training(self, layers: Sequence[Layer], batch_size: int) -> None:
        if not all(isinstance(layer, Dense) for layer in layers):
            raise ValueError(
                "TensorFlow Playground has dense layers only: choose Dense, or another dataset"
            )
        if batch_size > self.trained_on:
            raise ValueError(
                f"batch_size must be at most {self.trained_on}, not {batch_size}: TensorFlow "
                "Playground steps on whole batches alone, and there are no more training points"
            )

    def natural_loss(self) -> Loss:
        return HalfSquaredError()

    def recommend(self, loss: Loss) -> dict[str, Any]:
        """Return the settings with which its page opens."""
        return {
            "layers": (Dense(4, Tanh()), Dense(2, Tanh())),
            "output": Linear() if self.regression else Tanh(),
            "initializer": Uniform(0.5),
            "optimizer": SGD(0.03),
            "batch_size": min(10, self.trained_on),
            "epochs": 200,
        }

    def points_and_rng(self) -> tuple[list[Point], ARC4]:
        """Return all points in the page's order, and the generator from which the weights are drawn
        next.
        """
        rng = ARC4(self.chance)
        points = DRAW[self.data](rng, self.total, self.noise / 100)
        rng.shuffle(points)
        return points, rng

    def load(self, seed: int) -> Data:
        """Return the same points for every seed: the setting `chance` is the seed of these."""
        table = np.array(self.points_and_rng()[0])
        split = self.trained_on
        y = table[:, 2] if self.regression else (table[:, 2] > 0).astype(np.int64)
        points, x = table[:, :2], self.inputs(table[:, :2])
        return Data(
            x[:split],
            y[:split],
            x[split:],
            y[split:],
            self.class_names,
            self.input_shape,
            "TensorFlow Playground",
            places=(points[:split], points[split:]),
        )

    def redrawn(self) -> "TFPlayground":
        """Return the next draw: the seeds 0, 1, 2 ... after any text."""
        number = int(self.chance) + 1 if re.fullmatch("[0-9]{1,9}", self.chance) else 0
        return self.changed(chance=str(number))

    def first_weights(self, network: Network, zero: bool) -> None:
        """Write the page's first weights into θ: unit by unit from -0.5 to 0.5, biases 0.1."""
        _, rng = self.points_and_rng()
        for number in range(1, len(network.layers) + 1):
            w, b = network.names[f"{number}.W"], network.names[f"{number}.b"]
            b[:] = 0.0 if zero else 0.1
            for unit in range(w.shape[1]):
                for source in range(w.shape[0]):
                    drawn = rng.random()
                    w[source, unit] = 0.0 if zero else drawn - 0.5


def _circle(rng: ARC4, count: int, noise: float) -> list[Point]:
    points = []
    for low, high in ((0.0, 2.5), (3.5, 5.0)):
        for _ in range(count // 2):
            radius, angle = rng.uniform(low, high), rng.uniform(0, 2 * math.pi)
            x, y = radius * math.sin(angle), radius * math.cos(angle)
            dx, dy = rng.uniform(-5, 5) * noise, rng.uniform(-5, 5) * noise
            inside = math.sqrt((x + dx) * (x + dx) + (y + dy) * (y + dy)) < 2.5
            points.append((x, y, 1.0 if inside else -1.0))
    return points


def _xor(rng: ARC4, count: int, noise: float) -> list[Point]:
    points = []
    for _ in range(count):
        x = rng.uniform(-5, 5)
        x += 0.3 if x > 0 else -0.3
        y = rng.uniform(-5, 5)
        y += 0.3 if y > 0 else -0.3
        dx, dy = rng.uniform(-5, 5) * noise, rng.uniform(-5, 5) * noise
        points.append((x, y, 1.0 if (x + dx) * (y + dy) >= 0 else -1.0))
    return points


def _gauss(rng: ARC4, count: int, noise: float) -> list[Point]:
    variance = 0.5 * (1 - noise / 0.5) + 4 * (noise / 0.5)
    points = []
    for centre, label in ((2, 1.0), (-2, -1.0)):
        for _ in range(count // 2):
            x = rng.normal(centre, variance)
            points.append((x, rng.normal(centre, variance), label))
    return points


def _spiral(rng: ARC4, count: int, noise: float) -> list[Point]:
    points, n = [], count / 2
    for turn, label in ((0.0, 1.0), (math.pi, -1.0)):
        for i in range(count // 2):
            radius, angle = i / n * 5, 1.75 * i / n * 2 * math.pi + turn
            x = radius * math.sin(angle) + rng.uniform(-1, 1) * noise
            points.append((x, radius * math.cos(angle) + rng.uniform(-1, 1) * noise, label))
    return points


def _numbers(
    height: Callable[[float, float], float],
) -> Callable[[ARC4, int, float], list[Point]]:
    def draw(rng: ARC4, count: int, noise: float) -> list[Point]:
        points = []
        for _ in range(count):
            x, y = rng.uniform(-6, 6), rng.uniform(-6, 6)
            dx, dy = rng.uniform(-6, 6) * noise, rng.uniform(-6, 6) * noise
            points.append((x, y, height(x + dx, y + dy)))
        return points

    return draw


def _plane(x: float, y: float) -> float:
    t = (x + y + 10) / 20
    return -1 * (1 - t) + t


def _bumps(x: float, y: float) -> float:
    label = 0.0
    for cx, cy, sign in BUMPS:
        t = max(0.0, min(1.0, math.sqrt((x - cx) * (x - cx) + (y - cy) * (y - cy)) / 2))
        new = sign * (1 - t)
        if abs(new) > abs(label):
            label = new
    return label


DRAW: dict[str, Callable[[ARC4, int, float], list[Point]]] = {
    "circle": _circle,
    "xor": _xor,
    "gauss": _gauss,
    "spiral": _spiral,
    "reg-plane": _numbers(_plane),
    "reg-gauss": _numbers(_bumps),
}
