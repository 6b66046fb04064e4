"""What a canvas may tell of itself, at its limits and above."""

import base64
import contextlib
import io
import time
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lab import limits
from tests.lab.test_limits import AT_ONCE, PROCESSOR, said
from ui.draw.canvas import read_canvas


def png(width: int, height: int, padding: int = 0) -> str:
    out = io.BytesIO()
    Image.new("RGBA", (width, height), "white").save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue() + bytes(padding)).decode()


def padded(letters: int) -> str:
    """A picture that takes about so many letters, most of which say nothing."""
    return png(320, 320, (letters - len(png(320, 320)) - 8) * 3 // 4)


def bomb(side: int) -> str:
    """Some kilobytes that say that they are so many pixels across."""
    header = side.to_bytes(4, "big") * 2 + b"\x08\x06\0\0\0"
    chunk = b"IHDR" + header
    content = b"\x89PNG\r\n\x1a\n" + len(header).to_bytes(4, "big") + chunk
    content += zlib.crc32(chunk).to_bytes(4, "big")
    return "data:image/png;base64," + base64.b64encode(content).decode()


def told(raw: Any, address: Any = None) -> tuple[Any, Any]:
    return raw, address


def test_strokes_and_picture_are_read() -> None:
    raw = {"objects": [{"path": [["M", 1, 2], ["Q", 1, 2, 3.5, 4], ["L", 5, 6]]}, {}]}
    strokes, picture = read_canvas(raw, png(320, 320))
    assert strokes == raw
    assert picture
    assert (picture.mode, picture.size) == ("RGBA", (320, 320))
    assert read_canvas(None, None) == (None, None)


AT = {
    "strokes": (limits.STROKES, lambda n: told({"objects": [{"path": [["M", 1, 2]]}] * n})),
    "points": (limits.STROKE_POINTS, lambda n: told({"objects": [{"path": [["M", 1, 2]] * n}]})),
    "bytes": (limits.CANVAS, lambda n: told({}, padded(n))),
    "pixels": (limits.CANVAS_PIXELS, lambda n: told({}, png(1000, n // 1000 + n % 1000))),
}


@pytest.mark.parametrize("name", AT)
def test_at_its_limit_it_takes_little_and_above_it_is_refused_at_once(name: str) -> None:
    limit, make = AT[name]
    at, above, seconds, refused = make(limit.most), make(limit.most + 2_000), [], []
    for _ in range(3):
        start = time.process_time()
        read_canvas(*at)
        middle = time.process_time()
        with pytest.raises(ValueError, match=said(limit)):
            read_canvas(*above)
        seconds.append(middle - start)
        refused.append(time.process_time() - middle)
    assert min(seconds) < PROCESSOR
    assert min(refused) < AT_ONCE


NONSENSE: list[tuple[Any, Any]] = [
    ([], None),
    ("", None),
    ({"objects": 1}, None),
    ({"objects": [1]}, None),
    ({"objects": [{"path": "M"}]}, None),
    ({"objects": [{"path": [1]}]}, None),
    ({"objects": [{"path": [[]]}]}, None),
    ({"objects": [{"path": [["M", "x", 1]]}]}, None),
    ({"objects": [{"path": [["M", float("nan"), 1]]}]}, None),
    ({}, ""),
    ({}, 7),
    ({}, "https://example.org/a.png"),
    ({}, "data:image/png;base64,"),
    ({}, "data:image/png;base64,AAAA"),
    ({}, "data:image/svg+xml;base64," + base64.b64encode(b"<svg/>").decode()),
    ({}, png(320, 320)[:300]),
    ({}, bomb(100_000)),
    ({}, bomb(3_000)),
]


@pytest.mark.parametrize(("raw", "address"), NONSENSE)
def test_what_is_no_drawing_gets_a_sentence(raw: Any, address: Any) -> None:
    with pytest.raises(ValueError, match=r"is no drawing|at most 2,000,000 pixels"):
        read_canvas(raw, address)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["objects", "path", "x"]), inner, max_size=3)
    ),
    max_leaves=15,
)


@given(ANYTHING, st.text(max_size=20) | st.none() | st.just("data:image/png;base64,iVBORw0KGgo="))
def test_whatever_comes_is_a_drawing_or_gets_a_sentence(raw: Any, address: Any) -> None:
    with contextlib.suppress(ValueError):
        strokes, _ = read_canvas(raw, address)
        assert strokes is None or isinstance(strokes, dict)
