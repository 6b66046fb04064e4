"""Which run a student looks at: pages say it here, and the wall shows it."""

from collections.abc import Mapping

from lab.rooms.registry import shared_rooms
from ui.visit import current_visit


def note_run(token: str) -> None:
    """Note that this session shows a run; nothing where it is in no room."""
    rooms = shared_rooms()
    if rooms and rooms.rooms:
        rooms.note_run(current_visit(), token)


def note_lessons(done: set[int], first: Mapping[str, bool]) -> None:
    """Note which lessons this session has done, and whether its first answers were right."""
    rooms = shared_rooms()
    if rooms and rooms.rooms and (done or first):
        rooms.note_lessons(current_visit(), done, first)


def newest_set() -> str:
    """Return the digest of the set that the class of this session collected last; "" for none."""
    rooms, visit = shared_rooms(), current_visit()
    if not rooms or not rooms.rooms:
        return ""
    room = rooms.of_member(visit) or rooms.of_teacher(visit)
    return next(reversed(room.collected.values()), "") if room else ""
