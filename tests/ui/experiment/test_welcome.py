"""Who comes back is offered the run of before, and loses none."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.store import store as module
from lab.store.database import Database
from lab.store.store import Store
from lab.workers.pool import shared_pool
from tests.pages.opening import come_as, open_page

pytestmark = pytest.mark.slow


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store of this process, for one test."""
    opened = Store(Database(str(tmp_path / "store.db")))
    monkeypatch.setattr(module, "_shared", opened)
    monkeypatch.setattr(shared_pool(), "store", opened)
    come_as(monkeypatch, "M" * 22)
    yield opened
    opened.close()


def make_a_step(at: AppTest, store: Store) -> str:
    at.button(key="playground:step").click().run()
    token = str(at.session_state["playground"].token)
    until = time.monotonic() + 15
    while not ((taken := store.snapshot(token)) and taken.step):
        assert time.monotonic() < until
        time.sleep(0.02)
    return token


def test_the_run_of_before_is_offered_and_the_one_of_now_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_page("playground")
    assert not any("Welcome back" in said.value for said in first.markdown)
    first.select_slider(key="playground:optimizer:Adam:learning_rate").set_value(0.03).run()
    before = make_a_step(first, store)
    again = open_page("playground")
    assert any("Welcome back" in said.value for said in again.markdown)
    untouched = again.session_state["playground"].token
    again.button(key="playground:go_on").click().run()
    assert not again.exception
    assert again.session_state["playground"].token == before
    assert again.select_slider(key="playground:optimizer:Adam:learning_rate").value == 0.03
    assert not any("Welcome back" in said.value for said in again.markdown)
    assert shared_pool().get(untouched) is None
    third = open_page("playground")
    trained = make_a_step(third, store)
    shared_pool().paint(trained)
    handle = shared_pool().get(trained)
    assert handle
    until = time.monotonic() + 15
    while not handle.step:
        assert time.monotonic() < until
        time.sleep(0.02)
    third.button(key="playground:go_on").click().run()
    assert third.session_state["playground"].token == before
    assert shared_pool().get(trained), "a run that had learned something was dropped"
    come_as(monkeypatch, "S" * 22)
    assert not any("Welcome back" in said.value for said in open_page("playground").markdown)


def test_pins_drawings_and_choices_are_there_in_another_tab_and_another_session(
    store: Store,
) -> None:
    at = open_page("playground")
    make_a_step(at, store)
    at.button(key="playground:compare:pin").click().run()
    at.toggle(key="playground:study").set_value(True).run()
    other = open_page("playground")
    assert other.session_state["belongings"] is at.session_state["belongings"]
    (pin,) = at.session_state["belongings"].pins["playground:compare"].values()
    store.writer.settle()
    del at.session_state["belongings"], other.session_state["belongings"], at, other
    later = open_page("playground")
    (found,) = later.session_state["belongings"].pins["playground:compare"].values()
    assert (found.name, found.experiment, found.step) == (pin.name, pin.experiment, pin.step)
    assert found.curve.tolist() == pin.curve.tolist()
    assert (found.winner == pin.winner).all()
    assert later.toggle(key="playground:study").value
    assert not later.exception
