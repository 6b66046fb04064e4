"""One way from any picture to the 28x28 pixels that a network sees, shared by canvas, upload and
command line.

Every stage is a small function on float arrays in which ink is 1 and paper 0, and the picture after
each is kept to be shown. Each can be left out, to see what it is worth. `picture_files` opens the
files of strangers; `cutting` finds the digits of a number.
"""

import functools
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage

from lab.reading.picture_file import SIDE, Opened
from lab.reading.segment import INK, MOST, Part, cut

Grey = NDArray[np.float32]

FINE = 80  # pixels of the longest side while the pen is evened out: four for each of MNIST's
PEN = 9.7  # MNIST's mean width of a stroke, in those pixels
TOO_FAINT = 0.25  # of the darkest ink: grain of paper, noise of a camera
EVEN = 0.06  # paper is even if its rim differs by no more, black to white being 1
CROSSINGS = 4  # strokes that leave the picture: so many are lines printed on the paper
SHARES = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue in brightness
COARSE = 64  # pixels of the longest side while paper is told from ink
SHARP = 0.5  # from one pixel to the next: grain of paper does not come so far
INK_SHARE = 0.005  # of a picture: the least that ink covers
EDGE = 2.0  # pixels of COARSE over which ink comes and goes, but light does not
BARELY = (
    0.01  # a contrast of two steps in 255: only pictures of hardly more values hold ink so faint
)
# a picture that differs from a smooth surface by less is paper, unless something stands out
EXPLAINED = 0.05
FAINT = 0.12  # ink that is darker than its paper by less is made darker; black on white is 1
STRIPS = 8  # into which a picture is cut to look for lines
THICKEST_LINE = 4  # pixels to either side of its middle

