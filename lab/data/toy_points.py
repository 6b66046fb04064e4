"""Toy datasets: points on a plane in a few classes, which no straight line can part (but for one).

Each lies within about ±1 on both axes; half of the points are kept for testing, unless one says
otherwise. The last two are for regression: there every point has a number instead of a class.
"""

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine import setting, text
from lab.data.dataset import Data, Dataset

Points = NDArray[np.floating]
Labels = NDArray[np.int64]

_NOISE = "How far points stray from their ideal place"
_POINTS = "How many points there are in all, for training and testing together"
SHARE = "The share of the points that is kept for testing and never trained on"
LOW, HIGH = -1.25, 1.25  # the part of the plane that is shown

Feature = Callable[[NDArray[Any], NDArray[Any], float], NDArray[Any]]
# of a point (x, y), and of how fast the waves are: TensorFlow Playground's seven
FEATURES: dict[str, Feature] = {
    "x": lambda x, y, k: x,
    "y": lambda x, y, k: y,
    "xSquared": lambda x, y, k: x * x,
    "ySquared": lambda x, y, k: y * y,
    "xTimesY": lambda x, y, k: x * y,
    "sinX": lambda x, y, k: np.sin(k * x),
    "sinY": lambda x, y, k: np.sin(k * y),
}
SHORT = {
    "x": "x₁",
    "y": "x₂",
    "xSquared": "x₁²",
    "ySquared": "x₂²",
    "xTimesY": "x₁x₂",
    "sinX": "sin x₁",
    "sinY": "sin x₂",
}
FEATURES_CAPTION = f"What the network is told of a point: some of {', '.join(FEATURES)}"


class PlanePoints(Dataset):
    """Points of a plane; `features` is what the network gets of each.

    The waves are sin(π x), of which one fits into the plane.
    """

    features: str
    on_plane = True
    low, high = LOW, HIGH
    waves: ClassVar[float] = math.pi

    def __post_init__(self) -> None:
        super().__post_init__()
        if bad := [name for name in self.chosen if name not in FEATURES]:
            raise ValueError(
                f"features of {type(self).__name__} must be some of {', '.join(FEATURES)}, "
                f"not {bad[0][:40]!r}"
            )
        if not self.chosen:
            raise ValueError(
                f"features of {type(self).__name__} must name at least one of {', '.join(FEATURES)}"
            )

    @property
    def chosen(self) -> list[str]:
        """The features that the network gets, in the order of the menu, each once."""
        names = list(
            dict.fromkeys(name.strip() for name in self.features.split(",") if name.strip())
        )
        return sorted(names, key=list(FEATURES).index) if set(names) <= set(FEATURES) else names

    @property
    def adoptable(self) -> bool:
        return not self.regression

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (len(self.chosen),)

    def inputs(self, points: NDArray[Any]) -> NDArray[Any]:
        """Return what the network gets of points on the plane (n, 2): (n, features)."""
        x, y = points[:, 0], points[:, 1]
        return np.column_stack([FEATURES[name](x, y, self.waves) for name in self.chosen])

    @property
    def class_count(self) -> int:
        """How many classes the points have."""
        return 2

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple("ABCDE"[: self.class_count])

    def split(self, points: Points, labels: NDArray[Any], train: Labels, test: Labels) -> Data:
        """Return the Data of points (n, 2) and labels (n,), with `train` and `test` the rows of
        each part.
        """
        x = self.inputs(points)
        return Data(
            x[train],
            labels[train],
            x[test],
            labels[test],
            self.class_names,
            self.input_shape,
            source=type(self).__name__,
            places=(points[train], points[test]),
        )


class ToyPoints(PlanePoints):
    """Draws its points anew for every seed."""

    points: int
    test_share: float

    @property
    def most_examples(self) -> int:
        return self.points

    @abstractmethod
    def draw(self, rng: np.random.Generator, labels: Labels) -> Points:
        """Return a point for each label: (points, 2)."""

    def value(self, points: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.floating]:
        """Return, for regression, the number from -1 to 1 at each point: (points,)."""
        raise ValueError(f"{type(self).__name__} has classes, not numbers")

    def load(self, seed: int) -> Data:
        """Return the points of this seed, shuffled and split; the same seed gives the same
        points.
        """
        rng = np.random.default_rng([seed, 0])
        labels: NDArray[Any] = np.arange(self.points) % self.class_count
        points = self.draw(rng, labels).astype(np.float32)
        if self.regression:
            labels = self.value(points, rng).astype(np.float32)
        order = rng.permutation(self.points)
        tests = min(max(round(self.points * self.test_share), 1), self.points - 1)
        return self.split(points, labels, order[tests:], order[:tests])


@dataclass
class Spiral(ToyPoints):
    """Arms that wind around each other. The classic that needs a hidden layer, and shows how
    boundaries bend.
    """

    classes: int = setting(3, 2, 5, "How many arms")
    turns: float = setting(0.75, 0.25, 2.0, "How far each arm winds around: 1 is once round")
    noise: float = setting(0.2, 0.0, 1.0, _NOISE)
    points: int = setting(600, 20, 5000, _POINTS)
    test_share: float = setting(0.5, 0.1, 0.9, SHARE, label="share for testing")
    features: str = text("x,y", FEATURES_CAPTION, some_of=SHORT)

    @property
    def class_count(self) -> int:
        return self.classes

    def draw(self, rng: np.random.Generator, labels: Labels) -> Points:
        # the root spreads points evenly over the disc
        radius = np.sqrt(rng.uniform(0.004, 1, len(labels)))
        angle = 2 * np.pi * (labels / self.classes + self.turns * radius)
        angle += rng.normal(0, self.noise, len(labels)) * np.pi / self.classes
        return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])


