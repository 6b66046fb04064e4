"""The pages at which one joins: who gets in, and what everybody else is told."""

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from lab.rooms import codes
from lab.rooms.guessing import WRONG
from lab.rooms.registry import Registry
from lab.rooms.room import Room, Task
from ui.rooms import handover, joining
from ui.visit import COOKIE, hashed

Come = Callable[..., TestClient]
OURS = {"origin": "http://testserver"}


def proposed(html: str) -> str:
    found = re.search(r'name="name" value="([^"]+)"', html)
    assert found
    return found[1]


def join(client: TestClient, room: Room, **form: str) -> tuple[int, str]:
    form = form or {"name": proposed(client.get(f"/join/{room.code}").text)}
    answer = client.post(f"/join/{room.code}", data=form, headers=OURS)
    return answer.status_code, answer.headers.get("location", "") or answer.text


def test_a_student_joins_with_two_presses_and_finds_back(come: Come, room: Room) -> None:
    client = come()
    form = client.get(f"/join/{room.code.lower()}")
    assert form.status_code == 200
    assert "<button" in form.text
    assert "Join</button>" in form.text
    assert join(client, room, name=proposed(form.text)) == (303, "/")
    (member,) = room.members.values()
    assert member.visit == hashed(client.cookies[COOKIE])
    room.send(Task(0, "playground", "Playground"))
    again = client.get(f"/join/{room.code}")
    assert (again.status_code, again.headers["location"]) == (303, "/playground")
    assert len(room.members) == 1


def test_a_code_that_is_none_gets_the_sentence(come: Come) -> None:
    answer = come().get("/join/GLOW42")
    assert answer.status_code == 404
    assert (
        "There is no room GLOW42. Compare the code with the board; it may also have been closed."
    ) in answer.text
    script = come().get("/join/%3Cscript%3Ealert(1)%3C%2Fscript%3E".replace("%2F", ""))
    assert "<script>alert" not in script.text
    typed = come().get("/join", params={"code": " glow-42 "})
    assert typed.headers["location"] == "/join/GLOW42"


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "A" * 10_000, "Robin Hood; DROP TABLE rooms", "", "\x00"],
    ids=lambda name: name[:10],
)
def test_a_hostile_name_changes_nothing(come: Come, room: Room, name: str) -> None:
    status, said = join(come("H"), room, name=name)
    assert status in (400, 409)
    assert "<script>alert" not in said
    assert len(said) < 6_000
    assert not room.members


def test_from_another_site_or_without_a_cookie_nobody_joins(come: Come, room: Room) -> None:
    client = come("F")
    name = proposed(client.get(f"/join/{room.code}").text)
    foreign = {"origin": "https://evil.example"}
    refused = client.post(f"/join/{room.code}", data={"name": name}, headers=foreign)
    assert refused.status_code == 403
    bare = come()
    without = bare.post(f"/join/{room.code}", data={"name": name}, headers=OURS)
    assert without.status_code == 400
    assert "keeps no cookie" in without.text
    assert not room.members


def test_the_teacher_is_led_to_the_room_and_is_no_student(served: TestClient, room: Room) -> None:
    answer = served.get(f"/join/{room.code}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/room")
    assert join(served, room, name="Kind Tiger")[0] == 409
    assert not room.members


def test_a_thousand_joins_of_one_visit_are_one(come: Come, room: Room) -> None:
    client = come("L")
    for _ in range(30):
        join(client, room, name="Kind Tiger")
    assert len(room.members) == 1


def test_who_guesses_waits_and_the_class_next_door_does_not(
    come: Come, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(joining.asyncio, "sleep", sleep)
    monkeypatch.setattr(joining, "_guessing", joining.Guessing())
    guesser = come("G")
    for _ in range(WRONG + 3):
        assert guesser.get(f"/join/{codes.new_code()}").status_code == 404
    assert waited[:WRONG] == [0.0] * WRONG
    assert min(waited[WRONG:]) >= 2.0
    insider = come("I")
    join(insider, room, name="Kind Tiger")
    waited.clear()
    insider.get(f"/join/{room.code}")
    assert not waited


def test_a_second_device_comes_in_once_by_its_ticket(come: Come, room: Room) -> None:
    first = come("1")
    join(first, room, name="Kind Tiger")
    ticket = handover.issue(room.code, first.cookies[COOKIE])
    other, thief = come(), come()
    address = f"/join/{room.code}?device={ticket}"
    asked = other.get(address)
    assert "From now on this browser is" in asked.text
    assert "Kind Tiger" in asked.text
    assert other.cookies[COOKIE] != "1" * 22
    forged = other.post(address, headers={"origin": "https://evil.example"})
    assert forged.status_code == 403
    answer = other.post(address, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert f"{COOKIE}={'1' * 22}" in answer.headers["set-cookie"]
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert thief.post(address, headers=OURS).status_code == 410
    assert thief.get(f"/join/{room.code}?device=guessed").status_code == 410


def test_a_teacher_who_has_lost_everything_reopens_by_the_key(come: Come, rooms: Registry) -> None:
    room, key = rooms.open(hashed("X" * 22))
    new = come("N")
    wrong = new.post("/reopen", data={"code": room.code, "key": "A" * 20}, headers=OURS)
    assert wrong.status_code == 403
    assert "with this key" in wrong.text
    right = new.post("/reopen", data={"code": room.code, "key": key.lower()}, headers=OURS)
    assert (right.status_code, right.headers["location"]) == (303, "/room")
    assert rooms.of_teacher(hashed("N" * 22)) is room
    rooms.close(room)
