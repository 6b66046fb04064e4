"""Digits made of strokes: the ways to write each digit, noted by hand and varied by chance.

MNIST was written in America around 1990 and has few barred sevens, flagged ones or hooked nines. A
network that shall read everybody's hand needs to have seen them; no one's data are in here, only
these lists of points.
"""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Stroke = list[tuple[float, float]]

# of each digit its ways: strokes, parted by |, of points in hundredths, from 0,0, top left, to
# 100,100, bottom right
_TABLE: dict[int, tuple[str, ...]] = {
    0: (
        "50,0 10,20 0,60 30,100 80,90 100,45 80,8 45,2",
        "60,0 100,30 95,70 50,100 5,75 5,30 45,0 70,5",
    ),
    1: (
        "50,0 50,50 50,100",
        "5,40 55,0 50,50 45,100",
        "0,50 30,25 60,0 50,50 40,100",
        "30,20 55,0 50,50 45,100",
        "15,30 55,0 50,50 50,100|10,100 95,98",
        "15,30 55,0 50,50 50,100 10,100 50,99 95,98",
        "50,0 50,50 48,100 10,100 90,98",
        "0,35 35,10 80,0 55,50 30,100",
        "0,60 45,28 90,0 75,50 60,100",
        "0,85 40,40 80,0 72,50 66,100",
        "0,50 50,15 100,0 75,45 50,100",
    ),
    2: (
        "5,25 40,0 85,20 60,60 0,100 50,98 100,97",
        "5,20 50,0 85,30 40,80 5,95 20,78 50,92 100,100",
    ),
    3: (
        "10,10 50,0 85,22 40,46 90,70 50,100 0,90",
        "5,0 50,0 95,0 45,40 90,65 60,100 0,90",
    ),
    4: (
        "35,0 15,35 0,60 50,62 100,60|70,30 68,65 65,100",
        "35,0 15,35 0,60 50,62 100,60 72,30 68,65 65,100",
        "10,0 5,45 50,50 85,45|85,0 80,50 75,100",
        "10,0 5,45 50,50 85,45 88,5 80,50 75,100",
        "70,100 70,50 72,0 30,35 0,65 50,67 100,65",
    ),
    5: (
        "90,0 50,1 20,2 12,42 60,38 95,68 55,100 0,90",
        "20,2 12,42 60,38 95,68 55,100 0,90|20,2 90,0",
        "20,2 12,42 60,38 95,68 55,100 0,90 20,10 90,0",
        "25,10 15,45 70,50 70,95 10,95 15,40 30,5 95,0",
    ),
    6: (
        "75,0 30,30 5,75 45,100 90,80 60,55 10,72",
        "50,0 15,40 10,85 55,100 85,75 50,60 15,75",
    ),
    7: (
        "0,5 50,2 95,0 65,50 45,100",
        "0,20 2,3 50,3 95,0 65,50 50,100",
        "0,5 50,2 95,0 65,50 45,100|25,52 90,47",
        "0,5 45,0 90,2 60,50 45,100 20,60 55,55 95,50",
        "0,10 50,0 85,10 60,55 35,100 10,75 40,60 95,55",
        "0,10 50,0 80,15 55,60 35,100 20,85 50,62 100,55",
        "0,5 50,2 90,0 70,45 50,100 30,65 30,45 95,45",
        "0,15 50,5 95,0 80,40 70,100 30,50 60,45 100,42",
        "0,15 40,0 80,8 50,60 30,100 5,85 35,70 95,70",
        "5,5 50,0 90,5 55,55 30,95 10,70 50,62 90,62",
    ),
    8: (
        "80,15 40,0 15,25 80,70 55,100 10,82 40,50 85,22 70,3",
        "50,48 15,25 50,0 85,25 50,48 5,75 50,100 95,75 50,48",
        "50,0 10,22 50,45 90,75 50,100 10,75 60,42 85,15 50,0",
    ),
    9: (
        "85,20 40,0 5,25 40,48 85,20 80,65 60,100",
        "85,20 40,0 5,25 40,48 85,20 85,70 50,100 0,90",
        "80,5 30,5 10,35 55,40 85,10 80,75 40,100 0,95",
        "90,10 30,0 0,30 60,35 95,5 70,60 30,100",
        "55,40 10,35 30,0 80,15 80,60 50,100 0,95",
        "75,2 20,8 30,40 80,30 85,5 85,60 40,100 0,85",
        "85,10 30,5 5,40 60,42 90,15 95,70 50,98 0,98",
    ),
}


def _parse(text: str) -> list[Stroke]:
    return [
        [(int(x) / 100, int(y) / 100) for x, y in (point.split(",") for point in part.split())]
        for part in text.split("|")
    ]


# of each digit its ways, each of one or more strokes: points from (0, 0) to (1, 1)
WAYS: dict[int, list[list[Stroke]]] = {
    digit: [_parse(text) for text in texts] for digit, texts in _TABLE.items()
}

