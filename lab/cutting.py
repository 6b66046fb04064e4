"""A number is cut into its digits: pieces of ink that hang together, and strokes that belong to the same digit.

Digits that touch one another stay together, and are read as one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

INK = 0.3  # from this on a pixel is ink
MOST = 20  # digits: what has more pieces is a page of text, or noise
SPECK = 0.02  # of the largest piece's ink
SMALL = 0.12  # of the tallest piece's height
WHOLE = 0.5  # of the tallest piece's height: from this on a piece may be a digit by itself
SAME = 0.5  # of the narrower of two pieces: so much of it must lie above or below the other for them to be one digit
TOUCHING = 0.1  # of the tallest piece's height: a stroke that breaks off and goes on below
NEAR = 0.6  # of the tallest piece's height: loose strokes that are farther away belong to no digit


@dataclass(frozen=True)
class Part:
    """The ink of one digit: a rectangle of the picture, without the ink of its neighbours."""

    top: int
    left: int
    ink: NDArray[np.float32]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Top, left, bottom, right."""
        return self.top, self.left, self.top + self.ink.shape[0], self.left + self.ink.shape[1]


@dataclass
class _Group:
    pieces: list[int]
    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def join(self, other: "_Group") -> None:
        self.pieces += other.pieces
        self.top, self.left = min(self.top, other.top), min(self.left, other.left)
        self.bottom, self.right = max(self.bottom, other.bottom), max(self.right, other.right)


def _overlap(low: int, high: int, other_low: int, other_high: int) -> float:
    """How much of the shorter of two stretches lies within the other, 0 to 1; below 0: the gap between them."""
    return (min(high, other_high) - max(low, other_low)) / max(1, min(high - low, other_high - other_low))


def cut(ink: NDArray[np.float32], *, several: bool = True) -> list[Part]:
    """The digits of a picture (height, width) in reading order; specks are left out. Empty where there is no ink.

    Without `several`, all that is no speck is one.
    """
    pieces, count = ndimage.label(ink > INK, np.ones((3, 3)))
    if not count:
        return []
    numbers = np.arange(1, count + 1)
    weights = ndimage.sum_labels(ink, pieces, numbers)
    groups = [
        _Group([number], rows.start, columns.start, rows.stop, columns.stop)
        for number, (rows, columns) in enumerate(ndimage.find_objects(pieces), 1)
    ]
    tallest = max(group.height for group in groups)
    heavy = weights > SPECK * weights.max()
    groups = [g for g in groups if heavy[g.pieces[0] - 1] or max(g.height, g.right - g.left) > SMALL * tallest]
    if several:
        groups = _grouped(groups, tallest, pieces)
    else:
        for other in groups[1:]:
            groups[0].join(other)
        groups = groups[:1]
    return [_part(ink, pieces, group) for group in _ranked(groups)]


def _grouped(strokes: list[_Group], tallest: int, pieces: NDArray[np.integer]) -> list[_Group]:
    """Strokes of the same digit put together, beginning with those that could be digits by themselves."""
    digits: list[_Group] = []
    for piece in sorted(strokes, key=lambda stroke: -stroke.height):
        if piece.height >= WHOLE * tallest:
            over = [
                digit for digit in digits
                if _overlap(piece.left, piece.right, digit.left, digit.right) > SAME
                and max(piece.top, digit.top) - min(piece.bottom, digit.bottom) <= TOUCHING * tallest
                and not _side_by_side(piece, digit, pieces)
            ]  # fmt: skip
            if over:
                over[0].join(piece)
            else:
                digits.append(piece)
            continue
        gaps = [max(d.left - piece.right, piece.left - d.right, 0) + max(d.top - piece.bottom, piece.top - d.bottom, 0)
                for d in digits]  # fmt: skip
        nearest = int(np.argmin(gaps))
        if gaps[nearest] <= NEAR * tallest:
            digits[nearest].join(piece)
    return digits


def _side_by_side(one: _Group, other: _Group, pieces: NDArray[np.integer]) -> bool:
    """Whether, row by row, one stands left of the other, as slanted digits do whose rectangles overlap."""
    top, bottom = max(one.top, other.top), min(one.bottom, other.bottom)
    if bottom - top < SAME * min(one.height, other.height):
        return False
    columns = np.arange(pieces.shape[1])
    ends = []
    for group in (one, other):
        ink = np.isin(pieces[top:bottom], group.pieces)
        ends.append((np.where(ink, columns, np.inf).min(axis=1), np.where(ink, columns, -np.inf).max(axis=1)))
    (low, high), (other_low, other_high) = ends
    return bool((high < other_low).all() or (other_high < low).all())


def _ranked(groups: list[_Group]) -> list[_Group]:
    """Line by line, and from left to right in each."""
    lines: list[list[_Group]] = []
    for group in sorted(groups, key=lambda group: group.top + group.bottom):
        line = next(
            (line for line in lines if any(_overlap(group.top, group.bottom, g.top, g.bottom) > SAME for g in line)),
            None,
        )
        if line is None:
            lines.append([group])
        else:
            line.append(group)
    return [group for line in lines for group in sorted(line, key=lambda group: group.left + group.right)]


def _part(ink: NDArray[np.float32], pieces: NDArray[np.integer], group: _Group) -> Part:
    """The group's rectangle with a margin of one pixel, for the soft edge of its strokes, and nothing of others."""
    top, left = max(group.top - 1, 0), max(group.left - 1, 0)
    window = (slice(top, group.bottom + 1), slice(left, group.right + 1))
    own = np.isin(pieces[window], [0, *group.pieces])  # 0: paper, and soft edges
    return Part(top, left, np.where(own, ink[window], 0).astype(np.float32))
