"""Finds what may be digits on a sheet: ink of every darkness that a pen may have, cut into pieces,
of which those are taken that look most like digits.

What is faint beside the ink (a crease, a printed line) is left behind where only the darkest is
looked at, and the strokes of a pencil where all is. Which it is, the network that knows strangers
is asked. If it knows no digit there, the sheet may have been turned.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lab.reading.brightness import Grey
from lab.reading.paper import TOO_FAINT
from lab.reading.preprocess import Prepared, prepare_digit
from lab.reading.segment import INK, Part, cut_digits
from lab.reading.strangers import odds, second_opinion

LEVELS = (0.8, 0.55, 0.38, 0.26, 0.18, 0.12)  # how dark ink may be: black on white is 1
LEAST = 0.02  # of the longer side: what is smaller is a speck
LARGEST = 0.85  # of the shorter side: what is larger is no digit
PIECES = 60  # of ink, at each level: the largest are looked at
MOST_PIECES = 120  # of ink, at one level: more are no writing but grain, cloth or a page of text
PARTS = 20  # that may be digits, at each level: the highest are looked at
FAR = 0.12  # of the shorter side: so far a stroke comes in from the edge that was cut off there
THIN = 0.6  # of its box: what covers more is no stroke, but the table in a corner of the sheet
SURELY = 8.0  # odds above, or so far below even ones, say no more
LIKELY = 2.0  # logarithm of the odds: from here on a sheet is taken to lie upright
# by how much the logarithm of the odds has to be better on a sheet that is turned by so many
# quarters: to be read so, and to raise a doubt
TURNED = {0: 0.0, 1: 6.0, 2: 10.0, 3: 6.0}
DOUBTED = {1: 2.0, 2: 4.0, 3: 2.0}
TURNS = (1, 3, 2)  # by how many quarters to the left it is tried
MEMBER = -1.0  # logarithm of the odds: a neighbour with less is no digit of the number
ALIKE = 0.5  # of the highest: how high digits of one number are at least
NEAR = 1.6  # of its height: how far from the next digit of the same number

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Candidate:
    """What may be a digit: its part of the ink, what a network sees of it, and the logarithm of the
    odds that it is one.
    """

    part: Part
    digit: Prepared
    odds: float


@dataclass(frozen=True)
class Found:
    """What is on a sheet: its ink if ink is so dark, turned to the left by so many quarters; the
    digits of a number in reading order; what else may be a digit; how well all this looks; and what
    the number would be if the sheet lay in another way, where that is likely too.
    """

    ink: Grey
    level: float
    turns: int
    number: list[Candidate]
    others: list[Candidate]
    score: float
    otherwise: str = ""

    def read(self) -> str:
        """Return the number as the network that knows strangers reads it."""
        return "".join(str(second_opinion(one.digit.pixels).argmax()) for one in self.number)

    @property
    def odds(self) -> float:
        """The mean logarithm of the odds that the number is made of digits."""
        return float(np.mean([one.odds for one in self.number]))


def find_digits(dark: Grey, rim: Mask) -> Found | None:
    """Return what may be digits on a sheet whose ink is so dark, (height, width), or None if
    nothing may. What touches its `rim`, (height, width), goes on elsewhere.
    """
    found = [_look(_ink_at(dark, rim, level), dark, level, 0) for level in LEVELS]
    return max((one for one in found if one), key=lambda one: one.score, default=None)


def turn_upright(found: Found, dark: Grey) -> Found:
    """Return what is found on the sheet when it is turned, if that looks better by far; or else
    with a note of what it would be, if that looks somewhat better.
    """
    turned = [
        other
        for turns in TURNS
        if (other := _look(np.rot90(found.ink, turns), np.rot90(dark, turns), found.level, turns))
    ]
    best = max(turned, key=lambda one: one.odds - TURNED[one.turns], default=found)
    if best.odds > found.odds + TURNED[best.turns]:
        return best
    for other in turned:
        if other.odds > found.odds + DOUBTED[other.turns] and other.read() != found.read():
            return replace(found, otherwise=other.read())
    return found


def with_loose(found: Found, dark: Grey) -> list[Candidate]:
    """Return what else may be a digit, and what was too small to be put to the digits of the
    number.
    """
    rest = found.ink.copy()
    for one in (*found.number, *found.others):
        top, left, bottom, right = one.part.box
        rest[top:bottom, left:right][one.part.ink > 0] = 0
    loose = _look(rest, np.rot90(dark, found.turns), found.level, found.turns)
    return found.others + (loose.number + loose.others if loose else [])


def runs_out(dark: Grey, rim: Mask) -> bool:
    """Return whether a stroke comes in over the rim of a sheet, and goes far."""
    usual = float(np.quantile(dark, 0.995))
    pieces, count = ndimage.label(dark > usual / 2, np.ones((3, 3)))
    if usual < LEVELS[-1] or not count:
        return False
    inwards = ndimage.distance_transform_edt(~rim)
    depth = ndimage.maximum(inwards, pieces, np.arange(1, count + 1))
    high, wide = _sizes(pieces)
    covered = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    stroke = (depth > FAR * min(dark.shape)) & (covered < THIN * high * wide)
    return bool(stroke[np.setdiff1d(pieces[rim], 0) - 1].any())


def _sizes(pieces: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return how high and how wide each piece is, both (pieces,)."""
    boxes = ndimage.find_objects(pieces)
    high = np.array([rows.stop - rows.start for rows, _ in boxes], np.intp)
    return high, np.array([columns.stop - columns.start for _, columns in boxes], np.intp)


