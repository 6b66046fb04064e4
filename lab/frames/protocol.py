"""A frame is one compact message: a header in JSON, and behind it the arrays that the header names.

docs/frames.md describes it field by field. Each frame is complete: none depends on another.
"""

import json
import math
import struct
from collections.abc import Mapping
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


class Header(TypedDict):
    """The fields of a header, all of which every frame has; `pack` adds "arrays" to them."""

    status: str
    message: str | None
    advice: dict[str, Any] | None
    solved: bool
    epoch: int
    epochs: int
    step: int
    batch: int
    batches: int
    steps_per_second: float
    samples_per_second: int
    train_loss: float | None
    test_loss: float | None
    train_accuracy: float | None
    test_accuracy: float | None
    tests: int
    snapshots: int
    at: int | None
    now: float | None
    unit: dict[str, Any] | None
    diagram: list[dict[str, Any]] | None
    health: list[dict[str, Any]] | None
    few: dict[str, Any] | None
    baseline: float | None
    seconds_left: float | None
    curve: int
    grid: int
    low: float
    high: float
    confusion: list[list[int]] | None
    units: str
    parameters: int
    units_hidden: int


def pack(header: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Return the frame of a header and arrays, whose numbers are little-endian.

    Raises ValueError where the header holds NaN or an infinity, which JSON does not know.
    """
    return b"".join(parts_of(header, arrays))


def parts_of(header: Mapping[str, Any], arrays: Arrays) -> list[bytes]:
    """Return the parts of that frame: its header with the length in front, and each array."""
    listed = [[name, array.dtype.str[1:], array.size] for name, array in arrays.items()]
    text = json.dumps({**header, "arrays": listed}, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    parts = [struct.pack("<I", len(text)) + text]
    for array in arrays.values():
        data = array.tobytes()
        parts.append(data + b"\0" * (-len(data) % 4))
    return parts


def unpack(frame: bytes) -> tuple[dict[str, Any], Arrays]:
    """Return the header and the arrays, flat, of a frame."""
    (length,) = struct.unpack_from("<I", frame)
    header: dict[str, Any] = json.loads(frame[4 : 4 + length])
    arrays, offset = {}, 4 + length
    for name, dtype, count in header["arrays"]:
        arrays[name] = np.frombuffer(frame, f"<{dtype}", count, offset)
        offset += -(-arrays[name].nbytes // 4) * 4
    return header, arrays


def finite(number: float | None) -> float | None:
    """Return `number`, or None in place of NaN and the infinities, which no page shows."""
    return number if number is not None and math.isfinite(number) else None
