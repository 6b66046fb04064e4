"""One way from any picture to the 28x28 pixels that a network sees, shared by canvas, upload and command line.

Every stage is a small function on float arrays in which ink is 1 and paper 0, and the picture after each is kept to be
shown; files of strangers are opened here too, by their content and never by their name.
"""

import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

Grey = NDArray[np.float32]

MAX_BYTES = 5_000_000
MAX_PIXELS = 16_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
SIDE = 320  # pixels to which larger pictures are brought first: a digit needs no more
FINE = 80  # pixels of the longest side while the pen is evened out: four for each of MNIST's
PEN = 9.7  # MNIST's mean width of a stroke, in those pixels
TOO_FAINT = 0.25  # of the darkest ink: grain of paper, noise of a camera

_RECOGNISED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "this is a PDF, not a picture: make a screenshot of it and upload that"),
    (b"%!PS", "this is PostScript, not a picture: save it as PNG and upload that"),
    (b"\xc5\xd0\xd3\xc6", "this is PostScript, not a picture: save it as PNG and upload that"),
    (b"PK\x03\x04", "this is a zip archive, not a picture: unpack it and upload the picture inside"),
    (b"\x80", "this is a Python pickle, not a picture, and it was not opened: upload a PNG or JPEG"),
    (b"II*\x00", "TIFF pictures are not read here: save it as PNG and upload that"),
    (b"MM\x00*", "TIFF pictures are not read here: save it as PNG and upload that"),
)


class PictureError(ValueError):
    """Says in a sentence why a file is not read, and what to do about it."""


@dataclass(frozen=True)
class Prepared:
    """What a network sees: `pixels` (28, 28), 0 to 1; the picture after each stage; whether there is no ink."""

    pixels: Grey
    stages: dict[str, Grey]
    blank: bool


# --- files of strangers -----------------------------------------------------------------------------------------------


def open_picture(data: bytes) -> Image.Image:
    """The picture in a file's content: PNG, JPEG, WebP, GIF (its first frame) or BMP, upright, RGBA; or a PictureError.

    At most MAX_BYTES and MAX_PIXELS, both looked at before anything is decoded. Nothing is executed or written.
    """
    if not data:
        raise PictureError("the file is empty: save the picture again and upload that")
    if len(data) > MAX_BYTES:
        raise PictureError(
            f"the file is larger than {MAX_BYTES // 1_000_000} MB: make the picture smaller, then try again"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=FORMATS) as file:
                if file.width * file.height > MAX_PIXELS:
                    raise PictureError(_too_large(file.width, file.height))
                if file.format == "JPEG":
                    file.draft("RGB", (2 * SIDE, 2 * SIDE))
                file.load()
                upright = ImageOps.exif_transpose(file)
                return _eight_bits(upright)
    except UnidentifiedImageError as error:
        raise PictureError(_what_it_is(data)) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(_too_large()) from error
    except PictureError:
        raise
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        Warning,
        MemoryError,
        IndexError,
        KeyError,
        OverflowError,
    ) as error:
        raise PictureError("the picture is damaged or cut short: save it again, or take another") from error


def _too_large(width: int = 0, height: int = 0) -> str:
    size = f" ({width:,} x {height:,})" if width else ""
    return f"the picture has more than {MAX_PIXELS // 1_000_000} million pixels{size}: make it smaller, then try again"


def _what_it_is(data: bytes) -> str:
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data[4:8] == b"ftyp":
        return (
            "this is a HEIC or AVIF photo, which is not read here: on an iPhone choose Settings, Camera, Formats, Most "
            "Compatible, and take it again as JPEG"
        )
    if b"<svg" in start:
        return "this is an SVG drawing, not a picture of pixels: export it as PNG and upload that"
    if start.startswith(b"<"):
        return "this is a web page, not a picture: open it, save the picture that it shows, and upload that"
    for magic, sentence in _RECOGNISED:
        if data.startswith(magic):
            return sentence
    return "this is not a picture in a format that is read here: save it as PNG or JPEG and upload that"


