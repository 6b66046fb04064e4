"""Comparing on the page: pins, seeds and races, from the empty state to the table."""

import time
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from engine import OPTIMIZERS
from lab import workers
from tests.pages.test_pages import experiment_of, open_page


@pytest.fixture(autouse=True, scope="module")
def _pool_ends() -> Iterator[None]:
    yield
    workers.close_pool()


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
    press(at, "open:0")
    assert type(experiment_of(at, "playground").optimizer).__name__ == "Adam"
    for _ in range(4):
        press(at, "pin")
    press(at, "pin")
    assert "6 runs are pinned" in at.warning[0].value
    press(at, "off:5")
    press(at, "pin")
    assert not at.warning


@pytest.mark.parametrize(("name", "runs"), [("seeds", 5), ("race", len(OPTIMIZERS))])
def test_a_series_runs_to_its_end_and_leaves_nothing_behind(name: str, runs: int) -> None:
    at = open_page("playground")
    at.number_input(key="playground:compare:epochs").set_value(6).run()
    before = len(workers.pool().handles)
    press(at, name)
    assert len(workers.pool().handles) == before + runs
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and at.session_state["playground:compare:series"]["waiting"]:
        time.sleep(0.2)
        at.run()
        assert not at.exception
    series = at.session_state["playground:compare:series"]
    assert len(series["ended"]) == runs
    assert len(workers.pool().handles) == before
    if name == "race":
        table = next(frame.value for frame in at.dataframe)
        assert len(table) == runs
    press(at, "away")
    assert "playground:compare:series" not in at.session_state
