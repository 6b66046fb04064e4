"""Points of one's own, drawn or brought along, and written as text so that they travel in a link.

The text has for each class its letter and then four characters a point, two for x and two for y,
in base 36: letters and digits alone, which no address has to escape.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import setting, text
from lab import limits
from lab.data.dataset import Data
from lab.data.toy_points import (
    FEATURES_CAPTION,
    HIGH,
    LOW,
    SHARE,
    SHORT,
    Labels,
    PlanePoints,
    Points,
)

LETTERS = "ABCDE"
MOST = 2_000  # as lab/limits.py says, which a file of its own does not have
MOST_IN_LINK = 400
_BASE, _LEVELS = 36, 36 * 36 - 1
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def to_text(points: NDArray[np.floating], labels: NDArray[np.integer]) -> str:
    """Return points (n, 2) and their classes 0 to 4 (n,) as text; points beyond the plane are
    clipped.
    """
    levels = np.rint((np.clip(points, LOW, HIGH) - LOW) / (HIGH - LOW) * _LEVELS).astype(int)
    blocks = []
    for number, letter in enumerate(LETTERS):
        values = levels[labels == number].ravel().tolist()
        if values:
            blocks.append(
                letter + "".join(_DIGITS[v // _BASE] + _DIGITS[v % _BASE] for v in values)
            )
    return "".join(blocks)


def from_text(encoded: str) -> tuple[Points, Labels]:
    """Return the points (n, 2) and classes (n,) that `to_text` wrote; ValueError for any other
    text.
    """
    if not re.fullmatch(r"(?:[A-E](?:[0-9a-z]{4})*)*", encoded):
        raise ValueError(
            "points must be written as the letter of a class and four signs a point, such as A0k3f"
        )
    points: list[list[float]] = []
    labels: list[int] = []
    for letter, block in re.findall(r"([A-E])([0-9a-z]*)", encoded):
        for start in range(0, len(block), 4):
            numbers = [int(block[start + i : start + i + 2], _BASE) for i in (0, 2)]
            points.append([LOW + number / _LEVELS * (HIGH - LOW) for number in numbers])
            labels.append(LETTERS.index(letter))
    return np.array(points, np.float64).reshape(-1, 2), np.array(labels, np.int64)


def add(encoded: str, points: NDArray[np.floating], number: int) -> str:
    """Return the text with more points (n, 2) of class `number`; ValueError beyond MOST points in
    all.
    """
    old, labels = from_text(encoded)
    if len(old) + len(points) > MOST:
        raise ValueError(f"there is room for {MOST:,} points of your own: erase some first")
    return to_text(np.vstack([old, points]), np.concatenate([labels, np.full(len(points), number)]))


def erase(encoded: str, centres: NDArray[np.floating], reach: float) -> str:
    """Return the text without the points within `reach` of one of the centres (n, 2)."""
    # here, as only the eraser needs it: every worker, and every process of a sweep, would take a
    # third of a second longer to begin
    from scipy.spatial import KDTree

    limits.POINTS.check("what is erased at once", len(centres))
    old, labels = from_text(encoded)
    far = KDTree(centres).query(old)[0] > reach
    return to_text(old[far], labels[far])


def _start() -> str:
    """Return three small clouds, as text, that no straight line separates."""
    rng = np.random.default_rng(3)
    centres = [(-0.7, -0.5), (0.1, 0.55), (0.75, -0.45)]
    points = np.vstack([centre + rng.normal(0, 0.13, (16, 2)) for centre in centres])
    return to_text(points, np.repeat([0, 1, 0], 16))


START = _start()


@dataclass
class OwnPoints(PlanePoints):
    """Your own points: choose a class below the picture, then click or drag. Or paste a table of
    numbers.
    """

    editable = True
    drawn: str = text(START, "The points", longest=1 + 5 + 4 * MOST, drawn=True)
    test_share: float = setting(0.3, 0.1, 0.9, SHARE, label="share for testing")
    features: str = text("x,y", FEATURES_CAPTION, some_of=SHORT)

    def __post_init__(self) -> None:
        super().__post_init__()
        points, labels = from_text(self.drawn)
        if not 4 <= len(points) <= MOST or len(set(labels.tolist())) < 2:
            raise ValueError(
                "a network needs at least four points, of two classes at least: add some of "
                "another class"
            )
        if np.bincount(labels).max() < 2:  # all would be trained on, and none left for the test
            raise ValueError(
                "of one class at least there must be two points, one of them to be tested on: "
                "add some more"
            )

    @property
    def most_examples(self) -> int:
        """So many points as one may draw."""
        return MOST

    @property
    def class_count(self) -> int:
        """One more than the number of the last class that has points."""
        return max(2, int(from_text(self.drawn)[1].max()) + 1)

    def load(self, seed: int) -> Data:
        """Split the points anew for every seed; a class with two points or more is in both
        parts.
        """
        points, labels = from_text(self.drawn)
        rng = np.random.default_rng([seed, 0])
        test: list[int] = []
        for number in range(self.class_count):
            rows = rng.permutation(np.flatnonzero(labels == number))
            if len(rows) > 1:
                count = min(max(round(len(rows) * self.test_share), 1), len(rows) - 1)
                test += rows[:count].tolist()
        train = rng.permutation(np.setdiff1d(np.arange(len(points)), test))
        return self.split(points.astype(np.float32), labels, train, np.array(test, np.int64))
