"""Difficult photographs of handwritten digits, made by program: paper on a table, in bad light,
creased, ruled, askew, turned, with a thumb in the picture.

The strokes are those of UCI's pen digits, by people never trained on. What lies on the table, the
pens, the light and the camera are drawn from a seed; the UNSEEN surfaces are for trying what was
made without looking at them.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from benchmarks.surfaces import LONG, SEEN, Colour, Surface, cloth, desk, noise, wood
from lab.data.strokes import smooth

Points = NDArray[np.float64]

SHORT = LONG * 3 // 4
SHEET = 1000  # pixels of a sheet's longer side, before it is laid on the table


@dataclass(frozen=True)
class Photograph:
    """A picture, its number as it is written, what makes it difficult; and the same digits in black
    on white, which shows how many of them are read where nothing is.
    """

    image: Image.Image
    text: str
    kind: str
    plain: Image.Image


# --- paper and pens -------------------------------------------------------------------------------


def rule(sheet: Colour, squared: bool, rng: Generator) -> Colour:
    """Print squares or lines on a sheet."""
    height, width, _ = sheet.shape
    step, thick = int(rng.integers(28, 62)), int(rng.integers(1, 4))
    colour = rng.uniform(0.55, 0.82) * np.array([rng.uniform(0.75, 1), rng.uniform(0.85, 1), 1.0])
    lines = np.zeros((height, width), bool)
    for start in range(int(rng.integers(step)), height, step):
        lines[start : start + thick] = True
    for start in range(int(rng.integers(step)), width, step) if squared else ():
        lines[:, start : start + thick] = True
    sheet = np.where(lines[..., None], sheet * colour, sheet)
    if not squared and rng.random() < 0.5:
        margin = int(width * rng.uniform(0.08, 0.15))
        sheet[:, margin : margin + thick] *= np.array([0.9, 0.55, 0.55])
    return sheet


PENS = {  # width in shares of the digit's height, how dark, colour of what is thrown back
    "felt": ((0.06, 0.16), (0.9, 1.0), (0.05, 0.05, 0.06)),
    "ballpoint": ((0.025, 0.05), (0.75, 0.95), (0.08, 0.08, 0.1)),
    "blue": ((0.025, 0.07), (0.75, 0.95), (0.1, 0.16, 0.5)),
    "pencil": ((0.025, 0.06), (0.4, 0.7), (0.25, 0.25, 0.27)),
    "red": ((0.03, 0.08), (0.8, 0.95), (0.7, 0.1, 0.1)),
}


def write(
    sheet: Colour, digits: list[Points], box: tuple[float, float, float], pen: str, rng: Generator
) -> Colour:
    """Write digits side by side from (left, top) on, so many pixels high."""
    height, width, _ = sheet.shape
    left, top, high = box
    (thin, thick), (faint, dark), colour = PENS[pen]
    line, scale = max(2.0, high * rng.uniform(thin, thick)), 2
    mask = Image.new("L", (width * scale, height * scale))
    brush = ImageDraw.Draw(mask)
    for points in digits:
        curve = smooth(points, 24) * np.array([1.0, -1.0])
        curve -= curve.min(axis=0)
        curve *= high / max(curve.max(), 1e-6)
        curve += np.array([left, top + rng.uniform(-0.04, 0.04) * high])
        path = [tuple(point) for point in curve * scale]
        brush.line(path, fill=255, width=round(line * scale), joint="curve")
        for x, y in path:
            radius = line * scale / 2
            brush.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
        left = curve[:, 0].max() + high * rng.uniform(0.3, 0.45)
    cover = np.asarray(mask.resize((width, height), Image.Resampling.BOX), float) / 255
    cover *= rng.uniform(faint, dark)
    if pen == "pencil":
        cover = cover * np.clip(1 + 0.25 * noise(height, width, (2.2, 2.2), rng), 0, 1.1)
    else:
        cover = cover * np.clip(1 + 0.06 * noise(height, width, (12, 12), rng), 0, 1.05)
    cover = np.clip(cover, 0, 1)[..., None]
    return np.asarray(sheet * (1 - cover + cover * np.array(colour)))


def crease(sheet: Colour, rng: Generator) -> Colour:
    """Fold a sheet once to four times: each side of a fold gets another light, the fold a line."""
    height, width, _ = sheet.shape
    y, x = np.mgrid[:height, :width]
    for _ in range(rng.integers(1, 5)):
        angle = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.06 if rng.random() < 0.6 else 0.6)
        middle = np.array([rng.uniform(0.25, 0.75) * width, rng.uniform(0.25, 0.75) * height])
        off = np.cos(angle) * (x - middle[0]) + np.sin(angle) * (y - middle[1])
        off = off + 1.2 * noise(height, width, (40, 40), rng)
        slope = rng.uniform(0.03, 0.1) * rng.choice([-1, 1])
        sheet = sheet * (1 + slope * np.sign(off) * np.exp(-np.abs(off) / 160))[..., None]
        line = rng.uniform(0.1, 0.3) * np.exp(-((off / rng.uniform(1, 2.2)) ** 2))
        sheet = sheet * (1 - line)[..., None]
        bright = 0.08 * np.exp(-(((off - 3) / 2) ** 2))
        sheet = sheet * (1 + bright)[..., None]
    return sheet


# --- the table ------------------------------------------------------------------------------------


def lay(table: Colour, sheet: Colour, corners: Points, rng: Generator) -> Colour:
    """Lay a sheet on a table, its corners (4, 2) clockwise from the upper left, with its shadow."""
    height, width, _ = table.shape
    high, wide, _ = sheet.shape
    source = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], float)
    rows = []
    for (x, y), (u, v) in zip(corners, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    table_of = np.array(rows)
    coefficients = np.linalg.solve(table_of[:, :8], table_of[:, 8])
    opaque = np.concatenate([sheet, np.ones((high, wide, 1))], axis=2)
    layers = [
        np.asarray(
            Image.fromarray(opaque[..., i].astype(np.float32)).transform(
                (width, height),
                Image.Transform.PERSPECTIVE,
                coefficients.tolist(),
                Image.Resampling.BILINEAR,
            )
        )
        for i in range(4)
    ]
    cover = layers[3][..., None]
    under = ndimage.shift(ndimage.gaussian_filter(layers[3], 5), rng.uniform(-6, 6, 2), order=1)
    table = table * (1 - rng.uniform(0.1, 0.5) * under)[..., None]
    return np.asarray(table * (1 - cover) + np.stack(layers[:3], axis=-1))


def place(shape: tuple[int, int], sheet: tuple[int, int], share: float, rng: Generator) -> Points:
    """The corners of a sheet that covers `share` of the picture's sides, seen askew."""
    height, width = shape
    high, wide = sheet
    corners = np.array([[-wide, -high], [wide, -high], [wide, high], [-wide, high]]) / 2
    corners *= share * min(width / wide, height / high)
    angle = rng.normal(0, 0.12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = corners @ turn.T
    tilt, lean = rng.normal(0, 0.13), rng.normal(0, 0.08)
    depth = 1 + tilt * corners[:, 1:] / height * 2 + lean * corners[:, :1] / width * 2
    room = max(0.0, 1 - share) / 2
    shift = rng.uniform(-room, room, 2) * [width, height]
    return np.asarray(corners / depth + np.array([width, height]) / 2 + shift)


# --- light, and what is in the way ----------------------------------------------------------------


def outline(
    shape: tuple[int, int], draw: Callable[[ImageDraw.ImageDraw], None]
) -> NDArray[np.float64]:
    """What is drawn, as 0 to 1."""
    image = Image.new("L", shape[::-1])
    draw(ImageDraw.Draw(image))
    return np.asarray(image, float) / 255


def hand(shape: tuple[int, int], rng: Generator) -> NDArray[np.float64]:
    """The silhouette of a hand that comes in from a side: a thick bar and some fingers."""
    height, width = shape
    angle = rng.uniform(0, 2 * np.pi)
    ahead = np.array([np.cos(angle), np.sin(angle)])
    tip = np.array([width, height]) * rng.uniform(0.3, 0.7, 2)

    def draw(brush: ImageDraw.ImageDraw) -> None:
        wrist = tip + 0.25 * LONG * ahead
        brush.line(
            [*wrist, *(wrist + 2 * LONG * ahead)], fill=255, width=int(rng.uniform(120, 260))
        )
        brush.ellipse([*(wrist - 110), *(wrist + 110)], fill=255)
        for spread in np.linspace(-0.5, 0.5, 4):
            end = wrist + rng.uniform(0.16, 0.26) * LONG * np.array(
                [np.cos(angle + np.pi + spread), np.sin(angle + np.pi + spread)]
            )
            brush.line([*wrist, *end], fill=255, width=52)
            brush.ellipse([*(end - 26), *(end + 26)], fill=255)

    return outline(shape, draw)


def shadow(shape: tuple[int, int], hard: bool, rng: Generator) -> NDArray[np.float64]:
    """The share of light that is left under a hand, a book, or a window's bars."""
    height, width = shape
    kind = rng.integers(3)
    if kind == 0:
        mask = hand(shape, rng)
    elif kind == 1:  # half of the picture
        angle, y, x = rng.uniform(0, 2 * np.pi), *np.mgrid[:height, :width]
        off = np.cos(angle) * (x - width / 2) + np.sin(angle) * (y - height / 2)
        mask = (off > rng.uniform(-0.2, 0.2) * SHORT).astype(float)
    else:  # bars
        angle, y, x = rng.uniform(0, np.pi), *np.mgrid[:height, :width]
        off = np.cos(angle) * x + np.sin(angle) * y + rng.uniform(0, LONG)
        pitch = rng.uniform(0.3, 0.7) * LONG
        mask = (off % pitch < rng.uniform(0.15, 0.5) * pitch).astype(float)
    mask = ndimage.gaussian_filter(mask, rng.uniform(0.8, 2.5) if hard else rng.uniform(8, 40))
    return np.asarray(1 - rng.uniform(0.3, 0.65) * mask)


def lamps(shape: tuple[int, int], count: int, rng: Generator) -> Colour:
    """The light of some lamps, each with a colour of its own, beside that of the day."""
    height, width = shape
    y, x = np.mgrid[:height, :width]
    light = np.full((height, width, 3), rng.uniform(0.25, 0.5))
    for _ in range(count):
        at = rng.uniform(-0.2, 1.2, 2) * [height, width]
        near = 1 / (1 + ((y - at[0]) ** 2 + (x - at[1]) ** 2) / (rng.uniform(0.3, 0.8) * LONG) ** 2)
        light = light + rng.uniform(0.4, 0.8) * near[..., None] * np.array(
            [1.0, rng.uniform(0.82, 1), rng.uniform(0.6, 1)]
        )
    return np.asarray(light)


def thumb(picture: Colour, rng: Generator) -> Colour:
    """A thumb that holds the sheet, in from a side of the picture."""
    height, width, _ = picture.shape
    side = rng.integers(4)
    along = rng.uniform(0.25, 0.75)
    start, ahead = (
        ((along * width, height), (0, -1)),
        ((along * width, 0), (0, 1)),
        ((0, along * height), (1, 0)),
        ((width, along * height), (-1, 0)),
    )[side]
    long, thick = rng.uniform(0.1, 0.24) * SHORT, rng.uniform(0.06, 0.1) * LONG
    root = np.array(start) - 40 * np.array(ahead)
    lean = rng.normal(0, 0.4)
    turn = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    tip = np.array(start) + long * (turn @ np.array(ahead))

    def draw(brush: ImageDraw.ImageDraw) -> None:
        brush.line([*root, *tip], fill=255, width=int(2 * thick))
        brush.ellipse([*(tip - thick), *(tip + thick)], fill=255)

    def nail(brush: ImageDraw.ImageDraw) -> None:
        brush.ellipse([*(tip - 0.55 * thick), *(tip + 0.55 * thick)], fill=255)

    shape = (height, width)
    mask = ndimage.gaussian_filter(outline(shape, draw), 1.5)[..., None]
    cast = ndimage.gaussian_filter(outline(shape, draw), 9)
    picture = picture * (1 - 0.35 * np.roll(cast, (6, 6), (0, 1)))[..., None]
    skin = np.array(((0.85, 0.62, 0.5), (0.6, 0.4, 0.28), (0.36, 0.23, 0.17))[rng.integers(3)])
    edge = ndimage.gaussian_filter(mask[..., 0], thick / 3)[..., None]
    flesh = skin * (0.55 + 0.5 * edge)
    pale = ndimage.gaussian_filter(outline(shape, nail), 2)[..., None]
    flesh = flesh * (1 - pale) + np.minimum(1.15 * flesh + 0.08, 1) * pale
    return np.asarray(picture * (1 - mask) + flesh * mask)


def take(picture: Colour, rng: Generator) -> Image.Image:
    """What a phone makes of it: vignetting, white balance, blur, grain, JPEG."""
    height, width, _ = picture.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    picture = picture * (1 - rng.uniform(0, 0.3) * (x**2 + y**2) / 2)[..., None]
    picture = picture * rng.normal(1, 0.03, 3)
    picture = picture * rng.uniform(0.7, 1.05) / np.quantile(picture, 0.98)
    blur = rng.uniform(0.3, 1.6)
    picture = ndimage.gaussian_filter(picture, (blur, blur, 0))
    if rng.random() < 0.25:
        picture = ndimage.uniform_filter1d(picture, int(rng.integers(2, 6)), axis=rng.integers(2))
    picture = np.clip(picture, 0, 1) ** rng.uniform(0.75, 1.0)
    picture = picture + rng.normal(0, rng.uniform(0.004, 0.025), picture.shape)
    image = Image.fromarray(np.clip(np.rint(255 * picture), 0, 255).astype(np.uint8))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=int(rng.integers(40, 92)))
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


