"""Removes the paper from a picture and makes the ink bright: polarity, shadow, grain, and printed
lines.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage

from lab.reading.brightness import Grey, to_image

TOO_FAINT = 0.25  # of the darkest ink: grain of paper, noise of a camera
EVEN = 0.06  # paper is even if its rim differs by no more, black to white being 1
CROSSINGS = 4  # strokes that leave the picture: so many are lines printed on the paper
STRIPS = 8  # into which a picture is cut to look for lines
THICKEST_LINE = 4  # pixels to either side of its middle


def ink_is_bright(brightness: Grey) -> bool:
    """Return whether the ink is brighter than the paper.

    The rim of a picture shows even paper; where paper is uneven, it is what most pixels have around
    them.
    """
    rim, paper = _rim_of(brightness)
    if np.ptp(np.quantile(rim, (0.1, 0.9))) > EVEN:
        small = to_image(brightness).resize((48, 48), Image.Resampling.BOX)
        around = np.asarray(small.filter(ImageFilter.MedianFilter(25)), np.float32)
        off = np.asarray(small, np.float32) - around
    else:
        off = brightness - paper
    return float(np.square(np.maximum(off, 0)).sum()) > float(np.square(np.minimum(off, 0)).sum())


def even_background(ink: Grey, bright: bool = False) -> Grey:
    """Remove what varies slowly (a shadow) and what is faint (grain), and make the ink 1.

    On even paper what varies slowly is a loop that a thick pen has filled in; it is lightened,
    which helps to read it. `bright`: whether the ink was brighter than the paper, which a shadow
    then darkens less than the ink.
    """
    height, width = ink.shape
    scale = 48 / max(height, width)
    small = to_image(ink).resize(
        (max(8, round(width * scale)), max(8, round(height * scale))), Image.Resampling.BOX
    )
    around = small.filter(ImageFilter.MinFilter(9)).filter(ImageFilter.GaussianBlur(4))
    blurred = around.resize((width, height), Image.Resampling.BILINEAR)
    shade = np.asarray(blurred, np.float32) / np.float32(255)
    level = np.clip(ink - shade, 0, 1)
    rim, _ = _rim_of(ink)
    if not bright and np.ptp(np.quantile(rim, (0.1, 0.9))) > EVEN:
        level /= np.maximum(1 - shade, 0.1)  # a shadow takes the same share from paper and ink
    top = float(np.median(level[level > 0.5 * level.max()])) if level.max() > 0 else 0.0
    if top < 0.06:
        return np.zeros_like(ink)
    level /= top
    return np.clip((level - TOO_FAINT) / (1 - TOO_FAINT), 0, 1).astype(np.float32)


def remove_lines(ink: Grey) -> Grey:
    """Remove the lines of squared or lined paper: they are thinner than the pen and reach the
    edges.
    """
    if count_crossings(ink) < CROSSINGS:
        return ink
    picture = to_image(ink)
    for radius in range(1, THICKEST_LINE + 1):
        size = 2 * radius + 1
        opened = picture.filter(ImageFilter.MinFilter(size)).filter(ImageFilter.MaxFilter(size + 2))
        kept = np.minimum(ink, np.asarray(opened, np.float32) / np.float32(255))
        if kept.max() <= 0.5:
            return ink
        if count_crossings(kept) < CROSSINGS:
            return np.where(kept > 0.1, kept, 0).astype(np.float32)
    return ink


def is_ruled(ink: Grey) -> bool:
    """Return whether evenly spaced lines run across at least three strips of eight, however faint.

    The mean of a strip falls and rises with a line even if the paper lies a little askew; where
    somebody has written, it does so unevenly.
    """
    for picture in (ink, ink.T):
        width = picture.shape[1] // STRIPS
        if not width:
            return False
        strips = picture[:, : STRIPS * width].reshape(len(picture), STRIPS, width).mean(axis=2)
        darker = strips - ndimage.median_filter(strips, (15, 1), mode="nearest")
        lines = darker > np.maximum(0.03, 4 * np.abs(darker).mean(axis=0))
        starts = lines[1:] & ~lines[:-1]
        if sum(_evenly_spaced(np.flatnonzero(column)) for column in starts.T) >= 3:
            return True
    return False


def _evenly_spaced(rows: NDArray[np.intp]) -> bool:
    gaps = np.diff(rows)
    return len(gaps) >= 3 and bool(np.ptp(gaps) <= max(3, 0.2 * float(gaps.mean())))


def _rim_of(picture: Grey) -> tuple[Grey, float]:
    """Return the outermost pixels, and their median."""
    rim = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    return rim, float(np.median(rim))


def count_crossings(ink: Grey) -> int:
    """Return how many strokes cross the edge of the picture."""
    around = np.concatenate([ink[0], ink[1:, -1], ink[-1, -2::-1], ink[-2:0:-1, 0]]) > 0.2
    return int(np.count_nonzero(around & ~np.roll(around, 1)))
