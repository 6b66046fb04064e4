"""A metric says how good the answers are in a number people understand; it need not be smooth.

Most are read off the confusion matrix: rows are the true classes, columns the answers.
"""

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Array, Floats, Labels

Counts = NDArray[np.int64]


def accuracy(true: Labels, answer: Labels) -> float:
    """Share of right answers, 0 to 1; both (examples,)."""
    return float(np.mean(np.asarray(true) == np.asarray(answer)))


def confusion_matrix(true: Labels, answer: Labels, classes: int) -> Counts:
    """How often class i was answered with class j: (classes, classes)."""
    pairs = np.asarray(true, np.int64) * classes + np.asarray(answer, np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def _share(part: Counts, whole: Counts) -> Floats:
    # 0 of 0 counts as 0, as in scikit-learn
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def precision(confusion: Counts) -> Floats:
    """Of the answers "class k", the share that was right: (classes,)."""
    return _share(np.diag(confusion), confusion.sum(axis=0))


def recall(confusion: Counts) -> Floats:
    """Of the examples of class k, the share that was found: (classes,)."""
    return _share(np.diag(confusion), confusion.sum(axis=1))


def f1(confusion: Counts) -> Floats:
    """Harmonic mean of precision and recall, 2·hits / (answers + examples): (classes,)."""
    return _share(2 * np.diag(confusion), confusion.sum(axis=0) + confusion.sum(axis=1))


def macro(per_class: Floats) -> float:
    """The plain mean over classes: a rare class counts as much as a common one."""
    return float(np.mean(per_class))


def weighted(per_class: Floats, confusion: Counts) -> float:
    """The mean over classes, each counting by its number of examples."""
    return float(np.average(per_class, weights=confusion.sum(axis=1)))


def top_k_accuracy(true: Labels, probabilities: Array, k: int) -> float:
    """Share of examples whose class is among the k likeliest; probabilities (examples, classes)."""
    true = np.asarray(true)[:, None]
    own = np.take_along_axis(probabilities, true, axis=1)
    better = (probabilities > own).sum(axis=1)
    # of equally likely classes the later ones come first, as in scikit-learn
    later = np.arange(probabilities.shape[1]) > true
    equal_later = ((probabilities == own) & later).sum(axis=1)
    return float(np.mean(better + equal_later < k))


def roc_auc(true: Labels, score: Array) -> float:
    """The chance that an example of class 1 scores higher than one of class 0; equal counts half.

    0.5 is guessing, 1 is perfect at some threshold. Mann and Whitney, 1947: from the ranks of the
    ones. NaN where either class is missing.
    """
    ones = np.asarray(true) == 1
    pairs = int(ones.sum()) * int((~ones).sum())
    if not pairs:
        return float("nan")
    _, position, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[
        position
    ]  # equal scores share the mean of their ranks
    n = int(ones.sum())
    return float((rank[ones].sum() - n * (n + 1) / 2) / pairs)


def r2(true: Array, answer: Array) -> float:
    """R², the share of the targets' variance that the answers explain: 1 is perfect, 0 the mean."""
    true, answer = np.positive(true, dtype=np.float64), np.positive(answer, dtype=np.float64)
    rest, whole = np.square(true - answer).sum(), np.square(true - true.mean()).sum()
    return float(1 - rest / whole) if whole else float(rest == 0)


def reliability(true: Labels, probabilities: Array, bins: int = 15) -> Floats:
    """How sure the answers are and how many of them are right, in bins of equal width: (bins, 3).

    Columns: mean probability of the answer, share of right answers, share of all examples; NaN,
    NaN, 0 for empty bins. What is reliable lies on the diagonal. Guo, Pleiss, Sun and Weinberger,
    "On calibration of modern neural networks", 2017, section 2.
    """
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == np.asarray(true)
    bin_of = np.minimum((sure * bins).astype(np.int64), bins - 1)
    count = np.bincount(bin_of, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(bin_of, values, bins) / count for values in (sure, right)]
    return np.column_stack([*means, count / max(1, len(sure))])


def expected_calibration_error(true: Labels, probabilities: Array, bins: int = 15) -> float:
    """How far confidence and accuracy lie apart: the mean over bins, weighted by their examples."""
    table = reliability(true, probabilities, bins)
    return float(np.nansum(table[:, 2] * np.abs(table[:, 0] - table[:, 1])))
