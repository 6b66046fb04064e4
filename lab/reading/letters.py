"""Draws at random what is no digit: letters, signs, doodles and mirrored digits, from points
written down by hand.

A reader of digits has to be shown what it shall not read: Hendrycks, Mazeika and Dietterich, "Deep
anomaly detection with outlier exposure", 2019. No font and nobody's writing is in here.
"""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lab.data import strokes
from lab.reading import preprocess

Curve = NDArray[np.floating]

# the ways to write each letter: strokes, parted by |, of points from 0,0, upper left, to 10,10,
# lower right. A stroke of two points is straight, one of more is a curve through them. O, o and l
# are digits to whoever sees nothing else
LETTERS: dict[str, tuple[str, ...]] = {
    "A": ("0,10 5,0|5,0 10,10|2,6.5 8,6.5", "0,10 0,4 2,1 5,0 8,1 10,4 10,10|0,6 10,6"),
    "B": (
        "1,0 1,10|1,0 5,0 9,1 9,4 5,5 1,5|1,5 6,5 10,6 10,9 6,10 1,10",
        "1,0 1,10|1,0 8,2.5 1,5|1,5 10,7.5 1,10",
    ),
    "C": ("9.5,2 7.5,0.4 5,0 2,1 0,5 2,9 5,10 7.5,9.6 9.5,8", "8,0 3,1 0,5 3,9 8,10"),
    "D": ("1,0 1,10|1,0 5,0 9,2 10,5 9,8 5,10 1,10",),
    "E": ("1,0 1,10|1,0 9,0|1,5 8,5|1,10 9,10", "9,1 5,0 2,1 2,4 6,5|6,5 1,6 0,9 4,10 9,9"),
    "F": ("1,0 1,10|1,0 9,0|1,5 7,5",),
    "G": (
        "9.5,2 7,0.3 4.5,0 1.5,1.5 0,5 1.5,8.5 5,10 8,9.5 9.5,8|9.5,8 9.5,5.5|9.5,5.5 6,5.5",
        "9,1 5,0 1,2 0,6 3,10 8,9 9,6|9,6 5,6|9,6 9,10",
    ),
    "H": ("1,0 1,10|9,0 9,10|1,5 9,5",),
    "I": ("1,0 9,0|5,0 5,10|1,10 9,10",),
    "J": ("7,0 7,7 6,9.5 3,10 0,8.5", "7,0 7,7 6,9.5 3,10 0,8.5|3,0 10,0"),
    "K": ("1,0 1,10|9,0 1,6|3.7,4 9.5,10", "1,0 1,10|9,0 1,5|1,5 9.5,10"),
    "L": ("1,0 1,10|1,10 8,10",),
    "M": ("0,10 0,0|0,0 5,8|5,8 10,0|10,0 10,10", "0,10 2,0|2,0 5,10|5,10 8,0|8,0 10,10"),
    "N": ("1,10 1,0|1,0 9,10|9,10 9,0",),
    "P": ("1,0 1,10|1,0 5,0 9,1 9,5 5,5.8 1,5.8",),
    "Q": (
        "5,0 2,1 0,5 2,9 5,10 8,9 10,5 8,1 5,0|6,7 10.5,11",
        "5,0 2,1 0,5 2,9 5,10 8,9 10,5 8,1 5,0|5,10 6,12 9,12",
    ),
    "R": (
        "1,0 1,10|1,0 5,0 9,1 9,4.5 5,5.5 1,5.5|5,5.5 9.5,10",
        "1,0 1,10|1,0 5,0 9,1 9,4.5 5,5.5 1,5.5|5,5.5 8,6.5 8.5,10",
    ),
    "S": (
        "9,1.7 7,0.3 4.5,0 1.5,1 1,3 3,4.5 7,5.5 9,7 8.5,9 5.5,10 2.5,9.7 0.5,8.3",
        "9,1 5,0 1,2 5,5 9,8 5,10 1,9",
    ),
    "T": ("0,0 10,0|5,0 5,10",),
    "U": ("1,0 1,6 2,9 5,10 8,9 9,6 9,0", "1,0 1,6 2,9 5,10 8,9 9,6|9,0 9,10"),
    "V": ("0,0 5,10|5,10 10,0",),
    "W": (
        "0,0 2.5,10|2.5,10 5,1|5,1 7.5,10|7.5,10 10,0",
        "0,0 1,7 3,10 5,7 5,3|5,6 6,9 8,10 10,6 10,0",
    ),
    "X": ("0,0 10,10|10,0 0,10",),
    "Y": ("0,0 5,5|10,0 5,5|5,5 5,10",),
    "Z": ("0.5,0 9.5,0|9.5,0 0,10|0,10 10,10", "0.5,0 9.5,0|9.5,0 0,10|0,10 10,10|2,5 8,5"),
    "a": (
        "1,2 3,0.3 5.5,0 8,1 8.5,3 8.5,10|8.5,4 4,4.3 1,5.5 0.3,7.7 2,9.8 5,9.7 8.5,7",
        "8.5,3 6,0.3 3,0.3 0.3,3 0.3,7 3,9.8 6,9.7 8.5,7|8.5,0 8.5,10",
    ),
    "b": ("1,-5 1,10|1,3 3.5,0.3 6.5,0.3 9,3 9,7 6.5,9.8 3.5,9.7 1,7",),
    "c": ("8.5,2 6.5,0.2 4,0 1.2,1.8 0.3,5 1.2,8.2 4,10 6.5,9.8 8.5,8",),
    "d": ("9,-5 9,10|9,3 6.5,0.3 3.5,0.3 1,3 1,7 3.5,9.8 6.5,9.7 9,7",),
    "e": (
        "0.5,5 9.3,5|9.3,5 8.6,2 6.5,0.2 4,0.2 1.2,2 0.3,5 1.2,8.2 4,10 6.8,9.7 9,8",
        "1,6 7,5 9,2 6,0 2,1 0.4,5 2,9 5,10 9,8",
    ),
    "f": ("8,-4.5 6,-5 4.3,-4 4,-2 4,10|1,0 8,0",),
    "g": (
        "8.5,3 6,0.3 3,0.3 0.3,3 0.3,7 3,9.8 6,9.7 8.5,7|8.5,0 8.5,10 7.5,13.5 4.5,14.5 1,13.5",
        "4.5,0 1.5,1 1,3 2,5.3 4.5,6 7,5.3 8,3 7,0.7 4.5,0"
        "|2,5.5 1,7.5 3,9 7,9.5 9,11 8,13.5 4,14.5 0.5,13 1,10.5 3,9|7,0.8 9.5,0",
    ),
    "h": ("1,-5 1,10|1,3.5 3.5,0.5 6,0 8.3,1.5 8.6,4 8.6,10",),
    "i": ("2,0 2,10|2,-4.2 2,-3.4", "2,0 2,10|0,0 2,0|0,10 4,10|2,-4.2 2,-3.4"),
    "j": ("4,0 4,11 3,13.8 0.5,14.3|4,-4.2 4,-3.4",),
    "k": ("1,-5 1,10|8,0 1,6|3.7,4.5 8.5,10",),
    "m": ("0,0 0,10|0,3 2,0.4 4,0.4 5,3 5,10|5,3 7,0.4 9,0.4 10,3 10,10",),
    "n": ("1,0 1,10|1,3.5 3.5,0.5 6,0 8.3,1.5 8.6,4 8.6,10",),
    "p": ("1,0 1,15|1,3 3.5,0.3 6.5,0.3 9,3 9,7 6.5,9.8 3.5,9.7 1,7",),
    "q": ("9,0 9,15|9,3 6.5,0.3 3.5,0.3 1,3 1,7 3.5,9.8 6.5,9.7 9,7",),
    "r": ("1,0 1,10|1,4 2.5,1.2 4.5,0 6.5,0.3",),
    "s": ("8,1.7 6,0.2 4,0 1.5,1 1.3,3 3,4.4 6.5,5.5 8.4,7.2 7.5,9.2 5,10 2.5,9.8 0.6,8.3",),
    "t": ("3.5,-3.5 3.5,7.5 4.5,9.6 6,10 8,9.5|0.5,0 7.5,0", "4,-4 4,10|0,0 8,0"),
    "u": ("1,0 1,6 1.5,9 4,10 6.5,9.3 8.6,6.5|8.6,0 8.6,10",),
    "v": ("0,0 4.5,10|4.5,10 9,0",),
    "w": ("0,0 2.5,10|2.5,10 5,1|5,1 7.5,10|7.5,10 10,0",),
    "x": ("0,0 9,10|9,0 0,10",),
    "y": (
        "0,0 4.7,9.5|9.5,0 4,12 2.5,14.2 0,14.5",
        "0,0 0,6 2,9 5,9 8,6|8,0 8,11 6,14 1,14",
        "0,0 4.7,9|9.5,0 3,15",
    ),
    "z": ("0.5,0 8.5,0|8.5,0 0,10|0,10 9,10",),
}
SIGNS: tuple[str, ...] = (
    "5,0 5,10|0,5 10,5",
    "0,3 10,3|0,7 10,7",
    "1,2 3,0 7,0 9,2 8,4 5,6 5,7.5|5,9.3 5,10",
    "0,0 10,5|10,5 0,10",
    "10,0 0,5|0,5 10,10",
    "3,0 2,10|8,0 7,10|0,3 10,3|0,7 10,7",
    "0,5 2,3 5,5 8,7 10,5",
    "0,6 4,10|4,10 10,0",
    "0,0 10,0|10,0 10,10|10,10 0,10|0,10 0,0",
    "5,0 10,10|10,10 0,10|0,10 5,0",
    "5,0 10,5|10,5 5,10|5,10 0,5|0,5 5,0",
    "5,3 3,0 0,2 1,6 5,10|5,3 7,0 10,2 9,6 5,10",
    "5,0 2,1 0,5 2,9 5,10 8,9 10,5 8,1 5,0|3,3 3,4|7,3 7,4|3,7 5,8 7,7",
    "0,5 10,5|6,1 10,5|6,9 10,5",
    "5,0 5,10|1,2.5 9,7.5|9,2.5 1,7.5",
    "9,9 2,2 4,0 6,2 1,6 1,9 4,10 8,7 9,5",
    "0,10 0,4|0,4 5,0|5,0 10,4|10,4 10,10|10,10 0,10",
    "5,5 6,4 6,6 4,6.5 3,4.5 5,2.5 8,4 8,7.5 4.5,9 1,6 1,2 5,0 9,1",
    "5,0 2,9.5|2,9.5 10,3.5|10,3.5 0,3.5|0,3.5 8,9.5|8,9.5 5,0",
    "0,10 2,0|2,0 4,10|4,10 6,0|6,0 8,10|8,10 10,0",
    "5,0 2,1 0,5 2,9 5,10 8,9 10,5 8,1 5,0|5,0 5,10|0,5 10,5",
    "0,0 10,0|0,5 10,5|0,10 10,10",
    "2,0 2,10|8,0 8,10",
    "10,0 0,10|2,0 0,2 2,4 4,2 2,0|8,6 6,8 8,10 10,8 8,6",
    "6,0 3,0|3,0 3,10|3,10 6,10",
    "0,0 0,10|0,10 10,10|10,10 10,0",
)
MIRRORED = (2, 3, 4, 5, 6, 7, 9)  # digits that are none in a mirror
RARELY = "IBSZbgqsz"  # hardly to be told from digits: asked for too often, they would cost digits

