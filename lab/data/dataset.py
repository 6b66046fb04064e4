"""A dataset is examples with their right answers, split into those to learn from and those to be
tested on.

`Dataset` is the choice, a small description with its knobs; `Data` is what it loads: plain arrays.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine import Choice


@dataclass(frozen=True)
class Data:
    """Examples and their classes.

    `train_x`, `test_x`: float32 (examples, numbers of one example); `train_y`, `test_y`: int64
    classes (examples,), or for regression the float32 numbers to be met; `classes`: the name of
    each class; `shape`: of one example, (2,) for points, (28, 28) for pictures; `places`: where
    points lie on the plane, (train, test), where the examples are not simply that; `source`: where
    it comes from; `note`: a sentence when it is not what was asked for, else empty.
    """

    train_x: NDArray[np.float32]
    train_y: NDArray[Any]
    test_x: NDArray[np.float32]
    test_y: NDArray[Any]
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    source: str
    note: str = ""
    places: tuple[NDArray[Any], NDArray[Any]] | None = None

    @property
    def baseline(self) -> float:
        """The accuracy on the test examples of always answering the commonest class of the training
        examples.

        For regression 0: R² compares with always answering the mean.
        """
        if self.train_y.dtype.kind == "f":
            return 0.0
        commonest = int(np.bincount(self.train_y, minlength=len(self.classes)).argmax())
        return float(np.mean(self.test_y == commonest))


class Dataset(Choice):
    """What one can learn from, with its knobs.

    `regression`: whether the answer is a number; the two "classes" are then those below and above
    0.
    """

    regression: ClassVar[bool] = False
    exact: ClassVar[bool] = False  # whether all is as TensorFlow Playground does it, in float64

    @property
    def class_count(self) -> int:
        """How many classes there are."""
        return 10

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return (2,)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each class."""
        return tuple("0123456789"[: self.class_count])

    def load(self, seed: int) -> Data:
        """The examples; `seed` matters only where they are drawn by chance."""
        raise NotImplementedError  # abstract: every entry of DATASETS brings its own