@dataclass
class Circles(ToyPoints):
    """A disc within a ring: no straight line parts them, but a small closed curve does."""

    noise: float = setting(0.08, 0.0, 1.0, _NOISE)
    points: int = setting(400, 20, 5000, _POINTS)
    test_share: float = setting(0.5, 0.1, 0.9, SHARE, label="share for testing")
    features: str = text("x,y", FEATURES_CAPTION, some_of=SHORT)

    def draw(self, rng: np.random.Generator, labels: Labels) -> Points:
        inner, outer = np.sqrt(rng.uniform(0, 0.25, len(labels))), rng.uniform(0.7, 1, len(labels))
        radius, angle = np.where(labels == 1, inner, outer), rng.uniform(0, 2 * np.pi, len(labels))
        ideal = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
        return ideal + rng.normal(0, self.noise, ideal.shape)


@dataclass
class XOR(ToyPoints):
    """Four squares, coloured like a chessboard. In 1969 it was proof that a single neuron is not
    enough.
    """

    noise: float = setting(0.05, 0.0, 1.0, _NOISE)
    points: int = setting(400, 20, 5000, _POINTS)
    test_share: float = setting(0.5, 0.1, 0.9, SHARE, label="share for testing")
    features: str = text("x,y", FEATURES_CAPTION, some_of=SHORT)

    def draw(self, rng: np.random.Generator, labels: Labels) -> Points:
        right, same = rng.integers(0, 2, len(labels)) * 2 - 1, 1 - 2 * labels
        ideal = rng.uniform(0.08, 1, (len(labels), 2)) * np.column_stack([right, right * same])
        return ideal + rng.normal(0, self.noise, ideal.shape)


@dataclass
class Gaussians(ToyPoints):
    """Two clouds. A straight line parts them as well as anything can: even a single neuron solves
    it.
    """

    noise: float = setting(0.2, 0.01, 1.0, "How wide the clouds are")
    points: int = setting(400, 20, 5000, _POINTS)
    test_share: float = setting(0.5, 0.1, 0.9, SHARE, label="share for testing")
    features: str = text("x,y", FEATURES_CAPTION, some_of=SHORT)

    def draw(self, rng: np.random.Generator, labels: Labels) -> Points:
        centres = np.where(labels == 1, 0.5, -0.5)[:, None] * np.ones(2)
        return centres + rng.normal(0, self.noise, centres.shape)


@dataclass
class Moons(ToyPoints):
    """Two half moons, each reaching into the other's hollow: one gentle S parts them."""

    noise: float = setting(0.1, 0.0, 1.0, _NOISE)
    points: int = setting(400, 20, 5000, _POINTS)
    test_share: float = setting(0.5, 0.1, 0.9, SHARE, label="share for testing")
    features: str = text("x,y", FEATURES_CAPTION, some_of=SHORT)

    def draw(self, rng: np.random.Generator, labels: Labels) -> Points:
        angle, up = rng.uniform(0, np.pi, len(labels)), 1 - 2 * labels
        ideal = np.column_stack(
            [np.cos(angle) * up + labels - 0.5, np.sin(angle) * up + 0.5 * labels - 0.25]
        )
        return 0.65 * (ideal + rng.normal(0, self.noise, ideal.shape))


class ToyNumbers(ToyPoints):
    """Points spread evenly over the square, each with a number from -1 to 1 that depends on its
    place.
    """

    regression = True
    noise: float

    @property
    def class_names(self) -> tuple[str, ...]:
        return "below 0", "above 0"

    def draw(self, rng: np.random.Generator, labels: Labels) -> Points:
        return rng.uniform(-1, 1, (len(labels), 2))

    @abstractmethod
    def surface(self, points: NDArray[np.float32]) -> NDArray[np.floating]:
        """Return the number at each point before noise is added: (points,)."""

    def value(self, points: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.floating]:
        return np.clip(self.surface(points) + rng.normal(0, self.noise, len(points)), -1, 1)


@dataclass
class Plane(ToyNumbers):
    """Regression: the number grows evenly from one corner to the other. A single neuron gets it
    right.
    """

    noise: float = setting(0.1, 0.0, 1.0, "How far numbers stray from their ideal")
    points: int = setting(400, 20, 5000, _POINTS)
    test_share: float = setting(0.5, 0.1, 0.9, SHARE, label="share for testing")
    features: str = text("x,y", FEATURES_CAPTION, some_of=SHORT)

    def surface(self, points: NDArray[np.float32]) -> NDArray[np.floating]:
        return points.sum(axis=1) / 2


BUMPS = ((-0.6, 0.6, 1), (0.1, 0.5, -1), (0.6, 0.1, 1), (-0.5, -0.3, -1), (0.4, -0.6, 1))


@dataclass
class Bumps(ToyNumbers):
    """Regression: hills and hollows, flat between them. Needs a hidden layer, which builds each
    bump out of bends.
    """

    noise: float = setting(0.05, 0.0, 1.0, "How far numbers stray from their ideal")
    points: int = setting(800, 20, 5000, _POINTS)
    test_share: float = setting(0.5, 0.1, 0.9, SHARE, label="share for testing")
    features: str = text("x,y", FEATURES_CAPTION, some_of=SHORT)

    def surface(self, points: NDArray[np.float32]) -> NDArray[np.floating]:
        height = np.zeros(len(points))
        for x, y, sign in BUMPS:
            height += sign * np.exp(-((points[:, 0] - x) ** 2 + (points[:, 1] - y) ** 2) / 0.06)
        return height
