"""A drawing can be read on a phone, has true minus signs, and no line runs over its labels."""

import base64
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.board.sketch import NARROWEST, Sketch, table


def svg(drawing: Sketch, ink: str = "#111111") -> str:
    return base64.b64decode(drawing.url(ink).split(",", 1)[1]).decode()


@given(st.integers(100, 900))
def test_letters_are_at_least_11_pixels_high_on_a_phone(width: int) -> None:
    text = svg(Sketch((-2, 2), (-2, 2), "x", width, 200).axes("x", "y").text(0, 0, "here"))
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", text)]
    assert len(sizes) == 3
    assert min(sizes) * min(1, NARROWEST / width) >= 11
    assert min(sizes) >= 14


@pytest.mark.parametrize("kind", ["axes", "grid"])
def test_labels_stand_in_front_of_what_is_drawn_and_have_minus_signs(kind: str) -> None:
    drawing = Sketch((-3, 3), (-2, 2), "x", 460, 200)
    drawing = drawing.axes("x", "y") if kind == "axes" else drawing.grid("x", "{:.1f}", 1.0)
    text = svg(drawing.line([-3, 3], [-2, 2], "#123456"))
    assert text.rindex("<polyline") < text.index('class="tick')
    words = re.findall(r"<text[^>]*>([^<]*)</text>", text)
    assert any(word.startswith("−") for word in words)
    assert not any("-" in word for word in words)
    assert all("over" in kind for kind in re.findall(r'<text class="([^"]*)"', text))


def test_tables_have_minus_signs() -> None:
    drawn = table(np.array([[-1.5, 2.0]]), "W")
    assert "<td>−1.50</td><td>2.00</td>" in drawn
