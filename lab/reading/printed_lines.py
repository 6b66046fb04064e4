"""Takes printed lines off squared or lined paper that was photographed at any angle.

Printed lines run on, straight and side by side, where strokes end. In a picture that is sheared
until they lie level, a window along a line is full of ink; what the line is darker than paper by is
taken off, which leaves the stroke that crosses it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lab.reading.brightness import Grey

FAINTEST = 0.05  # a line is darker than its paper by so much at least
SLOPES = np.tan(np.radians(np.arange(-44.0, 45.0)))  # that are tried for lines that lie
BESIDE = np.tan(np.radians([-1.6, -0.8, 0.0, 0.8, 1.6]))  # lines are not quite parallel
LONG = 0.3  # of the picture's side: the window that is full of ink
FULL = 0.75  # of the window
FEWEST = 5  # lines side by side: fewer are no ruled paper
MOST_POINTS = 20_000  # of which the slope is asked


def remove_printed_lines(dark: Grey) -> Grey:
    """Return how dark each pixel is (height, width) without what printed lines add."""
    for turned in (False, True):
        level = dark.T if turned else dark
        slope = _slope(level)
        lines = _lines(level, slope)
        if lines is None:
            continue
        usual = float(np.median(level[lines]))
        added = ndimage.uniform_filter1d(
            np.where(lines, np.minimum(level, 1.5 * usual), 0), 9, axis=1
        ) / np.maximum(ndimage.uniform_filter1d(lines.astype(np.float32), 9, axis=1), 1e-6)
        added = 1.25 * np.minimum(added, 1.2 * usual)
        left = np.where(lines, np.clip((level - added) / (1 - added), 0, 1), level)
        dark = np.asarray(left.T if turned else left, np.float32)
    return dark


def _slope(level: Grey) -> float:
    """Return the slope of which pixels gather in the fewest rows."""
    y, x = np.nonzero(level > FAINTEST)
    step = -(-len(y) // MOST_POINTS) or 1
    y, x = y[::step], x[::step]
    best, most = 0.0, 0.0
    for slope in SLOPES:
        rows = np.rint(y - slope * x).astype(int)
        counts = np.bincount(rows - rows.min()) if len(rows) else np.zeros(1)
        gathered = float(np.square(counts, dtype=float).sum()) * np.sqrt(1 + slope**2)
        if gathered > most:
            best, most = float(slope), gathered
    return best


def _lines(level: Grey, slope: float) -> NDArray[np.bool_] | None:
    """Return where lines of about this slope are, or None where there are not enough of them."""
    height, width = level.shape
    size = max(3, round(LONG * width))
    inked = level > FAINTEST
    near = ndimage.maximum_filter1d(inked, 3, axis=0)  # a line is straight to a pixel or so
    columns = np.arange(width)
    lines = np.zeros(level.shape, bool)
    count = 0
    for beside in BESIDE:
        shift = np.rint((slope + beside) * (columns - width // 2)).astype(int)
        rows = np.arange(height)[:, None] + shift
        there = (rows >= 0) & (rows < height)
        sheared = near[np.clip(rows, 0, height - 1), columns] & there
        seen = ndimage.uniform_filter1d(there.astype(np.float32), size, axis=1)
        share = ndimage.uniform_filter1d(sheared.astype(np.float32), size, axis=1)
        full = (share > FULL * seen) & (seen > 0.6)
        if not full.any():
            continue
        count = max(count, _count(full))
        reach = ndimage.maximum_filter1d(full, size, axis=1) & there
        y, x = np.nonzero(reach)
        lines[y + shift[x], x] = True
    return lines & inked if count >= FEWEST else None


def _count(full: NDArray[np.bool_]) -> int:
    """Return how many lines lie above one another, in the column with most."""
    starts = full[1:] & ~full[:-1]
    return int(starts.sum(axis=0).max())
