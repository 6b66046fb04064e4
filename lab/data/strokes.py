"""Digits made of strokes: the ways in which people write each digit, written down by hand and
varied by chance.

MNIST was written in America around 1990 and has few barred sevens, flagged ones or hooked nines. A
network that shall read everybody's hand needs to have seen them; no one's data are in here, only
these lists of points.
"""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Way = list[tuple[float, float]]

# for each digit its ways, each of one or more strokes: points from (0, 0), top left, to (1, 1),
# bottom right
WAYS: dict[int, list[list[Way]]] = {
    0: [
        [
            [
                (0.5, 0),
                (0.1, 0.2),
                (0, 0.6),
                (0.3, 1),
                (0.8, 0.9),
                (1, 0.45),
                (0.8, 0.08),
                (0.45, 0.02),
            ]
        ],
        [
            [
                (0.6, 0),
                (1, 0.3),
                (0.95, 0.7),
                (0.5, 1),
                (0.05, 0.75),
                (0.05, 0.3),
                (0.45, 0),
                (0.7, 0.05),
            ]
        ],
    ],
    1: [
        [[(0.5, 0), (0.5, 0.5), (0.5, 1)]],
        [[(0.05, 0.4), (0.55, 0), (0.5, 0.5), (0.45, 1)]],
        [[(0.0, 0.5), (0.3, 0.25), (0.6, 0), (0.5, 0.5), (0.4, 1)]],
        [[(0.3, 0.2), (0.55, 0), (0.5, 0.5), (0.45, 1)]],
        [[(0.15, 0.3), (0.55, 0), (0.5, 0.5), (0.5, 1)], [(0.1, 1), (0.95, 0.98)]],
        [[(0.15, 0.3), (0.55, 0), (0.5, 0.5), (0.5, 1), (0.1, 1), (0.5, 0.99), (0.95, 0.98)]],
        [[(0.5, 0), (0.5, 0.5), (0.48, 1), (0.1, 1), (0.9, 0.98)]],
        [[(0.0, 0.35), (0.35, 0.1), (0.8, 0), (0.55, 0.5), (0.3, 1)]],
        [[(0, 0.6), (0.45, 0.28), (0.9, 0), (0.75, 0.5), (0.6, 1)]],
        [[(0, 0.85), (0.4, 0.4), (0.8, 0), (0.72, 0.5), (0.66, 1)]],
        [[(0, 0.5), (0.5, 0.15), (1, 0), (0.75, 0.45), (0.5, 1)]],
    ],
    2: [
        [[(0.05, 0.25), (0.4, 0), (0.85, 0.2), (0.6, 0.6), (0, 1), (0.5, 0.98), (1, 0.97)]],
        [
            [
                (0.05, 0.2),
                (0.5, 0),
                (0.85, 0.3),
                (0.4, 0.8),
                (0.05, 0.95),
                (0.2, 0.78),
                (0.5, 0.92),
                (1, 1),
            ]
        ],
    ],
    3: [
        [[(0.1, 0.1), (0.5, 0), (0.85, 0.22), (0.4, 0.46), (0.9, 0.7), (0.5, 1), (0, 0.9)]],
        [[(0.05, 0), (0.5, 0), (0.95, 0), (0.45, 0.4), (0.9, 0.65), (0.6, 1), (0, 0.9)]],
    ],
    4: [
        [
            [(0.35, 0), (0.15, 0.35), (0, 0.6), (0.5, 0.62), (1, 0.6)],
            [(0.7, 0.3), (0.68, 0.65), (0.65, 1)],
        ],
        [
            [
                (0.35, 0),
                (0.15, 0.35),
                (0, 0.6),
                (0.5, 0.62),
                (1, 0.6),
                (0.72, 0.3),
                (0.68, 0.65),
                (0.65, 1),
            ]
        ],
        [[(0.1, 0), (0.05, 0.45), (0.5, 0.5), (0.85, 0.45)], [(0.85, 0), (0.8, 0.5), (0.75, 1)]],
        [[(0.1, 0), (0.05, 0.45), (0.5, 0.5), (0.85, 0.45), (0.88, 0.05), (0.8, 0.5), (0.75, 1)]],
        [[(0.7, 1), (0.7, 0.5), (0.72, 0), (0.3, 0.35), (0, 0.65), (0.5, 0.67), (1, 0.65)]],
    ],
    5: [
        [
            [
                (0.9, 0),
                (0.5, 0.01),
                (0.2, 0.02),
                (0.12, 0.42),
                (0.6, 0.38),
                (0.95, 0.68),
                (0.55, 1),
                (0, 0.9),
            ]
        ],
        [
            [(0.2, 0.02), (0.12, 0.42), (0.6, 0.38), (0.95, 0.68), (0.55, 1), (0, 0.9)],
            [(0.2, 0.02), (0.9, 0)],
        ],
        [
            [
                (0.2, 0.02),
                (0.12, 0.42),
                (0.6, 0.38),
                (0.95, 0.68),
                (0.55, 1),
                (0, 0.9),
                (0.2, 0.1),
                (0.9, 0),
            ]
        ],
        [
            [
                (0.25, 0.1),
                (0.15, 0.45),
                (0.7, 0.5),
                (0.7, 0.95),
                (0.1, 0.95),
                (0.15, 0.4),
                (0.3, 0.05),
                (0.95, 0),
            ]
        ],
    ],
    6: [
        [[(0.75, 0), (0.3, 0.3), (0.05, 0.75), (0.45, 1), (0.9, 0.8), (0.6, 0.55), (0.1, 0.72)]],
        [[(0.5, 0), (0.15, 0.4), (0.1, 0.85), (0.55, 1), (0.85, 0.75), (0.5, 0.6), (0.15, 0.75)]],
    ],
    7: [
        [[(0, 0.05), (0.5, 0.02), (0.95, 0), (0.65, 0.5), (0.45, 1)]],
        [[(0, 0.2), (0.02, 0.03), (0.5, 0.03), (0.95, 0), (0.65, 0.5), (0.5, 1)]],
        [[(0, 0.05), (0.5, 0.02), (0.95, 0), (0.65, 0.5), (0.45, 1)], [(0.25, 0.52), (0.9, 0.47)]],
        [
            [
                (0, 0.05),
                (0.45, 0),
                (0.9, 0.02),
                (0.6, 0.5),
                (0.45, 1),
                (0.2, 0.6),
                (0.55, 0.55),
                (0.95, 0.5),
            ]
        ],
        [
            [
                (0, 0.1),
                (0.5, 0),
                (0.85, 0.1),
                (0.6, 0.55),
                (0.35, 1),
                (0.1, 0.75),
                (0.4, 0.6),
                (0.95, 0.55),
            ]
        ],
        [
            [
                (0, 0.1),
                (0.5, 0),
                (0.8, 0.15),
                (0.55, 0.6),
                (0.35, 1),
                (0.2, 0.85),
                (0.5, 0.62),
                (1, 0.55),
            ]
        ],
        [
            [
                (0, 0.05),
                (0.5, 0.02),
                (0.9, 0),
                (0.7, 0.45),
                (0.5, 1),
                (0.3, 0.65),
                (0.3, 0.45),
                (0.95, 0.45),
            ]
        ],
        [
            [
                (0, 0.15),
                (0.5, 0.05),
                (0.95, 0),
                (0.8, 0.4),
                (0.7, 1),
                (0.3, 0.5),
                (0.6, 0.45),
                (1, 0.42),
            ]
        ],
        [
            [
                (0, 0.15),
                (0.4, 0),
                (0.8, 0.08),
                (0.5, 0.6),
                (0.3, 1),
                (0.05, 0.85),
                (0.35, 0.7),
                (0.95, 0.7),
            ]
        ],
        [
            [
                (0.05, 0.05),
                (0.5, 0),
                (0.9, 0.05),
                (0.55, 0.55),
                (0.3, 0.95),
                (0.1, 0.7),
                (0.5, 0.62),
                (0.9, 0.62),
            ]
        ],
    ],
    8: [
        [
            [
                (0.8, 0.15),
                (0.4, 0),
                (0.15, 0.25),
                (0.8, 0.7),
                (0.55, 1),
                (0.1, 0.82),
                (0.4, 0.5),
                (0.85, 0.22),
                (0.7, 0.03),
            ]
        ],
        [
            [
                (0.5, 0.48),
                (0.15, 0.25),
                (0.5, 0),
                (0.85, 0.25),
                (0.5, 0.48),
                (0.05, 0.75),
                (0.5, 1),
                (0.95, 0.75),
                (0.5, 0.48),
            ]
        ],
        [
            [
                (0.5, 0),
                (0.1, 0.22),
                (0.5, 0.45),
                (0.9, 0.75),
                (0.5, 1),
                (0.1, 0.75),
                (0.6, 0.42),
                (0.85, 0.15),
                (0.5, 0),
            ]
        ],
    ],
    9: [
        [[(0.85, 0.2), (0.4, 0), (0.05, 0.25), (0.4, 0.48), (0.85, 0.2), (0.8, 0.65), (0.6, 1)]],
        [
            [
                (0.85, 0.2),
                (0.4, 0),
                (0.05, 0.25),
                (0.4, 0.48),
                (0.85, 0.2),
                (0.85, 0.7),
                (0.5, 1),
                (0, 0.9),
            ]
        ],
        [
            [
                (0.8, 0.05),
                (0.3, 0.05),
                (0.1, 0.35),
                (0.55, 0.4),
                (0.85, 0.1),
                (0.8, 0.75),
                (0.4, 1),
                (0, 0.95),
            ]
        ],
        [[(0.9, 0.1), (0.3, 0), (0.0, 0.3), (0.6, 0.35), (0.95, 0.05), (0.7, 0.6), (0.3, 1)]],
        [[(0.55, 0.4), (0.1, 0.35), (0.3, 0), (0.8, 0.15), (0.8, 0.6), (0.5, 1), (0, 0.95)]],
        [
            [
                (0.75, 0.02),
                (0.2, 0.08),
                (0.3, 0.4),
                (0.8, 0.3),
                (0.85, 0.05),
                (0.85, 0.6),
                (0.4, 1),
                (0, 0.85),
            ]
        ],
        [
            [
                (0.85, 0.1),
                (0.3, 0.05),
                (0.05, 0.4),
                (0.6, 0.42),
                (0.9, 0.15),
                (0.95, 0.7),
                (0.5, 0.98),
                (0, 0.98),
            ]
        ],
    ],
}

