"""Who is asked before what was sent comes to them, and who is not."""

from types import SimpleNamespace

import pytest

from lab.rooms.room import Member, Task
from lab.runs.presets import recommended
from ui.rooms import tasks
from ui.state import PageState


@pytest.mark.parametrize(
    ("given", "path", "dataset", "step", "asked"),
    [
        ("", "", "", 0, False),  # has just come in
        ("", "playground", "spiral", 0, False),
        ("", "playground", "spiral", 300, True),  # has trained something of their own
        ("playground", "playground", "spiral", 300, False),  # is at what was sent before
        ("playground", "playground", "moons", 300, True),  # has taken other data
        ("playground", "draw", "", 300, True),  # is on another page
        ("learn-overfitting", "learn-overfitting", "", 0, False),
    ],
)
def test_who_has_gone_on_by_themselves_is_asked(
    monkeypatch: pytest.MonkeyPatch, given: str, path: str, dataset: str, step: int, asked: bool
) -> None:
    state = PageState(experiment=recommended(dataset) if dataset else None)
    monkeypatch.setattr(tasks, "page_state", lambda _: state)
    pool = SimpleNamespace(get=lambda _: SimpleNamespace(step=step))
    monkeypatch.setattr(tasks, "shared_pool", lambda: pool)
    member = Member("a", 1, "Kind Tiger", given=given, given_data="Spiral" if given else "")
    assert tasks.gone_on(member, path) is asked


def test_what_hides_and_which_goal_stand_in_the_address() -> None:
    task = Task(1, "playground", "Playground", None, "noise,optimizer", "")
    assert tasks.options(task) == {"hide": "noise,optimizer"}
    assert tasks.sendable("learn-overfitting")
    assert not tasks.sendable("room")