def _eight_bits(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.asarray(picture, np.float64)
        top = 65535 if values.max() > 255 else 255
        picture = Image.fromarray(np.clip(values * (255 / top), 0, 255).astype(np.uint8))
    return picture.convert("RGBA")


# --- stages -----------------------------------------------------------------------------------------------------------


def composite(rgba: NDArray[np.uint8]) -> Grey:
    """Brightness (height, width), 0 to 1, of a picture (height, width, 4) laid on the contrary colour of its ink."""
    share = np.array([0.299, 0.587, 0.114], np.float32) / np.float32(255)  # of red, green, blue in brightness
    colour = np.asarray(rgba[..., :3].astype(np.float32) @ share, np.float32)
    alpha = rgba[..., 3].astype(np.float32) / 255
    if alpha.min() >= 1:
        return colour
    ink = float((colour * alpha).sum() / max(float(alpha.sum()), 1e-6))
    paper = 1.0 if ink < 0.5 else 0.0
    return np.asarray(colour * alpha + paper * (1 - alpha), np.float32)


def polarity(brightness: Grey) -> Grey:
    """Ink, 0 to 1, whichever of dark and bright it is: the rim of a picture is paper."""
    rim = np.concatenate([brightness[0], brightness[-1], brightness[:, 0], brightness[:, -1]])
    paper = np.float32(np.median(rim))
    dark, bright = np.maximum(paper - brightness, 0), np.maximum(brightness - paper, 0)
    ink: Grey = dark if dark.sum() >= bright.sum() else bright
    return ink


def even_background(ink: Grey) -> Grey:
    """Takes away what varies slowly (a shadow) and what is faint (grain), and makes the darkest ink 1."""
    height, width = ink.shape
    scale = 48 / max(height, width)
    small = _image(ink).resize((max(8, round(width * scale)), max(8, round(height * scale))), Image.Resampling.BOX)
    shade = small.filter(ImageFilter.MinFilter(9)).filter(ImageFilter.GaussianBlur(4)).resize((width, height))
    level = np.clip(ink - np.asarray(shade, np.float32) / 255, 0, 1)
    top = float(np.quantile(level[level > 0.5 * level.max()], 0.5)) if level.max() > 0 else 0.0
    if top < 0.04:
        return np.zeros_like(ink)
    level = level / top
    return np.clip((level - TOO_FAINT) / (1 - TOO_FAINT), 0, 1).astype(np.float32)


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
    """Strokes about as wide as MNIST's: thickened or thinned by a fraction of a pixel; FINE pixels high or wide."""
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
    picture: Image.Image, kind: type[ImageFilter.MaxFilter] | type[ImageFilter.MinFilter], radius: int
) -> Image.Image:
    # 3x3 squares in turn with crosses would be rounder still; small squares after a slight blur come close enough
    for _ in range(radius):
        picture = picture.filter(kind(3))
    return picture


def centre(ink: Grey) -> Grey:
    """On 28x28, the centre of mass on pixel index 14 both ways as in MNIST, to a fraction of a pixel."""
    total = float(ink.sum())
    height, width = ink.shape
    y = 14 - float((ink.sum(axis=1) * np.arange(height)).sum()) / total
    x = 14 - float((ink.sum(axis=0) * np.arange(width)).sum()) / total
    y, x = min(max(y, 0), 28 - height), min(max(x, 0), 28 - width)
    top, left = min(int(y), 27 - height), min(int(x), 27 - width)
    fy, fx = y - top, x - left
    out = np.zeros((28, 28), np.float32)
    for dy, dx, share in ((0, 0, (1 - fy) * (1 - fx)), (0, 1, (1 - fy) * fx), (1, 0, fy * (1 - fx)), (1, 1, fy * fx)):
        out[top + dy : top + dy + height, left + dx : left + dx + width] += share * ink
    return out


def _image(ink: Grey) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(ink * 255), 0, 255).astype(np.uint8))


# --- the whole way ----------------------------------------------------------------------------------------------------


def to_28x28(picture: Image.Image | NDArray[np.uint8]) -> Prepared:
    """What a network sees of a picture, with the picture after every stage."""
    image = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    image = image.convert("RGBA")
    if max(image.size) > SIDE:
        image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    stages = {"composite": composite(np.asarray(image))}
    stages["polarity"] = polarity(stages["composite"])
    stages["even background"] = even_background(stages["polarity"])
    if stages["even background"].max() <= 0.3:
        return Prepared(np.zeros((28, 28), np.float32), stages, blank=True)
    stages["crop"] = crop(stages["even background"])
    stages["even pen"] = even_pen_width(stages["crop"])
    stages["fit"] = fit(stages["even pen"], 20)
    stages["centre"] = centre(stages["fit"])
    return Prepared(stages["centre"], stages, blank=False)


def to_8x8(pixels: Grey) -> Grey:
    """A prepared 28x28 picture as scikit-learn's digits were made: the ink fills the height of 8x8 pixels."""
    ink = crop(pixels) if pixels.max() > 0.3 else pixels
    small = fit(ink, 8)
    out = np.zeros((8, 8), np.float32)
    top, left = (8 - small.shape[0]) // 2, (8 - small.shape[1]) // 2
    out[top : top + small.shape[0], left : left + small.shape[1]] = small
    brighter: Grey = np.clip(out * np.float32(1.2), 0, 1)
    return brighter