SCALE = 4  # digits are drawn so many times finer than MNIST's pixels
PEN = 9.5  # MNIST's mean width of a stroke, in these finer pixels
JITTER, SLANT, STRETCH, TURN = 0.055, 0.35, 0.35, 0.2
STATIONS = 8  # a coarse pen notes so few points along a stroke, and corners become round


def smooth(points: NDArray[np.floating], steps: int = 8) -> NDArray[np.floating]:
    """Return a curve through the points (n, 2) with `steps` times as many: Catmull and Rom's
    spline, 1974.
    """
    p = np.vstack([points[:1], points, points[-1:]])[:, None]
    a, b, c, d = (
        p[:-3],
        p[1:-2],
        p[2:-1],
        p[3:],
    )  # of each piece the four points around: (n-1, 1, 2)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    return np.vstack([pieces.reshape(-1, 2), points[-1:]])


def _resample(stroke: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return STATIONS points, equally far apart, along the stroke: (STATIONS, 2)."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    at = np.linspace(0, along[-1], STATIONS)
    return np.column_stack([np.interp(at, along, stroke[:, 0]), np.interp(at, along, stroke[:, 1])])


def random_strokes(
    digit: int, rng: np.random.Generator, jitter: float = JITTER
) -> list[NDArray[np.floating]]:
    """Return strokes (points, 2) of a digit, about 1 high, y downwards, written in one of its ways.

    Points are moved, and the digit is slanted, stretched and turned by chance.
    """
    return _vary(WAYS[digit][rng.integers(len(WAYS[digit]))], rng, jitter)


def _vary(
    strokes: list[Stroke], rng: np.random.Generator, jitter: float
) -> list[NDArray[np.floating]]:
    turn, slant = rng.uniform(-TURN, TURN), rng.uniform(-SLANT, SLANT)
    width = rng.uniform(1 - STRETCH, 1 + STRETCH)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    transform = rotation @ np.array([[0.7 * width, slant], [0, 1]])
    moved = [
        (np.array(stroke) + rng.normal(0, jitter, (len(stroke), 2))) @ transform.T
        for stroke in strokes
    ]
    smoothed = [smooth(stroke) for stroke in moved]
    if len(smoothed) == 1 and rng.random() < 0.5:
        smoothed = [smooth(_resample(smoothed[0]))]
    return smoothed


def draw_strokes(
    brush: ImageDraw.ImageDraw,
    strokes: list[NDArray[np.floating]],
    corner: tuple[float, float],
    height: float,
    pen: float,
    ink: object,
) -> float:
    """Draw strokes with round ends; return how wide they become, in pixels.

    `corner` is the upper left corner of the ink, `height` the height of the ink, `pen` the width of
    the strokes, all in pixels.
    """
    points = np.vstack(strokes)
    low, size = points.min(axis=0), (height - pen) / max(np.ptp(points[:, 1]), 1e-6)
    for stroke in strokes:
        draw_line(brush, (stroke - low) * size + np.array(corner) + pen / 2, pen, ink)
    return float(np.ptp(points[:, 0]) * size + pen)


def draw_line(
    brush: ImageDraw.ImageDraw, points: NDArray[np.floating], pen: float, ink: Any
) -> None:
    """Draw a line with round ends through points (n, 2) in pixels."""
    brush.line([tuple(point) for point in points], fill=ink, width=round(pen), joint="curve")
    for x, y in (points[0], points[-1]):
        brush.ellipse([x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2], fill=ink)


def _draw_digit(digit: int, rng: np.random.Generator, jitter: float) -> NDArray[np.uint8]:
    """Return a picture (28, 28) of a digit, placed as MNIST's are."""
    strokes = random_strokes(digit, rng, jitter)
    points = np.vstack(strokes)
    pen = PEN * rng.uniform(0.8, 1.25)
    size = (20 * SCALE - pen) / max(np.ptp(points, axis=0).max(), 1e-6)
    middle = points.mean(axis=0)
    image = Image.new("L", (28 * SCALE, 28 * SCALE))
    brush = ImageDraw.Draw(image)
    for stroke in strokes:
        draw_line(brush, (stroke - middle) * size + 14.5 * SCALE, pen, 255)
    return np.asarray(image.resize((28, 28), Image.Resampling.BOX))


@functools.lru_cache(maxsize=4)
def draw_digits(
    count: int, seed: int = 0, jitter: float = JITTER
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return pictures (count, 28, 28), ink 0 to 255, and their digits (count,); a seed always gives
    the same.

    `jitter` is the standard deviation by which points are moved; the digit's height is 1.
    """
    rng = np.random.default_rng([seed, 28])
    digits = rng.integers(0, 10, count)
    pictures = [_draw_digit(digit, rng, jitter) for digit in digits.tolist()]
    return np.array(pictures, np.uint8).reshape(count, 28, 28), digits.astype(np.int64)
