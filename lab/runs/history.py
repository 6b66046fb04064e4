"""The history of a run has a row for every epoch; its curve has points that a page can draw.

Both thin themselves: as they grow long, rows and points lie ever further apart.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from engine import Evaluation

CURVE_POINTS = 300  # at least so many are kept of a long curve, and at most twice as many
MOST_EPOCHS = 2000  # rows of a history that thins itself


class Epoch(NamedTuple):
    """A row of a run's history: losses and accuracies over all training and all test examples at
    the epoch's end.

    Of a run that keeps a validation set, "test" stands for that set, as in its `Data`. For
    regression accuracy is R² (engine/metrics.py), here and everywhere.
    """

    epoch: int
    seconds: float
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float


class Look(NamedTuple):
    """What was seen of a sealed test set of so many `examples` after so many steps, and how many
    `times` it had been looked at by then.

    Whoever chooses by a test set again and again fits to it: the first look is the honest one.
    """

    step: int
    loss: float
    accuracy: float
    examples: int
    times: int


class CurvePoint(NamedTuple):
    """A point of the curves that a page draws; `epoch` is a fraction within an epoch."""

    epoch: float
    train_loss: float
    test_loss: float
    train_accuracy: float
    test_accuracy: float

    @classmethod
    def of(cls, epoch: float, train: Evaluation, test: Evaluation) -> "CurvePoint":
        """Return the point of two evaluations."""
        return cls(epoch, train.loss, test.loss, train.accuracy, test.accuracy)


class History(list[Epoch]):
    """A row for every epoch or, as they become many, for every 2nd, 4th, 8th ... and the newest.

    `stride` is the distance of the epochs that get a row; with 0, all rows are kept.
    """

    def __init__(self, rows: Iterable[Epoch] = (), stride: int = 1) -> None:
        super().__init__(rows)
        self.stride = stride

    def wants(self, epoch: int) -> bool:
        """Return whether this epoch gets a row."""
        return not self.stride or epoch % self.stride == 0

    def add(self, row: Epoch) -> None:
        """Append a row; drop every second one where they have become too many."""
        self.append(row)
        if self.stride and len(self) > MOST_EPOCHS:
            self.stride *= 2
            self[:] = [old for old in self if old.epoch % self.stride == 0 or old is row]

    def shortened(self, most: int) -> list[Epoch]:
        """Return all rows or, if they are more than `most`, every 2nd, 4th, 8th ... and
        the last.
        """
        apart = 1 << max(0, math.ceil(math.log2(max(1, len(self)) / most)))
        return [row for n, row in enumerate(self, 1) if n % apart == 0 or row is self[-1]]


class Curve(list[CurvePoint]):
    """Points that lie ever further apart, and the `latest` one, which need not be among them.

    `calls` counts the points that were added; every `every`-th of them is kept.
    """

    latest: CurvePoint

    def __init__(
        self, points: Iterable[CurvePoint] = (), *, calls: int = 0, every: int = 1
    ) -> None:
        super().__init__(points)
        self.calls, self.every = calls, every

    def add(self, point: CurvePoint) -> None:
        """Make a point the latest, and keep it if it is its turn."""
        self.latest = point
        self.calls += 1
        if self.calls % self.every == 0:
            self.append(point)
        if len(self) > 2 * CURVE_POINTS:
            self[:] = [self[0], *self[2::2]]
            self.every *= 2
