"""What the canvas tells of itself is read strictly: its size, then how many strokes and points it
has, then what they are.
"""

import base64
import binascii
import io
import math
from typing import Any

from PIL import Image

from lab import limits

_PREFIX = "data:image/png;base64,"
_NONSENSE = "what the canvas sent is no drawing: press Clear, or reload the page"


def read_canvas(
    drawing: object, address: object
) -> tuple[dict[str, Any] | None, Image.Image | None]:
    """Return the strokes on the canvas, as it describes them, and their picture; None where it has
    not told.

    `address` is one of data, with the picture in it. Raises ValueError.
    """
    picture = None if address is None else _picture(address)
    if drawing is None:
        return None, picture
    if not isinstance(drawing, dict):
        raise ValueError(_NONSENSE)
    strokes = drawing.get("objects", [])
    if not isinstance(strokes, list):
        raise ValueError(_NONSENSE)
    limits.STROKES.check("a drawing", len(strokes))
    paths = [stroke.get("path") or [] if isinstance(stroke, dict) else None for stroke in strokes]
    limits.STROKE_POINTS.check(
        "a drawing", sum(len(path) for path in paths if isinstance(path, list))
    )
    if not all(isinstance(path, list) and all(map(_is_command, path)) for path in paths):
        raise ValueError(_NONSENSE)
    return drawing, picture


def _is_command(command: object) -> bool:
    """Return whether it is a step of a path of SVG: ["Q", 1, 2, 3, 4]."""
    return (
        isinstance(command, list)
        and 0 < len(command) <= 8
        and isinstance(command[0], str)
        and all(isinstance(n, int | float) and math.isfinite(n) for n in command[1:])
    )


def _picture(address: object) -> Image.Image:
    if not isinstance(address, str) or not address.startswith(_PREFIX):
        raise ValueError(_NONSENSE)
    limits.CANVAS.check("the picture of a canvas", len(address))
    try:
        content = base64.b64decode(address[len(_PREFIX) :], validate=True)
        with Image.open(io.BytesIO(content), formats=("PNG",)) as file:
            limits.CANVAS_PIXELS.check("the picture of a canvas", file.width * file.height)
            return file.convert("RGBA")
    except (binascii.Error, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(_NONSENSE) from error
