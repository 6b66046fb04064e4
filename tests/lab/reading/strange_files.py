"""Files as strangers send them: all that are read, each a seven, and all that are refused."""

import io
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from lab.reading.picture_file import MAX_BYTES

RNG = np.random.default_rng(0)


def digit(
    size: tuple[int, int] = (280, 280),
    ink: object = "black",
    paper: object = "white",
    mode: str = "RGB",
) -> Image.Image:
    """A seven in the middle."""
    image = Image.new(mode, size, paper)  # type: ignore[arg-type]
    side, left, top = min(size), (size[0] - min(size)) / 2, (size[1] - min(size)) / 2
    points = [
        (left + x * side, top + y * side) for x, y in ((0.3, 0.25), (0.65, 0.25), (0.45, 0.75))
    ]
    ImageDraw.Draw(image).line(points, fill=ink, width=max(1, side // 14), joint="curve")  # type: ignore[arg-type]
    return image


def file_of(image: Image.Image, file_format: str = "PNG", **settings: object) -> bytes:
    out = io.BytesIO()
    image.save(out, file_format, **settings)  # type: ignore[arg-type]
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_that_claims(width: int, height: int, depth: int = 8, colour: int = 0) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def with_chunk(png: bytes, name: bytes, data: bytes) -> bytes:
    return png[:33] + chunk(name, data) + png[33:]


def changed(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(RNG.integers(0, 256, (height, width, 3)).astype(np.uint8))


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.png", PNG)
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("a"), io.BytesIO())
    return out.getvalue()


def many_scans() -> bytes:
    """A progressive JPEG whose last scan comes a thousand times: each is a walk over the whole
    picture.
    """
    whole = file_of(digit((1000, 1000)), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * 1000 + b"\xff\xd9"


def run_length_bmp(size: int) -> bytes:
    """A BMP packed run by run, one pixel each."""
    side = 1500
    body = (b"\x01\x00" * size)[:size] + b"\x00\x01"
    palette = bytes(1024)
    info = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(body), 0, 0, 256, 0)
    start = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + info + palette + body


PNG, JPEG, WEBP = file_of(digit()), file_of(digit(), "JPEG"), file_of(digit(), "WEBP")
GIF, BMP = file_of(digit(), "GIF"), file_of(digit(), "BMP")
RED = Image.new("RGB", (280, 280), "red")
SEVEN = np.asarray(digit().convert("L"))
TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}

# files that are read, all of them a seven
GOOD: dict[str, Callable[[], bytes]] = {
    "png": lambda: PNG,
    "jpeg": lambda: JPEG,
    "webp": lambda: WEBP,
    "gif": lambda: GIF,
    "bmp": lambda: BMP,
    "webp without loss": lambda: file_of(digit(), "WEBP", lossless=True),
    "webp with alpha": lambda: file_of(digit(paper=(0, 0, 0, 0), mode="RGBA"), "WEBP"),
    "grey png": lambda: file_of(digit().convert("L")),
    "grey jpeg": lambda: file_of(digit().convert("L"), "JPEG"),
    "palette": lambda: file_of(digit().convert("P")),
    "palette with a clear colour": lambda: file_of(
        digit().convert("P", palette=Image.Palette.ADAPTIVE, colors=2), transparency=1
    ),
    "two colours": lambda: file_of(digit().convert("1")),
    "two colours, bmp": lambda: file_of(digit().convert("1"), "BMP"),
    "palette, bmp": lambda: file_of(digit().convert("P"), "BMP"),
    "cmyk": lambda: file_of(digit().convert("CMYK"), "JPEG"),
    "cmyk, progressive": lambda: file_of(digit().convert("CMYK"), "JPEG", progressive=True),
    "progressive": lambda: file_of(digit(), "JPEG", progressive=True),
    "poor jpeg": lambda: file_of(digit(), "JPEG", quality=5),
    "grey and alpha": lambda: file_of(digit().convert("LA")),
    "alpha": lambda: file_of(digit().convert("RGBA")),
    "black ink on nothing": lambda: file_of(digit(ink="black", paper=(0, 0, 0, 0), mode="RGBA")),
    "white ink on nothing": lambda: file_of(
        digit(ink="white", paper=(255, 255, 255, 0), mode="RGBA")
    ),
    "half transparent": lambda: file_of(digit(ink=(0, 0, 0, 128), paper=(0, 0, 0, 0), mode="RGBA")),
    "white on black": lambda: file_of(digit(ink="white", paper="black")),
    "sixteen bits": lambda: file_of(Image.fromarray(SEVEN.astype(np.uint16) * 257)),
    "sixteen bits, dim": lambda: file_of(Image.fromarray(SEVEN.astype(np.uint16) * 3)),
    "sixteen bits, tiny numbers": lambda: file_of(Image.fromarray(SEVEN.astype(np.uint16))),
    "interlaced": lambda: file_of(digit(), "PNG", interlace=1),
    "animated gif": lambda: file_of(digit(), "GIF", save_all=True, append_images=[RED]),
    "animated png": lambda: file_of(digit(), "PNG", save_all=True, append_images=[RED]),
    "animated webp": lambda: file_of(digit(), "WEBP", save_all=True, append_images=[RED]),
    "two pictures in one jpeg": lambda: file_of(digit(), "MPO", save_all=True, append_images=[RED]),
    "28x28": lambda: file_of(digit((28, 28), "white", "black").convert("L")),
    "wide": lambda: file_of(digit((1200, 200))),
    "high": lambda: file_of(digit((200, 1200))),
    "sixteen megapixels": lambda: file_of(digit((4000, 4000)).convert("L")),
    "sixteen megapixels in colour": lambda: file_of(digit((4000, 4000)), "PNG", compress_level=1),
    "twelve megapixels": lambda: file_of(digit((4000, 3000)), "JPEG"),
    "twelve megapixels, progressive": lambda: file_of(
        digit((4000, 3000)), "JPEG", progressive=True
    ),
    "six megapixels of webp": lambda: file_of(digit((2400, 2400)), "WEBP"),
    "sixteen megapixels of gif": lambda: file_of(digit((4000, 4000)).convert("1"), "GIF"),
    "something behind its end": lambda: PNG + b"some words that a program left behind",
    "a film behind its end": lambda: JPEG + b"\0\0\0\x18ftypmp42" + RNG.bytes(100_000),
    "long words inside": lambda: with_chunk(PNG, b"tEXt", b"Comment\0" + b"words " * 1000),
    "an odd profile": lambda: with_chunk(
        PNG, b"iCCP", b"x\0\0" + zlib.compress(b"no profile at all")
    ),
    "no date that exists": lambda: with_chunk(PNG, b"tIME", b"\xff" * 7),
    "broken exif": lambda: with_chunk(PNG, b"eXIf", b"II*\0\xff\xff\xff\xff"),
    "an impossible orientation": lambda: file_of(digit(), "JPEG", exif=exif(77)),
    **{
        f"turned, {way}": (
            lambda way=way, turn=turn: file_of(digit().transpose(turn), "JPEG", exif=exif(way))
        )
        for way, turn in TURNED.items()
    },
}

# files that are refused, and a word of the sentence
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "one byte": (lambda: b"\x89", "not a picture"),
    "zeros": (lambda: bytes(5000), "not a picture"),
    "text": (lambda: b"hello, I am a picture", "not a picture"),
    "random": (lambda: b"?" + RNG.bytes(5000), "not a picture"),
    "too many bytes": (lambda: PNG + bytes(MAX_BYTES), "larger than 5 MB"),
    "noise too large": (lambda: file_of(noise(1600, 1200)), "larger than 5 MB"),
    "bomb": (lambda: png_that_claims(60_000, 60_000), "million pixels"),
    "bomb of 2**31": (lambda: png_that_claims(2**31 - 1, 2**31 - 1), "million pixels"),
    "too many pixels": (lambda: png_that_claims(5_000, 4_000), "million pixels"),
    "a real bomb": (lambda: file_of(Image.new("1", (20_000, 20_000))), "million pixels"),
    "gif bomb": (lambda: changed(GIF, 6, struct.pack("<HH", 65_535, 65_535)), "million pixels"),
    "bmp bomb": (lambda: changed(BMP, 18, struct.pack("<ii", 100_000, 100_000)), "million pixels"),
    "webp bomb": (
        lambda: b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xfe\x3f\0\xfe\x3f\0" + bytes(20),
        "damaged|million",
    ),
    "webp of sixteen megapixels": (
        lambda: file_of(digit((4000, 4000)), "WEBP"),
        "WebP of more than 6 million",
    ),
    "print colours of sixteen megapixels": (
        lambda: file_of(digit((4000, 4000)).convert("CMYK"), "JPEG", progressive=True),
        "progressive JPEG",
    ),
    "a thousand scans": (many_scans, "damaged"),
    "runs without end": (lambda: run_length_bmp(3_000_000), "unpack"),
    "runs cut short": (lambda: run_length_bmp(900_000), "damaged|one colour"),
    "0 x 0": (lambda: png_that_claims(0, 0), "damaged"),
    "0 wide": (lambda: changed(BMP, 18, struct.pack("<i", 0)), "damaged|too small|strip"),
    "tiny": (lambda: file_of(Image.new("RGB", (1, 1), "red")), "only 1 x 1 pixels"),
    "tiny, 5 x 5": (lambda: file_of(noise(5, 5)), "only 5 x 5 pixels"),
    "a strip": (lambda: file_of(noise(16_000, 2), "JPEG"), "mere strip"),
    "flat": (lambda: file_of(Image.new("RGB", (300, 300), "white")), "all of one colour"),
    "flat and grey": (
        lambda: file_of(Image.new("L", (300, 300), 127), "JPEG"),
        "all of one colour",
    ),
    "nothing at all to see": (
        lambda: file_of(Image.merge("RGBA", [*noise(90, 90).split(), Image.new("L", (90, 90), 0)])),
        "one colour",
    ),
    "cut short": (lambda: PNG[: len(PNG) // 2], "damaged"),
    "cut short jpeg": (lambda: JPEG[: len(JPEG) // 2], "damaged"),
    "cut short webp": (lambda: WEBP[: len(WEBP) // 2], "damaged"),
    "cut short gif": (lambda: GIF[:40], "damaged"),
    "cut short bmp": (lambda: BMP[: len(BMP) // 2], "damaged"),
    "only a header": (lambda: PNG[:33], "damaged"),
    "only a signature": (lambda: PNG[:8], "damaged"),
    "only the start of a jpeg": (lambda: JPEG[:4], "damaged"),
    "wrong checksum": (lambda: changed(PNG, 29, b"\0\0\0\0"), "damaged"),
    "damaged stream": (lambda: changed(PNG, 43, b"\xff" * 40), "damaged"),
    "words that unpack to a gigabyte": (
        lambda: with_chunk(PNG, b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000))),
        "damaged",
    ),
    "html": (lambda: b"<!doctype html><html>log in</html>", "web page"),
    "html with a mark in front": (lambda: b"\xef\xbb\xbf \n<html>", "web page"),
    "svg": (lambda: b'<?xml version="1.0"?><svg xmlns="x"></svg>', "SVG"),
    "svg with a script": (lambda: b"<svg><script>alert(1)</script></svg>", "SVG"),
    "pdf": (lambda: b"%PDF-1.7 ...", "PDF"),
    "eps": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(x) run\n", "PostScript"),
    "eps of dos": (lambda: b"\xc5\xd0\xd3\xc6" + bytes(60), "PostScript"),
    "pickle": (lambda: pickle.dumps({"a": 1}), "pickle"),
    "old pickle": (lambda: pickle.dumps({"a": 1}, protocol=0), "not a picture"),
    "numpy": (lambda: b"\x93NUMPY" + bytes(100), "NumPy"),
    "zip": (zipped, "zip"),
    "tar": (tarred, "archive"),
    "heic": (lambda: b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
    "heic of several": (lambda: b"\0\0\0\x18ftypmif1" + bytes(40), "HEIC"),
    "avif": (lambda: b"\0\0\0\x1cftypavif" + bytes(40), "HEIC or AVIF"),
    "a film": (lambda: b"\0\0\0\x18ftypmp42" + bytes(40), "film"),
    "tiff": (lambda: file_of(digit(), "TIFF"), "TIFF"),
    "icon": (lambda: file_of(digit((32, 32)), "ICO"), "icon"),
    "photoshop": (lambda: b"8BPS\0\x01" + bytes(60), "Photoshop"),
    "jpeg 2000": (lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), "JPEG 2000"),
    "portable pixels": (lambda: file_of(digit(), "PPM"), "not a picture in a format"),
    "targa": (lambda: file_of(digit(), "TGA"), "not a picture in a format"),
    "program": (lambda: b"\x7fELF" + bytes(60), "program"),
    "program of windows": (lambda: b"MZ" + bytes(60), "program"),
    "script": (lambda: b"#!/bin/sh\nrm -rf /\n", "program"),
    "png and zip": (lambda: PNG + zipped(), "another file inside"),
    "png and page": (lambda: PNG + b"<html><script>alert(1)</script>", "another file inside"),
    "gif and script": (lambda: b"GIF89a/*" + GIF[8:] + b"*/=1;alert(1)", "another file inside"),
    "jpeg and pdf": (
        lambda: JPEG[:2] + b"\xff\xfe\0\x20%PDF-1.4 objects and objects  " + JPEG[2:],
        "another file",
    ),
    "jpeg and php": (
        lambda: file_of(digit(), "JPEG", comment=b"<?php system('id') ?>"),
        "another file inside",
    ),
    "page in a png's words": (
        lambda: with_chunk(PNG, b"tEXt", b"Title\0<script>alert(1)</script>"),
        "another file",
    ),
}
