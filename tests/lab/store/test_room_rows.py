"""What is kept of rooms: all of it comes back, and nothing stays of one that is forgotten."""

import pytest

from lab import limits
from lab.store.room_rows import KeptDigit
from lab.store.store import Store


def test_a_room_and_what_was_made_in_it_come_back_and_go_together(store: Store) -> None:
    rows = store.rooms
    for code in ("GLOW42", "STAR77"):
        rows.keep(code, 1.0, {"code": code})
        rows.keep_moment(code, 1, {"tiles": []})
        rows.keep_digit(code, KeptDigit(1, "visit", {"label": 7}))
        rows.keep_set(code, "digest", b"set")
    rows.keep("GLOW42", 2.0, {"code": "GLOW42", "paused": True}).result(5)
    assert sorted(room["code"] for room in rows.all()) == ["GLOW42", "STAR77"]
    assert {"code": "GLOW42", "paused": True} in rows.all()
    assert rows.moments("GLOW42") == {1: {"tiles": []}}
    assert rows.digits("GLOW42") == [KeptDigit(1, "visit", {"label": 7})]
    assert rows.sets("GLOW42") == {"digest": b"set"}
    rows.forget_digits("STAR77", [1])
    rows.keep("GLOW42", 3.0, {"code": "GLOW42"})  # under way when the room is closed
    rows.forget("GLOW42").result(5)
    assert [room["code"] for room in rows.all()] == ["STAR77"]
    assert (rows.moments("GLOW42"), rows.digits("GLOW42"), rows.sets("GLOW42")) == ({}, [], {})
    assert rows.moments("STAR77")
    assert not rows.digits("STAR77")


def test_a_room_that_is_too_large_is_refused(file: Store) -> None:
    with pytest.raises(ValueError, match="at most"):
        file.rooms.keep("GLOW42", 1.0, {"code": "x" * limits.ROOM_NOTE.most})
