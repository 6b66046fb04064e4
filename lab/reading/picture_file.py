"""Opens untrusted image files; the format is detected from content, never from the name.

Five formats are tried and no other, so that nothing else (an EPS, say, which Ghostscript would run)
is looked into. Sizes are checked before anything is decoded, and what is decoded is reduced strip
by strip. Nothing of a file is executed, written, shown as text or handed on: only its pixels.
"""

import io
import re
import warnings
from dataclasses import dataclass
from typing import cast

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin, UnidentifiedImageError

from lab import limits

MAX_BYTES = limits.PICTURE.most
MAX_PIXELS = limits.PIXELS.most
MOST_ACROSS = 60  # times as long as high, or as high as long: no number is
LEAST = 8  # pixels of the longest side
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
SIDE = 640  # pixels to which larger pictures are brought: a row of digits needs no more
STRIP = 500_000  # pixels made small at a time
MAX_WEBP = 6_000_000  # pixels: its decoder keeps the picture four times over
MAX_PROGRESSIVE = (
    48_000_000  # numbers (pixels times colours) that such a JPEG keeps until its last scan
)
# of a JPEG: each is a walk over the whole picture, and files with thousands exist to waste time
MAX_SCANS = 60
MAX_RUNS = 1_000_000  # bytes of a BMP that is packed run by run, which is slow to unpack

# Pillow refuses what has twice as many, in every format and before it takes any memory
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
PngImagePlugin.MAX_TEXT_MEMORY = 1_000_000

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "this is a PDF, not a picture: make a screenshot of it and upload that"),
    (b"%!PS", "this is PostScript, not a picture: save it as PNG and upload that"),
    (b"\xc5\xd0\xd3\xc6", "this is PostScript, not a picture: save it as PNG and upload that"),
    (
        b"PK\x03\x04",
        "this is a zip archive or an office document, not a picture: save the picture in it as PNG",
    ),
    (b"PK\x05\x06", "this is an empty zip archive, not a picture: upload the picture itself"),
    (
        b"\x1f\x8b",
        "this is a packed archive, not a picture: unpack it and upload the picture inside",
    ),
    (b"Rar!", "this is a packed archive, not a picture: unpack it and upload the picture inside"),
    (
        b"7z\xbc\xaf",
        "this is a packed archive, not a picture: unpack it and upload the picture inside",
    ),
    (
        b"\x80",
        "this is a Python pickle, not a picture, and it was not opened: upload a PNG or JPEG",
    ),
    (b"\x93NUMPY", "this is a NumPy array, not a picture: save it as PNG and upload that"),
    (b"II*\x00", "TIFF pictures are not read here: save it as PNG and upload that"),
    (b"MM\x00*", "TIFF pictures are not read here: save it as PNG and upload that"),
    (b"II+\x00", "TIFF pictures are not read here: save it as PNG and upload that"),
    (b"MM\x00+", "TIFF pictures are not read here: save it as PNG and upload that"),
    (b"8BPS", "this is a Photoshop file: export it as PNG and upload that"),
    (b"gimp xcf", "this is a GIMP file: export it as PNG and upload that"),
    (b"\x00\x00\x01\x00", "this is an icon: save it as PNG and upload that"),
    (
        b"\x00\x00\x00\x0cjP  ",
        "JPEG 2000 is not read here: save it as PNG or plain JPEG and upload that",
    ),
    (
        b"\xff\x4f\xff\x51",
        "JPEG 2000 is not read here: save it as PNG or plain JPEG and upload that",
    ),
    (b"\xff\x0a", "JPEG XL is not read here: save it as PNG or plain JPEG and upload that"),
    (
        b"\x00\x00\x00\x0cJXL ",
        "JPEG XL is not read here: save it as PNG or plain JPEG and upload that",
    ),
    (b"MZ", "this is a program, not a picture, and it was not run: upload a PNG or JPEG"),
    (b"\x7fELF", "this is a program, not a picture, and it was not run: upload a PNG or JPEG"),
    (b"#!", "this is a program, not a picture, and it was not run: upload a PNG or JPEG"),
)
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")
_HEIC = (
    "this is a HEIC or AVIF photo, which is not read here: on an iPhone choose Settings, Camera, "
    "Formats, Most Compatible, and take it again as JPEG; on another phone choose JPEG in the "
    "camera's settings"
)
_DAMAGED = "the picture is damaged or cut short: save it again, or take another"
# what a browser, a reader of PDFs or an unpacker would find in a file that is also a picture
_ALSO = re.compile(rb"<script|<html|<!doctype html|<svg|<\?php|<iframe|javascript:", re.IGNORECASE)


