"""A plane with a network's boundary, in the board's colours, as a picture in a page."""

import math

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from engine import Network
from lab.data.dataset import Data
from lab.data.toy_points import ToyPoints
from lab.frames.render import boundary, plane_of
from ui.board.sketch import Sketch
from ui.draw.gallery import png_url

# Okabe and Ito's, those of assets/board.js first: a class has the same colour here, and a run its
# own and its own dash
PALETTES = {
    "light": ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#c44a00", "#4b5763"),
    "dark": ("#3d9fe6", "#f0b030", "#1fbd8f", "#e08fbd", "#ef6a2c", "#c3ccd6"),
}
PAPERS = {
    "light": ((255, 255, 255), 0.52),
    "dark": ((17, 22, 29), 0.58),
}  # and how much of a colour lies on it at most


def plane_image(winner: NDArray[np.uint8], sure: NDArray[np.uint8]) -> Image.Image:
    """The boundary in the board's colours; both as lab/frames/render.py has them, a square from the
    top row on.
    """
    paper, most = PAPERS[theme()]
    side = math.isqrt(winner.size)
    winner, sure = winner.reshape(side, side), sure.reshape(side, side)
    colours = np.array([rgb(colour) for colour in palette()], float)
    share = (most * (0.14 + 0.86 * sure / 255))[..., None]  # as in assets/board.js
    pixels = (np.array(paper) + (colours[winner % 5] - paper) * share).round().astype(np.uint8)
    return Image.fromarray(pixels)


def plane_url(winner: NDArray[np.uint8], sure: NDArray[np.uint8]) -> str:
    """The same as an address of data."""
    return png_url(plane_image(winner, sure))


def plane(network: Network, dataset: ToyPoints, data: Data, title: str) -> str:
    """What a network says of each place, and the training points in their colours and shapes, as
    HTML.
    """
    drawing = Sketch((dataset.low, dataset.high), (dataset.low, dataset.high), title, 320, 320)
    drawing.image(plane_image(*boundary(network, plane_of(dataset))))
    for (x, y), kind in zip((data.places or (data.train_x,))[0], data.train_y, strict=True):
        drawing.shape(float(x), float(y), int(kind), palette()[int(kind)])
    return drawing.html()


def theme() -> str:
    """The page's: "dark" or "light"."""
    return "dark" if st.context.theme.type == "dark" else "light"


def palette() -> tuple[str, ...]:
    """The colours of classes and runs, in their order."""
    return PALETTES[theme()]


def rgb(colour: str) -> tuple[int, ...]:
    """A colour like #0072b2 as three numbers."""
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
