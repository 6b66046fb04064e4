"""Printed lines go, at any angle, and strokes stay."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lab.reading.printed_lines import remove_printed_lines


def ruled(
    angle: float, squared: bool, ink: float = 0.7, line: float = 0.25
) -> tuple[np.ndarray, ...]:
    """How dark ruled paper with an S-like stroke is, and where the stroke is."""
    width, height = 420, 320
    paper, stroke = Image.new("F", (width, height)), Image.new("L", (width, height))
    brush, slope = ImageDraw.Draw(paper), np.tan(np.radians(angle))
    for at in range(-500, 900, 22):
        brush.line([(0, at), (width, at + slope * width)], fill=line, width=1)
        if squared:
            brush.line([(at, 0), (at - slope * height, height)], fill=line, width=1)
    points = [(260, 90), (200, 70), (160, 110), (230, 170), (250, 220), (190, 250), (150, 230)]
    ImageDraw.Draw(stroke).line(points, fill=1, width=8, joint="curve")
    inked = np.asarray(stroke, bool)
    return np.where(inked, np.float32(ink), np.asarray(paper)).astype(np.float32), inked


@pytest.mark.parametrize("squared", [True, False])
@pytest.mark.parametrize("angle", [-31, -8, 0, 3, 17, 40])
def test_lines_go_and_the_stroke_stays(angle: float, squared: bool) -> None:
    dark, inked = ruled(angle, squared)
    left = remove_printed_lines(dark)
    assert left[~inked].sum() < 0.3 * dark[~inked].sum()
    assert np.median(left[inked]) > 0.6
    assert (left[inked] > 0.3).mean() > 0.9


def test_a_digit_of_straight_strokes_is_no_ruled_paper() -> None:
    picture = Image.new("F", (300, 300))
    for line in ([(60, 60), (240, 60)], [(240, 60), (120, 250)], [(110, 150), (220, 150)]):
        ImageDraw.Draw(picture).line(line, fill=0.8, width=7)
    dark = np.asarray(picture).copy()
    np.testing.assert_array_equal(remove_printed_lines(dark), dark)


@pytest.mark.parametrize("shape", [(1, 1), (2, 60), (60, 2), (5, 5)])
def test_any_size_will_do(shape: tuple[int, int]) -> None:
    assert remove_printed_lines(np.ones(shape, np.float32)).shape == shape
    assert remove_printed_lines(np.zeros(shape, np.float32)).shape == shape