class PictureError(ValueError):
    """Says in a sentence why a file is not read, and what to do about it."""


@dataclass(frozen=True)
class Opened:
    """A picture in RGBA, its longest side at most SIDE, not yet turned upright.

    `orientation` is how EXIF says to turn it (1: not at all); `notes` are sentences on what was
    done to it.
    """

    picture: Image.Image
    orientation: int = 1
    notes: tuple[str, ...] = ()


def check_size(size: int) -> None:
    """Raise PictureError if a file has too many bytes to be opened."""
    if size > MAX_BYTES:
        raise PictureError(
            f"the file is larger than {MAX_BYTES // 1_000_000} MB: "
            "make the picture smaller, then try again"
        )


def open_picture(data: bytes) -> Opened:
    """Return the picture in a file's content: PNG, JPEG, WebP, GIF or BMP; raises PictureError."""
    if not data:
        raise PictureError("the file is empty: save the picture again and upload that")
    check_size(len(data))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as file:
                return _decoded(file, data)
    except UnidentifiedImageError as error:
        raise PictureError(_what_it_is(data)) from error
    except Image.DecompressionBombError as error:
        raise PictureError(_too_large()) from error
    except PictureError:
        raise
    except (
        Exception
    ) as error:  # whatever a decoder may stumble over: the file is at fault, and gets its sentence
        raise PictureError(_DAMAGED) from error


def _decoded(file: Image.Image, data: bytes) -> Opened:
    width, height = file.size
    if width * height > MAX_PIXELS:
        raise PictureError(_too_large(width, height))
    if max(width, height) < LEAST:
        raise PictureError(
            f"the picture is only {width} x {height} pixels, too small to hold a digit: "
            f"take one of {LEAST} or more"
        )
    if max(width, height) > MOST_ACROSS * min(width, height):
        raise PictureError(
            f"the picture is a mere strip of {width:,} x {height:,} pixels: "
            "cut out the part with the digits, and upload that"
        )
    script = b"/*" in (data[2:4], data[6:8])  # a BMP's or GIF's size that opens a comment
    archive = b"PK\x05\x06" in data[-70_000:] and b"PK\x01\x02" in data
    if _ALSO.search(data) or b"%PDF-" in data[:1024] or script or archive:
        raise PictureError(
            "this picture carries another file inside (a page, a program or an archive): "
            "make a screenshot of it, and upload that"
        )
    if file.format == "WEBP" and width * height > MAX_WEBP:
        raise PictureError(
            f"a WebP of more than {MAX_WEBP // 1_000_000} million pixels "
            f"({width:,} x {height:,}) takes too much memory: save it as JPEG, or make it smaller"
        )
    if file.info.get("progressive") and width * height * len(file.getbands()) > MAX_PROGRESSIVE:
        raise PictureError(
            f"the picture is too large ({width:,} x {height:,}) for a progressive JPEG in print "
            "colours: save it as PNG"
        )
    if data.count(b"\xff\xda") > MAX_SCANS and file.format in ("JPEG", "MPO"):
        raise PictureError(_DAMAGED)
    if file.format == "BMP" and len(data) > MAX_RUNS and data[30:31] in (b"\x01", b"\x02"):
        raise PictureError(
            "this BMP is packed in a way that takes long to unpack: save it as PNG and upload that"
        )
    notes = []
    if getattr(file, "is_animated", False) and file.format != "MPO":
        notes.append("The file moves: its first picture is read.")
    if file.format in ("JPEG", "MPO"):
        file.draft("RGB" if file.mode != "L" else "L", (SIDE, SIDE))
    file.load()
    orientation = _orientation(
        file
    )  # only now: asked for it earlier, Pillow decodes, and a damage would be lost here
    picture = _smaller(file)
    if all(low == high for low, high in _extrema(picture.convert("RGBa"))):
        raise PictureError("the picture is all of one colour, with no digit on it: take another")
    return Opened(picture, orientation, tuple(notes))