def _ink_at(dark: Grey, rim: Mask, level: float) -> Grey:
    """Return the ink, 0 to 1, if ink is so dark: without specks, what touches the rim, and what is
    too large for a digit; none where it is all in pieces.
    """
    ink = np.clip((dark / level - TOO_FAINT) / (1 - TOO_FAINT), 0, 1).astype(np.float32)
    pieces, count = ndimage.label(ink > INK, np.ones((3, 3)))
    longest = np.maximum(*_sizes(pieces))
    fits = (longest > LEAST * max(ink.shape)) & (longest < LARGEST * min(ink.shape))
    fits[np.setdiff1d(pieces[rim], 0) - 1] = False
    kept = np.flatnonzero(fits)
    if len(kept) > MOST_PIECES:
        return np.zeros_like(ink)
    good = np.zeros(count + 1, bool)
    good[1 + kept[np.argsort(-longest[kept], kind="stable")[:PIECES]]] = True
    own = good[pieces]
    near = ndimage.binary_dilation(own, iterations=2)  # the soft edges of strokes
    return np.where(own | (near & (pieces == 0)), ink, 0).astype(np.float32)


def _look(ink: Grey, dark: Grey, level: float, turns: int) -> Found | None:
    parts = cut_digits(ink)
    heights = np.array([part.ink.shape[0] for part in parts])
    least = np.sort(heights)[-PARTS:][0] if len(heights) else 0
    parts = [_evened(part, dark, level) for part in parts if part.ink.shape[0] >= least][:PARTS]
    digits = [prepare_digit(part.ink) for part in parts]
    shown = [(part, digit) for part, digit in zip(parts, digits, strict=True) if not digit.blank]
    if not shown:
        return None
    asked = odds(np.array([digit.pixels.ravel() for _, digit in shown]))
    candidates = [
        Candidate(part, digit, float(chance))
        for (part, digit), chance in zip(shown, asked, strict=True)
    ]
    return _number(ink, candidates, level, turns)


def _evened(part: Part, dark: Grey, level: float) -> Part:
    """Return a part whose ink is 1 where it is as dark as most of it is."""
    top, left, bottom, right = part.box
    own = np.where(part.ink > 0, dark[top:bottom, left:right], 0)
    core = own[part.ink > 0.6]
    usual = float(np.median(core)) if core.size else level
    ink = np.clip((own / max(usual, 1e-3) - TOO_FAINT) / (1 - TOO_FAINT), 0, 1)
    # the grain of a pencil, and what a printed line has cut
    return Part(top, left, np.asarray(ndimage.grey_closing(ink, (3, 3)), np.float32))


def _number(ink: Grey, candidates: list[Candidate], level: float, turns: int) -> Found:
    """Return the likeliest number among the candidates."""
    heights = np.array([one.part.ink.shape[0] for one in candidates])
    chances = np.array([one.odds for one in candidates])
    worth = np.clip(chances, -SURELY, SURELY) + 2 * np.log2(heights / max(ink.shape)) + 2 * level
    first = int(worth.argmax())
    tallest = int(heights[first])
    alike = (heights >= ALIKE * tallest) & (heights <= tallest / ALIKE) & (chances >= MEMBER)
    members, reached = {first}, [first]
    while reached:  # neighbours of neighbours: PARTS squared at the most
        one = reached.pop()
        for other in np.flatnonzero(alike).tolist():
            gap = _gap(candidates[one].part, candidates[other].part)
            if other not in members and gap < NEAR * tallest:
                members.add(other)
                reached.append(other)
    number = [one for i, one in enumerate(candidates) if i in members]
    others = [one for i, one in enumerate(candidates) if i not in members]
    score = float(worth[sorted(members)].mean() + 0.5 * np.log2(len(members)))
    return Found(ink, level, turns, number, others, score)


def _gap(one: Part, other: Part) -> int:
    """Return how far apart two parts are, across and down together, in pixels."""
    top, left, bottom, right = one.box
    other_top, other_left, other_bottom, other_right = other.box
    across = max(left - other_right, other_left - right, 0)
    return across + max(top - other_bottom, other_top - bottom, 0)
