"""A plane with a network's boundary, in the board's colours, as a picture in a page."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import Network
from lab.data.dataset import Data, Dataset
from lab.frames.boundary import boundary, plane_grid
from lab.frames.palette import mix_plane
from ui import theme
from ui.board.sketch import Sketch
from ui.draw.gallery import png_url


def plane_image(winner: NDArray[np.uint8], sure: NDArray[np.uint8]) -> Image.Image:
    """The boundary in the board's colours.

    Both are as lab/frames/boundary.py has them: a square, from the top row on.
    """
    side = math.isqrt(winner.size)
    mixed = mix_plane(winner.reshape(side, side), sure.reshape(side, side), theme.scheme())
    return Image.fromarray((255 * mixed).round().astype(np.uint8))


def plane_url(winner: NDArray[np.uint8], sure: NDArray[np.uint8]) -> str:
    """The same as an address of data."""
    return png_url(plane_image(winner, sure))


def plane(network: Network, dataset: Dataset, data: Data, title: str) -> str:
    """What a network says of each place, and the training points in their colours and shapes, as
    HTML.
    """
    drawing = Sketch((dataset.low, dataset.high), (dataset.low, dataset.high), title, 320, 320)
    colours = theme.palette()
    drawing.image(plane_image(*boundary(network, plane_grid(dataset))))
    for (x, y), kind in zip((data.places or (data.train_x,))[0], data.train_y, strict=True):
        drawing.shape(float(x), float(y), int(kind), colours[int(kind)])
    return drawing.html()