SCALE = 4  # drawn so many times finer than MNIST's pixels
PEN = 9.5  # of MNIST, in these
JITTER, SLANT, STRETCH, TURN = 0.055, 0.35, 0.35, 0.2
STATIONS = 8  # a coarse pen notes so few places along its way, and corners become round


def smooth(points: NDArray[np.floating], places: int = 8) -> NDArray[np.floating]:
    """A curve through the points: Catmull and Rom's spline, 1974."""
    p = np.vstack([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, places, endpoint=False)[:, None]
    pieces = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.vstack([*pieces, points[-1:]])


def _coarse(way: NDArray[np.floating]) -> NDArray[np.floating]:
    """STATIONS places equally far apart along the way."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])
    at = np.linspace(0, along[-1], STATIONS)
    return np.column_stack([np.interp(at, along, way[:, 0]), np.interp(at, along, way[:, 1])])


def ways(
    digit: int, rng: np.random.Generator, jitter: float = JITTER
) -> list[NDArray[np.floating]]:
    """A digit written in one of its ways, its points moved, slanted, stretched and turned by
    chance: (points, 2) each.

    About 1 high, y downwards.
    """
    return _varied(WAYS[digit][rng.integers(len(WAYS[digit]))], rng, jitter)


def _varied(
    strokes: list[Way], rng: np.random.Generator, jitter: float
) -> list[NDArray[np.floating]]:
    turn, slant, wide = (
        rng.uniform(-TURN, TURN),
        rng.uniform(-SLANT, SLANT),
        rng.uniform(1 - STRETCH, 1 + STRETCH),
    )
    mix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array(
        [[0.7 * wide, slant], [0, 1]]
    )
    moved = [
        (np.array(stroke) + rng.normal(0, jitter, (len(stroke), 2))) @ mix.T for stroke in strokes
    ]
    smoothed = [smooth(way) for way in moved]
    if len(smoothed) == 1 and rng.random() < 0.5:
        smoothed = [smooth(_coarse(smoothed[0]))]
    return smoothed


def write(
    brush: ImageDraw.ImageDraw,
    strokes: list[NDArray[np.floating]],
    corner: tuple[float, float],
    height: float,
    pen: float,
    ink: object,
) -> float:
    """Draws strokes with round ends; the ink's upper left corner comes to `corner`. Returns how
    wide they become.
    """
    every = np.vstack(strokes)
    low, size = every.min(axis=0), (height - pen) / max(np.ptp(every[:, 1]), 1e-6)
    for stroke in strokes:
        places = (stroke - low) * size + np.array(corner) + pen / 2
        line(brush, places, pen, ink)
    return float(np.ptp(every[:, 0]) * size + pen)


def line(brush: ImageDraw.ImageDraw, places: NDArray[np.floating], pen: float, ink: Any) -> None:
    """Draws a line through places (points, 2) in pixels, with round ends."""
    brush.line([tuple(place) for place in places], fill=ink, width=round(pen), joint="curve")
    for x, y in (places[0], places[-1]):
        brush.ellipse([x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2], fill=ink)


def _picture(digit: int, rng: np.random.Generator, jitter: float) -> NDArray[np.uint8]:
    """One digit, (28, 28), placed as MNIST's."""
    strokes = ways(digit, rng, jitter)
    every = np.vstack(strokes)
    pen = PEN * rng.uniform(0.8, 1.25)
    size = (20 * SCALE - pen) / max(np.ptp(every, axis=0).max(), 1e-6)
    middle = every.mean(axis=0)
    image = Image.new("L", (28 * SCALE, 28 * SCALE))
    brush = ImageDraw.Draw(image)
    for stroke in strokes:
        line(brush, (stroke - middle) * size + 14.5 * SCALE, pen, 255)
    return np.asarray(image.resize((28, 28), Image.Resampling.BOX))


@functools.lru_cache(maxsize=4)
def drawn(
    count: int, seed: int = 0, jitter: float = JITTER
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """`count` digits (count, 28, 28), ink 0 to 255, and what they are; the same for the same seed.

    `jitter` is how far points are moved (standard deviation, the digit's height being 1).
    """
    rng = np.random.default_rng([seed, 28])
    digits = rng.integers(0, 10, count)
    made = [_picture(digit, rng, jitter) for digit in digits.tolist()]
    return np.array(made, np.uint8).reshape(count, 28, 28), digits.astype(np.int64)
