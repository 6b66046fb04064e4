"""Photographs of paper on a table: the sheet is found before the ink, what may be digits is boxed,
and what cannot be read is said to be so.
"""

import contextlib
import io
import itertools
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from benchmarks.photographs import photographs
from lab.reading import candidates, predict
from lab.reading.candidates import LEVELS, PARTS
from lab.reading.outline import UNIT
from lab.reading.photograph import prepare_photograph
from lab.reading.picture_file import SIDE, Opened, PictureError, open_picture
from lab.reading.predict import Number, read_number, read_other
from lab.reading.preprocess import STAGES
from lab.runs.model_file import Model
from tests.lab.reading.test_outline import CORNERS, table

pytestmark = pytest.mark.slow

SEVEN = np.array([(0, 0), (0.66, 0), (0.25, 1)])
TWO = np.array([(0, 0.2), (0.3, 0), (0.6, 0.2), (0.3, 0.6), (0, 1), (0.3, 1), (0.65, 0.97)])


@pytest.fixture(scope="module")
def cnn() -> Model:
    return predict.open_model("cnn")


def photograph(
    *digits: tuple[np.ndarray, float, float, float], ink: object = (30, 30, 40), seed: int = 0
) -> np.ndarray:
    """Digits (points, left, top, height in pixels) on a sheet on a table, (540, 720, 3)."""
    image = Image.fromarray(table(CORNERS, (720, 540), seed))
    for points, left, top, high in digits:
        way = [tuple(point) for point in points * high + (left, top)]
        ImageDraw.Draw(image).line(way, fill=ink, width=round(high / 12), joint="curve")
    return np.asarray(image)


def opened(picture: np.ndarray) -> Opened:
    image = Image.fromarray(picture.astype(np.uint8)).convert("RGBA")
    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return Opened(image)


def read(model: Model, picture: np.ndarray) -> Number:
    return read_number(model, opened(picture))


MIDDLE = (SEVEN, 300, 200, 130)


@pytest.mark.parametrize("ink", [(30, 30, 40), (50, 70, 170), (150, 150, 155), (190, 50, 50)])
def test_a_sheet_on_a_table_is_read_and_not_the_table(cnn: Model, ink: object) -> None:
    number = read(cnn, photograph(MIDDLE, ink=ink))
    assert (number.text, number.answers[0].doubt) == ("7", "")
    (part,), place = number.sheet.parts, number.sheet.place
    assert place
    assert np.abs(place.corners - CORNERS).max() < 0.04
    height, width = number.sheet.stages["even background"].shape
    top, left, bottom, right = part.box
    corners = np.array([[left, top], [right, bottom]]) / [width, height]
    on_photograph = place.on_photograph(corners) * [720, 540]
    np.testing.assert_allclose(on_photograph, [[300, 200], [386, 330]], atol=18)


@pytest.mark.parametrize("slope", [-2.0, 0.0, 0.7])
@pytest.mark.parametrize("share", [0.35, 0.6])
def test_a_hard_shadow_is_no_ink(cnn: Model, slope: float, share: float) -> None:
    y, x = np.mgrid[:540, :720]
    light = np.where(y - 270 > slope * (x - 340), share, 1.0)[..., None]
    number = read(cnn, photograph(MIDDLE) * light)
    assert (number.text, number.answers[0].doubt) == ("7", "")


def test_a_picture_on_its_side_is_turned_but_not_sure(cnn: Model) -> None:
    upright = photograph((TWO, 300, 200, 130))
    assert read(cnn, upright).answers[0].doubt == ""
    for quarters in (1, 3):
        number = read(cnn, np.rot90(upright, quarters))
        assert number.text == "2"
        assert "not upright" in number.answers[0].doubt
        assert number.sheet.place
        assert number.sheet.place.turns == 4 - quarters


def test_what_lies_apart_is_another_candidate_and_can_be_read_instead(cnn: Model) -> None:
    number = read(cnn, photograph((SEVEN, 200, 180, 150), (TWO, 520, 370, 45)))
    assert number.text == "7"
    ((part, _),) = number.sheet.others
    other = read_other(cnn, number, 0)
    assert other.text == "2"
    assert other.sheet.parts == [part]
    assert [each for each, _ in other.sheet.others] == number.sheet.parts
    assert read_other(cnn, other, 0).text == "7"


def test_a_number_is_read_in_order(cnn: Model) -> None:
    number = read(cnn, photograph((TWO, 220, 200, 90), (SEVEN, 320, 205, 90), (TWO, 420, 195, 90)))
    assert number.text == "272"


def test_each_step_can_be_left_out(cnn: Model) -> None:
    picture = opened(photograph(MIDDLE))
    shown = prepare_photograph(picture)
    assert set(shown.stages) | set(shown.digits[0].stages) >= {*STAGES} - {"composite", "cut"}
    for name in STAGES:
        try:
            sheet = prepare_photograph(picture, {name})
        except PictureError:
            assert name in ("sheet", "polarity", "even background")
            continue
        assert sheet.digits
        corners = UNIT if sheet.place is None else sheet.place.corners
        assert np.array_equal(corners, UNIT) == (name == "sheet")


