"""Finds a sheet of paper on a photograph by its edges, and lays it flat.

An edge is a long straight line with paper, the brighter side, on one hand: pixels vote for lines
(Hough, 1962; with the direction of the gradient, Ballard, 1981), and of the quadrilaterals that
four lines enclose that one is taken which has paper inside and table outside all around. In
logarithms an edge is as strong in a shadow as beside it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from lab.reading.brightness import Grey

COARSE = 200  # pixels of the longest side while edges are looked for
DIRECTIONS = 120  # of edges, around the circle
STEP = 0.12  # a logarithm of brightness: the least by which paper is brighter than the table
LINES = 24  # of most votes that are tried as edges
PAIRS = 60  # of opposite lines that are tried together
SUPPORT = 0.7  # of an edge: the least share along which there is such a step
FRAME = 0.6  # what the picture's own frame counts as an edge, where paper goes on
LARGE = 0.4  # what it counts for a sheet that it covers all of the picture
ROUGH = 0.8  # what is taken off where all of a sheet is full of edges
LIKELY = 100  # sheets of which it is asked how smooth they are
OTHER = 0.1  # of the picture: how far a corner of another sheet lies from this one's at least
LEAST = 0.06  # of a picture: what a sheet covers at least
SAMPLES = np.linspace(0.04, 0.96, 40)  # along an edge
BESIDE = 2.5  # pixels of COARSE, from an edge to where it is compared
INSET = 0.015  # of a sheet: so much of it is left out along its edges

UNIT = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)  # the corners of a sheet by itself

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Outline:
    """The corners (4, 2) of a sheet, each x and y in shares of the picture, clockwise from the
    upper left, and how many of its edges are in sight: the others are beyond the picture.
    """

    corners: Numbers
    edges: int


def find_outlines(colour: NDArray[np.uint8], most: int = 1) -> list[Outline]:
    """Return the likeliest outlines of sheets on a picture (height, width, 3), at most so many, the
    likeliest first; none where no edge of a sheet is to be seen.
    """
    height, width, _ = colour.shape
    scale = max(1.0, max(height, width) / COARSE)
    size = (round(width / scale), round(height / scale))
    if min(size) < 16:
        return []
    image = Image.fromarray(np.ascontiguousarray(colour)).resize(size, Image.Resampling.BOX)
    light = np.log(np.asarray(image, np.float32) / 255 + 0.03)
    # paper is bright in all colours, and what is coloured is not
    level = ndimage.gaussian_filter((light.min(axis=2) + light.mean(axis=2)) / 2, 0.8)
    lines = np.vstack([_frame(level), _lines(level)])
    corners, sides = _quadrilaterals(lines, _opposite(lines, level))
    scores, edges = _scores(corners, lines[sides, :2], sides < len(_frame(level)), level)
    likely = np.argsort(-scores, kind="stable")[:LIKELY]
    corners, scores, edges = corners[likely], scores[likely], edges[likely]
    corners, edges = corners[scores > 0], edges[scores > 0]
    scores = scores[scores > 0] - ROUGH * _roughness(corners, level)
    outlines: list[Outline] = []
    for row in np.argsort(-scores, kind="stable"):
        shares = _clockwise(corners[row]) / (np.array(level.shape[::-1]) - 1)
        if len(outlines) == most or scores[row] <= 0:
            break
        if all(np.abs(shares - other.corners).max() > OTHER for other in outlines):
            outlines.append(Outline(shares, int(edges[row])))
    return outlines


def _quadrilaterals(lines: Numbers, pairs: NDArray[np.intp]) -> tuple[Numbers, NDArray[np.intp]]:
    """Return where the edges of each two pairs of lines begin, (sheets, 4, 2), and the numbers of
    those lines, (sheets, 4), for pairs that cross one another.
    """
    first, second = np.triu_indices(len(pairs), 1)
    sides = np.stack([pairs[first, 0], pairs[second, 0], pairs[first, 1], pairs[second, 1]], axis=1)
    one, other = lines[sides], lines[np.roll(sides, 1, axis=1)]  # each edge, and that before it
    across = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
    crossing = np.abs(across).min(axis=1, initial=1) > 0.8
    sides, one, other, across = (each[crossing] for each in (sides, one, other, across))
    x = (one[..., 2] * other[..., 1] - other[..., 2] * one[..., 1]) / across
    y = (other[..., 2] * one[..., 0] - one[..., 2] * other[..., 0]) / across
    return np.stack([x, y], axis=-1), sides


def _frame(level: Grey) -> Numbers:
    """Return the edges of the picture as lines, x and y of their normal, which points inwards, and
    its product with each point of the line: (4, 3).
    """
    bottom, right = np.array(level.shape) - 1.0
    return np.array([[1, 0, 0], [-1, 0, -right], [0, 1, 0], [0, -1, -bottom]])


def _lines(level: Grey) -> Numbers:
    """Return the lines that most pixels vote for, as in `_frame`; normals point to the brighter
    side.
    """
    down, right = ndimage.sobel(level, 0) / 8, ndimage.sobel(level, 1) / 8
    strength = np.hypot(down, right)
    y, x = np.nonzero(strength > STEP / 4)
    weight = np.minimum(strength[y, x], 2 * STEP)
    towards = np.rint(np.arctan2(down[y, x], right[y, x]) / (2 * np.pi) * DIRECTIONS).astype(int)
    reach = sum(level.shape)
    votes = np.zeros(DIRECTIONS * 2 * reach)
    for spread in (-2, -1, 0, 1, 2):
        direction = (towards + spread) % DIRECTIONS
        angle = direction * (2 * np.pi / DIRECTIONS)
        offset = np.rint(x * np.cos(angle) + y * np.sin(angle)).astype(int) + reach
        votes += np.bincount(direction * 2 * reach + offset, weight, len(votes))
    smooth = ndimage.gaussian_filter(votes.reshape(DIRECTIONS, -1), 1, mode=("wrap", "constant"))
    peak = smooth == ndimage.maximum_filter(smooth, (9, 9), mode=("wrap", "constant"))
    direction, offset = np.nonzero(peak & (smooth > 0))
    most = np.argsort(-smooth[direction, offset], kind="stable")[:LINES]
    angle = direction[most] * (2 * np.pi / DIRECTIONS)
    return np.stack([np.cos(angle), np.sin(angle), offset[most] - reach], axis=1)


def _opposite(lines: Numbers, level: Grey) -> NDArray[np.intp]:
    """Return pairs of lines, (pairs, 2), that face one another with room for a sheet between."""
    middle = (np.array(level.shape[::-1]) - 1) / 2
    inwards = lines[:, :2] @ middle - lines[:, 2]  # from a line to the middle of the picture
    room = inwards[:, None] + inwards
    facing = (lines[:, :2] @ lines[:, :2].T < -0.85) & (room > 0.2 * min(level.shape))
    pairs = np.argwhere(np.triu(facing))
    return pairs[np.argsort(pairs.sum(axis=1), kind="stable")[:PAIRS]]


def _scores(
    corners: Numbers, normals: Numbers, frames: NDArray[np.bool_], level: Grey
) -> tuple[Numbers, NDArray[np.intp]]:
    """Return for each sheet how surely it is one, (sheets,), 0 if it is none, and how many of its
    edges are seen, (sheets,).

    corners: (sheets, 4, 2); normals of the edge from each corner on, (sheets, 4, 2); frames:
    whether that is a side of the picture, (sheets, 4)
    """
    height, width = level.shape
    ahead = np.roll(corners, -1, axis=1) - corners
    at = corners[:, :, None] + SAMPLES[:, None] * ahead[:, :, None]  # (sheets, 4, samples, 2)
    within = ((at >= 2) & (at <= [width - 3, height - 3])).all(axis=-1)
    step = _look(level, at + BESIDE * normals[:, :, None]) - _look(
        level, at - BESIDE * normals[:, :, None]
    )
    seen = within.mean(axis=-1)
    support = ((step > STEP) & within).sum(axis=-1) / np.maximum(within.sum(axis=-1), 1)
    hidden = frames | (seen < 0.15)
    clipped = np.clip(corners, 0, [width - 1, height - 1])
    x, y = clipped[..., 0], clipped[..., 1]
    area = np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)) / 2
    area /= height * width
    score = np.where(hidden, FRAME, support).mean(axis=1) + LARGE * np.sqrt(area)
    good = (hidden | (support >= SUPPORT)).all(axis=1) & ~hidden.all(axis=1) & (area > LEAST)
    beyond = (corners < -0.5 * np.array([width, height])) | (
        corners > 1.5 * np.array([width, height])
    )
    return np.where(good & ~beyond.any(axis=(1, 2)), score, 0), (~hidden).sum(axis=1)


def _roughness(corners: Numbers, level: Grey) -> Numbers:
    """Return the share of places on each sheet (sheets, 4, 2) where there are edges: (sheets,)."""
    strength = np.hypot(ndimage.sobel(level, 0), ndimage.sobel(level, 1)) / 8
    across, down = np.meshgrid(SAMPLES[1:-1:2], SAMPLES[1:-1:2])
    shares = np.stack(
        [(1 - across) * (1 - down), across * (1 - down), across * down, (1 - across) * down], -1
    )
    at = np.einsum("abk,skc->sabc", shares, corners)  # each place is a mean of the corners
    edges = _look(np.asarray(strength > STEP / 3, np.float32), at)
    return np.asarray(edges.mean(axis=(1, 2)), float)


def _look(level: Grey, at: Numbers) -> Grey:
    """Return the level at the pixels nearest to places (..., 2)."""
    height, width = level.shape
    x = np.clip(np.rint(at[..., 0]), 0, width - 1).astype(int)
    y = np.clip(np.rint(at[..., 1]), 0, height - 1).astype(int)
    return level[y, x]


def _clockwise(corners: Numbers) -> Numbers:
    """Return corners in order, beginning with the upper left one."""
    around = corners - corners.mean(axis=0)
    corners = corners[np.argsort(np.arctan2(around[:, 1], around[:, 0]))]
    return np.roll(corners, -int(corners.sum(axis=1).argmin()), axis=0)


def perspective(source: Numbers, target: Numbers) -> Numbers:
    """Return the eight coefficients of the perspective that brings four points (4, 2) of the target
    to those of the source, as Pillow has them.
    """
    rows, values = [], []
    for (u, v), (x, y) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.linalg.solve(np.array(rows), np.array(values))


@dataclass(frozen=True, eq=False)
class Place:
    """How a sheet lies on a photograph: its corners (4, 2) there, in shares of it, and by how many
    quarters it was then turned to the left.
    """

    corners: Numbers
    turns: int = 0

    def on_photograph(self, places: Numbers) -> Numbers:
        """Return where places (n, 2) of the sheet are on the photograph, both in shares, x and
        y.
        """
        x, y = places.T
        for _ in range(self.turns):
            x, y = 1 - y, x
        a, b, c, d, e, f, g, h = perspective(self.corners, UNIT)
        depth = g * x + h * y + 1
        return np.stack([(a * x + b * y + c) / depth, (d * x + e * y + f) / depth], axis=1)


def inset(corners: Numbers) -> Numbers:
    """Return the corners without the rim of the sheet, which shows its edge."""
    return np.asarray(corners + INSET * (corners.mean(axis=0) - corners))


def flatten(image: Image.Image, corners: Numbers) -> Image.Image:
    """Return what lies within the corners (4, 2), in shares of the image, seen from above."""
    source = corners * image.size
    ahead = np.roll(source, -1, axis=0) - source
    long = np.hypot(ahead[:, 0], ahead[:, 1])
    width, height = (max(8, round(float(long[i] + long[i + 2]) / 2)) for i in (0, 1))
    coefficients = perspective(source, UNIT * [width, height]).tolist()
    return image.transform(
        (width, height), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC
    )
