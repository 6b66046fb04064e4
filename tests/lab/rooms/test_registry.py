"""All rooms of a server: they outlive it, hold runs, and leave nothing behind."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from lab import limits
from lab.frames.tiles import Standing, Tile
from lab.rooms.registry import AWAY_AFTER, Registry
from lab.rooms.room import RoomError, Task
from lab.rooms.wall import AWAY, SOLVED, WORKING, Wall
from lab.runs.presets import recommended
from lab.store.database import Database
from lab.store.store import Store
from lab.workers.messages import Hold, PaintTile, Start, Tiled
from lab.workers.pool import Pool
from lab.workers.process import NOWHERE

SPIRAL = recommended("spiral")


class Listening:
    """A worker that only writes down what it is told."""

    pid, alone, doubtful, memory = 0, False, False, 1e9

    def __init__(self) -> None:
        self.told: list[object] = []

    def send(self, command: object) -> None:
        self.told.append(command)

    def ask(self, *_: object) -> None:
        return None


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(0)
    pool.processes.append(Listening())  # type: ignore[arg-type]
    yield pool
    pool.processes.clear()
    pool.close()


@pytest.fixture
def opened(pool: Pool, tmp_path: Path) -> Iterator[Callable[[], Registry]]:
    """Opens the rooms of a server; called again, those of one that was killed and started anew."""
    stores: list[Store] = []

    def start() -> Registry:
        if stores:
            stores.pop().close()
        stores.append(Store(Database(str(tmp_path / "store.db"))))
        pool.store = stores[-1]
        rooms = Registry(pool, stores[-1], Clock())
        rooms.recall()
        return rooms

    yield start
    for store in stores:
        store.close()


def run_of(pool: Pool, visit: str) -> str:
    return pool.start(SPIRAL, training=True, owner=visit, keep=True, page="playground")


def test_a_room_outlives_its_server(opened: Callable[[], Registry], pool: Pool) -> None:
    rooms = opened()
    room, key = rooms.open("teacher")
    rooms.join(room, "a", "Kind Tiger")
    rooms.note_run("a", run_of(pool, "a"))
    with rooms.changing(room):
        room.send(Task(0, "playground", "Playground", SPIRAL.to_dict()))
    rooms.pause(room, True)
    again = opened()
    (back,) = again.rooms.values()
    assert back == room
    assert again.of_member("a") is back
    assert again.of_teacher("teacher") is back
    assert "a" in pool.held
    assert again.reopen(room.code, key, "new device") is back
    assert again.of_teacher("new device") is back
    with pytest.raises(RoomError, match="with this key"):
        again.reopen(room.code, key[:-1], "thief")


def test_nothing_is_left_of_a_room_that_is_closed(
    opened: Callable[[], Registry], pool: Pool
) -> None:
    rooms = opened()
    room, _ = rooms.open("teacher")
    rooms.join(room, "a", "Kind Tiger")
    token = run_of(pool, "a")
    rooms.note_run("a", token)
    heard = []
    rooms.enter(room, "a", lambda: heard.append(1))
    rooms.close(room)
    assert heard
    assert pool.get(token) is None
    with pytest.raises(RoomError) as gone:
        rooms.find(room.code)
    assert str(gone.value) == (
        f"There is no room {room.code}. Compare the code with the board; it may also have been "
        "closed."
    )
    rooms.note_run("a", "late")
    rooms.use(room)
    store = rooms.store
    assert store
    store.writer.settle()
    with store.database.reading.connect() as connection:
        for table in ("rooms", "moments", "class_digits", "class_sets", "runs", "snapshots"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table


def test_pause_holds_what_runs_and_what_is_begun_meanwhile(
    opened: Callable[[], Registry], pool: Pool
) -> None:
    rooms = opened()
    room, _ = rooms.open("teacher")
    rooms.join(room, "a", "Kind Tiger")
    mine, others = run_of(pool, "a"), run_of(pool, "stranger")
    worker = pool.processes[0]
    assert isinstance(worker, Listening)
    rooms.pause(room, True)
    late = run_of(pool, "a")
    rooms.join(room, "b", "Calm Owl")
    of_b = run_of(pool, "b")
    pool.train(mine, False)
    pool.step(mine)
    assert [each for each in worker.told if isinstance(each, Hold)] == [Hold(mine, True)]
    starts = {each.token: each.held for each in worker.told if isinstance(each, Start)}
    assert starts == {mine: False, others: False, late: True, of_b: True}
    assert pool.handles[mine].training  # nobody has stopped it for good
    worker.told.clear()
    rooms.pause(room, False)
    assert {each.token for each in worker.told if isinstance(each, Hold)} == {mine, late, of_b}
    assert not pool.held


def test_who_is_removed_is_out_and_their_runs_end(
    opened: Callable[[], Registry], pool: Pool
) -> None:
    rooms = opened()
    room, _ = rooms.open("teacher")
    rooms.join(room, "a", "Kind Tiger")
    token = run_of(pool, "a")
    rooms.note_run("a", token)
    rooms.pause(room, True)
    rooms.leave(room, "a", bar=True)
    assert pool.get(token) is None
    assert not pool.held
    assert rooms.of_member("a") is None
    with pytest.raises(RoomError, match="removed you"):
        rooms.join(room, "a", "Kind Tiger")


def test_only_the_teacher_looks_at_a_run_unless_all_do(opened: Callable[[], Registry]) -> None:
    rooms = opened()
    room, _ = rooms.open("teacher")
    for visit, name in (("a", "Kind Tiger"), ("b", "Calm Owl")):
        rooms.join(room, visit, name)
    assert rooms.may_watch("a", "teacher")
    assert not rooms.may_watch("a", "b")
    assert not rooms.may_watch("a", "")
    room.show("a", everywhere=True)
    assert rooms.may_watch("a", "b")
    assert not rooms.may_watch("b", "a")
    assert not rooms.may_watch("a", "stranger")


def test_twenty_rooms_and_no_more(opened: Callable[[], Registry]) -> None:
    rooms = opened()
    for number in range(limits.ROOMS.most):
        rooms.open(f"teacher {number}")
    with pytest.raises(RoomError, match="20 rooms open"):
        rooms.open("one more")


def test_a_room_that_nobody_uses_vanishes(opened: Callable[[], Registry]) -> None:
    rooms = opened()
    clock = rooms.clock
    assert isinstance(clock, Clock)
    room, _ = rooms.open("teacher")
    clock.now += room.lifetime + 1
    rooms.enter(room, "teacher", print)  # somebody is there
    rooms.close_expired()
    assert rooms.rooms
    rooms.go(room, "teacher", print)
    clock.now += room.lifetime + 1
    rooms.close_expired()
    assert not rooms.rooms


def test_a_tile_says_who_is_away_who_works_and_who_is_done(
    opened: Callable[[], Registry], pool: Pool
) -> None:
    rooms = opened()
    clock = rooms.clock
    assert isinstance(clock, Clock)
    room, _ = rooms.open("teacher")
    member = rooms.join(room, "a", "Kind Tiger")
    token = run_of(pool, "a")
    rooms.note_run("a", token)
    goal = "test loss at most 0.2 with the fewest units"
    with rooms.changing(room):
        room.send(Task(0, "playground", "Playground", SPIRAL.to_dict(), goal=goal))
    wall = Wall(rooms, room)

    def status() -> str:
        wall.read()
        return str(wall.describe(member, pool.get(token), None)["status"])

    assert status() == AWAY
    rooms.enter(room, "a", print)
    assert status() == WORKING
    wall.ask()
    wall.ask()  # no more than one in half a second
    worker = pool.processes[0]
    assert isinstance(worker, Listening)
    assert [each for each in worker.told if isinstance(each, PaintTile)] == [PaintTile(token, goal)]
    met = Standing(3, 0.15, 4, 30, 60, False)
    pool.receive(Tiled(token, Tile("running", 60, standing=met)))
    wall.read()
    assert [(place, each.name) for place, each, _ in wall.board()] == [(1, "Kind Tiger")]
    worse = Standing(3, 0.15, 8, 60, 60, False)
    pool.receive(Tiled(token, Tile("running", 90, standing=worse)))
    wall.read()
    assert wall.board()[0][2] == met
    assert f'"status": "{SOLVED}"' in wall.tiles[1][1]
    rooms.go(room, "a", print)
    clock.now += AWAY_AFTER + 1
    assert status() == AWAY
    assert pool.handles[token].worker is not NOWHERE
