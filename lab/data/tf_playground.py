"""TensorFlow Playground's experiments: the same points and the same first weights, and so the same
curve.

Its chance is ARC4, as seedrandom 2 seeds and reads it; its formulas for points and weights are
public. Smilkov and others, "Direct-manipulation visualization of deep networks", 2016.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine import (
    Network,
    option,
    setting,
    text,
)
from lab.data.dataset import Data
from lab.data.toy_points import FEATURES, ToyPoints

Point = tuple[float, float, float]

CLASSES, NUMBERS = ("circle", "xor", "gauss", "spiral"), ("reg-plane", "reg-gauss")
BUMPS = ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1))


class Chance:
    """ARC4 as a stream of numbers from 0 to 1, in seedrandom's way of seeding it and of filling 52
    bits.
    """

    def __init__(self, seed: str) -> None:
        key: list[int] = []
        smear = 0
        for place, letter in enumerate(seed):
            old = key[place % 256] if place >= 256 else 0
            smear ^= old * 19
            key[place % 256 : place % 256 + 1] = [(smear + ord(letter)) % 256]
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
        """A number from 0 to 1."""
        n, d, x = self._bytes(6), 256**6, 0
        while n < 2**52:
            n, d, x = (n + x) * 256, d * 256, self._bytes(1)
        while n >= 2**53:
            n, d, x = n // 2, d // 2, x >> 1
        return (n + x) / d

    def uniform(self, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        return self.random() * (high - low) + low

    def normal(self, mean: float, variance: float) -> float:
        """Marsaglia's polar method, of which only the first number is used."""
        while True:
            a, b = 2 * self.random() - 1, 2 * self.random() - 1
            s = a * a + b * b
            if s <= 1:
                return mean + math.sqrt(variance) * (math.sqrt(-2 * math.log(s) / s) * a)

    def shuffle(self, things: list[Any]) -> None:
        """Fisher and Yates, from the end."""
        for last in range(len(things) - 1, -1, -1):
            other = math.floor(self.random() * (last + 1))
            things[last], things[other] = things[other], things[last]


@dataclass
class TFPlayground(ToyPoints):
    """The points of TensorFlow Playground, drawn exactly as its page draws them, with the features
    that it offers.
    """

    exact = True
    low, high = -6.0, 6.0
    waves = 1.0
    data: str = option(
        "circle", CLASSES + NUMBERS, "Which of its six sets; the last two are for regression"
    )
    noise: float = setting(0.0, 0.0, 80.0, "How far points stray, in percent of their range")
    train_percent: float = setting(
        50.0, 1.0, 99.0, "How many of a hundred points it trains on", label="share to train on, %"
    )
    features: str = text(
        "x,y", f"What the network is told of a point, some of {', '.join(FEATURES)}"
    )
    chance: str = text("0", "All its chance comes from this: any text", label="seed of the points")

    @property
    def regression(self) -> bool:  # type: ignore[override]
        """Whether the points have numbers."""
        return self.data in NUMBERS

    @property
    def class_names(self) -> tuple[str, ...]:
        return ("below 0", "above 0") if self.regression else ("-1", "1")

    @property
    def total(self) -> int:
        """How many points there are."""
        return 1200 if self.regression else 500

    @property
    def trained_on(self) -> int:
        """How many of them are trained on."""
        return math.floor(self.total * self.train_percent / 100)

    def points_and_chance(self) -> tuple[list[Point], Chance]:
        """All points in the page's order, and its generator as it stands when the first weights are
        drawn.
        """
        chance = Chance(self.chance)
        points = DRAW[self.data](chance, self.total, self.noise / 100)
        chance.shuffle(points)
        return points, chance

    def load(self, seed: int) -> Data:
        """The same for every seed: its own is `chance`."""
        points, _ = self.points_and_chance()
        table = np.array(points)
        split = self.trained_on
        y = table[:, 2] if self.regression else (table[:, 2] > 0).astype(np.int64)
        places, x = table[:, :2], self.inputs(table[:, :2])
        return Data(
            x[:split],
            y[:split],
            x[split:],
            y[split:],
            self.class_names,
            self.input_shape,
            "TensorFlow Playground",
            places=(places[:split], places[split:]),
        )

    def first_weights(self, network: Network, zero: bool) -> None:
        """Writes the page's first weights over θ: unit by unit from -0.5 to 0.5, biases 0.1."""
        _, chance = self.points_and_chance()
        for number in range(1, len(network.layers) + 1):
            w, b = network.names[f"{number}.W"], network.names[f"{number}.b"]
            b[:] = 0.0 if zero else 0.1
            for unit in range(w.shape[1]):
                for source in range(w.shape[0]):
                    drawn = chance.random()
                    w[source, unit] = 0.0 if zero else drawn - 0.5


def _circle(chance: Chance, count: int, noise: float) -> list[Point]:
    points = []
    for low, high in ((0.0, 2.5), (3.5, 5.0)):
        for _ in range(count // 2):
            radius, angle = chance.uniform(low, high), chance.uniform(0, 2 * math.pi)
            x, y = radius * math.sin(angle), radius * math.cos(angle)
            dx, dy = chance.uniform(-5, 5) * noise, chance.uniform(-5, 5) * noise
            inside = math.sqrt((x + dx) * (x + dx) + (y + dy) * (y + dy)) < 2.5
            points.append((x, y, 1.0 if inside else -1.0))
    return points


def _xor(chance: Chance, count: int, noise: float) -> list[Point]:
    points = []
    for _ in range(count):
        x = chance.uniform(-5, 5)
        x += 0.3 if x > 0 else -0.3
        y = chance.uniform(-5, 5)
        y += 0.3 if y > 0 else -0.3
        dx, dy = chance.uniform(-5, 5) * noise, chance.uniform(-5, 5) * noise
        points.append((x, y, 1.0 if (x + dx) * (y + dy) >= 0 else -1.0))
    return points


def _gauss(chance: Chance, count: int, noise: float) -> list[Point]:
    variance = 0.5 * (1 - noise / 0.5) + 4 * (noise / 0.5)
    points = []
    for centre, label in ((2, 1.0), (-2, -1.0)):
        for _ in range(count // 2):
            x = chance.normal(centre, variance)
            points.append((x, chance.normal(centre, variance), label))
    return points


def _spiral(chance: Chance, count: int, noise: float) -> list[Point]:
    points, n = [], count / 2
    for turn, label in ((0.0, 1.0), (math.pi, -1.0)):
        for i in range(count // 2):
            radius, angle = i / n * 5, 1.75 * i / n * 2 * math.pi + turn
            x = radius * math.sin(angle) + chance.uniform(-1, 1) * noise
            points.append((x, radius * math.cos(angle) + chance.uniform(-1, 1) * noise, label))
    return points


def _numbers(
    height: Callable[[float, float], float],
) -> Callable[[Chance, int, float], list[Point]]:
    def draw(chance: Chance, count: int, noise: float) -> list[Point]:
        points = []
        for _ in range(count):
            x, y = chance.uniform(-6, 6), chance.uniform(-6, 6)
            dx, dy = chance.uniform(-6, 6) * noise, chance.uniform(-6, 6) * noise
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


DRAW: dict[str, Callable[[Chance, int, float], list[Point]]] = {
    "circle": _circle,
    "xor": _xor,
    "gauss": _gauss,
    "spiral": _spiral,
    "reg-plane": _numbers(_plane),
    "reg-gauss": _numbers(_bumps),
}
