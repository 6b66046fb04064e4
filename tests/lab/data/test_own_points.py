"""Points of one's own travel as text, and are add, erased and split as told."""

import contextlib

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lab.data.own_points import MOST, MOST_IN_LINK, OwnPoints, add, erase, from_text, to_text
from lab.frames.protocol import unpack
from lab.frames.render import render_frame
from lab.frames.view import View
from lab.runs import links
from lab.runs.model_file import from_bytes, to_bytes
from lab.runs.presets import recommended
from lab.runs.run import Run
from ui.experiment.current_run import LONGEST

PLACES = st.lists(
    st.tuples(st.floats(-1.25, 1.25), st.floats(-1.25, 1.25), st.integers(0, 4)),
    min_size=1,
    max_size=300,
)


@given(PLACES)
def test_points_become_text_and_come_back(rows: list[tuple[float, float, int]]) -> None:
    points, labels = np.array([row[:2] for row in rows]), np.array([row[2] for row in rows])
    text = to_text(points, labels)
    back, classes = from_text(text)
    order = np.argsort(labels, kind="stable")
    assert np.abs(back - points[order]).max() < 0.002
    assert np.array_equal(classes, labels[order])
    assert to_text(back, classes) == text
    assert text.isalnum()


def test_a_small_set_fits_into_an_address_and_opens_from_there() -> None:
    rng = np.random.default_rng(0)
    text = to_text(rng.uniform(-1, 1, (MOST_IN_LINK, 2)), np.arange(MOST_IN_LINK) % 3)
    experiment = recommended(OwnPoints(text))
    params = links.to_params(experiment)
    assert len(params["dataset"]) <= LONGEST
    assert links.from_params(params) == experiment


def test_a_run_on_them_is_saved_and_opened() -> None:
    run = Run(recommended(OwnPoints()).changed(epochs=3))
    run.work(1e9)
    assert from_bytes(to_bytes(run)).experiment == run.experiment


@given(PLACES, st.tuples(st.floats(-1.25, 1.25), st.floats(-1.25, 1.25)), st.floats(0.01, 1))
def test_the_eraser_takes_what_it_touches_and_nothing_else(
    rows: list, centre: tuple, reach: float
) -> None:
    text = to_text(np.array([row[:2] for row in rows]), np.array([row[2] for row in rows]))
    before, _ = from_text(text)
    after, _ = from_text(erase(text, np.array([centre]), reach))
    far = np.linalg.norm(before - centre, axis=1)
    assert len(after) == np.sum(far > reach)
    assert (np.linalg.norm(after - centre, axis=1) > reach).all()


def test_the_brush_adds_up_to_the_most() -> None:
    text = add(OwnPoints().drawn, np.array([[0.5, 0.5], [2.0, -2.0]]), 4)
    points, labels = from_text(text)
    assert (labels == 4).sum() == 2
    assert points[-1].tolist() == [1.25, -1.25]  # put onto the edge
    assert OwnPoints(text).class_count == 5
    with pytest.raises(ValueError, match="room for"):
        add(text, np.zeros((MOST, 2)), 0)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_every_class_is_in_both_parts(share: float) -> None:
    text = to_text(
        np.random.default_rng(1).uniform(-1, 1, (23, 2)), np.repeat([0, 1, 2], [2, 18, 3])
    )
    data = OwnPoints(text, test_share=share).load(5)
    assert set(data.train_y) == set(data.test_y) == {0, 1, 2}
    assert len(data.train_y) + len(data.test_y) == 23
    again = OwnPoints(text, test_share=share).load(5)
    assert np.array_equal(again.train_x, data.train_x)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "A0000",
        "A0000000000000000",
        "F0000",
        "A000",
        "a0000",
        "A0000B-000",
        "A0000 B0000",
        "ABCDE",
        "A0000B0000C0000D0000",
        "AB0k3fC0000D1111E0000",
        "A0000B0000C0000D0000E0000",
    ],
)
def test_what_is_no_set_of_points_gets_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"points"):
        OwnPoints(text)


FEW = st.text("0k", min_size=4, max_size=4)  # so few places that points lie on one another


@given(
    st.lists(st.tuples(st.sampled_from("ABCDE"), FEW), max_size=9), st.sampled_from([0.1, 0.5, 0.9])
)
@example([(letter, "0000") for letter in "ABCD"], 0.3)
@example([(letter, "0000") for letter in "AABB"], 0.3)
@example([("A", "0000"), ("E", "0000"), ("E", "0000"), ("E", "0000")], 0.9)
def test_any_few_points_get_a_sentence_or_a_run_that_can_be_painted(
    rows: list[tuple[str, str]], share: float
) -> None:
    text = "".join(letter + signs for letter, signs in sorted(rows))
    experiment = None
    with contextlib.suppress(ValueError):
        experiment = recommended(OwnPoints(text, test_share=share)).changed(epochs=2)
    if experiment is None:
        return
    run = Run(experiment)
    while run.status == "ready":
        run.work(1.0)
    header, _ = unpack(
        render_frame(run, run.status, run.message, 0.0, View(diagram=True, health=True))
    )
    assert (header["status"], header["epoch"]) == ("finished", 2)
    assert 0 <= header["test_accuracy"] <= 1
    assert from_bytes(to_bytes(run)).experiment == experiment
