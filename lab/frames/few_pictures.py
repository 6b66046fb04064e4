"""The few test pictures that Digits shows all the while: always the same ones, some of each class,
with what the network takes each of them for.
"""

import math
import time
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from engine import as_numbers
from lab.runs.run import Run

COUNT = 20
EVERY = 0.1  # seconds between two looks at them

_shown: WeakKeyDictionary[Run, NDArray[np.intp]] = WeakKeyDictionary()
_answers: WeakKeyDictionary[Run, tuple[float, list[int]]] = WeakKeyDictionary()


def few_pictures(run: Run) -> NDArray[np.uint8]:
    """Return the pictures, (pictures, pixels), 0 for paper to 255 for ink."""
    pixels = as_numbers(run.data.test_x[_indices(run)])
    return np.rint(255 * pixels.clip(0, 1)).astype(np.uint8)


def describe_few(run: Run, *, at_work: bool) -> dict[str, Any]:
    """Return what they are, what the network takes them for, and how large they are.

    While the run is `at_work` the network is asked at most every EVERY seconds, else always: what
    is shown then stays.
    """
    indices = _indices(run)
    asked_at, taken_for = _answers.get(run, (-math.inf, []))
    if not at_work or time.monotonic() - asked_at > EVERY:
        outputs = run.network.outputs(run.data.test_x[indices])
        taken_for = run.network.decide(outputs).astype(int).tolist()
        if at_work:
            _answers[run] = time.monotonic(), taken_for
    return {
        "true": run.data.test_y[indices].astype(int).tolist(),
        "taken_for": taken_for,
        "shape": list(run.data.shape),
    }


def _indices(run: Run) -> NDArray[np.intp]:
    """Return which test pictures are shown: the first of each class, as many of one as another."""
    if run not in _shown:
        each = COUNT // len(run.data.classes)
        of_each = [np.flatnonzero(run.data.test_y == k) for k in range(len(run.data.classes))]
        _shown[run] = np.concatenate([few[:each] for few in of_each])
    return _shown[run]
