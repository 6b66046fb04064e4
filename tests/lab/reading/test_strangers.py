"""What is no digit is said to be none: printed letters, doodles, digits in a mirror; and hardly a
digit is lost.
"""

import string
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from benchmarks.pen_digits import WIDTHS, prepared
from benchmarks.strangers import BUNDLED, main, printed
from lab.reading import calibration, letters, predict, strangers

pytestmark = pytest.mark.slow

# some of the fonts that Matplotlib brings: never trained on
FONTS = [
    BUNDLED / f"{name}.ttf"
    for name in (
        "DejaVuSans",
        "DejaVuSans-BoldOblique",
        "DejaVuSerif",
        "DejaVuSerif-Bold",
        "DejaVuSansMono",
        "STIXGeneral",
        "STIXGeneralItalic",
        "STIXGeneralBol",
    )
]


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_the_networks_that_ship_are_not_sure_of_nine_printed_letters_in_ten(name: str) -> None:
    model, rng, doubts = predict.open_model(name), np.random.default_rng(0), []
    for font in FONTS:
        for letter in string.ascii_letters:
            doubts += [
                answer.doubt != ""
                for answer in predict.read_number(model, printed(letter, font, rng)).answers[:1]
            ]
    assert len(doubts) == len(FONTS) * 52
    assert np.mean(doubts) >= 0.9


@pytest.mark.xdist_group("pen digits")
@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_pen_digits_are_hardly_lost_and_mirrored_ones_are_found_out(
    name: str, pen_digits: Path
) -> None:
    model = predict.open_model(name)
    trust = predict.calibration_of(model)
    assert trust
    parts = [prepared(pen_digits, width, 120) for width in WIDTHS]
    x, y = np.vstack([x for x, _ in parts]), np.concatenate([y for _, y in parts])
    z = calibration.sums(model, x)
    sure = calibration.probabilities(z, trust.temperature).max(axis=1) >= calibration.SURE
    before = (z.argmax(axis=1) == y) & sure & (z.max(axis=1) >= trust.familiar)
    assert np.mean(strangers.odds(x[before]) < strangers.STRANGE) <= 0.03
    mirrored = x[np.isin(y, letters.MIRRORED)].reshape(-1, 28, 28)[:, :, ::-1]
    doubts = [predict.read_digit(model, pixels, trust).doubt != "" for pixels in mirrored]
    assert np.mean(doubts) >= 0.85


def test_unruly_digits_are_digits_and_doodles_are_none() -> None:
    rows, _ = calibration.draw_held_out()
    assert np.mean(strangers.odds(rows) < strangers.STRANGE) < 0.03
    rng = np.random.default_rng(12345)
    drawn = [letters.draw_stranger(rng) for _ in range(300)]
    assert {number for _, number in drawn} <= set(range(letters.KINDS))
    assert np.mean([strangers.looks_strange(pixels) for pixels, _ in drawn]) > 0.85


def test_its_second_opinion_on_digits_is_worth_hearing() -> None:
    rows, labels = calibration.draw_held_out()
    opinions = np.array([strangers.second_opinion(row) for row in rows[:300]])
    np.testing.assert_allclose(opinions.sum(axis=1), 1)
    assert np.mean(opinions.argmax(axis=1) == labels[:300]) > 0.9


def test_a_letter_is_said_to_be_none_and_a_seven_is_sure() -> None:
    model = predict.open_model("cnn")
    rng = np.random.default_rng(1)
    doubts = {
        predict.read_number(model, printed("R", font, rng)).answers[0].doubt for font in FONTS
    }
    assert "This looks like no digit." in doubts
    image = Image.new("L", (120, 120), 255)
    ImageDraw.Draw(image).line([(30, 25), (90, 25), (55, 100)], fill=0, width=10, joint="curve")
    assert predict.read_number(model, image).answers[0].doubt == ""


def test_many_ask_at_once_and_each_gets_its_own_answer() -> None:
    rows, _ = calibration.draw_held_out()
    whole = strangers.odds(rows[:64])
    odds: dict[int, float] = {}

    def ask(row: int) -> None:
        odds[row] = float(strangers.odds(rows[row : row + 1])[0])

    threads = [threading.Thread(target=ask, args=(row,)) for row in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose([odds[row] for row in range(64)], whole, rtol=1e-4, atol=1e-4)


def test_it_learns_what_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, count in (
        ("PICTURES", 600),
        ("DRAWN", 300),
        ("UNRULY", 100),
        ("DIGITS", 300),
        ("STRANGERS", 600),
    ):
        monkeypatch.setattr(strangers, name, count)
    rng = np.random.default_rng(5)
    digits, none = (
        [make(rng)[0].ravel() for _ in range(80)]
        for make in (letters.draw_digit, letters.draw_stranger)
    )
    network = strangers.train_network(60)
    monkeypatch.setattr(strangers, "_shipped", lambda: network)
    assert (
        np.median(strangers.odds(np.array(digits)))
        > np.median(strangers.odds(np.array(none))) + 0.5
    )


def test_the_benchmark_prints_what_it_gives(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GLASSBOX_DATA_DIR", str(tmp_path))
    figures = main(["--letters", "2"])
    assert set(figures) == {"mlp, printed letters", "cnn, printed letters"}
    assert all(0.5 < share <= 1 for share in figures.values())