def _orientation(file: Image.Image) -> int:
    try:
        orientation = file.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # what the camera noted is damaged: the pixels need not be
        return 1
    return orientation if orientation in range(1, 9) else 1


def _extrema(picture: Image.Image) -> list[tuple[float, float]]:
    """Return the lowest and the highest value of every band, which Pillow gives bare of one."""
    extrema = picture.getextrema()
    bands = [extrema] if len(picture.getbands()) == 1 else extrema
    return cast("list[tuple[float, float]]", list(bands))


def _smaller(file: Image.Image) -> Image.Image:
    """Return the picture in RGBA with its longest side at most SIDE.

    It is reduced strip by strip, so that a large picture is never in memory a second time.
    """
    factor = -(
        -max(file.size) // (2 * SIDE)
    )  # to twice the size by the mean of whole pixels, then smoothly
    width, height = -(-file.width // factor), -(-file.height // factor)
    deep = file.mode.startswith(("I", "F"))  # more than eight bits
    ((low, high),) = _extrema(file) if deep else ((0, 255),)
    if high - low > 0.3 * high:
        # scanners that know twelve bits leave the upper four empty; what is fainter is lost in
        # eight bits
        low = 0
    small = Image.new("RGBA", (width, height))
    rows = max(1, STRIP // (file.width * factor)) * factor
    for top in range(0, file.height, rows):
        strip = file.crop((0, top, file.width, min(top + rows, file.height)))
        reduced = _eight_bits(strip, low, high).reduce(factor)
        small.paste(reduced.convert("RGBA"), (0, top // factor))
    small.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return small


def _eight_bits(strip: Image.Image, low: float, high: float) -> Image.Image:
    """Return a strip in grey or RGB, or in RGBA where something is transparent.

    Of more than eight bits, `low` becomes black and `high` white.
    """
    if strip.mode.startswith(("I", "F")):
        level = (np.asarray(strip, np.float32) - low) * (255 / max(high - low, 1))
        return Image.fromarray(np.clip(level, 0, 255).astype(np.uint8))
    if strip.mode == "1":
        return strip.convert("L")
    if strip.has_transparency_data:
        clear = strip.convert("RGBA")
        return clear if clear.getchannel("A").getextrema() != (255, 255) else clear.convert("RGB")
    return strip if strip.mode in ("L", "RGB") else strip.convert("RGB")


def _too_large(width: int = 0, height: int = 0) -> str:
    size = f" ({width:,} x {height:,})" if width else ""
    return (
        f"the picture has more than {MAX_PIXELS // 1_000_000} million pixels{size}: "
        "make it smaller, then try again"
    )


def _what_it_is(data: bytes) -> str:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data[4:8] == b"ftyp":
        moving = data[8:12] in (
            b"isom",
            b"mp41",
            b"mp42",
            b"qt  ",
            b"M4V ",
            b"avc1",
            b"3gp4",
            b"3gp5",
        )
        return (
            "this is a film, not a picture: take a screenshot of it and upload that"
            if moving
            else _HEIC
        )
    if b"<svg" in start:
        return "this is an SVG drawing, not a picture of pixels: export it as PNG and upload that"
    if start.startswith(b"<"):
        return (
            "this is a web page, not a picture: "
            "open it, save the picture that it shows, and upload that"
        )
    for magic, sentence in _STARTS:
        if data.startswith(magic):
            return sentence
    if data.startswith(_PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return _DAMAGED
    return (
        "this is not a picture in a format that is read here: "
        "save it as PNG or JPEG and upload that"
    )
