"""Fits the ink of one digit into a small square, as the pictures of MNIST were made.

It is cropped, its pen made as wide as MNIST's, scaled, and moved until its centre of mass is in the
middle.
"""

import numpy as np
from PIL import Image, ImageFilter

from lab.reading.brightness import Grey, to_image

FINE = 80  # pixels of the longest side while the pen is evened out: four for each of MNIST's
PEN = 9.7  # MNIST's mean width of a stroke, in those pixels

RankFilter = type[ImageFilter.MaxFilter] | type[ImageFilter.MinFilter]


def crop(ink: Grey) -> Grey:
    """Return the smallest rectangle that holds all ink."""
    rows, columns = np.flatnonzero((ink > 0.3).any(axis=1)), np.flatnonzero((ink > 0.3).any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def fit(ink: Grey, longest: int) -> Grey:
    """Return the ink scaled until its longest side is `longest` pixels, each the mean of what it
    covers.
    """
    height, width = ink.shape
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    resampling = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    return np.asarray(to_image(ink).resize(size, resampling), np.float32) / np.float32(255)


def pen_width(ink: Grey) -> float:
    """Return the mean width of the strokes in pixels: twice the area over the length of the
    outline.
    """
    padded = np.pad(ink, 1)
    down, right = np.diff(padded, axis=0)[:, :-1], np.diff(padded, axis=1)[:-1]
    outline = float(np.hypot(down, right).sum())
    return 2 * float(ink.sum()) / outline if outline else 0.0


def even_pen_width(ink: Grey) -> Grey:
    """Return the ink FINE pixels high or wide, its strokes as wide as MNIST's to a fraction of a
    pixel.
    """
    fine = np.pad(fit(ink, FINE), 12)
    width = pen_width(fine)
    grow = float(np.clip((PEN - width) / 2, -max(width / 2 - 2, 0), 8))
    whole, part = divmod(abs(grow), 1)
    picture = to_image(fine)
    rank_filter: RankFilter = ImageFilter.MaxFilter if grow > 0 else ImageFilter.MinFilter
    less, more = (_filter_repeatedly(picture, rank_filter, int(whole) + extra) for extra in (0, 1))
    mixed = (1 - part) * np.asarray(less, np.float32) + part * np.asarray(more, np.float32)
    result = np.asarray(mixed / 255, np.float32)
    return crop(result) if result.max() > 0.3 else ink


def _filter_repeatedly(picture: Image.Image, rank_filter: RankFilter, radius: int) -> Image.Image:
    # 3x3 squares in turn with crosses would be rounder still, but squares come close enough
    for _ in range(radius):
        picture = picture.filter(rank_filter(3))
    return picture


def centre(ink: Grey) -> Grey:
    """Return the ink on 28x28 pixels, its centre of mass on (14, 14) as in MNIST, to a fraction of
    a pixel.
    """
    total = max(float(ink.sum()), 1e-6)
    height, width = ink.shape
    y = 14 - float((ink.sum(axis=1) * np.arange(height)).sum()) / total
    x = 14 - float((ink.sum(axis=0) * np.arange(width)).sum()) / total
    return place_at(ink, y, x)


def place_at(ink: Grey, y: float, x: float) -> Grey:
    """Return the ink on 28x28 pixels, its upper left corner at (y, x) or as near to it as there is
    room.
    """
    height, width = ink.shape
    y, x = min(max(y, 0), 28 - height), min(max(x, 0), 28 - width)
    top, left = min(int(y), max(27 - height, 0)), min(int(x), max(27 - width, 0))
    fy, fx = y - top, x - left  # the fractions are shared among four neighbouring pixels
    out = np.zeros((29, 29), np.float32)
    for dy, dx, share in (
        (0, 0, (1 - fy) * (1 - fx)),
        (0, 1, (1 - fy) * fx),
        (1, 0, fy * (1 - fx)),
        (1, 1, fy * fx),
    ):
        out[top + dy : top + dy + height, left + dx : left + dx + width] += share * ink
    return out[:28, :28].copy()


def to_8x8(pixels: Grey) -> Grey:
    """Return a prepared 28x28 picture in the form of scikit-learn's digits: the ink fills 8x8
    pixels.
    """
    ink = crop(pixels) if pixels.max() > 0.3 else pixels
    small = fit(ink, 8)
    out = np.zeros((8, 8), np.float32)
    top, left = (8 - small.shape[0]) // 2, (8 - small.shape[1]) // 2
    out[top : top + small.shape[0], left : left + small.shape[1]] = small
    brighter: Grey = np.clip(out * np.float32(1.2), 0, 1)
    return brighter
