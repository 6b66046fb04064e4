"""Sweep: what varies is put together from the menus, trained for real, mapped, and opened."""

import time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from engine import SGD, Dense, Tanh
from lab.runs import links
from lab.runs.experiment import MAX_EPOCHS
from lab.runs.presets import recommended
from lab.sweeps.axes import read_axis, written
from lab.sweeps.plan import Sweep
from lab.sweeps.ready_made import READY_MADE
from lab.sweeps.sweeper import ENDED, Sweeper, close_shared_sweeper, shared_sweeper
from lab.workers.pool import shared_pool
from tests.pages.opening import ROOT, check_defaults, open_page
from ui.sweep.what_varies import OWN, SweepState
from ui.visit import hashed

pytestmark = pytest.mark.slow
TINY = Sweep(
    recommended("moons").changed(layers=(Dense(2, Tanh()),), epochs=2),
    (read_axis("learning_rate=0.01|0.1|100"), read_axis("units=1|2")),
    seeds=2,
)


@pytest.fixture(autouse=True)
def _ends():
    yield
    close_shared_sweeper()


def opened(sweep: Sweep = TINY, start: str = OWN) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / "sweep.py"), default_timeout=30)
    at.session_state["sweep"] = SweepState(start=start, sweep=sweep)
    at.run()
    assert not at.exception
    return at


def visit_of(at: AppTest) -> str:
    return hashed(at.session_state["visit"].secret)


def trained(at: AppTest) -> AppTest:
    """Starts what is set, and waits for its end."""
    at.button(key="sweep:start").click().run()
    assert not at.exception
    assert not at.error
    live = shared_sweeper().get(visit_of(at), at.session_state["sweep"].opened)
    assert live
    end = time.monotonic() + 150
    while live.status != ENDED:
        assert time.monotonic() < end
        time.sleep(0.05)
    at.run()
    assert not at.exception
    return at


def told(at: AppTest) -> str:
    return " ".join(element.value for element in (*at.markdown, *at.caption, *at.error))


def test_the_page_opens_on_two_sweeps_that_are_ready_and_says_how_long_they_take() -> None:
    at = open_page("sweep")
    assert [button.label for button in at.button if button.key.startswith("sweep:ready")] == [
        f"Start: {ready.sweep.count} trials, about {at_most} seconds"
        for ready, at_most in zip(READY_MADE, (15, 10), strict=True)
    ] or all("trials, " in b.label for b in at.button if b.key.startswith("sweep:ready"))
    assert "8 × 6 × 3 seeds = **144 trials**" in told(at)
    assert not at.get("plotly_chart")
    check_defaults(at)


def test_a_sweep_is_trained_mapped_and_can_be_set_up_again() -> None:
    at = trained(opened())
    assert "3 × 2 × 2 seeds = **12 trials**" in told(at)
    assert len(at.get("plotly_chart")) == 1
    (frame,) = at.dataframe
    assert list(frame.value.columns)[:3] == [
        "Learning rate",
        "Units in each hidden layer",
        "Median",
    ]
    assert frame.value["Median"].is_monotonic_decreasing
    assert frame.value["Run"][0].startswith("http") or "playground?" in frame.value["Run"][0]
    at.segmented_control(key="sweep:measure").set_value("Test loss").run()
    assert at.dataframe[0].value["Median"].is_monotonic_increasing
    at.checkbox(key="sweep:best").check().run()
    assert not at.exception
    at.button(key="sweep:again").click().run()
    assert at.session_state["sweep"].sweep == TINY
    at.button(key="sweep:delete").click().run()
    assert not at.exception
    assert not at.get("plotly_chart")
    assert shared_sweeper().of_visit(visit_of(at)) == []


@pytest.mark.parametrize(
    "axes", [["optimizer=SGD|Adam"], ["units=1|2", "noise=0|0.1", "depth=1|2"]]
)
def test_one_axis_and_three_have_a_picture_too(axes: list[str]) -> None:
    base = recommended("bumps").changed(layers=(Dense(2, Tanh()),), epochs=1)
    at = trained(opened(Sweep(base, tuple(map(read_axis, axes)))))
    assert len(at.get("plotly_chart")) == 1
    assert "R²" in at.segmented_control(key="sweep:measure").options[0]


