"""Probabilities mean what they say, on MNIST, on strangers' digits, and where there is no digit."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from benchmarks.pen_digits import WIDTHS, prepared
from engine import expected_calibration_error
from lab.data.image_sets import MNIST
from lab.reading import calibration, predict
from lab.reading.calibration import (
    SURE,
    Calibration,
    calibrate,
    fit_temperature,
    probabilities,
    sums,
)
from lab.reading.picture_file import PictureError
from lab.reading.samples import SAMPLES
from lab.runs.model_file import Model, ModelError, from_bytes, to_bytes
from lab.runs.presets import recommended
from lab.runs.run import Run

pytestmark = pytest.mark.slow


@given(st.floats(0.3, 4), st.integers(0, 2**32 - 1))
def test_the_temperature_that_was_put_in_is_found(t: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 2, (3000, 5))
    p = probabilities(true)
    labels = (p.cumsum(axis=1) > rng.random((3000, 1))).argmax(axis=1)
    assert fit_temperature(true * t, labels) == pytest.approx(t, rel=0.15)


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_the_networks_that_ship_are_as_right_as_they_are_sure(name: str) -> None:
    model = predict.open_model(name)
    trust = predict.calibration_of(model)
    assert trust
    again = calibrate(model)
    assert again.temperature == pytest.approx(trust.temperature, rel=1e-3)
    rows, labels = calibration.draw_held_out()
    p = probabilities(sums(model, rows), trust.temperature)
    unsure = p.max(axis=1) < SURE
    assert 0.35 < np.mean(p.argmax(axis=1)[unsure] == labels[unsure]) < 0.65  # "about half"
    data = MNIST().load(0)
    # enlarged from 8x8 they look strange, so it is less sure of them than it may be, and never more
    if data.note:
        p = probabilities(sums(model, data.test_x), trust.temperature)
        assert p.max(axis=1).mean() <= np.mean(p.argmax(axis=1) == data.test_y)
        return
    assert (
        expected_calibration_error(
            data.test_y, probabilities(sums(model, data.test_x), trust.temperature)
        )
        <= 0.02
    )


@pytest.mark.xdist_group("pen digits")
@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_on_strangers_digits_too(name: str, pen_digits: Path) -> None:
    model = predict.open_model(name)
    trust = predict.calibration_of(model)
    assert trust
    sets = [prepared(pen_digits, width, 120) for width in WIDTHS]
    x, y = np.vstack([x for x, _ in sets]), np.concatenate([y for _, y in sets])
    # of 360 digits alone, chance makes 0.03 of it
    assert (
        expected_calibration_error(y, probabilities(sums(model, x), trust.temperature), 10) <= 0.08
    )


def test_noise_a_letter_and_nothing_get_an_honest_answer() -> None:
    model = predict.open_model("cnn")
    doubts = {}
    for sample in ("Noise", "A letter", "A scribble", "A number", "On squared paper"):
        doubted = []
        for seed in range(12):
            number = predict.read_number(model, SAMPLES[sample](np.random.default_rng(seed)))
            doubted.append(any(answer.doubt for answer in number.answers))
        doubts[sample] = sum(doubted)
    assert doubts["Noise"] == 12
    assert doubts["A letter"] + doubts["A scribble"] >= 8
    assert doubts["A number"] + doubts["On squared paper"] <= 4
    for blank in (Image.new("RGB", (100, 100), "white"), Image.new("L", (40, 90), 10)):
        with pytest.raises(PictureError, match="no ink"):
            predict.read_number(model, blank)
    page = Image.new("L", (400, 300), 255)
    for number in range(40):
        ImageDraw.Draw(page).text(
            (10 + number % 10 * 38, 10 + number // 10 * 70), "a", 0, font_size=28
        )
    with pytest.raises(PictureError, match="more than 20 pieces"):
        predict.read_number(model, page)


def test_the_runner_up_is_the_second_and_doubt_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    model = predict.open_model("mlp")
    image = Image.new("L", (120, 120), 255)
    ImageDraw.Draw(image).line([(30, 25), (90, 25), (55, 100)], fill=0, width=10, joint="curve")
    answer = predict.read_number(model, image).answers[0]
    assert answer.second == sorted(answer.probabilities, key=answer.probabilities.__getitem__)[-2]
    assert answer.doubt == ""
    unsure = predict.read_digit(
        model, np.full((28, 28), 0.5, np.float32), Calibration(temperature=30.0)
    )
    assert unsure.doubt == f"It could be {unsure.label}, and it could be {unsure.second}."
    strange = predict.read_digit(
        model, np.full((28, 28), 0.5, np.float32), Calibration(familiar=1e6)
    )
    assert "nothing that the network has learned" in strange.doubt


def test_models_of_every_kind_are_calibrated_or_taken_at_their_word() -> None:
    for name, drawn in (("mnist-binary", True), ("digits", True), ("moons", False)):
        run = Run(recommended(name).changed(epochs=1)) if name != "moons" else None
        e = run.experiment if run else recommended(name)
        calibration_found = calibrate(
            Model(run.network if run else e.network(), e, e.dataset.class_names, {})
        )
        assert (calibration_found.drawn > 0) == drawn
        assert calibration_found.temperature > 0


def test_a_calibration_that_makes_no_sense_is_refused() -> None:
    run = Run(recommended("digits").changed(epochs=1))
    model = from_bytes(to_bytes(run, weights_only=True))
    assert predict.calibration_of(model) is None
    good = {"temperature": 1.5, "familiar": 2.0, "drawn": 0.9, "error": 0.01}
    for bad in (
        "hot",
        {"temperature": 1},
        good | {"temperature": -1},
        good | {"drawn": float("nan")},
        good | {"error": []},
    ):
        model.figures["calibration"] = bad
        with pytest.raises(ModelError, match="calibration"):
            predict.calibration_of(model)
    model.figures["calibration"] = good
    assert predict.calibration_of(model) == Calibration(**good)
