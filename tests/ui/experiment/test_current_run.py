"""Which run a page shows: found again, changed, or begun anew."""

import pytest
from streamlit.testing.v1 import AppTest

from lab.runs.chance import other_weights
from lab.runs.presets import recommended
from lab.runs.redraw import Redraw
from lab.workers.messages import Abandoned
from lab.workers.pool import shared_pool
from tests.pages.opening import ROOT, come_as, experiment_of, open_page
from ui import live

pytestmark = pytest.mark.slow


def test_the_address_says_the_experiment_and_sets_every_control() -> None:
    at = open_page("playground")
    at.selectbox(key="playground:dataset").set_value("moons").run()
    at.selectbox(key="playground:optimizer").set_value("SGD").run()
    again = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    for name, values in at.query_params.items():
        if name != "run":
            again.query_params[name] = values
    again.run()
    assert not again.exception
    assert again.session_state["playground"].token != at.session_state["playground"].token
    assert experiment_of(again, "playground") == experiment_of(at, "playground")
    assert again.selectbox(key="playground:optimizer").value == "SGD"


def test_an_address_that_cannot_be_read_gets_a_sentence() -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    at.query_params["dataset"] = "Warp(9)"
    at.run()
    assert not at.exception
    assert "The address cannot be read. Dataset must be one of" in at.warning[0].value
    assert shared_pool().get(at.session_state["playground"].token)


def test_the_learning_rate_goes_on_and_another_seed_begins_anew() -> None:
    at = open_page("playground")
    token = at.session_state["playground"].token
    at.select_slider(key="playground:optimizer:Adam:learning_rate").set_value(0.03).run()
    assert at.session_state["playground"].token == token
    assert experiment_of(at, "playground").optimizer.learning_rate == 0.03
    at.number_input(key="playground:seed").set_value(7).run()
    assert at.session_state["playground"].token != token


def test_the_address_finds_a_run_and_sets_the_controls(monkeypatch: pytest.MonkeyPatch) -> None:
    come_as(monkeypatch, "M" * 22)
    at = open_page("playground")
    at.selectbox(key="playground:dataset").set_value("moons").run()
    again = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    again.query_params["run"] = at.session_state["playground"].token
    again.run()
    assert again.session_state["playground"].token == at.session_state["playground"].token
    assert again.selectbox(key="playground:dataset").value == "moons"


@pytest.mark.parametrize("stranger", ["S" * 22, ""])
def test_who_opens_the_address_of_somebody_elses_run_gets_a_copy(
    monkeypatch: pytest.MonkeyPatch, stranger: str
) -> None:
    come_as(monkeypatch, "M" * 22)
    at = open_page("playground")
    at.selectbox(key="playground:dataset").set_value("moons").run()
    theirs = at.session_state["playground"].token
    shared_pool().train(theirs)
    come_as(monkeypatch, stranger)
    again = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    again.query_params["run"] = theirs
    again.run()
    assert not again.exception
    copy = again.session_state["playground"].token
    assert copy != theirs
    assert again.query_params["run"] in (copy, [copy])
    assert experiment_of(again, "playground") == experiment_of(at, "playground")
    assert any("Copied from a link" in caption.value for caption in again.caption)
    again.button(key="playground:reset").click().run()
    assert not any("Copied from a link" in caption.value for caption in again.caption)
    handle = shared_pool().get(theirs)
    assert handle
    assert handle.training, "a Reset of the copy has reached the run that was copied"


def test_an_address_of_a_run_that_is_gone_opens_a_new_one() -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    at.query_params["run"] = "<script>nobody"
    at.run()
    assert not at.exception
    assert shared_pool().get(at.session_state["playground"].token)


@pytest.mark.parametrize("unwatched", [True, False])
def test_only_a_run_that_nobody_looked_at_is_said_to_have_ended(unwatched: bool) -> None:
    pool = shared_pool()
    token = pool.start(recommended("moons"), page="playground")
    if unwatched:
        pool.receive(Abandoned(token))
    else:
        pool.drop(token)
    at = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    at.query_params["run"] = token
    at.run()
    assert not at.exception
    assert [toast.value[:25] for toast in at.toast] == ["The run that was here has"] * unwatched
    assert at.session_state["playground"].token != token


def test_a_page_takes_over_the_run_that_has_begun_ahead_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    come_as(monkeypatch, "M" * 22)
    at, pool = open_page("playground"), shared_pool()
    old = pool.get(at.session_state["playground"].token)
    assert old
    live.begin_ahead(old, Redraw("new_weights"), "tab")
    ahead = old.heir
    assert ahead
    at.button(key="playground:new_weights").click().run()
    assert at.session_state["playground"].token == ahead.token
    assert (ahead.ahead, ahead.keep, pool.get(old.token)) == (False, True, None)


def test_a_run_that_has_begun_ahead_is_let_go_when_the_page_wants_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    come_as(monkeypatch, "M" * 22)
    at, pool = open_page("playground"), shared_pool()
    old = pool.get(at.session_state["playground"].token)
    assert old
    live.begin_ahead(old, Redraw("new_points"), "tab")
    wrong = old.heir
    assert wrong
    at.run()  # which asks for the run that is there
    assert (old.heir, old.tab, pool.get(wrong.token)) == (None, "", None)
    live.begin_ahead(old, Redraw("new_points"), "tab")
    wrong = old.heir
    assert wrong
    at.button(key="playground:new_weights").click().run()
    now = pool.get(at.session_state["playground"].token)
    assert now
    assert now.experiment == other_weights(old.experiment)
    assert (wrong.heir, pool.get(wrong.token)) == (now, None)