KINDS = len(LETTERS) + 1 + len(MIRRORED)
FINE = 96  # pixels of the longest side while a picture is drawn


def _parse_strokes(way: str) -> list[Curve]:
    return [
        np.array([point.split(",") for point in part.split()], float) / 10
        for part in way.split("|")
    ]


def _draw_doodle(rng: Generator) -> list[Curve]:
    """Return a doodle: one long scribble, or a few strokes that have nothing to do with one
    another.
    """
    if rng.random() < 0.4:
        return [rng.uniform(0, 1, (int(rng.integers(6, 14)), 2))]
    return [rng.uniform(0, 1, (int(rng.integers(2, 5)), 2)) for _ in range(rng.integers(3, 6))]


def _add_serifs(curves: Sequence[Curve], rng: Generator) -> list[Curve]:
    """Return the curves with short bars across the ends of strokes, as printers put them."""
    half, added = rng.uniform(0.08, 0.2), []
    for curve in curves:
        for end, before in ((curve[0], curve[1]), (curve[-1], curve[-2])):
            across = abs(end[1] - before[1]) > 0.6 * abs(end[0] - before[0])
            step = np.array([half, 0.0]) if across else np.array([0.0, 0.7 * half])
            if rng.random() < 0.85:
                added.append(np.array([end - step, end + step]))
    return [*curves, *added]


