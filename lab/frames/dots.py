"""The points of a dataset as a board gets them: places, classes, and which are for testing."""

import base64

import numpy as np

from lab.data.dataset import Data


def dots_of(data: Data) -> str:
    """Return rows of x, y, class, 0 for training or 1 for testing, and size, as base64 of float32.

    Numbers instead of classes show as below or above 0 by their class, and by their size how far.
    """
    rows = []
    train, test = data.places or (data.train_x, data.test_x)
    for x, y, part in ((train, data.train_y, 0), (test, data.test_y, 1)):
        numbers = y.dtype.kind == "f"
        side, size = (y > 0, np.abs(y)) if numbers else (y, np.ones(len(y)))
        rows.append(np.column_stack([x, side, np.full(len(y), part), size]))
    return base64.b64encode(np.vstack(rows).astype("<f4").tobytes()).decode()
