"""Cuts a number into its digits: pieces of ink that hang together, and strokes that belong to the
same digit.

Digits that touch one another stay together, and are read as one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lab import limits

INK = 0.3  # from this on a pixel is ink
MOST = limits.DIGITS_READ.most
MOST_STROKES = limits.PIECES.most  # that are no specks: more are not put together at all
SPECK = 0.02  # of the largest piece's ink
SMALL = 0.12  # of the tallest piece's height
WHOLE = 0.5  # of the tallest piece's height: from this on a piece may be a digit by itself
# of the narrower of two pieces: so much of it must lie above or below the other for them to be one
# digit
SAME = 0.5
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
    """Pieces of ink and their box; `first` and `last` (height,) are where they begin and end in
    each row of the picture, inf and -inf in rows without any.
    """

    pieces: list[int]
    top: int
    left: int
    bottom: int
    right: int
    first: NDArray[np.floating]
    last: NDArray[np.floating]

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def join(self, other: "_Group") -> None:
        self.pieces += other.pieces
        self.top, self.left = min(self.top, other.top), min(self.left, other.left)
        self.bottom, self.right = max(self.bottom, other.bottom), max(self.right, other.right)
        self.first, self.last = (
            np.minimum(self.first, other.first),
            np.maximum(self.last, other.last),
        )


def _overlap(low: int, high: int, other_low: int, other_high: int) -> float:
    """Return how much of the shorter of two ranges lies within the other, 0 to 1; a gap is
    below 0.
    """
    return (min(high, other_high) - max(low, other_low)) / max(
        1, min(high - low, other_high - other_low)
    )


def cut_digits(ink: NDArray[np.float32], *, several: bool = True) -> list[Part]:
    """Return the digits of a picture (height, width) in reading order, without specks; none without
    ink.

    If there are more than MOST, as on a page of text, some MOST + 1 parts are returned. Without
    `several`, all that is no speck is one part.
    """
    pieces, count = ndimage.label(ink > INK, np.ones((3, 3)))
    if not count:
        return []
    boxes = _boxes(pieces, count)
    top, left, bottom, right = boxes.T
    weights = np.bincount(pieces.ravel(), ink.ravel())[1:]
    tallest = int((bottom - top).max())
    heavy = weights > SPECK * weights.max()
    strokes = np.flatnonzero(heavy | (np.maximum(bottom - top, right - left) > SMALL * tallest))
    if not several:
        box = [*boxes[strokes, :2].min(axis=0).tolist(), *boxes[strokes, 2:].max(axis=0).tolist()]
        return [_part(ink, pieces, (strokes + 1).tolist(), *box)]
    if len(strokes) > MOST_STROKES:
        groups = _groups(pieces, boxes, strokes[: MOST + 1])
    else:
        groups = _grouped(_groups(pieces, boxes, strokes), tallest)
    return [_part(ink, pieces, g.pieces, g.top, g.left, g.bottom, g.right) for g in _ranked(groups)]


def _boxes(pieces: NDArray[np.integer], count: int) -> NDArray[np.intp]:
    """Return top, left, bottom and right of each piece: (count, 4)."""
    places = np.argwhere(pieces)
    numbers = pieces[pieces > 0] - 1
    boxes = np.empty((count, 4), np.intp)
    for axis in (0, 1):
        low, high = np.full(count, pieces.shape[axis]), np.zeros(count, np.intp)
        np.minimum.at(low, numbers, places[:, axis])
        np.maximum.at(high, numbers, places[:, axis] + 1)
        boxes[:, axis], boxes[:, axis + 2] = low, high
    return boxes


def _groups(
    pieces: NDArray[np.integer], boxes: NDArray[np.intp], strokes: NDArray[np.intp]
) -> list[_Group]:
    """Return a group of its own for each of the pieces that are `strokes`."""
    row_of = np.full(len(boxes) + 1, -1)
    row_of[strokes + 1] = np.arange(len(strokes))
    owners = row_of[pieces]
    rows, columns = np.nonzero(owners >= 0)
    owners, height = owners[rows, columns], pieces.shape[0]
    first, last = np.full(len(strokes) * height, np.inf), np.full(len(strokes) * height, -np.inf)
    np.minimum.at(first, owners * height + rows, columns.astype(float))
    np.maximum.at(last, owners * height + rows, columns.astype(float))
    groups = []
    for stroke, own_first, own_last in zip(
        strokes, first.reshape(-1, height), last.reshape(-1, height), strict=True
    ):
        top, left, bottom, right = boxes[stroke].tolist()
        groups.append(_Group([int(stroke) + 1], top, left, bottom, right, own_first, own_last))
    return groups


def _grouped(strokes: list[_Group], tallest: int) -> list[_Group]:
    """Return the strokes put together into digits, beginning with those that could be digits by
    themselves.

    It stops at MOST + 1 digits, which are too many.
    """
    digits: list[_Group] = []
    for piece in sorted(strokes, key=lambda stroke: -stroke.height):
        if len(digits) > MOST:
            break
        if piece.height >= WHOLE * tallest:
            over = [
                digit
                for digit in digits
                if _overlap(piece.left, piece.right, digit.left, digit.right) > SAME
                and max(piece.top, digit.top) - min(piece.bottom, digit.bottom)
                <= TOUCHING * tallest
                and not _side_by_side(piece, digit)
            ]
            if over:
                over[0].join(piece)
            else:
                digits.append(piece)
            continue
        gaps = [
            max(d.left - piece.right, piece.left - d.right, 0)
            + max(d.top - piece.bottom, piece.top - d.bottom, 0)
            for d in digits
        ]
        nearest = int(np.argmin(gaps))
        if gaps[nearest] <= NEAR * tallest:
            digits[nearest].join(piece)
    return digits


def _side_by_side(group: _Group, other: _Group) -> bool:
    """Return whether, row by row, one group stands left of the other, as slanted digits with
    overlapping boxes do.
    """
    top, bottom = max(group.top, other.top), min(group.bottom, other.bottom)
    if bottom - top < SAME * min(group.height, other.height):
        return False
    rows = slice(top, bottom)
    return bool(
        (group.last[rows] < other.first[rows]).all() or (other.last[rows] < group.first[rows]).all()
    )


def _ranked(groups: list[_Group]) -> list[_Group]:
    """Return the groups line by line, and from left to right in each."""
    lines: list[list[_Group]] = []
    for group in sorted(groups, key=lambda group: group.top + group.bottom):
        line = next(
            (
                line
                for line in lines
                if any(_overlap(group.top, group.bottom, g.top, g.bottom) > SAME for g in line)
            ),
            None,
        )
        if line is None:
            lines.append([group])
        else:
            line.append(group)
    return [
        group
        for line in lines
        for group in sorted(line, key=lambda group: group.left + group.right)
    ]


def _part(
    ink: NDArray[np.float32],
    pieces: NDArray[np.integer],
    own: list[int],
    top: int,
    left: int,
    bottom: int,
    right: int,
) -> Part:
    """Return the box with a pixel around it, for the soft edge of strokes, with only its `own`
    pieces.
    """
    top, left = max(top - 1, 0), max(left - 1, 0)
    window = (slice(top, bottom + 1), slice(left, right + 1))
    kept = np.isin(pieces[window], [0, *own])  # 0: paper, and soft edges
    return Part(top, left, np.where(kept, ink[window], 0).astype(np.float32))
