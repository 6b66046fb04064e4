"""Frames on their way to a browser take a quarter of their bytes: arrays as differences of
neighbours, a little rounded, and then compressed.

As each frame is still whole, one may be lost, and many who watch a run share one. docs/frames.md
says how it is undone.
"""

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.frames.protocol import Arrays, pack, parts_of, unpack

LEVEL = 4  # of zlib: the sixth takes twice as long, and saves a thirtieth
SHADES = np.uint8(
    0xFE
)  # the bits of a shade that are kept: 128 of them, which no eye tells from 256
ROUGH = 11  # bits of a curve's numbers that are not: what is left is right to an 8,000th
ROUNDED = ("sure", "tiles", "unit")


def squeeze(frame: bytes) -> bytes:
    """Return a frame as it is sent."""
    header, arrays = unpack(frame)
    rows = {"winner": header["grid"], "sure": header["grid"], "unit": header["grid"]}
    if "tiles" in arrays and (units := sum(c["shown"] for c in header["diagram"])):
        rows["tiles"] = round((arrays["tiles"].size / units) ** 0.5)
    coded: Arrays = {}
    for name, array in arrays.items():
        if row := rows.get(name, 0):
            coded[name] = _slopes(array & SHADES if name in ROUNDED else array, row)
        elif name == "curve":
            coded[name] = _steps(array)
            rows[name] = 1
        else:
            coded[name] = array
    rows = {name: row for name, row in rows.items() if row and name in coded}
    packer = zlib.compressobj(LEVEL)
    packed = [
        # a block for each array: what is frequent in one is not in the next
        packer.compress(part) + packer.flush(zlib.Z_BLOCK)
        for part in parts_of(header | {"rows": rows}, coded)
    ]
    return b"".join([*packed, packer.flush()])


def expand(squeezed: bytes) -> bytes:
    """Return the frame that was squeezed, as `pack` makes it, a little rounded."""
    header, arrays = unpack(zlib.decompress(squeezed))
    for name, row in header.pop("rows").items():
        array = arrays[name]
        if array.dtype == np.uint8:
            arrays[name] = _from_slopes(array, row)
        else:
            arrays[name] = np.cumsum(array.view(np.uint32), dtype=np.uint32).view(np.float32)
    del header["arrays"]
    return pack(header, arrays)


def _slopes(shades: NDArray[np.uint8], row: int) -> NDArray[np.uint8]:
    """Return how much each pixel differs from where its neighbours on the left and above point to:
    left + above - above left. Pixels lie row by row, and none is 0 where there is no neighbour.
    """
    padded = np.concatenate([np.zeros(row + 1, np.uint8), shades])
    return shades - padded[row:-1] - padded[1:-row] + padded[: -row - 1]


def _from_slopes(slopes: NDArray[np.uint8], row: int) -> NDArray[np.uint8]:
    short = -slopes.size % row
    lines = np.append(slopes, np.zeros(short, np.uint8)).reshape(-1, row)
    steps = np.cumsum(lines, axis=0, dtype=np.uint8).ravel()
    return np.cumsum(steps, dtype=np.uint8)[: slopes.size]


def _steps(numbers: NDArray[np.float32]) -> NDArray[Any]:
    """Return rounded numbers as differences of the bits of neighbours, of which few are left."""
    bits = numbers.view(np.uint32)
    half = np.uint32(1 << (ROUGH - 1))
    finite = np.isfinite(numbers)
    kept = np.where(finite, bits + half, bits) & ~np.uint32((1 << ROUGH) - 1)
    kept = np.where(np.isnan(numbers), bits, kept)
    return np.diff(kept, prepend=np.uint32(0)).astype("<u4").view("<f4")
