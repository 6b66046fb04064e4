"""A histogram says how many numbers lie where: here the weights of a layer, as bars around zero."""

import numpy as np
from numpy.typing import NDArray

from ui import theme
from ui.board.sketch import Sketch

BINS = 41  # odd, so that 0 has a bar of its own


def draw_histogram(
    numbers: NDArray[np.floating], reach: float, title: str, width: int = 460
) -> Sketch:
    """Return the bars of numbers from -reach to reach, those further out in the last bars.

    The tallest bar is as high as the drawing; below zero they are orange, above it blue, as weights
    are everywhere.
    """
    edges = np.linspace(-reach, reach, BINS + 1)
    counts = np.histogram(numbers.clip(-reach, reach), edges)[0]
    drawing = Sketch((-reach, reach), (-0.3, 1.08), title, width, 120)
    heights = counts / max(1, counts.max())
    for low, high, height in zip(edges, edges[1:], heights, strict=False):
        if height:
            middle = (low + high) / 2
            near = abs(middle) < reach / BINS
            colour = theme.GREY if near else theme.ORANGE if middle < 0 else theme.BLUE
            drawing.area([low, low, high, high], [0, height, height, 0], colour, 0.8)
    drawing.line([-reach, reach], [0, 0], theme.GREY, wide=1)
    for place in (-0.9, -0.5, 0.0, 0.5, 0.9):
        drawing.text(place * reach, -0.24, f"{place * reach:.2g}".replace("-", "−"))
    return drawing
