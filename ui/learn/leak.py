"""A leak: pictures that a network has learned from get into its test, and the score rises."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.data.dataset import Data
from lab.runs.model_file import Model

TESTS = 1000  # pictures of the test, leaked ones included


@dataclass(frozen=True)
class LeakedTest:
    """How many pictures of a test it gets right, of those that leaked and of the new ones.

    leaked, new: how many there are; leaked_right, new_right: how many of these it gets right
    honest: its share of right answers where nothing leaked
    """

    leaked: int
    leaked_right: int
    new: int
    new_right: int
    honest: float

    @property
    def score(self) -> float:
        """The share of right answers that the test shows."""
        return (self.leaked_right + self.new_right) / (self.leaked + self.new)


def leaky_test(model: Model, data: Data, learned: NDArray[np.intp], leaked: int) -> LeakedTest:
    """Return the test of which so many pictures are among those `learned`, rows of the training
    pictures.
    """
    rows, tests = learned[:leaked], min(TESTS, len(data.test_y))
    new = tests - len(rows)
    network = model.network
    fresh = network.decide(network.outputs(data.test_x[:tests])) == data.test_y[:tests]
    seen = network.decide(network.outputs(data.train_x[rows])) == data.train_y[rows]
    return LeakedTest(len(rows), int(seen.sum()), new, int(fresh[:new].sum()), float(fresh.mean()))
