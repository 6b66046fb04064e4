"""Augmentation makes new examples out of old ones: each picture of a batch is moved, turned and
bent by chance.

Every new pixel asks where it comes from in the old picture and mixes the four pixels around that
place.
"""

import functools

import numpy as np

from engine.activations import Array

KNOTS = 5  # of the net, along each edge, on which a picture is bent


@functools.lru_cache(maxsize=4)
def _net(height: int, width: int) -> Array:
    """How much each knot has to say at each pixel, (knots, height·width): two neighbours along each
    axis share.
    """
    along = []
    for size in (height, width):
        place = np.linspace(0, KNOTS - 1, size)[None]
        along.append(np.maximum(0, 1 - np.abs(place - np.arange(KNOTS)[:, None])))
    return (
        np.einsum("ih,jw->ijhw", *along).reshape(KNOTS * KNOTS, height * width).astype(np.float32)
    )


def warp(
    x: Array,
    shape: tuple[int, ...],
    shift: float,
    angle: float,
    scale: float,
    rng: np.random.Generator,
    slant: float = 0.0,
    stretch: float = 0.0,
    bend: float = 0.0,
) -> None:
    """Moves each row of x (rows, height·width), a picture of `shape`, by chance; what comes from
    outside is 0.

    Shifts are at most `shift` pixels, turns at most `angle` radians, sizes within 1 ± `scale`;
    `slant` is by how many pixels each row is shifted beside the next, `stretch` how much wider or
    narrower, `bend` by how many pixels the knots of a net over the picture move, and with them what
    lies between. All uniform.
    """
    rows, (h, w) = len(x), shape
    turn, size = (
        rng.uniform(-angle, angle, (rows, 1)),
        1 / rng.uniform(1 - scale, 1 + scale, (rows, 1)),
    )
    down, right = rng.uniform(-shift, shift, (2, rows, 1)).astype(np.float32)
    # place of every pixel, seen from the middle: (h·w,)
    v, u = (axis.ravel().astype(np.float32) for axis in np.mgrid[:h, :w])
    v, u = v - (h - 1) / 2, u - (w - 1) / 2
    cos, sin = (size * np.cos(turn)).astype(np.float32), (size * np.sin(turn)).astype(np.float32)
    # a border of zeros all around, so that no place lies outside; one row and column more for the
    # neighbour
    top, left = cos * v - sin * u, sin * v + cos * u
    if slant or stretch:
        wide = 1 / rng.uniform(1 - stretch, 1 + stretch, (rows, 1)).astype(np.float32)
        left = wide * left + rng.uniform(-slant, slant, (rows, 1)).astype(np.float32) * v
    if bend:
        moved = rng.uniform(-bend, bend, (2, rows, KNOTS * KNOTS)).astype(np.float32) @ _net(h, w)
        top += moved[0]
        left += moved[1]
    top = np.clip(top + ((h + 1) / 2 - down), 0, h + 0.999)
    left = np.clip(left + ((w + 1) / 2 - right), 0, w + 0.999)
    framed = np.zeros((rows, h + 3, w + 3), x.dtype)
    framed[:, 1 : h + 1, 1 : w + 1] = x.reshape(rows, h, w)
    flat = framed.ravel()

    i, j = top.astype(np.int32), left.astype(np.int32)
    top -= i
    left -= j
    at = i * (w + 3)
    at += j
    at += np.arange(rows, dtype=np.int32)[:, None] * ((h + 3) * (w + 3))
    a, b = flat.take(at), flat.take(at + 1)
    b -= a
    b *= left
    b += a  # between the two upper neighbours
    at += w + 3
    c, d = flat.take(at), flat.take(at + 1)
    d -= c
    d *= left
    d += c  # between the two lower ones
    d -= b
    d *= top
    np.add(b, d, out=x)
