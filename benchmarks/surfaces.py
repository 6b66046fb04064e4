"""What a sheet of paper may lie on in a photograph, as a share of light that is thrown back: wood,
cloth and the like, made by program from a seed.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

Colour = NDArray[np.float64]  # (height, width, 3) or (3,), 0 to 1, the share of light thrown back

LONG = 1180  # pixels of a photograph's longer side: a phone's picture scaled to one megapixel


def noise(
    height: int, width: int, grain: tuple[float, float], rng: Generator
) -> NDArray[np.float64]:
    """Smooth noise, its standard deviation 1, with so many pixels (down, across) a lump."""
    small = rng.standard_normal((int(height / grain[0]) + 3, int(width / grain[1]) + 3))
    large = ndimage.zoom(small, (grain[0], grain[1]), order=1)[:height, :width]
    large = np.pad(large, [(0, height - large.shape[0]), (0, width - large.shape[1])], "edge")
    return np.asarray((large - large.mean()) / max(large.std(), 1e-6))


def wood(height: int, width: int, rng: Generator) -> Colour:
    """Planks with grain along them."""
    y, x = np.mgrid[:height, :width] / LONG
    if rng.random() < 0.5:
        y, x = x, y
    plank = rng.uniform(0.15, 0.6)
    board = np.floor(y / plank).astype(int)
    rings = y + 0.03 * noise(height, width, (60, 60), rng) + rng.uniform(0, 1, 64)[board % 64]
    across = (40, 3) if y[0, 1] > y[0, 0] else (3, 40)
    tone = 0.5 + 0.25 * np.sin(2 * np.pi * rng.uniform(8, 30) * rings)
    tone = tone + 0.18 * noise(height, width, across, rng) + rng.normal(0, 0.12, 64)[board % 64]
    dark, bright = rng.uniform(0.15, 0.4), rng.uniform(0.42, 0.75)
    level = dark + (bright - dark) * np.clip(tone, 0, 1)
    level = np.where(np.abs(y / plank - np.rint(y / plank)) < 0.006 / plank, 0.4 * level, level)
    tint = np.array([1.0, rng.uniform(0.68, 0.85), rng.uniform(0.42, 0.68)])
    return np.asarray(level[..., None] * tint)


def cloth(height: int, width: int, rng: Generator) -> Colour:
    """Woven threads with folds, plain or in checks."""
    y, x = np.mgrid[:height, :width]
    pitch = rng.uniform(4, 9)
    weave = 0.12 * np.sin(2 * np.pi * x / pitch) * np.sin(2 * np.pi * y / pitch)
    folds = 0.12 * noise(height, width, (250, 90), rng)
    base, other = rng.uniform(0.1, 0.75, 3), rng.uniform(0.1, 0.85, 3)
    level = 1 + weave + folds
    if rng.random() < 0.5:
        side = rng.uniform(40, 120)
        checks = ((x // side) % 2 + (y // side) % 2)[..., None] / 2
        return np.asarray(level[..., None] * (base * (1 - checks) + other * checks))
    return np.asarray(level[..., None] * base)


def desk(height: int, width: int, rng: Generator) -> Colour:
    """An even top of some colour, dark or grey."""
    base = rng.uniform(0.08, 0.55) * rng.uniform(0.75, 1, 3)
    return np.asarray(base * (1 + 0.03 * noise(height, width, (2, 2), rng))[..., None])


def stone(height: int, width: int, rng: Generator) -> Colour:
    """Granite: specks of several sizes."""
    level = 0.4 + 0.12 * noise(height, width, (3, 3), rng) + 0.1 * noise(height, width, (9, 9), rng)
    level = np.where(noise(height, width, (5, 5), rng) > 1.6, 0.12, level)
    return np.asarray(np.clip(level, 0.05, 0.8)[..., None] * rng.uniform(0.85, 1, 3))


def carpet(height: int, width: int, rng: Generator) -> Colour:
    """A pile of wool with stripes of several colours."""
    colours = rng.uniform(0.08, 0.7, (12, 3))
    bands = np.floor((np.mgrid[:height, :width][int(rng.integers(2))]) / rng.uniform(50, 160))
    pile = (
        1 + 0.2 * noise(height, width, (4, 4), rng) + 0.12 * noise(height, width, (1.5, 1.5), rng)
    )
    return np.asarray(colours[bands.astype(int) % 12] * pile[..., None])


def newspaper(height: int, width: int, rng: Generator) -> Colour:
    """A newspaper or a keyboard: rows of small dark things on a grey ground."""
    level = np.full((height, width), rng.uniform(0.35, 0.5))
    pitch = int(rng.integers(12, 40))
    for top in range(pitch // 2, height, pitch):
        left = 0
        while left < width:
            long = int(rng.integers(pitch // 2, 3 * pitch))
            level[top : top + pitch // 2, left : left + long] *= rng.uniform(0.25, 0.6)
            left += long + pitch // 3
    return np.asarray(level[..., None] * rng.uniform(0.8, 1, 3))


Surface = Callable[[int, int, Generator], Colour]
SEEN: tuple[Surface, ...] = (wood, cloth, desk)
UNSEEN: tuple[Surface, ...] = (stone, carpet, newspaper)