def _draw_picture(
    curves: Sequence[Curve], rng: Generator, printed: bool, serifs: bool
) -> NDArray[np.float32]:
    """Return the strokes as a network sees them, (28, 28), moved and drawn with a random pen."""
    jitter = rng.uniform(0, 0.025) if printed else rng.uniform(0.02, 0.07)
    turn = rng.normal(0, 0.03) if printed else rng.uniform(-0.2, 0.2)
    slant = (
        (rng.uniform(0.1, 0.35) if rng.random() < 0.3 else 0.0)
        if printed
        else rng.uniform(-0.35, 0.35)
    )
    width = rng.uniform(0.5, 1.1)
    mix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array(
        [[width, -slant], [0, 1]]
    )
    if serifs:
        curves = _add_serifs(curves, rng)
    shift: dict[tuple[float, float], Curve] = {}  # ends of strokes that met shall meet again
    moved = []
    for curve in curves:
        jittered = [
            point + shift.setdefault((float(point[0]), float(point[1])), rng.normal(0, jitter, 2))
            for point in curve
        ]
        moved.append(strokes.smooth(np.array(jittered) @ mix.T))
    outline = np.vstack(moved)
    low, size = outline.min(axis=0), FINE / max(np.ptp(outline, axis=0).max(), 1e-6)
    contrast = rng.uniform(1, 2.6) if printed and rng.random() < 0.5 else rng.uniform(0.85, 1.2)
    pen = (
        FINE
        * np.exp(rng.uniform(np.log(0.04), np.log(0.22 if printed else 0.18)))
        / np.sqrt(contrast)
    )
    rim = 0.75 * pen + 2
    high, long = np.ptp(outline, axis=0)[::-1] * size + 2 * rim
    # a pen that is `contrast` times as wide as high: a round one, and the picture stretched
    image = Image.new("L", (max(8, round(long / contrast)), max(8, round(high))))
    brush = ImageDraw.Draw(image)
    for curve in moved:
        points = ((curve - low) * size + rim) / np.array([contrast, 1])
        strokes.draw_line(brush, points, max(pen, 2), 255)
    ink = np.asarray(
        image.resize((max(8, round(long)), image.height), Image.Resampling.BILINEAR), np.float32
    )
    return preprocess.prepare_digit(ink / np.float32(255)).pixels


