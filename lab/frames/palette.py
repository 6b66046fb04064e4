"""The colours and shapes of classes, and how a class's colour is mixed into a plane.

The board, the drawings of lessons and the pictures to take away all show them as they stand here.
"""

import numpy as np
from numpy.typing import NDArray

# Okabe and Ito's colours, which people with any colour vision can tell apart, one for each class;
# on dark paper a little lighter. Numbers below 0 have the first colour, numbers above 0 the second:
# orange is no and blue is yes, as in TensorFlow Playground.
PALETTES = {
    "light": ("#e69f00", "#0072b2", "#009e73", "#cc79a7", "#c44a00"),
    "dark": ("#f0b030", "#3d9fe6", "#1fbd8f", "#e08fbd", "#ef6a2c"),
}
GREYS = {"light": "#4b5763", "dark": "#c3ccd6"}  # a sixth colour, for runs that are compared
INKS = {"light": "#1b2530", "dark": "#e8edf3"}
PAPERS = {"light": "#ffffff", "dark": "#11161d"}
QUIET = "#5b6673"  # of lines in pictures to take away that are no class's

# The share of a class's colour in a plane: FAINTEST * STRENGTHS where the network is undecided,
# and STRENGTHS where it is sure; the rest is paper.
STRENGTHS = {"light": 0.52, "dark": 0.58}
FAINTEST = 0.14

# SVG paths around a circle of radius 1: circle, square, triangle, diamond, cross
SHAPES = (
    "M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z",
    "M-.88-.88H.88V.88H-.88Z",
    "M0-1.15L1.08.8H-1.08Z",
    "M0-1.28L1.1 0L0 1.28L-1.1 0Z",
    "M-.4-1.15H.4V-.4H1.15V.4H.4V1.15H-.4V.4H-1.15V-.4H-.4Z",
)
MARKERS = ("o", "s", "^", "D", "P")  # the same shapes by Matplotlib's names


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255 each, of a colour such as #0072b2."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix_plane(
    winner: NDArray[np.uint8], sure: NDArray[np.uint8], theme: str = "light"
) -> NDArray[np.float64]:
    """Return the pixels of a plane, (rows, columns, 3) from 0 to 1.

    `winner` and `sure`, (rows, columns) each, are the winning class and how sure the network is of
    it, 0 to 255, as lab/frames/boundary.py computes them. assets/ mixes the same way.
    """
    paper = np.array(rgb(PAPERS[theme])) / 255
    colours = np.array([rgb(colour) for colour in PALETTES[theme]]) / 255
    share = STRENGTHS[theme] * (FAINTEST + (1 - FAINTEST) * sure / 255)
    mixed: NDArray[np.float64] = paper + (colours[winner % len(colours)] - paper) * share[..., None]
    return mixed
