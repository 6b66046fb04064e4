"""Numbers are cut into their digits, in the order in which they are read; specks and neighbours are
left out.
"""

import io
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from lab.cli import main
from lab.data import strokes
from lab.reading import predict, preprocess
from lab.reading.picture_file import SIDE, PictureError, open_picture
from lab.reading.segment import MOST, cut_digits

pytestmark = pytest.mark.slow


def draw_number(digits: str, seed: int = 0, gap: float = 0.3, high: int = 100) -> Image.Image:
    image, rng = Image.new("L", (120 * len(digits) + 80, 220), 255), np.random.default_rng(seed)
    x = 20.0
    for digit in digits:
        top = 50 + rng.uniform(-15, 15)
        x += strokes.draw_strokes(
            ImageDraw.Draw(image),
            strokes.random_strokes(int(digit), rng, 0.02),
            (x, top),
            high,
            9,
            0,
        )
        x += gap * high
    return image


@pytest.mark.parametrize("number", ["2026", "10", "7", "31415926", "5547"])
@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_a_number_is_read_in_order(number: str, name: str) -> None:
    model = predict.open_model(name)
    assert predict.read_number(model, draw_number(number, 3)).text == number


@settings(max_examples=40)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=7), st.integers(0, 1000))
def test_as_many_digits_are_found_as_were_written(digits: list[int], seed: int) -> None:
    sheet = preprocess.prepare_sheet(draw_number("".join(map(str, digits)), seed))
    # one in some hundred is written in two strokes that drift apart: a five's bar, a one's foot
    assert abs(len(sheet.digits) - len(digits)) <= (len(digits) > 1)
    lefts = [part.left for part in sheet.parts]
    assert lefts == sorted(lefts)


def test_a_five_in_two_strokes_and_a_four_with_a_gap_stay_whole() -> None:
    ink = np.zeros((100, 100), np.float32)
    ink[20:26, 40:75] = 1  # the bar of a five, loose
    ink[30:80, 36:42] = ink[50:56, 36:70] = ink[56:80, 64:70] = 1
    assert len(cut_digits(ink)) == 1
    four = np.zeros((100, 100), np.float32)
    four[10:60, 20:25] = four[55:60, 20:70] = 1
    four[30:52, 55:60] = four[64:90, 55:60] = 1  # its long stroke is broken
    assert len(cut_digits(four)) == 1


def test_two_lines_are_read_one_after_the_other() -> None:
    page = Image.new("L", (300, 440), 255)
    page.paste(draw_number("47", 1), (0, 0))
    page.paste(draw_number("13", 2), (0, 220))
    assert predict.read_number(predict.open_model("cnn"), page).text == "4713"


def test_specks_are_left_out_and_a_neighbours_ink_is_not_in_ones_own_part() -> None:
    ink = np.zeros((100, 200), np.float32)
    ink[20:80, 30:40] = 1
    ink[5:7, 120:122] = 1
    (part,) = cut_digits(ink)
    assert part.box == (19, 29, 81, 41)
    assert cut_digits(ink, several=False)[0].ink.sum() == 600
    slanted = np.zeros((100, 100), np.float32)
    for y in range(80):
        slanted[10 + y, 50 - y // 2 : 55 - y // 2] = slanted[10 + y, 70 - y // 2 : 75 - y // 2] = 1
    left, right = cut_digits(slanted)
    assert left.ink.sum() == right.ink.sum() == 400


def test_nothing_is_cut_from_nothing_and_noise_is_no_number() -> None:
    assert cut_digits(np.zeros((30, 30), np.float32)) == []
    dots = np.zeros((120, 120), np.float32)
    dots[5::20, 5::20] = 1
    assert len(cut_digits(dots)) > MOST


@given(st.integers(1, 80), st.integers(1, 80), st.integers(0, 2**32 - 1))
def test_any_ink_is_cut_into_parts_within_the_picture(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ink = (rng.random((height, width)) * (rng.random((height, width)) < 0.3)).astype(np.float32)
    for part in cut_digits(ink):
        top, left, bottom, right = part.box
        assert 0 <= top < bottom <= height
        assert 0 <= left < right <= width
        assert (part.ink <= ink[top:bottom, left:right]).all()


def crowded(content: str) -> Image.Image:
    """A picture as large as any with thousands of pieces of ink."""
    page, rng = np.full((SIDE, SIDE), 255, np.uint8), np.random.default_rng(0)
    if content == "strokes":
        page.reshape(80, 8, 80, 8)[:, 1:7, :, 2:4] = 0
    elif content == "dots":
        page[::4, ::4] = 0
    elif content == "bars":
        page[5:-5, ::3] = 0
    elif content == "slanted":  # boxes that overlap, so that each is compared row by row
        rows = np.arange(SIDE)
        for start in range(-SIDE, SIDE, 4):
            inside = (rows + start >= 0) & (rows + start < SIDE)
            page[rows[inside], (rows + start)[inside]] = 0
    elif content == "noise":
        page[rng.random(page.shape) < 0.1] = 0
    image = Image.fromarray(page)
    if content == "text":
        for y in range(2, SIDE - 9, 9):
            line = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz  ,."), 130))
            ImageDraw.Draw(image).text((2, y), line, font=ImageFont.load_default(9), fill=0)
    return image


@pytest.mark.parametrize("content", ["strokes", "dots", "bars", "slanted", "noise", "text"])
def test_thousands_of_pieces_are_refused_as_soon_as_they_are_counted(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, model = io.BytesIO(), predict.open_model("mlp")
    crowded(content).save(file, "PNG")
    opened = open_picture(file.getvalue())
    ink = preprocess.extract_ink(opened)[
        "even background"
    ]  # what opening and preparing cost is asked elsewhere
    start = time.process_time()
    preprocess.extract_ink(opened)
    middle = time.process_time()
    with pytest.raises(PictureError, match="more than 20 pieces"):
        predict.read_number(model, opened)
    assert time.process_time() - middle < middle - start + 1.0  # it took more than a minute
    start = time.process_time()
    assert len(cut_digits(ink)) == MOST + 1
    assert len(cut_digits(ink, several=False)) == 1
    assert time.process_time() - start < 1.0
    path = tmp_path / "page.png"
    path.write_bytes(file.getvalue())
    assert main(["predict", "mlp", str(path)]) == 1
    assert "more than 20 pieces" in capsys.readouterr().out


@pytest.mark.parametrize("seed", range(3))
def test_a_number_among_a_thousand_specks_of_dust_is_read(seed: int) -> None:
    page, rng = np.array(draw_number("2026", 3)), np.random.default_rng(seed)
    tops, lefts = rng.integers(0, page.shape[0] - 2, 1000), rng.integers(0, page.shape[1] - 2, 1000)
    free = np.array(
        [
            (page[y - 3 : y + 4, x - 3 : x + 4] == 255).all()
            for y, x in zip(tops, lefts, strict=True)
        ]
    )
    page[tops[free], lefts[free]] = 0
    assert free.sum() > 700
    assert [
        len(cut_digits(preprocess.extract_ink(page)["even background"])),
        predict.read_number(predict.open_model("cnn"), Image.fromarray(page)).text,
    ] == [4, "2026"]