def draw_stranger(rng: Generator) -> tuple[NDArray[np.float32], int]:
    """Return something that is no digit, (28, 28), as a network sees it, and the number of its
    kind.

    Kinds are LETTERS in their order, then signs and doodles, then MIRRORED digits in theirs: KINDS
    in all.
    """
    draw = rng.random()
    printed = bool(rng.random() < 0.65)
    if draw < 0.68:
        name = "".join(LETTERS)[rng.integers(len(LETTERS))]
        if name in RARELY and rng.random() < 0.5:
            name = "".join(LETTERS)[rng.integers(len(LETTERS))]
        ways = LETTERS[name]
        serifs = printed and bool(rng.random() < 0.5)
        return _draw_picture(
            _parse_strokes(ways[rng.integers(len(ways))]), rng, printed, serifs
        ), list(LETTERS).index(name)
    if draw < 0.78:
        return _draw_picture(
            _parse_strokes(SIGNS[rng.integers(len(SIGNS))]), rng, printed, False
        ), len(LETTERS)
    if draw < 0.86:
        return _draw_picture(_draw_doodle(rng), rng, False, False), len(LETTERS)
    mirrored = int(rng.integers(len(MIRRORED)))
    curves = [stroke * [-1, 1] for stroke in _choose_digit_strokes(MIRRORED[mirrored], rng)]
    return _draw_picture(curves, rng, printed, False), len(LETTERS) + 1 + mirrored


def _choose_digit_strokes(digit: int, rng: Generator) -> list[Curve]:
    ways = strokes.WAYS[digit]
    return [np.array(stroke, float) for stroke in ways[rng.integers(len(ways))]]


def draw_digit(rng: Generator) -> tuple[NDArray[np.float32], int]:
    """Return a digit, (28, 28), drawn with the same pens as what is no digit, and its label."""
    printed, number = bool(rng.random() < 0.5), int(rng.integers(10))
    return _draw_picture(
        _choose_digit_strokes(number, rng), rng, printed, printed and bool(rng.random() < 0.3)
    ), number