def test_a_cell_that_is_pressed_opens_its_run_training(monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[tuple[str, dict[str, str]]] = []

    def switch(page: str, *, query_params: dict[str, str]) -> None:
        went.append((page, query_params))
        st.stop()  # as going there does

    monkeypatch.setattr("streamlit.switch_page", switch)
    at = trained(opened())
    event = {"selection": {"points": [{"customdata": [3]}]}}
    monkeypatch.setattr("streamlit.plotly_chart", lambda *_, **__: event)
    at.run()
    assert not at.exception
    ((page, params),) = went
    assert page == "../pages/playground.py"
    opened_here = links.from_params(params)
    assert (opened_here.optimizer.learning_rate, opened_here.layers[0].units) == (0.1, 2)
    handle = shared_pool().get(at.session_state["playground"].token)
    assert handle
    assert handle.training
    assert handle.experiment == opened_here.changed(epochs=MAX_EPOCHS)
    assert params["run"] == handle.token
    monkeypatch.undo()
    at.run()
    assert at.session_state["sweep"].press == 1  # the chart has another key, and nothing is pressed
    assert len(went) == 1


def test_what_varies_is_chosen_from_the_menus() -> None:
    at = opened(READY_MADE[0].sweep, READY_MADE[0].title)
    at.selectbox(key="sweep:set:start").set_value(READY_MADE[1].title).run()
    assert at.session_state["sweep"].sweep == READY_MADE[1].sweep
    at.selectbox(key="sweep:set:axis:1:depth").set_value("batch_size").run()
    at.number_input(key="sweep:set:seeds").set_value(1).run()
    at.number_input(key="sweep:set:epochs").set_value(5).run()
    sweep = at.session_state["sweep"].sweep
    assert [axis.name for axis in sweep.axes] == ["initializer", "batch_size"]
    assert (sweep.seeds, sweep.base.epochs, sweep.base.optimizer) == (1, 5, SGD(0.1))
    assert at.session_state["sweep"].start == OWN
    at.selectbox(key="sweep:set:axis:2:").set_value("l2").run()
    assert [axis.name for axis in at.session_state["sweep"].sweep.axes][2] == "l2"
    at.checkbox(key="sweep:set:lot").check().run()
    at.number_input(key="sweep:set:random").set_value(7).run()
    assert at.session_state["sweep"].sweep.count == 7
    assert "7 of 6 × 5 × 5" in told(at)
    assert not at.exception
    assert not at.error
    check_defaults(at)


def test_the_usual_network_of_a_dataset_is_a_place_to_start_from() -> None:
    at = opened(READY_MADE[0].sweep, READY_MADE[0].title)
    box = at.selectbox(key="sweep:set:start")
    for title in ("Bumps (regression), its usual network", "Digits 8x8, its usual network"):
        assert title in box.options
        at.selectbox(key="sweep:set:start").set_value(title).run()
        assert not at.exception
        assert not at.error
        assert at.session_state["sweep"].start == title
        assert at.session_state["sweep"].sweep.count > 1


def test_a_value_that_one_types_is_taken_or_refused_in_a_sentence() -> None:
    at = opened()
    values = at.multiselect(key="sweep:set:values:0:learning_rate")
    values.set_value([*values.value, "0.5"]).run()
    assert at.session_state["sweep"].sweep.axes[0].values == ("0.01", "0.1", "0.5", "100")
    for odd, said in (
        ("fast", "Learning\\_rate must be a number, not 'fast'"),
        ("1|2", "cannot take a value with"),
        ("[x](http://a.b)", "must be a number"),
        ("1e9", "from 0 to 100"),
    ):
        at.multiselect(key="sweep:set:values:0:learning_rate").set_value(["0.1", odd]).run()
        assert not at.exception
        assert said.lower() in at.error[0].value.lower()
        assert at.button(key="sweep:start").disabled
    at.multiselect(key="sweep:set:values:0:learning_rate").set_value([]).run()
    assert "Choose values of learning rate." in at.error[0].value


def test_a_visit_that_has_enough_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    units = "units=" + "|".join(map(str, range(1, 60)))
    at = opened(Sweep(TINY.base, (read_axis(units),), 9))
    assert "500 trials here, not 531" in at.error[0].value
    assert at.button(key="sweep:start").disabled

    monkeypatch.setattr(Sweeper, "_give_out", lambda self: None)  # nothing need be trained
    at = opened(Sweep(TINY.base, (read_axis(units),), 5))
    at.button(key="sweep:start").click().run()
    at.button(key="sweep:start").click().run()
    assert "500 trials and 295 of these are there, and this sweep has 295 more" in at.error[0].value
    assert len(shared_sweeper().of_visit(visit_of(at))) == 1


def test_the_address_says_the_sweep() -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "sweep.py"), default_timeout=30)
    for name, value in links.to_params(TINY.base).items():
        at.query_params[name] = value
    at.query_params["vary"] = [written(axis) for axis in TINY.axes]
    at.query_params["seeds"] = "2"
    at.run()
    assert not at.exception
    assert at.session_state["sweep"].sweep == TINY


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("dataset", "Moon(", "the address cannot be read"),
        ("vary", "units=1|x", "units must be a number"),
        ("vary", "colour=1|2", "nothing that this experiment has"),
        ("vary", "units", "must be written as name=value"),
        ("seeds", "-1", "seeds in the address must be a whole number"),
        ("random", "many", "random in the address must be a whole number"),
    ],
)
def test_an_address_that_cannot_be_read_gets_a_sentence(name: str, value: str, said: str) -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "sweep.py"), default_timeout=30)
    at.query_params["dataset"] = "moons"
    at.query_params["vary"] = "units=1|2"
    at.query_params[name] = value
    at.run()
    assert not at.exception
    words = " ".join(element.value for element in (*at.warning, *at.error))
    assert said in words.lower()


def test_a_run_of_another_page_is_a_place_to_start_from(monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[str] = []
    monkeypatch.setattr("streamlit.switch_page", went.append)  # this harness has one page only
    at = open_page("playground")
    at.button(key="playground:compare:sweep").click().run()
    assert not at.exception
    assert went == ["../pages/sweep.py"]
    state = at.session_state["sweep"]
    assert state.start == "The run of the Playground"
    assert [axis.name for axis in state.sweep.axes] == ["learning_rate", "units"]
