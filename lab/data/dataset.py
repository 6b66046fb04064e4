"""A dataset is examples with their right answers, some to learn from and some to be tested on.

`Dataset` is the choice, a small description with its knobs; `Data` is what it loads: plain arrays.
"""

import functools
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine import (
    MSE,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Choice,
    Layer,
    Loss,
    Network,
)
from engine.arrays import Array, Inputs

TEST, VALIDATION = "test", "validation"  # which examples a `Data` holds back
KEPT_APART = 2  # splits of the same examples that are remembered


def validation_rows(count: int, share: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which of `count` examples are learned from, and which are kept apart for validation.

    They are drawn by chance, but always the same ones, so that runs of any seed can be compared.
    """
    order = np.random.default_rng(count).permutation(count)
    kept = min(max(round(share * count), 1), count - 1)
    return np.sort(order[kept:]), np.sort(order[:kept])


@dataclass(frozen=True)
class Data:
    """Examples and their classes.

    `train_x`, `test_x`: (examples, numbers of one example), float32, or uint8 for the bytes of
    pictures, which `engine.as_numbers` reads as 0 to 1; `train_y`, `test_y`: int64
    classes (examples,), or for regression the float32 numbers to be met; `classes`: the name of
    each class; `shape`: of one example, (2,) for points, (28, 28) for pictures; `places`: where
    points lie on the plane, (train, test), where the examples are not simply that; `source`: where
    it comes from; `note`: a sentence when it is not what was asked for, else empty; `held`: what
    the examples are that are not learned from, TEST, or VALIDATION while the test set stays sealed.
    """

    train_x: Inputs
    train_y: NDArray[Any]
    test_x: Inputs
    test_y: NDArray[Any]
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    source: str
    note: str = ""
    places: tuple[NDArray[Any], NDArray[Any]] | None = None
    held: str = TEST

    def with_validation(self, share: float) -> "Data":
        """Return the data of a run that keeps that share of its training examples apart.

        They stand where the test examples stand otherwise, so that whoever measures, stops early or
        looks at mistakes sees them alone. With a share of 0 it is the data as they are.
        """
        if not share:
            return self
        if share not in self._splits:
            if len(self._splits) >= KEPT_APART:
                self._splits.clear()
            learned, kept = validation_rows(len(self.train_y), share)
            self._splits[share] = replace(
                self,
                train_x=self.train_x[learned],
                train_y=self.train_y[learned],
                test_x=self.train_x[kept],
                test_y=self.train_y[kept],
                held=VALIDATION,
            )
        return self._splits[share]

    @functools.cached_property
    def _splits(self) -> dict[float, "Data"]:
        return {}

    @property
    def baseline(self) -> float:
        """The test accuracy of always answering the commonest class of the training examples.

        For regression it is 0: R² compares with always answering the mean.
        """
        if self.train_y.dtype.kind == "f":
            return 0.0
        commonest = int(np.bincount(self.train_y, minlength=len(self.classes)).argmax())
        return float(np.mean(self.test_y == commonest))

    def targets(self, network: Network) -> tuple[Array, Array]:
        """The network's targets, read-only, for the training and the test examples.

        Networks whose outputs mean the same share them: of MNIST they take 3 MB.
        """
        units, dtype = network.output.units, network.theta.dtype
        key = (network.regression, units, network.no_and_yes, dtype)
        if key not in self._targets:
            both = network.targets(self.train_y), network.targets(self.test_y)
            for targets in both:
                targets.flags.writeable = False
            self._targets[key] = both
        return self._targets[key]

    @functools.cached_property
    def _targets(self) -> dict[object, tuple[Array, Array]]:
        return {}


class Dataset(Choice):
    """What one can learn from, with its knobs; it says itself what others need to know of it.

    `regression`: the answer is a number; the two "classes" are then those below and above 0.
    `on_plane`: examples are points of a plane, shown from `low` to `high`.
    `of_letters`: examples are letters in their order, as codes. All others are pictures.
    `name`: the downloaded set that it reads, as `sources` calls it; empty if it needs none.
    `dtype`: in which it is learned from.
    `ordered`: examples are never shuffled, and those that an epoch's batches leave over begin the
    next epoch.
    `editable`: its points are drawn by whoever uses it; `adoptable`: they can become one's own.
    `drawn_digits`: digits drawn by the computer are among its training pictures.
    `own_weights`: networks begin with first weights that it brings.
    """

    regression: ClassVar[bool] = False
    on_plane: ClassVar[bool] = False
    of_letters: ClassVar[bool] = False
    low: ClassVar[float] = 0.0
    high: ClassVar[float] = 1.0
    name: ClassVar[str] = ""
    dtype: ClassVar[type[np.floating[Any]]] = np.float32
    ordered: ClassVar[bool] = False
    editable: ClassVar[bool] = False
    drawn_digits: ClassVar[bool] = False
    own_weights: ClassVar[bool] = False

    @property
    def has_pictures(self) -> bool:
        """Whether its examples are pictures."""
        return not (self.on_plane or self.of_letters)

    @property
    def class_count(self) -> int:
        """How many classes there are."""
        return 10

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return (2,)

    @property
    def most_examples(self) -> int:
        """How many examples there are to train on, at most."""
        return 60_000

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each class."""
        return tuple("0123456789"[: self.class_count])

    @property
    def positive_digit(self) -> int | None:
        """The digit that is separated from all others, or None if the dataset has no such digit."""
        return None

    @property
    def adoptable(self) -> bool:
        """Whether its points can become points of one's own."""
        return False

    @property
    def chosen(self) -> list[str]:
        """The features of a point that the network gets."""
        raise TypeError(f"{type(self).__name__} has no points, which alone have features")

    @abstractmethod
    def load(self, seed: int) -> Data:
        """Return the examples; `seed` matters only where they are drawn at random."""

    def while_loading(self, seconds: float) -> str:
        """Return what to tell somebody who has waited so long for the examples, or ""."""
        return ""

    def inputs(self, points: NDArray[Any]) -> NDArray[Any]:
        """Return what the network gets of points on the plane (n, 2): (n, features)."""
        raise TypeError(f"{type(self).__name__} has no points of a plane")

    def class_of(self, label: str) -> str:
        """Return the class of this dataset that a label given by somebody belongs to."""
        return label

    def allows(self, classes: tuple[str, ...]) -> bool:
        """Return whether a network trained on this dataset can have these classes."""
        return classes == self.class_names

    def check_training(self, layers: Sequence[Layer], batch_size: int) -> None:
        """Raise ValueError if these layers or this batch size cannot be trained on the dataset."""

    def first_weights(self, network: Network, zero: bool) -> None:
        """Write the dataset's own first weights into θ, all of them 0 if `zero`."""
        raise TypeError(f"{type(self).__name__} brings no first weights of its own")

    def redrawn(self) -> "Dataset":
        """Return the next draw of a dataset that brings first weights, with points and weights."""
        raise TypeError(f"{type(self).__name__} is drawn from the seed of the experiment")

    def pictures_title(self, pictures: str) -> str:
        """Return in words what was learned, from the name of the pictures."""
        return pictures

    def selection_code(self) -> str:
        """Return lines of Python that select its examples from `data`, the whole downloaded set."""
        return ""

    def natural_loss(self) -> Loss:
        """Return the usual loss: squared distance, yes or no for two classes, or one class of
        several.
        """
        if self.regression:
            return MSE()
        return BinaryCrossEntropy() if self.class_count == 2 else CategoricalCrossEntropy()

    def recommend(self, loss: Loss) -> dict[str, Any]:
        """Return the settings of a good first experiment with this loss that differ from the
        defaults.
        """
        return {"epochs": 200}
