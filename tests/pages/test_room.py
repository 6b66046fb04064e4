"""The teacher's page of a room, and those for students, by themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.rooms import registry, rounds
from lab.rooms.registry import Registry
from lab.rooms.room import Room, Task
from lab.store.database import Database
from lab.store.store import Store
from lab.workers.pool import shared_pool
from tests.pages.opening import ROOT, come_as, open_page
from ui.visit import hashed

TEACHER, STUDENT = "T" * 22, "S" * 22


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Registry]:
    store = Store(Database(str(tmp_path / "store.db")))
    opened = registry.open_shared_rooms(shared_pool(), store)
    rounds.start_shared_rounds(opened)
    yield opened
    rounds.end_shared_rounds()
    for room in list(opened.rooms.values()):
        opened.close(room)
    registry.close_shared_rooms()
    store.close()


@pytest.fixture
def room(rooms: Registry) -> Room:
    room, _ = rooms.open(hashed(TEACHER))
    rooms.join(room, hashed(STUDENT), "Kind Tiger")
    return room


def test_every_view_of_a_room_opens(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    come_as(monkeypatch, TEACHER)
    room.send(Task(0, "playground", "Playground", goal="test loss at most 0.2"))
    room.members[hashed(STUDENT)].best["test loss at most 0.2"] = [3, 0.19, 4, 30, 60, True]
    room.members[hashed(STUDENT)].first["6.1"] = True
    at = open_page("room")
    html = "".join(each.proto.body for each in at.get("html"))
    assert f'data-part="room-code">{room.code}<' in html
    (view,) = [group for group in at.get("button_group") if "Wall" in group.options]
    for name in view.options:
        at.session_state["room.view"] = name
        at.run()
        assert not at.exception, name
        html = "".join(each.proto.body for each in at.get("html"))
        if name == "Board":
            assert "Kind Tiger" in html
            assert "weights set by hand" in html
        if name == "Lessons":
            assert "1 of 1" in html
            assert "Kind Tiger" not in html


def test_who_leads_no_room_is_told_where_to_open_one(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_as(monkeypatch, STUDENT)
    at = open_page("room")
    assert "You lead no room" in at.markdown[0].value
    assert room.code not in str(at.main)


def test_a_student_writes_only_when_asked(
    rooms: Registry, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_as(monkeypatch, STUDENT)
    assert "does not collect" in open_page("class_digits").info[0].value
    room.digits = 1
    assert open_page("class_digits").subheader[0].value == "Write a 0"


def test_what_is_kept_is_said_in_the_words_of_the_readme() -> None:
    said = open_page("kept").markdown[0].value
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert "**No third party**" in said
    assert "## " not in said
    lines = [line for line in said.splitlines() if line.startswith("- ")]
    assert len(lines) >= 6
    assert set(lines) <= set(readme)
