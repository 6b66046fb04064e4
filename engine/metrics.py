"""A metric says in a number that people understand how good the answers are; unlike a loss it need not be smooth.

All but accuracy are read off the confusion matrix: rows are the true classes, columns the answers.
"""

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


def accuracy(true: NDArray[np.integer], answer: NDArray[np.integer]) -> float:
    """Share of right answers, 0 to 1; both (examples,)."""
    return float(np.mean(np.asarray(true) == np.asarray(answer)))


def confusion_matrix(true: NDArray[np.integer], answer: NDArray[np.integer], classes: int) -> Counts:
    """How often class i was answered with class j: (classes, classes)."""
    pairs = np.asarray(true, np.int64) * classes + np.asarray(answer, np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def _share(part: Counts, whole: Counts) -> Shares:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)  # 0 of 0 counts as 0, as in scikit-learn


def precision(confusion: Counts) -> Shares:
    """Of the answers "class k", the share that was right: (classes,)."""
    return _share(np.diag(confusion), confusion.sum(axis=0))


def recall(confusion: Counts) -> Shares:
    """Of the examples of class k, the share that was found: (classes,)."""
    return _share(np.diag(confusion), confusion.sum(axis=1))


def f1(confusion: Counts) -> Shares:
    """Harmonic mean of precision and recall of each class, 2·hits / (answers + examples): (classes,)."""
    return _share(2 * np.diag(confusion), confusion.sum(axis=0) + confusion.sum(axis=1))


def macro(per_class: Shares) -> float:
    """The plain mean over classes: a rare class counts as much as a common one."""
    return float(np.mean(per_class))