def test_ink_at_the_edge_or_over_a_third_is_no_digit_that_can_be_found(cnn: Model) -> None:
    page = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(page).line([(150, -20), (210, 200), (90, 200)], fill="black", width=16)
    with pytest.raises(PictureError, match=r"cannot find the digit: .* edge"):
        read(cnn, np.asarray(page))
    page = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(page).rectangle((40, 40, 340, 240), fill="black")
    with pytest.raises(PictureError, match=r"cannot find the digit: .* third"):
        read(cnn, np.asarray(page))
    cut = photograph((TWO, 300, 200, 130))[270:, 200:500]
    with pytest.raises(PictureError, match="cannot find the digit"):
        read(cnn, np.asarray(Image.fromarray(cut).resize((400, 360))))


def test_an_empty_sheet_holds_no_digit_and_a_letter_is_none(cnn: Model) -> None:
    with pytest.raises(PictureError, match="nothing on the sheet"):
        read(cnn, photograph())
    image = Image.fromarray(photograph())
    for letter in "AEMRw":
        other = image.copy()
        ImageDraw.Draw(other).text((300, 170), letter, "black", ImageFont.load_default(150))
        assert all(answer.doubt for answer in read(cnn, np.asarray(other)).answers)


def test_chalk_on_a_blackboard_is_read(cnn: Model) -> None:
    board = Image.new("RGB", (640, 480), (40, 60, 50))
    way = [tuple(point) for point in SEVEN * 200 + (250, 140)]
    ImageDraw.Draw(board).line(way, fill=(220, 220, 210), width=14, joint="curve")
    grain = np.random.default_rng(0).normal(0, 3, (480, 640, 1))
    number = read(cnn, np.clip(np.asarray(board) + grain, 0, 255))
    assert (number.text, number.answers[0].doubt) == ("7", "")


@settings(max_examples=8)
@given(st.integers(8, 90), st.integers(8, 90), st.integers(0, 2**32 - 1), st.integers(1, 255))
def test_any_picture_is_read_or_refused_in_words(
    height: int, width: int, seed: int, values: int
) -> None:
    pixels = np.random.default_rng(seed).integers(0, values + 1, (height, width, 3))
    with contextlib.suppress(PictureError):
        sheet = prepare_photograph(opened(pixels.repeat(2, 0).repeat(2, 1)))
        assert all(digit.pixels.shape == (28, 28) for digit in sheet.digits)


@pytest.mark.parametrize("pitch", [4, 9, 23])
def test_what_is_full_of_pieces_takes_no_longer_than_so_many_looks(
    pitch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    odds = candidates.odds

    def count(rows: np.ndarray) -> np.ndarray:
        asked.append(len(rows))
        return odds(rows)

    monkeypatch.setattr(candidates, "odds", count)
    picture = photograph()
    picture = picture.copy()
    picture[::pitch, ::pitch] = picture[1::pitch, ::pitch] = 10
    start = time.process_time()
    with contextlib.suppress(PictureError):
        prepare_photograph(opened(picture))
    assert time.process_time() - start < 4  # it takes half a second
    assert sum(asked) <= 3 * (len(LEVELS) + 3) * PARTS


@pytest.mark.xdist_group("pen digits")
def test_difficult_photographs_are_read(cnn: Model, pen_digits: Path) -> None:
    right = wrong = 0
    for one in itertools.islice(photographs("developed on", 1, pen_digits), 6):
        file = io.BytesIO()
        one.image.save(file, "JPEG", quality=95)
        number = read_number(cnn, open_picture(file.getvalue()))
        sure = min(answer.probabilities[answer.label] for answer in number.answers)
        doubted = any(answer.doubt for answer in number.answers)
        right += number.text == one.text
        wrong += number.text != one.text and sure > 0.8 and not doubted
    assert right >= 5  # all six
    assert wrong == 0


def test_a_second_network_has_a_say_on_a_photograph_and_nowhere_else(
    cnn: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    says_four = np.full(10, 1e-9)
    says_four[4] = 1
    monkeypatch.setattr(predict, "second_opinion", lambda pixels: says_four)
    picture = opened(photograph(MIDDLE))
    alone = read_number(cnn, picture, opinion=False)
    assert (alone.text, alone.answers[0].doubt) == ("7", "")
    both = read_number(cnn, picture).answers[0]
    assert both.doubt
    assert both.probabilities["4"] > alone.answers[0].probabilities["4"]
    page = Image.new("L", (200, 200), 255)
    way = [tuple(point) for point in SEVEN * 120 + 40]
    ImageDraw.Draw(page).line(way, fill=0, width=10, joint="curve")
    assert read_number(cnn, page).answers[0].doubt == ""
