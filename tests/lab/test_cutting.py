"""Numbers are cut into their digits, in the order in which they are read; specks and neighbours are left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from lab import pictures, reading, strokes
from lab.cutting import MOST, cut


def written(digits: str, seed: int = 0, gap: float = 0.3, high: int = 100) -> Image.Image:
    image, rng = Image.new("L", (120 * len(digits) + 80, 220), 255), np.random.default_rng(seed)
    x = 20.0
    for digit in digits:
        top = 50 + rng.uniform(-15, 15)
        x += strokes.write(ImageDraw.Draw(image), strokes.ways(int(digit), rng, 0.02), (x, top), high, 9, 0)
        x += gap * high
    return image


@pytest.mark.parametrize("number", ["2026", "10", "7", "31415926", "5547"])
@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_a_number_is_read_in_order(number: str, name: str) -> None:
    model = reading.open_model(name)
    assert reading.read_number(model, written(number, 3)).text == number


@settings(max_examples=40)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=7), st.integers(0, 1000))
def test_as_many_digits_are_found_as_were_written(digits: list[int], seed: int) -> None:
    sheet = pictures.sheet(written("".join(map(str, digits)), seed))
    # one in some hundred is written in two strokes that drift apart: a five's bar, a one's foot
    assert abs(len(sheet.digits) - len(digits)) <= (len(digits) > 1)
    lefts = [part.left for part in sheet.parts]
    assert lefts == sorted(lefts)


def test_a_five_in_two_strokes_and_a_four_with_a_gap_stay_whole() -> None:
    ink = np.zeros((100, 100), np.float32)
    ink[20:26, 40:75] = 1  # the bar of a five, loose
    ink[30:80, 36:42] = ink[50:56, 36:70] = ink[56:80, 64:70] = 1
    assert len(cut(ink)) == 1
    four = np.zeros((100, 100), np.float32)
    four[10:60, 20:25] = four[55:60, 20:70] = 1
    four[30:52, 55:60] = four[64:90, 55:60] = 1  # its long stroke is broken
    assert len(cut(four)) == 1


def test_two_lines_are_read_one_after_the_other() -> None:
    page = Image.new("L", (300, 440), 255)
    page.paste(written("47", 1), (0, 0))
    page.paste(written("13", 2), (0, 220))
    assert reading.read_number(reading.open_model("cnn"), page).text == "4713"


def test_specks_are_left_out_and_a_neighbours_ink_is_not_in_ones_own_part() -> None:
    ink = np.zeros((100, 200), np.float32)
    ink[20:80, 30:40] = 1
    ink[5:7, 120:122] = 1
    (part,) = cut(ink)
    assert part.box == (19, 29, 81, 41)
    assert cut(ink, several=False)[0].ink.sum() == 600
    slanted = np.zeros((100, 100), np.float32)
    for y in range(80):
        slanted[10 + y, 50 - y // 2 : 55 - y // 2] = slanted[10 + y, 70 - y // 2 : 75 - y // 2] = 1
    one, other = cut(slanted)
    assert one.ink.sum() == other.ink.sum() == 400


def test_nothing_is_cut_from_nothing_and_noise_is_no_number() -> None:
    assert cut(np.zeros((30, 30), np.float32)) == []
    dots = np.zeros((120, 120), np.float32)
    dots[5::20, 5::20] = 1
    assert len(cut(dots)) > MOST


@given(st.integers(1, 80), st.integers(1, 80), st.integers(0, 2**32 - 1))
def test_any_ink_is_cut_into_parts_within_the_picture(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ink = (rng.random((height, width)) * (rng.random((height, width)) < 0.3)).astype(np.float32)
    for part in cut(ink):
        top, left, bottom, right = part.box
        assert 0 <= top < bottom <= height
        assert 0 <= left < right <= width
        assert (part.ink <= ink[top:bottom, left:right]).all()
