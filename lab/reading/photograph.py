"""Prepares a photograph: finds the sheet before the ink, and on the sheet what may be digits.

A picture that was drawn or scanned has no table to be cut off, and is prepared as drawings are.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from lab.reading.brightness import Grey, brightness_of
from lab.reading.candidates import (
    LIKELY,
    Candidate,
    Found,
    Mask,
    find_digits,
    runs_out,
    turn_upright,
    with_loose,
)
from lab.reading.outline import UNIT, Place, find_outlines, flatten, inset
from lab.reading.picture_file import Opened, PictureError
from lab.reading.preprocess import (
    LINES_TAKEN,
    Prepared,
    Sheet,
    cut_off,
    position,
    prepare_digit,
    prepare_sheet,
    upright,
)
from lab.reading.printed_lines import remove_printed_lines
from lab.reading.segment import INK, MOST
from lab.reading.shade import darkness
from lab.reading.strangers import odds

OTHERWISE = {"composite", "polarity", "even background", "cut", "crop"}  # without these stages a
# photograph is prepared as drawings are
DRAWN = 0.4  # of the pixels have one brightness: no camera takes such a picture
EDGES = 3  # of a sheet in sight: from here on there is no doubt that it is one
PEN, BRUSH = 0.12, 0.28  # of the shorter side of a sheet: no stroke is wider
OUTLINES = 2  # that are tried
UNLIKELY = -2.0  # logarithm of the odds: where less is found on a sheet, another is tried
ELSEWHERE = 6.0  # by how much what is found on a less likely sheet has to look better
MOST_INK = 1 / 3  # of a picture
MOST_OTHERS = 8
LINED = 0.25  # as much as the ink: from here on it is said that there were printed lines
CUT = (
    "I cannot find the digit: there is ink that runs into the edge of the paper or of the picture. "
    "Take the whole digit, with paper all around it, or cut it out"
)
LEFT_OUT = "Ink runs into the edge of the paper or of the picture: what is cut off is not read."
EMPTY = (
    "I cannot find the digit: nothing on the sheet looks like ink. "
    "Take a picture from nearer by, or cut out the digit with paper all around it"
)
TURNED = "It seems that the picture is not upright: it was turned to be read."
BESIDE = "It is not on the sheet that was found first."
WHOLE = Place(UNIT)  # all of a photograph


def prepare_photograph(picture: Opened, off: Collection[str] = ()) -> Sheet:
    """Return what a network sees of each digit on a picture from a file; raises PictureError where
    no digit can be found.
    """
    image = upright(picture, off)
    colour = np.asarray(image)
    outlines = [] if "sheet" in off else find_outlines(colour[..., :3], OUTLINES)
    plain = _is_drawn(colour)
    if plain:
        outlines = [outline for outline in outlines if outline.edges >= EDGES]
    places = [Place(inset(outline.corners)) for outline in outlines]
    if OTHERWISE & set(off):
        if not places:
            return prepare_sheet(picture, off)
        flat = prepare_sheet(flatten(image, places[0].corners), off)
        return replace(flat, place=places[0])
    best, first = None, None
    for place, widest in _tries(places) if places or not plain else []:
        read = _read(image, place, widest)
        first = first or read
        margin = 0 if place is first.place else ELSEWHERE
        if best is None or read.score > best.score + margin:
            best = read
        if best.odds >= UNLIKELY:
            break
    if first and best and best.odds < LIKELY:
        if runs_out(first.dark, first.rim):
            raise PictureError(CUT)
        if not plain and outlines and outlines[0].edges >= EDGES and not first.found:
            raise PictureError(EMPTY)
    if (plain or not places) and (best is None or best.odds < LIKELY):
        drawn = prepare_sheet(picture, off)
        if best is None or best.found is None or _mean_odds(drawn) > best.odds:
            if len(drawn.digits) <= MOST:
                _check(drawn)
            return drawn
    if best is None or best.found is None:
        raise PictureError(EMPTY)
    sheet = best.as_sheet(brightness_of(colour), off)
    return (
        sheet
        if first and best.place is first.place
        else replace(sheet, doubt=sheet.doubt or BESIDE)
    )


def _tries(places: list[Place]) -> list[tuple[Place, float]]:
    """Return where ink is looked for, and how wide a stroke may be there, the likeliest first."""
    first, *others = [*places, WHOLE]
    return [(first, PEN), (first, BRUSH), *((other, PEN) for other in others)]


@dataclass(frozen=True)
class _Read:
    """What was found at a place, if anything: the pixels of the sheet, how dark its ink is, where
    it ends, and how dark its printed lines are.
    """

    found: Found | None
    place: Place
    sheet: NDArray[np.uint8]
    dark: Grey
    rim: Mask
    lines: Grey

    @property
    def score(self) -> float:
        """How well it looks; see `Found`."""
        return self.found.score if self.found else -np.inf

    @property
    def odds(self) -> float:
        """The mean logarithm of the odds that digits were found."""
        return self.found.odds if self.found else -np.inf

    def as_sheet(self, whole: Grey, off: Collection[str]) -> Sheet:
        """Return it as a sheet, of a photograph as bright as `whole`."""
        found = self.found
        assert found
        flat = np.rot90(brightness_of(self.sheet), found.turns)
        others = sorted(with_loose(found, self.dark), key=lambda one: -one.odds)[:MOST_OTHERS]
        remarks: tuple[str, ...] = ()
        doubt = TURNED if found.turns else ""
        if found.otherwise:
            doubt = f"If the picture is not upright, it may be {found.otherwise}."
        if self.lines.sum() > LINED * found.ink.sum():
            remarks += (LINES_TAKEN,)
        if runs_out(self.dark, self.rim):
            remarks += (LEFT_OUT,)
        return Sheet(
            {"upright": whole, "sheet": flat, "polarity": 1 - flat, "even background": found.ink},
            [one.part for one in found.number],
            [_digit(one, found.ink, off) for one in found.number],
            remarks,
            tuple((one.part, _digit(one, found.ink, off)) for one in others),
            replace(self.place, turns=found.turns),
            doubt,
        )


def _read(image: Image.Image, place: Place, widest: float) -> _Read:
    """Return what is found on the sheet at a place of the photograph."""
    sheet = np.asarray(flatten(image, place.corners))
    dark = darkness(sheet[..., :3], widest)
    inked = remove_printed_lines(dark)
    lines = dark - inked
    beyond = ndimage.binary_dilation(sheet[..., 3] < 255)  # what is not on the photograph
    inked[beyond] = lines[beyond] = 0
    rim = np.pad(~ndimage.binary_dilation(beyond, iterations=2), 1)
    rim = ~ndimage.binary_erosion(rim)[1:-1, 1:-1]
    found = find_digits(inked, rim)
    found = turn_upright(found, inked) if found else None
    return _Read(found, place, sheet, inked, rim, lines)


def _digit(one: Candidate, ink: Grey, off: Collection[str]) -> Prepared:
    if not off:
        return one.digit
    return prepare_digit(one.part.ink, off, position(one.part, ink.shape))


def _is_drawn(colour: NDArray[np.uint8]) -> bool:
    """Return whether so many pixels are equally bright that no camera took the picture."""
    counts = np.bincount(np.rint(255 * brightness_of(colour)).astype(int).ravel())
    return bool(counts.max() > DRAWN * counts.sum()) or bool(colour[..., 3].min() < 255)


def _mean_odds(sheet: Sheet) -> float:
    """Return the mean logarithm of the odds that its digits are some; of none, less than any."""
    if not 0 < len(sheet.digits) <= MOST:
        return -np.inf
    return float(odds(np.array([digit.pixels.ravel() for digit in sheet.digits])).mean())


def _check(sheet: Sheet) -> None:
    """Raise PictureError where what was found is no digit, but the table or half of one."""
    ink = sheet.stages["even background"]
    if any(cut_off(part, ink.shape) for part in sheet.parts):
        raise PictureError(CUT)
    if float((ink > INK).mean()) > MOST_INK:
        raise PictureError(
            "I cannot find the digit: what looks like ink fills more than a third of the picture. "
            "Take the whole sheet, or cut out the digit with paper all around it"
        )
