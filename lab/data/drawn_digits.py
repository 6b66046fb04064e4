"""MNIST's training pictures with drawn digits beside them, which are drawn once on a computer.

Drawing takes a millisecond a digit, all of it in Python. It is done in a process of its own, as a
thread would hold up whatever else its process does.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray

from lab.data import strokes
from lab.data.mapped import mapped

ROOT = Path(__file__).resolve().parents[2]
PIXELS = 28 * 28
# drawn alike, pixel for pixel, as long as neither our code nor Pillow's changes
_drawing = Path(strokes.__file__).read_bytes() + PIL.__version__.encode()
RECIPE = hashlib.sha256(_drawing).hexdigest()[:16]


def with_drawn_digits(
    pictures: NDArray[np.uint8], count: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return pictures (n, 784) with `count` drawn digits below them, and the digits (count,)."""
    rows = len(pictures) + count
    name = f"{hashlib.sha256(pictures.data).hexdigest()[:16]}-and-{count}-drawn-{RECIPE}"

    def make() -> bytes:
        return pictures.tobytes() + _draw_aside(count)

    content = np.frombuffer(mapped(name, make), np.uint8)
    return content[: rows * PIXELS].reshape(rows, PIXELS), content[rows * PIXELS :].astype(np.int64)


def _draw_aside(count: int) -> bytes:
    """Return the pixels of `count` drawn digits, then the digits, a byte each."""
    command = [sys.executable, "-m", "lab.data.drawn_digits", str(count)]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout


def main(count: int) -> None:
    """Draw so many digits, and write what `_draw_aside` returns."""
    pictures, digits = strokes.draw_digits(count)
    sys.stdout.buffer.write(pictures.tobytes() + digits.astype(np.uint8).tobytes())


if __name__ == "__main__":
    main(int(sys.argv[1]))
