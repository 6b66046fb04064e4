"""Comparing on the page: pins, seeds and races, from the empty state to the table."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from engine import OPTIMIZERS
from lab.workers.pool import MOST_OF_VISIT, shared_pool
from tests.pages.opening import experiment_of, open_page
from ui.experiment.series import Series

pytestmark = pytest.mark.slow


def press(at: AppTest, name: str) -> None:
    at.button(key=f"playground:compare:{name}").click().run()
    assert not at.exception


def test_pins_are_compared_opened_and_taken_off_and_a_seventh_is_refused() -> None:
    at = open_page("playground")
    assert any("Nothing to compare yet" in caption.value for caption in at.caption)
    press(at, "pin")
    at.selectbox(key="playground:optimizer").set_value("SGD").run()
    press(at, "pin")
    table = next(frame.value for frame in at.dataframe)
    assert list(table.columns) == ["Run", "Optimizer"]
    assert list(table["Optimizer"]) == ["Adam(0.01)", "SGD(0.1)"]
    press(at, "off:0")
    press(at, "open:1")
    assert type(experiment_of(at, "playground").optimizer).__name__ == "SGD"
    at.selectbox(key="playground:optimizer").set_value("Adam").run()
    press(at, "pin")  # in the place, and so in the colour, that has become free
    press(at, "open:1")
    assert type(experiment_of(at, "playground").optimizer).__name__ == "SGD"
    press(at, "open:0")
    assert type(experiment_of(at, "playground").optimizer).__name__ == "Adam"
    for _ in range(4):
        press(at, "pin")
    press(at, "pin")
    assert "6 runs are pinned" in at.warning[0].value
    press(at, "off:5")
    press(at, "pin")
    assert not at.warning


def to_the_end(at: AppTest) -> Series:
    deadline = time.monotonic() + 40
    series = at.session_state["playground:compare"].series
    while series.unfinished:
        assert time.monotonic() < deadline
        time.sleep(0.2)
        at.run()
        assert not at.exception
    return series


@pytest.mark.parametrize(("name", "runs"), [("seeds", 5), ("race", len(OPTIMIZERS))])
def test_a_series_runs_to_its_end_and_leaves_nothing_behind(name: str, runs: int) -> None:
    at = open_page("playground")
    at.number_input(key="playground:compare:epochs").set_value(6).run()
    before = len(shared_pool().handles)
    press(at, name)
    assert len(shared_pool().handles) == min(before + runs, MOST_OF_VISIT)
    series = to_the_end(at)
    assert len(series.ended) == runs
    assert len(shared_pool().handles) == before
    if name == "race":
        table = next(frame.value for frame in at.dataframe)
        assert len(table) == runs
    press(at, "away")
    assert at.session_state["playground:compare"].series is None
    assert not at.button(key="playground:compare:race").disabled


def test_a_race_can_be_stopped_and_begun_again() -> None:
    at = open_page("playground")
    at.number_input(key="playground:compare:epochs").set_value(400).run()
    before = len(shared_pool().handles)
    press(at, "race")
    assert at.button(key="playground:compare:seeds").disabled
    press(at, "stop")
    assert len(shared_pool().handles) == before
    assert not at.button(key="playground:compare:seeds").disabled


def test_a_race_on_a_full_server_waits_for_room_and_takes_nobodys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = open_page("playground")
    at.number_input(key="playground:compare:epochs").set_value(5).run()
    pool = shared_pool()
    others = set(pool.handles)
    monkeypatch.setattr("lab.workers.pool.MAX_RUNS", len(others))
    press(at, "race")
    at.run()
    assert any("There is room for no more just now" in caption.value for caption in at.caption)
    monkeypatch.setattr("lab.workers.pool.MAX_RUNS", len(others) + 2)
    at.run()
    assert len(pool.handles) <= len(others) + 2
    pool.drop(next(iter(set(pool.handles) - others)))  # as it happens when a page needs the place
    assert len(to_the_end(at).ended) == len(OPTIMIZERS)
    assert others == set(pool.handles)


def test_a_seed_that_diverges_is_told_and_left_out() -> None:
    at = open_page("playground")
    at.selectbox(key="playground:dataset").set_value("bumps").run()
    at.selectbox(key="playground:optimizer").set_value("SGD").run()
    at.session_state["playground:optimizer:SGD:learning_rate"] = 10.0
    for layer in (0, 1):
        at.selectbox(key=f"playground:layer:{layer}:Dense:activation").set_value("ReLU")
    at.number_input(key="playground:compare:epochs").set_value(20).run()
    press(at, "seeds")
    series = to_the_end(at)
    assert {pin.diverged for pin, _ in series.ended.values()} == {True}
    assert any("5 of 5 diverged and are left out" in caption.value for caption in at.caption)


def test_a_pin_that_is_taken_off_twice_is_taken_off_once() -> None:
    at = open_page("playground")
    at.button(key="playground:compare:pin").click().run()
    # the first press, before the page was drawn again
    at.session_state["belongings"].pins["playground:compare"].clear()
    at.button(key="playground:compare:off:0").click().run()
    assert not at.exception
    assert not any(button.key == "playground:compare:off:0" for button in at.button)
