"""Augmentation makes new examples out of old ones: each picture of a batch is moved by chance.

Every new pixel asks where it comes from in the old picture and mixes the four pixels around there.
"""

import functools
from dataclasses import dataclass

import numpy as np

from engine.arrays import Array, Rng, Shape

KNOTS = 5  # along each edge, of the net on which a picture is bent


@dataclass(frozen=True)
class Movement:
    """How far the pictures are moved at most; every amount is drawn uniformly up to that.

    `shift` is in pixels, `angle` in radians, and sizes lie within 1 ± `scale`. `slant` is by how
    many pixels each row is shifted beside the next, `stretch` how much wider or narrower, `elastic`
    by how many pixels the knots of a net over the picture move, and with them what lies between.
    """

    shift: float = 0.0
    angle: float = 0.0
    scale: float = 0.0
    slant: float = 0.0
    stretch: float = 0.0
    elastic: float = 0.0


def warp(x: Array, shape: Shape, most: Movement, rng: Rng) -> None:
    """Moves each row of x (rows, height·width), a picture of `shape`, by chance, in place.

    What comes from outside the picture is 0.
    """
    h, w = shape
    top, left = _sources(len(x), h, w, most, rng)
    interpolate(x, np.asarray(top, like=x), np.asarray(left, like=x), h, w)


def _sources(rows: int, h: int, w: int, most: Movement, rng: Rng) -> tuple[Array, Array]:
    """Where each pixel comes from, (rows, h·w) each, in a picture with a border of one pixel."""
    turn = rng.uniform(-most.angle, most.angle, (rows, 1))
    size = 1 / rng.uniform(1 - most.scale, 1 + most.scale, (rows, 1))
    down, right = rng.uniform(-most.shift, most.shift, (2, rows, 1)).astype(np.float32)
    # every pixel, seen from the middle: (h·w,)
    v, u = (axis.ravel().astype(np.float32) for axis in np.mgrid[:h, :w])
    v, u = v - (h - 1) / 2, u - (w - 1) / 2
    cos, sin = (size * np.cos(turn)).astype(np.float32), (size * np.sin(turn)).astype(np.float32)
    top, left = cos * v - sin * u, sin * v + cos * u  # (rows, 1)·(h·w,) → (rows, h·w)
    if most.slant or most.stretch:
        width = 1 / rng.uniform(1 - most.stretch, 1 + most.stretch, (rows, 1)).astype(np.float32)
        slant = rng.uniform(-most.slant, most.slant, (rows, 1)).astype(np.float32)
        left = width * left + slant * v
    if most.elastic:  # (2, rows, knots) · (knots, h·w) → (2, rows, h·w)
        knots = rng.uniform(-most.elastic, most.elastic, (2, rows, KNOTS * KNOTS))
        moved = knots.astype(np.float32) @ _net(h, w)
        top += moved[0]
        left += moved[1]
    # within the border, so that no source lies outside
    top = np.clip(top + ((h + 1) / 2 - down), 0, h + 0.999)
    left = np.clip(left + ((w + 1) / 2 - right), 0, w + 0.999)
    return top, left


@functools.lru_cache(maxsize=4)
def _net(height: int, width: int) -> Array:
    """The weight of each knot at each pixel, (knots, height·width): two along each axis share."""
    along = []
    for size in (height, width):
        position = np.linspace(0, KNOTS - 1, size)[None]
        along.append(np.maximum(0, 1 - np.abs(position - np.arange(KNOTS)[:, None])))
    net = np.einsum("ih,jw->ijhw", *along).reshape(KNOTS * KNOTS, height * width)
    return net.astype(np.float32)


def interpolate(x: Array, top: Array, left: Array, h: int, w: int) -> None:
    """Writes over each pixel of x (rows, h·w) the mean of four around its source, by nearness."""
    # a border of zeros all around; one row and column more for the lower and the right neighbour
    framed = np.zeros((len(x), h + 3, w + 3), x.dtype, like=x)
    framed[:, 1 : h + 1, 1 : w + 1] = x.reshape(-1, h, w)
    flat = framed.ravel()
    i, j = top.astype(np.int32), left.astype(np.int32)
    top -= i
    left -= j
    index = i * (w + 3)  # into flat, of the upper left neighbour: (rows, h·w)
    index += j
    index += np.arange(len(x), dtype=np.int32, like=x)[:, None] * ((h + 3) * (w + 3))
    a, b = flat.take(index), flat.take(index + 1)
    b -= a
    b *= left
    b += a  # between the two upper neighbours
    index += w + 3
    c, d = flat.take(index), flat.take(index + 1)
    d -= c
    d *= left
    d += c  # between the two lower ones
    d -= b
    d *= top
    np.add(b, d, out=x)