# each stage, what it does, and what happens without it
STAGES: dict[str, tuple[str, str]] = {
    "upright": ("Turned as the camera was held", "left as the file has it"),
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


@dataclass(frozen=True)
class Prepared:
    """What a network sees: `pixels` (28, 28), 0 to 1; the picture after each stage; whether there
    is no ink.
    """

    pixels: Grey
    stages: dict[str, Grey]
    blank: bool


@dataclass(frozen=True)
class Sheet:
    """A picture with its digits: the stages of the whole, the part of each digit, and what a
    network sees of it.

    `remarks` are sentences on what makes it hard to read.
    """

    stages: dict[str, Grey]
    parts: list[Part]
    digits: list[Prepared]
    remarks: tuple[str, ...] = ()


# --- stages ---------------------------------------------------------------------------------------


def _brightness(rgba: NDArray[np.uint8]) -> Grey:
    return np.asarray(rgba[..., :3].astype(np.float32) @ (SHARES / np.float32(255)), np.float32)


def composite(rgba: NDArray[np.uint8]) -> Grey:
    """Brightness (height, width), 0 to 1, of a picture (height, width, 4) laid on the contrary
    colour of its ink.

    Where brightness hardly tells ink from paper, it is how far a pixel's colour is from the
    paper's: 1 is paper.
    """
    brightness, laid = _brightness(rgba), rgba[..., :3]
    if rgba[..., 3].min() < 255:
        alpha = rgba[..., 3].astype(np.float32) / 255
        ink = float((brightness * alpha).sum() / max(float(alpha.sum()), 1e-6))
        paper = 1.0 if ink < 0.5 else 0.0
        brightness = np.asarray(brightness * alpha + paper * (1 - alpha), np.float32)
        laid = np.rint(laid * alpha[..., None] + 255 * paper * (1 - alpha[..., None])).astype(
            np.uint8
        )
    return _stands_out(laid, brightness)


def _stands_out(colour: NDArray[np.uint8], brightness: Grey) -> Grey:
    """The brightness (height, width) of a picture (height, width, 3) if it shows the ink, else what
    shows it better.

    Paper is a smooth surface, fitted to each colour; ink is what differs from it most. All of it is
    1 where nothing differs by more than grain does.
    """
    height, width = brightness.shape
    scale = min(1, COARSE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    channels = Image.fromarray(np.ascontiguousarray(colour)).split()
    small = [
        np.asarray(channel.convert("F").resize(size, Image.Resampling.BOX)) for channel in channels
    ]
    paper, off = _paper(np.asarray(np.stack(small, axis=-1) / np.float32(255), np.float32))
    strength = np.linalg.norm(off, axis=-1) / np.float32(3**0.5)
    few = min(max(4, round(INK_SHARE * strength.size)), strength.size)
    strongest = np.argpartition(strength.ravel(), -few)[-few:]
    grain_only = strength.max() < EXPLAINED and not _apart(strength, strength.ravel()[strongest])
    rim = max(size) // 20  # where a surface fits least
    edges = np.abs(strength - ndimage.gaussian_filter(strength, EDGE))[
        rim : size[1] - rim, rim : size[0] - rim
    ]
    if grain_only or edges.max(initial=0) < 0.15 * strength.max():  # ink has edges, light has none
        return brightness if _crowded(brightness) else np.ones_like(brightness)
    axis = np.linalg.svd(off.reshape(-1, 3)[strongest], full_matrices=False)[2][0]
    along = off @ axis
    if along.ravel()[strongest].sum() > 0:
        axis, along = -axis, -along  # ink is below the paper
    contrast = float(np.median(-along.ravel()[strongest]))
    plain = float(np.median(np.abs(off.reshape(-1, 3)[strongest] @ SHARES)))
    if plain >= FAINT and plain >= 0.4 * contrast:
        return brightness
    if not _apart(along, along.ravel()[strongest]):
        return brightness
    if contrast < BARELY and len(np.unique(brightness)) > 3:
        return np.ones_like(brightness)  # what JPEG makes of grain
    level = (
        1 + (colour @ (axis / np.float32(255)) - _surface(paper @ axis, height, width)) / contrast
    )
    grain = float(np.median(np.abs(np.diff(level[::2], axis=1)))) if width > 1 else 0.0
    radius = min(4 * grain, max(height, width) / 100)
    if radius > 0.3:
        level = ndimage.gaussian_filter(level, radius)
    return np.clip(level, 0, 1).astype(np.float32)


def _crowded(brightness: Grey) -> bool:
    """Whether a picture that looks even from afar is full of sharp edges: a pattern, or very much
    writing.
    """
    steps = np.abs(np.diff(brightness, axis=1))
    return steps.size > 0 and float(np.mean(steps > SHARP)) > INK_SHARE


def _apart(values: Grey, strongest: Grey) -> bool:
    """Whether the strongest values stand out of the spread of all, as ink does, and no grain of the
    paper.
    """
    spread = 1.48 * float(np.median(np.abs(values - np.median(values))))
    return abs(float(np.mean(strongest)) - float(np.median(values))) > max(6 * spread, 0.002)


@functools.lru_cache(maxsize=8)
def _terms(height: int, width: int) -> Grey:
    """The powers of a surface of the fourth order at each pixel: (height·width, 15)."""
    y, x = np.linspace(-1, 1, height), np.linspace(-1, 1, width)
    every = [np.outer(y**i, x**j).ravel() for i in range(5) for j in range(5 - i)]
    return np.stack(every, axis=1).astype(np.float32)


def _paper(picture: Grey) -> tuple[Grey, Grey]:
    """The smooth surface (15, 3) that most of a picture (height, width, 3) lies on, and what
    differs from it.
    """
    height, width, _ = picture.shape
    terms, pixels = _terms(height, width), picture.reshape(-1, 3)
    kept = np.ones(len(pixels), bool)
    for _ in range(3):
        own = terms[kept]
        surface = np.linalg.lstsq(own.T @ own, own.T @ pixels[kept], rcond=None)[0]
        off = pixels - terms @ surface
        strength = np.linalg.norm(off, axis=1)
        kept = strength <= max(2.5 * float(np.median(strength)), 1e-4)
    return surface, off.reshape(picture.shape)


def _surface(powers: Grey, height: int, width: int) -> Grey:
    y, x = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    grid, rest = np.zeros((5, 5), np.float32), iter(powers.tolist())
    for i in range(5):
        for j in range(5 - i):
            grid[i, j] = next(rest)
    return np.asarray(np.polynomial.polynomial.polygrid2d(y, x, grid), np.float32)


def bright_ink(brightness: Grey) -> bool:
    """Whether the ink is brighter than the paper: even paper shows at the rim, uneven paper is what
    most is around.
    """
    rim, paper = _rim(brightness)
    if np.ptp(np.quantile(rim, (0.1, 0.9))) > EVEN:
        small = _image(brightness).resize((48, 48), Image.Resampling.BOX)
        around = np.asarray(small.filter(ImageFilter.MedianFilter(25)), np.float32)
        off = np.asarray(small, np.float32) - around
    else:
        off = brightness - paper
    return float(np.square(np.maximum(off, 0)).sum()) > float(np.square(np.minimum(off, 0)).sum())


def even_background(ink: Grey, bright: bool = False) -> Grey:
    """Takes away what varies slowly (a shadow) and what is faint (grain), and makes the ink 1.

    On even paper what varies slowly is a loop that a thick pen has filled in: it is lightened,
    which helps to read it.

    `bright`: whether the ink was brighter than the paper, which a shadow then darkens less than the
    ink.
    """
    height, width = ink.shape
    scale = 48 / max(height, width)
    small = _image(ink).resize(
        (max(8, round(width * scale)), max(8, round(height * scale))), Image.Resampling.BOX
    )
    around = small.filter(ImageFilter.MinFilter(9)).filter(ImageFilter.GaussianBlur(4))
    blurred = around.resize((width, height), Image.Resampling.BILINEAR)
    shade = np.asarray(blurred, np.float32) / np.float32(255)
    level = np.clip(ink - shade, 0, 1)
    rim, _ = _rim(ink)
    if not bright and np.ptp(np.quantile(rim, (0.1, 0.9))) > EVEN:
        level /= np.maximum(
            1 - shade, 0.1
        )  # what a shadow leaves of the light it leaves to paper and ink alike
    top = float(np.median(level[level > 0.5 * level.max()])) if level.max() > 0 else 0.0
    if top < 0.06:
        return np.zeros_like(ink)
    level /= top
    return np.clip((level - TOO_FAINT) / (1 - TOO_FAINT), 0, 1).astype(np.float32)


def without_lines(ink: Grey) -> Grey:
    """Takes away the lines of squared or lined paper: thin ones that run out of the picture,
    thinner than the pen.
    """
    if _crossings(ink) < CROSSINGS:
        return ink
    picture = _image(ink)
    for radius in range(1, THICKEST_LINE + 1):
        size = 2 * radius + 1
        opened = picture.filter(ImageFilter.MinFilter(size)).filter(ImageFilter.MaxFilter(size + 2))
        kept = np.minimum(ink, np.asarray(opened, np.float32) / np.float32(255))
        if kept.max() <= 0.5:
            return ink
        if _crossings(kept) < CROSSINGS:
            return np.where(kept > 0.1, kept, 0).astype(np.float32)
    return ink


def _ruled(ink: Grey) -> bool:
    """Whether evenly spaced lines run across the picture, however faint, in three strips of eight
    at least.

    The mean of a strip falls and rises with a line even if the paper lies a little askew; where
    somebody has written, it does so unevenly.
    """
    for picture in (ink, ink.T):
        wide = picture.shape[1] // STRIPS
        if not wide:
            return False
        strips = picture[:, : STRIPS * wide].reshape(len(picture), STRIPS, wide).mean(axis=2)
        off = strips - ndimage.median_filter(strips, (15, 1), mode="nearest")
        lines = off > np.maximum(0.03, 4 * np.abs(off).mean(axis=0))
        starts = lines[1:] & ~lines[:-1]
        gaps = [np.diff(np.flatnonzero(column)) for column in starts.T]
        if (
            sum(len(gap) >= 3 and np.ptp(gap) <= max(3, 0.2 * float(gap.mean())) for gap in gaps)
            >= 3
        ):
            return True
    return False


def _rim(picture: Grey) -> tuple[Grey, float]:
    rim = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    return rim, float(np.median(rim))


def _crossings(ink: Grey) -> int:
    around = np.concatenate([ink[0], ink[1:, -1], ink[-1, -2::-1], ink[-2:0:-1, 0]]) > 0.2
    return int(np.count_nonzero(around & ~np.roll(around, 1)))


def crop(ink: Grey) -> Grey:
    """The smallest rectangle that holds all ink."""
    rows, columns = np.flatnonzero((ink > 0.3).any(axis=1)), np.flatnonzero((ink > 0.3).any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def fit(ink: Grey, longest: int) -> Grey:
    """Scaled so that its longest side is `longest` pixels, each the mean of what it covers."""
    height, width = ink.shape
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    kind = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    return np.asarray(_image(ink).resize(size, kind), np.float32) / np.float32(255)


def pen_width(ink: Grey) -> float:
    """Mean width of the strokes in pixels: twice the area over the length of the outline."""
    padded = np.pad(ink, 1)
    down, right = np.diff(padded, axis=0)[:, :-1], np.diff(padded, axis=1)[:-1]
    outline = float(np.hypot(down, right).sum())
    return 2 * float(ink.sum()) / outline if outline else 0.0


def even_pen_width(ink: Grey) -> Grey:
    """Strokes about as wide as MNIST's: thickened or thinned by a fraction of a pixel; FINE pixels
    high or wide.
    """
    fine = np.pad(fit(ink, FINE), 12)
    wide = pen_width(fine)
    grow = float(np.clip((PEN - wide) / 2, -max(wide / 2 - 2, 0), 8))
    whole, part = divmod(abs(grow), 1)
    picture = _image(fine)
    kind: type[ImageFilter.MaxFilter] | type[ImageFilter.MinFilter]
    kind = ImageFilter.MaxFilter if grow > 0 else ImageFilter.MinFilter
    less, more = (_round_filter(picture, kind, int(whole) + extra) for extra in (0, 1))
    mixed = (1 - part) * np.asarray(less, np.float32) + part * np.asarray(more, np.float32)
    result = np.asarray(mixed / 255, np.float32)
    return crop(result) if result.max() > 0.3 else ink


def _round_filter(
    picture: Image.Image,
    kind: type[ImageFilter.MaxFilter] | type[ImageFilter.MinFilter],
    radius: int,
) -> Image.Image:
    # 3x3 squares in turn with crosses would be rounder still; small squares after a slight blur
    # come close enough
    for _ in range(radius):
        picture = picture.filter(kind(3))
    return picture


def centre(ink: Grey) -> Grey:
    """On 28x28, the centre of mass on pixel index 14 both ways as in MNIST, to a fraction of a
    pixel.
    """
    total = max(float(ink.sum()), 1e-6)
    height, width = ink.shape
    y = 14 - float((ink.sum(axis=1) * np.arange(height)).sum()) / total
    x = 14 - float((ink.sum(axis=0) * np.arange(width)).sum()) / total
    return place(ink, y, x)


def place(ink: Grey, y: float, x: float) -> Grey:
    """On 28x28, the upper left corner at (y, x) or as near to it as there is room."""
    height, width = ink.shape
    y, x = min(max(y, 0), 28 - height), min(max(x, 0), 28 - width)
    top, left = min(int(y), max(27 - height, 0)), min(int(x), max(27 - width, 0))
    fy, fx = y - top, x - left
    out = np.zeros((29, 29), np.float32)
    for dy, dx, share in (
        (0, 0, (1 - fy) * (1 - fx)),
        (0, 1, (1 - fy) * fx),
        (1, 0, fy * (1 - fx)),
        (1, 1, fy * fx),
    ):
        out[top + dy : top + dy + height, left + dx : left + dx + width] += share * ink
    return out[:28, :28].copy()


def _image(ink: Grey) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(ink * 255), 0, 255).astype(np.uint8))


# --- the whole way --------------------------------------------------------------------------------

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def ink_of(
    picture: Opened | Image.Image | NDArray[np.uint8], off: Collection[str] = ()
) -> dict[str, Grey]:
    """The stages that concern the whole picture; the last gives its ink. `off` names those that are
    left out.

    Beside STAGES there is "with lines", the evened picture before printed lines were taken from it.
    """
    orientation = picture.orientation if isinstance(picture, Opened) else 1
    picture = picture.picture if isinstance(picture, Opened) else picture
    image = (Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture).convert(
        "RGBA"
    )
    if max(image.size) > SIDE:
        image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    if "upright" not in off and orientation in _TURNS:
        image = image.transpose(_TURNS[orientation])
    rgba = np.asarray(image)
    stages = {"upright": _brightness(rgba)}
    stages["composite"] = stages["upright"] if "composite" in off else composite(rgba)
    bright = "polarity" not in off and bright_ink(stages["composite"])
    stages["polarity"] = stages["composite"] if bright else 1 - stages["composite"]
    stages["even background"] = stages["polarity"]
    if "even background" not in off:
        stages["with lines"] = even_background(stages["polarity"], bright)
        stages["even background"] = without_lines(stages["with lines"])
    return stages


def small(ink: Grey, off: Collection[str] = (), at: tuple[float, float] = (0.5, 0.5)) -> Prepared:
    """The stages that concern a single digit, on the ink of its part of the picture.

    `at` is where it was written, from (0, 0), the upper left corner, to (1, 1): there it stays if
    it is not centred.
    """
    if ink.max(initial=0) <= 0.3:
        return Prepared(np.zeros((28, 28), np.float32), {}, blank=True)
    stages = {"crop": ink if "crop" in off else crop(ink)}
    stages["even pen"] = stages["crop"] if "even pen" in off else even_pen_width(stages["crop"])
    stages["fit"] = fit(stages["even pen"], 28 if "fit" in off else 20)
    height, width = stages["fit"].shape
    if "centre" in off:
        stages["centre"] = place(stages["fit"], at[0] * (28 - height), at[1] * (28 - width))
    else:
        stages["centre"] = centre(stages["fit"])
    return Prepared(stages["centre"], stages, blank=False)


def sheet(picture: Opened | Image.Image | NDArray[np.uint8], off: Collection[str] = ()) -> Sheet:
    """What a network sees of each digit of a picture, in reading order."""
    stages = ink_of(picture, off)
    ink = stages["even background"]
    parts = [Part(0, 0, ink)] if {"cut", "crop"} & set(off) else cut(ink)
    digits = [small(part.ink, off, _where(part, ink.shape)) for part in parts[: MOST + 1]]
    return Sheet(
        stages, parts, [digit for digit in digits if not digit.blank], _remarks(stages, parts)
    )


def _remarks(stages: dict[str, Grey], parts: list[Part]) -> tuple[str, ...]:
    ink, found = stages["even background"], []
    lined = stages.get("with lines", ink)
    if _ruled(stages["polarity"]) or float((lined - ink).sum()) > 0.25 * float(ink.sum()):
        if "with lines" not in stages or _crossings(ink) >= CROSSINGS:
            found.append(
                "There are lines on the paper, which could not be told from ink: take plain paper."
            )
        else:
            found.append(
                "There were lines on the paper, which were taken away: plain paper is read more surely."
            )
    if any(_cut_off(part, ink.shape) for part in parts):
        found.append(
            "Ink runs into the edge of the picture: what is cut off cannot be read, so take the whole digit."
        )
    return tuple(found)


def _cut_off(part: Part, shape: tuple[int, ...]) -> bool:
    top, left, bottom, right = part.box
    edges = (
        (part.ink[0], top == 0),
        (part.ink[-1], bottom == shape[0]),
        (part.ink[:, 0], left == 0),
        (part.ink[:, -1], right == shape[1]),
    )
    return any(at_edge and line.max(initial=0) > INK for line, at_edge in edges)


def _where(part: Part, shape: tuple[int, ...]) -> tuple[float, float]:
    """Where in its picture a digit was written: (0, 0) is the upper left corner, (1, 1) the lower
    right one.
    """
    inked = np.argwhere(part.ink > 0.3)
    if not len(inked):
        return 0.5, 0.5
    (top, left), (bottom, right) = inked.min(axis=0), inked.max(axis=0)
    room = shape[0] - (bottom - top + 1), shape[1] - (right - left + 1)
    return float((part.top + top) / max(room[0], 1)), float((part.left + left) / max(room[1], 1))


def to_28x28(
    picture: Opened | Image.Image | NDArray[np.uint8], off: Collection[str] = ()
) -> Prepared:
    """What a network sees of a picture that is known to hold one digit, with the picture after
    every stage.
    """
    stages = ink_of(picture, off)
    ink = stages["even background"]
    for part in [Part(0, 0, ink)] if {"cut", "crop"} & set(off) else cut(ink, several=False):
        made = small(part.ink, off, _where(part, ink.shape))
        return Prepared(made.pixels, stages | made.stages, made.blank)
    return Prepared(np.zeros((28, 28), np.float32), stages, blank=True)


def to_8x8(pixels: Grey) -> Grey:
    """A prepared 28x28 picture as scikit-learn's digits were made: the ink fills the height of 8x8
    pixels.
    """
    ink = crop(pixels) if pixels.max() > 0.3 else pixels
    small = fit(ink, 8)
    out = np.zeros((8, 8), np.float32)
    top, left = (8 - small.shape[0]) // 2, (8 - small.shape[1]) // 2
    out[top : top + small.shape[0], left : left + small.shape[1]] = small
    brighter: Grey = np.clip(out * np.float32(1.2), 0, 1)
    return brighter
