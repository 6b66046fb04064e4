"""Which run a student looks at: pages say it here, and the wall shows it."""

from lab.rooms.registry import shared_rooms
from ui.visit import current_visit


def note_run(page: str, token: str) -> None:
    """Note that this session shows a run on a page; nothing where it is in no room."""
    rooms = shared_rooms()
    if rooms and rooms.rooms:
        rooms.note_run(current_visit(), token, page)


def is_paused() -> bool:
    """Return whether the teacher of this session has paused the class."""
    rooms = shared_rooms()
    room = rooms.of_member(current_visit()) if rooms and rooms.rooms else None
    return room is not None and room.paused
