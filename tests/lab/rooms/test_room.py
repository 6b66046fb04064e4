"""The rules of a room, without pages, sockets and clocks."""

import random

import pytest

from lab.rooms import codes, nicknames
from lab.rooms.guessing import GUESSES, SLOW, WITHIN, WRONG, Guessing, Turns
from lab.rooms.room import BARRED, LOCKED, ORDERED, USUAL, Room, RoomError, Task


@pytest.fixture
def room() -> Room:
    return Room("GLOW42", "key", ["teacher"], 0.0, 0.0)


def names(count: int) -> list[str]:
    chance, taken = random.Random(0), set[str]()
    found = []
    for _ in range(count):
        found.append(nicknames.propose(taken, chance))
        taken.add(nicknames.fold(found[-1]))
    return found


def test_codes_have_six_of_31_signs_that_nobody_confuses() -> None:
    assert len(set(codes.SIGNS)) == 31
    assert not set("ILO01") & set(codes.SIGNS)
    assert all(codes.is_code(codes.new_code()) for _ in range(50))
    assert codes.typed_code(" glow-42 ") == "GLOW42"
    assert codes.typed_code("<script>alert(1)</script>") == "SCRIPTALERT1"
    key = codes.new_key()
    assert codes.hash_key(key.lower().replace("-", " ")) == codes.hash_key(key)


def test_forty_join_and_the_next_is_told(room: Room) -> None:
    for number, name in enumerate(names(USUAL)):
        assert room.join(f"visit {number}", name).number == number + 1
    with pytest.raises(RoomError) as full:
        room.join("late", "Kind Tiger")
    assert str(full.value) == ("This room is full: 40 have joined. Ask your teacher to make room.")
    assert room.join("visit 7", "whatever").number == 8  # it has its place
    room.set_up(most=200)
    room.join("late", nicknames.propose(room.names, random.Random(1)))
    room.set_up(most=10**6)
    assert room.most == 200


def test_a_name_is_had_by_one_alone(room: Room) -> None:
    room.join("a", "Kind Tiger")
    room.set_up(typed_names=True)
    for alike in ("Kind Tiger", "kind  tiger", "Ｋind Tiger"):
        with pytest.raises(RoomError, match=r"^Somebody here is already called .*: choose another"):
            room.join("b", alike)


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "A" * 10_000, "", " ", "a\nb<", "\u202eevil", "[x](http://y)"],
    ids=lambda name: name[:12],
)
def test_a_hostile_name_is_refused_in_a_sentence(room: Room, name: str) -> None:
    room.set_up(typed_names=True)
    with pytest.raises(RoomError) as refused:
        room.join("a", name)
    assert str(refused.value).endswith(".")
    assert len(str(refused.value)) < 120
    assert not room.members


def test_names_are_typed_only_where_the_teacher_lets_them(room: Room) -> None:
    with pytest.raises(RoomError) as refused:
        room.join("a", "Ada")
    assert str(refused.value) == ORDERED
    room.set_up(typed_names=True)
    assert room.join("a", " Zoë  O’Neill-3 ").name == "Zoë O’Neill-3"
    room.rename("a", "Ada")
    assert room.members["a"].name == "Ada"


def test_who_is_removed_or_comes_to_a_locked_door_stays_out(room: Room) -> None:
    room.join("a", "Kind Tiger")
    room.join("b", "Calm Owl")
    news = room.news
    room.remove("b", bar=False)
    assert room.news == news
    room.show("a", everywhere=True)
    news = room.news
    room.remove("a", bar=True)
    assert room.news > news  # nobody looks at them any more
    with pytest.raises(RoomError) as barred:
        room.join("a", "Kind Tiger")
    assert str(barred.value) == BARRED
    room.set_up(locked=True)
    with pytest.raises(RoomError) as locked:
        room.join("b", "Kind Tiger")
    assert str(locked.value) == LOCKED


def test_what_students_need_not_hear_of_is_no_news(room: Room) -> None:
    room.join("a", "Kind Tiger")
    before = room.revision, room.news
    room.set_up(anonymous=True)
    room.show("a", everywhere=False)
    room.pause(True)  # which their pages show without running again
    assert (room.revision > before[0], room.news) == (True, before[1])
    assert room.called(room.members["a"]) == nicknames.symbol(1)
    room.show("a", everywhere=True)
    assert room.news > before[1]
    assert room.send(Task(0, "playground", "Playground")).number == 1
    assert room.send(Task(0, "draw", "Draw")).number == 2


def test_a_room_comes_back_as_it_was(room: Room) -> None:
    room.join("a", "Kind Tiger").best["goal"] = [1, 0.1, 2, 3, 4, False]
    room.send(Task(0, "playground", "Playground", {"seed": 1}, "noise", "test loss at most 0.1"))
    room.pause(True)
    assert Room.from_dict(room.to_dict()) == room


def test_a_room_that_nobody_uses_expires(room: Room) -> None:
    assert not room.expired(24 * 3600.0)
    assert room.expired(24 * 3600.0 + 1)


def test_who_guesses_is_answered_slowly_and_not_locked_out() -> None:
    guessing = Guessing()
    for _ in range(WRONG - 1):
        guessing.note_wrong("school", 0.0)
    assert guessing.wait("school", 0.0) == 0.0
    guessing.note_wrong("school", 1.0)
    assert guessing.wait("school", 1.0) == SLOW
    waits = [guessing.wait("school", 1.0) for _ in range(1000)]
    answered = [wait for wait in waits if wait < 100]
    assert 20 < len(answered) < 25 * GUESSES
    assert guessing.wait("another", 1.0) == 0.0
    assert guessing.wait("school", WITHIN + 2) == 0.0
    assert not guessing._seen  # no address is remembered for longer


def test_who_would_wait_too_long_takes_no_turn_away() -> None:
    turns = Turns(10.0)
    waits = [turns.wait(0.0, longest=1.0) for _ in range(1000)]
    assert sum(wait <= 1.0 for wait in waits) == 11
    assert turns.wait(2.0) == 0.0
