"""Prepares any picture as the 28x28 pixels that a network sees, for canvas, upload and command
line.

Every stage is a small function on float arrays in which ink is 1 and paper 0. The picture after
each stage is kept to be shown, and each can be left out, to see what it is worth. `picture_file`
opens untrusted files; `segment` finds the digits of a number.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lab.reading.brightness import Grey, brightness_of, composite
from lab.reading.fitting import centre, crop, even_pen_width, fit, place_at
from lab.reading.outline import Place
from lab.reading.paper import (
    CROSSINGS,
    count_crossings,
    even_background,
    ink_is_bright,
    is_ruled,
    remove_lines,
)
from lab.reading.picture_file import SIDE, Opened
from lab.reading.segment import INK, MOST, Part, cut_digits

Picture = Opened | Image.Image | NDArray[np.uint8]

# of each stage: what it does, and what happens without it
STAGES: dict[str, tuple[str, str]] = {
    "upright": ("Turned as the camera was held", "left as the file has it"),
    "sheet": (
        "Sheet of paper found on a photograph and laid flat",
        "taken as it is, table and all",
    ),
    "composite": (
        "Laid on paper if see-through; ink that is faint, or as bright as its paper, brought out",
        "see-through parts keep the colour hidden in them, and ink its brightness",
    ),
    "polarity": ("Ink made bright, whichever it was", "taken for dark ink on bright paper"),
    "even background": ("Shadow, grain and printed lines taken away", "left as photographed"),
    "cut": ("Cut into single digits, specks left out", "all ink is taken for one digit"),
    "crop": ("Cut out around the ink", "the whole picture is scaled"),
    "even pen": (
        "Pen made as wide as in the training pictures",
        "as thick or thin as it was written",
    ),
    "fit": ("Longest side made 20 pixels", "as large as fits, 28 pixels"),
    "centre": ("Centre of mass moved to the middle", "left where it was written"),
}

LINES_TAKEN = (
    "There were lines on the paper, which were taken away: plain paper is read more surely."
)


@dataclass(frozen=True)
class Prepared:
    """What a network sees of a digit: `pixels` (28, 28), 0 to 1, and the picture after each stage.

    `blank` is True if there is no ink.
    """

    pixels: Grey
    stages: dict[str, Grey]
    blank: bool


@dataclass(frozen=True)
class Sheet:
    """A picture with its digits: the stages of the whole, and of each digit its part and pixels.

    `remarks` are sentences on what makes the picture hard to read. Of a photograph, `others` is
    what else may be a digit there, `place` how the sheet lies, and `doubt` a sentence on why that
    may be wrong.
    """

    stages: dict[str, Grey]
    parts: list[Part]
    digits: list[Prepared]
    remarks: tuple[str, ...] = ()
    others: tuple[tuple[Part, Prepared], ...] = ()
    place: Place | None = None
    doubt: str = ""


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(picture: Picture, off: Collection[str] = ()) -> Image.Image:
    """Return a picture in RGBA, no larger than SIDE, turned as the camera was held."""
    orientation = picture.orientation if isinstance(picture, Opened) else 1
    picture = picture.picture if isinstance(picture, Opened) else picture
    picture = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    image = picture.convert("RGBA")
    if max(image.size) > SIDE:
        image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    if "upright" not in off and orientation in _TURNS:
        image = image.transpose(_TURNS[orientation])
    return image


def extract_ink(picture: Picture, off: Collection[str] = ()) -> dict[str, Grey]:
    """Return the picture after each stage that concerns the whole of it; the last is its ink.

    `off` names stages to leave out. Beside STAGES there is "with lines", the evened picture before
    printed lines were removed.
    """
    rgba = np.asarray(upright(picture, off))
    stages = {"upright": brightness_of(rgba)}
    stages["composite"] = stages["upright"] if "composite" in off else composite(rgba)
    bright = "polarity" not in off and ink_is_bright(stages["composite"])
    stages["polarity"] = stages["composite"] if bright else 1 - stages["composite"]
    stages["even background"] = stages["polarity"]
    if "even background" not in off:
        stages["with lines"] = even_background(stages["polarity"], bright)
        stages["even background"] = remove_lines(stages["with lines"])
    return stages


def prepare_digit(
    ink: Grey, off: Collection[str] = (), at: tuple[float, float] = (0.5, 0.5)
) -> Prepared:
    """Return what a network sees of the ink of one digit, after the stages that concern a single
    digit.

    `at` is where it was written, from (0, 0), the upper left corner, to (1, 1); there it stays if
    it is not centred.
    """
    if ink.max(initial=0) <= 0.3:
        return Prepared(np.zeros((28, 28), np.float32), {}, blank=True)
    stages = {"crop": ink if "crop" in off else crop(ink)}
    stages["even pen"] = stages["crop"] if "even pen" in off else even_pen_width(stages["crop"])
    stages["fit"] = fit(stages["even pen"], 28 if "fit" in off else 20)
    height, width = stages["fit"].shape
    if "centre" in off:
        stages["centre"] = place_at(stages["fit"], at[0] * (28 - height), at[1] * (28 - width))
    else:
        stages["centre"] = centre(stages["fit"])
    return Prepared(stages["centre"], stages, blank=False)


def prepare_sheet(picture: Picture, off: Collection[str] = ()) -> Sheet:
    """Return what a network sees of each digit of a picture, in reading order."""
    stages = extract_ink(picture, off)
    ink = stages["even background"]
    parts = [Part(0, 0, ink)] if {"cut", "crop"} & set(off) else cut_digits(ink)
    digits = [prepare_digit(part.ink, off, position(part, ink.shape)) for part in parts[: MOST + 1]]
    inked = [digit for digit in digits if not digit.blank]
    return Sheet(stages, parts, inked, _remarks(stages, parts))


def _remarks(stages: dict[str, Grey], parts: list[Part]) -> tuple[str, ...]:
    ink, remarks = stages["even background"], []
    lined = stages.get("with lines", ink)
    if is_ruled(stages["polarity"]) or float((lined - ink).sum()) > 0.25 * float(ink.sum()):
        if "with lines" not in stages or count_crossings(ink) >= CROSSINGS:
            remarks.append(
                "There are lines on the paper, which could not be told from ink: take plain paper."
            )
        else:
            remarks.append(LINES_TAKEN)
    if any(cut_off(part, ink.shape) for part in parts):
        remarks.append(
            "Ink runs into the edge of the picture: what is cut off cannot be read, so take the "
            "whole digit."
        )
    return tuple(remarks)


def cut_off(part: Part, shape: tuple[int, ...]) -> bool:
    """Return whether a part's ink runs into the edge of a picture of this shape."""
    top, left, bottom, right = part.box
    edges = (
        (part.ink[0], top == 0),
        (part.ink[-1], bottom == shape[0]),
        (part.ink[:, 0], left == 0),
        (part.ink[:, -1], right == shape[1]),
    )
    return any(at_edge and line.max(initial=0) > INK for line, at_edge in edges)


def position(part: Part, shape: tuple[int, ...]) -> tuple[float, float]:
    """Return where a digit was written: (0, 0) is the upper left corner, (1, 1) the lower right
    one.
    """
    inked = np.argwhere(part.ink > 0.3)
    if not len(inked):
        return 0.5, 0.5
    (top, left), (bottom, right) = inked.min(axis=0), inked.max(axis=0)
    below, beside = shape[0] - (bottom - top + 1), shape[1] - (right - left + 1)
    return float((part.top + top) / max(below, 1)), float((part.left + left) / max(beside, 1))


def to_28x28(picture: Picture, off: Collection[str] = ()) -> Prepared:
    """Return what a network sees of a picture that is known to hold one digit."""
    stages = extract_ink(picture, off)
    ink = stages["even background"]
    for part in [Part(0, 0, ink)] if {"cut", "crop"} & set(off) else cut_digits(ink, several=False):
        digit = prepare_digit(part.ink, off, position(part, ink.shape))
        return Prepared(digit.pixels, stages | digit.stages, digit.blank)
    return Prepared(np.zeros((28, 28), np.float32), stages, blank=True)