# --- photographs ----------------------------------------------------------------------------------

KINDS = (
    "on wood",
    "on cloth",
    "on a desk",
    "hard shadow",
    "soft shadow",
    "two lamps",
    "creases",
    "pencil",
    "blue ink",
    "squared paper",
    "lined paper",
    "a quarter turn",
    "upside down",
    "thumb",
    "a number",
    "close-up",
)


def photograph(
    kind: str, pool: tuple[Points, NDArray[np.int64]], surfaces: tuple[Surface, ...], rng: Generator
) -> Photograph:
    """A photograph of a kind; `pool` has the points (n, 8, 2) and what digits they are (n,)."""
    points, labels = pool
    count = int(rng.integers(2, 5)) if kind == "a number" else 1
    rows = rng.integers(0, len(labels), count)
    if kind == "upside down":  # what is another digit then, or the same
        rows = rng.choice(np.flatnonzero(np.isin(labels, (2, 3, 4, 5, 7))), 1)
    shape = (LONG, SHORT) if rng.random() < 0.7 else (SHORT, LONG)
    wide = int(SHEET * rng.uniform(0.62, 0.8))
    size = (SHEET, wide) if rng.random() < 0.7 else (wide, SHEET)
    paper = rng.uniform(0.82, 0.95) * np.array([1, rng.uniform(0.97, 1), rng.uniform(0.9, 1)])
    sheet = paper * (1 + 0.008 * noise(*size, (3, 3), rng))[..., None]
    if kind in ("squared paper", "lined paper") or rng.random() < 0.08:
        sheet = rule(sheet, kind != "lined paper", rng)
    named = {"pencil": "pencil", "blue ink": "blue"}
    pen = named.get(kind) or str(rng.choice(list(PENS), p=[0.4, 0.25, 0.2, 0.1, 0.05]))
    high = rng.uniform(0.2, 0.5) * min(size) * (1 if count == 1 else 0.45)
    across = high if count == 1 else count * 1.45 * high
    left = rng.uniform(0.12 * size[1], max(0.88 * size[1] - across, 0.13 * size[1]))
    top = rng.uniform(0.12 * size[0], 0.88 * size[0] - high)
    chosen = [points[row] for row in rows]
    sheet = write(sheet, chosen, (left, top, high), pen, rng)
    if kind == "creases":
        sheet = crease(sheet, rng)
    named_surface = {"on wood": wood, "on cloth": cloth, "on a desk": desk}
    surface = surfaces[rng.integers(len(surfaces))]
    if surfaces == SEEN:
        surface = named_surface.get(kind, surface)
    share = rng.uniform(1.2, 1.7) if kind == "close-up" else rng.uniform(0.6, 0.98)
    corners = place(shape, size, share, rng)
    if kind == "close-up":  # what is written stays in the picture
        middle = np.array([(left + across / 2) / size[1], (top + high / 2) / size[0]])
        upper = corners[0] + (corners[1] - corners[0]) * middle[0]
        lower = corners[3] + (corners[2] - corners[3]) * middle[0]
        at = upper + (lower - upper) * middle[1]
        corners = corners + (np.array(shape[::-1]) * rng.uniform(0.4, 0.6, 2) - at)
    picture = lay(np.clip(surface(*shape, rng), 0.02, 1), sheet, corners, rng)
    light = lamps(shape, 2 if kind == "two lamps" else int(rng.integers(0, 2)), rng)
    if kind in ("hard shadow", "soft shadow"):
        light = light * shadow(shape, kind == "hard shadow", rng)[..., None]
    picture = picture * light / np.quantile(light, 0.95)
    if kind == "thumb":
        picture = thumb(picture, rng)
    image = take(picture, rng)
    if kind == "a quarter turn":
        turns = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270)
        image = image.transpose(turns[rng.integers(2)])
    if kind == "upside down":
        image = image.transpose(Image.Transpose.ROTATE_180)
    white = write(np.ones((280, 120 + 280 * count, 3)), chosen, (60, 60, 160), "felt", rng)
    plain = Image.fromarray(np.rint(255 * white).astype(np.uint8))
    return Photograph(image, "".join(str(labels[row]) for row in rows), kind, plain)
